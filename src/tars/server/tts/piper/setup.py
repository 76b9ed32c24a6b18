"""What the worker of Piper's voice is told when it starts."""

import attrs


@attrs.frozen
class Setup:
    """Sent as JSON."""

    model: str
    config: str
    speed: float
    rate: int
    """Hertz, as the parent expects them."""
