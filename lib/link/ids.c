/* From clusters to persons: ids that stay.
 *
 * A new cluster's id is a hash of its least (source, record) at birth and never changes after. When earlier persons are
 * known, each id goes to the cluster that holds most of its records, and a cluster that several ids claim takes the one
 * with most; what else happened is a split or a merge, and is told. A birth id that is taken already is hashed on. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct claim { /* records of one earlier id in one cluster */
    uint32_t cluster, id, n;
} claim;

typedef struct names {
    uint32_t *slot, mask, n, room;
    kith_str *text;
} names;

static uint32_t name_of(names *t, kith_str text, bool add) {
    if (t->n + 1 >= t->room) {
        uint32_t room = t->room ? 2 * t->room : 1024;
        kith_str *more = realloc(t->text, room * sizeof *more);
        uint32_t *slot = calloc(2 * (size_t)room, sizeof *slot);
        if (more) t->text = more;
        if (!more || !slot) {
            free(slot);
            return UINT32_MAX;
        }
        for (uint32_t i = 0; i < t->n; i++) {
            uint32_t at = (uint32_t)kith_hash(more[i].p, more[i].n, 3) & (2 * room - 1);
            while (slot[at]) at = (at + 1) & (2 * room - 1);
            slot[at] = i + 1;
        }
        free(t->slot);
        t->slot = slot;
        t->room = room;
        t->mask = 2 * room - 1;
    }
    uint32_t at = (uint32_t)kith_hash(text.p, text.n, 3) & t->mask;
    for (; t->slot[at]; at = (at + 1) & t->mask)
        if (kith_str_equal(t->text[t->slot[at] - 1], text)) return t->slot[at] - 1;
    if (!add) return UINT32_MAX;
    t->text[t->n] = text;
    t->slot[at] = t->n + 1;
    return t->n++;
}

static int by_cluster(const void *a, const void *b) {
    const claim *x = a, *y = b;
    return x->cluster != y->cluster ? (x->cluster < y->cluster ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static bool better(const claim *x, const claim *y, const kith_str *source, const kith_str *record,
                   const uint32_t *least) {
    if (x->n != y->n) return x->n > y->n;
    uint32_t a = least[x->cluster], b = least[y->cluster];
    int c = kith_str_compare(source[a], source[b]);
    return (c != 0 ? c : kith_str_compare(record[a], record[b])) < 0;
}

static int put_change(kith_link_persons *p, size_t *room, kith_arena *arena, const char *what, kith_str person,
                      kith_str other, uint32_t n) {
    if (p->n_changes == *room) {
        size_t more = *room ? 2 * *room : 64;
        kith_link_change *c = kith_arena_alloc(arena, more * sizeof *c);
        if (c == NULL) return KITH_SYSTEM;
        if (*room) memcpy(c, p->change, *room * sizeof *c);
        p->change = c;
        *room = more;
    }
    p->change[p->n_changes++] = (kith_link_change){what, person, other, n};
    return KITH_OK;
}

int kith_link_name_persons(const kith_link_clusters *c, const kith_str *source, const kith_str *record,
                           const kith_str *known, kith_arena *arena, kith_link_persons *p, kith_error *err) {
    uint32_t rows = c->rows;
    names ids = {0};
    *p = (kith_link_persons){.id = kith_arena_zalloc(arena, sizeof(kith_str) * ((size_t)rows + 1))};
    uint32_t *least = malloc(sizeof *least * ((size_t)rows + 1));
    claim *claims = known ? malloc(sizeof *claims * ((size_t)rows + 1)) : NULL;
    size_t n = 0, room = 0;
    int status = p->id && least && (claims || !known) ? KITH_OK : KITH_SYSTEM;
    for (uint32_t i = 0; i < rows && status == KITH_OK; i++) least[i] = UINT32_MAX;
    for (uint32_t i = 0; i < rows && status == KITH_OK; i++) {
        uint32_t *at = &least[c->cluster[i]];
        int d = *at == UINT32_MAX ? -1 : kith_str_compare(source[i], source[*at]);
        if (d < 0 || (d == 0 && kith_str_compare(record[i], record[*at]) < 0)) *at = i;
        if (known && known[i].n) {
            uint32_t id = name_of(&ids, known[i], true);
            if (id == UINT32_MAX) status = KITH_SYSTEM;
            claims[n++] = (claim){c->cluster[i], id, 1};
        }
    }
    if (status == KITH_OK && n) { /* earlier ids first */
        size_t m = 0;
        qsort(claims, n, sizeof *claims, by_cluster);
        for (size_t i = 0; i < n; i++) {
            if (m && claims[m - 1].cluster == claims[i].cluster && claims[m - 1].id == claims[i].id)
                claims[m - 1].n++;
            else
                claims[m++] = claims[i];
        }
        size_t *home = malloc(sizeof *home * ((size_t)ids.n + 1));
        if (home == NULL) status = KITH_SYSTEM;
        for (uint32_t k = 0; status == KITH_OK && k < ids.n; k++) home[k] = SIZE_MAX;
        for (size_t i = 0; status == KITH_OK && i < m; i++)
            if (home[claims[i].id] == SIZE_MAX ||
                better(&claims[i], &claims[home[claims[i].id]], source, record, least))
                home[claims[i].id] = i;
        for (size_t i = 0; status == KITH_OK && i < m;) {
            size_t j = i, won = SIZE_MAX;
            for (; j < m && claims[j].cluster == claims[i].cluster; j++)
                if (home[claims[j].id] == j &&
                    (won == SIZE_MAX || claims[j].n > claims[won].n ||
                     (claims[j].n == claims[won].n &&
                      kith_str_compare(ids.text[claims[j].id], ids.text[claims[won].id]) < 0)))
                    won = j;
            if (won != SIZE_MAX) {
                p->id[claims[i].cluster] = ids.text[claims[won].id];
                p->kept++;
            }
            i = j;
        }
        for (size_t i = 0; i < m && status == KITH_OK; i++) { /* births of what a split left without an id come below */
            if (home[claims[i].id] == i && p->id[claims[i].cluster].n &&
                !kith_str_equal(p->id[claims[i].cluster], ids.text[claims[i].id]))
                status =
                    put_change(p, &room, arena, "merge", ids.text[claims[i].id], p->id[claims[i].cluster], claims[i].n);
        }
        n = m;
        for (size_t i = 0; i < m; i++) claims[i].n |= home[claims[i].id] == i ? UINT32_C(1) << 31 : 0;
        free(home);
    }
    for (uint32_t i = 0; i < rows && status == KITH_OK; i++) {
        if (c->cluster[i] != i || p->id[i].n) continue;
        uint32_t r = least[i];
        uint64_t h = kith_hash(record[r].p, record[r].n, kith_hash(source[r].p, source[r].n, 0));
        for (;;) {
            char *text = kith_arena_format(arena, "%016llx", (unsigned long long)h);
            if (text == NULL) {
                status = KITH_SYSTEM;
                break;
            }
            uint32_t before = ids.n;
            uint32_t at = name_of(&ids, (kith_str){text, 16}, true);
            if (at == UINT32_MAX) status = KITH_SYSTEM;
            if (at == UINT32_MAX || at == before) {
                p->id[i] = (kith_str){text, 16};
                p->born++;
                break;
            }
            h = kith_hash_mix(h, 1);
        }
    }
    for (size_t i = 0; known && i < n && status == KITH_OK; i++)
        if (!(claims[i].n >> 31))
            status =
                put_change(p, &room, arena, "split", ids.text[claims[i].id], p->id[claims[i].cluster], claims[i].n);
    for (uint32_t i = 0; i < rows && status == KITH_OK; i++) p->id[i] = p->id[c->cluster[i]];
    free(least), free(claims), free(ids.slot), free(ids.text);
    return status == KITH_OK ? KITH_OK : kith_no_memory(err);
}
