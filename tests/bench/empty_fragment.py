"""The least that Streamlit can redraw: a fragment with nothing in it."""

from __future__ import annotations

import streamlit as st


@st.fragment(run_every=2)
def nothing() -> None:
    """Draw nothing."""


if __name__ == "__main__":
    nothing()
