"""The 2+2 rule of bone scans read a second time, in plain Python, one patient at a time, from its text.

A patient is a list of (day, lesions or None for a scan that can't be read), one scan per day, and the days of
the first dose, of a new therapy and of the cut-off, or None. Of a
lesion `x?` the scan could not tell. Nothing here is shared with the package.
"""

from __future__ import annotations

from dataclasses import dataclass

Scan = tuple[int, frozenset[str] | None]
State = tuple[int, str]


@dataclass(frozen=True)
class Reading:
    """What a set of criteria says of the 2+2 rule; `confirm` in days."""

    flare: str  # "first by day 84", "all by day 84" or "first"
    rebaseline: bool
    persist: bool
    unresolved_is_pd: bool
    confirm: int = 42


READINGS = {
    "pcwg3": Reading("first by day 84", True, True, False),
    "pcwg2_couaa302": Reading("all by day 84", False, True, False),
    "pcwg2_plain": Reading("first", False, False, True),
}


def sure(found: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in found if not name.endswith("?"))


def unsure(found: frozenset[str]) -> frozenset[str]:
    return frozenset(name[:-1] for name in found if name.endswith("?"))


def states(
    scans: list[Scan], dose: int | None, therapy: int | None, cutoff: int | None, reading: Reading
) -> tuple[list[State], str | None, int | None]:
    """State of every scan after baseline, state in the end, day of progression."""
    start = max(0, dose or 0)
    before = [found for day, found in scans if day <= start]
    old = frozenset().union(*(sure(found) for found in before if found))
    clean = any(found is not None for found in before) and not old
    ends = [day for day in (therapy, cutoff) if day is not None]
    later = sorted((d, f) for d, f in scans if d > start and all(d <= end for end in ends))
    read = [(day, sure(found) - old) for day, found in later if found is not None]
    untold = {day: unsure(found) - old for day, found in later if found is not None}

    told: dict[int, str] = {}
    events: list[int] = []
    waiting = False
    reference: frozenset[str] = frozenset()
    for place, (day, found) in enumerate(read):
        first = place == 0
        in_window = {"first by day 84": first and day <= 84, "all by day 84": day <= 84, "first": first}
        flare = in_window[reading.flare]
        new = found if first else found - reference
        if first and flare and reading.rebaseline:
            reference = found
        told[day] = "NED" if clean and not found else "NON-PD"
        if len(new) < 2:
            continue
        when, confirming = next(
            ((d, f) for d, f in read[place + 1 :] if d - day >= reading.confirm), (day, None)
        )
        maybe = untold[when] if confirming is not None else frozenset()
        if not flare and not reading.persist:
            events.append(day)
        elif confirming is None:
            told[day] = "PDu"
            waiting = True
            if reading.unresolved_is_pd:
                events.append(day)
        else:
            shown = confirming - found - reference if flare else new & confirming
            could = maybe - found - reference if flare else new & maybe
            if len(shown) >= 2:
                events.append(day)
            elif len(shown | could) >= 2:
                told[day] = "PDu"
                waiting = True
                if reading.unresolved_is_pd:
                    events.append(day)

    progression = min(events, default=None)
    if progression is not None:
        told = {day: "PD" if day >= progression else state for day, state in told.items()}
    by_scan = [(day, told.get(day, "NE")) for day, _ in later]
    if not by_scan:
        return [], None, None
    if progression is not None:
        final = "PD"
    elif waiting:
        final = "PDu"
    else:
        final = told[read[-1][0]] if read else "NE"
    return by_scan, final, progression


def time_to_progression(
    scans: list[Scan],
    dose: int | None,
    therapy: int | None,
    cutoff: int | None,
    baseline_known: bool | None,
    reading: Reading,
) -> tuple[bool, int, str]:
    """(event, day, why)."""
    if baseline_known is False:
        return False, 0, "NO_BASELINE"
    by_scan, final, progression = states(scans, dose, therapy, cutoff, reading)
    if progression is not None:
        return True, progression, "BONE"
    readable = [day for day, state in by_scan if state != "NE"]
    if not readable:
        return False, 0, "NO_POSTBASELINE"
    if final == "PDu":
        return False, readable[-1], "UNCONFIRMED"
    begun = therapy is not None and (cutoff is None or therapy <= cutoff)
    return False, readable[-1], "NEW_THERAPY" if begun else "NO_EVENT"
