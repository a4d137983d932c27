/* Hash table: entries in the order of arrival, keys of every length, batches with repeats, many keys. */
#include "unit.h"

#include <kith/hashtable.h>
#include <stdio.h>
#include <stdlib.h>

static void numbers_keys_in_order(void **state) {
    (void)state;
    kith_hashtable t;
    kith_error err;
    assert_int_equal(kith_hashtable_init(&t, &err), KITH_OK);
    enum { N = 200000, DISTINCT = 70000 };
    char (*text)[40] = malloc(N * sizeof *text);
    kith_key *keys = malloc(N * sizeof *keys);
    uint64_t *hashes = malloc(N * sizeof *hashes);
    uint32_t *entries = malloc(N * sizeof *entries), *first = malloc(DISTINCT * sizeof *first), *order = malloc(DISTINCT * sizeof *order);
    assert_true(text && keys && hashes && entries && first && order);
    for (int i = 0; i < DISTINCT; i++) first[i] = KITH_NO_ENTRY;
    kith_random r;
    kith_random_start(&r, 1, "hashtable", 0);
    int *which = malloc(N * sizeof *which);
    assert_non_null(which);
    for (int i = 0; i < N; i++) {
        which[i] = i < DISTINCT ? i : (int)kith_random_below(&r, DISTINCT);
        /* lengths 1 to 36: a key is its number behind a run of dots of its own length */
        int n = snprintf(text[i], sizeof text[i], "%.*s%d", which[i] % 31, "...............................", which[i]);
        hashes[i] = kith_key_of((kith_str){text[i], (size_t)n}, &keys[i]);
    }
    size_t step = 1;
    for (size_t from = 0; from < N; from += step, step = step % 997 + 1) {
        if (from + step > N) step = N - from;
        uint32_t before = t.n;
        assert_int_equal(kith_hashtable_put(&t, keys + from, hashes + from, step, entries + from, &err), KITH_OK);
        for (size_t i = from; i < from + step; i++) {
            if (first[which[i]] == KITH_NO_ENTRY) {
                assert_true(entries[i] == before);
                before++;
                first[which[i]] = entries[i];
            }
            assert_true(entries[i] == first[which[i]]);
        }
        assert_true(t.n == before);
    }
    assert_true(t.n == DISTINCT);
    kith_hashtable_find(&t, keys, hashes, N, entries);
    for (int i = 0; i < N; i++) {
        assert_true(entries[i] == first[which[i]]);
        kith_str key = kith_hashtable_key(&t, entries[i]);
        assert_true(kith_str_is(key, text[i]));
    }
    assert_int_equal(kith_hashtable_order(&t, order, &err), KITH_OK);
    for (int i = 1; i < DISTINCT; i++)
        assert_true(kith_str_compare(kith_hashtable_key(&t, order[i - 1]), kith_hashtable_key(&t, order[i])) < 0);
    kith_key none;
    uint64_t h = kith_key_of(KITH_STR("nobody"), &none);
    uint32_t e;
    kith_hashtable_find(&t, &none, &h, 1, &e);
    assert_true(e == KITH_NO_ENTRY);
    h = kith_key_of(KITH_STR(""), &none);
    assert_int_equal(kith_hashtable_put(&t, &none, &h, 1, &e, &err), KITH_OK);
    assert_true(e == DISTINCT && kith_hashtable_key(&t, e).n == 0);
    kith_hashtable_free(&t);
    free(text), free(keys), free(hashes), free(entries), free(first), free(which), free(order);
}

static void keeps_what_is_beside_the_keys(void **state) {
    (void)state;
    enum { N = 300000, STEP = 500 };
    for (size_t beside = 16; beside <= 48; beside += 32) {
        kith_hashtable t;
        kith_error err;
        uint64_t sums = 0;
        assert_int_equal(kith_hashtable_init_beside(&t, beside, &err), KITH_OK);
        for (uint64_t round = 0; round < 2; round++)
            for (uint64_t from = 0; from < N; from += STEP) {
                kith_key keys[STEP];
                uint64_t hashes[STEP];
                uint32_t entries[STEP];
                for (uint64_t i = 0; i < STEP; i++) {
                    uint64_t id = from + i;
                    hashes[i] = kith_key_of((kith_str){(const char *)&id, 3 + i % 6}, &keys[i]);
                    kith_hashtable_prefetch(&t, hashes[i]);
                }
                assert_int_equal(kith_hashtable_put(&t, keys, hashes, STEP, entries, &err), KITH_OK);
                for (uint64_t i = 0; i < STEP; i++) {
                    uint64_t *own = kith_hashtable_beside(&t, entries[i]);
                    assert_true(round || (own[0] == 0 && own[beside / 8 - 1] == 0));
                    assert_true(!round || own[beside / 8 - 1] == ~(from + i));
                    own[0] += from + i;
                    own[beside / 8 - 1] = ~(from + i);
                    if (beside == 48) sums += own[0];
                }
            }
        assert_int_equal(t.n, N);
        for (uint32_t e = 0; e < N; e++) assert_true(*(uint64_t *)kith_hashtable_beside(&t, e) == 2 * (uint64_t)e);
        assert_true(beside == 16 || sums == UINT64_C(3) * N * (N - 1) / 2);
        kith_hashtable_free(&t);
    }
}

static void short_keys_keep_their_zeros(void **state) {
    (void)state;
    for (size_t n = 0; n <= 15; n++) {
        char zeros[16] = {0};
        kith_key a, b;
        kith_key_of((kith_str){zeros, n}, &a);
        assert_int_equal(kith_key_str(&a).n, n);
        for (size_t i = 0; i < n; i++) {
            zeros[i] = (char)(i + 1);
            kith_key_of((kith_str){zeros, n}, &b);
            assert_memory_equal(kith_key_str(&b).p, zeros, n);
            assert_true(a.lo != b.lo || a.hi != b.hi);
        }
    }
}

static void joined_keys_sort_and_split(void **state) {
    (void)state;
    static const struct {
        kith_str a, b;
    } rows[] = {{{"", 0}, {"", 0}},       {{"", 0}, {"\0", 1}},     {{"", 0}, {"x", 1}},     {{"\0", 1}, {"", 0}},
                {{"\0\0", 2}, {"a", 1}}, {{"\1", 1}, {"", 0}}, {{"\1\2", 2}, {"", 0}}, {{"\2", 1}, {"", 0}},
                {{"a", 1}, {"b", 1}},     {{"a", 1}, {"b\0", 2}},   {{"a\0", 2}, {"", 0}},   {{"aa", 2}, {"", 0}}};
    enum { N = sizeof rows / sizeof *rows };
    kith_buf joined[N] = {{0}};
    kith_arena *arena = kith_arena_new();
    for (int i = 0; i < N; i++) {
        kith_key_join(&joined[i], rows[i].a, true);
        kith_key_join(&joined[i], rows[i].b, false);
        if (i) assert_true(kith_str_compare((kith_str){joined[i - 1].p, joined[i - 1].n}, (kith_str){joined[i].p, joined[i].n}) < 0);
        kith_str rest = {joined[i].p, joined[i].n}, part;
        assert_true(kith_key_split(&rest, &part, arena) && kith_str_equal(part, rows[i].a));
        assert_true(kith_key_split(&rest, &part, arena) && kith_str_equal(part, rows[i].b));
        assert_false(kith_key_split(&rest, &part, arena));
    }
    for (int i = 0; i < N; i++) kith_buf_free(&joined[i]);
    kith_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_keys_in_order), cmocka_unit_test(keeps_what_is_beside_the_keys), cmocka_unit_test(short_keys_keep_their_zeros),
                                       cmocka_unit_test(joined_keys_sort_and_split)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
