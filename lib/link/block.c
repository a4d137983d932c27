/* Blocking: a union of many cheap keys, chosen from the data, each pair compared once.
 *
 * Choosing. A key is one atom or two of different fields. What a key costs (pairs) is measured on a sample of rows;
 * what it is worth is measured on *virtual matches*: pairs of real records whose fields survive, are altered a little
 * or change altogether, by fixed guesses at first, then as a first fit found. Keys are added greedily by newly covered
 * matches for each pair, until the budget is spent or nothing more is gained. (Keys fixed by kind were tried first:
 * they reach .8 of the true pairs on sets whose columns they fit and .5 elsewhere.)
 *
 * Running. Every record has one hash for each entry of each key. For each key the entries are radix-sorted; a block
 * above the cap is not paired: keys of two parts that hold its atom refine it (the greedy choice counts only what stays
 * under the cap), and records that no pair holds for that are counted. A pair is taken under a key only if no earlier key (or entry)
 * holds it. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CAP = LINK_BLOCK, VIRTUAL = 4000, SAMPLE = 32000 };

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

/* ---- choosing ----------------------------------------------------------------------------------------------- */

typedef struct candidate {
    kith_link_key key;
    double pairs;     /* for each row, at full size */
    double lost;      /* share of the entries in oversized blocks */
    uint64_t *covers; /* VIRTUAL bits */
    bool taken;
} candidate;

/* By the upper 32 bits, stable; three passes end in b, which is where the result is. */
void link_radix_sort(uint64_t *a, uint64_t *b, size_t n) {
    enum { BITS = 11, SIZE = 1 << BITS };
    for (int pass = 0; pass < 3; pass++) {
        size_t count[SIZE + 1] = {0};
        int shift = 32 + BITS * pass;
        for (size_t i = 0; i < n; i++) count[(a[i] >> shift & (SIZE - 1)) + 1]++;
        for (int k = 0; k < SIZE; k++) count[k + 1] += count[k];
        for (size_t i = 0; i < n; i++) b[count[a[i] >> shift & (SIZE - 1)]++] = a[i];
        uint64_t *t = a;
        a = b;
        b = t;
    }
}

/* The atoms of some rows, row by row: every atom is looked up once, however many keys use it. */
typedef struct atoms {
    uint32_t width, at[KITH_LINK_FIELDS][LINK_ATOMS]; /* where an atom's entries stand in a row of the table */
} atoms;

static void lay_out(const kith_link_data *data, const kith_link_key *keys, uint32_t n_keys, atoms *a) {
    bool used[KITH_LINK_FIELDS][LINK_ATOMS] = {{false}};
    *a = (atoms){0};
    for (uint32_t k = 0; k < n_keys; k++)
        for (uint32_t p = 0; p < keys[k].n; p++) used[keys[k].part[p].field][keys[k].part[p].atom] = true;
    for (uint32_t f = 0; f < data->model->n_fields; f++)
        for (uint32_t k = 0; link_atoms(data->model->field[f].kind)[k].name != NULL; k++) {
            if (n_keys && !used[f][k]) continue;
            a->at[f][k] = a->width;
            a->width += entries_of_part(data, f, k);
        }
}

static void look_up(const kith_link_data *data, const kith_link_key *keys, uint32_t n_keys, const atoms *a,
                    uint32_t row, uint32_t *to) {
    bool done[KITH_LINK_FIELDS][LINK_ATOMS] = {{false}};
    for (uint32_t k = 0; k < n_keys; k++)
        for (uint32_t p = 0; p < keys[k].n; p++) {
            uint32_t f = keys[k].part[p].field, x = keys[k].part[p].atom, n = entries_of_part(data, f, x);
            if (done[f][x]) continue;
            done[f][x] = true;
            for (uint32_t e = 0; e < n; e++) to[a->at[f][x] + e] = part_hash(data, row, f, x, e);
        }
}

static uint32_t key_hash(const kith_link_data *data, const kith_link_key *key, const atoms *a, const uint32_t *row,
                         uint32_t e) {
    uint32_t h = 0;
    for (uint32_t p = 0; p < key->n; p++) {
        uint32_t f = key->part[p].field, k = key->part[p].atom, many = entries_of_part(data, f, k);
        uint32_t x = row[a->at[f][k] + (many == 1 ? 0 : e % many)];
        if (many > 1) e /= many;
        if (x == 0) return 0;
        h = p == 0
                ? x
                : (uint32_t)(((uint64_t)h * UINT64_C(0x9E3779B97F4A7C15) + x) * UINT64_C(0xD6E8FEB86659FD93) >> 32) | 1;
    }
    return h;
}

static void cost_of(const kith_link_data *data, candidate *c, const atoms *a, const uint32_t *table, uint64_t *hashes,
                    uint32_t rows_all, uint32_t sample) {
    uint32_t entries = entries_of(data, &c->key), step = rows_all / sample;
    size_t n = 0;
    double rows = 0;
    for (uint32_t i = 0; i < sample; i++) {
        const uint32_t *row = table + (size_t)i * step * a->width;
        bool any = false;
        for (uint32_t e = 0; e < entries; e++) {
            uint32_t h = key_hash(data, &c->key, a, row, e);
            if (h == 0) continue;
            any = true;
            hashes[n++] = (uint64_t)h << 32;
        }
        rows += any;
    }
    uint64_t *sorted = hashes + n;
    link_radix_sort(hashes, sorted, n);
    double pairs = 0, lost = 0, up = data->all / sample;
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && sorted[j] == sorted[i]) j++;
        double size = (double)(j - i), full = size > 1 ? size * up : size;
        if (size > 1) pairs += full > CAP ? 0 : size * (size - 1) / 2;
        if (size > 1 && full > CAP) lost += size;
        i = j;
    }
    c->pairs = pairs * up * up / data->all;
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
            if (model->prior > 0) { /* a fit knows better */
                const kith_link_field *field = &model->field[f];
                double alike = 0;
                for (int l = 2; l < KITH_LINK_EQUAL; l++) alike += field->m[l];
                change = field->m[1] * (.4 + 1.2 * quality);
                alter = alike * (.4 + 1.2 * quality);
            }
            bool missing = model->field[f].kind != KITH_LINK_SWAP &&
                           (!data->ids[(size_t)i * data->stride + f] || !data->ids[(size_t)j * data->stride + f]);
            fate[(size_t)v * KITH_LINK_FIELDS + f] = missing ? 3 : u < change ? 2 : u < change + alter ? 1 : 0;
        }
        for (int k = 0; k < 64; k++) luck[(size_t)v * 64 + (size_t)k] = (float)kith_random_unit(&r);
    }
}

typedef struct choosing {
    const kith_link_data *data;
    candidate *c;
    uint32_t n;
    uint64_t *hashes, *bits;
    uint32_t *table; /* the sample's atoms */
    atoms atoms;
    uint8_t *fate;
    float *luck;
    uint32_t sample;
} choosing;

enum { MOST_KEYS = 2048, WORDS = VIRTUAL / 64 + 1 };

static bool swap_of(const kith_link_model *model, uint32_t s, uint32_t f) {
    const kith_link_field *field = &model->field[s];
    return field->kind == KITH_LINK_SWAP && (field->swap[0] == f || field->swap[1] == f);
}

/* Every atom alone, and every two of different fields. */
static void all_keys(choosing *h, const kith_link_model *model) {
    struct {
        uint8_t field, atom;
        bool alone;
    } a[KITH_LINK_FIELDS * LINK_ATOMS];
    uint32_t n = 0;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const link_atom *atom = link_atoms(model->field[f].kind);
        for (uint8_t k = 0; atom[k].name != NULL; k++, n++) {
            a[n].field = (uint8_t)f;
            a[n].atom = k;
            a[n].alone = atom[k].alone;
        }
    }
    for (uint32_t x = 0; x < n; x++)
        for (uint32_t y = x; y < n && h->n < MOST_KEYS; y++) {
            if (x == y ? !a[x].alone : a[x].field == a[y].field) continue;
            if (x != y && (swap_of(model, a[x].field, a[y].field) || swap_of(model, a[y].field, a[x].field))) continue;
            kith_link_key key = {.n = x == y ? 1 : 2};
            key.part[0].field = a[x].field;
            key.part[0].atom = a[x].atom;
            if (x != y) {
                key.part[1].field = a[y].field;
                key.part[1].atom = a[y].atom;
            }
            if (entries_of(h->data, &key) > 8) continue;
            h->c[h->n].key = key;
            h->c[h->n].covers = h->bits + (size_t)h->n * WORDS;
            h->n++;
        }
}

/* Costs: a rough look at 4,000 rows throws out the hopeless, the sample tells about the rest. */
static void weigh_keys(choosing *h, double budget) {
    uint32_t first = h->sample > 4000 ? 4000 : h->sample, kept = 0;
    for (uint32_t k = 0; k < h->n; k++) {
        candidate *c = &h->c[k];
        cost_of(h->data, c, &h->atoms, h->table, h->hashes, h->sample, first);
        if (c->lost > .9 || (c->pairs > 4 * budget && first < h->sample) || c->pairs > 4 * budget + 20) continue;
        candidate t = h->c[kept];
        h->c[kept++] = *c;
        *c = t;
    }
    h->n = kept;
    for (uint32_t k = 0; k < h->n; k++) {
        if (first < h->sample) cost_of(h->data, &h->c[k], &h->atoms, h->table, h->hashes, h->sample, h->sample);
        memset(h->c[k].covers, 0, sizeof(uint64_t) * WORDS);
        cover(h->data, &h->c[k], h->fate, h->luck);
    }
}

/* The most newly covered matches for each pair first; a second cover counts a tenth. */
static void take_keys(choosing *h, kith_link_model *model, double budget) {
    uint64_t done[WORDS] = {0}, twice[WORDS] = {0};
    double spent = 0;
    while (model->n_keys < KITH_LINK_KEYS) {
        candidate *best = NULL;
        double best_value = 0;
        for (uint32_t k = 0; k < h->n; k++) {
            candidate *c = &h->c[k];
            double gain = 0;
            if (c->taken || spent + c->pairs > budget) continue;
            for (uint32_t w = 0; w < WORDS; w++)
                gain += __builtin_popcountll(c->covers[w] & ~done[w]) +
                        .1 * __builtin_popcountll(c->covers[w] & done[w] & ~twice[w]);
            double value = gain / (c->pairs + .02 * budget);
            if (gain < VIRTUAL / 500. || value <= best_value) continue;
            best_value = value;
            best = c;
        }
        if (best == NULL) break;
        best->taken = true;
        spent += best->pairs;
        for (uint32_t w = 0; w < WORDS; w++) {
            twice[w] |= done[w] & best->covers[w];
            done[w] |= best->covers[w];
        }
        model->key[model->n_keys] = best->key;
        model->key[model->n_keys++].pairs = best->pairs;
    }
    double covered = 0;
    for (uint32_t w = 0; w < WORDS; w++) covered += __builtin_popcountll(done[w]);
    model->recall = covered / VIRTUAL;
    qsort(model->key, model->n_keys, sizeof model->key[0], by_cost);
}

int kith_link_choose_keys(const kith_link_data *data, kith_link_model *model, double budget, kith_error *err) {
    choosing h = {.data = data, .sample = data->rows < SAMPLE ? data->rows : data->rows / 32 > SAMPLE ? data->rows / 32 : SAMPLE};
    model->n_keys = 0;
    if (data->rows < 2) return KITH_OK;
    lay_out(data, NULL, 0, &h.atoms);
    h.c = calloc(MOST_KEYS, sizeof *h.c);
    h.hashes = malloc(sizeof *h.hashes * ((size_t)h.sample * 16 + 1));
    h.table = malloc(sizeof *h.table * ((size_t)h.sample * h.atoms.width + 1));
    h.fate = malloc((size_t)VIRTUAL * KITH_LINK_FIELDS);
    h.luck = malloc(sizeof *h.luck * VIRTUAL * 64);
    h.bits = calloc((size_t)MOST_KEYS * WORDS, sizeof *h.bits);
    int status = h.c && h.hashes && h.table && h.fate && h.luck && h.bits ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) {
        draw_fates(data, h.fate, h.luck);
        all_keys(&h, model);
        kith_link_key every[KITH_LINK_FIELDS * LINK_ATOMS];
        uint32_t n = 0;
        for (uint32_t f = 0; f < model->n_fields; f++)
            for (uint8_t a = 0; link_atoms(model->field[f].kind)[a].name != NULL; a++, n++) {
                every[n] = (kith_link_key){.n = 1};
                every[n].part[0].field = (uint8_t)f;
                every[n].part[0].atom = a;
            }
        for (uint32_t i = 0; i < h.sample; i++)
            look_up(data, every, n, &h.atoms, data->order[(size_t)i * data->rows / h.sample],
                    h.table + (size_t)i * h.atoms.width);
        weigh_keys(&h, budget);
        take_keys(&h, model, budget);
        if (model->n_keys == 0)
            status =
                kith_fail(err, KITH_DATA, "no column can serve as a key: every value is unique, or all are too common");
    }
    free(h.c), free(h.hashes), free(h.table), free(h.fate), free(h.luck), free(h.bits);
    return status;
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
    size_t ahead = from;
    while (from < to) {
        for (; ahead < from + 24 && ahead + 1 < r->n_entries; ahead++) { /* rows to come, where they have company */
            if (r->entry[ahead] >> 32 != r->entry[ahead + 1] >> 32 &&
                (ahead == 0 || r->entry[ahead] >> 32 != r->entry[ahead - 1] >> 32))
                continue;
            size_t row = (uint32_t)r->entry[ahead];
            const char *p = (const char *)(r->hash + row * r->slots),
                       *q = (const char *)(r->data->ids + row * r->data->stride);
            for (uint32_t k = 0; k < r->slots * 4; k += 64) __builtin_prefetch(p + k);
            __builtin_prefetch(q);
            __builtin_prefetch(q + r->data->stride * 4 - 1);
        }
        uint32_t h = (uint32_t)(r->entry[from] >> 32);
        size_t end = from + 1;
        while (end < r->n_entries && r->entry[end] >> 32 == h) end++;
        size_t size = end - from;
        if (size > 1 && size <= CAP && link_sampled(h, r->sample) &&
            (!r->data->parts || link_part(r->key, h, r->data->parts) == r->data->part))
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
    link_radix_sort(r->entry, r->other, n);
    uint64_t *t = r->entry;
    r->entry = r->other;
    r->other = t;
    return n;
}

int link_key_hashes(const kith_link_data *data, uint32_t **hash, uint32_t *slots, uint32_t start[KITH_LINK_KEYS + 1],
                    kith_error *err) {
    const kith_link_model *model = data->model;
    *slots = 0;
    for (uint32_t k = 0; k < model->n_keys; k++) {
        start[k] = *slots;
        *slots += entries_of(data, &model->key[k]);
    }
    start[model->n_keys] = *slots;
    *hash = malloc(sizeof **hash * ((size_t)data->rows * *slots + 1));
    if (*hash == NULL) return kith_no_memory(err);
    atoms a;
    uint32_t row[KITH_LINK_FIELDS * LINK_ATOMS * LINK_TOKENS];
    lay_out(data, model->key, model->n_keys, &a);
    for (uint32_t i = 0; i < data->rows; i++) {
        look_up(data, model->key, model->n_keys, &a, i, row);
        for (uint32_t k = 0; k < model->n_keys; k++)
            for (uint32_t s = start[k]; s < start[k + 1]; s++)
                (*hash)[(size_t)i * *slots + s] = key_hash(data, &model->key[k], &a, row, s - start[k]);
    }
    return KITH_OK;
}

int kith_link_run_pairs(const kith_link_data *data, double sample, int threads, kith_link_visit visit, void *ctx,
                        kith_link_pairs *out, kith_error *err) {
    const kith_link_model *model = data->model;
    running r = {.data = data, .sample = sample, .visit = visit, .ctx = ctx};
    uint32_t most = 1;
    *out = (kith_link_pairs){0};
    KITH_TRY(link_key_hashes(data, &r.hash, &r.slots, r.start, err));
    for (uint32_t k = 0; k < model->n_keys; k++)
        if (r.start[k + 1] - r.start[k] > most) most = r.start[k + 1] - r.start[k];
    bool told = data->census && link_census_has_over(data->census); /* which blocks are oversized */
    for (uint32_t k = 0; told && k < model->n_keys; k++)
        for (uint32_t s = r.start[k]; s < r.start[k + 1]; s++)
            for (uint32_t i = 0; i < data->rows; i++) {
                uint32_t *slot = &r.hash[(size_t)i * r.slots + s];
                if (*slot && link_census_is_over(data->census, (int)k, *slot)) *slot = 0;
            }
    size_t n = (size_t)data->rows * most;
    r.chunk = 1 << 15;
    r.entry = malloc(sizeof *r.entry * (n + 1));
    r.other = malloc(sizeof *r.other * (n + 1));
    r.candidates = calloc(n / r.chunk + 1, sizeof *r.candidates);
    enum { OVER = 1, PAIRED = 2 };
    uint8_t *company = calloc((size_t)data->rows + 1, 1);
    int status = r.entry && r.other && r.candidates && company ? KITH_OK : kith_no_memory(err);
    for (uint32_t k = 0; k < model->n_keys && status == KITH_OK; k++) {
        r.key = (int)k;
        r.n_entries = gather(&r, (int)k);
        size_t m = r.n_entries;
        for (size_t i = 0;
             i < m && !told;) { /* an oversized block holds no pair: later keys must not take it for an earlier one */
            size_t j = i;
            while (j < m && r.entry[j] >> 32 == r.entry[i] >> 32) j++;
            for (size_t x = i; x < j && j - i > 1; x++) company[(uint32_t)r.entry[x]] |= j - i > CAP ? OVER : PAIRED;
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
        size_t chunks = (r.n_entries + r.chunk - 1) / r.chunk;
        status = kith_parallel(threads, chunks, run_chunk, &r, err);
        for (size_t i = 0; i < chunks; i++) out->candidates += r.candidates[i];
        memset(r.candidates, 0, sizeof *r.candidates * (n / r.chunk + 1));
    }
    for (uint32_t i = 0; i < data->rows && status == KITH_OK; i++) out->alone += company[i] == OVER;
    free(r.hash), free(r.entry), free(r.other), free(r.candidates), free(company);
    return status;
}
