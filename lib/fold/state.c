/* Saved states: CSV records, a head that says of what, the fold's own records, and a checksum over all.
 *
 *     kith-state,1
 *     fold,report.table,1
 *     param,group,region
 *     shard,monday.csv,0123456789abcdef0123456789abcdef
 *     begin
 *     ... the fold's records ...
 *     end,BYTES,CHECKSUM         BYTES before this line, XXH3-64 of them in hex
 *
 * A state is untrusted: nothing is believed before the checksum, and each loader checks what it reads. */
#include <kith/fold.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kith_state_new(const kith_fold *fold, const kith_params *params, kith_state **state, kith_error *err) {
    kith_state *s = calloc(1, sizeof *s);
    *state = NULL;
    if (!s) return kith_no_memory(err);
    s->fold = fold;
    s->params.arena = kith_arena_new();
    int status = s->params.arena ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < params->n; i++) kith_params_set(&s->params, params->items[i].name, params->items[i].value);
    if (status == KITH_OK && (s->params.failed || params->failed)) status = kith_no_memory(err);
    if (status == KITH_OK) status = fold->init(&s->params, &s->state, err);
    if (status != KITH_OK) {
        kith_state_free(s);
        return status;
    }
    *state = s;
    return KITH_OK;
}

void kith_state_free(kith_state *state) {
    if (!state) return;
    if (state->state) state->fold->free(state->state);
    kith_arena_free(state->params.arena);
    free(state);
}

static int shard_order(const void *a, const void *b) {
    const kith_shard *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    if (c) return c;
    for (int i = 0; i < 2; i++)
        if (x->hash[i] != y->hash[i]) return x->hash[i] < y->hash[i] ? -1 : 1;
    return 0;
}

int kith_state_add_shard(kith_state *s, const char *name, const uint64_t hash[2], kith_error *err) {
    kith_shard *more = kith_arena_alloc(s->params.arena, (s->n_shards + 1) * sizeof *more);
    char *copy = kith_arena_copy(s->params.arena, name, strlen(name));
    if (!more || !copy) return kith_no_memory(err);
    if (s->n_shards) memcpy(more, s->shards, s->n_shards * sizeof *more);
    more[s->n_shards] = (kith_shard){copy, {hash[0], hash[1]}};
    s->shards = more;
    s->n_shards++;
    qsort(s->shards, s->n_shards, sizeof *s->shards, shard_order);
    for (size_t i = 1; i < s->n_shards; i++)
        if (shard_order(&s->shards[i - 1], &s->shards[i]) == 0)
            return kith_fail(err, KITH_DATA, "%s is counted twice", name);
    return KITH_OK;
}

static size_t shared_shards(const kith_state *a, const kith_state *b, const char **name) {
    size_t n = 0;
    for (size_t i = 0, j = 0; i < a->n_shards && j < b->n_shards;) {
        int c = shard_order(&a->shards[i], &b->shards[j]);
        if (c == 0) {
            if (!n++) *name = a->shards[i].name;
            i++, j++;
        } else if (c < 0) i++;
        else j++;
    }
    return n;
}

static int same_kind(const kith_state *a, const kith_state *b, kith_error *err) {
    if (strcmp(a->fold->name, b->fold->name) != 0) return kith_fail(err, KITH_DATA, "a state of %s does not go with one of %s", b->fold->name, a->fold->name);
    for (size_t i = 0; i < a->params.n; i++) {
        const char *name = a->params.items[i].name, *other = kith_params_get(&b->params, name);
        if (strcmp(a->params.items[i].value, other) != 0)
            return strlen(other) + strlen(a->params.items[i].value) < 200
                       ? kith_fail(err, KITH_DATA, "the states differ in '%s': '%s' and '%s'", name, a->params.items[i].value, other)
                       : kith_fail(err, KITH_DATA, "the states differ in '%s': they are of two different steps", name);
    }
    for (size_t i = 0; i < b->params.n; i++)
        if (strcmp(kith_params_get(&a->params, b->params.items[i].name), b->params.items[i].value) != 0)
            return kith_fail(err, KITH_DATA, "the states differ in '%s'", b->params.items[i].name);
    return KITH_OK;
}

int kith_state_merge(kith_state *into, kith_state *from, bool again, kith_error *err) {
    KITH_TRY(same_kind(into, from, err));
    const char *name = "";
    size_t shared = shared_shards(into, from, &name);
    if (shared && again && shared == from->n_shards) return KITH_OK;
    if (shared)
        return kith_fail(err, KITH_DATA, "%s is counted already in the state it would be added to%s", name,
                         again ? ", along with others that are not" : "; --again ignores it");
    for (size_t i = 0; i < from->n_shards; i++) KITH_TRY(kith_state_add_shard(into, from->shards[i].name, from->shards[i].hash, err));
    return into->fold->merge(into->state, from->state, err);
}

int kith_state_save(const kith_state *s, kith_sink *sink, kith_error *err) {
    kith_buf out = {0};
    char text[64];
    kith_buf_puts(&out, "kith-state,1\n");
    kith_row_writer w = kith_row_begin(&out, ',');
    kith_put_string(&w, "fold");
    kith_put_string(&w, s->fold->name);
    kith_put_int(&w, s->fold->version);
    kith_row_end(&w);
    for (size_t i = 0; i < s->params.n; i++) {
        kith_put_string(&w, "param");
        kith_put_string(&w, s->params.items[i].name);
        kith_put_string(&w, s->params.items[i].value);
        kith_row_end(&w);
    }
    for (size_t i = 0; i < s->n_shards; i++) {
        snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)s->shards[i].hash[1], (unsigned long long)s->shards[i].hash[0]);
        kith_put_string(&w, "shard");
        kith_put_string(&w, s->shards[i].name);
        kith_put_string(&w, text);
        kith_row_end(&w);
    }
    kith_buf_puts(&out, "begin\n");
    int status = s->fold->save(s->state, &out, err);
    if (status == KITH_OK && !out.failed) {
        uint64_t sum = kith_hash(out.p, out.n, 0);
        kith_buf_printf(&out, "end,%zu,%016llx\n", out.n, (unsigned long long)sum);
    }
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, err);
    kith_buf_free(&out);
    return status;
}

/* The bytes before the last line, if that line vouches for them. */
static int vouched(const char *path, const kith_buf *buf, size_t *n, kith_error *err) {
    size_t at = buf->n;
    if (at && buf->p[at - 1] == '\n') at--;
    while (at && buf->p[at - 1] != '\n') at--;
    char line[64] = "", want[64];
    size_t length = buf->n - at;
    if (length < sizeof line) memcpy(line, buf->p + at, length);
    if (length && length < sizeof line && line[length - 1] == '\n') line[length - 1] = 0;
    snprintf(want, sizeof want, "end,%zu,%016llx", at, (unsigned long long)kith_hash(buf->p, at, 0));
    if (buf->n < 13 || memcmp(buf->p, "kith-state,1\n", 13) != 0) return kith_fail(err, KITH_DATA, "%s: is no saved state of this version", path);
    if (strcmp(line, want) != 0) return kith_fail(err, KITH_DATA, "%s: the saved state is damaged or cut short (its checksum differs)", path);
    *n = at;
    return KITH_OK;
}

static bool hex128(kith_str text, uint64_t out[2]) {
    if (text.n != 32) return false;
    out[0] = out[1] = 0;
    for (size_t i = 0; i < 32; i++) {
        char c = text.p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0) return false;
        out[i < 16] = out[i < 16] << 4 | (uint64_t)d;
    }
    return true;
}

typedef struct heading {
    kith_str fold;
    int64_t version;
    kith_params params;
    struct {
        const char *name;
        uint64_t hash[2];
    } *shards;
    size_t n_shards;
} heading;

static int read_heading(const char *path, kith_records *r, kith_arena *arena, heading *h, kith_error *err) {
    kith_str f[4];
    size_t n, room = 0;
    h->params.arena = arena;
    while (kith_records_next(r, f, 4, &n)) {
        if (n == 1 && kith_str_is(f[0], "begin")) return h->fold.n ? KITH_OK : kith_fail(err, KITH_DATA, "%s: the saved state names no fold", path);
        if (n == 2 && kith_str_is(f[0], "kith-state")) continue;
        if (n == 3 && kith_str_is(f[0], "fold") && kith_parse_int(f[2], &h->version)) {
            h->fold = f[1];
        } else if (n == 3 && kith_str_is(f[0], "param")) {
            char *name = kith_arena_copy(arena, f[1].p, f[1].n), *value = kith_arena_copy(arena, f[2].p, f[2].n);
            if (!name || !value) return kith_no_memory(err);
            kith_params_set(&h->params, name, value);
        } else if (n == 3 && kith_str_is(f[0], "shard")) {
            if (h->n_shards == room) {
                room = room ? 2 * room : 64;
                void *more = kith_arena_alloc(arena, room * sizeof *h->shards);
                if (!more) return kith_no_memory(err);
                if (h->n_shards) memcpy(more, h->shards, h->n_shards * sizeof *h->shards);
                h->shards = more;
            }
            h->shards[h->n_shards].name = kith_arena_copy(arena, f[1].p, f[1].n);
            if (!h->shards[h->n_shards].name) return kith_no_memory(err);
            if (!hex128(f[2], h->shards[h->n_shards++].hash)) return kith_fail(err, KITH_DATA, "%s: a shard's hash is malformed", path);
        } else {
            return kith_fail(err, KITH_DATA, "%s: the saved state's head is malformed", path);
        }
    }
    return kith_fail(err, KITH_DATA, "%s: the saved state has no body", path);
}

static int load(const char *path, const kith_buf *buf, kith_arena *arena, const kith_fold *const *folds, kith_state **state, kith_error *err) {
    size_t n = 0;
    heading h = {0};
    KITH_TRY(vouched(path, buf, &n, err));
    kith_records r = {.p = buf->p, .end = buf->p + n, .line = 1, .delimiter = ',', .arena = arena};
    KITH_TRY(read_heading(path, &r, arena, &h, err));
    const kith_fold *fold = NULL;
    for (size_t i = 0; folds[i]; i++)
        if (kith_str_is(h.fold, folds[i]->name)) fold = folds[i];
    if (!fold) return kith_fail(err, KITH_DATA, "%s: is a state of %.*s, not of %s", path, (int)(h.fold.n > 60 ? 60 : h.fold.n), h.fold.p, folds[0] ? folds[0]->name : "this program");
    if (h.version != fold->version)
        return kith_fail(err, KITH_DATA, "%s: is version %lld of %s; this program reads version %d", path, (long long)h.version, fold->name, fold->version);
    KITH_TRY(kith_state_new(fold, &h.params, state, err));
    for (size_t i = 0; i < h.n_shards; i++) KITH_TRY(kith_state_add_shard(*state, h.shards[i].name, h.shards[i].hash, err));
    return fold->load((*state)->state, &r, err);
}

int kith_state_load(const char *path, const kith_fold *const *folds, kith_state **state, kith_error *err) {
    kith_buf buf = {0};
    kith_arena *arena = kith_arena_new();
    *state = NULL;
    int status = arena ? kith_file_read(path, UINT64_C(1) << 36, &buf, err) : kith_no_memory(err);
    if (status == KITH_OK) status = load(path, &buf, arena, folds, state, err);
    if (status != KITH_OK) {
        kith_state_free(*state);
        *state = NULL;
        if (err && status == KITH_DATA && strncmp(err->text, path, strlen(path)) != 0) {
            kith_error inner = *err;
            kith_fail(err, status, "%s: %s", path, inner.text);
        }
    }
    kith_buf_free(&buf);
    kith_arena_free(arena);
    return status;
}

int kith_state_peek(const char *path, char *name, kith_error *err) {
    kith_buf buf = {0};
    name[0] = 0;
    int status = kith_file_read(path, UINT64_C(1) << 36, &buf, err);
    static const char head[] = "kith-state,1\nfold,";
    size_t at = sizeof head - 1, n = 0;
    if (status == KITH_OK && (buf.n < at || memcmp(buf.p, head, at) != 0)) status = kith_fail(err, KITH_DATA, "%s: is no saved state of this version", path);
    while (status == KITH_OK && at + n < buf.n && n < 63 && buf.p[at + n] != ',' && buf.p[at + n] != '\n') name[n] = buf.p[at + n], n++;
    if (status == KITH_OK) name[n] = 0;
    kith_buf_free(&buf);
    return status;
}
