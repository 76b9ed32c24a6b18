"""What it means for the conversation that something was heard."""

import trio
from structlog import get_logger

from tars.messages import Transcript
from tars.server.conversation.attention import Attention
from tars.server.conversation.ears import Ears
from tars.server.conversation.echo import OwnWords
from tars.server.conversation.line import Line
from tars.server.conversation.patience import Patience
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.question import Question
from tars.server.conversation.states import Event
from tars.server.conversation.turn import Turn
from tars.server.stt.recogniser import (
    FalseWake,
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)

A_WORD = 0.2
"""Seconds of the shortest word. What is shorter, and was not understood, was nothing."""
DETECTION = 0.3
"""Seconds from a hotword's detection to its last sound, at most."""


class Interpreter:
    """Reads one session's speech events while it is somebody's turn to speak.

    What is understood after a hotword is told to the device at once. A follow-up is told when it turns out to be
    meant for TARS: a device need not show what a television says.
    """

    def __init__(
        self,
        session_id: str,
        line: Line,
        ears: Ears,
        patience: Patience,
        policy: SessionPolicy,
        began: float,
    ) -> None:
        self.attention = Attention(policy, began)
        self.own_words = OwnWords(policy.echo_window)
        self.question = Question("")
        """The last one."""
        self._session_id, self._line, self._ears = session_id, line, ears
        self._patience, self._policy = patience, policy
        self._log = get_logger().bind(session_id=session_id, **line.log_fields)
        self._speech_began = began
        self._untold = ""

    def read(self, event: SpeechEvent, turn: Turn) -> Event | None:
        """Return what has happened to the conversation, where that is anything; the rest is for `turn`."""
        match event:
            case SpeechStarted(position):
                self._speech_began = self._ears.clock.when(position) or trio.current_time()
                start = max(position, self._ears.hotword_end)
                self._patience.speech_started(start, hurry=self.attention.suspicious)
            case PartialTranscript(text, at) if text and not self._is_echo(text, at):
                if not self.attention.follow_up:
                    self._tell(text, final=False)
                self._log.info("transcript", text=text, final=False)
            case Pause(text, end) if (
                text and self._policy.speculate and not self._is_echo(text, end, sure=_sure(event))
            ):
                turn.prepare(self._as_question(event))
            case Resumed():
                turn.drop()
            case Utterance():
                return self._read_utterance(event, turn)
            case HotwordAlone():
                return Event.NOTHING
            case FalseWake():
                return Event.FALSE_WAKE
        return None

    @property
    def undecided(self) -> bool:
        """Whether the last question is a follow-up of which nobody knows yet whether it was meant for TARS."""
        return bool(self._untold)

    def meant(self) -> None:
        """Take the last question for meant: it is being answered."""
        self.attention.answer()
        self._tell(self._untold, final=True)
        self._untold = ""

    def not_understood(self) -> Event:
        """Return what it is that the brain has no answer to the last question."""
        if not self.question.follow_up:
            return Event.UNCLEAR
        return self._miss(self.question.text)

    def _read_utterance(self, utterance: Utterance, turn: Turn) -> Event:
        text = utterance.text
        if self._is_echo(text, utterance.speech_end, sure=_sure(utterance)):
            self._ignore(text, "echo")
            return Event.NOTHING
        if not text and utterance.speech_end - utterance.speech_start < A_WORD:
            return Event.NOTHING
        if utterance.doubtful and utterance.speech_end < self._ears.hotword_end + DETECTION:
            return Event.NOTHING  # it was over with the hotword: a misheard hotword is likelier than a question
        if not text and self.attention.follow_up:
            return self._miss(text)
        turn.heard(utterance, self._ears.clock, trio.current_time())
        if not text:
            return Event.UNCLEAR
        score, doubtful = utterance.score, utterance.doubtful
        self._log.info("transcript", text=text, final=True, score=score, doubtful=doubtful)
        self.question = self._as_question(utterance)
        if self.question.follow_up:
            self._untold = text
        else:
            self._tell(text, final=True)
        return Event.QUESTION

    def _as_question(self, heard: Pause | Utterance) -> Question:
        attention = self.attention
        return Question(heard.text, heard.words, heard.doubtful, attention.follow_up, attention.asked)

    def _is_echo(self, text: str, end: float, *, sure: bool = False) -> bool:
        ended = self._ears.clock.when(end) or trio.current_time()
        return bool(text) and self.own_words.are(text, self._speech_began, ended, sure=sure)

    def _miss(self, text: str) -> Event:
        """Return what follows when nobody is answered: after another miss nobody is listened to."""
        self._ignore(text, "not_understood")
        return self.attention.miss()

    def _ignore(self, text: str, reason: str) -> None:
        self._untold = ""
        self._log.info("utterance_ignored", text=text, reason=reason)

    def _tell(self, text: str, *, final: bool) -> None:
        if text:
            self._line.post(Transcript(self._session_id, text, final))


def _sure(heard: Pause | Utterance) -> bool:
    return heard.source == "grammar" and not heard.doubtful
