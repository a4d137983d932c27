/* kith/paths.h: the journeys of people: their touches in order, and the conversions at their ends. */
#ifndef KITH_PATHS_H
#define KITH_PATHS_H

#include <kith/fold.h>

/* Events to one row a person, or one a conversion: ID,path,conversions,value,nulls (and times, lastnondirect where asked), in
 * byte order of the ids. Parameters: id, ts, channel, event, amount (columns; "" the usual ones), conversion (the event's value),
 * window (microseconds; "" all), per (person or conversion), until, tz, separator, times (1), direct (a channel; ""). */
extern const kith_fold kith_paths_fold;

#endif
