/* kith/tone.h: the tone of texts, learned: words and letters, linear support vectors; or the word list of kith/lexicon.h alone.
 *
 * Features: words and pairs of words found in two texts or more, runs of 2 to 5 letters within words found in three or more; each kind
 * tf-idf with sublinear counts and unit length (as scikit-learn's); the word list's tone. Negative, neutral, positive: one against the
 * rest, squared hinge loss, by dual coordinate descent (Hsieh et al. 2008). */
#ifndef KITH_TONE_H
#define KITH_TONE_H

#include <kith/scorer.h>

typedef struct kith_tone_options {
    double c;        /* cost of an error (.6) */
    double balance;  /* classes weigh (n / 3 n_class)^balance (.45): 0 not at all, 1 all alike */
    const char *brands; /* names that are no feeling, separated by commas */
    uint64_t seed;
} kith_tone_options;

/* Texts and their classes (0 negative, 1 neutral, 2 positive). Adds to `model` (kind tone, version 1). Row i is left out where fold[i] ==
 * `without` (fold may be NULL). KITH_DATA for no text, or one class only. */
int kith_tone_fit(const kith_str *text, const uint8_t *class_, size_t n, const uint32_t *fold, uint32_t without,
                  const kith_tone_options *options, kith_model *model, kith_error *err);
/* A model of the word list alone. */
void kith_tone_lexicon_model(const kith_tone_options *options, kith_model *model);

/* Labelled texts as a fold: parameters text, outcome (columns), c, balance, brands, seed; finish writes the model, which does not depend
 * on the texts' order. */
extern const kith_fold kith_tone_fold;
int kith_tone_add(void *state, kith_str text, int class_, kith_error *err); /* a text into its state */

/* A model in memory; free with kith_tone_free. */
typedef struct kith_tone kith_tone;
int kith_tone_load(const kith_model *model, kith_tone **tone, kith_error *err);
void kith_tone_free(kith_tone *tone);
/* −1 … 1 and the class; the score is the difference of the shares of positive and negative, no calibrated chance. False: no memory. */
bool kith_tone_of(const kith_tone *tone, kith_str text, double *score, int *class_);

/* Adds tone_score, tone_label to rows with a text. */
extern const kith_scorer_kind kith_tone_scorer;

#endif
