"""What the espeak voice's worker is told when it starts."""

import attrs


@attrs.frozen
class Setup:
    """Sent as JSON."""

    voice: str
    speed: int
    pitch: int
    rate: int
    """Hertz, as the parent expects them."""
