/* generate: the exports of a campaign that never was, as messy as exports are, with the truth beside them.
 *
 *     cc -o generate generate.c -lm && ./generate DIR [PEOPLE [SEED]]
 *
 * A tea shop runs a campaign from July to September 2026. The files are what its systems would hand out:
 *
 *   crm.csv        Windows-1252, semicolons, dates 31.12.1980, decimal commas; people twice and thrice, with typos
 *   web.csv        UTF-8, commas, quoted notes over several lines, ISO times with and without zone, bots, visits without a name
 *   shop.tsv       UTF-8 with a byte order mark, tabs, two lines of preamble, dates 12/31/2026 1:05 PM, $ amounts, a total at the end
 *   social.csv     UTF-16 (little endian), emoji, doubled quotes, line ends inside posts
 *   places.csv     where phones were: some at 0, 0, some missing
 *   arms.csv       who was sent what, and what came of it: arms, outcomes, spend before and after
 *   friends.csv    who knows whom
 *   promises.csv   what the brand promised, for the gap; offers.csv what may be offered
 *   truth.csv      for each record of crm, shop and social who it is; truth_people.csv what each person is like
 *
 * Everything is a function of (SEED, PEOPLE): the same bytes on every machine, whatever the compiler (no two chances in one
 * argument list). Numbers come from splitmix64 (Steele, Lea & Flood 2014), a
 * stream for each purpose, so that a change in one file leaves the others as they were. */
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
static uint64_t next(chance *c) { return mix(c->s += UINT64_C(0x9e3779b97f4a7c15)); }
static chance stream(uint64_t seed, uint64_t purpose, uint64_t key) { return (chance){mix(mix(seed * 3 + 1) ^ mix(purpose) * 5 ^ mix(key + 17))}; }
static double unit(chance *c) { return (double)(next(c) >> 11) * 0x1p-53; }
static int below(chance *c, int n) { return (int)(unit(c) * n); }
static bool happens(chance *c, double p) { return unit(c) < p; }
static double waiting(chance *c, double mean) { return -log(1 - unit(c)) * mean; }

enum { WHO = 1, CRM, WEB, SHOP, SOCIAL, PLACES, ARMS, FRIENDS };

/* ---- people ---- */

static const char *const firsts[] = {"Anna",  "Ben",    "Chloé", "David", "Élodie", "Felix", "Greta",  "Hugo",  "Inès",   "Jonas", "Karin", "Léa",
                                     "Marc",  "Nadia",  "Oskar", "Paula", "Quentin", "Rosa", "Søren",  "Théo",  "Ursula", "Vera",  "Walter", "Yvonne",
                                     "Zoë",   "Adrian", "Béla",  "Clara", "Diego",  "Emma",  "Fabien", "Hélène", "Jürgen", "Lucía", "Mátyás", "Noémie"};
static const char *const lasts[] = {"Müller", "Martin", "Bernard", "Schmidt", "García",  "Dubois", "Weber",  "Lefèvre", "Jensen", "Rossi", "Novak",  "Keller",
                                    "Moreau", "Fischer", "Petit",  "Larsen",  "Núñez",   "Roux",   "Wagner", "Fontaine", "Costa", "Huber", "Chevalier", "Brandt",
                                    "Gauthier", "Meyer", "Olsen",  "Perrin",  "Vogel",   "Lambert", "Ferrari", "Koch",   "Blanchard", "Nielsen", "Marchand", "Vidal",
                                    "O'Brien", "de la Cruz", "Zimmermann", "Benoît"};
static const struct {
    const char *name, *region, *post, *country, *dial;
    double lat, lon;
} cities[] = {{"Paris", "Île-de-France", "75", "FR", "+33 1", 48.8566, 2.3522},       {"Lyon", "Rhône", "69", "FR", "+33 4", 45.7640, 4.8357},
              {"Marseille", "Provence", "13", "FR", "+33 4", 43.2965, 5.3698},        {"Berlin", "Berlin", "10", "DE", "+49 30", 52.5200, 13.4050},
              {"München", "Bayern", "80", "DE", "+49 89", 48.1351, 11.5820},          {"Köln", "Rheinland", "50", "DE", "+49 221", 50.9375, 6.9603},
              {"Wien", "Wien", "10", "AT", "+43 1", 48.2082, 16.3738},                {"Zürich", "Zürich", "80", "CH", "+41 44", 47.3769, 8.5417},
              {"Genève", "Genève", "12", "CH", "+41 22", 46.2044, 6.1432},            {"Bruxelles", "Bruxelles", "10", "BE", "+32 2", 50.8503, 4.3517}};
static const char *const sectors[] = {"hotels", "offices", "retail", "homes"};
static const char *const teas[] = {"green", "black", "oolong", "herbal", "white", "matcha"};
static const double prices[] = {6.5, 5.9, 9.8, 4.9, 12.4, 19.9};
static const char *const channels[] = {"search", "social", "email", "direct", "display", "affiliate"};
static const char *const kinds[] = {"persuadable", "sure", "lost", "sleeping"};
enum { FIRSTS = sizeof firsts / sizeof *firsts, LASTS = sizeof lasts / sizeof *lasts, CITIES = sizeof cities / sizeof *cities };
enum { DAYS = 273, START = 181 }; /* 2026-01-01 … 2026-09-30; the campaign starts on 2026-07-01 */

typedef struct person {
    int first, last, city, house, sector, tea, year, month, day, account, kind, arm, bought_after;
    bool consent, has_mail;
    double rate, leave, mood, spent_before, spent_after; /* purchases a day, chance to leave after one, how they speak */
    bool visited_after;
    char mail[192], phone[40], handle[112];
} person;

static uint64_t seed = 1;
static int people = 2000;
static person *all;

/* Letters without their accents, in lower case; blanks and marks go. */
static void plain(const char *text, char *out) {
    static const char *const from[] = {"é", "è", "É", "ë", "ü", "ö", "ø", "á", "í", "ñ", "ú", "î", "ä", "Î"}, *const to = "eeeeuooainuiai";
    while (*text) {
        bool done = false;
        for (size_t i = 0; i < sizeof from / sizeof *from && !done; i++)
            if (!strncmp(text, from[i], strlen(from[i]))) {
                *out++ = to[i];
                text += strlen(from[i]);
                done = true;
            }
        if (done) continue;
        if (*text >= 'A' && *text <= 'Z') *out++ = (char)(*text + 32);
        else if (*text >= 'a' && *text <= 'z') *out++ = *text;
        text++;
    }
    *out = 0;
}

static void make_people(void) {
    static const char *const hosts[] = {"example.org", "example.com", "mail.example.net", "post.example.de"};
    for (int i = 0; i < people; i++) {
        chance c = stream(seed, WHO, (uint64_t)i);
        person *p = &all[i];
        bool kin = i && happens(&c, .12); /* shares house, account and last name with the person before */
        p->first = below(&c, FIRSTS);
        p->last = kin ? all[i - 1].last : below(&c, LASTS);
        p->city = kin ? all[i - 1].city : below(&c, CITIES);
        p->house = kin ? all[i - 1].house : below(&c, 30) * 10;
        p->account = kin ? all[i - 1].account : 1000 + i;
        p->sector = kin ? all[i - 1].sector : below(&c, 4);
        p->tea = below(&c, 6);
        p->year = 1945 + below(&c, 60);
        p->month = 1 + below(&c, 12);
        p->day = 1 + below(&c, 28);
        p->consent = happens(&c, .8);
        p->has_mail = happens(&c, .93);
        p->rate = waiting(&c, .009) + .0005;
        p->leave = .02 + .3 * unit(&c) * unit(&c);
        p->mood = unit(&c) * 2 - 1;
        double type = unit(&c);
        p->kind = type < .3 ? 0 : type < .5 ? 1 : type < .9 ? 2 : 3;
        p->arm = p->consent && p->has_mail ? below(&c, 3) : -1; /* control, e-mail, call */
        char a[64], b[64];
        plain(firsts[p->first], a);
        plain(lasts[p->last], b);
        snprintf(p->mail, sizeof p->mail, "%s.%s%d@%s", a, b, i % 97, hosts[below(&c, 4)]);
        int number = below(&c, 1000000);
        snprintf(p->phone, sizeof p->phone, "%s %03d %03d", cities[p->city].dial, number / 1000, number % 1000);
        snprintf(p->handle, sizeof p->handle, "@%s_%c%d", a, b[0], i % 89);
    }
}

/* ---- files ---- */

typedef enum encoding { UTF8, CP1252, UTF16 } encoding;
typedef struct file {
    FILE *f;
    encoding encoding;
    long record;
} file;

static void fail(const char *what) {
    perror(what);
    exit(4);
}

static file open_file(const char *dir, const char *name, encoding e) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    file f = {fopen(path, "wb"), e, 0};
    if (!f.f) fail(path);
    if (e == UTF16) fputs("\xff\xfe", f.f);
    return f;
}

static void close_file(file *f, const char *name) {
    if (ferror(f->f) | fclose(f->f)) fail(name);
}

/* Writes UTF-8 text in the file's encoding (all that is written has its place there). */
static void put(file *f, const char *format, ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        unsigned code = *p, more = 0;
        if (code >= 0xf0) code &= 7, more = 3;
        else if (code >= 0xe0) code &= 15, more = 2;
        else if (code >= 0xc0) code &= 31, more = 1;
        size_t n = more + 1;
        for (unsigned i = 1; i <= more; i++) code = code << 6 | (p[i] & 63);
        if (f->encoding == UTF8) fwrite(p, 1, n, f->f);
        else if (f->encoding == CP1252) putc(code < 256 ? (int)code : code == 0x20ac ? 0x80 : '?', f->f);
        else if (code < 0x10000) putc((int)(code & 255), f->f), putc((int)(code >> 8), f->f);
        else {
            unsigned high = 0xd800 + ((code - 0x10000) >> 10), low = 0xdc00 + ((code - 0x10000) & 1023);
            putc((int)(high & 255), f->f), putc((int)(high >> 8), f->f), putc((int)(low & 255), f->f), putc((int)(low >> 8), f->f);
        }
        p += n;
    }
}

static void date_of(int day, int *month, int *of_month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (*month = 0; day >= lengths[*month]; ++*month) day -= lengths[*month];
    *of_month = day + 1;
    ++*month;
}

/* A name with a slip of the hand: bytes of ASCII letters only are touched. */
static void slip(chance *c, char *text) {
    size_t n = strlen(text);
    if (n < 4) return;
    size_t at = 1 + (size_t)below(c, (int)n - 2);
    if ((text[at] & 0x80) || (text[at + 1] & 0x80) || text[at + 1] == 0) return;
    char old = text[at];
    switch (below(c, 3)) {
    case 0: text[at] = text[at + 1], text[at + 1] = old; break;
    case 1: memmove(text + at, text + at + 1, n - at); break;
    default: text[at] = (char)('a' + below(c, 26)); break;
    }
}

static file truth;
static void tell(const char *source, file *f, int who) { put(&truth, "%s,%ld,%d\n", source, ++f->record, who); }

/* ---- crm ---- */

static void crm_row(file *f, chance *c, int i, bool copy) {
    const person *p = &all[i];
    static const char *const stages[] = {"new", "contacted", "meeting", "offer", "won"};
    char first[64], last[64], mail[192], phone[64], born[40], city[64];
    snprintf(first, sizeof first, "%s", firsts[p->first]);
    snprintf(last, sizeof last, "%s", lasts[p->last]);
    snprintf(mail, sizeof mail, "%s", p->has_mail ? p->mail : "");
    snprintf(phone, sizeof phone, "%s", p->phone);
    snprintf(city, sizeof city, "%s", cities[p->city].name);
    snprintf(born, sizeof born, "%02d.%02d.%d", p->day, p->month, p->year);
    if (copy && happens(c, .4)) slip(c, last);
    if (copy && happens(c, .25)) slip(c, first);
    if (copy && happens(c, .15)) first[(first[0] & 0x80) ? 2 : 1] = '.', first[(first[0] & 0x80) ? 3 : 2] = 0;
    if (copy && happens(c, .3)) mail[0] = 0;
    if (copy && happens(c, .2)) snprintf(born, sizeof born, "%d-%02d-%02d", p->year, p->month, p->day);
    if (happens(c, .1)) born[0] = 0;
    if (happens(c, .08)) snprintf(phone, sizeof phone, "%s", happens(c, .5) ? "" : "n/a");
    if (happens(c, .1)) for (char *q = last; *q; q++) *q = (char)(*q >= 'a' && *q <= 'z' ? *q - 32 : *q);
    if (happens(c, .06)) for (char *q = mail; *q; q++) *q = (char)(*q >= 'a' && *q <= 'z' ? *q - 32 : *q);
    if (happens(c, .02)) snprintf(mail, sizeof mail, "noemail@example.org"); /* what the till makes people type */
    int stage = (int)(p->rate * 200) > 4 ? 4 : (int)(p->rate * 200);
    const char *blank = happens(c, .03) ? " " : "", *consent = p->consent ? "yes" : "no";
    if (happens(c, .4)) consent = p->consent ? "Y" : "N";
    if (happens(c, .05)) consent = "";
    bool staged = !happens(c, .04);
    int cents = 20000 + below(c, 300000);
    put(f, "%d;%s%s;%s;%s;%s;%s%03d;%s;%s;%s;%s;%d;%s;%s;%d,%02d\n", 100000 + (int)f->record, blank, first, last, mail, phone, cities[p->city].post,
        p->house, city, cities[p->city].country, born, consent, p->account, sectors[p->sector], staged ? stages[stage] : "", cents / 100, cents % 100);
    tell("crm.csv", f, i);
}

static void write_crm(const char *dir) {
    file f = open_file(dir, "crm.csv", CP1252);
    put(&f, "Customer;First name;Last name;E-mail;Phone;Postcode;City;Country;Born;Consent;Account;Sector;Stage;Deal value\n");
    for (int i = 0; i < people; i++) {
        chance c = stream(seed, CRM, (uint64_t)i);
        crm_row(&f, &c, i, false);
        while (happens(&c, .15)) crm_row(&f, &c, i, true);
        if (i % 400 == 399) put(&f, ";;;;;;;;;;;;;\n"), f.record++; /* rows of nothing, as spreadsheets leave them */
    }
    close_file(&f, "crm.csv");
}

/* ---- web and shop: what people did ---- */

static void web_event(file *f, chance *c, const person *p, int day, int minute, const char *channel, const char *event, const char *product, const char *amount) {
    int month, of_month;
    date_of(day, &month, &of_month);
    static const char *const notes[] = {"", "", "", "", "", "", "asked about \"cold brew\"", "cart left,\nthen came back", "coupon: AUTUMN, 10 %"};
    const char *note = notes[below(c, 9)];
    bool zone = happens(c, .7), known = p->has_mail && happens(c, .8);
    put(f, "%s,2026-%02d-%02d%c%02d:%02d:%02d%s,%s,%s,%s,%s,%s,", known ? p->mail : "", month, of_month, zone ? 'T' : ' ', minute / 60, minute % 60, below(c, 60),
        zone ? "Z" : "", event, channel, day >= START ? "autumn" : "", product, amount);
    if (!*note) put(f, "\n");
    else {
        put(f, "\"");
        for (const char *q = note; *q; q++) put(f, *q == '"' ? "\"\"" : "%c", *q);
        put(f, "\"\n");
    }
}

static void purchase(file *web, file *shop, chance *c, int i, int day) {
    person *p = &all[i];
    int minute = 480 + below(c, 700), tea = happens(c, .7) ? p->tea : below(c, 6), month, of_month, units = 1 + below(c, 3);
    char amount[32];
    double worth = prices[tea] * units;
    const char *channel = channels[day >= START && p->arm == 1 && happens(c, .5) ? 2 : below(c, 6)];
    snprintf(amount, sizeof amount, "%.2f", worth);
    if (happens(c, .5)) {
        int before = day > 3 ? day - 1 - below(c, 3) : day, then = 480 + below(c, 700);
        const char *by = channels[below(c, 6)];
        web_event(web, c, p, before, then, by, "visit", "", "");
    }
    web_event(web, c, p, day, minute, channel, "visit", "", "");
    web_event(web, c, p, day, minute + 2, channel, "view", teas[tea], "");
    const char *said = happens(c, .95) ? amount : "";
    web_event(web, c, p, day, minute + 4, channel, "cart", teas[tea], said);
    web_event(web, c, p, day, minute + 7, channel, "buy", teas[tea], amount);
    if (happens(c, .03)) web_event(web, c, p, day, minute + 7, channel, "buy", teas[tea], amount); /* sent twice */
    date_of(day, &month, &of_month);
    int hour = (minute + 7) / 60;
    put(shop, "%ld\t%02d/%02d/2026 %d:%02d %s\t%s\t%s %s\t%s\t%d\t$%.2f\n", 5000 + shop->record, month, of_month, hour % 12 ? hour % 12 : 12, (minute + 7) % 60, hour < 12 ? "AM" : "PM",
        p->has_mail ? p->mail : "", firsts[p->first], lasts[p->last], teas[tea], units, worth);
    tell("shop.tsv", shop, i);
    if (day >= START) p->spent_after += worth, p->bought_after++;
    else p->spent_before += worth;
}

static void write_doings(const char *dir) {
    file web = open_file(dir, "web.csv", UTF8), shop = open_file(dir, "shop.tsv", UTF8);
    put(&web, "email,time,event,channel,campaign,product,amount,note\n");
    fputs("\xef\xbb\xbf", shop.f);
    put(&shop, "Tea & Leaf, orders\nexported 10/01/2026 06:00 AM\nOrder\tPlaced\tCustomer e-mail\tName\tProduct\tUnits\tPaid\n");
    for (int i = 0; i < people; i++) {
        person *p = &all[i];
        chance c = stream(seed, SHOP, (uint64_t)i), w = stream(seed, WEB, (uint64_t)i);
        bool gone = false, moved = false;
        for (double day = waiting(&c, 1 / p->rate); day < DAYS && !gone;) {
            purchase(&web, &shop, &c, i, (int)day);
            gone = happens(&c, p->leave);
            double pause = waiting(&c, 1 / p->rate);
            if (day + pause >= START && !moved && p->arm > 0) { /* what the campaign does */
                moved = true;
                if (p->kind == 3) gone = happens(&c, .5);
            }
            day += pause;
        }
        double moves = p->arm <= 0 ? 0 : p->kind == 0 ? (p->arm == 2 ? .65 : .5) : p->kind == 1 ? .02 : 0;
        bool sure = p->kind == 1 && happens(&c, .5);
        if (happens(&c, moves) || sure) purchase(&web, &shop, &c, i, START + 2 + below(&c, DAYS - START - 4));
        p->visited_after = p->bought_after > 0;
        for (double day = waiting(&w, 60); day < DAYS; day += waiting(&w, 60)) { /* visits that led to nothing */
            int minute = 400 + below(&w, 900);
            const char *channel = channels[below(&w, 6)];
            web_event(&web, &w, p, (int)day, minute, channel, "visit", "", "");
            if (happens(&w, .6)) web_event(&web, &w, p, (int)day, minute + 1, channel, "view", teas[below(&w, 6)], "");
            if (happens(&w, .15)) web_event(&web, &w, p, (int)day, minute + 3, channel, "cart", teas[p->tea], "");
            if (day >= START) p->visited_after = true;
        }
    }
    chance c = stream(seed, WEB, UINT64_C(1) << 40);
    for (int k = 0; k < people / 4; k++) { /* a crawler, every few minutes of one night */
        int month, of_month;
        date_of(200, &month, &of_month);
        put(&web, "bot@crawler.example,2026-%02d-%02dT03:%02d:%02dZ,view,direct,,%s,,\n", month, of_month, k / 60 % 60, k % 60, teas[below(&c, 6)]);
    }
    put(&shop, "Total\t\t\t\t\t%ld orders\t\n", shop.record);
    close_file(&web, "web.csv");
    close_file(&shop, "shop.tsv");
}

/* ---- social ---- */

static void write_social(const char *dir) {
    static const char *const good[] = {"Love the new %s tea from Tea & Leaf 😍", "Fast delivery again, my %s tea came in one day 👍", "Tea & Leaf keeps its word: the %s is truly organic",
                                       "Friendly people at Tea & Leaf, they replaced my %s tin at once"};
    static const char *const bad[] = {"Waited two weeks for my %s tea. \"Delivered tomorrow\", they said 😡", "The %s tea was stale, and nobody answers the phone",
                                      "Organic? My %s tea has no label at all...", "Tea & Leaf charged me twice for one %s tea,\nand support is no help"};
    static const char *const flat[] = {"Which %s tea do you drink in the morning?", "Tea & Leaf has a shop on the corner now (%s, black, all of it)", "Trying the %s tea today ☕"};
    file f = open_file(dir, "social.csv", UTF16);
    put(&f, "handle,posted,text,reach,replies\r\n");
    for (int i = 0; i < people; i++) {
        const person *p = &all[i];
        chance c = stream(seed, SOCIAL, (uint64_t)i);
        while (happens(&c, .35)) {
            int day = below(&c, DAYS), month, of_month;
            double tone = p->mood + unit(&c) - .5;
            char text[512];
            const char *form = tone > .4 ? good[below(&c, 4)] : tone < -.3 ? bad[below(&c, 4)] : flat[below(&c, 3)];
            date_of(day, &month, &of_month);
            snprintf(text, sizeof text, form, teas[below(&c, 6)]);
            int minute = 7 * 60 + below(&c, 16 * 60), reach = (int)waiting(&c, 300), replies = below(&c, 12);
            put(&f, "%s,2026-%02d-%02d %02d:%02d,\"", p->handle, month, of_month, minute / 60, minute % 60);
            for (const char *q = text; *q;) { /* a character at a time, quotes doubled */
                int n = (*q & 0x80) ? (*q & 0x20) ? (*q & 0x10) ? 4 : 3 : 2 : 1;
                put(&f, *q == '"' ? "\"\"" : "%.*s", n, q);
                q += n;
            }
            put(&f, "\",%d,%d\r\n", reach, replies);
            tell("social.csv", &f, i);
        }
    }
    close_file(&f, "social.csv");
}

/* ---- places, arms, friends, promises, offers, truth ---- */

static void write_places(const char *dir) {
    file f = open_file(dir, "places.csv", UTF8);
    put(&f, "email,seen,lat,lon\n");
    for (int i = 0; i < people; i++) {
        const person *p = &all[i];
        chance c = stream(seed, PLACES, (uint64_t)i);
        for (int k = below(&c, 4); p->has_mail && k > 0; k--) {
            int month, of_month, city = happens(&c, .85) ? p->city : below(&c, CITIES);
            date_of(below(&c, DAYS), &month, &of_month);
            double fault = unit(&c), north = unit(&c) - .5, east = unit(&c) - .5;
            int minute = below(&c, 24 * 60);
            put(&f, "%s,2026-%02d-%02dT%02d:%02d:00Z,", p->mail, month, of_month, minute / 60, minute % 60);
            if (fault < .04) put(&f, "0,0\n");
            else if (fault < .07) put(&f, ",\n");
            else put(&f, "%.4f,%.4f\n", cities[city].lat + north * .1, cities[city].lon + east * .1);
        }
    }
    close_file(&f, "places.csv");
}

static void write_arms(const char *dir) {
    static const char *const arms[] = {"control", "email", "call"};
    file f = open_file(dir, "arms.csv", UTF8);
    put(&f, "email,arm,treatment,region,sector,spend_before,outcome,spend\n");
    for (int i = 0; i < people; i++) {
        const person *p = &all[i];
        if (p->arm < 0) continue;
        put(&f, "%s,%s,%d,%s,%s,%.2f,%d,%.2f\n", p->mail, arms[p->arm], p->arm > 0, cities[p->city].region, sectors[p->sector], p->spent_before, p->bought_after > 0, p->spent_after);
    }
    close_file(&f, "arms.csv");
}

static void write_friends(const char *dir) {
    file f = open_file(dir, "friends.csv", UTF8);
    put(&f, "a,b,weight\n");
    for (int i = 1; i < people; i++) {
        chance c = stream(seed, FRIENDS, (uint64_t)i);
        for (int k = below(&c, 5); k > 0; k--) { /* mostly people of one's own city, and those with friends have more */
            int other = below(&c, i), again = below(&c, i);
            if (all[other].city != all[i].city && happens(&c, .7)) other = again;
            put(&f, "%s,%s,%d\n", all[i].mail, all[other].mail, 1 + below(&c, 9));
        }
    }
    close_file(&f, "friends.csv");
}

static void write_rest(const char *dir) {
    file f = open_file(dir, "promises.csv", UTF8);
    put(&f, "promise,pattern,promised\nfast delivery,deliver|waited|came in,0.9\norganic,organic|label,0.95\ngood service,friendly|support|phone|replaced,0.9\n");
    close_file(&f, "promises.csv");
    f = open_file(dir, "offers.csv", UTF8);
    put(&f, "offer,channel,value,cost,capacity,when\nsample,email,4,0.1,,\ntasting,call,9,2.5,300,\ncoupon,email,6,1,,\n");
    close_file(&f, "offers.csv");
    f = open_file(dir, "truth_people.csv", UTF8);
    put(&f, "true_id,kind,purchases_a_week,mood,tea,account,arm\n");
    for (int i = 0; i < people; i++)
        put(&f, "%d,%s,%.4f,%.3f,%s,%d,%d\n", i, kinds[all[i].kind], all[i].rate * 7, all[i].mood, teas[all[i].tea], all[i].account, all[i].arm);
    close_file(&f, "truth_people.csv");
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 4) {
        fputs("usage: generate DIR [PEOPLE [SEED]]\n", stderr);
        return 2;
    }
    if (argc > 2) people = (int)strtol(argv[2], NULL, 10);
    if (argc > 3) seed = strtoull(argv[3], NULL, 10);
    if (people < 1 || people > 10000000 || !(all = calloc((size_t)people, sizeof *all))) {
        fputs("generate: PEOPLE is 1 to 10000000\n", stderr);
        return 2;
    }
    truth = open_file(argv[1], "truth.csv", UTF8);
    put(&truth, "source,record,true_id\n");
    make_people();
    write_crm(argv[1]);
    write_doings(argv[1]);
    write_social(argv[1]);
    write_places(argv[1]);
    write_arms(argv[1]);
    write_friends(argv[1]);
    write_rest(argv[1]);
    close_file(&truth, "truth.csv");
    free(all);
    return 0;
}
