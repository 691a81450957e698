"""Doses, infusions and intervals that no plan can mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from trialist.problems import Problem
from trialist.protocol.model import Give, Path, Protocol

# far above any licensed single dose of a drug in that unit: beyond it, suspect the number or the unit
CEILINGS: Mapping[str, float] = MappingProxyType(
    {
        "mg/m2": 20_000, "mg/kg": 1_000, "ug/kg": 100_000, "mg": 100_000, "g": 200, "ug": 1_000_000,
        "kBq/kg": 1_000, "MBq": 20_000, "GBq": 20,
    }
)  # fmt: skip


def doses_make_sense(protocol: Protocol) -> Iterator[Problem]:
    """W226: a dose beyond any use. W227: levels that do not fall. W228: infusion, interval or day amiss."""
    cycle = protocol.plan.schedule.cycle
    for path, give in _given(protocol):
        yield from _amounts(protocol, path, give)
        yield from _levels(protocol, path, give)
        yield from _timing(protocol, path, give, cycle)


def _given(protocol: Protocol) -> Iterator[tuple[Path, Give]]:
    for arm_id, arm in protocol.plan.arms.items():
        for word, drugs in (("give", arm.give), ("choose_one", arm.choose_one)):
            for number, give in enumerate(drugs):
                yield ("arms", arm_id, word, number), give


def _amounts(protocol: Protocol, path: Path, give: Give) -> Iterator[Problem]:
    ceiling = None if give.dose is None else CEILINGS.get(give.dose.unit)
    if give.dose is not None and ceiling is not None and give.dose.value > ceiling:
        yield Problem(
            "W226",
            f"{give.drug} at {give.dose}: more than {ceiling:,.0f} {give.dose.unit} is no dose in use",
            "check the number and the unit",
            protocol.place(*path, "dose"),
        )


def _levels(protocol: Protocol, path: Path, give: Give) -> Iterator[Problem]:
    before = give.dose
    for number, level in enumerate(give.levels):
        if before is not None and (level.unit != before.unit or (level.value >= before.value and number > 0)):
            yield Problem(
                "W227",
                f"{give.drug}: dose level {level} follows {before}; levels fall, in one unit",
                "list them from the highest to the lowest",
                protocol.place(*path, "levels", number),
            )
        elif before is not None and number == 0 and level.value > before.value:
            yield Problem(
                "W227",
                f"{give.drug}: dose level {level} is above the dose {before}",
                "levels are doses after reductions: begin at the dose or below it",
                protocol.place(*path, "levels", number),
            )
        before = level


def _timing(protocol: Protocol, path: Path, give: Give, cycle: int | None) -> Iterator[Problem]:
    found: list[tuple[str, str, str]] = []
    if give.over is not None and give.over > 24:
        found.append(("over", f"is infused over {give.over:g} h, longer than a day",
                      "check the unit: '60 min' or '1 h'"))  # fmt: skip
    if give.over is not None and give.route is not None and give.route not in ("intravenous", "subcutaneous"):
        found.append(("over", f"is given over {give.over:g} h by the route '{give.route}'",
                      "only an infusion takes time: correct 'route' or 'over'"))  # fmt: skip
    if give.every == 0:
        found.append(("every", "is given every 0 d", "write the interval in days: '21 d'"))
    if give.day is not None and give.day < 1:
        found.append(("day", f"is given on day {give.day} of the cycle, whose first day is 1",
                      "write a day from 1"))  # fmt: skip
    if give.day is not None and cycle and give.day > cycle:
        found.append(("day", f"is given on day {give.day} of a cycle of {cycle} days",
                      "correct 'day' or the schedule's 'cycle'"))  # fmt: skip
    if give.times_a_day and give.times_a_day > 1 and give.every and give.every > 1:
        found.append(("times_a_day", f"is given {give.times_a_day} times a day, every {give.every} d",
                      "check 'times_a_day' and 'every'"))  # fmt: skip
    for word, what, remedy in found:
        yield Problem("W228", f"{give.drug} {what}", remedy, protocol.place(*path, word))
