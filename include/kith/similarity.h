/* kith/similarity.h: how alike two values are: folding, edit distances, token sets, names, sounds, dates.
 *
 * Strings are UTF-8; distances count code points. A malformed byte counts as one code point of its own. Strings longer
 * than KITH_SIMILARITY_MAX code points are compared by their first KITH_SIMILARITY_MAX. Nothing allocates; nothing fails. */
#ifndef KITH_SIMILARITY_H
#define KITH_SIMILARITY_H

#include <kith/base.h>

#define KITH_SIMILARITY_MAX 256

/* Appends `text` to `out` in the form that comparisons use: lower case; marks and ligatures undone (É → e, ß → ss,
 * ł → l, full width → plain, Greek and Cyrillic lower case without accents); apostrophes dropped; every other run of
 * blanks and punctuation one blank; none at the ends. Letters of other scripts stay. `keep` (may be NULL) names ASCII punctuation that
 * stays. Source: Unicode 15 canonical decompositions, with the Latin letters that have none added by hand. */
void kith_fold_text(kith_str text, const char *keep, kith_buf *out);

/* Jaro's similarity in [0, 1] (Jaro 1989): common characters within half the longer length − 1, half transpositions. Two empty
 * strings give 1. */
double kith_jaro(kith_str a, kith_str b);

/* Jaro–Winkler (Winkler 1990): Jaro + .1 × common prefix (up to 4) × (1 − Jaro). */
double kith_jaro_winkler(kith_str a, kith_str b);

/* Optimal string alignment distance: insert, delete, substitute, transpose neighbours, no substring edited twice. A
 * distance above `limit` is returned as limit + 1 (limit < 0: no limit). */
int kith_osa(kith_str a, kith_str b, int limit);

/* Jaccard's coefficient of the sets of blank-separated tokens in [0, 1] (the first 64 of each side); two empty give 1. */
double kith_token_jaccard(kith_str a, kith_str b);

/* Whether one is an initial of the other: a single letter (a point may follow), the other longer and beginning with it. */
bool kith_initial_of(kith_str a, kith_str b);

/* American Soundex (Russell; the National Archives' rules: h and w do not separate): a letter and three digits,
 * terminated; "" where no ASCII letter is. The text is folded already. */
void kith_soundex(kith_str folded, char code[5]);

/* The groups of given names that the name (folded, one token) belongs to: bob, rob and robert share a group. Writes up
 * to `room` numbers (≥ 1) in ascending order and returns how many. The table is this project's own. */
size_t kith_nickname_groups(kith_str folded, uint16_t *groups, size_t room);

/* A calendar date from the forms that exports use: 2026-09-30, 20260930, 30.09.2026, 30/09/2026, 9/30/2026, 30 Sep
 * 2026, a time of day after a date is ignored. `day_first` decides 9/10/2026. False where it is no date. */
bool kith_loose_date(kith_str text, bool day_first, int *year, int *month, int *day);

#endif
