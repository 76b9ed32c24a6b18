"""Opens the microphone, the hotword and the loudspeaker.

Importing this module loads numpy and what lies below it, for a good part of a second on a Raspberry Pi: it is
imported in a thread, when the link is already being dialled.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio

from tars.pi.devices import Devices
from tars.pi.hotword import open_hotword
from tars.pi.microphone import open_microphone
from tars.pi.playback import Player, open_player
from tars.pi.settings import Settings
from tars.pi.speaker import open_speaker
from tars.pi.words import make_words


@asynccontextmanager
async def open_sound_devices(
    settings: Settings, on_trouble: Callable[[str, str | None], None]
) -> AsyncGenerator[Devices, None]:
    """Everything that hears and speaks, as the settings say. Raises `UserError` where that cannot be had.

    `on_trouble` is called with `microphone` or `speaker` and a reason when one fails, with None when it works
    again.
    """
    detector = settings.detector
    async with (
        open_speaker(
            settings.speaker, partial(on_trouble, "speaker"), output_delay=settings.playback.output_delay
        ) as speaker,
        open_player(speaker) as player,
        open_hotword(settings.hotword, detector.threshold, detector.cooldown, gate=detector.gate) as hotword,
        open_microphone(settings.microphone, partial(on_trouble, "microphone"), hotword.ready) as microphone,
        trio.open_nursery() as nursery,
    ):
        if settings.session.offline_questions:
            nursery.start_soon(_teach, player)
        yield Devices(
            blocks=microphone.blocks,
            input_over=microphone.over,
            offer=hotword.offer,
            detections=hotword.detections,
            player=player,
        )
        nursery.cancel_scope.cancel()


async def _teach(player: Player) -> None:
    """Give it words for what only a device without a link has to say; until then, and without them, it sounds."""
    player.learn(await make_words())
