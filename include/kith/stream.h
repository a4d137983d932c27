/* kith/stream.h: bytes to rows and back.
 *
 *   files, pipes, gzip, zstd ──► blocks ──► field index ──► batches ──► visit (parallel) ──► commit (in order) ──► sink
 *
 * A source is one or more inputs with one header, read as one stream. Its rows come in batches: the bytes of one block,
 * cut at record ends, with the place of every field. Blocks are cut by the input alone; threads work on blocks; what
 * they write is put out in block order, so the bytes are the same for any number of threads.
 *
 * Regular input is RFC 4180 text with any one-byte delimiter: a quoted field starts with a quote and ends with one, quotes
 * inside are doubled, records end in LF or CR LF. A quote inside an unquoted field is an ordinary byte. Text behind a
 * closing quote is refused, with its place: `kith ingest read` mends such files. */
#ifndef KITH_STREAM_H
#define KITH_STREAM_H

#include <kith/base.h>
#include <signal.h>

/* ---- headers ------------------------------------------------------------------------------------------------ */

typedef struct kith_header {
    uint32_t n;
    kith_str *names; /* unescaped; 1, 2, 3 … where the input had no header line */
    kith_str raw;    /* the header line as it came, without its line end; empty where there was none */
    char delimiter;
    bool had; /* the input had a header line */
} kith_header;

/* The delimiter that a first record decides, outside quotes: a tab if there is any, else the most frequent of , ; | (ties in
 * that order), else a comma. */
char kith_delimiter_of(kith_str record);

/* ---- batches ------------------------------------------------------------------------------------------------ */

/* Rows of one block. Every row has exactly `cols` fields (others were refused, skipped or rejected before).
 * Field j of row i ends before bytes[ends[i*cols + j]]; what lies between fields is one delimiter. Everything, the arena's pieces too,
 * lives until the visit (and commit) of this batch returns. */
typedef struct kith_batch {
    const char *bytes;
    const uint32_t *ends;
    const uint32_t *starts; /* where each row starts, or NULL: right behind the byte that ended the row before */
    uint32_t rows, cols;
    uint32_t begin;        /* where row 0 starts, if starts is NULL */
    char delimiter;
    bool quoted;           /* some field may be quoted: see kith_text */
    uint64_t number;       /* of the block in the whole stream, from 0 */
    uint64_t first_row;    /* records of the whole stream before this block, over all its files */
    uint64_t first_record; /* 0-based number, in its file, of the first record of this block (header not counted) */
    uint64_t offset;       /* of bytes[begin] in its (decompressed) file */
    uint64_t line;         /* physical line, from 1, of bytes[begin] */
    size_t file;           /* index of the file in the source */
    const char *file_name; /* "-" is standard input */
    kith_arena *arena;
} kith_batch;

static inline uint32_t kith_row_start(const kith_batch *b, uint32_t row) {
    return b->starts ? b->starts[row] : row ? b->ends[(size_t)row * b->cols - 1] + 1 : b->begin;
}

/* A row's bytes as they came, without the line end. */
static inline kith_str kith_row(const kith_batch *b, uint32_t row) {
    uint32_t start = kith_row_start(b, row);
    return (kith_str){b->bytes + start, b->ends[(size_t)row * b->cols + b->cols - 1] - start};
}

/* A field's bytes as they came, quotes included. */
static inline kith_str kith_cell(const kith_batch *b, uint32_t row, uint32_t col) {
    size_t at = (size_t)row * b->cols + col;
    uint32_t start = col ? b->ends[at - 1] + 1 : kith_row_start(b, row);
    return (kith_str){b->bytes + start, b->ends[at] - start};
}

/* A raw field's value: without its quotes, doubled quotes single (copied to `arena` only then). On a lack of memory
 * p is NULL and n > 0. */
kith_str kith_unquote(kith_str raw, kith_arena *arena);

static inline kith_str kith_text(const kith_batch *b, uint32_t row, uint32_t col) {
    kith_str cell = kith_cell(b, row, col);
    return cell.n && cell.p[0] == '"' ? kith_unquote(cell, b->arena) : cell;
}

/* Physical line (from 1) on which the row starts; counts line ends, so it is for messages only. */
uint64_t kith_row_line(const kith_batch *b, uint32_t row);

/* ---- what a visit writes ------------------------------------------------------------------------------------ */

/* The output of one batch: whole records. `rejects` are records of the form file,line,byte,column,code,value,raw. */
typedef struct kith_out {
    kith_buf rows;
    kith_buf rejects;
    struct kith_reject_place {
        uint64_t offset; /* of the record in its file: rejects go out in that order */
        size_t end;      /* of its record in `rejects` */
    } *reject_places;
    size_t n_rejects, room_rejects;
    uint64_t rows_out, rejected, dropped, bad; /* bad: rows left out by --on-error skip */
    const struct kith_source *source; /* whose rows they are */
} kith_out;

/* How rows that cannot be used are answered. */
typedef enum kith_on_error { KITH_ON_ERROR_STOP, KITH_ON_ERROR_SKIP, KITH_ON_ERROR_REJECT } kith_on_error;

/* Row `row` cannot be used, because of column `col` (UINT32_MAX: the whole row). `code` is a word for programs (not_a_number), `what`
 * the words for people ("not a number"); the value's kind is added by itself. Under `stop` returns KITH_DATA with the message
 * FILE:LINE: COLUMN: WHAT (like SHAPE); else notes it and returns KITH_OK: the visit leaves the row out and goes on. */
int kith_bad_row(const kith_batch *b, uint32_t row, uint32_t col, const char *code, const char *what, kith_out *out, kith_error *err);

/* Record writing into a buffer: each field, then the end. Quotes where the text needs it for this delimiter. */
typedef struct kith_row_writer {
    kith_buf *buf;
    char delimiter;
    uint32_t fields;
    size_t start;
} kith_row_writer;

kith_row_writer kith_row_begin(kith_buf *buf, char delimiter);
void kith_put_text(kith_row_writer *w, kith_str text);
void kith_put_string(kith_row_writer *w, const char *terminated);
void kith_put_double(kith_row_writer *w, double value); /* not finite: missing */
void kith_put_int(kith_row_writer *w, int64_t value);
void kith_put_missing(kith_row_writer *w);
void kith_put_raw(kith_row_writer *w, kith_str raw, char delimiter_in); /* a field as it came, requoted only if it must */
void kith_put_name(kith_row_writer *w, kith_str name); /* a header's: quoted if it holds any of tab , ; | */
void kith_row_end(kith_row_writer *w); /* LF; a record of one missing field becomes "" */

/* A whole row as it came, through: row bytes untouched when the delimiters agree; no line end, no row_end. */
void kith_put_row(kith_row_writer *w, const kith_batch *b, uint32_t row);

/* ---- sinks -------------------------------------------------------------------------------------------------- */

/* Where a result goes: standard output, or a file written under a temporary name in the same folder and renamed by
 * kith_sink_close. Thread-safe: each write is one piece. */
typedef struct kith_sink kith_sink;

int kith_sink_open(kith_sink **sink, const char *path, kith_error *err); /* NULL or "-": standard output */
int kith_sink_write(kith_sink *sink, const void *bytes, size_t n, kith_error *err); /* whole records; KITH_CLOSED if the reader went away */
int kith_sink_buf(kith_sink *sink, kith_buf *buf, kith_error *err);      /* writes and empties it; checks its `failed` */
int kith_sink_flush(kith_sink *sink, kith_error *err);
/* What a terminal gets is made harmless (kith_harmless), except what was drawn for one. */
void kith_sink_drawn(kith_sink *sink);
/* From now on fields that a spreadsheet would run as formulas go out with an apostrophe before them. `delimiter` 0: that of the
 * first record written. */
void kith_sink_guard(kith_sink *sink, char delimiter);
/* The same for whole records in memory, appended to `out`. */
void kith_spreadsheet_guard(kith_str records, char delimiter, kith_buf *out);
/* Which file stands under a name: none, or one of this place, size and moment. */
typedef struct kith_file_id {
    bool there;
    uint64_t device, inode, size;
    int64_t changed_ns;
} kith_file_id;
void kith_file_identify(const char *path, kith_file_id *id);
/* The sink will take the place of this very file, or of none: kith_sink_close refuses (KITH_SYSTEM) where another run has put a newer
 * one there meanwhile, so that of two runs one wins whole and the other says so. Looking and renaming happen under a lock on the
 * folder, which the system lets go when a run is killed. What killed runs left beside it is removed. Standard output: nothing. */
void kith_sink_expect(kith_sink *sink, const kith_file_id *id);
/* Flushes, checks, renames. On an error nothing is renamed. Frees the sink either way. */
int kith_sink_close(kith_sink *sink, kith_error *err);
/* The run failed: the mark of failure goes to standard output if it carries rows and is no terminal; a temporary file is
 * removed. Frees the sink. NULL is fine. */
void kith_sink_abandon(kith_sink *sink, const char *program, const char *message);
/* The same without freeing or allocating, for the thread that answers signals. */
void kith_sink_interrupt(kith_sink *sink, const char *program, const char *message);

#define KITH_MARK "\"!kith failed: "

/* ---- sources ------------------------------------------------------------------------------------------------ */

typedef struct kith_source kith_source;

/* A part of a file, cut by the record (a shard): what a task on another machine opens, without reading what lies before it. */
typedef struct kith_range {
    uint64_t offset, length; /* bytes of the file */
    uint64_t line, record;   /* physical line (from 1) and record number (from 0) at `offset`, for messages */
    kith_str header;         /* the file's header line, without its line end */
} kith_range;

typedef struct kith_source_options {
    const char *const *files; /* "-" is standard input; none: standard input */
    size_t n_files;
    const char *const *names; /* what messages and rejects call them; NULL: as they are */
    char delimiter;      /* 0: decided by the header */
    bool no_header;      /* columns are called 1, 2, 3 … */
    bool line_buffered;  /* a batch as soon as some rows are there */
    bool hash;           /* keep the XXH3 of every file's bytes (for states) */
    bool empty_is_fine;  /* zero bytes of input are no error but a source without columns */
    int threads;         /* 0: all cores */
    size_t block;        /* bytes; 0: the default (or KITH_BLOCK in the environment) */
    kith_on_error on_error;
    uint64_t max_size;   /* compressed input: bytes at most when unpacked; 0: 1 GiB, and past that 250 times the packed size */
    const kith_range *range; /* only this part of the (one) file; NULL: all of it */
} kith_source_options;

/* Opens the first input and reads its header; the others' headers must be the same. The strings must outlive the source. */
int kith_source_open(kith_source **source, const kith_source_options *options, kith_error *err);
void kith_source_close(kith_source *source);
const kith_header *kith_source_header(const kith_source *source);
int kith_source_threads(const kith_source *source); /* workers that kith_source_scan will use: 0 … threads−1 */
uint64_t kith_source_bytes_read(const kith_source *source);
uint64_t kith_source_bytes_total(const kith_source *source); /* 0: not known (a pipe) */
uint64_t kith_source_rows(const kith_source *source); /* records read so far, those that are refused included */
/* After a scan, with options.hash: the hash of file i after decompression: of its header line without mark and line end, then of the bytes of its rows. */
void kith_source_file_hash(const kith_source *source, size_t i, uint64_t hash[2]);
uint64_t kith_source_file_rows(const kith_source *source, size_t i);  /* records of file i */
uint64_t kith_source_file_bytes(const kith_source *source, size_t i); /* its size on disk, once it was opened; 0: no plain file */

/* What to do with the batches. `visit` (may be NULL) runs on workers, several at a time, for different batches. `commit` (may be NULL) is called for one
 * batch after the other, in order, on the worker that visited it, with the same batch, if the visit succeeded. `sink` (may be NULL) takes out->rows in order after
 * commit; `rejects` likewise. All counters are added up in `total`. */
typedef struct kith_scan {
    int (*visit)(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
    int (*commit)(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
    void *ctx;
    kith_sink *sink;
    kith_sink *rejects;
    uint64_t max_rejects; /* 0 or UINT64_MAX: no limit */
    struct {
        uint64_t rows_in, rows_out, rejected, dropped, bad;
    } total;
} kith_scan;

/* Reads everything through `scan`, once. The first error in input order is returned; rows before it have been written. */
int kith_source_scan(kith_source *source, kith_scan *scan, kith_error *err);

/* ---- whole small files -------------------------------------------------------------------------------------- */

/* A small CSV file in memory (a model, a schema, rules, offers). Row 0 is the first behind the header. */
typedef struct kith_csv {
    kith_header header;
    size_t rows;
    kith_str *cells;   /* rows × header.n, unescaped */
    uint64_t *lines;   /* physical line of each row, for messages */
    const char *name;
} kith_csv;

/* Reads `path` ("-": standard input) whole; everything lives in `arena`. Ragged rows are refused (KITH_DATA). */
int kith_csv_read(kith_arena *arena, const char *path, kith_csv *csv, kith_error *err);
/* The column's cells in row `row`; empty if there is no such column (col = UINT32_MAX). */
kith_str kith_csv_cell(const kith_csv *csv, size_t row, uint32_t col);
uint32_t kith_csv_column(const kith_csv *csv, const char *name); /* UINT32_MAX: not there */
/* Records of bytes in memory, one by one, of any number of fields (saved states). At most `room` fields are given; n is their true number. */
typedef struct kith_records {
    const char *p, *end;
    uint64_t line;
    char delimiter;
    kith_arena *arena; /* unescaped values that had doubled quotes */
} kith_records;
bool kith_records_next(kith_records *r, kith_str *fields, size_t room, size_t *n);

/* A whole file's bytes, decompressed, into `buf`; at most `most` bytes (KITH_DATA beyond). */
int kith_file_read(const char *path, uint64_t most, kith_buf *buf, kith_error *err);

#endif
