/* Offer lists, and people with what each offer is worth to them: evaluated per batch on the workers, put together in order. */
#include <kith/expr.h>
#include <kith/offer_people.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list ----------------------------------------------------------------------------------------------- */

static int amount(const kith_csv *csv, size_t row, const char *name, double otherwise, double *v, kith_error *err) {
    kith_str s = kith_str_trim(kith_csv_cell(csv, row, kith_csv_column(csv, name)));
    *v = otherwise;
    if (s.n == 0 || (kith_parse_double(s, v) && *v >= 0)) return KITH_OK;
    char shape[32];
    return kith_fail(err, KITH_DATA, "%s:%llu: %s: not a number from 0 (like %s)", csv->name, (unsigned long long)csv->lines[row], name,
                     kith_shape(s, shape));
}

int kith_offer_list_read(kith_arena *arena, const char *path, kith_offer_list *list, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    if (kith_csv_column(&csv, "offer") == UINT32_MAX || kith_csv_column(&csv, "value") == UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s: an offer list has the columns offer, channel, value, cost, capacity and when; at least offer and value", path);
    if (csv.rows == 0) return kith_fail(err, KITH_DATA, "%s: no offers", path);
    size_t n = csv.rows;
    *list = (kith_offer_list){.n = n, .file = csv.name, .line = csv.lines};
    list->offer = kith_arena_alloc(arena, n * sizeof *list->offer);
    list->channel = kith_arena_alloc(arena, n * sizeof *list->channel);
    list->value = kith_arena_alloc(arena, n * sizeof *list->value);
    list->when = kith_arena_alloc(arena, n * sizeof *list->when);
    list->cost = kith_arena_alloc(arena, n * sizeof *list->cost);
    list->capacity = kith_arena_alloc(arena, n * sizeof *list->capacity);
    list->factor = kith_arena_alloc(arena, n * sizeof *list->factor);
    if (!list->offer || !list->channel || !list->value || !list->when || !list->cost || !list->capacity || !list->factor) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        kith_str offer = kith_csv_cell(&csv, i, kith_csv_column(&csv, "offer")), channel = kith_csv_cell(&csv, i, kith_csv_column(&csv, "channel"));
        list->offer[i] = kith_arena_copy(arena, offer.p, offer.n);
        list->channel[i] = kith_arena_copy(arena, channel.n ? channel.p : "", channel.n);
        if (!list->offer[i] || !list->channel[i]) return kith_no_memory(err);
        list->value[i] = kith_str_trim(kith_csv_cell(&csv, i, kith_csv_column(&csv, "value")));
        list->when[i] = kith_str_trim(kith_csv_cell(&csv, i, kith_csv_column(&csv, "when")));
        list->factor[i] = 1;
        KITH_TRY(amount(&csv, i, "cost", 0, &list->cost[i], err));
        KITH_TRY(amount(&csv, i, "capacity", INFINITY, &list->capacity[i], err));
        if (offer.n == 0 || list->value[i].n == 0)
            return kith_fail(err, KITH_DATA, "%s:%llu: an offer needs a name and a value", csv.name, (unsigned long long)csv.lines[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(list->offer[k], list->offer[i]) == 0 && strcmp(list->channel[k], list->channel[i]) == 0 && kith_str_equal(list->when[k], list->when[i]))
                return kith_fail(err, KITH_DATA, "%s:%llu: the offer and channel of line %llu again", csv.name, (unsigned long long)csv.lines[i], (unsigned long long)csv.lines[k]);
    }
    return KITH_OK;
}

/* ---- people ------------------------------------------------------------------------------------------------- */

typedef struct part { /* one batch's people */
    double *value;    /* rows × options */
    uint32_t *rows;
    size_t n, room;
    uint32_t *refused; /* rows without consent */
    size_t no_consent;
    kith_expr_work *work;
} part;

typedef struct texts { /* distinct texts, with numbers 0, 1, … */
    kith_arena *arena;
    kith_str *text;
    size_t n, room;
    uint32_t *slot;
    size_t slots;
} texts;

struct kith_offer_people {
    const kith_offer_list *list;
    kith_arena *arena;
    kith_exprs *exprs;
    kith_expr_scope scope;
    size_t *value, *when; /* expression numbers; when: SIZE_MAX for always */
    uint32_t id, account, consent, floor;
    part *parts;
    int workers;
    texts ids, left_out, accounts, groups;
    double *values;
    uint64_t *keys;
    uint32_t *account_of; /* UINT32_MAX: none */
    int32_t *group_of;
    kith_str *name;
    size_t n, room;
    int32_t *offer, *lines;
    uint32_t *unit;
    kith_offer_counts counts;
};

static int texts_number(texts *t, kith_str s, bool add, uint32_t *number, kith_error *err) {
    *number = UINT32_MAX;
    if (2 * t->n >= t->slots && add) {
        size_t slots = t->slots ? 2 * t->slots : 256;
        uint32_t *slot = calloc(slots, sizeof *slot);
        if (!slot) return kith_no_memory(err);
        for (size_t i = 0; i < t->n; i++) {
            size_t at = kith_hash(t->text[i].p, t->text[i].n, 0) & (slots - 1);
            while (slot[at]) at = (at + 1) & (slots - 1);
            slot[at] = (uint32_t)i + 1;
        }
        free(t->slot);
        t->slot = slot;
        t->slots = slots;
    }
    if (t->slots == 0) return KITH_OK;
    size_t at = kith_hash(s.p, s.n, 0) & (t->slots - 1);
    for (; t->slot[at]; at = (at + 1) & (t->slots - 1)) {
        if (!kith_str_equal(t->text[t->slot[at] - 1], s)) continue;
        *number = t->slot[at] - 1;
        return KITH_OK;
    }
    if (!add) return KITH_OK;
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 256;
        kith_str *text = realloc(t->text, room * sizeof *text);
        if (!text) return kith_no_memory(err);
        t->text = text;
        t->room = room;
    }
    if (!t->arena && !(t->arena = kith_arena_new())) return kith_no_memory(err);
    const char *copy = kith_arena_copy(t->arena, s.n ? s.p : "", s.n);
    if (!copy) return kith_no_memory(err);
    t->text[t->n] = (kith_str){copy, s.n};
    t->slot[at] = (uint32_t)++t->n;
    *number = (uint32_t)t->n - 1;
    return KITH_OK;
}

static void texts_free(texts *t) {
    kith_arena_free(t->arena);
    free(t->text);
    free(t->slot);
}

void kith_offer_people_free(kith_offer_people *p) {
    if (!p) return;
    for (int w = 0; p->parts && w < p->workers; w++) {
        free(p->parts[w].value);
        free(p->parts[w].rows);
        free(p->parts[w].refused);
        kith_expr_work_free(p->parts[w].work);
    }
    free(p->parts);
    kith_exprs_free(p->exprs);
    texts_free(&p->ids);
    texts_free(&p->left_out);
    texts_free(&p->accounts);
    texts_free(&p->groups);
    free(p->values);
    free(p->keys);
    free(p->account_of);
    free(p->group_of);
    free(p->name);
    kith_arena_free(p->arena);
    free(p);
}

/* An expression of the list; its place goes before the message. */
static int compile(kith_offer_people *p, size_t line, kith_str text, kith_expr_type as, size_t *number, kith_error *err) {
    kith_error inner = {0};
    int status = kith_exprs_add(p->exprs, text, as, number, &inner);
    if (status == KITH_OK) {
        kith_expr_type t = kith_exprs_type(p->exprs, *number);
        if (as == KITH_EXPR_TRUTH || t == KITH_EXPR_NUMBER || t == KITH_EXPR_COLUMN) return KITH_OK;
        return kith_fail(err, KITH_DATA, "%s:%llu: value: a %s, not a number", p->list->file, (unsigned long long)p->list->line[line], kith_expr_type_name(t));
    }
    return kith_fail(err, status == KITH_USAGE ? KITH_DATA : status, "%s:%llu: %s: %.800s", p->list->file, (unsigned long long)p->list->line[line],
                     as == KITH_EXPR_TRUTH ? "when" : "value", inner.text);
}

static int find(const kith_header *header, const char *name, uint32_t *column, kith_error *err) {
    *column = KITH_NO_COLUMN;
    return name && *name ? kith_column(header, name, column, err) : KITH_OK;
}

static int start(kith_offer_people *p, const kith_header *header, const kith_offer_columns *c, kith_error *err) {
    const kith_offer_list *l = p->list;
    p->scope = (kith_expr_scope){.names = header->names, .n_names = header->n, .zone = c->zone, .has_until = c->has_until, .until_us = c->until_us};
    if (!(p->arena = kith_arena_new())) return kith_no_memory(err);
    p->value = kith_arena_alloc(p->arena, l->n * sizeof *p->value);
    p->when = kith_arena_alloc(p->arena, l->n * sizeof *p->when);
    p->parts = calloc((size_t)p->workers, sizeof *p->parts);
    if (!p->value || !p->when || !p->parts) return kith_no_memory(err);
    KITH_TRY(find(header, c->id, &p->id, err));
    KITH_TRY(find(header, c->account, &p->account, err));
    KITH_TRY(find(header, c->consent, &p->consent, err));
    KITH_TRY(find(header, c->floor, &p->floor, err));
    KITH_TRY(kith_exprs_new(p->arena, &p->scope, &p->exprs, err));
    for (size_t k = 0; k < l->n; k++) {
        p->when[k] = SIZE_MAX;
        /* number() makes a bare column a number, with a message where it is none */
        KITH_TRY(compile(p, k, l->value[k], KITH_EXPR_COLUMN, &p->value[k], err));
        if (kith_exprs_type(p->exprs, p->value[k]) == KITH_EXPR_COLUMN) {
            char *text = kith_arena_format(p->arena, "0 + (%.*s)", KITH_STR_FMT(l->value[k]));
            if (!text) return kith_no_memory(err);
            KITH_TRY(compile(p, k, kith_str_of(text), KITH_EXPR_COLUMN, &p->value[k], err));
        }
        if (l->when[k].n) KITH_TRY(compile(p, k, l->when[k], KITH_EXPR_TRUTH, &p->when[k], err));
    }
    for (int w = 0; w < p->workers; w++)
        if (!(p->parts[w].work = kith_expr_work_new(p->exprs))) return kith_no_memory(err);
    return KITH_OK;
}

int kith_offer_people_new(const kith_offer_list *list, const kith_header *header, const kith_offer_columns *columns,
                          int workers, kith_offer_people **people, kith_error *err) {
    kith_offer_people *p = calloc(1, sizeof *p);
    if (!p) return kith_no_memory(err);
    p->list = list;
    p->workers = workers;
    int status = start(p, header, columns, err);
    if (status == KITH_OK) *people = p;
    else kith_offer_people_free(p);
    return status;
}

int kith_offer_people_leave_out(kith_offer_people *p, kith_str id, kith_error *err) {
    uint32_t number;
    return texts_number(&p->left_out, id, true, &number, err);
}

static bool said_no(kith_str s) {
    static const char *const words[] = {"0", "no", "false", "n", "f", "none", "denied", "opt-out", "unsubscribed"};
    s = kith_str_trim(s);
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (kith_str_equal_nocase(s, kith_str_of(words[w]))) return true;
    return false;
}

/* The values of up to KITH_EXPR_CHUNK rows, chosen as `rows`, into out (n × options). */
static int evaluate(const kith_offer_people *p, part *w, const uint32_t *rows, size_t n, double *out, kith_error *err) {
    size_t options = p->list->n;
    kith_expr_values v;
    kith_expr_select(w->work, rows, n);
    for (size_t k = 0; k < options; k++) {
        KITH_TRY(kith_expr_eval(w->work, p->value[k], &v, err));
        for (size_t i = 0; i < n; i++) {
            double x = v.type == KITH_EXPR_NUMBER ? v.number[v.constant ? 0 : i] * p->list->factor[k] : NAN;
            out[i * options + k] = isfinite(x) ? x : KITH_NOT_OFFERED;
        }
        if (p->when[k] == SIZE_MAX) continue;
        KITH_TRY(kith_expr_eval(w->work, p->when[k], &v, err));
        for (size_t i = 0; i < n; i++)
            if (v.truth[v.constant ? 0 : i] != 1) out[i * options + k] = KITH_NOT_OFFERED;
    }
    return KITH_OK;
}

int kith_offer_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_offer_people *p = ctx;
    part *w = &p->parts[worker];
    size_t options = p->list->n;
    w->n = w->no_consent = 0;
    if (w->room < b->rows) {
        free(w->value);
        free(w->rows);
        free(w->refused);
        w->refused = malloc(((size_t)b->rows + 1) * sizeof *w->refused);
        w->value = malloc(((size_t)b->rows + 1) * options * sizeof *w->value);
        w->rows = malloc(((size_t)b->rows + 1) * sizeof *w->rows);
        w->room = b->rows;
        if (!w->value || !w->rows || !w->refused) return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < b->rows; i++) {
        if (p->consent != KITH_NO_COLUMN && said_no(kith_text(b, i, p->consent))) w->refused[w->no_consent++] = i;
        else w->rows[w->n++] = i;
    }
    kith_expr_rows rows = kith_expr_rows_of(b);
    kith_expr_begin(w->work, &rows);
    for (size_t from = 0; from < w->n; from += KITH_EXPR_CHUNK) {
        size_t n = w->n - from < KITH_EXPR_CHUNK ? w->n - from : KITH_EXPR_CHUNK;
        KITH_TRY(evaluate(p, w, w->rows + from, n, w->value + from * options, err));
    }
    size_t n_bad, next = 0, kept = 0, at = 0;
    const kith_expr_bad *bad = kith_expr_bad_rows(w->work, &n_bad);
    for (size_t i = 0; i < w->n && n_bad; i++) { /* rows that cannot be used take no part */
        while (at < n_bad && bad[at].row < w->rows[i]) at++;
        if (at < n_bad && bad[at].row == w->rows[i]) continue;
        if (kept != i) memcpy(w->value + kept * options, w->value + i * options, options * sizeof *w->value);
        w->rows[kept++] = w->rows[i];
    }
    if (n_bad) w->n = kept;
    return kith_expr_answer_bad(w->work, b, UINT32_MAX, &next, out, err);
}

static int grow(kith_offer_people *p, size_t more, kith_error *err) {
    if (p->n + more <= p->room) return KITH_OK;
    size_t room = p->room ? 2 * p->room : 4096;
    while (room < p->n + more) room *= 2;
    double *values = realloc(p->values, room * p->list->n * sizeof *values);
    if (values) p->values = values;
    uint64_t *keys = realloc(p->keys, room * sizeof *keys);
    if (keys) p->keys = keys;
    uint32_t *account = realloc(p->account_of, room * sizeof *account);
    if (account) p->account_of = account;
    int32_t *group = realloc(p->group_of, room * sizeof *group);
    if (group) p->group_of = group;
    kith_str *name = realloc(p->name, room * sizeof *name);
    if (name) p->name = name;
    if (!values || !keys || !account || !group || !name) return kith_no_memory(err);
    p->room = room;
    return KITH_OK;
}

/* Everyone's id, also of who said no: a no in one row and a yes in another is refused like any repeated id. */
static int add_id(kith_offer_people *p, const kith_batch *b, uint32_t row, uint32_t *number, kith_error *err) {
    kith_str id = kith_text(b, row, p->id);
    size_t seen = p->ids.n;
    if (id.n == 0) return kith_fail(err, KITH_DATA, "%s:%llu: a person without an id", b->file_name, (unsigned long long)kith_row_line(b, row));
    KITH_TRY(texts_number(&p->ids, id, true, number, err));
    if (p->ids.n == seen)
        return kith_fail(err, KITH_DATA, "%s:%llu: an id that was there before: offers go to persons, one row each (kith dedupe portrait)", b->file_name,
                         (unsigned long long)kith_row_line(b, row));
    p->counts.people++;
    return KITH_OK;
}

static int add_person(kith_offer_people *p, const kith_batch *b, uint32_t row, const double *value, kith_error *err) {
    kith_str id = kith_text(b, row, p->id);
    uint32_t number, out;
    KITH_TRY(add_id(p, b, row, &number, err));
    KITH_TRY(texts_number(&p->left_out, id, false, &out, err));
    if (out != UINT32_MAX) {
        p->counts.suppressed++;
        return KITH_OK;
    }
    bool any = false;
    for (size_t k = 0; k < p->list->n; k++) any = any || value[k] > 0;
    if (!any) {
        p->counts.nothing++;
        return KITH_OK;
    }
    memcpy(p->values + p->n * p->list->n, value, p->list->n * sizeof *value);
    p->keys[p->n] = kith_hash(id.p, id.n, 0);
    p->name[p->n] = p->ids.text[number];
    p->account_of[p->n] = UINT32_MAX;
    p->group_of[p->n] = -1;
    if (p->account != KITH_NO_COLUMN) {
        kith_str s = kith_text(b, row, p->account);
        if (s.n) KITH_TRY(texts_number(&p->accounts, s, true, &p->account_of[p->n], err));
    }
    if (p->floor != KITH_NO_COLUMN) {
        KITH_TRY(texts_number(&p->groups, kith_text(b, row, p->floor), true, &number, err));
        p->group_of[p->n] = (int32_t)number;
    }
    p->n++;
    return KITH_OK;
}

int kith_offer_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)out;
    kith_offer_people *p = ctx;
    const part *w = &p->parts[worker];
    p->counts.no_consent += w->no_consent;
    uint32_t number;
    for (size_t i = 0; i < w->no_consent; i++) KITH_TRY(add_id(p, b, w->refused[i], &number, err));
    KITH_TRY(grow(p, w->n, err));
    for (size_t i = 0; i < w->n; i++) KITH_TRY(add_person(p, b, w->rows[i], w->value + i * p->list->n, err));
    return KITH_OK;
}

kith_offer_counts kith_offer_people_counts(const kith_offer_people *p) { return p->counts; }

kith_str kith_offer_person(const kith_offer_people *p, uint32_t person) { return p->name[person]; }

int kith_offer_people_problem(kith_offer_people *p, kith_offer_problem *o, const kith_str **groups, kith_error *err) {
    const kith_offer_list *l = p->list;
    *o = (kith_offer_problem){.people = p->n, .options = l->n, .value = p->values, .cost = l->cost, .budget = INFINITY, .contacts = 1, .key = p->keys,
                              .units = p->n};
    p->offer = kith_arena_alloc(p->arena, l->n * sizeof *p->offer);
    p->unit = kith_arena_alloc(p->arena, (p->n + 1) * sizeof *p->unit);
    if (!p->offer || !p->unit) return kith_no_memory(err);
    for (size_t k = 0; k < l->n; k++) { /* offers of one name are one offer */
        p->offer[k] = (int32_t)k;
        for (size_t j = 0; j < k; j++)
            if (strcmp(l->offer[j], l->offer[k]) == 0) {
                p->offer[k] = p->offer[j];
                break;
            }
    }
    o->offer = p->offer;
    if (p->account != KITH_NO_COLUMN) { /* accounts first, then everyone without one */
        size_t units = p->accounts.n;
        for (size_t i = 0; i < p->n; i++) p->unit[i] = p->account_of[i] != UINT32_MAX ? p->account_of[i] : (uint32_t)units++;
        o->unit = p->unit;
        o->units = units;
    }
    if (p->floor != KITH_NO_COLUMN) {
        o->group = p->group_of;
        o->groups = p->groups.n;
        *groups = p->groups.text;
    }
    return KITH_OK;
}
