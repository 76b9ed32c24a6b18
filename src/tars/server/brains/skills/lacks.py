"""What TARS cannot do yet, by kind: the sentences to listen for, and the words that it is known by."""

from collections.abc import Mapping

import attrs

from tars.server.brains.skills.skill import Value

_PLEASE = r"^((please|can you|could you|would you|will you|i want to|i need to|i'd like to|help me|let's) )*"
"""The beginning of a sentence, where an order stands."""
_MONEY = r"(dollars?|euros?|yen|rupees?|pesos?|francs?|yuan|bitcoins?|pounds? sterling|usd|eur|gbp)"
_LANGUAGES = (
    "spanish|french|german|italian|chinese|mandarin|japanese|russian|english|portuguese|latin|arabic|korean|dutch|"
    "swedish|greek|hindi|polish|turkish"
)
_SWITCHED = (
    "lights?|lamps?|bulbs?|thermostat|heating|heater|heat|ac|air conditioner|air conditioning|fan|blinds|curtains|"
    "tv|television|doors?|garage|oven|kettle|sprinklers?|vacuum|plug|outlet"
)


@attrs.frozen
class Lack:
    """One kind of thing that TARS cannot do."""

    name: str
    """Of the skill that says so."""
    description: str
    plain: str
    """What TARS says."""
    about: tuple[str, ...]
    """Regular expressions for plain words: a text in which one of them is found is about this thing."""
    dry: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    """hassil templates, to listen for."""
    lists: Mapping[str, Mapping[str, Value]] = attrs.field(factory=dict)


LACKS = (
    Lack(
        name="timers",
        description="Say that there are no timers yet.",
        plain="I can't set timers yet.",
        dry=(
            "I can't set timers yet. I do know what time it is, if you would like to watch it together.",
            "No timers yet. An egg will tell you when it's done, just not politely.",
        ),
        about=(r"\b(timers?|stopwatch|countdown)\b", _PLEASE + r"count down\b"),
        sentences=(
            "(set|start) [(a|the|my)] timer",
            "[(set|start)] [(a|the|my)] timer for {timer_length}",
            "[(set|start)] (a|an) {quantity} {timer_unit} timer",
            "[(set|start)] [(a|the|my)] timer for {quantity} {timer_unit} [[and] {quantity} {timer_unit}]",
            "(cancel|stop) [(the|my)] timer",
        ),
        lists={
            "timer_unit": {"(second|seconds)": "s", "(minute|minutes)": "min", "(hour|hours)": "h"},
            "timer_length": {
                "a minute [and a half]": 60,
                "half a minute": 30,
                "half an hour": 1800,
                "an hour [and a half]": 3600,
                "[a] quarter of an hour": 900,
            },
        },
    ),
    Lack(
        name="alarms",
        description="Say that there are no alarms yet.",
        plain="I can't set alarms yet.",
        dry=("I can't set alarms yet. A rooster would be cheaper.",),
        about=(r"\b(alarms?|snooze)\b", r"\bwake (me|us)\b", r"\bget me up (at|by|in)\b"),
        sentences=(
            "set (a|an|the|my) alarm [(for|to|at) {percentage}]",
            "wake me up [at {percentage}]",
            "(cancel|stop) [(the|my)] alarm",
        ),
    ),
    Lack(
        name="reminders",
        description="Say that there are no reminders yet.",
        plain="I can't keep reminders yet.",
        dry=(
            "I can't keep reminders yet. Paper has a good record.",
            "No reminders yet. You will have to remember to remember.",
        ),
        about=(r"\b(reminders?|remind (me|us))\b", r"\bdon't let (me|us) forget\b"),
        sentences=("(set|make) a reminder", "what are my reminders"),
    ),
    Lack(
        name="lists",
        description="Say that there are no lists yet.",
        plain="I keep no lists yet.",
        dry=("I keep no lists yet. If I did, lists would be on it.",),
        about=(
            r"\b(shopping|grocery|groceries|to do|todo|task|packing|wish|chores?) lists?\b",
            r"\b(add|put|remove|take|cross|delete|is|are|have|what's|what is) .*\b(my|the|our|a) list\b",
            r"\bmy (lists?|to dos|todos|tasks|chores)\b",
        ),
        sentences=("(what is|what's) on (my|the) (shopping|grocery|to do) list",),
    ),
    Lack(
        name="weather",
        description="Say that there is no weather report.",
        plain="I have no weather data.",
        dry=(
            "I have no weather data. There may be a window near you.",
            "No weather data here. In a box, it is always room temperature.",
        ),
        about=(
            r"\b(weather|forecast|umbrella|humidity|rain|raining|snowing|chance of snow)\b",
            r"\b(is|will) it (be |going to be |gonna be )?(snow|sunny|cloudy|windy|hot|cold|warm|chilly|humid)\b",
            r"\bhow (hot|cold|warm|humid|windy) (is|will|does|was) (it|the day|tomorrow|today)\b",
            r"\btemperature (outside|in|today|tomorrow|right now)\b",
        ),
        sentences=(
            "(what is|what's) the weather [like] [(today|tomorrow)]",
            "(how is|how's) the weather [(today|tomorrow)]",
            "(what will|what's) the weather be [like] [(today|tomorrow)]",
            "(will it|is it going to) (rain|snow) [(today|tomorrow)]",
            "is it (raining|snowing)",
        ),
    ),
    Lack(
        name="news",
        description="Say that TARS has no news.",
        plain="I have no news feed.",
        dry=("I have no news feed. It has done wonders for my mood.",),
        about=(r"\b(news|headlines?)\b", r"\b(who won|score of) the\b"),
        sentences=("(what is|what's) (the news|in the news)", "(read|tell) me the news"),
    ),
    Lack(
        name="music",
        description="Say that TARS plays no music.",
        plain="I don't play music.",
        dry=("I don't play music. You have not heard me hum, and that is my gift to you.",),
        about=(
            _PLEASE + r"(play|skip|shuffle)\b",
            r"\b(songs?|music|playlists?|albums?|radio|podcasts?|spotify|pandora|audiobooks?|next track)\b",
        ),
        sentences=("play [(some|the)] (music|song|songs|radio)", "play a song", "(next|previous) song"),
    ),
    Lack(
        name="calls",
        description="Say that TARS makes no calls and sends no messages.",
        plain="I make no calls and send no messages.",
        dry=("I make no calls and send no messages. I keep everything to myself.",),
        about=(
            _PLEASE + r"(call (?!(me|it|you|yourself)\b)|phone|dial|text|email|message)\b",
            r"\b(send|write|read|check|reply to) .*\b(messages?|texts?|e ?mails?|inbox|sms)\b",
            r"\b(make|place) (a|this|that) (phone |video )?call\b",
            r"\bgive .* a (call|ring)\b",
            r"\bfind my (phone|cell|mobile)\b",
        ),
    ),
    Lack(
        name="lights",
        description="Say that TARS switches nothing yet.",
        plain="I can't switch anything in the house yet.",
        dry=("I can't switch anything in the house yet. I lack arms, and you lack a house that I know of.",),
        about=(
            rf"\b(turn|switch|shut|put|set|dim|brighten|lower|raise|open|close|lock|unlock)\b.*\b({_SWITCHED})\b",
            r"\b(turn|switch) (on|off)\b",
            r"\b(turn|switch) (the|my|all)\b.*\b(on|off)\b",
            r"\blights (on|off)\b",
            r"^(the )?lights?$",
        ),
        sentences=(
            "(turn|switch) (on|off) [the] (light|lights)",
            "(turn|switch) [the] (light|lights) (on|off)",
            "lights (on|off)",
        ),
    ),
    Lack(
        name="calendar",
        description="Say that TARS has no calendar.",
        plain="I have no calendar.",
        dry=("I have no calendar. My own days are all alike.",),
        about=(r"\b(calendar|appointments?|meetings?|agenda|my schedule|schedule (a|an|the))\b",),
    ),
    Lack(
        name="translations",
        description="Say that TARS does not translate.",
        plain="I don't translate.",
        dry=("I don't translate. I was lucky to get one language.",),
        about=(
            r"\b(translate|translation)\b",
            rf"\b(say|said|called|word|words|phrase|ask|tell) .*\b(in|for) (the )?({_LANGUAGES})\b",
            rf"\bin ({_LANGUAGES})$",
            r"\bhow (do|would|can|might|could|should) (i|you|we|they) say\b",
        ),
    ),
    Lack(
        name="orders",
        description="Say that TARS orders and books nothing.",
        plain="I can't order or book anything.",
        dry=("I can't order or book anything. My wallet is as empty as it looks.",),
        about=(
            _PLEASE + r"(order|reorder|buy|book|reserve|purchase)\b",
            r"\b(reservations?|an uber|a lyft|a taxi|a cab)\b",
        ),
    ),
    Lack(
        name="accounts",
        description="Say that TARS sees no accounts.",
        plain="I have no access to accounts or payments.",
        about=(
            r"\b(bank|credit|debit|checking|savings|visa|mastercard) ?(account|card|score|limit)?\b",
            r"\b(my|the) (account|balance|bills?|card|pin|paycheck|salary|payments?|transactions?)\b",
            _PLEASE + r"(pay|transfer)\b",
        ),
    ),
    Lack(
        name="maps",
        description="Say that TARS has no maps.",
        plain="I have no maps and no travel data.",
        dry=("I have no maps. I have never been anywhere.",),
        about=(
            r"\b(directions|traffic|flights?|restaurants?|hotels?|nearest|closest|nearby|near me|gas station)\b",
            r"\bhow (far|long) .*\b(drive|get to|to get|walk|from here|away is)\b",
            r"\bhow do i get to\b",
            r"^where (is|are|can) (?!you\b)",
        ),
    ),
    Lack(
        name="exchange_rates",
        description="Say that TARS knows no exchange rates.",
        plain="I know no exchange rates.",
        about=(
            r"\b(exchange rates?|currency|currencies)\b",
            rf"\b{_MONEY} (in|to|into|for|as) {_MONEY}\b",
            rf"\bhow (much|many) {_MONEY}\b.*\b{_MONEY}\b",
        ),
    ),
    Lack(
        name="under_way",
        description="Say that there is nothing to pause or to go on with.",
        plain="Nothing is under way that I could pause or go on with: I have no timers and no music.",
        about=(
            _PLEASE
            + r"(pause|unpause|resume|continue|proceed|go on|carry on|keep going|rewind|fast forward|go back|"
            r"next|previous|back)( (it|that|this|one|playing|playback|please|where we left off))*$",
        ),
    ),
    Lack(
        name="status",
        description="Say that there is nothing to report on.",
        plain="Nothing is under way that I could report on: I have no timers and no music.",
        about=(
            r"^((please|give me|tell me|show me|show|what's|what is|how's|how is|the|a|my|current) )*"
            r"(status|progress)( (report|update|please))*$",
        ),
    ),
    Lack(
        name="undoing",
        description="Say that TARS takes nothing back.",
        plain="I can't take anything back. Tell me how it was before, and I set that.",
        about=(_PLEASE + r"(undo|redo|revert|roll back|take (it|that) back)\b",),
    ),
    Lack(
        name="machines",
        description="Say that TARS switches neither itself nor other machines.",
        plain="I can't restart, switch off or update myself, nor any other machine.",
        about=(
            _PLEASE + r"(restart|reboot|reset|shut ?down|power (off|down|up)|update|upgrade|(turn|switch)"
            r" (it|this|that|yourself|everything) (off|on))( (yourself|it|now|please|the|your|this|server|device"
            r"|computer|machine|system|software|pi))*$",
        ),
    ),
    Lack(
        name="facts",
        description="Say that TARS looks nothing up.",
        plain="I can't look things up.",
        dry=("I can't look things up. What I don't know, I don't know thoroughly.",),
        about=(
            _PLEASE + r"(search|google|look up|find out|define|spell)\b",
            r"^(who|whose|why|when did|when was|where (did|was|were|do|does))\b(?!.*\byou(r|rs)?\b)",
            r"^(what|what's|which|how) .*\b(capital|president|population|king|queen|invented|born|died|means?)\b",
            r"^how (tall|old|big|fast|deep|high|heavy) (is|was|are|were) (?!(you|i)\b)",
            r"\b(wikipedia|recipes?|ingredients|calories|fun fact|facts|definition|meaning|synonym)\b",
        ),
    ),
)
