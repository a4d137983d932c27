/* kith segment community: groups and influence among people who know each other; who can best reach an undecided person; whom to ask first.
 *
 *     kith segment community friends.csv > groups.csv
 *     kith segment community --people people.csv --reach friends.csv        # for each undecided person, the supporter to ask
 *     kith segment community --people people.csv --seeds 20 friends.csv     # the twenty who reach the most
 *
 * This file is compiled twice: for kith-segment, which only hands over, and for kith-segment-community, which links igraph. */
#include <kith/app.h>
#include <kith/communities.h>
#include <kith/notes.h>
#include <math.h>
#include <stdlib.h>

struct said {
    const char *from, *to, *weight, *people, *status, *supporter, *undecided;
    bool reach;
    int64_t seeds, steps;
    double resolution;
};

static const kith_option options[] = {
    {0, "from", "COL", KITH_OPT_STRING, offsetof(struct said, from), "one end of a tie (default: the first column)", NULL, true, false},
    {0, "to", "COL", KITH_OPT_STRING, offsetof(struct said, to), "the other end (default: the second column)", NULL, true, false},
    {0, "weight", "COL", KITH_OPT_STRING, offsetof(struct said, weight), "how strong the tie is (default: from the friends in common)", NULL, true, false},
    {0, "people", "FILE", KITH_OPT_STRING, offsetof(struct said, people), "all people with their status; ties to others are left out", NULL, false, false},
    {0, "status", "COL", KITH_OPT_STRING, offsetof(struct said, status), "what people are, in --people (default status)", NULL, false, false},
    {0, "supporter", "VALUE", KITH_OPT_STRING, offsetof(struct said, supporter), "the status of a supporter (default supporter)", NULL, false, false},
    {0, "undecided", "VALUE", KITH_OPT_STRING, offsetof(struct said, undecided), "the status of an undecided person (default undecided)", NULL, false, false},
    {0, "reach", NULL, KITH_OPT_FLAG, offsetof(struct said, reach), "for each undecided person the supporter best placed to reach them", NULL, false, false},
    {0, "seeds", "K", KITH_OPT_INT, offsetof(struct said, seeds), "the K supporters (without --people: people) who together reach the most", NULL, false, false},
    {0, "steps", "N", KITH_OPT_INT, offsetof(struct said, steps), "how far a word travels (default 2 for --reach, 1 for --seeds)", NULL, false, false},
    {0, "resolution", "R", KITH_OPT_DOUBLE, offsetof(struct said, resolution), "larger finds smaller groups (default 1)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two circles of friends, and how central each person is.", "a,b\nana,ben\nben,cleo\nana,cleo\ndan,eve\neve,fay\ndan,fay\ncleo,dan\n",
     "kith segment community -q | cut -d, -f1-4", "id,community,size,degree\nana,1,3,2\nben,1,3,2\ncleo,1,3,3\ndan,2,3,3\neve,2,3,2\nfay,2,3,2\n"},
    {"Who should speak to whom.", "a,b\nana,ben\nben,cleo\nana,cleo\ncleo,dan\n",
     "printf 'id,status\\nana,supporter\\nben,\\ncleo,undecided\\ndan,undecided\\n' > people.csv; kith segment community -q --people people.csv --reach", "id,supporter,steps,strength\ncleo,ana,1,0.6666666666666666\ndan,ana,2,0.3333333333333333\n"},
    {NULL, NULL, NULL, NULL},
};

#ifndef KITH_APART

enum { HANDS_OVER = KITH_HANDS_OVER };

static int run(kith_app *app) { return kith_app_hand_over(app); }

#else

enum { HANDS_OVER = 0 };

typedef struct task {
    struct said *said;
    kith_network net;
    uint32_t from, to, weight;
    bool closed;
    bool *supporter, *undecided;
    kith_csv people;
} task;

static int add_ties(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    task *t = ctx;
    (void)worker;
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str from = kith_text(b, i, t->from), to = kith_text(b, i, t->to);
        double weight = NAN;
        if (!from.n || !to.n) {
            KITH_TRY(kith_bad_row(b, i, from.n ? t->to : t->from, "missing_id", "an end of a tie is missing", out, err));
            continue;
        }
        if (t->weight != KITH_NO_COLUMN && (kith_cell_double(b, i, t->weight, &weight) != KITH_CELL_VALUE || !(weight > 0))) {
            KITH_TRY(kith_bad_row(b, i, t->weight, "bad_weight", "not a positive number", out, err));
            continue;
        }
        KITH_TRY(kith_network_tie(&t->net, from, to, weight, t->closed, err));
    }
    return KITH_OK;
}

static int read_people(kith_app *app, task *t, uint32_t *id, uint32_t *status) {
    struct said *s = t->said;
    uint32_t entry;
    t->closed = s->people != NULL;
    if (!s->people) return s->reach ? kith_app_usage(app, "--reach needs --people, to know who supports and who is undecided") : KITH_OK;
    KITH_TRY(kith_csv_read(app->arena, s->people, &t->people, &app->error));
    const char *name = app->common.id ? app->common.id : kith_csv_column(&t->people, "person_id") != UINT32_MAX ? "person_id" : "id";
    KITH_TRY(kith_column(&t->people.header, name, id, &app->error));
    KITH_TRY(kith_column(&t->people.header, s->status ? s->status : "status", status, &app->error));
    for (size_t i = 0; i < t->people.rows; i++) KITH_TRY(kith_network_person(&t->net, kith_csv_cell(&t->people, i, *id), &entry, &app->error));
    return KITH_OK;
}

static int mark_people(kith_app *app, task *t, uint32_t id, uint32_t status) {
    struct said *s = t->said;
    t->supporter = kith_arena_zalloc(app->arena, (size_t)t->net.n + 1);
    t->undecided = kith_arena_zalloc(app->arena, (size_t)t->net.n + 1);
    if (!t->supporter || !t->undecided) return kith_no_memory(&app->error);
    for (uint32_t i = 0; !s->people && i < t->net.n; i++) t->supporter[i] = t->undecided[i] = true;
    for (size_t i = 0; s->people && i < t->people.rows; i++) {
        uint32_t who = kith_network_find(&t->net, kith_csv_cell(&t->people, i, id));
        kith_str what = kith_csv_cell(&t->people, i, status);
        t->supporter[who] |= kith_str_is(what, s->supporter ? s->supporter : "supporter");
        t->undecided[who] |= kith_str_is(what, s->undecided ? s->undecided : "undecided");
    }
    return KITH_OK;
}

static int put_groups(kith_app *app, task *t, const char *id, kith_buf *out) {
    uint32_t n = t->net.n, groups = 0, *community = kith_arena_alloc(app->arena, ((size_t)n + 1) * sizeof *community);
    double *influence = kith_arena_alloc(app->arena, ((size_t)n + 1) * sizeof *influence), modularity;
    if (!community || !influence) return kith_no_memory(&app->error);
    KITH_TRY(kith_communities(&t->net, t->said->resolution, (uint64_t)app->common.seed, community, influence, &groups, &modularity, &app->error));
    uint64_t *size = kith_arena_zalloc(app->arena, ((size_t)groups + 2) * sizeof *size);
    if (!size) return kith_no_memory(&app->error);
    for (uint32_t i = 0; i < n; i++) size[community[i]]++;
    kith_row_writer w = kith_row_begin(out, kith_app_delimiter(app, NULL));
    const char *const names[] = {id, "community", "size", "degree", "influence"};
    for (size_t j = 0; j < 5; j++) kith_put_name(&w, kith_str_of(names[j]));
    kith_row_end(&w);
    for (uint32_t i = 0; i < n; i++) {
        kith_put_text(&w, t->net.ids[i]);
        kith_put_int(&w, community[i]);
        kith_put_int(&w, (int64_t)size[community[i]]);
        kith_put_int(&w, (int64_t)(t->net.first[i + 1] - t->net.first[i]));
        kith_put_double(&w, influence[i]);
        kith_row_end(&w);
    }
    kith_app_say(app, "%u people, %llu ties, %u communities, modularity %.4f", n, (unsigned long long)t->net.n_ties, groups, modularity);
    return KITH_OK;
}

static int put_reach(kith_app *app, task *t, const char *id, kith_buf *out) {
    uint32_t n = t->net.n, *source = kith_arena_alloc(app->arena, ((size_t)n + 1) * sizeof *source);
    int *steps = kith_arena_alloc(app->arena, ((size_t)n + 1) * sizeof *steps);
    double *strength = kith_arena_alloc(app->arena, ((size_t)n + 1) * sizeof *strength);
    if (!source || !steps || !strength) return kith_no_memory(&app->error);
    KITH_TRY(kith_network_reach(&t->net, t->supporter, (int)(t->said->steps ? t->said->steps : 2), source, steps, strength, &app->error));
    kith_row_writer w = kith_row_begin(out, kith_app_delimiter(app, NULL));
    const char *const names[] = {id, "supporter", "steps", "strength"};
    for (size_t j = 0; j < 4; j++) kith_put_name(&w, kith_str_of(names[j]));
    kith_row_end(&w);
    for (uint32_t i = 0; i < n; i++) {
        if (!t->undecided[i]) continue;
        bool reached = source[i] != KITH_NO_ENTRY;
        kith_put_text(&w, t->net.ids[i]);
        kith_put_text(&w, reached ? t->net.ids[source[i]] : (kith_str){"", 0});
        if (reached) kith_put_int(&w, steps[i]), kith_put_double(&w, strength[i]);
        else kith_put_missing(&w), kith_put_missing(&w);
        kith_row_end(&w);
    }
    return KITH_OK;
}

static int put_seeds(kith_app *app, task *t, const char *id, kith_buf *out) {
    size_t k = (size_t)t->said->seeds, chosen = 0;
    if (k > t->net.n) k = t->net.n;
    uint32_t *seeds = kith_arena_alloc(app->arena, (k + 1) * sizeof *seeds);
    uint64_t *adds = kith_arena_alloc(app->arena, (k + 1) * sizeof *adds), reached = 0;
    if (!seeds || !adds) return kith_no_memory(&app->error);
    KITH_TRY(kith_network_seeds(&t->net, t->supporter, t->undecided, (int)(t->said->steps ? t->said->steps : 1), k, seeds, adds, &chosen, &app->error));
    kith_row_writer w = kith_row_begin(out, kith_app_delimiter(app, NULL));
    const char *const names[] = {"rank", id, "adds", "reached"};
    for (size_t j = 0; j < 4; j++) kith_put_name(&w, kith_str_of(names[j]));
    kith_row_end(&w);
    for (size_t i = 0; i < chosen; i++) {
        kith_put_int(&w, (int64_t)i + 1);
        kith_put_text(&w, t->net.ids[seeds[i]]);
        kith_put_int(&w, (int64_t)adds[i]);
        kith_put_int(&w, (int64_t)(reached += adds[i]));
        kith_row_end(&w);
    }
    return KITH_OK;
}

static int work(kith_app *app, task *t) {
    struct said *s = t->said;
    kith_source *source;
    kith_buf out = {0};
    uint32_t id = 0, status = 0;
    if (s->seeds < 0 || s->steps < 0 || s->steps > 1000 || !(s->resolution > 0)) return kith_app_usage(app, "--seeds, --steps and --resolution are positive");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    if (h->n < 2) return kith_fail(&app->error, KITH_DATA, "an edge list has two columns at least");
    t->weight = KITH_NO_COLUMN;
    t->to = 1;
    if (s->from) KITH_TRY(kith_app_column(app, source, s->from, NULL, &t->from));
    if (s->to) KITH_TRY(kith_app_column(app, source, s->to, NULL, &t->to));
    if (s->weight) KITH_TRY(kith_app_column(app, source, s->weight, NULL, &t->weight));
    KITH_TRY(read_people(app, t, &id, &status));
    kith_scan scan = {.commit = add_ties, .ctx = t};
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(kith_network_finish(&t->net, t->weight != KITH_NO_COLUMN, &app->error));
    KITH_TRY(mark_people(app, t, id, status));
    if (t->net.loops) kith_app_say(app, "%llu ties of people to themselves left out", (unsigned long long)t->net.loops);
    if (t->net.unknown) kith_app_say(app, "%llu ties to people who are not in %s left out", (unsigned long long)t->net.unknown, s->people);
    const char *name = app->common.id ? app->common.id : t->closed && kith_csv_column(&t->people, "person_id") != UINT32_MAX ? "person_id" : "id";
    int result = s->reach ? put_reach(app, t, name, &out) : s->seeds ? put_seeds(app, t, name, &out) : put_groups(app, t, name, &out);
    if (result == KITH_OK) result = kith_app_table(app, &out, kith_app_delimiter(app, NULL), false);
    kith_buf_free(&out);
    return result;
}

static int run(kith_app *app) {
    task t = {.said = app->said};
    int status = work(app, &t);
    kith_network_free(&t.net);
    return status;
}

#endif

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->resolution = 1;
}

const kith_verb kith_verb_segment_community = {
    .name = "community",
    .brief = "groups and influence in a friendship edge list, and who can reach whom",
    .operands = "[FILE...]",
    .grain = "tie → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_SEED | HANDS_OVER,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = run,
};
