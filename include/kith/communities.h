/* kith/communities.h: groups and influence in a network, by igraph. In a library of its own (lib/graph), which only the program that needs it
 * links: igraph's own libraries take longer to load than most filters run. */
#ifndef KITH_COMMUNITIES_H
#define KITH_COMMUNITIES_H

#include <kith/network.h>

/* Communities by the Leiden method (Traag, Waltman & van Eck 2019) on modularity at `resolution` (1: the usual), numbered from 1 by size, then by their least
 * member; influence is PageRank (damping .85), which adds up to one. Arrays of n. The same seed gives the same groups. */
int kith_communities(const kith_network *net, double resolution, uint64_t seed, uint32_t *community, double *influence, uint32_t *n_communities,
                     double *modularity, kith_error *err);

#endif
