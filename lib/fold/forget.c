/* Taking rows out of a state again.
 *
 * Counts, exact sums and multisets have an inverse: those folds subtract. A fold that keeps who was first, last or in which order has
 * none for single rows; where its saved form holds people one after the other, a whole person can be left out of it. That is exact when
 * the rows given are all of the person's, which is looked at: what they come to must be what the state holds of the person. */
#include <kith/fold.h>
#include <kith/hashtable.h>

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 64 };

static int cannot(const kith_fold *fold, kith_error *err) {
    return kith_fail(err, KITH_USAGE, "%s cannot take rows out of a state again: it keeps extremes, sketches, a sample or the sums of a pass; fold the files anew without them (kith show says what a state forgets: rows, people or no)", fold->name);
}

const char *kith_state_forgets(const kith_state *s) {
    kith_state *none = NULL, *other = NULL;
    kith_error ignored;
    const char *answer = "no";
    if (s->fold->people) return "people";
    if (!s->fold->subtract) return answer;
    if (kith_state_new(s->fold, &s->params, &none, &ignored) == KITH_OK && kith_state_new(s->fold, &s->params, &other, &ignored) == KITH_OK &&
        s->fold->subtract(none->state, other->state, &ignored) == KITH_OK)
        answer = "rows";
    kith_state_free(none);
    kith_state_free(other);
    return answer;
}

/* ---- whole people ----------------------------------------------------------------------------------------------- */

typedef struct part { /* of a saved form: a person's records */
    const char *from, *to;
    kith_buf said; /* what must agree, in an order of its own */
    bool taken;
} part;

typedef struct form {
    kith_buf text;
    const char *people; /* where they begin */
    kith_hashtable names;
    part *parts;
    size_t room;
    kith_str first[FIELDS];
    size_t n_first;
} form;

static void form_free(form *f) {
    for (uint32_t i = 0; i < f->names.n && f->parts; i++) kith_buf_free(&f->parts[i].said);
    kith_hashtable_free(&f->names);
    kith_buf_free(&f->text);
    free(f->parts);
}

static int by_text(const void *a, const void *b) { return kith_str_compare(*(const kith_str *)a, *(const kith_str *)b); }

/* The lines behind a person's name in byte order: where they stood is left out, so their order says nothing. */
static bool in_order(kith_buf *said) {
    size_t n = 0;
    for (size_t i = 0; i < said->n; i++) n += said->p[i] == '\n';
    kith_str *line = malloc((n + 1) * sizeof *line);
    kith_buf sorted = {0};
    size_t at = 0;
    for (size_t i = 0; line && i < n; i++) {
        const char *end = memchr(said->p + at, '\n', said->n - at);
        line[i] = (kith_str){said->p + at, (size_t)(end - said->p) + 1 - at};
        at += line[i].n;
    }
    if (line && n) qsort(line, n, sizeof *line, by_text);
    for (size_t i = 0; line && i < n; i++) kith_buf_str(&sorted, line[i]);
    bool good = line && !sorted.failed;
    free(line);
    if (good) {
        kith_buf_free(said);
        *said = sorted;
    } else {
        kith_buf_free(&sorted);
    }
    return good;
}

/* Finds the people in a saved form. */
static int read_form(form *f, const kith_fold_people *rule, kith_arena *arena, kith_error *err) {
    kith_records r = {.p = f->text.p, .end = f->text.p + f->text.n, .line = 1, .delimiter = ',', .arena = arena};
    kith_str field[FIELDS];
    kith_buf name = {0};
    part *now = NULL;
    size_t n;
    int status = kith_hashtable_init(&f->names, err);
    for (const char *from = r.p; status == KITH_OK && kith_records_next(&r, field, FIELDS, &n); from = r.p) {
        bool head = n > 0 && kith_str_is(field[0], rule->head);
        if (n >= FIELDS) status = kith_fail(err, KITH_DATA, "a record of a state with more than %d fields", FIELDS);
        if (from == f->text.p && !head) memcpy(f->first, field, n * sizeof *field), f->n_first = n;
        if (now) now->to = from;
        if (head && !f->people) f->people = from;
        if (head && status == KITH_OK) {
            kith_key key;
            uint32_t entry;
            size_t last = rule->key ? rule->key + 1 : n;
            name.n = 0;
            for (size_t i = 1; i < last && i < n; i++) kith_key_join(&name, field[i], i == 1);
            uint64_t hash = kith_key_of((kith_str){name.n ? name.p : "", name.n}, &key);
            status = name.failed ? kith_no_memory(err) : kith_hashtable_put(&f->names, &key, &hash, 1, &entry, err);
            if (status != KITH_OK) break;
            if (entry >= f->room) {
                size_t room = 2 * f->room + 256;
                part *more = realloc(f->parts, room * sizeof *more);
                if (!more) {
                    f->names.n--;
                    status = kith_no_memory(err);
                    break;
                }
                f->parts = more;
                f->room = room;
            }
            now = &f->parts[entry];
            *now = (part){.from = from};
            for (size_t i = last; i < n; i++) kith_buf_str(&now->said, field[i]), kith_buf_putc(&now->said, ',');
            kith_buf_putc(&now->said, '\n');
        } else if (now) {
            for (size_t i = 0; i < n; i++) {
                if (rule->ignored >> i & 1) continue;
                kith_buf_str(&now->said, field[i]);
                kith_buf_putc(&now->said, ',');
            }
            kith_buf_putc(&now->said, '\n');
        }
        if (now && now->said.failed) status = kith_no_memory(err);
    }
    if (now) now->to = r.p;
    for (uint32_t i = 0; i < f->names.n && status == KITH_OK; i++)
        if (!in_order(&f->parts[i].said)) status = kith_no_memory(err);
    kith_buf_free(&name);
    return status;
}

static int match(const kith_state *from, form *a, const form *b, kith_error *err) {
    const kith_fold_people *rule = from->fold->people;
    if (rule->latest && b->names.n && !*kith_params_get(&from->params, "until") && a->n_first > rule->latest && b->n_first > rule->latest &&
        kith_str_equal(a->first[rule->latest], b->first[rule->latest]))
        return kith_fail(err, KITH_DATA, "among the rows is the latest moment of all, which the result looks back from: a state with --until can forget them");
    for (uint32_t i = 0; i < b->names.n; i++) {
        kith_key key;
        uint32_t entry;
        uint64_t hash = kith_key_of(kith_hashtable_key(&b->names, i), &key);
        kith_hashtable_find(&a->names, &key, &hash, 1, &entry);
        if (entry == KITH_NO_ENTRY) return kith_fail(err, KITH_DATA, "rows of a person whom the state does not hold");
        const kith_buf *x = &a->parts[entry].said, *y = &b->parts[i].said;
        if (x->n != y->n || memcmp(x->p, y->p, x->n) != 0)
            return kith_fail(err, KITH_DATA, "%s forgets whole people: the rows are not all of a person's, or not those that the state counted", from->fold->name);
        a->parts[entry].taken = true;
    }
    return KITH_OK;
}

static int without(kith_state *from, kith_state *what, form *a, form *b, kith_arena *arena, kith_error *err) {
    const kith_fold *fold = from->fold;
    KITH_TRY(fold->save(from->state, &a->text, err));
    KITH_TRY(fold->save(what->state, &b->text, err));
    if (a->text.failed || b->text.failed) return kith_no_memory(err);
    KITH_TRY(read_form(a, fold->people, arena, err));
    KITH_TRY(read_form(b, fold->people, arena, err));
    KITH_TRY(match(from, a, b, err));
    kith_buf left = {0};
    if (a->people) kith_buf_put(&left, a->text.p, (size_t)(a->people - a->text.p));
    else kith_buf_put(&left, a->text.p, a->text.n);
    for (uint32_t i = 0; i < a->names.n; i++)
        if (!a->parts[i].taken) kith_buf_put(&left, a->parts[i].from, (size_t)(a->parts[i].to - a->parts[i].from));
    void *fresh = NULL;
    kith_records r = {.p = left.p, .end = left.p + left.n, .line = 1, .delimiter = ',', .arena = arena};
    int status = left.failed ? kith_no_memory(err) : fold->init(&from->params, &fresh, err);
    if (status == KITH_OK) status = fold->load(fresh, &r, err);
    if (status == KITH_OK) {
        fold->free(from->state);
        from->state = fresh;
    } else if (fresh) {
        fold->free(fresh);
    }
    kith_buf_free(&left);
    return status;
}

int kith_state_subtract(kith_state *from, kith_state *what, kith_error *err) {
    if (from->fold->subtract) return from->fold->subtract(from->state, what->state, err);
    if (!from->fold->people) return cannot(from->fold, err);
    form a = {0}, b = {0};
    kith_arena *arena = kith_arena_new();
    int status = arena ? without(from, what, &a, &b, arena, err) : kith_no_memory(err);
    form_free(&a);
    form_free(&b);
    kith_arena_free(arena);
    return status;
}
