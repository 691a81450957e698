"""Doses that a text gives to an arm of a trial, against those of the trial's card."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_UNIT = r"(?:mg/m2|mg/kg|kBq/kg|GBq|mg per square met(?:er|re)|mg)(?![\w/])(?!\s+(?:tablets?|capsules?))"
_BEHIND = re.compile(
    rf"\s*,?\s*\(?\s*(?:(?:was|were)\s+(?:given|administered|dosed)\s+)?(?:at\s+|given at\s+)?(?:a\s+"
    rf"|the\s+)?(?:dose\s+(?:of\s+)?)?(?P<x>\d+(?:\.\d+)?)\s*(?P<u>{_UNIT})"
)
_BEFORE = re.compile(rf"(?P<x>\d+(?:\.\d+)?)\s*(?P<u>{_UNIT})\s+(?:of\s+|intravenous\s+)?$")
_NEAR = ("sentence", "paragraph", "heading", "document", "list", "table", "row")
_PART = re.compile(
    r"\b(?:reduc\w+|lower\w*|escalat\w*|increas\w+|cumulative|modif\w+|instead|previous\w*|prior|earlier"
    r"|approved|label\w*"
    r"|recommended|proposed|other trials?|elsewhere|whereas|unlike|later)\b",
    re.I,
)


@entry("arm_doses", needs="store", gives="another dose than the arm was given", source="cards of the trials")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.trial is None or one.how not in _NEAR:
            continue
        if len({m.id for m in one.of("trial")}) > 1 or _PART.search(one.text) or one.asks:
            continue
        yield from _doses(one, store)


def _doses(one: Scene, store: Store) -> Iterator[Verdict]:
    card = store.trials[one.trial or ""]
    text = one.sight.text
    for mention in one.of("drug"):
        given = {g.dose for arm in card.arms.values() for g in arm.give if g.drug == mention.id and g.dose}
        held = {number for dose in given for number in _numbers(dose)}
        found = _BEHIND.match(text, mention.end, one.span.end)
        found = found or _BEFORE.search(text, one.span.start, mention.start)
        if found is None or not held or any("to" in dose or "-" in dose for dose in given):
            continue
        if _is_course(
            one.text, text[max(one.span.start, found.start("x") - 4) : found.start("x")], found["x"], held
        ):
            continue
        unit = "mg/m2" if "square" in found["u"] else found["u"]
        if (
            not any(re.search(rf"\b{re.escape(unit)}(?!/)", dose) for dose in given)
            or float(found["x"]) in held
            or text[: found.start("x")].rstrip().endswith("=")  # `4 x 25 = 100 mg/m2`: of all cycles
        ):
            continue
        yield Verdict(
            "arm_doses",
            "contradicted",
            "A",
            one.claim(found.start("x"), found.end("u")),
            f"{card.trial} gave {mention.id} at {', '.join(sorted(given))}, not at {found['x']} {unit}",
            tuple(
                f"{card.trial}, {arm.name}: {arm.label}: {g.drug} {g.dose} every {g.every}"
                for arm in card.arms.values()
                for g in arm.give
                if g.drug == mention.id
            ),
            "look up the dose of the trial",
        )


_COURSE = re.compile(
    r"\btotal\w*|\bin all\b|\baltogether\b|\bsum\w*|\badds? up\b|\bexposure\b|\bcycles?\b|\bcourses?\b"
    r"|\bweeks\b|\bplanned\b|\d\s*[x*]\s*\d",
    re.I,
)


def _is_course(words: str, before: str, dose: str, held: set[float]) -> bool:
    """Whether a dose is what a whole course brings: `4 x 25 = 100 mg/m2`, a multiple of the dose of a day."""
    whole = float(dose)
    often = any(one and whole > one and abs(whole / one - round(whole / one)) < 1e-9 for one in held)
    return often and (before.rstrip().endswith("=") or bool(_COURSE.search(words)))


def _numbers(dose: str) -> list[float]:
    """What a dose may be called: so much each time, and so much a day."""
    each = [float(number) for number in re.findall(r"(?<![a-z])\d+(?:\.\d+)?(?=\s|$)", dose)]
    return [*each, *(2 * number for number in each if "twice" in dose)]
