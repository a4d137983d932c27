/* Mending one broken record, where it is certain how.
 *
 * A record is read in several ways (as it lies; its first line alone; with one opening quote or another taken as a character; with a
 * delimiter put back where a quote stands alone; with another delimiter), each reading is laid against the models of the
 * columns (lay: empty fields taken out, a field split in two, unquoted texts joined again), and the least change that fits wins.
 * Where two different results are equally good nothing is certain, and the record is rejected.
 */
#include "messy.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SOLUTIONS = 8, MOST_STEPS = 20000, MOST_DELETED = 3, MOST_SPLIT = 2, MOST_QUOTES = 24, MOST_COLUMNS = 2000 };

const char *kith_repair_name(kith_repair repair) {
    static const char *const names[] = {"none",      "stray_quote",     "empty_field", "short",
                                        "delimiter_lost", "other_delimiter", "joined",      "unsure"};
    return names[repair];
}

void kith_fixer_free(kith_fixer *f) {
    kith_record_free(&f->record);
    kith_record_free(&f->best);
    kith_record_free(&f->trial);
    kith_buf_free(&f->scratch);
    kith_buf_free(&f->raw);
    free(f->path);
    *f = (kith_fixer){0};
}

static bool copy_record(kith_fixer *f, kith_record *to, const kith_record *from, const kith_field *fields, size_t n) {
    if (to->room < n) {
        kith_field *more = realloc(to->fields, n * sizeof *more);
        if (!more) {
            f->failed = true;
            return false;
        }
        to->fields = more;
        to->room = n;
    }
    kith_field *own = to->fields;
    size_t room = to->room;
    *to = *from;
    to->fields = own;
    to->room = room;
    if (n) memcpy(own, fields, n * sizeof *own);
    to->n = n;
    return true;
}

/* A laying of tokens into columns: a search with bounded steps for all ways within the changes allowed. */
typedef struct laying {
    kith_fixer *f;
    const kith_dialect *d;
    const kith_model *models;
    size_t columns;
    const kith_field *tokens;
    size_t n;
    size_t deletes, splits, joins; /* still allowed */
    size_t steps;
    const kith_record *whole;
    size_t found;   /* different results */
    bool failed;
} laying;

static int fit(laying *l, size_t column, const kith_field *field) {
    kith_str text = kith_field_text(l->d, field, &l->f->scratch);
    /* A quote that is a character is no part of the value's shape. */
    if (field->flags & KITH_FIELD_STRAY && !(field->flags & KITH_FIELD_QUOTED) && text.n && (unsigned char)text.p[0] == l->d->quote)
        text = (kith_str){text.p + 1, text.n - 1};
    return kith_model_fit(&l->models[column], text, field->flags & KITH_FIELD_QUOTED);
}

/* For the halves of a split: as usual, where the column has a usual. */
static bool fits_well(laying *l, size_t column, const kith_field *field) {
    int how = fit(l, column, field);
    return how == 2 || (how == 1 && !kith_model_strict(&l->models[column]));
}

static bool same_fields(const kith_field *a, const kith_field *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (a[i].n != b[i].n || (a[i].n && memcmp(a[i].p, b[i].p, a[i].n))) return false;
    return true;
}

static void lay(laying *l, size_t i, size_t j, kith_field *path);

/* Field i is two: every place where both halves fit. */
static void lay_split(laying *l, size_t i, size_t j, kith_field *path) {
    const kith_field *t = &l->tokens[i];
    l->splits--;
    for (size_t at = 1; at + 1 <= t->n; at++) {
        kith_field left = {t->p, at, 0}, right = {t->p + at, t->n - at, 0};
        if (t->flags & KITH_FIELD_QUOTED) { /* "left""right" */
            if ((unsigned char)t->p[at - 1] != l->d->quote || at < 2 || (unsigned char)t->p[at] != l->d->quote) continue;
            left = (kith_field){t->p, at - 1, KITH_FIELD_QUOTED | KITH_FIELD_ESCAPED};
            right = (kith_field){t->p + at + 1, t->n - at - 1, KITH_FIELD_QUOTED | KITH_FIELD_ESCAPED};
        } else if (((unsigned char)t->p[at] & 0xC0) == 0x80) {
            continue;
        }
        if (!fits_well(l, j, &left) || !fits_well(l, j + 1, &right)) continue;
        path[j] = left;
        path[j + 1] = right;
        lay(l, i + 1, j + 2, path);
        if (l->found > 1) break;
    }
    l->splits++;
}

/* Unquoted fields i … are one value with delimiters inside. */
static void lay_join(laying *l, size_t i, size_t j, kith_field *path) {
    const kith_field *first = &l->tokens[i];
    if (first->flags & KITH_FIELD_QUOTED) return;
    size_t allowed = l->joins;
    for (size_t k = i + 1; k < l->n && k - i <= allowed; k++) {
        if (l->tokens[k].flags & KITH_FIELD_QUOTED) break;
        kith_field all = {first->p, (size_t)(l->tokens[k].p + l->tokens[k].n - first->p), 0};
        if (kith_model_strict(&l->models[j]) || !fit(l, j, &all)) continue;
        path[j] = all;
        l->joins = allowed - (k - i);
        lay(l, k + 1, j + 1, path);
        if (l->found > 1) break;
    }
    l->joins = allowed;
}

static void lay(laying *l, size_t i, size_t j, kith_field *path) {
    if (++l->steps > MOST_STEPS) l->found = 2; /* too many ways to be sure */
    if (l->found > 1 || l->failed) return;
    if (j == l->columns && i == l->n) {
        if (l->found && same_fields(path, l->f->trial.fields, l->columns)) return;
        l->found++;
        if (l->found == 1 && !copy_record(l->f, &l->f->trial, l->whole, path, l->columns)) l->failed = true;
        return;
    }
    size_t left = l->n - i, want = l->columns - j;
    if (i < l->n && j < l->columns && left + l->splits >= want && left <= want + l->deletes + l->joins && fit(l, j, &l->tokens[i])) {
        path[j] = l->tokens[i];
        lay(l, i + 1, j + 1, path);
    }
    if (i < l->n && l->deletes && left > want && !l->tokens[i].n && !(l->tokens[i].flags & KITH_FIELD_QUOTED)) {
        l->deletes--;
        lay(l, i + 1, j, path);
        l->deletes++;
    }
    if (i < l->n && j + 2 <= l->columns && l->splits && left < want) lay_split(l, i, j, path);
    if (i < l->n && j < l->columns && l->joins && left > want) lay_join(l, i, j, path);
}

/* Lays `record` into the columns with these changes. 1: one way, in f->trial; 0: none; 2: several. */
static int lay_out(kith_fixer *f, const kith_dialect *d, const kith_model *models, size_t columns, const kith_record *record, size_t deletes,
                   size_t splits, size_t joins) {
    if (columns > MOST_COLUMNS) { /* the search goes one call deep for each column */
        if (record->n != columns) return 0;
        return copy_record(f, &f->trial, record, record->fields, record->n);
    }
    if (f->path_room < columns + 2) {
        kith_field *more = realloc(f->path, (columns + 2) * sizeof *more);
        if (!more) {
            f->failed = true;
            return 0;
        }
        f->path = more;
        f->path_room = columns + 2;
    }
    laying l = {f, d, models, columns, record->fields, record->n, deletes, splits, joins, 0, record, 0, false};
    lay(&l, 0, 0, f->path);
    return l.failed ? 0 : l.found > 1 ? 2 : (int)l.found;
}

/* A reading of the record, and what became of it. */
typedef struct verdict {
    bool have, twice;
    kith_repair repair;
} verdict;

/* f->trial is a way to mend the record: the first, the same again, or another one. */
static void propose(kith_fixer *f, verdict *v, kith_repair repair) {
    if (v->have) {
        if (f->best.n != f->trial.n || f->best.bytes != f->trial.bytes || !same_fields(f->best.fields, f->trial.fields, f->trial.n))
            v->twice = true;
        return;
    }
    if (!copy_record(f, &f->best, &f->trial, f->trial.fields, f->trial.n)) return;
    v->have = true;
    v->repair = repair;
}

static bool firm(const kith_model *models, size_t columns) {
    for (size_t i = 0; i < columns; i++)
        if (models[i].n >= MODEL_FIRM) return true;
    return false;
}

/* The readings in which quotes alone are at fault: exactly `columns` fields, each of which fits. */
static void try_quotes(kith_fixer *f, const kith_dialect *d, const kith_model *models, size_t columns, const char *p, size_t n, bool final,
                       verdict *v) {
    kith_record *r = &f->record;
    bool whole = kith_record_parse(d, p, n, final, 0, 0, r);
    if (whole && !r->open && r->n == columns && lay_out(f, d, models, columns, r, 0, 0, 0) == 1) propose(f, v, REPAIR_QUOTE);
    if (v->have && !r->stray) return;
    /* Its first line alone: quotes at face value, one opening quote a character, inner quotes not doubled, a delimiter lost beside a quote. */
    for (int literal = -1; literal < MOST_QUOTES; literal++) {
        if (!kith_record_parse(d, p, n, true, KITH_RECORD_LINE, literal < 0 ? 0 : UINT64_C(1) << literal, r)) continue;
        if (literal >= 0 && !r->stray) break; /* no such quote */
        if (!r->open && r->n == columns && lay_out(f, d, models, columns, r, 0, 0, 0) == 1) propose(f, v, REPAIR_QUOTE);
    }
    if (v->have) return;
    static const unsigned ways[] = {KITH_RECORD_BARE, KITH_RECORD_SPLIT};
    for (int i = 0; i < 2 && !v->have && firm(models, columns); i++)
        if (kith_record_parse(d, p, n, true, KITH_RECORD_LINE | ways[i], 0, r) && !r->open && r->n == columns &&
            lay_out(f, d, models, columns, r, 0, 0, 0) == 1)
            propose(f, v, i ? REPAIR_SPLIT : REPAIR_QUOTE);
}

/* The readings in which the number of fields is wrong. */
static void try_counts(kith_fixer *f, const kith_dialect *d, const kith_model *models, size_t columns, const char *p, size_t n, verdict *v) {
    kith_record *r = &f->record;
    if (!kith_record_parse(d, p, n, true, 0, 0, r) || r->open) {
        if (!kith_record_parse(d, p, n, true, KITH_RECORD_LINE, 0, r) || r->open) return;
    }
    int got = 0;
    if (r->n > columns && r->n - columns <= MOST_DELETED) {
        got = lay_out(f, d, models, columns, r, r->n - columns, 0, 0);
        if (got == 1) propose(f, v, REPAIR_EMPTY);
        if (got == 2) v->twice = true;
    }
    if (!got && r->n < columns) { /* last fields that are usually empty */
        bool usual = true;
        for (size_t i = r->n; i < columns && usual; i++) usual = models[i].n >= MODEL_FIRM && models[i].empty * 2 > models[i].n;
        for (size_t i = 0; i < r->n && usual; i++) {
            laying l = {.f = f, .d = d, .models = models};
            usual = fit(&l, i, &r->fields[i]) > 0;
        }
        if (usual && copy_record(f, &f->trial, r, r->fields, r->n)) {
            propose(f, v, REPAIR_SHORT);
            got = 1;
        }
    }
    if (!got && r->n < columns && columns - r->n <= MOST_SPLIT && (got = lay_out(f, d, models, columns, r, 0, columns - r->n, 0))) {
        if (got == 1) propose(f, v, REPAIR_SPLIT);
        if (got == 2) v->twice = true;
    }
    if (!got && r->n > columns && (got = lay_out(f, d, models, columns, r, 0, 0, r->n - columns))) {
        if (got == 1) propose(f, v, REPAIR_MERGE);
        if (got == 2) v->twice = true;
    }
}

/* One line in another delimiter. Its fields would fit, most of them in columns of few shapes: text alone proves nothing. */
static void try_delimiters(kith_fixer *f, const kith_dialect *d, const kith_model *models, size_t columns, const char *p, size_t n, verdict *v) {
    static const char others[] = ",;\t| ";
    size_t strict = 0;
    for (size_t i = 0; i < columns; i++) strict += kith_model_strict(&models[i]) && models[i].empty < models[i].n;
    if (strict < 2) return;
    for (const char *other = others; *other; other++) {
        if (d->delimiter_n == 1 && d->delimiter[0] == *other) continue;
        kith_dialect alone = *d;
        alone.delimiter[0] = *other;
        alone.delimiter_n = 1;
        alone.runs = false;
        kith_record *r = &f->record;
        if (!kith_record_parse(&alone, p, n, true, KITH_RECORD_LINE, 0, r) || r->open || r->n < columns) continue;
        int got = lay_out(f, &alone, models, columns, r, 0, 0, r->n - columns);
        if (got == 1) propose(f, v, REPAIR_DELIMITER);
        if (got == 2) v->twice = true;
    }
}

kith_repair kith_record_mend(kith_fixer *f, const kith_dialect *d, const kith_model *models, size_t columns, const char *p, size_t n,
                             bool final) {
    verdict v = {false, false, REPAIR_UNSURE};
    try_quotes(f, d, models, columns, p, n, final, &v);
    bool sure = firm(models, columns);
    if (!v.have && !v.twice && sure) try_counts(f, d, models, columns, p, n, &v);
    if (!v.have && !v.twice && sure) try_delimiters(f, d, models, columns, p, n, &v);
    if (v.have && !v.twice) return v.repair;
    /* As it lies, if it is a whole record of the right length: stray quotes in a text that is not like its neighbours. */
    kith_record *r = &f->record;
    if (kith_record_parse(d, p, n, final, 0, 0, r) && !r->open && r->n == columns && !v.twice) {
        if (copy_record(f, &f->best, r, r->fields, r->n)) return r->stray ? REPAIR_QUOTE : REPAIR_NONE;
    }
    if (!kith_record_parse(d, p, n, true, r->open || r->stray ? KITH_RECORD_LINE : 0, 0, r)) return REPAIR_UNSURE;
    copy_record(f, &f->best, r, r->fields, r->n);
    return REPAIR_UNSURE;
}

/* ---- headers ------------------------------------------------------------------------------------------------ */

/* Names: filled but for a few, short, no figures. */
static bool names_only(const kith_record *r) {
    size_t empty = 0;
    for (size_t i = 0; i < r->n; i++) {
        kith_kind kind = kith_kind_of((kith_str){r->fields[i].p, r->fields[i].n});
        if (kith_kind_typed(kind) || r->fields[i].n > 64) return false;
        empty += kind == KIND_EMPTY;
    }
    return r->n > 1 && empty * 2 < r->n;
}

bool kith_header_read(const kith_dialect *d, size_t columns, const char *p, size_t n, kith_record *r, bool *mended) {
    static const char others[] = ",;\t| ";
    *mended = false;
    if (kith_record_parse(d, p, n, true, 0, 0, r) && r->n == columns && !r->open && !r->stray) return true;
    *mended = true;
    for (int literal = -1; literal < MOST_QUOTES; literal++) {
        if (!kith_record_parse(d, p, n, true, KITH_RECORD_LINE, literal < 0 ? 0 : UINT64_C(1) << literal, r)) return false;
        if (literal >= 0 && !r->stray) break;
        if (r->n == columns && !r->open) return names_only(r);
    }
    if (kith_record_parse(d, p, n, true, KITH_RECORD_LINE | KITH_RECORD_SPLIT, 0, r) && r->n == columns && !r->open) return names_only(r);
    for (const char *other = others; *other; other++) {
        kith_dialect alone = *d;
        alone.delimiter[0] = *other;
        alone.delimiter_n = 1;
        alone.runs = false;
        if (d->delimiter_n == 1 && d->delimiter[0] == *other) continue;
        if (kith_record_parse(&alone, p, n, true, KITH_RECORD_LINE, 0, r) && r->n == columns && !r->open && columns > 2) return names_only(r);
    }
    if (!kith_record_parse(d, p, n, true, KITH_RECORD_LINE, 0, r) || r->open || !names_only(r)) return false;
    size_t k = 0;
    for (size_t i = 0, gone = r->n > columns ? r->n - columns : 0; i < r->n; i++)
        if (r->fields[i].n || !gone) r->fields[k++] = r->fields[i];
        else gone--;
    r->n = k;
    return r->n + 2 >= columns && r->n <= columns + 2 && columns > 2;
}
