/* Learning the model: keys, u, then EM in turn with u.
 *
 * u of the levels that are not equality comes from random pairs. u of equality comes from the values' counts, by
 * buckets of how common the value is (Winkler 2000's term frequencies, as levels): the pairs of equal values are known
 * exactly; those that EM takes for matches or related are taken off, so that what is left is chance. That is what makes
 * a birthday shared by ten records of one person rare, and a birthday shared by ten strangers common. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { F = KITH_LINK_FIELDS, L = KITH_LINK_LEVELS, EQ = KITH_LINK_EQUAL };

/* ---- counting patterns -------------------------------------------------------------------------------------- */

typedef struct counts {
    uint64_t *pattern;
    uint64_t *count;
    size_t n, mask;
} counts;

static int counts_add(counts *c, uint64_t pattern, uint64_t by) {
    if (c->pattern == NULL || c->n * 2 > c->mask) {
        size_t size = c->pattern ? 2 * (c->mask + 1) : 1 << 12;
        counts big = {calloc(size, sizeof(uint64_t)), calloc(size, sizeof(uint64_t)), 0, size - 1};
        if (big.pattern == NULL || big.count == NULL) {
            free(big.pattern);
            free(big.count);
            return KITH_SYSTEM;
        }
        for (size_t i = 0; c->pattern && i <= c->mask; i++)
            if (c->count[i]) counts_add(&big, c->pattern[i], c->count[i]);
        free(c->pattern);
        free(c->count);
        *c = big;
    }
    size_t at = (size_t)((pattern * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & c->mask;
    while (c->count[at] && c->pattern[at] != pattern) at = (at + 1) & c->mask;
    c->n += c->count[at] == 0;
    c->pattern[at] = pattern;
    c->count[at] += by;
    return KITH_OK;
}

enum { WORKERS = 64 };

typedef struct counting {
    const kith_link_data *data;
    kith_link_memo *memo[WORKERS];
    counts part[WORKERS];
} counting;

static int count_pair(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    counting *c = ctx;
    (void)key;
    if (c->memo[worker] == NULL && (c->memo[worker] = kith_link_memo_new(c->data)) == NULL) return KITH_SYSTEM;
    return counts_add(&c->part[worker], kith_link_pattern(c->data, c->memo[worker], i, j), 1);
}

typedef struct pair_count {
    uint64_t pattern, count;
} pair_count;

static int pattern_order(const void *a, const void *b) {
    uint64_t x = ((const pair_count *)a)->pattern, y = ((const pair_count *)b)->pattern;
    return x < y ? -1 : x > y;
}

static int count_patterns(const kith_link_data *data, double sample, const kith_link_fit_options *o,
                          kith_link_patterns *out, kith_link_pairs *pairs, kith_error *err) {
    counting c = {.data = data};
    int threads = o->threads < WORKERS ? o->threads : WORKERS;
    int status = kith_link_run_pairs(data, sample, threads, count_pair, &c, pairs, err);
    for (int w = 1; w < WORKERS && status == KITH_OK; w++)
        for (size_t i = 0; c.part[w].pattern && i <= c.part[w].mask && status == KITH_OK; i++)
            if (c.part[w].count[i]) status = counts_add(&c.part[0], c.part[w].pattern[i], c.part[w].count[i]);
    pair_count *sorted = malloc(sizeof *sorted * (c.part[0].n + 1));
    size_t n = 0;
    if (sorted == NULL) status = KITH_SYSTEM;
    for (size_t i = 0; status == KITH_OK && c.part[0].pattern && i <= c.part[0].mask; i++)
        if (c.part[0].count[i]) sorted[n++] = (pair_count){c.part[0].pattern[i], c.part[0].count[i]};
    if (n) qsort(sorted, n, sizeof *sorted, pattern_order); /* sums in a fixed order */
    size_t room = n + o->n_labels;
    out->pattern = malloc(sizeof *out->pattern * (room + 1));
    out->count = malloc(sizeof *out->count * (room + 1));
    out->known = malloc(room + 1);
    if (status == KITH_OK && (!out->pattern || !out->count || !out->known)) status = KITH_SYSTEM;
    if (status == KITH_OK) {
        for (size_t i = 0; i < n; i++) {
            out->pattern[i] = sorted[i].pattern;
            out->count[i] = (double)sorted[i].count;
            out->known[i] = -1;
        }
        kith_link_memo *memo = kith_link_memo_new(data);
        for (size_t i = 0; memo && i < o->n_labels; i++, n++) {
            out->pattern[n] = kith_link_pattern(data, memo, o->labels[i].i, o->labels[i].j);
            out->count[n] = 1;
            out->known[n] = o->labels[i].match;
        }
        if (memo == NULL) status = KITH_SYSTEM;
        kith_link_memo_free(memo);
        out->n = n;
        double rows = data->all;
        out->all = rows * (rows - 1) / 2;
        if (data->model->link_only && data->source) {
            double size[2] = {0, 0};
            for (uint32_t i = 0; i < data->rows; i++) size[data->source[i] != 0]++;
            out->all = size[0] * size[1];
        }
    }
    free(sorted);
    for (int w = 0; w < WORKERS; w++) {
        free(c.part[w].pattern);
        free(c.part[w].count);
        kith_link_memo_free(c.memo[w]);
    }
    return status == KITH_SYSTEM ? kith_no_memory(err) : status;
}

/* ---- u ------------------------------------------------------------------------------------------------------ */

static int measure_chance(const kith_link_data *data, int64_t seed, kith_link_chance *c, kith_error *err) {
    const kith_link_model *model = data->model;
    memset(c, 0, F * sizeof *c);
    double rows = data->all;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_values *v = &data->values[f];
        if (model->field[f].kind == KITH_LINK_SWAP) {
            c[f].present = 1;
            continue;
        }
        double n = v->present, all = n * (n - 1) / 2;
        if (data->census) link_census_sums(data->census, model, f, c[f].mass, c[f].equal);
        for (uint32_t id = 1; id < v->n && !data->census; id++) { /* whole numbers: exact in any order */
            double k = v->count[id];
            c[f].mass[v->bucket[id]] += k;
            c[f].equal[v->bucket[id]] += k * (k - 1) / 2;
        }
        for (int b = 0; b < 8; b++) {
            if (n > 0) c[f].mass[b] /= n;
            if (all > 0) c[f].equal[b] /= all;
        }
        c[f].present = rows > 1 ? n / rows * (n - 1) / (rows - 1) : 0;
    }
    kith_link_memo *memo = kith_link_memo_new(data);
    if (memo == NULL) return kith_no_memory(err);
    kith_random r;
    kith_random_start(&r, (uint64_t)seed, "link random pairs", 0);
    double hits[F][L] = {{0}};
    uint32_t draws = 300000;
    for (uint32_t k = 0; k < draws && data->rows > 1; k++) {
        uint32_t i = data->order[kith_random_below(&r, data->rows)], j = data->order[kith_random_below(&r, data->rows)];
        if (i == j || (model->link_only && data->source && data->source[i] == data->source[j])) continue;
        uint64_t g = kith_link_pattern(data, memo, i, j);
        for (uint32_t f = 0; f < model->n_fields; f++) hits[f][g >> 4 * f & 15]++;
    }
    kith_link_memo_free(memo);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        for (int l = 1; l < L; l++) c[f].drawn += hits[f][l];
        for (int l = 1; l < EQ; l++) c[f].level[l] = c[f].drawn > 0 ? hits[f][l] / c[f].drawn : 0;
    }
    return KITH_OK;
}

/* u = what is left of all pairs when matches and related ones are taken off. */
static void set_u(kith_link_model *model, const kith_link_chance *c, double all) {
    double lambda = model->prior, rest = 1 - lambda;
    for (int k = 0; k < KITH_LINK_RELATED; k++) rest -= model->related[k];
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_field *field = &model->field[f];
        double n = all * c[f].present, sum = 0;
        if (n < 1) n = 1;
        for (int l = 1; l < L; l++) {
            double share, least;
            if (l >= EQ) {
                share = c[f].equal[l - EQ];
                least = .5 * (c[f].mass[l - EQ] + .01) / n;
                double chance_least = share * .01;
                if (chance_least > least) least = chance_least;
            } else {
                share = c[f].level[l];
                least = .3 / (c[f].drawn + 1);
            }
            double u = share - lambda * field->m[l];
            for (int k = 0; k < KITH_LINK_RELATED; k++)
                if (field->shared[k]) u -= model->related[k] * (field->shared[k] == 2 ? field->m : field->h[k])[l];
            u /= rest;
            field->u[l] = u > least ? u : least;
            sum += field->u[l];
        }
        for (int l = 1; l < L; l++) field->u[l] /= sum;
    }
}

/* The name field in which people of one address (or phone) differ most, if one stands out: theirs alone, as given names
 * are. */
static uint32_t personal_name(const kith_link_data *data, const kith_link_model *model) {
    uint32_t home = F, best = F;
    double least = 2, most = 0;
    for (uint32_t f = 0; f < model->n_fields; f++)
        if (model->field[f].kind == KITH_LINK_ADDRESS || (home == F && model->field[f].kind == KITH_LINK_PHONE))
            home = f;
    if (home == F) return F;
    const kith_link_values *v = &data->values[home];
    uint32_t *last =
        calloc((size_t)v->n + 1, sizeof *last); /* the row before, of the same address, in order of contents */
    double both[F] = {0}, equal[F] = {0};
    if (last == NULL) return F;
    for (uint32_t i = 0; i < data->rows; i++) {
        const uint32_t *b = data->ids + (size_t)data->order[i] * data->stride;
        if (b[home] == 0 || v->count[b[home]] > 30) continue;
        if (last[b[home]]) {
            const uint32_t *a = data->ids + (size_t)data->order[last[b[home]] - 1] * data->stride;
            for (uint32_t f = 0; f < model->n_fields; f++)
                if (a[f] && b[f]) {
                    both[f]++;
                    equal[f] += a[f] == b[f];
                }
        }
        last[b[home]] = i + 1;
    }
    free(last);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        if (model->field[f].kind != KITH_LINK_NAME || both[f] < 20) continue;
        double share = equal[f] / both[f];
        if (share < least) least = share, best = f;
        if (share > most) most = share;
    }
    return least < .85 * most ? best : F;
}

/* Which fields related pairs may share: those of a place (two sorts); of a household: address and phone besides; or a
 * name: the companies of one name, whose sites are named after it. What is a person's own never: that is what tells the
 * classes from matches, and where nothing is, there are no such classes. */
static void decide_shared(const kith_link_data *data, kith_link_model *model, const kith_link_chance *c, double rows,
                          double all) {
    int own[2] = {0, 0}, texts = 0, stable = 0, personal = 0, shared[KITH_LINK_RELATED] = {0};
    for (uint32_t f = 0; f < model->n_fields; f++)
        personal += model->field[f].kind == KITH_LINK_DATE || model->field[f].kind == KITH_LINK_EMAIL;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_field *field = &model->field[f];
        double equal = 0;
        for (int b = 0; b < 8; b++) equal += c[f].equal[b];
        bool words = field->kind == KITH_LINK_TEXT || field->kind == KITH_LINK_LIST,
             swap = field->kind == KITH_LINK_SWAP;
        bool place = field->kind == KITH_LINK_NAME || field->kind == KITH_LINK_CATEGORY ||
                     field->kind == KITH_LINK_GEO || (field->kind == KITH_LINK_CODE && equal * rows > 4);
        bool house = field->kind == KITH_LINK_ADDRESS || field->kind == KITH_LINK_PHONE;
        bool family = words && personal >= 2; /* whole names in one field: half of them is the family's */
        field->shared[0] = field->shared[2] = place;
        field->shared[1] = place || house || family;
        field->shared[3] = words || field->kind == KITH_LINK_NAME || field->kind == KITH_LINK_CATEGORY;
        texts += words;
        stable += house || (!place && !words && field->kind != KITH_LINK_NUMBER && !swap);
        own[0] += !place && !swap;
        own[1] += !place && !house && !family && !swap;
        for (int k = 0; k < KITH_LINK_RELATED; k++) shared[k] += field->shared[k] && field->kind != KITH_LINK_CATEGORY;
    }
    if (own[1] == 0) {
        uint32_t f = personal_name(data, model);
        if (f < F) {
            model->field[f].shared[1] = 0;
            shared[1]--;
            own[1]++;
        }
    }
    static const kith_link_kind homes[] = {KITH_LINK_ADDRESS, KITH_LINK_PHONE,
                                           KITH_LINK_GEO}; /* a household shares one of them */
    for (int h = 0, done = 0; h < 3 && !done; h++)
        for (uint32_t f = 0; f < model->n_fields; f++)
            if (model->field[f].kind == homes[h]) model->field[f].shared[1] = 2, done = 1;
    static const double of_rows[KITH_LINK_RELATED] = {.3, .2, .2, .1};
    for (int k = 0; k < KITH_LINK_RELATED; k++) {
        bool may = k == 3 ? texts >= 1 && stable >= 2 : shared[k] >= 2 && own[k == 1] >= 1;
        model->related[k] = may ? of_rows[k] * rows / all : 0;
        if (model->related[k] > .1) model->related[k] = .1;
    }
}

static void start(const kith_link_data *data, kith_link_model *model, const kith_link_chance *c, double rows, double all) {
    model->prior = .6 * rows / all;
    if (model->prior > .2) model->prior = .2;
    decide_shared(data, model, c, rows, all);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_field *field = &model->field[f];
        for (int l = 0; l < L; l++)
            field->m[l] = field->h[0][l] = field->h[1][l] = field->h[2][l] = field->h[3][l] = field->u[l] = 0;
        double partial = 0;
        for (int l = 2; l < EQ; l++) partial += c[f].level[l] + 1e-4;
        for (int l = 1; l < L; l++) {
            double base = l >= EQ ? (c[f].mass[l - EQ] + .01) / 1.08 : l == 1 ? 1 : (c[f].level[l] + 1e-4) / partial;
            field->m[l] = (l >= EQ ? .8 : l == 1 ? .06 : .14) * base;
            field->h[0][l] = (l >= EQ ? .35 : l == 1 ? .5 : .15) * base;
            field->h[1][l] = (l >= EQ ? .7 : l == 1 ? .2 : .1) * base;
            field->h[2][l] = (l >= EQ ? .6 : l == 1 ? .25 : .15) * base;
            field->h[3][l] = (l >= EQ ? .7 : l == 1 ? .1 : .2) * base;
            if (field->kind == KITH_LINK_SWAP) {
                field->m[l] = l == 1 ? .98 : l == 6 || l == 7 ? .01 : 1e-9;
                for (int k = 0; k < KITH_LINK_RELATED; k++)
                    field->h[k][l] = l == 1 ? .999 : l == 6 || l == 7 ? .0005 : 1e-9;
            }
        }
    }
}

/* Fields that tell matches from strangers by less than a twentieth of a bit (a time stamp, the source) only cost time.
 */
static void drop_idle(kith_link_model *model) {
    for (uint32_t f = 0; f < model->n_fields; f++) {
        kith_link_field *field = &model->field[f];
        double bits = 0;
        for (int l = 1; l < L; l++)
            if (field->m[l] > 0 && field->u[l] > 0) bits += field->m[l] * log2(field->m[l] / field->u[l]);
        bool ruled = false;
        for (uint32_t r = 0; r < model->n_rules; r++) ruled = ruled || model->rule[r].field == f;
        if (bits < .05 && field->kind != KITH_LINK_SWAP && !ruled) field->kind = KITH_LINK_IGNORE;
    }
}

void kith_link_patterns_free(kith_link_patterns *p) {
    free(p->pattern), free(p->count), free(p->known);
    *p = (kith_link_patterns){0};
}

/* EM in turn with u. `rounds` of them; each EM runs until it moves no more, 25 steps at most. */
static void learn(kith_link_model *model, const kith_link_chance *c, const kith_link_patterns *p, int rounds) {
    for (int round = 0; round < rounds; round++) {
        double last = -HUGE_VAL, before = model->prior;
        set_u(model, c, p->all);
        for (int k = 0; k < 25; k++) {
            double ll = kith_link_em_step(model, p, 2);
            bool done = ll - last < 1e-7 * fabs(ll);
            model->iterations++;
            model->loglik = last = ll;
            if (done) break;
        }
        if (round > 1 && fabs(model->prior - before) < 1e-4 * before) break;
    }
}

static double share_for(const kith_link_model *model, double rows, double pairs) { /* of the candidates, to see that many */
    double expected = 0;
    for (uint32_t k = 0; k < model->n_keys; k++) expected += model->key[k].pairs * rows;
    return expected > pairs && rows > 50000 ? pairs / expected : 1;
}

typedef struct weighed {
    double bits, pairs;
} weighed;

static int by_bits(const void *a, const void *b) {
    const weighed *x = a, *y = b;
    return x->bits != y->bits ? (x->bits > y->bits ? -1 : 1) : x->pairs < y->pairs ? -1 : x->pairs > y->pairs;
}

/* The weight at which the F1 that the posteriors promise is highest (their F1 ÷ 2 as a probability: Lipton, Elkan &
 * Narayanaswamy 2014). */
static int choose_threshold(kith_link_model *model, const kith_link_patterns *p, kith_error *err) {
    weighed *w = malloc(sizeof *w * (p->n + 1));
    if (w == NULL) return kith_no_memory(err);
    for (size_t i = 0; i < p->n; i++) w[i] = (weighed){kith_link_weight(model, p->pattern[i]), p->count[i]};
    if (p->n) qsort(w, p->n, sizeof *w, by_bits);
    double pairs = 0, matches = 0, all = model->prior * p->all, best = 0;
    model->threshold = 0;
    for (size_t i = 0; i < p->n; i++) {
        pairs += w[i].pairs;
        matches += w[i].pairs * kith_link_probability(w[i].bits);
        double f1 = 2 * matches / (pairs + all);
        if (w[i].bits > 0) best = f1; /* never above what is as likely as not */
        if (f1 <= best) continue;
        best = f1;
        model->threshold = w[i].bits;
    }
    if (model->threshold < -3) model->threshold = -3; /* beyond that the posteriors are not to be trusted */
    free(w);
    return KITH_OK;
}

int kith_link_fit_begin(const kith_link_data *data, kith_link_model *model, const kith_link_fit_options *o,
                        kith_error *err) {
    kith_link_fitting *g = &model->fitting;
    double budget = data->all > 0 ? 3e6 / data->all : 60; /* small files can afford more */
    g->budget = o->pairs_per_row > 0 ? o->pairs_per_row : budget > 60 ? 60 : budget < 10 ? 10 : budget;
    g->keys_said = model->n_keys > 0;
    model->prior = 0; /* nothing is known yet */
    model->rows = data->all;
    if (!g->keys_said) KITH_TRY(kith_link_choose_keys(data, model, g->budget, err));
    KITH_TRY(measure_chance(data, o->seed, g->chance, err));
    g->share = share_for(model, data->all, 3e5);
    g->pass = 2;
    return KITH_OK;
}

int kith_link_fit_count(const kith_link_data *data, const kith_link_model *model, const kith_link_fit_options *o,
                        kith_link_patterns *patterns, kith_error *err) {
    kith_link_pairs pairs;
    return count_patterns(data, model->fitting.share, o, patterns, &pairs, err);
}

int kith_link_fit_more(const kith_link_data *data, kith_link_model *model, kith_link_patterns *p, kith_error *err) {
    kith_link_fitting *g = &model->fitting;
    for (size_t i = 0; i < p->n; i++)
        if (p->known[i] < 0) p->count[i] /= g->share; /* labelled pairs stand for themselves */
    if (g->pass == 2) {
        start(data, model, g->chance, model->rows, p->all);
        model->iterations = 0;
        learn(model, g->chance, p, g->keys_said ? 12 : 4);
        if (!g->keys_said && model->prior > 0) { /* again, with keys and fields that this first fit chooses */
            if (model->prior * p->all > 20) drop_idle(model); /* few matches tell little about fields */
            KITH_TRY(kith_link_choose_keys(data, model, g->budget, err));
            g->share = share_for(model, model->rows, 8e5);
            g->pass = 3;
            return KITH_OK;
        }
    } else {
        learn(model, g->chance, p, 12);
    }
    if (p->all > 0 && !(model->prior > .01 / p->all)) model->prior = .01 / p->all; /* none was seen */
    g->pass = 0;
    return choose_threshold(model, p, err);
}

int kith_link_fit(const kith_link_data *data, kith_link_model *model, const kith_link_fit_options *o, kith_error *err) {
    KITH_TRY(kith_link_fit_begin(data, model, o, err));
    while (model->fitting.pass) {
        kith_link_patterns p = {0};
        int status = kith_link_fit_count(data, model, o, &p, err);
        if (status == KITH_OK) status = kith_link_fit_more(data, model, &p, err);
        kith_link_patterns_free(&p);
        KITH_TRY(status);
    }
    return KITH_OK;
}
