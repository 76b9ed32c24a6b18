"""The process that says `words`: sentences as arguments in, the rate and the audio of each as MessagePack out.

A process, because a native library may crash, and because its memory is given back with it.
"""

import sys

import msgspec

from tars.audio.espeak_library import Espeak

VOICE, SPEED, PITCH = "en-us", 165, 40
"""Those of the server's embedded voice, as it is by default."""


def main() -> None:
    """Say all of them."""
    espeak = Espeak(VOICE, SPEED, PITCH)
    said = [_say(espeak, sentence) for sentence in sys.argv[1:]]
    sys.stdout.buffer.write(msgspec.msgpack.encode((espeak.rate, said)))


def _say(espeak: Espeak, sentence: str) -> bytes:
    audio = bytearray()

    def take(pcm: bytes) -> bool:
        audio.extend(pcm)
        return False

    espeak.synthesise(sentence, take)
    return bytes(audio)


if __name__ == "__main__":
    main()
