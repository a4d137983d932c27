/* Secrets, keyed hashes and digests; the one door to Nettle (LGPL). */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include <kith/libraries.h>
#include <kith/secret.h>

#include <errno.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%d.%d", nettle_version_major(), nettle_version_minor()); }
KITH_LIBRARY(nettle, "Nettle", version)

int kith_secret_read(const char *path, kith_secret *key, kith_error *err) {
    *key = (kith_secret){.n = 0};
    FILE *f = fopen(path, "rbe");
    if (!f) return kith_fail(err, errno == ENOENT ? KITH_DATA : KITH_SYSTEM, "%s: cannot read the key: %s", path, strerror(errno));
    struct stat st;
    bool open_to_others = fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0;
    unsigned char bytes[sizeof key->bytes + 3];
    setvbuf(f, NULL, _IONBF, 0); /* no copy of the key is left in a buffer */
    size_t n = fread(bytes, 1, sizeof bytes, f);
    bool failed = ferror(f) != 0;
    fclose(f);
    if (n && bytes[n - 1] == '\n') n--;
    if (n && bytes[n - 1] == '\r') n--;
    int status = KITH_OK;
    if (failed) status = kith_fail(err, KITH_SYSTEM, "%s: cannot read the key", path);
    else if (!n || n > sizeof key->bytes)
        status = kith_fail(err, KITH_DATA, "%s: a key has 1 to %zu bytes (head -c 32 /dev/urandom | base64 makes one)", path, sizeof key->bytes);
    else {
        memcpy(key->bytes, bytes, n);
        key->n = n;
        if (n < 16) key->weak = "the key is shorter than 16 bytes and could be guessed (head -c 32 /dev/urandom | base64 makes a good one)";
        else if (open_to_others) key->weak = "the key's file can be read by others (chmod 600 mends that)";
    }
    explicit_bzero(bytes, sizeof bytes);
    return status;
}

void kith_secret_hash(const kith_secret *key, const char *purpose, kith_str text, unsigned char out[32]) {
    struct hmac_sha256_ctx ctx;
    hmac_sha256_set_key(&ctx, key->n, key->bytes);
    hmac_sha256_update(&ctx, strlen(purpose) + 1, (const uint8_t *)purpose);
    if (text.n) hmac_sha256_update(&ctx, text.n, (const uint8_t *)text.p);
    hmac_sha256_digest(&ctx, 32, out);
    explicit_bzero(&ctx, sizeof ctx);
}

double kith_secret_unit(const kith_secret *key, const char *purpose, kith_str text) {
    unsigned char hash[32];
    uint64_t bits = 0;
    kith_secret_hash(key, purpose, text, hash);
    for (int i = 0; i < 8; i++) bits = bits << 8 | hash[i];
    return (double)(bits >> 11) * 0x1p-53;
}

void kith_digest(kith_str bytes, unsigned char out[32]) {
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    if (bytes.n) sha256_update(&ctx, bytes.n, (const uint8_t *)bytes.p);
    sha256_digest(&ctx, 32, out);
}

void kith_secret_clear(kith_secret *key) { explicit_bzero(key, sizeof *key); }
