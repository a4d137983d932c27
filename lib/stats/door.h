/* lib/stats/door.h: included first by every file here that includes GSL. Turns GSL's aborting error handler off before
 * main begins, so that no thread ever races to do it. Private to lib/stats. */
#ifndef KITH_LIB_STATS_DOOR_H
#define KITH_LIB_STATS_DOOR_H

#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <kith/libraries.h>
#include <stdio.h>

__attribute__((constructor)) static void kith_gsl_quiet(void) { (void)gsl_set_error_handler_off(); }

static void kith_gsl_version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%s", gsl_version); }
KITH_LIBRARY(gsl, "GSL", kith_gsl_version)

#endif
