/* Temporary files have no name and no other reader; what was parted comes back whole, in parts, by number and by key. */
#include "unit.h"

#include <kith/spill.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_temporary_file(void **state) {
    (void)state;
    kith_error err = {0};
    struct stat st;
    char got[8];
    int fd;
    assert_int_equal(kith_temporary(getenv("TMPDIR"), &fd, &err), KITH_OK);
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(st.st_nlink == 0 && (st.st_mode & 07777) == 0600);
    assert_int_equal(kith_temporary_write(fd, "defgh", 5, 3, &err), KITH_OK);
    assert_int_equal(kith_temporary_write(fd, "abc", 3, 0, &err), KITH_OK);
    assert_true(lseek(fd, 0, SEEK_CUR) == 0);
    assert_int_equal(kith_temporary_read(fd, got, 8, 0, &err), KITH_OK);
    assert_memory_equal(got, "abcdefgh", 8);
    assert_int_equal(kith_temporary_read(fd, got, 2, 7, &err), KITH_SYSTEM);
    assert_non_null(strstr(err.text, "cut short"));
    assert_int_equal(kith_temporary_read(fd, got, 0, 100, &err), KITH_OK);
    close(fd);
    assert_int_equal(kith_temporary("/nonexistent", &fd, &err), KITH_SYSTEM);
    assert_non_null(strstr(err.text, "/nonexistent"));
}

/* Record i of 50,000: a key of five digits that no other has, and a text that grows to 3,000 bytes, so that windows are passed. */
enum { RECORDS = 50000 };
static char text_bytes[4096];
static void record(uint64_t i, char *key, kith_str *k, kith_str *text) {
    uint64_t mixed = i * 7919 % RECORDS; /* 7919 is prime to 50,000 */
    for (int d = 5; d--; mixed /= 10) key[d] = (char)('0' + mixed % 10);
    *k = (kith_str){key, 5};
    *text = (kith_str){text_bytes, i % 97 == 0 ? 3000 : i % 13};
}

typedef struct seen {
    uint64_t n, last;
    char key[5];
    bool by_key;
} seen;

static int each(void *ctx, uint64_t number, kith_str key, kith_str text, kith_error *err) {
    seen *s = ctx;
    char bytes[5];
    kith_str k, t;
    (void)err;
    record(number, bytes, &k, &t);
    assert_true(kith_str_equal(key, k) && kith_str_equal(text, t));
    if (s->by_key) {
        assert_true(!s->n || memcmp(s->key, key.p, 5) < 0);
        memcpy(s->key, key.p, 5);
    } else assert_true(!s->n || s->last < number);
    s->last = number;
    s->n++;
    return KITH_OK;
}

static kith_spill *filled(bool by_key, kith_error *err) {
    kith_spill *spill;
    uint64_t at[RECORDS];
    assert_int_equal(kith_spill_new(&spill, getenv("TMPDIR"), err), KITH_OK);
    for (uint64_t i = 0; i < RECORDS; i++) at[by_key ? i * 7919 % RECORDS : i] = i; /* in the order of the keys, or of the numbers */
    for (size_t i = 0; i < RECORDS; i++) {
        char key[5];
        kith_str k, t;
        record(at[i], key, &k, &t);
        assert_int_equal(kith_spill_put(spill, kith_hash(key, 5, 0) % KITH_SPILL_PARTS, at[i], k, t, err), KITH_OK);
    }
    return spill;
}

static void comes_back(void **state) {
    (void)state;
    kith_error err = {0};
    memset(text_bytes, 'x', sizeof text_bytes);
    kith_spill *spill = filled(false, &err);
    uint64_t sum = 0;
    for (unsigned part = 0; part < KITH_SPILL_PARTS; part++) {
        seen s = {0};
        assert_int_equal(kith_spill_read(spill, part, each, &s, &err), KITH_OK);
        sum += s.n;
    }
    assert_true(sum == RECORDS);
    seen all = {0};
    assert_int_equal(kith_spill_merge(spill, each, &all, &err), KITH_OK);
    assert_true(all.n == RECORDS && all.last == RECORDS - 1);
    kith_spill_free(spill);
    spill = filled(true, &err);
    seen keys = {.by_key = true};
    assert_int_equal(kith_spill_merge_keys(spill, each, &keys, &err), KITH_OK);
    assert_true(keys.n == RECORDS && memcmp(keys.key, "49999", 5) == 0);
    kith_spill_free(spill);
}

static void nothing_comes_back_of_nothing(void **state) {
    (void)state;
    kith_error err = {0};
    kith_spill *spill;
    seen s = {0};
    assert_int_equal(kith_spill_new(&spill, NULL, &err), KITH_OK);
    assert_int_equal(kith_spill_read(spill, 5, each, &s, &err), KITH_OK);
    assert_int_equal(kith_spill_merge(spill, each, &s, &err), KITH_OK);
    assert_int_equal(kith_spill_merge_keys(spill, each, &s, &err), KITH_OK);
    assert_true(s.n == 0 && kith_spill_bytes(spill) == 0);
    kith_spill_free(spill);
    kith_spill_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_temporary_file), cmocka_unit_test(comes_back), cmocka_unit_test(nothing_comes_back_of_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
