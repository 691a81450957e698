"""Best overall response and progression-free survival read a second time, in plain Python.

A patient is a list of (day, response), one per day, and the day of a new therapy or None.
Nothing here is shared with the package.
"""

from __future__ import annotations

Visits = list[tuple[int, str]]


def countable(visits: Visits, therapy: int | None) -> Visits:
    """After day 0, up to the new therapy, up to and including the first PD."""
    kept: Visits = []
    for day, response in sorted(visits):
        if day <= 0 or (therapy is not None and day > therapy):
            continue
        kept.append((day, response))
        if response == "PD":
            break
    return kept


def confirms_complete(visits: Visits, i: int, after: int, most_unread: int) -> bool:
    unread = 0
    for day, response in visits[i + 1 :]:
        if response == "NE":
            unread += 1
        elif response != "CR":
            return False
        elif day - visits[i][0] >= after and unread <= most_unread:
            return True
    return False


def confirms_partial(visits: Visits, i: int, after: int, most_unread: int, accept_stable: bool) -> bool:
    unread = stable = 0
    complete = False
    for day, response in visits[i + 1 :]:
        if response == "NE":
            unread += 1
        elif response == "SD" and accept_stable:
            stable += 1
        elif response == "PR" and complete:
            return False
        elif response in ("CR", "PR"):
            complete = complete or response == "CR"
            if day - visits[i][0] >= after and unread <= most_unread and stable <= 1:
                return True
        else:
            return False
    return False


def best_response(
    visits: Visits,
    therapy: int | None,
    *,
    confirmed: bool,
    after: int = 28,
    minimum_stable: int = 42,
    most_unread: int = 1,
    accept_stable: bool = False,
) -> tuple[str, int | None]:
    """(best overall response, day of the visit that decides it)."""
    seen = countable(visits, therapy)
    if not seen:
        return "MISSING", None
    for word in ("CR", "PR"):
        for i, (day, response) in enumerate(seen):
            if response != word:
                continue
            if not confirmed:
                return word, day
            if word == "CR" and confirms_complete(seen, i, after, most_unread):
                return word, day
            if word == "PR" and confirms_partial(seen, i, after, most_unread, accept_stable):
                return word, day
    # Table 3: what is less than CR after a CR is progression, not a stable visit
    progressed_after_complete = []
    complete = False
    for day, response in seen:
        if confirmed and complete and response in ("PR", "SD", "NON-CR/NON-PD"):
            progressed_after_complete.append(day)
        complete = complete or response == "CR"
    for words, result in ((("CR", "PR", "SD"), "SD"), (("NON-CR/NON-PD",), "NON-CR/NON-PD")):
        for day, response in seen:
            if response in words and day >= minimum_stable and day not in progressed_after_complete:
                return result, day
    worse = [day for day, response in seen if response == "PD"] + progressed_after_complete
    if worse:
        return "PD", min(worse)
    return "NE", seen[0][0]


def response_begins(
    visits: Visits,
    therapy: int | None,
    *,
    confirmed: bool,
    after: int = 28,
    most_unread: int = 1,
    accept_stable: bool = False,
    **_: int,
) -> int | None:
    """The first visit of CR or PR that counts: any, or one that is confirmed."""
    seen = countable(visits, therapy)
    for i, (day, response) in enumerate(seen):
        if response == "CR" and (not confirmed or confirms_complete(seen, i, after, most_unread)):
            return day
        if response == "PR" and (
            not confirmed or confirms_partial(seen, i, after, most_unread, accept_stable)
        ):
            return day
    return None


def duration(begin: int | None, end: tuple[bool, int, str]) -> tuple[bool, float, str] | None:
    """(ended, days with both ends, why): None of one who did not respond."""
    ended, day, why = end
    if begin is None:
        return None
    return (False, 1.0, "BEFORE_RESPONSE") if day < begin else (ended, float(day - begin + 1), why)


def progression_free(
    visits: Visits,
    death: int | None,
    therapy: int | None,
    cutoff: int | None,
    *,
    reading: str,
    interval: int = 63,
    missed: int = 2,
    grace: int = 14,
) -> tuple[bool, int, str]:
    """(event, day, reason) of radiographic progression or death, whichever is first."""
    seen = [(d, r) for d, r in sorted(visits) if d > 0 and (cutoff is None or d <= cutoff)]
    if death is not None and cutoff is not None and death > cutoff:
        death = None
    if therapy is not None and cutoff is not None and therapy > cutoff:
        therapy = None
    progression = next((d for d, r in seen if r == "PD"), None)
    adequate = [d for d, r in seen if r not in ("NE", "PD")]
    happened = [(d, i) for i, d in enumerate((death, progression)) if d is not None]
    event_day, which = min(happened) if happened else (None, None)
    if reading == "fda":
        if therapy is not None and (event_day is None or event_day > therapy):
            return False, max((d for d in adequate if d <= therapy), default=0), "NEW_THERAPY"
        if event_day is not None:
            last = max((d for d in adequate if d <= event_day), default=0)
            if event_day - last > missed * interval + grace:
                return False, last, "MISSED_ASSESSMENTS"
    if event_day is not None:
        return True, event_day, ("DEATH", "RADIOGRAPHIC")[which or 0]
    if not adequate:
        return False, 0, "NO_POSTBASELINE"
    return False, adequate[-1], "NO_EVENT"
