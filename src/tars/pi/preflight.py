"""A look at what the settings name on this machine, before anything is dialled.

A mistake that is made here must not be told after "link up", as if the server were the cause. So this looks at
files, names of hotwords and the list of sound cards. What takes longer, and is nobody's mistake, happens while the
link is dialled: the models that come with TARS are loaded, and the cards are opened.
"""

from collections.abc import Sequence
from functools import partial

from tars.errors import UserError
from tars.pi.audio_devices import Kind, choose, list_devices
from tars.pi.beside_the_loop import run_beside
from tars.pi.hotword.catalogue import HotwordModel, find_models
from tars.pi.settings import Settings
from tars.pi.stand_ins import NULL, STDIN, check_stdin, check_wav_files, wav_path


async def look_before_dialling(settings: Settings, *, exit_after_input: bool) -> None:
    """Raise `UserError` for the first thing that the settings name and that cannot be had."""
    heard, spoken = wav_path(settings.microphone), wav_path(settings.speaker)
    if exit_after_input and heard is None and settings.microphone != STDIN:
        raise UserError("--exit-after-input needs a microphone that ends: add --microphone wav:FILE")
    models = await run_beside(partial(find_models, settings.hotword), f"hotword {', '.join(settings.hotword)}")
    for hotword in models.own_files:
        await run_beside(partial(_load, hotword), str(hotword.path))
    if settings.microphone == STDIN:
        check_stdin()
    cards = _cards(settings)
    if cards:
        await run_beside(partial(_choose_all, cards), "the sound cards")
    files = " and ".join(path for path in (heard, spoken) if path is not None)
    if files:
        await run_beside(partial(check_wav_files, heard, spoken), files)


def _load(hotword: HotwordModel) -> None:
    """Load a model to see whether it is one."""
    from tars.pi.hotword.models import load_classifier  # numpy and onnxruntime: only for a model of one's own

    load_classifier(hotword)


def _cards(settings: Settings) -> list[tuple[Kind, str | None]]:
    """What of the settings means a sound card."""
    cards = []
    if wav_path(settings.microphone) is None and settings.microphone != STDIN:
        cards.append((Kind.MICROPHONE, settings.microphone))
    if wav_path(settings.speaker) is None and settings.speaker != NULL:
        cards.append((Kind.SPEAKER, settings.speaker))
    return cards


def _choose_all(cards: Sequence[tuple[Kind, str | None]]) -> None:
    devices = list_devices()
    for kind, spec in cards:
        choose(spec, kind, devices)
