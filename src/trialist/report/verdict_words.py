"""An endpoint's verdict on one patient, the entries of the records and the rule, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from trialist.formats.adam.times import CENSORINGS, EVENTS
from trialist.patients.model import Entry, Paragraph, Threshold, Verdict
from trialist.protocol.model import TrialProtocol
from trialist.report import numbers, rules, words
from trialist.units import DAYS_PER_MONTH

_REASONS = MappingProxyType(
    {
        **{reason: label.lower() for reason, (_, label) in CENSORINGS.items()},
        **{reason: label[0].lower() + label[1:] for reason, label in EVENTS.items() if label[:3] != "PSA"},
        "PSA": "PSA progression",
        "NO_RESPONSE": "no value reached the limit",
        "UNCONFIRMED": "reached once, not confirmed",
        "BASELINE_BELOW_QUANTIFICATION": "the baseline is below quantification",
        "BASELINE_BELOW_MINIMUM": "the baseline is below the lowest that counts",
        "BEST_VISIT": "the best visit decides",
        "CONFIRMED": "confirmed",
        "CR_THEN_LESS": "a complete response was followed by less: ask for a query",
        "NO_LATE_STABLE_VISIT": "no visit late enough for stable disease",
        "NEW_LESION": "a new lesion",
        "TARGET_GROWN": "the sum of the targets grew",
        "TARGET_RETURNED": "a target that was gone is back",
        "TARGET_FALLEN": "the sum of the targets fell",
        "TARGET_STABLE": "the sum of the targets is stable",
        "NON_TARGET_WORSE": "a non-target is worse",
        "NON_TARGET_RETURNED": "a non-target that was gone is back",
        "NON_TARGET_LEFT": "a non-target is left",
        "NO_DISEASE_LEFT": "no disease is left",
    }
)
_UNITS = MappingProxyType(
    {"psa_response": "ng/mL", "psa_progression": "ng/mL", "psa_change": "ng/mL", "tumour_response": "mm"}
)
_TOLD = frozenset(
    {"subject", "day", "time_days", "event", "responder", "reason", "response", "response_day", "evaluable"}
    | {"change", "percent_change"}
)
UNKNOWN_DAY = "date not known in full"


def verdict(plan: TrialProtocol, found: Verdict) -> str:
    """The verdict in one or two sentences: `Event on day 114 (3.8 months): PSA progression.`"""
    if found.absent:
        return f"Not derived: {words.full_stop(found.absent)}"
    if not found.rows:
        return "Says nothing of this patient: only some have it."
    if found.shape == "Visits" or len(found.rows) > 1:
        n, one = len(found.rows), "visit" if found.shape == "Visits" else "row"
        return f"{n} {one}{'' if n == 1 else 's'}; each stands below."
    return _SAID.get(found.shape, _other)(found, found.rows[0])


def visits(found: Verdict) -> Iterator[str]:
    """One line per row of a verdict that has several: its visits, or whatever its endpoint counts."""
    if found.shape != "Visits" and len(found.rows) > 1:
        for row in found.rows:
            when = f"{day(row['day'])}: " if row.get("day") is not None else ""
            yield f"{when}{_listed(found, row)}"
    elif found.shape == "Visits":
        for row in found.rows:
            said = words.full_stop(f"{row.get('response') or 'no response'}, {reason(row.get('reason'))}")
            yield f"{day(row.get('day'))}: {said} {_listed(found, row)}".rstrip()


def values(found: Verdict) -> str:
    """The numbers that the derivation returned beside its verdict: `Baseline 95.8 ng/mL, value 83.5`."""
    if len(found.rows) != 1 or found.shape in ("Category", "Visits"):
        return ""
    return _listed(found, found.rows[0])


def seen(found: Verdict) -> str:
    """What the records hold on the deciding day, in one line."""
    return "; ".join(dict.fromkeys(entry(e) for e in found.seen))


def day(number: int | None) -> str:
    return "no day" if number is None else f"day {numbers.axis(number)}"


def entry(item: Entry) -> str:
    """`PSA 95.8 ng/mL`, `cabazitaxel 46 mg`, `neutropenia, grade 3, serious, to day 222`."""
    parts = [words.plain(item.what) if item.kind == "progression" else item.what]
    if item.kind == "dose":
        parts = [item.what.lower() if item.what.isupper() else item.what]
    elif item.kind in ("response", "soft tissue", "bone"):
        parts = [f"{'overall response' if item.kind == 'response' else item.kind} {item.what}"]
    elif item.kind == "bone scan":
        parts = [f"bone scan: {item.what}"]
    elif item.kind == "progression":
        parts = [f"{item.what.lower()} progression"]
    if item.value is not None and item.kind != "bone scan":
        sign = "<" if item.below else ""
        parts[0] += f" {sign}{number(item.value)}" + (f" {item.unit}" if item.unit else "")
    if item.grade is not None:
        parts.append(f"grade {item.grade}")
    if item.serious:
        parts.append("serious")
    if item.related:
        parts.append("related")
    if item.end_day is not None and item.end_day != item.day:
        parts.append(f"to day {numbers.axis(item.end_day)}")
    return ", ".join(parts)


def number(value: float) -> str:
    """A recorded value as it stands, never in exponents: `0.05`, `95.77`, `17,060.3`, `1,135,690`."""
    if value and abs(value) < 1e-4:
        return f"{value:.8f}".rstrip("0")
    return f"{value:g}" if abs(value) < 10_000 else f"{value:,.2f}".rstrip("0").rstrip(".")


def reason(text: str | None) -> str:
    """A reason of an endpoint table in words."""
    if text is None:
        return "no reason given"
    return _REASONS.get(text) or (text if "/" in text or len(text) < 3 else words.plain(text.lower()))


def rule_terms(paragraph: Paragraph) -> Iterator[tuple[str, str]]:
    """The rule as (term, text): what it is, the line that decided, thresholds, options, sources."""
    yield "Rule", paragraph.says
    decided = "; or ".join(f"{c.name}, {c.situation}: {c.says}" for c in paragraph.clauses)
    if decided:
        yield "Decided by", words.full_stop(decided)
    thresholds = "; ".join(threshold(item) for item in paragraph.thresholds if item.value is not None)
    if thresholds:
        yield "Thresholds", words.full_stop(words.sentence(thresholds))
    options = "; ".join(_option(key, value) for key, value in paragraph.options if value not in (None, ()))
    if options:
        yield "Options", words.full_stop(words.sentence(options))
    cited = "; ".join(dict.fromkeys(f"{title} ({source})" for title, source in paragraph.criteria))
    yield "Source", words.full_stop(cited or paragraph.source)
    for name, inner in paragraph.read:
        told = " ".join(text for term, text in rule_terms(inner) if term in ("Rule", "Thresholds", "Source"))
        yield f"Read off {name}", told


def threshold(item: Threshold) -> str:
    """`fall 50% of baseline`, `confirm after 21 days`; marked where the protocol says otherwise."""
    unit = item.unit or ""
    plain = isinstance(item.value, (int, float)) and not isinstance(item.value, bool)
    if unit == "d" or not plain or unit == "reading":
        said = rules.said(item.value, "d" if unit == "d" else None)
    elif unit.startswith("fraction of "):
        said = f"{item.value * 100:g}% of {unit.removeprefix('fraction of ')}"
    elif unit.startswith("multiple of "):
        said = f"{item.value:g} × {unit.removeprefix('multiple of ')}"
    else:
        said = f"{item.value:g} {unit.removesuffix('s') if item.value == 1 else unit}"
    named = words.plain(item.option.replace(".", " "))
    return f"{named} {said}" + (" (the protocol's word)" if item.own else "")


def months(days: float) -> str:
    """Days as months of 30.4375 days."""
    return f"{numbers.months(days / DAYS_PER_MONTH)} months"


def _option(key: str, value: Any) -> str:
    unit = rules.units_of_options().get(key.rpartition(".")[2])
    return f"{words.plain(key.replace('.', ' '))}: {rules.said(value, unit)}"


def _time(found: Verdict, row: Mapping[str, Any]) -> str:
    lasted = months(row["time_days"])
    if row["day"] is None:
        what = "Event" if row["event"] else "Censored"
        return f"{what} at {lasted}, {reason(row['reason'])}."
    what = "Event" if row["event"] else "Censored"
    return f"{what} on {day(row['day'])} ({lasted}): {reason(row['reason'])}."


def _response(found: Verdict, row: Mapping[str, Any]) -> str:
    plain = found.derive in ("adverse_event", "disease_control")
    if row["responder"] is None:
        return f"Not evaluable: {reason(row['reason'])}."
    if row["responder"]:
        when = f" {day(row['day'])}" if row["day"] is not None else ""
        return f"Yes, first on{when or ' no day'}." if plain else f"Responder,{when or ' no day'}."
    if found.derive == "adverse_event":
        return "No."
    return f"{'No' if plain else 'No responder'}: {reason(row['reason'])}."


def _category(found: Verdict, row: Mapping[str, Any]) -> str:
    said = words.category(row["value"])
    if row["day"] is not None:
        said += f", {day(row['day'])}"
    if row["response_day"] is not None and row["response_day"] != row["day"]:
        said += f"; first response on {day(row['response_day'])}"
    return f"{said}: {reason(row['reason'])}."


def _measurement(found: Verdict, row: Mapping[str, Any]) -> str:
    if not row["evaluable"]:
        return f"Not evaluable: {reason(row['reason'])}."
    changed = row["percent_change"]
    said = f"{numbers.fixed(row['change'], 2)}" if changed is None else f"{numbers.fixed(changed, 1)}%"
    sign = "+" if row["change"] > 0 else ""
    return f"Change {sign}{said}, {day(row['day'])}."


def _grade(found: Verdict, row: Mapping[str, Any]) -> str:
    known = {name: "undetermined" if row[name] is None else f"{row[name]}" for name in ("baseline", "worst")}
    when = f", {day(row['day'])}" if row["day"] is not None else ""
    return f"Grade at baseline {known['baseline']}, worst {known['worst']}{when}: {reason(row['reason'])}."


def _other(found: Verdict, row: Mapping[str, Any]) -> str:
    return words.full_stop(words.sentence(reason(row.get("reason")) if row.get("reason") else "As below"))


_SAID = MappingProxyType(
    {
        "TimeToEvent": _time,
        "Response": _response,
        "Category": _category,
        "Measurement": _measurement,
        "Grade": _grade,
    }
)


def _listed(found: Verdict, row: Mapping[str, Any]) -> str:
    unit = _UNITS.get(found.derive, "")
    skipped = _TOLD | ({"baseline", "worst"} if found.shape == "Grade" else set())
    parts = []
    for name, value in row.items():
        nothing_missed = name.endswith(("_asked", "_missing")) and value == 0
        if name in skipped or value is None or nothing_missed:
            continue
        if isinstance(value, float):
            shown = number(float(f"{value:.4g}")) + (f" {unit}" if unit else "")
        elif name.endswith("_day"):
            name, shown = name.removesuffix("_day"), day(value)
        else:
            shown = rules.said(value)
        parts.append(f"{words.plain(name)} {shown}")
    return words.full_stop(words.sentence(", ".join(parts))) if parts else ""
