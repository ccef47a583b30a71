"""/metrics on its own bind. Confidential counts are left out: even a number can be a hint."""

from collections.abc import Iterator
from threading import Thread
from typing import Self
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.app.health import LoopWatch
from storage import clock, deliveries, holds, inbox
from storage.database import Database, Transaction, Unavailable

log = structlog.get_logger()


class Ledger(Collector):
    """What the tables say at the moment of asking; runs in the metrics server's own thread."""

    def __init__(self, database: Database, watch: LoopWatch) -> None:
        self._database = database
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """Deliveries by state, doubts, what waits, and how long the event loop stood still."""
        stalled = "Longest stall of the event loop since this was last asked."
        yield GaugeMetricFamily("csobot_loop_stall_seconds", stalled, self._watch.longest())
        try:
            yield from self._database.run_sync(_measured)
        except Unavailable:
            yield GaugeMetricFamily("csobot_database_up", "Whether the database answers.", 0)


def _measured(tx: Transaction) -> list[Metric]:
    states = GaugeMetricFamily("csobot_deliveries", "Deliveries by state.", labels=["state"])
    for state, count in deliveries.totals(tx).items():
        states.add_metric([state.value], count)
    oldest = inbox.oldest_waiting(tx)
    waits = max((clock.now(tx) - oldest).total_seconds(), 0.0) if oldest else 0.0
    held = int(holds.held(tx) is not None)
    return [
        GaugeMetricFamily("csobot_database_up", "Whether the database answers.", 1),
        states,
        CounterMetricFamily("csobot_uncertain_sends", "Sends that may or may not have arrived.", deliveries.doubts(tx)),
        GaugeMetricFamily("csobot_oldest_event_seconds", "Age of the oldest unhandled event.", waits),
        GaugeMetricFamily("csobot_deliveries_held", "1 while nothing is sent, after a restore.", held),
        CounterMetricFamily("csobot_limits_reached", "Times somebody was told to wait.", deliveries.told_of_limits(tx)),
        GaugeMetricFamily("csobot_posts_not_erased", "Posts left to be deleted by hand.", deliveries.left_by_hand(tx)),
        GaugeMetricFamily("csobot_failed_events", "Events that were given up and wait for somebody.", inbox.failed(tx)),
    ]


class Metrics:
    """Serves while the block lasts; a taken port is a warning, not the end of the desk."""

    def __init__(self, database: Database, watch: LoopWatch, host: str, port: int) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(Ledger(database, watch))
        ProcessCollector(registry=self._registry)
        self._host = host
        self._port = port
        self._serving: tuple[WSGIServer, Thread] | None = None

    def __enter__(self) -> Self:
        try:
            self._serving = start_http_server(self._port, self._host, self._registry)
        except OSError as error:
            log.warning("metrics.not_served", port=self._port, reason=error.strerror)
        return self

    def __exit__(self, *_: object) -> None:
        if self._serving:
            server, thread = self._serving
            server.shutdown()
            server.server_close()
            thread.join()
