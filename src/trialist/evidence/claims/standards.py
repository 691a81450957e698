"""Versions of standards as a document names them: `CTCAE v4.03`, `RECIST version 1.1`, `PCWG3`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed


@cache
def known() -> Mapping[str, Mapping[str, Any]]:
    """The standards of `standards.yaml`, by id."""
    text = files("trialist.evidence.claims").joinpath("standards.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


@cache
def _pattern(standard: str) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(known()[standard]["names"], key=len, reverse=True))
    attached = r"(?P<near>\d)(?!\d|\.\d)|" if standard == "pcwg" else ""
    criteria = r"(?:\s+criteria)?(?:\s*[(\[]\s*[A-Z][\w-]*\s*[,;)\]]+)?"
    return re.compile(
        rf"\b(?:{names})\)?(?:{attached}{criteria}[\s,;:(]*(?:(?P<word>version|ver\.?|v\.?|V\.?)\s*)(?P<v>\d{{1,2}}(?:\.\d{{1,2}})?)(?![\d.]*\d|\s*%)"
        rf"|{criteria}[\s(]{{1,2}}(?P<bare>\d{{1,2}}\.\d{{1,2}}|[1-9](?=[\s.,;)]))(?![\d.]*\d|\s*(?:%|months|patients|grade)))"
    )


def standards(text: str, start: int, end: int) -> Iterator[Item]:
    for name in known():
        for found in _pattern(name).finditer(text, start, end):
            group = next((g for g in ("v", "bare", "near") if g in found.groupdict() and found[g]), None)
            if group is None:
                continue
            version = found[group]
            if group == "bare" and "." not in version and name != "pcwg":
                continue
            number = Printed(version, float(version), *found.span(group))
            yield Item(
                "standard", found.start(), found.end(), found.start(), {"version": number}, {"standard": name}
            )
