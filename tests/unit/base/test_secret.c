/* Keyed hashes against OpenSSL's, and what is refused as a key. */
#define _GNU_SOURCE
#include "unit.h"

#include <kith/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void hex(const unsigned char hash[32], char out[65]) {
    for (int i = 0; i < 32; i++) snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* Expected values: printf 'PURPOSE\\0TEXT' | openssl dgst -sha256 -mac hmac -macopt hexkey:0b…0b (20 bytes). */
static void hashes_as_hmac_sha256(void **state) {
    (void)state;
    kith_secret key = {.n = 20};
    unsigned char hash[32];
    char text[65];
    memset(key.bytes, 0x0b, 20);
    kith_secret_hash(&key, "Hi There", (kith_str){"", 0}, hash);
    hex(hash, text);
    assert_string_equal(text, "f67dd14688b85b4183637af0166514ef2350e0053a10255bd67ca6ad88bf9aec");
    kith_secret_hash(&key, "arm", KITH_STR("p1"), hash);
    hex(hash, text);
    assert_string_equal(text, "15ebc7969c35d0d47f80948d3c5a9bfc6737737ea67730a1c02f6e336e8bc1cc");
    double u = kith_secret_unit(&key, "arm", KITH_STR("p1"));
    assert_true(u >= 0 && u < 1);
}

static void refuses_weak_keys(void **state) {
    (void)state;
    char path[] = "/tmp/kith-key-XXXXXX";
    kith_secret key;
    kith_error err;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(kith_secret_read(path, &key, &err), KITH_DATA);
    assert_int_equal(write(fd, "short\n", 6), 6);
    assert_int_equal(kith_secret_read(path, &key, &err), KITH_OK);
    assert_int_equal(key.n, 5);
    assert_non_null(key.weak);
    assert_int_equal(write(fd, "0123456789abcdef\n", 17), 17);
    assert_int_equal(kith_secret_read(path, &key, &err), KITH_OK);
    assert_int_equal(key.n, 22);
    assert_null(key.weak);
    for (int more = 0; more < 2; more++) { /* 1024 bytes are the most, with or without a line end */
        char full[1026];
        memset(full, 'k', sizeof full);
        full[1024] = more ? 'k' : '\n';
        assert_int_equal(pwrite(fd, full, 1025, 0), 1025);
        assert_int_equal(kith_secret_read(path, &key, &err), more ? KITH_DATA : KITH_OK);
        if (!more) assert_int_equal(key.n, 1024);
    }
    assert_int_equal(ftruncate(fd, 20), 0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(kith_secret_read(path, &key, &err), KITH_OK);
    assert_non_null(key.weak);
    close(fd);
    unlink(path);
    assert_int_equal(kith_secret_read(path, &key, &err), KITH_DATA);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hashes_as_hmac_sha256), cmocka_unit_test(refuses_weak_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
