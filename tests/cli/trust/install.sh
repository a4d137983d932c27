#!/bin/sh
# Installation into a folder: programs, manual, completions, headers; a small program compiles against the installed library and runs.
set -eu
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: the installed library is tried in the release ring"
    exit 77
fi
rm -rf root moved
cmake --install "$KITH_BUILD" --prefix "$PWD/root" >log
for f in bin/kith bin/kith-segment bin/kith-segment-community bin/kith-spark share/man/man1/kith.1 share/man/man1/kith-segment-where.1 share/man/man7/kith-expressions.7 \
    share/bash-completion/completions/kith share/zsh/site-functions/_kith share/fish/vendor_completions.d/kith.fish include/kith/stream.h share/doc/kith/LICENSE; do
    [ -e "root/$f" ] || { echo "not installed: $f"; exit 1; }
done
# the version, and those of the libraries in use: each program's own, all of them of the front
"$PWD/root/bin/kith" --version >version
[ "$(head -n 1 version)" = "kith $(sed -n 's/^project(kith VERSION \([0-9.]*\).*/\1/p' "$KITH_SOURCE/CMakeLists.txt")" ] || { cat version; exit 1; }
for library in GSL PCRE2 Nettle igraph libcsv uchardet utf8proc xxHash zlib zstd; do
    [ "$(grep -cE "^  $library [0-9]+\.[0-9.]+\$" version)" = 1 ] || { echo "--version does not say which $library"; cat version; exit 1; }
done
[ "$(grep -c '^  GSL ' version)" = 1 ] && "$PWD/root/bin/kith-ingest" --version | grep -q GSL && { echo "kith-ingest does not use GSL"; exit 1; }
[ "$(pkg-config --modversion gsl)" = "$(sed -n 's/^  GSL //p' version)" ]
printf 'channel,amount\nmail,1.50\nweb,2.25\nmail,3\n' >orders.csv
[ "$(PATH=$PWD/root/bin:$PATH kith where 'amount > 2' orders.csv | wc -l)" = 3 ]
# a program on the installed library, by pkg-config and by CMake, also where the folder was moved after the installation
mv root moved
lib=$(dirname "$(find "$PWD/moved" -name libkith.a)")
# shellcheck disable=SC2046
cc -std=c17 "$KITH_SOURCE/examples/libkith/spent.c" $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags kith) $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --libs --static kith) -o spent
rm -rf user && mkdir user
cat >user/CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES C)
find_package(kith 0.1 REQUIRED)
add_executable(spent "$KITH_SOURCE/examples/libkith/spent.c")
target_link_libraries(spent PRIVATE kith::kith)
CMAKE
cmake -G Ninja -S user -B user/build -DCMAKE_PREFIX_PATH="$PWD/moved" >log
cmake --build user/build >>log
for spent in ./spent user/build/spent; do
    [ "$($spent orders.csv | tr '\t\n' '= ')" = 'mail=4.50 web=2.25 ' ]
    if $spent nosuch.csv 2>err; then exit 1; fi
    grep -q 'nosuch.csv: no such file' err
done
# the manual is where man looks, and names no folder of the building machine
if grep -rlF "$KITH_SOURCE" moved --include='*.pc' --include='*.cmake' --include='*.1' --include='*.5' --include='*.7' --include=kith --include=_kith; then exit 1; fi
