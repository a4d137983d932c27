/* A fold's parameters: a short list of texts, in the order set. */
#include <kith/fold.h>

#include <stdlib.h>
#include <string.h>

void kith_params_set(kith_params *params, const char *name, const char *value) {
    const char *copy = kith_arena_copy(params->arena, value ? value : "", value ? strlen(value) : 0);
    const char *key = kith_arena_copy(params->arena, name, strlen(name));
    params->failed |= !copy || !key;
    for (size_t i = 0; i < params->n; i++)
        if (strcmp(params->items[i].name, name) == 0) {
            params->items[i].value = copy;
            return;
        }
    if (params->n == params->room) {
        size_t room = params->room ? 2 * params->room : 16;
        struct kith_param *more = kith_arena_alloc(params->arena, room * sizeof *more);
        if (!more) {
            params->failed = true;
            return;
        }
        if (params->n) memcpy(more, params->items, params->n * sizeof *more);
        params->items = more;
        params->room = room;
    }
    params->items[params->n++] = (struct kith_param){key, copy};
}

void kith_params_set_double(kith_params *params, const char *name, double value) {
    char text[32];
    kith_format_double(value, text);
    kith_params_set(params, name, text);
}

const char *kith_params_get(const kith_params *params, const char *name) {
    for (size_t i = 0; i < params->n; i++)
        if (strcmp(params->items[i].name, name) == 0) return params->items[i].value;
    return "";
}

double kith_params_number(const kith_params *params, const char *name, double otherwise) {
    double value;
    return kith_parse_double(kith_str_of(kith_params_get(params, name)), &value) ? value : otherwise;
}

uint64_t kith_params_count(const kith_params *params, const char *name, uint64_t otherwise, double most) {
    double value = kith_params_number(params, name, -1);
    return value >= 0 && value <= most ? (uint64_t)value : otherwise;
}
