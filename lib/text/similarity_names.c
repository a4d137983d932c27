/* Names and sounds: initials, nicknames, Soundex, NYSIIS.
 *
 * The nickname table is this project's own: one line a group, a name may stand in several. It is searched as text,
 * token by token, which costs a microsecond: callers ask once for each distinct name and keep the answer. */
#include <kith/similarity.h>

#include <string.h>

static const char *const groups_of_names[] = {
    "abigail abby abbie gail",
    "abraham abe bram",
    "adelaide addie adele heidi",
    "agnes aggie nessa",
    "albert al bert bertie albrecht",
    "alexander alex al sandy sasha xander alec alejandro alessandro aleksandr alexandre",
    "alexandra alex sandra sasha lexi alexis",
    "alfred al alf alfie fred freddy",
    "alice ali allie alicia lisa",
    "amanda mandy manda",
    "amelia amy millie mia",
    "andrew andy drew andre andreas andrea anders andrzej",
    "angela angie angelica angelina",
    "ann anne anna annie nan nancy hannah anya annika anita",
    "anthony tony ant anton antonio antoine toni",
    "antonia toni tonia",
    "archibald archie",
    "arthur art artie arturo",
    "augustus gus august augustin",
    "barbara barb babs barbie bobbie",
    "bartholomew bart barry",
    "beatrice bea trixie beatriz",
    "benjamin ben benny benji bennie",
    "bernard bernie barney bernhard",
    "bertha bertie",
    "bradley brad",
    "brenda bren",
    "bridget biddy bridie brigitte",
    "caleb cal",
    "calvin cal",
    "cameron cam",
    "camilla millie",
    "carl karl charles carlos",
    "caroline carol carrie lynn carolyn carolina caro",
    "cassandra cass cassie sandra",
    "catherine cathy cat katherine kathryn kate katie kathy kat kay kitty kit katharina katarina caterina catalina "
    "cath catharine kathleen",
    "cecilia cissy celia cecily",
    "charles charlie chuck chas chaz charley carlo karel",
    "charlotte lottie charlie lotte char",
    "chester chet",
    "christian chris kris christiaan",
    "christine chris chrissy tina christina kristina kirsten christy kristin christa",
    "christopher chris kit topher kris christoph cristobal",
    "clarence clare",
    "clement clem",
    "clifford cliff",
    "constance connie",
    "cornelius con neil corny",
    "curtis curt",
    "cynthia cindy",
    "cyril cy",
    "daniel dan danny dani",
    "danielle dani danni",
    "david dave davy davey davide",
    "deborah deb debbie debra debby",
    "dennis denny den",
    "denise deni",
    "derek del",
    "diana di diane dinah",
    "dimitri dmitri dima mitya dmitry",
    "dolores lola",
    "dominic dom nick dominik",
    "donald don donnie donny",
    "dorothy dot dottie dolly dora dorothea thea",
    "douglas doug dougie",
    "duncan dunc",
    "edgar ed eddie",
    "edmund ed ned ted eddie",
    "edward ed eddie ted teddy ned eduardo edouard eduard",
    "edwin ed eddie ned",
    "eleanor ellie nell nelly nora elinor eleanora lenore",
    "elizabeth liz lizzie beth betty bess eliza elsie lisa betsy libby elisabeth elspeth isabel lizzy bessie elise "
    "elisa lise",
    "ellen nell nellie helen ellie",
    "emily em emmy millie emilia",
    "emma em emmy",
    "ernest ernie ernst ernesto",
    "eugene gene",
    "evelyn eve evie",
    "ezekiel zeke",
    "florence flo flossie florrie",
    "frances fran fanny francie francesca frankie",
    "francis frank fran franz francisco francois paco frankie",
    "franklin frank",
    "frederick fred freddie freddy fritz friedrich fredrick frederic",
    "gabriel gabe",
    "gabrielle gabby gabriela",
    "geoffrey geoff jeff jeffrey jeffery",
    "george geo georgie jorge georg jurgen georges giorgio",
    "georgina georgie gina georgia",
    "gerald gerry jerry",
    "gerard gerry jerry gerhard gerardo",
    "gertrude gertie trudy",
    "gilbert gil bert",
    "gladys glad",
    "gloria glo",
    "grace gracie",
    "gregory greg gregg gregor grigori",
    "guillermo memo william",
    "gustav gus",
    "gwendolyn gwen wendy",
    "hannah anna",
    "harold hal harry",
    "harriet hattie harry",
    "harrison harry",
    "heinrich heiner henry",
    "helen nell nellie ellen lena helena elena",
    "henrietta hettie etta harriet",
    "henry harry hank hal henri enrique hendrik",
    "herbert bert herb herbie",
    "horace horry",
    "howard howie",
    "hubert bert hugh",
    "hugh hughie hugo",
    "ian iain john",
    "ignatius iggy nacho ignacio",
    "irene rene",
    "isaac ike zac",
    "isabella bella izzy isabel isabelle belle ella",
    "isidore izzy",
    "ivan vanya john",
    "jacob jake jack jakob jacobo",
    "jacqueline jackie jacqui",
    "james jim jimmy jamie jem jimmie jaime diego jacques",
    "jane jenny janey janie jean joan janet",
    "janet jan jenny",
    "janice jan",
    "jasmine jas",
    "jason jay jase",
    "jean jeanne jeannie jeanette",
    "jennifer jen jenny jenni jenn",
    "jeremiah jerry jeremy",
    "jeremy jerry jez jem",
    "jerome jerry",
    "jessica jess jessie",
    "joan joanie jo",
    "joanna jo joanne anna joann",
    "john jack johnny jon ian johan johann hans juan jean giovanni jan johnnie ivan sean",
    "jonathan jon john jonny nathan",
    "jordan jordy",
    "joseph joe joey jo jose giuseppe josef pepe jos josé",
    "josephine jo josie jose",
    "joshua josh",
    "joyce joy",
    "judith judy jude",
    "julia julie jules juliet juliana",
    "julian jules",
    "julius jules",
    "justin jus",
    "katrina trina kat",
    "kenneth ken kenny",
    "kevin kev",
    "kimberly kim kimberley kimmy",
    "konstantin kostya",
    "laura laurie lauren lori lora",
    "lauren laurie",
    "laurence larry lawrence laurie lars lorenzo laurent loren",
    "leah lee",
    "leo leon lev",
    "leonard len lenny leo leonardo leonhard",
    "leroy lee roy",
    "leslie les",
    "lester les",
    "lewis lew louis lou louie ludwig luis luigi",
    "lillian lily lil lilian",
    "linda lin lindy lynn",
    "lisa liz",
    "lorraine lori rainey",
    "louise lou lulu louisa",
    "lucas luke luc lukas luca",
    "lucille lucy",
    "lucinda cindy lucy",
    "lucy lu lucia lucie",
    "luther lute",
    "lydia lyddie",
    "mabel may",
    "madeline maddie maddy madeleine madelyn",
    "madison maddie",
    "magdalena lena magda",
    "malcolm mal",
    "manuel manny manolo emmanuel",
    "marcus marc mark marco marcos markus",
    "margaret maggie meg peggy peg marge margie greta daisy rita madge maisie margarita margot marguerite margarete "
    "margery may",
    "maria marie mary mia mariana",
    "marilyn mary lynn",
    "marjorie marge margie",
    "martha marty mattie patty",
    "martin marty mart",
    "mary molly polly may mamie marie maria minnie maisie",
    "matilda tilly mattie maud",
    "matthew matt matty mat mateo mathew matthias mathieu",
    "maurice mo morris moritz",
    "maxwell max",
    "maximilian max",
    "melanie mel",
    "melissa mel missy lissa",
    "melvin mel",
    "mercedes mercy",
    "michael mike mick mickey mikey micky miguel michel mikhail misha michele mikael",
    "michelle shelly chelle michele mickey",
    "mildred millie milly",
    "millicent millie",
    "mitchell mitch",
    "mohammed mo mohamed muhammad mohammad mohamad ahmed",
    "mortimer mort",
    "moses mo moe",
    "nancy nan",
    "natalie nat nattie natalia natasha",
    "natasha tasha",
    "nathan nate nat",
    "nathaniel nat nate nathan",
    "nicholas nick nicky nico klaus nicolas nikolai nicola nikolas",
    "nicole nicky nikki",
    "nicola nicky",
    "norman norm",
    "oliver ollie olly noll",
    "olivia liv livvy ollie",
    "oscar ozzie",
    "oswald ozzie oz",
    "pamela pam",
    "patricia pat trish patty patsy tricia trisha pattie",
    "patrick pat paddy rick patricio",
    "paul pablo paolo pavel pauli",
    "pauline polly paula",
    "penelope penny pen",
    "percival percy",
    "peter pete pedro pierre pieter piotr pietro petr petra",
    "philip phil pip phillip felipe philippe",
    "philippa pip pippa",
    "priscilla cilla prissy",
    "rachel rae rach rachael",
    "ralph rafe raoul",
    "randall randy",
    "randolph randy",
    "raphael raf rafael rafa",
    "raymond ray raimund ramon",
    "rebecca becky becca bex rebekah",
    "regina gina reggie",
    "reginald reg reggie ron",
    "reuben rube",
    "richard dick rich rick ricky dickie richie ricardo rickey",
    "robert bob rob bobby robbie bert robin roberto bobbie rupert",
    "roberta bobbie robbie",
    "roderick rod roddy rick",
    "rodney rod",
    "roger rodge",
    "roland rollo roly orlando",
    "ronald ron ronnie ronny",
    "rosemary rose rosie romy",
    "rosa rose rosie",
    "roxanne roxy",
    "rudolph rudy rolf rudolf",
    "russell russ rusty",
    "ruth ruthie",
    "salvatore sal",
    "samantha sam sammy",
    "samson sam",
    "samuel sam sammy",
    "sandra sandy",
    "sarah sally sara sadie",
    "scott scotty",
    "sebastian seb bastian",
    "sergei sergey serge sergio seryozha",
    "sharon shari",
    "sheila shelly",
    "shirley shirl",
    "sidney sid sydney",
    "sigmund sig",
    "silvester syl sylvester sly",
    "simon si simeon",
    "solomon sol",
    "sophia sophie sofia",
    "stanley stan",
    "stephanie steph steffi stefanie stevie",
    "stephen steve steven stevie stefan esteban etienne stephan ste",
    "stuart stu stewart",
    "susan sue susie suzy suzanne susanna susannah sukie susanne",
    "sylvia syl silvia",
    "tabitha tabby",
    "tamara tammy",
    "terence terry terrence",
    "theodore ted teddy theo fyodor teodor",
    "theresa terry tess tessa teresa therese tracy",
    "thomas tom tommy thom tomas tomasz tommaso",
    "timothy tim timmy",
    "tobias toby",
    "tracy trace",
    "tyler ty",
    "ursula ursel",
    "valentine val",
    "valerie val",
    "vanessa nessa",
    "veronica ronnie vera roni",
    "victor vic viktor vittorio",
    "victoria vicky vic tori vickie viktoria",
    "vincent vince vinnie vin vicente vincenzo",
    "violet vi",
    "virginia ginny ginger",
    "vladimir vlad volodya",
    "walter walt wally wat",
    "wendy wen",
    "wilfred will wilf",
    "wilhelmina willa minnie mina",
    "william bill will billy willie liam wilhelm guillaume guglielmo willy wm",
    "winifred winnie freda",
    "winston win",
    "woodrow woody",
    "yvonne vonnie",
    "zachary zach zack zachariah zak",
    "zoe zo",
};

size_t kith_nickname_groups(kith_str name, uint16_t *groups, size_t room) {
    size_t found = 0;
    if (name.n < 2 || name.n > 20 || memchr(name.p, ' ', name.n) != NULL) return 0;
    for (size_t g = 0; g < sizeof groups_of_names / sizeof groups_of_names[0] && found < room; g++) {
        const char *p = groups_of_names[g];
        while (*p != 0) {
            size_t n = strcspn(p, " ");
            if (n == name.n && memcmp(p, name.p, n) == 0) {
                groups[found++] = (uint16_t)(g + 1);
                break;
            }
            p += n + (p[n] == ' ');
        }
    }
    return found;
}

bool kith_nickname_of(kith_str a, kith_str b) {
    uint16_t ga[8], gb[8];
    if (kith_str_equal(a, b)) return false;
    size_t na = kith_nickname_groups(a, ga, 8), nb = kith_nickname_groups(b, gb, 8);
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        if (ga[i] == gb[j]) return true;
        if (ga[i] < gb[j])
            i++;
        else
            j++;
    }
    return false;
}

bool kith_initial_of(kith_str a, kith_str b) {
    if (a.n > b.n) {
        kith_str t = a;
        a = b;
        b = t;
    }
    if (a.n == 2 && a.p[1] == '.') a.n = 1;
    return a.n == 1 && b.n > 1 && a.p[0] == b.p[0] && ((a.p[0] | 32) >= 'a' && (a.p[0] | 32) <= 'z') && b.p[1] != '.';
}

void kith_soundex(kith_str s, char code[5]) {
    static const char digit[] = "01230120022455012623010202"; /* a to z; h and w are treated below */
    size_t n = 0;
    char last = 0;
    for (size_t i = 0; i < s.n && n < 4; i++) {
        char c = (char)(s.p[i] | 32);
        if (c < 'a' || c > 'z') continue;
        char d = digit[c - 'a'];
        if (n == 0)
            code[n++] = (char)(c - 32);
        else if (d != '0' && d != last)
            code[n++] = d;
        if (c != 'h' && c != 'w') last = d;
    }
    while (n > 0 && n < 4) code[n++] = '0';
    code[n] = 0;
}

static bool vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

static bool begins(const char *s, size_t n, const char *with) {
    size_t m = strlen(with);
    return n >= m && memcmp(s, with, m) == 0;
}

static bool ends(const char *s, size_t n, const char *with) {
    size_t m = strlen(with);
    return n >= m && memcmp(s + n - m, with, m) == 0;
}

void kith_nysiis(kith_str text, char code[8]) {
    char s[34];
    size_t n = 0, out = 0;
    for (size_t i = 0; i < text.n && n < 30; i++) {
        char c = (char)(text.p[i] | 32);
        if (c >= 'a' && c <= 'z') s[n++] = c;
    }
    code[0] = 0;
    if (n == 0) return;
    if (begins(s, n, "mac"))
        s[1] = 'c';
    else if (begins(s, n, "kn"))
        s[0] = 'n';
    else if (begins(s, n, "k"))
        s[0] = 'c';
    else if (begins(s, n, "ph") || begins(s, n, "pf"))
        s[0] = s[1] = 'f';
    else if (begins(s, n, "sch"))
        s[1] = s[2] = 's';
    if (ends(s, n, "ee") || ends(s, n, "ie")) {
        n -= 1;
        s[n - 1] = 'y';
    } else if (ends(s, n, "dt") || ends(s, n, "rt") || ends(s, n, "rd") || ends(s, n, "nt") || ends(s, n, "nd")) {
        n -= 1;
        s[n - 1] = 'd';
    }
    char key[34];
    key[out++] = s[0];
    for (size_t i = 1; i < n; i++) {
        char c = s[i];
        char next = i + 1 < n ? s[i + 1] : 0;
        if (c == 'e' && next == 'v') {
            s[i] = 'a';
            s[i + 1] = 'f';
        } else if (vowel(c))
            s[i] = 'a';
        else if (c == 'q')
            s[i] = 'g';
        else if (c == 'z')
            s[i] = 's';
        else if (c == 'm')
            s[i] = 'n';
        else if (c == 'k')
            s[i] = next == 'n' ? 'n' : 'c';
        else if (c == 's' && next == 'c' && i + 2 < n && s[i + 2] == 'h')
            s[i + 1] = s[i + 2] = 's';
        else if (c == 'p' && next == 'h')
            s[i] = s[i + 1] = 'f';
        else if (c == 'h' && (!vowel(s[i - 1]) || (next != 0 && !vowel(next))))
            s[i] = s[i - 1];
        else if (c == 'w' && vowel(s[i - 1]))
            s[i] = s[i - 1];
        if (s[i] != key[out - 1]) key[out++] = s[i];
    }
    if (out > 1 && key[out - 1] == 's') out--;
    if (out > 2 && key[out - 2] == 'a' && key[out - 1] == 'y') key[--out - 1] = 'y';
    if (out > 1 && key[out - 1] == 'a') out--;
    if (out > 6) out = 6;
    for (size_t i = 0; i < out; i++) code[i] = (char)(key[i] - 32);
    code[out] = 0;
}
