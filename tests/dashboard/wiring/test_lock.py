"""One golive at a time in one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.wiring.lock import FolderTakenError, holding


def test_a_second_golive_in_the_same_folder_is_told_who_runs_there(tmp_path: Path) -> None:
    told = pytest.raises(FolderTakenError, match=r"process \d+.*--data-dir OTHER")

    with holding(tmp_path, "rehearsal"), told, holding(tmp_path, "rehearsal"):
        pass


def test_a_folder_is_free_again_and_a_launch_is_no_rehearsal(tmp_path: Path) -> None:
    with holding(tmp_path, "rehearsal"), holding(tmp_path, "launch"):
        pass
    with holding(tmp_path, "rehearsal"):
        pass
