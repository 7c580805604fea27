"""The process that keeps the others running is small, and ends when it is told to, whenever that is."""

from __future__ import annotations

import subprocess
import sys

TOLD_ALL_THE_TIME = """
import signal
from dashboard.wiring.processes import Stop, stop_on_signals

stop = Stop()
stop_on_signals(stop)
signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGINT))
for _ in range(5_000):
    signal.setitimer(signal.ITIMER_REAL, 1e-4)
    while signal.getitimer(signal.ITIMER_REAL)[0]:
        stop.wait(1e-6)
assert stop.wait(0)
"""

STARTS = """
import sys
import dashboard.commands.serve
from dashboard.wiring.plans import settings_from

settings_from({})
print({"sqlalchemy", "streamlit", "starlette", "stripe", "pandas"} & set(sys.modules) or "nothing of them")
"""


def test_who_only_starts_the_others_loads_nothing_that_they_need() -> None:
    ended = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True, check=True)

    assert "nothing of them\n" == ended.stdout


def test_a_signal_is_heard_at_whatever_moment_of_the_waiting_it_comes() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TOLD_ALL_THE_TIME], timeout=120, capture_output=True, text=True, check=False
    )

    assert (0, "") == (ended.returncode, ended.stderr)
