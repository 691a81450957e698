"""The best overall response of one subject after another, in one pass over their visits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled

Days = NDArray[np.int64]

NE, CR, PR, SD, NON, PD, OTHER = range(7)
NEVER = np.int64(2**62)


class Reading(NamedTuple):
    """The rule in numbers; days, and numbers of visits."""

    confirmed: bool
    confirm_after: int
    minimum_stable: int
    max_not_evaluable: int
    accept_stable_between: bool
    max_stable_between: int


class BestResponses(NamedTuple):
    """Of each subject, shape (n,): the first day (NEVER: none) of what can be the best response.

    cr, pr   first CR and PR; confirmed ones where the rule asks for it
    sd, non  first stable visit late enough, and first NON-CR/NON-PD
    seen     first visit; query: first visit that is less than an earlier CR
    tried    whether there was a CR or PR, confirmed or not
    """

    cr: Days
    pr: Days
    sd: Days
    non: Days
    pd: Days
    seen: Days
    query: Days
    tried: NDArray[np.bool_]


def best_responses(
    start: Days,
    day: NDArray[Any],
    rank: NDArray[Any],
    last: Days,
    words: NDArray[np.int64],
    rule: Reading,
) -> BestResponses:
    """The days that decide each subject's best response, up to the first PD.

    start   where the visits of each subject start, shape (n + 1,); those of one subject by day
    rank    of the response; the highest of one day is the worst, and counts
    last    last day that counts, shape (n,); huge where none ends the reading
    words   rank -> NE, CR, PR, SD, NON, PD or OTHER of this module
    Source  RECIST 1.1 section 4.4.3 and Table 3
    """
    n = len(start) - 1
    days = [np.full(n, NEVER) for _ in range(7)]
    made = BestResponses._make([*days, np.zeros(n, np.bool_)])
    longest = int(np.diff(start).max(initial=0))
    _follow(start, day, rank, last, words, rule, longest, *made)
    return made


@compiled
def _follow(
    start: Days,
    day: NDArray[Any],
    rank: NDArray[Any],
    last: Days,
    words: NDArray[np.int64],
    rule: Reading,
    longest: int,
    cr: Days,
    pr: Days,
    sd: Days,
    non: Days,
    pd: Days,
    seen: Days,
    query: Days,
    tried: NDArray[np.bool_],
) -> None:
    days, visits = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for i in range(start.size - 1):
        count = 0
        row, stop = start[i], start[i + 1]
        while row < stop and day[row] <= last[i]:
            today, worst = day[row], rank[row]
            while row < stop and day[row] == today:
                worst = max(worst, rank[row])
                row += 1
            if today <= 0:
                continue
            days[count], visits[count] = today, words[worst]
            count += 1
            if words[worst] == PD:
                break
        complete_day = NEVER
        for j in range(count):
            word, today = visits[j], days[j]
            seen[i] = min(seen[i], today)
            after_complete = complete_day < today and word in (PR, SD, NON)
            if after_complete:
                query[i] = min(query[i], today)
            less = after_complete and rule.confirmed
            late = today >= rule.minimum_stable and not less
            if word == CR:
                complete_day = min(complete_day, today)
            if word in (CR, PR):
                tried[i] = True
                if not rule.confirmed or _confirmed(days, visits, count, j, rule):
                    if word == CR:
                        cr[i] = min(cr[i], today)
                    else:
                        pr[i] = min(pr[i], today)
            if late and word in (CR, PR, SD):
                sd[i] = min(sd[i], today)
            if late and word == NON:
                non[i] = min(non[i], today)
            if word == PD or less:
                pd[i] = min(pd[i], today)


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
