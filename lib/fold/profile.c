/* Profiles: the fold. What a value adds is in profile_add; what a column comes to is in profile_report.c. */
#include "profile.h"

#include "token.h"

#include <stdlib.h>

static int init(const kith_params *params, void **state, kith_error *err) {
    profile *p = calloc(1, sizeof *p);
    *state = p;
    if (!p || !(p->arena = kith_arena_new())) return kith_no_memory(err);
    double top = kith_params_number(params, "top", 5);
    if (!(top >= 0 && top <= 1000)) return kith_fail(err, KITH_USAGE, "--top takes a number from 0 to 1000");
    p->top = (size_t)top;
    return KITH_OK;
}

static void free_state(void *state) {
    profile *p = state;
    if (!p) return;
    for (uint32_t i = 0; i < p->n; i++) {
        kith_top_free(&p->columns[i].top);
        profile_sums_free(&p->columns[i].sums);
    }
    free(p->keys);
    free(p->hashes);
    kith_arena_free(p->arena);
    free(p);
}

static int columns(profile *p, uint32_t n, kith_error *err) {
    p->columns = kith_arena_zalloc(p->arena, (n + (size_t)1) * sizeof *p->columns);
    p->n = p->columns ? n : 0;
    return p->columns ? KITH_OK : kith_no_memory(err);
}

static int name_column(profile *p, uint32_t i, kith_str name, kith_error *err) {
    char *copy = kith_arena_copy(p->arena, name.p, name.n);
    p->columns[i].name = (kith_str){copy, name.n};
    return copy ? KITH_OK : kith_no_memory(err);
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    profile *p = state;
    KITH_TRY(columns(p, header->n, err));
    for (uint32_t i = 0; i < p->n; i++) KITH_TRY(name_column(p, i, header->names[i], err));
    return KITH_OK;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

/* Whether a byte is past ASCII. */
static inline bool beyond_ascii(kith_str s) {
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t any = 0, w;
    if (s.n >= 8) {
        for (size_t i = 0; i + 8 < s.n; i += 8) {
            memcpy(&w, s.p + i, 8);
            any |= w;
        }
        memcpy(&w, s.p + s.n - 8, 8);
        return ((any | w) & high) != 0;
    }
    if (s.n >= 4) {
        uint32_t a, b;
        memcpy(&a, s.p, 4);
        memcpy(&b, s.p + s.n - 4, 4);
        return ((a | b) & (uint32_t)high) != 0;
    }
    return s.n && ((s.p[0] | s.p[s.n / 2] | s.p[s.n - 1]) & 0x80);
}

static inline uint64_t characters(kith_str s) {
    if (!beyond_ascii(s)) return s.n;
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static bool is_truth(kith_str s) {
    static const kith_str words[] = {{"true", 4}, {"false", 5}, {"yes", 3}, {"no", 2}, {"t", 1}, {"f", 1}, {"y", 1}, {"n", 1}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].n == s.n && kith_str_equal_nocase(s, words[i])) return true;
    return false;
}

/* The first eight bytes as a number that orders as they do, so that most comparisons with the extremes need no more. */
static uint64_t start_of(kith_str t) {
    uint64_t w = 0;
    if (t.n >= 8) memcpy(&w, t.p, 8);
    else memcpy(&w, t.p, t.n);
    return __builtin_bswap64(w);
}

static bool set_text(kith_buf *to, kith_str text) {
    to->n = 0;
    kith_buf_str(to, text);
    return !to->failed;
}

static bool digit(char c) { return (unsigned char)(c - '0') <= 9; }

bool profile_number(kith_str t, kith_number *v) {
    if (t.n > 1 && t.p[0] == '0' && digit(t.p[1])) return false; /* 007 is a name */
    return kith_number_parse(t, v);
}

static int add_time(profile_sums *s, int64_t us, bool is_date, uint64_t times, kith_arena *arena, kith_error *err) {
    bool first = s->dates + s->times == 0;
    *(is_date ? &s->dates : &s->times) += times;
    if (first || us < s->time_low) s->time_low = us;
    if (first || us > s->time_high) s->time_high = us;
    int64_t day = us / KITH_US_PER_DAY - (us % KITH_US_PER_DAY < 0);
    if (!s->days && !(s->days = kith_arena_zalloc(arena, DAYS * sizeof *s->days))) return kith_no_memory(err);
    s->days[day < DAY_FIRST ? 0 : day >= DAY_FIRST + DAYS ? DAYS - 1 : day - DAY_FIRST] += times;
    s->time.fixed += (kith_i128)us * (kith_i128)times;
    s->time.n += times;
    return KITH_OK;
}

static int add_number(profile_sums *s, const kith_number *v, uint64_t times, kith_arena *arena, kith_error *err) {
    if (s->numbers == 0 || kith_number_compare(v, &s->low) < 0) s->low = *v;
    if (s->numbers == 0 || kith_number_compare(v, &s->high) > 0) s->high = *v;
    s->numbers += times;
    if (v->is_fixed && v->fixed % 1000000000 == 0) s->integers += times;
    if (!kith_moments_add_times(&s->moments, v, times, arena) ||
        !kith_quantiles_add_times(&s->quantiles, kith_number_double(v), times, arena))
        return kith_no_memory(err);
    return KITH_OK;
}

int profile_add(profile_sums *s, kith_str t, uint64_t hash, uint64_t times, bool whole, kith_arena *arena, kith_error *err) {
    uint64_t length = characters(t);
    if (s->values == 0 || length < s->shortest) s->shortest = length;
    if (length > s->longest) s->longest = length;
    s->length += length * times;
    bool first = s->values == 0;
    s->values += times;
    uint64_t start = start_of(t);
    if (first || (start <= s->start_low && kith_str_compare(t, (kith_str){s->text_low.p, s->text_low.n}) < 0)) {
        s->start_low = start;
        if (!set_text(&s->text_low, t)) return kith_no_memory(err);
    }
    if (first || (start >= s->start_high && kith_str_compare(t, (kith_str){s->text_high.p, s->text_high.n}) > 0)) {
        s->start_high = start;
        if (!set_text(&s->text_high, t)) return kith_no_memory(err);
    }
    if (!kith_hll_add(&s->hll, &hash, 1, arena)) return kith_no_memory(err);
    if (whole || (hash & 63) == 0) {
        unsigned kinds = kith_kinds_of(t);
        s->sampled += times;
        for (int k = 0; k < KITH_KINDS; k++)
            if (kinds >> k & 1) s->kinds[k] += times;
    }
    char c = t.p[0];
    if (!digit(c) && c != '-' && c != '+' && c != '.') {
        if (t.n <= 5 && is_truth(t)) s->truths += times;
        return KITH_OK;
    }
    kith_number v;
    int64_t us;
    bool is_date;
    if (t.n >= 10 && t.p[4] == '-' && kith_parse_time(t, NULL, &us, &is_date)) return add_time(s, us, is_date, times, arena, err);
    return profile_number(t, &v) ? add_number(s, &v, times, arena, err) : KITH_OK;
}

void profile_sums_free(profile_sums *s) {
    kith_buf_free(&s->text_low);
    kith_buf_free(&s->text_high);
}

static int merge_sums(profile_sums *into, const profile_sums *from, kith_arena *arena, kith_error *err) {
    if (from->values == 0) return KITH_OK;
    bool first = into->values == 0;
    if (first || from->shortest < into->shortest) into->shortest = from->shortest;
    if (from->longest > into->longest) into->longest = from->longest;
    kith_str low = {from->text_low.p, from->text_low.n}, high = {from->text_high.p, from->text_high.n};
    if ((first || kith_str_compare(low, (kith_str){into->text_low.p, into->text_low.n}) < 0) && !set_text(&into->text_low, low))
        return kith_no_memory(err);
    if ((first || kith_str_compare(high, (kith_str){into->text_high.p, into->text_high.n}) > 0) && !set_text(&into->text_high, high))
        return kith_no_memory(err);
    if (from->numbers && (!into->numbers || kith_number_compare(&from->low, &into->low) < 0)) into->low = from->low;
    if (from->numbers && (!into->numbers || kith_number_compare(&from->high, &into->high) > 0)) into->high = from->high;
    if (from->time.n && (!into->time.n || from->time_low < into->time_low)) into->time_low = from->time_low;
    if (from->time.n && (!into->time.n || from->time_high > into->time_high)) into->time_high = from->time_high;
    if (from->days && !into->days && !(into->days = kith_arena_zalloc(arena, DAYS * sizeof *into->days))) return kith_no_memory(err);
    for (int d = 0; from->days && d < DAYS; d++) into->days[d] += from->days[d];
    into->start_low = start_of((kith_str){into->text_low.p, into->text_low.n});
    into->start_high = start_of((kith_str){into->text_high.p, into->text_high.n});
    into->values += from->values;
    into->integers += from->integers;
    into->numbers += from->numbers;
    into->dates += from->dates;
    into->times += from->times;
    into->truths += from->truths;
    into->length += from->length;
    into->sampled += from->sampled;
    for (int k = 0; k < KITH_KINDS; k++) into->kinds[k] += from->kinds[k];
    if (!kith_moments_merge(&into->moments, &from->moments, arena) || !kith_quantiles_merge(&into->quantiles, &from->quantiles, arena) ||
        !kith_sum_merge(&into->time, &from->time, arena) || !kith_hll_merge(&into->hll, &from->hll, arena))
        return kith_no_memory(err);
    return KITH_OK;
}

/* Adds all values of a table of frequencies. */
static int add_top(const kith_top *top, profile_sums *s, bool whole, kith_arena *arena, kith_error *err) {
    for (uint32_t e = 0; e < top->table.n; e++) {
        kith_str t = kith_hashtable_key(&top->table, e);
        kith_key key;
        uint64_t hash = kith_key_of(t, &key);
        KITH_TRY(profile_add(s, t, hash, top->counts[e], whole, arena, err));
    }
    return KITH_OK;
}

int profile_sums_of(profile_column *c, kith_arena *arena, profile_sums *room, const profile_sums **sums, kith_error *err) {
    *sums = &c->sums;
    if (c->top.over) return KITH_OK;
    *sums = room;
    return add_top(&c->top, room, true, arena, err);
}

/* A batch for one column: into the frequencies, or, once those are over (or go over with it), into the sums. */
static int add_batch(profile *p, profile_column *c, uint32_t n, kith_error *err) {
    if (!c->top.over) {
        /* what goes over is given up whole: the sums take what was there first */
        if (c->top.table.n + n > KITH_TOP_VALUES || c->top.bytes > KITH_TOP_BYTES / 2) {
            kith_top before = c->top, fresh = {.over = false};
            KITH_TRY(kith_top_add(&fresh, p->keys, p->hashes, n, err));
            uint64_t bytes = before.bytes, distinct = before.table.n;
            for (uint32_t e = 0; e < fresh.table.n; e++)
                if (!kith_top_count(&before, kith_hashtable_key(&fresh.table, e))) distinct++, bytes += kith_hashtable_key(&fresh.table, e).n;
            bool over = fresh.over || distinct > KITH_TOP_VALUES || bytes > KITH_TOP_BYTES;
            kith_top_free(&fresh);
            if (over) {
                KITH_TRY(add_top(&c->top, &c->sums, false, p->arena, err));
                kith_top_free(&c->top);
                c->top.over = true;
            }
        }
        if (!c->top.over) return kith_top_add(&c->top, p->keys, p->hashes, n, err);
    }
    for (uint32_t i = 0; i < n; i++) KITH_TRY(profile_add(&c->sums, kith_key_str(&p->keys[i]), p->hashes[i], 1, false, p->arena, err));
    return KITH_OK;
}

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    profile *p = state;
    (void)out;
    if (b->rows > p->room) {
        free(p->keys);
        free(p->hashes);
        p->keys = malloc(b->rows * sizeof *p->keys);
        p->hashes = malloc(b->rows * sizeof *p->hashes);
        p->room = p->keys && p->hashes ? b->rows : 0;
        if (!p->room) return kith_no_memory(err);
    }
    p->rows += b->rows;
    for (uint32_t j = 0; j < p->n; j++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < b->rows; i++) {
            kith_str t = kith_text(b, i, j);
            if (!t.p && t.n) return kith_no_memory(err);
            if (t.n == 0) continue;
            p->hashes[n] = kith_key_of(t, &p->keys[n]);
            n++;
        }
        p->columns[j].missing += b->rows - n;
        KITH_TRY(add_batch(p, &p->columns[j], n, err));
    }
    return KITH_OK;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

static int merge_column(profile *p, profile_column *into, profile_column *from, kith_error *err) {
    into->missing += from->missing;
    if (!into->top.over && !from->top.over) {
        /* the union may be too large: then both sides' values go into the sums */
        kith_top both = {.over = false};
        int status = kith_top_merge(&both, &into->top, err);
        if (status == KITH_OK) status = kith_top_merge(&both, &from->top, err);
        if (status == KITH_OK && both.over) {
            status = add_top(&into->top, &into->sums, false, p->arena, err);
            if (status == KITH_OK) status = add_top(&from->top, &into->sums, false, p->arena, err);
        }
        kith_top_free(&into->top);
        into->top = both;
        return status;
    }
    if (!into->top.over) {
        KITH_TRY(add_top(&into->top, &into->sums, false, p->arena, err));
        kith_top_free(&into->top);
        into->top.over = true;
    }
    return from->top.over ? merge_sums(&into->sums, &from->sums, p->arena, err) : add_top(&from->top, &into->sums, false, p->arena, err);
}

static int merge(void *state, void *other, kith_error *err) {
    profile *into = state, *from = other;
    if (from->n == 0) return KITH_OK;
    if (into->n == 0) {
        KITH_TRY(columns(into, from->n, err));
        for (uint32_t i = 0; i < from->n; i++) KITH_TRY(name_column(into, i, from->columns[i].name, err));
    }
    if (into->n != from->n) return kith_fail(err, KITH_DATA, "the profiles are of tables with %u and %u columns", into->n, from->n);
    for (uint32_t i = 0; i < into->n; i++) {
        if (!kith_str_equal(into->columns[i].name, from->columns[i].name))
            return kith_fail(err, KITH_DATA, "the profiles are of different tables: column %u is %.*s and %.*s", i + 1, KITH_STR_FMT(into->columns[i].name),
                             KITH_STR_FMT(from->columns[i].name));
        KITH_TRY(merge_column(into, &into->columns[i], &from->columns[i], err));
    }
    into->rows += from->rows;
    return KITH_OK;
}

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    profile *p = state;
    kith_row_writer w = kith_row_begin(out, delimiter);
    profile_put_header(&w);
    kith_row_end(&w);
    for (uint32_t i = 0; i < p->n; i++) {
        KITH_TRY(profile_put(p, &p->columns[i], &w, err));
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- saving ------------------------------------------------------------------------------------------------- */

/* rows,N   then for each column: column,NAME,missing,FREQUENCIES
 * and, where those are over: sums,COUNTS  moments,…  quantiles,…  low,…  high,…  times,…  distinct,… */

static void put_u64s(kith_buf *buf, const uint64_t *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i) kith_buf_putc(buf, ' ');
        token_put_u64(buf, v[i]);
    }
}

static void put_number(kith_buf *buf, const kith_number *v) {
    if (v->is_fixed) token_put_i128(buf, v->fixed);
    else kith_buf_double(buf, v->real);
}

static void put_record(kith_buf *out, const char *what, kith_buf *value) {
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, what);
    kith_put_text(&w, (kith_str){value->p ? value->p : "", value->n});
    kith_row_end(&w);
    value->n = 0;
}

static void save_sums(profile_sums *s, kith_buf *out, kith_buf *v) {
    const uint64_t counts[] = {s->values, s->integers, s->numbers, s->dates, s->times, s->truths, s->shortest, s->longest, s->length, s->sampled};
    put_u64s(v, counts, sizeof counts / sizeof *counts);
    kith_buf_putc(v, ' ');
    put_u64s(v, s->kinds, KITH_KINDS);
    put_record(out, "sums", v);
    kith_moments_save(&s->moments, v);
    put_record(out, "moments", v);
    kith_quantiles_save(&s->quantiles, v);
    put_record(out, "quantiles", v);
    kith_buf_puts(v, s->numbers ? s->low.is_fixed ? "d " : "r " : "-");
    if (s->numbers) {
        put_number(v, &s->low);
        kith_buf_puts(v, s->high.is_fixed ? " d " : " r ");
        put_number(v, &s->high);
    }
    put_record(out, "range", v);
    kith_str low = {s->text_low.p, s->text_low.n}, high = {s->text_high.p, s->text_high.n};
    kith_buf_str(v, low);
    put_record(out, "low", v);
    kith_buf_str(v, high);
    put_record(out, "high", v);
    if (s->days) {
        kith_buf_printf(v, "%lld %lld ", (long long)s->time_low, (long long)s->time_high);
        kith_sum_save(&s->time, v);
        put_record(out, "time", v);
        for (int d = 0; d < DAYS; d++)
            if (s->days[d]) kith_buf_printf(v, "%s%d %llu", v->n ? " " : "", d, (unsigned long long)s->days[d]);
        put_record(out, "days", v);
    }
    kith_hll_save(&s->hll, v);
    put_record(out, "distinct", v);
}

static int save(const void *state, kith_buf *out, kith_error *err) {
    const profile *p = state;
    kith_buf v = {0};
    int status = KITH_OK;
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "rows");
    kith_put_int(&w, (int64_t)p->rows);
    kith_put_int(&w, p->n);
    kith_row_end(&w);
    for (uint32_t i = 0; i < p->n && status == KITH_OK; i++) {
        profile_column *c = &p->columns[i];
        w = kith_row_begin(out, ',');
        kith_put_string(&w, "column");
        kith_put_text(&w, c->name);
        kith_put_int(&w, (int64_t)c->missing);
        status = kith_top_save(&c->top, &v, err);
        kith_put_text(&w, (kith_str){v.p, v.n});
        kith_row_end(&w);
        v.n = 0;
        if (status == KITH_OK && c->top.over) save_sums(&c->sums, out, &v);
    }
    bool failed = v.failed || out->failed;
    kith_buf_free(&v);
    return status == KITH_OK && failed ? kith_no_memory(err) : status;
}

static int bad(kith_error *err) { return kith_fail(err, KITH_DATA, "not a saved profile"); }

/* The next record must be `what` with one value. */
static bool value_of(kith_records *records, const char *what, kith_str *value) {
    kith_str f[2];
    size_t n;
    if (!kith_records_next(records, f, 2, &n) || n != 2 || !kith_str_is(f[0], what)) return false;
    *value = f[1];
    return true;
}

static bool load_number(kith_str *t, kith_number *v) {
    kith_str kind;
    if (!token_next(t, &kind) || kind.n != 1) return false;
    v->is_fixed = kind.p[0] == 'd';
    return v->is_fixed ? token_i128(t, &v->fixed) : kind.p[0] == 'r' && token_double(t, &v->real);
}

static int load_sums(profile *p, profile_sums *s, kith_records *records, kith_error *err) {
    kith_str v;
    uint64_t *counts[] = {&s->values, &s->integers, &s->numbers, &s->dates, &s->times, &s->truths, &s->shortest, &s->longest, &s->length, &s->sampled};
    if (!value_of(records, "sums", &v)) return bad(err);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (!token_u64(&v, counts[i])) return bad(err);
    for (int k = 0; k < KITH_KINDS; k++)
        if (!token_u64(&v, &s->kinds[k])) return bad(err);
    if (!token_end(v) || !value_of(records, "moments", &v)) return bad(err);
    KITH_TRY(kith_moments_load(&s->moments, v, p->arena, err));
    if (!value_of(records, "quantiles", &v)) return bad(err);
    KITH_TRY(kith_quantiles_load(&s->quantiles, v, p->arena, err));
    if (!value_of(records, "range", &v)) return bad(err);
    if (s->numbers && (!load_number(&v, &s->low) || !load_number(&v, &s->high) || !token_end(v))) return bad(err);
    if (!value_of(records, "low", &v) || !set_text(&s->text_low, v)) return bad(err);
    if (!value_of(records, "high", &v) || !set_text(&s->text_high, v)) return bad(err);
    s->start_low = start_of((kith_str){s->text_low.p ? s->text_low.p : "", s->text_low.n});
    s->start_high = start_of((kith_str){s->text_high.p ? s->text_high.p : "", s->text_high.n});
    if (s->numbers != s->moments.sum.n || s->numbers != s->quantiles.n || s->values == 0) return bad(err);
    if (s->dates || s->times) {
        if (!value_of(records, "time", &v) || !token_i64(&v, &s->time_low) || !token_i64(&v, &s->time_high)) return bad(err);
        KITH_TRY(kith_sum_load(&s->time, v, p->arena, err));
        if (!(s->days = kith_arena_zalloc(p->arena, DAYS * sizeof *s->days))) return kith_no_memory(err);
        if (!value_of(records, "days", &v)) return bad(err);
        uint64_t sum = 0;
        while (!token_end(v)) {
            uint64_t day, n;
            if (!token_u64(&v, &day) || !token_u64(&v, &n) || day >= DAYS || n > s->time.n - sum) return bad(err);
            s->days[day] += n;
            sum += n;
        }
        if (sum != s->time.n || s->time.n != s->dates + s->times || s->time.wide) return bad(err);
    }
    if (!value_of(records, "distinct", &v)) return bad(err);
    return kith_hll_load(&s->hll, v, p->arena, err);
}

/* Whether values that are said to have been seen so often can have been, in so many rows. */
static bool seen_in(const kith_top *top, uint64_t rows) {
    uint64_t seen = 0, bytes = 0, more;
    for (uint32_t e = 0; e < top->table.n; e++)
        if (__builtin_add_overflow(seen, top->counts[e], &seen) || __builtin_mul_overflow(kith_hashtable_key(&top->table, e).n, top->counts[e], &more) ||
            __builtin_add_overflow(bytes, more, &bytes))
            return false;
    return seen <= rows;
}

static int load(void *state, kith_records *records, kith_error *err) {
    profile *p = state;
    kith_str f[4];
    size_t n;
    int64_t rows, cols, missing;
    if (!kith_records_next(records, f, 4, &n)) return bad(err);
    if (n != 3 || !kith_str_is(f[0], "rows") || !kith_parse_int(f[1], &rows) || rows < 0 || !kith_parse_int(f[2], &cols) || cols < 0 || cols > 1000000)
        return bad(err);
    p->rows = (uint64_t)rows;
    KITH_TRY(columns(p, (uint32_t)cols, err));
    for (uint32_t i = 0; i < p->n; i++) {
        profile_column *c = &p->columns[i];
        if (!kith_records_next(records, f, 4, &n) || n != 4 || !kith_str_is(f[0], "column") || !kith_parse_int(f[2], &missing) || missing < 0) return bad(err);
        KITH_TRY(name_column(p, i, f[1], err));
        c->missing = (uint64_t)missing;
        KITH_TRY(kith_top_load(&c->top, f[3], err));
        if (!seen_in(&c->top, p->rows)) return bad(err);
        if (c->top.over) KITH_TRY(load_sums(p, &c->sums, records, err));
    }
    return KITH_OK;
}

const kith_fold kith_profile_fold = {
    .name = "ingest.profile",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_state,
};
