"""`trialist operate`: how the planned analysis performs over many simulated trials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from trialist.cli.options import NAME, json_option, trial_argument
from trialist.cli.output import print_json, print_problems, refuse
from trialist.cli.replicate_bar import replicate_bar
from trialist.cli.trial import open_trial

if TYPE_CHECKING:
    from trialist.design.fast_plan import PlannedLook
    from trialist.design.operating import Operating
    from trialist.findings.model import Finding

_NUMBER = r"-?\d+(?:\.\d+)?"
_LOOK = re.compile(rf"(\d+)(?::({_NUMBER})?)?(?::({_NUMBER}))?")


class Look(click.ParamType["PlannedLook"]):
    """`EVENTS:EFFICACY:FUTILITY`, both boundaries on the scale of z in favour of the first arm."""

    name = "look"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> PlannedLook:
        from trialist.design.fast_plan import PlannedLook

        found = _LOOK.fullmatch(str(value).strip())
        if found is None or int(found[1]) < 1:
            self.fail(f"'{value}' is no look; write EVENTS:EFFICACY or EVENTS:EFFICACY:FUTILITY", param, ctx)
        efficacy, futility = (None if found[k] is None else float(found[k]) for k in (2, 3))
        return PlannedLook(int(found[1]), efficacy, futility)


@click.command("operate")
@trial_argument
@click.option("--replicates", type=int, default=10_000, show_default=True, help="How many trials, at most.")
@click.option("--seed", type=int, required=True, help="The same seed gives the same numbers.")
@click.option("--error", type=float, help="Stop when the Monte Carlo error of the power is not above this.")
@click.option("--workers", type=int, default=1, show_default=True, help="How many at a time; -1: every core.")
@click.option(
    "--calibrate",
    type=click.Choice(["published", "design", "null"]),
    default="published",
    show_default=True,
    help="Whose effect is true; null: none, rejections are type I errors.",
)
@click.option("--analysis", type=NAME, help="Which analysis. [default: of the primary estimand]")
@click.option("--patients", type=int, help="How many patients; numbers of events scale with them.")
@click.option(
    "--look", "looks", type=Look(), multiple=True, help="EVENTS:EFFICACY[:FUTILITY], for each look."
)
@click.option("--visits", type=int, multiple=True, help="Days between visits; once, or once for each arm.")
@json_option
def command(
    trial: str,
    replicates: int,
    seed: int,
    error: float | None,
    workers: int,
    calibrate: str,
    analysis: str | None,
    patients: int | None,
    looks: tuple[PlannedLook, ...],
    visits: tuple[int, ...],
    as_json: bool,
) -> None:
    """Power or type I error, bias, coverage, events and duration of a trial's analysis, by simulation."""
    from trialist.design.fast_plan import Changes
    from trialist.design.operating import Run, operating_characteristics

    if len(visits) > 2:
        raise click.UsageError("Give --visits once, or once for each of the two arms.")
    every = (visits[0], visits[-1]) if visits else None
    opened = open_trial(trial, as_json=as_json)
    with replicate_bar(f"{opened.id}: simulating", replicates) as progress:
        run = Run(seed, replicates, error, workers, progress=progress)
        changes = Changes(analysis, patients, looks, visits_days=every)
        made, problems = operating_characteristics(
            opened.protocol,
            run,
            calibrate=calibrate,  # type: ignore[arg-type]  # click checked the word
            changes=changes,
        )
    if made is None:
        refuse(problems, as_json=as_json)
    if as_json:
        findings = [finding.as_json() for finding in made.findings]
        print_json({"findings": findings, "problems": [p.as_json() for p in problems]})
        return
    print_problems(problems)
    _show(made)


def _show(made: Operating) -> None:
    plan = made.plan
    first, second = plan.compare
    click.echo(
        f"{plan.analysis}: {plan.endpoint}, {first} against {second}; true hazard ratio {plan.truth:.3f}; "
        f"{made.replicates.count:,} simulated trials, seed {made.replicates.seed}, fast gear\n"
    )
    rows = [_row(finding, first) for finding in made.findings]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    for row in rows:
        click.echo(f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}")


def _row(finding: Finding, first: str) -> tuple[str, str, str]:
    from trialist.findings.measures import MEASURES

    measure = MEASURES[finding.measure]
    name = measure.label.replace("the first arm", first)
    if len(finding.groups) == 1:
        name = f"{name}, {finding.groups[0]}"
    if finding.timepoint:
        name = f"{name}, {finding.timepoint}"
    error = dict(finding.method.options)["monte_carlo_error"]
    places = measure.decimals + 1
    estimate = "none" if finding.estimate is None else f"{finding.estimate:.{places}f}"
    return name, estimate, "" if error is None else f"± {error:.{places}f}"
