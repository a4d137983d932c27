/* Inputs: opening with clear errors, plain and compressed reading. zlib and zstd are known only here. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <kith/libraries.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static void version_of_zlib(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%s", zlibVersion()); }
static void version_of_zstd(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%s", ZSTD_versionString()); }
KITH_LIBRARY(zlib, "zlib", version_of_zlib)
KITH_LIBRARY(zstd, "zstd", version_of_zstd)

enum { HEAD = 4, RAW = 1 << 17, UNPACKED_TIMES = 250 };
static const uint64_t UNPACKED_FREE = 1 << 30; /* bytes that may come of however few */

typedef struct decoder {
    bool zstd;
    z_stream z;
    ZSTD_DStream *zs;
    ZSTD_inBuffer zin;
    char raw[RAW];
    bool between; /* at the end of a member or frame: the input may end here */
    bool raw_eof;
} decoder;

const char *input_name(const char *path) { return strcmp(path, "-") == 0 ? "standard input" : path; }

static int read_raw(input *in, char *bytes, size_t want, size_t *got, kith_error *err) {
    for (;;) {
        ssize_t n = read(in->fd, bytes, want > 1 << 30 ? 1 << 30 : want);
        if (n >= 0) {
            *got = (size_t)n;
            in->raw_read += (uint64_t)n;
            return KITH_OK;
        }
        if (errno == EINTR) continue;
        if (errno == EISDIR) return kith_fail(err, KITH_DATA, "%s: is a directory", in->name);
        return kith_fail(err, KITH_SYSTEM, "%s: cannot read: %s", in->name, strerror(errno));
    }
}

static int decoder_open(input *in, bool zstd, kith_error *err) {
    decoder *d = calloc(1, sizeof *d);
    if (!d) return kith_no_memory(err);
    in->decoder = d;
    d->zstd = zstd;
    d->between = true;
    if (zstd) {
        d->zs = ZSTD_createDStream();
        if (!d->zs) return kith_no_memory(err);
        ZSTD_initDStream(d->zs);
        d->zin = (ZSTD_inBuffer){d->raw, 0, 0};
    } else if (inflateInit2(&d->z, 15 + 16) != Z_OK) {
        return kith_no_memory(err);
    }
    memcpy(d->raw, in->head, in->head_n);
    if (zstd) d->zin.size = in->head_n;
    else d->z.next_in = (Bytef *)d->raw, d->z.avail_in = (uInt)in->head_n;
    in->head_n = 0;
    return KITH_OK;
}

int input_open(input *in, const char *path, uint64_t most, kith_error *err) {
    *in = (input){.name = input_name(path), .fd = STDIN_FILENO, .most = most};
    if (strcmp(path, "-") != 0) {
        do in->fd = open(path, O_RDONLY | O_CLOEXEC);
        while (in->fd < 0 && errno == EINTR);
        if (in->fd < 0)
            return kith_fail(err, errno == ENOENT || errno == ENOTDIR ? KITH_DATA : KITH_SYSTEM, "%s: %s", path,
                             errno == ENOENT ? "no such file" : strerror(errno));
        in->own = true;
    }
    struct stat st;
    int status = KITH_OK;
    if (fstat(in->fd, &st) != 0) status = kith_fail(err, KITH_SYSTEM, "%s: %s", in->name, strerror(errno));
    else if (S_ISDIR(st.st_mode)) status = kith_fail(err, KITH_DATA, "%s: is a directory", in->name);
    if (status == KITH_OK && !(in->head = malloc(HEAD))) status = kith_no_memory(err);
#ifdef F_SETPIPE_SZ
    if (status == KITH_OK && S_ISFIFO(st.st_mode)) fcntl(in->fd, F_SETPIPE_SZ, 1 << 18); /* a wish: who writes waits less often, and it fits the cache */
#endif
    bool regular = S_ISREG(st.st_mode) && st.st_size > 0 && lseek(in->fd, 0, SEEK_CUR) == 0;
    if (status == KITH_OK && regular && (posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL), true)) {
        ssize_t n;
        do n = pread(in->fd, in->head, HEAD, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0) status = kith_fail(err, KITH_SYSTEM, "%s: cannot read: %s", in->name, strerror(errno));
        bool packed = n >= 4 && (memcmp(in->head, "\x1f\x8b", 2) == 0 || memcmp(in->head, "\x28\xb5\x2f\xfd", 4) == 0);
        if (!packed) {
            in->seekable = true;
            in->size = (uint64_t)st.st_size;
        }
    }
    while (status == KITH_OK && !in->seekable && in->head_n < HEAD) {
        size_t got = 0;
        status = read_raw(in, in->head + in->head_n, HEAD - in->head_n, &got, err);
        if (!got) break;
        in->head_n += got;
    }
    if (status == KITH_OK && in->head_n >= 2 && memcmp(in->head, "\x1f\x8b", 2) == 0) status = decoder_open(in, false, err);
    else if (status == KITH_OK && in->head_n >= 4 && memcmp(in->head, "\x28\xb5\x2f\xfd", 4) == 0)
        status = decoder_open(in, true, err);
    if (status != KITH_OK) input_close(in);
    return status;
}

void input_close(input *in) {
    if (in->decoder) {
        if (in->decoder->zstd) ZSTD_freeDStream(in->decoder->zs);
        else inflateEnd(&in->decoder->z);
        free(in->decoder);
    }
    if (in->own) close(in->fd);
    free(in->head);
    *in = (input){.fd = -1};
}

/* Decoders: some decompressed bytes, 0 only at the end. */
static int read_gzip(input *in, char *bytes, size_t want, size_t *got, kith_error *err) {
    decoder *d = in->decoder;
    d->z.next_out = (Bytef *)bytes;
    d->z.avail_out = (uInt)(want > 1 << 30 ? 1 << 30 : want);
    uInt room = d->z.avail_out;
    while (d->z.avail_out == room) {
        if (!d->z.avail_in && !d->raw_eof) {
            size_t n = 0;
            KITH_TRY(read_raw(in, d->raw, RAW, &n, err));
            d->raw_eof = n == 0;
            d->z.next_in = (Bytef *)d->raw;
            d->z.avail_in = (uInt)n;
        }
        if (!d->z.avail_in && d->raw_eof) {
            if (!d->between) return kith_fail(err, KITH_DATA, "%s: the gzip data end too early (truncated)", in->name);
            break;
        }
        if (d->between) {
            if (d->z.next_in[0] == 0 && d->z.total_in) { /* zero padding behind the last member */
                d->z.avail_in--, d->z.next_in++;
                continue;
            }
            if (inflateReset(&d->z) != Z_OK) return kith_fail(err, KITH_DEFECT, "%s: zlib", in->name);
        }
        d->between = false;
        int z = inflate(&d->z, Z_NO_FLUSH);
        if (z == Z_STREAM_END) d->between = true;
        else if (z == Z_MEM_ERROR) return kith_no_memory(err);
        else if (z != Z_OK && z != Z_BUF_ERROR) {
            in->damaged = true;
            return kith_fail(err, KITH_DATA, "%s: the gzip data are damaged", in->name);
        }
    }
    *got = room - d->z.avail_out;
    return KITH_OK;
}

static int read_zstd(input *in, char *bytes, size_t want, size_t *got, kith_error *err) {
    decoder *d = in->decoder;
    ZSTD_outBuffer out = {bytes, want, 0};
    while (out.pos == 0) {
        if (d->zin.pos == d->zin.size && !d->raw_eof) {
            size_t n = 0;
            KITH_TRY(read_raw(in, d->raw, RAW, &n, err));
            d->raw_eof = n == 0;
            d->zin = (ZSTD_inBuffer){d->raw, n, 0};
        }
        bool starved = d->zin.pos == d->zin.size;
        if (starved && d->between) break;
        size_t z = ZSTD_decompressStream(d->zs, &out, &d->zin);
        if (ZSTD_isError(z)) {
            in->damaged = true;
            return kith_fail(err, KITH_DATA, "%s: the zstd data are damaged (%s)", in->name, ZSTD_getErrorName(z));
        }
        d->between = z == 0;
        if (starved && !out.pos && !d->between)
            return kith_fail(err, KITH_DATA, "%s: the zstd data end too early (truncated)", in->name);
    }
    *got = out.pos;
    return KITH_OK;
}

/* A few bytes that unpack to terabytes: data of tables shrink to a fifth or a tenth, of very dull ones to a hundredth. */
static int check_unpacked(const input *in, kith_error *err) {
    if (in->most ? in->given <= in->most : in->given <= UNPACKED_FREE || in->given / UNPACKED_TIMES <= in->raw_read) return KITH_OK;
    if (in->most) return kith_fail(err, KITH_DATA, "%s: more than %llu bytes when unpacked; --max-size allows more", in->name, (unsigned long long)in->most);
    return kith_fail(err, KITH_DATA, "%s: unpacks to more than %d times its size, past %llu MB; if it is meant to, --max-size 100G allows it", in->name,
                     UNPACKED_TIMES, (unsigned long long)(UNPACKED_FREE >> 20));
}

int input_read(input *in, char *bytes, size_t want, size_t *got, kith_error *err) {
    size_t have = 0;
    while (have < want && !in->eof && !in->failed) {
        size_t n = 0;
        if (in->head_at < in->head_n) {
            n = in->head_n - in->head_at < want - have ? in->head_n - in->head_at : want - have;
            memcpy(bytes + have, in->head + in->head_at, n);
            in->head_at += n;
            have += n;
            in->given += n;
            if (in->partial && memchr(bytes, '\n', have)) break;
            continue;
        }
        int status = !in->decoder        ? read_raw(in, bytes + have, want - have, &n, &in->failure)
                     : in->decoder->zstd ? read_zstd(in, bytes + have, want - have, &n, &in->failure)
                                         : read_gzip(in, bytes + have, want - have, &n, &in->failure);
        in->eof = status == KITH_OK && n == 0;
        have += n;
        in->given += n;
        if (status == KITH_OK && in->decoder) status = check_unpacked(in, &in->failure);
        in->failed = status;
        if (in->partial && n) break;
    }
    *got = have;
    if (!in->failed || (have && !in->damaged)) return KITH_OK;
    if (err) *err = in->failure;
    return in->failed;
}

int input_pread(input *in, char *bytes, size_t n, uint64_t at, kith_error *err) {
    while (n) {
        ssize_t got = pread(in->fd, bytes, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return kith_fail(err, KITH_SYSTEM, "%s: cannot read: %s", in->name, strerror(errno));
        if (got == 0) return kith_fail(err, KITH_SYSTEM, "%s: became shorter while it was read", in->name);
        bytes += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return KITH_OK;
}
