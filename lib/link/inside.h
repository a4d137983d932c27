/* What the files of lib/link share. */
#ifndef KITH_LINK_INSIDE_H
#define KITH_LINK_INSIDE_H

#include <kith/link.h>

/* normal.c: appends the normalised value of a field (`cells`: those of its columns) to `out`: nothing where it is missing. `scratch` is the caller's, for
 * nothing else; both buffers tell of memory by `failed`. */
void link_normalise(const kith_link_field *field, const kith_str *cells, kith_buf *scratch, kith_buf *out);
bool link_missing_word(kith_str folded);           /* a word that stands for nothing: n a, null, unknown */
bool link_number_of(kith_str text, double *value); /* also with a currency's mark and commas */

/* The three parts of a date as packed in aux: 0 where it was none. */
static inline uint64_t link_pack_date(int y, int m, int d, bool year_only) {
    return (uint64_t)y << 16 | (uint64_t)m << 8 | (uint64_t)d << 1 | (year_only ? 1 : 0) | UINT64_C(1) << 40;
}

/* At most one edit between them (insert, delete, substitute, swap of neighbours); equal strings too. */
static inline bool link_one_edit(const char *a, size_t na, const char *b, size_t nb) {
    if (na > nb + 1 || nb > na + 1) return false;
    size_t n = na < nb ? na : nb, head = 0, tail = 0;
    while (head < n && a[head] == b[head]) head++;
    while (tail < n - head && a[na - 1 - tail] == b[nb - 1 - tail]) tail++;
    size_t ra = na - head - tail, rb = nb - head - tail;
    return (ra <= 1 && rb <= 1) || (ra == 2 && rb == 2 && a[head] == b[head + 1] && a[head + 1] == b[head]);
}

/* Which letters and digits a text holds: a bit each. */
static inline uint64_t link_letters(kith_str s) {
    uint64_t mask = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        mask |= UINT64_C(1) << (c >= 'a' && c <= 'z' ? c - 'a' : c >= '0' && c <= '9' ? 26 + c - '0' : 36 + c % 16);
    }
    return mask;
}

/* The model's logarithms laid out for scoring: of the classes (m, h1, h2, u), level by level. */
enum { LINK_CLASSES = KITH_LINK_RELATED + 2 };
typedef struct link_scorer {
    double share[LINK_CLASSES];
    double level[KITH_LINK_FIELDS][KITH_LINK_LEVELS][LINK_CLASSES];
    double ratio[KITH_LINK_FIELDS][KITH_LINK_LEVELS]; /* m against u alone: never less than against all others */
    double best[KITH_LINK_FIELDS];                    /* the highest ratio of a level that is not equality */
    uint8_t turn[KITH_LINK_FIELDS]; /* fields in the order that rules pairs out soonest for its cost */
    double start;
} link_scorer;
void link_scorer_make(const kith_link_model *model, link_scorer *scorer);
double link_scorer_weight(const link_scorer *scorer, const kith_link_model *model, uint64_t pattern);

/* The weight of a pair and its pattern; less than `least` (and no pattern) as soon as it cannot reach that. */
double link_score(const kith_link_data *data, kith_link_memo *memo, const link_scorer *scorer, uint32_t i, uint32_t j,
                  double least, uint64_t *pattern);

enum { LINK_ATOMS = 4 };
/* Blocking atoms of a kind: their names (NULL ends) and how likely each survives, given that the value was altered a
 * little. */
typedef struct link_atom {
    const char *name;
    double survives;
    bool alone; /* fit to be a key by itself */
} link_atom;
const link_atom *link_atoms(kith_link_kind kind);
int link_build_atoms(kith_link_data *data, uint32_t field, kith_error *err);

/* Adds a junk value (copied to `arena`). */
int link_add_junk(kith_link_model *model, kith_arena *arena, uint32_t field, kith_str text, kith_error *err);

/* Sorts by the upper 32 bits, stable; the result is in b (a is spoilt). */
void link_radix_sort(uint64_t *a, uint64_t *b, size_t n);

/* A definite rule's weight in bits: beyond what evidence reaches. */
#define LINK_RULED 1000.

/* Texts to numbers from 1; v->text, hash and count have room for them (v->n is 1 before the first). 0: out of memory. */
typedef struct link_intern {
    uint32_t *slot; /* id or 0 */
    uint32_t mask;
    uint32_t room; /* of the values' arrays */
} link_intern;
uint32_t link_intern_text(kith_link_values *v, link_intern *t, kith_arena *arena, kith_str text);

/* Takes the values in: ids, texts and counts, of these rows alone; the first part of building. */
int link_data_intern(kith_link_data *data, const kith_link_store *store, const kith_link_model *model, int threads,
                     kith_error *err);
void link_choose_shares(kith_link_field *field, double top, double rows);
static inline uint8_t link_bucket(const kith_link_field *field, double share) {
    uint8_t b = 0;
    while (b < 7 && share > field->share[b]) b++;
    return b;
}

/* The census, field by field; a value or token that it does not hold stands in one record. */
int link_census_new(const kith_link_model *model, double rows, kith_link_census **census, kith_error *err);
/* Counts a value, and its tokens if the field has such. The same value is added once. */
int link_census_add(kith_link_census *census, const kith_link_model *model, uint32_t field, kith_str text, uint64_t count,
                    kith_error *err);
uint32_t link_census_value(const kith_link_census *census, uint32_t field, uint64_t hash);
uint32_t link_census_token(const kith_link_census *census, uint32_t field, uint64_t hash);
double link_census_rows(const kith_link_census *census);
double link_census_present(const kith_link_census *census, uint32_t field);
double link_census_top(const kith_link_census *census, uint32_t field); /* of the commonest value */
/* Adds up, by bucket, the records that hold a value and the pairs of records that share one. */
void link_census_sums(const kith_link_census *census, const kith_link_model *model, uint32_t field, double mass[8],
                      double equal[8]);
bool link_census_has_over(const kith_link_census *census);
bool link_census_is_over(const kith_link_census *census, int key, uint32_t hash);

/* Appends the distinct words of a text, 40 at most, as fields tell them apart. Returns how many. */
enum { LINK_WORDS = 40 };
size_t link_words(kith_str text, kith_str words[LINK_WORDS]);

/* The hashes of every row under every key: rows × slots; key k has the slots start[k] … start[k + 1] − 1. Freed with free. */
int link_key_hashes(const kith_link_data *data, uint32_t **hash, uint32_t *slots, uint32_t start[KITH_LINK_KEYS + 1],
                    kith_error *err);
enum { LINK_BLOCK = 100 }; /* records of a block at most; above, its pairs are left to keys that refine it */
static inline bool link_sampled(uint32_t hash, double share) {
    return share >= 1 || (double)(hash * 2654435761u) / 4294967296. < share;
}
static inline uint32_t link_part(int key, uint32_t hash, uint32_t parts) {
    return (uint32_t)(kith_hash_mix((uint64_t)key + 1, hash) % parts);
}

/* How many entries a record has under a key: more than one where a part is made of tokens or overlapping bins. */
enum { LINK_TOKENS = 4 };

#endif
