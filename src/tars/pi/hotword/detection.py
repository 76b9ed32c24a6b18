"""What a hotword detector says."""

import attrs


@attrs.frozen
class Detection:
    """Someone said a hotword."""

    hotword: str
    """The model's name: `hey_jarvis`, or a model file's name without its version and ending."""
    score: float
    """How sure the model is, 0 to 1."""
    position: int
    """Where in the offered audio it was noticed: bytes from the start of the stream."""
