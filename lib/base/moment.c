/* The table behind kith/moment.h. */
#include <kith/moment.h>

void kith_months_fill(kith_months *months) {
    for (int i = 0; i < 200 * 12; i++) {
        int year = 1900 + i / 12, month = i % 12 + 1;
        int64_t first = kith_days_from_civil(year, month, 1), next = month == 12 ? kith_days_from_civil(year + 1, 1, 1) : kith_days_from_civil(year, month + 1, 1);
        months->first[i] = (int32_t)first;
        months->length[i] = (uint8_t)(next - first);
    }
}
