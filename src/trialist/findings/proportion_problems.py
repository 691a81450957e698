"""Why a number of proportions, counts or rates could not be had as asked: one function per reason."""

from __future__ import annotations

from trialist.findings.context import Context
from trialist.problems import Problem


def separated(context: Context) -> Problem:
    return context.problem(
        "N490",
        "the logistic model has no finite estimate: arm and covariates together tell all responders, or all "
        "others, from the rest",
        "Use fewer covariates, ask for the penalised estimate (`firth: when_separated`), or report an exact "
        "test.",
    )


def not_identified(context: Context) -> Problem:
    return context.problem(
        "N491",
        "the logistic model can't be fitted: a covariate does not vary, or follows from the arm and others",
        "Leave that covariate out.",
    )


def not_defined(context: Context, what: str) -> Problem:
    return context.problem(
        "N492",
        f"{what} is not defined for these counts",
        "Report the proportions of both arms, or ask for another interval (a score or exact one exists).",
    )


def too_many_tables(context: Context, what: str) -> Problem:
    return context.problem(
        "N493",
        f"{what} would go through too many tables for arms of this size",
        "Use the score or chi-square form, which is accurate in samples of this size.",
    )


def spans_no_effect(context: Context) -> Problem:
    return context.problem(
        "N494",
        "the interval of the difference holds 0, so that of the number needed to treat is two: from its low "
        "end to infinity (benefit) and from minus infinity to its high end (harm)",
        "Report the difference with its interval instead, or both parts.",
    )


def no_other_answer(context: Context, against: str) -> Problem:
    return context.problem(
        "N495",
        f"there is nothing to pair with: '{against}' could not be derived",
        "See what the derivation of that endpoint says, and name a Response endpoint under `against:`.",
    )


def small_expected(context: Context, smallest: float) -> Problem:
    return context.problem(
        "N496",
        f"the smallest expected count is {smallest:.1f}: the chi-square distribution may be far off",
        "Use the exact test (`freeman_halton`), or join rare categories.",
    )


def model_not_converged(context: Context, steps: int) -> Problem:
    return context.problem(
        "N497",
        f"the logistic model did not converge in {steps} steps",
        "Use fewer covariates, or covariates on a smaller scale.",
    )


def strata_of_one_arm(context: Context, strata: int, subjects: int) -> Problem:
    some, tell = ("1 stratum holds", "tells") if strata == 1 else (f"{strata} strata hold", "tell")
    whom = "1 subject" if subjects == 1 else f"{subjects} subjects"
    return context.problem(
        "N498",
        f"{some} subjects of one arm only and {tell} nothing of a difference ({whom})",
        "Use fewer factors, or join their levels.",
    )


def too_few_arms(context: Context, method: str) -> Problem:
    return context.problem(
        "N499",
        f"{method} needs two arms with somebody in them",
        "Name the arms under `arms:`, and check the population.",
    )
