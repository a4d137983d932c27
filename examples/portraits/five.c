/* five: what five systems of a museum know of the same people, as messy as exports are, with the truth beside them.
 *
 *     cc -o five five.c -lm && ./five DIR [PEOPLE [SEED]]
 *
 *   members.csv   the CRM: Windows-1252, semicolons, dates 31.12.1980, decimal commas; who joined twice is there twice
 *   shop.tsv      the web shop: UTF-8 with a byte order mark, tabs, two lines of preamble, dates 12/31/2026 1:05 PM, $, a total
 *   letter.csv    the newsletter: UTF-16, commas, "Surname, Given", dates 2026-12-31
 *   visits.txt    check-ins of the app: UTF-8, |, dates 31/12/2026 13:05, places; some phones say 0, 0
 *   gifts.csv     the bank: capitals without accents, every field quoted, CRLF, dates 20261231, 1.250,00; no address but the postcode
 *   gifts.total   what the treasurer says came in
 *   truth.csv     for each record whose it is
 *
 * People marry and change their names, have a second e-mail address, mistype; brothers and sisters live together, some sons are
 * called what their fathers are. Everything is a function of (SEED, PEOPLE), the same bytes on every machine (no two chances in one
 * argument list; splitmix64: Steele, Lea & Flood 2014). */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance ---- */

typedef struct chance {
    uint64_t s;
} chance;

static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static double unit(chance *c) { return (double)(mix(c->s += UINT64_C(0x9e3779b97f4a7c15)) >> 11) * 0x1p-53; }
static int below(chance *c, int n) { return (int)(unit(c) * n); }
static bool happens(chance *c, double p) { return unit(c) < p; }
static double waiting(chance *c, double mean) { return -log(1 - unit(c)) * mean; }

/* ---- people ---- */

static const char *const givens[] = {"Anna",  "Ben",   "Chloé", "David", "Élodie", "Felix", "Greta", "Hugo",   "Inès",  "Jonas",  "Karin",  "Léa",   "Marc",  "Nadia", "Oskar", "Paula",
                                     "Ruth",  "Rosa",  "Søren", "Théo",  "Ursula", "Vera",  "Walter", "Yvonne", "Zoë",   "Adrian", "Béla",   "Clara", "Diego", "Emma",  "Fabien", "Hélène",
                                     "Jürgen", "Lucía", "Tomás", "Noémie", "Ingrid", "Peter", "Sophie", "Martin", "Judith", "Stefan", "Amélie", "Robert", "Helga", "Simon", "Edith", "Klaus"};
static const char *const heads[] = {"Linden", "Birken", "Stein", "Wald", "Berg", "Hof", "Kirch", "Mühl", "Brunn", "Rosen", "Grün", "Alt", "Neu", "Ober", "Nieder", "Hasel",
                                    "Eich",   "Holz",   "Sand",  "Moos", "Bach", "Feld", "Korn",  "Sommer", "Winter", "Löw",  "Falken", "Reh", "Gold", "Silber", "Eisen", "Salz"};
static const char *const tails[] = {"mann", "bauer", "berger", "huber", "meier", "er", "inger", "ner", "hauser", "dorf", "stein", "bach", "thaler", "reuter", "wirt", "gruber", "acker", "moser"};
static const struct {
    const char *name, *post;
    double lat, lon;
} towns[] = {{"Wien", "10", 48.2082, 16.3738}, {"Graz", "80", 47.0707, 15.4395}, {"Linz", "40", 48.3069, 14.2858}, {"Salzburg", "50", 47.8095, 13.0550}, {"Krems", "35", 48.4108, 15.6146}};
static const struct {
    const char *name;
    double lat, lon;
} halls[] = {{"Main hall", 48.2038, 16.3616}, {"Sculpture garden", 48.1912, 16.3809}, {"Print room", 48.2045, 16.3681}};
static const char *const goods[] = {"catalogue", "poster", "postcards", "membership gift", "book", "cup"};
static const double prices[] = {39, 18, 6.5, 60, 24.9, 12};
enum { GIVENS = sizeof givens / sizeof *givens, HEADS = sizeof heads / sizeof *heads, TAILS = sizeof tails / sizeof *tails, TOWNS = 5, HALLS = 3, GOODS = 6 };
enum { DAYS = 365, NIGHT = DAYS - 1 }; /* 2026; the last day's rows come in the second night's exports */

typedef struct person {
    char given[24], family[32], married[32], mail[2][192], phone[24], post[12];
    int town, year, month, day, wed; /* wed: the day the name changed, or DAYS */
    bool member, reads, visits, gives, buys;
    double rate, leave;
} person;

static uint64_t seed = 1;
static int people = 3000;

/* Letters without their accents, lower or upper. */
static void plain(const char *text, char *out, bool upper) {
    static const char *const from[] = {"é", "è", "É", "ë", "ü", "ö", "ø", "á", "í", "ñ", "ú", "î", "ä", "ß"}, *const to = "eeeeuooainuias";
    while (*text) {
        int c = (unsigned char)*text;
        size_t n = 1;
        for (size_t i = 0; i < sizeof from / sizeof *from && c >= 0x80; i++)
            if (!strncmp(text, from[i], strlen(from[i]))) c = (unsigned char)to[i], n = strlen(from[i]);
        if (c >= 'A' && c <= 'Z') c += 32;
        *out++ = (char)(upper && c >= 'a' && c <= 'z' ? c - 32 : c);
        text += n;
    }
    *out = 0;
}

static void name_of(chance *c, char *family) {
    int head = below(c, HEADS), tail = below(c, TAILS);
    snprintf(family, 32, "%s%s", heads[head], tails[tail]);
}

/* Person i; kin take house, phone and name from the one before. */
static person make(int i) {
    static const char *const hosts[] = {"example.org", "example.com", "post.example.net", "mail.example.at"};
    chance c = {mix(seed * 3 + 1) ^ mix((uint64_t)i + 17)};
    person p = {.wed = DAYS};
    bool kin = i % 8 == 7, son = kin && i % 72 == 71; /* every ninth of the kin is called what the father is */
    int given = below(&c, GIVENS);
    name_of(&c, p.family);
    p.town = below(&c, TOWNS);
    snprintf(p.post, sizeof p.post, "%s%02d", towns[p.town].post, below(&c, 100));
    snprintf(p.phone, sizeof p.phone, "0664 %03d %04d", below(&c, 1000), i % 10000);
    p.year = 1940 + below(&c, i % 72 == 70 ? 36 : 65);
    p.month = 1 + below(&c, 12);
    p.day = 1 + below(&c, 28);
    if (kin) {
        person other = make(i - 1);
        memcpy(p.family, other.family, sizeof p.family);
        memcpy(p.post, other.post, sizeof p.post);
        p.town = other.town;
        if (below(&c, 2)) memcpy(p.phone, other.phone, sizeof p.phone);
        if (son) p.year = other.year + 28;
        snprintf(p.given, sizeof p.given, "%s", son ? other.given : givens[given]);
    } else {
        snprintf(p.given, sizeof p.given, "%s", givens[given]);
    }
    if (happens(&c, .05)) name_of(&c, p.married), p.wed = 30 + below(&c, 300);
    char a[64], b[64];
    plain(p.given, a, false);
    plain(p.family, b, false);
    int number = below(&c, 90) + 10;
    const char *form = happens(&c, .4) ? "%s.%s%d@%s" : "%.1s%s%d@%s";
    snprintf(p.mail[0], sizeof p.mail[0], form, a, b, number, hosts[below(&c, 4)]);
    snprintf(p.mail[1], sizeof p.mail[1], "%s%d%02d@%s", a, number, p.year % 100, hosts[below(&c, 4)]);
    if (!happens(&c, .2)) memcpy(p.mail[1], p.mail[0], sizeof p.mail[1]); /* a fifth has two addresses */
    p.member = happens(&c, .6);
    p.reads = happens(&c, .45);
    p.visits = happens(&c, .5);
    p.gives = happens(&c, .25);
    p.buys = happens(&c, .5);
    if (!p.member && !p.reads && !p.visits && !p.buys) p.gives = true; /* everybody is in one source at least */
    p.rate = waiting(&c, .02) + .001;
    p.leave = .7 * unit(&c) * unit(&c);
    return p;
}

/* ---- files: each once up to the last day, once with that day's rows ---- */

typedef enum encoding { UTF8, CP1252, UTF16 } encoding;
typedef struct file {
    FILE *f;
    encoding encoding;
    long record, number;
    const char *name;
} file;
enum { MEMBERS, SHOP, LETTER, VISITS, GIFTS, SOURCES };
static file out[2][SOURCES], truth;
static double given_in[2];

static void fail(const char *what) {
    perror(what);
    exit(4);
}

static file open_file(const char *dir, const char *name, const char *end, encoding e) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", dir, name, end);
    file f = {.f = fopen(path, "wb"), .encoding = e, .name = name};
    if (!f.f) fail(path);
    return f;
}

static void close_file(file *f) {
    if (ferror(f->f) | fclose(f->f)) fail(f->name);
}

/* Writes UTF-8 text in the file's encoding (all that is written has its place there). */
static void put(file *f, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        unsigned code = *p, n = *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 : 1;
        if (n > 1) code &= n == 3 ? 15 : 31;
        for (unsigned i = 1; i < n; i++) code = code << 6 | (p[i] & 63);
        if (f->encoding == UTF8) fwrite(p, 1, n, f->f);
        else if (f->encoding == CP1252) putc((int)(code < 256 ? code : '?'), f->f);
        else putc((int)(code & 255), f->f), putc((int)(code >> 8), f->f);
        p += n;
    }
}

static void tell(int night, int source, int who) {
    file *f = &out[night][source];
    put(&truth, "%d,%s,%ld,%d\n", night + 1, f->name, ++f->record, who);
}

static void date_of(int day, int *month, int *of_month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (*month = 0; day >= lengths[*month]; ++*month) day -= lengths[*month];
    *of_month = day + 1;
    ++*month;
}

/* A slip of the hand: two letters change places, one is lost, one is another. Letters of ASCII only. */
static void slip(chance *c, char *text) {
    size_t n = strlen(text);
    if (n < 4) return;
    size_t at = 1 + (size_t)below(c, (int)n - 2);
    int how = below(c, 3);
    if ((text[at] & 0x80) || (text[at + 1] & 0x80) || !text[at + 1]) return;
    char old = text[at];
    if (how == 0) text[at] = text[at + 1], text[at + 1] = old;
    else if (how == 1) memmove(text + at, text + at + 1, n - at);
    else text[at] = (char)('a' + below(c, 26));
}

static const char *family_on(const person *p, int day) { return day >= p->wed ? p->married : p->family; }

/* ---- what each source writes down ---- */

static void join(const person *p, chance *c, int who, int day, bool again) {
    int night = day >= NIGHT, month, of_month;
    file *f = &out[night][MEMBERS];
    char given[24], family[32], mail[192], phone[24], born[16];
    snprintf(given, sizeof given, "%s", p->given);
    snprintf(family, sizeof family, "%s", family_on(p, day));
    snprintf(mail, sizeof mail, "%s", happens(c, .9) ? p->mail[0] : "");
    snprintf(phone, sizeof phone, "%s", happens(c, .85) ? p->phone : "n/a");
    snprintf(born, sizeof born, "%02d.%02d.%d", p->day, p->month, p->year);
    if (again && happens(c, .4)) slip(c, family);
    if (again && happens(c, .2)) slip(c, given);
    if (happens(c, .08)) born[0] = 0;
    date_of(day, &month, &of_month);
    int fee = 25 + 20 * below(c, 4);
    bool may = happens(c, .8);
    put(f, "%ld;%s;%s;%s;%s;%s;%s;%s;%02d.%02d.2026;%d,50;%s\n", (night ? 90000 : 7000) + ++f->number, family, given, mail, phone, p->post, towns[p->town].name, born, of_month, month, fee, may ? "yes" : "no");
    tell(night, MEMBERS, who);
}

static void buy(const person *p, chance *c, int who, int day) {
    int night = day >= NIGHT, month, of_month, minute = 480 + below(c, 700), good = below(c, GOODS), units = 1 + below(c, 3), hour = minute / 60;
    file *f = &out[night][SHOP];
    char name[80];
    bool said = happens(c, .93);
    const char *mail = p->mail[below(c, 2)];
    snprintf(name, sizeof name, "%s %s", p->given, family_on(p, day));
    if (happens(c, .06)) slip(c, name);
    date_of(day, &month, &of_month);
    put(f, "%ld\t%02d/%02d/2026 %d:%02d %s\t%s\t%s\t%s\t%s\t%d\t$%.2f\n", (night ? 90000 : 40000) + ++f->number, month, of_month, hour % 12 ? hour % 12 : 12, minute % 60, hour < 12 ? "AM" : "PM", said ? mail : "", name, p->post,
        goods[good], units, prices[good] * units);
    tell(night, SHOP, who);
}

static void subscribe(const person *p, chance *c, int who, int day) {
    int night = day >= NIGHT, month, of_month;
    file *f = &out[night][LETTER];
    const char *mail = p->mail[below(c, 2)];
    date_of(day, &month, &of_month);
    int opened = below(c, 40), clicked = below(c, opened / 4 + 1);
    put(f, "%s,\"%s, %s\",2026-%02d-%02d,%d,%d\r\n", mail, family_on(p, day), p->given, month, of_month, opened, clicked);
    tell(night, LETTER, who);
}

static void visit(const person *p, chance *c, int who, int day) {
    int night = day >= NIGHT, month, of_month, minute = 600 + below(c, 480), hall = below(c, HALLS);
    file *f = &out[night][VISITS];
    double fault = unit(c), north = unit(c) - .5, east = unit(c) - .5;
    date_of(day, &month, &of_month);
    put(f, "%s|%s %.1s.|%s|%02d/%02d/2026 %02d:%02d|", p->phone, p->given, family_on(p, day), p->mail[0], of_month, month, minute / 60, minute % 60);
    if (fault < .03) put(f, "0|0\n");
    else put(f, "%.5f|%.5f\n", halls[hall].lat + north * .002, halls[hall].lon + east * .002);
    tell(night, VISITS, who);
}

static void give(const person *p, chance *c, int who, int day) {
    static const int sums[] = {10, 20, 25, 50, 50, 100, 250, 1250};
    int night = day >= NIGHT, month, of_month, sum = sums[below(c, 8)];
    file *f = &out[night][GIFTS];
    char given[32], family[40], amount[16];
    plain(p->given, given, true);
    plain(family_on(p, day), family, true);
    date_of(day, &month, &of_month);
    snprintf(amount, sizeof amount, sum > 999 ? "%d.%03d,00" : "%d,00", sum > 999 ? sum / 1000 : sum, sum % 1000);
    put(f, "\"2026%02d%02d\";\"%s %s\";\"%s\";\"%s\";\"%s\"\r\n", month, of_month, family, given, p->post, towns[p->town].name, amount);
    given_in[night] += sum;
    tell(night, GIFTS, who);
}

static void live(int i) {
    person p = make(i);
    chance c = {mix(seed * 5 + 2) ^ mix((uint64_t)i + 91)};
    if (p.member) join(&p, &c, i, below(&c, DAYS), false);
    while (p.member && happens(&c, .12)) join(&p, &c, i, below(&c, DAYS), true);
    if (p.reads) subscribe(&p, &c, i, below(&c, DAYS));
    for (double day = waiting(&c, 1 / p.rate); p.buys && day < DAYS; day += waiting(&c, 1 / p.rate)) {
        buy(&p, &c, i, (int)day);
        if (happens(&c, p.leave)) break;
    }
    for (double day = waiting(&c, 60); p.visits && day < DAYS; day += waiting(&c, 60)) {
        int then = (int)day + 1 + below(&c, 3);
        bool brings = happens(&c, .35);
        visit(&p, &c, i, (int)day);
        if (p.buys && brings && then < DAYS) buy(&p, &c, i, then); /* who was there orders the catalogue */
    }
    for (double day = waiting(&c, 90); p.gives && day < DAYS; day += waiting(&c, 90)) {
        give(&p, &c, i, (int)day);
        if (happens(&c, p.leave)) break;
    }
}

int main(int argc, char **argv) {
    if (argc > 2) people = (int)strtol(argv[2], NULL, 10);
    if (argc > 3) seed = strtoull(argv[3], NULL, 10);
    if (argc < 2 || argc > 4 || people < 1 || people > 10000000) {
        fputs("usage: five DIR [PEOPLE [SEED]] (PEOPLE: 1 to 10000000)\n", stderr);
        return 2;
    }
    truth = open_file(argv[1], "truth.csv", "", UTF8);
    put(&truth, "night,source,record_id,who\n");
    for (int night = 0; night < 2; night++) {
        const char *end = night ? ".2" : "";
        file *f = out[night];
        f[MEMBERS] = open_file(argv[1], "members.csv", end, CP1252);
        f[SHOP] = open_file(argv[1], "shop.tsv", end, UTF8);
        f[LETTER] = open_file(argv[1], "letter.csv", end, UTF16);
        f[VISITS] = open_file(argv[1], "visits.txt", end, UTF8);
        f[GIFTS] = open_file(argv[1], "gifts.csv", end, CP1252);
        put(&f[MEMBERS], "Member;Surname;Given name;E-mail;Phone;Postcode;Town;Born;Joined;Fee;May write\n");
        fputs("\xef\xbb\xbf", f[SHOP].f);
        put(&f[SHOP], "Museum shop, orders\nexported 01/01/2027 06:00 AM\nOrder\tPlaced\tE-mail\tName\tZIP\tProduct\tUnits\tPaid\n");
        fputs("\xff\xfe", f[LETTER].f);
        put(&f[LETTER], "address,reader,since,opened,clicked\r\n");
        put(&f[VISITS], "phone|who|account|when|lat|lon\n");
        put(&f[GIFTS], "\"Booked\";\"Donor\";\"Postcode\";\"Town\";\"Amount\"\r\n");
    }
    for (int i = 0; i < people; i++) live(i);
    for (int night = 0; night < 2; night++) {
        put(&out[night][SHOP], "Total\t\t\t\t\t\t%ld orders\t\n", out[night][SHOP].number);
        file total = open_file(argv[1], "gifts.total", night ? ".2" : "", UTF8);
        put(&total, "gifts\n%.0f\n", given_in[night]);
        close_file(&total);
        for (int s = 0; s < SOURCES; s++) close_file(&out[night][s]);
    }
    close_file(&truth);
    return 0;
}
