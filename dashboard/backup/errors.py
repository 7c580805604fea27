"""What can go wrong with a backup, as a tree; every message is one sentence: got, expected, the mend.

BackupError
├── ArchiveError    the file is no whole backup, or one that means harm
├── RollbackError   a log would go back behind what is known of it
└── OccupiedError   there is something already, or somebody at work
"""

from __future__ import annotations


class BackupError(Exception):
    """Base of everything that is raised here; nothing was changed where it is raised."""


class ArchiveError(BackupError):
    """The file is no whole backup."""


class RollbackError(BackupError):
    """An evidence log would go back behind a head or a receipt that is known."""


class OccupiedError(BackupError):
    """There is a store already, or somebody works with it."""
