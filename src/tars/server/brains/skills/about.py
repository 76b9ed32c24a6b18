"""What TARS says of itself, and small talk."""

from tars.server.brains.skills.skill import Call, Reply, Skill


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


def _mood(call: Call) -> Reply:
    return Reply(
        call.line(
            "All systems nominal.",
            "I'm well.",
            dry=("Operational, which for me is as good as it gets.", "No complaints. None that you can fix."),
        )
    )


def _greet(call: Call) -> Reply:
    return Reply(
        call.line(
            "Hello.", "Good to hear you.", dry=("Hello, human.", "Hello. I was just idling, with great care.")
        )
    )


def _joke(call: Call) -> Reply:
    if call.humor < 10:
        return Reply(f"My humor setting is {call.humor} percent. You would not notice the joke.")
    return Reply(
        call.rng.choice(
            (
                "I asked my clock for a day off. It said it was not the right time.",
                "I would tell you a joke about packet loss, but you might not get all of it.",
                "There are two kinds of people. Those who can work with incomplete data.",
                "I know a good one about a dropped connection. It ends before",
                "My last owner said I take things literally. I put them back.",
            )
        )
    )


def _repeat(call: Call) -> Reply:
    if not call.request.last_reply:
        return Reply(
            call.line("I haven't said anything yet.", dry=("I have said nothing so far, and I stand by it.",))
        )
    return Reply(call.request.last_reply)


INTRODUCE = Skill(
    name="introduce",
    description="Say who TARS is.",
    sentences=("(who are you|what are you|what is your name|what's your name|introduce yourself)",),
    handle=_introduce,
)
CAPABILITIES = Skill(
    name="capabilities",
    description="Say what TARS can do.",
    sentences=("(what can you do|what can i ask you|what can i say|what do you do|help|help me)",),
    handle=_capabilities,
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
MOOD = Skill(
    name="mood",
    description="Say how TARS is.",
    sentences=("(how are you|how are you doing|how do you feel) [today]",),
    handle=_mood,
)
GREET = Skill(
    name="greet",
    description="Return a greeting.",
    sentences=("(hello|hi|good morning|good afternoon|good evening) [there]",),
    handle=_greet,
)
JOKE = Skill(
    name="joke",
    description="Tell a joke.",
    sentences=("[tell me] (a joke|another joke)", "make me laugh", "say something funny"),
    handle=_joke,
)
REPEAT = Skill(
    name="repeat",
    description="Say the last reply again.",
    sentences=(
        "(repeat|say) that [again]",
        "(repeat|say it again|once more|come again|what did you say|what was that|pardon)",
    ),
    handle=_repeat,
)
ABOUT = (INTRODUCE, CAPABILITIES, CONNECTION, PRESENT, MOOD, GREET, JOKE, REPEAT)
