"""Digests of what must not be read from a record: nobody without the salt can try out who it is."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.launch.plan import Plan
from evidence.canonical import written


@dataclass(frozen=True, slots=True)
class Salt:
    """The key of this installation's fingerprints, for digests that are sealed."""

    key: bytes = field(repr=False)

    def address(self, address: str) -> str:
        """Of where one receipt went."""
        return self._digest("receipt", address.encode())

    def addresses(self, addresses: Iterable[str]) -> str:
        """Of all who get receipts, in whichever order."""
        return self._digest("receipts", written(sorted(addresses)))

    def roster(self, plan: Plan) -> str:
        """Of the roles of a plan, with how they are called."""
        roles = {name: {"title": role.title, "kind": role.kind.value} for name, role in plan.roles.items()}
        return self._digest("roster", written(roles))

    def _digest(self, of: str, data: bytes) -> str:
        return hmac.digest(self.key, of.encode() + b"\0" + data, "sha256").hex()
