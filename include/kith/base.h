/* kith/base.h: what every room stands on: errors, arenas, strings, numbers, hashing, random streams, threads.
 *
 * Errors. A function that can fail returns an int: KITH_OK (0) or one of the statuses below, which are also the exit
 * statuses of the programs, and writes one line about it into the kith_error its caller gave. Nothing in libkith prints
 * or exits. The message names the place and the kind of what was seen, never the value itself.
 *
 * Ownership. Arenas own what is allocated from them, until reset or freed. Everything else is said at the function. */
#ifndef KITH_BASE_H
#define KITH_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- errors ------------------------------------------------------------------------------------------------- */

enum {
    KITH_OK = 0,
    KITH_NEGATIVE = 1, /* a documented negative answer */
    KITH_USAGE = 2,    /* the command line */
    KITH_DATA = 3,     /* the data */
    KITH_SYSTEM = 4,   /* I/O, memory */
    KITH_DEFECT = 5,   /* a defect in kith */
    KITH_CLOSED = 141, /* the reader of our output went away: quiet ending, as by SIGPIPE */
};

typedef struct kith_error {
    int status;
    char text[1000]; /* one line, without the program's name, always terminated */
} kith_error;

/* Writes the message, replacing an earlier one, and returns `status`. `err` may be NULL. */
int kith_fail(kith_error *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "out of memory", KITH_SYSTEM. */
int kith_no_memory(kith_error *err);

/* Returns from the calling function when `expression` gives a status other than KITH_OK. */
#define KITH_TRY(expression)                                                                                           \
    do {                                                                                                               \
        int kith_try_ = (expression);                                                                                  \
        if (kith_try_ != KITH_OK) return kith_try_;                                                                    \
    } while (0)

/* ---- strings ------------------------------------------------------------------------------------------------ */

typedef struct kith_str { /* bytes, not terminated, not owned */
    const char *p;
    size_t n;
} kith_str;

#define KITH_STR(literal) ((kith_str){(literal), sizeof(literal) - 1})
#define KITH_STR_FMT(s) (int)(s).n, (s).p /* for "%.*s" */

kith_str kith_str_of(const char *terminated);
bool kith_str_equal(kith_str a, kith_str b);
bool kith_str_is(kith_str a, const char *terminated);
bool kith_str_starts(kith_str a, const char *terminated);
int kith_str_compare(kith_str a, kith_str b); /* by bytes; a prefix sorts first */
bool kith_str_equal_nocase(kith_str a, kith_str b); /* ASCII letters only */
kith_str kith_str_trim(kith_str s);           /* without ASCII blanks at both ends */

/* The kind of a value, for messages: digits become 9, ASCII letters a or A, other letters x; at most 24 characters.
 * `shape` holds at least 32 bytes and is terminated. Returns `shape`. Where the environment has KITH_SHOWN (--show-values),
 * the value itself: 24 bytes at most, whole characters, control characters as ?. */
#define KITH_SHOWN "KITH_SHOW_VALUES"
char *kith_shape(kith_str value, char *shape);

/* Makes bytes harmless to a terminal, in place: control characters (not LF and tab), also those of two bytes in UTF-8, and what
 * turns the direction of writing become ?, byte for byte. */
void kith_harmless(char *bytes, size_t n);

/* The name among `names` (n of them) nearest to `name` by optimal string alignment distance, or NULL where none is
 * near enough (at most a third of the longer name's length, at least one). */
const char *kith_nearest_name(const char *name, const char *const *names, size_t n);

/* ---- arenas ------------------------------------------------------------------------------------------------- */

/* A region that grows and is freed as one. Three lifetimes: run, batch, state. With KITH_ARENA_EACH set in the
 * environment every piece is a malloc of its own, so that memory checkers see each object. Not thread-safe. */
typedef struct kith_arena kith_arena;

kith_arena *kith_arena_new(void);                     /* NULL when out of memory; free with kith_arena_free */
void kith_arena_free(kith_arena *arena);              /* NULL is fine */
void kith_arena_reset(kith_arena *arena);             /* forgets all pieces, keeps the memory */
void *kith_arena_alloc(kith_arena *arena, size_t n);  /* aligned to 16, not cleared; NULL when out of memory */
void *kith_arena_zalloc(kith_arena *arena, size_t n); /* the same, cleared */
char *kith_arena_copy(kith_arena *arena, const void *bytes, size_t n); /* n bytes and a terminating 0 */
char *kith_arena_format(kith_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t kith_arena_size(const kith_arena *arena); /* bytes held from the system */

/* The one code point that is this one's small or capital form, of any alphabet (Unicode's simple mappings); itself where there is none. */
uint32_t kith_code_lower(uint32_t code);
uint32_t kith_code_upper(uint32_t code);

/* Memory for one large table, not cleared, on large pages where there are any; free with free(). NULL when out of memory. */
void *kith_large_alloc(size_t n);
uint64_t kith_memory_to_use(void); /* bytes to hold before spilling, unless told: half of what the machine has free */

/* Eight bytes as a number, the first byte the least. */
static inline uint64_t kith_load_le(const char *p) {
    uint64_t v;
    __builtin_memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* ---- growing bytes ------------------------------------------------------------------------------------------ */

/* A growing buffer with a sticky failure: once memory ran out, `failed` stays true and puts do nothing; whoever uses
 * the bytes checks it once. Zero-initialise; free with kith_buf_free. */
typedef struct kith_buf {
    char *p;
    size_t n, room;
    bool failed;
} kith_buf;

void kith_buf_free(kith_buf *buf);
bool kith_buf_reserve(kith_buf *buf, size_t more); /* room for `more` further bytes; false when out of memory */
void kith_buf_put(kith_buf *buf, const void *bytes, size_t n);
void kith_buf_puts(kith_buf *buf, const char *terminated);
void kith_buf_putc(kith_buf *buf, char c);
void kith_buf_str(kith_buf *buf, kith_str s);
void kith_buf_printf(kith_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void kith_buf_double(kith_buf *buf, double value); /* shortest text that reads back as the same double */
void kith_buf_int(kith_buf *buf, int64_t value);
void kith_buf_signed(kith_buf *buf, double value); /* with its sign and two decimals, rounded as printf's %+.2f rounds */

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* Strict: optional sign, decimal digits, nothing else; false on overflow, empty or other text. */
bool kith_parse_int(kith_str text, int64_t *value);
bool kith_parse_count(kith_str text, uint64_t *value); /* the same, from 0 to INT64_MAX; *value stays as it was where it is none */

/* Strict: [+-] digits [. digits] [e[+-]digits], no blanks, no inf/nan/hex; correctly rounded; false where the text is
 * no number or overflows. */
bool kith_parse_double(kith_str text, double *value);

/* Writes the shortest decimal text that reads back as `value` (at most 32 bytes with its terminator); integers below
 * 1e15 without exponent or point; nan and the infinities as "" (a missing value), since CSV has none. Returns the length. */
size_t kith_format_double(double value, char *text);
size_t kith_format_int(int64_t value, char *text);

/* A size such as 64M, 2G, 100000 (K, M, G, T are powers of 1024). */
bool kith_parse_size(const char *text, uint64_t *bytes);

/* ---- time --------------------------------------------------------------------------------------------------- */

/* Moments are microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar. Reads ISO 8601 dates
 * (2026-09-30), date-times (with T or a blank; seconds and a fraction optional) and zones (Z, +02:00, +0200); a time
 * without zone is local to `zone`. `is_date` (may be NULL)
 * tells whether there was no time of day. */
#define KITH_US_PER_SECOND INT64_C(1000000)
#define KITH_US_PER_DAY (INT64_C(86400) * KITH_US_PER_SECOND)

typedef struct kith_zone kith_zone; /* a time zone's rules, read from the system's zone files; NULL means UTC */

/* "UTC", "+02:00" or a name such as Europe/Paris, with its transitions. Owned by `arena`. KITH_USAGE if unknown. */
int kith_zone_find(kith_arena *arena, const char *name, const kith_zone **zone, kith_error *err);
int64_t kith_zone_to_utc(const kith_zone *zone, int64_t local_us);   /* the earlier of two where the clock was set back */
int64_t kith_zone_to_local(const kith_zone *zone, int64_t utc_us);

bool kith_parse_time(kith_str text, const kith_zone *zone, int64_t *us, bool *is_date);
int64_t kith_days_from_civil(int64_t year, int month, int day); /* days since 1970-01-01 */
void kith_civil_from_days(int64_t days, int64_t *year, int *month, int *day);
bool kith_civil_valid(int64_t year, int month, int day);
size_t kith_format_date(int64_t days, char *text);              /* 2026-09-30; at most 32 bytes */
size_t kith_format_time(int64_t us, char *text);                /* 2026-09-30T12:00:00Z, fraction only if any */
/* A duration such as 30m, 36h, 7d, 2w, 90s, 500ms, a bare number of seconds. */
bool kith_parse_duration(const char *text, int64_t *us);

/* ---- hashing ------------------------------------------------------------------------------------------------ */

uint64_t kith_hash(const void *bytes, size_t n, uint64_t seed); /* XXH3, 64 bits; the same on every machine */
void kith_hash128(const void *bytes, size_t n, uint64_t seed, uint64_t out[2]);
uint64_t kith_hash_mix(uint64_t a, uint64_t b); /* two hashes into one */

/* The 128-bit hash of bytes that come in pieces; the same however they are cut. NULL when out of memory. */
typedef struct kith_hasher kith_hasher;
kith_hasher *kith_hasher_new(void);
void kith_hasher_add(kith_hasher *hasher, const void *bytes, size_t n);
void kith_hasher_end(kith_hasher *hasher, uint64_t out[2]); /* gives the hash and starts anew */
void kith_hasher_free(kith_hasher *hasher);

/* ---- random streams ----------------------------------------------------------------------------------------- */

/* xoshiro256** seeded by (seed, purpose, key): the same choice for the same row wherever it is made. */
typedef struct kith_random {
    uint64_t s[4];
} kith_random;

void kith_random_start(kith_random *r, uint64_t seed, const char *purpose, uint64_t key);
uint64_t kith_random_u64(kith_random *r);
double kith_random_unit(kith_random *r);                       /* in [0, 1), 53 bits */
uint64_t kith_random_below(kith_random *r, uint64_t n);        /* uniform on 0 … n−1, without bias; n > 0 */
double kith_random_normal(kith_random *r);                     /* standard normal */

/* ---- threads ------------------------------------------------------------------------------------------------ */

/* Runs `task(ctx, worker, index)` for index 0 … n−1 on up to `threads` workers (this thread is worker 0) that block and
 * never spin. The first error by index is returned, with its message; later tasks may or may not have run. Which worker
 * runs which index is not defined: results that must not depend on it are stored by index and merged in order. */
typedef int (*kith_task)(void *ctx, int worker, size_t index, kith_error *err);
int kith_parallel(int threads, size_t n, kith_task task, void *ctx, kith_error *err);
int kith_cpu_count(void);

#endif
