/* The pipeline: where leads stand, and how far they came, by group, by person and by account.
 *
 * A lead is a person within a group. The state holds what was seen of each lead: the stages with the first time and the sum of values of their
 * rows, and the accounts. A lead stands at the furthest stage it was seen in; it has reached that stage and all before it. An
 * account stands where its furthest contact does. */
#include <kith/cohort.h>
#include <kith/experiment.h>
#include <kith/hashtable.h>
#include <kith/quantiles.h>
#include <kith/sums.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, STAGES_MAX = 1000 };

typedef struct seen { /* of a lead in a stage */
    kith_sum value;
    int64_t first; /* INT64_MAX: no time known */
} seen;

typedef struct pipeline {
    kith_arena *arena;
    const char *stage, *stages, *by, *id, *account, *value, *ts, *target;
    const kith_zone *zone;
    uint32_t at_stage, at_id, at_account, at_value, at_ts;
    bool bound, has_account, has_value;
    uint32_t n_groups;
    kith_str *group_names;
    uint32_t *group_at;
    kith_hashtable leads;    /* group parts and id, joined */
    kith_hashtable names;    /* of stages */
    kith_hashtable cells;    /* lead (4 bytes), stage (4 bytes) */
    kith_hashtable accounts; /* lead (4 bytes), account */
    seen **seen;
    uint32_t n_chunks;
} pipeline;

static void pipeline_free(void *state) {
    pipeline *p = state;
    if (!p) return;
    kith_hashtable_free(&p->leads);
    kith_hashtable_free(&p->names);
    kith_hashtable_free(&p->cells);
    kith_hashtable_free(&p->accounts);
    for (uint32_t i = 0; i < p->n_chunks; i++) free(p->seen[i]);
    free(p->seen);
    kith_arena_free(p->arena);
    free(p);
}

static int put_key(kith_hashtable *table, kith_str text, uint32_t *entry, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    return kith_hashtable_put(table, &key, &hash, 1, entry, err);
}

static int pipeline_init(const kith_params *params, void **state, kith_error *err) {
    pipeline *p = calloc(1, sizeof *p);
    if (!p) return kith_no_memory(err);
    int status = (p->arena = kith_arena_new()) ? KITH_OK : kith_no_memory(err);
    static const char *const names[] = {"stage", "stages", "by", "id", "account", "value", "ts", "target"};
    const char **texts[] = {&p->stage, &p->stages, &p->by, &p->id, &p->account, &p->value, &p->ts, &p->target};
    for (size_t i = 0; !status && i < 8; i++)
        if (!(*texts[i] = kith_arena_format(p->arena, "%s", kith_params_get(params, names[i])))) status = kith_no_memory(err);
    const char *tz = kith_params_get(params, "tz");
    if (!status && *tz) status = kith_zone_find(p->arena, tz, &p->zone, err);
    kith_hashtable *tables[] = {&p->leads, &p->names, &p->cells, &p->accounts};
    for (size_t i = 0; !status && i < 4; i++) status = kith_hashtable_init(tables[i], err);
    for (const char *at = status ? "" : p->stages; *at && !status;) { /* the listed stages come first, in their order */
        size_t n = strcspn(at, ",");
        uint32_t before = p->names.n, entry;
        status = put_key(&p->names, kith_str_trim((kith_str){at, n}), &entry, err);
        if (!status && entry != before) status = kith_fail(err, KITH_USAGE, "--stages names a stage twice");
        at += n + (at[n] == ',');
    }
    if (status) {
        pipeline_free(p);
        return status;
    }
    *state = p;
    return KITH_OK;
}

static int take_names(pipeline *p, uint32_t n, const kith_str *names, kith_error *err) {
    p->group_names = kith_arena_alloc(p->arena, (n + 1) * sizeof *p->group_names);
    if (!p->group_names) return kith_no_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        char *copy = kith_arena_copy(p->arena, names[i].n ? names[i].p : "", names[i].n);
        if (!copy) return kith_no_memory(err);
        p->group_names[i] = (kith_str){copy, names[i].n};
    }
    p->n_groups = n;
    p->bound = true;
    return KITH_OK;
}

/* A column that was named must be there; a default one may be. */
static int optional(const kith_header *header, const char *said, const char *otherwise, uint32_t *at, kith_error *err) {
    *at = kith_column_find(header, otherwise);
    return *said ? kith_column(header, said, at, err) : KITH_OK;
}

static int pipeline_bind(void *state, const kith_header *header, kith_error *err) {
    pipeline *p = state;
    kith_selection by = {0};
    KITH_TRY(kith_column(header, p->stage, &p->at_stage, err));
    KITH_TRY(optional(header, p->id, "person_id", &p->at_id, err));
    KITH_TRY(optional(header, p->account, "account_id", &p->at_account, err));
    KITH_TRY(optional(header, p->ts, "ts", &p->at_ts, err));
    p->at_value = KITH_NO_COLUMN;
    if (*p->value) KITH_TRY(kith_column(header, p->value, &p->at_value, err));
    if (*p->by) KITH_TRY(kith_select(header, p->by, true, p->arena, &by, err));
    p->group_at = by.columns;
    p->has_account = p->has_account || p->at_account != KITH_NO_COLUMN;
    p->has_value = p->has_value || p->at_value != KITH_NO_COLUMN;
    return take_names(p, by.n, by.names, err);
}

static seen *seen_of(pipeline *p, uint32_t entry) {
    while (entry / CHUNK >= p->n_chunks) {
        seen **chunks = realloc(p->seen, (p->n_chunks + 1) * sizeof *chunks);
        if (!chunks) return NULL;
        p->seen = chunks;
        seen *chunk = calloc(CHUNK, sizeof *chunk);
        if (!chunk) return NULL;
        for (uint32_t i = 0; i < CHUNK; i++) chunk[i].first = INT64_MAX;
        p->seen[p->n_chunks++] = chunk;
    }
    return &p->seen[entry / CHUNK][entry % CHUNK];
}

static int put_cell(pipeline *p, uint32_t lead, uint32_t stage, seen **s, kith_error *err) {
    char bytes[8];
    uint32_t entry;
    memcpy(bytes, &lead, 4);
    memcpy(bytes + 4, &stage, 4);
    KITH_TRY(put_key(&p->cells, (kith_str){bytes, 8}, &entry, err));
    *s = seen_of(p, entry);
    return *s ? KITH_OK : kith_no_memory(err);
}

static int put_account(pipeline *p, uint32_t lead, kith_str account, kith_buf *joined, kith_error *err) {
    uint32_t entry;
    joined->n = 0;
    kith_buf_put(joined, &lead, sizeof lead);
    kith_buf_str(joined, account);
    return joined->failed ? kith_no_memory(err) : put_key(&p->accounts, (kith_str){joined->p, joined->n}, &entry, err);
}

static int put_row(pipeline *p, const kith_batch *b, uint32_t row, kith_buf *joined, kith_out *out, kith_error *err) {
    kith_str stage = kith_text(b, row, p->at_stage), id = {NULL, 0}, value = {NULL, 0};
    int64_t us = INT64_MAX;
    kith_number number;
    if (p->at_id != KITH_NO_COLUMN) {
        id = kith_text(b, row, p->at_id);
        if (!id.n) return kith_bad_row(b, row, p->at_id, "missing", "missing", out, err);
    }
    if (p->at_ts != KITH_NO_COLUMN && kith_cell_time(b, row, p->at_ts, p->zone, &us) == KITH_CELL_BAD)
        return kith_bad_row(b, row, p->at_ts, "not_a_time", "not a date or time", out, err);
    if (p->at_value != KITH_NO_COLUMN) value = kith_text(b, row, p->at_value);
    if (value.n && !kith_number_parse(value, &number)) return kith_bad_row(b, row, p->at_value, "not_a_number", "not a number", out, err);
    joined->n = 0;
    for (uint32_t g = 0; g < p->n_groups; g++) kith_key_join(joined, kith_text(b, row, p->group_at[g]), g == 0);
    if (p->at_id != KITH_NO_COLUMN) {
        kith_key_join(joined, id, p->n_groups == 0);
    } else { /* without an id every row is a lead */
        kith_buf own = {0};
        kith_buf_printf(&own, "%s:%llu", b->file_name ? b->file_name : "-", (unsigned long long)(b->first_record + row));
        kith_key_join(joined, (kith_str){own.p, own.n}, p->n_groups == 0);
        if (own.failed) joined->failed = true;
        kith_buf_free(&own);
    }
    if (joined->failed || (stage.n && !stage.p)) return kith_no_memory(err);
    uint32_t lead, number_of;
    seen *s;
    KITH_TRY(put_key(&p->leads, (kith_str){joined->p ? joined->p : "", joined->n}, &lead, err));
    KITH_TRY(put_key(&p->names, stage, &number_of, err));
    if (p->names.n > STAGES_MAX) return kith_fail(err, KITH_DATA, "more than %d stages: is \"%s\" the column of stages?", STAGES_MAX, p->stage);
    KITH_TRY(put_cell(p, lead, number_of, &s, err));
    if (us < s->first) s->first = us;
    if (value.n && !kith_sum_add(&s->value, &number, p->arena)) return kith_no_memory(err);
    kith_str account = p->at_account == KITH_NO_COLUMN ? (kith_str){NULL, 0} : kith_text(b, row, p->at_account);
    return account.n ? put_account(p, lead, account, joined, err) : KITH_OK;
}

static int pipeline_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_buf joined = {0};
    int status = KITH_OK;
    for (uint32_t row = 0; row < b->rows && !status; row++) status = put_row(state, b, row, &joined, out, err);
    kith_buf_free(&joined);
    return status;
}

static void cell_parts(const kith_hashtable *t, uint32_t entry, uint32_t *lead, uint32_t *stage) {
    kith_str key = kith_hashtable_key(t, entry);
    memcpy(lead, key.p, 4);
    if (stage) memcpy(stage, key.p + 4, 4);
}

static int pipeline_merge(void *a, void *b, kith_error *err) {
    pipeline *into = a, *from = b;
    if (!from->bound) return KITH_OK;
    if (!into->bound) KITH_TRY(take_names(into, from->n_groups, from->group_names, err));
    bool same = into->n_groups == from->n_groups;
    for (uint32_t i = 0; same && i < into->n_groups; i++) same = kith_str_equal(into->group_names[i], from->group_names[i]);
    if (!same) return kith_fail(err, KITH_DATA, "the states have different group columns");
    into->has_account = into->has_account || from->has_account;
    into->has_value = into->has_value || from->has_value;
    uint32_t *leads = malloc(((size_t)from->leads.n + 1) * sizeof *leads), *names = malloc(((size_t)from->names.n + 1) * sizeof *names), lead, stage;
    int status = leads && names ? KITH_OK : kith_no_memory(err);
    kith_buf joined = {0};
    for (uint32_t i = 0; !status && i < from->leads.n; i++) status = put_key(&into->leads, kith_hashtable_key(&from->leads, i), &leads[i], err);
    for (uint32_t i = 0; !status && i < from->names.n; i++) status = put_key(&into->names, kith_hashtable_key(&from->names, i), &names[i], err);
    for (uint32_t i = 0; !status && i < from->cells.n; i++) {
        seen *s, *other = seen_of(from, i);
        cell_parts(&from->cells, i, &lead, &stage);
        status = other ? put_cell(into, leads[lead], names[stage], &s, err) : kith_no_memory(err);
        if (status) break;
        if (other->first < s->first) s->first = other->first;
        if (!kith_sum_merge(&s->value, &other->value, into->arena)) status = kith_no_memory(err);
    }
    for (uint32_t i = 0; !status && i < from->accounts.n; i++) {
        kith_str key = kith_hashtable_key(&from->accounts, i);
        cell_parts(&from->accounts, i, &lead, NULL);
        status = put_account(into, leads[lead], (kith_str){key.p + 4, key.n - 4}, &joined, err);
    }
    kith_buf_free(&joined);
    free(leads);
    free(names);
    return status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

typedef struct stage_sum { /* of a group and stage */
    uint64_t persons, reached, accounts, contacts;
    kith_sum value;
    kith_quantiles days;
} stage_sum;

typedef struct finishing {
    pipeline *p;
    kith_arena *arena;
    uint32_t listed;         /* stages that have a place in the order */
    uint32_t *rank, *byrank; /* of a stage's number, and back */
    uint32_t *far;           /* each lead's furthest rank; UINT32_MAX: only stages outside the order */
    uint32_t *other;         /* then: the first such stage */
    kith_hashtable groups;
    uint32_t *group;         /* of each lead */
    stage_sum *sums;         /* groups × stages */
    uint64_t *people;        /* of each group */
    uint64_t *contacts;
} finishing;

typedef struct stage_order {
    uint64_t n;
    uint32_t number;
    kith_str name;
} stage_order;

static int by_people(const void *a, const void *b) {
    const stage_order *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return kith_str_compare(x->name, y->name);
}

/* The listed order; without one, stages by falling number of people seen in them. Others follow in byte order. */
static int order_stages(finishing *f, kith_error *err) {
    const pipeline *p = f->p;
    uint32_t n = p->names.n, lead, stage;
    stage_order *order = kith_arena_zalloc(f->arena, (n + 1) * sizeof *order);
    f->rank = kith_arena_alloc(f->arena, (n + 1) * sizeof *f->rank);
    f->byrank = kith_arena_alloc(f->arena, (n + 1) * sizeof *f->byrank);
    if (!order || !f->rank || !f->byrank) return kith_no_memory(err);
    for (const char *at = p->stages; *at; at += strcspn(at, ","), at += *at == ',') f->listed++;
    for (uint32_t i = 0; i < n; i++) order[i] = (stage_order){0, i, kith_hashtable_key(&p->names, i)};
    if (!f->listed) {
        for (uint32_t i = 0; i < p->cells.n; i++) cell_parts(&p->cells, i, &lead, &stage), order[stage].n++;
        qsort(order, n, sizeof *order, by_people);
        f->listed = n;
    } else if (n > f->listed) {
        qsort(order + f->listed, n - f->listed, sizeof *order, by_people);
    }
    for (uint32_t k = 0; k < n; k++) {
        f->byrank[k] = order[k].number;
        f->rank[order[k].number] = k;
    }
    return KITH_OK;
}

/* The group of every lead: its key without the id. */
static int find_groups(finishing *f, kith_error *err) {
    pipeline *p = f->p;
    KITH_TRY(kith_hashtable_init(&f->groups, err));
    f->group = kith_arena_alloc(f->arena, ((size_t)p->leads.n + 1) * sizeof *f->group);
    kith_buf joined = {0};
    int status = f->group ? KITH_OK : kith_no_memory(err);
    if (!status && !p->n_groups) status = put_key(&f->groups, (kith_str){"", 0}, &f->group[0], err);
    for (uint32_t i = 0; !status && i < p->leads.n; i++) {
        kith_str rest = kith_hashtable_key(&p->leads, i), part;
        joined.n = 0;
        for (uint32_t g = 0; g < p->n_groups; g++) {
            part = (kith_str){"", 0};
            kith_key_split(&rest, &part, f->arena);
            kith_key_join(&joined, part, g == 0);
        }
        status = joined.failed ? kith_no_memory(err) : put_key(&f->groups, (kith_str){joined.p ? joined.p : "", joined.n}, &f->group[i], err);
    }
    kith_buf_free(&joined);
    return status;
}

static int add_leads(finishing *f, kith_error *err) {
    pipeline *p = f->p;
    uint32_t n = p->names.n, leads = p->leads.n, lead, stage;
    f->sums = kith_arena_zalloc(f->arena, ((size_t)f->groups.n * n + 1) * sizeof *f->sums);
    f->people = kith_arena_zalloc(f->arena, ((size_t)f->groups.n + 1) * sizeof *f->people);
    f->contacts = kith_arena_zalloc(f->arena, ((size_t)f->groups.n + 1) * sizeof *f->contacts);
    f->far = kith_arena_alloc(f->arena, ((size_t)leads + 1) * sizeof *f->far);
    f->other = kith_arena_alloc(f->arena, ((size_t)leads + 1) * sizeof *f->other);
    int64_t *next = kith_arena_alloc(f->arena, ((size_t)leads * n + 1) * sizeof *next); /* first time by rank */
    if (!f->sums || !f->people || !f->contacts || !f->far || !f->other || !next) return kith_no_memory(err);
    for (uint32_t i = 0; i < leads; i++) f->far[i] = f->other[i] = UINT32_MAX, f->people[f->group[i]]++;
    for (size_t i = 0; i < (size_t)leads * n; i++) next[i] = INT64_MAX;
    for (uint32_t i = 0; i < p->cells.n; i++) {
        cell_parts(&p->cells, i, &lead, &stage);
        uint32_t rank = f->rank[stage];
        next[(size_t)lead * n + rank] = seen_of(p, i)->first;
        if (rank >= f->listed) f->other[lead] = rank < f->other[lead] ? rank : f->other[lead];
        else if (f->far[lead] == UINT32_MAX || rank > f->far[lead]) f->far[lead] = rank;
    }
    for (uint32_t i = 0; i < leads; i++) {
        stage_sum *sums = f->sums + (size_t)f->group[i] * n;
        uint32_t at = f->far[i] == UINT32_MAX ? f->other[i] : f->far[i];
        if (at == UINT32_MAX) continue;
        sums[at].persons++;
        for (uint32_t k = 0; f->far[i] != UINT32_MAX && k <= f->far[i]; k++) sums[k].reached++;
        int64_t *t = next + (size_t)i * n, then = INT64_MAX;
        for (uint32_t k = f->listed; k-- > 0;) { /* time in a stage: to the first later one */
            if (t[k] != INT64_MAX && then != INT64_MAX && then >= t[k] &&
                !kith_quantiles_add(&sums[k].days, (double)(then - t[k]) / (double)KITH_US_PER_DAY, f->arena))
                return kith_no_memory(err);
            if (t[k] != INT64_MAX) then = t[k];
        }
    }
    for (uint32_t i = 0; i < p->cells.n; i++) {
        cell_parts(&p->cells, i, &lead, &stage);
        uint32_t at = f->far[lead] == UINT32_MAX ? f->other[lead] : f->far[lead];
        if (f->rank[stage] == at && !kith_sum_merge(&f->sums[(size_t)f->group[lead] * n + at].value, &seen_of(p, i)->value, f->arena)) return kith_no_memory(err);
    }
    return KITH_OK;
}

/* Each account of a group stands where its furthest contact does. */
static int add_accounts(finishing *f, kith_error *err) {
    pipeline *p = f->p;
    kith_hashtable t;
    kith_buf joined = {0};
    uint32_t n = p->accounts.n, lead;
    uint32_t *best = kith_arena_alloc(f->arena, ((size_t)n + 1) * sizeof *best), *group = kith_arena_alloc(f->arena, ((size_t)n + 1) * sizeof *group);
    uint64_t *contacts = kith_arena_zalloc(f->arena, ((size_t)n + 1) * sizeof *contacts);
    if (!best || !group || !contacts) return kith_no_memory(err);
    int status = kith_hashtable_init(&t, err);
    for (uint32_t i = 0; !status && i < n; i++) {
        kith_str key = kith_hashtable_key(&p->accounts, i);
        uint32_t entry, before = t.n;
        cell_parts(&p->accounts, i, &lead, NULL);
        joined.n = 0;
        kith_buf_put(&joined, &f->group[lead], 4);
        kith_buf_put(&joined, key.p + 4, key.n - 4);
        status = joined.failed ? kith_no_memory(err) : put_key(&t, (kith_str){joined.p, joined.n}, &entry, err);
        if (status) break;
        uint32_t far = f->far[lead], rank = far == UINT32_MAX ? f->other[lead] : far;
        bool first = entry == before, ahead = !first && far != UINT32_MAX && (best[entry] >= f->listed || far > best[entry]);
        if (first || ahead) best[entry] = rank;
        if (!first && far == UINT32_MAX && best[entry] >= f->listed && rank < best[entry]) best[entry] = rank;
        group[entry] = f->group[lead];
        contacts[entry]++;
    }
    for (uint32_t i = 0; !status && i < t.n; i++) {
        if (best[i] == UINT32_MAX) continue;
        stage_sum *s = &f->sums[(size_t)group[i] * p->names.n + best[i]];
        s->accounts++;
        s->contacts += contacts[i];
    }
    kith_buf_free(&joined);
    kith_hashtable_free(&t);
    return status;
}

/* The target of a stage in "won=.2,offer=.4", or nan. */
static double target_of(const pipeline *p, kith_str stage) {
    for (const char *at = p->target; *at;) {
        size_t n = strcspn(at, ",");
        const char *equal = memchr(at, '=', n);
        double value;
        if (equal && kith_str_equal(kith_str_trim((kith_str){at, (size_t)(equal - at)}), stage) &&
            kith_parse_double(kith_str_trim((kith_str){equal + 1, (size_t)(at + n - equal - 1)}), &value))
            return value;
        at += n + (at[n] == ',');
    }
    return NAN;
}

static void put_stage(finishing *f, uint32_t group, uint32_t k, kith_row_writer *w) {
    pipeline *p = f->p;
    stage_sum *s = &f->sums[(size_t)group * p->names.n + k];
    kith_str name = kith_hashtable_key(&p->names, f->byrank[k]);
    bool inside = k < f->listed;
    double all = (double)f->people[group], low = NAN, high = NAN, target = target_of(p, name);
    char text[512];
    if (inside && all > 0) kith_wilson((double)s->reached, all, .95, &low, &high);
    kith_put_text(w, name);
    kith_put_int(w, (int64_t)s->persons);
    if (p->has_account) kith_put_int(w, (int64_t)s->accounts);
    else kith_put_missing(w);
    kith_put_double(w, inside ? (double)s->reached / all : NAN);
    kith_put_double(w, low);
    kith_put_double(w, high);
    if (p->has_value) kith_put_text(w, (kith_str){text, kith_sum_format(&s->value, text, sizeof text)});
    else kith_put_missing(w);
    if (inside) kith_put_int(w, (int64_t)s->reached);
    else kith_put_missing(w);
    kith_put_double(w, inside && k ? (double)s->reached / (double)s[-1].reached : NAN);
    kith_put_double(w, kith_quantiles_at(&s->days, .5));
    kith_put_double(w, s->accounts ? (double)s->contacts / (double)s->accounts : NAN);
    kith_put_double(w, target);
    kith_put_string(w, isnan(target) || isnan(low) ? "" : low >= target ? "yes" : high < target ? "no" : "open");
    kith_row_end(w);
}

static int pipeline_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    pipeline *p = state;
    finishing f = {.p = p, .arena = kith_arena_new()};
    uint32_t *order = NULL;
    int status = f.arena ? order_stages(&f, err) : kith_no_memory(err);
    if (!status) status = find_groups(&f, err);
    if (!status) status = add_leads(&f, err);
    if (!status) status = add_accounts(&f, err);
    if (!status && !(order = kith_arena_alloc(f.arena, ((size_t)f.groups.n + 1) * sizeof *order))) status = kith_no_memory(err);
    if (!status) status = kith_hashtable_order(&f.groups, order, err);
    kith_row_writer w = kith_row_begin(out, delimiter);
    static const char *const names[] = {"stage", "persons", "accounts", "conversion", "low", "high", "value", "reached", "from_previous", "median_days",
                                        "contacts_per_account", "target", "target_reached"};
    for (uint32_t i = 0; i < p->n_groups; i++) kith_put_name(&w, p->group_names[i]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) kith_put_string(&w, names[i]);
    kith_row_end(&w);
    for (uint32_t g = 0; !status && g < f.groups.n; g++)
        for (uint32_t k = 0; k < p->names.n; k++) {
            if (k >= f.listed && !f.sums[(size_t)order[g] * p->names.n + k].persons) continue;
            kith_str rest = kith_hashtable_key(&f.groups, order[g]), part;
            w = kith_row_begin(out, delimiter);
            for (uint32_t i = 0; i < p->n_groups; i++) {
                part = (kith_str){"", 0};
                kith_key_split(&rest, &part, f.arena);
                kith_put_text(&w, part);
            }
            put_stage(&f, order[g], k, &w);
        }
    kith_hashtable_free(&f.groups);
    kith_arena_free(f.arena);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

/* ---- the state: by,NAME,… · has,account,value · lead,PART,…,ID and behind it seen,STAGE,FIRST,SUM and account,NAME ------------- */

typedef struct line { /* of a lead, to be sorted */
    uint32_t lead, kind, entry;
    kith_str text;
} line;

static int by_lead(const void *a, const void *b) {
    const line *x = a, *y = b;
    if (x->lead != y->lead) return x->lead < y->lead ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return kith_str_compare(x->text, y->text);
}

static int pipeline_save(const void *state, kith_buf *out, kith_error *err) {
    pipeline *p = (pipeline *)(uintptr_t)state;
    size_t n = (size_t)p->cells.n + p->accounts.n, made = 0;
    uint32_t *order = malloc(((size_t)p->leads.n + 1) * sizeof *order), *rank = malloc(((size_t)p->leads.n + 1) * sizeof *rank), lead, stage;
    line *lines = malloc((n + 1) * sizeof *lines);
    kith_arena *arena = kith_arena_new();
    kith_buf text = {0};
    int status = order && rank && lines && arena ? kith_hashtable_order(&p->leads, order, err) : kith_no_memory(err);
    for (uint32_t i = 0; !status && i < p->leads.n; i++) rank[order[i]] = i;
    for (uint32_t i = 0; !status && i < p->cells.n; i++) {
        cell_parts(&p->cells, i, &lead, &stage);
        lines[made++] = (line){rank[lead], 0, i, kith_hashtable_key(&p->names, stage)};
    }
    for (uint32_t i = 0; !status && i < p->accounts.n; i++) {
        kith_str key = kith_hashtable_key(&p->accounts, i);
        cell_parts(&p->accounts, i, &lead, NULL);
        lines[made++] = (line){rank[lead], 1, i, {key.p + 4, key.n - 4}};
    }
    if (made) qsort(lines, made, sizeof *lines, by_lead);
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, p->bound ? "by" : "unbound");
    for (uint32_t i = 0; i < p->n_groups; i++) kith_put_text(&w, p->group_names[i]);
    kith_row_end(&w);
    kith_buf_printf(out, "has,%d,%d\n", p->has_account, p->has_value);
    for (size_t i = 0; !status && i < made; i++) {
        if (!i || lines[i].lead != lines[i - 1].lead) {
            kith_str rest = kith_hashtable_key(&p->leads, order[lines[i].lead]), part;
            w = kith_row_begin(out, ',');
            kith_put_string(&w, "lead");
            for (uint32_t g = 0; g <= p->n_groups; g++) {
                part = (kith_str){"", 0};
                kith_key_split(&rest, &part, arena);
                kith_put_text(&w, part);
            }
            kith_row_end(&w);
        }
        w = kith_row_begin(out, ',');
        kith_put_string(&w, lines[i].kind ? "account" : "seen");
        kith_put_text(&w, lines[i].text);
        if (!lines[i].kind) {
            text.n = 0;
            kith_sum_save(&seen_of(p, lines[i].entry)->value, &text);
            kith_put_int(&w, seen_of(p, lines[i].entry)->first);
            kith_put_text(&w, (kith_str){text.p, text.n});
        }
        kith_row_end(&w);
    }
    if (!status && (out->failed || text.failed)) status = kith_no_memory(err);
    kith_buf_free(&text);
    kith_arena_free(arena);
    free(order);
    free(rank);
    free(lines);
    return status;
}

static int load_line(pipeline *p, const kith_str *field, size_t n, kith_buf *joined, uint32_t *lead, kith_error *err) {
    int64_t first;
    uint32_t stage;
    seen *s;
    if (n == 3 && kith_str_is(field[0], "has")) {
        p->has_account = kith_str_is(field[1], "1");
        p->has_value = kith_str_is(field[2], "1");
        return KITH_OK;
    }
    if (n == 2 + p->n_groups && kith_str_is(field[0], "lead")) {
        joined->n = 0;
        for (uint32_t i = 0; i <= p->n_groups; i++) kith_key_join(joined, field[1 + i], i == 0);
        return joined->failed ? kith_no_memory(err) : put_key(&p->leads, (kith_str){joined->p ? joined->p : "", joined->n}, lead, err);
    }
    if (n == 2 && kith_str_is(field[0], "account") && *lead != UINT32_MAX) return put_account(p, *lead, field[1], joined, err);
    if (n != 4 || !kith_str_is(field[0], "seen") || *lead == UINT32_MAX || !kith_parse_int(field[2], &first) || p->names.n > STAGES_MAX)
        return kith_fail(err, KITH_DATA, "the state of the pipeline is damaged");
    KITH_TRY(put_key(&p->names, field[1], &stage, err));
    KITH_TRY(put_cell(p, *lead, stage, &s, err));
    if (s->value.n || s->first != INT64_MAX) return kith_fail(err, KITH_DATA, "the state of the pipeline is damaged");
    s->first = first;
    return kith_sum_load(&s->value, field[3], p->arena, err);
}

static int pipeline_load(void *state, kith_records *records, kith_error *err) {
    pipeline *p = state;
    enum { ROOM = 512 };
    kith_str field[ROOM];
    size_t n;
    uint32_t lead = UINT32_MAX;
    kith_buf joined = {0};
    if (!kith_records_next(records, field, ROOM, &n) || !n || n > ROOM - 2 || !(kith_str_is(field[0], "by") || kith_str_is(field[0], "unbound")))
        return kith_fail(err, KITH_DATA, "the state of the pipeline is damaged");
    bool bound = kith_str_is(field[0], "by");
    KITH_TRY(take_names(p, (uint32_t)n - 1, field + 1, err));
    p->bound = bound;
    int status = KITH_OK;
    while (!status && kith_records_next(records, field, ROOM, &n))
        status = n && n <= ROOM ? load_line(p, field, n, &joined, &lead, err) : kith_fail(err, KITH_DATA, "the state of the pipeline is damaged");
    kith_buf_free(&joined);
    return status;
}

const kith_fold kith_pipeline_fold = {
    .people = &(const kith_fold_people){.head = "lead"},
    .name = "report.pipeline",
    .version = 1,
    .init = pipeline_init,
    .bind = pipeline_bind,
    .step = pipeline_step,
    .merge = pipeline_merge,
    .finish = pipeline_finish,
    .save = pipeline_save,
    .load = pipeline_load,
    .free = pipeline_free,
};
