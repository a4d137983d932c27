#!/bin/sh
# The architecture's rules, checked on the sources and on the built archive.
set -u
cd "$KITH_SOURCE" || exit 4
failed=0
no() { echo "$1"; failed=1; }

# One room each for outside libraries' headers.
only() { # HEADER ROOM
    found=$(grep -rlE "#include <$1" lib tools include | grep -v "^lib/$2/")
    [ -z "$found" ] || no "<$1> is included outside lib/$2: $found"
}
only gsl/ stats
only pcre2 base
only 'csv\.h' stream
only zlib stream
only 'zstd\.h' stream
only uchardet stream
only xxhash base
only nettle base
only utf8proc base
only igraph graph

# Tools include only <kith/...> and the C library.
bad=$(grep -rnE '#include "' tools --include='*.c' | grep -v 'tools/community/')
[ -z "$bad" ] || no "tools include private headers: $bad"

# Dependence goes one way.
order="base stream table fold text stats draw link audience predict measure app"
for room in $order; do
    [ -d "lib/$room" ] || continue
    up=$(grep -rhoE '#include "\.\./[a-z]+/' "lib/$room" | sort -u)
    [ -z "$up" ] || no "lib/$room includes another room's private header: $up"
done

# libkith: no mutable globals; outside app nothing prints, exits, or sets the locale.
archive=$KITH_BUILD/libkith.a
if [ -z "${KITH_SANITIZE:-}" ] && command -v objdump >/dev/null 2>&1; then # .data.rel.ro holds constant tables of pointers
    globals=$(objdump -t "$archive" 2>/dev/null | awk '/ O \.(data|bss)(\.[a-z_]+)?\t/ && !/\.data\.rel\.ro/ { print $NF }')
    [ -z "$globals" ] || no "mutable globals in libkith: $globals"
fi
calls=$(grep -rnE '\b(exit|_exit|abort|printf|puts|putchar|perror|signal|setlocale|atoi|atof|strcpy|strcat|sprintf|gets)[[:space:]]*\(' lib --include='*.c' --include='*.h' |
    grep -vE '^lib/app/|^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)|[a-z_]+_printf|kith_[a-z_]*\(' )
[ -z "$calls" ] || no "calls that libkith does not make: $calls"

# What a run writes is a result to the option table: its folder stays writable where the run is confined.
for f in $(grep -lE 'kith_app_(side|report)\(' tools/*/*.c); do
    for field in $(grep -hoE 'kith_app_(side|report)\(.*->[a-z_]+,' "$f" | grep -oE '\b(said|s)->[a-z_]+' | sed 's/.*->//'); do
        grep -qE "KITH_OPT_RESULT, (AT\(|offsetof\([a-z ]+, )$field\)" "$f" || no "$f: writes its $field, which is no KITH_OPT_RESULT"
    done
done

# Verbs are one page; library files have a reason to be long.
long=$(wc -l tools/*/*.c | awk '$2 != "total" && $1 > 300 { print $2 " " $1 }')
[ -z "$long" ] || no "verbs over 300 lines: $long"
for f in $(wc -l lib/*/*.c include/kith/*.h | awk '$2 != "total" && $1 > 600 { print $2 }'); do
    head -n 25 "$f" | grep -qi 'long because\|one file because' || no "$f is over 600 lines and its head gives no reason"
done
exit $failed
