/* A small program on libkith: what each channel took, from any number of CSV files.
 *
 *     cc spent.c $(pkg-config --cflags --libs --static kith) -o spent && ./spent orders.csv */
#include <kith/hashtable.h>
#include <kith/table.h>

#include <stdio.h>

typedef struct tally {
    uint32_t channel, amount;
    kith_hashtable channels;
    double money[1024]; /* of a channel, added in the order of the rows; lib/fold's kith/sums.h adds exactly */
} tally;

/* Called for one batch after the other, in order. */
static int add(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    tally *t = ctx;
    (void)worker;
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_key key;
        uint32_t entry;
        double amount;
        uint64_t hash = kith_key_of(kith_text(b, i, t->channel), &key);
        KITH_TRY(kith_hashtable_put(&t->channels, &key, &hash, 1, &entry, err));
        if (entry >= 1024) return kith_fail(err, KITH_DATA, "more than a thousand channels");
        switch (kith_cell_double(b, i, t->amount, &amount)) {
        case KITH_CELL_VALUE: t->money[entry] += amount; break;
        case KITH_CELL_MISSING: break;
        case KITH_CELL_BAD: KITH_TRY(kith_bad_row(b, i, t->amount, "not_a_number", "not a number", out, err));
        }
    }
    return KITH_OK;
}

static int run(const char *const *files, size_t n, tally *t, kith_error *err) {
    kith_source *source;
    kith_source_options options = {.files = files, .n_files = n};
    kith_scan scan = {.commit = add, .ctx = t};
    KITH_TRY(kith_hashtable_init(&t->channels, err));
    KITH_TRY(kith_source_open(&source, &options, err));
    int status = kith_column(kith_source_header(source), "channel", &t->channel, err);
    if (status == KITH_OK) status = kith_column(kith_source_header(source), "amount", &t->amount, err);
    if (status == KITH_OK) status = kith_source_scan(source, &scan, err);
    kith_source_close(source);
    return status;
}

int main(int argc, char **argv) {
    static tally t;
    kith_error err = {0};
    int status = run((const char *const *)argv + 1, (size_t)argc - 1, &t, &err);
    if (status != KITH_OK) fprintf(stderr, "spent: %s\n", err.text);
    for (uint32_t i = 0; status == KITH_OK && i < t.channels.n; i++) {
        kith_str name = kith_hashtable_key(&t.channels, i);
        printf("%.*s\t%.2f\n", KITH_STR_FMT(name), t.money[i]);
    }
    kith_hashtable_free(&t.channels);
    return status;
}
