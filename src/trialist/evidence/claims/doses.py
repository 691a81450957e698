"""The dose of a drug as a fact of a study: what is given each time and what that makes in a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.number_words import digits
from trialist.evidence.claims.plain import COUNT, NUMBER, printed

_UNIT = r"mg/m2|mg/kg|mg|kBq/kg|MBq|GBq|g"
_DOSE = re.compile(
    rf"(?<![\d./-])(?:(?P<k>{COUNT})\s+)?(?<![\d./-])(?P<x>{NUMBER})\s?(?P<unit>{_UNIT})(?![\w/])"
    r"(?P<behind>(?:\s+(?:tablets?|capsules?))?[\s,(]*(?:orally|by mouth|given|taken"
    r"|intravenously)?\s*(?P<often>twice|two times|bid|BID"
    r"|three times|tid|once|daily|a day|per day|every (?:day|morning|evening)|each (?:day|morning|evening))?)"
)
_TIMES = {"twice": 2, "two times": 2, "bid": 2, "three times": 3, "tid": 3}
_TOTAL = re.compile(r"\b(?:total\s+)?daily\s+dose\s+(?:of|was|is)\s+(?:about\s+)?$", re.I)
_CHANGED = re.compile(
    r"\b(?:reduc\w+|lower\w*|escalat\w*|increas\w+|load\w*|start\w*|initial\w*|then|or|from|up to"
    r"|maxim\w+|minim\w+"
    r"|cohorts?|levels?|run-in|rather|instead|previous\w*|prior|earlier|label\w*|approved|recommended|cumulative|other"
    r"|another|modif\w+|adjust\w*|later|first|second|weeks? \d|below|above|half|toxicity|tolerated|higher)\b",
    re.I,
)
_STUDIED = re.compile(
    r"\b(?:active|study|trial|investigational|new)\s+(?:drug|medicine|treatment|agent|compound|tablets?)\b|\bdaily\s+dose\b",
    re.I,
)
_EVERY = re.compile(
    rf"\bevery\s+(?:(?P<n>\d+|{COUNT})\s+)?(?P<unit>weeks?|days?)\b|\bq(?P<q>\d)w\b|\b(?P<adj>{COUNT})-(?P<per>weekly)\b"
    r"|\b(?P<word>weekly|fortnightly|monthly)\b",
    re.I,
)
_GIVING = re.compile(
    r"\b(?:infus\w+|inject\w+|given|administered|cycles?|doses?|mg|tablets?|capsules?)\b", re.I
)
_LOOKING = re.compile(
    r"\b(?:scan\w*|assess\w*|visit\w*|imaging|CT|MRI|measured|follow\w*|checked|tests?|questionnaires?|reviewed)\b",
    re.I,
)
_DAYS = {"weekly": 7, "fortnightly": 14, "monthly": 28}
_NO_DRUG = frozenset({"placebo", "control", "control arm", "control group", "sham", "standard care"})
THE_DRUG = "*"  # `the study drug`: the only one of the document


def doses(text: str, start: int, end: int, named: Sequence[Mention]) -> Iterator[Item]:
    """The dose that a sentence with one dose gives to its one drug, or to `the study drug`."""
    found = list(_DOSE.finditer(text, start, end))
    drugs = list(
        dict.fromkeys(m.id for m in named if m.kind in ("drug", "treatment") and m.id not in _NO_DRUG)
    )
    if len(found) != 1 or len(drugs) > 1 or _CHANGED.search(text, start, end):
        return
    taken = found[0]["often"] or _STUDIED.search(text, start, end)
    drug = drugs[0] if drugs else THE_DRUG if taken else None
    if drug is not None:
        m = found[0]
        said = {"what": f"dose of {drug}", "value": frozenset(_amounts(text, m))}
        yield Item("fact", m.start("x"), m.end("unit"), m.start("x"), {}, said)


def schedules(text: str, start: int, end: int, named: Sequence[Mention]) -> Iterator[Item]:
    """How often a sentence says that its one drug, or what was given, is given."""
    found = list(_EVERY.finditer(text, start, end))
    drugs = {m.id for m in named if m.kind == "drug" and m.id != "placebo"}
    giving = _GIVING.search(text, start, end) and not _LOOKING.search(text, start, end)
    if len(found) != 1 or len(drugs) > 1 or not giving or _CHANGED.search(text, start, end):
        return
    m = found[0]
    days = _DAYS.get((m["word"] or "").lower()) or _days(m)
    if days:
        dose = _DOSE.search(text, start, end)
        of = f"schedule of {dose['x']} {dose['unit']}" if dose else "schedule"
        said = {"what": "schedule", "dose": of, "value": frozenset({f"every {days} days"})}
        yield Item("fact", m.start(), m.end(), m.start(), {}, said)


def _days(m: re.Match[str]) -> int | None:
    said = digits(m["n"] or m["q"] or m["adj"] or "1")
    if not said.isdigit():
        return None
    return int(said) * (1 if (m["unit"] or "").lower().startswith("day") else 7)


def _amounts(text: str, m: re.Match[str]) -> Iterator[str]:
    """What a dose may be: so much each time, so much a day."""
    number = printed(text, *m.span("x"))
    if number is None:
        return
    many = int(digits(m["k"])) if m["k"] and digits(m["k"]).isdigit() and "tablet" in m["behind"] + " " else 1
    each = number.value * many
    if _TOTAL.search(text[: m.start()][-40:]):
        yield f"{each:g} {m['unit']} a day"
        return
    times = _TIMES.get((m["often"] or "").lower(), 1)
    yield f"{each:g} {m['unit']} each time"
    yield f"{times * each:g} {m['unit']} a day"
