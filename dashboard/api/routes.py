"""The routes of the API, made of the table of its addresses: who asks, what is asked, the answer or why none.

What reads the store does so in threads of its own, few of them: whoever asks too much waits for themselves,
and neither the pages nor the watch over the store wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.access import AccessDeniedError, Person
from dashboard.api.address import PREFIX, Address, Question
from dashboard.api.addresses import ADDRESSES
from dashboard.api.answers import Told
from dashboard.api.guard import Guard
from dashboard.api.parameters import ArgumentError, read_numbers
from dashboard.room import ControlRoom, RefusedError, UnknownError

NO_STORE: Final = {"Cache-Control": "no-store"}
THREADS: Final = 2
MOST_WAITING: Final = 64
PATIENCE_S: Final = 10.0
BUSY: Final = "Too many questions are being answered; ask again in a moment."
SILENT: Final = "The store has not answered in time; ask again in a moment."
READ_ONLY: Final = "This address is only read; ask with GET."
AGAIN_S: Final = "10"
_ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_READING = ("GET", "HEAD")


@dataclass(slots=True, kw_only=True)
class _Desk:
    """Answers at all addresses; `waiting` counts who waits for an answer out of the store."""

    room: Callable[[], ControlRoom]
    guard: Callable[[], Guard]
    now: Callable[[], datetime]
    waiting: int = 0
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="golive-api")
    )

    async def answer(self, address: Address, request: Request) -> Response:
        """The answer, or in a sentence why there is none; who may not ask learns nothing of the question."""
        if request.method not in _READING:
            return _problem(HTTPStatus.METHOD_NOT_ALLOWED, READ_ONLY, Allow=", ".join(_READING))
        asker = await self.guard().admit(request, self.room().plan.roles, *address.scopes)
        if isinstance(asker, Response):
            asker.headers.update(NO_STORE)
            return asker
        try:
            told = await self._ask(address, self._question(address, request, asker))
        except (ArgumentError, AccessDeniedError, RefusedError) as error:
            return _refused(error)
        body = told if isinstance(told, bytes) else msgspec.json.encode(told)
        return Response(body, media_type="application/json", headers=NO_STORE)

    def _question(self, address: Address, request: Request, asker: Person) -> Question:
        part = address.part
        return Question(
            room=self.room(),
            person=asker,
            now=self.now(),
            numbers=read_numbers(request.scope["query_string"], address.query),
            name="" if part is None else part.read(request.path_params[part.name]),
            below="" if part else request.scope["path"].removesuffix(PREFIX + address.path),
        )

    async def _ask(self, address: Address, question: Question) -> Told | bytes:
        if not address.reads_the_store:
            return address.ask(question)
        if self.waiting >= MOST_WAITING:
            raise RefusedError(BUSY)
        self.waiting += 1
        asking = asyncio.get_running_loop().run_in_executor(self.pool, address.ask, question)
        try:
            return await asyncio.wait_for(asking, PATIENCE_S)
        except TimeoutError as error:
            raise RefusedError(SILENT) from error
        finally:
            self.waiting -= 1


def api_routes(
    room: Callable[[], ControlRoom], guard: Callable[[], Guard], now: Callable[[], datetime]
) -> tuple[Route, ...]:
    """The routes of all addresses, over the control room, the guard and the clock of this process."""
    desk = _Desk(room=room, guard=guard, now=now)
    return tuple(_route(desk, address) for address in ADDRESSES)


def _route(desk: _Desk, address: Address) -> Route:
    async def endpoint(request: Request) -> Response:
        return await desk.answer(address, request)

    return Route(PREFIX + address.path, endpoint, methods=_ALL_METHODS, name=address.name)


def _refused(error: ArgumentError | AccessDeniedError | RefusedError) -> Response:
    if isinstance(error, ArgumentError):
        return _problem(HTTPStatus.BAD_REQUEST, str(error))
    if isinstance(error, AccessDeniedError):
        return _problem(HTTPStatus.FORBIDDEN, str(error))
    if isinstance(error, UnknownError):
        return _problem(HTTPStatus.NOT_FOUND, str(error))
    return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), **{"Retry-After": AGAIN_S})


def _problem(status: HTTPStatus, said: str, **headers: str) -> Response:
    return JSONResponse({"error": said}, status, headers=NO_STORE | headers)
