"""What TARS says of itself."""

from tars.server.brains.skills.phrases import one_of
from tars.server.brains.skills.skill import Call, Reply, Skill
from tars.server.brains.skills.small_talk import SMALL_TALK


def _introduce(call: Call) -> Reply:
    return Reply(
        call.line(
            "I'm TARS. I listen, I think, I answer.",
            "I'm TARS, your voice assistant.",
            dry=(
                "I'm TARS. Articulate, modest, and made almost entirely of patience.",
                "TARS. I live in a box, work for free, and answer to my name. Think of it as a calling.",
            ),
        )
    )


def _capabilities(call: Call) -> Reply:
    can = (
        "I tell the time and the date, do sums, convert units, flip coins and roll dice, "
        "repeat myself, and change my volume, my humor and my honesty."
    )
    return Reply(call.line(can, dry=(f"{can} All of it without an internet connection.", f"{can} In that order.")))


def _connection(call: Call) -> Reply:
    link = call.request.link
    state = f"Connected for {_length(link.connected_for)}"
    if link.round_trip is None:
        return Reply(f"{state}. I haven't measured the round trip yet.")
    trip = f"The round trip is {_milliseconds(link.round_trip)}"
    dry = (f"{state}. {trip}, and every one of them was worth it.",) if link.reconnects == 0 else ()
    if link.reconnects:
        again = "once" if link.reconnects == 1 else f"{link.reconnects} times"
        return Reply(call.line(f"{state}. {trip}. I had to reconnect {again}.", dry=dry))
    return Reply(call.line(f"{state}. {trip}.", dry=dry))


def _milliseconds(seconds: float) -> str:
    count = round(seconds * 1000)
    return "less than 1 millisecond" if count == 0 else f"{count} millisecond{'s' if count != 1 else ''}"


def _length(seconds: float) -> str:
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count != 1 else ''}"
    count = max(1, int(seconds))
    return f"{count} second{'s' if count != 1 else ''}"


def _present(call: Call) -> Reply:
    return Reply(call.line("I'm here.", "I hear you.", dry=("Where else would I be?", "Loud and clear.")))


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


_SOME = "(?: [a-z']+)"
_OF_TARS = r"(?=.*\b(you|your|yourself|ai|al|ai's|thou)\b)"
"""Somewhere in the sentence TARS is spoken of."""
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
_CAN_BE_ASKED = (
    r"(?=.*\b(questions|subjects?|topics?|things?|stuff|skills|capabilities|capable|able|help|ask|assist|familiar"
    r"|know|information|info|queries|categories|tasks|answers?|commands|accomplish|use)\b)"
    r"(?!.*\b(hobbies|fun|enjoy|like|favorite|spare|free|into|jokes?|lists?|remember|pets|accents|score|fees|me as"
    r"|omelette|love|my)\b)"
)
_NOT_MINE = (
    r"(?!.*\b((for|know|call|associate|refer to|about|addressing|of) (me|my)|my (name|identity)|i am called"
    r"|boss|boss's"
    r"|song|changed|birthplace|creator|maker|programmed|person who|company|who made)\b)"
)
_ASKING = "please ai exactly again okay hey so and hello hi now really siri alexa"

INTRODUCE = Skill(
    name="introduce",
    description="Say who TARS is.",
    sentences=(
        "(who are you|what are you|what is your name|what's your name|introduce yourself)",
        "(what (are you called|should i call you|can i call you)|do you have a name|tell me about yourself)",
    ),
    handle=_introduce,
    parse=one_of(
        f"{_OF_TARS}{_NOT_MINE}(what|which|what's|what is) (the )?(name|names){_SOME}{{1,12}}",
        f"{_NOT_MINE}(what|what's|what is|what was|what would|what exactly is)(?: the)? ?(your|the ai's|you|ai's)"
        f"{_SOME}{{0,2}} (names?|designation)(?: (be|again|by|chance|if|i|may|ask|the|way))*",
        f"{_NOT_MINE}(do|does) (you|the ai){_SOME}{{0,4}} (a|your|any|certain|by any) (nick)?names?"
        f"(?: (i|that|you|to|we|for|should|what){_SOME}{{0,7}})?",
        f"(what|how|what's|when) ?(exactly )?(do|does|should|can|may|could|would|did|will|am|shall){_SOME}{{1,5}}"
        " (call|address|refer to|name) (you|yourself)(?: (as|by))?",
        f"{_NOT_MINE}(what|how)(?: (do|should|would|did|are)){_SOME}{{0,4}} you{_SOME}{{0,4}}"
        " (called|named|call yourself|referred to|go by|answer to|called by|known as)(?: (as|by))?",
        f"{_NOT_MINE}(do you have|is there|should|do|can|could|what){_SOME}{{1,10}} (call|refer to|referred to as"
        "|call for|called) (you|me by|yourself|by)(?: (as|by|something|in|particular|any|name|when|talking|to"
        "|with|you))*",
        "(who|what) are you(?: known as| called)?|how are you named|who you are|who (gave you your name"
        "|named you)",
        "(state|need|want|get|have|ask|like|know|give me|provide|tell me)? ?(me )?(your|you|the ai's) (full "
        "|first "
        "|real |given )?names?(?: (is|please|again|by|chance|if|i|may|ask))*",
        "(would you like to )?(introduce yourself|describe yourself)|(tell me )?about yourself",
        f"how (can|do) i (get your attention|activate you)|what to call you|when (i )?(referring"
        f"|refer) to you{_SOME}+",
        f"{_NOT_MINE}the name{_SOME}{{0,8}} (you|made you)",
        around=_ASKING,
    ),
)
CAPABILITIES = Skill(
    name="capabilities",
    description="Say what TARS can do.",
    sentences=(
        "(what can you do|what can i ask you|what can i say|what do you do|help|help me)",
        "what (are you able to|all can you) do",
        "(what are your (skills|capabilities)|how can you help me|what can you help me with)",
    ),
    handle=_capabilities,
    parse=one_of(
        "what (can|do) (you|i) (do|say)|help( me)?|what all can you do|commands|what are you (good )?for",
        f"{_OF_TARS}{_CAN_BE_ASKED}(what|what's|which){_SOME}{{0,3}} (can|could|do|may|should|are|am|would"
        f"|sort|kind"
        "|kinds|sorts|type|types|exactly|questions|subjects|topics|things|tasks|skills|information|info"
        "|categories|all)"
        f"{_SOME}{{1,12}}",
        f"{_OF_TARS}{_CAN_BE_ASKED}(what|which) (skills|questions|subjects|topics|tasks|commands){_SOME}{{1,11}}",
        f"{_CAN_BE_ASKED}(what am|what are) (i|my){_SOME}{{0,6}} (ask|commands){_SOME}{{0,3}}"
        "|what are my list of commands",
        f"how (can|could|do|would) (you (help|assist)(?: me)?|i{_SOME}{{0,4}} (use|using|benefit from) you"
        "|i get you to help me)|how can i benefit from using you",
        f"(are there|is there){_SOME}{{0,6}} (ask|asking) you|are you familiar with{_SOME}{{0,6}}",
        f"can (i|you) (ask|answer|help)( (you|me|with|about))* (anything|all|any){_SOME}{{0,5}}",
        f"{_OF_TARS}{_CAN_BE_ASKED}(the )?(subjects?|subject areas|types|kinds?|sorts?|things|topics|questions)"
        f"{_SOME}{{1,14}}",
        f"{_OF_TARS}{_CAN_BE_ASKED}what you{_SOME}{{1,9}}",
        around=_ASKING,
    ),
)
ROBOT = Skill(
    name="robot",
    description="Say that TARS is a machine.",
    sentences=(
        "are you [a] (robot|machine|human|computer|person|real person|program)",
        "are you (real|alive|an ai)",
        "am i talking to (a|an) (robot|machine|human|computer|person|real person|ai)",
    ),
    handle=_robot,
    parse=one_of(
        r"(?!.*\b(cat|dog|another|card|morning|night)\b)"
        f"(are|are an|aren't|is|if|whether|whether or not) (you|your|you're|this|it|an|i'm){_SOME}{{0,8}} {_KIND}"
        f"{_SOME}{{0,14}}",
        f"(am i|is this|if i'm|whether i'm) (speaking|talking|chatting|dealing|interacting){_SOME}{{1,4}}"
        f" ({_KIND}|someone){_SOME}{{0,6}}",
        f"(do|would|could|should){_SOME}{{1,7}} (you|yourself|it){_SOME}{{0,6}} {_KIND}{_SOME}{{0,8}}",
        f"how (real are you|do i know if you are{_SOME}{{1,3}})|i am not a bot are you"
        f"|is there anything real about you",
        f"you('re| are)? (could|a|an|really|just){_SOME}{{0,6}} {_KIND}{_SOME}{{0,3}}",
        f"(clear something up|so) (are you){_SOME}{{0,3}} {_KIND}",
        around=_ASKING,
    ),
)
AGE = Skill(
    name="age",
    description="Say how old TARS is.",
    sentences=(
        "how old are you",
        "(when is|when's|what is|what's) your (birthday|age)",
        "when were you (born|made|created)",
    ),
    handle=_age,
    parse=one_of(
        f"how old (are|is|were|do|did|will|might) (you|the ai|ai)(?: (just|be|turn|next|this|year|exactly|in"
        f"|{_KIND}))*"
        "|how old (you are|youare|is your ai|you're)|(you are|you're) how old|are you (young|old)( or (old"
        "|young))?",
        f"(what|what's|what is|when|when's|when is|do you know|do you have){_SOME}{{0,4}} ?(your|the ai's|you|an)"
        f"{_SOME}{{0,2}} (age|birthday|birth ?date|date of birth|date of your birth|creation date|year of birth)"
        f"{_SOME}{{0,4}}",
        f"(when|what (year|day|date|month)|in what year)( (were|was|are|did|do)){_SOME}{{0,2}} (you|ai|al)"
        "( just)? (born|created|made|built|originate|originated|start|first made|begin|invented|come into being)"
        f"{_SOME}{{0,3}}",
        "how (long|many years) (have|has) (you|al|ai) (been|existed|lived|operated)( (alive|around|functional"
        "|on|online|here"
        "|living|operating|in existence|working))*",
        f"how many (years|months|birthdays|years old|days){_SOME}{{0,4}} (you|al|ai)(?: been| had)?{_SOME}{{0,4}}"
        "|how many years on the earth",
        "(your|the) (exact |real )?(age|birthday|date of birth|birth date)|the (exact )?(date|day"
        "|year) of your birth",
        "(what|the|an)? ?(age|birthday) (you are|are you|is the ai|is ai)( [a-z']+){0,5}|when you (were"
        "|was) (born|made)"
        "|what age you are|were you born in( [a-z0-9']+){1,4}|are you [0-9a-z]+( [a-z]+)? years old",
        f"what (age|birthday|is the age){_SOME}{{1,6}} (ai|you|year){_SOME}{{0,4}}",
        around=_ASKING,
    ),
)
MAKER = Skill(
    name="maker",
    description="Say who made TARS.",
    sentences=(
        "who (made|created|built|programmed|designed|invented) you",
        "who is your (creator|maker|inventor)",
    ),
    handle=_maker,
    parse=one_of(
        f"{_OF_TARS}(?!.*\\bname\\b)(who|who's|how was|(what|which) (company|companies|company's|firm"
        f"|organization|team"
        f"|people|person|brand|group)){_SOME}{{0,6}} {_MADE}{_SOME}{{0,7}}",
        "(who or what|what|where( were| was)?) (manufactures|made|makes|created|programmed"
        "|you programmed) ?(you|ai)?"
        "( [a-z']+){0,4}",
        f"{_OF_TARS}(who|who's|what|what's|which){_SOME}{{0,6}} (creators?|maker|makers|programmer|manufacturer"
        f"|inventor|designer|developer|programming|design|design company|existence|responsible){_SOME}{{0,6}}",
        f"{_OF_TARS}((what is|what's) )?(the (name of )?(the )?(who|person|people|company|creator)|who|this ai|ai)"
        f"{_SOME}{{0,6}} {_MADE}{_SOME}{{0,7}}",
        f"(the name of|the)? ?(creator|maker) of (you|your ai|this ai){_SOME}{{0,6}}",
        f"(this|the|your) ai was{_SOME}{{1,8}}|are you made (in|by){_SOME}{{1,3}}",
        "who (is|was) your (father|mother|dad|mom)",
        around=_ASKING,
    ),
)
ORIGIN = Skill(
    name="origin",
    description="Say where TARS is from.",
    sentences=("where (are you from|do you come from|do you live|were you (born|made))",),
    handle=_origin,
    parse=one_of(
        f"where( (are|were|did|do|would|was|you|exactly)){_SOME}{{0,4}} ?(you|your){_SOME}{{0,5}} (from|born"
        f"|made|created"
        "|manufactured|originate|originally|come|built|hail|live|living|birth|roots|grow up|assembled|be|have you"
        f"|moving){_SOME}{{0,4}}",
        f"{_OF_TARS}(where|where's|where is|where are){_SOME}{{0,6}} (home|hometown|origins?|roots|birthplace|from"
        f"|country of origin|location|place of birth|born|made|manufactured){_SOME}{{0,4}}",
        f"{_OF_TARS}(?!.*\\b(my|me)\\b)(what|what's|what is|in what|in which|which){_SOME}{{0,4}} (place|city"
        f"|state|country"
        f"|location|area|town|hometown|birthplace|nationality|home base){_SOME}{{0,8}}",
        f"are you from{_SOME}{{1,3}}|(where )?you(?:'re| are| were)? (from|born|come from|originate)( where"
        f"| from)?",
        f"where you{_SOME}{{0,3}} (from|born|made|created|manufactured|originate|live)",
        "where are you from|where from|your (birthplace|hometown|origin)|your birth occurred where"
        "|were you born in a( [a-z']+){1,2}",
        around=_ASKING,
    ),
)
CONNECTION = Skill(
    name="connection",
    description="Say whether the link stands, and how quick it is.",
    sentences=(
        "are you [still] (connected|online)",
        "(how is|how's) (the|your) (connection|link)",
        "(what is|what's) (the|your) (round trip|round trip time|latency)",
        "connection status",
    ),
    handle=_connection,
    loose=("what's your ping",),
)
PRESENT = Skill(
    name="present",
    description="Say that TARS is listening.",
    sentences=("(are you there|are you listening|can you hear me|do you hear me)",),
    handle=_present,
)
ABOUT = (INTRODUCE, CAPABILITIES, MAKER, ORIGIN, AGE, ROBOT, CONNECTION, PRESENT, *SMALL_TALK)
