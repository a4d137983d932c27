/* kith/linking.h: how every verb that takes a model of dedupe fit opens: link, resolve, explain. */
#ifndef KITH_LINKING_H
#define KITH_LINKING_H

#include <kith/app.h>
#include <kith/link.h>

/* The one model of -m (KITH_USAGE without it, or with several), its id column --id where that is said, and the verb's source. With `passes` a model
 * between two passes of the fit does, too. The model is the run's arena's, the source the app's. */
int kith_app_linking(kith_app *app, bool passes, kith_link_model **model, kith_source **source);

#endif
