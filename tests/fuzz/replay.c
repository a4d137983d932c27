/* Replays a fuzz target without libFuzzer: every file of its corpus, then seeded mutations of them (flips, cuts, repeats, splices).
 *
 *     fuzz-NAME CORPUS-FOLDER [ROUNDS] */
#include <kith/stream.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { FILES = 512, LONGEST = 1 << 16 };

static size_t mutate(kith_random *r, uint8_t *to, const kith_buf *from, const kith_buf *other) {
    size_t n = from->n < LONGEST ? from->n : LONGEST;
    if (n) memcpy(to, from->p, n);
    for (size_t k = 1 + kith_random_below(r, 6); k; k--) {
        size_t at = n ? kith_random_below(r, n) : 0, length = kith_random_below(r, 24);
        switch (kith_random_below(r, 6)) {
        case 0: if (n) to[at] = (uint8_t)kith_random_u64(r); break;
        case 1: if (n) to[at] ^= (uint8_t)(1 << kith_random_below(r, 8)); break;
        case 2: n = at; break;
        case 3: /* repeat a piece */
            if (n + length < LONGEST && at + length <= n) memmove(to + at + length, to + at, n - at), n += length;
            break;
        case 4: /* take a piece out */
            if (at + length <= n) memmove(to + at, to + at + length, n - at - length), n -= length;
            break;
        default: /* splice from another file */
            if (other->n) {
                size_t from_at = kith_random_below(r, other->n), piece = length < other->n - from_at ? length : other->n - from_at;
                if (at + piece < LONGEST) memcpy(to + at, other->p + from_at, piece), n = at + piece > n ? at + piece : n;
            }
        }
    }
    return n;
}

int main(int argc, char **argv) {
    static kith_buf files[FILES];
    size_t n = 0;
    int64_t rounds = 2000;
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (!folder || (argc > 2 && !kith_parse_int(kith_str_of(argv[2]), &rounds))) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER [ROUNDS]\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; n < FILES && (entry = readdir(folder));) {
        char path[4096];
        kith_error err;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (kith_file_read(path, LONGEST, &files[n], &err) == KITH_OK) n++;
        else kith_buf_free(&files[n]);
    }
    closedir(folder);
    for (size_t i = 0; i < n; i++) LLVMFuzzerTestOneInput((const uint8_t *)files[i].p, files[i].n);
    uint8_t *bytes = malloc(LONGEST + 64);
    if (!bytes || !n) {
        fprintf(stderr, "%s: no corpus in %s\n", argv[0], argv[1]);
        return 1;
    }
    for (int64_t round = 0; round < rounds; round++) {
        kith_random r;
        kith_random_start(&r, 1, "fuzz", (uint64_t)round);
        size_t length = mutate(&r, bytes, &files[kith_random_below(&r, n)], &files[kith_random_below(&r, n)]);
        uint8_t *exact = malloc(length + 1); /* so that a read past the end is seen */
        if (!exact) return 1;
        memcpy(exact, bytes, length);
        LLVMFuzzerTestOneInput(exact, length);
        free(exact);
    }
    printf("%zu files and %lld mutations\n", n, (long long)rounds);
    for (size_t i = 0; i < n; i++) kith_buf_free(&files[i]);
    free(bytes);
    return 0;
}
