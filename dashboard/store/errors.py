"""What can go wrong with the store, as a tree; every message is one sentence: got, expected, the mend.

    StoreError
    ├── StoreAddressError       the URL names no database that golive can use
    ├── StoreMissingError       there is no store there, and none was to be made
    ├── NotAStoreError          there is something there, but not a store of golive
    ├── NewerSchemaError        a newer golive has been here
    ├── WrongEnvironmentError   live met rehearsal
    ├── StoreUnreachableError   no answer, no such database, or we are not let in
    │   └── StoreUnansweredError    no answer to a commit: whether it was kept is not known
    ├── StoreReadOnlyError      it can be read but not written
    ├── StoreLockedError        somebody else was writing for longer than we wait
    ├── StoreFullError          no room to write
    ├── StoreDamagedError       what is there is broken
    ├── LeaseLostError          another process took over; this one must not write
    ├── UnstorableError         a value that the store will not take
    └── StoreBrokenError        the database refused a statement of ours: a bug, with its words

`permanent` decides retry: trying the same again cannot help until a person has changed something.
No message holds a password, a statement's parameters, or an address with its query. It does hold the
database's own words, which name its host, its user and its file: it is for the log and the terminal. A
viewer is told `told`.
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything that the store raises."""

    permanent = True
    told = "whoever runs golive finds in its log why"


class StoreAddressError(StoreError):
    """The URL names no database that golive can use."""


class StoreMissingError(StoreError):
    """There is no store at this address, and none was to be made."""


class NotAStoreError(StoreError):
    """There is a database, but not one of golive."""


class NewerSchemaError(StoreError):
    """The store was written by a newer golive."""


class WrongEnvironmentError(StoreError):
    """Data of two environments would have met."""


class StoreUnreachableError(StoreError):
    """The database did not answer, or did not let us in."""

    permanent = False
    told = "it does not answer, and is asked again all the time"


class StoreUnansweredError(StoreUnreachableError):
    """The database did not answer to a commit: what was written may be kept, or not."""

    told = "it did not answer, so whether it was kept is not known; look before you do it again"


class StoreReadOnlyError(StoreError):
    """The database can be read but not written."""

    told = "it may be read and not written, until whoever runs golive permits it"


class StoreLockedError(StoreError):
    """Somebody else was writing for longer than we wait."""

    permanent = False
    told = "somebody else was writing for too long; try again"


class StoreFullError(StoreError):
    """There is no room to write; nothing of the transaction was kept."""

    permanent = False
    told = "it has no room until whoever runs golive makes some; nothing recorded before is lost"


class StoreDamagedError(StoreError):
    """What is there is broken, or is no database at all."""

    told = "it is damaged, and whoever runs golive must restore it from a backup"


class LeaseLostError(StoreError):
    """Another process holds the lease now; whoever sees this must stop writing."""


class UnstorableError(StoreError):
    """A value that the store will not take."""


class StoreBrokenError(StoreError):
    """The database refused a statement for a reason that is none of the above."""
