/* lib/stats/door.h: included first by every file here that includes GSL. Turns GSL's aborting error handler off before
 * main begins, so that no thread ever races to do it. Private to lib/stats. */
#ifndef KITH_LIB_STATS_DOOR_H
#define KITH_LIB_STATS_DOOR_H

#include <gsl/gsl_errno.h>

__attribute__((constructor)) static void kith_gsl_quiet(void) { (void)gsl_set_error_handler_off(); }

#endif
