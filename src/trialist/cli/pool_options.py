"""The options of pooling: models, intervals, corrections, in the field's words and their short forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from trialist.cli.analyse_file import Finite

Command = TypeVar("Command", bound=Callable[..., Any])
TAU2 = {
    "common": "common",
    "fixed": "common",
    "none": "common",
    "dl": "dersimonian_laird",
    "dersimonian_laird": "dersimonian_laird",
    "pm": "paule_mandel",
    "paule_mandel": "paule_mandel",
    "reml": "reml",
    "ml": "ml",
    "he": "hedges",
    "hedges": "hedges",
    "sj": "sidik_jonkman",
    "sidik_jonkman": "sidik_jonkman",
    "eb": "empirical_bayes",
    "empirical_bayes": "empirical_bayes",
}
INTERVALS = {
    "normal": "normal",
    "z": "normal",
    "t": "t",
    "hartung_knapp": "hartung_knapp",
    "hk": "hartung_knapp",
    "hartung_knapp_adhoc": "hartung_knapp_adhoc",
}
PREDICTIONS = {"as_interval": "as_interval", "k_minus_1": "k_minus_1", "k_minus_2": "k_minus_2"}
TABLES = {
    "inverse_variance": "inverse_variance",
    "iv": "inverse_variance",
    "mantel_haenszel": "mantel_haenszel",
    "mh": "mantel_haenszel",
    "peto": "peto",
    "exact": "exact_conditional",
    "exact_conditional": "exact_conditional",
    "binomial_normal": "binomial_normal",
    "glmm": "binomial_normal",
}
TO = {"only0": "only0", "all": "all", "none": "none"}
SCALES = {word: word for word in ("logit", "freeman_tukey", "arcsine", "log", "proportion")}


class Word(click.ParamType[str]):
    """One of several words; hyphens and capitals make no difference, short forms stand for long ones."""

    name = "word"

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word = str(value).strip().lower().replace("-", "_")
        if word not in self.known:
            listed = ", ".join(dict.fromkeys(self.known.values())).replace("_", "-")
            self.fail(f"{value!r} is none of {listed}.", param, ctx)
        return self.known[word]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(dict.fromkeys(self.known.values())).replace('_', '-')}]"


class Columns(click.ParamType[tuple[str, str]]):
    """`PART=NAME`."""

    name = "part=name"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        part, sign, name = str(value).partition("=")
        if not sign or not part.strip() or not name.strip():
            self.fail(f"{value!r} is not PART=NAME.", param, ctx)
        return part.strip(), name.strip()


def model_options(command: Command) -> Command:
    """Options of how effects are pooled, in the order in which help lists them."""
    amount = Finite(min=0, max=100)
    for option in reversed(
        (
            click.option(
                "--tau2", type=Word(TAU2), default="reml", show_default=True, help="Estimator, or common."
            ),
            click.option(
                "--interval",
                type=Word(INTERVALS),
                default="hartung_knapp",
                show_default=True,
                help="Interval of the pooled effect.",
            ),
            click.option("--level", type=float, default=0.95, show_default=True, help="Level of intervals."),
            click.option(
                "--prediction",
                type=Word(PREDICTIONS),
                default="as_interval",
                show_default=True,
                help="Quantile of the interval in a new trial: as the interval's, or t.",
            ),
            click.option(
                "--tables",
                type=Word(TABLES),
                default="inverse_variance",
                show_default=True,
                help="Method for 2 x 2 tables.",
            ),
            click.option("--add", type=amount, help="Added to tables with an empty cell (0.5)."),
            click.option(
                "--to", type=Word(TO), default="only0", show_default=True, help="Which are added to."
            ),
            click.option(
                "--scale",
                "proportions",
                type=Word(SCALES),
                default="logit",
                show_default=True,
                help="Scale of proportions of one group.",
            ),
        )
    ):
        command = option(command)
    return command
