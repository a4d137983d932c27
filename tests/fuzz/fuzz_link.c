/* Any bytes as a link spec, a link model, labels and judged links: refused, or a model that can be written and read again, whatever it says. */
#include "fuzz.h"

#include <kith/link.h>

#include <math.h>
#include <string.h>

static const char rows[] = "1,Ann,Lee,ann@example.org\n2,Anne,Lee,\n3,,,x\n";

static void written(const kith_link_model *model, kith_arena *arena, bool whole) {
    char path[80];
    kith_error err;
    kith_model *out;
    kith_sink *sink;
    kith_buf text = {0};
    kith_link_model *again = kith_arena_zalloc(arena, sizeof *again);
    snprintf(path, sizeof path, "/tmp/kith-fuzz-%ld.model", (long)getpid());
    if (!again || kith_model_new(arena, "dedupe", 1, &out, &err) != KITH_OK || kith_link_model_put(model, out, &err) != KITH_OK) abort();
    if (kith_sink_open(&sink, path, &err) != KITH_OK || kith_model_text(out, &text, &err) != KITH_OK || kith_sink_buf(sink, &text, &err) != KITH_OK) abort();
    if (kith_sink_close(sink, &err) != KITH_OK) abort();
    kith_buf_free(&text);
    if (whole && kith_link_model_read(path, arena, again, &err) != KITH_OK) {
        fprintf(stderr, "fuzz_link: %s\n", err.text);
        abort();
    }
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *path = fuzz_file(bytes, n);
    kith_arena *arena = kith_arena_new();
    kith_error err = {0};
    kith_link_model *model = arena ? kith_arena_zalloc(arena, sizeof *model) : NULL;
    if (!model) abort();
    if (kith_link_spec_read(path, arena, model, &err) == KITH_OK) written(model, arena, false);
    memset(model, 0, sizeof *model);
    if (kith_link_model_read(path, arena, model, &err) == KITH_OK) {
        double bits[KITH_LINK_FIELDS + 1];
        for (uint64_t pattern = 0; pattern < 64; pattern++) {
            (void)kith_link_waterfall(model, pattern * UINT64_C(0x0123456789abcdef), bits);
            (void)kith_link_ruled(model, pattern * UINT64_C(0x0123456789abcdef));
        }
        written(model, arena, true);
    }
    memset(model, 0, sizeof *model);
    kith_str names[] = {KITH_STR("id"), KITH_STR("given"), KITH_STR("surname"), KITH_STR("email")};
    kith_header header = {.n = 4, .names = names, .delimiter = ','};
    kith_link_store store;
    kith_link_label *labels;
    size_t n_labels;
    kith_batch batch = fuzz_batch(arena, rows, 4);
    if (kith_link_model_names(model, "id", NULL, &err) != KITH_OK || kith_link_store_init(&store, &header, &err) != KITH_OK || kith_link_store_add(&store, &batch, &err) != KITH_OK) abort();
    if (kith_link_labels_read(path, &store, model, arena, &labels, &n_labels, &err) == KITH_OK)
        for (size_t i = 0; i < n_labels; i++)
            if (labels[i].i >= 3 || labels[i].j >= 3) abort();
    kith_str ids[] = {KITH_STR("1"), KITH_STR("2"), KITH_STR("3")};
    uint32_t truth[] = {0, 0, 1};
    kith_buf out = {0};
    double best;
    if (kith_link_judge_links(path, ids, truth, 3, ',', true, &out, &best, &err) == KITH_OK && isinf(best)) abort();
    (void)kith_link_judge_hand(path, path, 3, ',', true, &out, &err);
    kith_buf_free(&out);
    kith_link_store_free(&store);
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
