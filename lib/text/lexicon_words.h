/* lexicon_words.h: the words of lexicon.c by weight; written for this project. Stems: inflected forms are found by rule. */
#ifndef KITH_TEXT_LEXICON_WORDS_H
#define KITH_TEXT_LEXICON_WORDS_H

static const char words_p3[] =
    "amazing awesome brilliant excellent fantastic fabulous flawless gorgeous incredible love loving magnificent marvelous outstanding perfect "
    "perfection phenomenal spectacular stunning superb terrific wonderful best greatest heaven ecstatic thrilled adore epic genius masterpiece "
    "fav favorite favourite delightful exceptional unbeatable stellar splendid sublime wow woohoo yay woot kudos bravo yummy sweetness";
static const char words_p2[] =
    "great good nice happy glad cool beautiful pretty enjoy fun funny excited exciting impressive impressed improve improvement better win won winner "
    "winning pleased pleasure thank thanks thx thankful grateful appreciate congrats congratulation sweet smooth fast reliable helpful friendly "
    "recommend recommended easy elegant sleek smart clever innovative innovation useful handy rock rocks rocking slick proud lovely charming "
    "delicious tasty fresh comfortable comfy cozy clean bright success successful succeed celebrate celebration joy joyful cheer cheers cheerful hope "
    "hopeful hooray hurray haha lol lmao hehe rofl smile smiling grin kind kindness gentle generous gift bonus reward rewarding satisfied satisfying "
    "satisfaction delight delighted trust trusted honest fair valuable worth worthy super superior stylish classy crisp powerful strong stronger "
    "fascinating inspire inspired inspiring inspiration revolutionary breakthrough bless blessed lucky luck fortunate welcome support supportive admire "
    "respect praise hero heroic legend legendary ideal refreshing relief relieved seamless effortless intuitive responsive robust solid "
    "dope sick-good badass kickass addicted addictive yes yeah xoxo hug hugs kiss";
static const char words_p1[] =
    "like liked likes fine ok okay interesting interested want wants ready free save saved saving new cheap affordable agree agreed accept calm clear "
    "convenient curious decent eager earn fix fixed fit fond gain grow growing growth handle help helped hot huge important keen live "
    "neat peace peaceful please popular positive possible prefer prefered promising quick quickly quiet rich safe secure sharp shiny simple stable sure "
    "surprise surprised top true truly upgrade upgraded warm well works worked working finally launch unlock special healthy";
static const char words_n1[] =
    "bit-bad old slow slower slowly late wait waiting waited miss missed missing lost loss lose losing hard harder difficult confuse confused confusing "
    "cost costly expensive pricey complain complaint complaining concern concerned worry worried doubt doubtful boring bored tired tiring sad "
    "sorry unfortunately issue issues problem problems trouble bug bugs buggy glitch glitchy lag lags laggy stuck freeze freezes freezing froze drain drains draining "
    "empty lack lacking lacks lacked limit limited cut dropped drop drops wrong weird odd strange shame weak weaker noisy loud dirty cold heavy "
    "dull blame block blocked deny denied delay delayed cancel cancelled canceled error errors wtf hmm ugh meh damn dammit delete remove "
    "not-good stop stopped unable cannot refuse refused ignore ignored pain need-fix fear afraid scared nervous overpriced overrated less outdated "
    "dead dying die died dies kill killed killing fight force forced hell sigh yawn grr argh oops bummer nag strict unclear unsure";
static const char words_n2[] =
    "bad poor poorly fail fails failed failing failure fault faulty broke broken breaks breaking crash crashes crashed crashing annoy annoyed annoying angry mad anger "
    "upset frustrate frustrated frustrating frustration disappoint disappointed disappointing disappointment dislike unhappy unacceptable useless "
    "worse mess messed messy stupid dumb idiot idiots idiotic fool foolish lame crap crappy suck sucks sucked sucking lie lied liar lies lying cheat "
    "cheated scam fraud fake ripoff steal stole stolen theft rude insult insulting ignorant arrogant incompetent unprofessional unreliable "
    "unusable unstable unsafe danger dangerous harm harmful hurt hurts hurting damage damaged ruin ruined ruins destroy destroyed waste wasted wasting "
    "bs bullshit screw screwed ass fuck fucked fucking fuckin shit shitty piss pissed bitch jerk moron ridiculous nonsense absurd joke shameful ashamed "
    "embarrassing embarrassed embarrass regret reject rejected hate-ish nasty gross ugly filthy smelly stink stinks stinky cry crying tears "
    "depressed depressing miserable lonely sick ill painful suffer suffering victim crisis disaster-ish lawsuit sue sued suing evil greedy greed spam spammer spammy "
    "virus malware hacked hack leak leaked violate violation illegal ban banned abuse nightmare-ish bloody outage unresponsive disgrace";
static const char words_n3[] =
    "awful terrible horrible horrid horrendous hate hated hates hating hatred worst disgusting disgust disaster nightmare pathetic atrocious abysmal "
    "appalling dreadful despise detest loathe garbage trash rubbish outrageous outrage furious rage vile hideous catastrophe catastrophic "
    "devastated devastating tragedy tragic unbearable intolerable inexcusable fraudulent criminal worthless epicfail wtfail asshole bastard";

static const char words_negation[] =
    "not no never none nobody nothing neither nor nowhere without hardly barely scarcely rarely cannot cant dont doesnt didnt isnt arent wasnt werent "
    "wont wouldnt shouldnt couldnt hasnt havent hadnt aint lack lacks lacking";
static const char words_more[] =
    "very really so too extremely absolutely totally completely utterly incredibly insanely super freaking freakin fucking damn hella highly "
    "truly deeply especially exceptionally most much more quite particularly purely entirely ridiculously seriously soooo sooo soo such";
static const char words_less[] = "slightly somewhat kinda kind-of sorta little bit partly marginally occasionally almost less fairly";

#endif
