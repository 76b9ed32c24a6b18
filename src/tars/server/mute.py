"""A muted device's memory: the volume before, and until when it is silent. Pure.

A mute is for an evening or a night. Nobody remembers in the morning why TARS does not speak: so the first hotword
after five o'clock ends it.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from tars.server.brains.skills.loudness import AUDIBLE, BEFORE_MUTE

MORNING = time(5)
"""Local time at which a mute is over: late enough for a night, and early enough for a day."""
MUTED_UNTIL = "muted_until"
"""The setting that keeps, while a device is muted, the end of it: seconds since 1970."""


def with_memory(settings: Mapping[str, int], changes: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Return `changes` to `settings`, with what has to be remembered where they mute the device."""
    before = settings["volume"]
    if changes.get("volume") != 0 or before == 0:
        return dict(changes)
    return {**changes, BEFORE_MUTE: before, MUTED_UNTIL: int(_next_morning(now).timestamp())}


def ended(settings: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Return the change that ends a mute whose time is over; nothing where there is none."""
    if settings["volume"] or now.timestamp() < settings.get(MUTED_UNTIL, 0):
        return {}
    return {"volume": settings.get(BEFORE_MUTE, AUDIBLE)}


def _next_morning(now: datetime) -> datetime:
    morning = datetime.combine(now.date(), MORNING, now.tzinfo)
    return morning if now < morning else datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
