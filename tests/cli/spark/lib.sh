# What the tests of kith-spark share: PySpark or a plain word that it is missing, the workload in eight shards, one machine against Spark.
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: the distributed tests run in the release ring"
    exit 77
fi
for python in "${KITH_PYTHON:-}" "${XDG_CACHE_HOME:-$HOME/.cache}/kith/spark/bin/python" python3; do
    [ -n "$python" ] && "$python" -c 'import pyspark' 2>/dev/null && break
    python=
done
if [ -z "$python" ] || ! command -v java >/dev/null 2>&1; then
    echo "SKIP: Java or PySpark is missing (tests/setup.sh spark installs them): the distributed driver was not tested"
    exit 77
fi
export KITH_BLOCK=16K # so that a small file has eight places to cut at
export SPARK_LOCAL_IP=127.0.0.1
fail() { echo "FAILED: $*" >&2; exit 1; }
driver() { "$python" "$KITH_SOURCE/tools/spark/kith-spark" "$@"; }
eighth() { echo $(($(wc -c <"$1") / 8)); }
people() { # N: persons, with slips, one to four records each
    awk -v N="$1" 'function r(n) { s = (s * 16807) % 2147483647; return int(s / 8) % n }
        function slip(w, i) { i = 1 + r(length(w) - 1); return substr(w, 1, i - 1) substr(w, i + 1) }
        function name(n, w, i) { w = ""; for (i = 0; i < n; i++) w = w substr("bacadafagahajakalamanaparasatavabedefegehejekelemeneperesetevebidifigihijikiliminipirisitivi", 1 + 2 * r(45), 2); return w }
        BEGIN { s = 5; split("robert bob william bill elizabeth liz james jim anna john mary peter", nick, " ")
            print "id,given,family,born,mail,street,town,bought"
            for (p = 0; p < N; p++) {
                f = r(3) ? nick[1 + r(12)] : name(3); l = name(3); b = sprintf("%d-%02d-%02d", 1940 + r(60), 1 + r(12), 1 + r(28))
                m = f "." l r(100) "@" name(2) ".org"; h = r(900) " " name(3) " road"; c = "city" r(20)
                for (k = 1 + r(4); k > 0; k--)
                    printf "%d,%s,%s,%s,%s,%s,%s,%d\n", ++id, r(12) ? f : slip(f), r(9) ? l : slip(l), r(5) ? b : "", r(4) ? m : "", r(3) ? h : "", c, r(3) == 0
            } }'
}
