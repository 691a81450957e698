"""Analysis data sets read a second time from the records of a patient, in plain Python.

Written from the declarations of the variables and from the rules for events, laboratory values and lesions.
Days are those after the patient's reference date. Nothing here is shared with the package.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import reading_laboratory
import reading_lesions
import reading_response
from reading_safety import emergent, survival

Patient = dict[str, Any]
Row = dict[str, Any]


def day_of(patient: Patient, when: date) -> int:
    return (when - patient["start"]).days


def date_of(patient: Patient, day: int | None) -> date | None:
    start: date = patient["start"]
    return None if day is None else start + timedelta(day)


def possible(patient: Patient, when: tuple[int, str] | None) -> tuple[int, int] | None:
    """The first and the last day that a captured date can mean; None of one that is not known at all."""
    if when is None:
        return None
    known = date_of(patient, when[0])
    assert known is not None
    first, last = {
        "day": (known, known),
        "month": (known.replace(day=1), known.replace(day=monthrange(known.year, known.month)[1])),
        "year": (date(known.year, 1, 1), date(known.year, 12, 31)),
    }[when[1]]
    return day_of(patient, first), day_of(patient, last)


def full(when: tuple[int, str] | None) -> int | None:
    return when[0] if when is not None and when[1] == "day" else None


def doses(patient: Patient) -> tuple[int | None, int | None]:
    """First and last day of treatment; without dates in DM those of the doses."""
    first, last = patient["first"], patient["last"]
    if first is not None and last is None and patient["told_in"] == "ex":
        return first, first
    return first, last


def treated_as(patient: Patient) -> str:
    """Code of the actual arm, which is the planned one where no other is recorded."""
    return str(patient["arm"] if patient["actual"] in ("same", None) else patient["actual"])


def subject_level(patient: Patient, cut_off: date) -> Row:
    end = day_of(patient, cut_off)
    first, last = doses(patient)
    seen = [0, first, last, *patient["therapies"]]
    seen += [full(e[side]) for e in patient["events"] for side in ("start", "end")]
    seen += [row["day"] for name in ("lesions", "laboratory") for row in patient[name]]
    died = full(patient["death"])
    alive = max(d for d in seen if d is not None and d <= end and (died is None or d <= died))
    death = died
    if patient["death"] is not None and died is None:
        span = possible(patient, patient["death"])
        assert span is not None
        death = max(span[0], alive)
    actual = treated_as(patient)
    labels = {
        "A": ("New", 1),
        "B": ("Old", 2),
    }
    old = "Y" if patient["age"] is not None and patient["age"] >= 70 else "N"
    return {
        "USUBJID": patient["subject"],
        "AGE": patient["age"],
        "SEX": patient["sex"],
        "ARM": labels[patient["arm"]][0],
        "ARMCD": patient["arm"],
        "ACTARM": labels[actual][0],
        "ACTARMCD": actual,
        "TRT01P": labels[patient["arm"]][0],
        "TRT01PN": labels[patient["arm"]][1],
        "TRT01A": labels[actual][0],
        "TRT01AN": labels[actual][1],
        "TRTSDT": date_of(patient, first),
        "TRTEDT": date_of(patient, last),
        "RANDDT": patient["start"],
        "DTHDT": date_of(patient, death),
        "LSTALVDT": date_of(patient, alive),
        "DCUTDT": cut_off,
        "NACTDT": date_of(patient, min((d for d in patient["therapies"] if d <= end), default=None)),
        "ITTFL": "Y",
        "SAFFL": "Y" if first is not None and first <= end else "N",
        "OLDFL": old,
    }


def survival_time(patient: Patient, cut_off: date) -> Row:
    """ADTTE of overall survival: days from the reference date, both counted."""
    told = subject_level(patient, cut_off)
    days = [None if told[name] is None else day_of(patient, told[name]) for name in ("DTHDT", "LSTALVDT")]
    happened, day, _ = survival(days[0], days[1], day_of(patient, cut_off))
    return {
        "USUBJID": patient["subject"],
        "PARAMCD": "OS",
        "AVAL": day + 1,
        "STARTDT": patient["start"],
        "ADT": date_of(patient, day),
        "EVENT": happened,
    }


def best_response(patient: Patient, cut_off: date) -> Row:
    """ADRS of the best overall response off the lesions, without confirmation."""
    last_day = day_of(patient, cut_off)
    therapy = min((day for day in patient["therapies"] if day <= last_day), default=None)
    until = last_day if therapy is None else therapy  # what is read after a new therapy is left out
    visits = reading_lesions.visits(plain_lesions(patient, until), doses(patient)[0], until)
    seen = [(visit["day"], visit["response"]) for visit in visits]
    word, day = reading_response.best_response(seen, therapy, confirmed=False)
    return {"USUBJID": patient["subject"], "PARAMCD": "BOR", "AVALC": word, "ADT": date_of(patient, day)}


def study_day(patient: Patient, day: int | None) -> int | None:
    """Counted from the first dose, which is day 1; the day before it is -1."""
    first = doses(patient)[0]
    if day is None or first is None:
        return None
    return day - first + 1 if day >= first else day - first


def events(patient: Patient, cut_off: date) -> list[Row]:
    """ADAE of one patient, by sequence."""
    end = day_of(patient, cut_off)
    first, last = doses(patient)
    made: list[tuple[tuple[int, int], Row]] = []
    for sequence, e in enumerate(patient["events"], 1):
        span = possible(patient, e["start"])
        if span is not None and span[0] > end:
            continue
        plain = {
            "start": span,
            "end": possible(patient, e["end"]),
            "initial": e["initial"],
            "grade": e["grade"],
        }
        start, stop = full(e["start"]), full(e["end"])
        fatal = {5: "Y"}.get(e["grade"])
        serious = e["serious"] if e["serious"] is not None else fatal
        row = {
            "USUBJID": patient["subject"],
            "AESEQ": sequence,
            "AEDECOD": e["term"] or "Uncoded",
            "AEBODSYS": e["class"] or "Uncoded",
            "ASTDT": date_of(patient, start),
            "AENDT": date_of(patient, stop),
            "ASTDY": study_day(patient, start),
            "AENDY": study_day(patient, stop),
            "TRTEMFL": "Y" if emergent(plain, first, last, 30) else None,
            "ATOXGR": None if e["grade"] is None else str(e["grade"]),
            "ATOXGRN": e["grade"],
            "AESER": serious,
            "AEREL": e["relation"],
            "AESDTH": fatal,
            "RELGR1": "NOT RELATED" if e["relation"] in ("NOT RELATED", "UNLIKELY") else "RELATED",
        }
        onset = max(first or 0, first or 0 if span is None else span[0])
        made.append(((onset, sequence), row))
    for flag, names in (("AOCCFL", ()), ("AOCCSFL", ("AEBODSYS",)), ("AOCCPFL", ("AEBODSYS", "AEDECOD"))):
        had: set[tuple[Any, ...]] = set()
        for _, row in sorted(made, key=lambda pair: pair[0]):
            kind = tuple(row[name] for name in names)
            row[flag] = "Y" if row["TRTEMFL"] and kind not in had else None
            if row["TRTEMFL"]:
                had.add(kind)
    return [row for _, row in made]


GRADED = {
    "HGB": (("L", "Anemia", "5.0"), ("H", "Hemoglobin increased", "5.0"), 30),
    "NEUT": (("L", "Neutrophil count decreased", "4.03"), None, 10),
}


def laboratory(patient: Patient, cut_off: date) -> list[Row]:
    """ADLB of one patient; the baseline is the last value up to the reference date or the first dose."""
    first, last = doses(patient)
    end = day_of(patient, cut_off)
    start = max(0, first or 0)
    made = []
    numbered = [{**row, "sequence": n} for n, row in enumerate(patient["laboratory"], 1)]
    for test, (low, high, window) in GRADED.items():
        mine = [v for v in numbered if v["test"] == test and v["value"] is not None and v["day"] <= end]
        mine.sort(key=lambda v: (v["day"], v["sequence"]))
        early = [v for v in mine if v["day"] <= start]
        base = early[-1] if early else None
        for v in mine:
            on_treatment = (
                v["day"] > start and first is not None and (last is None or v["day"] <= last + window)
            )
            same = base is not None and base["unit"] == v["unit"] and base["mark"] is None
            number = base["value"] if base is not None and same else None
            row = {
                "USUBJID": patient["subject"],
                "PARAMCD": test,
                "LBSEQ": v["sequence"],
                "ADT": date_of(patient, v["day"]),
                "ADY": study_day(patient, v["day"]),
                "AVAL": v["value"],
                "AVALU": v["unit"],
                "AVALC": f"<{v['value']:g}" if v["mark"] else None,
                "ANRLO": v["lower"],
                "ANRHI": v["upper"],
                "ANRIND": indicator(v),
                "BNRIND": None if base is None else indicator(base),
                "ABLFL": "Y" if v is base else None,
                "ONTRTFL": "Y" if on_treatment else None,
                "BASE": number,
                "CHG": None if number is None or v["mark"] or v["day"] <= start else v["value"] - number,
            }
            for graded in (low, high):
                if graded is not None:
                    way, term, version = graded
                    row[f"ATOX{'GR'}{way}"] = grade(term, version, v, base, start)
                    row[f"BTOXGR{way}"] = None if base is None else grade(term, version, base, base, start)
            made.append(row)
    return made


def indicator(value: dict[str, Any]) -> str | None:
    """LOW, NORMAL or HIGH by the limits that are known; a value that may be either is none of them."""
    if value["mark"] == "<" and value["lower"] is not None and value["value"] > value["lower"]:
        return None
    low = None if value["lower"] is None else reading_laboratory.above(value, value["lower"], True)
    high = None if value["upper"] is None else reading_laboratory.above(value, value["upper"], False)
    if low is False:
        return "LOW"
    if high is True:
        return "HIGH"
    known = [x for x in ((value["lower"], low), (value["upper"], high)) if x[0] is not None]
    return "NORMAL" if known and all(x[1] is not None for x in known) else None


def grade(
    term: str, version: str, value: dict[str, Any], base: dict[str, Any] | None, start: int
) -> str | None:
    if term == "Hemoglobin increased":
        if value["unit"] != "g/dL":
            return None
        # CTCAE 5.0: more than 0 to 2, more than 2 to 4, more than 4 g/dL above the upper limit
        upper = value["upper"]
        edges = [(None if upper is None else upper + above, g) for above, g in ((0, 1), (2, 2), (4, 3))]
        found = reading_laboratory.banded(value, edges, low_term=False)
    else:
        found = reading_laboratory.grade(term, version, value, base, start=start)
    return None if found is None else str(found)


def plain_lesions(patient: Patient, last_day: int) -> list[reading_lesions.Row]:
    """What was read up to the cut-off, by the first day of its visit, as the plain reading takes it."""
    read = [row for row in patient["lesions"] if row["day"] <= last_day]
    days_of: dict[str, list[int]] = {}
    for row in read:
        days_of.setdefault(row["visit"], []).append(row["day"])
    return [
        (
            min(days_of[row["visit"]]),
            row["lesion"],
            row["group"],
            bool(row.get("node")),
            row.get("value"),
            {"UNEQUIVOCAL PROGRESSION": "WORSE"}.get(row.get("word", ""), row.get("word")),
        )
        for row in read
    ]


def lesions(patient: Patient, cut_off: date) -> list[Row]:
    """ADTR of one patient: each target and their sum, by visit; a visit's day is the first of its scans."""
    end_of_baseline, last_day = max(0, doses(patient)[0] or 0), day_of(patient, cut_off)
    plain = plain_lesions(patient, last_day)
    targets = sorted({row[1] for row in plain if row[2] == "TARGET"})
    if not targets:
        return []
    verdict = {v["day"]: v["target"] for v in reading_lesions.visits(plain, doses(patient)[0], last_day)}
    of_targets = [row for row in plain if row[2] == "TARGET"]
    made = []
    starts: dict[
        str, tuple[int, Fraction]
    ] = {}  # target -> day and size of its last reading up to the baseline
    for number, name in enumerate(targets, 1):
        mine = {row[0]: row[4] for row in of_targets if row[1] == name}
        early = {
            day: Fraction(str(size))
            for day, size in mine.items()
            if day <= end_of_baseline and size is not None
        }
        start = (max(early), early[max(early)]) if early else None
        if start is not None:
            starts[name] = start
        nadir = None if start is None else start[1]
        for day in sorted(mine):
            value = None if mine[day] is None else Fraction(str(mine[day]))
            later = day > end_of_baseline
            row = sized(patient, f"LDIAM{number}", day, value, start and start[1], nadir if later else None)
            row |= {"TRLNKID": name, "ANL01FL": None if value is None else "Y", "CRFL": None, "PDFL": None}
            made.append(row | {"ABLFL": "Y" if start is not None and day == start[0] else None})
            if later and value is not None and nadir is not None:
                nadir = min(nadir, value)
    whole_start = len(starts) == len(targets)
    base = sum((size for _, size in starts.values()), Fraction(0)) if whole_start else None
    if base is not None:
        day = max(day for day, _ in starts.values())
        row = sized(patient, "SDIAM", day, base, base, None)
        made.append(row | {"ABLFL": "Y", "ANL01FL": "Y", "CRFL": None, "PDFL": None})
    nadir = base
    for day in sorted({row[0] for row in of_targets if row[0] > end_of_baseline}):
        sizes = [Fraction(str(row[4])) for row in of_targets if row[0] == day and row[4] is not None]
        if not sizes:
            continue
        value, whole = sum(sizes, Fraction(0)), len(sizes) == len(targets)
        row = sized(patient, "SDIAM", day, value, base, nadir, whole)
        flags = {f"{word}FL": "Y" if verdict[day] == word else None for word in ("CR", "PD")}
        made.append(row | {"ABLFL": None, "ANL01FL": "Y" if whole else None} | flags)
        if whole and nadir is not None:
            nadir = min(nadir, value)
    return made


def sized(
    patient: Patient,
    code: str,
    day: int,
    value: Fraction | None,
    base: Fraction | None,
    nadir: Fraction | None,
    whole: bool = True,
) -> Row:
    """A row with its changes; a baseline, a sum that is not whole, and one without a nadir have none."""
    row: Row = {"USUBJID": patient["subject"], "PARAMCD": code, "ADT": date_of(patient, day), "AVAL": value}
    row |= {"BASE": base, "NADIR": nadir, **dict.fromkeys(("CHG", "PCHG", "CHGNAD", "PCHGNAD"))}
    if whole and value is not None and base is not None and nadir is not None:
        row |= {"CHG": value - base, "PCHG": 100 * (value - base) / base if base else None}
        row |= {"CHGNAD": value - nadir, "PCHGNAD": 100 * (value - nadir) / nadir if nadir else None}
    return row
