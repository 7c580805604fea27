"""What the shape of a KPI cannot say: that its names are known, and that it does not want to be a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dashboard.launch.naming import unknown
from dashboard.launch.plan import Plan, PlannedKpi, Quantile, SuccessRate
from dashboard.launch.signals import Probe

Path = tuple[str | int, ...]


def kpi_problems(plan: Plan, probes: Mapping[str, Probe]) -> Iterator[tuple[Path, str]]:
    """Every mistake in the KPIs, with the key it is at."""
    gates = [gate.id for gate in plan.gates]
    seen: set[str] = set()
    for index, kpi in enumerate(plan.kpis):
        path = ("kpis", index)
        if kpi.id in seen:
            yield (*path, "id"), f'got the id "{kpi.id}" twice; give each KPI an id of its own'
        seen.add(kpi.id)
        if kpi.blocking:
            yield (*path, "blocking"), "got true, expected false: a KPI never decides; make it a gate"
        for need in kpi.needs:
            if need not in gates:
                yield (*path, "needs"), unknown("gate", need, gates)
        yield from _signal_problems(kpi, probes, path)


def _signal_problems(kpi: PlannedKpi, probes: Mapping[str, Probe], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(kpi, SuccessRate):
        counts = [f"{probe.id}.{fact}" for probe in probes.values() for fact in probe.counts]
        if kpi.failed not in counts:
            yield (*path, "failed"), unknown("count of failures", kpi.failed, counts)
    elif isinstance(kpi, Quantile):
        for index, probe in enumerate(kpi.probes):
            if probe not in probes:
                yield (*path, "probes", index), unknown("probe", probe, probes)
