/* Sources: opening inputs and reading their header lines. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST ((size_t)INT32_MAX) /* bytes of a header with its line end; no int: it is compared with sizes */

/* Where a byte of a header stands. A quote opens a field only at its start; elsewhere outside quotes it is an ordinary byte. */
typedef enum place { FIELD_START, FIELD_PLAIN, FIELD_QUOTED, FIELD_CLOSED } place;

/* The place behind `c`; `delimiter` 0: not decided yet, so that any of the four may end a field. */
static place place_behind(place at, char c, char delimiter) {
    if (c == '"') return at == FIELD_PLAIN ? FIELD_PLAIN : at == FIELD_QUOTED ? FIELD_CLOSED : FIELD_QUOTED;
    if (at == FIELD_QUOTED) return FIELD_QUOTED;
    bool ends = delimiter ? c == delimiter : c == '\t' || c == ',' || c == ';' || c == '|';
    return ends ? FIELD_START : FIELD_PLAIN;
}

char kith_delimiter_of(kith_str record) {
    size_t count[3] = {0};
    place at = FIELD_START;
    for (size_t i = 0; i < record.n; i++) {
        char c = record.p[i];
        at = place_behind(at, c, 0);
        if (at == FIELD_QUOTED) continue;
        if (c == '\t') return '\t';
        if (c == ',') count[0]++;
        else if (c == ';') count[1]++;
        else if (c == '|') count[2]++;
    }
    int best = 0;
    for (int i = 1; i < 3; i++)
        if (count[i] > count[best]) best = i;
    return ",;|"[best];
}

typedef struct looking { /* for the end of the first record: how far, and in what; a mark of byte order is no part of a field */
    size_t from;
    place at;
} looking;

/* Outside quotes: offset of its LF; n if it is not there yet. What was looked at before is not looked at again. */
static size_t first_record(looking *l, const char *bytes, size_t n, char delimiter) {
    if (l->from < 3 && n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) *l = (looking){3, FIELD_START};
    while (l->from < n) {
        const char *start = bytes + l->from, *quote = memchr(start, '"', n - l->from);
        size_t plain = quote ? (size_t)(quote - start) : n - l->from;
        if (plain && l->at != FIELD_QUOTED) {
            const char *end = memchr(start, '\n', plain);
            if (end) return (size_t)(end - bytes);
            l->at = place_behind(l->at, start[plain - 1], delimiter); /* no quote among them: the last byte decides */
        }
        if (quote) l->at = place_behind(l->at, '"', delimiter);
        l->from += plain + (quote != NULL);
    }
    return n;
}

static int split_header(kith_source *s, kith_str line, kith_header *h, kith_error *err) {
    size_t room = line.n + 1;
    if (line.n > UINT32_MAX / 2) return kith_fail(err, KITH_DATA, "%s: the header line is longer than 2 GB", s->in.name);
    char *padded = kith_arena_zalloc(s->arena, line.n + 65);
    uint32_t *places = malloc((room + SCAN_SPARE) * sizeof *places);
    if (!padded || !places) {
        free(places);
        return kith_no_memory(err);
    }
    memcpy(padded, line.p, line.n);
    scan_result r = scan_exact(padded, line.n, h->delimiter, SCAN_START, 0, places);
    places[r.n++] = (uint32_t)line.n;
    h->n = (uint32_t)r.n;
    h->names = kith_arena_alloc(s->arena, r.n * sizeof *h->names);
    for (uint32_t j = 0, from = 0; h->names && j < h->n; from = places[j++] + 1) {
        h->names[j] = kith_unquote((kith_str){padded + from, places[j] - from}, s->arena);
        if (h->names[j].n && !h->names[j].p) h->names = NULL;
    }
    free(places);
    if (!h->names) return kith_no_memory(err);
    if (r.bad != UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s:1: the header has text behind a closing quote; kith ingest read mends such files", s->in.name);
    h->raw = (kith_str){padded, line.n};
    return KITH_OK;
}

static int number_names(kith_source *s, kith_header *h, kith_error *err) {
    for (uint32_t j = 0; j < h->n; j++) {
        char *name = kith_arena_format(s->arena, "%u", j + 1);
        if (!name) return kith_no_memory(err);
        h->names[j] = kith_str_of(name);
    }
    return KITH_OK;
}

static int same_header(const kith_source *s, const kith_header *h, size_t i, kith_error *err) {
    const kith_header *first = &s->header;
    if (h->n != first->n)
        return kith_fail(err, KITH_DATA, "%s: has %u columns, %s has %u; kith ingest read aligns files by column name",
                         s->in.name, h->n, source_name(s, s->first), first->n);
    for (uint32_t j = 0; first->had && j < h->n; j++)
        if (!kith_str_equal(h->names[j], first->names[j]))
            return kith_fail(err, KITH_DATA, "%s: column %u is called '%.*s', in %s '%.*s'; kith ingest read aligns files by column name",
                             s->in.name, j + 1, KITH_STR_FMT(h->names[j]), source_name(s, s->first), KITH_STR_FMT(first->names[j]));
    if (h->delimiter != first->delimiter)
        return kith_fail(err, KITH_DATA, "%s: its delimiter differs from that of %s; kith ingest read mixes delimiters", s->in.name,
                         source_name(s, s->first));
    (void)i;
    return KITH_OK;
}

static int check_first_line(kith_source *s, kith_str line, bool inside, bool complete, kith_error *err) {
    const char *name = s->in.name;
    if (line.n >= sizeof KITH_MARK - 1 && memcmp(line.p, KITH_MARK, sizeof KITH_MARK - 1) == 0)
        return kith_fail(err, KITH_DATA, "%s: ends in the mark of a failed stage before this one: %.*s", name,
                         (int)(line.n - (sizeof KITH_MARK - 1) > 300 ? 300 : line.n - (sizeof KITH_MARK - 1)), line.p + sizeof KITH_MARK - 1);
    if (line.n >= 2 && (memcmp(line.p, "\xff\xfe", 2) == 0 || memcmp(line.p, "\xfe\xff", 2) == 0))
        return kith_fail(err, KITH_DATA, "%s: is UTF-16 text; kith ingest read converts it", name);
    if (inside && !complete) return kith_fail(err, KITH_DATA, "%s:1: a quote in the header is never closed", name);
    place at = FIELD_START;
    bool cr = false;
    for (size_t i = 0; i + 1 < line.n && !cr; i++) {
        at = place_behind(at, line.p[i], s->options.delimiter);
        cr = line.p[i] == '\r' && at != FIELD_QUOTED;
    }
    if (cr)
        return kith_fail(err, KITH_DATA, "%s:1: its lines end in CR alone; kith ingest read converts them", name);
    return KITH_OK;
}

/* Takes the header (or, without one, the columns of the first record) from the first `n` bytes read. */
static int take_header(kith_source *s, size_t i, const char *bytes, size_t n, size_t end, bool inside, kith_error *err) {
    size_t bom = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    bool complete = end < n;
    kith_str line = {bytes + bom, end - bom};
    KITH_TRY(check_first_line(s, line, inside, complete, err));
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    kith_header h = {.delimiter = s->options.delimiter ? s->options.delimiter : kith_delimiter_of(line), .had = !s->options.no_header};
    KITH_TRY(split_header(s, line, &h, err));
    if (!h.had) {
        KITH_TRY(number_names(s, &h, err));
        h.raw = (kith_str){"", 0};
    }
    if (i == s->first) s->header = h;
    else KITH_TRY(same_header(s, &h, i, err));
    s->header_bytes = h.had ? (complete ? end + 1 : n) : bom;
    s->header_lines = 0;
    for (size_t k = 0; k < s->header_bytes; k++) s->header_lines += bytes[k] == '\n';
    return KITH_OK;
}

/* A range: the header comes with it, and the file is read from its place to its end. */
static int open_range(kith_source *s, const kith_range *range, kith_error *err) {
    if (!s->in.seekable || range->offset > s->in.size || range->length > s->in.size - range->offset)
        return kith_fail(err, KITH_DATA, "%s: does not hold the shard's bytes; was it changed after it was cut?", s->in.name);
    KITH_TRY(take_header(s, 0, range->header.p, range->header.n, range->header.n, false, err));
    s->header_lines = range->line - 1;
    s->start = s->next_at = range->offset;
    s->start_record = range->record;
    s->in.size = range->offset + range->length;
    s->bytes_total = range->length;
    return KITH_OK;
}

int source_open_file(kith_source *s, size_t i, kith_error *err) {
    KITH_TRY(input_open(&s->in, s->options.files[i], s->options.max_size, err));
    s->in.name = source_name(s, i);
    s->open = true;
    s->start_record = 0;
    s->files[i].bytes = s->in.seekable ? s->in.size : 0;
    if (s->options.range) return open_range(s, s->options.range, err);
    s->in.partial = s->options.line_buffered && !s->in.seekable;
    size_t room = s->in.seekable ? 1 << 16 : s->block, n = 0;
    looking l = {0, FIELD_START};
    char *bytes = NULL;
    for (;;) { /* until the first record is whole */
        char *more = realloc(bytes, room + 64);
        if (!more) {
            free(bytes);
            return kith_no_memory(err);
        }
        bytes = more;
        size_t got = 0, want = room - n;
        int status;
        if (s->in.seekable) {
            if (want > s->in.size - n) want = s->in.size - n;
            got = want;
            status = input_pread(&s->in, bytes + n, want, n, err);
        } else {
            status = input_read(&s->in, bytes + n, want, &got, err);
        }
        if (status != KITH_OK) {
            free(bytes);
            return status;
        }
        n += got;
        bool all = s->in.seekable ? n == s->in.size : got == 0 || s->in.eof;
        size_t end = first_record(&l, bytes, n, s->options.delimiter);
        if (end == n && !all && !(n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))) {
            if (n == LONGEST) {
                free(bytes);
                return kith_fail(err, KITH_DATA, "%s: no line end in the first 2 GB", s->in.name);
            }
            if (n == room) room = room < LONGEST / 2 ? 2 * room : LONGEST;
            continue;
        }
        if (n == 0 && !s->options.no_header && !s->options.empty_is_fine) status = kith_fail(err, KITH_DATA, "%s: is empty, without even a header line", s->in.name);
        else if (n == 0) {
            s->header_bytes = s->header_lines = 0;
            if (i == s->first) s->header.delimiter = s->options.delimiter ? s->options.delimiter : ','; /* a later file without bytes decides nothing */
        } else status = take_header(s, i, bytes, n, end, l.at == FIELD_QUOTED, err);
        if (status != KITH_OK) {
            free(bytes);
            return status;
        }
        break;
    }
    s->start = s->next_at = s->header_bytes;
    if (s->in.seekable) {
        free(bytes);
        s->ahead = NULL;
        s->ahead_n = s->ahead_at = 0;
    } else {
        s->ahead = bytes;
        s->ahead_n = n;
        s->ahead_at = s->header_bytes;
    }
    return KITH_OK;
}

static size_t block_size(const kith_source_options *o) {
    uint64_t size = o->block;
    const char *env = getenv("KITH_BLOCK");
    if (!size && env && kith_parse_size(env, &size) && size < 16) size = 16;
    if (!size) size = 512 << 10;
    return size > 1 << 30 ? 1 << 30 : (size_t)size;
}

int kith_source_open(kith_source **source, const kith_source_options *options, kith_error *err) {
    static const char *const standard_input[] = {"-"};
    kith_source *s = calloc(1, sizeof *s);
    *source = NULL;
    if (!s) return kith_no_memory(err);
    s->options = *options;
    if (!s->options.n_files) s->options.files = standard_input, s->options.n_files = 1, s->options.names = NULL;
    s->block = block_size(options);
    s->threads = options->threads > 0 ? options->threads : kith_cpu_count();
    if (s->threads > 64) s->threads = 64;
    s->engine = scan_vector();
    pthread_mutex_init(&s->claim_lock, NULL);
    s->in.fd = -1;
    s->arena = kith_arena_new();
    s->files = calloc(s->options.n_files, sizeof *s->files);
    int status = s->arena && s->files ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < s->options.n_files; i++) { /* what progress compares with */
        struct stat st;
        if (strcmp(s->options.files[i], "-") != 0 && stat(s->options.files[i], &st) == 0 && S_ISREG(st.st_mode))
            s->bytes_total += (uint64_t)st.st_size;
    }
    if (status == KITH_OK) status = source_open_file(s, 0, err);
    while (status == KITH_OK && s->options.no_header && !s->header.n && s->file + 1 < s->options.n_files) { /* an empty file has no columns to go by */
        input_close(&s->in);
        free(s->ahead);
        s->ahead = NULL;
        s->ahead_n = s->ahead_at = 0;
        s->open = false;
        s->first = ++s->file;
        status = source_open_file(s, s->first, err);
    }
    if (status != KITH_OK) {
        kith_source_close(s);
        return status;
    }
    *source = s;
    return KITH_OK;
}

void kith_source_close(kith_source *s) {
    if (!s) return;
    if (s->open) input_close(&s->in);
    pthread_mutex_destroy(&s->claim_lock);
    free(s->ahead);
    free(s->files);
    kith_arena_free(s->arena);
    free(s);
}

const kith_header *kith_source_header(const kith_source *s) { return &s->header; }
int kith_source_threads(const kith_source *s) { return s->threads; }
uint64_t kith_source_bytes_read(const kith_source *s) { return atomic_load(&s->bytes_read); }
uint64_t kith_source_bytes_total(const kith_source *s) { return s->bytes_total; }
uint64_t kith_source_rows(const kith_source *s) { return atomic_load(&s->rows); }

void kith_source_file_hash(const kith_source *s, size_t i, uint64_t hash[2]) {
    hash[0] = s->files[i].hash[0];
    hash[1] = s->files[i].hash[1];
}

uint64_t kith_source_file_rows(const kith_source *s, size_t i) { return s->files[i].rows; }

uint64_t kith_source_file_bytes(const kith_source *s, size_t i) { return s->files[i].bytes; }
