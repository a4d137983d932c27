/* Column selections: names, numbers, ranges, globs, regular expressions, renames, and what is left out. */
#include <kith/pattern.h>
#include <kith/table.h>

#include <string.h>

typedef struct selecting {
    const kith_header *h;
    kith_selection *out;
    kith_arena *arena;
    kith_error *err;
    uint32_t room;
    bool renames;
} selecting;

static int add(selecting *s, uint32_t column, kith_str name) {
    kith_selection *o = s->out;
    if (o->n == s->room) {
        uint32_t room = s->room ? s->room * 2 : s->h->n + 8;
        uint32_t *columns = kith_arena_alloc(s->arena, room * sizeof *columns);
        kith_str *names = kith_arena_alloc(s->arena, room * sizeof *names);
        if (!columns || !names) return kith_no_memory(s->err);
        if (o->n) memcpy(columns, o->columns, o->n * sizeof *columns), memcpy(names, o->names, o->n * sizeof *names);
        o->columns = columns;
        o->names = names;
        s->room = room;
    }
    o->columns[o->n] = column;
    o->names[o->n++] = name;
    return KITH_OK;
}

static void leave_out(kith_selection *o, uint32_t column) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->n; i++)
        if (o->columns[i] != column) {
            o->columns[n] = o->columns[i];
            o->names[n++] = o->names[i];
        }
    o->n = n;
}

static int put(selecting *s, uint32_t column, kith_str name, bool out) {
    if (!out) return add(s, column, name);
    leave_out(s->out, column);
    return KITH_OK;
}

static bool glob(const char *p, const char *pe, const char *t, const char *te) {
    for (; p < pe; p++, t++) {
        if (*p == '*') {
            while (p < pe && *p == '*') p++;
            for (; t <= te; t++)
                if (glob(p, pe, t, te)) return true;
            return false;
        }
        if (t == te || (*p != '?' && *p != *t)) return false;
    }
    return t == te;
}

static int by_name(selecting *s, kith_str name, uint32_t *column) {
    char *copy = kith_arena_copy(s->arena, name.p, name.n);
    if (!copy) return kith_no_memory(s->err);
    return kith_column(s->h, copy, column, s->err);
}

static int by_glob(selecting *s, kith_str pattern, bool out) {
    bool any = false;
    for (uint32_t j = 0; j < s->h->n; j++) {
        kith_str name = s->h->names[j];
        if (!glob(pattern.p, pattern.p + pattern.n, name.p, name.p + name.n)) continue;
        any = true;
        KITH_TRY(put(s, j, name, out));
    }
    return any ? KITH_OK : kith_fail(s->err, KITH_DATA, "no column matches '%.*s'", KITH_STR_FMT(pattern));
}

static int by_pattern(selecting *s, kith_str text, bool out) {
    kith_pattern *pattern = NULL;
    KITH_TRY(kith_pattern_new(text, 0, &pattern, s->err));
    kith_matcher *matcher = kith_matcher_new(pattern);
    bool any = false;
    int status = matcher ? KITH_OK : kith_no_memory(s->err);
    for (uint32_t j = 0; status == KITH_OK && j < s->h->n; j++) {
        bool matches = false;
        status = kith_match(matcher, s->h->names[j], 0, &matches, s->err);
        if (status == KITH_DATA) kith_fail(s->err, status, "/%.*s/ is too hard a pattern for the name of column %u", KITH_STR_FMT(text), j + 1);
        any |= matches;
        if (status == KITH_OK && matches) status = put(s, j, s->h->names[j], out);
    }
    kith_matcher_free(matcher);
    kith_pattern_free(pattern);
    if (status == KITH_OK && !any) return kith_fail(s->err, KITH_DATA, "no column matches /%.*s/", KITH_STR_FMT(text));
    return status;
}

static int by_range(selecting *s, kith_str from, kith_str to, bool out) {
    if (!s->h->n && !from.n && !to.n) return KITH_OK; /* all of no columns */
    uint32_t a = 0, b = s->h->n - 1;
    if (from.n) KITH_TRY(by_name(s, from, &a));
    if (to.n) KITH_TRY(by_name(s, to, &b));
    for (uint32_t j = a; a <= b ? j <= b : j + 1 > b; j += a <= b ? 1 : UINT32_MAX) { /* c:a runs backwards */
        KITH_TRY(put(s, j, s->h->names[j], out));
        if (j == b) break;
    }
    return KITH_OK;
}

/* One piece between commas. */
static int piece(selecting *s, kith_str p, bool first) {
    bool out = p.n && p.p[0] == '!';
    if (out) {
        p.p++, p.n--;
        if (first)
            for (uint32_t j = 0; j < s->h->n; j++) KITH_TRY(add(s, j, s->h->names[j]));
    }
    if (!p.n) return kith_fail(s->err, KITH_USAGE, "an empty place in the column selection");
    if (p.p[0] == '/' && p.n > 2 && p.p[p.n - 1] == '/') return by_pattern(s, (kith_str){p.p + 1, p.n - 2}, out);
    if (p.p[0] == '{' && p.p[p.n - 1] == '}') p.p++, p.n -= 2;
    else {
        char *exact = kith_arena_copy(s->arena, p.p, p.n);
        if (!exact) return kith_no_memory(s->err);
        uint32_t column = kith_column_find(s->h, exact);
        if (column != KITH_NO_COLUMN) return put(s, column, s->h->names[column], out);
        const char *eq = s->renames && !out ? memchr(p.p, '=', p.n) : NULL;
        if (eq && eq > p.p) {
            kith_str old = {eq + 1, p.n - (size_t)(eq + 1 - p.p)};
            if (old.n > 1 && old.p[0] == '{' && old.p[old.n - 1] == '}') old.p++, old.n -= 2;
            KITH_TRY(by_name(s, old, &column));
            return add(s, column, (kith_str){p.p, (size_t)(eq - p.p)});
        }
        const char *colon = memchr(p.p, ':', p.n);
        if (colon) return by_range(s, (kith_str){p.p, (size_t)(colon - p.p)}, (kith_str){colon + 1, p.n - (size_t)(colon + 1 - p.p)}, out);
        if (memchr(p.p, '*', p.n) || memchr(p.p, '?', p.n)) return by_glob(s, p, out);
    }
    uint32_t column;
    KITH_TRY(by_name(s, p, &column));
    return put(s, column, s->h->names[column], out);
}

int kith_select(const kith_header *header, const char *selection, bool renames, kith_arena *arena, kith_selection *out, kith_error *err) {
    *out = (kith_selection){0};
    selecting s = {.h = header, .out = out, .arena = arena, .err = err, .renames = renames};
    const char *p = selection;
    for (bool first = true;; first = false) {
        const char *end = p;
        char until = 0;
        for (; *end && (until || *end != ','); end++) {
            if (until) until = *end == until ? 0 : until;
            else if (*end == '{') until = '}';
            else if (*end == '/' && end == p) until = '/';
            else if (*end == '/' && end == p + 1 && *p == '!') until = '/';
        }
        KITH_TRY(piece(&s, (kith_str){p, (size_t)(end - p)}, first));
        if (!*end) return header->n && !out->n ? kith_fail(err, KITH_USAGE, "the column selection leaves no column") : KITH_OK;
        p = end + 1;
    }
}

int kith_select_drop(const kith_header *header, const char *drop, kith_arena *arena, kith_selection *out, kith_error *err) {
    kith_selection gone;
    KITH_TRY(kith_select(header, drop, false, arena, &gone, err));
    *out = (kith_selection){0};
    selecting s = {.h = header, .out = out, .arena = arena, .err = err};
    for (uint32_t j = 0; j < header->n; j++) {
        bool keep = true;
        for (uint32_t i = 0; i < gone.n; i++) keep &= gone.columns[i] != j;
        if (keep) KITH_TRY(add(&s, j, header->names[j]));
    }
    if (header->n && !out->n) return kith_fail(err, KITH_USAGE, "--drop leaves no column");
    return KITH_OK;
}
