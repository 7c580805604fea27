"""A chart begins with a whole pandas, also while another page has only begun to load it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import sys, threading
from importlib.abc import MetaPathFinder

from dashboard.ui import figures

begun, seen = threading.Event(), threading.Event()

class Slowly(MetaPathFinder):
    # Whoever loads pandas gets as far as its first part, and stays there for a while.
    def find_spec(self, name, path=None, target=None):
        if name.startswith("pandas.") and not begun.is_set():
            begun.set()
            seen.wait(2)
        return None

sys.meta_path.insert(0, Slowly())
loading = threading.Thread(target=lambda: __import__("pandas"))
loading.start()
begun.wait()
figures.empty().add_scatter(x=[1, 2], y=[3, 4])
loading.join()
"""


def test_a_chart_waits_for_a_pandas_that_another_page_is_loading() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert ("", 0) == (told.stderr, told.returncode)
