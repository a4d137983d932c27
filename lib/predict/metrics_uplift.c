/* Metrics of an uplift score, as scikit-uplift 0.5.1 defines them: curves at distinct scores, areas by trapezoids. */
#include "ranking.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked { /* rows in one order, with where the runs of equal scores end */
    uint32_t *order;
    uint8_t *ends;
} ranked;

typedef struct uplift {
    const double *y;
    const uint8_t *treated;
    size_t n;
    bool binary;
    const double *score;
    ranked actual, perfect_qini, perfect_auuc;
    const kith_eval_options *o;
} uplift;

static int rank(const double *score, size_t n, kith_arena *arena, ranked *r, kith_error *err) {
    r->order = kith_arena_alloc(arena, (n + 1) * sizeof *r->order);
    r->ends = kith_arena_alloc(arena, n + 1);
    if (!r->order || !r->ends) return kith_no_memory(err);
    KITH_TRY(kith_order_down(score, n, true, r->order, err));
    for (size_t i = 0; i < n; i++) r->ends[i] = i + 1 == n || score[r->order[i]] != score[r->order[i + 1]];
    return KITH_OK;
}

/* The area under a curve, and its last point. Qini: Yt − Yc·Nt/Nc; uplift: (Yt/Nt − Yc/Nc)·N. */
static double area(const uplift *u, const ranked *r, bool qini, const double *weight, double *last_x, double *last_y) {
    double nt = 0, nc = 0, yt = 0, yc = 0, x = 0, q = 0, sum = 0;
    for (size_t i = 0; i < u->n; i++) {
        uint32_t row = r->order[i];
        double w = weight ? weight[row] : 1;
        if (u->treated[row]) {
            nt += w;
            yt += w * u->y[row];
        } else {
            nc += w;
            yc += w * u->y[row];
        }
        if (!r->ends[i]) continue;
        double to_x = nt + nc, to_q;
        if (qini) to_q = yt - (nc > 0 ? yc * (nt / nc) : 0);
        else to_q = ((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * to_x;
        sum += (to_x - x) * (to_q + q) / 2;
        x = to_x;
        q = to_q;
    }
    *last_x = x;
    *last_y = q;
    return sum;
}

static double normalised(const uplift *u, const ranked *perfect, bool qini, const double *weight) {
    double x, q, best = area(u, perfect, qini, weight, &x, &q), base = x * q / 2;
    double actual = area(u, &u->actual, qini, weight, &x, &q);
    return best != base ? (actual - base) / (best - base) : NAN;
}

static double difference(double nt, double yt, double nc, double yc) {
    return nt > 0 && nc > 0 ? yt / nt - yc / nc : NAN;
}

/* qini, auuc, ate, then uplift at each k. */
static int uplift_measures(const void *ctx, const double *weight, double *out, kith_error *err) {
    (void)err;
    const uplift *u = ctx;
    double nt = 0, nc = 0, yt = 0, yc = 0, total = 0;
    out[0] = normalised(u, &u->perfect_qini, true, weight);
    out[1] = u->binary ? normalised(u, &u->perfect_auuc, false, weight) : NAN;
    for (size_t i = 0; i < u->n; i++) total += weight ? weight[i] : 1;
    for (size_t k = 0; k < u->o->n_at; k++) out[3 + k] = NAN;
    for (size_t i = 0; i <= u->n; i++) {
        for (size_t k = 0; k < u->o->n_at; k++) {
            double first = floor(u->o->at[k] * total + 1e-9);
            if (isnan(out[3 + k]) && nt + nc >= first && nt + nc > 0) out[3 + k] = difference(nt, yt, nc, yc);
        }
        if (i == u->n) break;
        uint32_t row = u->actual.order[i];
        double w = weight ? weight[row] : 1;
        if (u->treated[row]) {
            nt += w;
            yt += w * u->y[row];
        } else {
            nc += w;
            yc += w * u->y[row];
        }
    }
    out[2] = difference(nt, yt, nc, yc);
    return KITH_OK;
}

static int prepare(uplift *u, kith_arena *arena, kith_error *err) {
    double *perfect = kith_arena_alloc(arena, (u->n + 1) * sizeof *perfect);
    if (!perfect) return kith_no_memory(err);
    size_t nt = 0, control_yes = 0, treated_no = 0;
    u->binary = true;
    for (size_t i = 0; i < u->n; i++) {
        bool t = u->treated[i];
        nt += t;
        u->binary = u->binary && (u->y[i] == 0 || u->y[i] == 1);
        control_yes += !t && u->y[i] == 1;
        treated_no += t && u->y[i] == 0;
        perfect[i] = t ? u->y[i] : -u->y[i];
    }
    if (nt == 0 || nt == u->n)
        return kith_fail(err, KITH_DATA, "%s: uplift needs people with the treatment and people without",
                         nt == 0 ? "no one was treated" : "a treatment without controls");
    KITH_TRY(rank(u->score, u->n, arena, &u->actual, err));
    KITH_TRY(rank(perfect, u->n, arena, &u->perfect_qini, err));
    for (size_t i = 0; i < u->n; i++)
        perfect[i] = 2 * (u->y[i] == u->treated[i]) + (control_yes > treated_no ? u->y[i] : u->treated[i]);
    return rank(perfect, u->n, arena, &u->perfect_auuc, err);
}

int kith_eval_uplift(const double *score, const double *y, const uint8_t *treated, size_t n, const kith_eval_options *o,
                     kith_arena *arena, kith_measure **out, size_t *n_out, kith_error *err) {
    uplift u = {.y = y, .treated = treated, .n = n, .score = score, .o = o};
    KITH_TRY(prepare(&u, arena, err));
    size_t m = 3 + o->n_at, k = 0;
    double *value = kith_arena_alloc(arena, 3 * m * sizeof *value);
    kith_measure *list = kith_arena_zalloc(arena, (m + 2) * sizeof *list);
    if (!value || !list) return kith_no_memory(err);
    KITH_TRY(uplift_measures(&u, NULL, value, err));
    KITH_TRY(bootstrap(n, m, o, uplift_measures, &u, value + m, value + 2 * m, err));
    list[k++] = (kith_measure){"qini", value[0], value[m], value[2 * m]};
    if (u.binary) list[k++] = (kith_measure){"auuc", value[1], value[m + 1], value[2 * m + 1]};
    for (size_t a = 0; a < o->n_at; a++) {
        const char *name = kith_arena_format(arena, "uplift%.4g", 100 * o->at[a]);
        if (!name) return kith_no_memory(err);
        list[k++] = (kith_measure){name, value[3 + a], value[m + 3 + a], value[2 * m + 3 + a]};
    }
    list[k++] = (kith_measure){"ate", value[2], value[m + 2], value[2 * m + 2]};
    size_t nt = 0;
    for (size_t i = 0; i < n; i++) nt += treated[i] != 0;
    list[k++] = (kith_measure){"rows", (double)n, NAN, NAN};
    list[k++] = (kith_measure){"treated", (double)nt, NAN, NAN};
    *out = list;
    *n_out = k;
    return KITH_OK;
}

static int one(const double *score, const double *y, const uint8_t *treated, size_t n, const double *at, double *qini,
               double *value, kith_error *err) {
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    kith_eval_options o = {.at = at, .n_at = at ? 1 : 0};
    uplift u = {.y = y, .treated = treated, .n = n, .score = score, .o = &o};
    double all[4] = {NAN, NAN, NAN, NAN};
    int status = prepare(&u, own, err);
    if (status == KITH_OK && qini) *qini = normalised(&u, &u.perfect_qini, true, NULL);
    if (status == KITH_OK && value) {
        status = uplift_measures(&u, NULL, all, err);
        *value = all[3];
    }
    kith_arena_free(own);
    return status;
}

int kith_qini(const double *score, const double *y, const uint8_t *treated, size_t n, double *qini, kith_error *err) {
    return one(score, y, treated, n, NULL, qini, NULL, err);
}

int kith_uplift_at(const double *score, const double *y, const uint8_t *treated, size_t n, double k, double *value,
                   kith_error *err) {
    return one(score, y, treated, n, &k, NULL, value, err);
}
