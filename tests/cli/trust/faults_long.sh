# long: the fault matrix with every allocation failing in turn, more kills, 20,000 columns and a field of 64 MB.
exec sh "$KITH_SOURCE/tests/cli/trust/matrix.sh" --long
