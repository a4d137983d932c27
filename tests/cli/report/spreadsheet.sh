# --spreadsheet-safe: fields that a spreadsheet would run go out as text; numbers and all else stay as they are.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
printf 'a,b,c\n=1+2,-3,"=cmd|""x"", y"\n-3e5,-x,@z\n"\t","","a=b"\n+1,+x,a\n' >t.csv
printf "a,b,c\n'=1+2,-3,\"'=cmd|\"\"x\"\", y\"\n-3e5,'-x,'@z\n\"'\t\",\"\",\"a=b\"\n+1,'+x,a\n" >want
for j in 1 3; do KITH_BLOCK=16 kith-segment where -j $j --spreadsheet-safe '1 == 1' t.csv >got; cmp -s got want || { diff got want >&2; fail "rows passed through"; }; done
kith-segment where '1 == 1' t.csv | cmp -s - t.csv || fail "without being asked"
printf 'a;b\n=x;"-y;1"\n' | kith-segment where --spreadsheet-safe '1 == 1' | tail -1 >got; printf "'=x;\"'-y;1\"\n" >want; cmp -s got want || fail "another delimiter"
printf 'a\tb\n=x\t-y\n' | kith-report table -g a,b -D tab --spreadsheet-safe | tail -1 >got; printf "'=x\t'-y\t1\n" >want; cmp -s got want || fail "-D"
printf 'a\n=x\n' | kith-report table -g a --spreadsheet-safe -o o.csv; [ "$(tail -1 o.csv)" = "'=x,1" ] || fail "-o"
