/* Dictionaries: every field's values normalised, interned and prepared once for each distinct value, so that comparing
 * costs what the distinct values cost. Junk (placeholders, hubs) is found here and becomes missing. */
#include "inside.h"

#include <kith/similarity.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int grow_values(kith_link_values *v, link_intern *t) {
    uint32_t room = t->room ? t->room * 2 : 1024;
    kith_str *text = realloc(v->text, room * sizeof *text);
    if (text) v->text = text;
    uint64_t *hash = realloc(v->hash, room * sizeof *hash);
    if (hash) v->hash = hash;
    uint32_t *count = realloc(v->count, room * sizeof *count);
    if (count) v->count = count;
    if (!text || !hash || !count) return KITH_SYSTEM;
    uint32_t size = room * 2;
    uint32_t *slot = calloc(size, sizeof *slot);
    if (slot == NULL) return KITH_SYSTEM;
    for (uint32_t id = 1; id < v->n; id++) {
        uint32_t at = (uint32_t)v->hash[id] & (size - 1);
        while (slot[at]) at = (at + 1) & (size - 1);
        slot[at] = id;
    }
    free(t->slot);
    t->slot = slot;
    t->mask = size - 1;
    t->room = room;
    return KITH_OK;
}

uint32_t link_intern_text(kith_link_values *v, link_intern *t, kith_arena *arena, kith_str text) {
    uint64_t h = kith_hash(text.p, text.n, 11);
    if (v->n >= t->room && grow_values(v, t) != KITH_OK) return 0;
    uint32_t at = (uint32_t)h & t->mask;
    for (; t->slot[at]; at = (at + 1) & t->mask) {
        uint32_t id = t->slot[at];
        if (v->hash[id] == h && kith_str_equal(v->text[id], text)) return id;
    }
    const char *copy = kith_arena_copy(arena, text.p, text.n);
    if (copy == NULL) return 0;
    v->text[v->n] = (kith_str){copy, text.n};
    v->hash[v->n] = h;
    v->count[v->n] = 0;
    t->slot[at] = v->n;
    return v->n++;
}

typedef struct building {
    kith_link_data *data;
    const kith_link_store *store;
    uint32_t column[KITH_LINK_FIELDS][3];
} building;

static int intern_field(building *b, uint32_t f, kith_error *err) {
    kith_link_data *data = b->data;
    const kith_link_field *field = &data->model->field[f];
    kith_link_values *v = &data->values[f];
    link_intern t = {0};
    kith_buf norm = {0}, scratch = {0};
    enum { RECENT = 1 << 14 };
    struct {
        uint64_t hash;
        uint32_t id;
    } *recent = calloc(RECENT, sizeof *recent);
    kith_arena *cells = kith_arena_new();
    int status = recent && cells ? KITH_OK : kith_no_memory(err);
    v->n = 1;
    if (status == KITH_OK && grow_values(v, &t) != KITH_OK) status = kith_no_memory(err);
    if (status == KITH_OK) {
        v->text[0] = (kith_str){"", 0};
        v->hash[0] = 0;
        v->count[0] = 0;
    }
    uint32_t r = 0;
    for (size_t p = 0; p < b->store->n_pieces && status == KITH_OK; p++) {
        const kith_link_piece *piece = &b->store->pieces[p];
        for (uint32_t i = 0; i < piece->rows; i++, r++) {
            kith_str cell[3];
            uint64_t h = 0;
            for (uint32_t c = 0; c < field->n_columns; c++) {
                cell[c] = kith_link_cell(b->store, piece, i, b->column[f][c], cells);
                h = kith_hash(cell[c].p, cell[c].n, h + 3);
            }
            uint32_t id, at = (uint32_t)(h >> 50);
            if (recent[at].hash == h) {
                id = recent[at].id;
            } else {
                norm.n = 0;
                link_normalise(field, cell, &scratch, &norm);
                id = norm.n ? link_intern_text(v, &t, data->arenas[f], (kith_str){norm.p, norm.n}) : 0;
                if (norm.failed || scratch.failed || (norm.n && id == 0)) {
                    status = kith_no_memory(err);
                    break;
                }
                recent[at].hash = h;
                recent[at].id = id;
            }
            data->ids[(size_t)r * data->stride + f] = id;
            v->count[id]++;
        }
        kith_arena_reset(cells);
    }
    free(t.slot);
    free(recent);
    kith_arena_free(cells);
    kith_buf_free(&norm);
    kith_buf_free(&scratch);
    return status;
}

/* ---- tokens ------------------------------------------------------------------------------------------------- */

typedef struct by_rarity {
    float weight;
    uint32_t token;
    const kith_str *text;
} by_rarity;

static int rarity_order(const void *a, const void *b) {
    const by_rarity *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return kith_str_compare(x->text[x->token], y->text[y->token]);
}

static int split_tokens(kith_link_data *data, uint32_t f, kith_error *err) {
    kith_link_values *v = &data->values[f];
    kith_link_values dict = {.n = 1};
    link_intern t = {0};
    kith_arena *arena = data->arenas[f];
    size_t total = 0;
    enum { MOST = 40 };
    for (uint32_t id = 1; id < v->n; id++) {
        size_t words = 1;
        for (size_t i = 0; i < v->text[id].n; i++) words += v->text[id].p[i] == ' ';
        total += words < MOST ? words : MOST;
    }
    v->token_start = kith_arena_zalloc(arena, sizeof *v->token_start * (v->n + 1));
    v->token = kith_arena_alloc(arena, sizeof *v->token * (total + 1));
    if (v->token_start == NULL || v->token == NULL || grow_values(&dict, &t) != KITH_OK) return kith_no_memory(err);
    dict.count[0] = 0;
    uint32_t at = 0;
    for (uint32_t id = 1; id < v->n; id++) {
        v->token_start[id] = at;
        kith_str s = v->text[id];
        for (size_t i = 0; i < s.n && at - v->token_start[id] < MOST;) {
            size_t to = i;
            while (to < s.n && s.p[to] != ' ') to++;
            uint32_t k = to > i ? link_intern_text(&dict, &t, arena, (kith_str){s.p + i, to - i}) : 0;
            i = to + 1;
            if (k == 0) continue;
            bool again = false;
            for (uint32_t q = v->token_start[id]; q < at && !again; q++) again = v->token[q] == k;
            if (again) continue;
            v->token[at++] = k;
            dict.count[k] += v->count[id];
        }
    }
    v->token_start[v->n] = at;
    v->n_tokens = dict.n;
    v->token_weight = kith_arena_zalloc(arena, sizeof *v->token_weight * dict.n);
    v->token_text = kith_arena_zalloc(arena, sizeof *v->token_text * dict.n);
    if (v->token_weight == NULL || v->token_text == NULL) return kith_no_memory(err);
    for (uint32_t k = 1; k < dict.n; k++) {
        if (data->census) dict.count[k] = link_census_token(data->census, f, dict.hash[k]);
        v->token_weight[k] = (float)(log2((v->present + 1) / (dict.count[k] + .5)) + .5);
        if (v->token_weight[k] < .3f) v->token_weight[k] = .3f;
        v->token_text[k] = dict.text[k];
    }
    for (uint32_t id = 1; id < v->n; id++) { /* most rare first */
        by_rarity r[MOST];
        uint32_t n = v->token_start[id + 1] - v->token_start[id];
        for (uint32_t i = 0; i < n; i++)
            r[i] = (by_rarity){v->token_weight[v->token[v->token_start[id] + i]], v->token[v->token_start[id] + i],
                               v->token_text};
        qsort(r, n, sizeof r[0], rarity_order);
        for (uint32_t i = 0; i < n; i++) v->token[v->token_start[id] + i] = r[i].token;
    }
    free(dict.text);
    free(dict.hash);
    free(dict.count);
    free(t.slot);
    return KITH_OK;
}

/* ---- what each kind prepares -------------------------------------------------------------------------------- */

static int prepare(kith_link_data *data, uint32_t f, kith_error *err) {
    const kith_link_field *field = &data->model->field[f];
    kith_link_values *v = &data->values[f];
    kith_arena *arena = data->arenas[f];
    v->aux = kith_arena_zalloc(arena, sizeof *v->aux * v->n);
    v->bucket = kith_arena_zalloc(arena, v->n);
    if (v->aux == NULL || v->bucket == NULL) return kith_no_memory(err);
    bool real = field->kind == KITH_LINK_NUMBER || field->kind == KITH_LINK_GEO;
    if (real) v->real = kith_arena_zalloc(arena, sizeof(double) * 2 * v->n);
    if (field->kind == KITH_LINK_NAME) v->groups = kith_arena_zalloc(arena, sizeof(uint16_t) * 4 * v->n);
    if ((real && v->real == NULL) || (field->kind == KITH_LINK_NAME && v->groups == NULL)) return kith_no_memory(err);
    for (uint32_t id = 1; id < v->n; id++) {
        kith_str s = v->text[id];
        int y, m, d;
        switch (field->kind) {
        case KITH_LINK_DATE:
            if (s.n == 8 && kith_loose_date(s, true, &y, &m, &d))
                v->aux[id] = link_pack_date(y, m, d, field->new_year && m == 1 && d == 1);
            break;
        case KITH_LINK_NUMBER:
            kith_parse_double(s, &v->real[2 * id]);
            break;
        case KITH_LINK_GEO: {
            const char *comma = memchr(s.p, ',', s.n);
            if (comma == NULL) break;
            kith_parse_double((kith_str){s.p, (size_t)(comma - s.p)}, &v->real[2 * id]);
            kith_parse_double((kith_str){comma + 1, (size_t)(s.p + s.n - comma - 1)}, &v->real[2 * id + 1]);
            break;
        }
        case KITH_LINK_NAME:
            v->aux[id] = link_letters(s);
            if (v->count[id] > 1 || data->all < 20000) kith_nickname_groups(s, v->groups + 4 * id, 4);
            break;
        case KITH_LINK_EMAIL: {
            const char *at = memchr(s.p, '@', s.n);
            size_t local = at ? (size_t)(at - s.p) : s.n;
            v->aux[id] = link_letters((kith_str){s.p, local}) | (uint64_t)(local < 255 ? local : 255) << 56;
            break;
        }
        case KITH_LINK_PHONE:
            v->aux[id] = (uint64_t)s.n << 40;
            for (size_t i = 0; i < s.n && i < 10; i++) v->aux[id] |= (uint64_t)(s.p[i] - '0') << 4 * (s.n - 1 - i);
            break;
        default:
            v->aux[id] = link_letters(s);
            break;
        }
    }
    if (field->kind == KITH_LINK_TEXT || field->kind == KITH_LINK_ADDRESS || field->kind == KITH_LINK_LIST)
        KITH_TRY(split_tokens(data, f, err));
    return link_build_atoms(data, f, err);
}

static int build_one(void *ctx, int worker, size_t index, kith_error *err) {
    building *b = ctx;
    (void)worker;
    if (b->data->model->field[index].kind == KITH_LINK_SWAP) return KITH_OK;
    return intern_field(b, (uint32_t)index, err);
}

static int prepare_one(void *ctx, int worker, size_t index, kith_error *err) {
    building *b = ctx;
    (void)worker;
    if (b->data->model->field[index].kind == KITH_LINK_SWAP) return KITH_OK;
    return prepare(b->data, (uint32_t)index, err);
}

/* ---- junk --------------------------------------------------------------------------------------------------- */

static bool identifying(kith_link_kind k) {
    return k == KITH_LINK_EMAIL || k == KITH_LINK_PHONE || k == KITH_LINK_CODE || k == KITH_LINK_ADDRESS ||
           k == KITH_LINK_TEXT;
}

static int u32_order(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int link_add_junk(kith_link_model *model, kith_arena *arena, uint32_t f, kith_str text, kith_error *err) {
    if ((model->n_junk & (model->n_junk - 1)) == 0) {
        struct kith_link_junk *more = kith_arena_alloc(arena, sizeof *more * (model->n_junk ? 2 * model->n_junk : 1));
        if (more == NULL) return kith_no_memory(err);
        if (model->n_junk) memcpy(more, model->junk, model->n_junk * sizeof *more);
        model->junk = more;
    }
    char *copy = kith_arena_copy(arena, text.p, text.n);
    if (copy == NULL) return kith_no_memory(err);
    model->junk[model->n_junk].field = f;
    model->junk[model->n_junk++].text = copy;
    return KITH_OK;
}

/* A value of an identifying field (mostly unique values) that stands in records of implausibly many different names: at
 * least 12 of them, and nearly as many as such a number of strangers would have. */
static int find_junk(kith_link_data *data, kith_link_model *model, kith_arena *arena, kith_error *err) {
    uint32_t namer = KITH_LINK_FIELDS;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_kind k = model->field[f].kind;
        if ((k == KITH_LINK_NAME || k == KITH_LINK_TEXT) &&
            (namer == KITH_LINK_FIELDS || data->values[f].n > data->values[namer].n))
            namer = f;
    }
    if (namer == KITH_LINK_FIELDS) return KITH_OK;
    uint32_t *names = malloc(sizeof *names * ((size_t)data->rows + 1)), *start = NULL;
    if (names == NULL) return kith_no_memory(err);
    int status = KITH_OK;
    for (uint32_t f = 0; f < model->n_fields && status == KITH_OK; f++) {
        kith_link_values *v = &data->values[f];
        if (!identifying(model->field[f].kind) || f == namer || v->n < .1 * v->present) continue;
        start = calloc((size_t)v->n + 1, sizeof *start);
        if (start == NULL) {
            status = kith_no_memory(err);
            break;
        }
        for (uint32_t id = 1; id < v->n; id++) start[id + 1] = start[id] + (v->count[id] >= 12 ? v->count[id] : 0);
        uint32_t *at = malloc(sizeof *at * ((size_t)v->n + 1));
        if (at == NULL) {
            free(start);
            status = kith_no_memory(err);
            break;
        }
        memcpy(at, start, sizeof *at * ((size_t)v->n + 1));
        for (uint32_t r = 0; r < data->rows; r++) {
            uint32_t id = data->ids[(size_t)r * data->stride + f];
            if (id && v->count[id] >= 12) names[at[id]++] = data->ids[(size_t)r * data->stride + namer];
        }
        for (uint32_t id = 1; id < v->n && status == KITH_OK; id++) {
            uint32_t n = start[id + 1] - start[id], distinct = 0, named = 0;
            if (n < 12) continue;
            qsort(names + start[id], n, sizeof *names, u32_order);
            for (uint32_t i = start[id]; i < start[id + 1]; i++) {
                named += names[i] != 0;
                distinct += names[i] != 0 && (i == start[id] || names[i] != names[i - 1]);
            }
            if (distinct >= 12 && distinct > .4 * named) status = link_add_junk(model, arena, f, v->text[id], err);
        }
        free(at);
        free(start);
    }
    free(names);
    return status;
}

static int drop_junk(kith_link_data *data, const kith_link_model *model, kith_error *err) {
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_values *v = &data->values[f];
        bool any = false;
        uint8_t *junk = calloc(v->n + 1, 1);
        if (junk == NULL) return kith_no_memory(err);
        for (uint32_t k = 0; k < model->n_junk; k++) {
            if (model->junk[k].field != f) continue;
            kith_str text = kith_str_of(model->junk[k].text);
            uint64_t h = kith_hash(text.p, text.n, 11);
            for (uint32_t id = 1; id < v->n; id++)
                if (v->hash[id] == h && kith_str_equal(v->text[id], text)) junk[id] = any = true;
        }
        for (uint32_t r = 0; r < data->rows && any; r++) {
            uint32_t *id = &data->ids[(size_t)r * data->stride + f];
            if (!junk[*id]) continue;
            v->count[*id]--;
            v->count[0]++;
            *id = 0;
        }
        free(junk);
    }
    return KITH_OK;
}

/* ---- together ----------------------------------------------------------------------------------------------- */

static int order_rows(kith_link_data *data, kith_error *err) {
    uint64_t *entry = malloc(sizeof *entry * 3 * ((size_t)data->rows + 1)), *other = entry + data->rows,
             *hash = other + data->rows;
    data->order = kith_arena_alloc(data->arena, sizeof *data->order * ((size_t)data->rows + 1));
    if (entry == NULL || data->order == NULL) {
        free(entry);
        return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < data->rows; i++) {
        uint64_t h = 5;
        for (uint32_t f = 0; f < data->model->n_fields; f++)
            if (data->model->field[f].kind != KITH_LINK_SWAP)
                h = kith_hash_mix(h, data->values[f].hash[data->ids[(size_t)i * data->stride + f]]);
        hash[i] = h;
        entry[i] = (h >> 32 << 32) | i;
    }
    link_radix_sort(entry, other, data->rows);
    for (uint32_t i = 0; i < data->rows; i++) { /* the few whose upper halves agree, by the whole */
        uint32_t row = (uint32_t)other[i], at = i;
        for (; at > 0 && hash[data->order[at - 1]] > hash[row]; at--) data->order[at] = data->order[at - 1];
        data->order[at] = row;
    }
    free(entry);
    return KITH_OK;
}

/* A swap compares one field's values with the other's: by number. */
static int cross_values(kith_link_data *data, kith_error *err) {
    for (uint32_t f = 0; f < data->model->n_fields; f++) {
        const kith_link_field *field = &data->model->field[f];
        if (field->kind != KITH_LINK_SWAP) continue;
        const kith_link_values *p = &data->values[field->swap[0]], *q = &data->values[field->swap[1]];
        uint32_t size = 16;
        while (size < 2 * q->n) size *= 2;
        uint32_t *slot = calloc(size, sizeof *slot),
                 *cross = kith_arena_zalloc(data->arena, sizeof *cross * ((size_t)p->n + 1));
        if (slot == NULL || cross == NULL) {
            free(slot);
            return kith_no_memory(err);
        }
        for (uint32_t id = 1; id < q->n; id++) {
            uint32_t at = (uint32_t)q->hash[id] & (size - 1);
            while (slot[at]) at = (at + 1) & (size - 1);
            slot[at] = id;
        }
        for (uint32_t id = 1; id < p->n; id++)
            for (uint32_t at = (uint32_t)p->hash[id] & (size - 1); slot[at]; at = (at + 1) & (size - 1))
                if (q->hash[slot[at]] == p->hash[id]) {
                    cross[id] = slot[at];
                    break;
                }
        free(slot);
        data->values[f].cross = cross;
    }
    return KITH_OK;
}

/* Geometric from a pair to the most common value. */
void link_choose_shares(kith_link_field *field, double top, double rows) {
    double step = pow(top / 2, 1. / 7);
    if (step < 1.6) step = 1.6;
    for (int b = 0; b < 8; b++) field->share[b] = fmin(2 * pow(step, b) * 1.0001 / rows, 1);
    field->share[7] = 1;
}

static void set_buckets(kith_link_data *data, kith_link_model *model, bool choose) {
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_field *field = &model->field[f];
        kith_link_values *v = &data->values[f];
        if (field->kind == KITH_LINK_SWAP || data->rows == 0) continue;
        if (choose) {
            double top = 2;
            for (uint32_t id = 1; id < v->n; id++)
                if (v->count[id] > top) top = v->count[id];
            link_choose_shares(field, top, data->all);
        }
        for (uint32_t id = 1; id < v->n; id++) v->bucket[id] = link_bucket(field, v->count[id] / data->all);
    }
}

int link_data_intern(kith_link_data *data, const kith_link_store *store, const kith_link_model *model, int threads,
                     kith_error *err) {
    building b = {.data = data, .store = store};
    *data = (kith_link_data){.model = model,
                             .arena = kith_arena_new(),
                             .rows = store->rows,
                             .stride = model->n_fields,
                             .all = store->rows};
    if (data->arena == NULL) return kith_no_memory(err);
    data->ids = calloc((size_t)data->rows * data->stride + 1, sizeof *data->ids);
    if (data->ids == NULL) return kith_no_memory(err);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        if ((data->arenas[f] = kith_arena_new()) == NULL) return kith_no_memory(err);
        for (uint32_t c = 0; c < model->field[f].n_columns; c++) {
            uint32_t k = 0;
            while (k < store->header.n && !kith_str_is(store->header.names[k], model->field[f].column[c])) k++;
            if (k == store->header.n)
                return kith_fail(err, KITH_DATA, "there is no column %s, which the model compares",
                                 model->field[f].column[c]);
            b.column[f][c] = k;
        }
    }
    return kith_parallel(threads, model->n_fields, build_one, &b, err);
}

static void set_present(kith_link_data *data) {
    for (uint32_t f = 0; f < data->model->n_fields; f++)
        data->values[f].present = data->rows - (data->values[f].count ? data->values[f].count[0] : 0);
}

static int build_rest(kith_link_data *data, const kith_link_store *store, kith_link_model *model, bool demote,
                      int threads, kith_error *err) {
    building b = {.data = data, .store = store};
    KITH_TRY(kith_parallel(threads, model->n_fields, prepare_one, &b, err));
    set_buckets(data, model, demote);
    KITH_TRY(cross_values(data, err));
    return order_rows(data, err);
}

int kith_link_data_build(kith_link_data *data, const kith_link_store *store, kith_link_model *model, bool demote,
                         int threads, kith_error *err) {
    KITH_TRY(link_data_intern(data, store, model, threads, err));
    set_present(data);
    if (demote) KITH_TRY(find_junk(data, model, data->arena, err));
    KITH_TRY(drop_junk(data, model, err));
    set_present(data);
    return build_rest(data, store, model, demote, threads, err);
}

int kith_link_data_build_some(kith_link_data *data, const kith_link_store *store, kith_link_model *model,
                              const kith_link_census *census, int threads, kith_error *err) {
    KITH_TRY(link_data_intern(data, store, model, threads, err));
    KITH_TRY(drop_junk(data, model, err));
    data->census = census;
    data->all = link_census_rows(census);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_values *v = &data->values[f];
        if (model->field[f].kind == KITH_LINK_SWAP) continue;
        v->present = link_census_present(census, f);
        for (uint32_t id = 1; id < v->n; id++) v->count[id] = link_census_value(census, f, v->hash[id]);
    }
    return build_rest(data, store, model, false, threads, err);
}

void kith_link_data_free(kith_link_data *data) {
    for (uint32_t f = 0; f < KITH_LINK_FIELDS; f++) {
        free(data->values[f].text);
        free(data->values[f].hash);
        free(data->values[f].count);
        kith_arena_free(data->arenas[f]);
    }
    free(data->ids);
    kith_arena_free(data->arena);
    *data = (kith_link_data){0};
}
