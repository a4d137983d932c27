/* The dialect of a text: delimiter, quote, escape, line ends, from its first 64 KB.
 *
 * Every candidate is tried: the sample is parsed with it, and what comes out is judged (after van den Burg, Nazábal and Sutton, Wrangling
 * messy CSV files by detecting row and type patterns, 2019): a good dialect gives rows of few different lengths, many fields, and cells
 * that look like something. Ours differs in what it takes for a cell of a kind (a text with another candidate's delimiter inside is none),
 * in counting stray quotes against a candidate, and in trusting the first row's length. */
#include "messy.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 65536, MOST_RECORDS = 400, PATTERNS = 64 };

typedef struct score {
    double value;
    size_t records, mode, mode_rows, first; /* fields of the most frequent pattern, its rows, fields of the first record */
} score;

/* How much a cell looks like a value that stands alone. */
static double cell_credit(const kith_dialect *d, const kith_field *f) {
    if (f->flags & KITH_FIELD_STRAY) return 0;
    if (f->flags & KITH_FIELD_QUOTED) return 1;
    kith_str s = {f->p, f->n};
    kith_kind kind = kith_kind_of(s);
    if (kind == KIND_EMPTY || kith_kind_typed(kind)) return 1;
    double credit = kind == KIND_TEXT ? .9 : 1;
    for (size_t i = 0; i < s.n && i < 512; i++) {
        char c = s.p[i];
        if ((c == ';' || c == '\t' || c == '|') && !(d->delimiter_n && c == d->delimiter[0])) return 0;
        if (c == ',' && !(d->delimiter_n && c == d->delimiter[0])) {
            if (i + 1 < s.n && s.p[i + 1] != ' ') return .1;
            credit = .5;
        }
        if ((c == '"' || c == '\'') && (i == 0 || i + 1 == s.n)) credit = .1; /* half of a quoted value */
    }
    return credit;
}

static score judge(const kith_dialect *d, const char *p, size_t n, bool final, kith_record *r) {
    size_t lengths[PATTERNS], counts[PATTERNS], patterns = 0, cells = 0, strays = 0, behind = 0, blanks = 0;
    double credit = 0;
    score s = {0};
    for (size_t at = 0; at < n && s.records < MOST_RECORDS;) {
        bool whole = kith_record_parse(d, p + at, n - at, final, 0, 0, r);
        bool ran_away = whole ? (r->stray || r->open) && r->lines > 1 : at == 0 && !r->failed && memchr(p, '\n', n); /* one quote swallows lines, or all of the sample */
        if (ran_away && kith_record_parse(d, p + at, n - at, true, KITH_RECORD_LINE, 0, r)) r->stray++;
        else if (!whole) break;
        at += r->bytes;
        if (r->blank || p[at - r->bytes] == '#') continue;
        if (!s.records) s.first = r->n;
        s.records++;
        strays += r->stray > 0 || r->open;
        size_t k = 0;
        while (k < patterns && lengths[k] != r->n) k++;
        if (k == patterns) {
            if (patterns == PATTERNS) k--;
            else {
                lengths[patterns] = r->n;
                counts[patterns++] = 0;
            }
        }
        counts[k]++;
        for (size_t i = 0; i < r->n && i < 256; i++) {
            cells++;
            credit += cell_credit(d, &r->fields[i]);
            behind += i > 0;
            blanks += i > 0 && r->fields[i].n && r->fields[i].p[0] == ' ';
        }
    }
    if (!s.records || !cells) return s;
    double sum = 0;
    for (size_t k = 0; k < patterns; k++) {
        double fields = (double)lengths[k];
        sum += (double)counts[k] * (fields > 1 ? (fields - 1) / fields : .05);
        size_t weight = counts[k] + (lengths[k] == s.first ? (s.records + 4) / 5 : 0);
        if (weight > s.mode_rows || (weight == s.mode_rows && lengths[k] > s.mode)) {
            s.mode_rows = weight;
            s.mode = lengths[k];
        }
    }
    /* Rows that are rare need not count as a pattern each: one broken row in a hundred says nothing against a dialect. */
    double different = 0;
    for (size_t k = 0; k < patterns; k++) {
        double share = (double)counts[k] / (double)s.records;
        different += share > .05 ? 1 : share / .05 * .25;
    }
    if (different < 1) different = 1;
    double types = credit / (double)cells, odd = (double)strays / (double)s.records;
    s.value = sum / (double)s.records / different * types * types * (1 - .8 * odd);
    if (s.first == s.mode) s.value *= 1.1;
    /* One name on top, and blanks behind every "delimiter": prose in one column. */
    bool prose = behind && (d->delimiter[0] == ' ' || blanks * 10 >= behind * 9);
    if (s.first == 1 && prose && s.mode_rows * 5 < s.records * 4) s.value *= .1;
    return s;
}

static unsigned line_ends(const char *p, size_t n) {
    size_t lf = 0, crlf = 0, cr = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') lf++;
        if (p[i] == '\r') {
            if (i + 1 < n && p[i + 1] == '\n') {
                crlf++;
                i++;
            } else if (i + 1 < n || n < SAMPLE) {
                cr++;
            }
        }
    }
    unsigned lines = 0;
    if (cr && cr * 5 >= lf + crlf) lines |= KITH_LINE_CR;
    if (lf || !lines) lines |= KITH_LINE_LF;
    if (crlf) lines |= KITH_LINE_CRLF;
    return lines;
}

/* Whether `quote` stands where a quoted field would begin. */
static bool opens_fields(const char *p, size_t n, char quote) {
    for (size_t i = 0; i < n; i++)
        if (p[i] == quote && (i == 0 || strchr(",;\t| \n\r:^~", p[i - 1]))) return true;
    return false;
}

/* Whether quotes are ordinary characters here, as in 5" or "hi" said: fields begin with one but none also ends with one. */
static bool quotes_are_text(const kith_dialect *d, const char *p, size_t n, bool final, kith_record *r) {
    kith_dialect plain = *d;
    plain.quote = -1;
    size_t begin = 0;
    for (size_t at = 0, records = 0; at < n && records < MOST_RECORDS && kith_record_parse(&plain, p + at, n - at, final, 0, 0, r); records++) {
        at += r->bytes;
        for (size_t i = 0; i < r->n; i++) {
            const kith_field *f = &r->fields[i];
            begin += f->n && f->p[0] == '"';
            if (f->n > 1 && f->p[f->n - 1] == '"') return false;
        }
    }
    return begin >= 3;
}

static bool contains(const char *p, size_t n, const char *two) {
    for (size_t i = 0; i + 1 < n; i++)
        if (p[i] == two[0] && p[i + 1] == two[1]) return true;
    return false;
}

static bool ends_with(const kith_field *f, char c) { return f->n && f->p[f->n - 1] == c; }

/* Whether the single byte found is part of a longer delimiter: doubled (||), around another (|~|), or with blanks (, or  | ). */
static void lengthen(kith_dialect *d, const char *p, size_t n, bool final, kith_record *r) {
    size_t fields = 0, records = 0, before = 0, after = 0, empty_odd = 0, odd = 0;
    bool header_before = false, header_after = false;
    char between = 0;
    size_t same_between = 0;
    for (size_t at = 0; at < n && records < MOST_RECORDS;) {
        if (!kith_record_parse(d, p + at, n - at, final, 0, 0, r)) break;
        at += r->bytes;
        if (r->n < 2 || p[at - r->bytes] == '#') continue;
        size_t b = 0, a = 0;
        for (size_t i = 1; i < r->n; i++) {
            const kith_field *f = &r->fields[i];
            bool blank = f->p > p && f->p[-1] == ' '; /* before an opening quote that stands behind blanks */
            if (f->flags & KITH_FIELD_QUOTED && f->p >= p + 2) blank = f->p[-2] == ' ';
            b += (f->n && f->p[0] == ' ') || (f->flags & KITH_FIELD_QUOTED && blank);
            const kith_field *g = &r->fields[i - 1];
            a += ends_with(g, ' ') || (g->flags & KITH_FIELD_QUOTED && g->p + g->n + 1 < p + n && g->p[g->n + 1] == ' ');
            if (i % 2) {
                odd++;
                empty_odd += !f->n;
                if (f->n == 1 && !(f->flags & KITH_FIELD_QUOTED)) {
                    if (!between) between = f->p[0];
                    same_between += f->p[0] == between;
                }
            }
        }
        if (!records) {
            header_before = b == r->n - 1;
            header_after = a == r->n - 1;
        }
        records++;
        fields += r->n - 1;
        before += b;
        after += a;
    }
    if (!fields) return;
    char c = d->delimiter[0];
    if (odd >= 2 && empty_odd == odd && c != ' ' && fields > records) {
        d->delimiter[1] = c;
        d->delimiter_n = 2;
    } else if (odd >= 2 && same_between == odd && fields > records && between && between != ' ' && strchr("~|^#@$%&*!:;,", between) && between != c) {
        d->delimiter[1] = between;
        d->delimiter[2] = c;
        d->delimiter_n = 3;
    } else if (c != ' ' && c != '\t') {
        bool left = header_after && after * 20 >= fields * 19, right = header_before && before * 20 >= fields * 19;
        if (left && right && records > 1) memcpy(d->delimiter, (char[]){' ', c, ' '}, d->delimiter_n = 3);
        else if (right && records > 1) memcpy(d->delimiter, (char[]){c, ' '}, d->delimiter_n = 2);
    }
}

/* Blank-delimited text that is aligned by runs of blanks. */
static bool has_runs(const kith_dialect *d, const char *p, size_t n, bool final, kith_record *r) {
    size_t records = 0, runs = 0;
    for (size_t at = 0; at < n && records < MOST_RECORDS;) {
        if (!kith_record_parse(d, p + at, n - at, final, 0, 0, r)) break;
        at += r->bytes;
        if (r->blank) continue;
        records++;
        bool run = false;
        for (size_t i = 0; i + 1 < r->n; i++) run |= !r->fields[i].n && !(r->fields[i].flags & KITH_FIELD_QUOTED);
        runs += run;
    }
    return records && runs * 2 >= records;
}

void kith_dialect_detect(const char *p, size_t n, bool final, const kith_dialect_wishes *wishes, kith_layout *layout, kith_record *r) {
    if (n > SAMPLE) {
        n = SAMPLE;
        final = false;
        while (n > SAMPLE / 2 && p[n - 1] != '\n' && p[n - 1] != '\r') n--;
    }
    static const char delimiters[] = ",;\t|:^~ \x01\x1f";
    static const char quotes[] = "\"'";
    kith_dialect best = kith_dialect_rfc4180, d = best;
    best.lines = d.lines = line_ends(p, n);
    if (wishes->delimiter) {
        memcpy(best.delimiter, wishes->dialect->delimiter, sizeof best.delimiter);
        best.delimiter_n = wishes->dialect->delimiter_n;
        best.runs = wishes->dialect->runs;
    }
    if (wishes->quote) best.quote = wishes->dialect->quote;
    if (wishes->escape) best.escape = wishes->dialect->escape;
    d = best;
    score top = {.value = -1};
    layout->second = 0;
    bool one_column = false;
    for (const char *delimiter = delimiters;; delimiter++) {
        double here = 0;
        if (!wishes->delimiter) {
            d.runs = false;
            d.delimiter_n = *delimiter ? 1 : 0;
            d.delimiter[0] = *delimiter;
            if (*delimiter && !memchr(p ? p : "", *delimiter, n)) continue;
        }
        for (int q = 0; q < 3; q++) {
            if (!wishes->quote) {
                d.quote = q < 2 ? quotes[q] : -1;
                if (q == 1 && !opens_fields(p, n, '\'')) continue;
                if (q == 2 && (!opens_fields(p, n, '"') || !quotes_are_text(&d, p, n, final, r))) continue;
            } else if (q) {
                break;
            }
            for (int e = 0; e < 3; e++) {
                if (!wishes->escape) {
                    d.escape = e == 0 ? -1 : e == 1 ? '\\' : 0;
                    if (e && d.quote < 0) break;
                    if (e && !contains(p, n, (char[]){(char)d.escape, (char)d.quote, 0})) continue;
                } else if (e) {
                    break;
                }
                score s = judge(&d, p, n, final, r);
                /* Blanks and colons are in every text: they must be clearly better. Quotes are what files have. */
                double value = s.value * (d.delimiter_n && strchr(" :", d.delimiter[0]) ? .7 : 1) * (q == 0 ? 1.001 : q == 1 ? 1 : .9) *
                               (e == 0 ? 1.001 : 1);
                if (!wishes->delimiter && !d.delimiter_n && s.records) value = .06;
                if (value > here) here = value;
                if (value > top.value) {
                    s.value = value;
                    top = s;
                    best = d;
                    one_column = !d.delimiter_n;
                }
            }
        }
        if (best.delimiter[0] != d.delimiter[0] && here > layout->second) layout->second = here;
        if (wishes->delimiter || !*delimiter) break;
    }
    if (!wishes->delimiter && best.delimiter_n == 1 && best.delimiter[0] != ' ') lengthen(&best, p, n, final, r);
    if (!wishes->delimiter && best.delimiter_n == 1 && best.delimiter[0] == ' ') best.runs = has_runs(&best, p, n, final, r);
    if (one_column) { /* written with commas, should its values hold any */
        best.delimiter_n = 0;
        best.delimiter[0] = 0;
    }
    layout->dialect = best;
    layout->score = top.value < 0 ? 0 : top.value > 1 ? 1 : top.value;
    if (best.delimiter_n != 1 || best.runs) top = judge(&best, p, n, final, r);
    layout->columns = top.mode;
}

size_t kith_unwrap(const char *p, size_t n, bool final, kith_buf *out) {
    kith_dialect outer = kith_dialect_rfc4180;
    outer.delimiter_n = 0;
    outer.lines |= KITH_LINE_CR;
    kith_record r = {0};
    size_t at = 0;
    while (at < n && kith_record_parse(&outer, p + at, n - at, final, 0, 0, &r)) {
        kith_buf scratch = {0};
        kith_str text = r.n ? kith_field_text(&outer, &r.fields[0], &scratch) : (kith_str){"", 0};
        kith_buf_str(out, text);
        kith_buf_putc(out, '\n');
        out->failed |= scratch.failed;
        kith_buf_free(&scratch);
        at += r.bytes;
    }
    out->failed |= r.starved;
    kith_record_free(&r);
    return at;
}
