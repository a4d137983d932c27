/* Folds past memory.
 *
 *   state, when it is full ──by the person's hash──► 64 parts ──each: a state of its own, finish──► rows by person, 64 times ──merge──► rows
 *                                                       └─ a part that is too large itself: the same again by another hash
 *
 * A person lies in one part, so a part's rows are final, and each part's are in byte order of the persons. */
#include <kith/spilled.h>
#include <kith/spill.h>

#include <stdlib.h>

enum { LEVELS = 4, RESET = 4096, LEAST = 1 << 20 /* a state below this is not worth the trip: its empty tables take a part of it */ };

struct kith_spilled {
    const kith_fold *fold;
    const kith_params *params;
    const char *folder;
    uint64_t memory, share;
    kith_spill *parts;
};

unsigned kith_fold_part(kith_str person, unsigned level) {
    return (unsigned)(kith_hash(person.p, person.n, UINT64_C(0x7370696c6c) + level) % KITH_SPILL_PARTS);
}

int kith_spilled_new(kith_spilled **spilled, const kith_fold *fold, const kith_params *params, uint64_t memory, const char *folder, kith_error *err) {
    kith_spilled *s = *spilled = calloc(1, sizeof *s);
    if (!s) return kith_no_memory(err);
    *s = (kith_spilled){.fold = fold, .params = params, .folder = folder, .memory = memory / fold->spill->needs};
    if (s->memory < LEAST) s->memory = LEAST;
    s->share = s->memory;
    return KITH_OK;
}

void kith_spilled_free(kith_spilled *s) {
    if (!s) return;
    kith_spill_free(s->parts);
    free(s);
}

void kith_spilled_share(kith_spilled *s, int states) {
    s->share = s->memory / (uint64_t)(states > 0 ? states : 1);
    if (s->share < LEAST) s->share = LEAST;
}

bool kith_spilled_any(const kith_spilled *s) { return s->parts != NULL; }
uint64_t kith_spilled_bytes(const kith_spilled *s) { return s->parts ? kith_spill_bytes(s->parts) : 0; }

int kith_spilled_take(kith_spilled *s, void *state, kith_error *err) {
    if (!s->parts) KITH_TRY(kith_spill_new(&s->parts, s->folder, err));
    return s->fold->spill->out(state, s->parts, 0, err);
}

int kith_spilled_look(kith_spilled *s, void *state, kith_error *err) {
    return s->fold->spill->held(state) > s->share ? kith_spilled_take(s, state, err) : KITH_OK;
}

/* ---- giving ------------------------------------------------------------------------------------------------- */

typedef struct reading { /* of one part */
    const kith_spilled *s;
    void *state;
    kith_spill *finer; /* NULL until the part is too large */
    unsigned level;
} reading;

static int take_in(void *ctx, uint64_t number, kith_str key, kith_str text, kith_error *err) {
    reading *r = ctx;
    const kith_fold_spill *how = r->s->fold->spill;
    (void)number;
    KITH_TRY(how->in(r->state, key, text, err));
    if (r->level + 1 >= LEVELS || how->held(r->state) <= r->s->memory) return KITH_OK;
    if (!r->finer) KITH_TRY(kith_spill_new(&r->finer, r->s->folder, err));
    return how->out(r->state, r->finer, r->level + 1, err);
}

typedef struct placing { /* rows into a part of others */
    kith_spill *rows;
    unsigned part;
} placing;

static int place(void *ctx, uint64_t number, kith_str key, kith_str row, kith_error *err) {
    const placing *p = ctx;
    return kith_spill_put(p->rows, p->part, number, key, row, err);
}

/* The finished rows of a state, each with its first field. */
static int finished(const kith_spilled *s, void *state, char delimiter, kith_spill_each each, void *ctx, kith_error *err) {
    kith_buf out = {0};
    kith_arena *arena = kith_arena_new();
    int status = arena ? s->fold->finish(state, delimiter, &out, err) : kith_no_memory(err);
    kith_records r = {out.p, out.p + out.n, 1, delimiter, arena};
    kith_str first[1];
    size_t n;
    if (status == KITH_OK) kith_records_next(&r, first, 1, &n); /* the header */
    const char *from = r.p;
    for (uint64_t i = 0; status == KITH_OK && kith_records_next(&r, first, 1, &n); from = r.p) {
        status = each(ctx, i++, first[0], (kith_str){from, (size_t)(r.p - from)}, err);
        if (i % RESET == 0) kith_arena_reset(arena);
    }
    kith_arena_free(arena);
    kith_buf_free(&out);
    return status;
}

static int give(const kith_spilled *s, kith_spill *parts, unsigned level, char delimiter, kith_spill_each each, void *ctx, kith_error *err) {
    kith_spill *rows = NULL;
    int status = kith_spill_new(&rows, s->folder, err);
    for (unsigned part = 0; part < KITH_SPILL_PARTS && status == KITH_OK; part++) {
        reading r = {.s = s, .level = level};
        placing to = {rows, part};
        status = s->fold->init(s->params, &r.state, err);
        if (status == KITH_OK) status = kith_spill_read(parts, part, take_in, &r, err);
        if (status == KITH_OK && !r.finer) status = finished(s, r.state, delimiter, place, &to, err);
        if (status == KITH_OK && r.finer) status = s->fold->spill->out(r.state, r.finer, level + 1, err);
        if (r.state) s->fold->free(r.state);
        if (status == KITH_OK && r.finer) status = give(s, r.finer, level + 1, delimiter, place, &to, err);
        kith_spill_free(r.finer);
    }
    if (status == KITH_OK) status = kith_spill_merge_keys(rows, each, ctx, err);
    kith_spill_free(rows);
    return status;
}

typedef struct handing {
    kith_spilled_row each;
    void *ctx;
} handing;

static int hand(void *ctx, uint64_t number, kith_str key, kith_str row, kith_error *err) {
    const handing *h = ctx;
    (void)number, (void)key;
    return h->each(h->ctx, row, err);
}

int kith_spilled_give(kith_spilled *s, char delimiter, kith_spilled_row each, void *ctx, kith_error *err) {
    handing h = {each, ctx};
    return s->parts ? give(s, s->parts, 0, delimiter, hand, &h, err) : KITH_OK;
}
