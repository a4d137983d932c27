/* The population stability index and the two-sample Kolmogorov–Smirnov distance. */
#include <kith/drift.h>

#include <math.h>
#include <stdlib.h>

double kith_psi(const uint64_t *base, const uint64_t *now, size_t n) {
    double p_all = 0, q_all = 0, psi = 0;
    for (size_t i = 0; i < n; i++) p_all += (double)base[i], q_all += (double)now[i];
    if (p_all == 0 || q_all == 0) return (double)NAN;
    for (size_t i = 0; i < n; i++) {
        if (!base[i] && !now[i]) continue;
        double p = ((double)base[i] + .5) / (p_all + .5 * (double)n), q = ((double)now[i] + .5) / (q_all + .5 * (double)n);
        psi += (q - p) * log(q / p);
    }
    return psi;
}

int kith_psi_numbers(kith_quantiles *base, kith_quantiles *now, double *psi, kith_error *err) {
    enum { TENTHS = 10 };
    double edges[TENTHS - 1];
    size_t cells = 0;
    *psi = (double)NAN;
    if (base->n == 0 || now->n == 0) return KITH_OK;
    for (int i = 1; i < TENTHS; i++) {
        double e = kith_quantiles_at(base, i / (double)TENTHS);
        if (cells == 0 || e > edges[cells - 1]) edges[cells++] = e;
    }
    uint64_t count[2][TENTHS] = {{0}};
    for (int side = 0; side < 2; side++) {
        kith_place *places;
        size_t n;
        int status = kith_quantiles_list(side ? now : base, base->binned || now->binned, &places, &n, err);
        size_t cell = 0;
        for (size_t i = 0; status == KITH_OK && i < n; i++) {
            while (cell < cells && places[i].value > edges[cell]) cell++;
            count[side][cell] += places[i].count;
        }
        free(places);
        KITH_TRY(status);
    }
    *psi = kith_psi(count[0], count[1], cells + 1);
    return KITH_OK;
}

double kith_kolmogorov_sf(double t) {
    if (isnan(t)) return t;
    if (t <= 0) return 1;
    if (t < 1.18) { /* the theta function's other form converges fast here */
        double y = exp(-1.2337005501361697 / (t * t)), s = y + pow(y, 9) + pow(y, 25) + pow(y, 49);
        return 1 - 2.50662827463100050 / t * s;
    }
    double x = exp(-2 * t * t);
    return 2 * (x - pow(x, 4) + pow(x, 9) - pow(x, 16));
}

int kith_ks_two(const kith_quantiles *a, const kith_quantiles *b, double *distance, double *p, kith_error *err) {
    *distance = *p = (double)NAN;
    if (a->n == 0 || b->n == 0) return KITH_OK;
    bool bins = a->binned || b->binned;
    kith_place *x = NULL, *y = NULL;
    size_t nx = 0, ny = 0;
    int status = kith_quantiles_list(a, bins, &x, &nx, err);
    if (status == KITH_OK) status = kith_quantiles_list(b, bins, &y, &ny, err);
    if (status == KITH_OK) {
        double d = 0;
        uint64_t fx = 0, fy = 0;
        for (size_t i = 0, j = 0; i < nx && j < ny;) {
            double v = x[i].value < y[j].value ? x[i].value : y[j].value;
            while (i < nx && x[i].value <= v) fx += x[i++].count;
            while (j < ny && y[j].value <= v) fy += y[j++].count;
            double gap = fabs((double)fx / (double)a->n - (double)fy / (double)b->n);
            if (gap > d) d = gap;
        }
        double m = sqrt((double)a->n / ((double)a->n + (double)b->n) * (double)b->n);
        *distance = d;
        *p = kith_kolmogorov_sf((m + .12 + .11 / m) * d);
    }
    free(x);
    free(y);
    return status;
}
