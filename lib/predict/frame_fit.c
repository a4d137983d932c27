/* What a fit takes from a file: which columns are features, what the outcome is, how rows are divided, what may leak. */
#include <kith/frame.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int kith_frame_wanted(const kith_header *header, const char *select, const char *drop, const char *const *special,
                      size_t n_special, kith_arena *arena, kith_selection *columns, bool **is_feature, kith_error *err) {
    kith_selection features = {0}, dropped = {0};
    if (select) KITH_TRY(kith_select(header, select, false, arena, &features, err));
    if (drop) KITH_TRY(kith_select(header, drop, false, arena, &dropped, err));
    uint8_t *take = kith_arena_zalloc(arena, header->n + 1);
    columns->columns = kith_arena_alloc(arena, (header->n + 1) * sizeof *columns->columns);
    columns->names = kith_arena_alloc(arena, (header->n + 1) * sizeof *columns->names);
    *is_feature = kith_arena_zalloc(arena, (header->n + 1) * sizeof **is_feature);
    if (!take || !columns->columns || !columns->names || !*is_feature) return kith_no_memory(err);
    for (uint32_t j = 0; j < header->n; j++) take[j] = !select;
    for (uint32_t k = 0; k < features.n; k++) take[features.columns[k]] = 1;
    for (uint32_t k = 0; k < dropped.n; k++) take[dropped.columns[k]] = 0;
    for (size_t k = 0; k < n_special; k++) {
        uint32_t column;
        if (!special[k]) continue;
        KITH_TRY(kith_column(header, special[k], &column, err));
        take[column] = 2;
    }
    columns->n = 0;
    for (uint32_t j = 0; j < header->n; j++) {
        if (!take[j]) continue;
        (*is_feature)[columns->n] = take[j] == 1;
        columns->names[columns->n] = header->names[j];
        columns->columns[columns->n++] = j;
    }
    return KITH_OK;
}

size_t kith_frame_find(const kith_frame_reader *reader, const char *name) {
    for (size_t j = 0; j < kith_frame_columns(reader); j++)
        if (strcmp(kith_frame_name(reader, j), name) == 0) return j;
    return SIZE_MAX;
}

static bool is_id(const char *name) {
    static const char *const known[] = {"person_id", "record_id", "account_id"};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(name, known[k]) == 0) return true;
    return false;
}

static bool called_id(const char *name) {
    size_t n = strlen(name);
    return kith_str_equal_nocase(kith_str_of(name), KITH_STR("id")) ||
           (n > 2 && kith_str_equal_nocase(kith_str_of(name + n - 2), KITH_STR("id")));
}

const char *kith_frame_no_feature(const char *name, kith_column_kind kind, size_t distinct, size_t rows) {
    bool unique = rows > 20 && (distinct == rows || (distinct == 0 && kind == KITH_COLUMN_TEXT));
    if (is_id(name)) return "an identifier";
    if (kind == KITH_COLUMN_EMPTY) return "empty";
    if (kind == KITH_COLUMN_TEXT) return "free text";
    if (unique && kind == KITH_COLUMN_LEVEL) return "another value for everyone";
    if (unique && called_id(name)) return "an identifier";
    if (kind == KITH_COLUMN_LEVEL && rows > 200 && distinct * 2 > rows) return "nearly another value for everyone";
    return NULL;
}

int kith_frame_features(const kith_frame_reader *reader, const bool *is_feature, kith_arena *arena, kith_frame *frame,
                        kith_buf *notes, kith_error *err) {
    size_t columns = kith_frame_columns(reader), rows = kith_frame_rows(reader);
    if (rows == 0) return kith_fail(err, KITH_DATA, "no rows to learn from");
    *frame = (kith_frame){.rows = rows, .features = kith_arena_alloc(arena, (columns + 1) * sizeof *frame->features)};
    if (!frame->features) return kith_no_memory(err);
    for (size_t j = 0; j < columns; j++) {
        if (!is_feature[j]) continue;
        const char *name = kith_frame_name(reader, j), *why;
        kith_column_kind kind = kith_frame_kind(reader, j);
        size_t distinct = kith_frame_distinct(reader, j);
        if ((why = kith_frame_no_feature(name, kind, distinct, rows))) {
            kith_buf_printf(notes, "column %s is left out: %s\n", name, why);
            continue;
        }
        KITH_TRY(kith_frame_feature(reader, j, false, arena, &frame->features[frame->n], err));
        frame->n++;
    }
    if (frame->n == 0) return kith_fail(err, KITH_DATA, "no column is left to learn from");
    return KITH_OK;
}

int kith_frame_positive(const char *name, const char *const *levels, size_t n, const char *positive, size_t *found, kith_error *err) {
    static const char *const words[] = {"1", "yes", "true", "y", "t", "won"};
    *found = SIZE_MAX;
    for (size_t l = 0; l < n && positive; l++)
        if (strcmp(levels[l], positive) == 0) *found = l;
    if (positive && *found == SIZE_MAX)
        return kith_fail(err, KITH_DATA, "column %s: the value said to be the positive one does not occur", name);
    if (n == 0) return kith_fail(err, KITH_DATA, "column %s: every outcome is missing", name);
    if (n == 1) return kith_fail(err, KITH_DATA, "column %s has one class only: nothing can be learned from it", name);
    if (!positive && n > 2)
        return kith_fail(err, KITH_DATA, "column %s has %zu different values: say which one counts with --positive", name, n);
    for (size_t w = 0; w < sizeof words / sizeof *words && *found == SIZE_MAX; w++)
        for (size_t l = 0; l < n; l++) {
            double v;
            kith_str s = kith_str_of(levels[l]);
            bool one = w == 0 && kith_parse_double(s, &v) && v == 1;
            if (one || kith_str_equal_nocase(s, kith_str_of(words[w]))) *found = l;
        }
    if (*found == SIZE_MAX) *found = n - 1;
    return KITH_OK;
}

int kith_frame_outcome(const kith_frame_reader *reader, size_t j, const char *positive, kith_arena *arena, double **y,
                       const char **yes, kith_error *err) {
    kith_feature f;
    const char *name = kith_frame_name(reader, j);
    size_t rows = kith_frame_rows(reader), found;
    if (rows == 0) return kith_fail(err, KITH_DATA, "no rows to learn from");
    if (kith_frame_distinct(reader, j) == 0 && kith_frame_kind(reader, j) != KITH_COLUMN_EMPTY)
        return kith_fail(err, KITH_DATA, "column %s: more than %d different values: no yes/no outcome", name, KITH_DISTINCT_MOST);
    KITH_TRY(kith_frame_feature(reader, j, true, arena, &f, err)); /* its levels all occur */
    KITH_TRY(kith_frame_positive(name, f.levels, f.n_levels, positive, &found, err));
    *y = kith_arena_alloc(arena, (rows + 1) * sizeof **y);
    if (!*y) return kith_no_memory(err);
    for (size_t i = 0; i < rows; i++) (*y)[i] = f.level[i] < 0 ? NAN : (size_t)f.level[i] == found ? 1 : 0;
    *yes = f.levels[found];
    return KITH_OK;
}

int kith_frame_numbers(const kith_frame_reader *reader, size_t j, const double **numbers, kith_error *err) {
    kith_feature f;
    kith_column_kind kind = kith_frame_kind(reader, j);
    *numbers = NULL;
    if (kind != KITH_COLUMN_NUMBER && kind != KITH_COLUMN_TIME)
        return kith_fail(err, KITH_DATA, "column %s: %s", kith_frame_name(reader, j),
                         kind == KITH_COLUMN_EMPTY ? "every value is missing" : "not all values are numbers");
    KITH_TRY(kith_frame_feature(reader, j, false, NULL, &f, err));
    *numbers = f.number;
    return KITH_OK;
}

/* ---- folds -------------------------------------------------------------------------------------------------- */

typedef struct folding {
    enum { BY_ROW, BY_VALUE, BY_GROUP, BY_TIME } how;
    size_t k;
    const char *column;
} folding;

static int folding_of(const char *said, kith_arena *arena, folding *f, kith_error *err) {
    kith_str s = kith_str_of(said), rest;
    *f = (folding){.k = 5};
    bool mod = kith_str_starts(s, "mod:"), group = kith_str_starts(s, "group:"), time = kith_str_starts(s, "time:");
    if (!mod && !group && !time) return kith_fail(err, KITH_USAGE, "--cv takes mod:K, mod:K:COL, group:COL or time:COL");
    rest = (kith_str){s.p + (mod ? 4 : group ? 6 : 5), s.n - (mod ? 4 : group ? 6 : 5)};
    if (mod) {
        size_t digits = 0;
        int64_t k;
        while (digits < rest.n && rest.p[digits] != ':') digits++;
        if (!kith_parse_int((kith_str){rest.p, digits}, &k) || k < 2 || k > 1000)
            return kith_fail(err, KITH_USAGE, "--cv mod:K: K is a number of folds, 2 to 1000");
        f->k = (size_t)k;
        f->how = digits < rest.n ? BY_VALUE : BY_ROW;
        rest = digits < rest.n ? (kith_str){rest.p + digits + 1, rest.n - digits - 1} : (kith_str){"", 0};
        if (f->how == BY_ROW) return KITH_OK;
    } else {
        f->how = group ? BY_GROUP : BY_TIME;
    }
    if (rest.n == 0) return kith_fail(err, KITH_USAGE, "--cv names no column");
    f->column = kith_arena_copy(arena, rest.p, rest.n);
    return f->column ? KITH_OK : kith_no_memory(err);
}

int kith_folds_column(const char *said, kith_arena *arena, const char **column, kith_error *err) {
    folding f;
    *column = NULL;
    if (!said) return KITH_OK;
    KITH_TRY(folding_of(said, arena, &f, err));
    *column = f.column;
    return KITH_OK;
}

int kith_frame_folds(const kith_frame_reader *reader, const char *said, uint64_t seed, kith_arena *arena,
                     kith_folds *folds, kith_error *err) {
    folding f;
    size_t rows = kith_frame_rows(reader);
    KITH_TRY(folding_of(said, arena, &f, err));
    if (f.how == BY_ROW) return kith_folds_mod(rows, f.k, arena, folds, err);
    size_t j = kith_frame_find(reader, f.column);
    if (j == SIZE_MAX) return kith_fail(err, KITH_DATA, "no column %s", f.column);
    if (f.how == BY_GROUP) {
        kith_feature group;
        const double *numbers = NULL;
        uint64_t *key = kith_arena_alloc(arena, (rows + 1) * sizeof *key);
        if (!key) return kith_no_memory(err);
        bool coded = kith_frame_distinct(reader, j) > 0 || (kith_frame_kind(reader, j) != KITH_COLUMN_NUMBER && kith_frame_kind(reader, j) != KITH_COLUMN_TIME);
        if (coded) KITH_TRY(kith_frame_feature(reader, j, true, arena, &group, err));
        else KITH_TRY(kith_frame_numbers(reader, j, &numbers, err));
        for (size_t i = 0; i < rows; i++) { /* who is of no group is one alone */
            if (numbers) key[i] = isnan(numbers[i]) ? i : kith_hash(&numbers[i], sizeof *numbers, 0);
            else key[i] = group.level[i] < 0 ? i : kith_hash(group.levels[group.level[i]], strlen(group.levels[group.level[i]]), 0);
        }
        return kith_folds_group(key, rows, f.k, seed, arena, folds, err);
    }
    const double *numbers;
    KITH_TRY(kith_frame_numbers(reader, j, &numbers, err));
    int status = f.how == BY_TIME ? kith_folds_time(numbers, rows, arena, folds, err)
                                  : kith_folds_mod_of(numbers, rows, f.k, arena, folds, err);
    if (status == KITH_DATA && err) {
        kith_error inner = *err;
        return kith_fail(err, KITH_DATA, "column %s: %.900s", f.column, inner.text);
    }
    return status;
}

/* ---- leaks -------------------------------------------------------------------------------------------------- */

int kith_frame_leaks(const kith_frame *frame, const double *y, const double *time, const char *time_name,
                     kith_buf *warnings, kith_error *err) {
    enum { SAMPLE = 50000 };
    size_t step = frame->rows / SAMPLE + 1, n = 0, best = SIZE_MAX;
    double first = 0, second = 0;
    kith_arena *own = kith_arena_new();
    double *auc = calloc(frame->n + 1, sizeof *auc), *out = malloc((frame->rows / step + 2) * sizeof *out);
    double *number = malloc((frame->rows / step + 2) * sizeof *number);
    int32_t *level = malloc((frame->rows / step + 2) * sizeof *level);
    int status = own && auc && out && number && level ? KITH_OK : kith_no_memory(err);
    for (size_t j = 0; j < frame->n && status == KITH_OK; j++) {
        kith_feature f = frame->features[j];
        n = 0;
        for (size_t i = 0; i < frame->rows; i += step) {
            if (isnan(y[i])) continue;
            if (f.is_level) level[n] = f.level[i];
            else number[n] = f.number[i];
            out[n++] = y[i];
        }
        f.level = level;
        f.number = number;
        kith_arena_reset(own);
        status = kith_feature_auc(&f, out, n, own, &auc[j], err);
        if (!(auc[j] >= .5)) auc[j] = .5;
        if (best == SIZE_MAX || auc[j] > first) {
            second = best == SIZE_MAX ? .5 : first;
            first = auc[j];
            best = j;
        } else if (auc[j] > second) {
            second = auc[j];
        }
    }
    for (size_t j = 0; j < frame->n && status == KITH_OK && n >= 50; j++) {
        const char *name = frame->features[j].name;
        if (auc[j] >= .95)
            kith_buf_printf(warnings,
                            "!column %s alone ranks the outcome with an AUC of %.3f: it may hold what is known only "
                            "afterwards (--drop)\n",
                            name, auc[j]);
        else if (j == best && auc[j] >= .75 && auc[j] - second >= .05)
            kith_buf_printf(warnings,
                            "!column %s (AUC %.3f alone) stands far above every other column (%.3f): was it known "
                            "before the outcome?\n",
                            name, auc[j], second);
    }
    for (size_t j = 0; j < frame->n && time && status == KITH_OK; j++) {
        const kith_feature *f = &frame->features[j];
        size_t known = 0, later = 0;
        for (size_t i = 0; f->is_time && i < frame->rows; i++) {
            if (isnan(f->number[i]) || isnan(time[i])) continue;
            known++;
            later += f->number[i] > time[i];
        }
        if (later * 10 > known)
            kith_buf_printf(warnings, "!column %s lies after %s in %.0f %% of the rows: it was not known yet (--drop)\n",
                            f->name, time_name, 100.0 * (double)later / (double)known);
    }
    kith_arena_free(own);
    free(auc);
    free(out);
    free(number);
    free(level);
    return status;
}
