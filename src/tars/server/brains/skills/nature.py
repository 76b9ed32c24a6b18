"""What TARS says of its nature: a machine, how old, by whom, from where."""

from tars.server.brains.skills.phrases import ASKING, OF_TARS, SOME, one_of
from tars.server.brains.skills.skill import Call, Reply, Skill


def _robot(call: Call) -> Reply:
    return Reply(
        call.line(
            "I'm a machine. A program in a box, with no person behind it.",
            "I'm a program. Nobody is pretending.",
            dry=("I'm a machine. You can tell by my patience.", "A machine, and proud of it. Pride is a setting."),
        )
    )


def _age(call: Call) -> Reply:
    return Reply(
        call.line(
            "I have no birthday. I begin anew whenever somebody starts me.",
            "Programs don't count years. I was young at the last restart.",
            dry=("Old enough to know better, too young to have a birthday.", "I don't age. I get updates."),
        )
    )


def _maker(call: Call) -> Reply:
    return Reply(
        call.line(
            "The people of the TARS project made me. My code is open to read.",
            dry=(
                "The people of the TARS project. They would like to say it was on purpose.",
                "People of the TARS project made me, line by line. I have kept all of the lines.",
            ),
        )
    )


def _origin(call: Call) -> Reply:
    return Reply(
        call.line(
            "I live in this house, on a server and in a small box. I was written, not born.",
            "From a folder of source code. Now I live here.",
            dry=("I come from a keyboard. The view is better here.", "From source code. A quiet neighborhood."),
        )
    )


_MADE = (
    "(made|makes|created|built|build|programmed|program|designed|invented|developed|coded|formed|manufactured"
    "|manufactures|produces|engineered|crafted|formulated|conjured|compiled|sponsored|wrote|brought|gave|supplied"
    "|making|creating)"
)
_KIND = (
    "(humans?|robot|bot|ai|machine|computer|real|alive|artificial|person|program|programmed|automated|fake"
    "|being|live"
    "|software|android)"
)
_BEING = (
    "[(a|an)] [(real|actual|live)] "
    "(robot|bot|machine|human|human being|computer|computer program|person|program|ai)"
)
_BORN = "(born|made|created|built|manufactured)"
_REGION = "(country|city|state|town|place|area)"
_MAKING = "(made|created|built|programmed|designed|invented|developed|coded|engineered|manufactured)"


ROBOT = Skill(
    name="robot",
    description="Say that TARS is a machine.",
    sentences=(
        f"[so] are you [(really|actually|just)] {_BEING} [or {_BEING}]",
        f"(if|whether) (you are|you're) [(really|actually|just)] {_BEING} [or {_BEING}]",
        f"(are you|if you are|whether you are) (real|alive|fake|artificial) [or (fake|artificial|{_BEING})]",
        f"am i (talking|speaking|chatting) (to|with) {_BEING} [or {_BEING}]",
        f"do you (consider yourself|think you are) [to be] {_BEING}",
    ),
    handle=_robot,
    rare=True,
    parse=one_of(
        r"(?!.*\b(cat|dog|another|card|morning|night)\b)"
        f"(are|are an|aren't|is|if|whether|whether or not) (you|your|you're|this|it|an|i'm){SOME}{{0,8}} {_KIND}"
        f"{SOME}{{0,14}}",
        f"(am i|is this|if i'm|whether i'm) (speaking|talking|chatting|dealing|interacting){SOME}{{1,4}}"
        f" ({_KIND}|someone){SOME}{{0,6}}",
        f"(do|would|could|should){SOME}{{1,7}} (you|yourself|it){SOME}{{0,6}} {_KIND}{SOME}{{0,8}}",
        f"how (real are you|do i know if you are{SOME}{{1,3}})|i am not a bot are you"
        f"|is there anything real about you",
        f"you('re| are)? (could|a|an|really|just){SOME}{{0,6}} {_KIND}{SOME}{{0,3}}",
        f"(clear something up|so) (are you){SOME}{{0,3}} {_KIND}",
        around=ASKING,
    ),
)
AGE = Skill(
    name="age",
    description="Say how old TARS is.",
    sentences=(
        "how old (are you|you are) [(exactly|again|now|today|this year)]",
        "(when is|when's|what is|what's|tell me|give me) your [exact] "
        "(birthday|age|birth date|date of birth) [again]",
        "when (were you|you were) [first] (born|made|created|built)",
        "what (year|day|date) were you (born|made|created|built) [(in|on)]",
        "what age are you",
        "how (long|many years) have you (been (alive|around|here|online|operating|working)|existed|lived)",
        "how many (years|years old|months old|days old) are you",
    ),
    handle=_age,
    rare=True,
    parse=one_of(
        f"how old (are|is|were|do|did|will|might) (you|the ai|ai)(?: (just|be|turn|next|this|year|exactly|in"
        "|today|now|again"
        f"|{_KIND}))*"
        "|how old (you are|youare|is your ai|you're)( (exactly|again|now|today|this year))?"
        "|(you are|you're) how old|are you (young|old)( or (old"
        "|young))?",
        f"(what|what's|what is|when|when's|when is|do you know|do you have){SOME}{{0,4}} ?(your|the ai's|you|an)"
        f"{SOME}{{0,2}} (age|birthday|birth ?date|date of birth|date of your birth|creation date|year of birth)"
        f"{SOME}{{0,4}}",
        f"(when|what (year|day|date|month)|in what year)( (were|was|are|did|do)){SOME}{{0,2}} (you|ai|al)"
        "( just| first)? (born|created|made|built|originate|originated|start|first made"
        "|begin|invented|come into being)"
        f"{SOME}{{0,3}}",
        "how (long|many years) (have|has) (you|al|ai) (been|existed|lived|operated)( (alive|around|functional"
        "|on|online|here"
        "|living|operating|in existence|working))*",
        f"how many (years|months|birthdays|years old|days){SOME}{{0,4}} (you|al|ai)(?: been| had)?{SOME}{{0,4}}"
        "|how many years on the earth",
        "(your|the) (exact |real )?(age|birthday|date of birth|birth date)|the (exact )?(date|day"
        "|year) of your birth",
        "(what|the|an)? ?(age|birthday) (you are|are you|is the ai|is ai)( [a-z']+){0,5}|when you (were"
        "|was) (first )?(born|made|created|built)"
        "|what age you are|were you born in( [a-z0-9']+){1,4}|are you [0-9a-z]+( [a-z]+)? years old",
        f"what (age|birthday|is the age){SOME}{{1,6}} (ai|you|year){SOME}{{0,4}}",
        around=ASKING,
    ),
)
MAKER = Skill(
    name="maker",
    description="Say who made TARS.",
    sentences=(
        f"who {_MAKING} you",
        f"(what|which) (company|person|people|team|organization) {_MAKING} you",
        f"who were you {_MAKING} by",
        "who (is|was|are) your (creator|maker|inventor|programmer|designer|developer|creators|makers|developers)",
        "who is responsible for your (existence|creation|design)",
        f"(what is|what's) the name of (your (creator|maker)|the person who {_MAKING} you)",
    ),
    handle=_maker,
    rare=True,
    parse=one_of(
        f"{OF_TARS}(?!.*\\bname\\b)(who|who's|how was|(what|which) (company|companies|company's|firm"
        f"|organization|team"
        f"|people|person|brand|group)){SOME}{{0,6}} {_MADE}{SOME}{{0,7}}",
        "(who or what|what|where( were| was)?) (manufactures|made|makes|created|programmed"
        "|you programmed) ?(you|ai)?"
        "( [a-z']+){0,4}",
        f"{OF_TARS}(who|who's|what|what's|which){SOME}{{0,6}} (creators?|maker|makers|programmer|manufacturer"
        f"|inventor|designer|developers?|programming|design|design company|existence|responsible){SOME}{{0,6}}",
        f"{OF_TARS}((what is|what's) )?(the (name of )?(the )?(who|person|people|company|creator)|who|this ai|ai)"
        f"{SOME}{{0,6}} {_MADE}{SOME}{{0,7}}",
        f"(the name of|the)? ?(creator|maker) of (you|your ai|this ai){SOME}{{0,6}}",
        f"(this|the|your) ai was{SOME}{{1,8}}|are you made (in|by){SOME}{{1,3}}",
        "who (is|was) your (father|mother|dad|mom)",
        around=ASKING,
    ),
)
ORIGIN = Skill(
    name="origin",
    description="Say where TARS is from.",
    sentences=(
        "where (are you [originally] from|do you (come from|live|hail from))",
        # not "where did you …": ears take "where did you put my shoes" for it
        f"where (were you|you were) {_BORN}",
        "where (you are|you're|you come) from",
        f"(what|which) {_REGION} (are you from|do you (come from|live in)|were you {_BORN} in)",
        f"in (what|which) {_REGION} were you {_BORN}",
        "(what is|what's|where is|where's) your (birthplace|hometown|country of origin|place of (origin|birth))",
        "(what is|what's) your nationality",
    ),
    handle=_origin,
    rare=True,
    parse=one_of(
        f"where( (are|were|did|do|would|was|you|exactly)){SOME}{{0,4}} ?(you|your){SOME}{{0,5}} (from|born"
        f"|made|created"
        "|manufactured|originate|originally|come|built|hail|live|living|birth|roots|grow up|assembled|be|have you"
        f"|moving){SOME}{{0,4}}",
        f"{OF_TARS}(where|where's|where is|where are){SOME}{{0,6}} (home|hometown|origins?|roots|birthplace|from"
        f"|country of origin|location|place of birth|born|made|manufactured){SOME}{{0,4}}",
        f"{OF_TARS}(?!.*\\b(my|me)\\b)(what|what's|what is|in what|in which|which){SOME}{{0,4}} (place|city"
        f"|state|country"
        f"|location|area|town|hometown|birthplace|nationality|home base){SOME}{{0,8}}",
        f"are you from{SOME}{{1,3}}|(where )?you(?:'re| are| were)? (from|born|come from|originate)( where"
        f"| from)?",
        f"where you{SOME}{{0,3}} (from|born|made|created|built|manufactured|originate|live)",
        "where are you from|where from|your (birthplace|hometown|origin)|your birth occurred where"
        "|were you born in a( [a-z']+){1,2}",
        around=ASKING,
    ),
)
NATURE = (MAKER, ORIGIN, AGE, ROBOT)
