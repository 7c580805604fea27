"""A closed JSON Schema of Stripe's objects, generated from the annotations of the `stripe` package's classes.

A field that a class does not have is refused, and so is a word that is not in its Literal: the SDK takes any
other string as well, a double must not. Money is whole numbers. What a class says is always there is
`required`. An object of a kind that the double does not have is known by its id alone.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from stripe._stripe_object import UntypedStripeObject

Schema = dict[str, Any]
StripeClass = type[stripe.StripeObject]

KINDS: Mapping[str, StripeClass] = {
    kind.OBJECT_NAME: kind
    for kind in (
        stripe.Account,
        stripe.Balance,
        stripe.BalanceTransaction,
        stripe.Charge,
        stripe.checkout.Session,
        stripe.Dispute,
        stripe.Event,
        stripe.PaymentIntent,
        stripe.Refund,
        stripe.WebhookEndpoint,
    )
}
"""The class of each kind that the double has, by what Stripe calls it in `object`."""

IN_WORDS: Mapping[StripeClass, tuple[str, ...]] = {
    stripe.BalanceTransaction: ("status",),
    stripe.BalanceTransaction.FeeDetail: ("type",),
    stripe.Charge.Outcome: ("network_status", "risk_level", "type"),
    stripe.Dispute: ("reason",),
    stripe.Refund: ("failure_reason", "status"),
    stripe.WebhookEndpoint: ("status",),
}
"""Fields that are annotated `str` and whose only values are listed `so` in the text beside them."""

_NULL = type(None)
_PLAIN: Mapping[object, Schema] = {
    str: {"type": ["string"]},
    int: {"type": ["integer"]},
    bool: {"type": ["boolean"]},
    float: {"type": ["number"]},
    Decimal: {"type": ["string"]},
    _NULL: {"type": ["null"]},
    Any: {},
}
_BY_ID_ALONE: Schema = {"type": []}
_WORD = re.compile(r"`([a-z_]+)`")

_Validator = extend(  # type: ignore[no-untyped-call] # jsonschema's own gap
    Draft202012Validator,
    # JSON Schema takes 9.0 for an integer and Stripe's money never is.
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
)


class Shapes:
    """What Stripe can answer. Schemas are made once, of the classes that can be reached from `KINDS`."""

    def __init__(self) -> None:
        self._defs: dict[str, Schema] = {}
        # A refused request and a failed payment are told alike; only the latter's class lists the words.
        error = {"type": "object", **self._object(stripe.PaymentIntent.LastPaymentError)}
        schemas: dict[str, Schema] = {kind: self._object(KINDS[kind]) for kind in KINDS}
        schemas["list"] = _listed({})
        schemas["error"] = _fields({"error": error}, "Error")
        self._validators = {
            kind: _Validator({"$defs": self._defs, **schema}) for kind, schema in schemas.items()
        }

    def errors(self, answer: Mapping[str, Any]) -> Iterator[ValidationError]:
        """Everything in an answer, and in the objects it holds, that Stripe does not say like that."""
        kind = "error" if "error" in answer else answer["object"]
        yield from self._validators[kind].iter_errors(answer)
        if kind in {"list", "event"}:
            for one in answer["data"] if kind == "list" else [answer["data"]["object"]]:
                yield from self.errors(one)

    def _object(self, kind: StripeClass) -> Schema:
        name = kind.__qualname__
        if name not in self._defs:
            self._defs[name] = {}  # a charge has an intent that has a charge
            annotations = {
                field: annotation
                for field, annotation in inspect.get_annotations(kind).items()
                if field != "OBJECT_NAME" and not field.startswith("_")
            }
            fields = {field: _closed(self._of(annotation)) for field, annotation in annotations.items()}
            optional = {field for field, annotation in annotations.items() if _NULL in get_args(annotation)}
            for field, words in _words(kind).items():
                fields[field] = {"enum": [*words, None] if field in optional else words}
            self._defs[name] = _fields(fields, name, optional=optional)
        return {"$ref": f"#/$defs/{name}"}

    def _of(self, annotation: Any) -> Schema:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is Union:
            return _either([self._of(one) for one in arguments])
        if origin in _HOLDING:
            return _HOLDING[origin](_closed(self._of(arguments[0])))
        return self._single(annotation)

    def _single(self, annotation: Any) -> Schema:
        if annotation in _PLAIN:
            return _PLAIN[annotation]
        name = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
        if isinstance(name, str) and name.isidentifier():
            return self._named(name)
        if isinstance(annotation, type) and issubclass(annotation, stripe.StripeObject):
            return {"type": ["object"], **self._object(annotation)}
        raise TypeError(f"Got the annotation {annotation}, expected one that is known; teach it to Shapes.")

    def _named(self, name: str) -> Schema:
        found = next((kind for kind in KINDS.values() if kind.__name__ == name), None)
        return _BY_ID_ALONE if found is None else {"type": ["object"], **self._object(found)}


def _listed(item: Schema | bool) -> Schema:
    fields: dict[str, Schema | bool] = {
        "object": {"const": "list"},
        "data": _array(item),
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
    }
    return {"type": ["object"], **_fields(fields, "ListObject")}


def _array(item: Schema | bool) -> Schema:
    return {"type": ["array"], "items": item}


def _mapping(value: Schema | bool) -> Schema:
    return {"type": ["object"], "additionalProperties": value}


def _fields(fields: Mapping[str, Schema | bool], title: str, *, optional: Iterable[str] = ()) -> Schema:
    return {
        "title": title,
        "properties": dict(fields),
        "required": sorted(set(fields) - set(optional)),
        "additionalProperties": False,
    }


def _closed(item: Schema) -> Schema | bool:
    """The schema, or nothing at all where no id can stand for an object that the double does not have."""
    return False if item == _BY_ID_ALONE else item


def _either(several: list[Schema]) -> Schema:
    """One schema of several: each keyword is about one type, so they can stand side by side."""
    words = [word for one in several for word in one.get("enum", ())]
    if words:
        return {"enum": [*words, None] if _PLAIN[_NULL] in several else words}
    objects = [one for one in several if "object" in one["type"] or one == _BY_ID_ALONE]
    if len(objects) > 1:  # which of them it is, the annotation does not say
        several = [one for one in several if one not in objects]
    types = [name for one in several for name in one["type"]]
    return {key: value for one in several for key, value in one.items()} | {"type": types}


def _words(kind: StripeClass) -> dict[str, list[str]]:
    """The words of the fields that say them only in their text."""
    if kind not in IN_WORDS:
        return {}
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, list[str]] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) in IN_WORDS[kind]:
            assert isinstance(text, ast.Expr)
            found[ast.unparse(field.target)] = list(dict.fromkeys(_WORD.findall(ast.unparse(text))))
    if set(found) != set(IN_WORDS[kind]):
        raise LookupError(f"Got {sorted(found)} of {kind}, expected {IN_WORDS[kind]}; look at the new SDK.")
    return found


_HOLDING: Mapping[object, Callable[[Schema | bool], Schema]] = {
    list: _array,
    stripe.ListObject: _listed,
    UntypedStripeObject: _mapping,
}
