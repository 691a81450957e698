"""What sources state differently, shares that do not add up, and dates out of order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from trialist.dates import parse_partial
from trialist.problems import Problem
from trialist.protocol.model import Protocol

_ORDER = ("first_enrolled", "last_enrolled", "cut_off")


def sources_agree(protocol: Protocol) -> Iterator[Problem]:
    """W125: a design fact that sources state differently; every source is named."""
    for number, stated in enumerate(protocol.plan.stated_otherwise):
        if len(set(stated.values.values())) < 2:
            continue
        said = "; ".join(f"{source}: {value}" for source, value in stated.values.items())
        used = f"; used here: {stated.used}" if stated.used else ""
        yield Problem(
            "W125",
            f"stated differently: {stated.what} ({said}){used}",
            "nothing to correct here; remove the entry once a better source settles it"
            if used
            else "nothing is chosen for you; say in 'used:' which one is, and remove the entry once settled",
            protocol.place("stated_otherwise", number),
        )


def shares_add_up(protocol: Protocol) -> Iterator[Problem]:
    """E229: shares of a factor's levels that do not add up to 1, or are of levels it does not have."""
    simulation = protocol.plan.simulation
    if simulation is None:
        return
    for name, shares in simulation.factor_levels.items():
        factor = protocol.plan.factors.get(name)
        path = ("simulation", "factor_levels", name)
        for level in shares:
            if factor is not None and level not in factor.levels:
                yield Problem(
                    "E229",
                    f"'{level}' is no level of '{name}'",
                    f"its levels are {', '.join(factor.levels)}",
                    protocol.place(*path, level),
                )
        total = sum(shares.values())
        if any(share < 0 for share in shares.values()) or abs(total - 1) > 0.005:
            yield Problem(
                "E229",
                f"the shares of the levels of '{name}' add up to {total:g}",
                "write one share per level, together 1",
                protocol.place(*path),
            )


def dates_are_dates_in_order(protocol: Protocol) -> Iterator[Problem]:
    """E230: a date that is none, or enrolment and cut-off out of order."""
    found = {}
    for name, text in protocol.plan.dates.items():
        partial, reason = parse_partial(text)
        if partial is None:
            yield Problem("E230", f"'{name}' is '{text}': {reason}", "write 2015-11-17, 2015-11 or 2015",
                          protocol.place("dates", name))  # fmt: skip
        else:
            found[name] = partial
    known = [name for name in _ORDER if name in found]
    for first, second in itertools.pairwise(known):
        begins, ends = found[first].earliest(), found[second].latest()
        if begins is not None and ends is not None and begins > ends:
            yield Problem("E230", f"'{second}' ({protocol.plan.dates[second]}) is before '{first}' "
                          f"({protocol.plan.dates[first]})", "correct one of them",
                          protocol.place("dates", second))  # fmt: skip
