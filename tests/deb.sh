#!/bin/sh
# The package on a clean system: a minimal Debian of this machine's release in a folder (debootstrap), the .deb of a built tree installed there with what
# it depends on, a smoke test, and removal. With --whole also what a new machine does: tests/setup.sh, the build and the quick tests inside it.
# Needs root, debootstrap and a network; says so and ends with 77 where they are not there. It takes minutes.
# usage: tests/deb.sh BUILD-FOLDER [--whole]        KITH_CHROOT=FOLDER: where the minimal system is kept for the next time
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:?usage: tests/deb.sh BUILD-FOLDER [--whole]}" && pwd)
skip() { echo "SKIP: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "a clean system is made by root"
command -v debootstrap >/dev/null 2>&1 || skip "debootstrap is not installed"
command -v dpkg-shlibdeps >/dev/null 2>&1 || skip "dpkg-dev is not installed"
# shellcheck disable=SC1091
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -e "/usr/share/debootstrap/scripts/${suite:-none}" ] || skip "debootstrap does not know this system's release"

work=$(mktemp -d "${TMPDIR:-/tmp}/kith-deb.XXXXXX")
root=$work/root
mounted=
clean() {
    [ -z "$mounted" ] || umount "$root/proc" || return 0 # never remove what is still mounted
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
base=${KITH_CHROOT:-$work/base}
if [ ! -e "$base/etc/debian_version" ]; then
    echo "deb.sh: a minimal $suite in $base"
    debootstrap --variant=minbase "$suite" "$base" >"$work/log" 2>&1 || { tail -n 3 "$work/log"; skip "debootstrap could not reach an archive"; }
fi
cp -a "$base" "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
if mount -t proc proc "$root/proc" 2>/dev/null; then mounted=yes; fi

(cd "$build" && cpack -G DEB -B "$work" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
deb=$(find "$work" -maxdepth 1 -name 'kith_*.deb')
echo "deb.sh: $(basename "$deb"), $(stat -c %s "$deb") bytes; $(dpkg-deb -f "$deb" Depends)"
cp "$deb" "$root/"
inside apt-get update -q >"$work/log" 2>&1 || { tail -n 3 "$work/log"; skip "the clean system reaches no archive"; }
if inside sh -c 'command -v gcc || command -v kith'; then echo "deb.sh: the system is not clean"; exit 1; fi
inside apt-get install -y -q --no-install-recommends "/$(basename "$deb")" >"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }

cat >"$root/smoke.sh" <<'SMOKE'
set -eu
cd /tmp
kith --version
printf 'person_id,ts,amount\np1,2026-09-02,12.50\np2,2026-03-11,80\np1,2026-09-20,7.50\n' >orders.csv
[ "$(kith segment rfm --until 2026-09-30 orders.csv | kith where 'rfm_recency <= 30' -s person_id,rfm_monetary | tail -n 1)" = p1,20 ]
gzip -c orders.csv | kith table -a 'n=count,sum=sum(amount)' -o sums.csv
[ "$(tail -n 1 sums.csv)" = 3,100 ]
kith report page -q -o page.html sums.csv && grep -q '</html>' page.html
printf 'id,friend\na,b\nb,c\n' | kith segment community -q | grep -q '^a,1,3,1,'
kith help methods | grep -q 'Kaplan'
for family in ingest dedupe segment score report; do "kith-$family" --examples >run.sh; sh run.sh; done
for f in /usr/share/man/man1/kith.1 /usr/share/man/man7/kith-methods.7 /usr/share/bash-completion/completions/kith /usr/share/zsh/site-functions/_kith \
    /usr/share/fish/vendor_completions.d/kith.fish /usr/include/kith/app.h /usr/share/doc/kith/LICENSE; do [ -e $f ] || [ -e $f.gz ] || { echo "not installed: $f"; exit 1; }; done
if ldd /usr/bin/kith-* 2>/dev/null | grep 'not found'; then exit 1; fi
SMOKE
inside sh /smoke.sh
inside dpkg -r kith >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
left=$(inside sh -c 'ls /usr/bin | grep "^kith" || true; find /usr -path "*kith*" | head -n 3')
[ -z "$left" ] || { echo "removal leaves: $left"; exit 1; }
echo "deb.sh: installed, tried and removed on a clean $suite"

[ "${2:-}" = --whole ] || exit 0
mkdir "$root/src"
tar -C "$here" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$root/src" -xf -
inside sh -c 'cd /src && sh tests/setup.sh && cmake --preset release >/dev/null && ninja -C build/release -j 2 | tail -n 1 && ctest --test-dir build/release -LE long --output-on-failure -j 2' >"$work/whole" 2>&1 || { tail -n 60 "$work/whole"; exit 1; }
tail -n 25 "$work/whole"
echo "deb.sh: set up, built and tested on a clean $suite"
