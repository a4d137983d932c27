/* Dense linear algebra on the caller's row-major arrays. Factors and eigenvalues are GSL's; the signs of eigenvectors
 * are fixed so that equal input gives equal bytes.
 *
 * Cholesky is our own, by rows with four-way unrolled dot products: GSL's with its reference BLAS took 2.6 × as long at
 * n = 1,868. */
#include "door.h"
#include <kith/stats.h>

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Eight running sums: wide enough for the vector units, and one fixed order. */
static double dot(const double *a, const double *b, size_t n) {
    double s[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t j = 0; j < 8; j++) s[j] += a[i + j] * b[i + j];
    }
    double rest = 0;
    for (; i < n; i++) rest += a[i] * b[i];
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) + rest;
}

int kith_cholesky(size_t n, double *a, kith_error *err) {
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n;
        for (size_t j = 0; j < i; j++) row[j] = (row[j] - dot(row, a + j * n, j)) / a[j * n + j];
        double d = row[i] - dot(row, row, i);
        /* a pivot that is rounding noise of its own diagonal means dependence */
        if (!(d > row[i] * 1e-15 && d > 0 && isfinite(d)))
            return kith_fail(err, KITH_DATA, "matrix is not positive definite (column %zu depends on those before)",
                             i + 1);
        row[i] = sqrt(d);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) a[i * n + j] = 0;
    }
    return KITH_OK;
}

void kith_cholesky_solve(size_t n, const double *l, double *b) {
    for (size_t i = 0; i < n; i++) b[i] = (b[i] - dot(l + i * n, b, i)) / l[i * n + i];
    for (size_t i = n; i-- > 0;) {
        b[i] /= l[i * n + i];
        for (size_t j = 0; j < i; j++) b[j] -= l[i * n + j] * b[i];
    }
}

int kith_cholesky_invert(size_t n, double *l, kith_error *err) {
    /* u = L⁻¹ kept transposed (row j = column j of L⁻¹), so that both products are dots along rows */
    double *u = calloc(n ? n * n : 1, sizeof *u);
    if (!u) return kith_no_memory(err);
    for (size_t j = 0; j < n; j++) {
        double *c = u + j * n;
        c[j] = 1 / l[j * n + j];
        for (size_t i = j + 1; i < n; i++) c[i] = -dot(l + i * n + j, c + j, i - j) / l[i * n + i];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double v = dot(u + i * n + i, u + j * n + i, n - i);
            l[i * n + j] = l[j * n + i] = v;
        }
    }
    free(u);
    return KITH_OK;
}

double kith_cholesky_log_det(size_t n, const double *l) {
    double s = 0;
    for (size_t i = 0; i < n; i++) s += log(l[i * n + i]);
    return 2 * s;
}

int kith_solve(size_t n, double *a, double *b, kith_error *err) {
    if (n == 0) return KITH_OK;
    gsl_permutation *p = gsl_permutation_alloc(n);
    if (!p) return kith_no_memory(err);
    gsl_matrix_view m = gsl_matrix_view_array(a, n, n);
    gsl_vector_view v = gsl_vector_view_array(b, n);
    int sign, status = gsl_linalg_LU_decomp(&m.matrix, p, &sign);
    if (status == 0) status = gsl_linalg_LU_svx(&m.matrix, p, &v.vector);
    gsl_permutation_free(p);
    for (size_t i = 0; status == 0 && i < n; i++) {
        if (!isfinite(b[i])) status = GSL_ESING;
    }
    return status == 0 ? KITH_OK : kith_fail(err, KITH_DATA, "the system of equations is singular");
}

static void fix_signs(size_t n, double *vectors) {
    for (size_t j = 0; j < n; j++) {
        size_t most = 0;
        for (size_t i = 1; i < n; i++) {
            if (fabs(vectors[i * n + j]) > fabs(vectors[most * n + j])) most = i;
        }
        if (vectors[most * n + j] < 0) {
            for (size_t i = 0; i < n; i++) vectors[i * n + j] = -vectors[i * n + j];
        }
    }
}

int kith_eigen_symmetric(size_t n, double *a, double *values, double *vectors, kith_error *err) {
    if (n == 0) return KITH_OK;
    double *own = NULL;
    if (!vectors && !(vectors = own = malloc(n * n * sizeof *own))) return kith_no_memory(err);
    gsl_eigen_symmv_workspace *w = gsl_eigen_symmv_alloc(n);
    if (!w) {
        free(own);
        return kith_no_memory(err);
    }
    gsl_matrix_view m = gsl_matrix_view_array(a, n, n), v = gsl_matrix_view_array(vectors, n, n);
    gsl_vector_view e = gsl_vector_view_array(values, n);
    int status = gsl_eigen_symmv(&m.matrix, &e.vector, &v.matrix, w);
    if (status == 0) status = gsl_eigen_symmv_sort(&e.vector, &v.matrix, GSL_EIGEN_SORT_VAL_ASC);
    gsl_eigen_symmv_free(w);
    for (size_t i = 0; status == 0 && i < n; i++) {
        if (!isfinite(values[i])) status = GSL_EFAILED;
    }
    if (status == 0) fix_signs(n, vectors);
    free(own);
    return status == 0 ? KITH_OK : kith_fail(err, KITH_DATA, "eigenvalues not found (the matrix is not finite)");
}

int kith_least_squares(size_t rows, size_t columns, double *x, double *y, double *b, double *covariance, double *rss,
                       kith_error *err) {
    if (rows < columns || columns == 0)
        return kith_fail(err, KITH_DATA, "least squares: %zu rows for %zu coefficients", rows, columns);
    gsl_vector *tau = gsl_vector_alloc(columns), *residual = gsl_vector_alloc(rows), *norm = gsl_vector_alloc(columns);
    gsl_permutation *p = gsl_permutation_alloc(columns);
    gsl_matrix_view m = gsl_matrix_view_array(x, rows, columns);
    gsl_vector_view vy = gsl_vector_view_array(y, rows), vb = gsl_vector_view_array(b, columns);
    int sign, result = KITH_OK;
    if (!tau || !residual || !norm || !p) {
        result = kith_no_memory(err);
    } else if (gsl_linalg_QRPT_decomp(&m.matrix, tau, p, &sign, norm) != 0) {
        result = kith_fail(err, KITH_DATA, "least squares failed");
    } else {
        double top = fabs(x[0]);
        for (size_t j = 0; j < columns && result == KITH_OK; j++) {
            double d = fabs(x[j * columns + j]);
            if (!(d > top * 1e-13) || !isfinite(d))
                result = kith_fail(err, KITH_DATA, "column %zu depends on the others", gsl_permutation_get(p, j) + 1);
        }
    }
    if (result == KITH_OK && gsl_linalg_QRPT_lssolve(&m.matrix, tau, p, &vy.vector, &vb.vector, residual) != 0)
        result = kith_fail(err, KITH_DATA, "least squares failed");
    if (result == KITH_OK && rss) {
        kith_running s = {0, 0};
        for (size_t i = 0; i < rows; i++) {
            double r = gsl_vector_get(residual, i);
            kith_running_add(&s, r * r);
        }
        *rss = kith_running_value(&s);
    }
    if (result == KITH_OK && covariance) {
        /* (xᵀx)⁻¹ = P R⁻¹ R⁻ᵀ Pᵀ */
        double *u = calloc(columns * columns, sizeof *u);
        if (!u) {
            result = kith_no_memory(err);
        } else {
            for (size_t j = 0; j < columns; j++) {
                for (size_t i = j + 1; i-- > 0;) {
                    double s = i == j ? 1 : 0;
                    for (size_t k = i + 1; k <= j; k++) s -= x[i * columns + k] * u[k * columns + j];
                    u[i * columns + j] = s / x[i * columns + i];
                }
            }
            for (size_t i = 0; i < columns; i++) {
                for (size_t j = 0; j < columns; j++) {
                    double s = dot(u + i * columns, u + j * columns, columns);
                    covariance[gsl_permutation_get(p, i) * columns + gsl_permutation_get(p, j)] = s;
                }
            }
            free(u);
        }
    }
    gsl_vector_free(tau);
    gsl_vector_free(residual);
    gsl_vector_free(norm);
    gsl_permutation_free(p);
    return result;
}
