"""Say one sentence with espeak-ng and leave: raw 16-bit PCM at espeak's own rate on standard output.

A process of its own for every sentence, because espeak-ng carries state from one sentence to the next (so the
same words would sound different after others) and seeds its breath and flutter from the clock. Only the standard
library is imported: start to sound takes some 25 ms.

    python -I -S espeak_process.py LIBRARY DATA VOICE RATE PITCH   < text   > rate as 4 bytes, then PCM
"""

import ctypes
import sys

SYNCHRONOUS = 2
DO_NOT_EXIT = 0x8000
RATE, PITCH = 1, 3
UTF8 = 1
CHARACTERS = 1
SEED = 1
Sink = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main(library: str, data: str, voice: str, rate: str, pitch: str) -> None:
    espeak = ctypes.CDLL(library)
    hertz = espeak.espeak_Initialize(SYNCHRONOUS, 20, data.encode(), DO_NOT_EXIT)
    if hertz <= 0:
        sys.exit(f"espeak-ng does not start with {data}")
    espeak.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    if espeak.espeak_SetVoiceByName(ctypes.c_char_p(voice.encode())):
        sys.exit(f"espeak-ng has no voice {voice!r}")
    espeak.espeak_SetParameter(RATE, int(rate), 0)
    espeak.espeak_SetParameter(PITCH, int(pitch), 0)
    chunks = [int(hertz).to_bytes(4, "little")]

    def collect(samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: int) -> int:
        if count:
            chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    sink = Sink(collect)
    espeak.espeak_SetSynthCallback(sink)
    text = sys.stdin.buffer.read()
    espeak.espeak_Synth(
        ctypes.c_char_p(text), ctypes.c_size_t(len(text) + 1), 0, CHARACTERS, 0, UTF8, None, ctypes.c_void_p(None)
    )
    sys.stdout.buffer.write(b"".join(chunks))


if __name__ == "__main__":
    main(*sys.argv[1:])
