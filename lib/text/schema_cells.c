/* Cells by a schema: transforms, the type's normal form, then the rules. */
#include <kith/schema.h>

#include <stdlib.h>
#include <string.h>

typedef struct column_state {
    kith_column_habits learning, habits;
    bool sure;
    kith_date_habits dates;
    char decimal;
    kith_matcher *matcher;
    char axis; /* of a place */
} column_state;

struct kith_schema_cells {
    const kith_schema *schema;
    const char *region;
    column_state *columns;
    kith_buf scratch;
};

bool kith_schema_needs_habits(const kith_schema_column *c) {
    if (c->type == KITH_TYPE_DATE || c->type == KITH_TYPE_DATETIME) return !(c->transform & (KITH_TRANSFORM_DMY | KITH_TRANSFORM_MDY));
    if (c->type == KITH_TYPE_NUMBER || c->type == KITH_TYPE_MONEY || c->type == KITH_TYPE_INTEGER) return !(c->transform & (KITH_TRANSFORM_COMMA | KITH_TRANSFORM_POINT));
    return false;
}

static bool is_date(const kith_schema_column *c) { return c->type == KITH_TYPE_DATE || c->type == KITH_TYPE_DATETIME; }

static bool is_numeric(const kith_schema_column *c) {
    return c->type == KITH_TYPE_INTEGER || c->type == KITH_TYPE_NUMBER || c->type == KITH_TYPE_MONEY || c->type == KITH_TYPE_PLACE;
}

int kith_schema_cells_new(const kith_schema *schema, const char *region, const kith_zone *zone, kith_schema_cells **cells, kith_error *err) {
    kith_schema_cells *s = calloc(1, sizeof *s);
    if (s) s->columns = calloc(schema->n ? schema->n : 1, sizeof *s->columns);
    if (!s || !s->columns) {
        free(s);
        return kith_no_memory(err);
    }
    s->schema = schema;
    s->region = region;
    for (size_t i = 0; i < schema->n; i++) {
        const kith_schema_column *c = &schema->columns[i];
        column_state *state = &s->columns[i];
        state->dates.zone = zone;
        state->dates.excel1904 = c->transform & KITH_TRANSFORM_1904;
        if (kith_str_is(c->role, "lat") || (!c->role.n && kith_str_is(c->name, "lat"))) state->axis = 'a';
        if (kith_str_is(c->role, "lon") || (!c->role.n && kith_str_is(c->name, "lon"))) state->axis = 'o';
        if (c->pattern && !(state->matcher = kith_matcher_new(c->pattern))) {
            kith_schema_cells_free(s);
            return kith_no_memory(err);
        }
    }
    kith_schema_settle(s);
    *cells = s;
    return KITH_OK;
}

void kith_schema_cells_free(kith_schema_cells *s) {
    if (!s) return;
    for (size_t i = 0; i < s->schema->n; i++) kith_matcher_free(s->columns[i].matcher);
    kith_buf_free(&s->scratch);
    free(s->columns);
    free(s);
}

void kith_schema_learn(kith_schema_cells *s, size_t column, kith_str text) {
    const kith_schema_column *c = &s->schema->columns[column];
    if (is_date(c)) kith_habits_learn_date(&s->columns[column].learning, text);
    else kith_habits_learn_number(&s->columns[column].learning, text);
}

void kith_schema_settle(kith_schema_cells *s) {
    for (size_t i = 0; i < s->schema->n; i++) {
        const kith_schema_column *c = &s->schema->columns[i];
        column_state *state = &s->columns[i];
        state->habits = state->learning;
        state->learning = (kith_column_habits){0};
        state->dates.order = kith_habits_order(&state->habits, s->region, &state->sure);
        if (!is_date(c)) state->decimal = kith_habits_decimal(&state->habits, &state->sure);
        if (c->transform & KITH_TRANSFORM_DMY) state->dates.order = KITH_ORDER_DMY;
        if (c->transform & KITH_TRANSFORM_MDY) state->dates.order = KITH_ORDER_MDY;
        if (c->transform & KITH_TRANSFORM_COMMA) state->decimal = ',';
        if (c->transform & KITH_TRANSFORM_POINT) state->decimal = '.';
    }
}

const char *kith_schema_decision(const kith_schema_cells *s, size_t column, bool *sure, kith_column_habits *habits) {
    const kith_schema_column *c = &s->schema->columns[column];
    const column_state *state = &s->columns[column];
    *sure = state->sure;
    *habits = state->habits;
    if (!kith_schema_needs_habits(c) || !state->habits.values) return "";
    if (is_date(c)) {
        if (!state->habits.day_first && !state->habits.month_first && !state->habits.either) return "";
        return state->dates.order == KITH_ORDER_MDY ? "mdy" : "dmy";
    }
    if (!state->habits.decimal_comma && !state->habits.decimal_point && !state->habits.open) return "";
    return state->decimal == ',' ? "comma" : "point";
}

/* What exports write for "no value", in columns that are no text. */
static bool means_missing(kith_str s) {
    static const char *const words[] = {"na", "n/a", "#n/a", "null", "none", "nil", "nan", "-", "--", "?", "(blank)", "\\N", "unknown", "#value!", "#ref!"};
    if (s.n > 10 || !strchr("nN#-?(\\uU", s.p[0])) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (kith_str_equal_nocase(s, kith_str_of(words[i]))) return true;
    return false;
}

static void put_digits(kith_str s, kith_buf *out) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9') kith_buf_putc(out, s.p[i]);
}

/* The normal form of a value that is there; the code if it is none. */
static const char *normal(kith_schema_cells *s, size_t column, kith_str text, kith_buf *out) {
    const kith_schema_column *c = &s->schema->columns[column];
    const column_state *state = &s->columns[column];
    switch (c->type) {
    case KITH_TYPE_INTEGER: return kith_normal_integer(text, state->decimal, out) ? NULL : "not_an_integer";
    case KITH_TYPE_NUMBER: return kith_normal_number(text, state->decimal, out) ? NULL : "not_a_number";
    case KITH_TYPE_MONEY: return kith_normal_money(text, state->decimal, out) ? NULL : "not_money";
    case KITH_TYPE_DATE: return kith_normal_date(text, &state->dates, out) ? NULL : "not_a_date";
    case KITH_TYPE_DATETIME: return kith_normal_datetime(text, &state->dates, out) ? NULL : "not_a_datetime";
    case KITH_TYPE_EMAIL: return kith_normal_email(text, out) ? NULL : "not_an_email";
    case KITH_TYPE_PHONE: return kith_normal_phone(text, s->region, out) ? NULL : "not_a_phone";
    case KITH_TYPE_NAME: return kith_normal_name(text, out) ? NULL : "not_a_name";
    case KITH_TYPE_POSTCODE: return kith_normal_postcode(text, s->region, out) ? NULL : "not_a_postcode";
    case KITH_TYPE_PLACE: return kith_normal_place(text, state->axis, out) ? NULL : "not_a_place";
    case KITH_TYPE_BOOLEAN: return kith_normal_boolean(text, out) ? NULL : "not_a_boolean";
    default: kith_buf_str(out, text); return NULL;
    }
}

static size_t characters(kith_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

static unsigned outside(const kith_schema_column *c, kith_str value) {
    if (!c->has_min && !c->has_max) return 0;
    if (is_date(c)) {
        int64_t us;
        bool date;
        if (!kith_parse_time(value, NULL, &us, &date)) return 0;
        return (c->has_min && us < c->min_us ? KITH_FAULT_MIN : 0) | (c->has_max && us > c->max_us ? KITH_FAULT_MAX : 0);
    }
    double v;
    if (!is_numeric(c)) v = (double)characters(value);
    else if (!kith_parse_double(value, &v)) return 0;
    return (c->has_min && v < c->min ? KITH_FAULT_MIN : 0) | (c->has_max && v > c->max ? KITH_FAULT_MAX : 0);
}

/* The value with the column's transforms, in s->scratch where there are any. */
static kith_str transformed(kith_schema_cells *s, const kith_schema_column *c, kith_str text, kith_buf *out) {
    kith_str value = c->transform & KITH_TRANSFORM_KEEP ? text : kith_str_trim(text);
    if (!(c->transform & (KITH_TRANSFORM_SQUEEZE | KITH_TRANSFORM_LOWER | KITH_TRANSFORM_UPPER | KITH_TRANSFORM_DIGITS | KITH_TRANSFORM_NAME))) return value;
    kith_buf *from = &s->scratch;
    from->n = 0;
    if (c->transform & KITH_TRANSFORM_DIGITS) put_digits(value, from);
    else if (c->transform & KITH_TRANSFORM_LOWER) kith_put_lower(value, from);
    else if (c->transform & KITH_TRANSFORM_UPPER) kith_put_upper(value, from);
    else kith_buf_str(from, value);
    if (c->transform & (KITH_TRANSFORM_SQUEEZE | KITH_TRANSFORM_NAME)) {
        kith_buf copy = {0};
        kith_buf_put(&copy, from->p, from->n);
        kith_str whole = {copy.p ? copy.p : "", copy.n};
        from->n = 0;
        if (!(c->transform & KITH_TRANSFORM_NAME) || !kith_normal_name(whole, from)) kith_put_squeezed(whole, from);
        from->failed |= copy.failed;
        kith_buf_free(&copy);
    }
    out->failed |= from->failed;
    return (kith_str){from->p ? from->p : "", from->n};
}

static unsigned faults(kith_schema_cells *s, size_t column, kith_str text, kith_buf *out, const char **code) {
    const kith_schema_column *c = &s->schema->columns[column];
    out->n = 0;
    kith_str value = transformed(s, c, text, out);
    bool typed = c->type != KITH_TYPE_TEXT && c->type != KITH_TYPE_NAME;
    bool no = c->type == KITH_TYPE_BOOLEAN && value.n == 1 && value.p[0] == '-';
    if (!value.n || (typed && !no && means_missing(value))) return c->required ? KITH_FAULT_MISSING : 0;
    if ((*code = normal(s, column, value, out))) return KITH_FAULT_TYPE;
    kith_str made = {out->p ? out->p : "", out->n};
    unsigned found = outside(c, made);
    if (c->n_values) {
        bool allowed = false;
        for (size_t i = 0; i < c->n_values && !allowed; i++) allowed = kith_str_equal(made, c->values[i]);
        if (!allowed) found |= KITH_FAULT_VALUES;
    }
    if (s->columns[column].matcher) {
        bool matched;
        kith_error err;
        int status = kith_match(s->columns[column].matcher, made, 0, &matched, &err);
        if (status != KITH_OK || !matched) found |= KITH_FAULT_PATTERN;
        if (status != KITH_OK) *code = "pattern_gave_up";
    }
    return found;
}

unsigned kith_schema_faults(kith_schema_cells *s, size_t column, kith_str text, kith_buf *out) {
    const char *code = NULL;
    return faults(s, column, text, out, &code);
}

const char *kith_schema_cell(kith_schema_cells *s, size_t column, kith_str text, kith_buf *out) {
    const kith_schema_column *c = &s->schema->columns[column];
    const char *code = NULL;
    unsigned found = faults(s, column, text, out, &code);
    bool length = !is_date(c) && !is_numeric(c);
    if (!found) return NULL;
    if (found & KITH_FAULT_MISSING) return "missing";
    if (found & KITH_FAULT_TYPE) return code;
    if (found & KITH_FAULT_MIN) return length ? "too_short" : "below_min";
    if (found & KITH_FAULT_MAX) return length ? "too_long" : "above_max";
    if (found & KITH_FAULT_VALUES) return "not_allowed";
    return code ? code : "no_match";
}

const char *kith_reason_words(const char *code) {
    static const char *const words[][2] = {{"missing", "missing, but required"}, {"not_an_integer", "not an integer"}, {"not_a_number", "not a number"}, {"not_money", "not an amount"},
        {"not_a_date", "not a date"}, {"not_a_datetime", "not a date and time"}, {"not_an_email", "not an e-mail address"}, {"not_a_phone", "not a phone number"},
        {"not_a_name", "not a name"}, {"not_a_postcode", "not a postcode"}, {"not_a_place", "not a place"}, {"not_a_boolean", "neither true nor false"}, {"below_min", "below the minimum"},
        {"above_max", "above the maximum"}, {"too_short", "too short"}, {"too_long", "too long"}, {"not_allowed", "not among the values allowed"}, {"no_match", "does not match the pattern"},
        {"pattern_gave_up", "the pattern gave up"}, {"duplicate", "was there before"}, {"too_few_fields", "too few fields"}, {"too_many_fields", "too many fields"},
        {"unclosed_quote", "a quote that does not close"}, {"stray_quote", "a quote where none belongs"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(code, words[i][0]) == 0) return words[i][1];
    return code;
}
