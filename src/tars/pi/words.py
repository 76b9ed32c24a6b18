"""What the device says by itself, in words where espeak-ng is installed; without it, by `sounds` alone."""

import subprocess
import sys
from importlib.util import find_spec

import msgspec
import trio
from structlog import get_logger

from tars.audio.formats import AudioFormat
from tars.pi.sound_names import Sound
from tars.pi.sounds import Clip

log = get_logger()

WORDS = {
    Sound.ASK_LATER: "No connection. Go ahead, I will ask later.",
    Sound.NOTED: "I will ask when the connection is back.",
    Sound.GAVE_UP: "The connection is not back. I gave up on your question.",
}
LIMIT = 30.0
"""Seconds. It takes a tenth of one on a desktop core; a small board that has just started is busy with everything
else."""


async def make_words() -> dict[Sound, Clip]:
    """The words of each sound that has any; none where espeak-ng is not installed, or fails."""
    if find_spec("espeakng_loader") is None:
        return {}
    try:
        with trio.fail_after(LIMIT):
            return await _say_all()
    except trio.TooSlowError:
        reason = f"espeak-ng took more than {LIMIT:g} s"
    except subprocess.CalledProcessError as exc:
        reason = exc.stderr.decode(errors="replace").strip()[-200:] or str(exc)
    except (OSError, msgspec.DecodeError) as exc:  # no memory for a process, say, which the device can do without
        reason = str(exc)
    log.warning("no_words", reason=reason)
    return {}


async def _say_all() -> dict[Sound, Clip]:
    command = [sys.executable, "-m", "tars.pi.words_process", *WORDS.values()]
    # in a group of its own: the terminal's Ctrl-C is for this program, which ends it
    done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, process_group=0)
    rate, said = msgspec.msgpack.decode(done.stdout, type=tuple[int, list[bytes]])
    return {name: Clip(AudioFormat(rate), pcm) for name, pcm in zip(WORDS, said, strict=True)}
