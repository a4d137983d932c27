/* Similarities against published tables: Winkler 1990 and 2006 (Jaro, Jaro–Winkler), the National Archives' Soundex
 * examples, textbook edit distances. */
#include "unit.h"

#include <kith/similarity.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static kith_str s(const char *t) { return kith_str_of(t); }

static void near3(double got, double want) { assert_true(fabs(got - want) < .0005001); }

static void winkler(void **state) {
    (void)state;
    /* Winkler 2006, "Overview of Record Linkage and Current Research Directions", table 6 (Jaro, Jaro–Winkler
     * without the adjustments for similar characters and long strings). */
    static const struct {
        const char *a, *b;
        double jaro, winkler;
    } t[] = {
        {"shackleford", "shackelford", .970, .982},
        {"dunningham", "cunnigham", .896, .896},
        {"nichleson", "nichulson", .926, .956},
        {"jones", "johnson", .790, .832},
        {"massey", "massie", .889, .933},
        {"abroms", "abrams", .889, .922},
        {"hardin", "martinez", .722, .722},
        {"itman", "smith", .467, .467},
        {"jeraldine", "geraldine", .926, .926},
        {"marhta", "martha", .944, .961},
        {"michelle", "michael", .869, .921},
        {"julies", "julius", .889, .933},
        {"tanya", "tonya", .867, .880},
        {"dwayne", "duane", .822, .840},
        {"sean", "susan", .783, .805},
        {"jon", "john", .917, .933},
        {"jon", "jan", .778, .800},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        near3(kith_jaro(s(t[i].a), s(t[i].b)), t[i].jaro);
        near3(kith_jaro_winkler(s(t[i].a), s(t[i].b)), t[i].winkler);
        assert_true(kith_jaro(s(t[i].a), s(t[i].b)) == kith_jaro(s(t[i].b), s(t[i].a)));
    }
    assert_true(kith_jaro(s(""), s("")) == 1 && kith_jaro(s("a"), s("")) == 0 &&
                kith_jaro_winkler(s("x"), s("x")) == 1);
    near3(kith_jaro(s("Šťastný"), s("Šťastny")), (6. / 7 + 6. / 7 + 1) / 3); /* code points, not bytes */
}

static void edits(void **state) {
    (void)state;
    assert_int_equal(kith_osa(s("kitten"), s("sitting"), -1), 3);
    assert_int_equal(kith_osa(s("ca"), s("abc"), -1), 3); /* 2 in the unrestricted distance, which edits a substring twice */
    assert_int_equal(kith_osa(s("smtih"), s("smith"), 1), 1);
    assert_int_equal(kith_osa(s("smith"), s("jones"), 2), 3);
    assert_int_equal(kith_osa(s(""), s("abc"), -1), 3);
    assert_int_equal(kith_osa(s("müller"), s("muller"), -1), 1);
    assert_int_equal(kith_osa(s(""), s(""), -1), 0);
    near3(kith_token_jaccard(s("new york city"), s("city of new york")), .75);
}

static void sounds(void **state) {
    (void)state;
    static const char *const soundex[][2] = {
        {"robert", "R163"},    {"rupert", "R163"},  {"rubin", "R150"},     {"ashcraft", "A261"},   {"ashcroft", "A261"},
        {"tymczak", "T522"},   {"pfister", "P236"}, {"honeyman", "H555"},  {"washington", "W252"}, {"lee", "L000"},
        {"gutierrez", "G362"}, {"jackson", "J250"}, {"vandeusen", "V532"},
    };
    char code[5];
    for (size_t i = 0; i < sizeof soundex / sizeof soundex[0]; i++) {
        kith_soundex(s(soundex[i][0]), code);
        assert_string_equal(code, soundex[i][1]);
    }
    kith_soundex(s("42"), code);
    assert_string_equal(code, "");
}

static bool share_a_group(const char *a, const char *b) {
    uint16_t ga[8], gb[8];
    size_t na = kith_nickname_groups(s(a), ga, 8), nb = kith_nickname_groups(s(b), gb, 8);
    for (size_t i = 0; i < na; i++) {
        assert_true(ga[i] >= 1 && (i == 0 || ga[i] > ga[i - 1]));
        for (size_t j = 0; j < nb; j++)
            if (ga[i] == gb[j]) return true;
    }
    return false;
}

static void names(void **state) {
    (void)state;
    assert_true(share_a_group("bob", "robert") && share_a_group("rob", "bobby") && share_a_group("liz", "beth"));
    assert_false(share_a_group("bob", "alice") || share_a_group("qx", "qx") || share_a_group("bob lee", "robert"));
    assert_true(kith_initial_of(s("j"), s("john")));
    assert_true(kith_initial_of(s("john"), s("j.")));
    assert_false(kith_initial_of(s("j"), s("j")));
    assert_false(kith_initial_of(s("k"), s("john")));
}

static void folding(void **state) {
    (void)state;
    static const char *const t[][2] = {
        {"  \xC3\x89lodie  O\xE2\x80\x99"
         "Brien-Smith ",
         "elodie obrien smith"},
        {"Stra\xC3\x9F"
         "e",
         "strasse"},
        {"\xC5\x81\xC3\xB3"
         "d\xC5\xBA",
         "lodz"},
        {"\xD0\x9C\xD0\x9E\xD0\xA1\xD0\x9A\xD0\x92\xD0\x90", "\xD0\xBC\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0"},
        {"---", ""},
        {"Nguy\xE1\xBB\x85n", "nguyen"},
        {"\xE6\x9D\xB1 \xE4\xBA\xAC", "\xE6\x9D\xB1 \xE4\xBA\xAC"}, /* letters without case or marks stay */
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        kith_buf b = {0};
        kith_fold_text(s(t[i][0]), NULL, &b);
        assert_int_equal(b.n, strlen(t[i][1]));
        assert_memory_equal(b.n ? b.p : "", t[i][1], b.n);
        kith_buf_free(&b);
    }
}

static void dates(void **state) {
    (void)state;
    int y, m, d;
    assert_true(kith_loose_date(s("1971-06-24"), true, &y, &m, &d) && y == 1971 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("19081209"), true, &y, &m, &d) && y == 1908 && m == 12 && d == 9);
    assert_true(kith_loose_date(s("3/4/2001"), true, &y, &m, &d) && m == 4 && d == 3);
    assert_true(kith_loose_date(s("3/4/2001"), false, &y, &m, &d) && m == 3 && d == 4);
    assert_true(kith_loose_date(s("24 June 1971"), true, &y, &m, &d) && y == 1971 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("Jun 24, 1971"), true, &y, &m, &d) && y == 1971 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("2026-01-02T03:04:05Z"), true, &y, &m, &d) && y == 2026 && m == 1 && d == 2);
    assert_true(kith_loose_date(s("1971 June 24"), false, &y, &m, &d) && y == 1971 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("24/06/71"), true, &y, &m, &d) && y == 1971 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("06-24-29"), true, &y, &m, &d) && y == 2029 && m == 6 && d == 24);
    assert_true(kith_loose_date(s("1.2.30"), true, &y, &m, &d) && y == 1930 && m == 2 && d == 1);
    assert_false(kith_loose_date(s("24/06/971"), true, &y, &m, &d));
    assert_false(kith_loose_date(s("1971-13-24"), true, &y, &m, &d));
    assert_false(kith_loose_date(s("hello"), true, &y, &m, &d));
    assert_false(kith_loose_date(s(""), true, &y, &m, &d));
}

/* Every day of some years in every form; a day past a month's end in none. */
static void every_day_in_every_form(void **state) {
    (void)state;
    static const int years[] = {1904, 1930, 1999, 2000, 2001, 2029}, length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char *const months[] = {"January", "february", "MARCH", "Apr", "May", "jun", "July", "Aug", "Sept", "October", "Nov", "DEC"};
    for (size_t k = 0; k < sizeof years / sizeof *years; k++)
        for (int m = 1; m <= 12; m++) {
            int y = years[k], days = length[m - 1] + (m == 2 && y % 4 == 0); /* 1900 is not among them */
            for (int d = 1; d <= days + 1; d++)
                for (int day_first = 0; day_first < 2; day_first++) {
                    char text[10][64];
                    size_t n = 0;
                    int a = day_first ? d : m, b = day_first ? m : d;
                    snprintf(text[n++], 64, "%04d-%02d-%02d", y, m, d);
                    snprintf(text[n++], 64, "%04d%02d%02d", y, m, d);
                    snprintf(text[n++], 64, "%04d%02d%02dT2359", y, m, d);
                    snprintf(text[n++], 64, "%04d/%d/%d 9:15", y, m, d);
                    snprintf(text[n++], 64, "%02d.%02d.%04d", a, b, y);
                    snprintf(text[n++], 64, " %d/%d/%04d 09:59 ", a, b, y);
                    snprintf(text[n++], 64, "%d %s %04d", d, months[m - 1], y);
                    snprintf(text[n++], 64, "%s %d, %04d", months[m - 1], d, y);
                    snprintf(text[n++], 64, "%02d-%.3s-%04d", d, months[m - 1], y);
                    if (y >= 1930) snprintf(text[n++], 64, "%d.%d.%02d", a, b, y % 100);
                    for (size_t i = 0; i < n; i++) {
                        int year = 0, month = 0, day = 0;
                        bool is = kith_loose_date(s(text[i]), day_first, &year, &month, &day);
                        if (is != (d <= days) || (is && (year != y || month != m || day != d))) fail_msg("%s: %d %d-%d-%d", text[i], is, year, month, day);
                    }
                }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(winkler), cmocka_unit_test(edits),   cmocka_unit_test(sounds),
                                       cmocka_unit_test(names),   cmocka_unit_test(folding), cmocka_unit_test(dates),
                                       cmocka_unit_test(every_day_in_every_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
