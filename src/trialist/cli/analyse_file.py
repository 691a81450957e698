"""`trialist analyse FILE`: findings from the columns of any table, without a protocol."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import click

from trialist.cli import EXIT_BAD_INPUT
from trialist.cli.options import NAME
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import Problem, errors

if TYPE_CHECKING:
    from trialist.formats.any_table import Opened
    from trialist.quick import Analysed

Command = TypeVar("Command", bound=Callable[..., Any])


class Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers between commas: `6,12`."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            found = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 6,12.", param, ctx)
        if any(not 0 <= number < 1e6 for number in found):
            self.fail(f"{value!r} must be times of 0 or more.", param, ctx)
        return found


class Finite(click.FloatRange):
    """A number in a range; `nan` and `inf` are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return found


class Names(click.ParamType[tuple[str, ...]]):
    """Names of columns between commas."""

    name = "columns"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        found = tuple(part.strip() for part in str(value).split(","))
        if not all(found):
            self.fail(f"{value!r} has an empty name.", param, ctx)
        return found


class Kind(NamedTuple):
    """One kind of analysis: the options that ask for it, and those that go with it."""

    asked_by: tuple[str, ...]
    needs: tuple[str, ...]
    takes: tuple[str, ...]


SHARED = ("arm", "where", "table", "level", "plot")
KINDS = {
    "times": Kind(
        ("time", "event", "censored"),
        ("time",),
        (
            "event_is",
            "start",
            "reference",
            "strata",
            "covariates",
            "at",
            "tau",
            "unit",
            "interval",
            "ties",
            "also",
        ),
    ),
    "responses": Kind(
        ("response",),
        ("response",),
        ("response_is", "reference", "strata", "covariates", "interval", "test"),
    ),
    "values": Kind(("value",), ("value",), ("baseline", "reference", "strata", "covariates")),
    "pairs": Kind(("first", "second"), ("first", "second"), ()),
}
_STRATIFIED = frozenset({"cmh", "cmh_corrected", "exact_conditional"})
_WITHOUT_ARM = {
    "times": ("reference", "strata", "ties"),
    "responses": ("reference", "strata", "covariates", "test"),
    "values": ("reference", "strata", "covariates"),
    "pairs": (),
}
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("times", "interval"): ("log_log", "log", "plain", "logit", "arcsine"),
    ("responses", "interval"): (
        "clopper_pearson", "wilson", "wilson_corrected", "agresti_coull", "jeffreys", "mid_p", "blaker",
        "wald",
    ),
    ("responses", "test"): (
        "chi_square", "chi_square_corrected", "fisher", "barnard", "boschloo", "cmh", "cmh_corrected",
        "exact_conditional",
    ),
}  # fmt: skip


def _listed(option: str) -> str:
    return "; ".join(
        f"{kind}: {', '.join(words)}" for (kind, name), words in CHOICES.items() if name == option
    )


_OPTIONS = (
    click.option("--time", type=NAME, help="Column of times to an event or censoring."),
    click.option("--event", type=NAME, help="Column: 1 or true for an event, 0 or false for a censoring."),
    click.option("--censored", type=NAME, help="Column: 0 for an event (CNSR of ADTTE), instead of --event."),
    click.option("--event-is", type=NAME, help="The value of --event that means an event."),
    click.option(
        "--unit", type=click.Choice(["days", "weeks", "months", "years"]), help="Of --time. [default: months]"
    ),
    click.option("--start", type=NAME, help="Column of times from which a row is at risk (Cox model only)."),
    click.option("--at", type=Numbers(), default=None, help="Months at which the rest is estimated: 6,12."),
    click.option("--tau", type=Finite(0, min_open=True), help="Months: the mean is up to here."),
    click.option(
        "--ties", type=click.Choice(["efron", "breslow", "discrete", "marginal"]),
        help="Of the Cox model. [default: efron]",
    ),
    click.option(
        "--also", type=Names(), multiple=True,
        help="More of a time: follow_up, proportional_hazards, max_combo, log_rank_trend, weibull.",
    ),
    click.option("--response", type=NAME, help="Column: 1 or true for a responder."),
    click.option("--response-is", type=NAME, help="The value of --response that means a response."),
    click.option("--test", type=NAME, help="Of two proportions. [default: chi_square; with --strata cmh]"),
    click.option("--value", type=NAME, help="Column of a measured value."),
    click.option("--baseline", type=NAME, help="Column of the value before: the change is analysed."),
    click.option("--first", type=NAME, help="Column of the earlier of two linked values."),
    click.option("--second", type=NAME, help="Column of the later of two linked values."),
    click.option("--arm", type=NAME, help="Column of arms; one group when left out."),
    click.option("--reference", type=NAME, help="The arm compared against. [default: the lowest]"),
    click.option("--strata", type=Names(), multiple=True, help="Columns that stratify test and model."),
    click.option("--covariates", type=Names(), multiple=True, help="Columns of a model beside the arm."),
    click.option("--interval", type=NAME, help=f"{_listed('interval')}."),
    click.option("--level", type=Finite(0.5, 0.9999), help="Confidence level. [default: 0.95]"),
    click.option("--where", type=NAME, help="Condition on the rows: \"PARAMCD = 'OS'\"."),
    click.option("--table", type=NAME, help="The table of a database."),
    click.option(
        "--plot", type=click.Path(dir_okay=False, path_type=Path), help="File for the figure (.svg)."
    ),
)  # fmt: skip
COLUMN_OPTIONS = (
    *SHARED,
    *dict.fromkeys(name for kind in KINDS.values() for name in (*kind.asked_by, *kind.takes)),
)


def column_options(command: Command) -> Command:
    """The options of an analysis of columns."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options of columns that were given on the command line."""
    return {name: options[name] for name in COLUMN_OPTIONS if options.get(name) not in (None, ())}


def analyse_file(source: str, options: dict[str, Any], out: Path | None, as_json: bool) -> None:
    """Open the table, run the analysis that the options ask for, print and write what it found."""
    kind = _kind(options)
    from trialist.formats.any_table import open_table

    opened, problems = open_table(source, options.pop("table", None))
    if opened is None:
        refuse(problems, as_json=as_json)
    plot = options.pop("plot", None)
    try:
        found = _run(kind, opened, options, plot is not None or out is not None)
    finally:
        opened.close()
    told = (*problems, *found.problems)
    document = {
        "source": str(opened.place),
        "problems": [problem.as_json() for problem in told],
        "findings": [finding.as_json() for finding in found.findings],
    }
    if found.refused:
        _refuse(document, told, as_json)
    _write(document, found, opened, out, plot, as_json)
    if as_json:
        print_json(document)
        return
    import shutil

    from trialist.report.findings_text import findings_text

    print_problems(told)
    width = min(shutil.get_terminal_size((120, 24)).columns, 140)
    origin = found.findings[0].origin
    click.echo(f"{opened.name}: {origin.label} rows, fingerprint {origin.records}\n")
    click.echo(findings_text(found.findings, found.labels, width=width))


def _kind(options: dict[str, Any]) -> str:
    """The one kind of analysis that is asked for; an option that would act on nothing is refused."""
    asked = [name for name, kind in KINDS.items() if any(word in options for word in kind.asked_by)]
    if not asked:
        raise click.UsageError(
            "Say what to analyse: --time with --event, --response, --value, or --first with --second."
        )
    if len(asked) > 1:
        raise click.UsageError(f"These options ask for several analyses at once: {' and '.join(asked)}.")
    kind = KINDS[asked[0]]
    lacking = [word for word in kind.needs if word not in options]
    if asked[0] == "times" and ("event" in options) == ("censored" in options):
        raise click.UsageError("Give either --event or --censored with --time.")
    if lacking:
        raise click.UsageError(f"--{lacking[0].replace('_', '-')} is missing.")
    _expect_none(
        [word for word in options if word not in (*SHARED, *kind.asked_by, *kind.takes)],
        f"an analysis of {asked[0]}",
    )
    for (of, option), words in CHOICES.items():
        if of == asked[0] and options.get(option) not in (None, *words):
            raise click.UsageError(f"--{option} of an analysis of {of} is one of {', '.join(words)}.")
    _expect_together(asked[0], options)
    _expect_methods(options)
    return asked[0]


def _expect_together(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse an option that acts on nothing beside the others, or that the others rule out."""
    if "arm" not in options:
        alone = _WITHOUT_ARM[kind]
        if kind == "times" and "covariates" in options:
            alone = ("reference",)
        _expect_none([word for word in alone if word in options], "one group: name --arm")
    if "start" in options:
        _expect_none([w for w in ("at", "tau", "interval") if w in options], "--start: no curve is estimated")
        if "arm" not in options and "covariates" not in options:
            raise click.UsageError("--start asks for a Cox model: name --arm or --covariates.")
    if "censored" in options and "event_is" in options:
        raise click.UsageError("--event-is goes with --event, not with --censored.")
    tests = [test for test in CHOICES["responses", "test"] if (test in _STRATIFIED) == ("strata" in options)]
    if options.get("test") not in (None, *tests):
        where = "with" if "strata" in options else "without"
        raise click.UsageError(f"--test {options['test']} does not go {where} --strata: {', '.join(tests)}.")


def _expect_none(idle: Sequence[str], what: str) -> None:
    """Refuse the options that are named: they would act on nothing."""
    if idle:
        shown = ", ".join(f"--{word.replace('_', '-')}" for word in idle)
        raise click.UsageError(f"{shown} does not go with {what}.")


def _expect_methods(options: dict[str, Any]) -> None:
    asked = [name for some in options.get("also", ()) for name in some]
    if not asked:
        return
    from trialist.quick.times import COMPARING, MORE, TRUNCATED

    unknown = [name for name in asked if name not in MORE]
    if unknown:
        raise click.UsageError(f"--also {unknown[0]}: name {', '.join(MORE)}.")
    idle = [name for name in asked if name not in TRUNCATED]
    if "start" in options and idle:
        raise click.UsageError(f"--also {idle[0]} does not go with --start.")
    idle = [name for name in asked if name in COMPARING]
    if "arm" not in options and idle:
        raise click.UsageError(f"--also {idle[0]} compares arms: name --arm.")


def _run(kind: str, opened: Opened, options: dict[str, Any], curves: bool) -> Analysed:
    from trialist.quick import analyse_pairs, analyse_responses, analyse_times, analyse_values

    for word in ("strata", "covariates", "also"):
        if word in options:
            options[word] = tuple(name for some in options[word] for name in some)
    shared: dict[str, Any] = {"name": opened.name, "place": opened.place}
    if kind == "times":
        return analyse_times(opened.data, **options, **shared, curves=curves)
    if kind == "responses":
        return analyse_responses(opened.data, **options, **shared)
    if kind == "values":
        return analyse_values(opened.data, **options, **shared)
    return analyse_pairs(opened.data, **options, **shared)


def _refuse(document: dict[str, Any], told: tuple[Problem, ...], as_json: bool) -> NoReturn:
    """End with exit code 2; findings without an estimate are in the JSON with their reason."""
    if not as_json:
        refuse(told, as_json=False)
    print_json(document)
    sys.exit(EXIT_BAD_INPUT)


def _write(
    document: dict[str, Any],
    found: Analysed,
    opened: Opened,
    out: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """findings.json and the figure into `out`, and the figure where --plot says."""
    if out is None and plot is None:
        return
    from trialist.formats.atomic import write_text
    from trialist.report.quick_figure import quick_figure

    figure = quick_figure(found.findings, found.curves, opened.name, found.labels)
    files: dict[Path, str] = {}
    if plot is not None:
        if figure is None:
            refuse([_no_figure(plot)], as_json=as_json)
        files[plot] = figure
    if out is not None:
        files[out / "findings.json"] = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        if figure is not None:
            files[out / "figure.svg"] = figure
        from trialist.cli.output import expect_room

        expect_room(out, as_json=as_json)
        out.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        problems = write_text(path, text)
        if errors(problems):
            refuse(problems, as_json=as_json)


def _no_figure(path: Path) -> Problem:
    from trialist.problems import Place

    return Problem(
        "E070",
        "there is nothing to draw: a figure shows the curves of a time, or hazard and odds ratios",
        "leave --plot out; the findings say why a ratio has no estimate",
        Place(str(path)),
    )
