/* kith segment assign: the arm of an experiment that each person is in, by a keyed hash: the same person, the same arm, in every run.
 *
 *     kith segment assign --id person_id --key-file spring.key --arms 'control=.5,treated=.5' people.csv > arms.csv */
#include <kith/app.h>
#include <kith/assignment.h>

struct said {
    const char *key_file, *arms, *strata, *experiment, *exclude, *layer, *known, *balance, *report;
    double holdout;
};

static const kith_option options[] = {
    {0, "key-file", "FILE", KITH_OPT_STRING, offsetof(struct said, key_file), "the secret that decides; the same file gives the same arms", NULL, false, true},
    {0, "arms", "NAME=SHARE,...", KITH_OPT_STRING, offsetof(struct said, arms), "the arms and their shares; the rest get none", NULL, false, true},
    {0, "strata", "SEL", KITH_OPT_STRING, offsetof(struct said, strata), "keep the shares exact within each combination of these columns", NULL, true, false},
    {0, "experiment", "NAME", KITH_OPT_STRING, offsetof(struct said, experiment), "the experiment: another name deals the people anew", NULL, false, false},
    {0, "layer", "NAME=SHARE,...", KITH_OPT_STRING, offsetof(struct said, layer), "experiments that exclude each other; people of the others get no arm", NULL, false, false},
    {0, "holdout", "SHARE", KITH_OPT_DOUBLE, offsetof(struct said, holdout), "people that no experiment touches, the same ones in all of them", NULL, false, false},
    {0, "exclude", "FILE", KITH_OPT_STRING, offsetof(struct said, exclude), "ids (first column) that get no arm", NULL, false, false},
    {0, "known", "FILE", KITH_OPT_STRING, offsetof(struct said, known), "an earlier output: its people keep their arms", NULL, false, false},
    {0, "balance", "SEL", KITH_OPT_STRING, offsetof(struct said, balance), "columns to compare between the arms (default: the strata)", NULL, true, false},
    {0, "balance-report", "FILE", KITH_OPT_RESULT, offsetof(struct said, report), "where the comparison goes: column,level,arm,n,share,mean,difference", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Half of the people are contacted, half are not; the key decides.", "person_id\nana\nben\ncleo\ndan\n",
     "echo 0123456789abcdef0123456789abcdef > spring.key; chmod 600 spring.key; kith segment assign --id person_id --key-file spring.key --arms 'control=.5,treated=.5' -q",
     "person_id,treatment,arm\nana,1,treated\nben,0,control\ncleo,1,treated\ndan,1,treated\n"},
    {NULL, NULL, NULL, NULL},
};

static void tell(kith_app *app, const kith_assignment *a) {
    const kith_arms *arms = kith_assignment_arms(a);
    uint64_t all = 0;
    for (size_t i = 0; i < arms->n; i++) all += kith_assignment_count(a, i);
    for (size_t i = 0; i < arms->n; i++)
        kith_app_say(app, "%s: %llu people (%.2f %%, declared %.2f %%)", arms->arm[i].name, (unsigned long long)kith_assignment_count(a, i),
                     all ? 100 * (double)kith_assignment_count(a, i) / (double)all : 0, 100 * arms->arm[i].share);
    double worst = kith_assignment_worst(a);
    if (worst > .1) kith_app_say(app, "the arms differ by %.2f standard deviations in some column (see --balance-report); more than .1 is a lot", worst);
}

static int run(kith_app *app) {
    struct said *s = app->said;
    kith_source *source;
    kith_sink *sink, *report;
    kith_assign_options o = {.key_file = s->key_file, .arms = s->arms, .strata = s->strata, .experiment = s->experiment, .exclude = s->exclude,
                             .layer = s->layer, .known = s->known, .balance = s->balance ? s->balance : s->strata, .holdout = s->holdout};
    if (s->holdout < 0 || s->holdout >= 1) return kith_app_usage(app, "--holdout takes a share from 0 to 1");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_sink(app, &sink));
    static const char *const added[] = {"treatment", "arm"};
    const kith_header *h = kith_source_header(source);
    uint32_t unused;
    for (int i = 0; i < 2; i++) KITH_TRY(kith_new_column(h, added[i], false, &unused, &app->error));
    o.id = app->common.id ? app->common.id : kith_column_find(h, "person_id") != KITH_NO_COLUMN ? "person_id" : "id";
    o.delimiter = kith_app_delimiter(app, source);
    kith_assignment *a;
    KITH_TRY(kith_assignment_new(app->arena, &o, h, &a, &app->error));
    if (kith_assignment_warning(a)) kith_app_say(app, "%s", kith_assignment_warning(a));
    KITH_TRY(kith_app_header(app, sink, source, NULL, added, 2));
    kith_scan scan = {.commit = kith_assignment_commit, .ctx = a, .sink = sink};
    int status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = kith_assignment_finish(a, sink, &app->error);
    const uint64_t usable = scan.total.rows_in - scan.total.rejected - scan.total.bad;
    kith_app_count(app, 0, usable - scan.total.rows_out, 0, 0); /* every row goes out; with strata after the scan */
    if (status == KITH_OK && s->report) {
        status = kith_app_side(app, s->report, &report);
        if (status == KITH_OK) status = kith_assignment_balance(a, report, &app->error);
    }
    if (status == KITH_OK) tell(app, a);
    kith_assignment_free(a);
    return status;
}

const kith_verb kith_verb_segment_assign = {
    .name = "assign",
    .brief = "treatment and control by a keyed hash, stratified, with a balance report",
    .operands = "[FILE...]",
    .grain = "person → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
};
