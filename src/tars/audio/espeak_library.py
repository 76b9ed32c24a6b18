"""espeak-ng by ctypes. The library has one state per process, and may crash: use it in a worker process only."""

import ctypes
from collections.abc import Callable

import espeakng_loader

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3
_BUFFER = 60
"""Milliseconds; the smallest piece that espeak-ng makes."""
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

Sink = Callable[[bytes], bool]
"""Takes a piece of audio; true: stop."""


class Espeak:
    """The loaded library with a voice set."""

    def __init__(self, voice: str, speed: int, pitch: int) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER, data, _DONT_EXIT)
        """Hertz; mono, 16 bits."""
        if self.rate <= 0:
            raise RuntimeError(f"espeak_Initialize failed: {self.rate}")
        if code := self._library.espeak_SetVoiceByName(voice.encode()):
            raise RuntimeError(f"espeak_SetVoiceByName({voice!r}) failed: {code}")
        self._library.espeak_SetParameter(_RATE, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]

    def synthesise(self, text: str, sink: Sink) -> None:
        """Say `text` into `sink`, piece by piece; returns when all is said or the sink stopped it."""
        failures: list[Exception] = []

        def take(samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: int) -> int:
            """What the library calls with each piece; 0 lets it go on, anything else stops it."""
            if failures or count <= 0:  # the last call has no samples
                return len(failures)
            try:
                return int(sink(ctypes.string_at(samples, count * 2)))
            except Exception as exc:  # none can cross C: ctypes would print it and go on; it is raised below
                failures.append(exc)
                return 1

        callback = _Callback(take)
        self._library.espeak_SetSynthCallback(callback)
        body = text.encode()
        self._library.espeak_Synth(body, len(body) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
        if failures:
            raise failures[0]
