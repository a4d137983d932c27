/* Curves of a score from counts per distinct score, and the fold that gathers them: exact for any order, shards and nights. */
#include <kith/curve.h>
#include <kith/distributions.h>
#include <kith/experiment.h>
#include <kith/hashtable.h>
#include <kith/survival.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 6, POINTS_MOST = 100000 };
static const char *const kinds[KINDS] = {"roc", "pr", "gain", "lift", "calibration", "qini"};

static double people(const kith_scored *s) { return s->count[0][0] + s->count[0][1] + s->count[1][0] + s->count[1][1]; }

typedef struct sums {
    double n, yes, no, arm[2], won[2]; /* of the people so far */
} sums;

static void take(sums *t, const kith_scored *s) {
    for (int a = 0; a < 2; a++) {
        t->arm[a] += s->count[a][0] + s->count[a][1];
        t->won[a] += s->count[a][1];
    }
    t->n = t->arm[0] + t->arm[1];
    t->yes = t->won[0] + t->won[1];
    t->no = t->n - t->yes;
}

static kith_curve_point share(double x, double k, double n, double level, double scale) {
    kith_curve_point p = {x, n > 0 ? k / n * scale : NAN, NAN, NAN};
    kith_wilson(k, n, level, &p.low, &p.high);
    p.low *= scale;
    p.high *= scale;
    return p;
}

static kith_curve_point point(kith_curve_kind kind, const sums *t, const sums *all, double level) {
    double x = t->n / all->n;
    switch (kind) {
    case KITH_CURVE_ROC: return share(t->no / all->no, t->yes, all->yes, level, 1);
    case KITH_CURVE_PR: return share(t->yes / all->yes, t->yes, t->n, level, 1);
    case KITH_CURVE_GAIN: return share(x, t->yes, all->yes, level, 1);
    case KITH_CURVE_LIFT: return share(x, t->yes, t->n, level, all->n / all->yes);
    case KITH_CURVE_QINI: {
        if (!(t->arm[0] > 0 && t->arm[1] > 0)) return (kith_curve_point){x, t->n > 0 ? NAN : 0, NAN, NAN};
        double ratio = t->arm[1] / t->arm[0], pt = t->won[1] / t->arm[1], pc = t->won[0] / t->arm[0];
        double y = (t->won[1] - t->won[0] * ratio) / all->n;
        double half = kith_normal_quantile((1 + level) / 2) * sqrt(t->arm[1] * pt * (1 - pt) + ratio * ratio * t->arm[0] * pc * (1 - pc)) / all->n;
        return (kith_curve_point){x, y, y - half, y + half};
    }
    case KITH_CURVE_CALIBRATION: break;
    }
    return (kith_curve_point){NAN, NAN, NAN, NAN};
}

void kith_curve(kith_curve_kind kind, const kith_scored *scored, size_t n, size_t points, double level, kith_curve_point *out, size_t *n_out) {
    sums all = {0}, t = {0}, bin = {0};
    double weighted = 0;
    size_t given = 0;
    *n_out = 0;
    for (size_t i = 0; i < n; i++) take(&all, &scored[i]);
    if (!(all.n > 0) || points == 0) return;
    if (kind != KITH_CURVE_CALIBRATION && kind != KITH_CURVE_QINI && !(all.yes > 0 && all.no > 0)) return;
    if (kind == KITH_CURVE_QINI && !(all.arm[0] > 0 && all.arm[1] > 0)) return;
    if (kind == KITH_CURVE_CALIBRATION && points > 10) points = 10;
    if (kind == KITH_CURVE_ROC || kind == KITH_CURVE_GAIN || kind == KITH_CURVE_QINI) out[given++] = (kith_curve_point){0, 0, 0, 0};
    double step = all.n / (double)points, next = step * (1 - 1e-9); /* rounding must not ask for a point twice */
    size_t asked = 1;
    for (size_t i = 0; i < n; i++) {
        take(&t, &scored[i]);
        take(&bin, &scored[i]);
        weighted += scored[i].score * people(&scored[i]);
        if (t.n < next && i + 1 < n) continue;
        out[given++] = kind == KITH_CURVE_CALIBRATION ? share(weighted / bin.n, bin.yes, bin.n, level, 1) : point(kind, &t, &all, level);
        while (next <= t.n) next = step * (1 - 1e-9) * (double)++asked;
        bin = (sums){0};
        weighted = 0;
    }
    *n_out = given;
}

/* ---- the fold -------------------------------------------------------------------------------------------------- */

typedef struct scores {
    const kith_params *params;
    uint32_t score, outcome, treatment;
    kith_hashtable table; /* key: the score's 8 bytes */
    uint64_t (*counts)[4];
    size_t room;
} scores;

static void free_(void *state) {
    scores *s = state;
    if (!s) return;
    kith_hashtable_free(&s->table);
    free(s->counts);
    free(s);
}

static int kinds_of(const kith_params *params, bool *wanted, kith_error *err) {
    for (const char *p = kith_params_get(params, "kinds"); *p;) {
        size_t n = strcspn(p, ","), k = 0;
        while (k < KINDS && !kith_str_is((kith_str){p, n}, kinds[k])) k++;
        if (k == KINDS) return kith_fail(err, KITH_USAGE, "no such curve (roc pr gain lift calibration qini)");
        wanted[k] = true;
        p += n + (p[n] == ',');
    }
    return KITH_OK;
}

static int init(const kith_params *params, void **state, kith_error *err) {
    bool wanted[KINDS] = {false};
    *state = NULL;
    KITH_TRY(kinds_of(params, wanted, err));
    if (wanted[KITH_CURVE_QINI] && !*kith_params_get(params, "treatment")) return kith_fail(err, KITH_USAGE, "qini takes --treatment");
    scores *s = calloc(1, sizeof *s);
    if (!s) return kith_no_memory(err);
    s->params = params;
    int status = kith_hashtable_init(&s->table, err);
    if (status == KITH_OK) *state = s;
    else free_(s);
    return status;
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    scores *s = state;
    const char *treatment = kith_params_get(s->params, "treatment");
    s->treatment = KITH_NO_COLUMN;
    KITH_TRY(kith_column(header, kith_params_get(s->params, "score"), &s->score, err));
    KITH_TRY(kith_column(header, kith_params_get(s->params, "outcome"), &s->outcome, err));
    return *treatment ? kith_column(header, treatment, &s->treatment, err) : KITH_OK;
}

static int add(scores *s, double score, const uint64_t counts[4], kith_error *err) {
    kith_key key;
    uint32_t at;
    if (score == 0) score = 0; /* −0 */
    uint64_t hash = kith_key_of((kith_str){(const char *)&score, sizeof score}, &key);
    KITH_TRY(kith_hashtable_put(&s->table, &key, &hash, 1, &at, err));
    if (s->table.n > s->room) {
        size_t more = s->room ? s->room * 2 : 1024;
        void *fresh = realloc(s->counts, more * sizeof *s->counts);
        if (!fresh) return kith_no_memory(err);
        s->counts = fresh;
        memset(s->counts + s->room, 0, (more - s->room) * sizeof *s->counts);
        s->room = more;
    }
    for (int k = 0; k < 4; k++) s->counts[at][k] += counts[k];
    return KITH_OK;
}

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    scores *s = state;
    for (uint32_t row = 0; row < b->rows; row++) {
        double score;
        int yes = kith_truth(kith_text(b, row, s->outcome)), arm = s->treatment == KITH_NO_COLUMN ? 0 : kith_truth(kith_text(b, row, s->treatment));
        kith_cell_state read = kith_cell_double(b, row, s->score, &score);
        if (read != KITH_CELL_VALUE || yes < 0 || arm < 0) {
            uint32_t bad = read != KITH_CELL_VALUE ? s->score : yes < 0 ? s->outcome : s->treatment;
            KITH_TRY(kith_bad_row(b, row, bad, bad == s->score ? "not_a_number" : "not_a_truth", bad == s->score ? "not a number" : "neither 1 nor 0", out, err));
            continue;
        }
        uint64_t counts[4] = {0};
        counts[2 * arm + yes] = 1;
        KITH_TRY(add(s, score, counts, err));
    }
    return KITH_OK;
}

static double score_of(const scores *s, uint32_t entry) {
    double v;
    memcpy(&v, kith_hashtable_key(&s->table, entry).p, sizeof v);
    return v;
}

static int merge(void *into, void *from_, kith_error *err) {
    const scores *from = from_;
    for (uint32_t i = 0; i < from->table.n; i++) KITH_TRY(add(into, score_of(from, i), from->counts[i], err));
    return KITH_OK;
}

static int subtract(void *from_, void *what_, kith_error *err) {
    scores *from = from_;
    const scores *what = what_;
    for (uint32_t i = 0; i < what->table.n; i++) {
        kith_key key;
        uint32_t at;
        double score = score_of(what, i);
        uint64_t hash = kith_key_of((kith_str){(const char *)&score, sizeof score}, &key);
        kith_hashtable_find(&from->table, &key, &hash, 1, &at);
        for (int k = 0; k < 4; k++) {
            if (at == KITH_NO_ENTRY || from->counts[at][k] < what->counts[i][k]) return kith_fail(err, KITH_DATA, "these rows are not all in the state");
            from->counts[at][k] -= what->counts[i][k];
        }
    }
    return KITH_OK;
}

static int down(const void *a, const void *b) {
    double x = ((const kith_scored *)a)->score, y = ((const kith_scored *)b)->score;
    return (x < y) - (x > y);
}

static int sorted(const scores *s, kith_scored **scored, size_t *n, kith_error *err) {
    kith_scored *v = malloc((s->table.n + 1) * sizeof *v);
    *scored = v;
    *n = 0;
    if (!v) return kith_no_memory(err);
    for (uint32_t i = 0; i < s->table.n; i++) {
        const uint64_t *c = s->counts[i];
        if (c[0] + c[1] + c[2] + c[3]) v[(*n)++] = (kith_scored){score_of(s, i), {{(double)c[0], (double)c[1]}, {(double)c[2], (double)c[3]}}};
    }
    qsort(v, *n, sizeof *v, down);
    return KITH_OK;
}

static int save(const void *state, kith_buf *out, kith_error *err) {
    kith_scored *v;
    size_t n;
    int status = sorted(state, &v, &n, err);
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        kith_put_double(&w, v[i].score);
        for (int k = 0; k < 4; k++) kith_put_double(&w, v[i].count[k / 2][k % 2]);
        kith_row_end(&w);
    }
    free(v);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int load(void *state, kith_records *records, kith_error *err) {
    kith_str f[5];
    size_t n;
    while (kith_records_next(records, f, 5, &n)) {
        double score;
        uint64_t counts[4];
        bool good = n == 5 && kith_parse_double(f[0], &score);
        for (int k = 0; k < 4 && good; k++) {
            int64_t v;
            good = kith_parse_int(f[k + 1], &v) && v >= 0 && v < INT64_C(1) << 52;
            counts[k] = good ? (uint64_t)v : 0;
        }
        if (!good) return kith_fail(err, KITH_DATA, "a score that is none");
        KITH_TRY(add(state, score, counts, err));
    }
    return KITH_OK;
}

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    static const char *const heads[] = {"curve", "x", "y", "low", "high"};
    const scores *s = state;
    bool wanted[KINDS] = {false};
    kith_scored *scored;
    double asked = kith_params_number(s->params, "points", 100);
    size_t n, points = asked >= 1 && asked <= POINTS_MOST ? (size_t)asked : 100; /* a state's word is not trusted */
    KITH_TRY(kinds_of(s->params, wanted, err));
    int status = sorted(s, &scored, &n, err);
    kith_curve_point *curve = malloc((points + 3) * sizeof *curve);
    if (status == KITH_OK && !curve) status = kith_no_memory(err);
    kith_row_writer w = kith_row_begin(out, delimiter);
    for (int i = 0; i < 5; i++) kith_put_string(&w, heads[i]);
    kith_row_end(&w);
    for (int k = 0; k < KINDS && status == KITH_OK; k++) {
        size_t given = 0;
        if (wanted[k]) kith_curve((kith_curve_kind)k, scored, n, points, kith_params_number(s->params, "level", .95), curve, &given);
        for (size_t i = 0; i < given; i++) {
            kith_put_string(&w, kinds[k]);
            kith_put_double(&w, curve[i].x);
            kith_put_double(&w, curve[i].y);
            kith_put_double(&w, curve[i].low);
            kith_put_double(&w, curve[i].high);
            kith_row_end(&w);
        }
    }
    free(curve);
    free(scored);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

const kith_fold kith_curve_fold = {
    .name = "report.curve",
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
