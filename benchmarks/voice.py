"""The embedded voices side by side: how soon, how cheap, how well understood, and how soon they stop.

python -m benchmarks.voice [--json]

A recogniser writes down what it hears of each reply; the share of words that it gets wrong says how well a voice
can be understood, as far as a recogniser is a listener.
"""

import statistics
import time
from collections.abc import Sequence

import attrs
import psutil
import trio

from benchmarks._scoring import word_error_rate
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tars.audio.formats import MICROPHONE
from tars.audio.resample import Resampler
from tars.server.brains.normalise import words_of
from tars.server.brains.numbers import take_numbers, token
from tars.server.stt.moonshine.model import Moonshine, load_moonshine
from tars.server.tts.chain import VoiceChain
from tars.server.tts.espeak import open_espeak_voice
from tars.server.tts.piper.voice import open_piper_voice
from tars.server.tts.worker_voice import FORMAT, WorkerVoice
from tests.support.limits import HANG

REPLIES = (
    "It's twelve minutes past nine.",
    "Today is Sunday, the twenty ninth of November.",
    "Seventeen plus twenty five is forty two.",
    "Volume thirty percent.",
    "Ten miles are about sixteen kilometers.",
    "I heard you, but I keep no lists yet.",
    "Heads.",
    "My humor is at seventy five percent, which is where I like it.",
    "There are one hundred and forty eight days left until the end of the year.",
    "You are welcome. It was no trouble at all.",
    "I have no idea what the weather will be like, and I would rather say so.",
    "A pound is sixteen ounces.",
    "The link is up, and answers in three milliseconds.",
    "I rolled two dice, a four and a six, which makes ten.",
    "Paris is one hour ahead of London.",
    "Goodbye, and mind the step.",
    "Half of fifty is twenty five.",
    "Christmas is on a Friday this year.",
    "This device has no volume that I can set.",
    "Say that again, please, and a little slower.",
)
LONG = " ".join(REPLIES).replace(".", ",")
"""A sentence without an end, to be stopped."""
STOPS = 20


@attrs.frozen
class Spoken:
    """What one voice did."""

    name: str
    first: Sequence[float]
    """Seconds to the first sound of each reply."""
    work: float
    """Processor seconds for a second of speech."""
    stops: Sequence[float]
    """Seconds from giving up a long sentence to the moment that nothing is computed any more."""
    memory: float
    """Megabytes, resident."""
    wrong: float
    """Percent of the words that a recogniser got wrong."""


async def first_sound(voice: WorkerVoice, text: str) -> tuple[float, bytes]:
    """Say a text; the seconds to its first sound, and all of it."""
    began = time.perf_counter()
    first: list[float] = []
    heard = bytearray()

    async def play(pcm: bytes) -> None:
        if not first and any(pcm):
            first.append(time.perf_counter() - began)
        heard.extend(pcm)
        await trio.lowlevel.checkpoint()

    await voice.speak(text, play)
    return first[0], bytes(heard)


async def stop(voice: WorkerVoice) -> float:
    """Give up a long sentence in its middle; the seconds that it still holds up the next one."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(first_sound, voice, LONG)
        await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    began = time.perf_counter()
    await first_sound(voice, "A")
    with_work = time.perf_counter() - began
    began = time.perf_counter()
    await first_sound(voice, "A")
    return max(0.0, with_work - (time.perf_counter() - began))


def understood(moonshine: Moonshine, speech: bytes) -> str:
    """What the recogniser makes of it."""
    resampler = Resampler(FORMAT.rate, MICROPHONE.rate)
    return moonshine.decode(resampler.feed(speech) + resampler.flush(), None).free.text


def canonical(text: str) -> str:
    """The same with one way to write a number, so that "42" is "forty two"."""
    words, numbers = take_numbers(words_of(text))
    values = {token(index): str(value) for index, value in enumerate(numbers)}
    return " ".join(values.get(word, word) for word in words)


async def measure(voice: WorkerVoice, moonshine: Moonshine) -> Spoken:
    """Let one voice speak."""
    await voice.pool.wait_ready()
    process = psutil.Process(voice.pool.pids[0])
    firsts, pairs, seconds = [], [], 0.0
    before = sum(process.cpu_times()[:2])
    speeches = [(text, *await first_sound(voice, text)) for text in REPLIES]
    work = sum(process.cpu_times()[:2]) - before
    for text, first, speech in speeches:
        firsts.append(first)
        seconds += FORMAT.seconds(len(speech))
        pairs.append((canonical(text), canonical(understood(moonshine, speech))))
    stops = [await stop(voice) for _ in range(STOPS)]
    memory = process.memory_info().rss / 1e6
    return Spoken(voice.name, firsts, work / seconds, stops, memory, word_error_rate(pairs))


async def from_cache(voice: WorkerVoice) -> float:
    """Seconds to the first sound of a reply that was said before."""
    chain = VoiceChain([voice])
    await chain.warm([REPLIES[0]])
    began = time.perf_counter()

    async def play(pcm: bytes) -> None:
        times.append(time.perf_counter() - began)
        await trio.lowlevel.checkpoint()

    times: list[float] = []
    await chain.speak(REPLIES[0], play)
    return times[0]


async def run() -> Report:
    """Both voices, one after the other."""
    moonshine = load_moonshine()
    spoken = []
    with trio.fail_after(HANG):
        for opening in (open_espeak_voice, open_piper_voice):
            async with opening() as voice:
                spoken.append(await measure(voice, moonshine))
                cached = await from_cache(voice)
    return report(spoken, cached)


def report(spoken: Sequence[Spoken], cached: float) -> Report:
    """The tables and goals."""
    rows = tuple(
        Row(
            one.name,
            (
                one.wrong,
                1000 * statistics.median(one.first),
                1000 * percentile(one.first, 95),
                one.work,
                1000 * percentile(one.stops, 95),
                one.memory,
            ),
        )
        for one in spoken
    )
    columns = (
        "words wrong, %",
        "first sound, median, ms",
        "p95, ms",
        "processor s for 1 s",
        "stopped after, p95, ms",
        "memory, MB",
    )
    stopped = max(percentile(one.stops, 95) for one in spoken)
    return Report(
        "The voices",
        f"{len(REPLIES)} replies, each by itself and not from the cache, by each embedded voice; what they say is "
        "written down by the embedded recogniser without a grammar. A long sentence is given up in its middle "
        f"{STOPS} times; it has stopped when the voice can begin with the next one.",
        (Table("Voices", columns, rows, baseline="espeak"),),
        (
            Goal("a voice stops after a barge-in, p95", 20, 1000 * stopped, "ms"),
            Goal("a reply that was said before begins after", 5, 1000 * cached, "ms"),
        ),
    )


if __name__ == "__main__":
    publish(trio.run(run))
