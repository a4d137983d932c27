/* What is usual in a column, learnt from its first rows: the shapes of its values (28/01/2018 is 99/99/9999), whether they are quoted
 * or empty, how they begin. A broken row is only mended where these say that there is one way to do it. */
#include "messy.h"

#include <string.h>

/* The hash of a value's shape: digits 9, letters A, others themselves; `loose` takes a run of one class as one. */
static uint64_t shape_of(kith_str s, bool loose) {
    char shape[96];
    size_t n = 0;
    char last = 0;
    for (size_t i = 0; i < s.n && n < sizeof shape - 1; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char k = c >= '0' && c <= '9' ? '9' : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 ? 'A' : (char)c;
        if (loose && k == last && (k == '9' || k == 'A' || k == ' ')) continue;
        shape[n++] = last = k;
    }
    return kith_hash(shape, n, 0) | 1;
}

static void add_shape(uint64_t *set, uint32_t *n, uint32_t most, uint64_t shape) {
    if (*n > most) return;
    for (uint32_t i = 0; i < *n; i++)
        if (set[i] == shape) return;
    set[(*n)++] = shape;
}

static bool has_shape(const uint64_t *set, uint32_t n, uint64_t shape) {
    for (uint32_t i = 0; i < n; i++)
        if (set[i] == shape) return true;
    return false;
}

void kith_model_learn(kith_model *m, kith_str text, bool quoted) {
    m->n++;
    m->quoted += quoted;
    kith_kind kind = kith_kind_of(text);
    m->kinds[kind]++;
    if (!text.n) {
        m->empty++;
        return;
    }
    m->typed += kith_kind_typed(kind);
    add_shape(m->exact, &m->n_exact, MODEL_EXACT, shape_of(text, false));
    add_shape(m->loose, &m->n_loose, MODEL_LOOSE, shape_of(text, true));
    unsigned char first = (unsigned char)text.p[0], last = (unsigned char)text.p[text.n - 1];
    m->first_blank += first == ' ';
    m->last_blank += last == ' ';
    m->first_digit += first >= '0' && first <= '9';
    m->first_letter += (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first >= 0x80;
}

/* Few shapes, each seen several times on average, and not just words. */
bool kith_model_strict(const kith_model *m) {
    uint32_t full = m->n - m->empty;
    if ((m->kinds[KIND_TEXT] + m->kinds[KIND_WORD]) * 2 > full) return false;
    return m->n_loose && m->n_loose <= MODEL_LOOSE && full >= MODEL_FIRM && m->n_loose * 4 <= full;
}

int kith_model_fit(const kith_model *m, kith_str text, bool quoted) {
    uint32_t full = m->n - m->empty;
    if (!text.n) return m->empty ? m->empty == m->n ? 2 : 1 : m->n >= MODEL_FIRM ? 0 : 1;
    if (m->n >= MODEL_FIRM && !full) return 0;
    if (full < MODEL_FIRM) return 1;
    if (!quoted && m->quoted == m->n) return 0;
    unsigned char first = (unsigned char)text.p[0], last = (unsigned char)text.p[text.n - 1];
    if (first == ' ' && !m->first_blank) return 0;
    if (last == ' ' && !m->last_blank) return 0;
    bool digit = first >= '0' && first <= '9', letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first >= 0x80;
    if (digit && !m->first_digit) return 0;
    if (!digit && !letter && first != ' ' && m->first_digit + m->first_letter == full) return 0;
    if (quoted && !m->quoted && kith_model_strict(m)) return 0;
    if (!kith_model_strict(m)) return 1;
    bool exact = m->n_exact <= MODEL_EXACT && m->n_exact * 3 <= full;
    if (exact && has_shape(m->exact, m->n_exact, shape_of(text, false))) return 2;
    if (!has_shape(m->loose, m->n_loose, shape_of(text, true))) {
        /* $72 among $74.69 and $9.81: of the column's kind, though not of a shape that was seen. */
        kith_kind kind = kith_kind_of(text);
        return kith_kind_typed(kind) && m->kinds[kind] * 5 >= full * 4 ? 1 : 0;
    }
    return exact ? 1 : 2;
}
