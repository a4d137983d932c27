/* The structural scanner: where fields and records end. Private to lib/stream.
 *
 * Two engines give the same places on regular text. The vectorised one (AVX-512, AVX2, SSE2, NEON or portable C, chosen at run time) works
 * on 64 bytes at a time: masks of delimiters, line ends and quotes, and, only where there is a quote, the inside of quotes as the prefix-xor of the
 * quote mask. It also proves that the text is regular: each opening quote at a field's start, each closing quote at a field's
 * end. Where it is not, the exact engine, an automaton over bytes, decides: quotes inside unquoted fields are ordinary bytes. */
#ifndef KITH_STREAM_SCAN_H
#define KITH_STREAM_SCAN_H

#include <kith/base.h>

typedef enum scan_state {
    SCAN_START,  /* a field starts with the next byte */
    SCAN_MID,    /* inside an unquoted field */
    SCAN_INSIDE, /* inside a quoted field */
    SCAN_CLOSED, /* right behind a quote that closed, unless another one follows */
    SCAN_CLOSED_CR, /* behind a closing quote and a CR: a LF must follow */
} scan_state;

typedef struct scan_result {
    size_t n;           /* places written: of delimiters and line ends outside quotes */
    uint64_t records;   /* line ends outside quotes */
    uint64_t lines;     /* all line ends */
    bool quoted;        /* a quote was seen */
    bool irregular;     /* the vectorised engine gave up: nothing above can be relied on */
    scan_state end;
    uint32_t bad;       /* exact engine: offset of the first text behind a closing quote; UINT32_MAX: none */
} scan_result;

/* Both write each place as base + offset; `places` has room for n + SCAN_SPARE. `bytes` may be read up to 64 bytes past its end. */
enum { SCAN_SPARE = 16 };
typedef scan_result (*scan_engine)(const char *bytes, size_t n, char delimiter, scan_state start, uint32_t base, uint32_t *places);

scan_engine scan_vector(void); /* the best engine for this processor; KITH_SCANNER=avx2|sse2|portable|exact in the environment picks another */
scan_result scan_exact(const char *bytes, size_t n, char delimiter, scan_state start, uint32_t base, uint32_t *places);

/* The state that a block most likely starts in, by the neighbours of its first quote. */
scan_state scan_guess(const char *bytes, size_t n, char delimiter);

#endif
