"""What a person is told when the store fails: one sentence. The database's own words go to the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.room import RefusedError
from dashboard.store.errors import StoreError

LOG = logging.getLogger(__name__)
READING = "The store cannot be read"
WRITING = "The store cannot be written"


@contextmanager
def store_told(failed: str = READING) -> Iterator[None]:
    """Refuse in one sentence where the store fails; `failed` is how it begins."""
    try:
        yield
    except StoreError as error:
        LOG.warning("%s: %s", failed, error)
        raise RefusedError(f"{failed}: {error.told}.") from error
