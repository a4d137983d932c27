/* A fit's ending: the model, then the notes. */
#include <kith/notes.h>

#include <string.h>

int kith_app_model(kith_app *app, const kith_model *model, kith_buf *notes) {
    kith_sink *sink;
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_model_write(model, sink, &app->error));
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
