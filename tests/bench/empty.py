"""A Streamlit of the same options that shows an empty fragment alone: `python -m tests.bench.empty PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from dashboard.serve import serve
from dashboard.wiring.processes import end_this_process, end_with_stdin

SCRIPT = Path(__file__).with_name("empty_fragment.py")


def main() -> None:
    """Serve until standard input closes."""
    end_with_stdin(end_this_process)
    serve(host="127.0.0.1", port=int(sys.argv[1]), app=st.App(SCRIPT))


if __name__ == "__main__":
    main()
