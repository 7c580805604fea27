"""Files to tables: CSV and Parquet, recognised by their headers, each cell checked. What cannot be read
exactly is refused with its line and column; nothing is guessed and nothing is skipped in silence.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from collectors.money import token
from dashboard.reconciliation.errors import SourceError
from dashboard.reconciliation.formats import Format, Row, Side, nearest, recognised
from dashboard.reconciliation.tables import Types, required

BATCH = 50_000
ARROW: Final[Mapping[str, pa.DataType]] = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_()}

Told = Callable[[int], None]
"""How reading tells its progress: so many rows more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a file as text, and where it stands."""

    number: int
    cells: Mapping[str, str]


def arrow_schema(types: Types) -> pa.Schema:
    """The table's types, for Arrow."""
    return pa.schema(
        [
            pa.field(name, ARROW[kind.lstrip("!")], nullable=not kind.startswith("!"))
            for name, kind in types.items()
        ]
    )


def is_parquet(file: Path) -> bool:
    """By its first bytes: a name proves nothing."""
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def is_ready(side: Side, file: Path) -> bool:
    """Whether an engine can read the file as it is: a Parquet file that has our columns and types and whose
    own statistics say that nothing is missing and that there is one currency. Any other is read cell by cell.
    """
    if not is_parquet(file):
        return False
    with _parquet(file) as opened:
        schema, metadata = opened.schema_arrow, opened.metadata
    if len(set(schema.names)) < len(schema.names):  # of a name that is there twice no field is told
        return False
    typed = all(
        name in schema.names and schema.field(name).type == ARROW[kind.lstrip("!")]
        for name, kind in side.types.items()
    )
    if not typed:
        return False
    seen: set[tuple[str, str]] = set()
    for group in (metadata.row_group(number) for number in range(metadata.num_row_groups)):
        told = {part.path_in_schema: part.statistics for part in map(group.column, range(group.num_columns))}
        if not all(_complete(told[name]) for name in required(side.types)):
            return False
        seen.add((told["currency"].min, told["currency"].max))
    return len(seen) <= 1 and all(least == greatest for least, greatest in seen)


def _complete(statistics: Any) -> bool:
    return statistics is not None and statistics.has_null_count and statistics.null_count == 0


def read(side: Side, file: Path, told: Told) -> Iterator[pa.RecordBatch]:
    """The rows of one file, in batches."""
    found = _parquet_lines(side, file) if is_parquet(file) else _csv_lines(side, file)
    schema, rows, currency = arrow_schema(side.types), [], None
    for form, line in found:
        row = _row(form, file, line)
        told(1)
        if row is None:
            continue
        currency = _one_currency(form, file, line, row["currency"], currency)
        rows.append(row)
        if len(rows) == BATCH:
            yield pa.RecordBatch.from_pylist(rows, schema=schema)
            rows = []
    yield pa.RecordBatch.from_pylist(rows, schema=schema)


def _row(form: Format, file: Path, line: Line) -> Row | None:
    def cell(name: str, reader: Callable[[str], Any]) -> Any:
        text = line.cells.get(name, "")
        try:
            return reader(text.strip())
        except ValueError as error:
            told = f"got {_shown(text)}, expected {error}"
            raise SourceError(file, f"{told}; mend the cell", line=line.number, column=name) from None

    return form.read(cell)


def _one_currency(form: Format, file: Path, line: Line, got: str, before: str | None) -> str:
    if before not in {None, got}:
        told = f"got {got} after {before}, expected one currency; put each into a file of its own"
        raise SourceError(file, told, line=line.number, column=form.currency)
    return got


def _shown(text: str) -> str:
    """A cell that cannot be anybody's name, or how long it is."""
    if text == "":
        return "nothing"
    return repr(text) if token(text.strip()) is not None else f"a text of {len(text)} characters"


def _csv_lines(side: Side, file: Path) -> Iterator[tuple[Format, Line]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        try:
            header = next(reader, [])
            form = _format(side, file, header, line=1)
            number = (
                reader.line_num + 1
            )  # a quoted cell may go over several lines; a row stands where it begins
            for row in reader:
                if row:
                    yield form, Line(number=number, cells=_cells(file, header, row, number))
                number = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(file, f"got no CSV ({error}); export it again", line=reader.line_num) from None
        except UnicodeDecodeError:
            told = "got neither Parquet nor text in UTF-8; export it again, or save it as CSV UTF-8"
            raise SourceError(file, told, line=reader.line_num + 1) from None


def _cells(file: Path, header: Sequence[str], row: Sequence[str], number: int) -> dict[str, str]:
    if len(row) != len(header):
        told = f"got {len(row)} cells, expected {len(header)} as in the header; export it again"
        raise SourceError(file, told, line=number)
    return dict(zip(header, row, strict=True))


def _format(side: Side, file: Path, header: Sequence[str], *, line: int | None) -> Format:
    twice = next((name for number, name in enumerate(header) if name in header[:number]), None)
    if twice is not None:
        raise SourceError(file, "got the column twice, expected it once; remove one", line=line, column=twice)
    form = recognised(side, header)
    if form is None:
        best, missing = nearest(side, header)
        told = (
            f"got no columns of the {side.word} side, expected {best.name} with {', '.join(missing)} besides"
        )
        raise SourceError(file, f"{told}; export it with these columns", line=line)
    return form


def _parquet(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except pa.ArrowException:
        raise SourceError(file, "got a damaged Parquet file; export it again") from None


def _parquet_lines(side: Side, file: Path) -> Iterator[tuple[Format, Line]]:
    """Rows stand in for lines, the first is 1."""
    with _parquet(file) as opened:
        schema = opened.schema_arrow
        form = _format(side, file, schema.names, line=None)
        for name in (name for name in schema.names if pa.types.is_floating(schema.field(name).type)):
            if name in form.columns:
                told = "got floats, expected whole numbers or text; write it as integers"
                raise SourceError(file, told, column=name)
        number = 0
        for batch in opened.iter_batches(batch_size=BATCH):
            for row in batch.to_pylist():
                number += 1
                yield form, Line(number=number, cells={name: _text(value) for name, value in row.items()})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
