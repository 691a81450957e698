"""Why a number of a curve could not be estimated, or from whom it was: one function per reason."""

from __future__ import annotations

from collections.abc import Mapping

from trialist.findings.context import Context
from trialist.problems import Problem


def left_at_landmark(context: Context, months: float, left: Mapping[str, int]) -> Problem:
    each = ", ".join(f"{n} of '{group}'" for group, n in left.items())
    return context.problem(
        "N460",
        f"left out at the landmark of {months:g} months, their time having ended by then: {each}",
        "Say so beside the result: it holds for those still at risk at the landmark, not for all.",
    )


def no_landmark_factor(context: Context, name: str) -> Problem:
    return context.problem(
        "E414",
        f"the subjects have no factor '{name}' to group by at the landmark",
        "Name a factor of the protocol's `factors:`, and check that the records carry it.",
    )


def quantile_not_reached(context: Context, arm: str, share: float) -> Problem:
    return context.problem(
        "N402",
        f"the time by which {share * 100:g} % of '{arm}' had the event is not reached: the curve stays above "
        f"{1 - share:g}",
        "Report it as not reached, with the lower end of its interval; ask for probabilities at times.",
    )


def follow_up_not_reached(context: Context, arm: str, share: float) -> Problem:
    return context.problem(
        "N402",
        f"the follow-up that {100 - share * 100:g} % of '{arm}' exceed is not reached: too many had the "
        "event before their follow-up ended",
        "Report the observed times of those still followed (`observed: true`).",
    )


def tau_beyond(context: Context, arm: str, months: float, last: float) -> Problem:
    return context.problem(
        "N461",
        f"the mean up to {months:g} months is not known of '{arm}': its curve ends above 0 at {last:.1f}",
        "Choose a `tau_months` up to which every arm was followed, or leave it out.",
    )


def no_contrast(context: Context, why: str) -> Problem:
    return context.problem(
        "N462",
        f"no comparison: {why}",
        "Report the number of each arm, or compare them at a time when events have been seen in both.",
    )


def no_weights(context: Context, column: str) -> Problem:
    return context.problem(
        "N463",
        f"the subjects have no column '{column}' of numbers to weigh by",
        "Name a numeric column of the subjects, or leave `weights` out.",
    )


def masses_not_found(context: Context, arm: str, gap: float | None) -> Problem:
    said = "" if gap is None else f" (a derivative is off by {gap:.1g})"
    return context.problem(
        "N464",
        f"the interval-censored curve of '{arm}' did not reach its maximum likelihood{said}",
        "This should not happen; please report it with the intervals.",
    )


def no_finite_model(context: Context) -> Problem:
    return context.problem(
        "N465",
        "the Weibull model has no finite estimate: a group has no event, or its times are alike (or may be)",
        "Report the curves and the log-rank test.",
    )


def exact_zero(context: Context) -> Problem:
    return context.problem(
        "N466",
        "an event at time 0 has no place in a Weibull model",
        "Count the first day as 1, or give the event a lower and an upper end.",
    )
