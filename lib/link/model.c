/* The model as a file: rows part,name,value that a person can read and edit.
 *
 *     option,link_only,1             id, source, one_per_source
 *     fit,rows,1000                  what the fit saw
 *     param,prior,0.0039             λ; related_place, related_household, related_place_2, related_name; threshold
 * (bits) field,first_name,name          a comparison and its kind, in order column,first_name:1,first_name its columns
 *     share,first_name:8,0.002       equal values: bucket 8 holds shares of the records up to this
 *     m,first_name:6 one edit,0.1    a level's probability among matches (h1 to h4: related; u: strangers)
 *     key,1,first_name.sound+dob.year    a blocking key: atoms of fields
 *     rule,must,passport             equal: the same person; cannot: different: not the same
 *     junk,phone,5550000             a value that counts as missing
 *
 * A spec is the same with less. Loading trusts nothing: unknown parts, fields, levels and numbers out of range are
 * refused. */
#include "inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { F = KITH_LINK_FIELDS, L = KITH_LINK_LEVELS, CHANCES = 26 };

static double *chance_at(kith_link_chance *c, int k) {
    return k < 8 ? &c->equal[k] : k < 16 ? &c->level[k - 8] : k == 16 ? &c->present : k < 25 ? &c->mass[k - 17] : &c->drawn;
}

static const char *const kind_names[] = {"ignore", "name", "text",   "address",  "list", "email", "phone",
                                         "code",   "date", "number", "category", "geo",  "swap"};

kith_link_kind kith_link_kind_of(kith_str name) {
    for (int k = 0; k < KITH_LINK_KINDS; k++)
        if (kith_str_is(name, kind_names[k])) return (kith_link_kind)k;
    return KITH_LINK_KINDS;
}

const char *kith_link_level_name(kith_link_kind kind, int level) {
    static const char *const names[KITH_LINK_KINDS][8] = {
        [KITH_LINK_NAME] = {"missing", "different", "similar", "initial", "alike or contained", "nickname", "one edit",
                            "same letters"},
        [KITH_LINK_TEXT] = {"missing", "different", "few words", "some words", "half the words", "most words",
                            "nearly all", "same words or one edit"},
        [KITH_LINK_ADDRESS] = {"missing", "different", "few words", "some words", "half the words", "most words",
                               "nearly all", "same words or one edit"},
        [KITH_LINK_LIST] = {"missing", "different", "few words", "some words", "half the words", "most words",
                            "nearly all", "same words or one edit"},
        [KITH_LINK_EMAIL] = {"missing", "different", "", "similar", "alike", "same letters", "one edit",
                             "other domain"},
        [KITH_LINK_PHONE] = {"missing", "different", "", "same half", "two edits", "same end", "same beginning",
                             "one edit"},
        [KITH_LINK_CODE] = {"missing", "different", "", "same half", "two edits", "same end", "same beginning",
                            "one edit"},
        [KITH_LINK_DATE] = {"missing", "different", "near years", "same year", "two parts agree", "within a month",
                            "within 5 days", "one digit or day and month swapped"},
        [KITH_LINK_NUMBER] = {"missing", "different", "one digit", "within 30 %", "within 10 %", "within 3 %",
                              "within 1 %", "within .1 %"},
        [KITH_LINK_CATEGORY] = {"missing", "different", "", "", "", "", "", ""},
        [KITH_LINK_GEO] = {"missing", "different", "within 300 km", "within 60 km", "within 15 km", "within 4 km",
                           "within 1 km", "within 300 m"},
        [KITH_LINK_SWAP] = {"missing", "not swapped", "", "", "", "", "swapped and alike", "swapped"},
    };
    static const char *const equal[8] = {"equal (rarest)", "equal (rare 2)", "equal (3)", "equal (4)",
                                         "equal (5)",      "equal (6)",      "equal (7)", "equal (commonest)"};
    if (level >= KITH_LINK_EQUAL) return level < L ? equal[level - KITH_LINK_EQUAL] : "?";
    const char *name = level >= 0 && kind < KITH_LINK_KINDS ? names[kind][level] : NULL;
    return name ? name : "";
}

static void key_text(const kith_link_model *model, const kith_link_key *key, char *out, size_t room) {
    out[0] = 0;
    for (uint32_t p = 0; p < key->n; p++) {
        const kith_link_field *f = &model->field[key->part[p].field];
        size_t n = strlen(out);
        snprintf(out + n, room - n, "%s%s.%s", p ? " & " : "", f->name, link_atoms(f->kind)[key->part[p].atom].name);
    }
}

int kith_link_model_put(const kith_link_model *model, kith_model *out, kith_error *err) {
    char name[256], value[512]; /* three parts of a field's name and an atom each */
    kith_model_put_int(out, "option", "link_only", model->link_only);
    kith_model_put_int(out, "option", "one_per_source", model->one_per_source);
    kith_model_put(out, "option", "id", model->id);
    kith_model_put(out, "option", "source", model->source);
    kith_model_put_double(out, "fit", "rows", model->rows);
    kith_model_put_double(out, "fit", "loglik", model->loglik);
    kith_model_put_double(out, "fit", "iterations", model->iterations);
    kith_model_put_double(out, "fit", "recall", model->recall);
    kith_model_put_double(out, "param", "prior", model->prior);
    kith_model_put_double(out, "param", "related_place", model->related[0]);
    kith_model_put_double(out, "param", "related_household", model->related[1]);
    kith_model_put_double(out, "param", "related_place_2", model->related[2]);
    kith_model_put_double(out, "param", "related_name", model->related[3]);
    kith_model_put_double(out, "param", "threshold", model->threshold);
    const kith_link_fitting *g = &model->fitting;
    if (g->pass) {
        kith_model_put_int(out, "pass", "number", g->pass);
        kith_model_put_int(out, "pass", "keys_said", g->keys_said);
        kith_model_put_double(out, "pass", "budget", g->budget);
        kith_model_put_double(out, "pass", "share", g->share);
    }
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_field *field = &model->field[f];
        if (field->kind == KITH_LINK_IGNORE && !model->fitting.pass) continue;
        kith_model_put(out, "field", field->name, kind_names[field->kind]);
        for (uint32_t c = 0; c < field->n_columns; c++) {
            snprintf(name, sizeof name, "%s:%u", field->name, c + 1);
            kith_model_put(out, "column", name, field->column[c]);
        }
        if (field->kind == KITH_LINK_SWAP) {
            for (int c = 0; c < 2; c++) {
                snprintf(name, sizeof name, "%s:%d", field->name, c + 1);
                kith_model_put(out, "swap", name, model->field[field->swap[c]].name);
            }
        }
        if (field->kind == KITH_LINK_NAME || field->kind == KITH_LINK_TEXT)
            kith_model_put_int(out, "in_email", field->name, field->in_email);
        if (field->kind == KITH_LINK_DATE) {
            kith_model_put_int(out, "day_first", field->name, field->day_first);
            kith_model_put_int(out, "new_year", field->name, field->new_year);
        }
        for (int k = 0; k < KITH_LINK_RELATED; k++) {
            snprintf(name, sizeof name, "%s:%d", field->name, k + 1);
            kith_model_put_int(out, "shared", name, field->shared[k]);
        }
        for (int b = 0; b < 8 && field->kind != KITH_LINK_SWAP; b++) {
            snprintf(name, sizeof name, "%s:%d", field->name, b + KITH_LINK_EQUAL);
            kith_model_put_double(out, "share", name, field->share[b]);
        }
        kith_link_chance chance = g->chance[f];
        for (int k = 0; k < CHANCES && g->pass > 1; k++) {
            snprintf(name, sizeof name, "%s:%d", field->name, k);
            kith_model_put_double(out, "chance", name, *chance_at(&chance, k));
        }
        static const char *const parts[] = {"m", "h1", "h2", "h3", "h4", "u"};
        for (int p = 0; p < 6; p++)
            for (int l = 1; l < L; l++) {
                snprintf(name, sizeof name, "%s:%d %s", field->name, l, kith_link_level_name(field->kind, l));
                kith_model_put_double(out, parts[p], name,
                                      p == 0   ? field->m[l]
                                      : p == 5 ? field->u[l]
                                               : field->h[p - 1][l]);
            }
    }
    for (uint32_t k = 0; k < model->n_keys; k++) {
        snprintf(name, sizeof name, "%u", k + 1);
        key_text(model, &model->key[k], value, sizeof value);
        kith_model_put(out, "key", name, value);
    }
    for (uint32_t r = 0; r < model->n_rules; r++)
        kith_model_put(out, "rule", model->rule[r].must ? "must" : "cannot", model->field[model->rule[r].field].name);
    for (uint32_t j = 0; j < model->n_junk; j++)
        if (model->field[model->junk[j].field].kind != KITH_LINK_IGNORE)
            kith_model_put(out, "junk", model->field[model->junk[j].field].name, model->junk[j].text);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

typedef struct reading {
    kith_link_model *model;
    kith_arena *arena;
    const char *file;
    uint64_t line;
    kith_error *err;
} reading;

static int refuse(const reading *r, const char *what) {
    return kith_fail(r->err, KITH_DATA, "%s:%llu: %s", r->file, (unsigned long long)r->line, what);
}

static uint32_t field_of(const kith_link_model *model, kith_str name) {
    for (uint32_t f = 0; f < model->n_fields; f++)
        if (kith_str_is(name, model->field[f].name)) return f;
    return UINT32_MAX;
}

/* NAME:NUMBER…: the field and the number. */
static bool numbered(const kith_link_model *model, kith_str name, uint32_t *f, int *number) {
    size_t colon = name.n;
    while (colon > 0 && name.p[colon - 1] != ':') colon--;
    if (colon == 0) return false;
    size_t at = colon;
    *number = 0;
    while (at < name.n && at < colon + 3 && name.p[at] >= '0' && name.p[at] <= '9')
        *number = *number * 10 + (name.p[at++] - '0');
    if (at == colon || (at < name.n && name.p[at] != ' ')) return false;
    *f = field_of(model, (kith_str){name.p, colon - 1});
    return *f != UINT32_MAX;
}

static bool copy_text(char *to, size_t room, kith_str from) {
    if (from.n >= room || memchr(from.p, 0, from.n) != NULL) return false;
    memcpy(to, from.p, from.n);
    to[from.n] = 0;
    return true;
}

static bool is_part(const kith_link_model *model, kith_str text) {
    while (text.n > 0 && text.p[text.n - 1] != '.') text.n--;
    return text.n > 0 && field_of(model, (kith_str){text.p, text.n - 1}) != UINT32_MAX;
}

/* A key: FIELD.ATOM, with " & " between its parts. A field's name may hold either: a part ends where what stands before is a field. */
static int read_key(reading *r, kith_str text) {
    kith_link_model *model = r->model;
    if (model->n_keys == KITH_LINK_KEYS) return refuse(r, "more keys than there may be");
    kith_link_key key = {0};
    while (text.n > 0 || key.n == 0) {
        size_t end = 0;
        while (end + 3 <= text.n && (memcmp(text.p + end, " & ", 3) != 0 || !is_part(model, (kith_str){text.p, end}))) end++;
        if (end + 3 > text.n) end = text.n;
        size_t dot = end;
        while (dot > 0 && text.p[dot - 1] != '.') dot--;
        if (key.n == 3 || dot == 0) return refuse(r, "a key is one to three of FIELD.ATOM, with \" & \" between them");
        uint32_t f = field_of(model, (kith_str){text.p, dot - 1});
        if (f == UINT32_MAX) return refuse(r, "a key of a field that is not named above it");
        const link_atom *atoms = link_atoms(model->field[f].kind);
        uint8_t a = 0;
        while (atoms[a].name != NULL && !kith_str_is((kith_str){text.p + dot, end - dot}, atoms[a].name)) a++;
        if (atoms[a].name == NULL) return refuse(r, "a field of this kind has no such atom");
        key.part[key.n].field = (uint8_t)f;
        key.part[key.n++].atom = a;
        size_t skip = end + 3 <= text.n ? end + 3 : text.n;
        text.p += skip;
        text.n -= skip;
    }
    model->key[model->n_keys++] = key;
    return KITH_OK;
}

static int read_field(reading *r, kith_str name, kith_str value) {
    kith_link_model *model = r->model;
    if (model->n_fields == F) return refuse(r, "more fields than 16");
    kith_link_kind kind = kith_link_kind_of(value);
    if (kind == KITH_LINK_KINDS) return refuse(r, "not a kind of field");
    if (kind == KITH_LINK_IGNORE && !model->fitting.pass) return KITH_OK;
    if (field_of(model, name) != UINT32_MAX) return refuse(r, "a field named twice");
    kith_link_field *f = &model->field[model->n_fields];
    *f = (kith_link_field){.kind = kind, .day_first = true};
    if (name.n == 0 || !copy_text(f->name, sizeof f->name, name))
        return refuse(r, "a field's name is too long or missing");
    if (kind == KITH_LINK_SWAP) f->swap[0] = f->swap[1] = UINT32_MAX;
    model->n_fields++;
    return KITH_OK;
}

static int read_row(reading *r, kith_str part, kith_str name, kith_str value) {
    kith_link_model *model = r->model;
    double v = 0;
    bool number = kith_parse_double(value, &v) && isfinite(v);
    uint32_t f;
    int k;
    if (kith_str_is(part, "model")) return KITH_OK;
    if (kith_str_is(part, "option")) {
        if (kith_str_is(name, "link_only"))
            model->link_only = v != 0;
        else if (kith_str_is(name, "one_per_source"))
            model->one_per_source = v != 0;
        else if (kith_str_is(name, "id") || kith_str_is(name, "source")) {
            if (!copy_text(name.n == 2 ? model->id : model->source, sizeof model->id, value))
                return refuse(r, "a column's name is too long");
        } else
            return refuse(r, "not an option (link_only, one_per_source, id, source)");
        return KITH_OK;
    }
    if (kith_str_is(part, "fit") || kith_str_is(part, "param")) {
        static const char *const names[] = {"rows",         "loglik",        "iterations",        "recall",
                                            "prior",        "related_place", "related_household", "related_place_2",
                                            "related_name", "threshold"};
        double *to[] = {&model->rows,       &model->loglik,     &model->iterations, &model->recall,
                        &model->prior,      &model->related[0], &model->related[1], &model->related[2],
                        &model->related[3], &model->threshold};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            if (kith_str_is(name, names[i])) {
                if (!number) return refuse(r, "not a number");
                if (i >= 4 && i <= 8 && (v < 0 || v > 1)) return refuse(r, "not a share from 0 to 1");
                *to[i] = v;
                return KITH_OK;
            }
        return refuse(r, "not a parameter");
    }
    if (kith_str_is(part, "pass")) {
        kith_link_fitting *g = &model->fitting;
        if (!number || v < 0) return refuse(r, "not a number");
        if (kith_str_is(name, "number") && v <= 3) return g->pass = (int)v, KITH_OK;
        if (kith_str_is(name, "keys_said")) return g->keys_said = v != 0, KITH_OK;
        if (kith_str_is(name, "budget")) return g->budget = v, KITH_OK;
        if (kith_str_is(name, "share") && v <= 1) return g->share = v, KITH_OK;
        return refuse(r, "not a pass of a fit");
    }
    if (kith_str_is(part, "field")) return read_field(r, name, value);
    if (kith_str_is(part, "key")) return read_key(r, value);
    if (kith_str_is(part, "rule")) {
        bool must = kith_str_is(name, "must");
        if (!must && !kith_str_is(name, "cannot")) return refuse(r, "a rule is must or cannot");
        if ((f = field_of(model, value)) == UINT32_MAX)
            return refuse(r, "a rule on a field that is not named above it");
        if (model->n_rules == F) return refuse(r, "more rules than 16");
        model->rule[model->n_rules++] = (kith_link_rule){must, f};
        return KITH_OK;
    }
    if (kith_str_is(part, "junk")) {
        if ((f = field_of(model, name)) == UINT32_MAX) return refuse(r, "junk of a field that is not named above it");
        if (memchr(value.p, 0, value.n) != NULL) return refuse(r, "a NUL byte");
        return link_add_junk(model, r->arena, f, value, r->err);
    }
    if (kith_str_is(part, "day_first") || kith_str_is(part, "new_year") || kith_str_is(part, "in_email")) {
        if ((f = field_of(model, name)) == UINT32_MAX) return refuse(r, "a field that is not named above");
        *(part.p[0] == 'd'   ? &model->field[f].day_first
          : part.p[0] == 'n' ? &model->field[f].new_year
                             : &model->field[f].in_email) = v != 0;
        return KITH_OK;
    }
    if (!numbered(model, name, &f, &k)) return refuse(r, "not FIELD:NUMBER of a field that is named above");
    kith_link_field *field = &model->field[f];
    if (kith_str_is(part, "column")) {
        if (k < 1 || k > 3 || (uint32_t)k != field->n_columns + 1 ||
            !copy_text(field->column[k - 1], sizeof field->column[0], value))
            return refuse(r, "columns are 1, 2, 3");
        field->n_columns = (uint32_t)k;
        return KITH_OK;
    }
    if (kith_str_is(part, "swap")) {
        uint32_t g = field_of(model, value);
        if (k < 1 || k > 2 || g == UINT32_MAX || model->field[g].kind != KITH_LINK_NAME)
            return refuse(r, "not a field of names");
        field->swap[k - 1] = g;
        return KITH_OK;
    }
    if (!number) return refuse(r, "not a number");
    if (kith_str_is(part, "shared")) {
        if (k < 1 || k > KITH_LINK_RELATED) return refuse(r, "there is no such class");
        if (v != 0 && v != 1 && v != 2) return refuse(r, "shared is 0, 1 or 2");
        field->shared[k - 1] = (int8_t)v;
        return KITH_OK;
    }
    if (kith_str_is(part, "chance")) {
        if (k < 0 || k >= CHANCES || v < 0) return refuse(r, "there is no such chance");
        *chance_at(&model->fitting.chance[f], k) = v;
        return KITH_OK;
    }
    if (v < 0 || v > 1) return refuse(r, "not a share from 0 to 1");
    if (kith_str_is(part, "share")) {
        if (k < KITH_LINK_EQUAL || k >= L) return refuse(r, "there is no such level");
        field->share[k - KITH_LINK_EQUAL] = v;
        return KITH_OK;
    }
    if (k < 1 || k >= L) return refuse(r, "there is no such level");
    if (kith_str_is(part, "m"))
        field->m[k] = v;
    else if (kith_str_is(part, "u"))
        field->u[k] = v;
    else if (kith_str_is(part, "h1"))
        field->h[0][k] = v;
    else if (kith_str_is(part, "h2"))
        field->h[1][k] = v;
    else if (kith_str_is(part, "h3"))
        field->h[2][k] = v;
    else if (kith_str_is(part, "h4"))
        field->h[3][k] = v;
    else
        return refuse(r, "not a part of a link model");
    return KITH_OK;
}

static int finish_fields(reading *r) {
    for (uint32_t f = 0; f < r->model->n_fields; f++) {
        kith_link_field *field = &r->model->field[f];
        if (field->kind == KITH_LINK_SWAP) {
            if (field->swap[0] == UINT32_MAX || field->swap[1] == UINT32_MAX || field->swap[0] == field->swap[1] ||
                field->swap[0] > f || field->swap[1] > f)
                return kith_fail(r->err, KITH_DATA, "%s: a swap names two fields of names", r->file);
        } else if (field->n_columns == 0) {
            memcpy(field->column[0], field->name, sizeof field->name); /* which is shorter */
            field->n_columns = 1;
        }
        if ((field->kind == KITH_LINK_GEO) != (field->n_columns == 2) && field->kind == KITH_LINK_GEO)
            return kith_fail(r->err, KITH_DATA, "%s: a place has two columns, latitude and longitude", r->file);
    }
    return KITH_OK;
}

enum { SPEC, WHOLE, PASS };

static int read_rows(const char *path, kith_arena *arena, kith_link_model *model, int whole, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t part = kith_csv_column(&csv, "part"), name = kith_csv_column(&csv, "name"),
             value = kith_csv_column(&csv, "value");
    if (part == UINT32_MAX || name == UINT32_MAX || value == UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s: its columns are not part,name,value", csv.name);
    *model = (kith_link_model){0};
    reading r = {model, arena, csv.name, 0, err};
    bool kind = false;
    for (size_t i = 0; i < csv.rows; i++) {
        r.line = csv.lines[i];
        kith_str p = kith_csv_cell(&csv, i, part), n = kith_csv_cell(&csv, i, name), v = kith_csv_cell(&csv, i, value);
        if (kith_str_is(p, "model") && kith_str_is(n, "kind")) {
            if (!kith_str_is(v, "dedupe")) return refuse(&r, "a model of another kind; dedupe fit makes link models");
            kind = true;
        }
        if (kith_str_is(p, "model") && kith_str_is(n, "version") && !kith_str_is(v, "1"))
            return refuse(&r, "a model of another version");
        KITH_TRY(read_row(&r, p, n, v));
    }
    if (whole && !kind) return kith_fail(err, KITH_DATA, "%s: is no link model (it names no kind)", csv.name);
    if (whole == WHOLE && model->fitting.pass)
        return kith_fail(err, KITH_DATA, "%s: is a model between two passes of a fit", csv.name);
    if (whole && !model->fitting.pass && (model->n_fields == 0 || !(model->prior > 0)))
        return kith_fail(err, KITH_DATA, "%s: is no whole link model: it has no fields or no prior", csv.name);
    return finish_fields(&r);
}

int kith_link_model_read(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err) {
    return read_rows(path, arena, model, WHOLE, err);
}
int kith_link_model_read_pass(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err) {
    return read_rows(path, arena, model, PASS, err);
}
int kith_link_spec_read(const char *path, kith_arena *arena, kith_link_model *model, kith_error *err) {
    return read_rows(path, arena, model, SPEC, err);
}

int kith_link_fields_put(const kith_link_model *model, kith_buf *out, kith_error *err) {
    static const char *const parts[] = {"option", "field", "column", "swap", "in_email", "day_first", "new_year", "junk"};
    kith_arena *arena = kith_arena_new();
    kith_model *all;
    kith_link_model plain = *model;
    plain.fitting = (kith_link_fitting){0};
    int status = arena ? kith_model_new(arena, "dedupe", 1, &all, err) : kith_no_memory(err);
    if (status == KITH_OK) status = kith_link_model_put(&plain, all, err);
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; status == KITH_OK && i < all->n; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            if (!kith_str_is(all->rows[i].part, parts[k])) continue;
            kith_put_text(&w, all->rows[i].part);
            kith_put_text(&w, all->rows[i].name);
            kith_put_text(&w, all->rows[i].value);
            kith_row_end(&w);
        }
    kith_arena_free(arena);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

int kith_link_fields_parse(kith_str text, kith_arena *arena, kith_link_model *model, kith_error *err) {
    kith_records rows = {.p = text.p, .end = text.p + text.n, .line = 1, .delimiter = ',', .arena = arena};
    kith_str f[3];
    size_t n;
    *model = (kith_link_model){0};
    reading r = {model, arena, "fields", 0, err};
    while (kith_records_next(&rows, f, 3, &n)) {
        r.line++;
        if (n != 3) return refuse(&r, "not part,name,value");
        KITH_TRY(read_row(&r, f[0], f[1], f[2]));
    }
    return finish_fields(&r);
}

int kith_link_model_names(kith_link_model *model, const char *id, const char *source, kith_error *err) {
    if (id != NULL && !copy_text(model->id, sizeof model->id, kith_str_of(id)))
        return kith_fail(err, KITH_USAGE, "--id: a name of more than 255 bytes");
    if (source != NULL && !copy_text(model->source, sizeof model->source, kith_str_of(source)))
        return kith_fail(err, KITH_USAGE, "--source: a name of more than 255 bytes");
    return KITH_OK;
}
