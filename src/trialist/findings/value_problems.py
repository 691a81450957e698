"""Why an analysis of values has no estimate: one function per reason."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.problems import Problem


def short(context: Context, n: tuple[int, ...], needed: int) -> Iterator[Problem]:
    """N408 for every arm that has too few values; for the first where it is their sum that is too small."""
    few = [(arm, size) for arm, size in zip(context.compare, n, strict=True) if size < needed]
    for arm, size in few or [(context.compare[0], n[0])]:
        yield not_estimable.too_few(context, arm, size, max(needed, size + 1), "evaluable values")


def without_covariate(context: Context, n: int) -> Problem:
    noun = "value is" if n == 1 else "values are"
    return context.problem(
        "N412",
        f"{n} evaluable {noun} left out: a covariate or a factor of the subject is not known",
        "Complete the records, or say in the report how many were left out and why.",
    )


def dependent(context: Context) -> Problem:
    return context.problem(
        "N430",
        "the model can not tell its parts apart: a covariate is the same in everybody, or says what arm or "
        "another covariate says",
        "Take that covariate out of the model, or check how the records carry it.",
    )


def too_small(context: Context, rows: int) -> Problem:
    return context.problem(
        "N431",
        f"{rows} values are too few for so many terms of the model",
        "Take covariates out of the model, or choose a simpler covariance.",
    )


def covariance_at_the_edge(context: Context, structure: str) -> Problem:
    return context.problem(
        "N432",
        f"the covariance ({structure}) of the visits can't be estimated from these values",
        "Choose a simpler `covariance`, as the analysis plan foresees, or leave out visits "
        "that few attended.",
    )


def not_converged(context: Context, steps: int) -> Problem:
    return context.problem(
        "E433",
        f"the mixed model did not converge in {steps} steps",
        "Choose a simpler `covariance`; please report it if the values are not unusual.",
    )


def no_value_at(context: Context, arm: str, visit: str) -> Problem:
    return context.problem(
        "N434",
        f"nobody of '{arm}' has a value at '{visit}', so there is no mean",
        "Leave the visit out of the endpoint, or wait for its values.",
    )


def not_positive(context: Context, arm: str, n: int) -> Problem:
    noun = "value" if n == 1 else "values"
    return context.problem(
        "N435",
        f"{n} {noun} of '{arm}' not above 0 have no logarithm and are left out",
        "Analyse on the natural scale, or by ranks; or state in the endpoint what such a result stands for.",
    )


def too_many_pairs(context: Context, arm: str, n: int) -> Problem:
    return context.problem(
        "N437",
        f"'{arm}' has {n} pairs, too many to take a slope of every two",
        "Use deming, whose line costs no more with many pairs.",
    )


def no_logarithm(context: Context, arm: str, n: int) -> Problem:
    return context.problem(
        "N435",
        f"{n} of the values of '{arm}' are not above 0, so a geometric mean does not exist",
        "Describe by median and quartiles; or state in the endpoint what such a result stands for.",
    )


def all_tied(context: Context) -> Problem:
    return context.problem(
        "N436",
        "all values are equal, so ranks tell nothing",
        "Check that the values were measured, not filled in.",
    )


def no_such_covariate(context: Context, names: list[str]) -> Problem:
    shown = ", ".join(f"'{name}'" for name in names)
    return context.problem(
        "E437",
        f"the subjects have no number {shown} to adjust for",
        "Name `age`, or a factor whose levels are numbers; put factors of words under `strata`.",
    )


def one_decides(context: Context) -> Problem:
    return context.problem(
        "N438",
        "one subject alone decides a term of the model, so this robust error does not exist",
        "Use hc0 or hc1, the classical error, or leave the term out.",
    )


def separated(context: Context) -> Problem:
    return context.problem(
        "N439",
        "no value of one arm lies among those of the other, so Brunner and Munzel's test has no variance",
        "Report the rank-sum test, and Newcombe's interval of the index.",
    )
