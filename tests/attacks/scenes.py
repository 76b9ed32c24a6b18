"""Attacks that take more than bytes: leaving at the worst moment, reading or writing slowly."""

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable

from tests.attacks.raw import BINARY, CLOSE, LIMIT, PING, TEXT, UPGRADE, Attacker, frame, header, hello, text
from tests.attacks.target import Target
from tests.support.voices import in_room, speak

HELLO = hello("attacker")
Scene = Callable[[Target], float | None]
"""An attack; the figure that it gives, in seconds, where it gives one."""
SOME_AUDIO = frame(BINARY, bytes(2_560))


def hotword() -> bytes:
    """The beginning of a session."""
    fields = {"session_id": str(uuid.uuid4()), "hotword": "hey_jarvis", "score": 0.9}
    return text({"type": "hotword_detected", **fields})


def question(words: str) -> bytes:
    """A session with a question, as one burst."""
    pcm = in_room(speak(words), rms=20, before=0.3, after=1.2)
    return hotword() + b"".join(frame(BINARY, pcm[at : at + 2_560]) for at in range(0, len(pcm), 2_560))


def reset_after(*data: bytes, pause: float = 0.05) -> Scene:
    """Send each piece, look away for a moment, and reset the connection."""

    def scene(target: Target) -> None:
        for _ in range(5):
            attacker = target.connect()
            for piece in data:
                attacker.send(piece)
                time.sleep(pause)
            attacker.reset()

    return scene


def reset_during_a_reply(target: Target) -> None:
    """Leave while TARS speaks."""
    attacker = target.connect()
    attacker.hello("attacker")
    attacker.send(question("hey jarvis, what can you do"))
    next(payload for opcode, payload in attacker.frames() if opcode == BINARY)
    attacker.reset()


def reset_with_unread_answers(target: Target) -> None:
    """Leave with the receive buffer full."""
    attacker = target.connect()
    attacker.hello("attacker")
    attacker.send(text({"type": "unheard-of"}) * 200)
    time.sleep(0.1)
    attacker.reset()


def goodbye_and_silence(target: Target) -> None:
    """Say goodbye and keep the connection: the server must not wait for longer than a second."""
    attacker = target.connect()
    attacker.hello("attacker")
    attacker.send(frame(CLOSE, b"\x03\xe8"))
    began = time.monotonic()
    attacker.read_to_end()
    assert time.monotonic() - began < 2


def pings_while_it_closes(target: Target) -> None:
    """Be sent away, and send on: the bug that ends trio-websocket's own server."""
    for _ in range(10):
        attacker = target.connect()
        attacker.hello("attacker")
        attacker.send(header(0x82, 2**40))
        for _ in range(50):
            if not attacker.send(frame(PING, b"x") * 20):
                break
        assert attacker.close_code() in (1009, None)


def half_a_frame(target: Target) -> None:
    """Begin a frame and never end it, five times at once."""
    for number in range(5):
        attacker = target.connect()
        attacker.hello(f"attacker-{number}")
        attacker.send(header(0x82, 60_000) + bytes(30_000))
    time.sleep(0.3)


def a_frame_byte_by_byte(target: Target) -> None:
    """One byte of a frame at a time."""
    attacker = target.connect()
    attacker.hello("attacker")
    for byte in text({"type": "slow"}):
        attacker.send(bytes([byte]))
        time.sleep(0.01)
    assert attacker.until_type("error")["code"] == "unknown_type"


def a_handshake_byte_by_byte(target: Target) -> None:
    """One byte of a good request at a time, but not too slowly: it is served."""
    attacker = target.connect()
    for byte in UPGRADE:
        attacker.send(bytes([byte]))
    attacker.send(HELLO)
    attacker.until_type("welcome")


def drip(attacker: Attacker, data: bytes) -> None:
    """Send a byte five times a second, until the server hangs up."""
    for byte in data:
        if not attacker.send(bytes([byte])):
            return
        time.sleep(0.2)


def slow_writers(target: Target) -> float:
    """A request and a `hello` that are always about to be complete. How long the slower one is borne."""
    asker, greeter = target.connect(), target.connect()
    greeter.send(UPGRADE)
    drips = [threading.Thread(target=drip, args=each) for each in ((asker, UPGRADE), (greeter, HELLO))]
    began = time.monotonic()
    for each in drips:
        each.start()
    asker.read_to_end()
    assert greeter.close_code() == 1008
    borne = time.monotonic() - began
    for each in drips:
        each.join()
    assert borne < 6
    return borne


def slow_reader(target: Target) -> float:
    """Ask, and do not read: the answers fill every buffer on the way. How long the server bears it; and what it
    has sent until then is whole messages, though its last one was stopped half way."""
    attacker = target.connect(receive_buffer=2048)
    attacker.send(UPGRADE + HELLO + question("hey jarvis, what can you do"))
    message = text({"type": "t" * 60})
    attacker.sock.settimeout(1)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < 5:
            attacker.sock.sendall(message * 20)
            time.sleep(0.01)
    given_up = time.monotonic() - began
    assert given_up < 5, "the server goes on for ever"
    for opcode, payload in attacker.frames():
        assert opcode in (BINARY, CLOSE, PING) or json.loads(payload)["type"]
    return given_up


def reader_that_falls_asleep(target: Target) -> float:
    """Read and answer nothing any more while TARS speaks. How long until the server has noticed."""
    attacker = target.connect(receive_buffer=2048)
    name = f"sleeper-{uuid.uuid4()}"
    attacker.hello(name)
    attacker.send(question("hey jarvis, what can you do"))
    next(payload for opcode, payload in attacker.frames() if opcode == BINARY)
    began = time.monotonic()
    while time.monotonic() - began < LIMIT:
        if any(e["event"] == "device_disconnected" and e["device_id"] == name for e in target.log()):
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("the server has not noticed")


def slow_reader_of_the_handshake(target: Target) -> None:
    """Send plain requests and never read the page."""
    for _ in range(20):
        target.connect(receive_buffer=2048).send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)


def urgent_data(target: Target) -> None:
    """TCP's forgotten feature, in the middle of a frame."""
    attacker = target.connect()
    attacker.hello("attacker")
    attacker.send(header(0x81, 100))
    attacker.sock.send(b"!", socket.MSG_OOB)
    attacker.sock.shutdown(socket.SHUT_WR)
    attacker.read_to_end()


def half_closed(target: Target) -> None:
    """Send everything, send FIN, and wait for the answers."""
    for data in (b"", UPGRADE[:50], UPGRADE, UPGRADE + HELLO, UPGRADE + HELLO + hotword() + SOME_AUDIO):
        attacker = target.connect()
        attacker.send(data)
        attacker.sock.shutdown(socket.SHUT_WR)
        attacker.read_to_end()


def sessions_without_end(target: Target) -> None:
    """200 sessions in one second, each thrown away for the next."""
    attacker = target.connect()
    attacker.hello("attacker")
    for _ in range(200):
        attacker.send(hotword() + SOME_AUDIO)
    attacker.reset()


SCENES: dict[str, Scene] = {
    "reset at once": reset_after(),
    "reset within the request": reset_after(UPGRADE[:60]),
    "reset after the request": reset_after(UPGRADE, pause=0),
    "reset after the upgrade": reset_after(UPGRADE),
    "reset after the hello": reset_after(UPGRADE + HELLO, pause=0),
    "reset after the welcome": reset_after(UPGRADE + HELLO),
    "reset within a frame": reset_after(UPGRADE + HELLO, header(0x82, 5_000) + bytes(100)),
    "reset within a frame's head": reset_after(UPGRADE + HELLO, header(0x82, 5_000)[:3]),
    "reset within a message's fragments": reset_after(UPGRADE + HELLO, frame(TEXT, b"{", final=False)),
    "reset within a session": reset_after(UPGRADE + HELLO, hotword(), SOME_AUDIO),
    "reset within the close": reset_after(UPGRADE + HELLO, frame(CLOSE, b"\x03\xe8"), pause=0),
    "reset during a reply": reset_during_a_reply,
    "reset with unread answers": reset_with_unread_answers,
    "half closed at every stage": half_closed,
    "goodbye and silence": goodbye_and_silence,
    "pings while the server closes": pings_while_it_closes,
    "half a frame": half_a_frame,
    "a frame byte by byte": a_frame_byte_by_byte,
    "a handshake byte by byte": a_handshake_byte_by_byte,
    "a request and a hello that take for ever": slow_writers,
    "urgent data": urgent_data,
    "a reader that does not read": slow_reader,
    "a reader that falls asleep": reader_that_falls_asleep,
    "pages that nobody reads": slow_reader_of_the_handshake,
    "200 sessions at once": sessions_without_end,
}
