/* The census: how many of all records hold each value and each word, for a task that sees some of the records.
 *
 *     part,field,hash,count
 *     rows,,,1000000               records altogether
 *     present,mail,,812345         records that have a value
 *     once,mail,,700000            values that stand in one record: they are not listed
 *     value,mail,00c0ffee00c0ffee,3
 *     word,street,…                words of text fields, in how many records (more than one)
 *
 * With it, values fall into the same buckets, words weigh the same and keys hash the same as where all records are at
 * hand, so a pair has the same pattern. Values are told by 64-bit hashes: the file holds no names. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

enum { F = KITH_LINK_FIELDS };

typedef struct map { /* of hashes to counts; a count of 0 is an empty slot */
    uint64_t *hash, *count;
    size_t n, mask;
} map;

struct kith_link_census {
    double rows, present[F], once[F];
    map value[F], word[F], over;
    bool has_over;
};

static size_t slot_of(const map *m, uint64_t hash) {
    size_t at = (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 17) & m->mask;
    while (m->count[at] && m->hash[at] != hash) at = (at + 1) & m->mask;
    return at;
}

static int map_add(map *m, uint64_t hash, uint64_t by, kith_error *err) {
    if (m->hash == NULL || 2 * m->n > m->mask) {
        size_t size = m->hash ? 2 * (m->mask + 1) : 1 << 8;
        map big = {calloc(size, sizeof *big.hash), calloc(size, sizeof *big.count), m->n, size - 1};
        if (!big.hash || !big.count) {
            free(big.hash), free(big.count);
            return kith_no_memory(err);
        }
        for (size_t i = 0; m->hash && i <= m->mask; i++) {
            if (!m->count[i]) continue;
            size_t at = slot_of(&big, m->hash[i]);
            big.hash[at] = m->hash[i];
            big.count[at] = m->count[i];
        }
        free(m->hash), free(m->count);
        *m = big;
    }
    size_t at = slot_of(m, hash);
    m->n += m->count[at] == 0;
    m->hash[at] = hash;
    m->count[at] += by;
    return KITH_OK;
}

static uint64_t map_get(const map *m, uint64_t hash) {
    if (!m->hash) return 0;
    return m->count[slot_of(m, hash)];
}

static void map_free(map *m) {
    free(m->hash), free(m->count);
    *m = (map){0};
}

int link_census_new(const kith_link_model *model, double rows, kith_link_census **census, kith_error *err) {
    (void)model;
    *census = calloc(1, sizeof **census);
    if (!*census) return kith_no_memory(err);
    (*census)->rows = rows;
    return KITH_OK;
}

void kith_link_census_free(kith_link_census *c) {
    if (!c) return;
    for (uint32_t f = 0; f < F; f++) map_free(&c->value[f]), map_free(&c->word[f]);
    map_free(&c->over);
    free(c);
}

size_t link_words(kith_str s, kith_str words[LINK_WORDS]) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < LINK_WORDS;) {
        size_t to = i;
        while (to < s.n && s.p[to] != ' ') to++;
        kith_str word = {s.p + i, to - i};
        i = to + 1;
        bool again = word.n == 0;
        for (size_t k = 0; k < n && !again; k++) again = kith_str_equal(words[k], word);
        if (!again) words[n++] = word;
    }
    return n;
}

static bool of_words(kith_link_kind kind) {
    return kind == KITH_LINK_TEXT || kind == KITH_LINK_ADDRESS || kind == KITH_LINK_LIST;
}

int link_census_add(kith_link_census *c, const kith_link_model *model, uint32_t f, kith_str text, uint64_t count,
                    kith_error *err) {
    for (uint32_t k = 0; k < model->n_junk; k++)
        if (model->junk[k].field == f && kith_str_is(text, model->junk[k].text)) return KITH_OK;
    c->present[f] += (double)count;
    if (count == 1)
        c->once[f]++;
    else
        KITH_TRY(map_add(&c->value[f], kith_hash(text.p, text.n, 11), count, err));
    if (!of_words(model->field[f].kind)) return KITH_OK;
    kith_str words[LINK_WORDS];
    size_t n = link_words(text, words);
    for (size_t k = 0; k < n; k++) KITH_TRY(map_add(&c->word[f], kith_hash(words[k].p, words[k].n, 11), count, err));
    return KITH_OK;
}

static uint32_t at_least_one(uint64_t count) { return count > UINT32_MAX ? UINT32_MAX : count ? (uint32_t)count : 1; }
uint32_t link_census_value(const kith_link_census *c, uint32_t f, uint64_t hash) {
    return at_least_one(map_get(&c->value[f], hash));
}
uint32_t link_census_token(const kith_link_census *c, uint32_t f, uint64_t hash) {
    return at_least_one(map_get(&c->word[f], hash));
}
double link_census_rows(const kith_link_census *c) { return c->rows; }
double link_census_present(const kith_link_census *c, uint32_t f) { return c->present[f]; }

double link_census_top(const kith_link_census *c, uint32_t f) {
    double top = c->once[f] > 0;
    for (size_t i = 0; c->value[f].hash && i <= c->value[f].mask; i++)
        if ((double)c->value[f].count[i] > top) top = (double)c->value[f].count[i];
    return top;
}

void link_census_sums(const kith_link_census *c, const kith_link_model *model, uint32_t f, double mass[8],
                      double equal[8]) {
    const kith_link_field *field = &model->field[f];
    mass[link_bucket(field, 1 / c->rows)] += c->once[f];
    for (size_t i = 0; c->value[f].hash && i <= c->value[f].mask; i++) {
        double k = (double)c->value[f].count[i]; /* whole numbers: exact in any order */
        if (k == 0) continue;
        uint8_t b = link_bucket(field, k / c->rows);
        mass[b] += k;
        equal[b] += k * (k - 1) / 2;
    }
}

/* ---- oversized blocks --------------------------------------------------------------------------------------- */

bool link_census_has_over(const kith_link_census *c) { return c->has_over; }
bool link_census_is_over(const kith_link_census *c, int key, uint32_t hash) {
    return map_get(&c->over, (uint64_t)key << 32 | hash) != 0;
}

int kith_link_census_over(kith_link_census *c, const char *path, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    kith_csv csv;
    int status = arena ? kith_csv_read(arena, path, &csv, err) : kith_no_memory(err);
    uint32_t column = status == KITH_OK ? kith_csv_column(&csv, "block") : 0;
    if (status == KITH_OK && column == UINT32_MAX)
        status = kith_fail(err, KITH_DATA, "%s: there is no column block", csv.name);
    for (size_t i = 0; status == KITH_OK && i < csv.rows; i++) {
        kith_str cell = kith_csv_cell(&csv, i, column);
        const char *colon = cell.n ? memchr(cell.p, ':', cell.n) : NULL;
        int64_t key, hash;
        if (!colon || !kith_parse_int((kith_str){cell.p, (size_t)(colon - cell.p)}, &key) ||
            !kith_parse_int((kith_str){colon + 1, (size_t)(cell.p + cell.n - colon - 1)}, &hash) || key < 0 ||
            key >= KITH_LINK_KEYS || hash < 0 || hash > UINT32_MAX)
            status = kith_fail(err, KITH_DATA, "%s:%llu: block: not KEY:HASH", csv.name, (unsigned long long)csv.lines[i]);
        else
            status = map_add(&c->over, (uint64_t)key << 32 | (uint64_t)hash, 1, err);
    }
    c->has_over = true;
    kith_arena_free(arena);
    return status;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static int put_map(const map *m, const char *part, const char *field, kith_row_writer *w, kith_error *err) {
    size_t n = 0;
    uint64_t *pair = malloc(2 * sizeof *pair * (m->n + 1));
    if (!pair) return kith_no_memory(err);
    for (size_t i = 0; m->hash && i <= m->mask; i++)
        if (m->count[i] > 1) pair[2 * n] = m->hash[i], pair[2 * n + 1] = m->count[i], n++;
    qsort(pair, n, 2 * sizeof *pair, by_hash);
    for (size_t i = 0; i < n; i++) {
        char text[20];
        for (int k = 0; k < 16; k++) text[k] = "0123456789abcdef"[pair[2 * i] >> (60 - 4 * k) & 15];
        kith_put_string(w, part);
        kith_put_string(w, field);
        kith_put_text(w, (kith_str){text, 16});
        kith_put_int(w, (int64_t)pair[2 * i + 1]);
        kith_row_end(w);
    }
    free(pair);
    return KITH_OK;
}

static void put_number(kith_row_writer *w, const char *part, const char *field, double value) {
    kith_put_string(w, part);
    kith_put_string(w, field);
    kith_put_missing(w);
    kith_put_double(w, value);
    kith_row_end(w);
}

int kith_link_census_put(const kith_link_census *c, const kith_link_model *model, kith_buf *out, kith_error *err) {
    kith_buf_puts(out, "part,field,hash,count\n");
    kith_row_writer w = kith_row_begin(out, ',');
    put_number(&w, "rows", "", c->rows);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const char *name = model->field[f].name;
        if (model->field[f].kind == KITH_LINK_SWAP) continue;
        put_number(&w, "present", name, c->present[f]);
        put_number(&w, "once", name, c->once[f]);
        KITH_TRY(put_map(&c->value[f], "value", name, &w, err));
        KITH_TRY(put_map(&c->word[f], "word", name, &w, err));
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static bool hex64(kith_str s, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        int d = ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
        if (d < 0) return false;
        *value = *value << 4 | (uint64_t)d;
    }
    return s.n == 16;
}

static int take_row(kith_link_census *c, const kith_link_model *model, kith_str row[4], kith_error *err) {
    int64_t n;
    uint64_t hash = 0;
    if (!kith_parse_int(row[3], &n) || n < 0 || n > INT64_C(1) << 50)
        return kith_fail(err, KITH_DATA, "count: not a number of records");
    if (kith_str_is(row[0], "rows")) return c->rows = (double)n, KITH_OK;
    uint32_t f = 0;
    while (f < model->n_fields && !kith_str_is(row[1], model->field[f].name)) f++;
    if (f == model->n_fields) return KITH_OK; /* a field that the model dropped since */
    if (kith_str_is(row[0], "present")) return c->present[f] = (double)n, KITH_OK;
    if (kith_str_is(row[0], "once")) return c->once[f] = (double)n, KITH_OK;
    bool value = kith_str_is(row[0], "value");
    if ((!value && !kith_str_is(row[0], "word")) || !hex64(row[2], &hash) || n == 0)
        return kith_fail(err, KITH_DATA, "not a row of counts");
    return map_add(value ? &c->value[f] : &c->word[f], hash, (uint64_t)n, err);
}

int kith_link_census_read(const char *path, const kith_link_model *model, kith_link_census **census, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    kith_csv csv;
    static const char *const names[] = {"part", "field", "hash", "count"};
    uint32_t column[4];
    *census = NULL;
    int status = arena ? kith_csv_read(arena, path, &csv, err) : kith_no_memory(err);
    for (int k = 0; k < 4 && status == KITH_OK; k++)
        if ((column[k] = kith_csv_column(&csv, names[k])) == UINT32_MAX)
            status = kith_fail(err, KITH_DATA, "%s: its columns are not part,field,hash,count (--save-counts makes it)",
                               csv.name);
    if (status == KITH_OK) status = link_census_new(model, 0, census, err);
    for (size_t i = 0; status == KITH_OK && i < csv.rows; i++) {
        kith_str row[4];
        kith_error why;
        for (int k = 0; k < 4; k++) row[k] = kith_csv_cell(&csv, i, column[k]);
        status = take_row(*census, model, row, &why);
        if (status != KITH_OK)
            status = kith_fail(err, status, "%s:%llu: %s", csv.name, (unsigned long long)csv.lines[i], why.text);
    }
    if (status == KITH_OK && !((*census)->rows > 0)) status = kith_fail(err, KITH_DATA, "%s: counts no rows", csv.name);
    kith_arena_free(arena);
    if (status != KITH_OK) kith_link_census_free(*census), *census = NULL;
    return status;
}

int kith_link_census_open(const char *counts, const char *over, const kith_link_model *model, kith_link_census **census, kith_error *err) {
    *census = NULL;
    if (over && !counts) return kith_fail(err, KITH_USAGE, "--over goes with --counts");
    if (counts) KITH_TRY(kith_link_census_read(counts, model, census, err));
    int status = over ? kith_link_census_over(*census, over, err) : KITH_OK;
    if (status != KITH_OK) kith_link_census_free(*census), *census = NULL;
    return status;
}

int kith_link_part_parse(const char *text, uint32_t *part, uint32_t *parts, kith_error *err) {
    int64_t p, n;
    *part = *parts = 0;
    if (!text) return KITH_OK;
    const char *slash = strchr(text, '/');
    if (!slash || !kith_parse_int((kith_str){text, (size_t)(slash - text)}, &p) || !kith_parse_int(kith_str_of(slash + 1), &n) || p < 0 || p >= n || n > 1000000)
        return kith_fail(err, KITH_USAGE, "--part takes P/N, P from 0 to N - 1");
    *part = (uint32_t)p, *parts = (uint32_t)n;
    return KITH_OK;
}
