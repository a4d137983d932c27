/* Blocking: a union of many cheap keys, chosen from the data, each pair compared once.
 *
 * Choosing. A key is one atom or two of different fields. What a key costs (pairs) is measured on a sample of rows;
 * what it is worth is measured on *virtual matches*: pairs of real records whose fields survive, are altered a little
 * or change altogether, by fixed guesses. Keys are added greedily by newly covered matches for each pair, until the
 * budget is spent or nothing more is gained. (Keys fixed by kind were tried first: they reach .8 of the true pairs on
 * sets whose columns they fit and .5 elsewhere.)
 *
 * Running. Every record has one hash for each entry of each key. For each key the entries are radix-sorted; a block
 * above the cap is not paired: keys of two parts that hold its atom refine it (the greedy choice counts only what stays
 * under the cap), and what was left out is reported. A pair is taken under a key only if no earlier key (or entry)
 * holds it. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CAP = 100, VIRTUAL = 4000, SAMPLE = 40000 };

static uint32_t entries_of_part(const kith_link_data *data, uint32_t f, uint32_t a) {
    return data->model->field[f].kind == KITH_LINK_SWAP ? 1 : data->values[f].atom_many[a];
}

static uint32_t entries_of(const kith_link_data *data, const kith_link_key *key) {
    uint32_t n = 1;
    for (uint32_t p = 0; p < key->n; p++) n *= entries_of_part(data, key->part[p].field, key->part[p].atom);
    return n;
}

static uint32_t part_hash(const kith_link_data *data, uint32_t row, uint32_t f, uint32_t a, uint32_t e) {
    const uint32_t *ids = data->ids + (size_t)row * data->stride;
    if (data->model->field[f].kind == KITH_LINK_SWAP) { /* the sounds of both, in either order */
        uint32_t p = data->model->field[f].swap[0], q = data->model->field[f].swap[1];
        uint32_t x = data->values[p].atom[1][ids[p]], y = data->values[q].atom[1][ids[q]];
        return x && y ? ((x + y) * 2654435761u ^ x * y) | 1 : 0;
    }
    const kith_link_values *v = &data->values[f];
    return v->atom[a][(size_t)v->atom_many[a] * ids[f] + e];
}

static uint32_t key_hash(const kith_link_data *data, const kith_link_key *key, uint32_t row, uint32_t e) {
    uint32_t h = 0;
    for (uint32_t p = 0; p < key->n; p++) {
        uint32_t many = entries_of_part(data, key->part[p].field, key->part[p].atom);
        uint32_t x = part_hash(data, row, key->part[p].field, key->part[p].atom, e % many);
        e /= many;
        if (x == 0) return 0;
        h = p == 0
                ? x
                : (uint32_t)(((uint64_t)h * UINT64_C(0x9E3779B97F4A7C15) + x) * UINT64_C(0xD6E8FEB86659FD93) >> 32) | 1;
    }
    return h;
}

/* ---- choosing ----------------------------------------------------------------------------------------------- */

typedef struct candidate {
    kith_link_key key;
    double pairs;     /* for each row, at full size */
    double lost;      /* share of the entries in oversized blocks */
    uint64_t *covers; /* VIRTUAL bits */
    bool taken;
} candidate;

static int u32_order(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void radix_sort(uint64_t *a, uint64_t *b, size_t n) { /* by the upper 32 bits; stable; the result is in a */
    for (int pass = 0; pass < 4; pass++) {
        size_t count[257] = {0};
        int shift = 32 + 8 * pass;
        for (size_t i = 0; i < n; i++) count[(a[i] >> shift & 255) + 1]++;
        for (int k = 0; k < 256; k++) count[k + 1] += count[k];
        for (size_t i = 0; i < n; i++) b[count[a[i] >> shift & 255]++] = a[i];
        uint64_t *t = a;
        a = b;
        b = t;
    }
}

static void cost_of(const kith_link_data *data, candidate *c, uint32_t *hashes, uint32_t sample) {
    uint32_t entries = entries_of(data, &c->key);
    size_t n = 0;
    double rows = 0;
    for (uint32_t i = 0; i < sample; i++) {
        uint32_t row = data->order[(size_t)i * data->rows / sample];
        bool any = false;
        for (uint32_t e = 0; e < entries; e++) {
            uint32_t h = key_hash(data, &c->key, row, e);
            if (h == 0) continue;
            any = true;
            hashes[n++] = h;
        }
        rows += any;
    }
    qsort(hashes, n, sizeof *hashes, u32_order);
    double pairs = 0, lost = 0, up = (double)data->rows / sample;
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && hashes[j] == hashes[i]) j++;
        double size = (double)(j - i), full = size > 1 ? size * up : size;
        if (size > 1) pairs += full > CAP ? 0 : size * (size - 1) / 2;
        if (size > 1 && full > CAP) lost += size;
        i = j;
    }
    c->pairs = pairs * up * up / data->rows;
    c->lost = n ? lost / (double)n : 1;
    if (up > 1.5) c->pairs += rows / sample * .02; /* unseen ones */
}

/* What happens to one field of a virtual match: 0 equal, 1 altered, 2 changed, 3 missing on a side. */
static void cover(const kith_link_data *data, candidate *c, const uint8_t *fate, const float *luck) {
    for (uint32_t v = 0; v < VIRTUAL; v++) {
        bool alive = true;
        for (uint32_t p = 0; p < c->key.n && alive; p++) {
            uint32_t f = c->key.part[p].field, a = c->key.part[p].atom;
            const kith_link_field *field = &data->model->field[f];
            if (field->kind == KITH_LINK_SWAP) {
                uint32_t x = field->swap[0], y = field->swap[1];
                alive = fate[(size_t)v * KITH_LINK_FIELDS + x] < 2 && fate[(size_t)v * KITH_LINK_FIELDS + y] < 2 &&
                        luck[(size_t)v * 64 + f * 4] <
                            (fate[(size_t)v * KITH_LINK_FIELDS + x] || fate[(size_t)v * KITH_LINK_FIELDS + y] ? .5 : 1);
                continue;
            }
            int k = fate[(size_t)v * KITH_LINK_FIELDS + f];
            alive = k == 0 ? !(field->kind == KITH_LINK_GEO || field->kind == KITH_LINK_NUMBER) ||
                                 luck[(size_t)v * 64 + f * 4 + a] < .9
                           : k == 1 && luck[(size_t)v * 64 + f * 4 + a] < link_atoms(field->kind)[a].survives;
        }
        if (alive && luck[(size_t)v * 64 + 60 + c->key.n] < c->lost) alive = false; /* in an oversized block */
        if (alive) c->covers[v / 64] |= UINT64_C(1) << v % 64;
    }
}

static int by_cost(const void *a, const void *b) {
    const kith_link_key *x = a, *y = b;
    return x->pairs < y->pairs ? -1 : x->pairs > y->pairs ? 1 : memcmp(x->part, y->part, sizeof x->part);
}

static void draw_fates(const kith_link_data *data, uint8_t *fate, float *luck) {
    const kith_link_model *model = data->model;
    kith_random r;
    kith_random_start(&r, 1, "link virtual matches", 0);
    for (uint32_t v = 0; v < VIRTUAL; v++) {
        uint32_t i = data->order[kith_random_below(&r, data->rows)], j = data->order[kith_random_below(&r, data->rows)];
        double quality = kith_random_unit(&r); /* some records are worse in all fields */
        double change = .04 + .10 * quality, alter = .05 + .25 * quality;
        for (uint32_t f = 0; f < model->n_fields; f++) {
            double u = kith_random_unit(&r);
            bool missing = model->field[f].kind != KITH_LINK_SWAP &&
                           (!data->ids[(size_t)i * data->stride + f] || !data->ids[(size_t)j * data->stride + f]);
            fate[(size_t)v * KITH_LINK_FIELDS + f] = missing ? 3 : u < change ? 2 : u < change + alter ? 1 : 0;
        }
        for (int k = 0; k < 64; k++) luck[(size_t)v * 64 + (size_t)k] = (float)kith_random_unit(&r);
    }
}

int kith_link_choose_keys(const kith_link_data *data, kith_link_model *model, double budget, kith_error *err) {
    enum { MOST = 2048 };
    uint32_t sample = data->rows < SAMPLE ? data->rows : SAMPLE, n = 0;
    candidate *c = calloc(MOST, sizeof *c);
    uint32_t *hashes = malloc(sizeof *hashes * ((size_t)sample * 16 + 1));
    uint8_t *fate = malloc((size_t)VIRTUAL * KITH_LINK_FIELDS);
    float *luck = malloc(sizeof *luck * VIRTUAL * 64);
    uint64_t *bits = calloc((size_t)MOST * (VIRTUAL / 64 + 1), sizeof *bits);
    if (c == NULL || hashes == NULL || fate == NULL || luck == NULL || bits == NULL) {
        free(c), free(hashes), free(fate), free(luck), free(bits);
        return kith_no_memory(err);
    }
    model->n_keys = 0;
    if (data->rows >= 2) {
        draw_fates(data, fate, luck);
        struct {
            uint8_t field, atom;
            bool alone;
        } atoms[KITH_LINK_FIELDS * LINK_ATOMS];
        uint32_t n_atoms = 0;
        for (uint32_t f = 0; f < model->n_fields; f++) {
            const link_atom *a = link_atoms(model->field[f].kind);
            for (uint8_t k = 0; a[k].name != NULL; k++, n_atoms++) {
                atoms[n_atoms].field = (uint8_t)f;
                atoms[n_atoms].atom = k;
                atoms[n_atoms].alone = a[k].alone;
            }
        }
        for (uint32_t x = 0; x < n_atoms; x++)
            for (uint32_t y = x; y < n_atoms && n < MOST; y++) {
                if (x == y ? !atoms[x].alone : atoms[x].field == atoms[y].field) continue;
                kith_link_key key = {.n = x == y ? 1 : 2};
                key.part[0].field = atoms[x].field;
                key.part[0].atom = atoms[x].atom;
                key.part[1].field = x == y ? 0 : atoms[y].field;
                key.part[1].atom = x == y ? 0 : atoms[y].atom;
                if (x != y && (model->field[key.part[0].field].kind == KITH_LINK_SWAP ||
                               model->field[key.part[1].field].kind == KITH_LINK_SWAP)) {
                    const kith_link_field *s =
                        &model->field[model->field[key.part[0].field].kind == KITH_LINK_SWAP ? key.part[0].field
                                                                                             : key.part[1].field];
                    uint32_t other =
                        model->field[key.part[0].field].kind == KITH_LINK_SWAP ? key.part[1].field : key.part[0].field;
                    if (s->swap[0] == other || s->swap[1] == other) continue;
                }
                if (entries_of(data, &key) > 8) continue;
                c[n].key = key;
                c[n].covers = bits + (size_t)n * (VIRTUAL / 64 + 1);
                n++;
            }
        uint32_t first = sample > 4000 ? 4000 : sample; /* a rough look throws out the hopeless */
        uint32_t kept = 0;
        for (uint32_t k = 0; k < n; k++) {
            cost_of(data, &c[k], hashes, first);
            if (c[k].lost > .9 || (c[k].pairs > 4 * budget && first < sample) || c[k].pairs > 4 * budget + 20) continue;
            candidate t = c[kept];
            c[kept] = c[k];
            c[k] = t;
            kept++;
        }
        n = kept;
        for (uint32_t k = 0; k < n; k++) {
            if (first < sample) cost_of(data, &c[k], hashes, sample);
            memset(c[k].covers, 0, sizeof(uint64_t) * (VIRTUAL / 64 + 1));
            cover(data, &c[k], fate, luck);
        }
        uint64_t done[VIRTUAL / 64 + 1] = {0}, twice[VIRTUAL / 64 + 1] = {0};
        double spent = 0;
        while (model->n_keys < KITH_LINK_KEYS) {
            uint32_t best = n;
            double best_value = 0;
            for (uint32_t k = 0; k < n; k++) {
                if (c[k].taken || spent + c[k].pairs > budget) continue;
                double gain = 0; /* the first cover counts whole, the second a tenth */
                for (uint32_t w = 0; w < VIRTUAL / 64 + 1; w++)
                    gain += __builtin_popcountll(c[k].covers[w] & ~done[w]) +
                            .1 * __builtin_popcountll(c[k].covers[w] & done[w] & ~twice[w]);
                if (gain < 1) continue;
                double value = gain / (c[k].pairs + .02 * budget);
                if (value > best_value) {
                    best_value = value;
                    best = k;
                }
            }
            if (best == n) break;
            c[best].taken = true;
            spent += c[best].pairs;
            for (uint32_t w = 0; w < VIRTUAL / 64 + 1; w++) {
                twice[w] |= done[w] & c[best].covers[w];
                done[w] |= c[best].covers[w];
            }
            model->key[model->n_keys] = c[best].key;
            model->key[model->n_keys++].pairs = c[best].pairs;
        }
        qsort(model->key, model->n_keys, sizeof model->key[0], by_cost);
    }
    free(c), free(hashes), free(fate), free(luck), free(bits);
    if (model->n_keys == 0 && data->rows >= 2)
        return kith_fail(err, KITH_DATA, "no column can serve as a key: every value is unique, or all are too common");
    return KITH_OK;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

typedef struct running {
    const kith_link_data *data;
    uint32_t *hash; /* rows × slots */
    uint32_t slots, start[KITH_LINK_KEYS + 1];
    uint64_t *entry, *other; /* the current key's: hash << 32 | row */
    size_t n_entries;
    size_t chunk;
    int key;
    double sample;
    kith_link_visit visit;
    void *ctx;
    uint64_t *candidates; /* by chunk */
} running;

static bool share(const uint32_t *a, const uint32_t *b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            if (a[i] && a[i] == b[j]) return true;
    return false;
}

static bool earlier(const running *r, uint32_t i, uint32_t j, uint32_t h) {
    const uint32_t *a = r->hash + (size_t)i * r->slots, *b = r->hash + (size_t)j * r->slots;
    for (int k = 0; k < r->key; k++) {
        uint32_t s = r->start[k], n = r->start[k + 1] - s;
        if (n == 1 ? a[s] != 0 && a[s] == b[s] : share(a + s, b + s, n)) return true;
    }
    uint32_t s = r->start[r->key], n = r->start[r->key + 1] - s;
    for (uint32_t x = 0; x < n && n > 1; x++) /* the same key: the pair belongs to its lowest hash */
        for (uint32_t y = 0; y < n; y++)
            if (a[s + x] && a[s + x] < h && a[s + x] == b[s + y]) return true;
    return false;
}

static int run_chunk(void *ctx, int worker, size_t index, kith_error *err) {
    running *r = ctx;
    (void)err;
    size_t from = index * r->chunk, to = from + r->chunk < r->n_entries ? from + r->chunk : r->n_entries;
    while (from > 0 && from < r->n_entries && r->entry[from] >> 32 == r->entry[from - 1] >> 32)
        from++; /* the block began before */
    if (to < from) return KITH_OK;
    uint64_t n = 0;
    while (from < to) {
        uint32_t h = (uint32_t)(r->entry[from] >> 32);
        size_t end = from + 1;
        while (end < r->n_entries && r->entry[end] >> 32 == h) end++;
        size_t size = end - from;
        if (size > 1 && size <= CAP && (r->sample >= 1 || (double)(h * 2654435761u) / 4294967296. < r->sample))
            for (size_t x = from; x < end; x++)
                for (size_t y = x + 1; y < end; y++) {
                    uint32_t i = (uint32_t)r->entry[x], j = (uint32_t)r->entry[y];
                    if (i == j || (y > x + 1 && r->entry[y] == r->entry[y - 1])) continue;
                    if (x > from && r->entry[x] == r->entry[x - 1]) continue;
                    if (r->data->source != NULL && r->data->model->link_only &&
                        r->data->source[i] == r->data->source[j])
                        continue;
                    if (earlier(r, i, j, h)) continue;
                    n++;
                    int status = r->visit(r->ctx, worker, i < j ? i : j, i < j ? j : i, r->key);
                    if (status != KITH_OK) return status;
                }
        from = end;
    }
    r->candidates[index] = n;
    return KITH_OK;
}

static size_t gather(running *r, int key) {
    size_t n = 0;
    for (uint32_t s = r->start[key]; s < r->start[key + 1]; s++)
        for (uint32_t i = 0; i < r->data->rows; i++) {
            uint32_t h = r->hash[(size_t)i * r->slots + s];
            if (h) r->entry[n++] = (uint64_t)h << 32 | i;
        }
    radix_sort(r->entry, r->other, n);
    return n;
}

int kith_link_run_pairs(const kith_link_data *data, double sample, int threads, kith_link_visit visit, void *ctx,
                        kith_link_pairs *out, kith_error *err) {
    const kith_link_model *model = data->model;
    running r = {.data = data, .sample = sample, .visit = visit, .ctx = ctx};
    uint32_t most = 1;
    *out = (kith_link_pairs){0};
    for (uint32_t k = 0; k < model->n_keys; k++) {
        r.start[k] = r.slots;
        uint32_t e = entries_of(data, &model->key[k]);
        if (e > most) most = e;
        r.slots += e;
    }
    r.start[model->n_keys] = r.slots;
    size_t n = (size_t)data->rows * most;
    r.chunk = 1 << 15;
    r.hash = malloc(sizeof *r.hash * ((size_t)data->rows * r.slots + 1));
    r.entry = malloc(sizeof *r.entry * (n + 1));
    r.other = malloc(sizeof *r.other * (n + 1));
    r.candidates = calloc(n / r.chunk + 1, sizeof *r.candidates);
    int status = r.hash && r.entry && r.other && r.candidates ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) {
        for (uint32_t i = 0; i < data->rows; i++)
            for (uint32_t k = 0; k < model->n_keys; k++)
                for (uint32_t s = r.start[k]; s < r.start[k + 1]; s++)
                    r.hash[(size_t)i * r.slots + s] = key_hash(data, &model->key[k], i, s - r.start[k]);
        for (uint32_t k = 0; k < model->n_keys; k++) { /* oversized blocks hold no pair */
            size_t m = gather(&r, (int)k);
            for (size_t i = 0; i < m;) {
                size_t j = i;
                while (j < m && r.entry[j] >> 32 == r.entry[i] >> 32) j++;
                if (j - i > CAP) {
                    out->oversized++;
                    out->dropped_pairs += (uint64_t)(j - i) * (j - i - 1) / 2;
                    uint32_t h = (uint32_t)(r.entry[i] >> 32);
                    for (size_t x = i; x < j; x++)
                        for (uint32_t s = r.start[k]; s < r.start[k + 1]; s++) {
                            uint32_t *slot = &r.hash[(size_t)(uint32_t)r.entry[x] * r.slots + s];
                            if (*slot == h) *slot = 0;
                        }
                }
                i = j;
            }
        }
    }
    for (uint32_t k = 0; k < model->n_keys && status == KITH_OK; k++) {
        r.key = (int)k;
        r.n_entries = gather(&r, (int)k);
        size_t chunks = (r.n_entries + r.chunk - 1) / r.chunk;
        status = kith_parallel(threads, chunks, run_chunk, &r, err);
        for (size_t i = 0; i < chunks; i++) out->candidates += r.candidates[i];
        memset(r.candidates, 0, sizeof *r.candidates * (n / r.chunk + 1));
    }
    free(r.hash), free(r.entry), free(r.other), free(r.candidates);
    return status;
}
