"""The shape in which golive tells its own values: every field is always there, and a moment has its zone.

A schema made of a dataclass itself would call a field with a default optional, and a moment any text.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from dashboard.api.answers import Moment


def shape_of(name: str, value: type, wanted: Iterable[str]) -> type[msgspec.Struct]:
    """What is told of these fields of a dataclass, under another name."""
    return _struct(name, value, wanted, {})


def _struct(
    name: str, value: type, wanted: Iterable[str], made: dict[type, type[msgspec.Struct]]
) -> type[msgspec.Struct]:
    declared = get_type_hints(value)
    told = [(each, _told(declared[each], made)) for each in wanted]
    said = inspect.cleandoc(value.__doc__ or "")
    return msgspec.defstruct(name, told, namespace={"__doc__": said}, frozen=True, kw_only=True)


def _told(declared: Any, made: dict[type, type[msgspec.Struct]]) -> Any:
    if declared is datetime:
        return Moment
    if isinstance(declared, type) and is_dataclass(declared):
        if declared not in made:
            names = [each.name for each in fields(declared)]
            made[declared] = _struct(declared.__name__, declared, names, made)
        return made[declared]
    parts = tuple(part if part is Ellipsis else _told(part, made) for part in get_args(declared))
    if get_origin(declared) in {Union, UnionType}:
        return Union[parts]  # noqa: UP007 - the parts are known only here
    return get_origin(declared)[parts] if parts else declared
