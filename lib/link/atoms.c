/* Blocking atoms: what of a value may serve in a key. Each is a 32-bit hash for each distinct value; some give several
 * entries (rare tokens, overlapping bins), of which a pair has to share one. */
#include "inside.h"

#include <kith/similarity.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const link_atom name_atoms[] = {{"equal", 0, true}, {"sound", .6, true}, {"start", .65, true}, {NULL, 0, false}};
static const link_atom text_atoms[] = {{"equal", 0, true}, {"words", .9, true}, {"start", .5, true}, {NULL, 0, false}};
static const link_atom email_atoms[] = {{"equal", 0, true}, {"local", .3, true}, {NULL, 0, false}};
static const link_atom code_atoms[] = {{"equal", 0, true}, {"head", .5, true}, {"tail", .45, true}, {NULL, 0, false}};
static const link_atom date_atoms[] = {
    {"equal", 0, true}, {"month", .35, true}, {"day", .35, true}, {"year", .7, true}, {NULL, 0, false}};
static const link_atom number_atoms[] = {{"equal", 0, true}, {"near", .5, true}, {"about", .8, true}, {NULL, 0, false}};
static const link_atom geo_atoms[] = {{"near", .5, true}, {"about", .8, true}, {NULL, 0, false}};
static const link_atom category_atoms[] = {{"equal", 0, false}, {NULL, 0, false}};
static const link_atom swap_atoms[] = {{"sounds", .8, true}, {NULL, 0, false}};
static const link_atom no_atoms[] = {{NULL, 0, false}};

const link_atom *link_atoms(kith_link_kind kind) {
    switch (kind) {
    case KITH_LINK_NAME:
        return name_atoms;
    case KITH_LINK_TEXT:
    case KITH_LINK_ADDRESS:
    case KITH_LINK_LIST:
        return text_atoms;
    case KITH_LINK_EMAIL:
        return email_atoms;
    case KITH_LINK_PHONE:
    case KITH_LINK_CODE:
        return code_atoms;
    case KITH_LINK_DATE:
        return date_atoms;
    case KITH_LINK_NUMBER:
        return number_atoms;
    case KITH_LINK_GEO:
        return geo_atoms;
    case KITH_LINK_CATEGORY:
        return category_atoms;
    case KITH_LINK_SWAP:
        return swap_atoms;
    default:
        return no_atoms;
    }
}

static uint32_t hash32(const void *p, size_t n, uint64_t salt) {
    uint32_t h = n ? (uint32_t)(kith_hash(p, n, salt) >> 32) : 0;
    return n ? h | 1 : 0;
}

static uint32_t hash_int(int64_t x, uint64_t salt) { return hash32(&x, sizeof x, salt); }

static void name_entries(kith_link_values *v, uint32_t id, uint32_t *sound, uint32_t *start) {
    kith_str s = v->text[id];
    size_t word = 0;
    while (word < s.n && s.p[word] != ' ') word++;
    char code[5];
    kith_soundex((kith_str){s.p, word}, code);
    *sound = code[0] ? hash32(code, 4, 21) : hash32(s.p, s.n < 6 ? s.n : 6, 22);
    *start = hash32(s.p, word < 3 ? word : 3, 23);
}

static void text_entries(kith_link_values *v, uint32_t id, uint32_t *words, uint32_t *start) {
    uint32_t n = v->token_start[id + 1] - v->token_start[id];
    for (uint32_t i = 0; i < LINK_TOKENS; i++) {
        words[i] = 0;
        if (i >= n) continue;
        kith_str t = v->token_text[v->token[v->token_start[id] + i]];
        words[i] = hash32(t.p, t.n, 24);
    }
    char squashed[6];
    size_t m = 0;
    for (size_t i = 0; i < v->text[id].n && m < 6; i++)
        if (v->text[id].p[i] != ' ') squashed[m++] = v->text[id].p[i];
    *start = hash32(squashed, m, 25);
}

int link_build_atoms(kith_link_data *data, uint32_t f, kith_error *err) {
    kith_link_kind kind = data->model->field[f].kind;
    kith_link_values *v = &data->values[f];
    const link_atom *atoms = link_atoms(kind);
    bool text = kind == KITH_LINK_TEXT || kind == KITH_LINK_ADDRESS || kind == KITH_LINK_LIST;
    bool bins = kind == KITH_LINK_NUMBER, cells = kind == KITH_LINK_GEO;
    if (atoms[0].name == NULL) return KITH_OK; /* a field that the fit took for idle serves in no key */
    for (int a = 0; atoms[a].name != NULL; a++) {
        v->atom_many[a] = text && a == 1 ? LINK_TOKENS : (bins && a > 0) || cells ? 2 : 1;
        v->atom[a] = kith_arena_zalloc(data->arenas[f], sizeof(uint32_t) * v->atom_many[a] * ((size_t)v->n + 1));
        if (v->atom[a] == NULL) return kith_no_memory(err);
    }
    for (uint32_t id = 1; id < v->n; id++) {
        kith_str s = v->text[id];
        if (!cells) v->atom[0][id] = (uint32_t)(v->hash[id] >> 32) | 1;
        if (kind == KITH_LINK_NAME) name_entries(v, id, &v->atom[1][id], &v->atom[2][id]);
        if (text) text_entries(v, id, &v->atom[1][(size_t)LINK_TOKENS * id], &v->atom[2][id]);
        if (kind == KITH_LINK_EMAIL)
            v->atom[1][id] = hash32(s.p, (size_t)(v->aux[id] >> 56) < s.n ? (size_t)(v->aux[id] >> 56) : s.n, 26);
        if (kind == KITH_LINK_PHONE || kind == KITH_LINK_CODE) {
            size_t half = (s.n + 1) / 2;
            v->atom[1][id] = hash32(s.p, half, 27);
            v->atom[2][id] = hash32(s.p + s.n - half, half, 28);
        }
        if (kind == KITH_LINK_DATE && v->aux[id] != 0) {
            int64_t y = (int64_t)(v->aux[id] >> 16 & 0xFFFF), m = (int64_t)(v->aux[id] >> 8 & 255),
                    d = (int64_t)(v->aux[id] >> 1 & 127);
            bool year_only = v->aux[id] & 1;
            v->atom[0][id] = year_only ? 0 : v->atom[0][id];
            v->atom[1][id] = year_only ? 0 : hash_int(y * 100 + m, 29);
            v->atom[2][id] = year_only ? 0 : hash_int((m < d ? m : d) * 100 + (m < d ? d : m), 30);
            v->atom[3][id] = hash_int(y, 31);
        }
        if (bins) {
            double x = v->real[2 * (size_t)id], l = x == 0 ? 0 : log(fabs(x)) + 100;
            for (int k = 0; k < 2; k++) {
                v->atom[1][2 * (size_t)id + (size_t)k] =
                    hash_int((int64_t)floor(l / .06 + .5 * k) * 2 + (x < 0), 32 + (uint64_t)k);
                v->atom[2][2 * (size_t)id + (size_t)k] =
                    hash_int((int64_t)floor(l / .3 + .5 * k) * 2 + (x < 0), 34 + (uint64_t)k);
            }
        }
        if (cells)
            for (int a = 0; a < 2; a++)
                for (int k = 0; k < 2; k++) {
                    double g = a == 0 ? .02 : .2;
                    int64_t at = (int64_t)floor(v->real[2 * (size_t)id] / g + .5 * k) * 1000003 +
                                 (int64_t)floor(v->real[2 * (size_t)id + 1] / g + .5 * k);
                    v->atom[a][2 * (size_t)id + (size_t)k] = hash_int(at, 36 + (uint64_t)(2 * a + k));
                }
    }
    return KITH_OK;
}
