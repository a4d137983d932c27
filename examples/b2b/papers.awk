# papers.awk: who asked for which white paper behind a form, from the CRM's leads: made up, the same on every machine.
# In: email,sector,stage (CSV without quotes). Out: email,paper,ts,pages. Those who came far had read more, hotels more than others.
function chance() { x = (x * 48271) % 2147483647; return x / 2147483647 } # Park & Miller 1988; exact in doubles
BEGIN { FS = ","; x = 4711; for (i = 0; i < 20; i++) chance(); depth["contacted"] = 1; depth["meeting"] = 2; depth["offer"] = 3; depth["won"] = 4; print "email,paper,ts,pages" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    n = int(chance() * 3 + depth[$at["stage"]] * .3 + ($at["sector"] == "hotels") * .4)
    for (k = 0; k < n; k++) { # one chance a statement: the order in a list of arguments is the awk's own
        paper = chance() < .5 ? "tea-menu" : "supply-costs"
        month = 1 + int(chance() * 6); day = 1 + int(chance() * 28); hour = 8 + int(chance() * 10)
        pages = 1 + int(chance() * 8 + depth[$at["stage"]] * .4)
        printf "%s,%s,2026-%02d-%02dT%02d:00:00Z,%d\n", $at["email"], paper, month, day, hour, pages
    }
}
