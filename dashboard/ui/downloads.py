"""The addresses of what is taken away: each asks who asks, and makes the file that moment.

They are addresses of golive's own and no buttons of Streamlit's, because a page that redraws itself forgets
the file behind such a button, and a browser that comes for it a moment later is told that it was cancelled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import BinaryIO, Final, Literal
from urllib.parse import urlencode

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard import plain_page
from dashboard.access import AccessDeniedError, Person
from dashboard.finance.values import Wanted
from dashboard.room import EvidenceDesk, RefusedError
from dashboard.ui import evidence_wording, formats, markup, wording
from dashboard.ui.asker import NobodyError, asker
from dashboard.ui.markup import text
from dashboard.ui.room import changes, room

AT: Final = "download"
"""They are below this path, beside the pages."""

FinanceKind = Literal["csv", "parquet"]
_PARQUET: Final = "application/vnd.apache.parquet"
_CHUNK: Final = 1 << 16
_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file: how it is called, what it is, and its bytes."""

    name: str
    media_type: str
    file: BinaryIO


def link(label: str, what: str, person: Person, **asked: str | tuple[str, ...]) -> str:
    """HTML that looks like a button and takes `what` away in the role of this person."""
    query = urlencode({**asked, "role": person.role}, doseq=True)
    return f'<a class="gl-download" href="{AT}/{what}?{text(query)}" target="_self">{text(label)}</a>'


def finance_asked(wanted: Wanted) -> dict[str, str | tuple[str, ...]]:
    """A list of payments as an address asks for it."""
    return {"class": tuple(sorted(each.value for each in wanted.classes)), "text": wanted.text}


async def _answer(request: Request, make: Callable[[Person, QueryParams], Taken]) -> Response:
    try:
        person = asker(request.cookies, request.query_params.get("role"))
        taken = await run_in_threadpool(make, person, request.query_params)
    except (NobodyError, AccessDeniedError) as refused:
        return _refusal(str(refused), 403)
    except RefusedError as refused:
        return _refusal(str(refused), 409)
    headers = {
        **_NO_STORE,
        "Content-Disposition": f'attachment; filename="{taken.name}"',
        "Content-Length": f"{_length(taken.file)}",
    }
    return StreamingResponse(_chunks(taken.file), media_type=taken.media_type, headers=headers)


def _refusal(sentence: str, status: int) -> HTMLResponse:
    return HTMLResponse(plain_page.html(sentence, "../", wording.BACK), status, headers=_NO_STORE)


def _length(file: BinaryIO) -> int:
    length = file.seek(0, 2)
    file.seek(0)
    return length


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        async for chunk in iterate_in_threadpool(iter(partial(file.read, _CHUNK), b"")):
            yield chunk


def _bundle(person: Person, query: QueryParams) -> Taken:
    desk = _desk(person, query)
    return Taken(name=f"{_of_run(person, desk)}.zip", media_type="application/zip", file=desk.bundle(person))


def _receipt(person: Person, query: QueryParams) -> Taken:
    desk, decision = _desk(person, query), query.get("decision", "")
    told = desk.receipt(person, decision)
    return Taken(
        name=f"{_of_receipt(person, desk, decision)}.txt", media_type="text/plain", file=BytesIO(told)
    )


def _printable(person: Person, query: QueryParams) -> Taken:
    desk, decision = _desk(person, query), query.get("decision", "")
    told = desk.printable(person, decision)
    return Taken(
        name=f"{_of_receipt(person, desk, decision)}.html", media_type="text/html", file=BytesIO(told)
    )


def _finance(person: Person, query: QueryParams, *, kind: FinanceKind) -> Taken:
    wanted = Wanted.asked(query.getlist("class"), query.get("text", ""))
    told = room().finance_file(person, wanted, kind)
    what = "narrowed" if wanted.is_narrowed else "unmatched"
    name = f"golive-finance-{_environment()}-{what}-{formats.compact(changes().now())}.{kind}"
    return Taken(name=name, media_type="text/csv" if kind == "csv" else _PARQUET, file=BytesIO(told))


def _desk(person: Person, query: QueryParams) -> EvidenceDesk:
    """That of the run that the address names, else of the one of now."""
    desk = room().evidence
    if desk is None:
        raise RefusedError(evidence_wording.NO_LOG)
    run = markup.number(query.get("run", ""))
    return desk if run is None else desk.of(person, run)


def _of_run(person: Person, desk: EvidenceDesk) -> str:
    return f"golive-{_environment()}-run-{desk.run_number(person)}"


def _of_receipt(person: Person, desk: EvidenceDesk, decision: str) -> str:
    """The room made a receipt of it: so it is the key of a record, and no name of somebody's own."""
    return f"{_of_run(person, desk)}-receipt-{decision.replace('/', '-')}"


def _environment() -> str:
    return room().view().environment.value


def _route(what: str, make: Callable[[Person, QueryParams], Taken]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answer(request, make)

    return Route(f"/{AT}/{what}", endpoint)


BUNDLE, RECEIPT, PRINTABLE = "bundle", "receipt", "receipt-to-print"
FINANCE: Final[Mapping[FinanceKind, str]] = {"csv": "finance.csv", "parquet": "finance.parquet"}

DOWNLOADS = (
    _route(BUNDLE, _bundle),
    _route(RECEIPT, _receipt),
    _route(PRINTABLE, _printable),
    *(_route(what, partial(_finance, kind=kind)) for kind, what in FINANCE.items()),
)
