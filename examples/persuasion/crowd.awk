# crowd.awk: people, and what each would do with and without a word from us. Only a made-up world can know both.
#
#     awk -v seed=1 -v people=8000 -v first=0 -v truth=truth.csv -f crowd.awk >people.csv
#
# Four kinds, which the columns betray but do not name: those who had decided (long customers, many visits), those whom a word moves
# (curious, no newsletter), those it puts off (new, already written to every week), and those whom nothing moves.
function chance() { x = (x * 48271) % 2147483647; return x / 2147483647 } # Park & Miller 1988; exact in doubles, the same in every awk
BEGIN {
    x = 7919 * seed + 17
    for (i = 0; i < 20; i++) chance()
    print "person_id,age,visits,years,newsletter,consent"
    print "person_id,without,with" >truth
    for (i = 0; i < people; i++) {
        age = 18 + int(chance() * 60); visits = int(chance() * 12); years = int(chance() * 10); letter = chance() < .5; yes = chance() < .9
        if (years >= 6 && visits >= 6) { p = .6; q = .6 }         # had decided
        else if (visits >= 4 && !letter) { p = .1; q = .4 }       # persuadable
        else if (years < 3 && letter) { p = .35; q = .2 }         # better left alone
        else { p = .06; q = .06 }                                 # nothing moves them
        u = chance() # one chance for both worlds: what differs is what we did
        id = sprintf("p%05d", first + i)
        printf "%s,%d,%d,%d,%s,%s\n", id, age, visits, years, (letter ? "weekly" : "none"), (yes ? "yes" : "no")
        printf "%s,%d,%d\n", id, (u < p), (u < q) >truth
    }
}
