"""Progression-free survival from soft tissue and bone read a second time, in plain Python, from its text.

A patient has lesion rows (visit day, lesion, role, node, diameter, state), the day on which each was read,
bone scans (day, lesions or None), and the days of first dose, new therapy, death and cut-off, or None. The
responses of the two parts come from the plain readings of lesions and of bone scans. Nothing here is shared
with the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import reading_bone
import reading_lesions

ORDER = ["DEATH", "SOFT_TISSUE", "BONE"]
Patient = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """`therapy`: censor, follow or event. `gaps`: whether missed assessments censor. `last`: of a visit.

    soft_due, bone_due  days between scans of that part as planned, less the grace; None: none is due
    """

    therapy: str
    gaps: bool
    baseline: str
    bone: reading_bone.Reading
    last: bool
    allowed: int = 2 * 63 + 14
    soft_due: int | None = None
    bone_due: int | None = None


def within_study(p: Patient) -> list[tuple[reading_lesions.Row, int]]:
    """What was read up to the cut-off, with the day of the reading."""
    rows = zip(p["lesions"], p["read"], strict=True)
    return [(row, read) for row, read in rows if p["cutoff"] is None or read <= p["cutoff"]]


def soft_tissue(p: Patient) -> list[dict[str, Any]]:
    rows = [row for row, _ in within_study(p)]
    visits: list[dict[str, Any]] = reading_lesions.visits(rows, p["dose"], p["cutoff"])
    return visits


def dated(p: Patient, visit: dict[str, Any]) -> int:
    """The day of the scan that proves the progression of a visit; without progression, of its last scan."""
    rows = [(row, read) for row, read in within_study(p) if row[0] == visit["day"]]
    if visit["response"] != "PD":
        return max(read for _, read in rows)
    first_new = reading_lesions.new_since(
        [r for r, _ in within_study(p) if r[2] == "NEW" and r[0] > max(0, p["dose"] or 0)]
    )
    shown = []
    if first_new == visit["day"]:
        shown.append(min(read for row, read in rows if row[2] == "NEW" and reading_lesions.is_disease(row)))
    if visit["target"] == "PD":
        shown.append(max(read for row, read in rows if row[2] == "TARGET"))
    if visit["non_target"] == "PD":
        others = [(row, read) for row, read in rows if row[2] == "NON-TARGET"]
        worse = [read for row, read in others if row[5] == "WORSE"]
        back = [
            r for row, r in others if reading_lesions.is_disease(row) and row[5] not in (None, "EQUIVOCAL")
        ]
        shown.append(max(worse) if worse else min(back))
    return min(shown, default=visit["day"])


def bone(p: Patient, reading: reading_bone.Reading) -> list[tuple[int, str]]:
    """New therapies are no concern of the scans themselves."""
    by_scan, _, _ = reading_bone.states(p["scans"], p["dose"], None, p["cutoff"], reading)
    return by_scan


Verdict = tuple[bool, int, str, str | None]


def progression_free(p: Patient, reading: Reading) -> Verdict:
    """(event, day, why, all causes of that day)."""
    return verdict_and_assessments(p, reading)[0]


def ends(p: Patient, reading: Reading) -> tuple[float, float | None]:
    """The time after which, and up to which, the event came: alike where it is known to the day."""
    (event, day, _, causes), adequate = verdict_and_assessments(p, reading)
    if not event:
        return day + 1.0, None
    seen = set((causes or "").split(", ")) & {"SOFT_TISSUE", "BONE"}
    before = [0, *(d for d in adequate if d < day)]
    return (max(before) if seen else day) + 1.0, day + 1.0


def verdict_and_assessments(p: Patient, reading: Reading) -> tuple[Verdict, list[int]]:
    """The verdict, and the days of all adequate assessments."""
    within = lambda day: day is not None and (p["cutoff"] is None or day <= p["cutoff"])  # noqa: E731
    assessments: list[tuple[int, str, bool]] = []  # day, part or "", readable
    read_on: dict[str, list[int]] = {"SOFT_TISSUE": [], "BONE": []}
    for visit in soft_tissue(p):
        day = visit["day"]
        progressed = visit["response"] == "PD"
        if reading.last:
            day = dated(p, visit)
        if day > 0 and within(day):
            readable = visit["response"] != "NE"
            assessments.append((day, "SOFT_TISSUE" if progressed else "", readable))
            read_on["SOFT_TISSUE"] += [day] if readable else []
    for day, state in bone(p, reading.bone):
        if day > 0:
            assessments.append((day, "BONE" if state == "PD" else "", state != "NE"))
            read_on["BONE"] += [day] if state != "NE" else []
    found: dict[int, set[str]] = {}
    for day, part, _ in assessments:
        if part:
            found.setdefault(day, set()).add(part)
    if within(p["death"]):
        found.setdefault(p["death"], set()).add("DEATH")
    days = {day for day, _, _ in assessments}
    bad = {day for day, part, readable in assessments if part or not readable}
    for part, due in (("SOFT_TISSUE", reading.soft_due), ("BONE", reading.bone_due)):
        for day in days if due is not None else ():
            since = day - max((d for d in read_on[part] if d <= day + 14), default=0)
            if since > 0 and since >= (due or 0):
                bad.add(day)
    adequate = sorted(days - bad)

    event = min(found, default=None)
    causes = [name for name in ORDER if event is not None and name in found[event]]
    therapy = p["therapy"] if within(p["therapy"]) else None
    if reading.therapy == "event" and therapy is not None:
        if event is None or therapy < event:
            event, causes = therapy, ["NEW_THERAPY"]
        elif therapy == event:
            causes = [*causes, "NEW_THERAPY"]

    def last(until: int | None = None) -> int:
        return max((d for d in adequate if until is None or d <= until), default=0)

    if p["baseline"] is False and (reading.baseline == "censor" or event is None):
        return (False, 0, "NO_BASELINE", None), adequate
    if reading.therapy == "censor" and therapy is not None and (event is None or event > therapy):
        return (False, last(therapy), "NEW_THERAPY", None), adequate
    if event is None:
        return (False, last(), "NO_EVENT" if adequate else "NO_POSTBASELINE", None), adequate
    if reading.gaps and event - last(event) > reading.allowed:
        return (False, last(event), "MISSED_ASSESSMENTS", None), adequate
    return (True, event, causes[0], ", ".join(causes)), adequate


def overall(soft: str, of_bone: str, targets: bool) -> str:
    """The combined table in words."""
    if "PD" in (soft, of_bone):
        return "PD"
    if soft == "NE":
        return "NE"
    if soft == "NED":
        return {"NON-PD": "NON-CR/NON-PD", "PDu": "PDu"}.get(of_bone, "NE")
    if soft == "CR" and of_bone != "NED":
        return "PR" if targets else "NON-CR/NON-PD"
    return soft


def combined(p: Patient, reading: reading_bone.Reading) -> list[tuple[int, str]]:
    """(day, response) by visit; the day is the first of the visit's scans."""
    visits = {v["day"]: v for v in soft_tissue(p)}
    of_visit: dict[int, list[tuple[int, str]]] = {}
    told = []
    for day, state in bone(p, reading):
        near = sorted((abs(day - v), v) for v in visits if abs(day - v) <= 14)
        if near:
            of_visit.setdefault(near[0][1], []).append((day, state))
        else:
            told.append((day, overall("NE", state, False)))
    for day, visit in visits.items():
        scans = of_visit.get(day, [])
        worst = max((s for _, s in scans), key=["NE", "NED", "NON-PD", "PDu", "PD"].index, default="NE")
        response = overall(visit["response"], worst, visit["target"] is not None)
        told.append((min([day, *(d for d, _ in scans)]), response))
    return sorted(told)
