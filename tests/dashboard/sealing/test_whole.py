"""A launch that was sealed from its opening to its close, as an auditor finds it in the bundle."""

from __future__ import annotations

from evidence.verification.report import Severity, Status
from tests.dashboard.sealing.scene import COORDINATOR, Launch, whole
from tests.evidence.authority import Authority


def test_a_launch_in_which_all_was_proven_verifies(
    launch: Launch, authorities: tuple[Authority, ...]
) -> None:
    launch.authorities = authorities
    whole(launch)
    receipt = launch.room().receipt(COORDINATOR, launch.names()[-1])

    report = launch.verified(receipt)

    assert [] == [str(each) for each in report.findings if each.severity is not Severity.NOTE]
    assert Status.VERIFIED is report.status
