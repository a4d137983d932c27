/* Expressions over a person's rows: count_if(…), sum_of(x, …), latest(t, …) … stand for one value on every row of the person. They are
 * answered by a reading of all rows before (kith/persons.h), which evaluates their arguments; here the value is looked up by the id of the
 * row. The arguments are evaluated on the row too, so that a text that is no number is refused where it stands. */
#include "expr.h"

#include <kith/hashtable.h>

static const struct person_function {
    const char *name;
    kith_person_function function;
} person_functions[] = {
    {"count_if", KITH_PERSON_COUNT},    {"distinct_of", KITH_PERSON_DISTINCT}, {"earliest", KITH_PERSON_LEAST}, {"latest", KITH_PERSON_MOST},
    {"max_of", KITH_PERSON_MOST},       {"mean_of", KITH_PERSON_MEAN},         {"min_of", KITH_PERSON_LEAST},   {"sum_of", KITH_PERSON_SUM},
};

static bool holds_person(const node *n) {
    if (n->run == k_person) return true;
    for (uint32_t i = 0; i < n->n_args; i++)
        if (holds_person(n->args[i])) return true;
    return false;
}

static int add_person(parser *p, node *n, kith_person_function function) {
    kith_exprs *set = p->set;
    for (size_t i = 0; i < set->n_persons; i++)
        if (set->persons[i].node == n) return KITH_OK;
    if (set->n_persons == set->room_persons) {
        size_t room = set->room_persons ? set->room_persons * 2 : 8;
        struct person_node *more = kith_arena_alloc(set->arena, room * sizeof *more);
        if (!more) return kith_no_memory(p->err);
        if (set->n_persons) memcpy(more, set->persons, set->n_persons * sizeof *more);
        set->persons = more;
        set->room_persons = room;
    }
    set->persons[set->n_persons++] = (struct person_node){.node = n, .function = function};
    return KITH_OK;
}

int expr_person(parser *p, const char *name, kith_expr_type type, size_t at, operand *a, size_t n, operand *out) {
    kith_person_function function = KITH_PERSON_COUNT;
    for (size_t i = 0; i < sizeof person_functions / sizeof *person_functions; i++)
        if (strcmp(name, person_functions[i].name) == 0) function = person_functions[i].function;
    if (!p->set->scope->person) return expr_fault(p, KITH_USAGE, at, "%s() is about all rows of a person: name their column with --id", name);
    bool counts = function == KITH_PERSON_COUNT;
    kith_expr_type wanted = counts ? KITH_EXPR_TRUTH : function == KITH_PERSON_DISTINCT ? KITH_EXPR_TEXT : type;
    if (!counts && type == KITH_EXPR_COLUMN) { /* min_of, max_of: what the argument is */
        wanted = a[0].type == KITH_EXPR_COLUMN || a[0].type == KITH_EXPR_MISSING ? KITH_EXPR_NUMBER : a[0].type;
        if (a[0].literal || wanted == KITH_EXPR_TEXT || wanted == KITH_EXPR_TRUTH) return expr_fault(p, KITH_USAGE, a[0].from, "%s() is of numbers, times, dates and durations", name);
    }
    KITH_TRY(expr_coerce(p, &a[0], wanted));
    if (n > 1) KITH_TRY(expr_coerce(p, &a[1], KITH_EXPR_TRUTH));
    node *args[3] = {node_column(p->set, *p->set->scope->person), a[0].node, n > 1 ? a[1].node : NULL};
    if (!args[0]) return kith_no_memory(p->err);
    for (size_t i = 0; i < n; i++)
        if (holds_person(a[i].node)) return expr_fault(p, KITH_USAGE, a[i].from, "what is said of all rows of a person cannot be said of each of them again");
    if (type == KITH_EXPR_COLUMN) type = wanted;
    KITH_TRY(expr_make(p, at, type, k_person, (uint32_t)function, NULL, args, 1 + n, out));
    return add_person(p, out->node, function);
}

void k_person(work *w, const node *f, size_t n, vec out, const vec *a) {
    enum { STEP = 128 };
    const kith_exprs *set = w->set;
    const void *values = NULL;
    for (size_t i = 0; i < set->n_persons; i++)
        if (set->persons[i].node == f) values = set->persons[i].values;
    bool number = f->type == KITH_EXPR_NUMBER;
    for (size_t first = 0; first < n; first += STEP) {
        kith_key keys[STEP];
        uint64_t hashes[STEP];
        uint32_t entries[STEP];
        size_t m = n - first < STEP ? n - first : STEP;
        for (size_t i = 0; i < m; i++) hashes[i] = kith_key_of(AT(a[0], str, first + i), &keys[i]);
        if (values) kith_hashtable_find(set->people, keys, hashes, m, entries);
        for (size_t i = 0; i < m; i++) {
            bool known = values && AT(a[0], str, first + i).n && entries[i] != KITH_NO_ENTRY;
            if (number) out.num[first + i] = known ? ((const double *)values)[entries[i]] : (double)NAN;
            else out.i64[first + i] = known ? ((const int64_t *)values)[entries[i]] : KITH_EXPR_NO_TIME;
        }
    }
}

/* ---- the doors ---------------------------------------------------------------------------------------------- */

size_t kith_exprs_persons(const kith_exprs *set) { return set->n_persons; }

kith_person_function kith_exprs_person(const kith_exprs *set, size_t i, kith_expr_type *of, bool *conditional) {
    const struct person_node *p = &set->persons[i];
    *of = p->node->args[1]->type;
    *conditional = p->node->n_args > 2;
    return p->function;
}

int kith_expr_eval_person(kith_expr_work *w, size_t i, size_t part, kith_expr_values *values, kith_error *err) {
    return expr_eval_node(w, w->set->persons[i].node->args[1 + part], values, err);
}

void kith_exprs_answer_persons(kith_exprs *set, const struct kith_hashtable *people, const void *const *values) {
    set->people = people;
    for (size_t i = 0; i < set->n_persons; i++) set->persons[i].values = values[i];
}
