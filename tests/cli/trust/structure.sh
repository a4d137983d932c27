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

# Dependence goes one way: what a room's objects ask for is of their own room or of a floor below. Rooms of one floor do not know each other.
objects=$KITH_BUILD/CMakeFiles/kith.dir/lib
if command -v nm >/dev/null 2>&1 && [ -d "$objects" ]; then
    up=$(nm -A -P "$objects"/*/*.o | awk '
        BEGIN {
            floors = split("base;stream;table;fold;text stats draw;link audience predict measure;app", floor, ";")
            for (i = 1; i <= floors; i++) for (k = split(floor[i], rooms, " "); k; k--) height[rooms[k]] = i
        }
        { n = split($1, part, "/"); room = part[n - 1]; file = part[n] }
        !(room in height) { print "lib/" room " is on no floor"; exit }
        $3 ~ /^[TDRBV]$/ { home[$2] = room }
        $3 == "U" { asked++; from[asked] = room; by[asked] = file; name[asked] = $2 }
        END {
            for (i = 1; i <= asked; i++) if (name[i] in home && home[name[i]] != from[i] && height[home[name[i]]] >= height[from[i]])
                print "lib/" from[i] "/" by[i] " uses " name[i] " of lib/" home[name[i]]
            if (asked < 1000) print "the objects in '"$objects"' say too little"
        }')
    [ -z "$up" ] || no "dependence goes up: $up"
fi
private=$(grep -rnE '#include "(\.\./|[a-z]+/)' lib)
[ -z "$private" ] || no "another room's private header: $private"

# What a header promises somebody uses: a library file, a verb or another header's inline function; not tests alone.
unused=$(cat include/kith/*.h lib/*/*.[ch] tools/*.c tools/*/*.c cmake/kith.cmake | awk '
    { while (match($0, /kith_[a-z0-9_]+/)) { seen[substr($0, RSTART, RLENGTH)]++; $0 = substr($0, RSTART + RLENGTH) } }
    END { while (("cat include/kith/*.h" | getline line) > 0)
            if (match(line, /^[a-z].*[ *]kith_[a-z0-9_]+\(/)) {
                sub(/\(.*/, "", line); sub(/.*[ *]/, "", line)
                if (seen[line] < 3) print line # declared, defined, used
            } }')
[ -z "$unused" ] || no "functions that nothing but tests use: $unused"

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
