# What the tests of every verb share: tests/matrix/verbs.txt, and a folder for each of its lines.
# shellcheck disable=SC2034,SC2154
cases=$KITH_SOURCE/tests/matrix # the files that the lines speak of

# each_verb PATTERN FUNCTION: for every line of verbs.txt whose name holds PATTERN ('' for all) calls FUNCTION in an empty folder `work`, which is
# gone at the end. There are the files of $cases, what the line prepares, and its input under the name in.csv too; $name, $input and $args are the
# line's ($args with {} for the input), $program the program of the family, or the verb's own.
each_verb() {
    # shellcheck disable=SC2162
    while IFS='|' read -r name input args prepare <&9; do
        case $name in ''|'#'*) continue ;; *"$1"*) ;; *) continue ;; esac
        rm -rf work && mkdir work && cd work || exit 4
        cp "$cases"/*.csv "$cases"/*.key . || exit 4
        [ -z "$prepare" ] || sh -c "$prepare" 2>/dev/null </dev/null || exit 4
        cp "$input" in.csv || exit 4
        program=$KITH_BUILD/kith-${name%% *}
        [ "$name" != 'segment community' ] || program=$program-community
        "$2" 9<&-
        cd .. || exit 4
    done 9<"$KITH_SOURCE/tests/matrix/verbs.txt"
    rm -rf work
}
