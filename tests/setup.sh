#!/bin/sh
# Installs what kith builds and tests with, on Debian or Ubuntu; says what to install where it may not.
# usage: tests/setup.sh [build] [test] [spark] [static] [fuzz]     (default: build test)
set -eu
build="gcc cmake ninja-build pkg-config libcsv-dev libpcre2-dev libgsl-dev zlib1g-dev libzstd-dev libuchardet-dev libxxhash-dev libcmocka-dev libigraph-dev nettle-dev libutf8proc-dev"
test="strace mandoc shellcheck zstd gzip tzdata zsh fish ruby python3-yaml"
[ $# -gt 0 ] || set -- build test
want=
for group; do
    case $group in
    build) want="$want $build" ;;
    test) want="$want $test" ;;
    static) want="$want clang clang-tidy shellcheck pyflakes3" ;;
    fuzz) want="$want clang llvm" ;;
    spark) want="$want default-jre-headless python3-venv python3-pip" ;;
    *) echo "setup.sh: no group '$group' (build, test, spark, static, fuzz)" >&2; exit 2 ;;
    esac
done
venv=${XDG_CACHE_HOME:-$HOME/.cache}/kith/spark # where kith-spark's tests look for PySpark
pyspark() {
    case " $* " in *" spark "*) ;; *) return 0 ;; esac
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pyspark' 2>/dev/null && return 0
    echo "setup.sh: installing PySpark into $venv"
    python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check pyspark
}
missing=
for package in $want; do
    case $package in
    default-jre-headless) command -v java >/dev/null 2>&1 && continue ;;
    esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    pyspark "$@"
    exit
fi
root=
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then root=sudo; else
        echo "setup.sh: these packages are missing and this user may not install them; run as root:" >&2
        echo "    apt-get install$missing" >&2
        exit 4
    fi
fi
echo "setup.sh: installing$missing"
# shellcheck disable=SC2086
{ DEBIAN_FRONTEND=noninteractive $root apt-get install -y -q --no-install-recommends $missing ||
  { $root apt-get update -q && DEBIAN_FRONTEND=noninteractive $root apt-get install -y -q --no-install-recommends $missing; }; } >/dev/null
pyspark "$@"
