/* Tone by words and rules; what the header says. Words are found by hash, then by a few suffix rules (s, ed, ing, ly, er, doubled
 * consonants, lengthened letters). Brand words and handles are masked before anything else. */
#include "lexicon_words.h"

#include <kith/lexicon.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, WORD_MOST = 40, TOKENS_MOST = 512 };
enum { KIND_NONE, KIND_TONE, KIND_NEGATION, KIND_MORE, KIND_LESS, KIND_MASKED };

typedef struct entry {
    uint64_t hash;
    float weight;
    uint8_t kind, modifier; /* a word of tone may also be a modifier ("damn good") */
} entry;

struct kith_lexicon {
    entry slot[SLOTS];
};

static entry *find(const kith_lexicon *l, uint64_t hash) {
    size_t at = hash & (SLOTS - 1);
    while (l->slot[at].kind && l->slot[at].hash != hash) at = (at + 1) & (SLOTS - 1);
    return (entry *)(uintptr_t)&l->slot[at];
}

static void add(kith_lexicon *l, kith_str word, uint8_t kind, float weight, size_t *used) {
    uint64_t hash = kith_hash(word.p, word.n, 7);
    entry *e = find(l, hash);
    if (*used >= SLOTS / 2 && !e->kind) return;
    *used += !e->kind;
    if (e->kind == KIND_TONE && kind != KIND_MASKED) { /* tone stays, the modifier is added */
        if (kind != KIND_TONE) e->modifier = kind;
        return;
    }
    *e = (entry){hash, weight, kind, kind == KIND_TONE || kind == KIND_MASKED ? KIND_NONE : kind};
}

static void add_list(kith_lexicon *l, const char *list, uint8_t kind, float weight, size_t *used) {
    while (*list) {
        size_t n = strcspn(list, " ");
        if (n) add(l, (kith_str){list, n}, kind, weight, used);
        list += n + (list[n] == ' ');
    }
}

static size_t lower(kith_str text, char *word) {
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < WORD_MOST; i++) {
        char c = text.p[i];
        if (c == '\'') continue; /* don't = dont */
        word[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return n;
}

int kith_lexicon_new(const kith_str *masked, size_t n, kith_lexicon **lexicon, kith_error *err) {
    static const struct {
        const char *list;
        float weight;
    } tones[] = {{words_p3, 3}, {words_p2, 2}, {words_p1, .7f}, {words_n1, -1.2f}, {words_n2, -2.2f}, {words_n3, -3.2f}};
    kith_lexicon *l = calloc(1, sizeof *l);
    size_t used = 0;
    char word[WORD_MOST];
    if (!l) return kith_no_memory(err);
    for (size_t i = 0; i < sizeof tones / sizeof *tones; i++) add_list(l, tones[i].list, KIND_TONE, tones[i].weight, &used);
    add_list(l, words_negation, KIND_NEGATION, 0, &used);
    add_list(l, words_more, KIND_MORE, 0, &used);
    add_list(l, words_less, KIND_LESS, 0, &used);
    for (size_t i = 0; i < n; i++) add(l, (kith_str){word, lower(masked[i], word)}, KIND_MASKED, 0, &used);
    *lexicon = l;
    return KITH_OK;
}

void kith_lexicon_free(kith_lexicon *lexicon) { free(lexicon); }

/* The entry of a word or of what it was made from. */
static const entry *look_up(const kith_lexicon *l, const char *word, size_t n) {
    static const char *const suffixes[] = {"", "s", "es", "d", "ed", "ing", "ly", "er", "y", "ness"};
    char stem[WORD_MOST + 2];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t k = strlen(suffixes[i]);
        if (n < k + 3 - (k == 0) || memcmp(word + n - k, suffixes[i], k) != 0) continue;
        const entry *e = find(l, kith_hash(word, n - k, 7));
        if (e->kind) return e;
        if (k >= 2) { /* loving → love, stopped → stop */
            memcpy(stem, word, n - k);
            stem[n - k] = 'e';
            if ((e = find(l, kith_hash(stem, n - k + 1, 7)))->kind) return e;
            if (n - k > 3 && stem[n - k - 1] == stem[n - k - 2] && (e = find(l, kith_hash(stem, n - k - 1, 7)))->kind) return e;
        }
    }
    size_t m = 0; /* soooo goood: letters thrice or more once, then twice */
    for (size_t i = 0; i < n; i++)
        if (i < 2 || word[i] != word[i - 1] || word[i] != word[i - 2]) stem[m++] = word[i];
    if (m < n) {
        const entry *e = find(l, kith_hash(stem, m, 7));
        if (e->kind) return e;
        size_t once = 0;
        for (size_t i = 0; i < m; i++)
            if (!i || stem[i] != stem[i - 1]) stem[once++] = stem[i];
        if ((e = find(l, kith_hash(stem, once, 7)))->kind) return e;
    }
    return NULL;
}

static bool letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80; }

/* Length of an emoticon or emoji at p and its weight; 0 for none. */
static size_t emoticon(const char *p, size_t left, double *weight) {
    static const struct {
        const char *sign;
        double weight;
    } signs[] = {{":-)", 2}, {":)", 2}, {";-)", 1.5}, {";)", 1.5}, {":-D", 2.5}, {":D", 2.5}, {"=)", 2}, {"<3", 2.5}, {":-P", 1.2}, {":P", 1.2}, {":p", 1.2}, {"XD", 2},
                 {"xD", 2}, {"^_^", 2}, {"(:", 2}, {":-(", -2}, {":(", -2}, {":'(", -2.5}, {"=(", -2}, {":-/", -1.2}, {":|", -.8}, {"D:", -2}, {">:(", -2.5}, {"-_-", -1.5},
                 {"\xF0\x9F\x98\x80", 2}, {"\xF0\x9F\x98\x81", 2}, {"\xF0\x9F\x98\x82", 2}, {"\xF0\x9F\x98\x83", 2}, {"\xF0\x9F\x98\x84", 2}, {"\xF0\x9F\x98\x8A", 2},
                 {"\xF0\x9F\x98\x8D", 3}, {"\xF0\x9F\x91\x8D", 2}, {"\xF0\x9F\x91\x8F", 2}, {"\xE2\x9D\xA4", 2.5}, {"\xF0\x9F\x98\xA0", -2.5}, {"\xF0\x9F\x98\xA1", -3},
                 {"\xF0\x9F\x98\xA2", -2}, {"\xF0\x9F\x98\xAD", -2}, {"\xF0\x9F\x98\x92", -2}, {"\xF0\x9F\x98\x9E", -2}, {"\xF0\x9F\x91\x8E", -2}, {"\xF0\x9F\x92\xA9", -2.5}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i].sign);
        if (n <= left && memcmp(p, signs[i].sign, n) == 0) {
            *weight = signs[i].weight;
            return n;
        }
    }
    return 0;
}

double kith_lexicon_tone(const kith_lexicon *l, kith_str text) {
    double before = 0, after = 0, boost = 1; /* before and after the last "but" */
    int negated = 0, shouts = 0, words = 0, tone_words = 0;
    bool has_but = false;
    size_t upper = 0, lower_case = 0;
    for (size_t i = 0; i < text.n; i++) {
        upper += text.p[i] >= 'A' && text.p[i] <= 'Z';
        lower_case += text.p[i] >= 'a' && text.p[i] <= 'z';
    }
    for (size_t i = 0; i < text.n && words < TOKENS_MOST;) {
        double weight = 0;
        size_t left = text.n - i, n = emoticon(text.p + i, left, &weight);
        const char *p = text.p + i;
        if (left > 4 && memcmp(p, "http", 4) == 0) { /* a link */
            while (i < text.n && text.p[i] != ' ' && text.p[i] != '\n' && text.p[i] != '\t') i++;
            continue;
        }
        if (n) {
            after += weight;
            tone_words++;
            i += n;
            continue;
        }
        if (*p == '@') { /* a handle */
            for (i++; i < text.n && (letter((unsigned char)text.p[i]) || text.p[i] == '_' || (text.p[i] >= '0' && text.p[i] <= '9'));) i++;
            continue;
        }
        if (!letter((unsigned char)*p)) {
            shouts += *p == '!';
            if (strchr(".;:?!", *p)) negated = 0;
            i++;
            continue;
        }
        char word[WORD_MOST];
        while (n < left && (letter((unsigned char)p[n]) || (p[n] == '\'' && n + 1 < left && letter((unsigned char)p[n + 1])))) n++;
        i += n;
        words++;
        size_t m = lower((kith_str){p, n}, word);
        if (m == 3 && memcmp(word, "but", 3) == 0) {
            before += after;
            after = 0;
            has_but = true;
            negated = 0;
            continue;
        }
        const entry *e = look_up(l, word, m);
        if (!e || e->kind == KIND_MASKED) {
            if (negated) negated--;
            boost = 1;
            continue;
        }
        if (e->kind == KIND_TONE) {
            bool capitals = n > 2 && p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z' && p[2] >= 'A' && p[2] <= 'Z' && lower_case > upper;
            weight = e->weight * boost * (capitals ? 1.3 : 1);
            if (negated) weight *= -.7;
            after += weight;
            tone_words++;
            boost = 1;
        }
        if (e->modifier == KIND_NEGATION) negated = 4;
        else if (e->modifier == KIND_MORE) boost = 1.35;
        else if (e->modifier == KIND_LESS) boost = .7;
        if (negated) negated--;
    }
    double sum = has_but ? .5 * before + 1.5 * after : after;
    if (tone_words && shouts) sum += (sum > 0 ? .3 : sum < 0 ? -.3 : 0) * (shouts > 3 ? 3 : shouts);
    return sum / sqrt(sum * sum + 12);
}

const char *kith_tone_label(double tone) { return tone >= KITH_TONE_MARGIN ? "positive" : tone <= -KITH_TONE_MARGIN ? "negative" : "neutral"; }

int kith_tone_class(kith_str text, double margin) {
    static const char *const words[3][4] = {{"negative", "neg", "bad", "no"}, {"neutral", "neu", "mixed", "other"}, {"positive", "pos", "good", "yes"}};
    double v;
    text = kith_str_trim(text);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 4; i++)
            if (kith_str_equal_nocase(text, kith_str_of(words[k][i]))) return k;
    if (!kith_parse_double(text, &v)) return -1;
    return v >= margin ? 2 : v <= -margin ? 0 : 1;
}
