"""When to ask whether the peer is alive, and when to stop believing it. Pure: `now` is an argument."""

import attrs


@attrs.frozen
class HeartbeatPolicy:
    """How silence is judged; all times in seconds.

    A link that is cut without a word (no FIN, no RST) has to be noticed, and a blackout of 2 s has to be sat out.
    TCP resends what a blackout swallowed after 0.2, 0.6, 1.4 and 3.0 s, so a blackout of 2 s is a silence of 3.1 s
    after the first byte that it swallowed. Idle, that byte is a ping sent up to `interval` after the last sign of
    life: 4.6 s of silence are still healthy. While audio flows a ping goes out after half a second: 3.6 s.
    """

    interval: float = 1.5
    """A ping is due after this much silence."""
    timeout: float = 5.5
    """After this much silence the link is dead."""
    streaming_interval: float = 0.5
    """`interval` while audio flows, in either direction."""
    streaming_timeout: float = 3.8
    """`timeout` while audio flows."""
    streaming_memory: float = 1.0
    """Audio counts as flowing until this long after its last frame."""
    measure_interval: float = 10.0
    """A ping is due this long after the last one whatever is heard, so that the round trip stays known."""
