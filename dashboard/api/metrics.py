"""The board as Prometheus reads it: verdicts as states, ages in seconds, latencies, the run.

What is not known has no sample. A board that is not alive is HOLD here, too, and its gates say nothing: an
alert must never see an old green. Labels are ids of the plan alone: no person, no payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric, StateSetMetricFamily
from prometheus_client.registry import Collector

from dashboard.launch.board import BoardVerdict, Verdict
from dashboard.launch.run import Stage
from dashboard.launch.view import View
from dashboard.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_document(view: View, now: datetime, viewers: int) -> bytes:
    """What is shown at this moment, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Shown(view, now, viewers))
    return generate_latest(registry)


class _Shown(Collector):
    def __init__(self, view: View, now: datetime, viewers: int) -> None:
        self._view = view
        self._now = now
        self._viewers = viewers

    def collect(self) -> Iterator[Metric]:
        view = self._view
        yield InfoMetricFamily(
            "golive", "What runs here.", {"version": VERSION, "environment": view.environment.value}
        )
        yield _state("golive_board_verdict", "What the board says.", view.verdict, BoardVerdict)
        yield _value("golive_board_alive", "1 while the board is alive.", float(view.is_alive))
        yield _value("golive_viewers", "Streams that browsers listen to.", self._viewers)
        yield from self._ages()
        yield from self._gates()
        yield from self._services()
        yield from self._run()

    def _ages(self) -> Iterator[Metric]:
        view = self._view
        oldest = None if view.board is None else view.board.oldest_input_at
        for name, said, at in (
            ("golive_heartbeat_age_seconds", "Since the collectors' last sign of life.", view.heartbeat_at),
            ("golive_judged_age_seconds", "Since the board was judged.", view.judged_at),
            ("golive_oldest_input_age_seconds", "Of the oldest input of the board.", oldest),
        ):
            if at is not None:
                yield _value(name, said, max(0.0, (self._now - at).total_seconds()))

    def _gates(self) -> Iterator[Metric]:
        board = self._view.board if self._view.is_alive else None
        gates = () if board is None else board.gates
        verdicts = StateSetMetricFamily(
            "golive_gate_verdict", "What each gate says.", labels=["gate", "mandatory"]
        )
        since = GaugeMetricFamily(
            "golive_gate_verdict_age_seconds", "Since a gate last changed its verdict.", labels=["gate"]
        )
        for gate in gates:
            mandatory = str(gate.mandatory).lower()
            told = {each.value: each is gate.verdict for each in Verdict}
            verdicts.add_metric([gate.id, mandatory], told)
            since.add_metric([gate.id], max(0.0, (self._now - gate.since).total_seconds()))
        yield verdicts
        yield since
        hour = self._view.hour
        if hour is not None:
            yield _value("golive_flips_since_t0", "Verdicts that changed since T-0.", len(hour.flips))

    def _services(self) -> Iterator[Metric]:
        latency = GaugeMetricFamily(
            "golive_probe_latency_p95_seconds", "Nearest rank over the newest attempts.", labels=["service"]
        )
        failed = GaugeMetricFamily("golive_probe_failed", "Of the newest attempts.", labels=["service"])
        tried = GaugeMetricFamily("golive_probe_attempts", "The newest attempts.", labels=["service"])
        # A board that is not alive keeps its last tiles, whose 0 failures are an old green; 0 of 0 is none.
        tiles = (tile for tile in self._view.tiles if self._view.is_alive and tile.n > 0)
        for tile in tiles:
            if tile.p95_ms is not None:
                latency.add_metric([tile.id], tile.p95_ms / 1_000)
            failed.add_metric([tile.id], tile.failed)
            tried.add_metric([tile.id], tile.n)
        yield from (latency, failed, tried)

    def _run(self) -> Iterator[Metric]:
        hour = self._view.hour
        if hour is None:
            return
        yield _state("golive_run_stage", "How far the run is.", hour.stage, Stage)
        if hour.t_s is not None:
            yield _value("golive_t_seconds", "The T-clock.", hour.t_s)
        late = sum(row.overdue_s > 0 for row in hour.rows if row.ended_by is None)
        yield _value("golive_tasks_late", "Open tasks that are past their planned end.", late)


def _value(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _state(name: str, said: str, now: str, every: Iterable[str]) -> Metric:
    return StateSetMetricFamily(name, said, {str(each): each == now for each in every})
