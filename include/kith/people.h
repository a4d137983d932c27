/* kith/people.h: the rows that a fit of people learns from. */
#ifndef KITH_PEOPLE_H
#define KITH_PEOPLE_H

#include <kith/app.h>
#include <kith/frame.h>

/* Reads the verb's input: the features (-s, --drop), up to KITH_PEOPLE_SPECIAL other columns by name (NULLs are passed over), and those that
 * --cv (`cv`, NULL where not said) and --id name; keys are of --id's column, else of person_id. is_feature, in the app's arena, is parallel
 * to the reader's columns. The reader (NULL where it was not made, also on an error) is the caller's to free. Statuses as a verb's run. */
enum { KITH_PEOPLE_SPECIAL = 6 };
int kith_app_people(kith_app *app, const char *cv, const char *const *special, size_t n, kith_frame_reader **reader, bool **is_feature);

#endif
