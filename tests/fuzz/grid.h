/* Bytes as a small table of hostile text: cells end at , and lines at LF, with no quoting, so that any byte can stand in a cell. */
#ifndef KITH_TESTS_FUZZ_GRID_H
#define KITH_TESTS_FUZZ_GRID_H

#include <kith/draw.h>
#include <kith/messy.h>

#include <stdlib.h>
#include <string.h>

enum { GRID_COLUMNS = 12, GRID_ROWS = 200 };

static inline kith_grid fuzz_grid(kith_arena *arena, const uint8_t *bytes, size_t n) {
    kith_str *cells = kith_arena_zalloc(arena, sizeof *cells * GRID_COLUMNS * (GRID_ROWS + 1));
    kith_grid grid = {0};
    if (!cells) abort();
    size_t row = 0, column = 0, start = 0;
    for (size_t i = 0; i <= n && row <= GRID_ROWS; i++) {
        if (i < n && bytes[i] != ',' && bytes[i] != '\n') continue;
        if (column < GRID_COLUMNS) cells[row * GRID_COLUMNS + column++] = (kith_str){(const char *)bytes + start, i - start};
        if (row == 0) grid.columns = column;
        if (i == n || bytes[i] == '\n') row++, column = 0;
        start = i + 1;
    }
    kith_str *tight = kith_arena_zalloc(arena, sizeof *tight * grid.columns * (row + 1));
    if (!tight) abort();
    for (size_t r = 0; r < row; r++) memcpy(tight + r * grid.columns, cells + r * GRID_COLUMNS, grid.columns * sizeof *tight);
    for (size_t k = 0; k < row * grid.columns; k++)
        if (!tight[k].p) tight[k].p = "";
    grid.names = tight;
    grid.cells = tight + grid.columns;
    grid.rows = row - 1;
    return grid;
}

#endif
