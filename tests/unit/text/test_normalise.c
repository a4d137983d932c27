/* Normal forms: the standards' own examples, and what they refuse. */
#include "unit.h"

#include <kith/normalise.h>
#include <string.h>

typedef struct pair {
    const char *text, *want; /* NULL: refused */
} pair;

#define EACH(cases, call)                                                                                              \
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {                                                        \
        kith_buf out = {0};                                                                                            \
        kith_str text = kith_str_of(cases[i].text);                                                                    \
        bool good = call;                                                                                              \
        kith_buf_putc(&out, 0);                                                                                        \
        if (good != (cases[i].want != NULL) || (good && strcmp(out.p, cases[i].want) != 0))                            \
            fail_msg("%s: got %s, want %s", cases[i].text, good ? out.p : "(none)", cases[i].want ? cases[i].want : "(none)"); \
        kith_buf_free(&out);                                                                                           \
    }

static void emails(void **state) {
    (void)state;
    static const pair cases[] = {
        /* RFC 5322 appendix A.1, RFC 3696 section 3 with its errata */
        {"jdoe@machine.example", "jdoe@machine.example"}, {"Mary Smith <mary@x.test>", "mary@x.test"}, {"john.q.public@example.com", "john.q.public@example.com"},
        {"\"Joe Q. Public\" <john.q.public@Example.COM>", "john.q.public@example.com"}, {"user+mailbox@example.com", "user+mailbox@example.com"},
        {"customer/department=shipping@example.com", "customer/department=shipping@example.com"}, {"$A12345@example.com", "$a12345@example.com"},
        {"!def!xyz%abc@example.com", "!def!xyz%abc@example.com"}, {"_somename@example.com", "_somename@example.com"},
        {"\"Abc@def\"@example.com", "\"Abc@def\"@example.com"}, {" Ada@Example.ORG ", "ada@example.org"}, {"mailto:a@b.co", "a@b.co"},
        {"ü@exämple.de", "ü@exämple.de"}, {"a@sub.domain.co.uk;", "a@sub.domain.co.uk"},
        {"", NULL}, {"a", NULL}, {"a@b", NULL}, {"@b.co", NULL}, {".a@b.co", NULL}, {"a.@b.co", NULL}, {"a..b@c.co", NULL}, {"a b@c.co", NULL}, {"a@b..co", NULL},
        {"a@-b.co", NULL}, {"a@b.c", NULL}, {"a@1.2", NULL}, {"a@b@c.co", NULL}, {"n/a", NULL},
        {"1234567890123456789012345678901234567890123456789012345678901234+x@example.com", NULL},
    };
    EACH(cases, kith_normal_email(text, &out));
}

static void phones(void **state) {
    (void)state;
    static const struct {
        const char *text, *region, *want;
    } cases[] = {
        /* E.123 section 2's own numbers, and Ofcom's and NANPA's numbers for drama */
        {"+22 607 123 4567", NULL, "+226071234567"}, {"(0607) 123 4567", "GB", "+446071234567"}, {"020 7946 0123", "GB", "+442079460123"}, {"+44 (0)20 7946 0123", NULL, "+442079460123"},
        {"0044 20 7946 0123", "DE", "+442079460123"}, {"07700 900123", "GB", "+447700900123"}, {"(202) 555-0143", "US", "+12025550143"}, {"1-202-555-0143", "US", "+12025550143"},
        {"+1 202 555 0143 ext. 12", "US", "+12025550143"}, {"011 44 20 7946 0123", "US", "+442079460123"}, {"030 123456", "DE", "+4930123456"}, {"+49 030 123456", "DE", "+4930123456"},
        {"4930123456", "FR", NULL}, {"01 42 68 53 00", "FR", "+33142685300"}, {"06 12 34 56 78", "FR", "+33612345678"}, {"142685300", "FR", "+33142685300"},
        {"06 123 45678", "IT", "+390612345678"}, {"8 (495) 123-45-67", "RU", "+74951234567"}, {"+7 495 123 45 67", NULL, "+74951234567"}, {"tel:+1-201-555-0123", NULL, "+12015550123"},
        {"2095257564", "US", "+12095257564"}, {"0412 345 678", "AU", "+61412345678"}, {"447700900123", "GB", "+447700900123"},
        {"+49\xC2\xA0" "30\xC2\xA0" "123456", NULL, "+4930123456"}, {"030\xE2\x80\x93" "123456", "DE", "+4930123456"}, {"030\xE2\x82\xAC" "123456", "DE", NULL}, /* a hard blank, an en dash; a euro is neither */
        {"020 7946 0123", NULL, NULL}, {"123", "US", NULL}, {"555-0143", "US", NULL}, {"1234567890", "US", NULL}, {"call me", "US", NULL}, {"", "US", NULL},
        {"+44 20 7946", "GB", NULL}, {"+1234567890123456", NULL, NULL}, {"+1 202 555 01435", NULL, NULL},
        /* one trunk prefix goes, behind a country code whose plus was lost too; two are no number */
        {"49 030 1234567", "DE", "+49301234567"}, {"+44 (007) 2946 0123", "GB", NULL}, {"+49 00 30123456", NULL, NULL}, {"00 30123", "DE", NULL}, {"0036 06 1 234 5678", "DE", "+3612345678"}, {"+34 (0) 912 345 678", NULL, "+34912345678"},
    };
    EACH(cases, kith_normal_phone(text, cases[i].region, &out));
}

static void dates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        kith_date_order order;
        const char *want;
    } cases[] = {
        {"2026-09-30", 0, "2026-09-30"}, {"2026-9-3", 0, "2026-09-03"}, {"2026/09/30", 0, "2026-09-30"}, {"20260930", 0, "2026-09-30"}, {"30/09/2026", 0, "2026-09-30"},
        {"9/30/2026", 0, "2026-09-30"}, {"3/4/2026", 0, NULL}, {"3/4/2026", KITH_ORDER_DMY, "2026-04-03"}, {"3/4/2026", KITH_ORDER_MDY, "2026-03-04"}, {"4/4/2026", 0, "2026-04-04"},
        {"30.9.26", KITH_ORDER_DMY, "2026-09-30"}, {"1.1.69", KITH_ORDER_DMY, "1969-01-01"}, {"1.1.68", KITH_ORDER_DMY, "2068-01-01"}, {"30-Sep-2026", 0, "2026-09-30"},
        {"7-Mar-14", 0, "2014-03-07"}, {"Sept. 30, 2026", 0, "2026-09-30"}, {"30 septembre 2026", 0, "2026-09-30"}, {"30. März 2026", 0, "2026-03-30"}, {"1 août 2026", 0, "2026-08-01"},
        {"Wed, 30 Sep 2026", 0, "2026-09-30"}, {"1st May 2026", 0, "2026-05-01"}, {"2026-09-30T23:59:59+02:00", 0, "2026-09-30"}, {"30/09/2026 14:30", KITH_ORDER_DMY, "2026-09-30"},
        /* ECMA-376 part 1, 18.17.4.1: serials of the 1900 system */
        {"1", 0, "1900-01-01"}, {"59", 0, "1900-02-28"}, {"60", 0, NULL}, {"61", 0, "1900-03-01"}, {"2", 0, "1900-01-02"}, {"36526", 0, "2000-01-01"}, {"2958465", 0, "9999-12-31"},
        {"45000.75", 0, "2023-03-15"}, {"2026-02-30", 0, NULL}, {"30/02/2026", KITH_ORDER_DMY, NULL}, {"13/13/2026", 0, NULL}, {"9/30/2026", KITH_ORDER_DMY, NULL}, {"", 0, NULL},
        {"soon", 0, NULL}, {"soon,", 0, NULL}, {"a, b", 0, NULL}, {"99/99/9999", 0, NULL}, {"2026-09", 0, NULL}, {"1.2.3.4", 0, NULL},
    };
    EACH(cases, kith_normal_date(text, &(kith_date_habits){.order = cases[i].order}, &out));
    static const pair moments[] = {
        {"2026-09-30T12:00:00Z", "2026-09-30T12:00:00Z"}, {"2026-09-30 12:00:00.5", "2026-09-30T12:00:00.5Z"}, {"2026-09-30T12:00:00+02:00", "2026-09-30T10:00:00Z"},
        {"30/09/2026 2:05 pm", "2026-09-30T14:05:00Z"}, {"30/09/2026 12:05 AM", "2026-09-30T00:05:00Z"}, {"1750000000", "2025-06-15T15:06:40Z"},
        {"1750000000123", "2025-06-15T15:06:40.123Z"}, {"45000.75", "2023-03-15T18:00:00Z"}, {"2026-09-30", "2026-09-30T00:00:00Z"}, {"2026-09-30 25:00", NULL}, {"abcdefghij", NULL}, {"abcdefghijklm", NULL}, {"2026-09-30 12:60", NULL},
        {"Wed, 30 Sep 2026 12:00:00 GMT", "2026-09-30T12:00:00Z"}, {"20260930T120000Z", NULL},
    };
    kith_date_habits h = {0};
    EACH(moments, kith_normal_datetime(text, &h, &out));
    kith_date_habits mac = {.excel1904 = true};
    static const pair of1904[] = {{"0", NULL}, {"1", "1904-01-02"}, {"35064", "2000-01-01"}, {"60", "1904-03-01"}};
    EACH(of1904, kith_normal_date(text, &mac, &out));
}

static void numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        char decimal;
        const char *want;
    } cases[] = {
        {"1234.5", 0, "1234.5"}, {"1,234.50", 0, "1234.50"}, {"1.234,50", 0, "1234.50"}, {"7,5", 0, "7.5"}, {"7,5", ',', "7.5"}, {"7,5", '.', NULL}, {"1.234", ',', "1234"},
        {"1,234", '.', "1234"}, {"1.234", '.', "1.234"}, {"1.234", 0, "1.234"}, {"1,234", 0, "1234"}, {"1,234,567", 0, "1234567"}, {"1.234.567", 0, "1234567"}, {"12,34,567.8", 0, "1234567.8"},
        {"1 234 567,89", 0, "1234567.89"}, {"1\xC2\xA0" "234,5", 0, "1234.5"}, {"1'234.50", 0, "1234.50"}, {"-5", 0, "-5"}, {"\xE2\x88\x92" "5", 0, "-5"}, {"+5", 0, "5"}, {"007", 0, "7"}, {".5", 0, "0.5"},
        {"-0", 0, "0"}, {"1e3", 0, "1000"}, {"", 0, NULL}, {"x", 0, NULL}, {"1,23,4", 0, NULL}, {"1.2.3", 0, NULL}, {"12%", 0, NULL}, {"1,2345", '.', NULL},
    };
    EACH(cases, kith_normal_number(text, cases[i].decimal, &out));
    static const struct {
        const char *text;
        char decimal;
        const char *want;
    } money[] = {
        {"$1,234.56", 0, "1234.56"}, {"1.234,56 €", 0, "1234.56"}, {"€ 7,50", ',', "7.50"}, {"(1,234.00)", 0, "-1234.00"}, {"12.50-", 0, "-12.50"}, {"-$5", 0, "-5"}, {"$-5", 0, "-5"},
        {"USD 12", 0, "12"}, {"12 CHF", 0, "12"}, {"1'200.00 CHF", 0, "1200.00"}, {"R$ 10,00", 0, "10.00"}, {"£0.99", 0, "0.99"}, {"₹12,34,567", 0, "1234567"}, {"5,-", 0, "5"}, {"kr 99", 0, "99"},
        {"$", 0, NULL}, {"free", 0, NULL}, {"$1 - $2", 0, NULL},
    };
    EACH(money, kith_normal_money(text, money[i].decimal, &out));
    static const pair integers[] = {{"12", "12"}, {"12.0", "12"}, {"1,234", "1234"}, {"1.234", NULL}, {"12.5", NULL}, {" 7 ", "7"}};
    EACH(integers, kith_normal_integer(text, 0, &out));
}

static void names_and_truth(void **state) {
    (void)state;
    static const pair names[] = {
        {"ADA LOVELACE", "Ada Lovelace"}, {"ada lovelace", "Ada Lovelace"}, {"  Ada   Lovelace ", "Ada Lovelace"}, {"Lovelace, Ada", "Ada Lovelace"}, {"VAN DER BERG, JAN", "Jan van der Berg"},
        {"LUDWIG VAN BEETHOVEN", "Ludwig van Beethoven"}, {"MCDONALD", "McDonald"}, {"o'neil", "O'Neil"}, {"JEAN-PAUL SARTRE", "Jean-Paul Sartre"}, {"DeShawn", "DeShawn"},
        {"Jane Doe, PhD", "Jane Doe, PhD"}, {"JOHN SMITH JR", "John Smith Jr"}, {"josé GARCÍA", "josé GARCÍA"}, {"JOSÉ GARCÍA", "José García"}, {"ÉMILE ZOLA", "Émile Zola"},
        {"henry iv", "Henry IV"}, {"\xF0\x90\x90\xA8\xF0\x90\x90\xA9", "\xF0\x90\x90\x80\xF0\x90\x90\xA9"}, /* Deseret has capitals (U+10428 to U+10400) */ {"ИВАН ПЕТРОВ", "Иван Петров"}, {"", NULL}, {"123", NULL},
    };
    EACH(names, kith_normal_name(text, &out));
    static const pair truth[] = {{"Yes", "1"}, {"no", "0"}, {"TRUE", "1"}, {"0", "0"}, {"Ja", "1"}, {"Nein", "0"}, {"oui", "1"}, {"sí", "1"}, {"maybe", NULL}, {"", NULL}, {"2", NULL}};
    EACH(truth, kith_normal_boolean(text, &out));
}

static void postcodes_and_places(void **state) {
    (void)state;
    static const struct {
        const char *text, *region, *want;
    } codes[] = {
        /* Royal Mail's formats; UPU addressing guides */
        {"sw1a1aa", "GB", "SW1A 1AA"}, {"M1 1AE", "GB", "M1 1AE"}, {"b338th", "GB", "B33 8TH"}, {"cr26xh", "GB", "CR2 6XH"}, {"DN551PT", "GB", "DN55 1PT"}, {"ec1a 1bb", "GB", "EC1A 1BB"},
        {"W1A 0AX", "GB", "W1A 0AX"}, {"2139", "US", "02139"}, {"02139-4307", "US", "02139-4307"}, {"021394307", "US", "02139-4307"}, {"k1a0b1", "CA", "K1A 0B1"}, {"1012lm", "NL", "1012 LM"},
        {"DE-10115", "DE", "10115"}, {"1067", "DE", "01067"}, {"00950", "PL", "00-950"}, {"1000001", "JP", "100-0001"}, {"11122", "SE", "111 22"}, {"d02x285", "IE", "D02 X285"},
        {"75008", "FR", "75008"}, {"7500", "AT", "7500"}, {"750", "AT", NULL}, {"1010", "LV", "LV-1010"}, {"lv 1010", "LV", "LV-1010"}, {"01100", "LT", "LT-01100"}, {"1010", "LT", NULL}, {"ABC", "US", NULL}, {" ab 12 ", NULL, "AB 12"},
    };
    EACH(codes, kith_normal_postcode(text, codes[i].region, &out));
    static const struct {
        const char *text;
        char axis;
        const char *want;
    } places[] = {
        {"48.8566", 0, "48.8566"}, {"48,8566", 'a', "48.8566"}, {"48\xC2\xB0" "51'24\"N", 'a', "48.85666667"}, {"2\xC2\xB0 21' 7\" W", 0, "-2.35194444"}, {"-33.8688", 'a', "-33.8688"},
        {"91", 'a', NULL}, {"91", 'o', "91"}, {"181", 'o', NULL}, {"48.85, 2.35", 0, "48.85,2.35"}, {"2.35E, 48.85N", 0, "48.85,2.35"}, {"N 48 51.4", 'o', NULL}, {"48 61", 'a', NULL}, {"here", 0, NULL},
    };
    EACH(places, kith_normal_place(text, places[i].axis, &out));
}

static void habits(void **state) {
    (void)state;
    kith_column_habits h = {0};
    bool sure;
    kith_habits_learn_date(&h, KITH_STR("3/4/2026"));
    assert_int_equal(kith_habits_order(&h, "GB", &sure), KITH_ORDER_DMY);
    assert_false(sure);
    assert_int_equal(kith_habits_order(&h, "US", &sure), KITH_ORDER_MDY);
    kith_habits_learn_date(&h, KITH_STR("9/30/2026"));
    assert_int_equal(kith_habits_order(&h, "GB", &sure), KITH_ORDER_MDY);
    assert_true(sure);
    kith_column_habits n = {0};
    kith_habits_learn_number(&n, KITH_STR("1.234"));
    assert_int_equal(kith_habits_decimal(&n, &sure), '.');
    assert_false(sure);
    kith_habits_learn_number(&n, KITH_STR("7,50 €"));
    assert_int_equal(kith_habits_decimal(&n, &sure), ',');
    assert_true(sure);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(emails),          cmocka_unit_test(phones),  cmocka_unit_test(dates), cmocka_unit_test(numbers),
                                       cmocka_unit_test(names_and_truth), cmocka_unit_test(postcodes_and_places), cmocka_unit_test(habits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
