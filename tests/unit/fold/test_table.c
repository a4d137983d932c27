/* The table fold against results worked out by hand, and its laws: any split of the rows, any order of merging, saving and
 * loading in between, the empty state on either side: the same bytes. */
#include "unit.h"

#include <kith/aggregate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker;
    return kith_table_fold.step(ctx, b, out, err);
}

/* A state of the rows in `text`; NULL where the fold refuses, with its status. */
static void *fold(const char *by, const char *aggregates, const char *total, const char *wide, const char *text, int *status, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    kith_params params = {.arena = arena};
    kith_params_set(&params, "by", by);
    kith_params_set(&params, "aggregates", aggregates);
    kith_params_set(&params, "total", total);
    kith_params_set(&params, "wide", wide);
    void *state = NULL;
    *status = kith_table_fold.init(&params, &state, err);
    if (!*status && text) {
        char path[] = "/tmp/kith-test-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
        const char *files[] = {path};
        kith_source_options options = {.files = files, .n_files = 1, .threads = 1};
        kith_source *source;
        assert_int_equal(kith_source_open(&source, &options, err), KITH_OK);
        *status = kith_table_fold.bind(state, kith_source_header(source), err);
        kith_scan scan = {.visit = visit, .ctx = state};
        if (!*status) *status = kith_source_scan(source, &scan, err);
        kith_source_close(source);
        unlink(path);
    }
    kith_arena_free(arena);
    if (*status && state) kith_table_fold.free(state), state = NULL;
    return state;
}

static char *finish(void *state) {
    kith_buf out = {0};
    kith_error err;
    assert_int_equal(kith_table_fold.finish(state, ',', &out, &err), KITH_OK);
    kith_buf_putc(&out, 0);
    return out.p;
}

static void gives(const char *by, const char *aggregates, const char *total, const char *wide, const char *text, const char *want) {
    int status;
    kith_error err = {0, ""};
    void *state = fold(by, aggregates, total, wide, text, &status, &err);
    assert_string_equal(err.text, "");
    char *got = finish(state);
    assert_string_equal(got, want);
    free(got);
    kith_table_fold.free(state);
}

static const char sales[] = "region,channel,amount,who,n\n"
                            "S,web,10.5,ann,1\nN,web,0.1,bo,2\nS,shop,,ann,3\nN,web,0.2,cy,4\nS,web,-3,\"a,b\",5\n\"N\",shop,7,bo,6\n";

static void aggregates_by_hand(void **state) {
    (void)state;
    gives("region", "n=count,c=count(amount),s=sum(amount),m=mean(amount),lo=min(amount),hi=max(amount)", "", "", sales,
          "region,n,c,s,m,lo,hi\nN,3,3,7.3,2.433333333333333,0.1,7\nS,3,2,7.5,3.75,-3,10.5\n");
    gives("region,channel", "count", "", "", sales, "region,channel,count\nN,shop,1\nN,web,2\nS,shop,1\nS,web,2\n");
    gives("", "sd(n),median(n),p25(n),p100(n),d=distinct(who)", "", "", sales,
          "sd_n,median_n,p25_n,p100_n,d\n1.8708286933869707,3.5,2.25,6,4\n");
    gives("region", "first(who),last(who),share(n),share", "", "", sales,
          "region,first_who,last_who,share_n,share\nN,bo,bo,0.5714285714285714,0.5\nS,ann,\"a,b\",0.42857142857142855,0.5\n");
    gives("", "w=weighted(amount,n)", "", "", sales, "w\n2.138888888888889\n");
    gives("region", "n=count,d=distinct(who),s=sum(amount)", "1", "", sales, "region,n,d,s\nN,3,2,7.3\nS,3,2,7.5\ntotal,6,4,14.8\n");
    gives("region,channel", "n=count", "", "channel", sales, "region,shop,web\nN,1,2\nS,1,2\n");
    gives("region,channel", "n=count,s=sum(n)", "", "region", sales, "channel,N_n,N_s,S_n,S_s\nshop,1,6,1,3\nweb,2,6,2,6\n");
}

/* Cochran's formula term by term in another program: r = 30/19, sqrt(n/(n-1) * sum((x-r*y)^2)) / sum(y), n = 5 */
static void a_ratio_has_its_interval(void **state) {
    (void)state;
    gives("", "r=ratio(x,y)", "", "", "x,y\n3,2\n5,3\n8,5\n10,7\n4,2\n,9\n", "r,r_low,r_high\n1.5789473684210527,1.4190373656342459,1.7388573712078594\n");
}

static void the_empty_case_first(void **state) {
    (void)state;
    gives("", "n=count,s=sum(x),m=mean(x),lo=min(x),p50(x),d=distinct(x)", "", "", "x\n", "n,s,m,lo,p50_x,d\n0,0,,,,0\n");
    gives("x", "n=count", "1", "", "x\n", "x,n\ntotal,0\n");
    gives("x,y", "n=count", "", "y", "x,y\n", "x\n");
    gives("x", "n=count", "", "", "x\n\"\"\na\n\"\"\n", "x,n\n,2\na,1\n");
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *by, *aggregates, *text;
        int status;
    } cases[] = {
        {"", "summ(x)", NULL, KITH_USAGE},     {"", "sum", NULL, KITH_USAGE},       {"", "sum(x", NULL, KITH_USAGE},
        {"", "p101(x)", NULL, KITH_USAGE},     {"", "=count", NULL, KITH_USAGE},    {"", "a=count,a=count(x)", NULL, KITH_USAGE},
        {"", "ratio(x)", NULL, KITH_USAGE},    {"", "sum(x,y,z)", NULL, KITH_USAGE}, {"", "sum(y)", "x\n1\n", KITH_DATA},
        {"y", "count", "x\n1\n", KITH_DATA},   {"", "sum(x)", "x\n1\nabc\n", KITH_DATA}, {"", "sum({x)", NULL, KITH_USAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        kith_error err = {0, ""};
        void *s = fold(cases[i].by, cases[i].aggregates, "", "", cases[i].text, &status, &err);
        assert_int_equal(status, cases[i].status);
        assert_true(*err.text && !s);
        assert_null(strstr(err.text, "abc"));
    }
}

enum { ROWS = 700 };

static size_t put_rows(char *text, size_t from, size_t to) {
    size_t n = (size_t)sprintf(text, "g,h,x,y,t\n");
    static const char *const hs[] = {"web", "a much longer channel name", "\"q,uo\"\"ted\"", "", "\x01"};
    for (size_t i = from; i < to; i++) {
        kith_random r;
        kith_random_start(&r, 7, "rows", i);
        unsigned g = (unsigned)kith_random_below(&r, 5), h = (unsigned)kith_random_below(&r, 5);
        n += (size_t)sprintf(text + n, "g%u,%s,", g, hs[h]);
        switch (kith_random_below(&r, 4)) {
        case 0: break;
        case 1: n += (size_t)sprintf(text + n, "%.17g", kith_random_normal(&r) * 1e-12); break;
        default: n += (size_t)sprintf(text + n, "%.2f", kith_random_normal(&r) * 1000);
        }
        n += (size_t)sprintf(text + n, ",%u,t%u\n", (unsigned)kith_random_below(&r, 9) + 1, (unsigned)kith_random_below(&r, 40));
    }
    return n;
}

static void *reloaded(void *state, const char *aggregates) {
    kith_buf saved = {0};
    kith_error err;
    int status;
    assert_int_equal(kith_table_fold.save(state, &saved, &err), KITH_OK);
    void *back = fold("g,h", aggregates, "1", "", NULL, &status, &err);
    kith_arena *arena = kith_arena_new();
    kith_records records = {saved.p, saved.p + saved.n, 1, ',', arena};
    assert_int_equal(kith_table_fold.load(back, &records, &err), KITH_OK);
    kith_buf again = {0};
    assert_int_equal(kith_table_fold.save(back, &again, &err), KITH_OK);
    assert_int_equal(again.n, saved.n);
    assert_memory_equal(again.p, saved.p, saved.n);
    kith_buf_free(&saved);
    kith_buf_free(&again);
    kith_arena_free(arena);
    kith_table_fold.free(state);
    return back;
}

static void laws(void **unused) {
    (void)unused;
    static const char aggregates[] = "count,count(x),sum(x),mean(x),sd(x),min(x),max(t),median(x),p99(x),distinct(t),distinct(x),share(x),share,"
                                     "weighted(x,y),ratio(x,y)";
    char *text = malloc(ROWS * 120);
    int status;
    kith_error err = {0, ""};
    put_rows(text, 0, ROWS);
    void *whole = fold("g,h", aggregates, "1", "", text, &status, &err);
    char *want = finish(whole);
    assert_true(strlen(want) > 1000);
    for (int way = 0; way < 8; way++) {
        static const size_t cuts[8][2] = {{0, 0}, {ROWS, ROWS}, {1, 2}, {350, 350}, {255, 256}, {256, 512}, {300, 301}, {699, 700}};
        void *parts[4];
        for (int k = 0; k < 3; k++) {
            size_t from = k ? cuts[way][k - 1] : 0, to = k == 2 ? ROWS : cuts[way][k];
            put_rows(text, from, to);
            parts[k] = fold("g,h", aggregates, "1", "", text, &status, &err);
            assert_non_null(parts[k]);
            if (way % 2) parts[k] = reloaded(parts[k], aggregates);
        }
        parts[3] = fold("g,h", aggregates, "1", "", NULL, &status, &err); /* never bound */
        static const int orders[4][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
        const int *order = orders[way % 4];
        for (int k = 1; k < 4; k++) {
            assert_int_equal(kith_table_fold.merge(parts[order[0]], parts[order[k]], &err), KITH_OK);
            kith_table_fold.free(parts[order[k]]);
        }
        char *got = finish(parts[order[0]]);
        assert_string_equal(got, want);
        free(got);
        kith_table_fold.free(parts[order[0]]);
    }
    free(want);
    kith_table_fold.free(whole);
    free(text);
}

/* A saved state is untrusted: any damage is refused or gives some state, and never more. */
static void damage_is_survived(void **unused) {
    (void)unused;
    static const char aggregates[] = "count,sum(x),sd(x),median(x),min(t),first(t),distinct(t),weighted(x,y),ratio(x,y)";
    char *text = malloc(ROWS * 120);
    int status;
    kith_error err = {0, ""};
    put_rows(text, 0, 40);
    void *whole = fold("g,h", aggregates, "1", "", text, &status, &err);
    kith_buf saved = {0};
    assert_int_equal(kith_table_fold.save(whole, &saved, &err), KITH_OK);
    char *copy = malloc(saved.n);
    for (uint64_t i = 0; i < 3000; i++) {
        kith_random r;
        kith_random_start(&r, 3, "damage", i);
        memcpy(copy, saved.p, saved.n);
        size_t n = kith_random_below(&r, 4) ? saved.n : kith_random_below(&r, saved.n);
        for (uint64_t k = kith_random_below(&r, 6); k; k--) copy[kith_random_below(&r, saved.n)] = "\",\n0919|:=-\xff"[kith_random_below(&r, 13)];
        void *back = fold("g,h", aggregates, "1", "", NULL, &status, &err);
        kith_arena *arena = kith_arena_new();
        kith_records records = {copy, copy + n, 1, ',', arena};
        if (kith_table_fold.load(back, &records, &err) == KITH_OK) {
            kith_buf out = {0};
            kith_table_fold.finish(back, ',', &out, &err);
            kith_buf_free(&out);
        }
        kith_table_fold.free(back);
        kith_arena_free(arena);
    }
    free(copy);
    free(text);
    kith_buf_free(&saved);
    kith_table_fold.free(whole);
}

static void *numbered(const char *by, const char *aggregates, size_t from, size_t to, char *text) {
    int status;
    kith_error err = {0, ""};
    put_rows(text, from, to);
    void *state = fold(by, aggregates, "1", "", text, &status, &err);
    assert_non_null(state);
    return state;
}

/* Rows taken out again leave what the others alone give; groups without rows are gone, and what is counted after is counted right. */
static void rows_are_taken_out(void **unused) {
    (void)unused;
    static const char *const bys[] = {"g,h", "h", ""};
    static const char aggregates[] = "count,count(x),sum(x),mean(x),sd(x),share(x),share,weighted(x,y),ratio(x,y)", cells[] = "sum(x),weighted(x,y),ratio(y,x)";
    static const size_t cuts[] = {0, 1, 340, 690, 699, ROWS};
    char *text = malloc(ROWS * 120);
    kith_error err = {0, ""};
    for (size_t b = 0; b < 3; b++)
        for (size_t k = 0; k < 2 * sizeof cuts / sizeof *cuts; k++) {
            size_t cut = cuts[k / 2];
            const char *what = k % 2 ? cells : aggregates;
            void *whole = numbered(bys[b], what, 0, ROWS, text), *part = numbered(bys[b], what, 0, cut, text), *rest = numbered(bys[b], what, cut, ROWS, text);
            assert_int_equal(kith_table_fold.subtract(whole, part, &err), KITH_OK);
            char *got = finish(whole), *want = finish(rest);
            assert_string_equal(got, want);
            free(got), free(want);
            kith_table_fold.free(part), kith_table_fold.free(whole), kith_table_fold.free(rest);
        }
    free(text);
    /* a first group leaves, and the others are counted on: 3 + 4 of b, 5 of c */
    int status;
    void *all = fold("g", "s=sum(x)", "", "", "g,x\na,1\nb,3\n", &status, &err), *a = fold("g", "s=sum(x)", "", "", "g,x\na,1\n", &status, &err);
    assert_int_equal(kith_table_fold.subtract(all, a, &err), KITH_OK);
    static const char more[] = "b,4\nc,5\n";
    static const uint32_t ends[] = {1, 3, 5, 7};
    kith_batch batch = {.bytes = more, .ends = ends, .rows = 2, .cols = 2, .delimiter = ',', .file_name = "t"};
    assert_int_equal(kith_table_fold.step(all, &batch, NULL, &err), KITH_OK);
    char *got = finish(all);
    assert_string_equal(got, "g,s\nb,7\nc,5\n");
    free(got);
    kith_table_fold.free(all), kith_table_fold.free(a);
}

static void taking_out_is_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *by, *aggregates, *whole, *part;
        int status;
        const char *says;
    } cases[] = {
        {"g", "sum(x)", "g,x\na,1\n", "g,x\nb,1\n", KITH_DATA, "not in the state"},
        {"g", "sum(x)", "g,x\na,1\nb,2\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"", "sum(x)", "g,x\na,1\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"", "sd(x)", "g,x\na,1\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"", "count(x)", "g,x\na,1\na,\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"", "weighted(x,x)", "g,x\na,1\na,\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"", "ratio(x,x)", "g,x\na,1\na,\n", "g,x\na,1\na,1\n", KITH_DATA, "not in the state"},
        {"g", "sum(x),d=distinct(x)", "g,x\na,1\n", "g,x\na,1\n", KITH_USAGE, "report.table: d cannot"},
        {"g", "max(x)", "g,x\na,1\n", "g,x\na,1\n", KITH_USAGE, "max_x cannot"},
        {"g", "sum(x)", "g,x\na,1\n", NULL, KITH_OK, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        kith_error err = {0, ""};
        void *whole = fold(cases[i].by, cases[i].aggregates, "", "", cases[i].whole, &status, &err), *part = fold(cases[i].by, cases[i].aggregates, "", "", cases[i].part, &status, &err);
        assert_int_equal(kith_table_fold.subtract(whole, part, &err), cases[i].status);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s: %s", cases[i].says, err.text);
        kith_table_fold.free(whole), kith_table_fold.free(part);
    }
}

/* A table of no rows that was printed is still empty: what is merged into it counts alone. */
static void printed_and_merged(void **unused) {
    (void)unused;
    int status;
    kith_error err = {0, ""};
    void *empty = fold("", "n=count,s=sum(x)", "", "", NULL, &status, &err), *some = fold("", "n=count,s=sum(x)", "", "", "x\n2\n3\n", &status, &err);
    char *got = finish(empty);
    assert_string_equal(got, "n,s\n0,0\n");
    free(got);
    assert_int_equal(kith_table_fold.merge(empty, some, &err), KITH_OK);
    got = finish(empty);
    assert_string_equal(got, "n,s\n2,5\n");
    free(got);
    kith_table_fold.free(empty), kith_table_fold.free(some);
}

static kith_state *state_with(kith_arena *arena, const char *name, const char *value) {
    kith_params params = {.arena = arena};
    kith_state *s;
    kith_error err;
    kith_params_set(&params, "aggregates", "count");
    if (name) kith_params_set(&params, name, value);
    assert_int_equal(kith_state_new(&kith_table_fold, &params, &s, &err), KITH_OK);
    return s;
}

/* What one state says and the other does not is a difference, whichever of them says it. */
static void parameters_differ(void **unused) {
    (void)unused;
    kith_arena *arena = kith_arena_new();
    kith_error err;
    for (int turned = 0; turned < 2; turned++) {
        kith_state *plain = state_with(arena, NULL, NULL), *total = state_with(arena, "total", "1");
        assert_int_equal(kith_state_merge(turned ? total : plain, turned ? plain : total, false, &err), KITH_DATA);
        assert_non_null(strstr(err.text, "the states differ in 'total'"));
        kith_state_free(plain), kith_state_free(total);
    }
    kith_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_empty_case_first), cmocka_unit_test(aggregates_by_hand),
                                       cmocka_unit_test(a_ratio_has_its_interval), cmocka_unit_test(refusals), cmocka_unit_test(laws),
                                       cmocka_unit_test(damage_is_survived), cmocka_unit_test(rows_are_taken_out),
                                       cmocka_unit_test(taking_out_is_refused), cmocka_unit_test(printed_and_merged), cmocka_unit_test(parameters_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
