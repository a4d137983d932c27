/* What `report experiment` prints: for each segment the sample ratio first, then per metric the arms, then per arm every method.
 *
 * The control is the arm said, else "0", else "control", else the first of all in byte order, and the same in every segment. Holm's and Benjamini and Hochberg's
 * corrections go over the arms and metrics of a segment, each by its main test (difference of shares: pooled z; means: Welch;
 * ratios: delta method). Shrunk effects go over the segments. */
#include "tally.h"

#include <kith/distributions.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKS_MOST = 50 };

typedef struct report {
    const kith_trial_table *t;
    kith_row_writer w;
    const kith_str *by; /* of the segment being written */
    const char *metric;
    kith_str control; /* its arm, in every segment */
    kith_str arm;
    double level, tau, planned, rows; /* rows: of both arms */
    int64_t looks, look;
    double bound[LOOKS_MOST];
    kith_effect *main_; /* segment's cells × metrics: what corrections and shrinkage start from */
    double *se;
} report;

static const double none = NAN;

static void row(report *r, const char *method, double estimate, double low, double high, double statistic, double p, const char *note) {
    for (size_t i = 0; i < r->t->n_by; i++) kith_put_text(&r->w, r->by[i]);
    kith_put_string(&r->w, r->metric);
    kith_put_text(&r->w, r->arm);
    kith_put_string(&r->w, method);
    kith_put_double(&r->w, estimate);
    kith_put_double(&r->w, low);
    kith_put_double(&r->w, high);
    kith_put_double(&r->w, statistic);
    kith_put_double(&r->w, p);
    kith_put_string(&r->w, note);
    kith_row_end(&r->w);
}

static void effect(report *r, const char *method, kith_effect e, const char *note) {
    row(r, method, e.estimate, e.low, e.high, e.statistic, e.p, note ? note : isnan(e.p) && !isnan(e.estimate) ? "zero variance: no test" : "");
}

/* ---- the sample ratio ------------------------------------------------------------------------------------------ */

/* The split against the plan, ARM=SHARE,… (equal shares if nothing is planned). An arm of the plan without rows counts with none. */
static void sample_ratio(report *r, const kith_trial_cell *cells, size_t n) {
    const char *plan = kith_params_get(r->t->params, "shares"), *note = "";
    size_t most = n + 1;
    for (const char *p = plan; *p; p++) most += *p == ',';
    double *counts = kith_arena_alloc(r->t->arena, 2 * most * sizeof *counts), *shares = counts + most, chi2 = NAN, p = NAN;
    bool known = counts != NULL;
    for (size_t i = 0; counts && i < n; i++) counts[i] = (double)cells[i].rows, shares[i] = *plan ? NAN : 1;
    size_t arms = n;
    for (const char *item = plan; counts && *item;) {
        size_t length = strcspn(item, ","), i = 0;
        const char *equals = memchr(item, '=', length);
        double v;
        if (equals && kith_parse_double((kith_str){equals + 1, (size_t)(item + length - equals - 1)}, &v) && v > 0) {
            while (i < n && !kith_str_equal(cells[i].arm, (kith_str){item, (size_t)(equals - item)})) i++;
            if (i == n) counts[i = arms++] = 0;
            shares[i] = v;
        }
        item += length + (item[length] == ',');
    }
    for (size_t i = 0; counts && i < n; i++) known &= !isnan(shares[i]);
    if (known) kith_sample_ratio(counts, shares, arms, &chi2, &p);
    if (arms < 2) note = "warning: only one arm";
    else if (!known) note = "warning: an arm without a planned share";
    else if (p < .01) note = "warning: sample ratio mismatch: the arms are not split as planned; find out why before reading on";
    r->metric = "";
    r->arm = (kith_str){0};
    row(r, "srm", none, none, none, chi2, p, note);
}

/* ---- one arm against the control ------------------------------------------------------------------------------- */

static void sequential(report *r, double d, double v, double tau) {
    kith_effect e = kith_msprt(d, v, tau, r->level);
    effect(r, "msprt", e, v > 0 ? "valid at any time" : "zero variance: no test");
    if (r->planned > 0 && v > 0) { /* τ² = ρ²σ², where at the planned size n* the variance would be σ²/n* = v · rows / n* */
        double at_plan = v * r->rows / r->planned, rho = kith_sequence_rho(1, 1 - r->level);
        effect(r, "sequence", kith_msprt(d, v, rho * sqrt(at_plan), r->level), "normal mixture, narrowest at the planned size");
    }
    if (r->looks) {
        double se = sqrt(v), z = d / se, c = r->bound[r->look - 1];
        char note[96];
        snprintf(note, sizeof note, "look %lld of %lld: bound %.6f: %s", (long long)r->look, (long long)r->looks, c, fabs(z) >= c ? "stop" : "not crossed");
        row(r, "group_sequential", d, d - c * se, d + c * se, z, none, v > 0 ? note : "zero variance: no test");
    }
}

static void shares(report *r, const kith_tally *a, const kith_tally *b, kith_effect *main_, double *se) {
    kith_shares s = {(double)a->ones, (double)a->y.sum.n, (double)b->ones, (double)b->y.sum.n};
    kith_effect e = kith_shares_difference(s, r->level);
    double pa = s.a / s.n, pb = s.b / s.m, v = pa * (1 - pa) / s.n + pb * (1 - pb) / s.m;
    *main_ = e;
    *se = sqrt(v);
    effect(r, "difference", e, NULL);
    effect(r, "lift", kith_shares_lift(s, r->level), s.a > 0 ? NULL : "the control has none: no lift");
    effect(r, "katz", kith_shares_katz(s, r->level), s.a > 0 && s.b > 0 ? NULL : "an arm has none: no lift");
    effect(r, "unpooled", kith_shares_unpooled(s, r->level), NULL);
    effect(r, "newcombe", kith_shares_newcombe(s, r->level), NULL);
    effect(r, "score", kith_shares_score(s, r->level), NULL);
    const char *one = s.a + s.b > 0 && s.a + s.b < s.n + s.m ? NULL : "one outcome only: no test";
    effect(r, "chi2", kith_shares_chi2(s, KITH_CHI2_PEARSON), one);
    effect(r, "yates", kith_shares_chi2(s, KITH_CHI2_YATES), one);
    effect(r, "g", kith_shares_chi2(s, KITH_CHI2_G), one);
    effect(r, "fisher", kith_shares_fisher(s, r->level), one ? one : "estimate and statistic: odds ratio");
    sequential(r, e.estimate, v, r->tau > 0 ? r->tau : .01);
    kith_bayes bayes = kith_bayes_shares(s, r->level);
    if (bayes.status == KITH_SYSTEM) r->w.buf->failed = true; /* told where the buffer is written */
    row(r, "bayes", bayes.better, none, none, bayes.loss, bayes.better, "chance that the arm is better; statistic: expected loss");
    row(r, "bayes_difference", bayes.estimate, bayes.low, bayes.high, none, none, "posterior mean and credible interval");
}

static int means(report *r, const kith_tally *a, const kith_tally *b, kith_effect *main_, double *se, kith_error *err) {
    kith_arm_mean ma = kith_tally_mean(a), mb = kith_tally_mean(b);
    kith_effect e = kith_welch(ma, mb, r->level), ranks, ks;
    char note[64];
    double v = ma.variance / ma.n + mb.variance / mb.n, all = ma.n + mb.n;
    *main_ = e;
    *se = sqrt(v);
    effect(r, "difference", kith_mean_difference(ma, mb, r->level), NULL);
    effect(r, "lift", kith_mean_lift(ma, mb, r->level), ma.mean != 0 ? NULL : "the control's mean is 0: no lift");
    snprintf(note, sizeof note, "df %.10g", e.df);
    effect(r, "welch", e, isnan(e.p) ? NULL : note);
    if (!kith_tally_ranks(a, b, &ranks, &ks)) return kith_no_memory(err);
    row(r, "mannwhitney", ranks.estimate, none, none, ranks.statistic, ranks.p,
        a->values.many || b->values.many ? "more than 65536 different values: not worked out" : "estimate: chance that the arm is greater; statistic: U");
    if (!a->values.many && !b->values.many) row(r, "ks", ks.estimate, none, none, ks.statistic, ks.p, "greatest distance of the distributions");
    double sd = sqrt(((ma.n - 1) * ma.variance + (mb.n - 1) * mb.variance) / (all - 2));
    sequential(r, e.estimate, v, r->tau > 0 ? r->tau : .02 * sd);
    return KITH_OK;
}

static void ratios(report *r, const kith_tally *a, const kith_tally *b, kith_effect *main_, double *se) {
    kith_effect e = kith_ratio_difference(kith_tally_pair(a), kith_tally_pair(b), r->level);
    *main_ = e;
    *se = (e.high - e.low) / 2 / kith_normal_quantile((1 + r->level) / 2);
    effect(r, "difference", e, isnan(e.estimate) ? "no denominator" : NULL);
    effect(r, "ratio", e, isnan(e.estimate) ? "no denominator" : "ratio of sums, by the delta method");
    sequential(r, e.estimate, *se * *se, r->tau > 0 ? r->tau : .01 * fabs(kith_tally_pair(a).mean_y / kith_tally_pair(a).mean_x));
}

static int compare(report *r, const kith_tally *a, const kith_tally *b, bool ratio, bool binary, kith_effect *main_, double *se, kith_error *err) {
    *main_ = (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    *se = NAN;
    if (!a->y.sum.n || !b->y.sum.n) {
        row(r, "difference", none, none, none, none, none, b->y.sum.n ? "no outcome in the control" : "no outcome in this arm");
        return KITH_OK;
    }
    r->rows = (double)(a->y.sum.n + b->y.sum.n);
    if (ratio) ratios(r, a, b, main_, se);
    else if (binary) shares(r, a, b, main_, se);
    else KITH_TRY(means(r, a, b, main_, se, err));
    if (!ratio && *kith_params_get(r->t->params, "covariate")) {
        double theta, reduction;
        char note[96];
        kith_arm_pair pa = kith_tally_pair(a), pb = kith_tally_pair(b);
        kith_effect e = kith_cuped(pa, pb, r->level, &theta, &reduction);
        snprintf(note, sizeof note, "theta %.10g, variance reduction %.10g", theta, reduction);
        effect(r, "cuped", e, isnan(reduction) ? "the covariate or the outcome does not vary" : note);
    }
    return KITH_OK;
}

/* ---- a segment ------------------------------------------------------------------------------------------------- */

/* The control's name, one for all segments: what was said, else 0, else control, else the first arm of all. */
static kith_str control_name(const kith_trial_table *t) {
    const char *said = kith_params_get(t->params, "control"), *const usual[] = {"0", "control"};
    if (*said || !t->n) return kith_str_of(said);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < t->n; i++)
            if (kith_str_is(t->cells[i].arm, usual[k])) return t->cells[i].arm;
    kith_str first = t->cells[0].arm;
    for (size_t i = 1; i < t->n; i++)
        if (kith_str_compare(t->cells[i].arm, first) < 0) first = t->cells[i].arm;
    return first;
}

static void arm_rows(report *r, const kith_trial_cell *cells, size_t n, size_t m, bool ratio, bool binary) {
    for (size_t i = 0; i < n; i++) {
        const kith_tally *y = &cells[i].tallies[m];
        kith_arm_mean mean = kith_tally_mean(y);
        r->arm = cells[i].arm;
        if (!y->y.sum.n) row(r, ratio ? "ratio_of" : binary ? "rate" : "mean", none, none, none, 0, none, "no outcome in this arm");
        else if (ratio) {
            kith_arm_pair p = kith_tally_pair(y);
            row(r, "ratio_of", p.mean_y / p.mean_x, none, none, p.n, none, "statistic: rows");
        } else if (binary) {
            double low, high;
            kith_wilson((double)y->ones, mean.n, r->level, &low, &high);
            row(r, "rate", mean.mean, low, high, mean.n, none, "statistic: rows");
        } else {
            double half = mean.n > 1 ? kith_t_quantile((1 + r->level) / 2, mean.n - 1) * sqrt(mean.variance / mean.n) : NAN;
            row(r, "mean", mean.mean, mean.mean - half, mean.mean + half, mean.n, none, "statistic: rows");
        }
    }
}

static int best_rows(report *r, const kith_trial_cell *cells, size_t n, size_t m) {
    double *room = kith_arena_alloc(r->t->arena, 3 * n * sizeof *room);
    if (!room) return KITH_SYSTEM;
    for (size_t i = 0; i < n; i++) {
        room[i] = (double)cells[i].tallies[m].ones;
        room[n + i] = (double)cells[i].tallies[m].y.sum.n;
    }
    kith_bayes_best(room, room + n, n, room + 2 * n);
    if (isnan(room[2 * n])) return KITH_SYSTEM;
    for (size_t i = 0; i < n; i++) {
        r->arm = cells[i].arm;
        row(r, "best", room[2 * n + i], none, none, none, none, "chance that the arm is the best of all");
    }
    return KITH_OK;
}

static int corrections(report *r, const kith_trial_cell *cells, size_t n, size_t control, const kith_effect *main_, kith_error *err) {
    size_t k = 0, all = n * r->t->n_metrics;
    double *holm = kith_arena_alloc(r->t->arena, 2 * all * sizeof *holm), *bh = holm + all;
    uint32_t *scratch = kith_arena_alloc(r->t->arena, all * sizeof *scratch);
    if (!holm || !scratch) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < r->t->n_metrics; m++, k++) holm[k] = bh[k] = i == control ? NAN : main_[k].p;
    kith_holm(holm, all, scratch);
    kith_benjamini_hochberg(bh, all, scratch);
    for (size_t m = 0; m < r->t->n_metrics; m++)
        for (size_t i = 0; i < n; i++) {
            k = i * r->t->n_metrics + m;
            if (i == control) continue;
            r->metric = r->t->metrics[m];
            r->arm = cells[i].arm;
            row(r, "holm", main_[k].estimate, none, none, main_[k].statistic, holm[k], "corrected over arms and metrics");
            row(r, "bh", main_[k].estimate, none, none, main_[k].statistic, bh[k], "false discovery rate over arms and metrics");
        }
    return KITH_OK;
}

static int segment(report *r, size_t from, size_t n, kith_error *err) {
    const kith_trial_table *t = r->t;
    const kith_trial_cell *cells = t->cells + from;
    size_t control = 0;
    while (control < n && !kith_str_equal(cells[control].arm, r->control)) control++;
    r->by = cells[0].by;
    sample_ratio(r, cells, n);
    if (control == n) {
        row(r, "difference", none, none, none, none, none, "the control is not in this segment");
        return KITH_OK;
    }
    for (size_t m = 0; m < t->n_metrics; m++) {
        bool binary = true, ratio = t->ratios[m];
        for (size_t i = 0; i < t->n; i++) binary &= kith_tally_binary(&t->cells[i].tallies[m]);
        r->metric = t->metrics[m];
        arm_rows(r, cells, n, m, ratio, binary);
        for (size_t i = 0; i < n; i++) {
            size_t k = (from + i) * t->n_metrics + m;
            if (i == control) continue;
            r->arm = cells[i].arm;
            KITH_TRY(compare(r, &cells[control].tallies[m], &cells[i].tallies[m], ratio, binary, &r->main_[k], &r->se[k], err));
        }
        if (n > 2 && binary && !ratio && best_rows(r, cells, n, m) != KITH_OK) return kith_no_memory(err);
    }
    if ((n - 1) * t->n_metrics > 1) return corrections(r, cells, n, control, r->main_ + from * t->n_metrics, err);
    return KITH_OK;
}

/* ---- segments together ----------------------------------------------------------------------------------------- */

/* For each metric and arm: the segments' effects, drawn together. */
static int shrunk_rows(report *r, kith_error *err) {
    const kith_trial_table *t = r->t;
    double *room = kith_arena_alloc(t->arena, 4 * t->n * sizeof *room);
    bool *done = kith_arena_zalloc(t->arena, (t->n + 1) * sizeof *done);
    if (!room || !done) return kith_no_memory(err);
    double *e = room, *se = room + t->n, *shrunk = room + 2 * t->n, *half = room + 3 * t->n;
    for (size_t m = 0; m < t->n_metrics; m++) {
        memset(done, 0, t->n * sizeof *done);
        for (size_t first = 0; first < t->n; first++) {
            if (done[first] || isnan(r->se[first * t->n_metrics + m])) continue;
            for (size_t i = 0; i < t->n; i++) {
                size_t k = i * t->n_metrics + m;
                bool same = kith_str_equal(t->cells[i].arm, t->cells[first].arm);
                done[i] |= same;
                e[i] = same ? r->main_[k].estimate : NAN;
                se[i] = same ? r->se[k] : NAN;
            }
            kith_shrink(e, se, t->n, r->level, shrunk, half);
            for (size_t i = 0; i < t->n; i++) {
                if (isnan(shrunk[i])) continue;
                r->by = t->cells[i].by;
                r->arm = t->cells[i].arm;
                r->metric = t->metrics[m];
                row(r, "shrunk", shrunk[i], shrunk[i] - half[i], shrunk[i] + half[i], none, none, "drawn to the segments' common mean as far as chance explains their spread");
            }
        }
    }
    return KITH_OK;
}

static bool same_segment(const kith_trial_table *t, size_t a, size_t b) {
    for (size_t i = 0; i < t->n_by; i++)
        if (!kith_str_equal(t->cells[a].by[i], t->cells[b].by[i])) return false;
    return true;
}

int kith_trial_report(const kith_trial_table *t, char delimiter, kith_buf *out, kith_error *err) {
    static const char *const heads[] = {"metric", "arm", "method", "estimate", "low", "high", "statistic", "p", "note"};
    report *r = kith_arena_zalloc(t->arena, sizeof *r);
    if (!r) return kith_no_memory(err);
    r->t = t;
    r->control = control_name(t);
    r->w = kith_row_begin(out, delimiter);
    r->level = kith_params_number(t->params, "level", .95);
    r->tau = kith_params_number(t->params, "tau", 0);
    r->planned = kith_params_number(t->params, "planned", 0);
    double looks = kith_params_number(t->params, "looks", 0), look = kith_params_number(t->params, "look", 0), bound = kith_params_number(t->params, "bound", 0);
    if (looks >= 1 && looks <= LOOKS_MOST && look >= 1 && look <= looks) { /* a state's word is not trusted */
        r->looks = (int64_t)looks;
        r->look = (int64_t)look;
    }
    size_t cells = t->n * t->n_metrics + 1;
    r->main_ = kith_arena_alloc(t->arena, cells * sizeof *r->main_);
    r->se = kith_arena_alloc(t->arena, cells * sizeof *r->se);
    if (!r->main_ || !r->se) return kith_no_memory(err);
    for (size_t i = 0; i < cells; i++) {
        r->main_[i] = (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
        r->se[i] = NAN;
    }
    if (r->looks)
        KITH_TRY(kith_group_bounds(bound >= 0 && bound <= 3 ? (kith_bound)bound : KITH_BOUND_OBRIEN_FLEMING, (size_t)r->looks, NULL, 1 - r->level, r->bound, err));
    if (t->n || t->by)
        for (size_t i = 0; i < t->n_by; i++) kith_put_name(&r->w, t->by[i]);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) kith_put_string(&r->w, heads[i]);
    kith_row_end(&r->w);
    for (size_t from = 0, to; from < t->n; from = to) {
        for (to = from + 1; to < t->n && same_segment(t, from, to);) to++;
        KITH_TRY(segment(r, from, to - from, err));
    }
    return t->n_by ? shrunk_rows(r, err) : KITH_OK;
}
