/* A whole table as the result; a fit's ending: the model, then the notes; and the table of --explain. */
#include <kith/notes.h>
#include <kith/project.h>

#include "private.h"

#include <string.h>

int kith_app_table(kith_app *app, kith_buf *table, char delimiter, bool by_name) {
    kith_sink *sink;
    kith_buf other = {0};
    char wanted = kith_app_delimiter(app, NULL);
    KITH_TRY(kith_app_sink(app, &sink));
    if (table->failed) return kith_no_memory(&app->error);
    if (!by_name) app_cut_header(app, table);
    if (wanted == delimiter) return kith_sink_buf(sink, table, &app->error);
    int status = kith_rows_convert((kith_str){table->p, table->n}, delimiter, wanted, &other, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &other, &app->error);
    kith_buf_free(&other);
    return status;
}

int kith_app_write_model(kith_app *app, const kith_model *model) {
    kith_buf text = {0};
    int status = kith_model_text(model, &text, &app->error);
    if (status == KITH_OK) status = kith_app_table(app, &text, ',', true);
    kith_buf_free(&text);
    return status;
}

int kith_app_model(kith_app *app, const kith_model *model, kith_buf *notes) {
    kith_sink *sink;
    KITH_TRY(kith_app_write_model(app, model));
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_sink_flush(sink, &app->error));
    kith_buf_putc(notes, 0);
    if (notes->failed) return kith_no_memory(&app->error);
    char *save = NULL;
    for (char *line = strtok_r(notes->p, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (*line == '!') kith_app_warn(app, "%s", line + 1);
        else kith_app_say(app, "%s", line);
    }
    return KITH_OK;
}

int kith_app_decisions(kith_app *app, const kith_decision *decision, size_t n) {
    kith_buf out = {0};
    kith_row_writer w = kith_row_begin(&out, kith_app_delimiter(app, NULL));
    static const char *const names[] = {"finding", "value", "why"};
    for (size_t i = 0; i < 3; i++) kith_put_string(&w, names[i]);
    kith_row_end(&w);
    for (size_t i = 0; i < n; i++) {
        if (!decision[i].finding) continue;
        kith_put_string(&w, decision[i].finding);
        kith_put_text(&w, decision[i].value);
        kith_put_string(&w, decision[i].why);
        kith_row_end(&w);
    }
    int status = kith_app_table(app, &out, kith_app_delimiter(app, NULL), false);
    kith_buf_free(&out);
    return status;
}

int kith_app_report(kith_app *app, const char *path, kith_buf *report) {
    kith_sink *sink;
    int status = path ? kith_app_side(app, path, &sink) : KITH_OK;
    if (status == KITH_OK && path) status = kith_sink_buf(sink, report, &app->error);
    kith_buf_free(report);
    return status;
}
