"""What a person is told when the store fails: one sentence. The database's own words go to the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.room import RefusedError
from dashboard.store.errors import StoreError, StoreUnansweredError

LOG = logging.getLogger(__name__)
READING = "The store cannot be read"
WRITING = "The store cannot be written"
NOT_RECORDED = "Nothing was recorded."


@contextmanager
def store_told(failed: str = READING) -> Iterator[None]:
    """Refuse in one sentence where the store fails; `failed` is how it begins."""
    try:
        yield
    except StoreError as error:
        LOG.warning("%s: %s", failed, error)
        raise RefusedError(f"{failed}: {error.told}.") from error


@contextmanager
def press_told() -> Iterator[None]:
    """The same for a press, whose last step is to write: whether it was recorded is said, too."""
    try:
        yield
    except StoreError as error:
        LOG.warning("%s: %s", WRITING, error)
        was_kept = "" if isinstance(error, StoreUnansweredError) else f"{NOT_RECORDED} "
        raise RefusedError(f"{was_kept}{WRITING}: {error.told}.") from error
