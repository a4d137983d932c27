/* Any bytes to the finder of dialects: what it finds lies inside of the bytes, and records parsed by it use them all up, each byte once,
 * whichever way of reading is asked for. */
#include "fuzz.h"

#include <kith/messy.h>

#include <string.h>

static void records(const kith_dialect *d, const char *p, size_t n, unsigned ways) {
    kith_record r = {0};
    kith_buf scratch = {0};
    size_t at = 0;
    while (at < n) {
        bool cut = kith_record_parse(d, p + at, n - at, false, ways, 0, &r);
        size_t bytes = cut ? r.bytes : 0;
        if (r.failed) abort();
        if (!kith_record_parse(d, p + at, n - at, true, ways, 0, &r) || !r.bytes || r.bytes > n - at || r.raw > r.bytes) abort();
        if (cut && bytes != r.bytes) abort(); /* more bytes behind a record do not change it */
        for (size_t i = 0; i < r.n; i++) {
            const kith_field *f = &r.fields[i];
            if (f->p < p + at || f->p + f->n > p + at + r.bytes) abort();
            if (kith_field_text(d, f, &scratch).n > f->n) abort();
        }
        at += r.bytes;
    }
    kith_buf_free(&scratch);
    kith_record_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *p = n ? (const char *)bytes : "";
    kith_error err;
    for (int final = 0; final < 2; final++) {
        kith_dialect_wishes wishes = {.header = -1, .skip = -1};
        kith_layout layout;
        if (kith_layout_detect(p, n, final, &wishes, &layout, &err) != KITH_OK) abort();
        const kith_dialect *d = &layout.dialect;
        if (layout.skip_bytes + layout.header_bytes > n || d->delimiter_n >= sizeof d->delimiter || !(layout.score >= 0 && layout.score <= 1)) abort();
        for (unsigned ways = 0; ways < 8; ways++) records(d, p, n, ways);
        kith_buf out = {0};
        if (kith_unwrap(p, n, final, &out) > n) abort();
        kith_buf_free(&out);
        kith_layout_free(&layout);
    }
    return 0;
}
