"""One patient as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trialist.findings.model import Origin
from trialist.patients.model import Entry, Paragraph, Patient, Verdict
from trialist.protocol.model import TrialProtocol
from trialist.report import verdict_words, words

_NOT_A_FACTOR = frozenset(
    {"subject", "arm", "actual_arm", "reference_date", "first_dose_day", "last_dose_day", "cutoff_day"}
    | {"death_day", "last_alive_day", "baseline_scan", "age", "sex", "randomised", "treated"}
    | {"first_dose_earliest_day", "death_recorded"}
)
_SEXES = {"M": "male", "F": "female"}
NO_RECORDS = (
    "A pseudo-patient of a published curve: there are no records beyond a time and whether an event ended "
    "it. No dose, scan, PSA or adverse event was ever recorded for it, and no rule was applied."
)


def patient_text(patient: Patient, plan: TrialProtocol, origin: Origin, *, width: int = 80) -> str:
    """Origin, person, timeline, and every verdict with its values and rule, no line wider than `width`."""
    lines = [f"{plan.trial}, patient {patient.subject}", words.origin_headline(origin)]
    lines += _wrapped(words.origin_warning(origin) or "", width, "")
    lines += ["", *_wrapped(words.full_stop(person(patient, plan)), width, "")]
    lines += ["", "Timeline"]
    if patient.reconstructed:
        lines += _wrapped(NO_RECORDS, width)
    else:
        lines += _wrapped(day_zero(patient, plan), width)
        lines += _timeline(patient.entries, width)
    lines += ["", "Verdicts"]
    for found in plain_verdicts(patient):
        lines += _verdict(found, plan, width)
    counted = event_verdicts(patient)
    if counted:
        lines += ["", "Adverse event endpoints"]
        for found in counted:
            said = verdict_words.verdict(plan, found)
            on_day = verdict_words.seen(found)
            lines += _term(found.label, said + (f" {words.sentence(on_day)}." if on_day else ""), width)
        if counted[0].paragraph:
            for term, text in verdict_words.rule_terms(shared_rule(counted[0].paragraph)):
                lines += _term(term, text, width, indent=4)
    return "\n".join(lines)


def patient_json(patient: Patient, plan: TrialProtocol, origin: Origin) -> dict[str, Any]:
    """The same as a structure; dates as ISO 8601."""
    return {
        "trial": plan.trial,
        "subject": patient.subject,
        "origin": {"kind": origin.kind, "seed": origin.seed, "label": words.origin_headline(origin)},
        "arm": patient.arm,
        "reference_date": patient.reference_date.isoformat() if patient.reference_date else None,
        "person": {key: _plain(value) for key, value in patient.person.items()},
        "note": NO_RECORDS if patient.reconstructed else None,
        "timeline": [_entry_json(item) for item in patient.entries],
        "verdicts": [
            {
                "endpoint": found.endpoint,
                "estimand": found.estimand,
                "label": found.label,
                "derive": found.derive,
                "shape": found.shape,
                "said": verdict_words.verdict(plan, found),
                "derived": found.absent is None,
                "rows": [{key: _plain(value) for key, value in row.items()} for row in found.rows],
                "on_that_day": [_entry_json(item) for item in found.seen],
                "rule": _rule_json(found.paragraph) if found.paragraph else None,
            }
            for found in patient.verdicts
        ],
    }


def person(patient: Patient, plan: TrialProtocol) -> str:
    """`Arm cabazitaxel, age 64, male; ECOG performance status: 0-1; ...`"""
    facts = patient.person
    said = [f"Arm: {words.arm(plan, patient.arm)}"]
    if facts.get("actual_arm") not in (None, patient.arm):
        said.append(f"treated as: {words.arm(plan, facts['actual_arm'])}")
    if facts.get("age") is not None:
        said.append(f"age {facts['age']:g}")
    if facts.get("sex") in _SEXES:
        said.append(_SEXES[facts["sex"]])
    for name in plan.factors:
        if name not in _NOT_A_FACTOR and facts.get(name) is not None:
            said.append(words.subgroup(plan, f"{name}: {facts[name]}"))
    return "; ".join(said)


def day_zero(patient: Patient, plan: TrialProtocol) -> str:
    """What day 0 is, and when."""
    dated = f", {patient.reference_date.isoformat()}" if patient.reference_date else ""
    return f"Day 0 is the day of {words.plain(plan.reference)}{dated}."


def by_day(entries: Iterable[Entry]) -> list[tuple[int | None, list[Entry]]]:
    """Entries of one day together, in order."""
    days: dict[int | None, list[Entry]] = {}
    for item in entries:
        days.setdefault(item.day, []).append(item)
    return list(days.items())


def plain_verdicts(patient: Patient) -> tuple[Verdict, ...]:
    """All but those that count adverse events, which have one rule in common."""
    return tuple(v for v in patient.verdicts if v.derive != "adverse_event")


def event_verdicts(patient: Patient) -> tuple[Verdict, ...]:
    return tuple(v for v in patient.verdicts if v.derive == "adverse_event")


def shared_rule(paragraph: Paragraph) -> Paragraph:
    """The rule of the adverse event endpoints without what differs between them: their labels say that."""
    own = ("term", "minimum_grade", "serious", "related")
    return Paragraph(
        says=paragraph.says,
        source=paragraph.source,
        criteria=paragraph.criteria,
        thresholds=paragraph.thresholds,
        options=tuple(item for item in paragraph.options if item[0] not in own),
    )


def _timeline(entries: Iterable[Entry], width: int) -> Iterator[str]:
    for day, items in by_day(entries):
        head = "  undated" if day is None else f"  day {day:>5}"
        text = "; ".join(dict.fromkeys(verdict_words.entry(item) for item in items))
        yield from textwrap.wrap(
            text, width, initial_indent=f"{head}  ", subsequent_indent=" " * 13, break_on_hyphens=False
        )


def _verdict(found: Verdict, plan: TrialProtocol, width: int) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{found.label} ({found.endpoint})", width)
    yield from _wrapped(verdict_words.verdict(plan, found), width, "    ")
    for line in verdict_words.visits(found):
        yield from _wrapped(line, width, "      ")
    decided = verdict_words.values(found)
    if decided:
        yield from _term("Values", decided, width, indent=4)
    on_day = verdict_words.seen(found)
    if on_day:
        yield from _term("That day", words.full_stop(words.sentence(on_day)), width, indent=4)
    if found.paragraph:
        for term, text in verdict_words.rule_terms(found.paragraph):
            yield from _term(term, text, width, indent=4)


def _term(term: str, text: str, width: int, *, indent: int = 2) -> list[str]:
    return textwrap.wrap(
        f"{term}: {text}",
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,
    )


def _wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _entry_json(item: Entry) -> dict[str, Any]:
    kept = {
        "day": item.day,
        "end_day": item.end_day,
        "kind": item.kind,
        "what": item.what,
        "value": item.value,
        "unit": item.unit,
        "below": item.below or None,
        "grade": item.grade,
        "serious": item.serious,
        "related": item.related,
    }
    return {key: value for key, value in kept.items() if key == "day" or value is not None}


def _rule_json(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "says": paragraph.says,
        "source": paragraph.source,
        "criteria": [{"title": title, "source": source} for title, source in paragraph.criteria],
        "decided_by": [{"rule": c.name, "situation": c.situation, "says": c.says} for c in paragraph.clauses],
        "thresholds": [
            {
                "option": t.option,
                "value": _listed(t.value),
                "unit": t.unit,
                "source": t.source,
                "protocol_says_otherwise": t.own,
            }
            for t in paragraph.thresholds
        ],
        "options": {key: _listed(value) for key, value in paragraph.options},
        "read": {name: _rule_json(inner) for name, inner in paragraph.read},
    }


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _listed(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_listed(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
