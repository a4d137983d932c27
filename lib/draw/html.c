/* A page of HTML: one file, no script, no request.
 *
 * Each chart is drawn twice, narrow and wide, and the style shows the one that fits: a drawing that is merely scaled down
 * cannot be read on a phone. What hides is hidden from screen readers too. The content security policy allows the page's own
 * style and nothing else, so that even a fault in escaping could neither run nor fetch anything. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <stdio.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--faint:#5b6570;--rule:#dfe3e8;--paper:#fff;--wash:#f5f7f9;--link:#0b4f8a}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;"
    "overflow-wrap:break-word}"
    "header,main,footer{max-width:50rem;margin:0 auto;padding:0 1rem}header{padding-top:2.5rem}"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem;letter-spacing:-.01em}h2{font-size:1.25rem;line-height:1.3;margin:0 0 .25rem}"
    "p{margin:.25rem 0 1rem;max-width:42rem}a{color:var(--link)}nav ul{list-style:none;padding:0;margin:.5rem 0 0;columns:2 16rem}nav li{padding:.15rem 0}"
    "main>section{border-top:1px solid var(--rule);padding-top:1.5rem;margin-top:2rem}"
    "figure{margin:1rem 0 .75rem}figcaption{color:var(--faint);font-size:.9rem;margin-top:.5rem;max-width:42rem}"
    "svg.kith{display:block;max-width:100%;height:auto;overflow:visible}svg.wide{display:none}svg.narrow{width:100%;max-width:32rem}"
    "details{margin:.5rem 0}summary{cursor:pointer;color:var(--link);font-size:.9rem;padding:.35rem 0}"
    ".scroll{overflow-x:auto;max-height:32rem;overflow-y:auto;border:1px solid var(--rule);border-radius:4px}"
    "summary:focus-visible,.scroll:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}"
    "table{border-collapse:collapse;font-size:.875rem;width:100%}"
    "th,td{padding:.35rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);font-weight:400}"
    "thead th{position:sticky;top:0;background:var(--wash);font-weight:600;white-space:nowrap}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tbody tr:last-child>*{border-bottom:0}"
    "footer{margin-top:3rem;padding-bottom:3rem;color:var(--faint);font-size:.85rem}footer h2{font-size:1rem}"
    "footer dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0}dt{font-weight:600}"
    "dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,'Liberation Mono',monospace;white-space:pre-wrap}"
    "@media (min-width:48rem){svg.narrow{display:none}svg.wide{display:block}}"
    "@media (max-width:30rem){footer dl{display:block}dd{margin-bottom:.5rem}h1{font-size:1.6rem}}";

static const char dark[] = ":root{--ink:#e8eaed;--faint:#a7b0ba;--rule:#343b43;--paper:#14171a;--wash:#1f2429;--link:#8fc1ee}";

static const char print[] =
    "@media print{:root{--ink:#000;--faint:#444;--rule:#bbb;--paper:#fff;--wash:#fff;--link:#000}body{font-size:10.5pt}"
    "header,main,footer{max-width:none;padding:0}nav{display:none}svg.narrow{display:none}svg.wide{display:block}"
    "figure,tr{break-inside:avoid}h2{break-after:avoid}.scroll{max-height:none;overflow:visible;border:0}"
    "details::details-content{content-visibility:visible;display:block;height:auto}summary{list-style:none}thead th{position:static;white-space:normal}table{font-size:7.5pt}th,td{padding:.2em .4em;overflow-wrap:break-word}thead th.n{white-space:normal;overflow-wrap:anywhere}"
    "footer{break-inside:avoid}}";

void kith_html_escape(kith_buf *out, kith_str text) {
    for (size_t at = 0, n; at < text.n; at += n) {
        uint32_t c = kith_utf8_next((kith_str){text.p + at, text.n - at}, &n);
        switch (c) {
        case '&': kith_buf_puts(out, "&amp;"); break;
        case '<': kith_buf_puts(out, "&lt;"); break;
        case '>': kith_buf_puts(out, "&gt;"); break;
        case '"': kith_buf_puts(out, "&quot;"); break;
        case '\'': kith_buf_puts(out, "&#39;"); break;
        default: {
            bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe ||
                           (c >= 0xfdd0 && c <= 0xfdef);
            bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
            if (c == '\r') kith_buf_putc(out, '\n');
            else kith_utf8_put(out, control || turns ? 0xfffd : c);
        }
        }
    }
}

static void element(kith_buf *out, const char *open, kith_str text, const char *close) {
    if (!text.n) return;
    kith_buf_puts(out, open);
    kith_html_escape(out, text);
    kith_buf_puts(out, close);
}

/* Numbers are shown rounded to six digits; what the table held stands beside them for programs (<data value>). */
static void put_cell(kith_buf *out, kith_str cell, bool number, kith_buf *scratch) {
    scratch->n = 0;
    if (number && cell.n) kith_grid_number(scratch, cell, false);
    kith_str shown = {scratch->p, scratch->n};
    if (!number || !cell.n || scratch->failed || kith_str_equal(shown, cell)) {
        kith_html_escape(out, cell);
        return;
    }
    kith_buf_puts(out, "<data value=\"");
    kith_html_escape(out, cell);
    kith_buf_puts(out, "\">");
    kith_html_escape(out, shown);
    kith_buf_puts(out, "</data>");
}

static void table(kith_buf *out, const kith_section *section, size_t number) {
    const kith_grid *grid = section->grid;
    kith_buf_printf(out, "<section class=\"scroll\" tabindex=\"0\" aria-label=\"Table %zu", number);
    element(out, ": ", section->heading, "");
    kith_buf_puts(out, "\">\n<table>\n<thead><tr>");
    bool *numbers = NULL;
    kith_buf flags = {0}, scratch = {0};
    if (kith_buf_reserve(&flags, (grid->columns + 1) * sizeof *numbers)) numbers = (bool *)(void *)flags.p;
    if (!numbers) {
        out->failed = true;
        return;
    }
    for (size_t c = 0; c < grid->columns; c++) {
        numbers[c] = kith_grid_is_number(grid, c);
        kith_buf_printf(out, "<th scope=\"col\"%s>", numbers[c] ? " class=\"n\"" : "");
        kith_html_escape(out, grid->names[c].n ? grid->names[c] : KITH_STR("(no name)"));
        kith_buf_puts(out, "</th>");
    }
    kith_buf_puts(out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < grid->rows; r++) {
        kith_buf_puts(out, "<tr>");
        for (size_t c = 0; c < grid->columns; c++) {
            bool head = c == 0 && !numbers[0] && kith_grid_cell(grid, r, c).n;
            kith_buf_puts(out, head ? "<th scope=\"row\">" : numbers[c] ? "<td class=\"n\">" : "<td>");
            put_cell(out, kith_grid_cell(grid, r, c), numbers[c], &scratch);
            kith_buf_puts(out, head ? "</th>" : "</td>");
        }
        kith_buf_puts(out, "</tr>\n");
    }
    kith_buf_puts(out, "</tbody>\n</table>\n</section>\n");
    if (section->more) {
        kith_buf_puts(out, "<p>");
        kith_people_number(out, (double)section->more, 15);
        kith_buf_printf(out, " more row%s not shown here.</p>\n", section->more == 1 ? "" : "s");
    }
    if (scratch.failed) out->failed = true;
    kith_buf_free(&scratch);
    kith_buf_free(&flags);
}

static void svg_of_class(kith_buf *out, const kith_chart *chart, double width, size_t number, const char *class) {
    char id[48];
    snprintf(id, sizeof id, "f%zu%c", number, *class);
    kith_buf svg = {0};
    kith_chart_svg(&svg, chart, width, id, false);
    static const char needle[] = "class=\"kith\"";
    size_t at = 0;
    while (at + sizeof needle - 1 <= svg.n && !kith_str_starts((kith_str){svg.p + at, svg.n - at}, needle)) at++;
    size_t before = at + sizeof "class=\"kith" - 1;
    if (svg.failed || before > svg.n) {
        out->failed = true;
    } else {
        kith_buf_put(out, svg.p, before);
        kith_buf_printf(out, " %s", class);
        kith_buf_put(out, svg.p + before, svg.n - before);
    }
    kith_buf_free(&svg);
}

static void put_section(kith_buf *out, const kith_section *section, size_t number) {
    kith_buf_printf(out, "<section id=\"s%zu\">\n", number);
    element(out, "<h2>", section->heading, "</h2>\n");
    element(out, "<p>", section->text, "</p>\n");
    if (section->chart) {
        kith_buf_puts(out, "<figure>\n");
        svg_of_class(out, section->chart, 760, number, "wide");
        svg_of_class(out, section->chart, 340, number, "narrow");
        kith_buf_puts(out, "<figcaption>");
        kith_html_escape(out, section->chart->summary);
        element(out, " ", section->chart->note, "");
        kith_buf_puts(out, "</figcaption>\n</figure>\n");
    }
    if (section->grid) {
        if (section->chart) kith_buf_printf(out, "<details><summary>The figures as a table (%zu rows)</summary>\n", section->grid->rows);
        table(out, section, number);
        if (section->chart) kith_buf_puts(out, "</details>\n");
    }
    kith_buf_puts(out, "</section>\n");
}

static void contents(kith_buf *out, const kith_page *page) {
    size_t headings = 0;
    for (size_t i = 0; i < page->sections; i++) headings += page->section[i].heading.n > 0;
    if (headings < 4) return;
    kith_buf_puts(out, "<nav aria-label=\"Contents\"><ul>\n");
    for (size_t i = 0; i < page->sections; i++) {
        if (!page->section[i].heading.n) continue;
        kith_buf_printf(out, "<li><a href=\"#s%zu\">", i + 1);
        kith_html_escape(out, page->section[i].heading);
        kith_buf_puts(out, "</a></li>\n");
    }
    kith_buf_puts(out, "</ul></nav>\n");
}

void kith_page_html(kith_buf *out, const kith_page *page) {
    kith_str title = page->title.n ? page->title : KITH_STR("Report");
    kith_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"");
    kith_html_escape(out, page->language.n ? page->language : KITH_STR("en"));
    kith_buf_puts(out, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    kith_html_escape(out, title);
    kith_buf_puts(out, "</title>\n<style>");
    kith_buf_printf(out, "%s%s@media screen and (prefers-color-scheme:dark){%s%s}%s", style, kith_svg_style, dark, kith_svg_dark, print);
    kith_buf_puts(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    kith_html_escape(out, title);
    kith_buf_puts(out, "</h1>\n");
    element(out, "<p>", page->intro, "</p>\n");
    contents(out, page);
    kith_buf_puts(out, "</header>\n<main>\n");
    for (size_t i = 0; i < page->sections; i++) put_section(out, &page->section[i], i + 1);
    if (!page->sections) kith_buf_puts(out, "<p>There is nothing to show.</p>\n");
    kith_buf_puts(out, "</main>\n<footer>\n<h2>Where this comes from</h2>\n<dl>\n");
    for (size_t i = 0; i < page->sources; i++) {
        element(out, "<dt>", page->source[i].name, "</dt>");
        element(out, "<dd>", page->source[i].value, "</dd>\n");
    }
    kith_buf_puts(out, "</dl>\n</footer>\n</body>\n</html>\n");
}
