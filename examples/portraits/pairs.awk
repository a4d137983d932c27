# Two pairs of records to ask about, of person_id,record_id,source,given,family,postcode,born: a person with two surnames that have
# nothing in common, and two persons of one name in one place.
BEGIN { FS = "," }
NR == 1 { next }
!married && ($1 in family) && substr(family[$1], 1, 1) != substr($5, 1, 1) && given[$1] == $4 && substr(family[$1], length(family[$1]) - 1) != substr($5, length($5) - 1) { married = first[$1] " " $2 }
!($1 in family) { first[$1] = $2; given[$1] = $4; family[$1] = $5 }
$7 != "" {
    name = $4 " " $5 " " $6
    if (!namesakes && (name in record) && person[name] != $1) namesakes = record[name] " " $2
    record[name] = $2
    person[name] = $1
}
END { print married, namesakes }
