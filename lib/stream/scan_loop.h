/* The vectorised engine's loop, included once for each instruction set by scan.c, which defines
 *   SCAN_NAME      the function's name
 *   SCAN_TARGET    its target attribute, or nothing
 *   SCAN_VECTORS   declares what is loaded from p (64 bytes)
 *   SCAN_MASK(c)   64 bits: which of the loaded bytes equal c
 *   SCAN_XOR(m)    the prefix-xor of a mask: bit i is the xor of bits 0 … i
 *   SCAN_PUT       writes the places of the `count` bits of `ends`, plus `here`, to `out`; it may write up to SCAN_SPARE more,
 *                  which the next ones overwrite. Without it: bit by bit, four at a time */
#ifndef SCAN_PUT
/* NOLINTBEGIN(bugprone-macro-parentheses): statements */
#define SCAN_PUT                                                                                                       \
    for (uint32_t *write = out; ends; write += 4)                                                                      \
        for (int k = 0; k < 4; k++, ends &= ends - 1)                                                                  \
            write[k] = here + (uint32_t)__builtin_ctzll(ends | (UINT64_C(1) << 63))
#endif
/* NOLINTEND(bugprone-macro-parentheses) */

SCAN_TARGET
static scan_result SCAN_NAME(const char *bytes, size_t n, char delimiter, scan_state start, uint32_t base, uint32_t *places) {
    scan_result r = {.bad = UINT32_MAX};
    uint32_t *out = places;
    uint64_t inside_now = start == SCAN_INSIDE ? ~UINT64_C(0) : 0;
    uint64_t may_open = start == SCAN_START || start == SCAN_CLOSED; /* bit 0: a quote may stand at the next byte */
    uint64_t closed = start == SCAN_CLOSED, closed_cr = start == SCAN_CLOSED_CR;
    uint64_t bad = 0, records = 0, lines = 0, quotes = 0, last = 64;
    for (size_t at = 0; at < n; at += 64) {
        const char *p = bytes + at;
        SCAN_VECTORS;
        uint64_t live = ~UINT64_C(0);
        if (n - at < 64) last = n - at, live = (UINT64_C(1) << last) - 1;
        uint64_t nl = SCAN_MASK('\n') & live, quote = SCAN_MASK('"') & live, ends = (SCAN_MASK(delimiter) & live) | nl;
        if (__builtin_expect((quote | inside_now | closed | closed_cr) != 0, 0)) {
            uint64_t cr = SCAN_MASK('\r') & live;
            uint64_t inside = SCAN_XOR(quote) ^ inside_now;
            uint64_t closing = quote & ~inside, opening = quote & inside;
            uint64_t behind = (closing << 1) | closed; /* bytes right behind a closing quote */
            uint64_t behind_cr = ((behind & cr) << 1) | closed_cr;
            lines += (uint64_t)__builtin_popcountll(nl & inside);
            ends &= ~inside;
            nl &= ~inside;
            bad |= opening & ~(((ends | closing) << 1) | may_open);
            bad |= behind & ~(ends | cr | quote) & live;
            bad |= behind_cr & ~nl & live;
            inside_now = (uint64_t)((int64_t)inside >> 63);
            if (last < 64) inside_now = 0 - ((inside >> (last - 1)) & 1);
            may_open = ((ends | closing) >> (last - 1)) & 1;
            closed = (closing >> (last - 1)) & 1;
            closed_cr = ((behind & cr) >> (last - 1)) & 1;
            quotes |= quote;
        } else {
            may_open = (ends >> (last - 1)) & 1;
        }
        records += (uint64_t)__builtin_popcountll(nl);
        uint32_t here = base + (uint32_t)at;
        int count = __builtin_popcountll(ends);
        SCAN_PUT;
        out += count;
    }
    r.n = (size_t)(out - places);
    r.records = records;
    r.lines = lines + records;
    r.quoted = quotes != 0 || start == SCAN_INSIDE || start >= SCAN_CLOSED;
    r.irregular = bad != 0;
    r.end = n == 0 ? start : inside_now ? SCAN_INSIDE : closed ? SCAN_CLOSED : closed_cr ? SCAN_CLOSED_CR : may_open ? SCAN_START : SCAN_MID;
    return r;
}

#undef SCAN_NAME
#undef SCAN_TARGET
#undef SCAN_VECTORS
#undef SCAN_MASK
#undef SCAN_XOR
#undef SCAN_PUT
