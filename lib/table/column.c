/* Columns by name, and typed cells. */
#include <kith/table.h>

#include <stdlib.h>
#include <string.h>

/* Well-known columns and the verb that makes them, for the message when one is missing. */
static const struct {
    const char *column, *verb;
} makers[] = {
    {"person_id", "dedupe resolve"},     {"record_id", "ingest read --source"}, {"source", "ingest read --source"},
    {"rfm_recency", "segment rfm"},      {"rfm_frequency", "segment rfm"},      {"rfm_monetary", "segment rfm"},
    {"value_x", "score summary"},        {"value_tx", "score summary"},         {"value_T", "score summary"},
    {"value_m", "score summary"},        {"session_id", "segment sessions"},    {"path", "segment paths"},
    {"conversions", "segment paths"},    {"nulls", "segment paths"},            {"treatment", "segment assign"},
    {"arm", "segment assign"},           {"lead_score", "score apply"},         {"uplift_score", "score apply"},
    {"value_expected", "score apply"},   {"value_clv", "score apply"},          {"propensity", "score offer"},
    {"segment", "segment rules"},        {"probability", "dedupe link"},
};

uint32_t kith_column_find(const kith_header *header, const char *name) {
    size_t n = strlen(name), base = n;
    int64_t nth = 1;
    for (uint32_t j = 0; j < header->n; j++)
        if (kith_str_is(header->names[j], name)) return j;
    if (n > 3 && name[n - 1] == ']') { /* name[2] */
        size_t open = n - 1;
        while (open && name[open] != '[') open--;
        if (open && kith_parse_int((kith_str){name + open + 1, n - open - 2}, &nth) && nth >= 1) {
            base = open;
            for (uint32_t j = 0; j < header->n; j++)
                if (kith_str_equal(header->names[j], (kith_str){name, base}) && --nth == 0) return j;
        }
    }
    int64_t number;
    if (n && name[0] >= '0' && name[0] <= '9' && kith_parse_int(kith_str_of(name), &number) && number >= 1 && number <= header->n)
        return (uint32_t)(number - 1);
    return KITH_NO_COLUMN;
}

int kith_column(const kith_header *header, const char *name, uint32_t *column, kith_error *err) {
    *column = kith_column_find(header, name);
    if (*column != KITH_NO_COLUMN) return KITH_OK;
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (strcmp(makers[i].column, name) == 0)
            return kith_fail(err, KITH_DATA, "no column '%s'; kith %s makes it", name, makers[i].verb);
    char **names = calloc(header->n + 1, sizeof *names);
    const char *nearest = NULL;
    char found[128] = "";
    bool whole = names != NULL;
    for (uint32_t j = 0; whole && j < header->n; j++) whole = (names[j] = strndup(header->names[j].p, header->names[j].n)) != NULL;
    if (whole) nearest = kith_nearest_name(name, (const char *const *)names, header->n);
    if (nearest && strlen(nearest) < sizeof found) memcpy(found, nearest, strlen(nearest) + 1);
    for (uint32_t j = 0; names && j < header->n; j++) free(names[j]);
    free(names);
    if (found[0]) return kith_fail(err, KITH_DATA, "no column '%s'; did you mean '%s'?", name, found);
    return kith_fail(err, KITH_DATA, "no column '%s' among the %u there are (head -n 1 shows their names)", name, header->n);
}

int kith_new_column(const kith_header *header, const char *name, bool replace, uint32_t *column, kith_error *err) {
    *column = KITH_NO_COLUMN;
    for (uint32_t j = 0; j < header->n; j++)
        if (kith_str_is(header->names[j], name)) *column = j;
    if (*column != KITH_NO_COLUMN && !replace)
        return kith_fail(err, KITH_DATA, "there is a column '%s' already: leave it out first (kith where --drop), or --replace it where the verb can", name);
    return KITH_OK;
}

kith_cell_state kith_cell_double(const kith_batch *b, uint32_t row, uint32_t col, double *value) {
    kith_str text = kith_text(b, row, col);
    if (!text.n) return KITH_CELL_MISSING;
    return text.p && kith_parse_double(text, value) ? KITH_CELL_VALUE : KITH_CELL_BAD;
}

kith_cell_state kith_cell_time(const kith_batch *b, uint32_t row, uint32_t col, const kith_zone *zone, int64_t *us) {
    kith_str text = kith_text(b, row, col);
    if (!text.n) return KITH_CELL_MISSING;
    return text.p && kith_parse_time(text, zone, us, NULL) ? KITH_CELL_VALUE : KITH_CELL_BAD;
}
