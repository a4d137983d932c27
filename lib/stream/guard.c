/* Fields that a spreadsheet would take for a formula, made text: a leading = + - @ tab or CR gets an apostrophe before it, unless
 * the field is a number (OWASP, "CSV injection"). On request only: the data change, so no kith verb should read them again. */
#include <kith/stream.h>

#include <string.h>

void kith_spreadsheet_guard(kith_str records, char delimiter, kith_buf *out) {
    const char *p = records.p, *end = records.p + records.n;
    while (p < end) {
        bool quoted = *p == '"';
        const char *start = p + quoted, *stop = start;
        if (quoted) { /* to the closing quote, then to the delimiter */
            while (stop < end && (*stop != '"' || (stop + 1 < end && stop[1] == '"'))) stop += *stop == '"' ? 2 : 1;
            if (stop > end) stop = end;
        }
        const char *close = stop;
        while (stop < end && *stop != delimiter && *stop != '\n') stop++;
        if (!quoted) close = stop;
        double number;
        if (quoted) kith_buf_putc(out, '"');
        if (start < close && memchr("=+-@\t\r", *start, 6) && !kith_parse_double((kith_str){start, (size_t)(close - start)}, &number)) kith_buf_putc(out, '\'');
        kith_buf_put(out, start, (size_t)(stop - start));
        if (stop < end) kith_buf_putc(out, *stop++);
        p = stop;
    }
}
