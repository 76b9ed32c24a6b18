"""What TARS says of itself."""

from tars.server.brains.skills.nature import NATURE
from tars.server.brains.skills.phrases import ASKING, OF_TARS, SOME, one_of
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
    if link.connected_for is None:
        return Reply("No device is connected here: you ask me in writing.")
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
_ABLE = "(do|answer|help [me] with|assist [me] with)"
_THINGS = (
    "[(kind of|kinds of|type of|types of|sort of|sorts of)] "
    "(things|questions|topics|subjects|tasks|stuff|information|commands)"
)

INTRODUCE = Skill(
    name="introduce",
    description="Say who TARS is.",
    sentences=(
        "(who are you|what are you|introduce yourself|who you are|tell me about yourself)",
        "[(what is|what's|tell me|give me|say)] your [(full|real|first|actual)] name [again]",
        "what (your name is|you are called|to call you|name do you (have|prefer|go by|answer to|use))",
        "what (are you called|(should|can|do|may) (i|we|people) call you|do you call yourself)",
        "what (do you want|would you like) (me to call you|to be called)",
        "what name (should i (use|call you)|do you want me to (use|call you))",
        "(how|what) should i (call|address|refer to) you [(as|by)]",
        "do you have a [(real|full|first)] name [i can use]",
    ),
    handle=_introduce,
    rare=True,
    parse=one_of(
        f"{OF_TARS}{_NOT_MINE}(what|which|what's|what is) (the )?(name|names){SOME}{{1,12}}",
        f"{_NOT_MINE}(what|what's|what is|what was|what would|what exactly is)(?: the)? ?(your|the ai's|you|ai's)"
        f"{SOME}{{0,2}} (names?|designation)(?: (be|again|by|chance|if|i|may|ask|the|way))*",
        f"{_NOT_MINE}(do|does) (you|the ai){SOME}{{0,4}} (a|your|any|certain|by any) (nick)?names?"
        f"(?: (i|that|you|to|we|for|should|what){SOME}{{0,7}})?",
        f"(what|how|what's|when) ?(exactly )?(do|does|should|can|may|could|would|did|will|am|shall){SOME}{{1,5}}"
        " (call|address|refer to|name) (you|yourself)(?: (as|by))?",
        f"{_NOT_MINE}(what|how)(?: (do|should|would|did|are)){SOME}{{0,4}} you{SOME}{{0,4}}"
        " (called|named|call yourself|referred to|go by|answer to|called by|known as)(?: (as|by))?",
        f"{_NOT_MINE}(do you have|is there|should|do|can|could|what){SOME}{{1,10}} (call|refer to|referred to as"
        "|call for|called) (you|me by|yourself|by)(?: (as|by|something|in|particular|any|name|when|talking|to"
        "|with|you))*",
        "what (your name is|you are called|name should i use)|do you have a (real|full|first) name( i can use)?",
        "(who|what) are you(?: known as| called)?|how are you named|who you are|who (gave you your name"
        "|named you)",
        "(state|need|want|get|have|ask|like|know|give me|provide|tell me)? ?(me )?(your|you|the ai's) (full "
        "|first "
        "|real |given |actual )?names?(?: (is|please|again|by|chance|if|i|may|ask))*",
        "(would you like to )?(introduce yourself|describe yourself)|(tell me )?about yourself",
        f"how (can|do) i (get your attention|activate you)|what to call you|when (i )?(referring"
        f"|refer) to you{SOME}+",
        f"{_NOT_MINE}the name{SOME}{{0,8}} (you|made you)",
        around=ASKING,
    ),
)
CAPABILITIES = Skill(
    name="capabilities",
    description="Say what TARS can do.",
    sentences=(
        "(what can you do|what can i say|what do you do|what you can do|help|help me)",
        f"what [(else|all|exactly)] (can|could|do) you {_ABLE}",
        f"what (are you|you are) able to {_ABLE}",
        f"what {_THINGS} (can|do|could) you {_ABLE}",
        f"what {_THINGS} are you (familiar with|able to {_ABLE})",
        f"what [{_THINGS}] (can|should|may|could) i ask you [about]",
        f"what are the {_THINGS} (you can {_ABLE}|i can ask you [about])",
        "(what are your (skills|capabilities)|how can (you help me|i use you|you assist me))",
    ),
    handle=_capabilities,
    rare=True,
    parse=one_of(
        "what (else |all |exactly )?(can|could|do) (you|i) (do|say)|what you can do|help( me)?|commands"
        "|what all can you do|what are you (good )?for",
        f"{OF_TARS}{_CAN_BE_ASKED}(what|what's|which){SOME}{{0,3}} (can|could|do|may|should|are|am|would"
        f"|sort|kind"
        "|kinds|sorts|type|types|exactly|questions|subjects|topics|things|tasks|skills|information|info"
        "|categories|all)"
        f"{SOME}{{1,12}}",
        f"{OF_TARS}{_CAN_BE_ASKED}(what|which) (skills|questions|subjects|topics|tasks|commands){SOME}{{1,11}}",
        f"{_CAN_BE_ASKED}(what am|what are) (i|my){SOME}{{0,6}} (ask|commands){SOME}{{0,3}}"
        "|what are my list of commands",
        f"how (can|could|do|would) (you (help|assist)(?: me)?|i{SOME}{{0,4}} (use|using|benefit from) you"
        "|i get you to help me)|how can i benefit from using you",
        f"(are there|is there){SOME}{{0,6}} (ask|asking) you|are you familiar with{SOME}{{0,6}}",
        f"can (i|you) (ask|answer|help)( (you|me|with|about))* (anything|all|any){SOME}{{0,5}}",
        f"{OF_TARS}{_CAN_BE_ASKED}(the )?(subjects?|subject areas|types|kinds?|sorts?|things|topics|questions)"
        f"{SOME}{{1,14}}",
        f"{OF_TARS}{_CAN_BE_ASKED}what you{SOME}{{1,9}}",
        around=ASKING,
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
    loose=(
        "what's your ping",
        "[(what is|what's)] [(your|the)] (system|server|network) status",
        "what's your status",
    ),
)
PRESENT = Skill(
    name="present",
    description="Say that TARS is listening.",
    sentences=("(are you there|are you listening|can you hear me|do you hear me)",),
    handle=_present,
    rare=True,
)
ABOUT = (INTRODUCE, CAPABILITIES, *NATURE, CONNECTION, PRESENT, *SMALL_TALK)
