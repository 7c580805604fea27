"""Which golive this is."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
"""The version in `pyproject.toml`; a test holds the two together."""
