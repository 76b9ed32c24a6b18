"""The device's program, put together."""

import signal
import ssl
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio

import tars
from tars.errors import NotFulfilled, UserError
from tars.link import open_connection
from tars.link.dialling import authorisation
from tars.link.server_address import ServerAddress, parse_server_address
from tars.link.tls import trusting
from tars.logs import LogFormat, configure_logs
from tars.messages import Hello
from tars.pi.button import watch_button
from tars.pi.devices import Devices
from tars.pi.idleness import wait_until_done
from tars.pi.listening import Listening
from tars.pi.network import watch_network
from tars.pi.outbox import AUDIO_LIMIT, RESUMING_LIMIT
from tars.pi.outcome import ExitStatus, Outcome
from tars.pi.preflight import look_before_dialling
from tars.pi.session import SessionPolicy
from tars.pi.session_manager import SessionManager
from tars.pi.settings import Settings, choose_device_id
from tars.pi.status import DeviceTrouble, StatusFeed
from tars.pi.status_log import write_log
from tars.pi.websocket_client import WebSocketClient
from tars.service_manager import ServiceManager
from tars.signals import end_within, watch_signals
from tars.startup import EXIT_SIGNALLED

STOP_LIMIT = 4.0
"""Seconds from the signal after which the program ends whatever still hangs, a sound card's driver, say; without
that it ends within 2."""
CAPABILITIES = ("volume", "false_wake")
"""What this device can do beyond the original message set."""

OpenSoundDevices = Callable[[Settings, Callable[[str, str | None], None]], AbstractAsyncContextManager[Devices]]


@attrs.define(eq=False)
class _Opener:
    """Opens the sound devices, once, and lets others know."""

    settings: Settings
    feed: StatusFeed
    opened: trio.Event = attrs.field(factory=trio.Event)
    devices: Devices | None = None

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Devices, None]:
        open_sound_devices = await trio.to_thread.run_sync(_load)
        async with open_sound_devices(self.settings, self._on_trouble) as self.devices:
            self.opened.set()
            yield self.devices

    def _on_trouble(self, device: str, reason: str | None) -> None:
        self.feed.publish(DeviceTrouble(device, reason))


def _load() -> OpenSoundDevices:
    """Import what is slow to import, in a thread: the link is being dialled meanwhile."""
    from tars.pi.sound_devices import open_sound_devices

    return open_sound_devices


async def run_device(settings: Settings, *, exit_after_input: bool) -> None:
    """Run the device until SIGTERM, Ctrl-C, or, if so wanted, the end of a WAV file's conversation.

    Raises `UserError` for settings that cannot work.
    """
    address = read_address(settings.server)
    client = make_client(settings)
    feed = StatusFeed()
    manager = SessionManager(
        client,
        feed,
        Listening(pre_roll=settings.listening.pre_roll, frame=settings.listening.frame_ms / 1000),
        SessionPolicy(
            listening_sound=settings.listening.sound,
            resume_window=settings.session.resume_window,
            offline_questions=settings.session.offline_questions,
            offline_max_age=settings.session.offline_max_age,
        ),
    )
    configure_logs(settings.log.format, level=settings.log.level)
    async with trio.open_nursery() as consumers:
        for_programs = settings.log.format is LogFormat.JSON
        log_writer = partial(write_log, feed.subscribe(), address.shown, every_change=for_programs)
        consumers.start_soon(log_writer)
        if settings.log.display and not for_programs and sys.stdout.isatty():
            from tars.pi.display import show_live  # rich: only where there is something to show it on

            consumers.start_soon(show_live, feed.subscribe(), lambda: client.round_trip, settings.log.level)
        stop = _Stop()
        try:
            await _run(client, manager, _Opener(settings, feed), stop, exit_after_input=exit_after_input)
        finally:
            feed.close()
    if exit_after_input:
        _leave(stop, settings)


@attrs.define(eq=False)
class _Stop:
    """That the program is to end, and why."""

    wanted: trio.Event = attrs.field(factory=trio.Event)
    signal: int = 0
    outcome: Outcome | None = None


def _leave(stop: _Stop, settings: Settings) -> None:
    """Say by the exit status whether every question of the input was answered."""
    if stop.outcome is None:
        sys.exit(EXIT_SIGNALLED + stop.signal)
    if stop.outcome.status is not ExitStatus.ANSWERED:
        sentence = stop.outcome.explain(
            read_address(settings.server).shown, settings.microphone or "", settings.hotword
        )
        raise NotFulfilled(sentence, stop.outcome.status)


async def _run(
    client: WebSocketClient, manager: SessionManager, opener: _Opener, stop: _Stop, *, exit_after_input: bool
) -> None:
    service_manager = ServiceManager.from_environment()

    def on_signal(number: int) -> None:
        service_manager.tell(STOPPING=1)
        end_within(STOP_LIMIT, EXIT_SIGNALLED + number if exit_after_input else 0)
        stop.signal = number
        stop.wanted.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(partial(watch_signals, on_signal, ignored=(signal.SIGUSR2,)))  # SIGUSR1 is the button
        service_manager.tell(READY=1)
        nursery.start_soon(service_manager.keep_informed, lambda: _status(client))
        nursery.start_soon(_look_and_run, manager, opener, exit_after_input)
        nursery.start_soon(watch_button, manager.press_button)
        nursery.start_soon(watch_network, client.nudge)
        if exit_after_input:
            nursery.start_soon(_stop_after_input, opener, stop)
        await stop.wanted.wait()
        await manager.stop()
        nursery.cancel_scope.cancel()


async def _look_and_run(manager: SessionManager, opener: _Opener, exit_after_input: bool) -> None:
    await look_before_dialling(opener.settings, exit_after_input=exit_after_input)
    await manager.run(opener.open)


def _status(client: WebSocketClient) -> str:
    if not client.connected:
        return "no link to the server; it is being dialled"
    round_trip = client.round_trip
    return "linked to the server" + (f", {round_trip * 1000:.0f} ms away" if round_trip is not None else "")


async def _stop_after_input(opener: _Opener, stop: _Stop) -> None:
    with opener.feed.subscribe() as events:
        await opener.opened.wait()
        assert opener.devices is not None
        stop.outcome = await wait_until_done(opener.devices.input_over, events)
    end_within(STOP_LIMIT, stop.outcome.status)
    stop.wanted.set()


def make_client(settings: Settings) -> WebSocketClient:
    """The link that the settings describe. Raises `UserError` where they describe none."""
    address = read_address(settings.server)
    try:
        authorisation(settings.token)
    except ValueError as exc:
        raise UserError(f"token: {exc}; `tars-server make-token` makes a good one") from exc
    context = make_tls_context(settings.tls_ca, address)
    hello = Hello(
        protocol=1,
        device_id=choose_device_id(settings.device_id),
        name=settings.name,
        # the request has one Authorization header, and a proxy before the server wants it
        token=settings.token if address.credentials is not None else None,
        capabilities=CAPABILITIES,
        client=f"tars-pi/{tars.__version__}",
    )
    at_once = settings.session.resume_window or settings.session.offline_questions
    audio_limit = RESUMING_LIMIT if at_once else AUDIO_LIMIT
    dial = partial(open_connection, settings.server, token=settings.token, ssl_context=context)
    return WebSocketClient(dial, hello, audio_limit=audio_limit)


def read_address(server: str) -> ServerAddress:
    """The address that the setting `server` names. Raises `UserError`."""
    try:
        return parse_server_address(server)
    except ValueError as exc:
        raise UserError(f"server: {exc}") from None


def make_tls_context(tls_ca: Path | None, address: ServerAddress) -> ssl.SSLContext | None:
    """What a certificate is judged by; None for the system's way, or without TLS. Raises `UserError`."""
    if tls_ca is None:
        return None
    if not address.secure:
        raise UserError(f"tls_ca is set, but {address.shown} has no TLS; begin it with wss://, or drop tls_ca")
    try:
        return trusting(tls_ca)
    except FileNotFoundError:
        raise UserError(f"tls_ca: there is no file {tls_ca}") from None
    except ssl.SSLError:
        raise UserError(f"tls_ca: there is no PEM certificate in {tls_ca}") from None
    except OSError as exc:
        raise UserError(f"tls_ca: {tls_ca} cannot be read ({exc.strerror})") from None
