/* Reading frames: each batch's columns are parsed and interned on its worker, then appended in the batches' order.
 *
 * A number's text is interned too, as long as its column has few distinct values, since one later value that is no
 * number makes a category of the whole column. Past KITH_DISTINCT_MOST distinct texts the dictionary is dropped: the
 * column must be numbers or dates then, or it is free text. */
#include <kith/frame.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct column {
    double *value; /* number, or days for a date; NaN otherwise */
    int32_t *code; /* into texts; −1 missing; NULL once dropped */
    size_t n, room;
    size_t numbers, times, others; /* how many values were such */
    bool dropped;
    kith_arena *arena; /* the texts */
    const char **text;
    uint32_t *length;
    size_t texts, texts_room;
    uint32_t *slot; /* open addressing: index into texts + 1 */
    size_t slots;
} column;

struct kith_frame_reader {
    size_t n;
    uint32_t *columns;
    char **names;
    column *all;
    uint32_t id; /* of the keys, or KITH_NO_COLUMN */
    uint64_t *keys;
    size_t keys_room;
    struct pending {
        column *columns;
        uint64_t *keys;
    } *pending; /* by worker */
    size_t workers;
};

static void column_free(column *c) {
    free(c->value);
    free(c->code);
    free(c->text);
    free(c->length);
    free(c->slot);
    kith_arena_free(c->arena);
    *c = (column){0};
}

static int column_room(column *c, size_t more, kith_error *err) {
    if (c->n + more <= c->room) return KITH_OK;
    size_t room = c->room ? c->room : 1024;
    while (room < c->n + more) room *= 2;
    double *value = realloc(c->value, room * sizeof *value);
    if (!value) return kith_no_memory(err);
    c->value = value;
    if (!c->dropped) {
        int32_t *code = realloc(c->code, room * sizeof *code);
        if (!code) return kith_no_memory(err);
        c->code = code;
    }
    c->room = room;
    return KITH_OK;
}

static void drop_texts(column *c) {
    free(c->code);
    free(c->text);
    free(c->length);
    free(c->slot);
    kith_arena_free(c->arena);
    c->code = NULL;
    c->text = NULL;
    c->length = NULL;
    c->slot = NULL;
    c->arena = NULL;
    c->texts = c->texts_room = c->slots = 0;
    c->dropped = true;
}

static int grow_slots(column *c, kith_error *err) {
    size_t slots = c->slots ? 2 * c->slots : 64;
    uint32_t *slot = calloc(slots, sizeof *slot);
    if (!slot) return kith_no_memory(err);
    for (size_t t = 0; t < c->texts; t++) {
        size_t at = kith_hash(c->text[t], c->length[t], 0) & (slots - 1);
        while (slot[at]) at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)t + 1;
    }
    free(c->slot);
    c->slot = slot;
    c->slots = slots;
    return KITH_OK;
}

/* The code of a text, −1 where the dictionary was dropped for it. */
static int intern(column *c, kith_str s, int32_t *code, kith_error *err) {
    if (c->texts * 2 >= c->slots) KITH_TRY(grow_slots(c, err));
    size_t at = kith_hash(s.p, s.n, 0) & (c->slots - 1);
    for (; c->slot[at]; at = (at + 1) & (c->slots - 1)) {
        uint32_t t = c->slot[at] - 1;
        if (c->length[t] != s.n || memcmp(c->text[t], s.p, s.n) != 0) continue;
        *code = (int32_t)t;
        return KITH_OK;
    }
    *code = -1;
    if (c->texts == KITH_DISTINCT_MOST) {
        drop_texts(c);
        return KITH_OK;
    }
    if (c->texts == c->texts_room) {
        size_t room = c->texts_room ? 2 * c->texts_room : 32;
        const char **text = realloc(c->text, room * sizeof *text);
        if (text) c->text = text;
        uint32_t *length = realloc(c->length, room * sizeof *length);
        if (length) c->length = length;
        if (!text || !length) return kith_no_memory(err);
        c->texts_room = room;
    }
    if (!c->arena && !(c->arena = kith_arena_new())) return kith_no_memory(err);
    char *copy = kith_arena_copy(c->arena, s.p, s.n);
    if (!copy) return kith_no_memory(err);
    c->text[c->texts] = copy;
    c->length[c->texts] = (uint32_t)s.n;
    c->slot[at] = (uint32_t)++c->texts;
    *code = (int32_t)c->texts - 1;
    return KITH_OK;
}

static int add(column *c, kith_str s, kith_error *err) {
    double v = NAN;
    int32_t code = -1;
    if (s.n > 0) {
        int64_t us;
        bool is_date;
        if (kith_parse_double(s, &v)) {
            c->numbers++;
        } else if (c->others == 0 && kith_parse_time(s, NULL, &us, &is_date)) {
            v = (double)us / (double)KITH_US_PER_DAY;
            c->times++;
        } else {
            v = NAN;
            c->others++;
        }
        if (!c->dropped) KITH_TRY(intern(c, s, &code, err));
    }
    if (c->code) c->code[c->n] = code;
    c->value[c->n++] = v;
    return KITH_OK;
}

static int append(column *into, column *from, kith_error *err) {
    if (from->dropped && !into->dropped) drop_texts(into);
    KITH_TRY(column_room(into, from->n, err));
    memcpy(into->value + into->n, from->value, from->n * sizeof *from->value);
    if (!into->dropped) {
        int32_t *map = malloc((from->texts + 1) * sizeof *map);
        if (!map) return kith_no_memory(err);
        int status = KITH_OK;
        for (size_t t = 0; t < from->texts && status == KITH_OK && !into->dropped; t++)
            status = intern(into, (kith_str){from->text[t], from->length[t]}, &map[t], err);
        for (size_t i = 0; i < from->n && status == KITH_OK && !into->dropped; i++)
            into->code[into->n + i] = from->code[i] < 0 ? -1 : map[from->code[i]];
        free(map);
        if (status != KITH_OK) return status;
    }
    into->n += from->n;
    into->numbers += from->numbers;
    into->times += from->times;
    into->others += from->others;
    return KITH_OK;
}

int kith_frame_reader_new(const kith_selection *columns, kith_frame_reader **reader, kith_error *err) {
    kith_frame_reader *r = calloc(1, sizeof *r);
    if (!r) return kith_no_memory(err);
    r->n = columns->n;
    r->id = KITH_NO_COLUMN;
    r->columns = malloc((r->n + 1) * sizeof *r->columns);
    r->names = calloc(r->n + 1, sizeof *r->names);
    r->all = calloc(r->n + 1, sizeof *r->all);
    r->workers = 257;
    r->pending = calloc(r->workers, sizeof *r->pending);
    bool good = r->columns && r->names && r->all && r->pending;
    for (size_t j = 0; good && j < r->n; j++) {
        r->columns[j] = columns->columns[j];
        r->names[j] = malloc(columns->names[j].n + 1);
        if (!r->names[j]) {
            good = false;
            break;
        }
        memcpy(r->names[j], columns->names[j].p, columns->names[j].n);
        r->names[j][columns->names[j].n] = 0;
    }
    if (!good) {
        kith_frame_reader_free(r);
        return kith_no_memory(err);
    }
    *reader = r;
    return KITH_OK;
}

static void free_pending(kith_frame_reader *r, size_t worker) {
    column *c = r->pending[worker].columns;
    for (size_t j = 0; c && j < r->n; j++) column_free(&c[j]);
    free(c);
    free(r->pending[worker].keys);
    r->pending[worker] = (struct pending){0};
}

void kith_frame_reader_free(kith_frame_reader *r) {
    if (!r) return;
    for (size_t w = 0; r->pending && w < r->workers; w++) free_pending(r, w);
    for (size_t j = 0; r->all && j < r->n; j++) column_free(&r->all[j]);
    for (size_t j = 0; r->names && j < r->n; j++) free(r->names[j]);
    free(r->pending);
    free(r->keys);
    free(r->columns);
    free(r->names);
    free(r->all);
    free(r);
}

int kith_frame_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)out;
    kith_frame_reader *r = ctx;
    if ((size_t)worker >= r->workers) return kith_fail(err, KITH_DEFECT, "worker %d of %zu", worker, r->workers);
    free_pending(r, (size_t)worker);
    column *c = calloc(r->n + 1, sizeof *c);
    if (!c) return kith_no_memory(err);
    r->pending[worker].columns = c;
    for (size_t j = 0; j < r->n; j++) {
        KITH_TRY(column_room(&c[j], b->rows + 1, err));
        for (uint32_t i = 0; i < b->rows; i++) {
            kith_str s = kith_text(b, i, r->columns[j]);
            if (s.n && !s.p) return kith_no_memory(err);
            KITH_TRY(add(&c[j], s, err));
        }
    }
    if (r->id == KITH_NO_COLUMN) return KITH_OK;
    uint64_t *keys = r->pending[worker].keys = malloc(((size_t)b->rows + 1) * sizeof *keys);
    if (!keys) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str s = kith_text(b, i, r->id);
        if (s.n && !s.p) return kith_no_memory(err);
        keys[i] = kith_hash(s.p, s.n, 0);
    }
    return KITH_OK;
}

void kith_frame_keys(kith_frame_reader *r, uint32_t id) { r->id = id; }

const uint64_t *kith_frame_key(const kith_frame_reader *r) { return r->keys; }

int kith_frame_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)out;
    kith_frame_reader *r = ctx;
    column *c = r->pending[worker].columns;
    size_t before = kith_frame_rows(r);
    if (c && r->id != KITH_NO_COLUMN) {
        if (before + b->rows > r->keys_room) {
            size_t room = r->keys_room + r->keys_room / 2 + b->rows + 1024;
            uint64_t *keys = realloc(r->keys, room * sizeof *keys);
            if (!keys) return kith_no_memory(err);
            r->keys = keys;
            r->keys_room = room;
        }
        memcpy(r->keys + before, r->pending[worker].keys, b->rows * sizeof *r->keys);
    }
    for (size_t j = 0; c && j < r->n; j++) {
        /* a date met after other text was not looked at: the sums below still say that the column is mixed */
        KITH_TRY(append(&r->all[j], &c[j], err));
    }
    free_pending(r, (size_t)worker);
    return KITH_OK;
}

size_t kith_frame_columns(const kith_frame_reader *r) { return r->n; }

const char *kith_frame_name(const kith_frame_reader *r, size_t j) { return r->names[j]; }

size_t kith_frame_rows(const kith_frame_reader *r) { return r->n ? r->all[0].n : 0; }

kith_column_kind kith_frame_kind(const kith_frame_reader *r, size_t j) {
    const column *c = &r->all[j];
    if (c->numbers + c->times + c->others == 0) return KITH_COLUMN_EMPTY;
    if (c->times + c->others == 0) return KITH_COLUMN_NUMBER;
    if (c->numbers + c->others == 0) return KITH_COLUMN_TIME;
    return c->dropped ? KITH_COLUMN_TEXT : KITH_COLUMN_LEVEL;
}

size_t kith_frame_distinct(const kith_frame_reader *r, size_t j) { return r->all[j].dropped ? 0 : r->all[j].texts; }

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

int kith_frame_feature(const kith_frame_reader *r, size_t j, bool as_level, kith_arena *arena, kith_feature *f,
                       kith_error *err) {
    const column *c = &r->all[j];
    kith_column_kind kind = kith_frame_kind(r, j);
    *f = (kith_feature){.name = r->names[j], .number = c->value, .is_time = kind == KITH_COLUMN_TIME};
    if (kind == KITH_COLUMN_EMPTY && !as_level) return KITH_OK; /* numbers, all missing */
    if (!as_level && kind != KITH_COLUMN_LEVEL) return KITH_OK;
    if (c->dropped)
        return kith_fail(err, KITH_DATA, "column %s: more than %d different values are no categories", f->name,
                         KITH_DISTINCT_MOST);
    const char **levels = kith_arena_alloc(arena, (c->texts + 1) * sizeof *levels);
    int32_t *rank = kith_arena_alloc(arena, (c->texts + 1) * sizeof *rank);
    f->level = kith_arena_alloc(arena, (c->n + 1) * sizeof *f->level);
    if (!levels || !rank || !f->level) return kith_no_memory(err);
    if (c->texts) memcpy(levels, c->text, c->texts * sizeof *levels);
    qsort(levels, c->texts, sizeof *levels, by_text);
    for (size_t t = 0; t < c->texts; t++) {
        size_t low = 0, high = c->texts;
        while (low + 1 < high) {
            size_t mid = (low + high) / 2;
            if (strcmp(levels[mid], c->text[t]) <= 0) low = mid;
            else high = mid;
        }
        rank[t] = (int32_t)low;
    }
    for (size_t i = 0; i < c->n; i++) f->level[i] = c->code[i] < 0 ? -1 : rank[c->code[i]];
    f->is_level = true;
    f->is_time = false;
    f->number = NULL;
    f->levels = levels;
    f->n_levels = c->texts;
    return KITH_OK;
}
