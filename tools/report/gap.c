/* kith report gap: what was promised against how people speak of it.
 *
 *     kith report gap --promises promises.csv --labels checked.csv posts.csv | kith report view
 */
#include <kith/app.h>
#include <kith/gap_report.h>
#include <kith/lexicon.h>
#include <kith/notes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct said {
    const char *promises, *labels, *reference, *text, *tone, *ts, *reach, *brands;
    double level;
    int period, lived;
    bool no_examples;
} said;

static const kith_option options[] = {
    {0, "promises", "FILE", KITH_OPT_STRING, offsetof(said, promises), "promise,pattern,promised: a regular expression that finds its mentions, and the rate promised (0 to 1)", NULL, false, true},
    {0, "labels", "FILE", KITH_OPT_STRING, offsetof(said, labels), "hand labels of some mentions: --id's column (or the text) and label", NULL, false, false},
    {0, "reference", "FILE", KITH_OPT_STRING, offsetof(said, reference), "labelled mentions of other brands: text, label, and brand", NULL, false, false},
    {0, "text", "COL", KITH_OPT_STRING, offsetof(said, text), "what people wrote (default text)", NULL, true, false},
    {0, "tone", "COL", KITH_OPT_STRING, offsetof(said, tone), "its class or score by a model (default tone_label, if there; else words and rules)", NULL, true, false},
    {0, "brands", "LIST", KITH_OPT_STRING, offsetof(said, brands), "names that are no feeling, such as united,apple", NULL, false, false},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts, if there)", NULL, true, false},
    {0, "period", "NAME", KITH_OPT_CHOICE, offsetof(said, period), "month, week, day, year or none (default month)", "month|week|day|year|none", false, false},
    {0, "reach", "COL", KITH_OPT_STRING, offsetof(said, reach), "how many saw it: is added up", NULL, true, false},
    {0, "lived", "NAME", KITH_OPT_CHOICE, offsetof(said, lived), "the label whose rate is reported: positive or negative (default positive)", "positive|negative", false, false},
    {0, "level", "P", KITH_OPT_DOUBLE, offsetof(said, level), "of the intervals (default .9)", NULL, false, false},
    {0, "no-examples", NULL, KITH_OPT_FLAG, offsetof(said, no_examples), "without example texts", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two promises, one that nobody speaks of; three labelled mentions are all there are.", NULL,
     "printf 'promise,pattern,promised\\nfast,fast|slow,.8\\nfair,price,.5\\n' >p.csv; printf 'text,label\\nso slow,negative\\nreally fast,positive\\nfast enough,positive\\n' >l.csv; "
     "cut -d, -f1 l.csv | kith report gap --promises p.csv --labels l.csv - | cut -d, -f1-8",
     "promise,period,mentions,promised,lived,gap,low,high\nfast,,3,0.8,0.6666666666666666,0.13333333333333341,0.13333333333333341,0.13333333333333341\nfair,,0,0.5,,,,\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.text = "text", .brands = "", .level = .9};
}

typedef struct labels { /* sorted by hash of the id or text */
    uint64_t *hash;
    int *wanted;
    size_t n;
} labels;

typedef struct run_ {
    const said *s;
    const kith_common *common;
    kith_promises promises;
    bool *found; /* of each promise: in the text at hand */
    kith_lexicon *lexicon;
    kith_gap_table *table;
    labels labels;
    uint32_t text, tone, ts, reach, id;
    kith_selection by;
    uint64_t labelled, referred; /* mentions whose label is known, here and in the reference */
} run_;

static int by_hash(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int read_labels(kith_app *app, run_ *r) {
    const said *s = r->s;
    kith_csv csv;
    kith_error *err = &app->error;
    KITH_TRY(kith_csv_read(app->arena, s->labels, &csv, err));
    uint32_t key = kith_csv_column(&csv, r->id == KITH_NO_COLUMN ? s->text : app->common.id), label = kith_csv_column(&csv, "label");
    if (key == UINT32_MAX || label == UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s: labels have the columns %s and label", csv.name, r->id == KITH_NO_COLUMN ? s->text : app->common.id);
    struct {
        uint64_t hash;
        int wanted;
    } *pairs = kith_arena_alloc(app->arena, (csv.rows + 1) * sizeof *pairs);
    r->labels.hash = kith_arena_alloc(app->arena, (csv.rows + 1) * sizeof *r->labels.hash);
    r->labels.wanted = kith_arena_alloc(app->arena, (csv.rows + 1) * sizeof *r->labels.wanted);
    if (!pairs || !r->labels.hash || !r->labels.wanted) return kith_no_memory(err);
    for (size_t i = 0; i < csv.rows; i++) {
        kith_str k = kith_csv_cell(&csv, i, key);
        int c = kith_tone_class(kith_csv_cell(&csv, i, label), .5);
        if (c < 0) return kith_fail(err, KITH_DATA, "%s:%llu: label: neither positive, neutral nor negative", csv.name, (unsigned long long)csv.lines[i]);
        pairs[i].hash = kith_hash(k.p, k.n, 9);
        pairs[i].wanted = c == (s->lived ? 0 : 2);
    }
    qsort(pairs, csv.rows, sizeof *pairs, by_hash);
    for (size_t i = 0; i < csv.rows; i++) {
        r->labels.hash[i] = pairs[i].hash;
        r->labels.wanted[i] = pairs[i].wanted;
    }
    r->labels.n = csv.rows;
    return KITH_OK;
}

static int label_of(const run_ *r, kith_str key) {
    uint64_t hash = kith_hash(key.p, key.n, 9);
    const uint64_t *at = r->labels.n ? bsearch(&hash, r->labels.hash, r->labels.n, sizeof hash, by_hash) : NULL;
    return at ? r->labels.wanted[at - r->labels.hash] : -1;
}

/* Matches one text against every promise. KITH_DATA where a pattern passed its bounds: nothing is counted of such a text. */
static int match(run_ *r, kith_str text, kith_error *err) {
    for (size_t i = 0; i < r->promises.n; i++) KITH_TRY(kith_match(r->promises.items[i].matcher, text, 0, &r->found[i], err));
    return KITH_OK;
}

static int mention(run_ *r, kith_mention *m, bool reference, kith_error *err) {
    for (m->promise = 0; m->promise < r->promises.n; m->promise++) {
        if (!r->found[m->promise]) continue;
        KITH_TRY((reference ? kith_gap_table_refer : kith_gap_table_add)(r->table, m, err));
        if (reference) r->referred++;
        else r->labelled += m->label >= 0;
    }
    return KITH_OK;
}

static int read_reference(kith_app *app, run_ *r) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(app->arena, r->s->reference, &csv, &app->error));
    uint32_t text = kith_csv_column(&csv, r->s->text), label = kith_csv_column(&csv, "label"), brand = kith_csv_column(&csv, "brand");
    uint32_t tone = kith_csv_column(&csv, r->s->tone ? r->s->tone : "tone_label");
    kith_str *by = kith_arena_zalloc(app->arena, (r->by.n + 1) * sizeof *by);
    if (!by) return kith_no_memory(&app->error);
    if (text == UINT32_MAX || label == UINT32_MAX) return kith_fail(&app->error, KITH_DATA, "%s: a reference has the columns %s, label and brand", csv.name, r->s->text);
    if (r->tone != KITH_NO_COLUMN && tone == UINT32_MAX) return kith_fail(&app->error, KITH_DATA, "%s: a reference has the same column of tones as the input", csv.name);
    for (size_t i = 0; i < csv.rows; i++) {
        kith_mention m = {.text = kith_csv_cell(&csv, i, text), .by = by, .period = kith_csv_cell(&csv, i, brand)};
        int wanted = kith_tone_class(kith_csv_cell(&csv, i, label), .5);
        m.class_ = r->tone != KITH_NO_COLUMN ? kith_tone_class(kith_csv_cell(&csv, i, tone), KITH_TONE_MARGIN)
                                             : kith_tone_class(kith_str_of(kith_tone_label(kith_lexicon_tone(r->lexicon, m.text))), 0);
        if (wanted < 0 || m.class_ < 0) return kith_fail(&app->error, KITH_DATA, "%s:%llu: label: neither positive, neutral nor negative", csv.name, (unsigned long long)csv.lines[i]);
        m.label = wanted == (r->s->lived ? 0 : 2);
        int status = match(r, m.text, &app->error);
        if (status == KITH_DATA) return kith_fail(&app->error, KITH_DATA, "%s:%llu: %s: too hard for the pattern of a promise", csv.name, (unsigned long long)csv.lines[i], r->s->text);
        KITH_TRY(status);
        KITH_TRY(mention(r, &m, true, &app->error));
    }
    return KITH_OK;
}

static size_t period_of(const run_ *r, int64_t us, char *text) {
    static const size_t length[] = {7, 10, 10, 4, 0};
    int64_t local = kith_zone_to_local(r->common->zone, us), days = local / KITH_US_PER_DAY - (local % KITH_US_PER_DAY < 0);
    if (r->s->period == 1) days -= ((days + 3) % 7 + 7) % 7; /* weeks from Monday */
    kith_format_date(days, text);
    return length[r->s->period];
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run_ *r = ctx;
    (void)worker;
    kith_str *by = kith_arena_alloc(b->arena, (r->by.n + 1) * sizeof *by);
    if (!by) return kith_no_memory(err);
    for (uint32_t row = 0; row < b->rows; row++) {
        char period[32];
        int64_t us;
        kith_mention m = {.text = kith_text(b, row, r->text), .by = by, .period = {period, 0}};
        if (!m.text.n) {
            out->dropped++; /* nothing written, nothing said */
            continue;
        }
        m.tone = kith_lexicon_tone(r->lexicon, m.text);
        m.class_ = r->tone != KITH_NO_COLUMN ? kith_tone_class(kith_text(b, row, r->tone), KITH_TONE_MARGIN) : kith_tone_class(kith_str_of(kith_tone_label(m.tone)), 0);
        uint32_t bad = m.class_ < 0 ? r->tone : KITH_NO_COLUMN;
        if (r->ts != KITH_NO_COLUMN) {
            if (kith_cell_time(b, row, r->ts, r->common->zone, &us) != KITH_CELL_VALUE) bad = r->ts;
            else if (r->common->has_until && us > r->common->until_us) continue;
            else m.period.n = period_of(r, us, period);
        }
        if (r->reach != KITH_NO_COLUMN && (kith_cell_double(b, row, r->reach, &m.reach) == KITH_CELL_BAD || fabs(m.reach) > 1e15)) bad = r->reach;
        if (bad != KITH_NO_COLUMN) {
            KITH_TRY(kith_bad_row(b, row, bad, "unusable", bad == r->tone ? "neither a tone nor a score" : bad == r->ts ? "not a time" : "not a number", out, err));
            continue;
        }
        int status = match(r, m.text, err);
        if (status == KITH_DATA) {
            KITH_TRY(kith_bad_row(b, row, r->text, "too_hard", "too hard for the pattern of a promise", out, err));
            continue;
        }
        KITH_TRY(status);
        for (uint32_t i = 0; i < r->by.n; i++) by[i] = kith_text(b, row, r->by.columns[i]);
        m.label = label_of(r, r->id == KITH_NO_COLUMN ? m.text : kith_text(b, row, r->id));
        KITH_TRY(mention(r, &m, false, err));
    }
    return KITH_OK;
}

/* The words and rules, or the model, err; how often they do must come from somewhere. */
static void warn(kith_app *app, const run_ *r) {
    const char *lost = r->s->labels ? "none of the labels is of a mention here: " : "";
    if (r->labelled || r->referred) return;
    kith_app_warn(app, "%sthe rates of error are those of public posts about four other brands, and the true gap may lie outside the interval; "
                       "label a few hundred mentions by hand (--labels), or give labelled mentions of others (--reference)", lost);
}

/* Where the rates of error come from. */
static const char *basis_of(const run_ *r) { return r->labelled ? "labels" : r->referred ? "reference" : "elsewhere"; }

static int explain(kith_app *app, const run_ *r) {
    static const char *const periods[] = {"month", "week", "day", "year", "none"};
    const said *s = r->s;
    bool model = r->tone != KITH_NO_COLUMN;
    char by_hand[32], elsewhere[32];
    snprintf(by_hand, sizeof by_hand, "%llu", (unsigned long long)r->labelled);
    snprintf(elsewhere, sizeof elsewhere, "%llu", (unsigned long long)r->referred);
    const kith_decision decisions[] = {
        {"tone", kith_str_of(model ? s->tone ? s->tone : "tone_label" : "words and rules"), model ? s->tone ? "--tone" : "the column is there" : "no column tone_label"},
        {"period", kith_str_of(r->ts == KITH_NO_COLUMN ? "none" : periods[s->period]), r->ts != KITH_NO_COLUMN ? "of the time" : s->period == 4 ? "--period" : "no column ts"},
        {"labels", kith_str_of(by_hand), "mentions labelled by hand"},
        {"reference", kith_str_of(elsewhere), "labelled mentions of others"},
        {"rates of error", kith_str_of(basis_of(r)),
         r->labelled ? "corrected by hand labels of these mentions: the interval is valid for them"
         : r->referred ? "as in the reference, and as far as its brands differ"
                       : "as in public posts about four other brands: the true gap may lie outside the interval; --labels or --reference mends that"},
    };
    return kith_app_decisions(app, decisions, sizeof decisions / sizeof *decisions);
}

static int work(kith_app *app, run_ *r) {
    const said *s = r->s;
    kith_source *source;
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    KITH_TRY(kith_app_column(app, source, s->text, NULL, &r->text));
    r->tone = kith_column_find(header, "tone_label");
    if (s->tone) KITH_TRY(kith_app_column(app, source, s->tone, NULL, &r->tone));
    r->ts = s->period == 4 ? KITH_NO_COLUMN : kith_column_find(header, "ts");
    if (s->ts) KITH_TRY(kith_app_column(app, source, s->ts, NULL, &r->ts));
    if (s->reach) KITH_TRY(kith_app_column(app, source, s->reach, NULL, &r->reach));
    if (app->common.id) KITH_TRY(kith_app_column(app, source, app->common.id, NULL, &r->id));
    if (app->common.by) KITH_TRY(kith_select(header, app->common.by, false, app->arena, &r->by, &app->error));
    KITH_TRY(kith_gap_table_new(r->by.n, &r->table, &app->error));
    if (s->labels) KITH_TRY(read_labels(app, r));
    if (s->reference) KITH_TRY(read_reference(app, r));
    kith_scan scan = {.commit = commit, .ctx = r};
    KITH_TRY(kith_app_scan(app, source, &scan));
    warn(app, r);
    if (app->common.explain) return explain(app, r);
    kith_gap_plan plan = {&r->promises, r->by.names, r->tone == KITH_NO_COLUMN ? kith_gap_lexicon_belief(s->lived) : kith_gap_default_belief(s->lived), s->level, !s->no_examples,
                          basis_of(r)};
    kith_buf out = {0};
    int status = kith_gap_table_report(r->table, &plan, kith_app_delimiter(app, NULL), &out, &app->error);
    if (status == KITH_OK) status = kith_app_table(app, &out, kith_app_delimiter(app, NULL), false);
    kith_buf_free(&out);
    return status;
}

static int run(kith_app *app) {
    said *s = app->said;
    run_ r = {.s = s, .common = &app->common, .ts = KITH_NO_COLUMN, .reach = KITH_NO_COLUMN, .id = KITH_NO_COLUMN};
    kith_str masked[64];
    size_t n = 0;
    if (!(s->level > 0 && s->level < 1)) return kith_app_usage(app, "--level lies between 0 and 1");
    for (const char *p = s->brands; *p;) {
        if (n == sizeof masked / sizeof *masked) return kith_app_usage(app, "--brands takes at most 64 names");
        masked[n++] = (kith_str){p, strcspn(p, ",")};
        p += masked[n - 1].n + (p[masked[n - 1].n] == ',');
    }
    int status = kith_lexicon_new(masked, n, &r.lexicon, &app->error);
    if (status == KITH_OK) status = kith_promises_read(app->arena, s->promises, &r.promises, &app->error);
    if (status == KITH_OK && !(r.found = kith_arena_zalloc(app->arena, r.promises.n + 1))) status = kith_no_memory(&app->error);
    if (status == KITH_OK) status = work(app, &r);
    kith_gap_table_free(r.table);
    kith_promises_free(&r.promises);
    kith_lexicon_free(r.lexicon);
    return status;
}

const kith_verb kith_verb_report_gap = {
    .name = "gap",
    .brief = "what was promised against how people speak of it",
    .operands = "[FILE...]",
    .grain = "mention → promise",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_BY | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_EXPLAIN,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
