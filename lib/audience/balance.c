/* Balance tables: standardised differences between arms (Austin 2009, Statistics in Medicine 28:3083). Values are interned, so what is kept is the
 * number of each value in each arm; means come from those in the order in which the values were first met. */
#include <kith/balance.h>
#include <kith/hashtable.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_SHOWN = 200 };

typedef struct column {
    kith_hashtable levels;
    uint64_t *counts; /* level × arms */
    size_t room;
} column;

struct kith_balance {
    size_t n, arms;
    column columns[];
};

int kith_balance_new(size_t columns, size_t arms, kith_balance **balance, kith_error *err) {
    kith_balance *b = calloc(1, sizeof *b + columns * sizeof *b->columns);
    *balance = b;
    if (!b) return kith_no_memory(err);
    b->arms = arms;
    for (; b->n < columns; b->n++) KITH_TRY(kith_hashtable_init(&b->columns[b->n].levels, err));
    return KITH_OK;
}

void kith_balance_free(kith_balance *b) {
    if (!b) return;
    for (size_t j = 0; j < b->n; j++) {
        kith_hashtable_free(&b->columns[j].levels);
        free(b->columns[j].counts);
    }
    free(b);
}

int kith_balance_level(kith_balance *b, size_t j, kith_str text, uint32_t *level, kith_error *err) {
    column *c = &b->columns[j];
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    KITH_TRY(kith_hashtable_put(&c->levels, &key, &hash, 1, level, err));
    if (*level < c->room) return KITH_OK;
    size_t room = c->room ? 2 * c->room : 64;
    uint64_t *more = realloc(c->counts, room * b->arms * sizeof *more);
    if (!more) return kith_no_memory(err);
    memset(more + c->room * b->arms, 0, (room - c->room) * b->arms * sizeof *more);
    c->counts = more;
    c->room = room;
    return KITH_OK;
}

void kith_balance_count(kith_balance *b, size_t j, uint32_t level, size_t arm) { b->columns[j].counts[level * b->arms + arm]++; }

static bool numeric(const column *c) {
    double v;
    bool any = false;
    for (uint32_t l = 0; l < c->levels.n; l++) {
        kith_str text = kith_hashtable_key(&c->levels, l);
        if (text.n && !kith_parse_double(text, &v)) return false;
        any |= text.n > 0;
    }
    return any;
}

typedef struct moments {
    double n, mean, variance;
} moments;

static moments of_numbers(const kith_balance *b, const column *c, size_t arm) {
    moments m = {0};
    double sum = 0, squares = 0, v = 0;
    for (uint32_t l = 0; l < c->levels.n; l++) {
        double n = (double)c->counts[l * b->arms + arm];
        if (kith_parse_double(kith_hashtable_key(&c->levels, l), &v)) m.n += n, sum += n * v;
    }
    m.mean = m.n > 0 ? sum / m.n : NAN;
    for (uint32_t l = 0; l < c->levels.n; l++) {
        double n = (double)c->counts[l * b->arms + arm];
        if (n > 0 && kith_parse_double(kith_hashtable_key(&c->levels, l), &v)) squares += n * (v - m.mean) * (v - m.mean);
    }
    m.variance = m.n > 1 ? squares / (m.n - 1) : 0;
    return m;
}

static moments of_level(const kith_balance *b, const column *c, uint32_t level, size_t arm) {
    moments m = {0};
    for (uint32_t l = 0; l < c->levels.n; l++) m.n += (double)c->counts[l * b->arms + arm];
    m.mean = m.n > 0 ? (double)c->counts[level * b->arms + arm] / m.n : NAN;
    m.variance = m.mean * (1 - m.mean);
    return m;
}

static double difference(moments arm, moments control) {
    double sd = sqrt((arm.variance + control.variance) / 2), d = arm.mean - control.mean;
    if (!(arm.n > 0 && control.n > 0)) return NAN;
    return d == 0 ? 0 : sd > 0 ? d / sd : NAN;
}

static size_t control_of(const kith_arms *arms) { /* there is always one */
    size_t i = 0;
    while (arms->arm[i].treatment != 0) i++;
    return i;
}

double kith_balance_worst(const kith_balance *b, const kith_arms *arms) {
    double worst = 0;
    size_t control = control_of(arms);
    for (size_t j = 0; j < b->n; j++) {
        const column *c = &b->columns[j];
        bool numbers = numeric(c);
        uint32_t levels = numbers ? 1 : c->levels.n < LEVELS_SHOWN ? c->levels.n : LEVELS_SHOWN;
        for (uint32_t l = 0; l < levels; l++)
            for (size_t i = 0; i < arms->n; i++) {
                double d = numbers ? difference(of_numbers(b, c, i), of_numbers(b, c, control)) : difference(of_level(b, c, l, i), of_level(b, c, l, control));
                if (fabs(d) > worst) worst = fabs(d);
            }
    }
    return worst;
}

static void put(kith_row_writer *w, kith_str name, kith_str level, const char *arm, double n, double share, double mean, double d) {
    kith_put_text(w, name);
    kith_put_text(w, level);
    kith_put_string(w, arm);
    kith_put_double(w, n);
    kith_put_double(w, share);
    kith_put_double(w, mean);
    kith_put_double(w, d);
    kith_row_end(w);
}

int kith_balance_write(const kith_balance *b, const kith_arms *arms, const kith_str *names, kith_sink *sink, kith_error *err) {
    kith_buf out = {0};
    size_t control = control_of(arms);
    kith_buf_puts(&out, "column,level,arm,n,share,mean,difference\n");
    kith_row_writer w = kith_row_begin(&out, ',');
    int status = KITH_OK;
    for (size_t j = 0; j < b->n && status == KITH_OK; j++) {
        const column *c = &b->columns[j];
        if (numeric(c)) {
            moments base = of_numbers(b, c, control);
            for (size_t i = 0; i < arms->n; i++) {
                moments m = of_numbers(b, c, i);
                put(&w, names[j], (kith_str){"", 0}, arms->arm[i].name, m.n, NAN, m.mean, difference(m, base));
            }
            continue;
        }
        uint32_t *order = malloc(((size_t)c->levels.n + 1) * sizeof *order);
        status = order ? kith_hashtable_order(&c->levels, order, err) : kith_no_memory(err);
        for (uint32_t k = 0; status == KITH_OK && k < c->levels.n && k < LEVELS_SHOWN; k++) {
            moments base = of_level(b, c, order[k], control);
            for (size_t i = 0; i < arms->n; i++) {
                moments m = of_level(b, c, order[k], i);
                put(&w, names[j], kith_hashtable_key(&c->levels, order[k]), arms->arm[i].name, (double)c->counts[order[k] * b->arms + i], m.mean, NAN, difference(m, base));
            }
        }
        free(order);
    }
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, err);
    kith_buf_free(&out);
    return status;
}
