"""The best overall response of one subject after another, in one pass over their visits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled, on_every_core
from trialist.kernels.days import NEVER, Days

NE, CR, PR, SD, NON, PD, OTHER = range(7)
NO_POSTBASELINE, CONFIRMED, BEST_VISIT, CR_THEN_LESS, UNCONFIRMED, NO_LATE_STABLE_VISIT = range(6)
NOTHING = 6  # how many responses can be the best


class Reading(NamedTuple):
    """The rule in numbers; days, and numbers of visits."""

    confirmed: bool
    confirm_after: int
    minimum_stable: int
    max_not_evaluable: int
    accept_stable_between: bool
    max_stable_between: int


class BestResponses(NamedTuple):
    """Of each subject, shape (n,): best response, its day, that of the first CR or PR (NEVER: none), reason.

    best    place in the order CR, PR, SD, NON-CR/NON-PD, PD, NE, nothing
    reason  a constant of this module
    """

    best: NDArray[np.int8]
    day: Days
    response_day: Days
    reason: NDArray[np.int8]


def best_responses(
    start: Days,
    day: NDArray[Any],
    rank: NDArray[Any],
    last: Days,
    words: NDArray[np.int64],
    rule: Reading,
) -> BestResponses:
    """The best response of each subject up to the first PD, and the day that decides it.

    start   where the visits of each subject start, shape (n + 1,); those of one subject by day
    rank    of the response; the highest of one day is the worst, and counts
    last    last day that counts, shape (n,); huge where none ends the reading
    words   rank -> NE, CR, PR, SD, NON, PD or OTHER of this module
    Source  RECIST 1.1 section 4.4.3 and Table 3
    """
    n = len(start) - 1
    made = BestResponses(
        np.full(n, NOTHING, np.int8), np.full(n, NEVER), np.full(n, NEVER), np.zeros(n, np.int8)
    )
    longest = int(np.diff(start).max(initial=0))
    on_every_core(
        n, lambda first, end: _follow(first, end, start, day, rank, last, words, rule, longest, *made)
    )
    return made


@compiled
def _follow(
    first_subject: int,
    end_subject: int,
    start: Days,
    day: NDArray[Any],
    rank: NDArray[Any],
    last: Days,
    words: NDArray[np.int64],
    rule: Reading,
    longest: int,
    found_best: NDArray[np.int8],
    found_day: Days,
    found_response_day: Days,
    found_reason: NDArray[np.int8],
) -> None:
    days, visits = np.empty(longest, np.int64), np.empty(longest, np.int64)
    first = np.empty(NOTHING, np.int64)  # day on which each response is first reached, the best one first
    for i in range(first_subject, end_subject):
        count = _visits(day, rank, start[i], start[i + 1], last[i], words, days, visits)
        first[:] = NEVER
        complete_day, tried, query = NEVER, False, False
        for j in range(count):
            word, today = visits[j], days[j]
            after_complete = complete_day < today and word in (PR, SD, NON)
            query = query or after_complete
            less = after_complete and rule.confirmed
            late = today >= rule.minimum_stable and not less
            first[5] = min(first[5], today)
            if word == CR:
                complete_day = min(complete_day, today)
            if word in (CR, PR):
                tried = True
                if not rule.confirmed or _confirmed(days, visits, count, j, rule):
                    place = 0 if word == CR else 1
                    first[place] = min(first[place], today)
            if late and word in (CR, PR, SD):
                first[2] = min(first[2], today)
            if late and word == NON:
                first[3] = min(first[3], today)
            if word == PD or less:
                first[4] = min(first[4], today)
        best = 0
        while best < NOTHING and first[best] == NEVER:
            best += 1
        found_best[i] = best
        if best < NOTHING:
            found_day[i] = first[best]
            found_response_day[i] = min(first[0], first[1])
            found_reason[i] = _reason(best, tried, query, rule.confirmed)


@compiled
def _visits(
    day: NDArray[Any],
    rank: NDArray[Any],
    row: int,
    stop: int,
    last: int,
    words: NDArray[np.int64],
    days: Days,
    visits: Days,
) -> int:
    """Fills in the days after day 0 and the worst response of each, up to the first PD; how many they are."""
    count = 0
    while row < stop and day[row] <= last:
        today, worst = day[row], rank[row]
        while row < stop and day[row] == today:
            worst = max(worst, rank[row])
            row += 1
        if today > 0:
            days[count], visits[count] = today, words[worst]
            count += 1
            if words[worst] == PD:
                break
    return count


@compiled
def _reason(best: int, tried: bool, query: bool, confirmed: bool) -> int:
    good = CONFIRMED if confirmed else BEST_VISIT
    if best == 0:
        return good
    if query:
        return CR_THEN_LESS
    if best == 1:
        return good
    if tried:
        return UNCONFIRMED
    return NO_LATE_STABLE_VISIT if best == 5 else BEST_VISIT


@compiled
def _confirmed(days: Days, visits: Days, count: int, at: int, rule: Reading) -> bool:
    """Whether the CR or PR at that visit is confirmed by the first one that is late enough.

    Between them nothing may break it: for CR what is neither CR nor NE; for PR what is none of CR, PR, NE
    (and SD, where it is accepted), or a PR after a CR.
    """
    complete = visits[at] == CR
    last_response = visits[at]
    unread, stable = 0, 0
    for k in range(at + 1, count):
        word = visits[k]
        if word == NE:
            unread += 1
            continue
        if complete:
            confirms, breaks = word == CR, word != CR
        else:
            confirms = word in (CR, PR)
            breaks = (word == PR and last_response == CR) or not (
                confirms or (word == SD and rule.accept_stable_between)
            )
        if breaks:
            return False
        if confirms and days[k] >= days[at] + max(rule.confirm_after, 1):
            few = unread <= rule.max_not_evaluable
            return few and (complete or not rule.accept_stable_between or stable <= rule.max_stable_between)
        if word == SD:
            stable += 1
        if confirms:
            last_response = word
    return False
