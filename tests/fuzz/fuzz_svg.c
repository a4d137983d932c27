/* Any table as a chart: whatever its names and cells hold, the SVG is well-formed and holds no element of theirs, and what goes to a
 * terminal holds no control. The first two bytes choose kind, axes and paper. */
#include "fuzz.h"

#include "grid.h"
#include "markup.h"

static void svg(const kith_chart *chart, double width, bool alone) {
    kith_buf out = {0};
    kith_chart_svg(&out, chart, width, "c1", alone);
    const char *fault = out.failed ? "no memory" : markup_fault((kith_str){out.p ? out.p : "", out.n}, false);
    if (fault) {
        fprintf(stderr, "fuzz_svg: %s\n%.*s\n", fault, (int)out.n, out.p ? out.p : "");
        abort();
    }
    kith_buf_free(&out);
}

static void plain(const kith_buf *out, bool color) {
    for (size_t i = 0; i < out->n; i++) {
        unsigned char c = (unsigned char)out->p[i];
        if ((c < 0x20 && c != '\n' && !(color && c == 0x1b)) || c == 0x7f) abort();
    }
    if (out->n && !kith_utf8_valid(out->p, out->n, false, NULL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 2) return 0;
    kith_arena *arena = kith_arena_new();
    kith_error err;
    kith_chart chart;
    if (!arena) abort();
    kith_grid grid = fuzz_grid(arena, bytes + 2, n - 2);
    kith_chart_spec spec = {.kind = (kith_chart_kind)(bytes[0] % KITH_CHART_KINDS), .log_x = bytes[0] & 16, .log_y = bytes[0] & 32, .bins = bytes[1] % 9};
    if (bytes[0] & 64) spec.title = spec.note = grid.names[0];
    if (bytes[0] & 128) spec.by = grid.names[grid.columns - 1];
    if (bytes[1] & 64) spec.x = grid.names[0];
    if (bytes[1] & 128) spec.y = grid.names[grid.columns / 2];
    kith_paper paper = {.width = bytes[1] % 150, .ascii = bytes[1] & 1, .color = bytes[1] & 2};
    if (kith_chart_make(arena, &grid, &spec, &chart, &err) == KITH_OK) {
        svg(&chart, 320, false);
        svg(&chart, 900, true);
        kith_buf text = {0};
        kith_chart_text(&text, &chart, paper);
        plain(&text, paper.color);
        kith_buf_free(&text);
    } else if (!err.text[0]) {
        abort();
    }
    kith_buf text = {0};
    kith_grid_text(&text, &grid, paper, (kith_grid_look){.exact = bytes[1] & 4, .first_number = bytes[1] & 8 ? 1 : 0, .more = bytes[0]});
    plain(&text, paper.color);
    kith_buf_free(&text);
    kith_arena_free(arena);
    return 0;
}
