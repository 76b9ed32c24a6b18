"""Many devices in one process: the link of tars-pi, and nothing above it.

    python -m tests.netlab.crowd URL NUMBER

It prints a JSON line for each link that comes up or is lost, with the monotonic clock's time.
"""

import json
import os
import sys
import time
from functools import partial

import trio

from tars.link import LinkState, open_connection
from tars.messages import FromServer, Hello, Resume, Welcome
from tars.pi.websocket_client import WebSocketClient


class Member:
    """One device of the crowd: it only listens."""

    def __init__(self, number: int) -> None:
        self._number = number

    def _say(self, event: str) -> None:
        line = {"event": event, "number": self._number, "monotonic": time.monotonic()}
        print(json.dumps(line), flush=True)

    def on_link_state(self, state: LinkState) -> None:
        pass

    def on_connected(self, welcome: Welcome | None) -> None:
        self._say("up")

    def on_connection_lost(self, reason: str) -> None:
        self._say("down")

    def resume(self) -> Resume | None:
        return None

    def on_message(self, message: FromServer) -> None:
        pass

    def on_audio(self, pcm: bytes) -> None:
        pass


async def main(url: str, number: int) -> None:
    """Keep so many links, until killed."""
    dial = partial(open_connection, url, token=os.environ["TARS_TOKEN"])
    async with trio.open_nursery() as nursery:
        for member in range(number):
            WebSocketClient(dial, Hello(1, f"crowd-{member}")).start(nursery, Member(member))


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]))
