/* kith/notes.h: what a run has to say of itself: a fit's notes, said once its model is written, and what was decided for the user. */
#ifndef KITH_NOTES_H
#define KITH_NOTES_H

#include <kith/app.h>

/* A line of the notes; one that begins with ! is a warning, which --quiet does not silence. */
#define KITH_NOTE(notes, ...) (kith_buf_printf((notes), __VA_ARGS__), kith_buf_putc((notes), '\n'))

/* Writes a whole table (commas or `delimiter`, with its header) to the verb's output, as -D and --header want it. `by_name`: it is read by the names of
 * its columns, as models and schemas are, and keeps its header. */
int kith_app_table(kith_app *app, kith_buf *table, char delimiter, bool by_name);

/* Writes the model to the verb's output. */
int kith_app_write_model(kith_app *app, const kith_model *model);
/* The same with every check, and then says the notes, so that a run that fails says one thing
 * only: what failed. */
int kith_app_model(kith_app *app, const kith_model *model, kith_buf *notes);

/* A decision: what was found or chosen, and why. */
typedef struct kith_decision {
    const char *finding;
    kith_str value;
    const char *why;
} kith_decision;

/* What --explain prints instead of the result: finding,value,why, a row a decision (those without a finding are left out). */
int kith_app_decisions(kith_app *app, const kith_decision *decision, size_t n);

/* A side file of what the buffer holds (NULL: none is wanted); frees the buffer. */
int kith_app_report(kith_app *app, const char *path, kith_buf *report);

#endif
