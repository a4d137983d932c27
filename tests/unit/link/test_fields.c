/* Fields: what columns hold, found from their values; values as they are compared; how alike two of them are. */
#include "unit.h"

#include <kith/link.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 6 };
typedef void (*maker)(uint32_t row, char cell[COLUMNS][64]);

/* A store of `rows` rows that `make` fills, under these names (separated by blanks). */
static void fill(kith_link_store *store, const char *names, uint32_t rows, maker make) {
    static kith_str columns[COLUMNS];
    kith_header header = {.names = columns, .delimiter = ','};
    kith_error err;
    for (const char *p = names; *p; p += columns[header.n - 1].n + (p[columns[header.n - 1].n] == ' ')) columns[header.n++] = (kith_str){p, strcspn(p, " ")};
    assert_int_equal(kith_link_store_init(store, &header, &err), KITH_OK);
    for (uint32_t r = 0; r < rows; r++) {
        char cell[COLUMNS][64] = {{0}};
        kith_str cells[COLUMNS];
        make(r, cell);
        for (int c = 0; c < COLUMNS; c++) cells[c] = kith_str_of(cell[c]);
        assert_int_equal(kith_link_store_add_cells(store, cells, ',', &err), KITH_OK);
    }
}

/* The fields that are found, as "kind:column+column " in their order. */
static void found(const char *names, uint32_t rows, maker make, const char *expected) {
    static const char *const kinds[] = {"ignore", "name", "text", "address", "list", "email", "phone", "code", "date", "number", "category", "geo", "swap"};
    static const bool use[COLUMNS] = {true, true, true, true, true, true};
    kith_link_store store;
    kith_error err;
    char text[1024] = "";
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    fill(&store, names, rows, make);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_OK);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_field *field = &model->field[f];
        size_t n = strlen(text);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:", f ? " " : "", kinds[field->kind]);
        for (uint32_t c = 0; c < field->n_columns; c++) n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", c ? "+" : "", field->column[c]);
    }
    assert_string_equal(text, expected);
    kith_link_store_free(&store);
    free(model);
}

static uint32_t mix(uint32_t row, uint32_t salt, uint32_t n) { /* below n, without a pattern */
    uint64_t x = kith_hash_mix(row, salt);
    return (uint32_t)((x >> 20) % n);
}

static void word(char *out, uint32_t row, uint32_t salt) { /* six letters */
    for (uint32_t i = 0; i < 6; i++) out[i] = (char)("bdfglmnprst"[mix(row, salt + i, 11)]), i++, out[i] = "aeiou"[mix(row, salt + i, 5)];
    out[6] = 0;
}

static void split_date(uint32_t r, char cell[COLUMNS][64]) {
    word(cell[0], r, 1);
    snprintf(cell[1], 64, "%u", 1 + mix(r, 10, 12));
    snprintf(cell[2], 64, "%u", 1 + mix(r, 11, 28));
    snprintf(cell[3], 64, "%u", 1930 + mix(r, 12, 70));
}

static void two_places(uint32_t r, char cell[COLUMNS][64]) { /* where someone lives, the other way round; one coordinate alone */
    word(cell[0], r, 1);
    snprintf(cell[1], 64, "%.4f", 100 + mix(r, 10, 79000) / 1000.);
    snprintf(cell[2], 64, "%.4f", 40 + mix(r, 11, 12000) / 1000.);
    snprintf(cell[3], 64, "%.4f", 1 + mix(r, 12, 30000) / 1000.);
}

static void numbers(uint32_t r, char cell[COLUMNS][64]) {
    word(cell[0], r, 1);
    snprintf(cell[1], 64, "$%u,%03u.50", 1 + mix(r, 10, 900), mix(r, 11, 1000)); /* a price */
    snprintf(cell[2], 64, "%u", 3 + mix(r, 12, 20000) * mix(r, 13, 40)); /* a count of some two to six digits */
}

static void repeats(uint32_t r, char cell[COLUMNS][64]) { /* two names; both in one; a company that is called after the family */
    char given[8], family[8], works[8];
    word(given, r, 1);
    word(family, r, 20);
    word(works, r, 40);
    snprintf(cell[0], 64, "%s", given);
    snprintf(cell[1], 64, "%s", family);
    snprintf(cell[2], 64, "%s %s", given, family);
    snprintf(cell[3], 64, "%s %s works", works, family);
}

static void names_swapped(uint32_t r, char cell[COLUMNS][64]) { /* from 80 given and 80 family names; in one row of four the wrong way round */
    bool turned = mix(r, 3, 4) == 0;
    word(cell[turned], mix(r, 1, 80), 100);
    word(cell[!turned], mix(r, 2, 80), 300);
}

static void years(uint32_t r, char cell[COLUMNS][64]) { /* a date that is a year alone for every fifth person; no month goes beyond 12 but days do: month first */
    word(cell[0], r, 1);
    if (r % 5 == 0) snprintf(cell[1], 64, "1/1/%u", 1930 + mix(r, 12, 70));
    else snprintf(cell[1], 64, "%u/%u/%u", 1 + mix(r, 10, 12), 1 + mix(r, 11, 28), 1930 + mix(r, 12, 70));
    snprintf(cell[2], 64, "%s", "same"); /* says nothing */
}

static void recognised(void **state) {
    (void)state;
    found("surname month day year", 400, split_date, "name:surname date:year+month+day");
    found("surname east north height", 400, two_places, "name:surname geo:north+east number:height");
    found("surname price visits", 400, numbers, "name:surname number:price number:visits");
    found("given family whole company", 400, repeats, "name:given name:family text:company+family");
    found("given family", 400, names_swapped, "name:given name:family swap:");
    found("surname born constant", 400, years, "name:surname date:born");
}

static void dates_by_order(void **state) { /* 25 of 28 days of 400 rows are above 12 in the second place: 24/12 would be the first */
    (void)state;
    static const bool use[COLUMNS] = {true, true, true};
    kith_link_store store;
    kith_error err;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    fill(&store, "surname born constant", 400, years);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_OK);
    assert_false(model->field[1].day_first);
    assert_true(model->field[1].new_year); /* a fifth of all on 1 January */
    kith_link_store_free(&store);
    free(model);
}

/* Columns that a model could not name again are refused; long names are cut in the field's name alone, and told apart there. */
static void column_names(void **state) {
    (void)state;
    static const bool use[COLUMNS] = {true, true, true, true};
    char names[700], a[120], b[120], long_name[300];
    kith_link_store store;
    kith_error err;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    memset(a, 'q', 100), a[100] = 0;
    memset(b, 'q', 100), b[100] = 'b', b[101] = 0;
    a[94] = (char)0xC3, a[95] = (char)0xA9; /* a character of two bytes where the 95 of a name end */
    snprintf(names, sizeof names, "%s %s plain", a, b);
    fill(&store, names, 400, repeats);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_OK);
    assert_int_equal(model->n_fields, 2); /* the third repeats the others */
    assert_string_equal(model->field[0].column[0], a);
    assert_int_equal(strlen(model->field[0].name), 94);
    assert_string_equal(model->field[1].column[0], b);
    assert_int_equal(strlen(model->field[1].name), 95);
    kith_link_store_free(&store);
    a[94] = a[95] = 'q', a[99] = 'a'; /* the first 95 bytes agree: the second is told apart */
    snprintf(names, sizeof names, "%s %s plain", a, b);
    *model = (kith_link_model){0};
    fill(&store, names, 400, repeats);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_OK);
    assert_string_equal(model->field[1].column[0], b);
    assert_memory_equal(model->field[0].name, a, 95);
    assert_memory_equal(model->field[1].name, a, 92);
    assert_string_equal(model->field[1].name + 92, " 2");
    kith_link_store_free(&store);
    memset(long_name, 'x', 256), long_name[256] = 0;
    snprintf(names, sizeof names, "%s family", long_name);
    *model = (kith_link_model){0};
    fill(&store, names, 400, names_swapped);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "column 1: a name of more than 255 bytes"));
    kith_link_store_free(&store);
    *model = (kith_link_model){0};
    fill(&store, "family family", 400, names_swapped);
    assert_int_equal(kith_link_recognise(&store, use, model, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "column 2: its name is that of column 1"));
    kith_link_store_free(&store);
    free(model);
}

typedef struct pair {
    kith_link_store store;
    kith_link_data data;
    kith_link_model *model;
} pair;

/* One field over up to three columns, and two records. */
static void open_pair(pair *p, kith_link_kind kind, uint32_t columns, const char *const *a, const char *const *b) {
    kith_str names[] = {KITH_STR("x"), KITH_STR("y"), KITH_STR("z")}, first[3], second[3];
    kith_header header = {.n = columns, .names = names, .delimiter = '|'};
    kith_error err;
    *p = (pair){.model = calloc(1, sizeof *p->model)};
    assert_non_null(p->model);
    p->model->n_fields = 1;
    p->model->field[0] = (kith_link_field){.name = "x", .kind = kind, .n_columns = columns, .column = {"x", "y", "z"}, .day_first = true};
    for (uint32_t c = 0; c < columns; c++) first[c] = kith_str_of(a[c]), second[c] = kith_str_of(b[c]);
    assert_int_equal(kith_link_store_init(&p->store, &header, &err), KITH_OK);
    assert_int_equal(kith_link_store_add_cells(&p->store, first, '|', &err), KITH_OK);
    assert_int_equal(kith_link_store_add_cells(&p->store, second, '|', &err), KITH_OK);
    assert_int_equal(kith_link_data_build(&p->data, &p->store, p->model, false, 1, &err), KITH_OK);
}

static void close_pair(pair *p) {
    kith_link_data_free(&p->data);
    kith_link_store_free(&p->store);
    free(p->model);
}

static void values(void **state) {
    (void)state;
    static const struct {
        kith_link_kind kind;
        uint32_t columns;
        const char *cell[3], *text; /* "": missing */
    } cases[] = {
        {KITH_LINK_TEXT, 1, {"M&#252;ller &amp; Sons"}, "muller sons"},
        {KITH_LINK_TEXT, 1, {"Caf&#233; O&#39;Neill &#8211; Bar"}, "cafe oneill bar"}, /* an accent, an apostrophe, a dash: as folded */
        {KITH_LINK_LIST, 1, {"Lee, A. & Chan, B."}, "lee a chan b"},
        {KITH_LINK_TEXT, 1, {"Fish &#99999; Chips"}, "fish 99999 chips"}, /* no character of these */
        {KITH_LINK_TEXT, 1, {"Fish &#55555 Chips &#"}, "fish 55555 chips"},
        {KITH_LINK_TEXT, 2, {"Chan Bakery of Leeds", "Chan"}, "bakery of leeds"}, /* the words of the others are compared there */
        {KITH_LINK_TEXT, 3, {"Chan Bakery Chandler", "Chan", "bakery"}, "chandler"},
        {KITH_LINK_ADDRESS, 2, {"12 North Street York", "york"}, "12 n st"},
        {KITH_LINK_TEXT, 2, {"Chan", "Chan"}, ""},
        {KITH_LINK_TEXT, 1, {"not known"}, ""},
        {KITH_LINK_NUMBER, 1, {"$1,250.50"}, "1250.5"},
        {KITH_LINK_NUMBER, 1, {"12,5"}, "12.5"},
        {KITH_LINK_NUMBER, 1, {"many"}, ""},
        {KITH_LINK_GEO, 2, {"48.85", "2.35"}, "48.85000,2.35000"},
        {KITH_LINK_GEO, 2, {"0", "0"}, ""}, /* nobody lives there */
        {KITH_LINK_GEO, 2, {"90.1", "2"}, ""},
        {KITH_LINK_GEO, 2, {"48.85", ""}, ""},
        {KITH_LINK_DATE, 3, {"1980", " 5", "7"}, "19800507"},
        {KITH_LINK_DATE, 3, {"1980", "13", "7"}, "1980 13 7"}, /* no date: as text */
        {KITH_LINK_CATEGORY, 1, {"1999.0"}, "1999"},
        {KITH_LINK_PHONE, 1, {"+44 (0)20 7946 0018"}, "079460018"}, /* the last nine */
        {KITH_LINK_PHONE, 1, {"000-000-0000"}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair p;
        open_pair(&p, cases[i].kind, cases[i].columns, cases[i].cell, cases[i].cell);
        const kith_link_values *v = &p.data.values[0];
        kith_str got = v->n > 1 ? v->text[1] : (kith_str){"", 0};
        if (!kith_str_is(got, cases[i].text)) fail_msg("%s: '%.*s', not '%s'", cases[i].cell[0], KITH_STR_FMT(got), cases[i].text);
        close_pair(&p);
    }
}

/* Levels of numbers are by |a − b| ÷ the larger, as their names say; those of places by distance: a degree of latitude is 111.2 km, one of
 * longitude that times the cosine of the latitude, half of it at 60°. */
static void levels(void **state) {
    (void)state;
    static const struct {
        kith_link_kind kind;
        const char *a[2], *b[2];
        int level;
    } cases[] = {
        {KITH_LINK_NUMBER, {"1000"}, {"1001"}, 7},
        {KITH_LINK_NUMBER, {"1000"}, {"1005"}, 6},
        {KITH_LINK_NUMBER, {"100"}, {"103"}, 5},
        {KITH_LINK_NUMBER, {"215"}, {"200"}, 4},
        {KITH_LINK_NUMBER, {"200"}, {"260"}, 3},
        {KITH_LINK_NUMBER, {"200"}, {"400"}, 1},
        {KITH_LINK_NUMBER, {"1234"}, {"9234"}, 2}, /* a digit */
        {KITH_LINK_NUMBER, {"-5"}, {"5"}, 1},
        {KITH_LINK_NUMBER, {"0"}, {"7"}, 1},
        {KITH_LINK_NUMBER, {"5"}, {"five"}, 0},
        {KITH_LINK_GEO, {"48.85", "2.35"}, {"48.852", "2.35"}, 7},    /* 222 m */
        {KITH_LINK_GEO, {"48.85", "2.35"}, {"48.858", "2.35"}, 6},    /* 890 m */
        {KITH_LINK_GEO, {"48.85", "2.35"}, {"48.88", "2.35"}, 5},     /* 3.3 km */
        {KITH_LINK_GEO, {"60", "10"}, {"60", "10.2"}, 4},             /* 11.1 km */
        {KITH_LINK_GEO, {"60", "10"}, {"60.5", "10"}, 3},             /* 55.6 km */
        {KITH_LINK_GEO, {"60", "10"}, {"62", "10"}, 2},               /* 222 km */
        {KITH_LINK_GEO, {"60", "10"}, {"64", "10"}, 1},               /* 445 km */
        {KITH_LINK_GEO, {"60", "10"}, {"10", "10"}, 1},               /* half a world */
        {KITH_LINK_GEO, {"0", "179.999"}, {"0.00001", "-179.999"}, 7}, /* over the date line: 222 m */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair p;
        open_pair(&p, cases[i].kind, cases[i].kind == KITH_LINK_GEO ? 2 : 1, cases[i].a, cases[i].b);
        kith_link_memo *memo = kith_link_memo_new(&p.data);
        assert_non_null(memo);
        int forth = kith_link_level(kith_link_pattern(&p.data, memo, 0, 1), 0), back = kith_link_level(kith_link_pattern(&p.data, memo, 1, 0), 0);
        if (forth != cases[i].level || back != forth) fail_msg("%s, %s: level %d, back %d, not %d", cases[i].a[0], cases[i].b[0], forth, back, cases[i].level);
        kith_link_memo_free(memo);
        close_pair(&p);
    }
}

static int see(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    (void)worker, (void)key;
    bool *seen = ctx;
    assert_false(seen[i * 64 + j]); /* each pair once */
    seen[i * 64 + j] = true;
    return KITH_OK;
}

/* Keys over numbers and places: every pair that is near enough shares one of two bins that lie half a bin apart, whatever the sign; values
 * that lie more than a bin apart share none. Bins of numbers: 6 % (near) and 30 % (about); of places: .02° and .2°. */
static void bins(void **state) {
    (void)state;
    enum { ROWS = 40 };
    static const struct {
        const char *key;
        kith_link_kind kind;
        double near, far; /* steps from row to row: always, never together */
    } cases[] = {{"near", KITH_LINK_NUMBER, .02, .07}, {"about", KITH_LINK_NUMBER, .1, .35}, {"near", KITH_LINK_GEO, .005, .021}, {"about", KITH_LINK_GEO, .05, .21}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int wide = 0; wide < 2; wide++) {
            kith_str names[] = {KITH_STR("x"), KITH_STR("y")}, cells[2];
            bool geo = cases[k].kind == KITH_LINK_GEO;
            kith_header header = {.n = 2, .names = names, .delimiter = '|'};
            kith_link_store store;
            kith_link_data data;
            kith_error err;
            kith_link_pairs pairs;
            kith_link_model *model = calloc(1, sizeof *model);
            bool *seen = calloc(64 * 64, sizeof *seen);
            assert_true(model && seen);
            model->n_fields = model->n_keys = 1;
            model->field[0] = (kith_link_field){.name = "x", .kind = cases[k].kind, .n_columns = geo ? 2 : 1, .column = {"x", "y"}};
            model->key[0] = (kith_link_key){.n = 1};
            model->key[0].part[0].atom = (uint8_t)((strcmp(cases[k].key, "about") == 0) + !geo);
            assert_int_equal(kith_link_store_init(&store, &header, &err), KITH_OK);
            double step = wide ? cases[k].far : cases[k].near;
            for (int r = 0; r < ROWS; r++) {
                char x[40], y[40];
                double factor = 1;
                for (int q = 0; q < r / 2; q++) factor *= 1 + step; /* e^.06 and e^.3 are a little more than 1.06 and 1.3: bins are of logarithms */
                snprintf(x, sizeof x, "%.6f", geo ? 40 + step * (r / 2) : (r % 2 ? -100 : 100) * factor);
                snprintf(y, sizeof y, "%.6f", geo ? r % 2 ? -3.5 - step * (r / 2) : 3.5 : 0);
                cells[0] = kith_str_of(x), cells[1] = kith_str_of(y);
                assert_int_equal(kith_link_store_add_cells(&store, cells, '|', &err), KITH_OK);
            }
            assert_int_equal(kith_link_data_build(&data, &store, model, false, 1, &err), KITH_OK);
            assert_int_equal(kith_link_run_pairs(&data, 1, 1, see, seen, &pairs, &err), KITH_OK);
            for (int i = 0; i < ROWS; i++)
                for (int j = i + 1; j < ROWS; j++) {
                    bool together = seen[i * 64 + j] || seen[j * 64 + i], alike = i % 2 == j % 2;
                    if (wide || !alike) assert_false(together);
                    else if (j == i + 2 && !(geo && i % 2)) assert_true(together); /* along one axis: two bins half a bin apart */
                }
            kith_link_data_free(&data);
            kith_link_store_free(&store);
            free(model), free(seen);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recognised), cmocka_unit_test(dates_by_order), cmocka_unit_test(column_names),
                                       cmocka_unit_test(values),     cmocka_unit_test(levels),         cmocka_unit_test(bins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
