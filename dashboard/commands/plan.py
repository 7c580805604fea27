"""`golive plan check`: whether a plan can be used, with every mistake by line, key and mend."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from dashboard.commands.terminal import ERR, OUT, Exit
from dashboard.launch.plan_file import LoadedPlan, PlanError
from dashboard.launch.signals import catalogue
from dashboard.wiring.plans import read_plan
from dashboard.wiring.resolve import named_in


def check(file: Path, *, as_json: bool) -> Exit:
    """Print what the plan asks and judges, or every problem. 0 usable, 1 not, 3 cannot be read."""
    try:
        loaded = read_plan(file)
    except PlanError as error:
        _print_problems(file, error, as_json=as_json)
        return Exit.NO_GO
    except (OSError, UnicodeDecodeError) as error:
        ERR.print(f"cannot read {file}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}", markup=False)
        return Exit.UNANSWERED
    _print_summary(loaded, as_json=as_json)
    return Exit.GO


def _print_problems(file: Path, error: PlanError, *, as_json: bool) -> None:
    if as_json:
        found = [{"line": one.line, "key": one.key, "message": one.message} for one in error.problems]
        json.dump({"ok": False, "problems": found}, sys.stdout)
        return
    for problem in error.problems:
        ERR.print(f"{file}: {problem}", markup=False)


def _print_summary(loaded: LoadedPlan, *, as_json: bool) -> None:
    plan = loaded.plan
    unset = sorted(
        {name for _, name, optional in named_in(plan) if not optional and not os.environ.get(name)}
    )
    summary = {
        "ok": True,
        "id": plan.id,
        "sha256": loaded.sha256,
        "services": len(plan.services),
        "probes": len(catalogue(plan)),
        "gates": len(plan.gates),
        "mandatory": sum(gate.mandatory for gate in plan.gates),
        "rules": sum(len(gate.rules) for gate in plan.gates),
        "unset": unset,
    }
    if as_json:
        json.dump(summary, sys.stdout)
        return
    OUT.print(f"{plan.title}: usable (sha256 {loaded.sha256})", markup=False)
    OUT.print(
        f"{summary['services']} services, {summary['probes']} probes, {summary['gates']} gates"
        f" ({summary['mandatory']} mandatory), {summary['rules']} rules",
        markup=False,
    )
    if unset:
        OUT.print(f"to be set before golive serve: {', '.join(unset)}", markup=False)
