/* The table fold: rows into groups.
 *
 * Rows are taken 256 at a time: first every number that an aggregate needs is read, so that a bad row is known before anything
 * is counted; then the rows' group keys are looked up in one batch; then each cell kind goes over the rows in a loop of its
 * own. Keys of up to 15 bytes, which most are, are put together in registers from the fields as they lie (table_fast.h) and
 * looked up in a small cache first; quoted or longer ones are copied and escaped (kith_key_join).
 * Tried and dropped: the same code again for processors with BMI2 (target_clones): no gain. */
#include "table_fast.h"

#include <stdlib.h>
#include <string.h>

enum { STRIP = 256, CACHE = 8192 };

typedef struct table_scratch {
    kith_key keys[STRIP];
    uint64_t hashes[STRIP];
    uint32_t entries[STRIP];
    char *records[STRIP];
    uint32_t rows[STRIP]; /* of the batch: those that can be used */
    uint32_t missed[STRIP], slow[STRIP], found[STRIP];
    struct cached *cached[STRIP];
    kith_buf joined;
    size_t joined_at[STRIP];
    struct cached {
        kith_key key;
        char *record;
        uint32_t entry;
    } cache[CACHE]; /* short keys met lately, by their hash */
    uint32_t probes, misses;
    bool use_cache;
    kith_number *numbers; /* by column of the plan, STRIP each */
    uint8_t *present;
} scratch;

static void table_free(void *state) {
    table_state *s = state;
    if (!s) return;
    kith_hashtable_free(&s->groups);
    for (uint32_t i = 0; s->sets && i < s->plan.n_sets; i++) kith_hashtable_free(&s->sets[i]);
    for (uint32_t i = 0; i < s->n_chunks; i++) free(s->chunks[i]);
    free(s->chunks);
    free(s->sets);
    free(s->files);
    if (s->scratch) {
        kith_buf_free(&s->scratch->joined);
        free(s->scratch->numbers);
        free(s->scratch->present);
        free(s->scratch);
    }
    kith_arena_free(s->arena);
    free(s);
}

static int table_init(const kith_params *params, void **state, kith_error *err) {
    table_state *s = calloc(1, sizeof *s);
    if (!s) return kith_no_memory(err);
    int status = (s->arena = kith_arena_new()) ? KITH_OK : kith_no_memory(err);
    if (!status) status = plan_make(&s->plan, params, s->arena, err);
    if (!status && s->plan.n_sets && !(s->sets = calloc(s->plan.n_sets, sizeof *s->sets))) status = kith_no_memory(err);
    if (!status) status = kith_hashtable_init(&s->groups, err);
    for (uint32_t i = 0; !status && i < s->plan.n_sets; i++) status = kith_hashtable_init(&s->sets[i], err);
    if (status) {
        table_free(s);
        return status;
    }
    *state = s;
    return KITH_OK;
}

static int table_bind(void *state, const kith_header *header, kith_error *err) {
    table_state *s = state;
    plan *p = &s->plan;
    kith_selection by = {0};
    if (*p->by) KITH_TRY(kith_select(header, p->by, true, s->arena, &by, err));
    for (uint32_t i = 0; i < p->n_columns; i++) KITH_TRY(kith_column(header, p->columns[i].name, &p->columns[i].at, err));
    bool same = !s->bound || by.n == p->n_groups;
    for (uint32_t i = 0; same && s->bound && i < by.n; i++) same = kith_str_equal(by.names[i], p->group_names[i]);
    if (!same) return kith_fail(err, KITH_DATA, "the state has other group columns than the input");
    kith_str *names = kith_arena_alloc(s->arena, (by.n + 1) * sizeof *names);
    if (!names) return kith_no_memory(err);
    for (uint32_t i = 0; i < by.n; i++) {
        char *copy = kith_arena_copy(s->arena, by.names[i].p, by.names[i].n);
        if (!copy) return kith_no_memory(err);
        names[i] = (kith_str){copy, by.names[i].n};
    }
    p->n_groups = by.n;
    p->group_names = names;
    p->group_at = by.columns;
    s->bound = true;
    if (s->scratch) return KITH_OK;
    s->scratch = calloc(1, sizeof *s->scratch);
    if (!s->scratch) return kith_no_memory(err);
    s->scratch->use_cache = true;
    s->scratch->numbers = calloc((size_t)p->n_columns * STRIP + 1, sizeof(kith_number));
    s->scratch->present = calloc((size_t)p->n_columns * STRIP + 1, 1);
    return s->scratch->numbers && s->scratch->present ? KITH_OK : kith_no_memory(err);
}

bool table_make_room(table_state *s, uint32_t n) {
    while ((uint64_t)s->n_chunks * RECORDS < n) {
        if (s->n_chunks == s->room_chunks) {
            uint32_t room = s->room_chunks ? s->room_chunks * 2 : 16;
            char **chunks = realloc(s->chunks, room * sizeof *chunks);
            if (!chunks) return false;
            s->chunks = chunks;
            s->room_chunks = room;
        }
        uint32_t records = s->plan.n_groups || s->plan.by[0] ? RECORDS : 1; /* without groups there is one */
        char *chunk = calloc(records, s->plan.stride ? s->plan.stride : 16);
        if (!chunk) return false;
        s->chunks[s->n_chunks++] = chunk;
    }
    return true;
}

uint32_t table_file(table_state *s, const char *name) {
    const char *slash = strrchr(name, '/');
    if (slash) name = slash + 1;
    for (uint32_t i = 0; i < s->n_files; i++)
        if (!strcmp(s->files[i], name)) return i;
    if (s->n_files == s->room_files) {
        uint32_t room = s->room_files ? s->room_files * 2 : 8;
        const char **files = realloc(s->files, room * sizeof *files);
        if (!files) return UINT32_MAX;
        s->files = files;
        s->room_files = room;
    }
    const char *copy = kith_arena_copy(s->arena, name, strlen(name));
    if (!copy) return UINT32_MAX;
    s->files[s->n_files] = copy;
    return s->n_files++;
}

/* ---- one strip of rows -------------------------------------------------------------------------------------- */

/* Reads the numbers of rows from … from+n; usable rows go to scratch->rows, their numbers in step with them. */
static int read_numbers(table_state *s, const kith_batch *b, uint32_t from, uint32_t n, uint32_t *usable, kith_out *out, kith_error *err) {
    plan *p = &s->plan;
    scratch *x = s->scratch;
    uint32_t kept = n;
    for (uint32_t i = 0; i < n; i++) x->rows[i] = from + i;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        if (!p->columns[c].number) continue;
        kith_number *number = x->numbers + (size_t)c * STRIP;
        uint8_t *present = x->present + (size_t)c * STRIP;
        uint32_t at = p->columns[c].at;
        for (uint32_t i = 0; i < kept; i++) {
            kith_str cell = cell_at(b, b->ends + (size_t)x->rows[i] * b->cols, x->rows[i], at);
            if (!cell.n) {
                present[i] = 0;
                continue;
            }
            if (kith_number_short(cell, b->bytes, &number[i])) {
                present[i] = 1;
                continue;
            }
            if (cell.p[0] == '"') {
                cell = kith_unquote(cell, b->arena);
                if (cell.n && !cell.p) return kith_no_memory(err);
            }
            present[i] = cell.n > 0;
            if (!cell.n || kith_number_parse(cell, &number[i])) continue;
            KITH_TRY(kith_bad_row(b, x->rows[i], at, "not_a_number", "not a number", out, err));
            kept--; /* the row leaves: what was read for it and what follows moves up */
            memmove(x->rows + i, x->rows + i + 1, (kept - i) * sizeof *x->rows);
            for (uint32_t d = 0; d < c; d++) {
                if (!p->columns[d].number) continue;
                memmove(x->numbers + (size_t)d * STRIP + i, x->numbers + (size_t)d * STRIP + i + 1, (kept - i) * sizeof *number);
                memmove(x->present + (size_t)d * STRIP + i, x->present + (size_t)d * STRIP + i + 1, kept - i);
            }
            i--;
        }
    }
    *usable = kept;
    return KITH_OK;
}

/* The rows' groups, and their records: from the cache of keys met lately, else from the table. */
static int find_groups(table_state *s, const kith_batch *b, uint32_t n, kith_error *err) {
    plan *p = &s->plan;
    scratch *x = s->scratch;
    const char *end = b->bytes + b->ends[(size_t)b->rows * b->cols - 1];
    uint32_t missed = 0, slow = 0;
    x->joined.n = 0;
    for (uint32_t i = 0; i < n; i++) { /* all keys first, so that the cache's lines are on their way */
        kith_key *key = &x->keys[i];
        if (!short_key(p, b, x->rows[i], end, key)) {
            x->joined_at[slow] = x->joined.n;
            for (uint32_t g = 0; g < p->n_groups; g++) {
                kith_str part = kith_text(b, x->rows[i], p->group_at[g]);
                if (part.n && !part.p) return kith_no_memory(err);
                kith_key_join(&x->joined, part, g == 0);
            }
            x->slow[slow++] = i;
            x->cached[i] = NULL;
            continue;
        }
        x->cached[i] = &x->cache[x->use_cache ? kith_key_mix(key->lo, key->hi) & (CACHE - 1) : 0];
        __builtin_prefetch(x->cached[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct cached *c = x->cached[i];
        if (!c) continue;
        kith_key key = x->keys[i];
        if (x->use_cache && c->record && c->key.lo == key.lo && c->key.hi == key.hi) {
            x->records[i] = c->record;
            x->entries[i] = c->entry;
            continue;
        }
        x->missed[missed] = i;
        x->hashes[missed] = kith_key_of((kith_str){(const char *)&key, key.hi >> 56}, &x->keys[missed]);
        missed++;
    }
    if (x->joined.failed) return kith_no_memory(err);
    uint32_t shorts = missed;
    for (uint32_t k = 0; k < slow; k++, missed++) {
        size_t to = k + 1 < slow ? x->joined_at[k + 1] : x->joined.n;
        x->missed[missed] = x->slow[k];
        x->hashes[missed] = kith_key_of((kith_str){x->joined.p ? x->joined.p + x->joined_at[k] : "", to - x->joined_at[k]}, &x->keys[missed]);
    }
    if (!missed) return KITH_OK;
    KITH_TRY(kith_hashtable_put(&s->groups, x->keys, x->hashes, missed, x->found, err));
    if (!table_make_room(s, s->groups.n)) return kith_no_memory(err);
    for (uint32_t k = 0; k < missed; k++) {
        uint32_t i = x->missed[k];
        x->entries[i] = x->found[k];
        x->records[i] = table_record(s, x->found[k]);
        __builtin_prefetch(x->records[i], 1);
        if (k < shorts && x->use_cache)
            x->cache[kith_key_mix(x->keys[k].lo, x->keys[k].hi) & (CACHE - 1)] = (struct cached){x->keys[k], x->records[i], x->found[k]};
    }
    x->misses += shorts;
    x->probes += n;
    if (x->probes > 1 << 16) { /* too many groups for a cache: looking there first only costs */
        if (x->misses > x->probes / 2) x->use_cache = false;
        x->misses = x->probes = 0;
    }
    return KITH_OK;
}

/* The values of a distinct cell: into its set, under the number of their group. */
static int add_distinct(table_state *s, const plan_cell *c, const kith_batch *b, uint32_t n, kith_error *err) {
    scratch *x = s->scratch;
    uint32_t at = s->plan.columns[c->a].at, kept = 0, entries[STRIP];
    kith_key keys[STRIP];
    uint64_t hashes[STRIP];
    bool grouped = s->plan.n_groups > 0;
    size_t most = 0;
    kith_buf *joined = &x->joined;
    joined->n = 0;
    for (uint32_t i = 0; i < n; i++) most += kith_cell(b, x->rows[i], at).n + 4;
    if (grouped && !kith_buf_reserve(joined, most)) return kith_no_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        kith_str text = kith_text(b, x->rows[i], at);
        if (!text.n) continue;
        if (!text.p) return kith_no_memory(err);
        if (grouped) {
            size_t start = joined->n;
            kith_buf_put(joined, &x->entries[i], sizeof x->entries[i]);
            kith_buf_str(joined, text);
            text = (kith_str){joined->p + start, joined->n - start};
        }
        hashes[kept] = kith_key_of(text, &keys[kept]);
        kith_hashtable_prefetch(&s->sets[c->set], hashes[kept]);
        kept++;
    }
    return kith_hashtable_put(&s->sets[c->set], keys, hashes, kept, entries, err);
}

static bool add_text(table_state *s, const plan_cell *c, const kith_batch *b, uint32_t n) {
    scratch *x = s->scratch;
    uint32_t at = s->plan.columns[c->a].at, file = 0;
    bool placed = c->kind == CELL_FIRST || c->kind == CELL_LAST;
    if (placed && (file = table_file(s, b->file_name ? b->file_name : "-")) == UINT32_MAX) return false;
    for (uint32_t i = 0; i < n; i++) {
        kith_str text = kith_text(b, x->rows[i], at);
        if (!text.n) continue;
        if (!text.p) return false;
        char *cell = x->records[i] + c->offset;
        bool fine = placed ? placed_offer(s, (placed_cell *)(void *)cell, file, b->first_record + x->rows[i], text, c->kind == CELL_LAST)
                           : extreme_offer((extreme_cell *)(void *)cell, text, c->kind == CELL_MOST, s->arena);
        if (!fine) return false;
    }
    return true;
}

static bool add_pairs(table_state *s, const plan_cell *c, uint32_t n) {
    scratch *x = s->scratch;
    const kith_number *a = x->numbers + (size_t)c->a * STRIP, *d = x->numbers + (size_t)c->b * STRIP;
    const uint8_t *has_a = x->present + (size_t)c->a * STRIP, *has_d = x->present + (size_t)c->b * STRIP;
    for (uint32_t i = 0; i < n; i++) {
        if (!has_a[i] || !has_d[i]) continue;
        double product = kith_number_double(&a[i]) * kith_number_double(&d[i]);
        bool fine;
        if (c->kind == CELL_WEIGHTED) {
            weighted_cell *w = (weighted_cell *)(void *)(x->records[i] + c->offset);
            fine = kith_sum_add_real(&w->products, product, s->arena) && kith_sum_add(&w->weights, &d[i], s->arena);
        } else {
            ratio_cell *r = (ratio_cell *)(void *)(x->records[i] + c->offset);
            fine = kith_moments_add(&r->a, &a[i], s->arena) && kith_moments_add(&r->b, &d[i], s->arena) &&
                   kith_sum_add_real(&r->ab, product, s->arena);
        }
        if (!fine) return false;
    }
    return true;
}

static int add_cell(table_state *s, const plan_cell *c, const kith_batch *b, uint32_t n, kith_error *err) {
    scratch *x = s->scratch;
    const kith_number *number = x->numbers + (size_t)c->a * STRIP;
    const uint8_t *present = x->present + (size_t)c->a * STRIP;
    bool fine = true;
    switch (c->kind) {
    case CELL_ROWS:
        for (uint32_t i = 0; i < n; i++) ++*(uint64_t *)(void *)(x->records[i] + c->offset);
        break;
    case CELL_PRESENT:
        for (uint32_t i = 0; i < n; i++) {
            kith_str cell = kith_cell(b, x->rows[i], s->plan.columns[c->a].at);
            *(uint64_t *)(void *)(x->records[i] + c->offset) += cell.n > 0 && !(cell.n == 2 && cell.p[0] == '"');
        }
        break;
    case CELL_SUM:
        for (uint32_t i = 0; i < n; i++)
            if (present[i]) fine &= kith_sum_add((kith_sum *)(void *)(x->records[i] + c->offset), &number[i], s->arena);
        break;
    case CELL_MOMENTS:
        for (uint32_t i = 0; i < n; i++)
            if (present[i]) fine &= kith_moments_add((kith_moments *)(void *)(x->records[i] + c->offset), &number[i], s->arena);
        break;
    case CELL_QUANTILES:
        for (uint32_t i = 0; i < n; i++)
            if (present[i]) fine &= kith_quantiles_add((kith_quantiles *)(void *)(x->records[i] + c->offset), kith_number_double(&number[i]), s->arena);
        break;
    case CELL_LEAST:
    case CELL_MOST:
    case CELL_FIRST:
    case CELL_LAST: fine = add_text(s, c, b, n); break;
    case CELL_WEIGHTED:
    case CELL_RATIO: fine = add_pairs(s, c, n); break;
    case CELL_DISTINCT: return add_distinct(s, c, b, n, err);
    }
    return fine ? KITH_OK : kith_no_memory(err);
}

static int one_group(table_state *s, kith_error *err) {
    kith_key key;
    uint32_t entry;
    uint64_t hash = kith_key_of((kith_str){"", 0}, &key);
    KITH_TRY(kith_hashtable_put(&s->groups, &key, &hash, 1, &entry, err));
    return table_make_room(s, 1) ? KITH_OK : kith_no_memory(err);
}

static int table_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    table_state *s = state;
    plan *p = &s->plan;
    scratch *x = s->scratch;
    if (!b->rows) return KITH_OK;
    if (!p->n_groups) {
        KITH_TRY(one_group(s, err));
        if (p->n_cells == 1 && p->cells[0].kind == CELL_ROWS) {
            *(uint64_t *)(void *)table_record(s, 0) += b->rows;
            return KITH_OK;
        }
        for (uint32_t i = 0; i < STRIP; i++) x->records[i] = table_record(s, 0);
    }
    for (uint32_t from = 0; from < b->rows; from += STRIP) {
        uint32_t n = b->rows - from < STRIP ? b->rows - from : STRIP;
        KITH_TRY(read_numbers(s, b, from, n, &n, out, err));
        if (p->n_groups) KITH_TRY(find_groups(s, b, n, err));
        for (uint32_t c = 0; c < p->n_cells; c++) KITH_TRY(add_cell(s, &p->cells[c], b, n, err));
    }
    return KITH_OK;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

/* The values of one set into another, under our numbers of the groups. */
static int merge_set(kith_hashtable *into, const kith_hashtable *from, bool grouped, const uint32_t *groups, kith_error *err) {
    kith_buf joined = {0};
    int status = KITH_OK;
    for (uint32_t start = 0; start < from->n && !status; start += STRIP) {
        uint32_t n = from->n - start < STRIP ? from->n - start : STRIP, entries[STRIP];
        kith_key keys[STRIP];
        uint64_t hashes[STRIP];
        size_t most = 0, used = 0;
        for (uint32_t i = 0; i < n; i++) most += kith_hashtable_key(from, start + i).n;
        joined.n = 0;
        if (!kith_buf_reserve(&joined, most + 1)) status = kith_no_memory(err);
        for (uint32_t i = 0; i < n && !status; i++) {
            kith_str text = kith_hashtable_key(from, start + i);
            memcpy(joined.p + used, text.p, text.n);
            if (grouped) {
                uint32_t group;
                memcpy(&group, text.p, sizeof group);
                memcpy(joined.p + used, &groups[group], sizeof group);
            }
            hashes[i] = kith_key_of((kith_str){joined.p + used, text.n}, &keys[i]);
            used += text.n;
        }
        if (!status) status = kith_hashtable_put(into, keys, hashes, n, entries, err);
    }
    kith_buf_free(&joined);
    return status;
}

static int map_groups(table_state *into, const table_state *from, uint32_t *groups, kith_error *err) {
    for (uint32_t start = 0; start < from->groups.n; start += STRIP) {
        uint32_t n = from->groups.n - start < STRIP ? from->groups.n - start : STRIP;
        kith_key keys[STRIP];
        uint64_t hashes[STRIP];
        for (uint32_t i = 0; i < n; i++) keys[i] = *kith_hashtable_entry(&from->groups, start + i);
        for (uint32_t i = 0; i < n; i++) hashes[i] = kith_key_of(kith_key_str(&keys[i]), &keys[i]);
        KITH_TRY(kith_hashtable_put(&into->groups, keys, hashes, n, groups + start, err));
    }
    return table_make_room(into, into->groups.n) ? KITH_OK : kith_no_memory(err);
}

static int table_merge(void *a, void *b, kith_error *err) {
    table_state *into = a, *from = b;
    const plan *p = &into->plan;
    if (!from->bound) return KITH_OK;
    if (!into->bound && !into->groups.n) { /* nothing here: what is there moves over, and memory holds it once */
        table_state swap = *into;
        *into = *from;
        *from = swap;
        return KITH_OK;
    }
    into->bound = true; /* or finished before it was bound, which gave it the one group of a table without group columns */
    bool same = p->n_groups == from->plan.n_groups;
    for (uint32_t i = 0; same && i < p->n_groups; i++) same = kith_str_equal(p->group_names[i], from->plan.group_names[i]);
    if (!same) return kith_fail(err, KITH_DATA, "the states have different group columns");
    uint32_t *groups = malloc((from->groups.n + 1) * sizeof *groups), *files = malloc((from->n_files + 1) * sizeof *files);
    int status = groups && files ? KITH_OK : kith_no_memory(err);
    for (uint32_t i = 0; !status && i < from->n_files; i++)
        if ((files[i] = table_file(into, from->files[i])) == UINT32_MAX) status = kith_no_memory(err);
    if (!status) status = map_groups(into, from, groups, err);
    enum { AHEAD = 12 };
    for (uint32_t g = 0; !status && g < from->groups.n; g++) {
        if (g + AHEAD < from->groups.n) __builtin_prefetch(table_record(into, groups[g + AHEAD]), 1);
        for (uint32_t c = 0; !status && c < p->n_cells; c++)
            if (!cell_merge(into, &p->cells[c], table_record(into, groups[g]), table_record(from, g), files)) status = kith_no_memory(err);
    }
    for (uint32_t i = 0; !status && i < p->n_sets; i++) {
        status = merge_set(&into->sets[i], &from->sets[i], p->n_groups > 0, groups, err);
        kith_hashtable_free(&from->sets[i]); /* the memory is wanted for the next */
        if (!status) status = kith_hashtable_init(&from->sets[i], err);
    }
    free(groups);
    free(files);
    return status;
}

/* Groups without rows are no groups: those behind them move up. */
static int drop_empty(table_state *s, kith_error *err) {
    const plan *p = &s->plan;
    uint32_t rows = 0, n = 0, entry;
    while (rows < p->n_cells && p->cells[rows].kind != CELL_ROWS) rows++;
    kith_hashtable kept;
    int status = kith_hashtable_init(&kept, err);
    for (uint32_t g = 0; !status && g < s->groups.n; g++) {
        if (rows < p->n_cells && !*(uint64_t *)(void *)(table_record(s, g) + p->cells[rows].offset)) continue;
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&s->groups, g), &key);
        status = kith_hashtable_put(&kept, &key, &hash, 1, &entry, err);
        if (!status && n != g) memcpy(table_record(s, n), table_record(s, g), p->stride);
        n++;
    }
    if (status) return kith_hashtable_free(&kept), status;
    for (uint32_t g = n; g < s->groups.n; g++) memset(table_record(s, g), 0, p->stride);
    if (s->scratch) memset(s->scratch->cache, 0, sizeof s->scratch->cache); /* it knows where the records were */
    kith_hashtable_free(&s->groups);
    s->groups = kept;
    return KITH_OK;
}

static int table_subtract(void *a, void *b, kith_error *err) {
    table_state *from = a, *what = b;
    const plan *p = &from->plan;
    const char *not = "";
    if (!plan_subtracts(p, &not))
        return kith_fail(err, KITH_USAGE, "report.table: %s cannot be taken out again: count, sum, mean, sd, wmean, ratio and share can; min, max, quantiles, distinct, first and last cannot", not);
    if (!what->bound || !what->groups.n) return KITH_OK;
    uint32_t before = from->groups.n, *groups = malloc((what->groups.n + 1) * sizeof *groups);
    bool less = p->n_groups != what->plan.n_groups;
    int status = groups ? less ? KITH_OK : map_groups(from, what, groups, err) : kith_no_memory(err);
    less = less || (!status && from->groups.n > before);
    for (uint32_t g = 0; !status && !less && g < what->groups.n; g++)
        for (uint32_t c = 0; !status && c < p->n_cells; c++)
            if (!cell_subtract(from, &p->cells[c], table_record(from, groups[g]), table_record(what, g), &less)) status = kith_no_memory(err);
    free(groups);
    if (!status && less) status = kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
    return !status && p->n_groups ? drop_empty(from, err) : status;
}

const kith_fold kith_table_fold = {
    .name = "report.table",
    .version = 2,
    .init = table_init,
    .bind = table_bind,
    .step = table_step,
    .merge = table_merge,
    .subtract = table_subtract,
    .finish = table_finish,
    .save = table_save,
    .load = table_load,
    .free = table_free,
};
