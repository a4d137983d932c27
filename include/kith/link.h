/* kith/link.h: which records are one person: fields, blocking, comparison, the mixture model, clusters.
 *
 *   rows ─► store ─► fields (interned values) ─► keys ─► candidate pairs ─► patterns ─► EM ─► model
 *                                                             └─► weights ─► components ─► clusters ─► person_id
 *
 * A *field* is what is compared: a column, or several that make one value (year, month, day; lat, lon). Every value is
 * normalised for its kind and interned, so equality is that of two integers; each comparison of two values gives a
 * *level* in four bits (0 missing, 1 different, 2–7 more and more alike, 8–15 equal, by how common the value is), and
 * the levels of up to 16 fields make one 64-bit *pattern*. The model is a mixture of three classes over patterns: the
 * same person (m), related but not the same (h: households, name-sakes in one place), unrelated (u). Fellegi & Sunter
 * 1969; Winkler 1988, 2000; EM on pattern counts after Enamorado, Fifield & Imai 2019.
 *
 * Everything is a function of the rows' contents and the seed: not of their order, nor of the number of threads. */
#ifndef KITH_LINK_H
#define KITH_LINK_H

#include <kith/fold.h>

enum { KITH_LINK_FIELDS = 16, KITH_LINK_LEVELS = 16, KITH_LINK_KEYS = 40, KITH_LINK_EQUAL = 8, KITH_LINK_RELATED = 4 };

typedef enum kith_link_kind {
    KITH_LINK_IGNORE,
    KITH_LINK_NAME,    /* given names, surnames, places: short words */
    KITH_LINK_TEXT,    /* several words: titles, company names, memos, occupations */
    KITH_LINK_ADDRESS, /* words with house numbers */
    KITH_LINK_LIST,    /* names separated by commas: authors */
    KITH_LINK_EMAIL,
    KITH_LINK_PHONE,
    KITH_LINK_CODE, /* postcodes, identifiers */
    KITH_LINK_DATE,
    KITH_LINK_NUMBER,
    KITH_LINK_CATEGORY,
    KITH_LINK_GEO,  /* latitude and longitude */
    KITH_LINK_SWAP, /* two name fields that hold each other's values */
    KITH_LINK_KINDS
} kith_link_kind;

kith_link_kind kith_link_kind_of(kith_str name); /* KITH_LINK_KINDS where there is none of that name */
/* What level 1–15 means for a kind ("one edit", "equal"): for the model and for explain. */
const char *kith_link_level_name(kith_link_kind kind, int level);

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* Rows as they came, copied batch by batch, in input order. */
typedef struct kith_link_piece {
    char *bytes;
    uint32_t *ends;   /* rows × cols, as in kith_batch */
    uint32_t *starts; /* rows */
    uint32_t rows;
    uint32_t file;
    uint64_t first; /* number of its first row */
    size_t n, room; /* bytes in use and held, where rows are added one by one */
} kith_link_piece;

typedef struct kith_link_store {
    kith_header header; /* names owned by the arena */
    kith_arena *arena;
    kith_link_piece *pieces;
    size_t n_pieces, room;
    uint32_t rows;
    uint64_t before; /* records of its first file that stand before it */
    char delimiter;
} kith_link_store;

/* An empty store for rows of this header, whose names are copied. KITH_SYSTEM: out of memory. Free with kith_link_store_free, also after a failure. */
int kith_link_store_init(kith_link_store *store, const kith_header *header, kith_error *err);
void kith_link_store_free(kith_link_store *store); /* one of zeros is fine, and what it leaves */
/* Copies the rows of a batch behind those that are there; batches come in their order. KITH_DATA past 4 billion rows, KITH_SYSTEM out of memory. */
int kith_link_store_add(kith_link_store *store, const kith_batch *batch, kith_error *err);
int kith_link_store_commit(void *store, int worker, const kith_batch *batch, kith_out *out, kith_error *err); /* the same for a kith_scan, without a visit */
/* Adds one row from raw cells (header.n of them, as they came with delimiter `delimiter`). Errors as kith_link_store_add. */
int kith_link_store_add_cells(kith_link_store *store, const kith_str *cells, char delimiter, kith_error *err);
/* What follows lives as long as the store. `row` counts within the piece, but in kith_link_piece_of from the store's first row: it gives the piece that
 * holds the row, and its place there. */
/* A cell's text, unquoted into `arena` where it must be; p NULL: out of memory. */
kith_str kith_link_cell(const kith_link_store *store, const kith_link_piece *piece, uint32_t row, uint32_t col,
                        kith_arena *arena);
kith_str kith_link_row(const kith_link_store *store, const kith_link_piece *piece, uint32_t row); /* as it came */
const kith_link_piece *kith_link_piece_of(const kith_link_store *store, uint32_t row, uint32_t *within);

/* ---- the model ---------------------------------------------------------------------------------------------- */

typedef struct kith_link_field {
    char name[96];
    kith_link_kind kind;
    uint32_t n_columns;
    char column[3][256];              /* of words: the first, less the words of the others */
    uint32_t swap[2];                 /* KITH_LINK_SWAP: the two fields */
    bool day_first;                   /* KITH_LINK_DATE */
    bool in_email;                    /* KITH_LINK_NAME: its values are parts of the e-mail addresses */
    bool new_year;                    /* 1 January stands for "only the year is known" */
    double share[8];                  /* equal values: bucket b holds shares of the records up to share[b] */
    int8_t shared[KITH_LINK_RELATED]; /* related pairs of that sort: 0 are strangers in it (h = u), 1 may share it, 2
                                         share it as one person does (h = m) */
    double m[KITH_LINK_LEVELS], h[KITH_LINK_RELATED][KITH_LINK_LEVELS], u[KITH_LINK_LEVELS];
} kith_link_field;

typedef struct kith_link_key {
    uint32_t n; /* parts */
    struct {
        uint8_t field, atom;
    } part[3];
    double pairs; /* expected for each record, when fitted */
} kith_link_key;

typedef struct kith_link_chance { /* what chance makes of a field over all pairs of records */
    double equal[8];              /* share of all pairs (both present) that are equal, by bucket, exactly */
    double level[KITH_LINK_EQUAL]; /* share of random pairs at the other levels */
    double present;               /* share of all pairs that have both values */
    double mass[8];               /* share of the records' values by bucket */
    double drawn;                 /* random pairs with both values */
} kith_link_chance;

/* A fit between its passes: what the next one needs besides the model as it is so far. */
typedef struct kith_link_fitting {
    int pass; /* the next: 1 values, 2 patterns, 3 patterns under the keys that the first ones taught; 0: done */
    bool keys_said;
    double budget, share, all; /* candidate pairs a record; the share of blocks that are looked at; all pairs */
    kith_link_chance chance[KITH_LINK_FIELDS];
} kith_link_fitting;

typedef struct kith_link_rule { /* definite */
    bool must;                  /* equal values: the same person; else (cannot) different values: not the same */
    uint32_t field;
} kith_link_rule;

typedef struct kith_link_model {
    uint32_t n_fields, n_keys, n_rules, n_junk;
    kith_link_field field[KITH_LINK_FIELDS];
    kith_link_key key[KITH_LINK_KEYS];
    kith_link_rule rule[KITH_LINK_FIELDS];
    struct kith_link_junk {
        uint32_t field;
        char *text;                           /* normalised */
    } * junk;                                 /* owned by the arena of whoever filled the model */
    double prior, related[KITH_LINK_RELATED]; /* the shares of all pairs that are matches, that are related: by place,
                                                 by household, by place again, by name */
    double threshold;                         /* of the mean weight (bits) between clusters that resolve joins */
    bool link_only, one_per_source;
    char id[256], source[256];
    double rows, loglik, iterations, recall; /* the fit's */
    kith_link_fitting fitting;               /* pass 0 in a whole model */
} kith_link_model;

/* The model as rows part,name,value (kith_model_text prints them); numbers round-trip exactly. */
int kith_link_model_put(const kith_link_model *model, kith_model *out, kith_error *err);
/* Untrusted input: every index and number is checked. Strings are owned by `arena`. KITH_DATA names the file and the
 * row. */
int kith_link_model_read(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err);
/* The same for a model between two passes of a fit (model->fitting.pass) too. */
int kith_link_model_read_pass(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err);
/* What of a model the values of its fields depend on, as rows of text, and back. */
int kith_link_fields_put(const kith_link_model *model, kith_buf *out, kith_error *err);
int kith_link_fields_parse(kith_str text, kith_arena *arena, kith_link_model *model, kith_error *err);
/* A link spec: the same rows, as many as one cares to fix: field, column, key, rule, option, junk; a whole model is
 * one, too. */
int kith_link_spec_read(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err);

/* Take the names of the columns of the ids and of the sources (NULL: leaves the model's). KITH_USAGE if one is too long. */
int kith_link_model_names(kith_link_model *model, const char *id, const char *source, kith_error *err);

/* ---- recognising and building fields ------------------------------------------------------------------------ */

/* Decides the fields of a model from the rows alone. `use` says which columns may be used (cols of them). KITH_DATA where there is nothing
 * to compare, or a column that would be has a name of more than 255 bytes or that of one before it. */
int kith_link_recognise(const kith_link_store *store, const bool *use, kith_link_model *model, kith_error *err);

typedef struct kith_link_values { /* a field's dictionary: value 0 is missing */
    uint32_t n;                   /* values 1 … n−1 */
    kith_str *text;               /* normalised */
    uint32_t *count;              /* records */
    uint64_t *hash;               /* of the text */
    uint64_t *aux;                /* by kind: packed date, letters … */
    double *real;                 /* numbers; latitude and longitude (2 a value) */
    uint32_t *atom[4];            /* blocking atoms: atom_many entries a value; 0: none */
    uint8_t atom_many[4];
    uint32_t *cross;       /* of a swap: the first field's value as a value of the second, by number; 0: none */
    uint16_t *groups;      /* nickname groups, 4 a value, for names */
    uint8_t *bucket;       /* 0–7 for equality */
    uint32_t *token_start; /* n + 1: the value's tokens (text kinds) */
    uint32_t *token;       /* token numbers, most rare first */
    float *token_weight;   /* by token number: its rarity in bits */
    kith_str *token_text;
    uint32_t n_tokens;
    double present; /* records that have a value */
} kith_link_values;

/* What all records together say of each value (how many hold it) and which blocks are oversized, for a task that sees
 * some of the records. */
typedef struct kith_link_census kith_link_census;
/* Reads what kith_link_census_put wrote (--save-counts), for the model's fields. Untrusted input. */
int kith_link_census_read(const char *path, const kith_link_model *model, kith_link_census **census, kith_error *err);
/* Adds the oversized blocks: a CSV whose column `block` holds KEY:HASH. From then on blocks are not counted. */
int kith_link_census_over(kith_link_census *census, const char *path, kith_error *err);
/* Both, as options name them: no counts, no census (NULL); `over` alone is KITH_USAGE. */
int kith_link_census_open(const char *counts, const char *over, const kith_link_model *model, kith_link_census **census,
                          kith_error *err);
/* P/N, P from 0 to N − 1; NULL: 0 of 0. */
int kith_link_part_parse(const char *text, uint32_t *part, uint32_t *parts, kith_error *err);
int kith_link_census_put(const kith_link_census *census, const kith_link_model *model, kith_buf *out, kith_error *err);
void kith_link_census_free(kith_link_census *census);

typedef struct kith_link_data {
    const kith_link_model *model;
    const kith_link_census *census; /* NULL: these are all the records */
    double all;                     /* records altogether */
    uint32_t part, parts;           /* only blocks of this part are paired, of so many; 0: all */
    kith_arena *arena, *arenas[KITH_LINK_FIELDS];
    uint32_t rows, stride;
    uint32_t *ids; /* rows × stride */
    kith_link_values values[KITH_LINK_FIELDS];
    uint32_t *order;  /* the rows by the hash of their contents: what sampling goes by */
    uint16_t *source; /* of each row: the file or the source column's value; NULL if it plays no part */
} kith_link_data;

/* Builds the dictionaries for the model's fields (several fields at a time on `threads`). With `demote`, finds junk
 * values and adds them to the model (the model is the data's own then). Columns that are not there: KITH_DATA. */
int kith_link_data_build(kith_link_data *data, const kith_link_store *store, kith_link_model *model, bool demote,
                         int threads, kith_error *err);
/* The same for some of the records, with what all of them say; no junk is looked for. The census outlives the data. */
int kith_link_data_build_some(kith_link_data *data, const kith_link_store *store, kith_link_model *model,
                              const kith_link_census *census, int threads, kith_error *err);
void kith_link_data_free(kith_link_data *data);

/* ---- comparing ---------------------------------------------------------------------------------------------- */

/* One thread's memo of compared values. */
typedef struct kith_link_memo kith_link_memo;
kith_link_memo *kith_link_memo_new(const kith_link_data *data);
void kith_link_memo_free(kith_link_memo *memo);

uint64_t kith_link_pattern(const kith_link_data *data, kith_link_memo *memo, uint32_t i, uint32_t j);
static inline int kith_link_level(uint64_t pattern, uint32_t field) { return (int)(pattern >> 4 * field & 15); }

/* ---- blocking ----------------------------------------------------------------------------------------------- */

/* Chooses the model's keys from the data: a union of many cheap ones. */
int kith_link_choose_keys(const kith_link_data *data, kith_link_model *model, double pairs_per_row, kith_error *err);

typedef struct kith_link_pairs {
    uint64_t candidates, dropped_pairs; /* dropped: in oversized blocks */
    uint64_t oversized;                 /* blocks */
    uint64_t alone; /* records that share blocks with others, but oversized ones only: no pair holds them (not told by a census's blocks) */
} kith_link_pairs;

/* Called from several workers at a time; what it gathers must not depend on the order of the calls. */
typedef int (*kith_link_visit)(void *ctx, int worker, uint32_t i, uint32_t j, int key);
/* Calls `visit` once for every candidate pair (i < j), under its lowest common key. `sample`: only pairs of blocks
 * whose key hashes below this share. */
int kith_link_run_pairs(const kith_link_data *data, double sample, int threads, kith_link_visit visit, void *ctx,
                        kith_link_pairs *out, kith_error *err);

/* ---- EM ----------------------------------------------------------------------------------------------------- */

typedef struct kith_link_patterns {
    size_t n;
    uint64_t *pattern;
    double *count;
    int8_t
        *known; /* NULL, or for each: −1 not known, 0 no match, 1 match (labelled pairs make patterns of their own) */
    double all; /* all pairs, candidates or not: those that are no candidates count as unrelated */
} kith_link_patterns;

/* One EM step for given u: improves m, h, prior and related of the model, and returns the log-likelihood (natural, with
 * the prior of `smooth` pseudo-pairs for each class) of the parameters that it started from, which never falls from
 * step to step. */
double kith_link_em_step(kith_link_model *model, const kith_link_patterns *patterns, double smooth);

/* The match weight in bits (log2 odds, prior included) of a pattern. */
double kith_link_weight(const kith_link_model *model, uint64_t pattern);
/* What the definite rules say: 1 must, −1 cannot (which is the stronger), 0 nothing. */
int kith_link_ruled(const kith_link_model *model, uint64_t pattern);
/* The same taken apart: bits[0] is the prior's, bits[1 + f] what field f adds (0 where missing); the sum is the weight.
 */
double kith_link_waterfall(const kith_link_model *model, uint64_t pattern, double bits[KITH_LINK_FIELDS + 1]);
static inline double kith_link_probability(double bits) {
    return bits > 60 ? 1 : bits < -60 ? 0 : 1 / (1 + __builtin_exp2(-bits));
}

typedef struct kith_link_label { /* a pair judged by a person */
    uint32_t i, j;
    bool match;
} kith_link_label;

typedef struct kith_link_fit_options {
    int threads;
    int64_t seed;
    const kith_link_label *labels;
    size_t n_labels;
    double pairs_per_row; /* budget of candidate pairs; 0: the default */
} kith_link_fit_options;

/* Fills keys (unless the model has some), u, m, h, prior, threshold and recall of a model whose fields are known. */
int kith_link_fit(const kith_link_data *data, kith_link_model *model, const kith_link_fit_options *options,
                  kith_error *err);

/* The same in its passes. `begin` chooses keys and measures chance; `count` counts the patterns of the candidate pairs
 * of the next pass (free with kith_link_patterns_free); `more` learns from them, and leaves model->fitting.pass at 0 when
 * the model is whole; it scales the counts by the share of blocks that were looked at. At pass 3 it takes data NULL. */
int kith_link_fit_begin(const kith_link_data *data, kith_link_model *model, const kith_link_fit_options *options,
                        kith_error *err);
int kith_link_fit_count(const kith_link_data *data, const kith_link_model *model, const kith_link_fit_options *options,
                        kith_link_patterns *patterns, kith_error *err);
int kith_link_fit_more(const kith_link_data *data, kith_link_model *model, kith_link_patterns *patterns,
                       kith_error *err);
void kith_link_patterns_free(kith_link_patterns *patterns);

/* ---- the fit as a fold over shards ---------------------------------------------------------------------------- */

/* dedupe.fit: parameters pass (rows, values, patterns), fields (kith_link_fields_put), sample (rows kept at most), model
 * (of the pattern pass: any text that tells models apart). rows: the rows that hash least; values: those and, for each
 * field, every value with its count; patterns: patterns of candidate pairs with their counts. */
extern const kith_fold kith_link_fold;

/* What a state of the fold holds: the rows kept, as a store (empty before; free with kith_link_store_free). */
int kith_link_pass_store(void *state, kith_link_store *store, kith_error *err);
/* The values' counts, less the model's junk (KITH_DATA: a state of another pass). With `shares` the model's buckets are chosen from them. */
int kith_link_pass_census(void *state, kith_link_model *model, bool shares, kith_link_census **census, kith_error *err);
/* Pattern pass: compares the rows taken in so far (census NULL: they are all), and leaves the patterns in the state. */
int kith_link_pass_count(void *state, kith_link_model *model, const kith_link_census *census, uint32_t part,
                         uint32_t parts, const kith_link_fit_options *options, kith_error *err);
/* The patterns, to learn from (free with kith_link_patterns_free). */
int kith_link_pass_patterns(const void *state, kith_link_patterns *patterns, kith_error *err);

/* ---- clusters ----------------------------------------------------------------------------------------------- */

typedef struct kith_link_edge {
    uint32_t i, j; /* rows, i < j */
    float bits;
    uint32_t pad;
    uint64_t pattern;
} kith_link_edge;

/* All candidate pairs of at least `least` bits; in order of (i, j) if `sorted`, else in any. Freed with free. */
int kith_link_edges(const kith_link_data *data, double least, bool sorted, int threads, kith_link_edge **edges,
                    size_t *n, kith_link_pairs *pairs, kith_error *err);

/* Leaves of edges in order of (i, j) those of a greedy one-to-one assignment: the heaviest first, each row once. */
int kith_link_one_to_one(const kith_link_data *data, kith_link_edge *edges, size_t *n, kith_error *err);

typedef struct kith_link_clusters {
    uint32_t rows, n;
    uint32_t *cluster;  /* of each row: the least row of its cluster */
    float *probability; /* of each row: that it belongs there */
} kith_link_clusters;

/* Components of the edges; inside each, all pairs weighed and joined by information-weighted average linkage down to
 * the model's threshold. */
int kith_link_cluster(const kith_link_data *data, const kith_link_edge *edges, size_t n, int threads,
                      kith_link_clusters *clusters, kith_error *err);
void kith_link_clusters_free(kith_link_clusters *clusters);

/* ---- persons ------------------------------------------------------------------------------------------------ */

typedef struct kith_link_change { /* what happened to an earlier person */
    const char *what;             /* "split": some of its records went to `other`; "merge": it went up in `other` */
    kith_str person, other;
    uint32_t records;
} kith_link_change;

typedef struct kith_link_persons {
    kith_str *id; /* of each row */
    kith_link_change *change;
    size_t n_changes, born, kept;
} kith_link_persons;

/* Gives every cluster its person: the earlier id that most of its known records had (an id stays with the cluster that
 * has most of its records), else the hash of its least (source, record). record[i], source[i] name row i; known[i]
 * (known may be NULL) is the earlier id or empty. Everything is owned by `arena`. */
int kith_link_name_persons(const kith_link_clusters *clusters, const kith_str *source, const kith_str *record,
                           const kith_str *known, kith_arena *arena, kith_link_persons *persons, kith_error *err);

/* Who the rows are: their source (the model's source column, else a column source, else the file's base name if there
 * are several files), their record (the model's id column, else record_id, else the number in the file), and with
 * `known_path` the persons they had. */
typedef struct kith_link_naming {
    kith_str *source, *record, *known; /* known is NULL without known_path */
} kith_link_naming;

/* Fills `naming` (in `arena`; the strings may point into the store). The rows of `known_path`, an earlier output of
 * resolve, are added to the store behind the others, but where a row of the same source and record is there already
 * (with an id column), that row takes the person instead. */
int kith_link_naming_of(kith_link_naming *naming, kith_link_store *store, const kith_link_model *model,
                        const char *const *files, size_t n_files, const char *known_path, kith_arena *arena,
                        kith_error *err);

/* Sets data->source where the model links only across files or allows one record for each source. */
int kith_link_sources(kith_link_data *data, const kith_link_store *store, const kith_link_model *model,
                      kith_error *err);

/* Reads left_id,right_id,match (1 or 0); ids are those of the model's id column. KITH_DATA for an id that is not there.
 */
int kith_link_labels_read(const char *path, const kith_link_store *store, const kith_link_model *model,
                          kith_arena *arena, kith_link_label **labels, size_t *n, kith_error *err);

/* ---- records to tasks, and components ------------------------------------------------------------------------ */

/* dedupe.resolve: parameters left, right (columns; "": left_id, right_id). Edges to components: finish gives id,component
 * (the least id, by length and bytes) in order of the ids. */
extern const kith_fold kith_link_forest_fold;

typedef struct kith_link_parts { /* rows of text for each part, under one header */
    uint32_t n;
    kith_buf header, *part;
} kith_link_parts;

int kith_link_parts_new(kith_link_parts *parts, uint32_t n, kith_error *err);
void kith_link_parts_free(kith_link_parts *parts);
/* Writes the header and the parts one behind the other; `index` (or NULL) gets part,offset,length of those with rows. */
int kith_link_parts_write(kith_link_parts *parts, kith_sink *sink, kith_sink *index, kith_error *err);
/* block,records of every block of these rows, by the part that the block belongs to. */
int kith_link_spread_blocks(const kith_link_data *data, kith_link_parts *parts, kith_error *err);
/* kith_row,kith_source,kith_record and the compared columns: each row, numbered from `first`, to every part that holds one
 * of its blocks (those that hash below `share`; none that the census knows as oversized); with `component` (one a row, or
 * empty) to its component's part alone. */
int kith_link_spread_rows(const kith_link_data *data, const kith_link_store *store, const kith_link_naming *naming, uint64_t first,
                          const kith_str *component, double share, kith_link_parts *parts, kith_error *err);
/* Reads a CSV of names[0] (the number of a row, from `first`, of `rows`) and names[1 … n], n ≤ 3: out[k][row] is the cell
 * of names[k + 1], p NULL where the file has no such row. In `arena`. */
int kith_link_by_row(const char *path, const char *const *names, int n, uint64_t first, uint32_t rows, kith_arena *arena,
                     kith_str **out, kith_error *err);

/* ---- evaluation --------------------------------------------------------------------------------------------- */

typedef struct kith_link_scores {
    double pairwise[3], bcubed[3]; /* precision, recall, F1; NAN where there is nothing to divide by */
    double truth_pairs, found_pairs, common_pairs;
} kith_link_scores;

/* Compares two partitions given as numbers for each row. Pairwise: over pairs of rows in one cluster. B-cubed (Bagga &
 * Baldwin 1998): over rows, the share of the row's cluster that is of its truth, and the other way round. */
int kith_link_evaluate(const uint32_t *found, const uint32_t *truth, size_t rows, kith_link_scores *scores,
                       kith_error *err);

/* Pairs of dedupe link (left_id,right_id,weight) against the truth of the records that `record` names: appends
 * threshold,pairs,precision,recall,f1 for each whole number of bits; recall is of all true pairs. *best: the highest
 * F1. */
int kith_link_judge_links(const char *path, const kith_str *record, const uint32_t *truth, size_t rows, char delimiter,
                          bool header, kith_buf *out, double *best, kith_error *err);

/* Prediction-powered estimates (value, low, high; 95 %) of the precision of the pairs that are `above`, and of their
 * recall among all n pairs, from the labels of a random few of them (label −1: none). NAN where fewer than two labels
 * bear on it. */
void kith_link_powered(const double *probability, const bool *above, const int8_t *label, size_t n, double precision[3],
                       double recall[3]);

/* The same from files: links of dedupe link, and labels left_id,right_id,match. Appends measure,value,low,high. */
int kith_link_judge_hand(const char *links, const char *hand, double threshold, char delimiter, bool header,
                         kith_buf *out, kith_error *err);

#endif
