"""An answer in the making: thought of, cut into sentences, and synthesised a little ahead."""

from collections.abc import Callable
from uuid import uuid4

import trio

from tars.server.brains.brain import Brain, BrainFailed, Outcome, Request
from tars.server.conversation.audio_queue import AudioQueue
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.sentences import SentenceSplitter
from tars.server.tts.voice import Voice, VoiceFailed

MOST_SENTENCES = 64
"""Sentences that wait for the voice: several minutes of speech. A brain that is further ahead waits."""


class Answer:
    """What TARS will say to one question.

    It may be made before the question is known to be whole: nothing of it shows, and it changes nothing, until
    `confirm`. To drop it, cancel `make`.
    """

    def __init__(self, request: Request, brain: Brain, voice: Voice, policy: SessionPolicy) -> None:
        self.request = request
        self.utterance_id = str(uuid4())
        self.text = ""
        """What is said, so far."""
        self.outcome: Outcome | None = None
        """What follows from it, when its words are complete."""
        self.thought = trio.Event()
        """Its words are complete."""
        self.confirmed = trio.Event()
        self.first_word_at: float | None = None
        self.audio = AudioQueue(voice.format)
        self._brain, self._voice, self._policy = brain, voice, policy
        self._on_words: Callable[[], None] = lambda: None

    def confirm(self, on_words: Callable[[], None]) -> None:
        """The question is whole: go on to the end. `on_words` is called for more words, and when they are over."""
        self._on_words = on_words
        self.confirmed.set()

    async def make(self) -> None:
        """Think and synthesise, until all of the audio is in `audio`. Raises `BrainFailed`, `VoiceFailed`."""
        send, receive = trio.open_memory_channel[str](MOST_SENTENCES)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._think, send)
            nursery.start_soon(self._synthesise, receive)

    async def _think(self, sentences: trio.MemorySendChannel[str]) -> None:
        splitter = SentenceSplitter()
        limit = self._policy.think_limit

        async def say(piece: str) -> None:
            """Take some words of the brain, and wait for the voice where it is far behind."""
            if self.first_word_at is None and piece.strip():
                self.first_word_at = trio.current_time()
            self.text += piece
            self._on_words()
            scope.deadline = float("inf")  # from here on it is not the brain that takes time
            for sentence in splitter.feed(piece):
                await sentences.send(sentence)
            scope.deadline = trio.current_time() + limit

        with sentences:
            with trio.move_on_after(limit) as scope:
                self.outcome = await self._brain.think(self.request, say)
            if self.outcome is None:
                raise BrainFailed(f"the brain has been silent for {limit:g} s")
            self.thought.set()
            self._on_words()
            for sentence in splitter.flush():
                await sentences.send(sentence)

    async def _synthesise(self, sentences: trio.MemoryReceiveChannel[str]) -> None:
        async for sentence in sentences:
            await self._speak(sentence)
            await self.confirmed.wait()  # the first sentence is made in advance, the others when they are wanted
            await self.audio.room(self._policy.audio_lead)
        self.audio.close()

    async def _speak(self, sentence: str) -> None:
        limit = self._policy.voice_limit

        async def play(pcm: bytes) -> None:
            scope.deadline = float("inf")  # from here on it is not the voice that takes time
            await self.audio.put(pcm)
            scope.deadline = trio.current_time() + limit

        with trio.move_on_after(limit) as scope:
            await self._voice.speak(sentence, play)
        if scope.cancelled_caught:
            raise VoiceFailed(f"the voice has been silent for {limit:g} s")
