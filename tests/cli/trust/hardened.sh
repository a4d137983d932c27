#!/bin/sh
# The programs are built hardened: position-independent, read-only relocations bound at the start, stack protector, fortified calls, no stack to
# execute, no text to write.
set -u
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: a sanitized build has other guards"
    exit 77
fi
if ! command -v readelf >/dev/null || [ "$(head -c 4 "$KITH_BUILD/kith" | tr -d '\177')" != ELF ]; then
    echo "SKIP: no readelf, or no ELF programs"
    exit 77
fi
release=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$KITH_BUILD/CMakeCache.txt")
static=$(sed -n 's/^KITH_STATIC:[A-Z]*=//p' "$KITH_BUILD/CMakeCache.txt")
failures=0 programs=0
no() { failures=$((failures + 1)); echo "$name: $1"; }
for program in "$KITH_BUILD"/kith "$KITH_BUILD"/kith-*; do
    { [ -x "$program" ] && [ -f "$program" ]; } || continue
    name=${program##*/}
    programs=$((programs + 1))
    readelf -W -h -l -d -s "$program" >elf 2>/dev/null
    grep -q 'Type: *DYN' elf || no "not position-independent (PIE)"
    grep -q 'Flags:.*PIE' elf || no "not linked as PIE"
    grep -q GNU_RELRO elf || no "relocations stay writable (RELRO)"
    grep -q 'BIND_NOW\|Flags:.*NOW' elf || no "calls are bound late (now)"
    grep -q 'GNU_STACK.* RW ' elf || no "an executable stack"
    ! grep -q 'LOAD .* RWE\|LOAD .* WE' elf || no "writable code"
    ! grep -q 'TEXTREL' elf || no "relocations in code"
    ! grep -q 'RPATH\|RUNPATH' elf || no "looks for libraries in folders of the build"
    [ "$name" = kith ] || [ "$static" = ON ] || grep -q '__stack_chk_fail' elf || no "no stack protector"
    [ "$release" != Release ] || [ "$static" = ON ] || grep -q '__[a-z]*printf_chk' elf || no "calls are not fortified"
    ! strings "$program" 2>/dev/null | grep -qF "$KITH_SOURCE/" || no "holds the folder it was built in"
done
echo "$programs programs, $failures failures"
[ $programs -gt 5 ] && [ $failures = 0 ]
