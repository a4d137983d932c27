/* Schema files: reading them, with every fault named by its line. */
#include <kith/schema.h>
#include <kith/stream.h>

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} transforms[] = {{"trim", 0},          {"keep", KITH_TRANSFORM_KEEP},      {"lower", KITH_TRANSFORM_LOWER},   {"upper", KITH_TRANSFORM_UPPER},
                  {"squeeze", KITH_TRANSFORM_SQUEEZE}, {"digits", KITH_TRANSFORM_DIGITS}, {"title", KITH_TRANSFORM_NAME}, {"excel1904", KITH_TRANSFORM_1904},
                  {"dmy", KITH_TRANSFORM_DMY}, {"mdy", KITH_TRANSFORM_MDY}, {"comma", KITH_TRANSFORM_COMMA},   {"point", KITH_TRANSFORM_POINT}};

static int fault(const kith_csv *csv, size_t row, kith_error *err, const char *what, kith_str value, const char *nearest) {
    return kith_fail(err, KITH_DATA, "%s:%llu: %s: %.*s%s%s%s", csv->name, (unsigned long long)csv->lines[row], what, value.n > 60 ? 60 : (int)value.n,
                     value.p ? value.p : "", nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

/* The parts of a list separated by any of `marks`, trimmed, empty ones left out. */
static bool split(kith_arena *arena, kith_str text, const char *marks, kith_str **list, size_t *n) {
    size_t most = 1;
    for (size_t i = 0; i < text.n; i++) most += strchr(marks, text.p[i]) != NULL;
    *list = kith_arena_alloc(arena, most * sizeof **list);
    *n = 0;
    if (!*list) return false;
    for (size_t start = 0, i = 0; i <= text.n; i++) {
        if (i < text.n && !(text.p[i] && strchr(marks, text.p[i]))) continue;
        kith_str part = kith_str_trim((kith_str){text.p + start, i - start});
        if (part.n) (*list)[(*n)++] = part;
        start = i + 1;
    }
    return true;
}

static int yes_or_empty(const kith_csv *csv, size_t row, kith_str text, bool *value, kith_error *err) {
    kith_str s = kith_str_trim(text);
    kith_buf out = {0};
    *value = false;
    if (!s.n) return KITH_OK;
    bool good = kith_normal_boolean(s, &out);
    *value = good && out.p && out.p[0] == '1';
    kith_buf_free(&out);
    return good ? KITH_OK : fault(csv, row, err, "neither yes nor empty", s, NULL);
}

static int bound(const kith_csv *csv, size_t row, kith_type type, kith_str text, bool high, bool *has, double *number, int64_t *us, kith_error *err) {
    kith_str s = kith_str_trim(text);
    *has = s.n > 0;
    if (!s.n) return KITH_OK;
    if (type == KITH_TYPE_DATE || type == KITH_TYPE_DATETIME) {
        bool is_date;
        if (!kith_parse_time(s, NULL, us, &is_date)) return fault(csv, row, err, "not an ISO date", s, NULL);
        if (is_date && high && type == KITH_TYPE_DATETIME) *us += KITH_US_PER_DAY - 1; /* its whole day */
        return KITH_OK;
    }
    return kith_parse_double(s, number) ? KITH_OK : fault(csv, row, err, "not a number", s, NULL);
}

static int read_column(kith_arena *arena, const kith_csv *csv, size_t row, kith_schema_column *c, kith_error *err) {
#define CELL(name) kith_str_trim(kith_csv_cell(csv, row, kith_csv_column(csv, name)))
    c->name = CELL("column");
    if (!c->name.n) return fault(csv, row, err, "a rule without a column", (kith_str){"", 0}, NULL);
    kith_str type = CELL("type");
    if (type.n && !kith_type_find(type, &c->type)) {
        const char *names[KITH_TYPES];
        for (int t = 0; t < KITH_TYPES; t++) names[t] = kith_type_name((kith_type)t);
        const char *said = kith_arena_copy(arena, type.p, type.n);
        return said ? fault(csv, row, err, "no such type", type, kith_nearest_name(said, names, KITH_TYPES)) : kith_no_memory(err);
    }
    KITH_TRY(yes_or_empty(csv, row, CELL("required"), &c->required, err));
    KITH_TRY(yes_or_empty(csv, row, CELL("unique"), &c->unique, err));
    c->min_text = CELL("min");
    c->max_text = CELL("max");
    KITH_TRY(bound(csv, row, c->type, c->min_text, false, &c->has_min, &c->min, &c->min_us, err));
    KITH_TRY(bound(csv, row, c->type, c->max_text, true, &c->has_max, &c->max, &c->max_us, err));
    c->values_text = CELL("values");
    c->pattern_text = kith_csv_cell(csv, row, kith_csv_column(csv, "pattern"));
    c->role = CELL("role");
    kith_str *words;
    size_t n;
    if (!split(arena, CELL("from"), "|", &c->from, &c->n_from) || !split(arena, c->values_text, "|", &c->values, &c->n_values) ||
        !split(arena, CELL("transform"), "| ,", &words, &n))
        return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0, most = sizeof transforms / sizeof *transforms;
        while (k < most && !kith_str_is(words[i], transforms[k].name)) k++;
        if (k == most) {
            const char *names[sizeof transforms / sizeof *transforms], *said = kith_arena_copy(arena, words[i].p, words[i].n);
            for (k = 0; k < most; k++) names[k] = transforms[k].name;
            return said ? fault(csv, row, err, "no such transform", words[i], kith_nearest_name(said, names, most)) : kith_no_memory(err);
        }
        c->transform |= transforms[k].bit;
    }
    if (c->pattern_text.n) {
        kith_error why;
        int status = kith_pattern_new(c->pattern_text, KITH_PATTERN_WHOLE, &c->pattern, &why);
        if (status != KITH_OK) return status == KITH_USAGE ? fault(csv, row, err, why.text, (kith_str){"", 0}, NULL) : kith_no_memory(err);
    }
    return KITH_OK;
#undef CELL
}

int kith_schema_read(kith_arena *arena, const char *path, kith_schema *schema, kith_error *err) {
    kith_csv csv;
    *schema = (kith_schema){.name = path};
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    if (kith_csv_column(&csv, "column") == UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s: no column \"column\": a schema begins column,type,from,required,…", path);
    schema->columns = kith_arena_zalloc(arena, (csv.rows ? csv.rows : 1) * sizeof *schema->columns);
    if (!schema->columns) return kith_no_memory(err);
    for (size_t row = 0; row < csv.rows; row++) {
        schema->n = row + 1;
        int status = read_column(arena, &csv, row, &schema->columns[row], err);
        for (size_t i = 0; status == KITH_OK && i < row; i++)
            if (kith_str_equal(schema->columns[i].name, schema->columns[row].name)) status = fault(&csv, row, err, "a column is described twice", schema->columns[row].name, NULL);
        if (status != KITH_OK) {
            kith_schema_free(schema);
            return status;
        }
    }
    if (!schema->n) return kith_fail(err, KITH_DATA, "%s: a schema without columns", path);
    return KITH_OK;
}

void kith_schema_free(kith_schema *schema) {
    for (size_t i = 0; i < schema->n; i++) {
        kith_pattern_free(schema->columns[i].pattern);
        schema->columns[i].pattern = NULL;
    }
}

/* ---- sets --------------------------------------------------------------------------------------------------- */

static size_t slot_of(const kith_seen *seen, const uint64_t hash[2]) {
    size_t i = (size_t)hash[0] & (seen->room - 1);
    while ((seen->slots[i][0] || seen->slots[i][1]) && (seen->slots[i][0] != hash[0] || seen->slots[i][1] != hash[1])) i = (i + 1) & (seen->room - 1);
    return i;
}

static bool grow(kith_seen *seen) {
    kith_seen wider = {NULL, seen->n, seen->room ? 2 * seen->room : 1024};
    wider.slots = calloc(wider.room, sizeof *wider.slots);
    if (!wider.slots) return false;
    for (size_t i = 0; i < seen->room; i++)
        if (seen->slots[i][0] || seen->slots[i][1]) memcpy(wider.slots[slot_of(&wider, seen->slots[i])], seen->slots[i], sizeof *seen->slots);
    free(seen->slots);
    *seen = wider;
    return true;
}

static void hash_value(kith_str value, uint64_t hash[2]) {
    kith_hash128(value.p ? value.p : "", value.n, 0, hash);
    hash[0] |= !hash[0] && !hash[1];
}

bool kith_seen_add(kith_seen *seen, kith_str value, bool *known) {
    if (2 * (seen->n + 1) > seen->room && !grow(seen)) return false;
    uint64_t hash[2];
    hash_value(value, hash);
    size_t i = slot_of(seen, hash);
    *known = seen->slots[i][0] || seen->slots[i][1];
    if (!*known) {
        memcpy(seen->slots[i], hash, sizeof hash);
        seen->n++;
    }
    return true;
}

bool kith_seen_has(const kith_seen *seen, kith_str value) {
    if (!seen->n) return false;
    uint64_t hash[2];
    hash_value(value, hash);
    size_t i = slot_of(seen, hash);
    return seen->slots[i][0] || seen->slots[i][1];
}

void kith_seen_free(kith_seen *seen) {
    free(seen->slots);
    *seen = (kith_seen){0};
}
