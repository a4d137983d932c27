/* kith/draw.h: what people look at: aligned tables, pictures for a terminal, SVG, and a page of HTML.
 *
 * Everything here is a pure function from a grid of text, or a chart made from one, to bytes in a kith_buf: nothing is
 * printed, nothing is read but the arguments. Data are hostile: terminal escapes and other controls are taken out of what
 * goes to a terminal, and everything from data is escaped in SVG and HTML. Out of memory shows as `failed` of the buffer. */
#ifndef KITH_DRAW_H
#define KITH_DRAW_H

#include <kith/table.h>

/* ---- text on a terminal ------------------------------------------------------------------------------------- */

/* The next character of UTF-8 text: its code point (U+FFFD for a byte that is not UTF-8) and, in *n, its bytes (≥ 1). */
uint32_t kith_utf8_next(kith_str text, size_t *n);
void kith_utf8_put(kith_buf *out, uint32_t code);

/* Columns the text takes on a terminal once cleaned (see kith_text_put): East Asian wide characters and emoji two, combining
 * marks none. Widths are those of the Unicode Character Database (UAX 11). */
size_t kith_text_width(kith_str text);

typedef enum kith_align { KITH_LEFT, KITH_RIGHT, KITH_CENTRE } kith_align;

/* Puts the text in exactly `width` columns: cut with … (".." in ASCII) where it is too long, padded with blanks where it is
 * short. Cleaned first: escape sequences, controls and marks that change the direction of text are left out, line ends and
 * tabs become a blank, bytes that are not UTF-8 become U+FFFD. */
void kith_text_put(kith_buf *out, kith_str text, size_t width, kith_align align, bool ascii);
void kith_text_clean(kith_buf *out, kith_str text);

/* ---- tables of text ------------------------------------------------------------------------------------------ */

/* A table of text: borrowed names and cells, row after row. An empty cell is a missing value. */
typedef struct kith_grid {
    size_t rows, columns;
    const kith_str *names; /* columns of them */
    const kith_str *cells; /* rows × columns */
} kith_grid;

static inline kith_str kith_grid_cell(const kith_grid *grid, size_t row, size_t column) {
    return grid->cells[row * grid->columns + column];
}
bool kith_grid_is_number(const kith_grid *grid, size_t column); /* at least one value, and all of them numbers */
size_t kith_grid_find(const kith_grid *grid, const char *name); /* the column of that name, or SIZE_MAX */

/* Collects the rows of a scan into a grid: give kith_collect_commit to a kith_scan, without a visit, with the collection
 * as its ctx. Keeps the first `most` rows, or with `last` the last ones (0: all); counts the others. Cells are copied into
 * the arena. `columns` (may be NULL: all) chooses columns. */
typedef struct kith_collection {
    kith_arena *arena;
    const kith_selection *columns;
    uint64_t most;
    bool last;
    uint64_t rows; /* seen */
    kith_grid grid; /* once kith_collect_end was called */
    kith_str *cells;
    size_t room;
} kith_collection;

int kith_collect_begin(kith_collection *c, const kith_header *header, kith_error *err);
int kith_collect_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
void kith_collect_end(kith_collection *c);

/* The paper that a terminal is. */
typedef struct kith_paper {
    size_t width; /* columns; 0 means 80 */
    bool ascii;   /* no character outside ASCII of our own */
    bool color;   /* ANSI colours */
} kith_paper;

/* An aligned table within the paper's width: numbers to the right with their points under each other, rounded to six
 * significant digits unless `exact`; wide text columns give way first, then columns are left out from the right, and a last
 * line says which. `more` rows that are not in the grid are announced (0: none). `numbers` holds the row number of the
 * first row to number the rows, or 0. */
typedef struct kith_grid_look {
    bool exact;
    uint64_t first_number;
    uint64_t more;
} kith_grid_look;
void kith_grid_text(kith_buf *out, const kith_grid *grid, kith_paper paper, kith_grid_look look);

/* ---- numbers and ticks for people ------------------------------------------------------------------------------ */

/* 1,234,567 · 0.0123 · 12.4M: `digits` significant digits, thousands apart by commas, trailing zeros of a fraction dropped. */
void kith_people_number(kith_buf *out, double value, int digits);

enum { KITH_TICKS_MAX = 24 };
typedef enum kith_scale { KITH_LINEAR, KITH_LOG, KITH_TIME, KITH_PERCENT } kith_scale;
typedef struct kith_ticks {
    size_t n;
    double low, high;             /* the range, widened to the outer ticks where that is asked for */
    double at[KITH_TICKS_MAX];
    char text[KITH_TICKS_MAX][24];
} kith_ticks;
/* About `want` ticks over [low, high] at 1, 2 or 5 times a power of ten (logarithmic scales: powers of ten, with 2 and 5
 * where there are few; time, in microseconds since 1970: calendar steps from a second to centuries). `widen`: the range is
 * widened to whole steps. Where low = high the range is opened around it. */
void kith_ticks_make(kith_ticks *ticks, double low, double high, size_t want, kith_scale scale, bool widen);

/* ---- charts -------------------------------------------------------------------------------------------------- */

typedef enum kith_chart_kind {
    KITH_CHART_AUTO,
    KITH_CHART_HISTOGRAM,
    KITH_CHART_BARS,
    KITH_CHART_LINE,
    KITH_CHART_STEP,
    KITH_CHART_DOTS, /* with intervals */
    KITH_CHART_HEAT,
    KITH_CHART_FUNNEL,
    KITH_CHART_KINDS
} kith_chart_kind;
#define KITH_CHART_CHOICES "auto|histogram|bars|line|step|dots|heat|funnel" /* in the order above */
extern const char *const kith_chart_names[KITH_CHART_KINDS]; /* "auto", "histogram", "bars" … */

/* What the user said; empty strings and zeros are chosen from the table: a table as `funnel`, `retention`, `survival`,
 * `experiment`, `attribution` and their like print it is known by its columns' names, any other by their contents. */
typedef struct kith_chart_spec {
    kith_chart_kind kind;
    kith_str title, note;
    kith_str x, y, by, low, high; /* columns; y may name several, separated by commas, which are then the series */
    bool log_x, log_y;
    size_t bins;                  /* of a histogram; 0: by Freedman & Diaconis (1981), at most 60 */
} kith_chart_spec;

typedef struct kith_point {
    size_t group, series, panel; /* into labels, series_names and panel_names */
    double x, y, low, high;  /* low and high NaN where there is no interval */
} kith_point;

typedef struct kith_chart { /* everything in it is owned by the arena it was made in */
    kith_chart_kind kind;
    kith_str title, note, x_name, y_name, by_name;
    size_t groups, series, points;
    size_t panels;           /* pictures of rows one below the other, each with its own scale; 0: one, without a name */
    const kith_str *labels, *series_names, *panel_names;
    const kith_point *point;
    kith_scale x_scale, y_scale;
    bool intervals;
    size_t left_out;         /* rows without a usable number */
    kith_str summary;        /* a sentence or two that say what the picture shows */
    const char *why;         /* how the kind was chosen */
} kith_chart;

/* A chart of a table. KITH_DATA where a column named is not there, where nothing can be drawn (no row, no number), or where a
 * logarithmic axis meets no positive value. */
int kith_chart_make(kith_arena *arena, const kith_grid *grid, const kith_chart_spec *spec, kith_chart *chart, kith_error *err);
bool kith_chart_fits(const kith_grid *grid); /* whether KITH_CHART_AUTO finds something worth drawing */

void kith_chart_text(kith_buf *out, const kith_chart *chart, kith_paper paper);

/* SVG `width` units wide, with <title> and <desc>, colours that keep apart without colour vision and in grey. `id` is a
 * prefix for the ids inside (letters, digits and -). `alone`: a file of its own, with its style; otherwise the piece that
 * stands in a page. */
void kith_chart_svg(kith_buf *out, const kith_chart *chart, double width, const char *id, bool alone);

/* ---- a page -------------------------------------------------------------------------------------------------- */

typedef struct kith_section {
    kith_str heading, text;  /* either may be empty */
    const kith_grid *grid;
    const kith_chart *chart; /* or NULL: the table alone */
    uint64_t more;           /* rows of the table that are not in the grid */
    kith_str caveat;         /* what must be known to read the figures; may be empty */
} kith_section;

/* What the reader of a table must know and its figures do not say, in a sentence or two; empty where there is nothing: gaps (promise, gap,
 * basis) whose intervals rest on no label of these mentions. */
kith_str kith_grid_caveat(const kith_grid *grid);

typedef struct kith_provenance { /* a line of the provenance at the foot */
    kith_str name, value;
} kith_provenance;

typedef struct kith_page {
    kith_str title, intro, language; /* language: "en" where empty */
    size_t sections, sources;
    const kith_section *section;
    const kith_provenance *source;
} kith_page;

/* One file of HTML without script and without any request: inline SVG (a narrow and a wide drawing of each chart), a table
 * under each, a content security policy that names its style by its digest, styles for light, dark, print and phone. */
void kith_page_html(kith_buf *out, const kith_page *page);

/* Escapes for text and attribute values of HTML and XML; controls that XML forbids and bytes that are not UTF-8 become
 * U+FFFD. */
void kith_html_escape(kith_buf *out, kith_str text);

#endif
