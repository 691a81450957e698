"""Doses that a text says are on a label, and grades of scales, against the statements of the store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.scenes import Scene, drugs_named, scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Statement, Store
from trialist.registry import entry

_DOSE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*(mg/m2|mg/kg|kBq/kg|MBq|GBq)")
_LABEL = re.compile(
    r"\b(?:label\w*|approv\w+|licen[sc]\w+|recommended|prescribing information|indicat\w+|authori[sz]\w+"
    r"|registered dose|SmPC|USPI"
    r"|package insert|standard dose|usual dose|starting dose|dose is|dose in)\b",
    re.I,
)
_PLACES = {
    "US": re.compile(r"\bUS\b|\bU\.S\.|\bUSA\b|\bUnited States\b|\bFDA\b|\bAmerican?\b"),
    "EU": re.compile(r"\bEU\b|\bEurop\w+|\bEMA\b|\bSmPC\b"),
    "UK": re.compile(r"\bUK\b|\bEngland\b|\bNICE\b|\bBritain\b|\bUnited Kingdom\b"),
    "AU": re.compile(r"\bAustralia\w*\b|\bTGA\b"),
    "MY": re.compile(r"\bMalaysia\w*\b"),
}
_PART = re.compile(
    r"\b(?:hepatic|liver|renal|impair\w*|premedicat\w*|arm|trial|study|compar\w+"
    r"|versus|v\.?|vs\.?|randomi[sz]ed|cumulative|phase|tolerat\w*|escalat\w*"
    r"|non-inferior\w*|noninferior\w*)\b",
    re.I,
)
_PICKED = re.compile(
    r"\bselect(?:ed|ion)?\b|\bdiscretion\b|\b(?:may|can|could|might) be (?:used|given|chosen)\b"
    r"|\bsome\s+(?:patients|men|people)\b|\boption\w*\b|\bfrail\w*\b"
    r"|\b(?:held\s+back|reserved|kept|only|alternative)\s+(?:for|in)\b",
    re.I,
)
_CLAUSES = re.compile(
    r"[;:.](?=\s)|\((?=\d)|,\s*(?:and|but|while|whereas|with|though|although)\b"
    r"|\b(?:while|whereas|but|with|and)\s+(?=\d)|,\s+(?=\d)"
)
_LESS = re.compile(r"\b(?:reduc\w+|lower\w*|instead)\b", re.I)
_YEAR = re.compile(r"\b(20\d\d)\b")
_THEN = re.compile(
    r"\b(?:originally|initially|formerly|at first|first approved|until|was approved|had been|was \d)\b", re.I
)
_STILL = re.compile(r"\b(?:still|today|currently|nowadays|to this day|remains?|at present)\b", re.I)
_SCORE = re.compile(
    r"\b(?P<system>ESMO[\s-]MCBS|MCBS|ESMO magnitude of clinical benefit scale|NCCN|GRADE|EAU"
    r"|ASCO)\b[^.;]{0,60}?\b(?:score|grade|category"
    r"|rating|level|of|gives|is|was)\s*(?:of\s+)?(?P<score>[1-5AB])\b(?!\s*(?:%|mg|months|patients|\.\d))"
)
_GRADING = re.compile(r"(?P<system>[A-Z][\w-]+(?:\s+v[\d.]+)?).*?\bscore\s+(?P<score>\w)")


@entry("label_doses", needs="store", gives="contradicted, outdated", source="statements of labels and scales")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        yield from _scores(one, store)
        told = " ".join(
            c for c in re.split(r"[;:]|,\s+(?:and|but|while|whereas)\b", one.text) if _DOSE.search(c)
        )
        if (
            one.of("trial")
            or one.asks
            or not _LABEL.search(one.text)
            or _PART.search(one.text)
            or _LESS.search(told)
        ):
            continue
        yield from _doses(one, store)


def _doses(one: Scene, store: Store) -> Iterator[Verdict]:
    doses = list(_DOSE.finditer(one.text))
    drugs = [d for d in drugs_named(one) if _of_drug(store, d)] or _carried(one, store)
    if not doses or len(drugs) != 1:
        return
    drug = drugs[0]
    for found in doses:
        if _PICKED.search(_clause(one.text, found.start())):
            continue  # a dose for some patients, which no label recommends to all
        place = _place(one, found.start())
        of = [s for s in _of_drug(store, drug) if place is None or s.jurisdiction == place]
        if not of or (place is None and not re.search(r"\b(?:label|approved|licen[sc]ed)", one.text, re.I)):
            continue
        dose = f"{found[1]} {found[2]}"
        holding = [s for s in of if _has(s, found[1], found[2])]
        start = one.span.start
        claim = one.claim(start + found.start(), start + found.end())
        where = place or "any"
        lines = tuple(
            f"{s.id} ({s.source}, {s.jurisdiction} {s.as_of or 'no date'}): {s.text}"
            for s in of
            if _DOSE.search(s.text)
        )
        ids = tuple(s.id for s in of if _DOSE.search(s.text))
        if not lines:
            continue
        if not holding:
            yield Verdict(
                "label_doses",
                "contradicted",
                "A",
                claim,
                f"{dose} of {drug} is on no label that the store holds ({where})",
                lines[:4],
                "look up the label, and give its date and country",
                findings=ids[:4],
            )
        elif place is not None and all(_superseded(s) for s in holding) and not _dated(one, holding):
            later = [s for s in of if not _superseded(s) and _DOSE.search(s.text)]
            yield Verdict(
                "label_doses",
                "outdated",
                "B",
                claim,
                f"{dose} was the dose on the label ({place}, {holding[0].as_of}); "
                f"since {later[0].as_of or 'then'} it is another",
                lines[:4],
                "give the dose of the present label, or the date",
                findings=ids[:4],
            )


def _clause(text: str, at: int) -> str:
    """What a sentence says of one of its doses: up to the next dose or clause."""
    cuts = [0, *(m.end() for m in _CLAUSES.finditer(text)), len(text)]
    return text[max(c for c in cuts if c <= at) : min(c for c in cuts if c > at)]


_BESIDE = re.compile(r"\b(?:with|plus|and)\s+(?:(?:oral|daily|low-dose|\w+ or)\s+)*$", re.I)


def _carried(one: Scene, store: Store) -> list[str]:
    """The drug of a document that speaks of one drug with label doses, for a sentence that names none.

    What is given beside it may be named behind the dose: `25 mg/m2 every 3 weeks with` its companion.
    """
    sight = one.sight
    doses = [one.span.start + found.end() for found in _DOSE.finditer(one.text)]
    if any(
        not doses or m.start < doses[-1] or not _BESIDE.search(sight.text[one.span.start : m.start])
        for m in one.of("drug", "treatment")
    ):
        return []
    parts = sight.reading.document.parts
    named = {
        m.id
        for p in parts
        for m in sight.mentions(p.start, p.end)
        if m.kind == "drug" and _of_drug(store, m.id)
    }
    return list(named) if len(named) == 1 else []


def _of_drug(store: Store, drug: str) -> list[Statement]:
    return [
        s
        for s in store.statements
        if s.kind in ("dose", "indication")
        and drug in s.about
        and s.jurisdiction
        and s.reliability not in ("memory", "unreliable")
        and _DOSE.search(s.text)
        and "impairment" not in s.text
    ]


def _place(one: Scene, at: int) -> str | None:
    """The country of a dose: the only one of its sentence, else the nearest to it within its clause."""
    held = [
        (abs(f.start() - at), name) for name, pattern in _PLACES.items() for f in pattern.finditer(one.text)
    ]
    if not held:
        return None
    if len({name for _, name in held}) == 1:
        return held[0][1]
    left = max(
        (one.text.rfind(mark, 0, at) for mark in (",", ";", " and ", " but ", " whereas ", " while ")),
        default=-1,
    )
    rights = [
        p
        for mark in (",", ";", " and ", " but ", " whereas ", " while ")
        if (p := one.text.find(mark, at)) >= 0
    ]
    right = min(rights, default=len(one.text))
    inside = {n for n, p in _PLACES.items() if p.search(one.text[max(left, 0) : right])}
    return inside.pop() if len(inside) == 1 else None


def _has(statement: Statement, number: str, unit: str) -> bool:
    """Whether a label recommends a dose; what it leaves to the physician is no recommendation."""
    text = re.split(r"[;,.]?[^;.]*\b(?:can|may) be used\b|\bselect(?:ed)? patients\b", statement.text)[0]
    text = re.split(r";(?=[^;]*$)", statement.text)[0] if re.search(r"\bselect", statement.text) else text
    return any(float(f[1]) == float(number) and f[2] == unit for f in _DOSE.finditer(text))


def _superseded(statement: Statement) -> bool:
    return statement.superseded_by is not None


def _dated(one: Scene, holding: list[Statement]) -> bool:
    if _STILL.search(one.text):
        return False
    years = {int(y) for y in _YEAR.findall(one.text)}
    if _THEN.search(one.text):
        return True
    return any(
        s.as_of and any((abs(int(s.as_of[:4]) - y) <= 6 and y < 2017) or y == int(s.as_of[:4]) for y in years)
        for s in holding
    )


def _scores(one: Scene, store: Store) -> Iterator[Verdict]:
    """A score of a scale for a trial or a drug of it."""
    for found in _SCORE.finditer(one.text):
        named = {m.id for m in one.of("trial")} or set(drugs_named(one)[:1])
        about = named or ({one.trial} if one.trial else set())
        of = [
            s
            for s in store.statements
            if s.grading and about & set(s.about) and (m := _GRADING.search(s.grading)) is not None and m
        ]
        trials = about & set(store.trials)
        of = [s for s in of if not trials or trials & set(s.about)]
        if not of:
            continue
        scored = {m["score"] for s in of if (m := _GRADING.search(s.grading or "")) is not None}
        mine = "MCBS" in found["system"] or "magnitude" in found["system"]
        start = one.span.start
        claim = one.claim(start + found.start(), start + found.end())
        lines = tuple(f"{s.id} ({s.source}): {s.grading}" for s in of)
        if mine and found["score"] not in scored:
            yield Verdict(
                "label_doses",
                "contradicted",
                "A",
                claim,
                f"the scale gives {', '.join(sorted(scored))}, not {found['score']}",
                lines,
                "look up the scorecard",
                findings=tuple(s.id for s in of),
            )
        elif not mine and found["score"] in scored and found["score"].isdigit():
            yield Verdict(
                "label_doses",
                "grading system misnamed",
                "B",
                claim,
                f"this is a score of {(of[0].grading or '').split(',')[0]}, not of {found['system']}",
                lines,
                "name the system that the grade belongs to",
                findings=tuple(s.id for s in of),
            )
