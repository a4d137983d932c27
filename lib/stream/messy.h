/* What the parts of the tolerant engine share: kinds of cells, models of columns, repairs. Private to lib/stream. */
#ifndef KITH_STREAM_MESSY_H
#define KITH_STREAM_MESSY_H

#include <kith/dialect.h>

/* ---- kind.c: what a cell looks like --------------------------------------------------------------------------- */

typedef enum kith_kind {
    KIND_EMPTY,
    KIND_NUMBER, /* with signs, separators, a currency, a percent sign */
    KIND_DATE,   /* in figures or with a month's name, with a time or without */
    KIND_TIME,
    KIND_EMAIL,
    KIND_URL,
    KIND_CODE, /* letters and digits without a blank */
    KIND_WORD, /* letters without a blank */
    KIND_TEXT,
} kith_kind;

kith_kind kith_kind_of(kith_str cell);
static inline bool kith_kind_typed(kith_kind kind) { return kind >= KIND_NUMBER && kind <= KIND_URL; }
bool kith_is_total(kith_str cell);    /* Total, Grand total:, Summe, Somme … */
bool kith_is_total_of(kith_str cell); /* Total: Campaigns */
bool kith_is_rule(kith_str line);     /* ----+---- */
bool kith_is_footnote(kith_str cell); /* Source: …, Note …, * … */

/* ---- model.c: what is usual in a column ----------------------------------------------------------------------- */

enum { MODEL_EXACT = 12, MODEL_LOOSE = 8, MODEL_FIRM = 8 /* rows from which a model is more than an anecdote */ };

struct kith_model {
    uint32_t n, empty, quoted, typed, kinds[KIND_TEXT + 1];
    uint64_t exact[MODEL_EXACT + 1], loose[MODEL_LOOSE + 1]; /* hashes of shapes: with lengths, and with runs as one */
    uint32_t n_exact, n_loose;                               /* one past the maximum: too many to tell */
    uint32_t first_blank, last_blank, first_digit, first_letter;
};
typedef struct kith_model kith_model;

void kith_model_learn(kith_model *model, kith_str text, bool quoted);
/* 0: not what this column holds; 1: possible; 2: as usual. */
int kith_model_fit(const kith_model *model, kith_str text, bool quoted);
bool kith_model_strict(const kith_model *model); /* its values have few shapes */

/* ---- detect.c ------------------------------------------------------------------------------------------------- */

/* The part of kith_layout_detect that finds dialect, columns and score. */
void kith_dialect_detect(const char *p, size_t n, bool final, const kith_dialect_wishes *wishes, kith_layout *layout, kith_record *r);

/* ---- repair.c ------------------------------------------------------------------------------------------------- */

typedef struct kith_fixer { /* working memory; zero-initialise, kith_fixer_free */
    kith_record record, best, trial;
    kith_buf scratch, raw;
    kith_field *path;
    size_t path_room;
    bool failed; /* out of memory: what came out cannot be relied on */
} kith_fixer;

void kith_fixer_free(kith_fixer *fixer);

typedef enum kith_repair {
    REPAIR_NONE,      /* as it lies */
    REPAIR_QUOTE,     /* a stray quote is a character */
    REPAIR_EMPTY,     /* an empty field too many */
    REPAIR_SHORT,     /* empty last fields left out */
    REPAIR_SPLIT,     /* a delimiter was lost */
    REPAIR_DELIMITER, /* this line has another delimiter */
    REPAIR_MERGE,     /* delimiters inside of an unquoted text */
    REPAIR_UNSURE,    /* none, or more than one, way to mend it */
} kith_repair;

const char *kith_repair_name(kith_repair repair);

/* Mends the record at p … n, whose end or number of fields is not what `columns` models make of it; `final`: the input ends at n. What
 * it found lies in fixer->best (fields point into p, or into fixer's memory until the next call), its length in best.bytes. */
kith_repair kith_record_mend(kith_fixer *fixer, const kith_dialect *dialect, const kith_model *models, size_t columns, const char *p,
                             size_t n, bool final);

/* Reads a header line that may be broken into `record`: as it lies, with one quote as a character, by another delimiter, without empty names too
 * many. False where none gives names for `columns` columns (or one or two fewer, or more); *mended: it was not as it lies. */
bool kith_header_read(const kith_dialect *d, size_t columns, const char *p, size_t n, kith_record *record, bool *mended);

#endif
