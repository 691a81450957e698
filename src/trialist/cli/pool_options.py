"""The options of pooling: models, intervals, corrections, in the field's words and their short forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from trialist.cli.analyse_file import Finite, Names
from trialist.cli.options import FOLDER, NAME

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


def _added(command: Command, *options: Callable[[Command], Command]) -> Command:
    """The command with these options, in the order in which help lists them."""
    for option in reversed(options):
        command = option(command)
    return command


def source_options(command: Command) -> Command:
    """Where the trials come from, and what is asked of them."""
    return _added(
        command,
        click.option(
            "--csv", "file", type=FOLDER, help="A table with one trial per row: effects, intervals or counts."
        ),
        click.option(
            "--patients",
            type=FOLDER,
            help="A table with one patient per row, in months: mean times.",
        ),
        click.option(
            "--column", "columns", type=Columns(), multiple=True, help="PART=NAME: a column called otherwise."
        ),
        click.option(
            "--endpoint", type=NAME, help="The endpoint (of the store), or what the table's effects are of."
        ),
        click.option("--compare", type=NAME, nargs=2, help="The two sides: first against second."),
        click.option(
            "--measure", type=NAME, help="hazard_ratio, risk_ratio, odds_ratio, mean_difference, rmst, ..."
        ),
    )


def patients_options(command: Command) -> Command:
    return _added(
        command,
        click.option(
            "--tau", type=Finite(min=0, min_open=True), help="Patients: months up to which means are taken."
        ),
        click.option("--reconstructed", is_flag=True, help="Patients: they were read off published curves."),
    )


def network_options(command: Command) -> Command:
    return _added(
        command,
        click.option("--network", is_flag=True, help="All treatments at once: a network meta-analysis."),
        click.option(
            "--from", "seed_treatment", type=NAME, help="Network: the part that holds this treatment."
        ),
        click.option("--among", type=Names(), help="Network: these treatments only, between commas."),
        click.option("--reference", type=NAME, help="Network: what the others are shown against."),
        click.option(
            "--shared-arm",
            type=Word({word: word for word in ("auto", "events", "patients", "halves")}),
            default="auto",
            show_default=True,
            help="Network: the variance of an arm that contrasts of one trial share.",
        ),
        click.option("--seed", type=int, help="Network: draw a rankogram from this seed."),
    )


def store_options(command: Command) -> Command:
    """What is chosen of the store."""
    return _added(
        command,
        click.option("--condition", type=NAME, help="The disease, with all that are cases of it."),
        click.option("--line", type=NAME, help="Line of treatment: first, second, later."),
        click.option("--population", type=NAME, help="In whom (itt; of adverse events any); 'any' for any."),
        click.option("--timepoint", type=NAME, help="Findings of this timepoint only."),
        click.option(
            "--recalled", is_flag=True, help="Findings from memory or unreliable pages may answer too."
        ),
        click.option(
            "--medians", is_flag=True, help="Hazard ratios out of medians, as if times were exponential."
        ),
        click.option(
            "--store",
            "folders",
            type=FOLDER,
            multiple=True,
            help="Folder of curated files beside those shipped.",
        ),
    )


def variation_options(command: Command) -> Command:
    """The same pool otherwise."""
    return _added(
        command,
        click.option("--regress", type=Names(), help="Moderators between commas: year,line."),
        click.option("--subgroup", type=NAME, help="Pool by the values of this column or field."),
        click.option("--leave-one-out", is_flag=True, help="Without each trial in turn."),
        click.option("--cumulative", is_flag=True, help="The first, the first two, ... by year."),
        click.option(
            "--influence", is_flag=True, help="What each trial does to the pool: Cook's distance and more."
        ),
        click.option("--small-studies", is_flag=True, help="Egger, Peters, Harbord, Begg, trim and fill."),
    )


def output_options(command: Command) -> Command:
    return _added(
        command,
        click.option("--html", type=FOLDER, help="Write the page to this file."),
        click.option("--forest", type=FOLDER, help="Write the forest plot (SVG) to this file."),
        click.option("--funnel", type=FOLDER, help="Write the funnel plot (SVG) to this file."),
    )


def model_options(command: Command) -> Command:
    """Options of how effects are pooled, in the order in which help lists them."""
    amount = Finite(min=0, max=100)
    return _added(
        command,
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
        click.option("--to", type=Word(TO), default="only0", show_default=True, help="Which are added to."),
        click.option(
            "--scale",
            "proportions",
            type=Word(SCALES),
            default="logit",
            show_default=True,
            help="Scale of proportions of one group.",
        ),
    )
