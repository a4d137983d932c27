/* Kinds of personal data: see kith/kind.h. Cheap checks on bytes; nothing here normalises or validates for good. */
#include <kith/kind.h>

#include <string.h>

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80; }

bool kith_luhn(kith_str s) {
    unsigned sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = (unsigned)(s.p[s.n - 1 - i] - '0');
        if (d > 9) return false;
        if (i % 2) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return s.n > 0 && sum % 10 == 0;
}

bool kith_iban_valid(kith_str s) {
    char t[34];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ') continue;
        if (n == sizeof t) return false;
        if (c >= 'a' && c <= 'z') c = (char)(c - 32);
        if (!digit(c) && !(c >= 'A' && c <= 'Z')) return false;
        t[n++] = c;
    }
    if (n < 15 || digit(t[0]) || digit(t[1]) || !digit(t[2]) || !digit(t[3])) return false;
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) { /* the first four go last */
        char c = t[(i + 4) % n];
        rest = digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A' + 10)) % 97;
    }
    return rest == 1;
}

static bool email(kith_str s) {
    const char *at = memchr(s.p, '@', s.n);
    if (!at || at == s.p) return false;
    kith_str domain = {at + 1, s.n - (size_t)(at + 1 - s.p)};
    if (memchr(domain.p, '@', domain.n) || memchr(s.p, ' ', s.n)) return false;
    const char *dot = memchr(domain.p, '.', domain.n);
    return dot && dot > domain.p && domain.p[domain.n - 1] != '.';
}

static bool ip(kith_str s) {
    unsigned parts = 0, value = 0, digits = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i == s.n || s.p[i] == '.') {
            if (!digits || value > 255) return false;
            parts++;
            value = digits = 0;
        } else if (digit(s.p[i]) && digits < 3) value = value * 10 + (unsigned)(s.p[i] - '0'), digits++;
        else return false;
    }
    return parts == 4;
}

static bool contains(const char *const *words, kith_str word) { /* a word that is not empty */
    for (; *words; words++)
        if (((*words)[0] | 32) == (word.p[0] | 32) && kith_str_equal_nocase(kith_str_of(*words), word)) return true;
    return false;
}

/* A number and a word that streets end or begin with, in the languages of most exports. */
static bool address(kith_str s) {
    static const char *const words[] = {"st", "street", "rd", "road", "ave", "avenue", "blvd", "boulevard", "lane", "ln", "drive", "dr", "court", "ct", "place", "pl",
                                        "square", "sq", "way", "terrace", "rue", "quai", "allee", "strasse", "str", "weg", "platz", "gasse", "via", "viale", "piazza", "corso",
                                        "calle", "avenida", "av", "plaza", "paseo", "rua", "travessa", "straat", "laan", "plein", "ulica", "ul", "gatan", "vej", "close", "crescent", "cres", NULL};
    bool number = false, street = false;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && (letter(s.p[i]) || digit(s.p[i]))) i++;
        kith_str w = {s.p + from, i - from};
        if (w.n && digit(w.p[0])) number = true;
        else if (w.n) {
            street |= contains(words, w);
            /* Hauptstrasse, Hauptstraße, Kerkstraat, Lindenweg */
            static const char *const ends[] = {"strasse", "stra\xc3\x9f" "e", "straat", "weg", "gasse", "platz", "laan", NULL};
            for (const char *const *e = ends; *e; e++) {
                size_t n = w.n > 3 ? strlen(*e) : w.n;
                street |= w.n > n && kith_str_equal_nocase((kith_str){w.p + w.n - n, n}, kith_str_of(*e));
            }
        }
        if (i < s.n) i++;
    }
    return number && street;
}

unsigned kith_kinds_of(kith_str s) {
    unsigned kinds = 0;
    size_t digits = 0, letters = 0, marks = 0, others = 0;
    bool birth = s.n >= 8 && s.n <= 10, name = s.n >= 2 && s.n <= 60;
    char all[20];
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (digit(c)) {
            if (digits < sizeof all) all[digits] = c;
            digits++;
        } else if (letter(c)) letters++;
        else if (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/' || c == '+') marks++;
        else others++;
    }
    if (digits == 0 && letters >= 2 && others <= 2) {
        for (size_t i = 0; i < s.n && name; i++) name = letter(s.p[i]) || s.p[i] == ' ' || s.p[i] == '-' || s.p[i] == '.' || s.p[i] == '\'' || s.p[i] == ',';
        if (name) kinds |= 1u << KITH_KIND_NAME;
    }
    if (letters && others && email(s)) kinds |= 1u << KITH_KIND_EMAIL;
    if (digits && letters && address(s)) kinds |= 1u << KITH_KIND_ADDRESS;
    if (letters >= 2 && digits >= 8 && kith_iban_valid(s)) kinds |= 1u << KITH_KIND_IBAN;
    if (letters == 0 && others == 0) {
        if (digits >= 7 && digits <= 15) {
            kinds |= 1u << KITH_KIND_PHONE;
            if (s.p[0] == '+' || (s.p[0] == '0' && s.p[1] == '0' && digits >= 10)) kinds |= 1u << KITH_KIND_PHONE_ABROAD;
        }
        if (digits >= 13 && digits <= 19 && all[0] >= '2' && all[0] <= '6' && kith_luhn((kith_str){all, digits}) && !memchr(s.p, '.', s.n))
            kinds |= 1u << KITH_KIND_CARD;
        if (marks == 3 && ip(s)) kinds |= 1u << KITH_KIND_IP;
        if (birth && digits >= 6 && marks == 2) kinds |= 1u << KITH_KIND_BIRTH;
    }
    return kinds;
}

/* Lower-case words of a column's name, camelCase and separators apart; at most 8 of 23 bytes. */
static size_t words_of(kith_str s, char words[8][24]) {
    size_t n = 0, length = 0;
    char before = 0;
    for (size_t i = 0; i <= s.n && n < 8; i++) {
        char c = i < s.n ? s.p[i] : 0;
        bool upper = c >= 'A' && c <= 'Z';
        if (length && (!letter(c) || (upper && before >= 'a' && before <= 'z'))) {
            words[n++][length] = 0;
            length = 0;
            if (n == 8) break;
        }
        if (letter(c) && length < 23) words[n][length++] = upper ? (char)(c + 32) : c;
        before = c;
    }
    return n;
}

unsigned kith_kinds_hinted(kith_str column) {
    static const char *const phone[] = {"phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "msisdn", "telefon", "telefono", "handy", "portable", NULL};
    static const char *const mail[] = {"email", "mail", "courriel", "correo", NULL};
    static const char *const street[] = {"address", "addr", "street", "adresse", "strasse", "rue", "direccion", "calle", "indirizzo", "adres", "endereco", NULL};
    static const char *const person[] = {"firstname", "lastname", "surname", "forename", "fullname", "givenname", "middlename", "vorname", "nachname", "prenom", "nom",
                                         "apellido", "apellidos", "nombre", "cognome", "voornaam", "achternaam", "fname", "lname", NULL};
    static const char *const whose[] = {"first", "last", "full", "middle", "maiden", "family", "given", "customer", "contact", "client", "person", "member", "owner", "holder", "sur", NULL};
    static const char *const birth[] = {"dob", "birthday", "birthdate", "dateofbirth", "birth", "geburtsdatum", "naissance", "nacimiento", NULL};
    char words[8][24];
    size_t n = words_of(column, words);
    unsigned kinds = 0;
    bool name = false, of_person = n == 1;
    for (size_t i = 0; i < n; i++) {
        kith_str w = kith_str_of(words[i]);
        if (contains(phone, w)) kinds |= 1u << KITH_KIND_PHONE;
        if (contains(mail, w)) kinds |= 1u << KITH_KIND_EMAIL;
        if (contains(street, w)) kinds |= 1u << KITH_KIND_ADDRESS;
        if (contains(person, w)) kinds |= 1u << KITH_KIND_NAME;
        if (contains(birth, w)) kinds |= 1u << KITH_KIND_BIRTH;
        if (kith_str_is(w, "name")) name = true;
        if (contains(whose, w)) of_person = true;
    }
    if (name && of_person) kinds |= 1u << KITH_KIND_NAME;
    return kinds;
}

const char *kith_kind_decide(const uint64_t counts[KITH_KINDS], uint64_t n, unsigned hinted) {
    static const char *const names[KITH_KINDS] = {"email", "phone", "phone", "card", "iban", "ip", "address", "name", "birth_date"};
    /* the surest first; these two by their values alone only where the name does not speak against it */
    static const kith_kind order[] = {KITH_KIND_EMAIL, KITH_KIND_IBAN, KITH_KIND_CARD, KITH_KIND_IP, KITH_KIND_PHONE, KITH_KIND_PHONE_ABROAD, KITH_KIND_BIRTH, KITH_KIND_ADDRESS, KITH_KIND_NAME};
    if (n == 0) return NULL;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        kith_kind k = order[i];
        bool needs_hint = k == KITH_KIND_PHONE || k == KITH_KIND_NAME || k == KITH_KIND_BIRTH;
        if (needs_hint && !(hinted >> k & 1)) continue;
        double share = (double)counts[k] / (double)n, want = k == KITH_KIND_ADDRESS && hinted >> k & 1 ? .3 : .8;
        if (share >= want) return names[k];
    }
    return NULL;
}
