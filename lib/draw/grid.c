/* Aligned tables for a terminal.
 *
 * Widths: every column would like its widest cell. Where the sum is too wide, the widest text columns are cut down together
 * to a common width (not below 8), which hurts the fewest cells; where even that is too wide, columns are left out from the
 * right and a last line names them. Numbers are never cut: a cut number is another number. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool kith_grid_is_number(const kith_grid *grid, size_t column) {
    size_t seen = 0;
    double value;
    for (size_t row = 0; row < grid->rows; row++) {
        kith_str cell = kith_grid_cell(grid, row, column);
        if (!cell.n) continue;
        if (!kith_parse_double(cell, &value)) return false;
        seen++;
    }
    return seen > 0;
}

size_t kith_grid_find(const kith_grid *grid, const char *name) {
    for (size_t c = 0; c < grid->columns; c++)
        if (kith_str_is(grid->names[c], name)) return c;
    return SIZE_MAX;
}

typedef struct column {
    bool number;
    size_t width, whole; /* columns given; for numbers, the part before the point */
} column;

/* Writes a cell's number as tables show it; returns the length of the part before the point. */
size_t kith_grid_number(kith_buf *out, kith_str cell, bool exact) {
    double value;
    size_t start = out->n;
    bool plain = !exact && cell.n > 7 && memchr(cell.p, '.', cell.n) && kith_parse_double(cell, &value);
    if (!plain) {
        kith_buf_str(out, cell);
    } else {
        double size = fabs(value);
        char text[64];
        int decimals = size == 0 ? 0 : 5 - (int)floor(log10(size));
        if (size != 0 && (size < 1e-4 || size >= 1e15)) snprintf(text, sizeof text, "%.6g", value);
        else snprintf(text, sizeof text, "%.*f", decimals < 2 ? 2 : decimals, value);
        char *end = text + strlen(text);
        if (!strpbrk(text, "e") && strchr(text, '.')) {
            while (end[-1] == '0') end--;
            if (end[-1] == '.') end--;
        }
        kith_buf_put(out, text, (size_t)(end - text));
    }
    const char *point = out->n > start ? memchr(out->p + start, '.', out->n - start) : NULL;
    return point ? (size_t)(point - (out->p + start)) : out->n - start;
}

static void measure(column *c, const kith_grid *grid, size_t index, bool exact, kith_buf *scratch) {
    size_t fraction = 0;
    c->number = kith_grid_is_number(grid, index);
    c->width = kith_text_width(grid->names[index]);
    for (size_t row = 0; row < grid->rows; row++) {
        kith_str cell = kith_grid_cell(grid, row, index);
        size_t width;
        if (c->number) {
            scratch->n = 0;
            size_t whole = kith_grid_number(scratch, cell, exact);
            if (whole > c->whole) c->whole = whole;
            if (scratch->n - whole > fraction) fraction = scratch->n - whole;
            width = c->whole + fraction;
        } else {
            width = kith_text_width(cell);
        }
        if (width > c->width) c->width = width;
    }
    if (c->number && c->whole + fraction < c->width) c->whole = c->width - fraction;
}

/* Cuts the text columns to a common width so that all fits; returns how many columns fit. */
static size_t fit(column *columns, size_t n, size_t width, size_t margin, size_t gap) {
    enum { LEAST = 8 };
    for (size_t cap = SIZE_MAX;;) {
        size_t total = margin, widest = 0;
        for (size_t i = 0; i < n; i++) {
            if (!columns[i].number && columns[i].width > cap) columns[i].width = cap;
            if (!columns[i].number && columns[i].width > widest) widest = columns[i].width;
            total += columns[i].width + (i ? gap : 0);
        }
        if (total <= width) return n;
        if (widest <= LEAST) break;
        size_t wide = 0, next = LEAST;
        for (size_t i = 0; i < n; i++) {
            if (columns[i].number) continue;
            if (columns[i].width == widest) wide++;
            else if (columns[i].width > next) next = columns[i].width;
        }
        size_t over = (total - width + wide - 1) / wide;
        cap = widest - next < over ? next : widest - over;
    }
    size_t total = margin, i = 0;
    for (; i < n; i++) {
        total += columns[i].width + (i ? gap : 0);
        if (total > width && i) break;
    }
    return i;
}

static void put_rule(kith_buf *out, const column *columns, size_t shown, size_t margin, kith_paper paper) {
    const char *piece = paper.ascii ? "-" : "─";
    kith_paint(out, paper, KITH_INK_FAINT);
    for (size_t i = 0; i < margin; i++) kith_buf_putc(out, ' ');
    for (size_t i = 0; i < shown; i++) {
        if (i) kith_buf_puts(out, "  ");
        for (size_t k = 0; k < columns[i].width; k++) kith_buf_puts(out, piece);
    }
    kith_paint(out, paper, KITH_INK_NONE);
    kith_buf_putc(out, '\n');
}

static void trim_line(kith_buf *out) {
    while (out->n && out->p[out->n - 1] == ' ') out->n--;
    kith_buf_putc(out, '\n');
}

static void put_rows(kith_buf *out, const kith_grid *grid, const column *columns, size_t shown, size_t margin, kith_paper paper,
                     kith_grid_look look, kith_buf *scratch) {
    for (size_t row = 0; row < grid->rows; row++) {
        if (margin) {
            kith_paint(out, paper, KITH_INK_FAINT);
            kith_buf_printf(out, "%*llu  ", (int)margin - 2, (unsigned long long)(look.first_number + row));
            kith_paint(out, paper, KITH_INK_NONE);
        }
        for (size_t i = 0; i < shown; i++) {
            if (i) kith_buf_puts(out, "  ");
            kith_str cell = kith_grid_cell(grid, row, i);
            if (!columns[i].number) {
                kith_text_put(out, cell, columns[i].width, KITH_LEFT, paper.ascii);
                continue;
            }
            scratch->n = 0;
            size_t whole = kith_grid_number(scratch, cell, look.exact);
            size_t pad = columns[i].whole > whole ? columns[i].whole - whole : 0;
            for (size_t k = 0; k < pad; k++) kith_buf_putc(out, ' ');
            kith_buf_put(out, scratch->p, scratch->n);
            for (size_t k = pad + scratch->n; k < columns[i].width; k++) kith_buf_putc(out, ' ');
        }
        trim_line(out);
    }
}

void kith_grid_text(kith_buf *out, const kith_grid *grid, kith_paper paper, kith_grid_look look) {
    size_t width = paper.width ? paper.width : 80, margin = 0;
    if (!grid->columns) return;
    column *columns = calloc(grid->columns, sizeof *columns);
    kith_buf scratch = {0};
    if (!columns) {
        out->failed = true;
        return;
    }
    if (look.first_number) margin = (size_t)snprintf(NULL, 0, "%llu", (unsigned long long)(look.first_number + grid->rows)) + 2;
    for (size_t i = 0; i < grid->columns; i++) measure(&columns[i], grid, i, look.exact, &scratch);
    size_t shown = fit(columns, grid->columns, width, margin, 2);
    if (shown == 1 && columns[0].width + margin > width && width > margin && !columns[0].number) columns[0].width = width - margin;
    for (size_t i = 0; i < margin; i++) kith_buf_putc(out, ' ');
    kith_paint(out, paper, KITH_INK_STRONG);
    for (size_t i = 0; i < shown; i++) {
        if (i) kith_buf_puts(out, "  ");
        kith_text_put(out, grid->names[i], columns[i].width, columns[i].number ? KITH_RIGHT : KITH_LEFT, paper.ascii);
    }
    kith_paint(out, paper, KITH_INK_NONE);
    trim_line(out);
    put_rule(out, columns, shown, margin, paper);
    put_rows(out, grid, columns, shown, margin, paper, look, &scratch);
    if (look.more) {
        kith_buf_puts(out, paper.ascii ? ".. " : "… ");
        kith_people_number(out, (double)look.more, 15);
        kith_buf_puts(out, look.more == 1 ? " more row\n" : " more rows\n");
    }
    if (shown < grid->columns) {
        kith_buf names = {0};
        kith_buf_printf(&names, "%s%zu more column%s: ", paper.ascii ? ".. " : "… ", grid->columns - shown,
                        grid->columns - shown == 1 ? "" : "s");
        for (size_t i = shown; i < grid->columns; i++) {
            kith_buf_puts(&names, i > shown ? ", " : "");
            kith_text_clean(&names, grid->names[i]);
        }
        if (names.failed) out->failed = true;
        else kith_text_put(out, (kith_str){names.p, names.n}, width, KITH_LEFT, paper.ascii);
        trim_line(out);
        kith_buf_free(&names);
    }
    if (scratch.failed) out->failed = true;
    kith_buf_free(&scratch);
    free(columns);
}

static size_t column_named(const kith_grid *grid, const char *name) {
    size_t c = 0;
    while (c < grid->columns && !kith_str_is(grid->names[c], name)) c++;
    return c;
}

kith_str kith_grid_caveat(const kith_grid *grid) {
    size_t basis = column_named(grid, "basis");
    if (basis == grid->columns || column_named(grid, "promise") == grid->columns || column_named(grid, "gap") == grid->columns) return (kith_str){"", 0};
    for (size_t r = 0; r < grid->rows; r++) {
        kith_str of = kith_grid_cell(grid, r, basis);
        if (kith_str_is(of, "elsewhere"))
            return KITH_STR("Nobody checked these texts by hand. How often they are misread was taken from public posts about other brands, so a true gap may lie "
                            "outside of its interval.");
        if (kith_str_is(of, "reference"))
            return KITH_STR("Nobody checked these texts by hand. How often they are misread was taken from checked texts about other brands: the intervals hold as "
                            "far as people write alike of both.");
    }
    return (kith_str){"", 0};
}
