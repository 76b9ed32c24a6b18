"""Everything that was counted, in the form that Prometheus reads. The only module that knows prometheus_client."""

import enum
import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tars.messages import EndReason
from tars.server.conversation.trace import Speculation
from tars.server.devices import Counters
from tars.server.metrics import Disconnect, Histogram, Part, Refusal, Stage
from tars.server.web.device_figures import device_figures
from tars.server.web.health import Status
from tars.server.web.http import Page
from tars.server.web.overview import Overview


class Exposition:
    """Reads an overview's figures when they are asked for."""

    def __init__(self, overview: Overview) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Figures(overview))
        ProcessCollector(registry=self._registry)

    def page(self, accept: str) -> Page:
        """All figures as they are now, in the format that `accept` prefers."""
        encode, content_type = choose_encoder(accept)
        return Page(encode(self._registry), content_type)


class _Figures(Collector):
    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, read at this moment from the parts that count."""
        totals = self._overview.devices.totals()
        yield from self._health()
        yield from self._links(totals)
        yield from self._conversations(totals)
        yield from self._workers()
        if self._overview.device_labels:
            yield from self._devices()

    def _health(self) -> Iterator[Metric]:
        health, expires = self._overview.health(), self._overview.certificate.expires
        healthy = health.status is Status.OK
        yield _gauge("healthy", "Whether a conversation would succeed, as /healthz says.", [((), healthy)])
        warnings = [((), len(health.warnings))]
        yield _gauge("health_warnings", "What will keep conversations from succeeding.", warnings)
        ends = [] if expires is None else [((), expires.timestamp())]
        text = "When devices stop believing the certificate."
        yield _gauge("certificate_expires_timestamp_seconds", text, ends)

    def _links(self, totals: Counters) -> Iterator[Metric]:
        overview, tally = self._overview, self._overview.devices.tally
        yield _gauge("info", "The server's version.", [((overview.version,), 1)], "version")
        yield _gauge("links", "Devices that are connected.", [((), overview.links)])
        yield _counter("connections", "Devices that came in.", [((), totals.connections)])
        yield _counter(
            "disconnects", "Links that ended, by reason.", _all(Disconnect, tally.disconnects), "reason"
        )
        returns = _all(Disconnect, tally.reconnects)
        yield _counter("reconnects", "Devices that came back, by why they had been away.", returns, "reason")
        yield _counter("refused", "Clients that did not come in.", _all(Refusal, tally.refusals), "reason")
        yield _counter("bad_messages", "Messages that were none.", [((), totals.bad_messages)])
        yield _histogram("round_trip_seconds", "Round trips of heartbeats.", {(): tally.round_trips})
        yield _counter("audio_received_bytes", "Microphone audio.", [((), totals.audio_bytes)])
        yield _counter("audio_sent_bytes", "Speech for the loudspeakers.", [((), totals.audio_bytes_sent)])
        dropped = [((), totals.audio_bytes_dropped)]
        yield _counter("audio_dropped_bytes", "Microphone audio that nobody took in time.", dropped)

    def _conversations(self, totals: Counters) -> Iterator[Metric]:
        tally = self._overview.devices.tally
        yield _gauge("sessions", "Conversations under way.", [((), self._overview.sessions)])
        yield _counter("sessions_started", "Conversations that began.", [((), totals.sessions)])
        ended = _all(EndReason, tally.sessions_ended)
        yield _counter("sessions_ended", "Conversations that ended, by reason.", ended, "reason")
        turns = _all(Speculation, tally.turns)
        yield _counter("turns", "Answers, by what became of the one prepared in advance.", turns, "speculation")
        stages: dict[tuple[str, ...], Histogram] = {(stage.value,): tally.stages[stage] for stage in Stage}
        yield _histogram("turn_stage_seconds", "Where the time of a turn goes.", stages, "stage")
        failures = _all(Part, tally.failures)
        yield _counter("failures", "What failed in a conversation, by the code of its error.", failures, "code")

    def _workers(self) -> Iterator[Metric]:
        pools = self._overview.pools
        yield _gauge(
            "workers", "Worker processes wanted.", [((pool.name,), pool.wanted) for pool in pools], "pool"
        )
        ready = [((pool.name,), len(pool.pids)) for pool in pools]
        yield _gauge("workers_ready", "Worker processes that are ready.", ready, "pool")
        deaths = [((pool.name,), pool.deaths) for pool in pools]
        yield _counter("worker_restarts", "Worker processes that died and were replaced.", deaths, "pool")

    def _devices(self) -> Iterator[Metric]:
        overview = self._overview
        figures = device_figures(overview.devices, overview.last_seen(), datetime.now(UTC))
        connected = [((each.device_id,), each.connected) for each in figures]
        yield _gauge("device_connected", "Whether the device is connected.", connected, "device")
        trips = [((each.device_id,), each.round_trip) for each in figures if each.round_trip is not None]
        yield _gauge("device_round_trip_seconds", "The last round trip to the device.", trips, "device")
        seen = [((each.device_id,), each.last_seen) for each in figures]
        yield _gauge("device_last_seen_timestamp_seconds", "When the device was last here.", seen, "device")
        links = [((each.device_id,), each.connections) for each in figures]
        yield _counter("device_connections", "How often the device came in.", links, "device")
        sessions = [((each.device_id,), each.sessions) for each in figures]
        yield _counter("device_sessions_started", "The device's conversations.", sessions, "device")


Label = TypeVar("Label", bound=enum.Enum)
Samples = Iterable[tuple[tuple[str, ...], float]]


def _all(labels: type[Label], counts: Mapping[Label, int]) -> Samples:
    """Every label with its count: a series that begins with its first event hides that event from `rate()`."""
    return [((label.value,), counts.get(label, 0)) for label in labels]


def _counter(name: str, text: str, samples: Samples, *labels: str) -> Metric:
    family = CounterMetricFamily(f"tars_{name}", text, labels=labels)
    for values, count in samples:
        family.add_metric(values, count)
    return family


def _gauge(name: str, text: str, samples: Samples, *labels: str) -> Metric:
    family = GaugeMetricFamily(f"tars_{name}", text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _histogram(name: str, text: str, series: Mapping[tuple[str, ...], Histogram], *labels: str) -> Metric:
    family = HistogramMetricFamily(f"tars_{name}", text, labels=labels)
    for values, histogram in series.items():
        bounds = [*map(str, histogram.bounds), "+Inf"]
        buckets = list(zip(bounds, itertools.accumulate(histogram.counts), strict=True))
        family.add_metric(values, buckets, histogram.total)
    return family
