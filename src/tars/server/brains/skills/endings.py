"""Ways out of a conversation."""

import attrs

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.phrases import COURTESIES, string_of
from tars.server.brains.skills.skill import Call, Reply, Skill

_END = Outcome(end_session=True)


def _stop(call: Call) -> Reply:
    return Reply(call.line("Okay.", "Stopping."), _END)


def _never_mind(call: Call) -> Reply:
    if call.request.asked:
        return Reply("All right, I won't.")
    return Reply(call.line("Okay.", "As you like.", dry=("Already forgotten.", "It never happened.")), _END)


def _goodbye(call: Call) -> Reply:
    return Reply(
        call.line("Goodbye.", dry=("Goodbye. I'll be in the box.", "Until next time. I have time.")), _END
    )


def _thanks(call: Call) -> Reply:
    return Reply(call.line("You're welcome.", "Any time.", dry=("It's what I'm bolted together for.",)), _END)


_TALK = "(talking|speaking|chatting|conversing|chat|talk|conversation)"
_FINE = "(nice|good|great|fun|lovely|wonderful|cool|pleasant|enjoyable|a pleasure|a joy)"
_GONE = "(go|leave|run|head out|get going|be going|take off|say (goodbye|good bye|bye))"
_TASK = "(action|task|command|request|process|program|job|input|thing|order|operation|question|search|answer)"
_DOING = (
    "(what (you're|you are|you were) doing|what i (just )?(said|asked|told you)|doing (that|it"
    "|this|what i asked)"
    "|working on it)"
)
_OBJECT = (
    rf"(it|that|this|everything|all of it|all that|(doing )?(the|my|your|that|this) ((current|last"
    rf"|present|previous"
    rf"|whole) )?{_TASK}|((current|last|present|previous|running) )?{_TASK}|{_DOING})"
)
_HELP = r"(?:[a-z']+ ){0,5}[a-z']+"
"""What somebody is thanked for: a few words."""
_VERY = "(so|very|much|a lot|a bunch|a million|a ton|kindly|again|once again|indeed|ever so|dearly|all)"
_LATER = "(again|later|soon|around|tomorrow|then|next time|in a (bit|while)|another time)"
_DAY = "(one|day|night|evening|morning|afternoon|weekend|time|rest of your day)"
_TO_TALK = "(talk|speak|chat|converse|catch up|touch|talking|speaking|chatting|conversing|conversation|seeing|see)"

_ORDER = "(the|my|your|that|this) [(last|current|previous)] (command|request|task|question|action|process|order)"
_CANCEL = "(cancel|abort|forget [about]|ignore|disregard|scratch|drop|skip|scrap|terminate|end)"
_BYE = "(goodbye|good bye|bye [bye]|good night|farewell|so long|adios)"
_NICE = "(nice|good|great|lovely) (talking|speaking|chatting|to talk|to speak|to chat)"
_THANK = "(thanks|thank you) [(again|a lot|so much|so very much|very much|kindly|a bunch|a million)]"
_WHAT = (
    "(that|this|it|everything|[all] (your|the) (help|assistance|answer|time|information|info|response|advice)"
    "|helping [me] [out]|letting me know|answering [(that|me|my question)]|telling me|doing that)"
)

STOP = Skill(
    name="stop",
    description="Stop, and end the conversation.",
    sentences=(
        "[just] (stop|quit|halt) [(it|that|this|talking|speaking|listening|now)]",
        f"(stop|quit|halt) ([doing] (that|this|{_ORDER})|what i (asked|said)|what you (are|were) doing)",
        "[just] (be quiet|shut up|that's enough|that is enough|quiet|enough|silence|hush|stop stop)",
        "(no more talking|(don't|do not) (talk|speak|say anything) [anymore]|stop answering)",
    ),
    handle=_stop,
    confirm=lambda call: "Shall I stop?",
    ends=True,
    parse=string_of(
        "(stop|quit|cease|halt) (it|that|this|there|(the |that |your )?(talking|speaking|listening"
        "|answering))( for a second)?",
        "stop|quit|halt|enough|silence|quiet|hush|shush|s+h+|be (quiet|silent)|shut (the [a-z]+ )?up",
        "(that's|that is) (quite )?enough( talking| of that)?|no more (talking|words|of that)",
        "(don't|do not|i don't want you to) (say|talk|speak|answer)( (any ?more|anything"
        "|another word|any further))*",
        "refrain from (talking|speaking)",
        f"i (advise|want|need|would like) you to (stop|quit) ({_OBJECT}|talking|speaking)",
        f"(stop|quit|halt|cease) {_OBJECT}",
        courtesies=(*COURTESIES, "thanks|thank you"),
    ),
)
NEVER_MIND = Skill(
    name="never_mind",
    description="Drop the question, and end the conversation.",
    sentences=(
        "[(actually|oh|no)] (never mind|nevermind) [(that|it|about (that|it))]",
        f"[(actually|oh|no|never mind|nevermind)] {_CANCEL} (that|it|this|{_ORDER})",
        f"{_CANCEL} (what you (are|were) doing|what i [just] (said|asked))",
        "(cancel|abort|terminate|discontinue|scratch)",
        "(nothing|don't bother|(don't|do not) do (it|that|this)|i changed my mind|i've changed my mind|leave it)",
        "i (don't|do not) need (it|that|this) [anymore]",
    ),
    handle=_never_mind,
    confirm=lambda call: "Shall I forget it?",
    ends=True,
    parse=string_of(
        "(never ?mind|don't mind)( (that|it|this|me|about (that|it|this)))?",
        "(no )?(cancel|abort|terminate|discontinue|abandon|forget|ignore|disregard|drop|scrap|scratch|skip"
        "|kill|destroy|end)"
        f"( about)? {_OBJECT}",
        "cancel|abort|terminate|discontinue|scrap|scratch( (it|that|this))?|rescind|nothing|leave it( be| alone)?",
        "(no )?(don't|do not) (bother|worry|worry about (it|that)|do|continue|complete|go on|carry on)"
        f"( (with|the|that|this))*( {_OBJECT})?",
        "(it's|it is|it was) (nothing|not important|okay|all right)",
        "i('ve| have)? ?changed my mind|i (don't|do not) (need|want) (it|that|this|to)|on second thought",
        f"(i (want|need|would like|'d like) you to|i'd like you to) (cancel|abort|drop|forget) {_OBJECT}",
    ),
)
GOODBYE = Skill(
    name="goodbye",
    description="End the conversation.",
    sentences=(
        f"{_BYE} [for now]",
        f"(okay|well|alright) {_BYE}",
        "see (you|ya) [(later|soon|around|tomorrow|then|next time|again)]",
        "i'll see (you|ya) (later|soon|around|tomorrow|then|next time|again)",
        "[i'll] (talk to you|catch you|speak to you|chat with you) (later|soon|tomorrow)",
        f"[(it was|it's been|it has been)] {_NICE} [(to you|with you)] [again] [today]",
        "i [really] enjoyed (talking|speaking|chatting) (to|with) you",
        "[i must] say goodbye",
        "(i'm|i am) (leaving|off|going|out of here|done) [now]",
        "take it easy",
        "(that's all|that is all|that will be all|that'll be all|go to sleep|until next time|take care)",
        "(i have to|i've got to|i need to|i must) (go|leave|run|get going|say goodbye) [now]",
        "have a (nice|good|great) (day|night|evening|one|weekend)",
    ),
    handle=_goodbye,
    confirm=lambda call: "Goodbye, then?",
    ends=True,
    parse=string_of(
        "((i (must|have to) say|(i'm|i am) saying|(it's|it is)? ?time to say) )?"
        "(good ?bye|bye bye|bye|buh ?bye|farewell|fare well|fairwell|adios|sayonara|syonara|ciao"
        "|au revoir|ta ta|tata|"
        "cheerio|toodles|tootles|so long|over and out|peace( out)?|laters|cya)( to you)?( helpful)?",
        "(good ?night|nighty night|night night|sleep well|sweet dreams)( to you)?",
        f"((i'll|ill|i will|we'll) )?(see|catch) (you|ya|u)?( (all|{_LATER}))+( (alligator|gator|gater))?",
        "later (gator|gater|alligator)|see (you|ya)|cya( later)?",
        f"((i'll|i will|we'll|let's) )?(talk|speak|chat)( (to|with) (you|ya)( {_LATER})+"
        "|( again)? (later|soon|tomorrow|next time))",
        f"(i|we|i've|i'd|we've)( (have|do|really|got|gotta|need|must|better|to))+ {_GONE}( (now|soon|again))?",
        "(i'm|i am|i'll be|i will be|ill be) (out of here|outta here|leaving|off|going|heading out|done|finished)",
        "until (next time|we meet again|tomorrow)|take (it easy|care)( of yourself)?",
        "have (yourself )?(a|an) ((very|really) )?(good|nice|great|lovely|wonderful|pleasant|awesome|fun) " + _DAY,
        "((it|this|that) (was|has been) |it's been )((a|an|really|very|so|always"
        f"|such a) )*{_FINE}( (as always|to be able))*"
        f"( (to|having|to have|to get in|this|a))* {_TO_TALK}( (with|to|it out|you|this conversation"
        "|up|again|today))*",
        f"(always )?{_FINE}( as always)? (to )?(talk|speak|chat|converse|talking|speaking|chatting"
        "|conversing|seeing)"
        "( (to|with|you|again|today))*",
        "(i had|it was|always)( (a|such|really|great))* (fun|a pleasure|pleasure|great time"
        "|good time)( as always)? "
        f"(to )?{_TO_TALK}( (to|with) you)?",
        "((i'm|i am) )?((so|really) )?(glad|happy) (that )?(we|i) (got|could|was able) to (talk|speak|chat)"
        "( (to|with|you|again))*",
        f"((i|we) )?(really )?(enjoyed|loved) ((our|this|the) )?{_TALK}( (to|with|you))*",
        f"(thanks|thank you) for (the )?{_TALK}( (to|with|me|you))*",
        f"(nice|great|good|this was a nice|that was a nice) {_TALK}( (to|with|you))*",
        "(that's|that is|that will be|that'll be|that would be) (all|everything)( for (now|today))?",
        "(we're|we are) (all )?done( here)?|(you can )?go (to|back to) sleep|you can go|sleep now|dismissed",
        courtesies=(*COURTESIES, "(thanks|thank you)( (a lot|so much|very much))?|this was fun"),
    ),
)
THANKS = Skill(
    name="thanks",
    description="Accept thanks, and end the conversation.",
    sentences=(
        f"[(okay|oh|great|perfect|good|alright|cool|nice|awesome|wonderful)] {_THANK} [for {_WHAT}]",
        f"(i want to|i would like to|i need to|i just want to|i [really]|let me) thank you [for {_WHAT}]",
        f"(many thanks [for {_WHAT}]|much obliged|much appreciated)",
        f"[(i|we)] [(really|do|greatly|so|truly)] appreciate (it|that|this|you helping me|what you did|{_WHAT})",
        f"(i'm|i am) [(so|very|really|truly)] (grateful|thankful) [(to you|for {_WHAT})]",
        "(your|the) (help|assistance|answer) is [(very|much|greatly|really)] appreciated",
        "(you've been|you were|you are|you're) [(so|very|really)] (helpful|a (big|great|huge) help|the best)",
        "(that was|that is|that's) [(very|so|really)] (kind|nice) of you",
        "i owe you [one]",
    ),
    handle=_thanks,
    confirm=lambda call: "Is that all?",
    ends=True,
    parse=string_of(
        "((i|we) )?((really|want to|would like to|need to|do|can not|can't|can never|have to"
        "|wanted to|just|must) )*"
        f"(let me )?(thanks|thank you|thank ya|thank u|thx|thank thee)( {_VERY}| enough)*( (for"
        f"|to you|to all)( {_HELP})?)?",
        "(many|special|big|huge|a thousand|much|so many) thanks( to you)?( for( [a-z']+){1,6})?",
        "much obliged|gracias|muchas gracias|merci( beaucoup)?|danke( schon)?|cheers|grazie|arigato|ta",
        f"((i|we) )?((really|do|greatly|truly|very much|so|also) )*appreciate( {_HELP})?|(much )?appreciated",
        "(your|the|all your) (help|answer|assistance|response|work) (is|was|has been)( (very|much"
        "|greatly|really|so))* "
        "(appreciated|good|great|helpful|enjoyable|perfect)",
        f"(i'm|i am|we're|we are)( (so|very|really|truly|most|deeply))* (grateful|thankful)( {_HELP})?",
        f"(i'm|i am)( (so|very|really))* (glad|happy) (that )?you (helped|did|were)( {_HELP})?",
        "(you've|you have|you were|you are|you're)( been)?( (so|very|really|such|quite|just))* "
        "((a|the) )?(big|great|huge|real|good|best|most helpful|helpful|kind|thoughtful|nice|star"
        "|lifesaver|doll|sweet|"
        "amazing|awesome)( help)?( to (me|do that))?",
        "i owe you( one| a lot)?|you('ve| have)? (my|helped|have my) ?(sincere |deepest "
        "|eternal )?(gratitude|me)?( a lot)?",
        "i have (much|so much|nothing but) gratitude( for( [a-z']+){1,5})?",
        "(you did|you do|good|great|nice) ?(a )?(good|great|nice)? (job|work)( with| of| on)( [a-z']+){1,3}",
        "that('s| was| is) (very |so |really )?(helpful|kind|nice|sweet) of you",
    ),
)
END_PHRASE_LIST = "end_phrase"
END_PHRASE = attrs.evolve(
    GOODBYE,
    name="end_phrase",
    description="End the conversation, in words of the settings.",
    sentences=(f"{{{END_PHRASE_LIST}}}",),
    names=(END_PHRASE_LIST,),
    parse=None,
)
"""For a server whose settings have farewells of their own; the list has them."""
ENDINGS = (STOP, NEVER_MIND, GOODBYE, THANKS)
