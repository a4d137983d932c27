#!/bin/sh
# The archive of static programs in an empty folder that is all the system there is: no library, no shell, no /proc, no zone files.
# Needs root, or a kernel that lets users make namespaces; says so and ends with 77 where it can do neither. Building takes some minutes.
# usage: tests/archive.sh BUILD-FOLDER
set -eu
build=$(cd "${1:?usage: tests/archive.sh BUILD-FOLDER}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kith-archive.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ "$(id -u)" = 0 ]; then inside() { env -i PATH=/bin "$(command -v chroot)" "$work/root" "$@"; }
elif unshare -r true 2>/dev/null; then inside() { env -i PATH=/bin "$(command -v unshare)" -r --root="$work/root" "$@"; }
else echo "SKIP: neither root nor user namespaces"; exit 77; fi

cmake --build "$build" --target archive >"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }
archive=$(ls "$build"/kith-*.tar.gz)
mkdir "$work/root"
tar -xzf "$archive" -C "$work/root"
echo "archive.sh: $(basename "$archive"), $(stat -c %s "$archive") bytes"
for program in "$work"/root/bin/kith "$work"/root/bin/kith-ingest "$work"/root/bin/kith-dedupe "$work"/root/bin/kith-segment "$work"/root/bin/kith-score "$work"/root/bin/kith-report; do
    [ -x "$program" ] || { echo "not in the archive: $program"; exit 1; }
done
printf 'person_id,ts,amount\np1,2026-09-02,12.50\np2,2026-03-11,80\np1,2026-09-20,7.50\n' >"$work/root/orders.csv"
gzip -k "$work/root/orders.csv"
[ "$(inside /bin/kith --version | head -n 1)" = "$("$build/kith" --version | head -n 1)" ]
inside /bin/kith --version | grep -q '^  GSL [0-9]'
[ "$(inside /bin/kith segment rfm --until 2026-09-30 /orders.csv.gz | inside /bin/kith where 'rfm_recency <= 30' -s person_id,rfm_monetary | tail -n 1)" = p1,20 ]
[ "$(inside /bin/kith table -a 'n=count,sum=sum(amount)' /orders.csv | tail -n 1)" = 3,100 ]
inside /bin/kith report page -q -o /page.html /orders.csv
grep -q '</html>' "$work/root/page.html"
inside /bin/kith ingest profile -q /orders.csv | grep -q '^amount,number,3'
inside /bin/kith help methods | grep -q Kaplan
[ -e "$work/root/share/man/man1/kith.1" ] && [ -e "$work/root/share/bash-completion/completions/kith" ]
echo "archive.sh: tried in an empty folder"
