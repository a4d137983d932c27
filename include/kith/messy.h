/* kith/messy.h: the tolerant reader: any real export, record by record, with an account of every one of them.
 *
 *   bytes ──► decompress ──► decode to UTF-8 ──► unwrap ──► dialect and layout from the first megabyte ──► records, mended where certain
 *
 * Regular stretches of a file are found by the vectorised scanner and can be taken whole (kith_messy_block); what departs from the rule is
 * parsed alone. Memory: the longest record, a megabyte of window, and a few hundred bytes a column. */
#ifndef KITH_MESSY_H
#define KITH_MESSY_H

#include <kith/dialect.h>

typedef struct kith_messy kith_messy;

typedef struct kith_messy_options {
    kith_dialect_wishes wishes; /* header and skip: -1 to find them */
    kith_dialect dialect;       /* what wishes.dialect points to, if it is NULL */
    bool encoding_said;
    kith_encoding encoding;
    bool twice;                 /* repair UTF-8 that was encoded twice */
    bool keep_tail;             /* totals and footnotes are rows like others */
    bool strict_records;        /* the delimiter is decided by the first line alone, and nothing is mended or taken for a comment or another table */
    size_t window;              /* bytes that the scanner looks at together; 0: the default. Tests make it small */
    uint64_t max_size;          /* compressed input: bytes at most when unpacked; 0: 1 GiB, and past that 250 times the packed size */
} kith_messy_options;

typedef enum kith_verdict {
    KITH_ROW,    /* exactly `columns` fields */
    KITH_REJECT, /* cannot be mended for certain: code says why */
    KITH_DROP,   /* no row of the table: code says what it is */
} kith_verdict;

typedef struct kith_messy_row {
    kith_verdict verdict;
    const kith_field *fields; /* kith_messy_text gives their text */
    size_t n;
    kith_str raw;         /* the record as it lies in the (decoded) file, without its line end */
    bool plain;           /* raw is RFC 4180 by the dialect's delimiter, as it should go out */
    const char *code;     /* a reject's reason, a drop's kind, or what was mended; NULL for an untouched row */
    size_t column;        /* of the fault, SIZE_MAX if it is the whole record's */
    uint64_t line;        /* physical line of its start, from 1 */
    uint64_t byte;        /* its offset in the file (after decompression) */
    uint64_t record;      /* its number in the file, from 1; header and what stands before it not counted */
} kith_messy_row;

/* Counts for the account and the notes on what was found. */
typedef struct kith_messy_counts {
    uint64_t rows, rejected, dropped, mended; /* rows: that were given (blocks included) */
    uint64_t preamble, totals, footnotes, comments, repeated, other_tables, empty; /* the parts of dropped */
    uint64_t bad_characters;  /* not in the encoding */
    uint64_t nul;             /* records that hold NUL bytes */
    uint64_t twice;           /* values encoded twice that were repaired */
    uint64_t looks_twice;     /* values of the first 64 KB that are UTF-8 encoded twice, whether repaired or not */
    uint64_t blank;           /* empty lines: no records, not part of dropped */
    uint64_t tables;          /* stacked in the file, that began */
} kith_messy_counts;

/* Opens `path` ("-": standard input) and finds everything out. Zero bytes of input are fine: no columns then. The options are copied.
 * KITH_DATA, KITH_SYSTEM with the file's name. Free with kith_messy_close. */
int kith_messy_open(kith_messy **messy, const char *path, const kith_messy_options *options, kith_error *err);
void kith_messy_close(kith_messy *messy);

const kith_layout *kith_messy_layout(const kith_messy *messy);
kith_encoding_guess kith_messy_encoding(const kith_messy *messy);
size_t kith_messy_columns(const kith_messy *messy);
kith_str kith_messy_name(const kith_messy *messy, size_t column); /* header rows joined by a blank; the column's number if there is none */
char kith_messy_delimiter(const kith_messy *messy);               /* of plain rows and blocks; 0 where there is one column */
bool kith_messy_empty(const kith_messy *messy);                   /* zero bytes */
const kith_messy_counts *kith_messy_count(const kith_messy *messy);

/* The next record. *end when there is none. What `row` points to lives until the next call. */
int kith_messy_next(kith_messy *messy, kith_messy_row *row, bool *end, kith_error *err);
kith_str kith_messy_text(kith_messy *messy, const kith_field *field, kith_buf *scratch);

/* Shows the regular rows of the next `most` bytes without taking them (they stay in memory until they are taken). */
int kith_messy_glance(kith_messy *messy, uint64_t most, void (*see)(void *ctx, const kith_field *fields, size_t n), void *ctx, kith_error *err);

/* A stretch of regular rows from here on, already as RFC 4180 with LF by the file's own delimiter: their bytes, and how many they are.
 * Nothing (rows 0) where the next record needs kith_messy_next, or the dialect is not of the kind. `ends` (may be NULL) receives the
 * place behind each field, rows × columns, relative to bytes->p. Lives until the next call. */
int kith_messy_block(kith_messy *messy, kith_str *bytes, size_t *rows, const uint32_t **ends, kith_error *err);

#endif
