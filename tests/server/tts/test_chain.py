"""Several voices in order of preference, in virtual time."""

from collections.abc import Callable

import attrs
import pytest
import structlog.testing
import trio

from tars.audio.formats import AudioFormat
from tars.server.tts.audio_cache import AudioCache
from tars.server.tts.chain import CLAUSE_LIMIT, REST, VoiceChain
from tars.server.tts.voice import Play, VoiceFailed
from tars.server.tts.worker_voice import FORMAT
from tests.support.virtual import run_virtual


@attrs.define(eq=False)
class FakeVoice:
    """Makes as many bytes as it has characters, its own letter each."""

    name: str
    longest: int = 40
    ready: bool = True
    fails: bool = False
    takes: float = 0.0
    format: AudioFormat = FORMAT
    asked: list[str] = attrs.field(factory=list)

    async def speak(self, text: str, play: Play) -> None:
        self.asked.append(text)
        await trio.sleep(self.takes)
        half = len(text) // 2
        await play(self.name[:1].encode() * half)
        if self.fails:
            raise VoiceFailed("it died")
        await play(self.name[:1].encode() * (len(text) - half))


def chain(*voices: FakeVoice) -> VoiceChain:
    return VoiceChain(voices)


async def said(voice: VoiceChain, text: str) -> bytes:
    heard = bytearray()

    async def play(pcm: bytes) -> None:
        heard.extend(pcm)

    await voice.speak(text, play)
    return bytes(heard)


def check(live: Callable[[], object]) -> None:
    async def run() -> None:
        await live()  # type: ignore[misc]

    run_virtual(run)


def test_the_first_voice_that_is_ready_speaks_in_pieces_of_its_own_length() -> None:
    async def live() -> None:
        piper, espeak = FakeVoice("piper"), FakeVoice("espeak", longest=400)
        text = "I heard you, and I have no answer to that. Say again?"
        assert await said(chain(piper, espeak), text) == b"p" * (len(text) - 2)  # the blanks at the cuts
        assert piper.asked == ["I heard you,", "and I have no answer to that.", "Say again?"]
        assert espeak.asked == []

    check(live)


def test_while_the_first_one_loads_the_next_one_speaks() -> None:
    async def live() -> None:
        piper, espeak = FakeVoice("piper", ready=False), FakeVoice("espeak")
        voice = chain(piper, espeak)
        assert await said(voice, "One.") == b"eeee"
        piper.ready = True
        assert await said(voice, "Two.") == b"pppp"

    check(live)


def test_a_clause_that_fails_is_said_by_the_next_voice_once_and_from_its_beginning() -> None:
    async def live() -> None:
        piper, espeak = FakeVoice("piper", fails=True), FakeVoice("espeak")
        voice = chain(piper, espeak)
        with structlog.testing.capture_logs() as logs:
            assert await said(voice, "One. Two.") == b"e" * 8
        assert piper.asked == ["One."]  # and not again for the second
        assert [line["event"] for line in logs] == ["tts_fallback"]
        assert (logs[0]["voice"], logs[0]["instead"], logs[0]["reason"]) == ("piper", "espeak", "it died")
        piper.fails = False
        await trio.sleep(REST)
        assert await said(voice, "Three.") == b"p" * 6

    check(live)


def test_a_voice_that_is_slow_has_its_limit() -> None:
    async def live() -> None:
        piper, espeak = FakeVoice("piper", takes=60.0), FakeVoice("espeak")
        began = trio.current_time()
        assert await said(chain(piper, espeak), "One. Two.") == b"e" * 8
        assert trio.current_time() - began == pytest.approx(CLAUSE_LIMIT)

    check(live)


def test_where_the_last_voice_fails_as_well_the_speaker_is_told() -> None:
    async def live() -> None:
        with pytest.raises(VoiceFailed, match="it died"):
            await said(chain(FakeVoice("piper", ready=False), FakeVoice("espeak", fails=True)), "One.")

    check(live)


def test_what_was_said_before_is_kept_for_each_voice() -> None:
    async def live() -> None:
        piper, espeak = FakeVoice("piper"), FakeVoice("espeak")
        voice = chain(piper, espeak)
        await voice.warm(["Say again?", "Goodbye."])
        assert await said(voice, "Say again?") == b"p" * 10
        assert piper.asked == ["Say again?", "Goodbye."]
        piper.ready = False
        assert await said(voice, "Say again?") == b"e" * 10
        assert await said(voice, "Say again?") == b"e" * 10
        assert espeak.asked == ["Say again?"]

    check(live)


def test_a_reply_that_is_dropped_is_made_no_further_and_not_kept() -> None:
    async def live() -> None:
        espeak = FakeVoice("espeak", takes=1.0)
        voice = chain(espeak)
        with trio.move_on_after(0.5):
            await said(voice, "One. Two.")
        assert espeak.asked == ["One."]
        espeak.takes = 0.0
        assert await said(voice, "One.") == b"eeee"
        assert espeak.asked == ["One.", "One."]

    check(live)


def test_the_cache_is_bounded_and_drops_what_was_longest_unused() -> None:
    cache = AudioCache(max_bytes=10, max_piece=5)
    cache.put("piper", "long", bytes(6))
    assert cache.get("piper", "long") is None
    for text in "abc":
        cache.put("piper", text, text.encode() * 4)
        cache.get("piper", "a")
    assert [cache.get("piper", text) for text in "abc"] == [b"aaaa", None, b"cccc"]
    assert cache.held_bytes == 8
    cache.put("piper", "a", b"other")
    assert cache.get("piper", "a") == b"aaaa"
    assert cache.get("espeak", "a") is None
