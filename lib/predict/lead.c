/* Lead models: encode, fit, calibrate on scores that did not see the row, and say why. */
#include <kith/lead.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INNER = 5 };

static int weights(const double *y, size_t n, double positive, double **out, kith_arena *arena, kith_error *err) {
    *out = NULL;
    if (positive == 0 || positive == 1) return KITH_OK;
    double ones = 0, w1 = positive, w0 = 1;
    for (size_t i = 0; i < n; i++) ones += y[i];
    if (positive < 0 && ones > 0 && ones < (double)n) { /* balanced, as scikit-learn: n ÷ (2·n of the class) */
        w1 = (double)n / (2 * ones);
        w0 = (double)n / (2 * ((double)n - ones));
    }
    double *w = kith_arena_alloc(arena, (n + 1) * sizeof *w);
    if (!w) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) w[i] = y[i] > 0 ? w1 : w0;
    *out = w;
    return KITH_OK;
}

size_t kith_inner_fold(const uint64_t *key, size_t row, uint64_t seed, size_t folds) {
    return (size_t)(kith_hash_mix(seed, key ? key[row] : row) % folds);
}

/* `from`: a model of more rows, whose encoding and cuts are taken (NULL: those that suit these rows). */
static int fit_plain(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const kith_lead_options *o,
                     const kith_lead *from, kith_arena *arena, kith_lead *lead, kith_error *err) {
    *lead = (kith_lead){.on_trees = o->on_trees, .calibration.slope = 1};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    double *target = kith_arena_alloc(own, (n + 1) * sizeof *target), *w = NULL;
    int status = target ? KITH_OK : kith_no_memory(err);
    double ones = 0;
    for (size_t i = 0; i < n && target; i++) {
        target[i] = y[rows ? rows[i] : i];
        ones += target[i];
    }
    lead->rate = n ? ones / (double)n : NAN;
    if (status == KITH_OK) status = weights(target, n, o->class_weight, &w, own, err);
    if (from) lead->encoding = from->encoding;
    else if (status == KITH_OK) status = kith_encoding_fit(frame, rows, n, arena, &lead->encoding, err);
    if (status == KITH_OK && lead->encoding.width == 0)
        status = kith_fail(err, KITH_DATA, "every column is constant: nothing tells people apart");
    if (status == KITH_OK && o->on_trees) {
        kith_tree_options t = o->trees;
        t.threads = o->threads;
        t.squared = false;
        status = kith_trees_fit(frame, &lead->encoding, rows, n, target, w, &t, arena, &lead->forest, err);
    } else if (status == KITH_OK) {
        kith_design d;
        kith_linear_options l = o->linear;
        l.threads = o->threads;
        status = kith_encode(&lead->encoding, frame, rows, n, own, &d, err);
        if (status == KITH_OK) status = kith_logistic_fit(&d, target, w, &l, arena, &lead->linear, err);
    }
    kith_arena_free(own);
    return status;
}

int kith_lead_fit(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const kith_lead_options *o,
                  kith_arena *arena, kith_lead *lead, kith_error *err) {
    KITH_TRY(fit_plain(frame, rows, n, y, o, NULL, arena, lead, err));
    if (o->calibration == KITH_CALIBRATION_NONE) return KITH_OK;
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    double *raw = kith_arena_alloc(own, (n + 1) * sizeof *raw), *target = kith_arena_alloc(own, (n + 1) * sizeof *target);
    double *part = kith_arena_alloc(own, (n + 1) * sizeof *part);
    size_t *train = kith_arena_alloc(own, (n + 1) * sizeof *train), *test = kith_arena_alloc(own, (n + 1) * sizeof *test);
    int status = raw && target && part && train && test ? KITH_OK : kith_no_memory(err);
    kith_lead_options plain = *o;
    plain.linear.posterior = false;
    if (status == KITH_OK && o->on_trees) status = kith_cuts_fit(frame, &lead->encoding, rows, n, own, &plain.trees.cuts, err);
    for (size_t f = 0; f < INNER && status == KITH_OK; f++) {
        size_t a = 0, b = 0, k = 0;
        for (size_t i = 0; i < n; i++) {
            size_t row = rows ? rows[i] : i;
            if (kith_inner_fold(o->key, row, o->seed, INNER) == f) test[b++] = row;
            else train[a++] = row;
        }
        kith_lead inner;
        status = fit_plain(frame, train, a, y, &plain, lead, own, &inner, err);
        if (status == KITH_OK) status = kith_lead_predict(&inner, frame, test, b, part, NULL, err);
        for (size_t i = 0; i < n && status == KITH_OK; i++) {
            if (kith_inner_fold(o->key, rows ? rows[i] : i, o->seed, INNER) != f) continue;
            raw[i] = part[k++];
            target[i] = y[rows ? rows[i] : i];
        }
    }
    if (status == KITH_OK) status = kith_calibration_fit(o->calibration, raw, target, NULL, n, arena, &lead->calibration, err);
    kith_arena_free(own);
    return status;
}

/* ---- the path ----------------------------------------------------------------------------------------------- */

typedef struct path {
    const kith_frame *frame;
    const size_t *rows;
    size_t n, n_c;
    const double *y, *c;
    const kith_lead_options *o;
    double *loss; /* folds × n_c: sums */
} path;

static int path_fold(void *ctx, int worker, size_t fold, kith_error *err) {
    (void)worker;
    const path *p = ctx;
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    size_t *rows[2] = {kith_arena_alloc(own, (p->n + 1) * sizeof **rows), kith_arena_alloc(own, (p->n + 1) * sizeof **rows)}, n[2] = {0, 0};
    double *y[2] = {kith_arena_alloc(own, (p->n + 1) * sizeof **y), kith_arena_alloc(own, (p->n + 1) * sizeof **y)}, *eta = kith_arena_alloc(own, (p->n + 1) * sizeof *eta);
    double *w = NULL, *start = NULL;
    kith_encoding e;
    kith_design d[2];
    int status = rows[0] && rows[1] && y[0] && y[1] && eta ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < p->n && status == KITH_OK; i++) {
        size_t row = p->rows ? p->rows[i] : i;
        bool test = kith_inner_fold(p->o->key, row, p->o->seed, INNER) == fold;
        y[test][n[test]] = p->y[row];
        rows[test][n[test]++] = row;
    }
    if (status == KITH_OK) status = kith_encoding_fit(p->frame, rows[0], n[0], own, &e, err);
    for (int k = 0; k < 2 && status == KITH_OK; k++) status = kith_encode(&e, p->frame, rows[k], n[k], own, &d[k], err);
    if (status == KITH_OK) status = weights(y[0], n[0], p->o->class_weight, &w, own, err);
    if (status == KITH_OK && !(start = kith_arena_alloc(own, (e.width + 1) * sizeof *start))) status = kith_no_memory(err);
    for (size_t k = 0; k < p->n_c && status == KITH_OK; k++) {
        kith_linear fit;
        kith_linear_options o = {.c = p->c[k], .l1_ratio = p->o->linear.l1_ratio, .threads = 1, .start = k ? start : NULL, .tolerance = 1e-6};
        status = kith_logistic_fit(&d[0], y[0], w, &o, own, &fit, err);
        if (status != KITH_OK) break;
        memcpy(start, fit.weight, e.width * sizeof *start);
        start[e.width] = fit.intercept;
        kith_linear_predict(&fit, &d[1], eta);
        double sum = 0;
        for (size_t i = 0; i < n[1]; i++) sum += kith_log_loss(eta[i], y[1][i]);
        p->loss[fold * p->n_c + k] = sum;
    }
    kith_arena_free(own);
    return status;
}

int kith_lead_path(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const kith_lead_options *options,
                   const double *c, size_t n_c, double *loss, size_t *best, kith_error *err) {
    double *sums = calloc(INNER * n_c + 1, sizeof *sums);
    if (!sums) return kith_no_memory(err);
    path p = {frame, rows, n, n_c, y, c, options, sums};
    int status = kith_parallel(options->threads, INNER, path_fold, &p, err);
    *best = 0;
    for (size_t k = 0; k < n_c && status == KITH_OK; k++) {
        loss[k] = 0;
        for (size_t f = 0; f < INNER; f++) loss[k] += sums[f * n_c + k];
        loss[k] /= n ? (double)n : 1;
        if (loss[k] < loss[*best]) *best = k;
    }
    free(sums);
    return status;
}

int kith_lead_predict(const kith_lead *lead, const kith_frame *frame, const size_t *rows, size_t n, double *raw,
                      double *p, kith_error *err) {
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    double *score = raw ? raw : kith_arena_alloc(own, (n + 1) * sizeof *score);
    int status = score ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK && lead->on_trees) {
        int32_t **map;
        status = kith_level_map(&lead->encoding, frame, own, &map, err);
        if (status == KITH_OK) kith_trees_predict(&lead->forest, frame, map, rows, n, score);
    } else if (status == KITH_OK) {
        kith_design d;
        status = kith_encode(&lead->encoding, frame, rows, n, own, &d, err);
        if (status == KITH_OK) kith_linear_predict(&lead->linear, &d, score);
    }
    for (size_t i = 0; i < n && p && status == KITH_OK; i++) p[i] = kith_calibrate(&lead->calibration, score[i]);
    kith_arena_free(own);
    return status;
}

double kith_lead_reasons(const kith_lead *lead, const kith_frame *frame, int32_t *const *map, size_t row, double *parts) {
    memset(parts, 0, frame->n * sizeof *parts);
    if (lead->on_trees) return kith_trees_reasons(&lead->forest, frame, map, row, parts);
    const double *w = lead->linear.weight;
    double constant = lead->linear.intercept;
    for (size_t j = 0; j < frame->n; j++) {
        const kith_coded *c = &lead->encoding.coded[j];
        const kith_feature *f = &frame->features[j];
        if (c->left_out) continue;
        double average = c->has_missing ? c->missing_share * w[c->missing] : 0;
        if (c->is_level) {
            for (size_t l = 0; l < c->n_levels; l++) average += c->share[l] * w[c->first + l];
            int32_t l = f->level[row] >= 0 ? map[j][f->level[row]] : f->level[row];
            if (l >= 0) parts[j] = w[c->first + (size_t)l];
            else if (l == -1 && c->has_missing) parts[j] = w[c->missing];
        } else if (isnan(f->number[row])) {
            if (c->has_missing) parts[j] = w[c->missing];
        } else if (c->sd > 0) {
            parts[j] = w[c->first] * (f->number[row] - c->mean) / c->sd;
        }
        parts[j] -= average;
        constant += average;
    }
    return constant;
}

void kith_reasons_text(const kith_encoding *e, const kith_frame *frame, size_t row, const double *parts, size_t most,
                       kith_buf *out) {
    size_t shown[8];
    if (most > 8) most = 8;
    for (size_t k = 0; k < most; k++) {
        size_t best = SIZE_MAX;
        for (size_t j = 0; j < e->n; j++) {
            bool taken = !(fabs(parts[j]) >= .005); /* what would print as zero is no reason */
            for (size_t i = 0; i < k; i++) taken = taken || shown[i] == j;
            if (!taken && (best == SIZE_MAX || fabs(parts[j]) > fabs(parts[best]))) best = j;
        }
        if (best == SIZE_MAX) return;
        shown[k] = best;
        const kith_feature *f = &frame->features[best];
        if (k) kith_buf_puts(out, "; ");
        kith_buf_puts(out, e->coded[best].name);
        if (f->is_level) {
            kith_buf_putc(out, '=');
            if (f->level[row] >= 0) kith_buf_puts(out, f->levels[f->level[row]]);
        }
        kith_buf_putc(out, ' ');
        kith_buf_signed(out, parts[best]);
    }
}
