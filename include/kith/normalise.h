/* kith/normalise.h: one spelling for each value: e-mail, phone, dates, money, names, postcodes, places, truth.
 *
 * Each function reads one cell and appends the normal form to `out`; false where the cell is none (out is then as it was). An empty cell is
 * none: the caller knows missing values. Pure functions: what must be decided per column (the order of day and month, the decimal
 * mark) is learnt by kith_column_habits from values and then given. */
#ifndef KITH_NORMALISE_H
#define KITH_NORMALISE_H

#include <kith/base.h>

typedef enum kith_type {
    KITH_TYPE_TEXT,
    KITH_TYPE_INTEGER,
    KITH_TYPE_NUMBER,
    KITH_TYPE_MONEY,
    KITH_TYPE_DATE,
    KITH_TYPE_DATETIME,
    KITH_TYPE_EMAIL,
    KITH_TYPE_PHONE,
    KITH_TYPE_NAME,
    KITH_TYPE_POSTCODE,
    KITH_TYPE_PLACE,
    KITH_TYPE_BOOLEAN,
    KITH_TYPES
} kith_type;

const char *kith_type_name(kith_type type);
bool kith_type_find(kith_str name, kith_type *type);

/* ---- text --------------------------------------------------------------------------------------------------- */

void kith_put_squeezed(kith_str text, kith_buf *out); /* trimmed, each run of blanks one blank (no-break and tabs included) */
void kith_put_lower(kith_str text, kith_buf *out);    /* Latin, Greek and Cyrillic letters; others as they are */
void kith_put_upper(kith_str text, kith_buf *out);
/* Names of persons: squeezed; "DOE, JANE" and "jane doe" become "Jane Doe" (mixed case is left as it is); particles (van, de, bin …) low,
 * Mc, O' and hyphens as they are written; a suffix (Jr., PhD) stays behind. */
bool kith_normal_name(kith_str text, kith_buf *out);
/* 1 or 0 from true/false, yes/no, on/off, y/n, t/f, 1/0 and their German, French, Spanish and Italian forms. */
bool kith_normal_boolean(kith_str text, kith_buf *out);
/* Lower case; without mailto:, a display name or angle brackets. Addresses are dot-atoms of RFC 5322 with the lengths of RFC 5321 (64 and 254
 * bytes) and a domain of at least two labels; quoted local parts are kept as they are. */
bool kith_normal_email(kith_str text, kith_buf *out);

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* Decimal text with a point, no separators, no plus sign: 1.234,56 → 1234.56. `decimal`: the column's mark, '.' or ','; 0: by the value alone, and
 * where that leaves two readings (1.234) the point or comma before three digits is a thousands separator only if `decimal` says so.
 * Percent signs are kept out: 12 % is no number. */
bool kith_normal_number(kith_str text, char decimal, kith_buf *out);
bool kith_normal_integer(kith_str text, char decimal, kith_buf *out);
/* As a number, without currency signs or codes in front or behind; (12) and 12- are negative. */
bool kith_normal_money(kith_str text, char decimal, kith_buf *out);

/* ---- dates -------------------------------------------------------------------------------------------------- */

typedef enum kith_date_order { KITH_ORDER_UNKNOWN, KITH_ORDER_DMY, KITH_ORDER_MDY } kith_date_order;

typedef struct kith_date_habits {
    kith_date_order order; /* of day and month in dates in figures that do not begin with the year; unknown: both are tried, two readings are none */
    bool excel1904;        /* serial numbers count from 1904 */
    bool no_serial;        /* bare numbers are no dates */
    const kith_zone *zone; /* of times without one */
} kith_date_habits;

/* ISO 8601, 30/09/2026, 9-30-26, 30.9.2026, 30 Sep 2026, Sept. 30, 2026, 20260930, Excel serials (45000, 45000.75; the 1900 system's
 * phantom 29 February 1900 is refused), epoch seconds and milliseconds of 10 and 13 digits (datetime only). In a date the time of day is left
 * out, the day is the one written. Two-digit years: 69 … 99 are 1969 … 1999. */
bool kith_normal_date(kith_str text, const kith_date_habits *habits, kith_buf *out);
bool kith_normal_datetime(kith_str text, const kith_date_habits *habits, kith_buf *out); /* UTC: 2026-09-30T12:00:00Z */

/* ---- phones, postcodes, places ------------------------------------------------------------------------------ */

/* E.164 (+ and at most 15 digits). `region`: ISO 3166 code of numbers without country code; NULL: those are refused. National lengths and
 * trunk prefixes by country; extensions are dropped. */
bool kith_normal_phone(kith_str text, const char *region, kith_buf *out);
bool kith_region_known(const char *region);
bool kith_region_month_first(const char *region); /* writes 9/30/2026 */
/* The country's form: SW1A1AA → SW1A 1AA; zeros that a spreadsheet took from the front are put back where all codes have one length. */
bool kith_normal_postcode(kith_str text, const char *region, kith_buf *out);
/* Degrees as a decimal number, from decimal or sexagesimal forms (48°51'24"N); a pair gives "lat,lon". `axis`: 'a' latitude, 'o' longitude, 0 either. */
bool kith_normal_place(kith_str text, char axis, kith_buf *out);

/* ---- what a column is used to ------------------------------------------------------------------------------- */

/* Evidence from values, to be added up over a prefix of the data. Zero-initialise. */
typedef struct kith_column_habits {
    uint64_t values, day_first, month_first, either; /* dates in figures: only one reading, or both */
    uint64_t dotted;                                 /* of those with both readings: written with points */
    uint64_t decimal_comma, decimal_point, open;     /* numbers: what their marks must mean; open: either */
} kith_column_habits;

void kith_habits_learn_date(kith_column_habits *habits, kith_str text);
void kith_habits_learn_number(kith_column_habits *habits, kith_str text);
/* The majority; where no value decides, the region's habit (`region` may be NULL: day first). *sure: some value decided. */
kith_date_order kith_habits_order(const kith_column_habits *habits, const char *region, bool *sure);
char kith_habits_decimal(const kith_column_habits *habits, bool *sure);

#endif
