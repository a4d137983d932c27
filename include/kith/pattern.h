/* kith/pattern.h: regular expressions. The one door to PCRE2 (lib/base/pattern.c).
 *
 * A pattern is compiled once, with JIT, and is then constant: any number of threads may share it. Each thread matches
 * through a matcher of its own, which holds the working memory. Every match has bounds on steps, depth and memory, so
 * that neither a hostile pattern nor a hostile field can hang a night: what passes them is KITH_DATA, not "no match".
 *
 * Syntax: Perl's, over UTF-8 (\w, \d, \b and case know Unicode). Bytes that are not UTF-8 match nothing, not even `.`,
 * and never fail. Subjects that are ASCII are matched by a second, byte-wise form of the pattern, which is faster. */
#ifndef KITH_PATTERN_H
#define KITH_PATTERN_H

#include <kith/base.h>

typedef struct kith_pattern kith_pattern;
typedef struct kith_matcher kith_matcher;

enum {
    KITH_PATTERN_CASELESS = 1, /* as (?i) */
    KITH_PATTERN_WHOLE = 2,    /* the whole subject must match, as ^(?:...)$ without a final line end */
    KITH_PATTERN_LITERAL = 4,  /* the text is no expression but stands for itself */
};

/* Compiles `text`. KITH_USAGE with the offset in the message where it is no pattern or is too large (64 KB,
 * nesting 200). Owned by the caller: kith_pattern_free. */
int kith_pattern_new(kith_str text, unsigned flags, kith_pattern **pattern, kith_error *err);
void kith_pattern_free(kith_pattern *pattern); /* NULL is fine; its matchers must be gone */

size_t kith_pattern_groups(const kith_pattern *pattern); /* capturing groups, without the whole match */

/* One thread's working memory for `pattern`, which must outlive it. NULL when out of memory. Free with kith_matcher_free. */
kith_matcher *kith_matcher_new(const kith_pattern *pattern);
void kith_matcher_free(kith_matcher *matcher); /* NULL is fine */

/* Whether the pattern is found in `subject` at or after byte `from`. KITH_DATA where a bound was passed. The groups
 * stay readable until the next match. */
int kith_match(kith_matcher *matcher, kith_str subject, size_t from, bool *matched, kith_error *err);

/* The bytes of group `group` (0 = the whole match) of the last successful match, as a part of its subject; p = NULL where
 * the group took no part. */
kith_str kith_match_group(const kith_matcher *matcher, size_t group);

/* Appends `subject` with every match replaced to `out`: in `with`, $1 … $99 or ${1} stand for groups (empty where they
 * took no part), $0 for the match, $$ for a dollar. An empty match advances by one character. KITH_DATA where a bound was
 * passed (out then holds a part), KITH_SYSTEM out of memory. */
int kith_match_replace(kith_matcher *matcher, kith_str subject, kith_str with, kith_buf *out, kith_error *err);

#endif
