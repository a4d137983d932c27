/* kith/dialect.h: how a file of records is written: its encoding, delimiter, quotes, line ends, and where its table lies.
 *
 * Pure functions on bytes: a bounded prefix of a file goes in, a description comes out; a record's bytes go in, its fields
 * come out. `kith ingest read` is the only reader that looks at the content; every other verb goes by the header line. */
#ifndef KITH_DIALECT_H
#define KITH_DIALECT_H

#include <kith/base.h>

/* ---- encodings ---------------------------------------------------------------------------------------------- */

typedef enum kith_encoding {
    KITH_UTF8,
    KITH_UTF16LE,
    KITH_UTF16BE,
    KITH_CP1252, /* the first of the tables of one byte a character */
    KITH_LATIN1,
    KITH_LATIN9,
    KITH_CP1250,
    KITH_CP1251,
    KITH_CP1253,
    KITH_CP1254,
    KITH_CP850,
    KITH_MACROMAN,
    KITH_KOI8R,
    KITH_ENCODINGS
} kith_encoding;

const char *kith_encoding_name(kith_encoding encoding);
bool kith_encoding_find(const char *name, kith_encoding *encoding); /* case and - _ do not matter; false if unknown */

typedef struct kith_encoding_guess {
    kith_encoding encoding;
    size_t bom;       /* bytes of byte order mark to skip */
    const char *why;  /* static: what decided */
    bool doubtful;    /* statistics name an encoding that is not in our tables: read as Windows-1252 */
} kith_encoding_guess;

/* The encoding of a file from its first bytes (a megabyte is plenty). A BOM decides; then the pattern of NUL bytes (UTF-16
 * without BOM); then whether the bytes are UTF-8 (a character cut by the end of the prefix is fine); then, of the encodings
 * of one byte, uchardet's statistics where there are enough characters, else Windows-1252 (Latin-1 where its five
 * undefined bytes occur). */
kith_encoding_guess kith_encoding_detect(const char *p, size_t n);

/* Whether all of the bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms). `at` (may be NULL) receives the offset
 * of the first byte that is not. A character cut by the end counts as bad unless `cut_is_fine`. */
bool kith_utf8_valid(const char *p, size_t n, bool cut_is_fine, size_t *at);

/* Appends `n` bytes in `encoding` to `out` as UTF-8, and returns how many of them were used: a UTF-16 unit or pair cut by
 * the end is left for the next call unless `final`. What is no character becomes U+FFFD, counted in `*bad`. */
size_t kith_encoding_decode(kith_encoding encoding, const char *p, size_t n, bool final, kith_buf *out, uint64_t *bad);

/* How many bytes these decoded bytes took in the file: places in messages are those of the file as it lies. */
uint64_t kith_encoding_bytes(kith_encoding encoding, const char *utf8, size_t n);

/* UTF-8 that was taken for Windows-1252 or Latin-1 and encoded once more ("MÃ¼ller"): true, with the repaired text appended
 * to `out`, where the whole value can be taken back and is UTF-8 then. */
bool kith_utf8_twice(kith_str text, kith_buf *out);

/* ---- dialects ----------------------------------------------------------------------------------------------- */

enum { KITH_LINE_LF = 1, KITH_LINE_CRLF = 2, KITH_LINE_CR = 4 }; /* a set: more than one is "mixed" */

typedef struct kith_dialect {
    char delimiter[8]; /* not terminated */
    size_t delimiter_n; /* 0: the file has one column */
    bool runs;         /* any run of blanks is one delimiter */
    int quote;         /* a byte, or -1: none */
    int escape;        /* a byte before a quote inside of quotes; -1: quotes are doubled */
    unsigned lines;    /* KITH_LINE_…: which of them end a record */
    bool wrapped;      /* every line is one quoted field that holds a line of the table */
} kith_dialect;

extern const kith_dialect kith_dialect_rfc4180; /* comma, doubled double quotes, LF or CRLF */

/* ---- records ------------------------------------------------------------------------------------------------ */

enum { /* of a field */
    KITH_FIELD_QUOTED = 1,  /* p … n lies between its quotes */
    KITH_FIELD_ESCAPED = 2, /* quotes inside are doubled or escaped: kith_field_text */
    KITH_FIELD_STRAY = 4,   /* a quote where none belongs was taken as a character */
};

typedef struct kith_field {
    const char *p; /* into the bytes that were parsed */
    size_t n;
    unsigned flags;
} kith_field;

typedef struct kith_record {
    kith_field *fields;
    size_t n, room;
    size_t bytes; /* of the record with its line end */
    size_t raw;   /* without it */
    size_t lines; /* physical lines, at least 1 */
    size_t stray; /* quotes where none belongs */
    bool open;    /* the input ended inside of quotes */
    bool blank;   /* an empty line */
    bool failed;  /* out of memory */
    bool starved; /* the same, of this record or one before it: for who looks at many and asks once */
} kith_record;

void kith_record_free(kith_record *record);

enum { /* ways to read what no rule covers */
    KITH_RECORD_LINE = 1,  /* a record ends at the first line end, quotes or not */
    KITH_RECORD_SPLIT = 2, /* a quote after an unquoted text, or after a closing quote, begins the next field: a delimiter was lost */
    KITH_RECORD_BARE = 4,  /* quotes inside of quotes are not doubled: only one before a delimiter or line end closes */
};

/* Reads the first record of p … n by `dialect`. A quote inside of quotes that no delimiter or line end follows is a stray
 * character; so is one in an unquoted field. `literal` is a set of bits: the i-th field-opening quote (from 0) is a character.
 * False where the bytes end before the record does and `final` is not set: call again with more. `record` is reused. */
bool kith_record_parse(const kith_dialect *dialect, const char *p, size_t n, bool final, unsigned ways, uint64_t literal,
                       kith_record *record);

/* The field's text: its bytes as they lie, or with quotes unescaped in `scratch` (emptied first). */
kith_str kith_field_text(const kith_dialect *dialect, const kith_field *field, kith_buf *scratch);

/* ---- where the table lies ----------------------------------------------------------------------------------- */

/* What the user said; the rest is found. */
typedef struct kith_dialect_wishes {
    const kith_dialect *dialect; /* fields of it that count: */
    bool delimiter, quote, escape;
    int header;      /* number of header rows; -1: find it */
    int64_t skip;    /* preamble lines; -1: find them */
} kith_dialect_wishes;

typedef struct kith_layout {
    kith_dialect dialect;
    size_t columns;
    size_t skip_bytes;   /* preamble, in decoded bytes */
    size_t skip_lines, skip_records; /* its physical lines, and how many of its records are not blank */
    size_t header_rows, header_bytes; /* records behind the preamble (blank and comment lines among them included in the bytes) */
    size_t sampled;      /* records that were looked at */
    size_t regular;      /* of them, with `columns` fields */
    double score;        /* of the dialect, 0 … 1 */
    double second;       /* of the next best that has another delimiter */
    char why_header[160]; /* what decided, for --explain */
    char why_delimiter[96];
    struct kith_model *models; /* of each column, private to lib/stream */
} kith_layout;

/* Finds the dialect and the layout of UTF-8 text from its first bytes (`final`: that is all of it). KITH_SYSTEM without memory.
 * Free with kith_layout_free. */
int kith_layout_detect(const char *p, size_t n, bool final, const kith_dialect_wishes *wishes, kith_layout *layout, kith_error *err);
void kith_layout_free(kith_layout *layout);

/* A wrapped file's text: each line one quoted field that holds a line of the table. Appends the inner lines to `out`, LF behind each, and
 * returns the bytes used; what is cut by the end is left unless `final`. */
size_t kith_unwrap(const char *p, size_t n, bool final, kith_buf *out);

#endif
