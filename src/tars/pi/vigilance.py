"""Whether a sound card does its work, what is said about it, and when it is opened anew. Pure: `now` is given.

A microphone can go deaf in two ways: no block comes any more, or blocks come with nothing in them. A microphone
in the quietest of rooms still hears its own noise; samples that are all the same come from a driver that has hung
or from a switch that mutes it. The two cannot be told apart, so both are shown at once, and the card is opened
anew with longer and longer pauses: what hangs is woken, and what was muted on purpose is hardly disturbed.
"""

import enum

import attrs

SILENT_AFTER = 2.5
"""Seconds without a block, or with blocks that say nothing, before a card that worked counts as deaf or stuck: an
idle card that is woken takes up to two."""
FIRST_BLOCK = 5.0
"""Seconds for the first block after opening; a sound server that wakes a sleeping card needs two of them."""
HEALED_AFTER = 30.0
"""Seconds of good work that end a run of troubles: pauses grow on when it breaks again before."""
STUCK_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds from noticing to opening anew, where nothing comes at all; the last for ever. No jitter: nobody else
waits for this card."""
FLAT_PAUSES = (3.0, 15.0, 60.0, 300.0, 600.0)
"""The same, where what comes says nothing: it may be muted, and then opening anew only costs what is said just
when the switch is moved back."""
MUTED_BEFORE = 2
"""Where among `FLAT_PAUSES` a card begins that has once found its voice by itself: it has a switch, or a noise
gate."""


class Finding(enum.Enum):
    """What a look at a stream shows."""

    AWAITED = "awaited"
    """It was opened a moment ago, and has not shown yet what it does."""
    WELL = "well"
    """It gives sound, or takes it."""
    STUCK = "stuck"
    """Nothing passes."""
    FLAT = "flat"
    """Samples come, and they are all the same."""


def is_flat(block: bytes, frame_bytes: int) -> bool:
    """Whether every frame of a block is the same: on a real microphone not even silence is."""
    return block[frame_bytes:] == block[:-frame_bytes]


@attrs.define
class Pulse:
    """What one opening of a card has given so far. Fed in the card's thread, felt in trio's."""

    opened_at: float
    first: float | None = None
    """When its first block came."""
    _last: float = 0.0
    _last_sound: float | None = None

    def feed(self, now: float, *, flat: bool = False) -> None:
        """A block passed."""
        if self.first is None:
            self.first = now
        self._last = now
        if not flat:
            self._last_sound = now

    def feel(self, now: float) -> Finding:
        """How it does."""
        if self.first is None:
            return Finding.AWAITED if now - self.opened_at <= FIRST_BLOCK else Finding.STUCK
        if now - self._last > SILENT_AFTER:
            return Finding.STUCK
        if now - (self.first if self._last_sound is None else self._last_sound) > SILENT_AFTER:
            return Finding.FLAT
        return Finding.AWAITED if self._last_sound is None else Finding.WELL


@attrs.define
class Warden:
    """Watches over one device through all its openings."""

    trouble: Finding | None = None
    """`STUCK` or `FLAT` while it is; None while all is well, as far as is known."""
    _openings: int = 0
    """Since it last did good work for long."""
    _well_since: float | None = None
    _due: float | None = None
    """When a flat stream is to be closed."""
    _flat_here: bool = False
    """Whether the present opening was flat: if sound comes now, it comes by itself."""
    _muted_before: bool = False

    def look(self, finding: Finding, now: float) -> bool:
        """Take note of a look at the stream; whether it has to be closed and opened anew, after `pause`."""
        match finding:
            case Finding.AWAITED:
                return False
            case Finding.WELL:
                self._is_well(now)
                return False
            case Finding.STUCK:
                self.trouble, self._well_since = finding, None
                return True
            case Finding.FLAT:
                self._is_flat(now)
                return self._due is not None and now >= self._due

    def opening(self) -> float:
        """It is about to be opened anew; how many seconds from now."""
        # a flat stream was left open for its pause
        pause = 0.0 if self.trouble is Finding.FLAT else _nth(STUCK_PAUSES, self._openings)
        self._openings += 1
        self._due, self._flat_here = None, False
        return pause

    def failed(self) -> None:
        """It could not be opened."""
        self.trouble, self._well_since = Finding.STUCK, None

    def _is_well(self, now: float) -> None:
        if self._flat_here:
            self._muted_before = True
        if self._well_since is None:
            self._well_since = now
        elif now - self._well_since >= HEALED_AFTER:
            self._openings = 0
        self.trouble, self._due, self._flat_here = None, None, False

    def _is_flat(self, now: float) -> None:
        self.trouble, self._well_since, self._flat_here = Finding.FLAT, None, True
        if self._due is None:
            self._due = now + _nth(FLAT_PAUSES, max(self._openings, MUTED_BEFORE if self._muted_before else 0))


def _nth(pauses: tuple[float, ...], number: int) -> float:
    return pauses[min(number, len(pauses) - 1)]
