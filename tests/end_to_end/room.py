"""A room for `tars-pi --microphone stdin`, in which a test speaks when it has seen what it waits for.

A recording has its words at fixed places: a machine that is busy with other work is not where it should be when
they come.
"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from tars.audio.formats import MICROPHONE
from tests.support.voices import mix, noise, silence, speak

BLOCK = 0.08
"""Seconds of audio that are written at a time: a chunk of the detector, so that it hears every sentence from
the same place in a chunk, in every run."""
_BYTES = MICROPHONE.bytes_in(BLOCK)


class Room:
    """Quiet, until somebody says something."""

    def __init__(self, microphone: IO[bytes]) -> None:
        self._microphone = microphone
        self._said: queue.Queue[bytes] = queue.Queue()
        self._over = threading.Event()

    def say(self, text: str, voice: str = "en-us") -> None:
        """Say something, from now on."""
        self._said.put(speak(text, voice))

    def live(self) -> None:
        """Be heard in real time until `close`."""
        due = time.monotonic()
        speech, blocks = b"", 0
        with suppress(BrokenPipeError), self._microphone:
            while not self._over.is_set():
                with suppress(queue.Empty):
                    speech += self._said.get_nowait()
                block, speech = speech[:_BYTES], speech[_BYTES:]
                blocks += 1
                self._microphone.write(mix(noise(BLOCK, 20, seed=blocks), block or silence(BLOCK)))
                self._microphone.flush()
                due += BLOCK
                self._over.wait(max(0.0, due - time.monotonic()))

    def close(self) -> None:
        """End what the microphone hears."""
        self._over.set()


@contextmanager
def open_room(microphone: IO[bytes] | None) -> Iterator[Room]:
    """A room that `microphone`, a program's standard input, hears."""
    assert microphone is not None
    room = Room(microphone)
    thread = threading.Thread(target=room.live)
    thread.start()
    try:
        yield room
    finally:
        room.close()
        thread.join()
