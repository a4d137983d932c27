/* kith/clusters.h: people in groups by what they have in common: k-means, Gaussian mixtures, how many groups, how firm.
 *
 * Points are n × d row-major doubles, without missing values, already scaled (kith_points_scale). Every random choice
 * is a function of (seed, purpose, row). The same bytes for any number of threads.
 *
 * Sources: Lloyd 1982; Hamerly 2010 (exact pruning by bounds); Arthur & Vassilvitskii 2007 (k-means++, greedy);
 * Dempster, Laird & Rubin 1977; Rousseeuw 1987 (silhouette); Tibshirani, Walther & Hastie 2001 (gap); Pelleg & Moore
 * 2000 (BIC of k-means); Hennig 2007 (stability by resampling); Hubert & Arabie 1985 (adjusted Rand). */
#ifndef KITH_CLUSTERS_H
#define KITH_CLUSTERS_H

#include <kith/scorer.h>

typedef struct kith_points {
    size_t n, d;
    double *x; /* the caller's */
} kith_points;

/* Mean and standard deviation (ddof 0) of each column by compensated sums in row order; with `z` the points become
 * (x − mean)/sd in place. A constant column gets sd 1 (it says nothing, but does no harm). Both arrays hold d. */
void kith_points_scale(kith_points *p, bool z, double *mean, double *sd);

/* ---- k-means ------------------------------------------------------------------------------------------------------
 */

typedef struct kith_kmeans_options {
    size_t clusters;
    int starts;         /* 0: 10 */
    int max_iterations; /* 0: 300 */
    uint64_t seed;
    int threads;
    const uint64_t *keys; /* kith_kmeans_key of each row before scaling; NULL: of the points as they are */
    bool oversampled; /* one start, by k-means|| over all rows (Bahmani et al. 2012); else several k-means++ */
} kith_kmeans_options;

typedef struct kith_kmeans {
    size_t k, d;
    double *centres; /* k × d, largest cluster first */
    uint64_t *sizes; /* k */
    double *within;  /* k: Σ squared distances */
    double inertia;
    int iterations;    /* of the best start */
    bool converged;    /* fewer than one point in 10,000 still changed its cluster */
    double best_share; /* starts that ended within a millionth of the best inertia */
} kith_kmeans;

/* The best of several k-means++ starts (on more than 32,768 points: starts on a sample by hash of
 * the row, the best of them carried on over all points), each followed by Lloyd's iteration with Hamerly's bounds,
 * which gives exactly Lloyd's assignments. KITH_DATA for fewer distinct points than clusters. Free with
 * kith_kmeans_free. `labels` (n, may be NULL) gets each point's cluster from 0. */
int kith_kmeans_fit(const kith_points *p, const kith_kmeans_options *options, kith_kmeans *fit, uint32_t *labels,
                    kith_error *err);
void kith_kmeans_free(kith_kmeans *fit);

/* What decides which rows the starts run on: those with the least keys, at most this many where there are more than twice as many. */
uint64_t kith_kmeans_key(const double *x, size_t d);
size_t kith_kmeans_sample(size_t clusters);

/* ---- Gaussian mixtures ----------------------------------------------------------------------------------------------
 */

typedef struct kith_mixture_options {
    size_t clusters;
    bool diagonal;
    double floor;       /* least variance of a component in any direction; 0: none */
    double tolerance;   /* on the mean log-likelihood still to be gained (Aitken); 0: 1e-9 */
    int max_iterations; /* 0: 5000 */
    int starts;         /* of the k-means it starts from; 0: 10 */
    uint64_t seed;
    int threads;
    const uint64_t *keys; /* as kith_kmeans_options has them */
} kith_mixture_options;

typedef struct kith_mixture {
    size_t k, d;
    bool diagonal;
    double *shares;      /* k, falling */
    double *means;       /* k × d */
    double *covariances; /* k × d × d */
    double *factors;     /* k × d × d: their Cholesky factors */
    double *constants;   /* k: ln share − ½ ln |2πΣ| */
    double loglik;       /* Σ ln p(x) */
    double bic;          /* −2 loglik + parameters · ln n */
    size_t parameters;
    int iterations;
    bool converged;
} kith_mixture;

/* EM from k-means. Where a component shrinks onto fewer directions than d the likelihood has no maximum: KITH_DATA with
 * a message that says so and *column (may be NULL) the column at fault (or d: no single one). Free with
 * kith_mixture_free. */
int kith_mixture_fit(const kith_points *p, const kith_mixture_options *options, kith_mixture *fit, size_t *column,
                     kith_error *err);
void kith_mixture_free(kith_mixture *fit);

/* ln of the joint density of point x and each component, into `logs` (k); returns ln p(x). `work` holds d. */
double kith_mixture_logs(const kith_mixture *fit, const double *x, double *logs, double *work);

/* Fills factors and constants from shares and covariances (a model read from a file). KITH_DATA if not definite. */
int kith_mixture_prepare(kith_mixture *fit, kith_error *err);

/* ---- how many, how firm ---------------------------------------------------------------------------------------------
 */

/* Mean silhouette over at most `most` points chosen by hash of the row (exact over those). nan for one cluster. */
int kith_silhouette(const kith_points *p, const uint32_t *labels, size_t k, size_t most, uint64_t seed, double *mean, kith_error *err);

/* BIC of k-means seen as equal spherical Gaussians; smaller is better. */
double kith_kmeans_bic(const kith_kmeans *fit, size_t n);

/* Gap statistic: mean over `sets` uniform sets in the data's box of ln inertia, minus that of the data; and its
 * standard error times √(1 + 1/sets). On at most `most` points. */
int kith_gap(const kith_points *p, const kith_kmeans_options *options, int sets, size_t most, double *gap,
             double *error, kith_error *err);

/* Stability of each cluster: mean over `draws` bootstrap samples of the greatest Jaccard overlap of the cluster with
 * one of the sample's clusters (Hennig: below .6 doubtful, above .85 firm), into stability[k]; and the mean adjusted
 * Rand index. On at most `most` points. */
int kith_stability(const kith_points *p, const kith_kmeans *fit, const kith_kmeans_options *options, int draws,
                   size_t most, double *stability, double *rand_index, kith_error *err);

/* What sets a cluster apart, in words: the up to three columns whose mean differs most from everybody's, in standard
 * deviations: "frequency very high (+2.1), recency low (-0.7)"; "average" where none differs by .25. */
void kith_cluster_words(const double *centre, size_t d, const kith_str *names, const double *mean, const double *sd,
                        kith_buf *out);

/* ---- rows to points -------------------------------------------------------------------------------------------------
 */

/* Reads columns of a stream as points, in row order for any threads. With `strict` a value that is no number is a
 * kith_bad_row; without, its column is left out, as it holds text. Free with kith_points_reader_free. */
typedef struct kith_points_reader kith_points_reader;
int kith_points_reader_new(const kith_selection *columns, bool strict, kith_points_reader **reader, kith_error *err);
int kith_points_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err); /* for kith_scan: */
int kith_points_commit(void *ctx, int worker, const kith_batch *b, kith_out *out,
                       kith_error *err); /* ctx is the reader */
void kith_points_reader_free(kith_points_reader *reader);

typedef struct kith_people {
    kith_points points; /* rows without a missing value, the columns kept, scaled; owned by the reader */
    kith_str *names;    /* of the columns, points.d */
    double *mean, *sd;  /* of each before scaling */
    bool z;             /* points are (x − mean)/sd */
    uint64_t *keys;     /* kith_kmeans_key of each row before scaling */
    size_t left_out;    /* rows with a missing value */
} kith_people;

/* What was read, scaled; everything belongs to the reader. KITH_DATA for no rows or no columns. */
int kith_points_take(kith_points_reader *reader, bool z, kith_people *people, kith_error *err);

/* ---- models
 * ----------------------------------------------------------------------------------------------------------- */

typedef struct kith_cluster_options {
    size_t low, high; /* numbers of clusters to try; the same: no choice */
    int choose;       /* 0 silhouette, 1 bic, 2 gap (k-means only) */
    bool mixture, diagonal;
    double floor;      /* of a mixture's variances, in scaled units */
    int starts, draws; /* of k-means; of the stability's bootstrap (0: none) */
    bool oversampled;  /* k-means begins by k-means|| */
    uint64_t seed;
    int threads;
} kith_cluster_options;

/* Fits and writes the model's rows: fit, choice, column, mean, sd, share, centre (in the columns' own units),
 * covariance (the same), stability, words. KITH_USAGE for numbers of clusters that make no sense. */
int kith_cluster_model(const kith_people *people, const kith_cluster_options *options, kith_model *model,
                       kith_error *err);

/* ---- k-means over shards ---------------------------------------------------------------------------------------------- */

/* One pass as a fold; its finish is the step. The parameters are made by kith_kmeans_params: columns (from `model`, where there is
 * one: the model of the pass before; NULL: pass 0), clusters, scaling, starts, seed. */
extern const kith_fold kith_kmeans_fold;
int kith_kmeans_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool oversampled,
                       const kith_model *model, kith_error *err);
/* Whether the state of a pass is the last. */
bool kith_kmeans_converged(const void *state);
/* Rows that the first pass left out for a missing value; 0 of a later pass. */
uint64_t kith_kmeans_left_out(const void *state);

/* The same for a mixture: the passes of its k-means, one that takes its clusters as certain, then one for each step of EM. */
extern const kith_fold kith_mixture_fold;
int kith_mixture_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool diagonal, double floor,
                        const kith_model *model, kith_error *err);
bool kith_mixture_converged(const void *state);
uint64_t kith_mixture_left_out(const void *state);

/* kmeans adds NAME_segment, NAME_distance (in scaled units); mixture NAME_segment, NAME_probability. Segments count
 * from 1, largest first. A missing value leaves its column out of the distance or the density (the marginal); a row
 * with none gets missing cells. */
extern const kith_scorer_kind kith_scorer_kmeans, kith_scorer_mixture;

#endif
