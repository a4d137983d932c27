/* The fold behind `score fit tone`: labelled texts, each counted by its label. There are as many as people have labelled by hand, some
 * thousands, so the state is the texts themselves; the fit runs over them in byte order, so that it does not depend on how they came. */
#include <kith/hashtable.h>
#include <kith/lexicon.h>
#include <kith/tone.h>

#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3 };

typedef struct labelled {
    kith_arena *arena;
    const kith_params *params;
    uint32_t text, outcome;
    kith_hashtable texts;
    uint64_t (*count)[CLASSES]; /* by text */
    size_t room;
} labelled;

static void labelled_free(void *state) {
    labelled *s = state;
    if (!s) return;
    kith_hashtable_free(&s->texts);
    kith_arena_free(s->arena);
    free(s->count);
    free(s);
}

static int init(const kith_params *params, void **state, kith_error *err) {
    labelled *s = calloc(1, sizeof *s);
    *state = s;
    if (!s) return kith_no_memory(err);
    s->params = params;
    s->arena = kith_arena_new();
    int status = s->arena ? kith_hashtable_init(&s->texts, err) : kith_no_memory(err);
    if (status != KITH_OK) labelled_free(s), *state = NULL;
    return status;
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    labelled *s = state;
    KITH_TRY(kith_column(header, kith_params_get(s->params, "text"), &s->text, err));
    return kith_column(header, kith_params_get(s->params, "outcome"), &s->outcome, err);
}

static int add(labelled *s, kith_str text, int class_, uint64_t times, kith_error *err) {
    kith_key key;
    uint32_t entry, before = s->texts.n;
    uint64_t hash = kith_key_of(text, &key);
    KITH_TRY(kith_hashtable_put(&s->texts, &key, &hash, 1, &entry, err));
    if (entry >= s->room) {
        size_t room = 2 * s->room + 256;
        uint64_t(*more)[CLASSES] = realloc(s->count, room * sizeof *more);
        if (!more) {
            s->texts.n = before;
            return kith_no_memory(err);
        }
        s->count = more;
        s->room = room;
    }
    if (entry == before) memset(s->count[entry], 0, sizeof s->count[entry]);
    s->count[entry][class_] += times;
    return KITH_OK;
}

int kith_tone_add(void *state, kith_str text, int class_, kith_error *err) { return add(state, text, class_, 1, err); }

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    labelled *s = state;
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_str text = kith_text(b, row, s->text), label = kith_text(b, row, s->outcome);
        int class_ = kith_tone_class(label, .5);
        if (!label.n || !text.n) {
            out->dropped++; /* no label, or nothing written */
            continue;
        }
        if (class_ < 0) {
            KITH_TRY(kith_bad_row(b, row, s->outcome, "not_a_label", "neither positive, neutral nor negative", out, err));
            continue;
        }
        KITH_TRY(add(s, text, class_, 1, err));
    }
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) {
    labelled *b = from;
    for (uint32_t i = 0; i < b->texts.n; i++)
        for (int k = 0; k < CLASSES; k++) KITH_TRY(add(into, kith_hashtable_key(&b->texts, i), k, b->count[i][k], err));
    return KITH_OK;
}

static int subtract(void *from, void *what, kith_error *err) {
    labelled *a = from, *b = what;
    for (uint32_t i = 0; i < b->texts.n; i++) {
        kith_key key;
        uint32_t entry;
        uint64_t hash = kith_key_of(kith_hashtable_key(&b->texts, i), &key);
        kith_hashtable_find(&a->texts, &key, &hash, 1, &entry);
        for (int k = 0; k < CLASSES; k++) {
            if (!b->count[i][k]) continue;
            if (entry == KITH_NO_ENTRY || a->count[entry][k] < b->count[i][k]) return kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
            a->count[entry][k] -= b->count[i][k];
        }
    }
    return KITH_OK;
}

/* The entries in byte order of their texts; to be freed. */
static int in_order(const labelled *s, uint32_t **order, kith_error *err) {
    *order = malloc(((size_t)s->texts.n + 1) * sizeof **order);
    if (!*order) return kith_no_memory(err);
    return s->texts.n ? kith_hashtable_order(&s->texts, *order, err) : KITH_OK;
}

static int save(const void *state, kith_buf *out, kith_error *err) {
    const labelled *s = state;
    uint32_t *order;
    kith_row_writer w = kith_row_begin(out, ',');
    int status = in_order(s, &order, err);
    for (uint32_t i = 0; i < s->texts.n && status == KITH_OK; i++) {
        const uint64_t *n = s->count[order[i]];
        if (!n[0] && !n[1] && !n[2]) continue; /* taken out again */
        kith_put_string(&w, "text"), kith_put_text(&w, kith_hashtable_key(&s->texts, order[i]));
        for (int k = 0; k < CLASSES; k++) kith_put_int(&w, (int64_t)n[k]);
        kith_row_end(&w);
    }
    free(order);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int load(void *state, kith_records *records, kith_error *err) {
    kith_str f[5];
    size_t n;
    while (kith_records_next(records, f, 5, &n)) {
        int64_t count[CLASSES];
        bool good = n == 5 && kith_str_is(f[0], "text") && f[1].n && f[1].n < UINT32_MAX / 2;
        for (int k = 0; k < CLASSES && good; k++) good = kith_parse_int(f[2 + k], &count[k]) && count[k] >= 0 && count[k] < INT64_C(1) << 40;
        if (!good) return kith_fail(err, KITH_DATA, "line %llu: not labelled texts", (unsigned long long)records->line);
        for (int k = 0; k < CLASSES; k++) KITH_TRY(add(state, f[1], k, (uint64_t)count[k], err));
    }
    return KITH_OK;
}

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    labelled *s = state;
    kith_model *model;
    uint64_t rows = 0, at = 0;
    uint32_t *order;
    (void)delimiter; /* models have commas */
    for (uint32_t i = 0; i < s->texts.n; i++) rows += s->count[i][0] + s->count[i][1] + s->count[i][2];
    if (rows > UINT32_MAX) return kith_fail(err, KITH_DATA, "more than 4,294,967,295 texts");
    kith_str *text = malloc((rows + 1) * sizeof *text);
    uint8_t *class_ = malloc(rows + 1);
    int status = in_order(s, &order, err);
    if (status == KITH_OK && (!text || !class_)) status = kith_no_memory(err);
    for (uint32_t i = 0; i < s->texts.n && status == KITH_OK; i++)
        for (int k = 0; k < CLASSES; k++)
            for (uint64_t t = 0; t < s->count[order[i]][k]; t++, at++) {
                kith_str words = kith_hashtable_key(&s->texts, order[i]);
                text[at] = (kith_str){kith_arena_copy(s->arena, words.p, words.n), words.n}; /* a short key lies in its table */
                class_[at] = (uint8_t)k;
                if (!text[at].p) status = kith_no_memory(err);
            }
    kith_tone_options o = {kith_params_number(s->params, "c", .6), kith_params_number(s->params, "balance", .45), kith_params_get(s->params, "brands"),
                           kith_params_count(s->params, "seed", 1, 1e18)};
    if (status == KITH_OK) status = kith_model_new(s->arena, "tone", 1, &model, err);
    if (status == KITH_OK) kith_model_put(model, "column", "text", kith_params_get(s->params, "text"));
    if (status == KITH_OK) status = kith_tone_fit(text, class_, rows, NULL, 0, &o, model, err);
    if (status == KITH_OK) status = kith_model_text(model, out, err);
    free(order);
    free(text);
    free(class_);
    return status;
}

const kith_fold kith_tone_fold = {
    .name = "score.fit tone", .version = 1, .model = true, .init = init, .bind = bind, .step = step, .merge = merge, .subtract = subtract, .finish = finish, .save = save, .load = load, .free = labelled_free,
};
