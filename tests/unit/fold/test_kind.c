/* Kinds of personal data: the standards' own examples, and what must not be taken for one. */
#include "unit.h"

#include <kith/kind.h>

static void check_digits(void **state) {
    (void)state;
    assert_true(kith_luhn(KITH_STR("79927398713")));  /* ISO/IEC 7812-1's usual example */
    assert_false(kith_luhn(KITH_STR("79927398710")));
    assert_false(kith_luhn(KITH_STR("")));
    static const char *const ibans[] = {"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "fr1420041010050500013M02606", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"};
    for (size_t i = 0; i < sizeof ibans / sizeof *ibans; i++) assert_true(kith_iban_valid(kith_str_of(ibans[i])));
    static const char *const bad[] = {"", "GB82WEST12345698765433", "GB82-WEST-1234-5698-7654-32", "8282370400440532013000", "DE89", "GB82WEST123456987654321234567890123456"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(kith_iban_valid(kith_str_of(bad[i])));
}

static void values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned kinds;
    } cases[] = {{"ann@example.org", 1u << KITH_KIND_EMAIL},
                 {"ann@example", 0},
                 {"@ann", 0},
                 {"+33 1 42 68 53 00", 1u << KITH_KIND_PHONE | 1u << KITH_KIND_PHONE_ABROAD},
                 {"030 123456", 1u << KITH_KIND_PHONE},
                 {"4111 1111 1111 1111", 1u << KITH_KIND_CARD},
                {"6304111111118", 1u << KITH_KIND_CARD | 1u << KITH_KIND_PHONE}, {"6304111111111111119", 1u << KITH_KIND_CARD}, {"63041111111111111117", 0},
                 {"192.168.0.1", 1u << KITH_KIND_PHONE | 1u << KITH_KIND_IP},
                 {"192.168.0.256", 1u << KITH_KIND_PHONE},
                 {"12.50", 0},
                 {"12 Main Street", 1u << KITH_KIND_ADDRESS},
                 {"Haupt", 1u << KITH_KIND_NAME},
                 {"O'Neill-Smith", 1u << KITH_KIND_NAME},
                 {"", 0},
                 {"A1", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kith_kinds_of(kith_str_of(cases[i].text)) != cases[i].kinds) fail_msg("%s: %x", cases[i].text, kith_kinds_of(kith_str_of(cases[i].text)));
}

static void names(void **state) {
    (void)state;
    assert_true(kith_kinds_hinted(KITH_STR("first_name")) == 1u << KITH_KIND_NAME);
    assert_true(kith_kinds_hinted(KITH_STR("customerName")) == 1u << KITH_KIND_NAME);
    assert_true(kith_kinds_hinted(KITH_STR("product_name")) == 0);
    assert_true(kith_kinds_hinted(KITH_STR("Mobile No.")) == 1u << KITH_KIND_PHONE);
    assert_true(kith_kinds_hinted(KITH_STR("e-mail address")) == (1u << KITH_KIND_EMAIL | 1u << KITH_KIND_ADDRESS));
    assert_true(kith_kinds_hinted(KITH_STR("")) == 0);
    uint64_t counts[KITH_KINDS] = {0};
    counts[KITH_KIND_NAME] = 10;
    assert_null(kith_kind_decide(counts, 10, 0));
    assert_string_equal(kith_kind_decide(counts, 10, 1u << KITH_KIND_NAME), "name");
    assert_null(kith_kind_decide(counts, 0, 1u << KITH_KIND_NAME));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_digits), cmocka_unit_test(values), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
