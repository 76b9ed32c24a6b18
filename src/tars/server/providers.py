"""The embedded ears, brain and voice, put together from the settings."""

import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from tars.server.brains.grammar import GrammarSpec
from tars.server.brains.offline import OfflineBrain
from tars.server.brains.skills.endings import END_PHRASE, END_PHRASE_LIST
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.brains.understanding import Understanding
from tars.server.conversation.end_phrases import DEFAULT_END_PHRASES
from tars.server.conversation.fixed_replies import FIXED_REPLIES
from tars.server.conversation.interlocutor import Providers
from tars.server.settings import Settings
from tars.server.stt.workers import open_speech_workers
from tars.server.tts.voices import open_voices
from tars.server.workers.policy import WorkerPolicy

_SIGNS = re.compile(r"[^\w\s']|_")
"""What is not spoken of a farewell."""


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Providers]:
    """What hears, thinks and speaks. Models load beside the block; whoever is early waits for them."""
    grammar, brain = grammar_and_brain(settings.session.end_phrases)
    patient = WorkerPolicy(open_timeout=settings.session.open_limit)
    async with (
        open_speech_workers(settings.speech, settings.server.hotwords, patient, grammar) as recogniser,
        open_voices(settings.tts, settings.voice, settings.piper) as speaking,
        trio.open_nursery() as nursery,
    ):
        workers = (recogniser.pool, *speaking.pools)
        nursery.start_soon(speaking.prepare, FIXED_REPLIES.values())
        yield Providers(recogniser, brain, speaking.voice, workers)
        nursery.cancel_scope.cancel()


def grammar_and_brain(end_phrases: Sequence[str]) -> tuple[GrammarSpec, OfflineBrain]:
    """Return what is listened for and what answers it, both with the farewells of the settings.

    The skills know those that are set by default.
    """
    plain = (" ".join(_SIGNS.sub(" ", phrase).split()) for phrase in end_phrases)
    own = tuple(phrase for phrase in plain if phrase and phrase.lower() not in DEFAULT_END_PHRASES)
    skills = (*SKILLS, END_PHRASE) if own else SKILLS
    spec, brain = spec_of(skills), OfflineBrain(random.Random(), Understanding(skills))
    if own:
        spec = attrs.evolve(spec, names={**spec.names, END_PHRASE_LIST: own})
        brain.set_names(END_PHRASE_LIST, own)
    return spec, brain
