"""Small programs that use a sound card, run as processes of their own: PortAudio looks for cards once a process.

`hear FILE SECONDS` writes what the microphone hears; `say FILE` plays a WAV file as an utterance; `interrupt FILE
SECONDS` interrupts it. All print a JSON object a line, with times of the monotonic clock.
"""

import json
import sys
import time
from collections.abc import Awaitable, Callable

import attrs
import trio

from tars.pi.microphone import open_microphone
from tars.pi.playback import PlaybackComplete, PlaybackStarted, open_player
from tars.pi.speaker import open_speaker
from tests.support.wav import read_wav


def tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, "now": time.monotonic(), **fields}), flush=True)


async def hear(path: str, seconds: str) -> None:
    heard = bytearray()
    async with open_microphone(None) as microphone:
        await microphone.blocks.receive()
        tell("open")
        with trio.move_on_after(float(seconds)):
            async for block in microphone.blocks:
                heard += block
        await trio.Path(path).write_bytes(heard)
        tell("heard", lost=microphone.lost_blocks)


async def interrupt(path: str, seconds: str) -> None:
    audio_format, pcm = read_wav(path)
    async with open_speaker(None) as speaker, open_player(speaker) as player:
        player.offer_start("spoken", audio_format)
        player.offer_audio(pcm)
        async for event in player.events:
            if isinstance(event, PlaybackStarted):
                break
        await trio.sleep(float(seconds))
        tell("interrupted", heard=player.interrupt())
        await trio.sleep(0.5)


async def say(path: str) -> None:
    audio_format, pcm = read_wav(path)
    async with open_speaker(None) as speaker, open_player(speaker) as player:
        tell("open")
        await trio.sleep(0.5)
        tell("offered")
        player.offer_start("spoken", audio_format)
        for at in range(0, len(pcm), 4096):
            player.offer_audio(pcm[at : at + 4096])
        player.offer_end("spoken")
        async for event in player.events:
            tell(type(event).__name__, **attrs.asdict(event))
            if isinstance(event, PlaybackComplete):
                break
        await trio.sleep(0.5)


if __name__ == "__main__":
    program, *arguments = sys.argv[1:]
    programs: dict[str, Callable[..., Awaitable[None]]] = {
        "hear": hear,
        "interrupt": interrupt,
        "say": say,
    }
    trio.run(programs[program], *arguments)
