/* kith/secret.h: digests, secrets from files, and keyed hashes of what a person is called: pseudonyms that join across files, and arms that
 * nobody without the key can foresee. HMAC-SHA-256 (RFC 2104, FIPS 180-4) by Nettle; the one door to it is lib/base/secret.c.
 *
 * Keys come from files only, never from the command line. Each use has a purpose of its own, so that the arm of a person tells nothing about
 * their pseudonym. */
#ifndef KITH_SECRET_H
#define KITH_SECRET_H

#include <kith/base.h>

typedef struct kith_secret {
    unsigned char bytes[1024];
    size_t n;
    const char *weak; /* a static word of warning for the user (short, readable by others), or NULL */
} kith_secret;

/* The file's bytes without a final line end: 1 to 1024 of them. KITH_DATA for an empty or longer one, KITH_SYSTEM if it cannot be read. */
int kith_secret_read(const char *path, kith_secret *key, kith_error *err);

/* HMAC-SHA-256 of purpose, a zero byte and the text, under the key. Thread-safe. */
void kith_secret_hash(const kith_secret *key, const char *purpose, kith_str text, unsigned char out[32]);

/* The first 53 bits of that hash as a number in [0, 1): the place of a person on a line that is cut into arms. */
double kith_secret_unit(const kith_secret *key, const char *purpose, kith_str text);

/* SHA-256 of the bytes (FIPS 180-4), without a key: for what a page says of its own parts. */
void kith_digest(kith_str bytes, unsigned char out[32]);

/* Forgets the key: its bytes are overwritten. */
void kith_secret_clear(kith_secret *key);

#endif
