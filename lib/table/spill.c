/* Temporary files, and spilling by parts: each part's records wait in a buffer and go out as pieces of the one file; a part is its list of
 * pieces. Reading goes through a window of a piece. */
#define _GNU_SOURCE /* O_TMPFILE */
#include <kith/spill.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- temporary files ---------------------------------------------------------------------------------------- */

int kith_temporary(const char *folder, int *fd, kith_error *err) {
    char path[4096];
    if (!folder || !*folder) folder = "/tmp";
    size_t n = strlen(folder);
    static const char name[] = "/kith-XXXXXX";
    if (n + sizeof name > sizeof path) return kith_fail(err, KITH_USAGE, "the name of the folder for temporary files is too long");
    memcpy(path, folder, n);
    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); /* never has a name */
    if (*fd >= 0) return KITH_OK;
    memcpy(path + n, name, sizeof name); /* a file system without such files */
    *fd = mkstemp(path); /* mode 0600 */
    if (*fd < 0) return kith_fail(err, KITH_SYSTEM, "%s: no temporary file: %s", folder, strerror(errno));
    unlink(path);
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
    return KITH_OK;
}

int kith_temporary_write(int fd, const void *bytes, size_t n, uint64_t offset, kith_error *err) {
    for (const char *p = bytes; n;) {
        ssize_t k = pwrite(fd, p, n, (off_t)offset);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return kith_fail(err, KITH_SYSTEM, "the temporary file (TMPDIR names its folder): %s", strerror(k < 0 ? errno : ENOSPC));
        p += k, n -= (size_t)k, offset += (uint64_t)k;
    }
    return KITH_OK;
}

int kith_temporary_read(int fd, void *bytes, size_t n, uint64_t offset, kith_error *err) {
    for (char *p = bytes; n;) {
        ssize_t k = pread(fd, p, n, (off_t)offset);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return kith_fail(err, KITH_SYSTEM, "the temporary file: %s", k < 0 ? strerror(errno) : "cut short");
        p += k, n -= (size_t)k, offset += (uint64_t)k;
    }
    return KITH_OK;
}

/* ---- parts -------------------------------------------------------------------------------------------------- */

enum { WAIT = 128 << 10, WINDOW = 256 << 10 };

typedef struct head {
    uint64_t number;
    uint32_t key, text;
} head;

typedef struct piece {
    uint64_t offset, bytes;
} piece;

typedef struct part {
    kith_buf wait;
    piece *pieces;
    size_t n, room;
} part;

struct kith_spill {
    int fd;
    uint64_t bytes;
    part parts[KITH_SPILL_PARTS];
};

/* Where a part is being read. */
typedef struct cursor {
    part *part;
    size_t piece, at; /* of the window's bytes */
    uint64_t offset;  /* in the piece, behind the window */
    kith_buf window;
    head head;
    kith_str key, text;
    bool end;
} cursor;

int kith_spill_new(kith_spill **spill, const char *folder, kith_error *err) {
    kith_spill *s = *spill = calloc(1, sizeof *s);
    if (!s) return kith_no_memory(err);
    s->fd = -1;
    return kith_temporary(folder, &s->fd, err);
}

void kith_spill_free(kith_spill *s) {
    if (!s) return;
    for (int i = 0; i < KITH_SPILL_PARTS; i++) {
        kith_buf_free(&s->parts[i].wait);
        free(s->parts[i].pieces);
    }
    if (s->fd >= 0) close(s->fd);
    free(s);
}

uint64_t kith_spill_bytes(const kith_spill *s) { return s->bytes; }

static int flush(kith_spill *s, part *p, kith_error *err) {
    if (p->wait.failed) return kith_no_memory(err);
    if (p->wait.n == 0) return KITH_OK;
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 8;
        piece *wider = realloc(p->pieces, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        p->pieces = wider;
        p->room = room;
    }
    p->pieces[p->n++] = (piece){s->bytes, p->wait.n};
    KITH_TRY(kith_temporary_write(s->fd, p->wait.p, p->wait.n, s->bytes, err));
    s->bytes += p->wait.n;
    p->wait.n = 0;
    return KITH_OK;
}

int kith_spill_put(kith_spill *s, unsigned at, uint64_t number, kith_str key, kith_str text, kith_error *err) {
    part *p = &s->parts[at];
    head h = {number, (uint32_t)key.n, (uint32_t)text.n};
    kith_buf_put(&p->wait, &h, sizeof h);
    kith_buf_str(&p->wait, key);
    kith_buf_str(&p->wait, text);
    return p->wait.n >= WAIT || p->wait.failed ? flush(s, p, err) : KITH_OK;
}

/* Puts the next record at hand. Pieces hold whole records. */
static int advance(kith_spill *s, cursor *c, kith_error *err) {
    for (;;) {
        size_t have = c->window.n - c->at, need = sizeof(head);
        if (have >= need) {
            memcpy(&c->head, c->window.p + c->at, sizeof(head));
            need += (size_t)c->head.key + c->head.text;
            if (have >= need) {
                const char *p = c->window.p + c->at + sizeof(head);
                c->key = (kith_str){p, c->head.key};
                c->text = (kith_str){p + c->head.key, c->head.text};
                c->at += need;
                return KITH_OK;
            }
        }
        if (have == 0 && c->piece < c->part->n && c->offset == c->part->pieces[c->piece].bytes) c->piece++, c->offset = 0;
        c->end = c->piece == c->part->n;
        if (c->end) return KITH_OK;
        const piece *p = &c->part->pieces[c->piece];
        uint64_t left = p->bytes - c->offset, more = need < WINDOW ? WINDOW : need;
        if (more > left) more = left;
        if (more == 0) return kith_fail(err, KITH_SYSTEM, "the temporary file: cut short");
        if (have) memmove(c->window.p, c->window.p + c->at, have);
        c->window.n = have;
        c->at = 0;
        if (!kith_buf_reserve(&c->window, more)) return kith_no_memory(err);
        KITH_TRY(kith_temporary_read(s->fd, c->window.p + have, more, p->offset + c->offset, err));
        c->window.n += more;
        c->offset += more;
    }
}

int kith_spill_read(kith_spill *s, unsigned at, kith_spill_each each, void *ctx, kith_error *err) {
    cursor c = {.part = &s->parts[at]};
    int status = flush(s, c.part, err);
    if (status == KITH_OK) kith_buf_free(&c.part->wait);
    while (status == KITH_OK) {
        status = advance(s, &c, err);
        if (c.end || status != KITH_OK) break;
        status = each(ctx, c.head.number, c.key, c.text, err);
    }
    kith_buf_free(&c.window);
    return status;
}

typedef int (*before)(const cursor *a, const cursor *b);

static int by_number(const cursor *a, const cursor *b) { return (a->head.number > b->head.number) - (a->head.number < b->head.number); }
static int by_key(const cursor *a, const cursor *b) { return kith_str_compare(a->key, b->key); }

/* Lets the one at `at` sink in a heap of n, the least on top. */
static void sink(cursor **heap, size_t n, size_t at, before compare) {
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && compare(heap[child + 1], heap[child]) < 0;
        if (compare(heap[at], heap[child]) <= 0) return;
        cursor *held = heap[at];
        heap[at] = heap[child];
        heap[child] = held;
    }
}

static int merge(kith_spill *s, before compare, kith_spill_each each, void *ctx, kith_error *err) {
    cursor *all = calloc(KITH_SPILL_PARTS, sizeof *all), *heap[KITH_SPILL_PARTS];
    size_t n = 0;
    int status = all ? KITH_OK : kith_no_memory(err);
    for (int i = 0; status == KITH_OK && i < KITH_SPILL_PARTS; i++) {
        all[i].part = &s->parts[i];
        status = flush(s, all[i].part, err);
        if (status == KITH_OK) kith_buf_free(&all[i].part->wait);
        if (status == KITH_OK) status = advance(s, &all[i], err);
        if (status == KITH_OK && !all[i].end) heap[n++] = &all[i];
    }
    for (size_t i = n / 2; i--;) sink(heap, n, i, compare);
    while (status == KITH_OK && n) {
        status = each(ctx, heap[0]->head.number, heap[0]->key, heap[0]->text, err);
        if (status == KITH_OK) status = advance(s, heap[0], err);
        if (heap[0]->end) heap[0] = heap[--n];
        sink(heap, n, 0, compare);
    }
    for (int i = 0; all && i < KITH_SPILL_PARTS; i++) kith_buf_free(&all[i].window);
    free(all);
    return status;
}

int kith_spill_merge(kith_spill *s, kith_spill_each each, void *ctx, kith_error *err) { return merge(s, by_number, each, ctx, err); }
int kith_spill_merge_keys(kith_spill *s, kith_spill_each each, void *ctx, kith_error *err) { return merge(s, by_key, each, ctx, err); }
