/* Inferring a schema: every value is tried as every type that its column may still be.
 *
 * A type is given up once too many values are not of it, so that a long file costs one or two trials a cell. Distinct values are kept while
 * they are few, hashes of all of them while they all differ. */
#include <kith/infer.h>

#include <stdlib.h>
#include <string.h>

enum { FEW = 10, LONG = 64, MOST_SEEN = 4000000, EARLY = 200 };

typedef enum hint { HINT_NONE, HINT_ID, HINT_PHONE, HINT_NAME, HINT_POSTCODE, HINT_LAT, HINT_LON, HINT_DATE, HINT_FLAG } hint;

typedef struct column {
    kith_str name;
    hint hint;
    uint64_t rows, full, tries[KITH_TYPES], hits[KITH_TYPES];
    uint64_t leading_zero, signs, timed, marked, digits_only, phone_like, letters_only;
    bool negative, dead[KITH_TYPES];
    kith_column_habits dates, numbers;
    kith_buf few[FEW];
    size_t n_few; /* FEW + 1: too many */
    kith_seen seen;
    bool repeated;
    char shape[LONG + 1];
    size_t shape_n;
    bool one_shape;
} column;

struct kith_infer {
    const char *region;
    size_t n;
    column *columns;
    kith_arena *arena;
    kith_buf scratch;
};

/* ---- names -------------------------------------------------------------------------------------------------- */

/* Whether a part of the name, between marks, is one of the words (separated by blanks). */
static bool has_word(const char *low, const char *words) {
    for (const char *w = words; *w;) {
        size_t n = strcspn(w, " ");
        for (const char *at = low; (at = strstr(at, w[0] ? (char[2]){w[0], 0} : "")) != NULL; at++) {
            bool starts = at == low || strchr("_-. /", at[-1]), ends = strlen(at) >= n && (!at[n] || strchr("_-. /0123456789", at[n]));
            if (starts && ends && !memcmp(at, w, n)) return true;
        }
        w += n + (w[n] == ' ');
    }
    return false;
}

static hint hint_of(kith_str name) {
    char low[96];
    size_t n = 0;
    for (size_t i = 0; i < name.n && n + 2 < sizeof low; i++) { /* firstName → first_name */
        char c = name.p[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (upper && i && name.p[i - 1] >= 'a' && name.p[i - 1] <= 'z') low[n++] = '_';
        low[n++] = upper ? (char)(c + 32) : c;
    }
    low[n] = 0;
    if (has_word(low, "lat latitude breitengrad")) return HINT_LAT;
    if (has_word(low, "lon lng long longitude")) return HINT_LON;
    if (has_word(low, "phone telephone tel mobile cell fax telefon handy mobil telefono téléphone portable")) return HINT_PHONE;
    if (has_word(low, "zip postcode zipcode plz postal postleitzahl cap")) return HINT_POSTCODE;
    if (has_word(low, "id uuid key nr no number code")) return HINT_ID;
    if (has_word(low, "is has flag consent opt optin active subscribed")) return HINT_FLAG;
    if (has_word(low, "date datum day born birthday birthdate dob geburtstag geburtsdatum fecha data")) return HINT_DATE;
    if (has_word(low, "product company file user username event campaign channel domain host brand shop store column")) return HINT_NONE;
    if (has_word(low, "name firstname lastname surname forename given family vorname nachname nom prenom prénom nombre apellido cognome nome fullname")) return HINT_NAME;
    return HINT_NONE;
}

int kith_infer_new(kith_infer **infer, const kith_str *names, size_t n, const char *region, kith_error *err) {
    kith_infer *f = calloc(1, sizeof *f);
    if (f) {
        f->region = region;
        f->arena = kith_arena_new();
        f->columns = calloc(n ? n : 1, sizeof *f->columns);
    }
    int status = f && f->arena && f->columns ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        char *copy = kith_arena_copy(f->arena, names[i].p, names[i].n);
        if (!copy) status = kith_no_memory(err);
        f->columns[i].name = (kith_str){copy, names[i].n};
        f->columns[i].hint = hint_of(names[i]);
        f->columns[i].one_shape = true;
        f->n = i + 1;
    }
    if (status != KITH_OK) {
        kith_infer_free(f);
        return status;
    }
    *infer = f;
    return KITH_OK;
}

void kith_infer_free(kith_infer *f) {
    if (!f) return;
    for (size_t i = 0; i < f->n; i++) {
        for (size_t k = 0; k < FEW; k++) kith_buf_free(&f->columns[i].few[k]);
        kith_seen_free(&f->columns[i].seen);
    }
    kith_buf_free(&f->scratch);
    kith_arena_free(f->arena);
    free(f->columns);
    free(f);
}

/* ---- cells -------------------------------------------------------------------------------------------------- */

static bool is_type(kith_infer *f, const column *c, kith_type type, kith_str text) {
    kith_date_habits dmy = {.order = KITH_ORDER_DMY, .no_serial = c->hint != HINT_DATE}, mdy = {.order = KITH_ORDER_MDY, .no_serial = true};
    kith_buf *out = &f->scratch;
    out->n = 0;
    switch (type) {
    case KITH_TYPE_INTEGER: return kith_normal_integer(text, 0, out);
    case KITH_TYPE_NUMBER: return kith_normal_number(text, 0, out);
    case KITH_TYPE_MONEY: return kith_normal_money(text, 0, out);
    case KITH_TYPE_DATE: return kith_normal_date(text, &dmy, out) || kith_normal_date(text, &mdy, out);
    case KITH_TYPE_DATETIME: return kith_normal_datetime(text, &dmy, out) || kith_normal_datetime(text, &mdy, out);
    case KITH_TYPE_EMAIL: return kith_normal_email(text, out);
    case KITH_TYPE_PLACE: return kith_normal_place(text, c->hint == HINT_LAT ? 'a' : c->hint == HINT_LON ? 'o' : 0, out);
    case KITH_TYPE_BOOLEAN: return kith_normal_boolean(text, out);
    case KITH_TYPE_NAME: return kith_normal_name(text, out);
    default: return kith_normal_postcode(text, f->region, out); /* texts and phones are not tried here */
    }
}

static bool wanted(const column *c, kith_type type) {
    if (type == KITH_TYPE_TEXT || type == KITH_TYPE_PHONE) return false;
    if (type == KITH_TYPE_NAME) return c->hint == HINT_NAME;
    if (type == KITH_TYPE_POSTCODE) return c->hint == HINT_POSTCODE;
    return true;
}

static void learn_shape(column *c, kith_str s) {
    char shape[LONG + 1];
    if (s.n > LONG) {
        c->one_shape = false;
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        char b = s.p[i];
        shape[i] = b >= '0' && b <= '9' ? '9' : b >= 'A' && b <= 'Z' ? 'A' : b >= 'a' && b <= 'z' ? 'a' : b;
    }
    if (c->full == 1) {
        memcpy(c->shape, shape, s.n);
        c->shape_n = s.n;
    } else if (c->shape_n != s.n || memcmp(c->shape, shape, s.n) != 0) {
        c->one_shape = false;
    }
}

static void learn_few(column *c, kith_str s) {
    if (c->n_few > FEW) return;
    for (size_t i = 0; i < c->n_few; i++)
        if (kith_str_equal((kith_str){c->few[i].p, c->few[i].n}, s)) return;
    if (c->n_few == FEW || s.n > LONG || memchr(s.p, '|', s.n)) {
        c->n_few = FEW + 1;
        return;
    }
    kith_buf_str(&c->few[c->n_few++], s);
}

int kith_infer_cell(kith_infer *f, size_t at, kith_str text, kith_error *err) {
    column *c = &f->columns[at];
    kith_str s = kith_str_trim(text);
    c->rows++;
    if (!s.n || kith_str_equal_nocase(s, KITH_STR("n/a")) || kith_str_equal_nocase(s, KITH_STR("null"))) return KITH_OK;
    c->full++;
    size_t digits = 0, letters = 0, marks = 0;
    for (size_t i = 0; i < s.n; i++) {
        char b = s.p[i];
        digits += b >= '0' && b <= '9';
        letters += (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (unsigned char)b >= 0x80;
        marks += b == '/' || b == '-' || b == '.' || b == ' ' || b == '(' || b == ')' || b == '+';
    }
    c->digits_only += digits == s.n;
    c->letters_only += digits == 0;
    c->phone_like += digits >= 7 && digits <= 15 && digits + marks == s.n;
    c->signs += digits > 0 && digits + 8 >= s.n && (strchr("$(", s.p[0]) || (unsigned char)s.p[0] >= 0x80 || (unsigned char)s.p[s.n - 1] >= 0x80 || letters > 0);
    c->leading_zero += s.n > 1 && s.p[0] == '0' && digits == s.n;
    c->negative |= s.p[0] == '-' || s.p[0] == '(';
    c->timed += memchr(s.p, ':', s.n) != NULL;
    if (!c->dead[KITH_TYPE_DATE] || !c->dead[KITH_TYPE_DATETIME]) kith_habits_learn_date(&c->dates, s);
    if (!c->dead[KITH_TYPE_NUMBER] || !c->dead[KITH_TYPE_MONEY]) kith_habits_learn_number(&c->numbers, s);
    for (int t = 0; t < KITH_TYPES; t++) {
        if (c->dead[t] || !wanted(c, (kith_type)t)) continue;
        c->tries[t]++;
        c->hits[t] += is_type(f, c, (kith_type)t, s);
        c->dead[t] = c->tries[t] >= EARLY && c->hits[t] * 100 < c->tries[t] * 80;
    }
    learn_shape(c, s);
    learn_few(c, s);
    if (!c->repeated) {
        bool known = false;
        if (c->seen.n >= MOST_SEEN) known = true; /* not known any more: no rule */
        else if (!kith_seen_add(&c->seen, s, &known)) return kith_no_memory(err);
        c->repeated = known;
        if (known) kith_seen_free(&c->seen);
    }
    return f->scratch.failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- the schema --------------------------------------------------------------------------------------------- */

static bool mostly(const column *c, kith_type type) {
    unsigned share = type == KITH_TYPE_DATE || type == KITH_TYPE_DATETIME ? 90 : 95; /* dates have the most typing errors */
    return !c->dead[type] && c->tries[type] && c->hits[type] * 100 >= c->tries[type] * share;
}

static kith_type decide(const column *c) {
    if (!c->full) return KITH_TYPE_TEXT;
    bool few_words = c->n_few <= 2 && c->letters_only == c->full;
    if (mostly(c, KITH_TYPE_BOOLEAN) && (few_words || (c->hint == HINT_FLAG && c->n_few <= 2))) return KITH_TYPE_BOOLEAN;
    if ((c->hint == HINT_LAT || c->hint == HINT_LON) && mostly(c, KITH_TYPE_PLACE)) return KITH_TYPE_PLACE;
    if (mostly(c, KITH_TYPE_EMAIL)) return KITH_TYPE_EMAIL;
    if (c->hint == HINT_PHONE && c->phone_like * 100 >= c->full * 80) return KITH_TYPE_PHONE;
    if (c->hint == HINT_POSTCODE && mostly(c, KITH_TYPE_POSTCODE)) return KITH_TYPE_POSTCODE;
    if (c->hint == HINT_DATE && mostly(c, KITH_TYPE_DATE)) return c->timed * 2 > c->full ? KITH_TYPE_DATETIME : KITH_TYPE_DATE;
    if (c->leading_zero && !c->timed && c->digits_only * 100 >= c->full * 95) return KITH_TYPE_TEXT; /* 00123 is a name, not a number */
    bool money = c->signs * 2 > c->full && mostly(c, KITH_TYPE_MONEY);
    if (money) return KITH_TYPE_MONEY;
    bool date = mostly(c, KITH_TYPE_DATE) && c->digits_only * 2 < c->full && c->dates.values * 100 >= c->full * 85;
    if (mostly(c, KITH_TYPE_INTEGER) && !date && c->numbers.decimal_comma + c->numbers.decimal_point == 0) return KITH_TYPE_INTEGER;
    if (date) return c->timed * 2 > c->full ? KITH_TYPE_DATETIME : KITH_TYPE_DATE;
    if (mostly(c, KITH_TYPE_INTEGER) && !c->numbers.open && !c->signs && c->numbers.decimal_point * 20 < c->full && !c->numbers.decimal_comma) return KITH_TYPE_INTEGER;
    if (mostly(c, KITH_TYPE_NUMBER)) return KITH_TYPE_NUMBER;
    if (mostly(c, KITH_TYPE_MONEY)) return KITH_TYPE_MONEY;
    if (mostly(c, KITH_TYPE_DATETIME) && c->timed * 2 > c->full && c->dates.values * 100 >= c->full * 85) return KITH_TYPE_DATETIME;
    if (c->hint == HINT_NAME && mostly(c, KITH_TYPE_NAME) && c->letters_only * 100 >= c->full * 90) return KITH_TYPE_NAME;
    return KITH_TYPE_TEXT;
}

static void put_values(const column *c, kith_row_writer *w, kith_arena *arena, bool *put) {
    const kith_buf *order[FEW];
    *put = c->n_few <= FEW && c->full >= 20 && c->full >= 5 * c->n_few;
    if (!*put) {
        kith_put_missing(w);
        return;
    }
    for (size_t i = 0; i < c->n_few; i++) { /* in byte order */
        size_t j = i;
        for (; j && kith_str_compare((kith_str){order[j - 1]->p, order[j - 1]->n}, (kith_str){c->few[i].p, c->few[i].n}) > 0; j--) order[j] = order[j - 1];
        order[j] = &c->few[i];
    }
    kith_buf list = {0};
    for (size_t i = 0; i < c->n_few; i++) {
        if (i) kith_buf_putc(&list, '|');
        kith_buf_put(&list, order[i]->p, order[i]->n);
    }
    (void)arena;
    kith_put_text(w, (kith_str){list.p ? list.p : "", list.n});
    w->buf->failed |= list.failed;
    kith_buf_free(&list);
}

/* AA-9999 → [A-Z]{2}-\d{4} */
static void put_pattern(const column *c, kith_row_writer *w) {
    kith_buf p = {0};
    size_t classes = 0;
    for (size_t i = 0; i < c->shape_n;) {
        char k = c->shape[i];
        size_t n = 1;
        while (i + n < c->shape_n && c->shape[i + n] == k) n++;
        if (k == '9' || k == 'A' || k == 'a') {
            kith_buf_puts(&p, k == '9' ? "\\d" : k == 'A' ? "[A-Z]" : "[a-z]");
            if (n > 1) kith_buf_printf(&p, "{%zu}", n);
            classes += k == '9';
        } else {
            n = 1;
            if (strchr("\\^$.[]|()?*+{}-", k)) kith_buf_putc(&p, '\\');
            kith_buf_putc(&p, k);
        }
        i += n;
    }
    if (classes && c->one_shape && c->full >= 20) kith_put_text(w, (kith_str){p.p, p.n});
    else kith_put_missing(w);
    w->buf->failed |= p.failed;
    kith_buf_free(&p);
}

static const char *role_of(const column *c) {
    static const char *const known[] = {"person_id", "account_id", "record_id", "source", "ts", "event", "channel", "campaign", "product", "amount", "lat", "lon", "text", "treatment", "outcome", "consent"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (kith_str_equal_nocase(c->name, kith_str_of(known[i]))) return known[i];
    return c->hint == HINT_LAT ? "lat" : c->hint == HINT_LON ? "lon" : kith_str_equal_nocase(c->name, KITH_STR("id")) ? "id" : "";
}

int kith_infer_finish(kith_infer *f, kith_buf *out, kith_error *err) {
    kith_buf_puts(out, "column,type,from,required,unique,min,max,values,pattern,transform,role\n");
    for (size_t i = 0; i < f->n; i++) {
        const column *c = &f->columns[i];
        kith_type type = decide(c);
        bool date = type == KITH_TYPE_DATE || type == KITH_TYPE_DATETIME, sure;
        bool numeric = type == KITH_TYPE_INTEGER || type == KITH_TYPE_NUMBER || type == KITH_TYPE_MONEY;
        bool text = type == KITH_TYPE_TEXT, clean = text || (c->hits[type] == c->tries[type]);
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_text(&w, c->name);
        kith_put_string(&w, kith_type_name(type));
        kith_put_missing(&w);
        kith_put_string(&w, c->rows && c->full == c->rows ? "yes" : "");
        bool key = type == KITH_TYPE_INTEGER || type == KITH_TYPE_EMAIL || type == KITH_TYPE_PHONE || text;
        kith_put_string(&w, !c->repeated && key && (c->full >= 20 || (c->full >= 2 && c->hint == HINT_ID)) && !(text && c->hint != HINT_ID && !c->one_shape) ? "yes" : "");
        kith_put_string(&w, numeric && clean && !c->negative && c->full >= 20 ? "0" : "");
        kith_put_missing(&w);
        bool listed = false;
        if (text) put_values(c, &w, f->arena, &listed);
        else kith_put_missing(&w);
        if (text && !listed) put_pattern(c, &w);
        else kith_put_missing(&w);
        kith_date_order order = kith_habits_order(&c->dates, f->region, &sure);
        bool figures = c->dates.day_first + c->dates.month_first + c->dates.either > 0;
        if (date && figures && sure) kith_put_string(&w, order == KITH_ORDER_MDY ? "mdy" : "dmy");
        else if (numeric && kith_habits_decimal(&c->numbers, &sure) == ',') kith_put_string(&w, "comma");
        else kith_put_missing(&w);
        kith_put_string(&w, role_of(c));
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}
