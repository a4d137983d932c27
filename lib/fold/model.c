/* Models: CSV part,name,value, for people to read and for programs to read back exactly. */
#include <kith/fold.h>

#include <string.h>

void kith_model_put_str(kith_model *m, const char *part, kith_str name, kith_str value) {
    if (m->n == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        struct kith_model_row *rows = kith_arena_alloc(m->arena, room * sizeof *rows);
        if (!rows) {
            m->failed = true;
            return;
        }
        if (m->n) memcpy(rows, m->rows, m->n * sizeof *rows);
        m->rows = rows;
        m->room = room;
    }
    kith_str texts[3] = {kith_str_of(part), name, value};
    for (int i = 0; i < 3; i++) {
        texts[i].p = kith_arena_copy(m->arena, texts[i].p, texts[i].n);
        if (!texts[i].p) {
            m->failed = true;
            return;
        }
    }
    m->rows[m->n++] = (struct kith_model_row){texts[0], texts[1], texts[2]};
}

void kith_model_put(kith_model *m, const char *part, const char *name, const char *value) {
    kith_model_put_str(m, part, kith_str_of(name), kith_str_of(value));
}

void kith_model_put_double(kith_model *m, const char *part, const char *name, double value) {
    char text[32];
    size_t n = kith_format_double(value, text);
    kith_model_put_str(m, part, kith_str_of(name), (kith_str){text, n});
}

void kith_model_put_int(kith_model *m, const char *part, const char *name, int64_t value) {
    char text[32];
    size_t n = kith_format_int(value, text);
    kith_model_put_str(m, part, kith_str_of(name), (kith_str){text, n});
}

int kith_model_new(kith_arena *arena, const char *kind, int version, kith_model **model, kith_error *err) {
    kith_model *m = kith_arena_zalloc(arena, sizeof *m);
    *model = m;
    if (!m) return kith_no_memory(err);
    m->arena = arena;
    kith_model_put(m, "model", "kind", kind);
    kith_model_put_int(m, "model", "version", version);
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_model_read(kith_arena *arena, const char *path, kith_model **model, kith_error *err) {
    kith_csv csv;
    *model = NULL;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t part = kith_csv_column(&csv, "part"), name = kith_csv_column(&csv, "name"), value = kith_csv_column(&csv, "value");
    if (part == UINT32_MAX || name == UINT32_MAX || value == UINT32_MAX)
        return kith_fail(err, KITH_DATA, "%s: is no model (its columns are not part,name,value)", csv.name);
    kith_model *m = kith_arena_zalloc(arena, sizeof *m);
    if (!m || !(m->rows = kith_arena_alloc(arena, (csv.rows + 1) * sizeof *m->rows))) return kith_no_memory(err);
    m->arena = arena;
    m->file = csv.name;
    m->room = csv.rows;
    for (size_t i = 0; i < csv.rows; i++)
        m->rows[m->n++] = (struct kith_model_row){kith_csv_cell(&csv, i, part), kith_csv_cell(&csv, i, name), kith_csv_cell(&csv, i, value)};
    if (!kith_model_kind(m).p) return kith_fail(err, KITH_DATA, "%s: is no model (it names no kind)", csv.name);
    *model = m;
    return KITH_OK;
}

int kith_model_text(const kith_model *m, kith_buf *out, kith_error *err) {
    kith_buf_puts(out, "part,name,value\n");
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; i < m->n; i++) {
        kith_put_text(&w, m->rows[i].part);
        kith_put_text(&w, m->rows[i].name);
        kith_put_text(&w, m->rows[i].value);
        kith_row_end(&w);
    }
    return m->failed || out->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_model_of_text(kith_arena *arena, const char *text, kith_model **model, kith_error *err) {
    kith_model *m = *model = kith_arena_zalloc(arena, sizeof *m);
    char *copy = kith_arena_copy(arena, text, strlen(text));
    if (!m || !copy) return kith_no_memory(err);
    m->arena = arena;
    kith_records r = {.p = copy, .end = copy + strlen(copy), .line = 1, .delimiter = ',', .arena = arena};
    kith_str f[3];
    size_t n;
    for (bool head = true; kith_records_next(&r, f, 3, &n); head = false) {
        if (n != 3) return kith_fail(err, KITH_DATA, "line %llu: is no row of a model", (unsigned long long)r.line);
        if (head) continue;
        if (m->n == m->room) {
            struct kith_model_row *rows = kith_arena_alloc(arena, (2 * m->room + 64) * sizeof *rows);
            if (!rows) return kith_no_memory(err);
            if (m->n) memcpy(rows, m->rows, m->n * sizeof *rows);
            m->rows = rows;
            m->room = 2 * m->room + 64;
        }
        m->rows[m->n++] = (struct kith_model_row){f[0], f[1], f[2]};
    }
    return kith_model_kind(m).p ? KITH_OK : kith_fail(err, KITH_DATA, "is no model (it names no kind)");
}

kith_str kith_model_get(const kith_model *m, const char *part, const char *name) {
    for (size_t i = 0; i < m->n; i++)
        if (kith_str_is(m->rows[i].name, name) && kith_str_is(m->rows[i].part, part)) return m->rows[i].value;
    return (kith_str){NULL, 0};
}

kith_str kith_model_kind(const kith_model *m) { return kith_model_get(m, "model", "kind"); }

int kith_model_version(const kith_model *m) {
    int64_t v;
    kith_str text = kith_model_get(m, "model", "version");
    return text.p && kith_parse_int(text, &v) && v > 0 && v < 1000 ? (int)v : 0;
}

int kith_model_number(const kith_model *m, const char *part, const char *name, double *value, kith_error *err) {
    kith_str text = kith_model_get(m, part, name);
    if (text.p && kith_parse_double(text, value)) return KITH_OK;
    return kith_fail(err, KITH_DATA, "%s: %s,%s is %s", m->file ? m->file : "the model", part, name, text.p ? "no number" : "missing");
}

void kith_model_part(const kith_model *m, const char *part, size_t *from, size_t *to) {
    size_t i = 0;
    while (i < m->n && !kith_str_is(m->rows[i].part, part)) i++;
    *from = i;
    while (i < m->n && kith_str_is(m->rows[i].part, part)) i++;
    *to = i;
}
