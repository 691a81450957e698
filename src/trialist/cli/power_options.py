"""The words of a design entry as options of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

import click

from trialist.protocol.part import Part
from trialist.protocol.quantities import Fraction

TOLD_ELSEWHERE = frozenset({"test", "source", "reliability", "note"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Numbers(click.ParamType[tuple[Any, ...]]):
    """`0.5,1`, `2:1` or, in pairs, `0:1,4:0.6`."""

    name = "numbers"

    def __init__(self, *, pairs: bool) -> None:
        self.pairs = pairs

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        text = str(value).replace(" ", "")
        try:
            if self.pairs:
                return tuple(tuple(_number(n) for n in pair.split(":")) for pair in text.split(","))
            return tuple(_number(n) for n in re.split("[,:]", text))
        except ValueError:
            example = "0:1,4:0.6" if self.pairs else "0.5,1"
            self.fail(f"'{value}' is no list of numbers like {example}", param, ctx)


class Percentage(click.ParamType[str]):
    """`0.8` or `80 %`, handed on as the percentage that a protocol writes."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        return f"{(Decimal(text) * 100).normalize():f} %" if _NUMBER.fullmatch(text) else text


def options_of(part: type[Part]) -> Iterator[click.Option]:
    """One option per word of the entry; a word is `hazard_ratio`, its option `--hazard-ratio`."""
    shares = {name for name, annotation in _annotations(part).items() if _is_share(annotation)}
    for name, item in part.model_fields.items():
        if name in TOLD_ELSEWHERE:
            continue
        word = item.alias or name
        kind, flag = (Percentage(), False) if name in shares else _kind(item.annotation)
        yield click.Option(
            [f"--{word.replace('_', '-')}", word],
            type=kind,
            is_flag=flag,
            default=None,
            help=item.description or None,
        )


def _annotations(part: type[Part]) -> dict[str, Any]:
    from typing import get_type_hints

    return get_type_hints(part, include_extras=True)


def _is_share(annotation: Any) -> bool:
    return annotation == Fraction or any(
        _is_share(inner) for inner in get_args(annotation) if inner is not annotation
    )


def _kind(annotation: Any) -> tuple[Any, bool]:
    bare = [a for a in get_args(annotation) if a is not type(None)] if _optional(annotation) else [annotation]
    only = bare[0] if len(bare) == 1 else str
    if only is bool:
        return bool, True
    if get_origin(only) is Literal:
        choices = get_args(only)
        return (
            (int, False) if all(isinstance(c, int) for c in choices) else (click.Choice(list(choices)), False)
        )
    if get_origin(only) is tuple:
        inner = get_args(only)[0]
        return Numbers(pairs=get_origin(inner) is tuple), False
    return (only if only in (int, float) else str), False


def _optional(annotation: Any) -> bool:
    import types

    return get_origin(annotation) in (Union, types.UnionType)


def _number(text: str) -> float | int:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
