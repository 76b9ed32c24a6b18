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

    def send(self, message: FromDevice) -> None: ...

    def send_audio(self, pcm: bytes) -> None: ...


def test_a_session_that_does_not_go_on_over_a_new_link_has_lost_nothing_on_it() -> None:
    client = FakeClient(dropped_audio_bytes=5000)  # by the session before
    uplink = Uplink(cast("WebSocketClient", client))
    uplink.begin(Tape())
    uplink.hear(bytes(640))
    client.dropped_audio_bytes = 0  # the new link
    assert uplink.dropped_audio_bytes == 0
