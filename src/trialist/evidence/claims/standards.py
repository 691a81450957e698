"""Standards and their versions as a document names them: `CTCAE v4.03`, `PCWG3`, `iRECIST`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD, digits


@cache
def known() -> Mapping[str, Mapping[str, Any]]:
    """The standards of `standards.yaml`, by id."""
    text = files("trialist.evidence.claims").joinpath("standards.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def exists(standard: str, version: str, today: int) -> bool:
    """Whether a version of a standard was ever released, by the year `today`."""
    listed = known()[standard]
    if "minors" not in listed:
        return version in listed["versions"]
    major, _, minor = version.partition(".")
    zero, least = listed["minors"]["zero"], listed["minors"]["least"]
    return int(major) < least or (minor in ("", "0", "1") and zero + int(major) <= today)


def released(standard: str, version: str | None) -> int | None:
    """The year in which a version, or without one the standard itself, was released; None if not known."""
    listed = known()[standard]
    if version is None:
        return listed.get("since")
    if "minors" in listed:
        major = int(version.partition(".")[0])
        return int(listed["minors"]["zero"]) + major if major >= listed["minors"]["least"] else None
    when = listed["versions"].get(version)
    return None if when is None else int(str(when)[:4])


_NUMBER = rf"(?P<v>\d{{1,2}}(?:\.\d{{1,2}})?|{WORD})"
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh"),
)
_NTH = rf"(?:(?P<v>\d{{1,2}})(?:st|nd|rd|th)|(?P<nth>{'|'.join(_ORDINALS)}))"
_FORMS = {
    "version": (
        r"(?:\s+criteria)?(?:\s*[(\[]\s*[A-Z][\w-]*\s*[,;)\]]+)?"
        rf"[\s,;:(]*(?:(?P<word>version|ver\.?|v\.?|V\.?)\s*){_NUMBER}(?![\d.]*\d|\s*%)"
    ),
    "revision": r"\s?\(\s?R(?P<v>\d)\s?\)",
    "edition": (
        r"(?:/[A-Z]{3,5})?\)?(?:'s)?[\s,;:(]*(?i:(?:TNM\s+)?(?:cancer\s+)?(?:staging\s+)?(?:manual|system"
        rf"|classification)?)[\s,;:(]*(?:the\s+)?{_NTH}\s+ed(?:ition|\.)"
    ),
    "year": (
        r"(?:\s+(?:statement|guidelines?|checklist))?[\s,;:(]*(?:of\s+)?"
        r"(?P<v>(?:19|20)\d\d)(?!\s*(?:extension|[-/]))"
    ),
}
_BARE = (
    r"(?:\s+criteria)?(?:\s*[(\[]\s*[A-Z][\w-]*\s*[,;)\]]+)?(?:[\s(]{0,2}|,\s(?=\d\.\d))"
    r"(?P<bare>\d{1,2}\.\d{1,2}|[1-9](?=[\s.,;)]))(?![\d.]*\d|\s*(?:%|months|patients|grade))"
)


@cache
def _pattern(standard: str) -> re.Pattern[str]:
    listed = known()[standard]
    names = "|".join(re.escape(name) for name in sorted(listed["names"], key=len, reverse=True))
    form = str(listed.get("form", "version"))
    attached = r"(?P<near>\d)(?!\d|\.\d)|" if standard == "pcwg" else ""
    behind = f"(?:{attached}{_FORMS[form]}{'|' + _BARE if form == 'version' else ''})"
    alone = "?" if "since" in listed else ""
    ahead = (
        rf"\b(?:version|v\.?)\s*(?P<ahead>\d{{1,2}}"
        rf"(?:\.\d{{1,2}})?)\s+of\s+(?:the\s+)?(?:NCI[\s-]+)?(?:{names})\b|"
    )
    nth = (
        _NTH.replace("<v>", "<v2>").replace("<nth>", "<nth2>")
        + rf"\s+(?:edition|version|iteration|revision)\s+of\s+(?:the\s+)?(?:[A-Z][\w/-]*\s+)?(?:{names})\b|"
    )
    before = (nth if form != "year" else "") + (ahead if form == "version" else "")
    return re.compile(rf"{before}\b(?:{names})(?![\w-]*[a-z])\)?{behind}{alone}")


def standards(text: str, start: int, end: int) -> Iterator[Item]:
    for name in known():
        for found in _pattern(name).finditer(text, start, end):
            groups = ("v", "v2", "nth", "nth2", "ahead", "bare", "near")
            group = next((g for g in groups if g in found.groupdict() and found[g]), None)
            said = {"standard": name}
            if group is None:
                if "since" in known()[name]:
                    year = _YEAR_BEHIND.match(text, found.end())
                    if year is not None and year.end() <= end:
                        said["year"] = year["y"]
                    yield Item("standard", found.start(), found.end(), found.start(), {}, said)
                continue
            version = _digits(found[group])
            if group == "bare" and "." not in version and name != "pcwg":
                continue
            number = Printed(version, float(version), *found.span(group))
            year = _YEAR_BEHIND.match(text, found.end())
            if year is not None and year.end() <= end:
                said["year"] = year["y"]
            yield Item("standard", found.start(), found.end(), found.start(), {"version": number}, said)


_YEAR_BEHIND = re.compile(r"(?:\s+criteria)?\s*(?:\(|,\s+)(?P<y>(?:19|20)\d\d)(?=\s*\))")


def _digits(said: str) -> str:
    """A version in digits: `five` and `fifth` are 5."""
    low = said.lower()
    return str(_ORDINALS.index(low) + 1) if low in _ORDINALS else digits(said)
