/* Rates of a label over cells of classified mentions: what the header says.
 *
 *   class rates   a_k = (Σ labelled wanted + 4 · belief) / (Σ labelled + 4), over all cells and reference cells
 *   rectifier     d_c = mean over the labelled mentions of (label − a_class), variance σ²/n_c
 *   cells         d_c ~ N(μ, τ²): τ² by Paule & Mandel from cells with labels, pulled to the belief's spread with the weight of four cells
 *   estimate      (labels seen + Σ unlabelled (a_class + E d_c)) / mentions; its variance adds that of E d_c and of the unlabelled
 *
 * Tried: adjusted counting, (q − fpr)/(tpr − fpr): its denominator of about .4 makes small cells useless (half-widths past .3). */
#include <kith/distributions.h>
#include <kith/experiment.h>
#include <kith/gap.h>
#include <math.h>
#include <stdlib.h>

kith_gap_belief kith_gap_lexicon_belief(bool negative) {
    return negative ? (kith_gap_belief){{.55, .11, .07}, .08} : (kith_gap_belief){{.06, .08, .34}, .08};
}

kith_gap_belief kith_gap_default_belief(bool negative) {
    return negative ? (kith_gap_belief){{.6, .15, .1}, .13} : (kith_gap_belief){{.1, .15, .6}, .13};
}

enum { OWN_LABELS = 10 };

typedef struct fit {
    double rate[KITH_GAP_CLASSES];
    double sigma2, mean, mean_variance, tau2, freedom;
} fit;

static double sum(const double *v) { return v[0] + v[1] + v[2]; }

/* Mean of label − class rate over the labelled, and the sum of squares about it. */
static void residuals(const kith_gap_cell *c, const fit *f, double *mean, double *squares) {
    double n = sum(c->labelled), total = 0, raw = 0;
    for (int k = 0; k < KITH_GAP_CLASSES; k++) {
        double a = f->rate[k], yes = c->wanted[k], no = c->labelled[k] - yes;
        total += yes * (1 - a) - no * a;
        raw += yes * (1 - a) * (1 - a) + no * a * a;
    }
    *mean = n > 0 ? total / n : 0;
    *squares = n > 0 ? raw - total * total / n : 0;
}

static int learn(const kith_gap_cell *cells, size_t n, const kith_gap_belief *belief, fit *f, kith_error *err) {
    double *e = malloc(4 * (n + 1) * sizeof *e), *se = e + n, *spare = se + n, within = 0, labelled = 0, squares, w = 0, sum_w = 0;
    size_t used = 0, cells_with = 0;
    if (!e) return kith_no_memory(err);
    for (int k = 0; k < KITH_GAP_CLASSES; k++) {
        double yes = 4 * belief->rate[k], all = 4;
        for (size_t i = 0; i < n; i++) {
            yes += cells[i].wanted[k];
            all += cells[i].labelled[k];
        }
        f->rate[k] = yes / all;
    }
    double own = 0, brands = 0, own_cells = 0;
    for (size_t i = 0; i < n; i++) {
        own += cells[i].reference ? 0 : sum(cells[i].labelled);
        own_cells += !cells[i].reference && sum(cells[i].labelled) > 0;
        if (cells[i].reference && (double)cells[i].brand + 1 > brands) brands = (double)cells[i].brand + 1;
    }
    /* A brand with labels of its own has a mean of its own: others' cells then tell the class rates only. */
    bool alone = own >= OWN_LABELS && own_cells >= 3;
    for (size_t i = 0; i < n; i++) {
        residuals(&cells[i], f, &e[i], &squares);
        within += squares;
        labelled += sum(cells[i].labelled);
        cells_with += sum(cells[i].labelled) > 0;
        used += sum(cells[i].labelled) > 0 && !(alone && cells[i].reference);
    }
    /* σ² with the weight of ten labels on the variance of a rate of .2 */
    f->sigma2 = (within + 10 * .16) / (labelled - (double)cells_with + 10);
    for (size_t i = 0; i < n; i++) {
        double m = sum(cells[i].labelled);
        if (m > 0 && !(alone && cells[i].reference)) se[i] = sqrt(f->sigma2 / m);
        else e[i] = se[i] = NAN;
    }
    double found = used > 1 ? kith_shrink(e, se, n, .9, spare, spare + n) : 0;
    double weight = used > 1 ? (double)used - 1 : 0;
    f->tau2 = (weight * found + 4 * belief->spread * belief->spread) / (weight + 4);
    f->mean = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(e[i])) {
            w = 1 / (f->tau2 + se[i] * se[i]);
            sum_w += w;
            f->mean += w * e[i];
        }
    double anchor = 1 / (f->tau2 + belief->spread * belief->spread); /* the belief itself: mean 0 */
    f->mean /= sum_w + anchor;
    f->mean_variance = 1 / (sum_w + anchor);
    f->freedom = weight + 2;
    if (own < OWN_LABELS) { /* a brand of which nothing is known: the cells share its error */
        f->freedom = brands > 0 ? brands + 1 : 6;
        f->mean_variance = fmax(f->mean_variance, f->tau2 / (brands + 1));
    }
    free(e);
    return KITH_OK;
}

int kith_gap_rates(kith_gap_cell *cells, size_t n, const kith_gap_belief *belief, double level, kith_error *err) {
    fit f;
    KITH_TRY(learn(cells, n, belief, &f, err));
    double t = kith_t_quantile((1 + level) / 2, f.freedom);
    for (size_t i = 0; i < n; i++) {
        kith_gap_cell *c = &cells[i];
        double all = sum(c->mentions), labelled = sum(c->labelled), left = all - labelled, mean, squares, total = sum(c->wanted);
        c->rate = c->low = c->high = NAN;
        if (c->reference || !(all > 0)) continue;
        residuals(c, &f, &mean, &squares);
        double se2 = labelled > 0 ? f.sigma2 / labelled : INFINITY, keep = labelled > 0 ? f.tau2 / (f.tau2 + se2) : 0;
        double error = keep * mean + (1 - keep) * f.mean;
        double variance = (labelled > 0 ? keep * se2 : f.tau2) + (1 - keep) * (1 - keep) * f.mean_variance;
        for (int k = 0; k < KITH_GAP_CLASSES; k++) total += (c->mentions[k] - c->labelled[k]) * f.rate[k];
        c->rate = (total + left * error) / all;
        double half = left > 0 ? t * left / all * sqrt(variance + f.sigma2 / left) : 0;
        double least = sum(c->wanted) / all, most = (sum(c->wanted) + left) / all; /* what the labels leave possible */
        c->rate = fmin(fmax(c->rate, least), most);
        c->low = fmax(c->rate - half, least);
        c->high = fmin(c->rate + half, most);
    }
    return KITH_OK;
}
