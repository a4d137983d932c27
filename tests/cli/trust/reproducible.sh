# long: two builds of the same sources in different folders, at different times, in different orders, give the same bytes.
set -eu
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: releases are what is to be reproduced"
    exit 77
fi
rm -rf here there
jobs=$(nproc 2>/dev/null || echo 2)
build() { # FOLDER TZ UMASK: the sources copied there and built, without a cache that would hand out the first build's objects
    mkdir -p "$1"
    (cd "$KITH_SOURCE" && tar cf - --exclude=./build --exclude='./build*' --exclude=./.git .) | tar xf - -C "$1"
    (cd "$1" && umask "$3" && TZ=$2 CCACHE_DISABLE=1 cmake -S . -B out -G Ninja -DCMAKE_BUILD_TYPE=Release >log && TZ=$2 CCACHE_DISABLE=1 ninja -C out -j "$jobs" \
        kith-front kith-ingest kith-dedupe kith-segment kith-score kith-report kith-segment-community libkith.a docs >>log) || { tail -n 20 "$1/log"; exit 1; }
}
build here UTC 022
build there/with/a/longer/name Asia/Kathmandu 077
failed=0 compared=0
for file in kith kith-ingest kith-dedupe kith-segment kith-score kith-report kith-segment-community libkith.a; do
    compared=$((compared + 1))
    cmp "here/out/$file" "there/with/a/longer/name/out/$file" || failed=1
done
for page in here/out/man/*.[1-8]; do
    compared=$((compared + 1))
    cmp "$page" "there/with/a/longer/name/out/man/${page##*/}" || failed=1
done
rm -rf here there
echo "$compared files compared"
exit $failed
