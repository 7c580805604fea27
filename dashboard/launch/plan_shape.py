"""Everything that is not of a plan's shape, where the decoder stops at the first of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from dashboard.launch.toml_lines import Path

_Part = tuple[Any, Any, Path]
"""A value, the type that it must be of, and where it stands."""


def misshapen(value: Any, kind: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each place of `value` that is not of this type, with what is wrong in the decoder's words. Nothing is
    said of a whole whose parts are wrong already.
    """
    kind = _meant(value, kind)
    found = [*_keys(value, kind, path)]
    for part in _parts(value, kind, path):
        found += misshapen(*part)
    if found:
        yield from found
        return
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        text, _, location = str(error).partition(" - at ")
        yield (*path, *_place(location)), text


def _meant(value: Any, kind: Any) -> Any:
    """Of a type that leaves a choice the one that this value is a try at; the whole where none is."""
    if get_origin(kind) not in {Union, UnionType} or not isinstance(value, dict):
        return kind
    structs = [each for each in get_args(kind) if _is_struct(each)]
    if len(structs) == 1:
        return structs[0]
    return next((each for each in structs if _tag(each) in value.items()), kind)


def _keys(value: Any, kind: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Keys that nobody knows, else those that are missing: one that is misspelt is both."""
    if not _is_struct(kind) or not isinstance(value, dict):
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    unknown = [name for name in value if name not in fields and name != _tag(kind)[0]]
    yield from ((path, f"Object contains unknown field `{name}`") for name in unknown)
    missing = [name for name, field in fields.items() if field.required and name not in value]
    if not unknown:
        yield from ((path, f"Object missing required field `{name}`") for name in missing)


def _parts(value: Any, kind: Any, path: Path) -> Iterator[_Part]:
    if get_origin(kind) is Annotated:
        yield from _parts(value, get_args(kind)[0], path)
    elif _is_struct(kind) and isinstance(value, dict):
        types = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        yield from ((inner, types[name], (*path, name)) for name, inner in value.items() if name in types)
    elif get_origin(kind) is tuple and isinstance(value, list):
        yield from ((inner, get_args(kind)[0], (*path, index)) for index, inner in enumerate(value))
    elif get_origin(kind) is dict and isinstance(value, dict):
        yield from ((inner, get_args(kind)[1], (*path, name)) for name, inner in value.items())


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _tag(kind: Any) -> tuple[str | None, Any]:
    """The key that says which of several a table is, and its word for this one."""
    config = kind.__struct_config__
    return config.tag_field, config.tag


def _place(location: str) -> Path:
    parts: list[str | int] = []
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+|\.\.\.)\]", location):
        parts.append(int(index) if index.isdigit() else name or index)
    return tuple(parts)
