/* Look-alikes by cross-fitting: non-members are those whom we do not know to belong (Elkan & Noto 2008), so a model that has seen a person as a
 * non-member may not judge them. Folds are by row number. */
#include <kith/lookalike.h>
#include <kith/metrics.h>

#include <math.h>

enum { FOLDS = 5, LEAST = 10 };

static int one_fold(const kith_frame *frame, const double *member, const kith_folds *folds, size_t fold, const kith_lead_options *options, double *p,
                    kith_error *err) {
    kith_arena *arena = kith_arena_new();
    if (!arena) return kith_no_memory(err);
    size_t *train, *test, n_train, n_test;
    kith_lead lead;
    int status = kith_fold_rows(folds, frame->rows, fold, false, arena, &train, &n_train, err);
    if (status == KITH_OK) status = kith_fold_rows(folds, frame->rows, fold, true, arena, &test, &n_test, err);
    if (status == KITH_OK) status = kith_lead_fit(frame, train, n_train, member, options, arena, &lead, err);
    double *got = status == KITH_OK ? kith_arena_alloc(arena, (n_test + 1) * sizeof *got) : NULL;
    if (status == KITH_OK && !got) status = kith_no_memory(err);
    if (status == KITH_OK) status = kith_lead_predict(&lead, frame, test, n_test, NULL, got, err);
    for (size_t i = 0; status == KITH_OK && i < n_test; i++) p[test[i]] = got[i];
    kith_arena_free(arena);
    return status;
}

static void lift_at(kith_likeness *l, size_t k, const double *member, const uint32_t *order, size_t n, size_t members) {
    static const double shares[] = {.01, .05, .1, .2};
    double z = 1.959963984540054, base = (double)members / (double)n;
    size_t people = (size_t)ceil(shares[k] * (double)n), hits = 0;
    for (size_t i = 0; i < people; i++) hits += member[order[i]] > 0;
    double m = (double)people, q = (double)hits / m, middle = (q + z * z / (2 * m)) / (1 + z * z / m);
    double half = z / (1 + z * z / m) * sqrt(q * (1 - q) / m + z * z / (4 * m * m));
    l->at[k].share = shares[k];
    l->at[k].people = people;
    l->at[k].members = hits;
    l->at[k].lift = q / base;
    l->at[k].low = (middle - half) / base;
    l->at[k].high = (middle + half) / base;
}

int kith_lookalike(const kith_frame *frame, const double *member, const kith_lead_options *options, kith_arena *arena, kith_likeness *l, kith_error *err) {
    size_t n = frame->rows, members = 0;
    kith_folds folds;
    *l = (kith_likeness){0};
    for (size_t i = 0; i < n; i++) members += member[i] > 0;
    if (members < LEAST || members == n)
        return kith_fail(err, KITH_DATA, "%zu of %zu people are in the audience; at least %d in and one outside are needed", members, n, LEAST);
    if (!frame->n) return kith_fail(err, KITH_DATA, "no column tells people apart");
    l->p = kith_arena_alloc(arena, n * sizeof *l->p);
    uint32_t *order = kith_arena_alloc(arena, n * sizeof *order);
    if (!l->p || !order) return kith_no_memory(err);
    KITH_TRY(kith_folds_mod(n, FOLDS, arena, &folds, err));
    for (size_t f = 0; f < FOLDS; f++) KITH_TRY(one_fold(frame, member, &folds, f, options, l->p, err));
    KITH_TRY(kith_auc(l->p, member, n, &l->auc, err));
    KITH_TRY(kith_order_down(l->p, n, false, order, err));
    for (size_t k = 0; k < 4; k++) lift_at(l, k, member, order, n, members);
    return KITH_OK;
}
