"""`tars-server`: its parts put together, and its command line."""

from functools import partial

import trio
from structlog import get_logger

import tars
from tars.cli import make_app, run_app
from tars.logs import configure_logs
from tars.server import commands
from tars.server.authorisation import make_gatekeeper
from tars.server.certificate_state import CertificateState
from tars.server.checks import checks_of, keep_certificate
from tars.server.device_settings import SettingsFile
from tars.server.devices import DeviceRegistry
from tars.server.limits import fit_descriptors
from tars.server.listening import open_listeners, tell_if_alone
from tars.server.main import TARSAssistant
from tars.server.pairing import PairedDevices
from tars.server.settings import DEFAULT_CONFIG, Settings
from tars.server.state_folders import StateFolders, warn_of_state
from tars.server.status_socket import serve_status, socket_beside
from tars.server.stopping import Stop
from tars.server.web.overview import Overview
from tars.server.web.port import open_web_port
from tars.server.workers.pool import announce_ready
from tars.service_manager import ServiceManager
from tars.signals import end_within, watch_signals

STOP_LIMIT = 4.7
"""Seconds from the signal after which the program ends whatever still hangs."""

log = get_logger()
app = make_app("tars-server", "Hears, thinks and speaks for the devices that connect to it.")

_DEFAULTS = Settings()


@app.default
async def serve(*, settings: Settings = _DEFAULTS) -> None:
    """Serve devices until SIGTERM or Ctrl-C."""
    from tars.server.providers import open_providers  # the parts that only this command needs

    configure_logs(settings.log.format, level=settings.log.level)
    stop, manager = Stop(), ServiceManager.from_environment()

    def on_signal(number: int) -> None:
        manager.tell(STOPPING=1)
        end_within(STOP_LIMIT)
        stop.on_signal(number)

    async with trio.open_nursery() as nursery:
        await nursery.start(watch_signals, on_signal)
        warn_of_state(settings.server)
        paired = PairedDevices(settings.server.tokens_file)
        guarded = settings.server.token is not None or len(paired) > 0
        listening = await open_listeners(settings.server, guarded=guarded)
        gatekeeper = make_gatekeeper(settings.server, paired, required=listening.beyond_this_machine)
        tell_if_alone(settings.server, listening, guarded=guarded)
        certificate = CertificateState()
        nursery.start_soon(keep_certificate, listening.context, settings.server, certificate)
        folders = StateFolders((settings.server.tokens_file, settings.server.state_file))
        nursery.start_soon(folders.watch)
        web = await open_web_port(settings.web, settings.server.token, gatekeeper.proxies)
        limits = fit_descriptors(settings.limits)
        async with open_providers(settings) as providers:
            devices = DeviceRegistry(SettingsFile(settings.server.state_file), most=limits.devices)
            assistant = TARSAssistant(devices, providers, settings.session, gatekeeper, limits.service_policy())
            workers = providers.workers
            checks = [assistant.findings, *checks_of(certificate, folders)]
            overview = Overview(
                devices,
                workers,
                stop,
                listening.url,
                checks=checks,
                certificate=certificate,
                device_labels=settings.web.device_labels,
                last_seen=gatekeeper.last_seen,
            )
            serve_all = partial(assistant.run, listening.listeners, stop, link_policy=limits.link_policy())
            async with trio.open_nursery() as running:
                await running.start(serve_all)
                log.info("listening", url=listening.url, version=tars.__version__)
                overview.listening = True
                manager.tell(READY=1)
                nursery.start_soon(announce_ready, workers)
                nursery.start_soon(manager.keep_informed, overview.status)
                socket = socket_beside(settings.server.tokens_file, listening.port)
                nursery.start_soon(serve_status, socket, devices)
                if web is not None:  # it is there until the devices have heard their goodbyes
                    nursery.start_soon(web.serve, overview)
        nursery.cancel_scope.cancel()


app.command(commands.ask, help_formatter=commands.HELP["ask"])
app.command(commands.make_token)
app.command(commands.systemd_unit)
app.command(commands.pair, help_formatter=commands.HELP["pair"])
app.command(commands.unpair, help_formatter=commands.HELP["unpair"])
app.command(commands.rename, help_formatter=commands.HELP["rename"])
app.command(commands.devices, help_formatter=commands.HELP["devices"])
app.command(commands.make_certificate)


def cli() -> None:
    """Run it."""
    run_app(app, DEFAULT_CONFIG)
