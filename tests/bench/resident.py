"""How much memory a process has had at its most, where Linux says it."""

from __future__ import annotations

import resource
from pathlib import Path


def peak_kb() -> int:
    """The peak of the resident set so far; what getrusage tells begins with that of whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def children_peak_kb() -> int:
    """The same of the largest process that this one started and that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
