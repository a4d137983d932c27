/* Unicode's simple case mappings, from utf8proc. Two of its answers are put right: the capital of ß is none of one character that people write,
 * so ß stays, and a code point past the last one, which stands for a byte that is no UTF-8, stays as it is. */
#include <kith/base.h>
#include <kith/libraries.h>

#include <stdio.h>
#include <utf8proc.h>

static void version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%s", utf8proc_version()); }
KITH_LIBRARY(utf8proc, "utf8proc", version)

uint32_t kith_code_lower(uint32_t code) { return code < 0x110000 ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)code) : code; }

uint32_t kith_code_upper(uint32_t code) { return code < 0x110000 && code != 0xdf ? (uint32_t)utf8proc_toupper((utf8proc_int32_t)code) : code; }
