/* The tolerant reader: golden cases of each dialect and fault, and the property that what is written in any dialect reads back. */
#include "unit.h"

#include <kith/messy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The table that bytes hold: header and rows, cells behind each other with | between and / behind each record. */
static char *read_all(const char *bytes, size_t n, const kith_messy_options *options, kith_messy_counts *counts) {
    char path[] = "/tmp/kith-messy-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, bytes, n) == (ssize_t)n);
    close(fd);
    kith_messy *m;
    kith_error err = {0};
    kith_messy_options standard = {.wishes = {.header = -1, .skip = -1}};
    int status = kith_messy_open(&m, path, options ? options : &standard, &err);
    unlink(path);
    if (status != KITH_OK) print_message("%s\n", err.text);
    assert_int_equal(status, KITH_OK);
    kith_buf out = {0}, scratch = {0};
    if (kith_messy_layout(m)->header_rows) {
        for (size_t i = 0; i < kith_messy_columns(m); i++) {
            if (i) kith_buf_putc(&out, '|');
            kith_buf_str(&out, kith_messy_name(m, i));
        }
        kith_buf_putc(&out, '/');
    }
    for (;;) {
        kith_messy_row row;
        bool end;
        assert_int_equal(kith_messy_next(m, &row, &end, &err), KITH_OK);
        if (end) break;
        if (row.verdict == KITH_REJECT) kith_buf_printf(&out, "!%s:%llu/", row.code, (unsigned long long)row.line);
        if (row.verdict != KITH_ROW) continue;
        for (size_t i = 0; i < row.n; i++) {
            if (i) kith_buf_putc(&out, '|');
            kith_buf_str(&out, kith_messy_text(m, &row.fields[i], &scratch));
        }
        kith_buf_putc(&out, '/');
    }
    if (counts) *counts = *kith_messy_count(m);
    kith_buf_putc(&out, 0);
    kith_buf_free(&scratch);
    kith_messy_close(m);
    return out.p;
}

static void reads(const char *bytes, const char *want) {
    char *got = read_all(bytes, strlen(bytes), NULL, NULL);
    assert_string_equal(got, want);
    free(got);
}

static void finds_dialects(void **state) {
    (void)state;
    reads("", "");
    reads("id,name\n", "id|name/");
    reads("id,name\n1,a\n2,b\n", "id|name/1|a/2|b/");
    reads("id,name\r\n1,a\r\n2,\"b\r\nc\"\r\n", "id|name/1|a/2|b\r\nc/");
    reads("id,name\r1,a\r2,b\r", "id|name/1|a/2|b/");
    reads("id;name;amt\n1;a;1.234,56\n2;b;7,5\n", "id|name|amt/1|a|1.234,56/2|b|7,5/");
    reads("id\tname\n1\ta, b\n2\tc\n", "id|name/1|a, b/2|c/");
    reads("id|name|n\n1|a|2\n2|b|3\n", "id|name|n/1|a|2/2|b|3/");
    reads("id||name||n\n1||a||2\n2||b||3\n", "id|name|n/1|a|2/2|b|3/");
    reads("id|~|name|~|n\n1|~|a|~|2\n2|~|b|~|3\n", "id|name|n/1|a|2/2|b|3/");
    reads("id, name, n\n1, \"a, b\", 2\n2, c, 3\n", "id|name|n/1|a, b|2/2|c|3/");
    reads("id | name | n\n1 | a | 2\n2 | b | 3\n", "id|name|n/1|a|2/2|b|3/");
    reads("id   name   n\n1    anna   2\n22   bo     3\n", "id|name|n/1|anna|2/22|bo|3/");
    reads("id,name,n\n1,'a, b',2\n2,'c''s',3\n3,'d',4\n", "id|name|n/1|a, b|2/2|c's|3/3|d|4/");
    reads("id,name,n\n1,\"a \\\"b\\\", c\",2\n2,\"c\",3\n", "id|name|n/1|a \"b\", c|2/2|c|3/");
    reads("sep=;\nid;n\n1;2\n2;3\n", "id|n/1|2/2|3/");
    reads("\"id,name\"\n\"1,\"\"a, b\"\"\"\n\"2,c\"\n", "id|name/1|a, b/2|c/");
    reads("1,a,2.5\n2,b,3.5\n3,c,4\n", "1|a|2.5/2|b|3.5/3|c|4/");
    reads("country,2019,2020,2021\nFR,10,11,12\nDE,20,21,22\n", "country|2019|2020|2021/FR|10|11|12/DE|20|21|22/");
    reads("a,b,c,d\n1,2,3\n4,5,6\n7,8,9\n", "a|b|c/1|2|3/4|5|6/7|8|9/"); /* a name too many */
    reads("name\nAnn\nname\nBob\nname\nCy\n", "name/Ann/name/Bob/name/Cy/"); /* in one column a name may be a value */
    reads("name\nSmith, John\nDoe, Jane\nRoe\n", "name/Smith, John/Doe, Jane/Roe/");
    reads("foo\n\n", "foo//");
}

static void finds_the_table(void **state) {
    (void)state;
    reads("Report X\n\nid,name,amt\n1,a,2\n2,b,3\nTotal,,5\n", "id|name|amt/1|a|2/2|b|3/");
    reads("Report of May,,\n,,\nid,name,amt\n1,a,2\n2,b,3\n\nSource: the shop\n", "id|name|amt/1|a|2/2|b|3/");
    reads("# made today\nid,name,amt\n1,a,2\n# half\n2,b,3\n", "id|name|amt/1|a|2/2|b|3/");
    reads("id,name,amt\nid,name,amt\n1,a,2\n2,b,3\n", "id id|name name|amt amt/1|a|2/2|b|3/");
    reads("id,name,amt\n1,a,2\n2,b,3\nid,name,amt\n4,d,5\n", "id|name|amt/1|a|2/2|b|3/4|d|5/");
    reads("id,name,amt\n1,a,2\n2,b,3\n3,c,4\n\nkey,value\nx,1\ny,2\n", "id|name|amt/1|a|2/2|b|3/3|c|4/");
    reads(" id | name  | amount \n----+-------+--------\n  1 | Anna  |  12.50\n  2 | Bo    |   7.00\n(2 rows)\n\n", "id|name|amount/1|Anna|12.50/2|Bo|7.00/");
    reads("Campaign,Clicks,Cost\nBrand,\"1,234\",$1.50\nGeneric,99,$10.00\nTotal: Campaigns,\"1,333\",$11.50\n", "Campaign|Clicks|Cost/Brand|1,234|$1.50/Generic|99|$10.00/");
    reads("time,speed\n(s),(m/s)\n0,1.5\n1,1.6\n2,1.7\n3,1.8\n4,1.9\n", "time (s)|speed (m/s)/0|1.5/1|1.6/2|1.7/3|1.8/4|1.9/");
    reads("id,a,b\nx1,n/a,N/A\nx2,1,2\nx3,3,4\nx4,5,6\nx5,7,8\nx6,9,1\n", "id|a|b/x1|n/a|N/A/x2|1|2/x3|3|4/x4|5|6/x5|7|8/x6|9|1/");
    reads("a,b\n1,2\n,\n3,4\n,\n,\n", "a|b/1|2/|/3|4/");
}

static void mends_and_rejects(void **state) {
    (void)state;
    reads("id,name,amt\n1,\"a,2\n2,b,3\n3,c,4\n", "id|name|amt/1|\"a|2/2|b|3/3|c|4/");
    reads("id,name,amt\n1,a\n2,b,3,4\n3,c,5\n", "id|name|amt/!too_few_fields:2/!too_many_fields:3/3|c|5/");
    reads("id,name,amt\n1,a \"b\" c,3\n", "id|name|amt/1|a \"b\" c|3/");
    /* Models that are firm: ten rows of dates, codes and figures. */
    kith_buf b = {0};
    kith_buf_puts(&b, "day,code,amount,note\n");
    for (int i = 0; i < 12; i++) kith_buf_printf(&b, "%02d/01/2026,AB-%04d,$%d.99,some words here\n", i + 1, 1000 + i, 10 + i);
    size_t clean = b.n;
    static const struct {
        const char *row, *want;
    } cases[] = {
        {"13/01/2026AB-2000,$55.10,some words\n", "13/01/2026|AB-2000|$55.10|some words/"},
        {"13/01/2026,AB-2000,$55.10some words\n", "13/01/2026|AB-2000|$55.10|some words/"}, /* amounts have two decimals, notes any shape */
        {"13/01/2026,AB-2000,some words$55.10\n", "!too_few_fields:14/"},
        {"13/01/2026,AB-2000,,$55.10,some words\n", "13/01/2026|AB-2000|$55.10|some words/"},
        {"13/01/2026,AB-2000,$55.10,some, words\n", "13/01/2026|AB-2000|$55.10|some, words/"},
        {"13/01/2026;AB-2000;$55.10;some words\n", "13/01/2026|AB-2000|$55.10|some words/"},
        {"13/01/2026,\"AB-2000,$55.10,some words\n", "13/01/2026|\"AB-2000|$55.10|some words/"},
        {"13/01/2026,AB-2000\n", "!too_few_fields:14/"},
        {"what is this\n", "!too_few_fields:14/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        b.n = clean;
        kith_buf_puts(&b, cases[i].row);
        kith_buf_puts(&b, "14/01/2026,AB-3000,$66.10,the last words\n15/01/2026,AB-3001,$66.10,the last words\n");
        char *got = read_all(b.p, b.n, NULL, NULL);
        char *at = strstr(got, "$21.99|some words here/");
        assert_non_null(at);
        at += strlen("$21.99|some words here/");
        at[strlen(cases[i].want)] = 0;
        assert_string_equal(at, cases[i].want);
        free(got);
    }
    kith_buf_free(&b);
    /* A header that is broken is still the header. */
    reads("\"id,name,amt\n1,a,2\n2,b,3\n3,c,4\n", "\"id|name|amt/1|a|2/2|b|3/3|c|4/");
    reads("id name amt\n1,a,2\n2,b,3\n3,c,4\n", "id|name|amt/1|a|2/2|b|3/3|c|4/");
    reads("id,name,,amt\n1,a,2\n2,b,3\n3,c,4\n", "id|name|amt/1|a|2/2|b|3/3|c|4/");
}

static void counts_everything(void **state) {
    (void)state;
    kith_messy_counts c;
    const char *bytes = "Report\n\nid,name,amt\n1,a,2\nx\n2,b,3\n3,c,4\nTotal,,9\n";
    free(read_all(bytes, strlen(bytes), NULL, &c));
    assert_int_equal(c.rows, 3);
    assert_int_equal(c.rejected, 1);
    assert_int_equal(c.dropped, 2);
    assert_int_equal(c.preamble, 1);
    assert_int_equal(c.totals, 1);
    assert_int_equal(c.blank, 0); /* the empty line lies before the table */
}

static void decodes(void **state) {
    (void)state;
    char *got = read_all("id,name\n1,\xE9l\xE8ve\n", 16, NULL, NULL);
    assert_string_equal(got, "id|name/1|élève/");
    free(got);
    const char *western = "id,text\n1,f\xFCr die gr\xF6\xDFten H\xE4user \x80 100\n2,\xFC\xF6\xE4\xDF\xFC\xF6\xE4\xDF \xE9\xE8\xE0 gar\xE7on d\xE9j\xE0 vu \xE9t\xE9 o\xF9 \xE7\xE0\n"; /* Windows-1252 */
    got = read_all(western, strlen(western), NULL, NULL);
    assert_non_null(strstr(got, "für die größten Häuser"));
    assert_non_null(strstr(got, "€ 100"));
    free(got);
    const char *russian = "id,text\n1,\xEF\xF0\xE8\xE2\xE5\xF2 \xEC\xE8\xF0 \xFD\xF2\xEE \xEF\xF0\xEE\xF1\xF2\xEE\xE9 \xF2\xE5\xEA\xF1\xF2 \xED\xE0 \xF0\xF3\xF1\xF1\xEA\xEE\xEC \xFF\xE7\xFB\xEA\xE5\n"
                          "2,\xEC\xFB \xEF\xF0\xEE\xE2\xE5\xF0\xFF\xE5\xEC \xEA\xEE\xE4\xE8\xF0\xEE\xE2\xEA\xF3\n"; /* Windows-1251 */
    got = read_all(russian, strlen(russian), NULL, NULL);
    assert_string_equal(got, "id|text/1|привет мир это простой текст на русском языке/2|мы проверяем кодировку/");
    free(got);
    const char wide[] = "\xFF\xFEi\0d\0,\0n\0\n\0001\0,\0\xE9\0\n\0";
    got = read_all(wide, sizeof wide - 1, NULL, NULL);
    assert_string_equal(got, "id|n/1|é/");
    free(got);
    const char big[] = "\0i\0d\0,\0n\0\n\0001\0,\0x\0\n\0002\0,\0y\0\n";
    got = read_all(big, sizeof big - 1, NULL, NULL);
    assert_string_equal(got, "id|n/1|x/2|y/");
    free(got);
    kith_messy_options twice = {.wishes = {.header = -1, .skip = -1}, .twice = true};
    const char *double_encoded = "id,name\n1,M\xC3\x83\xC2\xBCller\n2,Zo\xC3\xAB\n3,\xC3\xA2\xE2\x82\xAC\xE2\x84\xA2s\n";
    got = read_all(double_encoded, strlen(double_encoded), &twice, NULL);
    assert_string_equal(got, "id|name/1|Müller/2|Zoë/3|’s/");
    free(got);
    const char *bad = "id,name\n1,Zo\xC3\xAB Zo\xC3\xAB\n2,\xE9l\xC3\xA8ve Zo\xC3\xAB Zo\xC3\xAB Zo\xC3\xAB Zo\xC3\xAB\n";
    got = read_all(bad, strlen(bad), NULL, NULL);
    assert_string_equal(got, "id|name/1|Zoë Zoë/2|élève Zoë Zoë Zoë Zoë/");
    free(got);
}

/* ---- the property ------------------------------------------------------------------------------------------- */

static size_t below(kith_random *r, size_t n) { return (size_t)kith_random_below(r, n); }

/* A cell: nasty ones hold any character of `marks`. */
static void make_cell(kith_random *r, kith_buf *cell, bool nasty, const char *delimiter, size_t col) {
    static const char *const words[] = {"alpha", "Bravo", "Müller", "été", "x", "some words", "a-b", "O'Neil", "10%", "né"};
    cell->n = 0;
    if (!nasty) {
        if (col == 0) kith_buf_printf(cell, "%d", (int)below(r, 100000));
        else if (col % 3 == 1) kith_buf_printf(cell, "%d-%02d-%02d", 1990 + (int)below(r, 40), 1 + (int)below(r, 12), 1 + (int)below(r, 28));
        else {
            kith_buf_puts(cell, words[below(r, 10)]);
            if (below(r, 4) == 0) kith_buf_printf(cell, "%s %s", delimiter, words[below(r, 10)]);
        }
        return;
    }
    size_t n = below(r, 8);
    for (size_t i = 0; i < n; i++) {
        static const char *const marks[] = {"\"", "'", "\n", " ", ",", ";", "\\", "a", "b", "é", "1", "#", "|", "\t", "\"\"", "~"};
        kith_buf_puts(cell, marks[below(r, 16)]);
    }
}

static void put_cell(kith_buf *out, const kith_buf *cell, const kith_dialect *d, bool always) {
    bool must = always || (cell->n && (cell->p[0] == ' ' || cell->p[cell->n - 1] == ' '));
    for (size_t i = 0; i < cell->n && !must; i++)
        must = cell->p[i] == '\n' || cell->p[i] == '\r' || (unsigned char)cell->p[i] == d->quote || cell->p[i] == d->delimiter[0];
    if (!must) {
        kith_buf_put(out, cell->p, cell->n);
        return;
    }
    kith_buf_putc(out, (char)d->quote);
    for (size_t i = 0; i < cell->n; i++) {
        unsigned char c = (unsigned char)cell->p[i];
        if (c == d->quote) kith_buf_putc(out, (char)(d->escape < 0 ? d->quote : d->escape));
        else if (d->escape >= 0 && c == d->escape) kith_buf_putc(out, (char)d->escape);
        kith_buf_putc(out, (char)c);
    }
    kith_buf_putc(out, (char)d->quote);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    static const char *const delimiters[] = {",", ";", "\t", "|", "||", "~"};
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    static const unsigned sets[] = {KITH_LINE_LF, KITH_LINE_LF | KITH_LINE_CRLF, KITH_LINE_CR};
    kith_random r;
    kith_random_start(&r, 1, "messy", 0);
    for (int round = 0; round < 1500; round++) {
        bool nasty = round % 2;
        const char *delimiter = delimiters[below(&r, nasty ? 6 : 4)];
        size_t end = below(&r, 3);
        kith_dialect d = {.quote = below(&r, 4) ? '"' : '\'', .escape = below(&r, 4) ? -1 : '\\', .lines = sets[end]};
        if (!nasty && d.quote == '\'') d.escape = -1;
        d.delimiter_n = strlen(delimiter);
        memcpy(d.delimiter, delimiter, d.delimiter_n);
        size_t cols = 2 + below(&r, 5), rows = nasty ? below(&r, 12) : 12 + below(&r, 30);
        bool always = below(&r, 3) == 0;
        kith_buf file = {0}, want = {0}, cell = {0};
        for (size_t i = 0; i < cols; i++) {
            cell.n = 0;
            kith_buf_printf(&cell, "name%c", (char)('a' + (char)i));
            if (i) kith_buf_puts(&file, delimiter), kith_buf_putc(&want, '|');
            put_cell(&file, &cell, &d, always);
            kith_buf_put(&want, cell.p, cell.n);
        }
        kith_buf_puts(&file, ends[end]);
        kith_buf_putc(&want, '/');
        for (size_t k = 0; k < rows; k++) {
            for (size_t i = 0; i < cols; i++) {
                make_cell(&r, &cell, nasty, delimiter, i);
                if (nasty && i == 0 && cell.n && cell.p[0] == '#') cell.p[0] = 'x';
                if (i) kith_buf_puts(&file, delimiter), kith_buf_putc(&want, '|');
                put_cell(&file, &cell, &d, always);
                kith_buf_put(&want, cell.p, cell.n);
            }
            kith_buf_puts(&file, ends[end]);
            kith_buf_putc(&want, '/');
        }
        kith_buf_putc(&want, 0);
        kith_messy_options o = {.wishes = {.header = -1, .skip = -1}, .keep_tail = true};
        if (nasty) o.wishes = (kith_dialect_wishes){.dialect = &d, .delimiter = true, .quote = true, .escape = true, .header = 1, .skip = 0};
        char *got = read_all(file.p, file.n, &o, NULL);
        if (strcmp(got, want.p) != 0) print_message("round %d delimiter %s quote %c escape %d\n%.*s\n", round, delimiter, d.quote, d.escape, (int)file.n, file.p);
        assert_string_equal(got, want.p);
        free(got);
        kith_buf_free(&file);
        kith_buf_free(&want);
        kith_buf_free(&cell);
    }
}

/* ---- past the first megabyte ----------------------------------------------------------------------------------- */

typedef enum form { PLAIN, WESTERN, WIDE, WRAPPED } form;

/* The line in the form's bytes; \xE9 in it is é. */
static void put_line(kith_buf *file, const char *line, form f) {
    if (f == WRAPPED) kith_buf_putc(file, '"');
    for (const char *c = line; *c; c++) {
        if (*c == '\xE9' && (f == PLAIN || f == WRAPPED)) kith_buf_puts(file, "é");
        else kith_buf_putc(file, *c);
        if (f == WIDE) kith_buf_putc(file, 0);
    }
    if (f == WRAPPED) kith_buf_putc(file, '"');
    kith_buf_putc(file, '\n');
    if (f == WIDE) kith_buf_putc(file, 0);
}

/* Files of some megabytes, in each way of decoding: the rows that were written, wherever the reads cut them. */
static void long_files(void **state) {
    (void)state;
    for (form f = PLAIN; f <= WRAPPED; f++) {
        kith_buf file = {0}, want = {0};
        if (f == WIDE) kith_buf_puts(&file, "\xFF\xFE");
        put_line(&file, "id,day,word", f);
        kith_buf_puts(&want, "id|day|word/");
        for (int i = 0; i < 90000; i++) {
            char line[80];
            snprintf(line, sizeof line, "%d,2026-01-%02d,caf\xE9 %d", i, 1 + i % 28, i * 7 % 1000);
            put_line(&file, line, f);
            kith_buf_printf(&want, "%d|2026-01-%02d|café %d/", i, 1 + i % 28, i * 7 % 1000);
        }
        kith_buf_putc(&want, 0);
        kith_messy_options said = {.wishes = {.header = -1, .skip = -1}, .encoding_said = true, .encoding = KITH_CP1252};
        char *got = read_all(file.p, file.n, f == WESTERN ? &said : NULL, NULL);
        assert_true(file.n > 2 << 20 && !strcmp(got, want.p));
        free(got);
        kith_buf_free(&file);
        kith_buf_free(&want);
    }
}

/* A quote that opens and closes nowhere near: mended alone where the next lines are rows, whole where it does close; ends of tables looked for
 * across the end of what was read. `quoted` bytes of text in quotes make a record. */
static void long_records(void **state) {
    (void)state;
    kith_buf file = {0}, want = {0};
    kith_messy_counts c;
    kith_buf_puts(&file, "id,day,word\n");
    for (int i = 0; i < 120000; i++) kith_buf_printf(&file, "%d,2026-01-%02d,%sword %d\n", i, 1 + i % 28, i == 20 ? "\"" : "", i);
    char *got = read_all(file.p, file.n, NULL, &c);
    assert_int_equal(c.rows, 120000);
    assert_int_equal(c.mended, 1);
    assert_non_null(strstr(got, "/19|2026-01-20|word 19/20|2026-01-21|\"word 20/21|2026-01-22|word 21/"));
    assert_non_null(strstr(got, "/119999|2026-01-20|word 119999/"));
    free(got);
    /* the same with a text of 3 MB, whose lines are no rows, or are rows and end in a quote */
    for (int rows = 0; rows < 2; rows++) {
        file.n = want.n = 0;
        kith_buf_puts(&file, "id,day,word\n");
        kith_buf_puts(&want, "id|day|word/");
        for (int i = 0; i < 40; i++) {
            kith_buf_printf(&file, "%d,2026-01-%02d,", i, 1 + i % 28);
            kith_buf_printf(&want, "%d|2026-01-%02d|", i, 1 + i % 28);
            if (i != 20) {
                kith_buf_printf(&file, "word %d\n", i);
                kith_buf_printf(&want, "word %d/", i);
                continue;
            }
            kith_buf_puts(&file, "\"begins");
            kith_buf_puts(&want, "begins");
            for (int k = 0; k < 100000; k++) {
                kith_buf_printf(&file, "\nsome line of text %d%s", k, rows ? " \"\"here\"\"" : "");
                kith_buf_printf(&want, "\nsome line of text %d%s", k, rows ? " \"here\"" : "");
            }
            kith_buf_puts(&file, "\"\n");
            kith_buf_puts(&want, "/");
        }
        kith_buf_putc(&want, 0);
        got = read_all(file.p, file.n, NULL, &c);
        assert_int_equal(c.rows, 40);
        assert_int_equal(c.mended, 0);
        assert_true(!strcmp(got, want.p));
        free(got);
    }
    /* an empty record as the last of the first megabyte: whether the table ends here is known behind it */
    for (int more = 0; more < 2; more++) {
        file.n = 0;
        kith_buf_puts(&file, "id,day,word\n");
        size_t rows = 0;
        for (; file.n < (1 << 20) - 103; rows++) kith_buf_printf(&file, "%zu,2026-01-%02zu,word\n", rows, 1 + rows % 28);
        kith_buf_printf(&file, "%zu,2026-01-01,%0*d\n,,\n", rows, (int)((1 << 20) - file.n - 5 - (size_t)snprintf(NULL, 0, "%zu,2026-01-01,", rows)), 7);
        assert_int_equal(file.n, (1 << 20) - 1);
        kith_buf_puts(&file, more ? "1,2026-01-01,x\n" : ",,\n");
        free(read_all(file.p, file.n, NULL, &c));
        assert_int_equal(c.rows, rows + (more ? 3 : 1));
        assert_int_equal(c.empty, more ? 0 : 2);
    }
    kith_buf_free(&file);
    kith_buf_free(&want);
}

/* Records by blocks and, where these give none, one by one, as kith ingest read takes them: as they were written. */
static void blocks_give_what_was_written(const kith_buf *file, size_t head, size_t rows_wanted) {
    char path[] = "/tmp/kith-messy-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, file->p, file->n) == (ssize_t)file->n);
    close(fd);
    kith_messy *m;
    kith_error err = {0};
    kith_messy_options standard = {.wishes = {.header = -1, .skip = -1}};
    assert_int_equal(kith_messy_open(&m, path, &standard, &err), KITH_OK);
    unlink(path);
    kith_buf out = {0};
    size_t blocks = 0, all = 0;
    for (bool end = false; !end;) {
        kith_str bytes;
        size_t rows;
        kith_messy_row row;
        assert_int_equal(kith_messy_block(m, &bytes, &rows, NULL, &err), KITH_OK);
        kith_buf_str(&out, bytes);
        blocks += rows > 0;
        all += rows;
        if (rows) continue;
        assert_int_equal(kith_messy_next(m, &row, &end, &err), KITH_OK);
        if (end) break;
        assert_int_equal(row.verdict, KITH_ROW);
        kith_buf_str(&out, row.raw);
        kith_buf_putc(&out, '\n');
        all++;
    }
    kith_messy_close(m);
    assert_true(blocks > 3 && all == rows_wanted);
    assert_int_equal(out.n, file->n - head);
    assert_true(!memcmp(out.p, file->p + head, out.n));
    kith_buf_free(&out);
}

static void long_records_among_blocks(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        kith_buf file = {0};
        kith_buf_puts(&file, "id,day,word\n");
        size_t head = file.n;
        enum { N = 500000 };
        for (int i = 0; i < N; i++) {
            kith_buf_printf(&file, "%d,2026-01-%02d,", i, 1 + i % 28);
            if (way && (i == 100000 || i == 100001 || i == 300000)) { /* 1.5 MB, or 6 MB */
                kith_buf_putc(&file, '"');
                for (int k = 0; k < (way == 1 ? 75000 : 300000); k++) kith_buf_puts(&file, "a line of its own,\r\n");
                kith_buf_puts(&file, "\"\n");
            } else kith_buf_printf(&file, "word %d\n", i % 100);
        }
        blocks_give_what_was_written(&file, head, N);
        kith_buf_free(&file);
    }
}

static void see(void *ctx, const kith_field *fields, size_t n) {
    assert_int_equal(n, 2);
    kith_buf_printf(ctx, "%.*s ", (int)fields[0].n, fields[0].p);
}

/* A glance shows rows that begin within so many bytes, and takes none: 8 bytes each here. */
static void glances(void **state) {
    (void)state;
    static const struct {
        uint64_t most;
        const char *want;
    } cases[] = {{0, ""}, {1, "1000 "}, {8, "1000 "}, {9, "1000 1001 "}, {24, "1000 1001 1002 "}, {1000, "1000 1001 1002 1003 "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "/tmp/kith-messy-XXXXXX";
        int fd = mkstemp(path);
        static const char text[] = "id,x\n1000,aa\n1001,bb\n1002,cc\n1003,dd\n";
        assert_true(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
        close(fd);
        kith_messy *m;
        kith_error err = {0};
        kith_buf seen = {0};
        kith_messy_row row;
        bool end;
        kith_messy_options standard = {.wishes = {.header = -1, .skip = -1}};
        assert_int_equal(kith_messy_open(&m, path, &standard, &err), KITH_OK);
        unlink(path);
        assert_int_equal(kith_messy_glance(m, cases[i].most, see, &seen, &err), KITH_OK);
        kith_buf_putc(&seen, 0);
        assert_string_equal(seen.p, cases[i].want);
        assert_int_equal(kith_messy_next(m, &row, &end, &err), KITH_OK);
        assert_true(!end && row.record == 1);
        kith_messy_close(m);
        kith_buf_free(&seen);
    }
}

/* Past 2,000 columns a record is mended by its quotes alone, and as it would be in a narrow table; one of another length is rejected. */
static void wide_tables(void **state) {
    (void)state;
    char *narrow = read_all("c0,c1,c2\n1,a,x\n2,b,y\n3,\"c\"d,z\n4,e,w\n5,f\n6,g,v\n", 46, NULL, NULL);
    assert_non_null(strstr(narrow, "/3|\"c\"d|z/4|e|w/!too_few_fields:6/6|g|v/"));
    enum { COLUMNS = 2100 };
    kith_buf file = {0}, want = {0};
    static const char *const cells[] = {"a", "b", "\"c\"d", "e", "f", "g"};
    for (int row = -1; row < 6; row++) {
        if (row == 4) kith_buf_puts(&want, "!too_few_fields:6");
        for (int c = 0; c < COLUMNS - (row == 4); c++) {
            char cell[16];
            if (c == 1 && row >= 0) snprintf(cell, sizeof cell, "%s", cells[row]);
            else snprintf(cell, sizeof cell, row < 0 ? "c%d" : "%d", row < 0 ? c : row + c);
            kith_buf_printf(&file, "%s%s", c ? "," : "", cell);
            if (row != 4) kith_buf_printf(&want, "%s%s", c ? "|" : "", cell);
        }
        kith_buf_puts(&file, "\n");
        kith_buf_puts(&want, "/");
    }
    kith_buf_putc(&want, 0);
    char *got = read_all(file.p, file.n, NULL, NULL);
    assert_string_equal(got, want.p);
    free(got), free(narrow);
    kith_buf_free(&file), kith_buf_free(&want);
}

/* What stands behind the table, and what only looks as if it did. */
static void tails(void **state) {
    (void)state;
    kith_buf b = {0};
    kith_messy_counts c;
    /* Total in a full row: of a column of dates it is none of them, of a column of words it is a word */
    for (int words = 0; words < 2; words++) {
        b.n = 0;
        kith_buf_puts(&b, "day,clicks,cost\n");
        for (int i = 0; i < 12; i++) kith_buf_printf(&b, words ? "shop %c,%d,%d\n" : "2026-01-0%c,%d,%d\n", words ? 'a' + i : '1' + i % 9, i, 2 * i);
        kith_buf_puts(&b, "Total,66,132\n");
        free(read_all(b.p, b.n, NULL, &c));
        assert_int_equal(c.rows, words ? 13 : 12);
        assert_int_equal(c.totals, words ? 0 : 1);
    }
    /* More empty records than are looked ahead: rows, as a row follows; of those at the end of the file twelve looks find the end from the last eleven */
    for (int more = 0; more < 2; more++) {
        b.n = 0;
        kith_buf_puts(&b, "a,b,c\n1,2,3\n4,5,6\n");
        for (int i = 0; i < 15; i++) kith_buf_puts(&b, ",,\n");
        if (more) kith_buf_puts(&b, "7,8,9\n");
        free(read_all(b.p, b.n, NULL, &c));
        assert_int_equal(c.rows + c.empty, more ? 18 : 17);
        assert_int_equal(c.empty, more ? 0 : 11);
    }
    kith_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_dialects),    cmocka_unit_test(finds_the_table), cmocka_unit_test(mends_and_rejects),
                                       cmocka_unit_test(counts_everything), cmocka_unit_test(decodes),         cmocka_unit_test(what_is_written_reads_back),
                                       cmocka_unit_test(long_files),        cmocka_unit_test(long_records),    cmocka_unit_test(long_records_among_blocks),
                                       cmocka_unit_test(tails),             cmocka_unit_test(glances),         cmocka_unit_test(wide_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
