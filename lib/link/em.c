/* The mixture model: classes of pairs over patterns of levels.
 *
 * Same person (m, share λ), related but not the same (h, two sorts: of one place (twice: such pairs are many and of
 * several kinds), of one household), unrelated (u): levels are independent within a class. The related classes keep
 * fields that go together (city with postcode, address with phone and surname) from being counted twice: a pair that
 * agrees on those and on nothing else is explained by them. Left to itself EM takes such a class for the worse half of
 * the matches; so in the fields that are a person's own (date, e-mail, identifier, free text) related pairs are
 * strangers by definition (h = u, kith_link_field.shared false). EM sees patterns with counts, not pairs; pairs that
 * are no candidates are taken as unrelated. u is not a part of EM: it comes from random pairs and from the values'
 * counts (fit.c).
 *
 * Sources: Fellegi & Sunter 1969; Winkler 1988; Enamorado, Fifield & Imai 2019; more than two classes: Larsen & Rubin
 * 2001. */
#include "inside.h"

#include <math.h>
#include <string.h>

enum { F = KITH_LINK_FIELDS, L = KITH_LINK_LEVELS, R = KITH_LINK_RELATED, C = R + 2 }; /* classes: m, h…, u */

static const double *row_of(const kith_link_field *field, int c) {
    if (c == 0) return field->m;
    if (c > R || field->shared[c - 1] == 0) return field->u;
    return field->shared[c - 1] == 2 ? field->m : field->h[c - 1];
}

static double share_of(const kith_link_model *model, int c) {
    double rest = 1 - model->prior;
    if (c == 0) return model->prior;
    if (c <= R) return model->related[c - 1];
    for (int k = 0; k < R; k++) rest -= model->related[k];
    return rest > 1e-12 ? rest : 1e-12;
}

static double guess(int l, bool match) { /* where the pseudo-pairs lie */
    if (l == 0) return 0;
    if (l >= KITH_LINK_EQUAL) return (match ? .8 : .4) / 8;
    return l == 1 ? (match ? .05 : .4) : (match ? .15 : .2) / 6;
}

double kith_link_em_step(kith_link_model *model, const kith_link_patterns *p, double smooth) {
    double log_of[F][L][C] = {{{0}}}, n[F][L][C] = {{{0}}}, share[C], sum_of[C] = {0};
    uint32_t fields = model->n_fields;
    double ll = 0, seen = 0;
    for (int c = 0; c < C; c++) {
        share[c] = log(share_of(model, c) + 1e-300);
        for (uint32_t f = 0; f < fields; f++)
            for (int l = 1; l < L; l++) {
                log_of[f][l][c] = log(row_of(&model->field[f], c)[l] + 1e-300);
                if (c > R || (c > 0 && model->field[f].shared[c - 1] != 1)) continue;
                n[f][l][c] = smooth * guess(l, c == 0);
                ll += n[f][l][c] * log_of[f][l][c];
            }
    }
    for (size_t k = 0; k < p->n; k++) {
        double e[C], top, sum = 0;
        uint64_t g = p->pattern[k];
        for (int c = 0; c < C; c++) e[c] = share[c];
        for (uint32_t f = 0; f < fields; f++, g >>= 4)
            for (int c = 0; c < C; c++) e[c] += log_of[f][g & 15][c];
        top = e[0];
        for (int c = 1; c < C; c++) top = e[c] > top ? e[c] : top;
        int known = p->known ? p->known[k] : -1;
        for (int c = 0; c < C; c++) {
            e[c] = e[c] - top < -40 ? 0 : exp(e[c] - top);
            if (known >= 0 && (known == 1) != (c == 0)) e[c] = 0;
            sum += e[c];
        }
        if (known >= 0 && sum < 1e-300) {
            e[known == 1 ? 0 : C - 1] = 1e-300;
            sum = 1e-300;
        }
        ll += p->count[k] * (log(sum) + top);
        seen += p->count[k];
        for (int c = 0; c < C; c++) {
            e[c] *= p->count[k] / sum;
            sum_of[c] += e[c];
        }
        if (e[C - 1] > p->count[k] * (1 - 1e-9)) continue; /* strangers teach nothing: u is given */
        g = p->pattern[k];
        for (uint32_t f = 0; f < fields; f++, g >>= 4)
            for (int c = 0; c < C; c++) n[f][g & 15][c] += e[c];
    }
    double all = p->all > seen ? p->all : seen;
    ll += (all - seen) * share[C - 1];
    for (int c = 0; c <= R; c++) {
        for (uint32_t f = 0; f < fields; f++) {
            double *to = c == 0 ? model->field[f].m : model->field[f].h[c - 1], total = 0;
            if (c > 0 && model->field[f].shared[c - 1] != 1) continue;
            for (int l = 1; l < L; l++) total += n[f][l][c];
            for (int l = 1; l < L && total > 0; l++) to[l] = n[f][l][c] / total;
        }
        if (all > 0) *(c == 0 ? &model->prior : &model->related[c - 1]) = sum_of[c] / all;
    }
    return ll;
}

static double odds(const double e[C]) { /* of the match class against all others, in bits */
    double top = -HUGE_VAL, sum = 0;
    for (int c = 1; c < C; c++)
        if (e[c] > top) top = e[c];
    for (int c = 1; c < C; c++) sum += exp2(e[c] - top);
    return e[0] - top - log2(sum);
}

double kith_link_waterfall(const kith_link_model *model, uint64_t pattern, double bits[F + 1]) {
    double e[C];
    for (int c = 0; c < C; c++) e[c] = log2(share_of(model, c) + 1e-300);
    double last = odds(e);
    bits[0] = last;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        int l = kith_link_level(pattern, f);
        bits[1 + f] = 0;
        if (l == 0) continue;
        for (int c = 0; c < C; c++) e[c] += log2(row_of(&model->field[f], c)[l] + 1e-300);
        double now = odds(e);
        bits[1 + f] = now - last;
        last = now;
    }
    return last;
}

int kith_link_ruled(const kith_link_model *model, uint64_t pattern) {
    int said = 0;
    for (uint32_t r = 0; r < model->n_rules; r++) {
        int l = kith_link_level(pattern, model->rule[r].field);
        if (model->rule[r].must && l >= KITH_LINK_EQUAL) said = said == 0 ? 1 : said;
        if (!model->rule[r].must && l > 0 && l < KITH_LINK_EQUAL) said = -1;
    }
    return said;
}

static double cost_of(kith_link_kind kind) {
    switch (kind) {
    case KITH_LINK_TEXT:
    case KITH_LINK_ADDRESS:
    case KITH_LINK_LIST:
        return 5;
    case KITH_LINK_NAME:
        return 2;
    case KITH_LINK_EMAIL:
    case KITH_LINK_GEO:
        return 1.5;
    default:
        return 1;
    }
}

void link_scorer_make(const kith_link_model *model, link_scorer *s) {
    double value[F];
    memset(s, 0, sizeof *s);
    for (int c = 0; c < C; c++) s->share[c] = log2(share_of(model, c) + 1e-300);
    s->start = s->share[0] - s->share[C - 1];
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_field *field = &model->field[f];
        for (int l = 1; l < L; l++) {
            for (int c = 0; c < C; c++) s->level[f][l][c] = log2(row_of(field, c)[l] + 1e-300);
            s->ratio[f][l] = s->level[f][l][0] - s->level[f][l][C - 1];
            if (l < KITH_LINK_EQUAL &&
                (l == 1 || (s->ratio[f][l] > s->best[f] && kith_link_level_name(field->kind, l)[0])))
                s->best[f] = s->ratio[f][l];
        }
        if (s->best[f] < 0) s->best[f] = 0;
        value[f] = (s->best[f] - s->ratio[f][1]) / cost_of(field->kind);
        uint32_t at = f;
        for (; at > 0 && value[s->turn[at - 1]] < value[f]; at--) s->turn[at] = s->turn[at - 1];
        s->turn[at] = (uint8_t)f;
    }
}

double link_scorer_weight(const link_scorer *s, const kith_link_model *model, uint64_t pattern) {
    double e[C];
    int said = model->n_rules ? kith_link_ruled(model, pattern) : 0;
    if (said != 0) return said * LINK_RULED;
    for (int c = 0; c < C; c++) e[c] = s->share[c];
    for (uint64_t f = 0; pattern; f++, pattern >>= 4)
        for (int c = 0; c < C; c++) e[c] += s->level[f][pattern & 15][c];
    return odds(e);
}

double kith_link_weight(const kith_link_model *model, uint64_t pattern) {
    double bits[F + 1];
    int said = model->n_rules ? kith_link_ruled(model, pattern) : 0;
    if (said != 0) return said * LINK_RULED;
    return kith_link_waterfall(model, pattern, bits);
}
