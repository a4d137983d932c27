#!/bin/sh
# The formula and the recipe: they parse, bear the project's version, and name every library that the build asks for. They run on systems that are not
# here; what can be tried here is the commands that they call.
set -u
failed=0
bad() { echo "$*"; failed=1; }
formula=$KITH_SOURCE/packaging/kith.rb recipe=$KITH_SOURCE/packaging/conda/meta.yaml
version=$(sed -n 's/^project(kith VERSION \([0-9.]*\).*/\1/p' "$KITH_SOURCE/CMakeLists.txt")
grep -q "kith-$version.tar.gz" "$formula" || bad "the formula is of another version"
grep -q "version: \"$version\"" "$recipe" || bad "the recipe is of another version"
for library in gsl igraph libcsv nettle pcre2 uchardet utf8proc xxhash zlib zstd; do
    grep -qE "\"$library\"" "$formula" || bad "the formula does not name $library"
    grep -qE "^ +- $library\$" "$recipe" || bad "the recipe does not name $library"
done
asked=$(grep -hoE 'pkg_check_modules\([A-Z_]+ REQUIRED IMPORTED_TARGET [^)]*' "$KITH_SOURCE"/cmake/settings.cmake "$KITH_SOURCE/CMakeLists.txt" | sed 's/.*TARGET //' | tr ' ' '\n' | sort | tr '\n' ' ')
[ "$asked" = "gsl igraph libpcre2-8 libutf8proc libzstd nettle uchardet zlib " ] || bad "the build asks for other libraries ($asked): the formula and the recipe want them too"
sh -n "$KITH_SOURCE/packaging/conda/build.sh" || failed=1
if command -v ruby >/dev/null 2>&1; then ruby -c "$formula" >/dev/null || failed=1; else echo "left out: ruby is not installed"; fi
if python3 -c 'import yaml' 2>/dev/null; then
    python3 - "$recipe" <<'PYTHON' || failed=1
import sys, yaml
recipe = yaml.safe_load(open(sys.argv[1]))
assert recipe["package"]["name"] == "kith" and recipe["requirements"]["host"] and recipe["test"]["commands"]
PYTHON
else
    echo "left out: PyYAML is not installed"
fi
# the test of the recipe and of the formula, with the programs here
[ "$(printf 'person_id,amount\np1,12.50\np2,80\n' | kith table -a 'n=count,sum=sum(amount)' | tail -n 1)" = 2,92.5 ] || bad "the recipe's test"
if [ -z "${KITH_SANITIZE:-}" ]; then # both configure without the tests' libraries
    rm -rf tree
    cmake -G Ninja -S "$KITH_SOURCE" -B tree -DBUILD_TESTING=OFF -DCMAKE_INSTALL_LIBDIR=lib >log 2>&1 || { cat log; failed=1; }
    grep -q 'unit-' tree/Makefile tree/build.ninja 2>/dev/null && bad "BUILD_TESTING=OFF builds tests"
fi
exit $failed
