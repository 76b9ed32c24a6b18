"""Audio cut into pieces of one size."""


class Framer:
    """Bytes of any length in, pieces of `size` bytes out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest = bytearray()

    def feed(self, pcm: bytes) -> list[bytes]:
        """The whole pieces there are now, oldest first."""
        self._rest += pcm
        whole = len(self._rest) // self._size * self._size
        pieces = [bytes(self._rest[at : at + self._size]) for at in range(0, whole, self._size)]
        del self._rest[:whole]
        return pieces

    def flush(self) -> bytes:
        """The rest, shorter than a piece; empty when there is none."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest
