"""The words that a protocol may hold at any place, and the nearest known word to a mistyped one."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from trialist.protocol.model import TrialProtocol
from trialist.protocol.part import Part

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What may stand at a place: a part with these words, or a choice of parts by a tag word."""

    words: tuple[str, ...] = ()
    tag: str | None = None
    choices: tuple[str, ...] = ()


def expected(path: Path, data: Any) -> Expected:
    """The words of the part at a path of the file; `data` are its plain values, which pick the variant."""
    annotation: Any = TrialProtocol
    value = data
    for step in path:
        annotation = _inside(annotation, step, value)
        if annotation is None:
            return Expected()
        value = _item(value, step)
    annotation = _bare(annotation)
    tag, variants = _variants(annotation)
    if tag is not None:
        chosen = _chosen(variants, value, tag)
        words = fields_of(chosen) if chosen is not None else ()
        return Expected(words, tag, tuple(variants))
    return Expected(fields_of(annotation)) if _is_part(annotation) else Expected()


def tagged(path: Path) -> bool:
    """Whether the part at a path is one of several, chosen by a word in it."""
    match path:
        case ("allocation",) | ("endpoints", str()) | ("analyses", str()) | ("design", int()):
            return True
    return False


def path_in_file(loc: tuple[str | int, ...], data: Any) -> tuple[Path, bool]:
    """The path in the file of a location in the model, and whether it is of the key itself.

    A tag stands right after the part it belongs to; further on the same word is a word of the file.
    """
    path: Path = ()
    of_key = False
    for step in loc:
        if step == "[key]":
            of_key = True
        elif not (tagged(path) and step in expected(path, data).choices and tuple(loc[: len(path)]) == path):
            path = (*path, step)
    return path, of_key


def fields_of(part: type[Part]) -> tuple[str, ...]:
    """The words of a part as the file writes them."""
    return tuple(item.alias or name for name, item in part.model_fields.items())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, if any does."""
    known = tuple(known)
    plain = {k.lower().replace("-", "_"): k for k in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_")[:100], list(plain), 1, 0.6)
    return plain[found[0]] if found else None


def listed(words: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut after so many."""
    words = tuple(words)
    return ", ".join(words[:most]) + (", ..." if len(words) > most else "")


def did_you_mean(word: str, known: Iterable[str], none: str = "there is none yet") -> str:
    """A remedy: the nearest known word, and what there is."""
    known = tuple(known)
    if not known:
        return none
    near = nearest(word, known)
    return (f"did you mean '{near}'? " if near else "") + f"known are {listed(known)}"


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Part)


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            some = tuple(a for a in get_args(annotation) if a is not type(None))
            if len(some) != 1:
                return annotation
            annotation = some[0]
        else:
            return annotation


def _variants(annotation: Any) -> tuple[str | None, dict[str, type[Part]]]:
    """The tag word of a choice of parts and its parts by tag."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return None, {}
    parts = [a for a in get_args(annotation) if _is_part(a)]
    for tag in ("derive", "method", "test"):
        found: dict[str, type[Part]] = {}
        for part in parts:
            item = part.model_fields.get(tag)
            if item is not None and get_origin(item.annotation) is Literal:
                found.update(dict.fromkeys(get_args(item.annotation), part))
        if parts and len(set(found.values())) == len(parts):
            return tag, found
    return None, {}


def _chosen(variants: dict[str, type[Part]], value: Any, tag: str) -> type[Part] | None:
    word = value.get(tag) if isinstance(value, Mapping) else None
    return variants.get(word) if isinstance(word, str) else None


def _inside(annotation: Any, step: str | int, value: Any) -> Any:
    annotation = _bare(annotation)
    tag, variants = _variants(annotation)
    if tag is not None:
        annotation = _chosen(variants, value, tag)
    if _is_part(annotation):
        for name, item in annotation.model_fields.items():
            if step == (item.alias or name):
                return item.annotation
        return None
    origin = get_origin(annotation)
    inner = typing.get_args(annotation)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return inner[1]
    if origin is tuple and isinstance(step, int):
        return (
            inner[0]
            if len(inner) == 2 and inner[1] is Ellipsis
            else (inner[step] if step < len(inner) else None)
        )
    return None


def _item(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return None
