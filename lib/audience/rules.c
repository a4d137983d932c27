/* Rules: which of many conditions hold for each row.
 *
 * Thousands of micro-segments (sector == "travel" and region == "R05" and …) mostly differ in a text that a column must
 * equal. For each rule the column with the most such texts in the file is its door: a batch's rows are parted by their value
 * of that column once, and the rule sees only the rows behind its door. 20 sectors × 50 regions cost 20 tests a row, not
 * 1,000. Rules without a door see every row. Which rows a rule sees is decided by the rules alone, so faults in the data are
 * met or not whatever the threads. */
#include <kith/rules.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For each door, its texts; for each text, the rules behind it. */
typedef struct kith_rules_index {
    size_t n_doors, n_open;
    uint32_t *columns;   /* of doors */
    size_t *first_text;  /* by door: its texts are first_text[d] … first_text[d + 1] − 1 */
    kith_str *texts;     /* sorted within a door */
    size_t *first_rule;  /* by text */
    uint32_t *rules;
    uint32_t *open;      /* rules without a door */
} kith_rules_index;

struct kith_tagger {
    const kith_rules *rules;
    kith_expr_work *work;
    uint64_t rows, *held, *first, *only;
    bool overlaps;
    uint64_t *pairs, *counts; /* open addressing: rule << 32 | other, plus one */
    size_t n_pairs, mask;
};

/* ---- reading ------------------------------------------------------------------------------------------------ */

typedef struct entry {
    double priority;
    size_t row;
} entry;

static int by_priority(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->priority != y->priority) return x->priority < y->priority ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

typedef struct key {
    uint32_t column;
    kith_str text;
    uint32_t rule;
} key;

static int by_key(const void *a, const void *b) {
    const key *x = a, *y = b;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    int c = kith_str_compare(x->text, y->text);
    return c ? c : (x->rule > y->rule) - (x->rule < y->rule);
}

enum { KEYS = 16, FEWEST_TEXTS = 3 };

/* The keys of all rules, sorted; NULL when out of memory. */
static key *all_keys(kith_arena *arena, const kith_rules *r, size_t *n) {
    uint32_t columns[KEYS];
    size_t total = 0, texts;
    for (size_t i = 0; i < r->n; i++) {
        size_t m = kith_expr_keys(r->set, i, columns, KEYS);
        for (size_t k = 0; k < m && k < KEYS; k++) kith_expr_key_texts(r->set, i, k, &texts), total += texts;
    }
    key *keys = kith_arena_alloc(arena, (total + 1) * sizeof *keys);
    *n = 0;
    for (size_t i = 0; keys && i < r->n; i++) {
        size_t m = kith_expr_keys(r->set, i, columns, KEYS);
        for (size_t k = 0; k < m && k < KEYS; k++) {
            const kith_str *t = kith_expr_key_texts(r->set, i, k, &texts);
            for (size_t j = 0; j < texts; j++) keys[(*n)++] = (key){columns[k], t[j], (uint32_t)i};
        }
    }
    if (keys) qsort(keys, *n, sizeof *keys, by_key);
    return keys;
}

static int make_index(kith_arena *arena, kith_rules *r, kith_error *err) {
    size_t n;
    key *keys = all_keys(arena, r, &n);
    kith_rules_index *x = kith_arena_zalloc(arena, sizeof *x);
    uint32_t *best = kith_arena_alloc(arena, (r->n + 1) * sizeof *best);     /* the door of each rule */
    size_t *best_texts = kith_arena_zalloc(arena, (r->n + 1) * sizeof *best_texts);
    if (!keys || !x || !best || !best_texts) return kith_no_memory(err);
    for (size_t i = 0; i < n;) { /* a column's keys */
        size_t end = i, texts = 0;
        for (; end < n && keys[end].column == keys[i].column; end++) texts += end == i || !kith_str_equal(keys[end].text, keys[end - 1].text);
        for (size_t k = i; k < end && texts >= FEWEST_TEXTS; k++)
            if (texts > best_texts[keys[k].rule]) best_texts[keys[k].rule] = texts, best[keys[k].rule] = keys[i].column;
        i = end;
    }
    x->columns = kith_arena_alloc(arena, (n + 1) * sizeof *x->columns);
    x->first_text = kith_arena_alloc(arena, (n + 2) * sizeof *x->first_text);
    x->texts = kith_arena_alloc(arena, (n + 1) * sizeof *x->texts);
    x->first_rule = kith_arena_alloc(arena, (n + 2) * sizeof *x->first_rule);
    x->rules = kith_arena_alloc(arena, (n + 1) * sizeof *x->rules);
    x->open = kith_arena_alloc(arena, (r->n + 1) * sizeof *x->open);
    if (!x->columns || !x->first_text || !x->texts || !x->first_rule || !x->rules || !x->open) return kith_no_memory(err);
    size_t n_texts = 0, n_rules = 0;
    for (size_t i = 0; i < n; i++) {
        const key *k = &keys[i];
        if (!best_texts[k->rule] || best[k->rule] != k->column) continue;
        bool new_door = !x->n_doors || x->columns[x->n_doors - 1] != k->column;
        if (new_door) {
            x->first_text[x->n_doors] = n_texts;
            x->columns[x->n_doors++] = k->column;
        }
        bool new_text = new_door || !kith_str_equal(x->texts[n_texts - 1], k->text);
        if (new_text) {
            x->first_rule[n_texts] = n_rules;
            x->texts[n_texts++] = k->text;
        }
        if (!new_text && x->rules[n_rules - 1] == k->rule) continue; /* named twice */
        x->rules[n_rules++] = k->rule;
    }
    x->first_text[x->n_doors] = n_texts;
    x->first_rule[n_texts] = n_rules;
    for (size_t i = 0; i < r->n; i++)
        if (!best_texts[i]) x->open[x->n_open++] = (uint32_t)i;
    r->index = x;
    return KITH_OK;
}

int kith_rules_read(kith_arena *arena, const char *path, const kith_expr_scope *scope, kith_rules **rules, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t segment = kith_csv_column(&csv, "segment"), when = kith_csv_column(&csv, "when"), priority = kith_csv_column(&csv, "priority"), label = kith_csv_column(&csv, "label");
    if (segment == UINT32_MAX || when == UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: rules have the columns segment and when (and priority, label)", path);
    kith_rules *r = kith_arena_zalloc(arena, sizeof *r);
    entry *order = kith_arena_alloc(arena, (csv.rows + 1) * sizeof *order);
    if (!r || !order) return kith_no_memory(err);
    r->segment = kith_arena_alloc(arena, (csv.rows + 1) * sizeof *r->segment);
    r->label = kith_arena_alloc(arena, (csv.rows + 1) * sizeof *r->label);
    r->priority = kith_arena_alloc(arena, (csv.rows + 1) * sizeof *r->priority);
    if (!r->segment || !r->label || !r->priority) return kith_no_memory(err);
    for (size_t i = 0; i < csv.rows; i++) {
        kith_str p = kith_csv_cell(&csv, i, priority);
        order[i] = (entry){1e308, i};
        if (p.n && !kith_parse_double(p, &order[i].priority)) return kith_fail(err, KITH_DATA, "%s:%llu: priority: not a number", path, (unsigned long long)csv.lines[i]);
        if (!kith_csv_cell(&csv, i, segment).n) return kith_fail(err, KITH_DATA, "%s:%llu: segment: no name", path, (unsigned long long)csv.lines[i]);
    }
    qsort(order, csv.rows, sizeof *order, by_priority);
    KITH_TRY(kith_exprs_new(arena, scope, &r->set, err));
    r->has_label = label != UINT32_MAX;
    int status = KITH_OK;
    for (; r->n < csv.rows && !status; r->n++) {
        size_t row = order[r->n].row, number;
        r->segment[r->n] = kith_csv_cell(&csv, row, segment);
        r->label[r->n] = kith_csv_cell(&csv, row, label);
        r->priority[r->n] = kith_csv_cell(&csv, row, priority);
        status = kith_exprs_add(r->set, kith_csv_cell(&csv, row, when), KITH_EXPR_TRUTH, &number, err);
        if (status && err) { /* the place in the file before the place in the text */
            kith_error inner = *err;
            snprintf(err->text, sizeof err->text, "%.300s:%llu: when: %.600s", path, (unsigned long long)csv.lines[row], inner.text);
        }
    }
    if (!status) status = make_index(arena, r, err);
    if (status) kith_exprs_free(r->set);
    else *rules = r;
    return status;
}

/* ---- tagging ------------------------------------------------------------------------------------------------ */

int kith_tagger_new(kith_tagger **tagger, const kith_rules *rules, bool overlaps, kith_error *err) {
    kith_tagger *t = *tagger = calloc(1, sizeof *t);
    if (!t) return kith_no_memory(err);
    t->rules = rules;
    t->overlaps = overlaps;
    t->work = kith_expr_work_new(rules->set);
    t->held = calloc(rules->n + 1, sizeof *t->held);
    t->first = calloc(rules->n + 1, sizeof *t->first);
    t->only = calloc(rules->n + 1, sizeof *t->only);
    t->mask = 1023;
    t->pairs = calloc(t->mask + 1, sizeof *t->pairs);
    t->counts = calloc(t->mask + 1, sizeof *t->counts);
    return t->work && t->held && t->first && t->only && t->pairs && t->counts ? KITH_OK : kith_no_memory(err);
}

void kith_tagger_free(kith_tagger *t) {
    if (!t) return;
    kith_expr_work_free(t->work);
    free(t->held);
    free(t->first);
    free(t->only);
    free(t->pairs);
    free(t->counts);
    free(t);
}

kith_expr_work *kith_tagger_work(kith_tagger *t) { return t->work; }

static bool count_pair(kith_tagger *t, uint64_t pair, uint64_t n) {
    if (t->n_pairs * 2 > t->mask) {
        size_t mask = t->mask * 2 + 1;
        uint64_t *pairs = calloc(mask + 1, sizeof *pairs), *counts = calloc(mask + 1, sizeof *counts);
        if (!pairs || !counts) {
            free(pairs);
            free(counts);
            return false;
        }
        for (size_t i = 0; i <= t->mask; i++) {
            if (!t->pairs[i]) continue;
            size_t at = kith_hash_mix(t->pairs[i], 0) & mask;
            while (pairs[at]) at = (at + 1) & mask;
            pairs[at] = t->pairs[i];
            counts[at] = t->counts[i];
        }
        free(t->pairs);
        free(t->counts);
        t->pairs = pairs, t->counts = counts, t->mask = mask;
    }
    pair++;
    size_t at = kith_hash_mix(pair, 0) & t->mask;
    while (t->pairs[at] && t->pairs[at] != pair) at = (at + 1) & t->mask;
    t->n_pairs += !t->pairs[at];
    t->pairs[at] = pair;
    t->counts[at] += n;
    return true;
}

typedef struct hits {
    uint32_t *row, *rule;
    size_t n, room;
} hits;

static int add_hits(hits *h, uint32_t rule, const uint32_t *rows, size_t n, kith_error *err) {
    if (h->n + n > h->room) {
        size_t room = (h->n + n) * 2 + 1024;
        uint32_t *row = realloc(h->row, room * sizeof *row);
        if (row) h->row = row;
        uint32_t *rules = realloc(h->rule, room * sizeof *rules);
        if (rules) h->rule = rules;
        if (!row || !rules) return kith_no_memory(err);
        h->room = room;
    }
    for (size_t i = 0; i < n; i++) h->row[h->n] = rows[i], h->rule[h->n++] = rule;
    return KITH_OK;
}

static size_t text_of(const kith_rules_index *x, size_t d, kith_str value) {
    size_t lo = x->first_text[d], hi = x->first_text[d + 1];
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = kith_str_compare(x->texts[mid], value);
        if (c == 0) return mid;
        if (c < 0) lo = mid + 1;
        else hi = mid;
    }
    return SIZE_MAX;
}

/* The rows of the batch by their text at door d: those of text k are rows[from[k − first]] …; rows with another text are left out. */
static int part_rows(const kith_rules_index *x, size_t d, const kith_batch *b, const kith_expr_rows *rows, uint32_t *from, uint32_t *parted, uint32_t *text, kith_error *err) {
    size_t first = x->first_text[d], n = x->first_text[d + 1] - first;
    uint32_t chunk[KITH_EXPR_CHUNK];
    kith_str fields[KITH_EXPR_CHUNK];
    memset(from, 0, (n + 2) * sizeof *from);
    for (uint32_t start = 0; start < b->rows; start += KITH_EXPR_CHUNK) {
        uint32_t m = b->rows - start < KITH_EXPR_CHUNK ? b->rows - start : KITH_EXPR_CHUNK;
        for (uint32_t i = 0; i < m; i++) chunk[i] = start + i;
        if (!rows->fields(rows->ctx, x->columns[d], chunk, m, fields)) return kith_no_memory(err);
        for (uint32_t i = 0; i < m; i++) {
            size_t k = fields[i].n ? text_of(x, d, fields[i]) : SIZE_MAX;
            text[start + i] = k == SIZE_MAX ? UINT32_MAX : (uint32_t)(k - first);
            if (k != SIZE_MAX) from[k - first + 2]++;
        }
    }
    for (size_t k = 2; k < n + 2; k++) from[k] += from[k - 1];
    for (uint32_t i = 0; i < b->rows; i++)
        if (text[i] != UINT32_MAX) parted[from[text[i] + 1]++] = i;
    return KITH_OK;
}

static int find_hits(kith_tagger *t, const kith_batch *b, const kith_expr_rows *rows, hits *h, kith_error *err) {
    const kith_rules_index *x = t->rules->index;
    size_t most = 0, n;
    for (size_t d = 0; d < x->n_doors; d++) most = x->first_text[d + 1] - x->first_text[d] > most ? x->first_text[d + 1] - x->first_text[d] : most;
    uint32_t *passed = kith_arena_alloc(b->arena, (b->rows + 1) * sizeof *passed), *parted = kith_arena_alloc(b->arena, (b->rows + 1) * sizeof *parted);
    uint32_t *text = kith_arena_alloc(b->arena, (b->rows + 1) * sizeof *text), *from = kith_arena_alloc(b->arena, (most + 2) * sizeof *from);
    if (!passed || !parted || !text || !from) return kith_no_memory(err);
    for (size_t i = 0; i < x->n_open; i++) {
        KITH_TRY(kith_expr_pass(t->work, x->open[i], NULL, b->rows, passed, &n, err));
        KITH_TRY(add_hits(h, x->open[i], passed, n, err));
    }
    for (size_t d = 0; d < x->n_doors; d++) {
        KITH_TRY(part_rows(x, d, b, rows, from, parted, text, err));
        for (size_t k = x->first_text[d]; k < x->first_text[d + 1]; k++) {
            size_t at = k - x->first_text[d], m = from[at + 1] - from[at];
            for (size_t i = x->first_rule[k]; m && i < x->first_rule[k + 1]; i++) {
                KITH_TRY(kith_expr_pass(t->work, x->rules[i], parted + from[at], m, passed, &n, err));
                KITH_TRY(add_hits(h, x->rules[i], passed, n, err));
            }
        }
    }
    return KITH_OK;
}

static int by_number(const void *a, const void *b) {
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int settle_hits(kith_tagger *t, const kith_batch *b, const hits *h, uint32_t *from, uint32_t *list, kith_error *err) {
    size_t n_bad, bad = 0;
    const kith_expr_bad *bads = kith_expr_bad_rows(t->work, &n_bad);
    memset(from, 0, (b->rows + 2) * sizeof *from);
    for (size_t i = 0; i < h->n; i++) from[h->row[i] + 2]++;
    for (uint32_t i = 2; i < b->rows + 2; i++) from[i] += from[i - 1];
    for (size_t i = 0; i < h->n; i++) list[from[h->row[i] + 1]++] = h->rule[i];
    for (uint32_t row = 0; row < b->rows; row++) {
        uint32_t *mine = list + from[row], n = from[row + 1] - from[row];
        while (bad < n_bad && bads[bad].row < row) bad++;
        if (bad < n_bad && bads[bad].row == row) continue; /* is not counted */
        t->rows++;
        if (n > 1) qsort(mine, n, sizeof *mine, by_number);
        for (uint32_t i = 0; i < n; i++) t->held[mine[i]]++;
        if (n) t->first[mine[0]]++;
        if (n == 1) t->only[mine[0]]++;
        for (uint32_t i = 0; i < n && t->overlaps; i++)
            for (uint32_t k = i + 1; k < n; k++)
                if (!count_pair(t, (uint64_t)mine[i] << 32 | mine[k], 1)) return kith_no_memory(err);
    }
    return KITH_OK;
}

int kith_tag(kith_tagger *t, const kith_batch *b, const uint32_t **from, const uint32_t **rules, kith_error *err) {
    kith_expr_rows rows = kith_expr_rows_of(b);
    hits h = {0};
    kith_expr_begin(t->work, &rows);
    int status = find_hits(t, b, &rows, &h, err);
    uint32_t *starts = kith_arena_alloc(b->arena, ((size_t)b->rows + 3) * sizeof *starts), *list = kith_arena_alloc(b->arena, (h.n + 1) * sizeof *list);
    if (!status && (!starts || !list)) status = kith_no_memory(err);
    if (!status) status = settle_hits(t, b, &h, starts, list, err);
    free(h.row);
    free(h.rule);
    *from = starts;
    *rules = list;
    return status;
}

/* ---- sizes and overlaps --------------------------------------------------------------------------------------- */

int kith_rules_sizes(const kith_rules *r, kith_tagger *const *taggers, size_t n, kith_buf *out, kith_error *err) {
    kith_row_writer w = kith_row_begin(out, ',');
    static const char *const heads[] = {"segment", "label", "priority", "rows", "share", "first", "only"};
    for (int i = 0; i < 7; i++) kith_put_string(&w, heads[i]);
    kith_row_end(&w);
    uint64_t rows = 0;
    for (size_t k = 0; k < n; k++) rows += taggers[k]->rows;
    for (size_t i = 0; i < r->n; i++) {
        uint64_t held = 0, first = 0, only = 0;
        for (size_t k = 0; k < n; k++) held += taggers[k]->held[i], first += taggers[k]->first[i], only += taggers[k]->only[i];
        kith_put_text(&w, r->segment[i]), kith_put_text(&w, r->label[i]), kith_put_text(&w, r->priority[i]);
        kith_put_int(&w, (int64_t)held);
        kith_put_double(&w, (double)held / (double)rows); /* of no rows: missing */
        kith_put_int(&w, (int64_t)first), kith_put_int(&w, (int64_t)only);
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

typedef struct counted {
    uint64_t pair, n;
} counted;

static int by_pair(const void *a, const void *b) {
    const counted *x = a, *y = b;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

int kith_rules_overlaps(const kith_rules *r, kith_tagger *const *taggers, size_t n, kith_buf *out, kith_error *err) {
    kith_tagger *sum = taggers[0];
    for (size_t k = 1; k < n; k++)
        for (size_t i = 0; i <= taggers[k]->mask; i++)
            if (taggers[k]->pairs[i] && !count_pair(sum, taggers[k]->pairs[i] - 1, taggers[k]->counts[i])) return kith_no_memory(err);
    counted *all = malloc((sum->n_pairs + 1) * sizeof *all);
    if (!all) return kith_no_memory(err);
    size_t m = 0;
    for (size_t i = 0; i <= sum->mask; i++)
        if (sum->pairs[i]) all[m++] = (counted){sum->pairs[i] - 1, sum->counts[i]};
    qsort(all, m, sizeof *all, by_pair);
    kith_row_writer w = kith_row_begin(out, ',');
    static const char *const heads[] = {"segment", "other", "rows", "share_of_segment", "share_of_other", "jaccard"};
    for (int i = 0; i < 6; i++) kith_put_string(&w, heads[i]);
    kith_row_end(&w);
    for (size_t i = 0; i < m; i++) {
        size_t a = (size_t)(all[i].pair >> 32), b = (size_t)(uint32_t)all[i].pair;
        uint64_t of_a = 0, of_b = 0;
        for (size_t k = 0; k < n; k++) of_a += taggers[k]->held[a], of_b += taggers[k]->held[b];
        kith_put_text(&w, r->segment[a]), kith_put_text(&w, r->segment[b]);
        kith_put_int(&w, (int64_t)all[i].n);
        kith_put_double(&w, (double)all[i].n / (double)of_a), kith_put_double(&w, (double)all[i].n / (double)of_b);
        kith_put_double(&w, (double)all[i].n / (double)(of_a + of_b - all[i].n));
        kith_row_end(&w);
    }
    free(all);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}
