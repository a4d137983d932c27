/* What was found out about each file, as CSV. */
#include "ingest_state.h"

#include <stdio.h>
#include <string.h>

static void finding(kith_buf *out, const file *f, const char *name, const char *value, const char *why) {
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, f->path);
    kith_put_string(&w, name);
    kith_put_string(&w, value);
    kith_put_string(&w, why);
    kith_row_end(&w);
}

static void finding_number(kith_buf *out, const file *f, const char *name, uint64_t value, const char *why) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    finding(out, f, name, text, why);
}

static void byte_name(int byte, char text[16]) {
    if (byte < 0) snprintf(text, 16, "none");
    else if (byte > ' ' && byte < 0x7F) snprintf(text, 16, "%c", byte);
    else snprintf(text, 16, "0x%02X", (unsigned)byte & 0xFFU);
}

static void explain_layout(const file *f, kith_buf *out) {
    const kith_layout *l = kith_messy_layout(f->messy);
    const kith_dialect *d = &l->dialect;
    kith_encoding_guess e = kith_messy_encoding(f->messy);
    char text[64];
    finding(out, f, "encoding", kith_encoding_name(e.encoding), e.why);
    snprintf(text, sizeof text, "%.*s", (int)d->delimiter_n, d->delimiter);
    const char *name = d->runs ? "blanks" : !d->delimiter_n ? "none" : !strcmp(text, "\t") ? "tab" : !strcmp(text, " ") ? "blank" : text;
    finding(out, f, "delimiter", name, l->why_delimiter);
    byte_name(d->quote, text);
    finding(out, f, "quote", text, d->quote < 0 ? "no field is quoted" : "as fields begin and end");
    byte_name(d->escape, text);
    finding(out, f, "escape", d->escape < 0 ? "doubled" : text, d->escape < 0 ? "quotes inside quotes are doubled" : "stands before quotes inside quotes");
    static const char *const ends[8] = {"", "lf", "crlf", "lf crlf", "cr", "lf cr", "crlf cr", "lf crlf cr"};
    finding(out, f, "line_ends", ends[d->lines & 7], "as the lines end");
    finding(out, f, "wrapped", d->wrapped ? "yes" : "no", d->wrapped ? "every line is one quoted field that holds a line" : "");
    finding_number(out, f, "preamble_lines", l->skip_lines, l->skip_lines ? "lines that are not like the table" : "");
    finding_number(out, f, "header_rows", l->header_rows, l->why_header);
    finding_number(out, f, "columns", l->columns, "as most records have");
    finding_number(out, f, "sampled", l->sampled, "records that were looked at");
    finding_number(out, f, "regular", l->regular, "of them, with so many columns");
    snprintf(text, sizeof text, "%.3f", l->score);
    finding(out, f, "score", text, "of the dialect, 0 to 1");
    snprintf(text, sizeof text, "%.3f", l->second);
    finding(out, f, "runner_up", text, "the best score with another delimiter");
}

int kith_ingest_explain(kith_ingest *g, kith_buf *out, kith_error *err) {
    kith_buf_puts(out, "file,finding,value,why\n");
    for (size_t i = 0; i < g->n_files; i++) {
        file *f = &g->files[i];
        if (!f->messy) KITH_TRY(kith_messy_open(&f->messy, f->path, &g->o.messy, err));
        explain_layout(f, out);
        KITH_TRY(ingest_learn_habits(g, f, err));
        for (size_t k = 0; g->o.schema && k < g->o.schema->n; k++) {
            bool sure;
            kith_column_habits h;
            char name[128], why[160];
            const char *what = f->from[k] == UINT32_MAX ? "" : kith_schema_decision(g->cells, k, &sure, &h);
            if (!*what) continue;
            snprintf(name, sizeof name, "habit %.*s", KITH_STR_FMT(g->columns[k].name));
            if (what[0] == 'd' || what[0] == 'm')
                snprintf(why, sizeof why, "%llu values only day first, %llu only month first, %llu either", (unsigned long long)h.day_first, (unsigned long long)h.month_first,
                         (unsigned long long)h.either);
            else
                snprintf(why, sizeof why, "%llu values with a decimal comma, %llu with a point, %llu either", (unsigned long long)h.decimal_comma, (unsigned long long)h.decimal_point,
                         (unsigned long long)h.open);
            finding(out, f, name, what, why);
        }
        kith_messy_close(f->messy);
        f->messy = NULL;
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}
