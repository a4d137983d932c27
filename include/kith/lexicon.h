/* kith/lexicon.h: the tone of a short text by words and rules, without learning.
 *
 * A word list of our own (English) with weights −3 … 3, and the rules that make such lists work (after Hutto & Gilbert 2014):
 * negation turns and weakens within three words, intensity words and capitals strengthen, "but" shifts the weight behind it, emoticons
 * and emoji count as words, exclamation marks add. Handles, links, numbers and the brand words given are masked first: "united" is an
 * airline, not a feeling. */
#ifndef KITH_LEXICON_H
#define KITH_LEXICON_H

#include <kith/base.h>

typedef struct kith_lexicon kith_lexicon;

/* `masked`: words (any case) that count nothing. KITH_SYSTEM without memory. Read-only afterwards, for any number of threads; free
 * with kith_lexicon_free. */
int kith_lexicon_new(const kith_str *masked, size_t n, kith_lexicon **lexicon, kith_error *err);
void kith_lexicon_free(kith_lexicon *lexicon);

/* −1 … 1: sum / √(sum² + 12). 0 where no word is known. */
double kith_lexicon_tone(const kith_lexicon *lexicon, kith_str text);

/* "positive" from KITH_TONE_MARGIN, "negative" to −KITH_TONE_MARGIN, else "neutral". */
#define KITH_TONE_MARGIN .3
const char *kith_tone_label(double tone);

/* positive, negative, neutral (or pos, neg, neu, 1, 0, −1 …: the sign of a number against `margin`) as a class 0 … 2; −1: none of them. */
int kith_tone_class(kith_str text, double margin);

#endif
