/* The fold behind `report survival`: how many events and censorings each group has at each time; the rest at the finish. */
#include <kith/hashtable.h>
#include <kith/survival.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct lives {
    const kith_params *params;
    uint32_t time, event, by;
    kith_hashtable table; /* key: the time's 8 bytes, then the group's name */
    uint64_t (*counts)[2]; /* an entry: censored, events */
    size_t room;
    kith_buf key;
} lives;

static void free_(void *state) {
    lives *s = state;
    if (!s) return;
    kith_hashtable_free(&s->table);
    free(s->counts);
    kith_buf_free(&s->key);
    free(s);
}

static int init(const kith_params *params, void **state, kith_error *err) {
    lives *s = calloc(1, sizeof *s);
    *state = s;
    if (!s) return kith_no_memory(err);
    s->params = params;
    int status = kith_hashtable_init(&s->table, err);
    if (status != KITH_OK) {
        free_(s);
        *state = NULL;
    }
    return status;
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    lives *s = state;
    const char *by = kith_params_get(s->params, "by");
    s->by = KITH_NO_COLUMN;
    KITH_TRY(kith_column(header, kith_params_get(s->params, "time"), &s->time, err));
    KITH_TRY(kith_column(header, kith_params_get(s->params, "event"), &s->event, err));
    return *by ? kith_column(header, by, &s->by, err) : KITH_OK;
}

static int add(lives *s, double time, kith_str group, const uint64_t counts[2], kith_error *err) {
    kith_key key;
    uint32_t entry;
    s->key.n = 0;
    if (time == 0) time = 0; /* −0 */
    kith_buf_put(&s->key, &time, sizeof time);
    kith_buf_str(&s->key, group);
    if (s->key.failed) return kith_no_memory(err);
    uint64_t hash = kith_key_of((kith_str){s->key.p, s->key.n}, &key);
    KITH_TRY(kith_hashtable_put(&s->table, &key, &hash, 1, &entry, err));
    if (s->table.n > s->room) {
        size_t more = s->room ? s->room * 2 : 256;
        void *fresh = realloc(s->counts, more * sizeof *s->counts);
        if (!fresh) return kith_no_memory(err);
        s->counts = fresh;
        memset(s->counts + s->room, 0, (more - s->room) * sizeof *s->counts);
        s->room = more;
    }
    for (int k = 0; k < 2; k++) s->counts[entry][k] += counts[k];
    return KITH_OK;
}

/* 0, 1, or −1 for what is no truth value. */
int kith_truth(kith_str text) {
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "f", "t", "0.0", "1.0"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (kith_str_equal_nocase(text, kith_str_of(words[i]))) return i % 2;
    return -1;
}

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    lives *s = state;
    for (uint32_t row = 0; row < b->rows; row++) {
        double time;
        int event = kith_truth(kith_text(b, row, s->event));
        if (kith_cell_double(b, row, s->time, &time) != KITH_CELL_VALUE || time < 0) {
            KITH_TRY(kith_bad_row(b, row, s->time, "not_a_time", "not a number of 0 or more", out, err));
            continue;
        }
        if (event < 0) {
            KITH_TRY(kith_bad_row(b, row, s->event, "not_a_truth", "neither 1 nor 0", out, err));
            continue;
        }
        uint64_t counts[2] = {!event, (uint64_t)event};
        KITH_TRY(add(s, time, s->by == KITH_NO_COLUMN ? (kith_str){0} : kith_text(b, row, s->by), counts, err));
    }
    return KITH_OK;
}

static void key_of(const lives *s, uint32_t entry, double *time, kith_str *group) {
    kith_str key = kith_hashtable_key(&s->table, entry);
    memcpy(time, key.p, sizeof *time);
    *group = (kith_str){key.p + sizeof *time, key.n - sizeof *time};
}

static int merge(void *into, void *from_, kith_error *err) {
    const lives *from = from_;
    for (uint32_t i = 0; i < from->table.n; i++) {
        double time;
        kith_str group;
        key_of(from, i, &time, &group);
        KITH_TRY(add(into, time, group, from->counts[i], err));
    }
    return KITH_OK;
}

static int subtract(void *from_, void *what_, kith_error *err) {
    const lives *what = what_;
    lives *from = from_;
    for (uint32_t i = 0; i < what->table.n; i++) {
        double time;
        kith_str group;
        const uint64_t none[2] = {0, 0};
        key_of(what, i, &time, &group);
        uint32_t before = from->table.n, entry;
        KITH_TRY(add(from, time, group, none, err));
        kith_key key;
        uint64_t hash = kith_key_of((kith_str){from->key.p, from->key.n}, &key);
        kith_hashtable_find(&from->table, &key, &hash, 1, &entry);
        for (int k = 0; k < 2; k++) {
            if (from->table.n != before || from->counts[entry][k] < what->counts[i][k])
                return kith_fail(err, KITH_DATA, "these rows are not all in the state");
            from->counts[entry][k] -= what->counts[i][k];
        }
    }
    return KITH_OK;
}

/* ---- sorted ---------------------------------------------------------------------------------------------------- */

typedef struct line {
    kith_str group;
    kith_life life;
} line;

static int by_group_and_time(const void *a, const void *b) {
    const line *x = a, *y = b;
    int c = kith_str_compare(x->group, y->group);
    return c ? c : (x->life.time > y->life.time) - (x->life.time < y->life.time);
}

static int sorted(const lives *s, line **lines, size_t *n, kith_error *err) {
    line *l = malloc((s->table.n + 1) * sizeof *l);
    *lines = l;
    *n = 0;
    if (!l) return kith_no_memory(err);
    for (uint32_t i = 0; i < s->table.n; i++) {
        double time;
        if (!s->counts[i][0] && !s->counts[i][1]) continue;
        l[*n] = (line){.life = {.events = (double)s->counts[i][1], .censored = (double)s->counts[i][0]}};
        key_of(s, i, &time, &l[*n].group);
        if (l[*n].group.n == 0) l[*n].group.p = "";
        l[(*n)++].life.time = time;
    }
    qsort(l, *n, sizeof *l, by_group_and_time);
    return KITH_OK;
}

static int save(const void *state, kith_buf *out, kith_error *err) {
    line *lines;
    size_t n;
    int status = sorted(state, &lines, &n, err);
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        kith_put_text(&w, lines[i].group);
        kith_put_double(&w, lines[i].life.time);
        kith_put_double(&w, lines[i].life.events);
        kith_put_double(&w, lines[i].life.censored);
        kith_row_end(&w);
    }
    free(lines);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int load(void *state, kith_records *records, kith_error *err) {
    kith_str f[4];
    size_t n;
    while (kith_records_next(records, f, 4, &n)) {
        double time;
        int64_t events, censored;
        if (n != 4 || !kith_parse_double(f[1], &time) || time < 0 || !kith_parse_int(f[2], &events) || !kith_parse_int(f[3], &censored) ||
            events < 0 || censored < 0)
            return kith_fail(err, KITH_DATA, "a time that is none");
        uint64_t counts[2] = {(uint64_t)censored, (uint64_t)events};
        KITH_TRY(add(state, time, f[0], counts, err));
    }
    return KITH_OK;
}

/* ---- the finish ------------------------------------------------------------------------------------------------ */

static void put_curve(const kith_params *params, const line *lines, const kith_life *life, size_t n, kith_row_writer *w) {
    (void)params;
    for (size_t i = 0; i < n; i++) {
        kith_put_text(w, lines->group);
        kith_put_double(w, life[i].time);
        kith_put_double(w, life[i].at_risk);
        kith_put_double(w, life[i].events);
        kith_put_double(w, life[i].survival);
        kith_put_double(w, life[i].low);
        kith_put_double(w, life[i].high);
        kith_row_end(w);
    }
}

/* Quantiles with the interval of Brookmeyer & Crowley 1982 (log-log): where the ends of the curve's band cross. */
static void put_quantiles(const kith_params *params, const line *lines, const kith_life *life, size_t n, kith_row_writer *w) {
    for (const char *p = kith_params_get(params, "quantiles"); *p;) {
        size_t m = strcspn(p, ",");
        double q, low = INFINITY, high = INFINITY;
        if (kith_parse_double((kith_str){p, m}, &q)) {
            for (size_t i = n; i-- > 0;) {
                if (life[i].survival > 0 && life[i].low <= q) low = life[i].time;
                if (life[i].survival > 0 && life[i].high <= q) high = life[i].time;
            }
            kith_put_text(w, lines->group);
            kith_put_double(w, q);
            kith_put_double(w, kith_survival_quantile(life, n, q));
            kith_put_double(w, low);
            kith_put_double(w, high);
            kith_row_end(w);
        }
        p += m + (p[m] == ',');
    }
}

static int put_test(const line *lines, size_t groups, const size_t *from, const kith_life *life, kith_row_writer *w, kith_error *err) {
    const kith_life **lives_ = malloc((groups + 1) * sizeof *lives_);
    size_t *n = malloc((groups + 1) * sizeof *n);
    double chi2 = NAN, df = NAN, p = NAN;
    int status = lives_ && n ? KITH_OK : kith_no_memory(err);
    (void)lines;
    for (size_t g = 0; status == KITH_OK && g < groups; g++) {
        lives_[g] = life + from[g];
        n[g] = from[g + 1] - from[g];
    }
    if (status == KITH_OK) status = kith_log_rank(lives_, n, groups, &chi2, &df, &p, NULL, NULL, err);
    if (status == KITH_OK) {
        kith_put_string(w, "logrank");
        kith_put_double(w, chi2);
        kith_put_double(w, df);
        kith_put_double(w, p);
        kith_row_end(w);
    }
    free(lives_);
    free(n);
    return status;
}

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    static const char *const heads[3][8] = {{"group", "time", "at_risk", "events", "survival", "low", "high"},
                                            {"test", "statistic", "df", "p"},
                                            {"group", "quantile", "time", "low", "high"}};
    const lives *s = state;
    const char *report = kith_params_get(s->params, "report");
    int kind = strcmp(report, "test") == 0 ? 1 : strcmp(report, "quantiles") == 0 ? 2 : 0;
    line *lines;
    size_t n, groups = 0;
    int status = sorted(s, &lines, &n, err);
    kith_life *life = malloc((n + 1) * sizeof *life);
    size_t *from = malloc((n + 2) * sizeof *from);
    if (status == KITH_OK && (!life || !from)) status = kith_no_memory(err);
    kith_row_writer w = kith_row_begin(out, delimiter);
    for (size_t i = 0; i < 8 && heads[kind][i]; i++) kith_put_string(&w, heads[kind][i]);
    kith_row_end(&w);
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        life[i] = lines[i].life;
        if (i == 0 || !kith_str_equal(lines[i].group, lines[i - 1].group)) from[groups++] = i;
    }
    if (status == KITH_OK) from[groups] = n;
    for (size_t g = 0; status == KITH_OK && g < groups; g++) {
        kith_kaplan_meier(life + from[g], from[g + 1] - from[g], kith_params_number(s->params, "level", .95));
        if (kind != 1) (kind ? put_quantiles : put_curve)(s->params, lines + from[g], life + from[g], from[g + 1] - from[g], &w);
    }
    if (status == KITH_OK && kind == 1) status = put_test(lines, groups, from, life, &w, err);
    free(lines);
    free(life);
    free(from);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

const kith_fold kith_survival_fold = {
    .name = "report.survival",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_,
};
