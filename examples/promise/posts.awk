# posts.awk: what people wrote about a tea shop in nine months, made up, the same on every machine; and what a reader would say of each.
#
#     awk -v truth=truth.csv -f posts.awk >posts.csv
#
# Truth: deliveries were praised by 75 in 100 until June and by 35 since the campaign began in July; the tea is as organic as promised;
# people who answer got better; prices were never liked much; nobody speaks of trees.
function chance() { x = (x * 48271) % 2147483647; return x / 2147483647 } # Park & Miller 1988; exact in doubles
function pick(list,   part, n) { n = split(list, part, "|"); return part[1 + int(chance() * n)] }
BEGIN {
    x = 20260701; for (i = 0; i < 20; i++) chance()
    good["delivery"] = "The parcel came in one day, great|Delivered the next morning, as they said. Love it|Fast courier, very friendly, thank you"
    bad["delivery"] = "Waited two weeks for my tea. Delivered tomorrow, they said|Where is my parcel? Third time this month, awful|The courier lost it again and nobody cares"
    flat["delivery"] = "My parcel is on its way|Does the courier come on Saturdays?"
    good["organic"] = "Truly organic, you can taste it. Excellent|Every tin has the organic label, I love that|No pesticides found in the test, well done"
    bad["organic"] = "Organic? My tea has no label at all, a lie|They found pesticides in it, terrible"
    flat["organic"] = "Is the oolong organic too?|What does the label on the tin mean?"
    good["service"] = "The staff replaced my tin at once, wonderful people|Support answered within an hour, great|A kind voice on the phone, problem solved, thanks"
    bad["service"] = "Nobody picks up the phone, useless|Support is no help at all, I am angry|Rude staff in the shop, never again"
    flat["service"] = "Does support answer on Sundays?|What is their phone number?"
    good["price"] = "Good tea at fair prices, happy|The price is great for this quality"
    bad["price"] = "Far too expensive for stale tea|The price went up again, shame on you"
    flat["price"] = "What is the price of a tin?|Have the prices changed?"
    good["none"] = "Love this tea|Best matcha ever"; bad["none"] = "The tea was stale, disgusting|Never liked it, bad taste"; flat["none"] = "Which tea do you drink in the morning?|Trying the green one today"
    print "post_id,ts,channel,reach,text"
    print "post_id,topic,label" >truth
    for (i = 0; i < 4000; i++) {
        month = 1 + int(chance() * 9); day = 1 + int(chance() * 28); u = chance()
        topic = u < .3 ? "delivery" : u < .5 ? "organic" : u < .75 ? "service" : u < .85 ? "price" : "none"
        yes = topic == "delivery" ? (month < 7 ? .75 : .35) : topic == "organic" ? .85 : topic == "service" ? .4 + .03 * month : topic == "price" ? .3 : .5
        u = chance()
        label = u < yes ? "positive" : u < yes + (1 - yes) * .7 ? "negative" : "neutral"
        text = pick(label == "positive" ? good[topic] : label == "negative" ? bad[topic] : flat[topic])
        ending = pick("|.|!| 🍵| #tea| @tealeaf")
        hour = int(chance() * 24); minute = int(chance() * 60); channel = pick("posts|reviews|letters") # one chance a statement
        a = chance(); b = chance(); reach = int(1000 * a * b * chance())
        printf "t%04d,2026-%02d-%02dT%02d:%02d:00Z,%s,%d,\"%s%s\"\n", i, month, day, hour, minute, channel, reach, text, ending
        printf "t%04d,%s,%s\n", i, topic, label >truth
    }
}
