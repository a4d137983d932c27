/* The benchmark's workload, the same on every machine: events.csv (quoted notes, line ends inside quotes, empty amounts), events_plain.csv
 * (the same without quotes) and customers.csv.
 *
 *     workload FOLDER EVENTS PEOPLE */
#include <kith/base.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const channels[] = {"mail", "text", "push", "web", "app", "shop", "phone", "partner"};
static const char *const sectors[] = {"food", "books", "rail", "banking", "insurance", "phone", "power", "health", "care", "clothes",
                                      "sport", "press", "games", "schools", "cars", "house", "garden", "animals", "toys", "trade"};
static const char *const words[] = {"opened", "read", "passed", "returned", "left", "voucher", "rebate", "points", "again", "cart", "abandoned",
                                    "spring", "letter", "asked", "answered", "later", "keen", "refund", "complained", "parcel", "slow", "fine"};
#define PICK(r, list) list[kith_random_below(r, sizeof list / sizeof *list)]

static void put_note(kith_random *r, kith_buf *quoted, kith_buf *plain) {
    unsigned kind = (unsigned)kith_random_below(r, 1000); /* below 50: quoted, below 3: with line ends, below 35: with commas */
    unsigned n = 1 + (unsigned)kith_random_below(r, 6);
    if (kind < 50) kith_buf_putc(quoted, '"');
    for (unsigned j = 0; j < n; j++) {
        const char *word = PICK(r, words);
        bool said = kind >= 35 && kind < 50 && j == 1;
        if (j) kith_buf_puts(quoted, kind < 3 ? "\n" : kind < 35 ? ", " : " "), kith_buf_putc(plain, ' ');
        if (said) kith_buf_puts(quoted, "\"\"");
        kith_buf_puts(quoted, word);
        kith_buf_puts(plain, word);
        if (said) kith_buf_puts(quoted, "\"\"");
    }
    if (kind < 50) kith_buf_putc(quoted, '"');
    kith_buf_putc(quoted, '\n');
    kith_buf_putc(plain, '\n');
}

static void put_event(kith_random *r, uint64_t people, kith_buf *line) {
    double u = kith_random_unit(r); /* most events come from few people */
    uint64_t id = kith_random_unit(r) < .3 ? kith_random_below(r, people) : (uint64_t)(u * u * (double)people);
    uint64_t key = id * UINT64_C(2654435761) % people;
    char ts[32];
    kith_format_time((INT64_C(19358) * 86400 + (int64_t)kith_random_below(r, 3 * 365 * 86400)) * KITH_US_PER_SECOND, ts);
    kith_buf_printf(line, "C%07llu,%s,%s,R%02d,%s,", (unsigned long long)key, ts, PICK(r, channels),
                    (int)(kith_random_unit(r) * kith_random_unit(r) * 50), PICK(r, sectors));
    if (kith_random_below(r, 25)) kith_buf_printf(line, "%.2f", exp(3.2 + .9 * kith_random_normal(r)));
    kith_buf_printf(line, ",P%03d,user%llu@example%d.com,", (int)kith_random_below(r, 500), (unsigned long long)key, (int)(key % 7));
}

static bool flush(kith_buf *buf, FILE *f) {
    bool good = !buf->failed && fwrite(buf->p, 1, buf->n, f) == buf->n;
    buf->n = 0;
    return good;
}

static FILE *create(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, "wb");
}

int main(int argc, char **argv) {
    int64_t events, people;
    if (argc != 4 || !kith_parse_int(kith_str_of(argv[2]), &events) || !kith_parse_int(kith_str_of(argv[3]), &people) || people < 1) {
        fprintf(stderr, "usage: workload FOLDER EVENTS PEOPLE\n");
        return 2;
    }
    FILE *quoted = create(argv[1], "events.csv"), *plain = create(argv[1], "events_plain.csv"), *customers = create(argv[1], "customers.csv");
    if (!quoted || !plain || !customers) {
        fprintf(stderr, "workload: cannot write in %s\n", argv[1]);
        return 4;
    }
    static const char head[] = "customer_id,ts,channel,region,sector,amount,product,email,note\n";
    kith_buf q = {0}, p = {0}, c = {0};
    kith_random r;
    kith_random_start(&r, 1, "workload", 0);
    kith_buf_puts(&q, head);
    kith_buf_puts(&p, head);
    bool good = true;
    for (int64_t i = 0; i < events && good; i++) {
        size_t at = q.n;
        put_event(&r, (uint64_t)people, &q);
        if (!q.failed) kith_buf_put(&p, q.p + at, q.n - at);
        put_note(&r, &q, &p);
        if (q.n > 1 << 20) good = flush(&q, quoted) && flush(&p, plain);
    }
    static const char *const countries[] = {"FR", "DE", "ES", "IT", "GB", "US", "PT", "NL"};
    static const char *const tiers[] = {"bronze", "silver", "gold", "platinum"};
    kith_buf_puts(&c, "customer_id,country,signup,tier,consent\n");
    for (int64_t i = 0; i < people && good; i++) {
        kith_buf_printf(&c, "C%07lld,%s,20%02d-%02d-%02d,%s,%d\n", (long long)((i * 48271 + 7) % people), PICK(&r, countries),
                        10 + (int)kith_random_below(&r, 15), 1 + (int)kith_random_below(&r, 12), 1 + (int)kith_random_below(&r, 28),
                        PICK(&r, tiers), (int)kith_random_below(&r, 2));
        if (c.n > 1 << 20) good = flush(&c, customers);
    }
    good = good && flush(&q, quoted) && flush(&p, plain) && flush(&c, customers);
    if (fclose(quoted) != 0) good = false;
    if (fclose(plain) != 0) good = false;
    if (fclose(customers) != 0) good = false;
    kith_buf_free(&q);
    kith_buf_free(&p);
    kith_buf_free(&c);
    if (!good) fprintf(stderr, "workload: cannot write everything\n");
    return good ? 0 : 4;
}
