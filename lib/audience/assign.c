/* Assignment: the line [0, 1) cut into arms, by a person's keyed number or by rank within a stratum. */
#include <kith/assign.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int kith_arms_parse(kith_arena *arena, const char *text, kith_arms *arms, kith_error *err) {
    *arms = (kith_arms){0};
    double sum = 0;
    size_t shares = 0;
    int control = -1;
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, ","), name = 0;
        while (name < length && p[name] != '=') name++;
        kith_str label = kith_str_trim((kith_str){p, name});
        if (!label.n) return kith_fail(err, KITH_USAGE, "--arms: an arm without a name");
        if (arms->n == KITH_ARMS) return kith_fail(err, KITH_USAGE, "--arms: more than %d arms", KITH_ARMS);
        size_t i = arms->n++;
        arms->arm[i].name = kith_arena_copy(arena, label.p, label.n);
        if (!arms->arm[i].name) return kith_no_memory(err);
        for (size_t k = 0; k < i; k++)
            if (strcmp(arms->arm[k].name, arms->arm[i].name) == 0) return kith_fail(err, KITH_USAGE, "--arms: '%s' is named twice", arms->arm[i].name);
        if (name < length) {
            kith_str share = kith_str_trim((kith_str){p + name + 1, length - name - 1});
            bool percent = share.n && share.p[share.n - 1] == '%';
            if (!kith_parse_double((kith_str){share.p, share.n - percent}, &arms->arm[i].share) || arms->arm[i].share < 0)
                return kith_fail(err, KITH_USAGE, "--arms: the share of '%s' is no number", arms->arm[i].name);
            if (percent) arms->arm[i].share /= 100;
            shares++;
        }
        sum += arms->arm[i].share;
        if (strcmp(arms->arm[i].name, "control") == 0) control = (int)i;
        p += length + (p[length] == ',');
    }
    if (!arms->n) return kith_fail(err, KITH_USAGE, "--arms: no arm is named");
    if (shares && shares != arms->n) return kith_fail(err, KITH_USAGE, "--arms: give every arm a share, or none");
    if (sum > 1 + 1e-9) return kith_fail(err, KITH_USAGE, "--arms: the shares add up to more than one");
    for (size_t i = 0, next = 1; i < arms->n; i++) {
        if (!shares) arms->arm[i].share = 1 / (double)arms->n;
        arms->arm[i].treatment = (int)i == (control < 0 ? 0 : control) ? 0 : (int)next++;
    }
    return KITH_OK;
}

/* The ends of the arms' parts; the last is exactly one where the shares add up to one. */
static double end_of(const kith_arms *arms, size_t i) {
    double sum = 0;
    for (size_t k = 0; k <= i; k++) sum += arms->arm[k].share;
    return i + 1 == arms->n && fabs(sum - 1) < 1e-9 ? 1 : sum;
}

int kith_arm_of(const kith_arms *arms, double u) {
    for (size_t i = 0; i < arms->n; i++)
        if (u < end_of(arms, i)) return (int)i;
    return -1;
}

typedef struct person {
    uint64_t stratum;
    double u;
    size_t at;
} person;

static int by_stratum(const void *a, const void *b) {
    const person *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->u != y->u) return x->u < y->u ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void cut(const kith_arms *arms, const person *p, size_t n, double rounding, int *arm) {
    size_t people = 0, rank = 0;
    for (size_t i = 0; i < n; i++) people += i == 0 || p[i].u != p[i - 1].u;
    for (size_t i = 0; i < n; i++) {
        rank += i > 0 && p[i].u != p[i - 1].u;
        if (arm[p[i].at] != -2) continue;
        int found = -1;
        for (size_t k = 0; k < arms->n && found < 0; k++) {
            double end = end_of(arms, k);
            size_t edge = end >= 1 ? people : (size_t)floor(end * (double)people + rounding);
            if (rank < edge) found = (int)k;
        }
        arm[p[i].at] = found;
    }
}

int kith_arms_stratify(const kith_arms *arms, size_t n, const double *u, const uint64_t *stratum, uint64_t seed, int *arm, kith_error *err) {
    person *people = malloc((n + 1) * sizeof *people);
    if (!people) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) people[i] = (person){stratum[i], u[i], i};
    qsort(people, n, sizeof *people, by_stratum);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && people[j].stratum == people[i].stratum; j++) {}
        kith_random r;
        kith_random_start(&r, seed, "assign stratum", people[i].stratum);
        cut(arms, people + i, j - i, kith_random_unit(&r), arm);
    }
    free(people);
    return KITH_OK;
}
