"""Pain response and progression read a second time, in plain Python, one patient at a time, from their text.

A patient is a list of visits (day, pain score or None, analgesic score or None), one per day, the days of
palliative radiotherapy, and the days of a new therapy and of the cut-off, or None. Nothing here is shared
with the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Visit = tuple[int, float, float | None]
Course = list[tuple[int, float | None, float | None]]
EPS = 1e-6


@dataclass(frozen=True)
class Reading:
    """`ppi`: present pain intensity and analgesic score; else the pain inventory."""

    ppi: bool
    nadir: bool = False
    early: int = 0
    last_counts: bool = False
    radiotherapy: bool | None = None


def visits_of(
    raw: Course, therapy: int | None, cutoff: int | None
) -> tuple[Visit | None, list[Visit], Course]:
    """The baseline, the visits after it with a pain score that may be used, and those with either score."""
    usable = sorted((v for v in raw if v[1] is not None or v[2] is not None), key=lambda v: v[0])
    usable = [visit for visit in usable if cutoff is None or visit[0] <= cutoff]
    scored = [(day, pain, drug) for day, pain, drug in usable if pain is not None]
    before = [visit for visit in scored if visit[0] <= 0]
    after = [visit for visit in scored if visit[0] > 0 and (therapy is None or visit[0] <= therapy)]
    either = [visit for visit in usable if visit[0] > 0 and (therapy is None or visit[0] <= therapy)]
    return (before[-1] if before else None), after, either


def pairs(verdicts: list[tuple[int, bool | None]]) -> list[int]:
    """Days that begin two verdicts of yes, 21 days apart, with none of no in between."""
    known = [(day, yes) for day, yes in verdicts if yes is not None]
    found = []
    for place, (day, yes) in enumerate(known):
        if not yes:
            continue
        for later, again in known[place + 1 :]:
            if not again:
                break
            if later - day >= 21:
                found.append(day)
                break
    return found


def response(base: Visit | None, after: list[Visit], reading: Reading) -> tuple[bool | None, int | None, str]:
    """(responder, day, why)."""
    if base is None:
        return None, None, "NO_BASELINE"
    _, pain0, drug0 = base
    low = (pain0 < 2 and drug0 is not None and drug0 < 10) if reading.ppi else pain0 == 0
    if low:
        return None, None, "BASELINE_BELOW_MINIMUM"
    if drug0 is None:
        return None, None, "NO_ANALGESIC_SCORE"
    if not after:
        return False, None, "NO_POSTBASELINE"

    def relieved(pain: float, drug: float) -> bool:
        if not reading.ppi:
            return pain <= 0.7 * pain0 + EPS and drug <= drug0
        by_pain = pain <= pain0 - 2 + EPS and drug <= drug0
        by_drug = drug0 > 0 and drug <= drug0 / 2 + EPS and pain <= pain0
        return by_pain or by_drug

    verdicts: list[tuple[int, bool | None]] = []
    for day, pain, drug in after:
        if drug is not None:
            verdicts.append((day, relieved(pain, drug)))
            continue
        possible = {relieved(pain, any_drug) for any_drug in (0.0, drug0, 1000.0)}
        if reading.ppi and drug0 == 0:
            possible = {relieved(pain, any_drug) for any_drug in (0.0, 1000.0)}
        verdicts.append((day, possible.pop() if len(possible) == 1 else None))
    if all(yes is None for _, yes in verdicts):
        return None, None, "NO_ANALGESIC_SCORE"
    days = pairs(verdicts)
    if days:
        return True, days[0], "RESPONSE"
    return False, None, "UNCONFIRMED" if any(yes for _, yes in verdicts) else "NO_RESPONSE"


def progression(
    base: Visit | None,
    either: Course,
    beams: list[int],
    therapy: int | None,
    cutoff: int | None,
    reading: Reading,
) -> tuple[bool, int, str]:
    """(event, day, why)."""
    with_beams = reading.ppi if reading.radiotherapy is None else reading.radiotherapy
    ends = [day for day in (therapy, cutoff) if day is not None]
    counted = [d for d in beams if with_beams and d > 0 and all(d <= end for end in ends)]
    beam = min(counted, default=None)
    day, why, waiting = None, "", False
    after: Course = []
    if base is not None:
        by_pain, by_drug, unsure = _judge(base, either, reading)
        after = [visit for visit in either if visit[1] is not None or by_drug(visit[0])]

        def dated(of: Course) -> tuple[int | None, bool]:
            verdicts: list[tuple[int, bool | None]] = [(d, by_pain(d) or by_drug(d)) for d, _, _ in of]
            sure = [d for d in pairs(verdicts) if d > reading.early]
            run = []
            for d, yes in reversed(verdicts):
                if not yes:
                    break
                run.append(d)
            open_days = [d for d in run if d > reading.early and d not in pairs(verdicts)]
            if not sure and open_days and reading.last_counts:
                return min(open_days), True
            return (sure[0] if sure else None), bool(open_days)

        day, waiting = dated(after)
        if day is not None:
            without = dated([visit for visit in after if not unsure(visit[0])])[0]
            why = "ANALGESIC" if not by_pain(day) else "PAIN" if without == day else "PAIN_ALONE"
    if beam is not None and (day is None or beam < day):
        return True, beam, "RADIOTHERAPY"
    if day is not None:
        return True, day, why
    if base is None:
        return False, 0, "NO_BASELINE"
    if not after:
        return False, 0, "NO_POSTBASELINE"
    last = after[-1][0]
    if waiting:
        return False, last, "UNCONFIRMED"
    stopped = therapy is not None and (cutoff is None or therapy <= cutoff)
    return False, last, "NEW_THERAPY" if stopped else "NO_EVENT"


def _judge(
    base: Visit, after: Course, reading: Reading
) -> tuple[Callable[[int], bool], Callable[[int], bool], Callable[[int], bool]]:
    """Whether a day is worse by pain, by analgesics, and whether the analgesic score was missed there."""
    visits = {day: (pain, drug) for day, pain, drug in after}

    def reference(day: int) -> tuple[float, float | None]:
        earlier = [base, *(visit for visit in after if visit[0] < day)] if reading.nadir else [base]
        drugs = [drug for _, _, drug in earlier if drug is not None]
        return min(pain for _, pain, _ in earlier if pain is not None), min(drugs) if drugs else None

    def risen(day: int) -> bool:
        pain, ref = visits[day][0], reference(day)[0]
        if pain is None:
            return False
        if reading.ppi:
            return pain >= ref + 1 - EPS
        return pain >= 2 if ref == 0 else pain >= 1.3 * ref - EPS

    def unsure(day: int) -> bool:
        return not reading.ppi and risen(day) and (visits[day][1] is None or base[2] is None)

    def by_pain(day: int) -> bool:
        drug, drug0 = visits[day][1], base[2]
        if reading.ppi or drug is None or drug0 is None:
            return risen(day)
        return risen(day) and drug >= drug0

    def by_drug(day: int) -> bool:
        drug, ref = visits[day][1], reference(day)[1]
        return bool(reading.ppi and drug is not None and ref and drug >= 1.25 * ref - EPS)

    return by_pain, by_drug, unsure
