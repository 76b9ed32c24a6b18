"""What a supervised link is doing, as it is shown to people."""

import attrs


@attrs.frozen
class Dialling:
    """A link is being made."""

    attempt: int
    """1 for the first dial, and again for the first after a link that was stable."""


@attrs.frozen
class Up:
    """The link stands."""

    attempt: int
    """Which dial succeeded."""
    peer: str
    """The other side's address, or an empty string where the link has none."""


@attrs.frozen
class Down:
    """There is no link, and a dial is due."""

    reason: str
    """Why the last link or the last dial ended: one clause."""
    retry_in: float
    """Seconds until the next dial, unless a nudge comes first."""
    attempt: int
    """Which dial ended this way."""
    refused: bool = False
    """The peer refused on purpose: dialling sooner would not help."""
    planned: bool = False
    """The peer ended the link at a moment of its own choosing, and has named one to come back."""


LinkState = Dialling | Up | Down
