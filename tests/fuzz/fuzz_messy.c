/* Any bytes as an export: nothing crashes, every record is accounted for, rows have all their fields, the scanner's stretches and records
 * one by one give the same rows, and normal forms are normal. */
#include "fuzz.h"

#include <kith/messy.h>
#include <kith/normalise.h>

#include <string.h>

static void put_row(kith_buf *out, kith_messy *m, const kith_messy_row *row, kith_buf *scratch) {
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; i < row->n; i++) kith_put_text(&w, kith_messy_text(m, &row->fields[i], scratch));
    kith_row_end(&w);
}

/* The rows of the file; with blocks where `window` is not 0. False where it cannot be read. */
static bool read_rows(const char *path, size_t window, bool keep_tail, kith_buf *out) {
    kith_messy_options o = {.wishes = {.header = -1, .skip = -1}, .keep_tail = keep_tail, .window = window};
    kith_messy *m;
    kith_error err;
    kith_buf scratch = {0};
    uint64_t rows = 0, rejected = 0, dropped = 0, line = 0;
    kith_arena *arena = kith_arena_new();
    if (!arena) abort();
    if (kith_messy_open(&m, path, &o, &err) != KITH_OK) {
        kith_arena_free(arena);
        return false;
    }
    size_t columns = kith_messy_columns(m);
    bool whole = true;
    for (bool end = false; !end;) {
        kith_messy_row row;
        if (window) {
            kith_str bytes;
            const uint32_t *ends;
            size_t n, start = 0;
            if (kith_messy_block(m, &bytes, &n, &ends, &err) != KITH_OK) abort();
            rows += n;
            for (size_t i = 0; i < n; i++) {
                kith_row_writer w = kith_row_begin(out, ',');
                for (size_t k = 0; k < columns; k++) {
                    size_t at = ends[i * columns + k];
                    if (at < start || at >= bytes.n) abort();
                    kith_put_text(&w, kith_unquote((kith_str){bytes.p + start, at - start}, arena));
                    start = at + 1;
                }
                kith_row_end(&w);
            }
            if (n && start != bytes.n) abort();
            if (n) continue;
        }
        if (kith_messy_next(m, &row, &end, &err) != KITH_OK) {
            whole = false;
            break;
        }
        if (end) break;
        if (row.verdict != KITH_DROP && row.line < line) abort();
        if (row.verdict != KITH_DROP) line = row.line;
        rows += row.verdict == KITH_ROW;
        rejected += row.verdict == KITH_REJECT;
        dropped += row.verdict == KITH_DROP;
        if (row.verdict == KITH_ROW && row.n != columns) abort();
        if (row.verdict != KITH_ROW && !row.code) abort();
        if (row.verdict == KITH_ROW) put_row(out, m, &row, &scratch);
    }
    const kith_messy_counts *c = kith_messy_count(m);
    if (whole && (c->rows != rows || c->rejected != rejected || c->dropped != dropped)) abort();
    if (!kith_utf8_valid(out->p ? out->p : "", out->n, false, NULL)) abort();
    kith_buf_free(&scratch);
    kith_arena_free(arena);
    kith_messy_close(m);
    return true;
}

static bool email(kith_str s, kith_buf *out) { return kith_normal_email(s, out); }
static unsigned phone_region;

/* Of a region that the first byte chooses among those with different habits of dialling. */
static bool phone(kith_str s, kith_buf *out) {
    static const char *const regions[] = {"GB", "DE", "US", "RU", "HU", "IT", NULL, "FR"};
    return kith_normal_phone(s, regions[phone_region], out);
}
static bool number(kith_str s, kith_buf *out) { return kith_normal_number(s, '.', out); }
static bool money(kith_str s, kith_buf *out) { return kith_normal_money(s, '.', out); }
static bool truth(kith_str s, kith_buf *out) { return kith_normal_boolean(s, out); }
static bool name(kith_str s, kith_buf *out) { return kith_normal_name(s, out); }
static bool postcode(kith_str s, kith_buf *out) { return kith_normal_postcode(s, "GB", out); }
static bool place(kith_str s, kith_buf *out) { return kith_normal_place(s, 0, out); }
static bool date(kith_str s, kith_buf *out) { return kith_normal_date(s, &(kith_date_habits){.order = KITH_ORDER_DMY}, out); }
static bool moment(kith_str s, kith_buf *out) { return kith_normal_datetime(s, &(kith_date_habits){.order = KITH_ORDER_DMY}, out); }

/* What is normal stays as it is. */
static void normal_forms(kith_str text) {
    static bool (*const forms[])(kith_str, kith_buf *) = {email, phone, number, money, truth, postcode, date, moment, name, place};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        kith_buf once = {0}, twice = {0};
        bool good = forms[i](text, &once);
        if (good && i < 8) {
            if (!forms[i]((kith_str){once.p ? once.p : "", once.n}, &twice)) abort();
            if (once.n != twice.n || (once.n && memcmp(once.p, twice.p, once.n))) abort();
        } else if (!good && once.n) {
            abort();
        }
        kith_buf_free(&once);
        kith_buf_free(&twice);
    }
    kith_column_habits habits = {0};
    kith_habits_learn_date(&habits, text);
    kith_habits_learn_number(&habits, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *path = fuzz_file(bytes, n);
    kith_buf alone = {0}, blocks = {0}, other = {0};
    bool good = read_rows(path, 0, true, &alone);
    if (read_rows(path, 256, true, &blocks) != good) abort();
    if (good && (alone.n != blocks.n || (alone.n && memcmp(alone.p, blocks.p, alone.n)))) abort();
    read_rows(path, 0, false, &other);
    phone_region = n ? bytes[0] % 8 : 0;
    normal_forms((kith_str){(const char *)bytes, n < 80 ? n : 80});
    for (size_t i = 0, start = 0; i < n && i < 4096; i++)
        if (bytes[i] == ',' || bytes[i] == '\n') {
            normal_forms((kith_str){(const char *)bytes + start, i - start});
            start = i + 1;
        }
    kith_buf_free(&alone);
    kith_buf_free(&blocks);
    kith_buf_free(&other);
    fuzz_done();
    return 0;
}
