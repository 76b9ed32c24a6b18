"""What a run of PCM bytes means."""

import attrs


@attrs.frozen
class AudioFormat:
    """Interleaved signed little-endian PCM."""

    rate: int
    """Hertz."""
    channels: int = 1
    width: int = 2
    """Bytes per sample."""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.width

    @property
    def bytes_per_second(self) -> int:
        """Bytes that last one second."""
        return self.rate * self.frame_bytes

    def seconds(self, byte_count: int) -> float:
        """How long `byte_count` bytes last."""
        return byte_count / self.bytes_per_second

    def bytes_in(self, seconds: float) -> int:
        """How many bytes last `seconds`, in whole frames."""
        return round(seconds * self.rate) * self.frame_bytes


MICROPHONE = AudioFormat(rate=16_000)
"""What devices send: 16 kHz, mono, 16 bits."""
MAX_AUDIO_FRAME = 32 * 1024
"""The largest binary frame a device may send, in bytes."""
