/* Any table as a page: whatever titles, names and cells hold, the HTML is well-formed and holds no element of theirs. */
#include "fuzz.h"

#include "grid.h"
#include "markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 1) return 0;
    kith_arena *arena = kith_arena_new();
    kith_error err;
    kith_chart chart;
    if (!arena) abort();
    kith_grid grid = fuzz_grid(arena, bytes + 1, n - 1);
    kith_chart_spec spec = {.title = grid.names[0]};
    bool drawn = kith_chart_fits(&grid) && kith_chart_make(arena, &grid, &spec, &chart, &err) == KITH_OK;
    kith_str last = grid.rows ? kith_grid_cell(&grid, grid.rows - 1, grid.columns - 1) : grid.names[grid.columns - 1];
    kith_section sections[] = {{.heading = grid.names[0], .text = last, .grid = &grid, .chart = drawn ? &chart : NULL, .more = bytes[0] & 1 ? 12345 : 0},
                               {.heading = last, .grid = &grid}};
    kith_provenance source = {grid.names[grid.columns / 2], last};
    kith_page page = {.title = last, .intro = grid.names[0], .language = bytes[0] & 2 ? last : (kith_str){NULL, 0}, .sections = 1 + (bytes[0] & 4) / 4,
                      .sources = 1, .section = sections, .source = &source};
    kith_buf out = {0};
    kith_page_html(&out, &page);
    const char *fault = out.failed ? "no memory" : markup_fault((kith_str){out.p ? out.p : "", out.n}, true);
    if (fault) {
        fprintf(stderr, "fuzz_html: %s\n%.*s\n", fault, (int)out.n, out.p ? out.p : "");
        abort();
    }
    kith_buf_free(&out);
    kith_arena_free(arena);
    return 0;
}
