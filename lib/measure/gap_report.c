/* Mentions into cells, cells into the table of gaps. A cell keeps counts by class and label only, and one example: the mention of the
 * worst tone (equal ones: the least text), so that the result does not depend on the order of rows. */
#include <kith/gap_report.h>
#include <kith/hashtable.h>
#include <kith/lexicon.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int kith_promises_read(kith_arena *arena, const char *path, kith_promises *promises, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t name = kith_csv_column(&csv, "promise"), pattern = kith_csv_column(&csv, "pattern"), promised = kith_csv_column(&csv, "promised");
    promises->n = 0;
    if (name == UINT32_MAX || pattern == UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: a file of promises has the columns promise,pattern,promised", csv.name);
    promises->items = kith_arena_zalloc(arena, (csv.rows + 1) * sizeof *promises->items);
    if (!promises->items) return kith_no_memory(err);
    for (size_t i = 0; i < csv.rows; i++) {
        kith_promise *p = &promises->items[i];
        kith_str number = kith_csv_cell(&csv, i, promised), text = kith_csv_cell(&csv, i, pattern);
        unsigned long long line = csv.lines[i];
        kith_error why;
        p->name = kith_csv_cell(&csv, i, name);
        p->promised = NAN;
        if (!p->name.n) return kith_fail(err, KITH_DATA, "%s:%llu: promise: a promise without a name", csv.name, line);
        if (!text.n) return kith_fail(err, KITH_DATA, "%s:%llu: pattern: a promise without a text to look for", csv.name, line);
        if (number.n && !kith_parse_double(number, &p->promised)) return kith_fail(err, KITH_DATA, "%s:%llu: promised: not a number", csv.name, line);
        int status = kith_pattern_new(text, KITH_PATTERN_CASELESS, &p->pattern, &why);
        if (status != KITH_OK) return kith_fail(err, status == KITH_USAGE ? KITH_DATA : status, "%s:%llu: pattern: %s", csv.name, line, why.text);
        promises->n++;
        if (!(p->matcher = kith_matcher_new(p->pattern))) return kith_no_memory(err);
    }
    return KITH_OK;
}

void kith_promises_free(kith_promises *promises) {
    for (size_t i = 0; i < promises->n; i++) {
        kith_matcher_free(promises->items[i].matcher);
        kith_pattern_free(promises->items[i].pattern);
    }
    promises->n = 0;
}

/* ---- cells ----------------------------------------------------------------------------------------------------- */

typedef struct cell {
    kith_gap_cell counts;
    size_t promise;
    int64_t tone;   /* in 10⁻⁹: sums do not depend on the order */
    __int128 reach; /* likewise */
    double worst;
    char *example; /* malloc'ed */
    size_t example_n;
} cell;

struct kith_gap_table {
    kith_hashtable keys;
    cell *cells;
    size_t room, n_by;
    kith_buf key;
    kith_arena *arena;
};

int kith_gap_table_new(size_t n_by, kith_gap_table **table, kith_error *err) {
    kith_gap_table *t = calloc(1, sizeof *t);
    *table = t;
    if (!t) return kith_no_memory(err);
    t->n_by = n_by;
    t->arena = kith_arena_new();
    return t->arena ? kith_hashtable_init(&t->keys, err) : kith_no_memory(err);
}

void kith_gap_table_free(kith_gap_table *t) {
    if (!t) return;
    for (uint32_t i = 0; i < t->keys.n && t->cells; i++) free(t->cells[i].example);
    kith_hashtable_free(&t->keys);
    free(t->cells);
    kith_buf_free(&t->key);
    kith_arena_free(t->arena);
    free(t);
}

static int cell_of(kith_gap_table *t, const kith_mention *m, bool reference, cell **found, kith_error *err) {
    char number[32];
    kith_key key;
    uint32_t at, before = t->keys.n;
    t->key.n = 0;
    kith_key_join(&t->key, reference ? KITH_STR("r") : KITH_STR("c"), true);
    for (size_t i = 0; i < t->n_by; i++) kith_key_join(&t->key, m->by[i], false);
    kith_key_join(&t->key, (kith_str){number, kith_format_int((int64_t)m->promise, number)}, false);
    kith_key_join(&t->key, m->period, false);
    if (t->key.failed) return kith_no_memory(err);
    uint64_t hash = kith_key_of((kith_str){t->key.p, t->key.n}, &key);
    KITH_TRY(kith_hashtable_put(&t->keys, &key, &hash, 1, &at, err));
    if (t->keys.n > t->room) {
        size_t more = t->room ? t->room * 2 : 64;
        cell *fresh = realloc(t->cells, more * sizeof *fresh);
        if (!fresh) {
            t->keys.n = before;
            return kith_no_memory(err);
        }
        memset(fresh + t->room, 0, (more - t->room) * sizeof *fresh);
        t->cells = fresh;
        t->room = more;
    }
    *found = &t->cells[at];
    if (t->keys.n > before) {
        (*found)->promise = m->promise;
        (*found)->counts.reference = reference;
        (*found)->worst = INFINITY;
    }
    return KITH_OK;
}

static void count(cell *c, const kith_mention *m) {
    c->counts.mentions[m->class_]++;
    if (m->label < 0) return;
    c->counts.labelled[m->class_]++;
    c->counts.wanted[m->class_] += m->label;
}

int kith_gap_table_refer(kith_gap_table *t, const kith_mention *m, kith_error *err) {
    cell *c;
    KITH_TRY(cell_of(t, m, true, &c, err));
    count(c, m);
    return KITH_OK;
}

int kith_gap_table_add(kith_gap_table *t, const kith_mention *m, kith_error *err) {
    cell *c;
    KITH_TRY(cell_of(t, m, false, &c, err));
    count(c, m);
    c->tone += llrint(m->tone * 1e9);
    c->reach += (__int128)rintl((long double)m->reach * 1e9L);
    if (m->tone > c->worst || (m->tone == c->worst && c->example && kith_str_compare((kith_str){c->example, c->example_n}, m->text) <= 0)) return KITH_OK;
    char *copy = malloc(m->text.n + 1);
    if (!copy) return kith_no_memory(err);
    memcpy(copy, m->text.p, m->text.n);
    free(c->example);
    c->example = copy;
    c->example_n = m->text.n;
    c->worst = m->tone;
    return KITH_OK;
}

/* ---- examples without personal data ---------------------------------------------------------------------------- */

void kith_gap_example(kith_str text, kith_buf *out) {
    size_t start = out->n;
    for (size_t i = 0; i < text.n && out->n - start < 160;) {
        size_t n = 0, digits = 0;
        bool at = false;
        while (i + n < text.n && (unsigned char)text.p[i + n] > ' ') {
            at |= text.p[i + n] == '@';
            digits += text.p[i + n] >= '0' && text.p[i + n] <= '9';
            n++;
        }
        if (out->n > start && n) kith_buf_putc(out, ' ');
        if (at) kith_buf_puts(out, "@...");
        else if (n > 4 && (memcmp(text.p + i, "http", 4) == 0 || memcmp(text.p + i, "www.", 4) == 0)) kith_buf_puts(out, "[link]");
        else if (digits >= 5) kith_buf_puts(out, "[number]");
        else kith_buf_put(out, text.p + i, n);
        for (i += n; i < text.n && (unsigned char)text.p[i] <= ' ';) i++;
    }
}

/* Numbers the brands of the reference cells (the period of their keys). */
static int number_brands(kith_gap_table *t, const uint32_t *order, kith_gap_cell *sorted, kith_error *err) {
    kith_str *brands = kith_arena_alloc(t->arena, ((size_t)t->keys.n + 1) * sizeof *brands), part = {0};
    size_t n = 0;
    if (!brands) return kith_no_memory(err);
    for (size_t i = 0; i < t->keys.n; i++) {
        if (!sorted[i].reference) continue;
        kith_str rest = kith_hashtable_key(&t->keys, order[i]);
        while (kith_key_split(&rest, &part, t->arena)) {}
        size_t b = 0;
        while (b < n && !kith_str_equal(brands[b], part)) b++;
        if (b == n) brands[n++] = part;
        sorted[i].brand = b;
    }
    return KITH_OK;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

typedef struct place {
    uint32_t at;
    double gap;
} place;

static int worst_first(const void *a, const void *b) { /* unknown gaps last; equal ones stay in the order of their keys */
    const place *x = a, *y = b;
    if (isnan(x->gap) != isnan(y->gap)) return isnan(x->gap) ? 1 : -1;
    if (!isnan(x->gap) && x->gap != y->gap) return x->gap > y->gap ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void put_cell(const kith_gap_plan *plan, const cell *c, const kith_str *by, size_t n_by, kith_str period, kith_row_writer *w) {
    const kith_gap_cell *g = &c->counts;
    double promised = plan->promises->items[c->promise].promised, n = 0, labels = 0;
    for (int k = 0; k < KITH_GAP_CLASSES; k++) {
        n += g->mentions[k];
        labels += g->labelled[k];
    }
    for (size_t i = 0; i < n_by; i++) kith_put_text(w, by[i]);
    kith_put_text(w, plan->promises->items[c->promise].name);
    kith_put_text(w, period);
    kith_put_double(w, n);
    double cells[] = {promised, g->rate, promised - g->rate, promised - g->high, promised - g->low, g->low, g->high, n > 0 ? (double)c->tone / 1e9 / n : NAN, (double)((long double)c->reach / 1e9L)};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) kith_put_double(w, cells[i]);
    kith_put_double(w, labels);
    kith_buf example = {0};
    if (plan->examples && c->example) kith_gap_example((kith_str){c->example, c->example_n}, &example);
    kith_put_text(w, (kith_str){example.p, example.n});
    if (example.failed) w->buf->failed = true;
    kith_buf_free(&example);
    kith_put_string(w, plan->basis);
    kith_row_end(w);
}

static void put_silence(const kith_gap_plan *plan, const bool *spoken, size_t n_by, kith_row_writer *w) {
    for (size_t i = 0; i < plan->promises->n; i++) {
        if (spoken[i]) continue;
        for (size_t k = 0; k < n_by; k++) kith_put_missing(w);
        kith_put_text(w, plan->promises->items[i].name);
        kith_put_missing(w);
        kith_put_int(w, 0);
        kith_put_double(w, plan->promises->items[i].promised);
        for (int k = 0; k < 8; k++) kith_put_missing(w);
        kith_put_int(w, 0);
        kith_put_string(w, "nobody speaks of it");
        kith_put_missing(w);
        kith_row_end(w);
    }
}

int kith_gap_table_report(kith_gap_table *t, const kith_gap_plan *plan, char delimiter, kith_buf *out, kith_error *err) {
    static const char *const heads[] = {"promise", "period", "mentions", "promised", "lived", "gap", "low", "high", "lived_low", "lived_high", "tone", "reach", "labels", "example", "basis"};
    kith_row_writer w = kith_row_begin(out, delimiter);
    size_t n = t->keys.n;
    uint32_t *order = malloc((n + 1) * sizeof *order);
    kith_gap_cell *sorted = malloc((n + 1) * sizeof *sorted);
    place *places = malloc((n + 1) * sizeof *places);
    bool *spoken = calloc(plan->promises->n + 1, sizeof *spoken);
    kith_str *by = malloc((t->n_by + 3) * sizeof *by);
    int status = order && sorted && places && spoken && by ? kith_hashtable_order(&t->keys, order, err) : kith_no_memory(err);
    for (size_t i = 0; i < t->n_by; i++) kith_put_name(&w, plan->by[i]);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) kith_put_string(&w, heads[i]);
    kith_row_end(&w);
    for (size_t i = 0; i < n && status == KITH_OK; i++) sorted[i] = t->cells[order[i]].counts;
    if (status == KITH_OK) status = number_brands(t, order, sorted, err);
    if (status == KITH_OK) status = kith_gap_rates(sorted, n, &plan->belief, plan->level, err);
    size_t m = 0;
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        cell *c = &t->cells[order[i]];
        c->counts = sorted[i];
        if (c->counts.reference) continue;
        spoken[c->promise] = true;
        places[m++] = (place){(uint32_t)i, plan->promises->items[c->promise].promised - c->counts.rate};
    }
    if (status == KITH_OK && m) qsort(places, m, sizeof *places, worst_first);
    for (size_t i = 0; i < m && status == KITH_OK; i++) {
        kith_str rest = kith_hashtable_key(&t->keys, order[places[i].at]);
        size_t parts = 0;
        while (parts < t->n_by + 3 && kith_key_split(&rest, &by[parts], t->arena)) parts++; /* c, segment…, promise, period */
        put_cell(plan, &t->cells[order[places[i].at]], by + 1, t->n_by, by[t->n_by + 2], &w);
    }
    if (status == KITH_OK) put_silence(plan, spoken, t->n_by, &w);
    free(order);
    free(sorted);
    free(places);
    free(spoken);
    free(by);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}
