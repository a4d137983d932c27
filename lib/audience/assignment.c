/* Assignment over rows. A person who is excluded, held out, or in another experiment of the layer gets no arm: treatment is missing and `arm` says why
 * (excluded, holdout, other). Each purpose has a hash of its own: being held out says nothing about the arm. */
#include <kith/assignment.h>
#include <kith/balance.h>
#include <kith/hashtable.h>

#include <stdlib.h>
#include <string.h>

enum { LEFT_OUT = -1, EXCLUDED = -3, HELD_OUT = -4, OTHER = -5, UNDECIDED = -2 };

typedef struct kept {
    uint64_t row; /* where it starts in a->rows */
    uint64_t stratum;
    double u;
    int arm;
} kept;

struct kith_assignment {
    kith_arena *arena;
    kith_assign_options o;
    kith_secret secret;
    kith_arms arms, layer;
    int mine; /* our experiment's place in the layer; -1: no layer */
    uint32_t id;
    kith_selection strata, balance;
    kith_hashtable excluded, known;
    int *known_arm;
    uint64_t counts[KITH_ARMS];
    char purpose[256];
    kith_balance *balanced;
    kith_buf rows, stratum; /* stratified: rows as they go out, and a scratch */
    kept *kept;
    uint32_t *levels; /* n_kept × balance.n: the values of the columns to compare */
    size_t n_kept, room_kept;
};

static int put_name(kith_hashtable *t, kith_str name, uint32_t *entry, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(name, &key);
    return kith_hashtable_put(t, &key, &hash, 1, entry, err);
}

static uint32_t find_name(const kith_hashtable *t, kith_str name) {
    kith_key key;
    uint32_t entry;
    uint64_t hash = kith_key_of(name, &key);
    kith_hashtable_find(t, &key, &hash, 1, &entry);
    return entry;
}

static int read_excluded(kith_assignment *a, kith_error *err) {
    kith_csv csv;
    uint32_t entry;
    if (!a->o.exclude) return KITH_OK;
    KITH_TRY(kith_csv_read(a->arena, a->o.exclude, &csv, err));
    uint32_t id = kith_csv_column(&csv, a->o.id);
    for (size_t i = 0; i < csv.rows; i++) KITH_TRY(put_name(&a->excluded, kith_csv_cell(&csv, i, id == UINT32_MAX ? 0 : id), &entry, err));
    return KITH_OK;
}

static int read_known(kith_assignment *a, kith_error *err) {
    kith_csv csv;
    uint32_t entry;
    if (!a->o.known) return KITH_OK;
    KITH_TRY(kith_csv_read(a->arena, a->o.known, &csv, err));
    uint32_t id = kith_csv_column(&csv, a->o.id), arm = kith_csv_column(&csv, "arm");
    if (id == UINT32_MAX || arm == UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: has no columns '%s' and 'arm'", csv.name, a->o.id);
    a->known_arm = kith_arena_alloc(a->arena, (csv.rows + 1) * sizeof *a->known_arm);
    if (!a->known_arm) return kith_no_memory(err);
    for (size_t i = 0; i < csv.rows; i++) {
        kith_str name = kith_csv_cell(&csv, i, arm);
        int found = LEFT_OUT;
        for (size_t k = 0; k < a->arms.n; k++)
            if (kith_str_is(name, a->arms.arm[k].name)) found = (int)k;
        if (found < 0) continue; /* had no arm: is dealt like anybody */
        KITH_TRY(put_name(&a->known, kith_csv_cell(&csv, i, id), &entry, err));
        a->known_arm[entry] = found;
    }
    return KITH_OK;
}

static int find_mine(kith_assignment *a, kith_error *err) {
    a->mine = -1;
    if (!a->o.layer) return KITH_OK;
    KITH_TRY(kith_arms_parse(a->arena, a->o.layer, &a->layer, err));
    for (size_t i = 0; i < a->layer.n; i++)
        if (a->o.experiment && strcmp(a->layer.arm[i].name, a->o.experiment) == 0) a->mine = (int)i;
    return a->mine >= 0 ? KITH_OK : kith_fail(err, KITH_USAGE, "--layer must name the --experiment among its own");
}

int kith_assignment_new(kith_arena *arena, const kith_assign_options *o, const kith_header *header, kith_assignment **out, kith_error *err) {
    kith_assignment *a = kith_arena_zalloc(arena, sizeof *a);
    *out = a;
    if (!a) return kith_no_memory(err);
    a->arena = arena;
    a->o = *o;
    const char *experiment = o->experiment ? o->experiment : "";
    if (strlen(experiment) > sizeof a->purpose - 16) return kith_fail(err, KITH_USAGE, "--experiment: the name is too long");
    memcpy(a->purpose, "assign arm ", 11);
    memcpy(a->purpose + 11, experiment, strlen(experiment) + 1);
    int status = kith_secret_read(o->key_file, &a->secret, err);
    if (status == KITH_OK) status = kith_arms_parse(arena, o->arms, &a->arms, err);
    if (status == KITH_OK) status = find_mine(a, err);
    if (status == KITH_OK) status = kith_column(header, o->id, &a->id, err);
    if (status == KITH_OK && o->strata) status = kith_select(header, o->strata, false, arena, &a->strata, err);
    if (status == KITH_OK && o->balance) status = kith_select(header, o->balance, false, arena, &a->balance, err);
    if (status == KITH_OK) status = kith_hashtable_init(&a->excluded, err);
    if (status == KITH_OK) status = kith_hashtable_init(&a->known, err);
    if (status == KITH_OK) status = read_excluded(a, err);
    if (status == KITH_OK) status = read_known(a, err);
    if (status == KITH_OK) status = kith_balance_new(a->balance.n, a->arms.n, &a->balanced, err);
    if (status != KITH_OK) kith_assignment_free(a), *out = NULL;
    return status;
}

void kith_assignment_free(kith_assignment *a) {
    if (!a) return;
    kith_secret_clear(&a->secret);
    kith_hashtable_free(&a->excluded);
    kith_hashtable_free(&a->known);
    kith_balance_free(a->balanced);
    kith_buf_free(&a->rows);
    kith_buf_free(&a->stratum);
    free(a->kept);
    free(a->levels);
}

const char *kith_assignment_warning(const kith_assignment *a) { return a->secret.weak; }
const kith_arms *kith_assignment_arms(const kith_assignment *a) { return &a->arms; }
uint64_t kith_assignment_count(const kith_assignment *a, size_t arm) { return a->counts[arm]; }
double kith_assignment_worst(const kith_assignment *a) { return kith_balance_worst(a->balanced, &a->arms); }

int kith_assignment_balance(const kith_assignment *a, kith_sink *sink, kith_error *err) {
    return kith_balance_write(a->balanced, &a->arms, a->balance.names, sink, err);
}

/* What is known of a person before the arms are dealt: an arm they keep, a reason for none, or UNDECIDED. */
static int before_dealing(const kith_assignment *a, kith_str id) {
    uint32_t known;
    if (a->o.exclude && find_name(&a->excluded, id) != KITH_NO_ENTRY) return EXCLUDED;
    if (a->o.holdout > 0 && kith_secret_unit(&a->secret, "assign holdout", id) < a->o.holdout) return HELD_OUT;
    if (a->mine >= 0 && kith_arm_of(&a->layer, kith_secret_unit(&a->secret, "assign layer", id)) != a->mine) return OTHER;
    if (a->known_arm && (known = find_name(&a->known, id)) != KITH_NO_ENTRY) return a->known_arm[known];
    return UNDECIDED;
}

static void put_arm(kith_assignment *a, int arm, kith_row_writer *w) {
    static const struct {
        int code;
        const char *why;
    } reasons[] = {{EXCLUDED, "excluded"}, {HELD_OUT, "holdout"}, {OTHER, "other"}};
    if (arm >= 0) {
        a->counts[arm]++;
        kith_put_int(w, a->arms.arm[arm].treatment);
        kith_put_string(w, a->arms.arm[arm].name);
    } else {
        const char *why = "";
        for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
            if (reasons[i].code == arm) why = reasons[i].why;
        kith_put_missing(w);
        kith_put_string(w, why);
    }
    kith_row_end(w);
}

static int count_balance(kith_assignment *a, const kith_batch *b, uint32_t row, int arm, kith_error *err) {
    uint32_t level;
    for (uint32_t j = 0; arm >= 0 && j < a->balance.n; j++) {
        KITH_TRY(kith_balance_level(a->balanced, j, kith_text(b, row, a->balance.columns[j]), &level, err));
        kith_balance_count(a->balanced, j, level, (size_t)arm);
    }
    return KITH_OK;
}

static int keep(kith_assignment *a, const kith_batch *b, uint32_t row, kith_str id, int arm, kith_error *err) {
    if (a->n_kept == a->room_kept) {
        size_t room = a->room_kept ? 2 * a->room_kept : 1024;
        kept *more = realloc(a->kept, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        a->kept = more;
        uint32_t *levels = realloc(a->levels, (room * a->balance.n + 1) * sizeof *levels);
        if (!levels) return kith_no_memory(err);
        a->levels = levels;
        a->room_kept = room;
    }
    for (uint32_t j = 0; j < a->balance.n; j++)
        KITH_TRY(kith_balance_level(a->balanced, j, kith_text(b, row, a->balance.columns[j]), &a->levels[a->n_kept * a->balance.n + j], err));
    a->stratum.n = 0;
    for (uint32_t j = 0; j < a->strata.n; j++) kith_key_join(&a->stratum, kith_text(b, row, a->strata.columns[j]), j == 0);
    kept *k = &a->kept[a->n_kept++];
    *k = (kept){a->rows.n, kith_hash(a->stratum.p, a->stratum.n, 0), kith_secret_unit(&a->secret, a->purpose, id), arm};
    kith_row_writer w = kith_row_begin(&a->rows, a->o.delimiter);
    kith_put_row(&w, b, row);
    return a->rows.failed || a->stratum.failed ? kith_no_memory(err) : KITH_OK;
}

int kith_assignment_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_assignment *a = ctx;
    (void)worker;
    kith_row_writer w = kith_row_begin(&out->rows, a->o.delimiter);
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_str id = kith_text(b, row, a->id);
        if (!id.n) {
            KITH_TRY(kith_bad_row(b, row, a->id, "missing_id", "nobody to assign", out, err));
            continue;
        }
        if (!id.p) return kith_no_memory(err);
        int arm = before_dealing(a, id);
        if (a->strata.n) {
            KITH_TRY(keep(a, b, row, id, arm, err));
            continue;
        }
        if (arm == UNDECIDED) arm = kith_arm_of(&a->arms, kith_secret_unit(&a->secret, a->purpose, id));
        KITH_TRY(count_balance(a, b, row, arm, err));
        kith_put_row(&w, b, row);
        put_arm(a, arm, &w);
        out->rows_out++;
    }
    return KITH_OK;
}

static int put_kept(kith_assignment *a, const int *arm, kith_sink *sink, kith_error *err) {
    kith_buf out = {0};
    int status = KITH_OK;
    for (size_t i = 0; i < a->n_kept && status == KITH_OK; i++) {
        size_t from = a->kept[i].row, to = i + 1 < a->n_kept ? a->kept[i + 1].row : a->rows.n;
        kith_row_writer w = kith_row_begin(&out, a->o.delimiter);
        kith_buf_put(&out, a->rows.p + from, to - from);
        w.fields = 1; /* the row's own */
        put_arm(a, arm[i], &w);
        for (uint32_t j = 0; arm[i] >= 0 && j < a->balance.n; j++) kith_balance_count(a->balanced, j, a->levels[i * a->balance.n + j], (size_t)arm[i]);
        if (out.n > 1 << 16 || i + 1 == a->n_kept) status = kith_sink_buf(sink, &out, err);
    }
    kith_buf_free(&out);
    return status;
}

int kith_assignment_finish(kith_assignment *a, kith_sink *sink, kith_error *err) {
    size_t n = a->n_kept;
    if (!n) return KITH_OK;
    double *u = malloc(n * sizeof *u);
    uint64_t *stratum = malloc(n * sizeof *stratum);
    int *arm = malloc(n * sizeof *arm);
    int status = u && stratum && arm ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        u[i] = a->kept[i].u;
        stratum[i] = a->kept[i].stratum;
        arm[i] = a->kept[i].arm;
    }
    uint64_t seed = (uint64_t)(kith_secret_unit(&a->secret, "assign rounding", kith_str_of(a->purpose)) * 0x1p53);
    if (status == KITH_OK) status = kith_arms_stratify(&a->arms, n, u, stratum, seed, arm, err);
    if (status == KITH_OK) status = put_kept(a, arm, sink, err);
    free(u);
    free(stratum);
    free(arm);
    return status;
}
