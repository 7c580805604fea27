"""Evidence. Shows what is proven, takes pictures in and bundles out; judges nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.evidence_page import evidence
from dashboard.ui.people import require


def main() -> None:
    """What must be proven and what is, for whoever may see it."""
    evidence(require(Action.SEE_EVIDENCE))


if __name__ == "__main__":
    main()
