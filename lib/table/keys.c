/* Keys of batches: see kith/keys.h. */
#include <kith/keys.h>

#include <stdlib.h>

void kith_keys_free(kith_keys *k) {
    free(k->keys);
    free(k->hashes);
    free(k->missing);
    free(k->gaps);
    free(k->entries);
    kith_buf_free(&k->bytes);
    *k = (kith_keys){0};
}

static int make_room(kith_keys *k, uint32_t n, kith_error *err) {
    if (n <= k->room) return KITH_OK;
    kith_keys_free(k);
    k->keys = malloc(n * sizeof *k->keys);
    k->hashes = malloc(n * sizeof *k->hashes);
    k->missing = malloc(n * sizeof *k->missing);
    k->gaps = malloc(n * sizeof *k->gaps);
    k->entries = malloc(n * sizeof *k->entries);
    if (!k->keys || !k->hashes || !k->missing || !k->gaps || !k->entries) return kith_no_memory(err);
    k->room = n;
    return KITH_OK;
}

static int one_column(kith_keys *k, const kith_batch *b, uint32_t column, kith_error *err) {
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str t = kith_text(b, i, column);
        if (!t.p && t.n) return kith_no_memory(err);
        k->hashes[i] = kith_key_of(t, &k->keys[i]);
        k->missing[i] = k->gaps[i] = t.n == 0;
    }
    return KITH_OK;
}

/* Rows' texts are appended to k->bytes; their lengths stand in k->entries until all are there and no more will move. */
static int gathered(kith_keys *k, const kith_batch *b, const uint32_t *columns, size_t n, kith_error *err) {
    k->bytes.n = 0;
    for (uint32_t i = 0; i < b->rows; i++) {
        size_t from = k->bytes.n;
        bool missing = true, gaps = false;
        if (n) {
            for (size_t j = 0; j < n; j++) {
                kith_str t = kith_text(b, i, columns[j]);
                if (!t.p && t.n) return kith_no_memory(err);
                missing &= t.n == 0;
                gaps |= t.n == 0;
                kith_key_join(&k->bytes, t, j == 0);
            }
        } else {
            kith_row_writer w = kith_row_begin(&k->bytes, b->delimiter);
            for (uint32_t j = 0; j < b->cols; j++) {
                kith_str t = kith_text(b, i, j);
                if (!t.p && t.n) return kith_no_memory(err);
                kith_put_text(&w, t);
            }
            missing = false;
        }
        k->missing[i] = missing;
        k->gaps[i] = gaps;
        k->entries[i] = (uint32_t)(k->bytes.n - from);
    }
    if (k->bytes.failed) return kith_no_memory(err);
    const char *p = k->bytes.p;
    for (uint32_t i = 0; i < b->rows; i++) {
        k->hashes[i] = kith_key_of((kith_str){p ? p : "", k->entries[i]}, &k->keys[i]);
        p += k->entries[i];
    }
    return KITH_OK;
}

int kith_keys_of(kith_keys *k, const kith_batch *b, const uint32_t *columns, size_t n, kith_error *err) {
    KITH_TRY(make_room(k, b->rows, err));
    if (n == 1) return one_column(k, b, columns[0], err);
    if (n > 1 || b->quoted) return gathered(k, b, columns, n, err);
    for (uint32_t i = 0; i < b->rows; i++) {
        k->hashes[i] = kith_key_of(kith_row(b, i), &k->keys[i]);
        k->missing[i] = k->gaps[i] = false;
    }
    return KITH_OK;
}
