"""Dial sooner than usual, while somebody waits for the link."""

import trio

from tars.link import Down, LinkState
from tars.pi.websocket_client import WebSocketClient

REDIAL_WITHIN = 2.0
"""Seconds between two dials, at most, while someone waits for the link: the window of a session would else be over
before the backoff dials again. Only few devices of a fleet are ever spoken to at a time."""


def hurry(client: WebSocketClient, state: LinkState, nursery: trio.Nursery) -> None:
    """Dial within `REDIAL_WITHIN` seconds where the link is down and would wait longer.

    A server that refuses the device is not dialled sooner.
    """
    if isinstance(state, Down) and state.retry_in > REDIAL_WITHIN and not state.refused:
        nursery.start_soon(_dial_soon, client)


async def _dial_soon(client: WebSocketClient) -> None:
    await trio.sleep(REDIAL_WITHIN)
    if not client.connected:
        client.nudge()
