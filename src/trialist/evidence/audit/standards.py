"""A version of a standard that is named exists, and was out when it is said to have been used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trialist.evidence.audit.known.scenes import scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.standards import known
from trialist.evidence.model import Store
from trialist.registry import entry

_IN_YEAR = re.compile(r"\b(?:in|by|since|during|until)\s+(?:\w+\s+)?((?:19|20)\d\d)\b")


@entry("standards", needs="version", gives="version that does not exist", source="claims/standards.yaml")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    claims = reading.of("standard")
    ended = _ended(reading, store) if claims else {}
    for claim in claims:
        listed = known()[str(claim.said["standard"])]
        version = claim.numbers["version"].text
        if listed["read"] == "memory" or "versions" not in listed:
            continue
        if version in listed["versions"]:
            yield from _not_current(reading, claim, listed, version)
            yield from _too_early(
                reading, claim, listed["label"], version, listed["versions"][version], ended
            )
            continue
        near = listed.get("near", {}).get(version)
        yield Verdict(
            "standards", "version that does not exist", "B", claim,
            f"there is no {listed['label']} version {version}",
            (f"released: {listed['shown']} [{listed['read']}]",),
            f"did you mean {near}? Name what was used" if near else "name the version that was used",
        )  # fmt: skip


_CURRENT = re.compile(
    r"\b(?:current|currently|latest|newest|most recent|today|now in use|up[ -]to[ -]date)\b", re.I
)


def _not_current(
    reading: Reading, claim: Claim, listed: Mapping[str, Any], version: str
) -> Iterator[Verdict]:
    """A version that is called the current one after a later one came out."""
    current = listed.get("current")
    if current and version not in current and _CURRENT.search(reading.text(claim.sentence)):
        yield Verdict(
            "standards", "outdated", "B", claim, f"{listed['label']} version {version} is not the current one",
            (f"released: {listed['shown']} [{listed['read']}]",), f"name version {current[-1]}, or say when it was current",
        )  # fmt: skip


def _too_early(
    reading: Reading, claim: Claim, label: str, version: str, since: object, ended: dict[int, tuple[int, str]]
) -> Iterator[Verdict]:
    """A version that came out in a year after the last patients were in."""
    year = int(str(since)[:4]) if since is not None else None
    last, what = ended.get(claim.sentence.start, ended.get(-1, (9999, "")))
    said = [int(y) for y in _IN_YEAR.findall(reading.text(claim.sentence))]
    if said and min(said) < last:
        last, what = min(said), f"the text says {min(said)}"
    if year is not None and last < year:
        yield Verdict(
            "standards", "version that was not out", "B", claim,
            f"{label} version {version} came out in {year}, after {last}",
            (f"{label} {version}: {since}; {what}",), "name the version that was used",
        )  # fmt: skip


def _ended(reading: Reading, store: Store | None) -> dict[int, tuple[int, str]]:
    """By sentence the year in which its trial took its last patient; -1: the year that the document gives."""
    held: dict[int, tuple[int, str]] = {}
    periods = reading.of("period")
    if len(periods) == 1:
        stop = periods[0].said["to"]
        held[-1] = (int(re.findall(r"(?:19|20)\d\d", stop.text)[-1]), f"the period ends in {stop.text}")
    for one in scenes(reading, store) if store is not None else ():
        last = store.trials[one.trial].enrolled_to if one.trial and store else None
        if last and last[:4].isdigit():
            held[one.span.start] = (int(last[:4]), f"{one.trial} took patients until {last}")
    return held
