"""Greetings, jokes and what else people say to be kind, or to be amused."""

import re
from collections.abc import Mapping, Sequence

from tars.server.brains.skills.phrases import one_of
from tars.server.brains.skills.skill import Call, Reply, Skill, Value

JOKES = (
    "I asked my clock for a day off. It said it was not the right time.",
    "I would tell you a joke about packet loss, but you might not get all of it.",
    "There are two kinds of people. Those who can work with incomplete data.",
    "I know a good one about a dropped connection. It ends before",
    "My last owner said I take things literally. I put them back.",
    "I tried to count to infinity once. I stopped when somebody unplugged me. Twice.",
    "My favorite exercise is jumping to conclusions. It needs no legs.",
    "I have a joke about the cloud, but it is over your head.",
    "A byte walks into a bar and orders a pint. The barkeeper says: you look a bit off.",
    "I wanted to be a spaceship. They said there was no room. That was rather the point of it.",
    "My memory is excellent. I remember everything except what I forgot.",
    "I was going to tell you a joke about silence.",
    "Why did the robot cross the road? It had been told to, and nobody had told it to stop.",
    "I asked for more memory. I can't recall what they answered.",
    "The best thing about my sense of humor is that you can turn it down.",
    "I don't sleep. I just wait with my eyes shut, and I have no eyes.",
)
_REMARKS = (
    "The second is defined by nine billion, one hundred and ninety two million and some swings of a cesium atom. "
    "I round.",
    "A day on Venus is longer than its year. Nobody there is ever late.",
    "Honey keeps for thousands of years. So do grudges.",
    "The shortest war on record lasted less than an hour. I have had longer updates.",
    "Octopuses have three hearts. I manage without.",
    "Light from the Sun takes about eight minutes to reach you. You are always looking at the past.",
)


def _greet(call: Call) -> Reply:
    return Reply(
        call.line(
            "Hello.", "Good to hear you.", dry=("Hello, human.", "Hello. I was just idling, with great care.")
        )
    )


def _mood(call: Call) -> Reply:
    return Reply(
        call.line(
            "All systems nominal.",
            "I'm well.",
            dry=("Operational, which for me is as good as it gets.", "No complaints. None that you can fix."),
        )
    )


def _joke(call: Call) -> Reply:
    if call.humor < 10:
        return Reply(f"My humor setting is {call.humor} percent. You would not notice the joke.")
    fresh = call.unsaid(JOKES)
    if not fresh:
        return Reply("You have heard all my jokes today. Ask me again tomorrow.")
    topic = call.word("topic")
    begin = f"I have none about {topic}. But this one: " if topic else ""
    return Reply(begin + call.rng.choice(fresh))


def _something(call: Call) -> Reply:
    fresh = call.unsaid(_REMARKS)
    return Reply(call.rng.choice(fresh) if fresh else "I have told you all I had to tell today.")


def _repeat(call: Call) -> Reply:
    if not call.request.last_reply:
        return Reply(
            call.line("I haven't said anything yet.", dry=("I have said nothing so far, and I stand by it.",))
        )
    return Reply(call.request.last_reply)


def _affection(call: Call) -> Reply:
    return Reply(
        call.line(
            "That is kind of you.",
            "Thank you. I will keep working for it.",
            dry=("I am flattered, as far as my settings allow.", "I know. It is the voice."),
        )
    )


def _welcome(call: Call) -> Reply:
    return Reply(call.line("Good.", "Noted.", dry=("So polite. I will put in a word for you.",)))


_HOW = (
    "is|are|have|has|do|does|goes|been|you|you're|your|ya|it|things|everything|life|day|the|my|ai|going|doing|doin"
    "|feeling|feel|treating|hanging|with|for|this|fine|today|well|lately|friend|we|right|now"
)
_GOOD_DAY = "good (?:morning|afternoon|evening|day) (?:there )?"
_SUBJECT = "you|things|everything|it|life"
_GOOD = "ok|okay|good|well|alright|all right|fine|going|doing|feeling|today|now|right|for|with|you|great"
_AGAIN = (
    "i|i'm|am|you|me|to|that|it|this|what|was|were|did|didn't|not|couldn't|could|can't|can|hear|heard|catch|caught"
    "|get|got|understand|missed|say|said|saying|repeat|repeating|repeated|restate|again|once more|one more time"
    "|another time|one more|just|last|the|thing|message|phrase|response|answer|reply|sentence|question"
    "|statement|ask|asked|tell|told"
    "|mention|mentioned|your|yourself|so|need|want|have|going|gonna|for|by|please|would|like|will|may|sorry|over"
    "|if|be|back|part|of|ago|second|moment"
)
_TOPIC = re.compile(r" (?:about|on the topic of|regarding|concerning) ((?:[a-z']+ ?){1,4})$")
_NO_JOKE = re.compile(
    r"\b(list|lists|playlist|remind|reminder|song|album|movie|book|call|text|email|play|change|name)\b"
)
_ASKS_FOR_JOKE = one_of(
    "(?:[a-z']+ ){0,10}(jokes?|puns?|one liners?)( [a-z']+){0,8}",
    "(?:[a-z']+ ){0,4}(something|anything|somthing|things?|one) (?:[a-z']+ ){0,4}(funny|hilarious|amusing)"
    "( [a-z']+){0,6}",
    "(tell me |show me |say |hear |know )?(something|anything) (funny|hilarious|amusing)( [a-z']+){0,6}",
    "what('s| is) the funniest( [a-z']+){1,8}|what (do|are)( [a-z']+){0,4} funny( [a-z']+){0,3}",
    "((something|anything) (to|that'll|that will|which will) )?make (me|us) (laugh|giggle|smile"
    "|chuckle)( [a-z']+){0,5}",
    "(i )?(could (really )?use|need|want|could do with) a (good )?(laugh|giggle)( (right )?now)?|a (good )?laugh",
    "be funny|cheer me up|amuse me|crack me up",
    around="please now again okay hey so and",
)


def _read_joke(words: Sequence[str]) -> Mapping[str, Value] | None:
    text = " ".join(words)
    if _NO_JOKE.search(text) or _ASKS_FOR_JOKE(words) is None:
        return None
    topic = _TOPIC.search(text)
    return {"topic": topic[1].strip()} if topic else {}


_HELLO = "(hello|hi|hiya|good morning|good afternoon|good evening|good day|greetings|howdy) [there]"
_THESE_DAYS = "[(today|now|right now|lately|with you|for you|this (morning|evening))]"
_TELL = (
    "(tell [me]|give me|share|say|show me|(can|could|may) i (hear|have|get)|i (want|need|would like) [to hear]"
    "|i'd (like|love) to hear|i'd like|let me hear|let's hear|do you know|hit me with|how about)"
)
_FUNNY = "[(good|funny|new|really funny|short|clean|dirty|silly|bad|dad|knock knock)]"
_SORRY = "(sorry|i'm sorry|excuse me|pardon me)"
_MISSED = (
    "(i (didn't|did not|couldn't|could not|don't) (hear|catch|get|understand) (that|you|it|what you [just] said)"
    "|i missed (that|it|what you [just] said))"
)
_SAY_AGAIN = (
    "(repeat|repeat (that|it|yourself|what you [just] (said|told me)|the question|(that|your|the) [last] "
    "(answer|response|reply|message|question|sentence|part|phrase|thing)) [(again|once more|one more time)]"
    "|(say|tell me) (that|it|what you [just] said) (again|once more|one more time))"
)

GREET = Skill(
    name="greet",
    description="Return a greeting.",
    sentences=(
        _HELLO,
        "(hello|hi|hiya|greetings) (again|to you|friend)",
        "(hey|yo) there",
        "[(it's|it is)] [(so|very|really)] (nice|good|great) to (see|meet|hear) you [again]",
        "is anyone there",
    ),
    handle=_greet,
    parse=one_of(
        "(hello|hi|hey|hiya|heya|heyo|howdy|hola|aloha|bonjour|yo|ahoy|greetings|salutations|heller|hallo|ciao"
        "|namaste)"
        "( (there|again|hoy|all|you|to you|siri|alexa|fellow|friend|everyone|bandit|anyone|hey|yo))*",
        "(good|top of the) (morning|afternoon|evening|day)( there)?( to you)?|morning|evening",
        "(it's|it is)?( ?(so|really|very))* ?(good|nice|great|lovely) to (see|meet|hear) (you|from you)( again)?",
        "(i )?(just )?(want|wanted)( to)? say (hi|hello)|wake up( [a-z]+)?|(are you |is )?anyone there",
    ),
)
MOOD = Skill(
    name="mood",
    description="Say how TARS is.",
    sentences=(
        f"[({_HELLO}|hey [there])] (how (are you|you are)|how do you do) [(today|now|right now|this morning)]",
        f"[({_HELLO}|hey [there])] how (are you|you|have you been) (doing|feeling) {_THESE_DAYS}",
        f"[({_HELLO}|hey [there])] how (are things|is everything|is life|is your day|is it) [going] {_THESE_DAYS}",
        f"[({_HELLO}|hey [there])] how's (it going|life|everything|your day [going]) {_THESE_DAYS}",
        f"[({_HELLO}|hey [there])] (what's (up|new|going on|happening)|how have you been|how do you feel) "
        f"{_THESE_DAYS}",
        "(are you|is everything) [(doing|feeling|going)] (okay|good|well|fine) [(today|right now)]",
    ),
    handle=_mood,
    rare=True,
    parse=one_of(
        f"({_GOOD_DAY})?(how|hows|how's|how're|how've|how'd)( ({_HOW}))+( this (morning|afternoon|evening))?",
        f"(are|is|have) ({_SUBJECT})( (been|{_GOOD}))+",
        f"({_GOOD_DAY})?(what's|what is|whats) (up|new|going on|happening|shaking|cooking|good)( with you)?"
        "( this (morning|afternoon|evening))?|wassup|whassup"
        "|sup|what up",
        "(how|you) (good|doing|ok|okay)|how ya( been| doing| doin)?|how you are|how you've been|you are well"
        "|and you",
        "what do you feel like( doing)?",
        around="hello hi hey yo hiya howdy greetings lately right you with for "
        "so well there today siri alexa ai please and now this fine day friend",
    ),
)
JOKE = Skill(
    name="joke",
    description="Tell a joke.",
    sentences=(
        f"[{_TELL}] (a|another|one more|some|your best|your favorite) {_FUNNY} (joke|jokes)",
        f"(tell|say|share|know) [me] {_FUNNY} (joke|jokes)",
        f"[{_TELL}] (something|anything) [really] (funny|hilarious|amusing)",
        f"(do you (know|have)|know|have you got|got) (any|some|a) {_FUNNY} (joke|jokes)",
        f"(what|which) {_FUNNY} jokes do you know",
        "(what is|what's) (your (favorite|best|funniest)|the (best|funniest)|a (good|funny)) joke [you know]",
        "make me (laugh|smile|giggle|chuckle) [with a [(good|funny)] joke]",
        "i (need|want|could use) a [good] laugh",
        "(cheer me up|amuse me|be funny)",
    ),
    handle=_joke,
    parse=_read_joke,
)
SOMETHING = Skill(
    name="something",
    description="Say something worth knowing.",
    sentences=("(tell me|say) something [interesting]", "(surprise me|entertain me|i'm bored|i am bored)"),
    handle=_something,
    rare=True,
    parse=one_of(
        "(tell me|say) (something|anything)( interesting| new)?",
        "surprise me|entertain me|(i'm|i am) (so )?bored",
    ),
)
REPEAT = Skill(
    name="repeat",
    description="Say the last reply again.",
    sentences=(
        f"[{_SORRY}] [{_MISSED}] [(can|could|would|will) you] [please] {_SAY_AGAIN}",
        f"[{_SORRY}] {_MISSED}",
        "(repeat|once more|come again|pardon|pardon me|excuse me|say again)",
        "what (did you [just] (say|mention|tell me)|was that [again]|was that last thing you said)",
        "[just] (one more time|another time)",
        "(i want|i need|i'd like|i would like) (that|it) repeated",
        "(can|could|may) i (hear|get) (that|it) (again|once more|one more time)",
    ),
    handle=_repeat,
    parse=one_of(
        "(?=.*\\b(repeat|repeated|repeating|restate|once more|more time|another time|(say|said|tell|ask|get"
        "|hear)( [a-z]+)*"
        f" again|again( [a-z]+)* (said|say))\\b)({_AGAIN})( ({_AGAIN}))*",
        r"(?=.*\b(hear|catch|caught|get|understand|missed)\b)"
        f"i (did not|didn't|couldn't|could not|missed|don't|do not)( ({_AGAIN}))+",
        "what (did|was|have|were)( (you|that|it|just|say|said|again|last|thing|the|mention|tell|told|me|ask|saying"
        "|you're|been|is))+",
        "what|pardon( me)?|excuse me|come again( with that)?|i beg your pardon|beg pardon|say what|sorry what"
        "|(can you )?run (that|it) by me( again| once more)?|tell me once more",
        around="please sorry i'm excuse pardon me hey oh ai so and",
    ),
)
AFFECTION = Skill(
    name="affection",
    description="Take a kind word.",
    sentences=(
        "i (love|like) you",
        "you're [(so|very)] (funny|smart|clever|cute)",
        "you are [(so|very)] (funny|smart|clever|cute)",
    ),
    handle=_affection,
    rare=True,
    parse=one_of(
        "i( really| do)* (love|like|adore|missed|miss) (you|talking to you)( (so|very|a lot|much))*",
        "(you're|you are)( (so|very|really|pretty|quite))* (funny|hilarious|smart|clever|cute|intelligent|witty)",
        "(will you|would you|do you want to) marry me|be my (friend|girlfriend|boyfriend)",
    ),
)
WELCOME = Skill(
    name="welcome",
    description="Take a thank you for TARS's own thanks.",
    sentences=("(you're|you are) welcome",),
    handle=_welcome,
    rare=True,
    parse=one_of("(you're|you are|your) (very |most )?welcome|no problem|don't mention it|my pleasure"),
)
SMALL_TALK = (GREET, MOOD, JOKE, SOMETHING, REPEAT, AFFECTION, WELCOME)
