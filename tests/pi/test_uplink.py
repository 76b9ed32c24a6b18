"""What is counted of a session's audio that was lost."""

from typing import cast

import attrs

from tars.messages import FromDevice
from tars.pi.tape import Tape
from tars.pi.uplink import Uplink
from tars.pi.websocket_client import WebSocketClient


@attrs.define
class FakeClient:
    dropped_audio_bytes: int = 0
    connected: bool = True
    sent_bytes: int = 0

    def send(self, message: FromDevice) -> None: ...

    def send_audio(self, pcm: bytes) -> None:
        self.sent_bytes += len(pcm)


def test_a_session_that_does_not_go_on_over_a_new_link_has_lost_nothing_on_it() -> None:
    client = FakeClient(dropped_audio_bytes=5000)  # by the session before
    uplink = Uplink(cast("WebSocketClient", client))
    uplink.begin(Tape())
    uplink.hear(bytes(640))
    client.dropped_audio_bytes = 0  # the new link
    assert uplink.dropped_audio_bytes == 0


def test_audio_that_finds_no_place_on_the_tape_is_not_sent() -> None:
    client = FakeClient(connected=False)
    uplink = Uplink(cast("WebSocketClient", client))
    uplink.begin(tape := Tape(capacity=4, reserve=0))
    uplink.hear(b"aabb")
    client.connected, client.sent_bytes = True, 0
    uplink.go_on(0)
    uplink.hear(b"cc")
    assert (client.sent_bytes, tape.end, uplink.dropped_audio_bytes) == (4, 4, 2)


def test_a_session_whose_link_is_too_slow_is_heard_on_and_kept_no_more() -> None:
    client = FakeClient()
    uplink = Uplink(cast("WebSocketClient", client))
    uplink.begin(tape := Tape(capacity=4, reserve=0))
    uplink.hear(b"aa")
    client.dropped_audio_bytes = 2
    for _ in range(3):
        uplink.hear(b"bb")
    assert (client.sent_bytes, tape.end) == (8, 2)
