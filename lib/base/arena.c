/* Arenas: chunks that double up to 1 MB, a large piece gets a chunk of its own. Reset keeps the largest chunk.
 * KITH_ARENA_EACH in the environment turns each piece into a malloc, for memory checkers. */
#include <kith/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct chunk {
    struct chunk *next;
    size_t room, used;
    _Alignas(16) char bytes[];
} chunk;

struct kith_arena {
    chunk *now; /* the one being filled, first of the list */
    size_t next_room, held;
    bool each;
};

enum { FIRST = 4096, LARGEST = 1 << 20 };

kith_arena *kith_arena_new(void) {
    kith_arena *arena = calloc(1, sizeof *arena);
    if (!arena) return NULL;
    arena->next_room = FIRST;
    arena->each = getenv("KITH_ARENA_EACH") != NULL;
    return arena;
}

static void drop(chunk *c) {
    while (c) {
        chunk *next = c->next;
        free(c);
        c = next;
    }
}

void kith_arena_free(kith_arena *arena) {
    if (!arena) return;
    drop(arena->now);
    free(arena);
}

void kith_arena_reset(kith_arena *arena) {
    chunk *keep = NULL;
    if (!arena->each)
        for (chunk *c = arena->now; c; c = c->next)
            if (!keep || c->room > keep->room) keep = c;
    for (chunk *c = arena->now, *next; c; c = next) {
        next = c->next;
        if (c != keep) free(c);
    }
    arena->now = keep;
    arena->held = keep ? keep->room : 0;
    if (keep) keep->next = NULL, keep->used = 0;
}

void *kith_arena_alloc(kith_arena *arena, size_t n) {
    if (n > SIZE_MAX / 2) return NULL;
    size_t need = (n + 15) & ~(size_t)15;
    chunk *c = arena->now;
    if (c && c->room - c->used >= need) {
        void *p = c->bytes + c->used;
        c->used += need;
        return p;
    }
    bool own = arena->each || need > arena->next_room / 2;
    size_t room = own ? need : arena->next_room;
    chunk *fresh = malloc(sizeof *fresh + room);
    if (!fresh) return NULL;
    fresh->room = room;
    fresh->used = need;
    arena->held += room;
    if (own && c) { /* behind the one being filled, which still has room */
        fresh->next = c->next;
        c->next = fresh;
    } else {
        fresh->next = c;
        arena->now = fresh;
        if (arena->next_room < LARGEST) arena->next_room *= 2;
    }
    return fresh->bytes;
}

void *kith_arena_zalloc(kith_arena *arena, size_t n) {
    void *p = kith_arena_alloc(arena, n);
    return p ? memset(p, 0, n) : NULL;
}

char *kith_arena_copy(kith_arena *arena, const void *bytes, size_t n) {
    char *p = n < SIZE_MAX ? kith_arena_alloc(arena, n + 1) : NULL;
    if (!p) return NULL;
    if (n) memcpy(p, bytes, n);
    p[n] = 0;
    return p;
}

char *kith_arena_format(kith_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : kith_arena_alloc(arena, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

size_t kith_arena_size(const kith_arena *arena) { return arena->held; }
