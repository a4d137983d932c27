/* Any bytes as a file of promises, whose patterns are then let loose on hostile mentions: refused with its place, or a table of gaps. The
 * same bytes are a mention, too. */
#include "fuzz.h"

#include <kith/gap_report.h>
#include <kith/lexicon.h>

#include <math.h>
#include <string.h>

static const char *const texts[] = {"", "the delivery was NOT fast!!! :(", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "\xff\xc3 @ann http://x.y 07946 0958 958",
                                    "\xe2\x9d\xa4\xef\xb8\x8f lov\xc3\xa9 it, but slow"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *path = fuzz_file(bytes, n);
    kith_arena *arena = kith_arena_new();
    kith_lexicon *lexicon;
    kith_promises promises = {0};
    kith_error err = {0};
    kith_str own = {n ? (const char *)bytes : "", n}, masked = {own.p, n < 40 ? n : 40};
    if (!arena || kith_lexicon_new(&masked, 1, &lexicon, &err) != KITH_OK) abort();
    int status = kith_promises_read(arena, path, &promises, &err);
    if (status != KITH_OK) {
        if (status != KITH_DATA || !err.text[0]) abort();
    } else {
        kith_gap_table *table;
        kith_buf out = {0};
        kith_gap_plan plan = {.promises = &promises, .belief = kith_gap_lexicon_belief(false), .level = .95, .examples = true, .basis = "elsewhere"};
        if (kith_gap_table_new(0, &table, &err) != KITH_OK) abort();
        for (size_t i = 0; i < promises.n; i++)
            for (size_t k = 0; k <= sizeof texts / sizeof *texts; k++) {
                kith_str text = k < sizeof texts / sizeof *texts ? kith_str_of(texts[k]) : own;
                bool found = false;
                if (kith_match(promises.items[i].matcher, text, 0, &found, &err) != KITH_OK || !found) continue;
                double tone = kith_lexicon_tone(lexicon, text);
                if (!(tone >= -1 && tone <= 1)) abort();
                kith_mention mention = {.promise = i, .text = text, .class_ = kith_tone_class(kith_str_of(kith_tone_label(tone)), KITH_TONE_MARGIN), .label = (int)(k % 3) - 1, .tone = tone, .reach = 1};
                if (kith_gap_table_add(table, &mention, &err) != KITH_OK) abort();
            }
        status = kith_gap_table_report(table, &plan, ',', &out, &err);
        if (status == KITH_DEFECT || (status != KITH_OK && !err.text[0])) abort();
        kith_buf_free(&out);
        kith_gap_table_free(table);
    }
    double tone = kith_lexicon_tone(lexicon, own);
    if (!(tone >= -1 && tone <= 1)) abort();
    kith_buf example = {0};
    kith_gap_example(own, &example);
    if (example.n && memchr(example.p, '\n', example.n)) abort();
    kith_buf_free(&example);
    kith_promises_free(&promises);
    kith_lexicon_free(lexicon);
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
