/* Marketing mix by variable projection.
 *
 * For given transforms least squares gives β, γ and the residuals r(θ); the search over θ is Levenberg–Marquardt on r with
 * forward differences, kept in a box, from the best few of a fixed set of Halton points and the caller's start. Tried: BFGS on
 * the projected sum of squares (three times the evaluations, and it stalls at the box).
 *
 * A prior on a return is one more row of the least squares: return = β g with g = Σ saturated ÷ spent, weighed by σ/sd. Where two
 * columns cannot be told apart the solution is that of the least length (a ridge of 1e-9), and the inflation says so. */
#include <kith/mix.h>
#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 48, KEPT = 5, STEPS = 200 };

const char *const kith_mix_parameter_names[3][3][KITH_MIX_SHAPE] = {
    {{NULL, NULL, NULL, NULL}, {NULL, NULL, "lambda", NULL}, {NULL, NULL, "gamma", "slope"}},
    {{"alpha", NULL, NULL, NULL}, {"alpha", NULL, "lambda", NULL}, {"alpha", NULL, "gamma", "slope"}},
    {{"shape", "scale", NULL, NULL}, {"shape", "scale", "lambda", NULL}, {"shape", "scale", "gamma", "slope"}},
};

/* The box of a parameter. */
static void range(const kith_mix *m, size_t place, double *low, double *high) {
    static const double geometric[2] = {0, .95}, shape[2] = {.5, 5}, scale[2] = {.3, 12}, lambda[2] = {.05, 30}, gamma[2] = {.02, 1}, slope[2] = {.3, 4};
    const double *r = place == 0 ? (m->adstock == KITH_ADSTOCK_GEOMETRIC ? geometric : shape)
                      : place == 1 ? scale
                      : place == 2 ? (m->saturation == KITH_SATURATION_LOGISTIC ? lambda : gamma)
                                   : slope;
    *low = r[0];
    *high = r[1];
}

/* ---- transforms ------------------------------------------------------------------------------------------------ */

enum { LAGS_MOST = 64 };

static double weights(const kith_mix *m, const double *shape, double *w, size_t *n) {
    double sum = 0;
    *n = m->lags;
    if (m->adstock == KITH_ADSTOCK_NONE) *n = 1;
    for (size_t l = 0; l < *n; l++) {
        double at = ((double)l + .5) / shape[1];
        w[l] = m->adstock == KITH_ADSTOCK_NONE ? 1 : m->adstock == KITH_ADSTOCK_GEOMETRIC ? pow(shape[0], (double)l) : pow(at, shape[0] - 1) * exp(-pow(at, shape[0]));
        sum += w[l];
    }
    for (size_t l = 0; l < *n; l++) w[l] = sum > 0 ? w[l] / sum : l == 0;
    return 1;
}

static double saturate(const kith_mix *m, const double *shape, double half, double z) {
    if (m->saturation == KITH_SATURATION_LOGISTIC) return tanh(shape[2] * z / 2);
    if (m->saturation == KITH_SATURATION_NONE) return z;
    if (z <= 0) return 0;
    return 1 / (1 + pow(half / z, shape[3]));
}

/* The adstocked series of channel c, spending times `scale`, into out (rows, `stride` apart). */
static void adstocked(const kith_mix *m, size_t c, const double *shape, double peak, double scale, double *out, size_t stride) {
    double w[LAGS_MOST], carried = 0;
    size_t n;
    weights(m, shape, w, &n);
    for (size_t t = 0; t < m->rows; t++) {
        double sum = 0;
        if (n == 0) sum = carried = scale * m->spend[t * m->channels + c] / peak + shape[0] * carried;
        for (size_t l = 0; l < n && l <= t; l++) sum += w[l] * scale * m->spend[(t - l) * m->channels + c] / peak;
        out[t * stride] = sum;
    }
}

/* Hill's k for these weights. */
static double half_point(const kith_mix *m, const double *shape, const double *z, size_t stride) {
    double low = INFINITY, high = -INFINITY;
    if (m->saturation != KITH_SATURATION_HILL) return NAN;
    for (size_t t = 0; t < m->rows; t++) {
        low = fmin(low, z[t * stride]);
        high = fmax(high, z[t * stride]);
    }
    return low + shape[2] * (high - low);
}

/* ---- least squares for given transforms ------------------------------------------------------------------------ */

typedef struct work {
    kith_mix *m;
    const double *peak, *spent;
    size_t columns, room_rows; /* channels + controls; rows with the priors' and ridge's */
    double *x, *y, *copy, *coefficient, *residual, *covariance;
    double sigma; /* for the priors */
    bool apart;   /* the plain least squares had full rank */
    bool starved; /* a fit had no memory */
} work;

static void set_rows(work *k, const double *theta) {
    kith_mix *m = k->m;
    for (size_t c = 0; c < m->channels; c++) {
        const double *shape = theta + c * KITH_MIX_SHAPE;
        adstocked(m, c, shape, k->peak[c], 1, k->x + c, k->columns);
        double half = half_point(m, shape, k->x + c, k->columns);
        for (size_t t = 0; t < m->rows; t++) k->x[t * k->columns + c] = saturate(m, shape, half, k->x[t * k->columns + c]);
    }
    for (size_t t = 0; t < m->rows; t++) {
        memcpy(k->x + t * k->columns + m->channels, m->control + t * m->controls, m->controls * sizeof(double));
        k->y[t] = m->outcome[t];
    }
}

/* Rows for priors and ridge; returns their number. `small` adds the ridge that picks the shortest solution. */
static size_t belief_rows(work *k, bool small) {
    kith_mix *m = k->m;
    size_t n = m->rows;
    for (size_t c = 0; c < m->channels; c++) {
        double sum = 0, squares = 0;
        for (size_t t = 0; t < m->rows; t++) {
            sum += k->x[t * k->columns + c];
            squares += k->x[t * k->columns + c] * k->x[t * k->columns + c];
        }
        double spread = squares - sum * sum / (double)m->rows, *row = k->x + n * k->columns;
        if (m->ridge > 0 || small) {
            memset(row, 0, k->columns * sizeof *row);
            row[c] = sqrt((m->ridge + (small ? 1e-9 : 0)) * (spread > 0 ? spread : 1));
            k->y[n++] = 0;
            row += k->columns;
        }
        if (m->channel[c].has_prior && k->sigma > 0) {
            memset(row, 0, k->columns * sizeof *row);
            double weight = k->sigma / m->channel[c].prior_sd;
            row[c] = weight * sum / k->spent[c];
            k->y[n++] = weight * m->channel[c].prior_mean;
        }
    }
    return n;
}

/* Solves; residual holds what is to be squared (beliefs included), and `rss` the data's part. Returns their number of rows. */
static size_t project(work *k, const double *theta, double *objective, double *rss, double *covariance) {
    kith_mix *m = k->m;
    size_t n = 0;
    set_rows(k, theta);
    for (int small = 0; small < 2; small++) {
        n = belief_rows(k, small);
        memcpy(k->copy, k->x, n * k->columns * sizeof(double));
        memcpy(k->residual, k->y, n * sizeof(double));
        k->apart = !small;
        int status = kith_least_squares(n, k->columns, k->copy, k->residual, k->coefficient, covariance, NULL, NULL);
        if (status == KITH_OK) break;
        k->starved |= status == KITH_SYSTEM;
        if (small) {
            *objective = *rss = INFINITY;
            return n;
        }
    }
    *objective = *rss = 0;
    for (size_t t = 0; t < n; t++) {
        double fitted = 0;
        for (size_t j = 0; j < k->columns; j++) fitted += k->x[t * k->columns + j] * k->coefficient[j];
        k->residual[t] = k->y[t] - fitted;
        *objective += k->residual[t] * k->residual[t];
        if (t < m->rows) *rss += k->residual[t] * k->residual[t];
    }
    return n;
}

/* ---- the search ------------------------------------------------------------------------------------------------ */

typedef struct box {
    size_t n, place[KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE]; /* of the free parameters in theta */
    double low[KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE], high[KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE];
} box;

static double clamp(double v, double low, double high) { return v < low ? low : v > high ? high : v; }

/* Levenberg–Marquardt in the box; theta is improved, the objective returned. `room`: (n + 2) × rows + 3 n² + 4 n. */
static double descend(work *k, const box *b, double *theta, double *room, bool *converged) {
    size_t n = b->n, rows;
    double objective, rss, lambda = 1e-3, fresh;
    double *jacobian = room, *base = jacobian + n * k->room_rows, *trial = base + k->room_rows, *normal = trial + KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE;
    double *a = normal + n * n, *g = a + n * n, *step = g + n;
    rows = project(k, theta, &objective, &rss, NULL);
    memcpy(base, k->residual, rows * sizeof *base);
    *converged = false;
    for (int it = 0; it < STEPS && !*converged && n; it++) {
        memcpy(trial, theta, k->m->channels * KITH_MIX_SHAPE * sizeof *trial);
        for (size_t j = 0; j < n; j++) {
            double v = theta[b->place[j]], h = 1e-6 * (b->high[j] - b->low[j]);
            if (v + h > b->high[j]) h = -h;
            trial[b->place[j]] = v + h;
            project(k, trial, &fresh, &rss, NULL);
            for (size_t t = 0; t < rows; t++) jacobian[j * rows + t] = (k->residual[t] - base[t]) / h;
            trial[b->place[j]] = v;
        }
        for (size_t i = 0; i < n; i++) {
            g[i] = 0;
            for (size_t t = 0; t < rows; t++) g[i] -= jacobian[i * rows + t] * base[t];
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t t = 0; t < rows; t++) sum += jacobian[i * rows + t] * jacobian[j * rows + t];
                normal[i * n + j] = normal[j * n + i] = sum;
            }
        }
        bool better = false;
        for (int attempt = 0; attempt < 25 && !better; attempt++, lambda = lambda > 1e-12 ? lambda * 4 : 1e-12) {
            memcpy(a, normal, n * n * sizeof *a);
            memcpy(step, g, n * sizeof *g);
            for (size_t i = 0; i < n; i++) { /* at an edge and pushed outwards: stays */
                double v = theta[b->place[i]];
                bool stays = (v <= b->low[i] && g[i] < 0) || (v >= b->high[i] && g[i] > 0);
                if (stays || !(normal[i * n + i] > 0)) {
                    for (size_t j = 0; j < n; j++) a[i * n + j] = a[j * n + i] = 0;
                    a[i * n + i] = 1;
                    step[i] = 0;
                } else
                    a[i * n + i] *= 1 + lambda;
            }
            if (kith_cholesky(n, a, NULL) != KITH_OK) continue;
            kith_cholesky_solve(n, a, step);
            for (size_t i = 0; i < n; i++) trial[b->place[i]] = clamp(theta[b->place[i]] + step[i], b->low[i], b->high[i]);
            project(k, trial, &fresh, &rss, NULL);
            better = fresh < objective;
        }
        if (!better || objective - fresh < 1e-13 * objective) *converged = true;
        if (!better) break;
        project(k, trial, &fresh, &rss, NULL);
        memcpy(base, k->residual, rows * sizeof *base);
        memcpy(theta, trial, k->m->channels * KITH_MIX_SHAPE * sizeof *theta);
        objective = fresh;
        lambda /= 16;
    }
    if (!n) *converged = true;
    return objective;
}

static double halton(size_t i, size_t dimension) {
    static const size_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71};
    size_t base = primes[dimension % (sizeof primes / sizeof *primes)];
    double f = 1, v = 0;
    for (i += 20 + dimension / 20 * 7; i; i /= base) v += (f /= (double)base) * (double)(i % base);
    return v;
}

static int search(work *k, const box *b, double *theta, kith_arena *arena, bool *converged, kith_error *err) {
    kith_mix *m = k->m;
    size_t wide = m->channels * KITH_MIX_SHAPE, n = b->n;
    double *start = kith_arena_alloc(arena, (STARTS + 2) * wide * sizeof *start), value[STARTS + 1], best = INFINITY;
    double *room = kith_arena_alloc(arena, ((n + 2) * k->room_rows + 3 * n * n + 8 * n + KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE) * sizeof *room);
    double *chosen = start ? start + (STARTS + 1) * wide : NULL, rss;
    if (!start || !room) return kith_no_memory(err);
    memcpy(chosen, theta, wide * sizeof *theta);
    for (size_t s = 0; s <= STARTS && (n || s == 0); s++) { /* start 0 is the caller's */
        double *at = start + s * wide;
        memcpy(at, theta, wide * sizeof *at);
        for (size_t j = 0; j < n && s; j++) {
            double u = halton(s, j);
            bool wide_range = b->low[j] > 0 && b->high[j] / b->low[j] > 20;
            at[b->place[j]] = wide_range ? b->low[j] * pow(b->high[j] / b->low[j], u) : b->low[j] + u * (b->high[j] - b->low[j]);
        }
        project(k, at, &value[s], &rss, NULL);
    }
    for (int kept = 0; kept < (n ? KEPT + 1 : 1); kept++) {
        size_t s = 0;
        if (kept)
            for (size_t i = 0; i <= STARTS; i++)
                if (value[i] < value[s] || isinf(value[s])) s = i;
        if (kept && isinf(value[s])) break;
        value[s] = INFINITY;
        bool done;
        double got = descend(k, b, start + s * wide, room, &done);
        if (got < best) {
            best = got;
            *converged = done;
            memcpy(chosen, start + s * wide, wide * sizeof *chosen);
        }
    }
    memcpy(theta, chosen, wide * sizeof *theta);
    return KITH_OK;
}

/* ---- what the fit says ----------------------------------------------------------------------------------------- */

static double total_response(work *k, size_t c, const double *shape, double beta, double half, double scale, double *room) {
    double sum = 0;
    adstocked(k->m, c, shape, k->peak[c], scale, room, 1);
    if (isnan(half)) half = half_point(k->m, shape, room, 1);
    for (size_t t = 0; t < k->m->rows; t++) sum += beta * saturate(k->m, shape, half, room[t]);
    return sum;
}

/* Variance inflation of each channel's column by least squares on all other columns, and its nearest twin by partial correlation. */
static int inflations(work *k, kith_mix_fit *fit, double *room) {
    kith_mix *m = k->m;
    size_t p = k->columns - 1;
    double *x = room, *y = x + m->rows * p, *b = y + m->rows, *rest = b + k->columns; /* rest: channels × rows, controls taken out */
    for (size_t c = 0; c < m->channels; c++) {
        double mean = 0, total = 0, rss = NAN;
        for (size_t t = 0; t < m->rows; t++) {
            for (size_t j = 0, at = 0; j < k->columns; j++)
                if (j != c) x[t * p + at++] = k->x[t * k->columns + j];
            y[t] = k->x[t * k->columns + c];
            mean += y[t] / (double)m->rows;
        }
        for (size_t t = 0; t < m->rows; t++) total += (y[t] - mean) * (y[t] - mean);
        int status = p ? kith_least_squares(m->rows, p, x, y, b, NULL, &rss, NULL) : KITH_DATA;
        if (status == KITH_SYSTEM) return status;
        fit->inflation[c] = status != KITH_OK ? (p ? INFINITY : 1) : rss > 1e-12 * total ? total / rss : INFINITY;
        for (size_t t = 0; t < m->rows; t++) { /* without the controls */
            memcpy(x + t * m->controls, m->control + t * m->controls, m->controls * sizeof *x);
            rest[c * m->rows + t] = y[t] = k->x[t * k->columns + c];
        }
        status = m->controls ? kith_least_squares(m->rows, m->controls, x, y, b, NULL, NULL, NULL) : KITH_DATA;
        if (status == KITH_SYSTEM) return status;
        if (status == KITH_OK)
            for (size_t t = 0; t < m->rows; t++)
                for (size_t j = 0; j < m->controls; j++) rest[c * m->rows + t] -= m->control[t * m->controls + j] * b[j];
    }
    for (size_t c = 0; c < m->channels; c++) {
        double best = 0;
        fit->twin[c] = SIZE_MAX;
        for (size_t d = 0; d < m->channels; d++) {
            double cc = 0, dd = 0, cd = 0;
            for (size_t t = 0; t < m->rows; t++) {
                cc += rest[c * m->rows + t] * rest[c * m->rows + t];
                dd += rest[d * m->rows + t] * rest[d * m->rows + t];
                cd += rest[c * m->rows + t] * rest[d * m->rows + t];
            }
            if (d != c && cc > 0 && dd > 0 && cd * cd / (cc * dd) > best) {
                best = cd * cd / (cc * dd);
                fit->twin[c] = d;
            }
        }
    }
    return KITH_OK;
}

/* Standard errors of the returns: delta method over all parameters, from the Jacobian of the fitted values. */
static void standard_errors(work *k, const box *b, const double *theta, kith_mix_fit *fit, double *room) {
    kith_mix *m = k->m;
    size_t n = 0, p = k->columns, all = b->n + p, rows = m->rows;
    double *j = room, *residual = j + k->room_rows * all, *cov = residual + k->room_rows, *beta = cov + all * all, *trial = beta + all, *series = trial + KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE;
    double objective, rss, *gradient = series + rows;
    size_t used[KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE];
    for (size_t i = 0; i < b->n; i++) /* a parameter at its edge is taken as known */
        if (theta[b->place[i]] > b->low[i] && theta[b->place[i]] < b->high[i]) used[n++] = i;
    all = n + p;
    size_t total = project(k, theta, &objective, &rss, NULL);
    memcpy(beta, k->coefficient, p * sizeof *beta);
    for (size_t t = 0; t < total; t++) memcpy(j + t * all + n, k->x + t * p, p * sizeof *j);
    memcpy(trial, theta, m->channels * KITH_MIX_SHAPE * sizeof *trial);
    memset(residual, 0, total * sizeof *residual);
    for (size_t i = 0; i < n; i++) {
        size_t at = b->place[used[i]], c = at / KITH_MIX_SHAPE;
        double h = 1e-6 * (b->high[used[i]] - b->low[used[i]]);
        for (int side = -1; side <= 1; side += 2) {
            trial[at] = clamp(theta[at] + side * h, b->low[used[i]], b->high[used[i]]);
            set_rows(k, trial);
            for (size_t t = 0; t < total; t++) {
                double v = t < rows ? beta[c] * k->x[t * p + c] : 0;
                j[t * all + i] = side < 0 ? v : (v - j[t * all + i]) / (2 * h);
            }
        }
        trial[at] = theta[at];
    }
    int status = rows > all ? kith_least_squares(total, all, j, residual, gradient, cov, NULL, NULL) : KITH_DATA;
    k->starved |= status == KITH_SYSTEM;
    for (size_t c = 0; c < m->channels; c++) {
        fit->returns_se[c] = NAN;
        if (status != KITH_OK || !(k->spent[c] > 0)) continue;
        double v = 0, base = total_response(k, c, theta + c * KITH_MIX_SHAPE, beta[c], NAN, 1, series);
        memset(gradient, 0, all * sizeof *gradient);
        gradient[n + c] = beta[c] != 0 ? base / beta[c] / k->spent[c] : 0;
        for (size_t i = 0; i < n; i++) {
            size_t at = b->place[used[i]];
            if (at / KITH_MIX_SHAPE != c) continue;
            double h = 1e-6 * (b->high[used[i]] - b->low[used[i]]);
            trial[at] = theta[at] + h;
            gradient[i] = (total_response(k, c, trial + c * KITH_MIX_SHAPE, beta[c], NAN, 1, series) - base) / h / k->spent[c];
            trial[at] = theta[at];
        }
        for (size_t i = 0; i < all; i++)
            for (size_t l = 0; l < all; l++) v += gradient[i] * cov[i * all + l] * gradient[l];
        fit->returns_se[c] = fit->sigma * sqrt(v);
    }
}

static int check(const kith_mix *m, double *peak, double *spent, kith_error *err) {
    if (!m->channels || m->channels > KITH_MIX_CHANNELS_MOST) return kith_fail(err, KITH_USAGE, "1 to %d channels", KITH_MIX_CHANNELS_MOST);
    if (m->lags > LAGS_MOST || (m->lags == 0 && m->adstock == KITH_ADSTOCK_WEIBULL)) return kith_fail(err, KITH_USAGE, "1 to %d lags", LAGS_MOST);
    for (size_t c = 0; c < m->channels; c++) {
        peak[c] = spent[c] = 0;
        for (size_t t = 0; t < m->rows; t++) {
            double v = m->spend[t * m->channels + c];
            if (!(v >= 0)) return kith_fail(err, KITH_DATA, "channel %zu, period %zu: negative spending", c + 1, t + 1);
            peak[c] = fmax(peak[c], v);
            spent[c] += v;
        }
        if (!(peak[c] > 0)) return kith_fail(err, KITH_DATA, "channel %zu: nothing was ever spent", c + 1);
    }
    return KITH_OK;
}

int kith_mix_solve(kith_mix *m, kith_arena *arena, kith_mix_fit *fit, kith_error *err) {
    size_t C = m->channels, p = C + m->controls, rows = m->rows + 2 * C, wide = C * KITH_MIX_SHAPE;
    *fit = (kith_mix_fit){0};
    double *r = kith_arena_zalloc(arena, (10 * C + p + wide) * sizeof *r);
    if (!r) return kith_no_memory(err);
    double **lists[] = {&fit->beta, &fit->contribution, &fit->share, &fit->spent, &fit->returns, &fit->returns_se, &fit->marginal, &fit->inflation, &fit->peak, &fit->half};
    for (size_t i = 0; i < 10; i++) *lists[i] = r + i * C;
    double *theta = r + 10 * C;
    fit->gamma = theta + wide;
    fit->twin = kith_arena_zalloc(arena, (C + 1) * sizeof *fit->twin);
    fit->at_bound = kith_arena_zalloc(arena, wide + 1);
    work k = {.m = m, .peak = fit->peak, .spent = fit->spent, .columns = p, .room_rows = rows};
    size_t all = p + wide;
    k.x = kith_arena_alloc(arena, (2 * rows * p + 2 * rows + p) * sizeof(double));
    double *room = kith_arena_alloc(arena, (rows * (all + 2) + all * all + 3 * all + C * rows + rows * p + 2 * p + KITH_MIX_CHANNELS_MOST * KITH_MIX_SHAPE) * sizeof *room);
    if (!fit->twin || !fit->at_bound || !k.x || !room) return kith_no_memory(err);
    k.copy = k.x + rows * p;
    k.y = k.copy + rows * p;
    k.residual = k.y + rows;
    k.coefficient = k.residual + rows;
    KITH_TRY(check(m, fit->peak, fit->spent, err));
    box b = {0};
    bool beliefs = false;
    for (size_t c = 0; c < C; c++) {
        beliefs |= m->channel[c].has_prior;
        for (size_t i = 0; i < KITH_MIX_SHAPE; i++) {
            theta[c * KITH_MIX_SHAPE + i] = m->channel[c].shape[i];
            if (m->channel[c].fixed[i] || !kith_mix_parameter_names[m->adstock][m->saturation][i]) continue;
            b.place[b.n] = c * KITH_MIX_SHAPE + i;
            range(m, i, &b.low[b.n], &b.high[b.n]);
            theta[b.place[b.n]] = clamp(theta[b.place[b.n]], b.low[b.n], b.high[b.n]);
            b.n++;
        }
    }
    if (m->rows <= p + b.n) return kith_fail(err, KITH_DATA, "%zu periods are too few for %zu coefficients and %zu shapes", m->rows, p, b.n);
    double objective = 0;
    for (int pass = 0; pass < (beliefs ? 3 : 1); pass++) { /* the priors' weight needs the noise: first without, then with it */
        KITH_TRY(search(&k, &b, theta, arena, &fit->converged, err));
        project(&k, theta, &objective, &fit->rss, NULL);
        fit->sigma = sqrt(fit->rss / (double)(m->rows - p - b.n));
        k.sigma = fit->sigma;
    }
    if (k.starved) return kith_no_memory(err);
    if (!isfinite(objective)) return kith_fail(err, KITH_DATA, "the controls depend on one another: leave one out");
    fit->free_shapes = b.n;
    memcpy(fit->beta, k.coefficient, C * sizeof(double));
    memcpy(fit->gamma, k.coefficient + C, m->controls * sizeof(double));
    for (size_t i = 0; i < b.n; i++) fit->at_bound[b.place[i]] = theta[b.place[i]] <= b.low[i] || theta[b.place[i]] >= b.high[i];
    double mean = 0, total = 0;
    for (size_t t = 0; t < m->rows; t++) mean += m->outcome[t] / (double)m->rows;
    for (size_t t = 0; t < m->rows; t++) total += (m->outcome[t] - mean) * (m->outcome[t] - mean);
    fit->r2 = total > 0 ? 1 - fit->rss / total : NAN;
    for (size_t c = 0; c < C; c++) {
        const double *shape = theta + c * KITH_MIX_SHAPE;
        memcpy(m->channel[c].shape, shape, KITH_MIX_SHAPE * sizeof *shape);
        adstocked(m, c, shape, fit->peak[c], 1, room, 1);
        fit->half[c] = half_point(m, shape, room, 1);
        fit->contribution[c] = total_response(&k, c, shape, fit->beta[c], fit->half[c], 1, room);
        fit->share[c] = mean != 0 ? fit->contribution[c] / (mean * (double)m->rows) : NAN;
        fit->returns[c] = fit->contribution[c] / fit->spent[c];
        fit->marginal[c] = (total_response(&k, c, shape, fit->beta[c], fit->half[c], 1.001, room) - total_response(&k, c, shape, fit->beta[c], fit->half[c], .999, room)) / (.002 * fit->spent[c]);
    }
    standard_errors(&k, &b, theta, fit, room);
    project(&k, theta, &objective, &fit->rss, NULL);
    return k.starved || inflations(&k, fit, room) == KITH_SYSTEM ? kith_no_memory(err) : KITH_OK;
}

/* ---- spending it better ---------------------------------------------------------------------------------------- */

double kith_mix_response(const kith_mix *m, const kith_mix_fit *fit, size_t c, double spend) {
    const double *shape = m->channel[c].shape;
    double z = spend / fit->peak[c];
    if (m->adstock == KITH_ADSTOCK_GEOMETRIC && m->lags == 0) z /= 1 - shape[0];
    return fit->beta[c] * saturate(m, shape, fit->half[c], z);
}

int kith_mix_allocate(const kith_mix *m, const kith_mix_fit *fit, double budget, const double *low, const double *high, double *spend,
                      kith_error *err) {
    enum { GRID = 800 };
    size_t C = m->channels;
    double least = 0, most = 0;
    for (size_t c = 0; c < C; c++) {
        if (!(low[c] >= 0 && high[c] >= low[c])) return kith_fail(err, KITH_USAGE, "channel %zu: its bounds are crossed or negative", c + 1);
        least += low[c];
        most += high[c];
    }
    if (budget < least * (1 - 1e-12) || budget > most * (1 + 1e-12)) return kith_fail(err, KITH_USAGE, "the bounds cannot hold this budget");
    double step = (budget - least) / GRID;
    double *best = malloc(2 * (GRID + 1) * sizeof *best);
    uint16_t *choice = malloc(C * (GRID + 1) * sizeof *choice);
    if (!best || !choice) {
        free(best);
        free(choice);
        return kith_no_memory(err);
    }
    double *next = best + GRID + 1;
    for (int g = 0; g <= GRID; g++) best[g] = g ? -INFINITY : 0;
    for (size_t c = 0; c < C; c++) {
        for (int g = 0; g <= GRID; g++) next[g] = -INFINITY;
        for (int add = 0; add <= GRID && low[c] + add * step <= high[c] * (1 + 1e-12); add++) {
            double gain = kith_mix_response(m, fit, c, low[c] + add * step);
            for (int g = add; g <= GRID; g++)
                if (best[g - add] + gain > next[g]) {
                    next[g] = best[g - add] + gain;
                    choice[c * (GRID + 1) + (size_t)g] = (uint16_t)add;
                }
            if (step == 0) break;
        }
        double *swap = best; /* both halves of one block: copied back at the end of each round */
        memcpy(swap, next, (GRID + 1) * sizeof *best);
    }
    int at = GRID;
    while (at > 0 && isinf(best[at])) at--; /* upper bounds between grid points: the rest is given below */
    double left = budget;
    for (size_t c = C; c-- > 0;) {
        int add = step > 0 ? choice[c * (GRID + 1) + (size_t)at] : 0;
        spend[c] = fmin(low[c] + add * step, high[c]);
        left -= spend[c];
        at -= add;
    }
    for (size_t c = 0; c < C && left > 0; c++) { /* what the grid left over */
        double more = fmin(left, high[c] - spend[c]);
        spend[c] += more;
        left -= more;
    }
    for (double move = step; move > 1e-10 * budget && move > 0; move /= 2)
        for (bool moved = true; moved;) {
            moved = false;
            for (size_t a = 0; a < C; a++)
                for (size_t b = 0; b < C; b++) {
                    if (a == b || spend[a] - move < low[a] || spend[b] + move > high[b]) continue;
                    double gain = kith_mix_response(m, fit, a, spend[a] - move) + kith_mix_response(m, fit, b, spend[b] + move) -
                                  kith_mix_response(m, fit, a, spend[a]) - kith_mix_response(m, fit, b, spend[b]);
                    if (gain > 1e-13 * fabs(kith_mix_response(m, fit, b, spend[b]))) {
                        spend[a] -= move;
                        spend[b] += move;
                        moved = true;
                    }
                }
        }
    free(best);
    free(choice);
    return KITH_OK;
}
