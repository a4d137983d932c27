/* A page of HTML: one file, no script, no request.
 *
 * Each chart is drawn twice, narrow and wide, and the style shows the one that fits: a drawing that is merely scaled down
 * cannot be read on a phone. What hides is hidden from screen readers too. The content security policy names the digest of
 * the page's one style and allows nothing else, so that even a fault in escaping could neither run, style nor fetch anything.
 *
 * Numbers of a column stand under each other by their points: what a shorter fraction lacks is there, invisible. */
#include <kith/draw.h>
#include <kith/secret.h>

#include "draw_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { PRINTED_ROWS = 50 };

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--faint:#59636e;--rule:#dfe3e8;--paper:#fff;--wash:#f5f7f9;--link:#0b4f8a}"
    "*{box-sizing:border-box}"
    "html{-webkit-text-size-adjust:100%}"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;"
    "overflow-wrap:break-word}"
    "header,main,footer{max-width:50rem;margin:0 auto;padding:0 1rem}header{padding-top:3.5rem}"
    "h1{font-size:2.1rem;line-height:1.15;margin:0 0 .75rem;letter-spacing:-.015em;font-weight:700;text-wrap:balance}"
    "h2{font-size:1.35rem;line-height:1.3;margin:0 0 .25rem;letter-spacing:-.005em;font-weight:650}"
    "h1,h2,p,td,th,dd,figcaption,li{unicode-bidi:plaintext}"
    "p{margin:.25rem 0 1rem;max-width:42rem}.lead{font-size:1.1rem;color:var(--faint)}a{color:var(--link);text-underline-offset:.2em;text-decoration-thickness:1px}"
    "nav{border-top:1px solid var(--rule);margin-top:1.75rem;padding-top:.75rem}nav ol{list-style:none;padding:0;margin:0;columns:2 16rem;column-gap:2rem}"
    "nav li{padding:.2rem 0;break-inside:avoid}nav a{text-decoration:none}nav a:hover{text-decoration:underline}"
    "main>section{border-top:1px solid var(--rule);padding-top:1.75rem;margin-top:2.75rem}"
    "figure{margin:1.1rem 0 .75rem}figcaption{color:var(--faint);font-size:.9rem;margin-top:.6rem;max-width:42rem}"
    ".what{color:var(--faint);font-size:.9rem;margin:0 0 .75rem}"
    "svg.kith{display:block;max-width:100%;height:auto;overflow:visible}svg.wide{display:none}svg.narrow{width:100%;max-width:32rem}"
    "details{margin:.5rem 0}summary{cursor:pointer;color:var(--link);font-size:.9rem;padding:.35rem 0;width:max-content;max-width:100%}"
    ".scroll{overflow:auto;max-height:32rem;border-block:1px solid var(--rule);margin:.75rem 0}"
    "summary:focus-visible,.scroll:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}"
    "table{border-collapse:separate;border-spacing:0;font-size:.875rem;line-height:1.4;min-width:100%}"
    "th,td{padding:.4rem 1rem .4rem 0;text-align:start;vertical-align:top;border-bottom:1px solid var(--rule);font-weight:400;max-width:26rem}"
    "th:last-child,td:last-child{padding-right:.25rem}"
    "thead th{position:sticky;top:0;background:var(--paper);color:var(--faint);font-weight:600;font-size:.8rem;white-space:nowrap;z-index:1}"
    "tbody th{position:sticky;left:0;background:var(--paper);min-width:5rem}tbody tr:hover>*{background:var(--wash)}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.n span{visibility:hidden}tbody tr:last-child>*{border-bottom:0}"
    "footer{margin-top:3.5rem;padding-top:1.5rem;padding-bottom:3.5rem;color:var(--faint);font-size:.85rem}footer h2{font-size:1rem;color:var(--ink)}"
    "footer dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:.75rem 0 0}dt{font-weight:600}"
    "dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,'Liberation Mono',monospace;font-size:.8rem;white-space:pre-wrap}"
    "@media (min-width:48rem){svg.narrow{display:none}svg.wide{display:block}}"
    "@media (max-width:30rem){header{padding-top:2rem}footer dl{display:block}dd{margin-bottom:.6rem}h1{font-size:1.65rem}tbody th{max-width:11rem}}";

static const char dark[] = ":root{--ink:#e8eaed;--faint:#a7b0ba;--rule:#343b43;--paper:#14171a;--wash:#1f2429;--link:#8fc1ee}";

static const char print[] =
    "@media print{:root{--ink:#000;--faint:#444;--rule:#bbb;--paper:#fff;--wash:#fff;--link:#000}@page{margin:16mm 15mm}body{font-size:10.5pt;line-height:1.4}"
    "header,main,footer{max-width:none;padding:0}nav{display:none}svg.narrow{display:none}svg.wide{display:block;max-height:22cm}"
    "main>section{margin-top:1.5rem;padding-top:1rem}h1{font-size:20pt}h2{font-size:13pt}"
    "figure,tr{break-inside:avoid}h2,.what{break-after:avoid}.scroll{max-height:none;overflow:visible;border:0}"
    "details::details-content{content-visibility:visible;display:block;height:auto}summary{list-style:none;color:#444}"
    "thead th,tbody th{position:static;white-space:normal;min-width:0;background:none}thead{display:table-header-group}table{font-size:7.5pt;border-collapse:collapse}"
    ".many{font-size:5pt}.many th,.many td{padding-right:.3em}"
    "details.long>.scroll{display:none}details.long>summary::after{content:\": on the screen\"}th,td{padding:.2em .6em .2em 0;overflow-wrap:break-word}"
    "thead th.n{overflow-wrap:anywhere}footer{break-inside:avoid;margin-top:2rem}}";

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

/* How a number is shown: rounded to six digits. */
static kith_str shown_number(kith_buf *scratch, kith_str cell) {
    scratch->n = 0;
    if (cell.n) kith_grid_number(scratch, cell, false);
    return (kith_str){scratch->p, scratch->n};
}

/* The length of a number's fraction with its point. */
static size_t fraction(kith_str text) {
    size_t at = 0;
    while (at < text.n && text.p[at] != '.') at++;
    while (at < text.n && text.p[text.n - 1] == '%') text.n--;
    return text.n - at;
}

/* What the table held stands beside a rounded number for programs (<data value>). */
static void put_cell(kith_buf *out, kith_str cell, bool number, size_t longest, kith_buf *scratch) {
    if (!number || !cell.n) {
        kith_html_escape(out, cell);
        return;
    }
    kith_str shown = shown_number(scratch, cell);
    bool same = scratch->failed || kith_str_equal(shown, cell);
    if (!same) {
        kith_buf_puts(out, "<data value=\"");
        kith_html_escape(out, cell);
        kith_buf_puts(out, "\">");
    }
    kith_html_escape(out, same ? cell : shown);
    if (!same) kith_buf_puts(out, "</data>");
    size_t has = fraction(same ? cell : shown);
    if (has >= longest) return;
    kith_buf_puts(out, "<span>");
    for (; has < longest; has++) kith_buf_putc(out, has ? '0' : '.');
    kith_buf_puts(out, "</span>");
}

static void table(kith_buf *out, const kith_section *section, size_t number) {
    const kith_grid *grid = section->grid;
    kith_buf_printf(out, "<section class=\"scroll\" tabindex=\"0\" aria-label=\"Table %zu", number);
    element(out, ": ", section->heading, "");
    kith_buf_printf(out, "\">\n<table%s>\n<thead><tr>", grid->columns > 12 ? " class=\"many\"" : "");
    kith_buf scratch = {0};
    size_t *longest = calloc(grid->columns + 1, sizeof *longest); /* fraction of a column of numbers */
    bool *numbers = calloc(grid->columns + 1, sizeof *numbers);
    if (!numbers || !longest) {
        out->failed = true;
        free(numbers);
        free(longest);
        return;
    }
    for (size_t c = 0; c < grid->columns; c++) {
        numbers[c] = kith_grid_is_number(grid, c);
        for (size_t r = 0; numbers[c] && r < grid->rows; r++) {
            size_t n = fraction(shown_number(&scratch, kith_grid_cell(grid, r, c)));
            if (n > longest[c] && n < 12) longest[c] = n;
        }
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
            put_cell(out, kith_grid_cell(grid, r, c), numbers[c], longest[c], &scratch);
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
    free(numbers);
    free(longest);
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
    element(out, "<p>", section->caveat, "</p>\n");
    if (section->chart) {
        kith_buf what = {0};
        kith_chart_title(&what, section->chart);
        kith_buf_puts(out, "<figure>\n");
        element(out, "<p class=\"what\">", (kith_str){what.p, what.n}, "</p>\n");
        if (what.failed) out->failed = true;
        kith_buf_free(&what);
        svg_of_class(out, section->chart, 760, number, "wide");
        svg_of_class(out, section->chart, 340, number, "narrow");
        kith_buf_puts(out, "<figcaption>");
        kith_html_escape(out, section->chart->summary);
        element(out, " ", section->chart->note, "");
        kith_buf_puts(out, "</figcaption>\n</figure>\n");
    }
    if (section->grid) {
        if (section->chart) /* behind a picture, a long table is not printed */
            kith_buf_printf(out, "<details%s><summary>The figures as a table (%zu rows)</summary>\n", section->grid->rows > PRINTED_ROWS ? " class=\"long\"" : "",
                            section->grid->rows);
        table(out, section, number);
        if (section->chart) kith_buf_puts(out, "</details>\n");
    }
    kith_buf_puts(out, "</section>\n");
}

static void contents(kith_buf *out, const kith_page *page) {
    size_t headings = 0;
    for (size_t i = 0; i < page->sections; i++) headings += page->section[i].heading.n > 0;
    if (headings < 4) return;
    kith_buf_puts(out, "<nav aria-label=\"Contents\"><ol>\n");
    for (size_t i = 0; i < page->sections; i++) {
        if (!page->section[i].heading.n) continue;
        kith_buf_printf(out, "<li><a href=\"#s%zu\">", i + 1);
        kith_html_escape(out, page->section[i].heading);
        kith_buf_puts(out, "</a></li>\n");
    }
    kith_buf_puts(out, "</ol></nav>\n");
}

/* The digest by which the policy knows the page's style: SHA-256 in base64. */
static void put_digest(kith_buf *out, kith_str text) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char hash[33] = {0};
    kith_digest(text, hash);
    for (size_t i = 0; i < 33; i += 3) {
        unsigned three = (unsigned)hash[i] << 16 | (unsigned)hash[i + 1] << 8 | hash[i + 2];
        for (int k = 0; k < 4; k++) kith_buf_putc(out, i == 30 && k == 3 ? '=' : letters[three >> (18 - 6 * k) & 63]);
    }
}

void kith_page_html(kith_buf *out, const kith_page *page) {
    kith_str title = page->title.n ? page->title : KITH_STR("Report");
    kith_buf look = {0};
    kith_buf_printf(&look, "%s%s@media screen and (prefers-color-scheme:dark){%s%s}%s", style, kith_svg_style, dark, kith_svg_dark, print);
    kith_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"");
    kith_html_escape(out, page->language.n ? page->language : KITH_STR("en"));
    kith_buf_puts(out, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'sha256-");
    put_digest(out, (kith_str){look.p, look.n});
    kith_buf_puts(out, "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    kith_html_escape(out, title);
    kith_buf_puts(out, "</title>\n<style>");
    kith_buf_put(out, look.p, look.n);
    if (look.failed) out->failed = true;
    kith_buf_free(&look);
    kith_buf_puts(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    kith_html_escape(out, title);
    kith_buf_puts(out, "</h1>\n");
    element(out, "<p class=\"lead\">", page->intro, "</p>\n");
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
