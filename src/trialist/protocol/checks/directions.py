"""What is planned points the way that the arms' roles, the comparison and the simulation say."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.problems import Problem
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.model import Protocol


def planned_ratios_fit_the_comparison(protocol: Protocol) -> Iterator[Problem]:
    """W235: a planned hazard ratio that favours the control, as its estimand compares the two arms."""
    plan = protocol.plan
    for number, item in enumerate(plan.design):
        estimand = plan.estimands.get(item.for_ or "")
        if not isinstance(item, LogRankEvents) or item.hazard_ratio is None or estimand is None:
            continue
        roles = [plan.arms[arm].role if arm in plan.arms else None for arm in estimand.compare]
        against = roles == ["experimental", "control"] and item.hazard_ratio > 1
        reversed_ = roles == ["control", "experimental"] and item.hazard_ratio < 1
        if against or reversed_:
            first, second = estimand.compare
            yield Problem(
                "W235",
                f"a hazard ratio of {item.hazard_ratio:g} is planned, but estimand '{item.for_}' compares "
                f"'{first}' ({roles[0]}) against '{second}' ({roles[1]}), so it plans more events with the "
                "experimental arm",
                f"write 'compare: [{second}, {first}]', or the ratio the other way round "
                f"({1 / item.hazard_ratio:.3g}), or correct the roles",
                protocol.place("design", number, "hazard_ratio"),
            )


def every_arm_has_a_simulated_median(protocol: Protocol) -> Iterator[Problem]:
    """W236: a law of the simulation that leaves out an arm, so that nothing can be simulated."""
    plan = protocol.plan
    if plan.simulation is None:
        return
    for name, law in plan.simulation.times.items():
        without = [arm for arm in plan.arms if arm not in law.medians]
        if law.hazard_ratios and len(without) == 1:
            continue
        if without and not set(law.medians) - set(plan.arms):
            yield Problem(
                "W236",
                f"the simulated times of '{name}' have no median of arm {', '.join(map(repr, without))}",
                "add it ('assumed: true' where no source states it): until then the trial can't be simulated",
                protocol.place("simulation", "times", name, "medians"),
            )
