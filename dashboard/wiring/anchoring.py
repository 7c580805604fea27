"""Has the heads of a log time-stamped: each authority gets a hash, and its answer goes back into the log.

While none answers the heads wait, and nothing else does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

import httpx

from dashboard.sealing.drafts import GOLIVE, TOOL, Of, redaction
from dashboard.settings import Authority
from dashboard.store.evidence import StoredToken
from dashboard.store.store import Store
from dashboard.wiring.loops import patience, pause
from evidence.anchor import QUERY_TYPE, REPLY_TYPE, AnchorError, Token, answered, request_for
from evidence.blobs import BlobError, Blobs
from evidence.contents import Anchored, told
from evidence.log import ClosedLogError, Log
from evidence.record import Digest, Draft, Kind, Method, MethodType, Subject, time_text

LOOK_S: Final = 1.0
AGAIN_S: Final = 30.0
TIMEOUT_S: Final = 10.0

LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Anchoring:
    """Asks the authorities about the heads of one run's log."""

    store: Store
    of: Of
    log: Log
    blobs: Blobs
    authorities: tuple[Authority, ...]
    clock: Callable[[], datetime]
    _again_at: dict[str, float] = field(init=False, default_factory=dict)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Look every second until told to stop; who failed is asked again half a minute later."""
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, limits=limits) as client:
            while not stop.is_set():
                with patience():
                    await self._look(client)
                await pause(stop, LOOK_S)

    async def _look(self, client: httpx.AsyncClient) -> None:
        heads = await asyncio.to_thread(self.store.evidence.heads, self.of.run)
        tokens = await asyncio.to_thread(self.store.evidence.tokens, self.of.run)
        have = {(token.size, token.tsa) for token in tokens}
        loop = asyncio.get_running_loop()
        if not heads:
            return
        # Only the newest: it stands for all before it, and what was missed cannot be stamped any earlier.
        size = max(heads)
        for authority in self.authorities:
            if (size, authority.name) in have:
                continue
            if loop.time() < self._again_at.get(authority.name, 0.0):
                continue
            try:
                token = await _asked(client, authority, heads[size])
            except AnchorError as error:
                self._again_at[authority.name] = loop.time() + AGAIN_S
                LOG.warning("no time stamp from %s: %s", authority.name, error)
                continue
            try:
                await asyncio.to_thread(self._keep, size, heads[size], authority.name, token)
            except BlobError as error:
                self._again_at[authority.name] = loop.time() + AGAIN_S
                LOG.warning("a time stamp of %s is not kept: %s", authority.name, error)

    def _keep(self, size: int, note: bytes, tsa: str, token: Token) -> None:
        gen_time = time_text(token.gen_time)
        blob = self.blobs.put(token.response)
        self.store.evidence.keep_token(
            self.of.run, StoredToken(size=size, tsa=tsa, gen_time=gen_time, token=token.response)
        )
        tip = self.store.evidence.tip(self.of.run)
        if tip is None or tip.is_closed:
            return  # the token stands beside the last head; nothing comes after it
        content = Anchored(size=size, tsa=tsa, note_sha256=sha256(note).hexdigest(), gen_time=gen_time)
        draft = Draft(
            key=f"anchor/{size}/{tsa}",
            kind=Kind.ANCHOR,
            subject=(Subject(name=f"{size:06}.{tsa}.tsr", mediaType=REPLY_TYPE, digest=Digest(sha256=blob)),),
            actor=GOLIVE,
            method=Method(type=MethodType.EXAMINE, how="RFC 3161", tool=TOOL),
            source=self.of.source(tsa),
            captured_at=time_text(self.clock()),
            redaction=redaction(),
            data=told(content),
        )
        with suppress(ClosedLogError):  # closed since; the token stands beside the last head then, too
            self.log.append([draft], self.clock())


async def _asked(client: httpx.AsyncClient, authority: Authority, note: bytes) -> Token:
    question = request_for(note)
    headers = {"Content-Type": QUERY_TYPE}
    try:
        answer = await client.post(authority.url, content=question.request, headers=headers)
    except httpx.HTTPError as error:
        raise AnchorError(f"got no answer ({type(error).__name__}), expected a token") from None
    if answer.status_code != httpx.codes.OK:
        raise AnchorError(f"got HTTP {answer.status_code}, expected 200")
    return answered(question, answer.content)
