/* What a column holds, from its values alone: up to 20,000 rows spread over the file are looked at. Then columns are
 * put together that make one value (year, month, day; latitude, longitude), columns that only repeat others are left
 * out, and at most KITH_LINK_FIELDS fields are kept. */
#include "inside.h"

#include <kith/similarity.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK = 20000 };

typedef struct column {
    double seen, email, date, day_first, month_first, number, fraction, digits, phone, phone_marks, alpha, list, mixed,
        tokens, length, spaced;
    double years, months, days, lat, lon, integers, digits_min, digits_max, distinct, mean_repeat, top;
    double new_year, with_digits;
    uint32_t minus[2], n_minus; /* columns whose words it repeats */
    kith_link_kind kind;
} column;

static void look_at(column *c, kith_str cell, kith_buf *fold) {
    fold->n = 0;
    kith_fold_text(cell, NULL, fold);
    kith_str f = {fold->p, fold->n};
    if (f.n == 0 || link_missing_word(f)) return;
    c->seen++;
    kith_str t = kith_str_trim(cell);
    size_t digits = 0, letters = 0, marks = 0, blanks = 0, commas = 0, others = 0, ats = 0, dots = 0;
    for (size_t i = 0; i < t.n; i++) {
        unsigned char ch = (unsigned char)t.p[i];
        if (ch >= '0' && ch <= '9')
            digits++;
        else if ((ch | 32) >= 'a' && (ch | 32) <= 'z')
            letters++;
        else if (ch >= 0x80)
            letters++;
        else if (ch == ' ')
            blanks++;
        else if (ch == ',' || ch == ';')
            commas++;
        else if (ch == '+' || ch == '(' || ch == ')' || ch == '-' || ch == '/')
            marks++;
        else if (ch == '@')
            ats++;
        else if (ch == '.')
            dots++;
        else
            others++;
    }
    size_t words = 1;
    for (size_t i = 0; i < f.n; i++) words += f.p[i] == ' ';
    c->tokens += (double)words;
    c->length += (double)f.n;
    c->email += ats == 1 && dots > 0 && letters > 2 && blanks == 0;
    c->list += commas > 0 && letters > digits;
    c->spaced += words > 1;
    c->alpha += digits == 0 && letters > 0 && ats == 0;
    c->with_digits += digits > 0;
    c->mixed += digits > 0 && letters > 0 && words <= 2 && f.n <= 24;
    int y, m, d;
    if (kith_loose_date(t, true, &y, &m, &d) && y >= 1500 && y <= 2100) {
        c->date++;
        c->new_year += m == 1 && d == 1;
        int first = 0, second = 0; /* 24/12/2001 or 12/24/2001 */
        size_t i = 0;
        while (i < t.n && i < 3 && t.p[i] >= '0' && t.p[i] <= '9') first = 10 * first + (t.p[i++] - '0');
        if (i < 3 && i++ < t.n)
            for (size_t from = i; i < t.n && i < from + 3 && t.p[i] >= '0' && t.p[i] <= '9'; i++)
                second = 10 * second + (t.p[i] - '0');
        c->day_first += first > 12 && first <= 31;
        c->month_first += first <= 12 && second > 12 && second <= 31;
    }
    if (letters == 0 && ats == 0 && others == 0 && commas == 0 && digits >= 7 && digits <= 15) {
        c->phone++;
        c->phone_marks += (marks > 0 || blanks > 0) && dots == 0;
    }
    if (digits > 0 && letters == 0 && marks == 0 && blanks == 0 && dots == 0 && commas == 0 && others == 0) {
        c->digits++;
        if (c->digits == 1 || (double)digits < c->digits_min) c->digits_min = (double)digits;
        if ((double)digits > c->digits_max) c->digits_max = (double)digits;
    }
    double v;
    if (digits > 0 && link_number_of(t, &v)) {
        c->number++;
        c->fraction += v != floor(v);
        c->years += v == floor(v) && v >= 1800 && v <= 2100;
        c->months += v == floor(v) && v >= 1 && v <= 12;
        c->days += v == floor(v) && v >= 1 && v <= 31;
        const char *dot = memchr(t.p, '.', t.n);
        bool fine = dot != NULL && t.p + t.n - dot > 3;
        c->lat += fine && fabs(v) <= 90;
        c->lon += fine && fabs(v) <= 180;
    }
}

static kith_link_kind kind_of(const column *c) {
    double n = c->seen;
    if (n < 2 || c->distinct < 2) return KITH_LINK_IGNORE;
    double repeat = n / c->distinct; /* how often a value comes back */
    if (c->email > .7 * n) return KITH_LINK_EMAIL;
    if (c->number > .95 * n && c->lon > .95 * n) return KITH_LINK_GEO;
    if (c->date > .85 * n) return KITH_LINK_DATE;
    if (c->phone > .8 * n && (c->phone_marks > .02 * n || c->digits_min >= 9)) return KITH_LINK_PHONE;
    if (c->digits > .9 * n) {
        if (c->distinct <= 12 || (c->distinct < 60 && repeat > 50)) return KITH_LINK_CATEGORY;
        if (c->years > .95 * n) return KITH_LINK_CATEGORY;
        if (c->digits_max >= 7 || c->digits_max - c->digits_min <= 2) return KITH_LINK_CODE;
        return KITH_LINK_NUMBER;
    }
    if (c->number > .95 * n && c->years > .95 * n) return KITH_LINK_CATEGORY;
    if (c->number > .9 * n) return KITH_LINK_NUMBER;
    if (c->mixed > .6 * n || (c->with_digits > .8 * n && c->tokens / n < 2.2)) return KITH_LINK_CODE;
    double words = c->tokens / n;
    if ((c->distinct <= 12 && repeat >= 3) || (c->distinct <= 60 && repeat > 40)) return KITH_LINK_CATEGORY;
    if (c->with_digits > .5 * n && words >= 2) return KITH_LINK_ADDRESS;
    if (c->list > .3 * n) return KITH_LINK_LIST;
    if (words > 1.6) return KITH_LINK_TEXT;
    return KITH_LINK_NAME;
}

typedef struct sample {
    uint32_t n;
    uint64_t *hash; /* n × cols: of folded cells, 0 missing */
} sample;

static int u64_order(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int look(const kith_link_store *store, const bool *use, column *columns, sample *s, kith_arena *arena,
                kith_error *err) {
    uint32_t cols = store->header.n;
    /* The rows whose bytes hash lowest: a choice that does not depend on their order. */
    uint64_t *rank = malloc(sizeof *rank * ((size_t)store->rows + 1));
    kith_buf fold = {0};
    if (rank == NULL) return kith_no_memory(err);
    uint32_t r = 0;
    for (size_t p = 0; p < store->n_pieces; p++)
        for (uint32_t i = 0; i < store->pieces[p].rows; i++) {
            kith_str row = kith_link_row(store, &store->pieces[p], i);
            rank[r++] = kith_hash(row.p, row.n, 7);
        }
    uint64_t limit = UINT64_MAX;
    if (r > LOOK) limit = UINT64_MAX / r * LOOK;
    s->hash = kith_arena_zalloc(arena, sizeof *s->hash * cols * (size_t)(r < LOOK ? r : LOOK + LOOK / 4) + 8);
    if (s->hash == NULL) {
        free(rank);
        return kith_no_memory(err);
    }
    r = 0;
    for (size_t p = 0; p < store->n_pieces; p++)
        for (uint32_t i = 0; i < store->pieces[p].rows; i++, r++) {
            if (rank[r] > limit || s->n >= LOOK + LOOK / 4) continue;
            for (uint32_t c = 0; c < cols; c++) {
                if (!use[c]) continue;
                kith_str cell = kith_link_cell(store, &store->pieces[p], i, c, arena);
                double before = columns[c].seen;
                look_at(&columns[c], cell, &fold);
                if (columns[c].seen > before) s->hash[(size_t)s->n * cols + c] = kith_hash(fold.p, fold.n, 1) | 1;
            }
            s->n++;
        }
    uint64_t *sorted = rank; /* rows ≥ sample */
    for (uint32_t c = 0; c < cols; c++) {
        size_t n = 0;
        for (uint32_t i = 0; i < s->n && n < store->rows; i++)
            if (s->hash[(size_t)i * cols + c] != 0) sorted[n++] = s->hash[(size_t)i * cols + c];
        qsort(sorted, n, sizeof *sorted, u64_order);
        size_t run = 0;
        for (size_t i = 0; i < n; i++) {
            columns[c].distinct += i == 0 || sorted[i] != sorted[i - 1];
            run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
            if ((double)run > columns[c].top) columns[c].top = (double)run;
        }
    }
    free(rank);
    bool failed = fold.failed;
    kith_buf_free(&fold);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static kith_link_field *add_field(kith_link_model *model, kith_link_kind kind) {
    if (model->n_fields == KITH_LINK_FIELDS) return NULL;
    kith_link_field *f = &model->field[model->n_fields++];
    *f = (kith_link_field){.kind = kind, .day_first = true};
    return f;
}

/* Bytes of whole characters, `most` of them at most. */
static size_t whole(kith_str s, size_t most) {
    if (s.n <= most) return s.n;
    while (most > 0 && (s.p[most] & 0xC0) == 0x80) most--;
    return most;
}

/* Adds a column, whose name was found to fit. The field is called after its columns, as far as there is room. */
static void add_column(kith_link_field *f, kith_str name) {
    size_t at = strlen(f->name), most = sizeof f->name - 1 - at - (at > 0), n = name.n;
    memcpy(f->column[f->n_columns], name.p, n);
    f->column[f->n_columns++][n] = 0;
    if (at == sizeof f->name - 1) return;
    if (at > 0) f->name[at++] = '+';
    n = whole(name, most);
    memcpy(f->name + at, name.p, n);
    f->name[at + n] = 0;
}

/* A model's fields are told apart by their names: " 2", " 3" … behind one that is there already. */
static void tell_apart(kith_link_model *model) {
    for (uint32_t f = 1; f < model->n_fields; f++) {
        char *name = model->field[f].name;
        size_t n = whole(kith_str_of(name), sizeof model->field[f].name - 4);
        for (uint32_t k = 2, g = 0; g < f && k < 99; g++) {
            if (strcmp(model->field[g].name, name) != 0) continue;
            snprintf(name + n, 4, " %u", k++);
            g = UINT32_MAX; /* from the first again */
        }
    }
}

/* Whether the columns that are compared can be named: a model finds them by their names alone. */
static int check_names(const kith_link_store *store, const column *columns, kith_error *err) {
    for (uint32_t c = 0; c < store->header.n; c++) {
        kith_str name = store->header.names[c];
        if (columns[c].kind == KITH_LINK_IGNORE) continue;
        if (name.n >= sizeof((kith_link_field *)0)->column[0])
            return kith_fail(err, KITH_DATA, "column %u: a name of more than 255 bytes: rename it, or leave it out with --drop", c + 1);
        for (uint32_t b = 0; b < c; b++)
            if (kith_str_equal(store->header.names[b], name))
                return kith_fail(err, KITH_DATA, "column %u: its name is that of column %u, too: rename it, or leave it out with --drop", c + 1, b + 1);
    }
    return KITH_OK;
}

/* Whether the row is in a sample: by its contents, not its place. */
static bool drawn(const kith_link_store *store, const kith_link_piece *p, uint32_t i, uint64_t limit) {
    kith_str row = kith_link_row(store, p, i);
    return kith_hash(row.p, row.n, 8) <= limit;
}

/* Tokens of column a that stand in b of the same row, as a share; both are text. Rows are looked at again. */
static double contained(const kith_link_store *store, uint32_t a, const uint32_t *b, size_t n_b, kith_arena *arena,
                        kith_buf *fa, kith_buf *fb) {
    double rows = 0, held = 0;
    uint64_t limit = UINT64_MAX / (store->rows / 1000 + 1);
    for (size_t p = 0; p < store->n_pieces; p++)
        for (uint32_t i = 0; i < store->pieces[p].rows; i++) {
            if (!drawn(store, &store->pieces[p], i, limit)) continue;
            fa->n = fb->n = 0;
            kith_fold_text(kith_link_cell(store, &store->pieces[p], i, a, arena), NULL, fa);
            if (fa->n == 0) continue;
            for (size_t k = 0; k < n_b; k++) {
                kith_buf_putc(fb, ' ');
                kith_fold_text(kith_link_cell(store, &store->pieces[p], i, b[k], arena), NULL, fb);
            }
            kith_buf_putc(fb, ' ');
            if (fa->failed || fb->failed) return 0;
            rows++;
            bool all = true;
            for (size_t at = 0; at < fa->n && all;) {
                size_t to = at;
                while (to < fa->n && fa->p[to] != ' ') to++;
                bool found = false;
                for (size_t q = 1; q + (to - at) < fb->n && !found; q++)
                    found =
                        fb->p[q - 1] == ' ' && memcmp(fb->p + q, fa->p + at, to - at) == 0 && fb->p[q + to - at] == ' ';
                all = found;
                at = to + 1;
            }
            held += all;
        }
    return rows > 0 ? held / rows : 0;
}

static bool texty(kith_link_kind k) { return k == KITH_LINK_NAME || k == KITH_LINK_TEXT || k == KITH_LINK_ADDRESS; }

/* A column whose words all come from other columns says nothing new. */
static int drop_repeats(const kith_link_store *store, column *columns, kith_arena *arena, kith_error *err) {
    kith_buf fa = {0}, fb = {0};
    uint32_t cols = store->header.n, others[8];
    for (uint32_t a = 0; a < cols; a++) {
        if (!texty(columns[a].kind) || columns[a].tokens < 1.5 * columns[a].seen) continue;
        size_t n = 0; /* first: the simple columns whose words column a holds */
        for (uint32_t b = 0; b < cols && n < 8; b++)
            if (b != a && texty(columns[b].kind) && columns[b].tokens < columns[a].tokens * .9 &&
                contained(store, b, &a, 1, arena, &fa, &fb) > .6)
                others[n++] = b;
        if (n >= 1 && contained(store, a, others, n, arena, &fa, &fb) > .8)
            columns[a].kind = KITH_LINK_IGNORE;
        else
            for (size_t k = 0; k < n && k < 2; k++) columns[a].minus[columns[a].n_minus++] = others[k];
    }
    bool failed = fa.failed || fb.failed;
    kith_buf_free(&fa);
    kith_buf_free(&fb);
    return failed ? kith_no_memory(err) : KITH_OK;
}

/* Two name columns that now and then hold each other's values. */
static void find_swap(const kith_link_store *store, const sample *s, const uint32_t *column_of,
                      kith_link_model *model) {
    uint32_t cols = store->header.n, best_a = 0, best_b = 0;
    double best = 0;
    for (uint32_t a = 0; a < model->n_fields; a++)
        for (uint32_t b = a + 1; b < model->n_fields; b++) {
            if (model->field[a].kind != KITH_LINK_NAME || model->field[b].kind != KITH_LINK_NAME) continue;
            uint64_t table[4096] = {0}; /* a small set of b's values */
            double hit_a = 0, n = 0;
            for (uint32_t i = 0; i < s->n; i++) {
                uint64_t h = s->hash[(size_t)i * cols + column_of[b]];
                if (h) table[h >> 52] |= UINT64_C(1) << (h >> 46 & 63);
            }
            double filled = 0;
            for (size_t i = 0; i < 4096; i++) filled += (double)__builtin_popcountll(table[i]);
            for (uint32_t i = 0; i < s->n; i++) {
                uint64_t h = s->hash[(size_t)i * cols + column_of[a]];
                if (!h) continue;
                n++;
                hit_a += (double)(table[h >> 52] >> (h >> 46 & 63) & 1);
            }
            double excess = n > 0 ? hit_a / n - filled / 262144 : 0;
            if (excess > .1 && excess > best) {
                best = excess;
                best_a = a;
                best_b = b;
            }
        }
    if (best == 0) return;
    kith_link_field *f = add_field(model, KITH_LINK_SWAP);
    if (f == NULL) return;
    memcpy(f->name, "swapped", 8);
    f->swap[0] = best_a;
    f->swap[1] = best_b;
}

/* Whether the address, before its @, holds a word of the name (of three letters or more). */
static bool holds_a_word(kith_str mail, kith_str name) {
    for (size_t at = 0; at < name.n;) {
        size_t to = at;
        while (to < name.n && name.p[to] != ' ') to++;
        for (size_t k = 0; to - at >= 3 && k + (to - at) <= mail.n && mail.p[k] != '@'; k++)
            if (memcmp(mail.p + k, name.p + at, to - at) == 0) return true;
        at = to + 1;
    }
    return false;
}

/* Names that e-mail addresses are made of: alike addresses of people of one name say nothing more. */
static int find_in_email(const kith_link_store *store, const uint32_t *column_of, kith_link_model *model,
                         kith_arena *arena, kith_error *err) {
    uint32_t email = 0;
    while (email < model->n_fields && model->field[email].kind != KITH_LINK_EMAIL) email++;
    if (email == model->n_fields) return KITH_OK;
    kith_buf name = {0}, mail = {0};
    for (uint32_t f = 0; f < model->n_fields; f++) {
        if (model->field[f].kind != KITH_LINK_NAME && model->field[f].kind != KITH_LINK_TEXT) continue;
        double both = 0, held = 0;
        uint64_t limit = UINT64_MAX / (store->rows / 3000 + 1);
        for (size_t p = 0; p < store->n_pieces; p++)
            for (uint32_t i = 0; i < store->pieces[p].rows; i++) {
                if (!drawn(store, &store->pieces[p], i, limit)) continue;
                name.n = mail.n = 0;
                kith_fold_text(kith_link_cell(store, &store->pieces[p], i, column_of[f], arena), NULL, &name);
                kith_fold_text(kith_link_cell(store, &store->pieces[p], i, column_of[email], arena), "@._-+", &mail);
                if (name.failed || mail.failed || name.n < 3 || mail.n == 0) continue;
                both++;
                held += holds_a_word((kith_str){mail.p, mail.n}, (kith_str){name.p, name.n});
            }
        model->field[f].in_email = both >= 5 && held > .15 * both;
    }
    bool failed = name.failed || mail.failed;
    kith_buf_free(&name);
    kith_buf_free(&mail);
    return failed ? kith_no_memory(err) : KITH_OK;
}

int kith_link_recognise(const kith_link_store *store, const bool *use, kith_link_model *model, kith_error *err) {
    uint32_t cols = store->header.n, column_of[KITH_LINK_FIELDS] = {0};
    kith_arena *arena = kith_arena_new();
    column *columns = arena ? kith_arena_zalloc(arena, sizeof *columns * (cols + 1)) : NULL;
    sample s = {0};
    if (columns == NULL) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    int status = look(store, use, columns, &s, arena, err);
    if (status == KITH_OK) {
        for (uint32_t c = 0; c < cols; c++) columns[c].kind = use[c] ? kind_of(&columns[c]) : KITH_LINK_IGNORE;
        status = check_names(store, columns, err);
    }
    if (status == KITH_OK) status = drop_repeats(store, columns, arena, err);
    if (status != KITH_OK) {
        kith_arena_free(arena);
        return status;
    }
    /* Year, month and day in three columns; latitude and longitude in two. */
    uint32_t y = cols, m = cols, d = cols, lat = cols;
    for (uint32_t c = 0; c < cols; c++) {
        const column *k = &columns[c];
        if (k->kind == KITH_LINK_IGNORE || k->digits < .95 * k->seen) continue;
        if (k->years > .95 * k->seen && k->distinct > 12 && y == cols)
            y = c;
        else if (k->months > .97 * k->seen && k->distinct > 8 && k->distinct <= 14 && m == cols)
            m = c;
        else if (k->days > .97 * k->seen && k->distinct > 20 && k->distinct <= 33 && d == cols)
            d = c;
    }
    bool split = y < cols && m < cols && d < cols;
    for (uint32_t c = 0; c < cols && model->n_fields < KITH_LINK_FIELDS; c++) {
        kith_link_kind kind = columns[c].kind;
        if (kind == KITH_LINK_IGNORE || (split && (c == m || c == d))) continue;
        if (kind == KITH_LINK_GEO) {
            if (lat == cols) {
                lat = c;
                continue;
            }
            bool in_order = columns[lat].lat > .95 * columns[lat].seen;
            column_of[model->n_fields] = lat;
            kith_link_field *f = add_field(model, KITH_LINK_GEO);
            add_column(f, store->header.names[in_order ? lat : c]);
            add_column(f, store->header.names[in_order ? c : lat]);
            lat = cols;
            continue;
        }
        column_of[model->n_fields] = c;
        kith_link_field *f = add_field(model, split && c == y ? KITH_LINK_DATE : kind);
        add_column(f, store->header.names[c]);
        if (kind == KITH_LINK_TEXT || kind == KITH_LINK_ADDRESS)
            for (uint32_t k = 0; k < columns[c].n_minus; k++) {
                char name[sizeof f->name];
                memcpy(name, f->name, sizeof name);
                add_column(f, store->header.names[columns[c].minus[k]]);
                memcpy(f->name, name, sizeof name);
            }
        if (split && c == y) {
            add_column(f, store->header.names[m]);
            add_column(f, store->header.names[d]);
        } else if (kind == KITH_LINK_DATE) {
            f->day_first = columns[c].day_first >= columns[c].month_first;
            f->new_year = columns[c].new_year > 10 && columns[c].new_year > columns[c].date * 3 / 365;
        }
    }
    if (lat < cols && model->n_fields < KITH_LINK_FIELDS) { /* one without the other is a number */
        column_of[model->n_fields] = lat;
        add_column(add_field(model, KITH_LINK_NUMBER), store->header.names[lat]);
    }
    status = find_in_email(store, column_of, model, arena, err);
    find_swap(store, &s, column_of, model);
    tell_apart(model);
    kith_arena_free(arena);
    if (status != KITH_OK) return status;
    if (model->n_fields == 0)
        return kith_fail(err, KITH_DATA, "no column can be compared: all are empty, constant or left out");
    return KITH_OK;
}
