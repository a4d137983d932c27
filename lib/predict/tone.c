/* Tone from words and letters; what the header says. Grams are known by a 64-bit hash of kind and bytes; the model keeps their text too,
 * so that it can be read. Measured on 3,424 posts, 5 folds: words and letters .792 / .691 (accuracy / macro-F1, scikit-learn's LinearSVC with
 * the same weights), with the word list's tone as two further features .801 / .720. */
#include <kith/lexicon.h>
#include <kith/tone.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, WORDS = 0, LETTERS = 1, GRAMS_MOST = 4096, WORD_LEAST = 2, LETTER_LEAST = 3, EXTRA = 3 };
/* The last EXTRA features of a text: the list's tone where positive, where negative, and 1 for the intercept. */

typedef struct gram {
    uint64_t hash;
    kith_str text; /* NULL while counting is not wanted */
    uint8_t kind;
    uint32_t texts, last; /* in how many texts; the last one that had it (1-based) */
    uint32_t column;      /* UINT32_MAX: too rare */
    double idf;
} gram;

typedef struct vocabulary {
    gram *grams;
    size_t n, room;
    uint32_t *slot;
    size_t slots;
    kith_arena *arena;
} vocabulary;

static bool vocabulary_open(vocabulary *v) {
    *v = (vocabulary){.slots = 1024};
    v->slot = calloc(v->slots, sizeof *v->slot);
    v->arena = kith_arena_new();
    return v->slot && v->arena;
}

static void vocabulary_close(vocabulary *v) {
    free(v->grams);
    free(v->slot);
    kith_arena_free(v->arena);
}

static gram *find(const vocabulary *v, uint64_t hash) {
    for (size_t at = hash & (v->slots - 1); v->slot[at]; at = (at + 1) & (v->slots - 1))
        if (v->grams[v->slot[at] - 1].hash == hash) return &v->grams[v->slot[at] - 1];
    return NULL;
}

static gram *put(vocabulary *v, uint64_t hash, uint8_t kind, kith_str text) {
    gram *known = find(v, hash);
    if (known) return known;
    if (v->n == v->room) {
        size_t more = v->room ? v->room * 2 : 1024;
        gram *fresh = realloc(v->grams, more * sizeof *fresh);
        if (!fresh) return NULL;
        v->grams = fresh;
        v->room = more;
    }
    if (v->n * 2 >= v->slots) {
        uint32_t *fresh = calloc(v->slots * 4, sizeof *fresh);
        if (!fresh) return NULL;
        free(v->slot);
        v->slot = fresh;
        v->slots *= 4;
        for (size_t i = 0; i < v->n; i++) {
            size_t at = v->grams[i].hash & (v->slots - 1);
            while (v->slot[at]) at = (at + 1) & (v->slots - 1);
            v->slot[at] = (uint32_t)i + 1;
        }
    }
    char *copy = kith_arena_copy(v->arena, text.p, text.n);
    if (!copy) return NULL;
    v->grams[v->n] = (gram){.hash = hash, .text = {copy, text.n}, .kind = kind, .column = UINT32_MAX};
    size_t at = hash & (v->slots - 1);
    while (v->slot[at]) at = (at + 1) & (v->slots - 1);
    v->slot[at] = (uint32_t)++v->n;
    return &v->grams[v->n - 1];
}

/* ---- grams of a text ------------------------------------------------------------------------------------------- */

typedef bool (*with_gram)(void *ctx, uint8_t kind, kith_str text);

static bool word_byte(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80; }
static size_t step(const char *p, size_t left) { /* bytes of one UTF-8 character */
    size_t n = 1;
    while (n < left && n < 4 && ((unsigned char)p[n] & 0xC0) == 0x80) n++;
    return n;
}

/* Calls for words of two characters or more and pairs of them, and for runs of 2 to 5 characters of each " word ". False: stopped. */
static bool grams(kith_str text, kith_buf *scratch, with_gram f, void *ctx) {
    scratch->n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        kith_buf_putc(scratch, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (unsigned char)c <= ' ' ? ' ' : c);
    }
    if (scratch->failed) return false;
    size_t all = scratch->n, before = SIZE_MAX, before_n = 0;
    for (size_t i = 0; i < all;) { /* words */
        size_t n = 0;
        while (i + n < all && word_byte((unsigned char)scratch->p[i + n])) n++;
        if (n >= 2) {
            if (!f(ctx, WORDS, (kith_str){scratch->p + i, n})) return false;
            if (before != SIZE_MAX) {
                scratch->n = all;
                kith_buf_reserve(scratch, before_n + n + 8);
                kith_buf_put(scratch, scratch->p + before, before_n);
                kith_buf_putc(scratch, ' ');
                kith_buf_put(scratch, scratch->p + i, n);
                if (scratch->failed || !f(ctx, WORDS, (kith_str){scratch->p + all, scratch->n - all})) return false;
            }
            before = i;
            before_n = n;
        }
        i += n ? n : 1;
    }
    for (size_t i = 0; i < all;) { /* letters */
        size_t n = 0;
        while (i + n < all && scratch->p[i + n] != ' ') n++;
        if (n) {
            scratch->n = all;
            kith_buf_reserve(scratch, n + 8);
            kith_buf_putc(scratch, ' ');
            kith_buf_put(scratch, scratch->p + i, n);
            kith_buf_putc(scratch, ' ');
            if (scratch->failed) return false;
            const char *p = scratch->p + all;
            size_t m = scratch->n - all;
            for (int k = 2; k <= 5; k++)
                for (size_t from = 0; from < m; from += step(p + from, m - from)) {
                    size_t to = from;
                    int got = 0;
                    for (; got < k && to < m; got++) to += step(p + to, m - to);
                    bool whole = from == 0 && to == m;
                    if (got < k && !whole) break;
                    if (!f(ctx, LETTERS, (kith_str){p + from, to - from})) return false;
                    if (whole) {
                        k = got < k ? 5 : k; /* shorter than the run: once only */
                        break;
                    }
                }
        }
        i += n ? n : 1;
    }
    return true;
}

static uint64_t hash_of(uint8_t kind, kith_str text) { return kith_hash(text.p, text.n, 21 + kind); }

/* ---- a text as a sparse row ------------------------------------------------------------------------------------ */

typedef struct cell {
    uint32_t column;
    uint8_t kind;
    double value;
} cell;

typedef struct row {
    const vocabulary *v;
    cell cells[GRAMS_MOST];
    size_t n;
} row;

static bool add_cell(void *ctx, uint8_t kind, kith_str text) {
    row *r = ctx;
    const gram *g = find(r->v, hash_of(kind, text));
    if (g && g->column != UINT32_MAX && r->n < GRAMS_MOST) r->cells[r->n++] = (cell){g->column, kind, g->idf};
    return true;
}

static int by_column(const void *a, const void *b) {
    uint32_t x = ((const cell *)a)->column, y = ((const cell *)b)->column;
    return (x > y) - (x < y);
}

/* tf-idf, sublinear, unit length by kind; then the word list's tone and the intercept in columns `columns` … + 2. */
static bool make_row(const vocabulary *v, const kith_lexicon *lexicon, uint32_t columns, kith_str text, kith_buf *scratch, row *r) {
    r->v = v;
    r->n = 0;
    if (!grams(text, scratch, add_cell, r)) return false;
    qsort(r->cells, r->n, sizeof *r->cells, by_column);
    size_t n = 0;
    double squares[2] = {0, 0}, tone = kith_lexicon_tone(lexicon, text);
    for (size_t i = 0, to; i < r->n; i = to) {
        for (to = i; to < r->n && r->cells[to].column == r->cells[i].column;) to++;
        cell c = r->cells[i];
        c.value *= 1 + log((double)(to - i));
        squares[c.kind] += c.value * c.value;
        r->cells[n++] = c;
    }
    for (size_t i = 0; i < n; i++) r->cells[i].value /= sqrt(squares[r->cells[i].kind]);
    if (n > GRAMS_MOST - EXTRA) n = GRAMS_MOST - EXTRA;
    if (tone != 0) r->cells[n++] = (cell){columns + (tone < 0), 0, tone < 0 ? -tone : tone};
    r->cells[n++] = (cell){columns + 2, 0, 1};
    r->n = n;
    return true;
}

/* ---- fitting --------------------------------------------------------------------------------------------------- */

typedef struct counting {
    vocabulary *v;
    uint32_t text; /* 1-based */
} counting;

static bool count_gram(void *ctx, uint8_t kind, kith_str text) {
    counting *c = ctx;
    gram *g = put(c->v, hash_of(kind, text), kind, text);
    if (!g) return false;
    g->texts += g->last != c->text;
    g->last = c->text;
    return true;
}

typedef struct sparse { /* rows one behind the other */
    size_t *start, rows;
    uint32_t *column;
    double *value;
    uint8_t *class_;
} sparse;

/* Dual coordinate descent for min ½|w|² + Σ c_i max(0, 1 − y_i w·x_i)², y = ±1 for `class_` against the rest. */
static int descend(const sparse *x, int class_, const double cost[CLASSES], uint32_t columns, uint64_t seed, double *w, kith_error *err) {
    double *alpha = calloc(2 * x->rows + 1, sizeof *alpha), *q = alpha + x->rows;
    uint32_t *order = malloc((x->rows + 1) * sizeof *order);
    if (!alpha || !order) {
        free(alpha);
        free(order);
        return kith_no_memory(err);
    }
    memset(w, 0, columns * sizeof *w);
    for (size_t i = 0; i < x->rows; i++) {
        order[i] = (uint32_t)i;
        q[i] = .5 / cost[x->class_[i]];
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++) q[i] += x->value[k] * x->value[k];
    }
    kith_random r;
    kith_random_start(&r, seed, "tone", (uint64_t)class_);
    for (int pass = 0; pass < 400; pass++) {
        double most = 0;
        for (size_t i = x->rows; i > 1; i--) {
            size_t j = kith_random_below(&r, i);
            uint32_t t = order[i - 1];
            order[i - 1] = order[j];
            order[j] = t;
        }
        for (size_t k = 0; k < x->rows; k++) {
            size_t i = order[k];
            double y = x->class_[i] == class_ ? 1 : -1, g = 0;
            for (size_t e = x->start[i]; e < x->start[i + 1]; e++) g += w[x->column[e]] * x->value[e];
            g = y * g - 1 + alpha[i] * .5 / cost[x->class_[i]];
            double projected = alpha[i] == 0 && g > 0 ? 0 : g;
            most = fmax(most, fabs(projected));
            if (projected == 0) continue;
            double fresh = fmax(alpha[i] - g / q[i], 0), d = (fresh - alpha[i]) * y;
            alpha[i] = fresh;
            for (size_t e = x->start[i]; e < x->start[i + 1]; e++) w[x->column[e]] += d * x->value[e];
        }
        if (most < 1e-4) break;
    }
    free(alpha);
    free(order);
    return KITH_OK;
}

static int lexicon_of(const char *brands, kith_lexicon **lexicon, kith_error *err) {
    kith_str masked[256];
    size_t n = 0;
    for (const char *p = brands ? brands : ""; *p && n < 256;) {
        masked[n] = (kith_str){p, strcspn(p, ",")};
        p += masked[n].n + (p[masked[n].n] == ',');
        n++;
    }
    return kith_lexicon_new(masked, n, lexicon, err);
}

static bool used(const uint32_t *fold, uint32_t without, size_t i) { return !fold || fold[i] != without; }

static int vocabulary_of(vocabulary *v, const kith_str *text, size_t n, const uint32_t *fold, uint32_t without, uint32_t *columns, kith_error *err) {
    kith_buf scratch = {0};
    double texts = 0;
    bool fine = true;
    for (size_t i = 0; i < n && fine; i++) {
        if (!used(fold, without, i)) continue;
        counting c = {v, (uint32_t)i + 1};
        fine = grams(text[i], &scratch, count_gram, &c);
        texts++;
    }
    kith_buf_free(&scratch);
    if (!fine) return kith_no_memory(err);
    *columns = 0;
    for (size_t i = 0; i < v->n; i++) {
        gram *g = &v->grams[i];
        if (g->texts < (g->kind == WORDS ? WORD_LEAST : LETTER_LEAST)) continue;
        g->idf = log((1 + texts) / (1 + g->texts)) + 1;
        g->column = (*columns)++;
    }
    return KITH_OK;
}

static int rows_of(const vocabulary *v, const kith_lexicon *lexicon, uint32_t columns, const kith_str *text, const uint8_t *class_, size_t n, const uint32_t *fold,
                   uint32_t without, sparse *x, kith_error *err) {
    row *r = malloc(sizeof *r);
    kith_buf scratch = {0};
    size_t cells = 0, room = 0;
    x->start = malloc((n + 1) * sizeof *x->start);
    x->class_ = malloc(n + 1);
    bool fine = r && x->start && x->class_;
    for (size_t i = 0; i < n && fine; i++) {
        if (!used(fold, without, i)) continue;
        fine = make_row(v, lexicon, columns, text[i], &scratch, r);
        if (fine && cells + r->n > room) {
            room = (cells + r->n) * 2;
            uint32_t *c = realloc(x->column, room * sizeof *c);
            if (c) x->column = c;
            double *d = realloc(x->value, room * sizeof *d);
            if (d) x->value = d;
            fine = c && d;
        }
        if (!fine) break;
        x->start[x->rows] = cells;
        x->class_[x->rows++] = class_[i];
        for (size_t k = 0; k < r->n; k++, cells++) {
            x->column[cells] = r->cells[k].column;
            x->value[cells] = r->cells[k].value;
        }
    }
    if (fine) x->start[x->rows] = cells;
    kith_buf_free(&scratch);
    free(r);
    return fine ? KITH_OK : kith_no_memory(err);
}

static void write_model(const vocabulary *v, uint32_t columns, const double *w, const kith_tone_options *o, const sparse *x, kith_model *model) {
    kith_buf name = {0}, value = {0};
    kith_model_put(model, "param", "method", "learned");
    kith_model_put(model, "param", "brands", o->brands ? o->brands : "");
    kith_model_put_double(model, "param", "c", o->c);
    kith_model_put_double(model, "param", "balance", o->balance);
    kith_model_put_int(model, "fit", "rows", (int64_t)x->rows);
    kith_model_put_int(model, "fit", "columns", columns);
    for (size_t i = 0; i < v->n + EXTRA; i++) { /* w:word, c:letters: idf, then the weights of negative, neutral, positive */
        static const char *const extra[EXTRA] = {"(positive words)", "(negative words)", "(intercept)"};
        const gram *g = i < v->n ? &v->grams[i] : NULL;
        uint32_t column = g ? g->column : columns - EXTRA + (uint32_t)(i - v->n);
        if (column == UINT32_MAX) continue;
        name.n = value.n = 0;
        if (g) kith_buf_puts(&name, g->kind == WORDS ? "w:" : "c:");
        kith_buf_str(&name, g ? g->text : kith_str_of(extra[i - v->n]));
        kith_buf_double(&value, g ? g->idf : 1);
        for (int k = 0; k < CLASSES; k++) {
            kith_buf_putc(&value, ' ');
            kith_buf_printf(&value, "%.7g", w[(size_t)k * columns + column]);
        }
        if (name.failed || value.failed) model->failed = true;
        else kith_model_put_str(model, "gram", (kith_str){name.p, name.n}, (kith_str){value.p, value.n});
    }
    kith_buf_free(&name);
    kith_buf_free(&value);
}

int kith_tone_fit(const kith_str *text, const uint8_t *class_, size_t n, const uint32_t *fold, uint32_t without, const kith_tone_options *options,
                  kith_model *model, kith_error *err) {
    vocabulary v = {0};
    kith_lexicon *lexicon = NULL;
    sparse x = {0};
    double count[CLASSES] = {0}, cost[CLASSES], total = 0, *w = NULL;
    uint32_t grams_kept = 0;
    int classes = 0;
    for (size_t i = 0; i < n; i++)
        if (used(fold, without, i)) count[class_[i]]++, total++;
    for (int k = 0; k < CLASSES; k++) {
        classes += count[k] > 0;
        cost[k] = options->c * (count[k] > 0 ? pow(total / CLASSES / count[k], options->balance) : 1);
    }
    if (classes < 2) return kith_fail(err, KITH_DATA, total > 0 ? "one class only: there is nothing to tell apart" : "no labelled text");
    int status = vocabulary_open(&v) ? lexicon_of(options->brands, &lexicon, err) : kith_no_memory(err);
    if (status == KITH_OK) status = vocabulary_of(&v, text, n, fold, without, &grams_kept, err);
    uint32_t columns = grams_kept + EXTRA;
    if (status == KITH_OK) status = rows_of(&v, lexicon, grams_kept, text, class_, n, fold, without, &x, err);
    if (status == KITH_OK && !(w = malloc((size_t)CLASSES * columns * sizeof *w))) status = kith_no_memory(err);
    for (int k = 0; k < CLASSES && status == KITH_OK; k++) status = descend(&x, k, cost, columns, options->seed, w + (size_t)k * columns, err);
    if (status == KITH_OK) write_model(&v, columns, w, options, &x, model);
    free(w);
    free(x.start);
    free(x.class_);
    free(x.column);
    free(x.value);
    kith_lexicon_free(lexicon);
    vocabulary_close(&v);
    return status;
}

void kith_tone_lexicon_model(const kith_tone_options *options, kith_model *model) {
    kith_model_put(model, "param", "method", "lexicon");
    kith_model_put(model, "param", "brands", options->brands ? options->brands : "");
}

/* ---- a model in memory ----------------------------------------------------------------------------------------- */

struct kith_tone {
    vocabulary v;
    kith_lexicon *lexicon;
    double (*w)[CLASSES]; /* a column */
    uint32_t columns;     /* without EXTRA */
    bool learned;
};

void kith_tone_free(kith_tone *t) {
    if (!t) return;
    vocabulary_close(&t->v);
    kith_lexicon_free(t->lexicon);
    free(t->w);
    free(t);
}

static bool read_weights(kith_str text, double out[1 + CLASSES]) {
    for (int k = 0; k <= CLASSES; k++) {
        size_t n = 0;
        while (n < text.n && text.p[n] != ' ') n++;
        if (!kith_parse_double((kith_str){text.p, n}, &out[k])) return false;
        text = n < text.n ? (kith_str){text.p + n + 1, text.n - n - 1} : (kith_str){text.p + n, 0};
    }
    return text.n == 0;
}

static int load(kith_tone *t, const kith_model *m, kith_error *err) {
    const char *file = m->file ? m->file : "the model";
    kith_str method = kith_model_get(m, "param", "method"), brands = kith_model_get(m, "param", "brands");
    size_t from, to;
    char list[4096];
    if (brands.n >= sizeof list) return kith_fail(err, KITH_DATA, "%s: too many brands", file);
    if (brands.n) memcpy(list, brands.p, brands.n);
    list[brands.n] = 0;
    t->learned = kith_str_is(method, "learned");
    if (!t->learned && !kith_str_is(method, "lexicon")) return kith_fail(err, KITH_DATA, "%s: param,method is neither learned nor lexicon", file);
    if (!vocabulary_open(&t->v)) return kith_no_memory(err);
    KITH_TRY(lexicon_of(list, &t->lexicon, err));
    if (!t->learned) return KITH_OK;
    kith_model_part(m, "gram", &from, &to);
    if (to - from < EXTRA) return kith_fail(err, KITH_DATA, "%s: gram: none", file);
    t->columns = (uint32_t)(to - from - EXTRA);
    t->w = calloc(to - from, sizeof *t->w);
    if (!t->w) return kith_no_memory(err);
    for (size_t i = from; i < to; i++) {
        kith_str name = m->rows[i].name;
        double v[1 + CLASSES];
        bool last = i >= to - EXTRA, word = kith_str_starts(name, "w:"), letters = kith_str_starts(name, "c:");
        if (!read_weights(m->rows[i].value, v) || (!last && !word && !letters)) return kith_fail(err, KITH_DATA, "%s: gram: not a gram with four numbers", file);
        memcpy(t->w[i - from], v + 1, sizeof *t->w);
        if (last) continue;
        kith_str text = {name.p + 2, name.n - 2};
        gram *g = put(&t->v, hash_of(word ? WORDS : LETTERS, text), word ? WORDS : LETTERS, text);
        if (!g) return kith_no_memory(err);
        if (g->column != UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: gram: one twice", file);
        g->column = (uint32_t)(i - from);
        g->idf = v[0];
    }
    return KITH_OK;
}

int kith_tone_load(const kith_model *model, kith_tone **tone, kith_error *err) {
    kith_tone *t = calloc(1, sizeof *t);
    *tone = NULL;
    if (!t) return kith_no_memory(err);
    int status = load(t, model, err);
    if (status == KITH_OK) *tone = t;
    else kith_tone_free(t);
    return status;
}

bool kith_tone_of(const kith_tone *t, kith_str text, double *score, int *class_) {
    if (!t->learned) {
        *score = kith_lexicon_tone(t->lexicon, text);
        *class_ = kith_tone_class(kith_str_of(kith_tone_label(*score)), 0);
        return true;
    }
    row *r = malloc(sizeof *r);
    kith_buf scratch = {0};
    bool fine = r && make_row(&t->v, t->lexicon, t->columns, text, &scratch, r);
    double margin[CLASSES] = {0}, share[CLASSES], sum = 0, most = -INFINITY;
    for (size_t i = 0; fine && i < r->n; i++)
        for (int k = 0; k < CLASSES; k++) margin[k] += t->w[r->cells[i].column][k] * r->cells[i].value;
    *class_ = 1;
    for (int k = 0; k < CLASSES; k++)
        if (margin[k] > most) most = margin[*class_ = k];
    for (int k = 0; k < CLASSES; k++) sum += share[k] = exp(2 * (margin[k] - most));
    *score = (share[2] - share[0]) / sum;
    kith_buf_free(&scratch);
    free(r);
    return fine;
}

/* ---- score apply ----------------------------------------------------------------------------------------------- */

static int scorer_load(kith_scorer *s, const kith_model *model, const kith_score_options *options, kith_error *err) {
    static const char *const adds[] = {"score", "label"};
    (void)options;
    kith_str column = kith_model_get(model, "column", "text");
    kith_tone *t;
    KITH_TRY(kith_tone_load(model, &t, err));
    s->self = t;
    s->needs = kith_arena_alloc(s->arena, sizeof *s->needs);
    s->adds = kith_arena_alloc(s->arena, sizeof adds);
    if (!s->needs || !s->adds || !(s->needs[0] = column.n ? kith_arena_copy(s->arena, column.p, column.n) : "text")) return kith_no_memory(err);
    memcpy(s->adds, adds, sizeof adds);
    s->n_needs = 1;
    s->n_adds = 2;
    return KITH_OK;
}

static int scorer_put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t at, kith_row_writer *w, kith_out *out, kith_error *err) {
    static const char *const labels[CLASSES] = {"negative", "neutral", "positive"};
    double score;
    int class_;
    (void)worker;
    (void)out;
    kith_str text = kith_text(b, at, s->columns[0]);
    if (!text.n) { /* nothing written */
        kith_put_missing(w);
        kith_put_missing(w);
        return KITH_OK;
    }
    if (!text.p || !kith_tone_of(s->self, text, &score, &class_)) return kith_no_memory(err);
    kith_put_double(w, score);
    kith_put_string(w, labels[class_]);
    return KITH_OK;
}

static void scorer_free(kith_scorer *s) { kith_tone_free(s->self); }

const kith_scorer_kind kith_tone_scorer = {
    .kind = "tone", .version = 1, .prefix = "tone", .load = scorer_load, .put = scorer_put, .free = scorer_free};
