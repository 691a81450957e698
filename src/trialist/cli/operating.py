"""`trialist operate`: how the planned analysis performs over many simulated trials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from trialist.cli.options import NAME, json_option, trial_argument
from trialist.cli.output import print_json, refuse, summarise
from trialist.cli.replicate_bar import replicate_bar
from trialist.cli.trial import open_trial

if TYPE_CHECKING:
    from trialist.design.fast_plan import PlannedLook
    from trialist.design.operating import Run
    from trialist.design.replicates import Replicates
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
@click.option(
    "--replicates", type=int, help="How many trials, at most. [default: 10000, of the full gear 1000]"
)
@click.option(
    "--gear",
    type=click.Choice(["fast", "full"]),
    default="fast",
    show_default=True,
    help="fast: event times; full: raw records through the endpoint's rules.",
)
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
    replicates: int | None,
    gear: str,
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

    count = replicates if replicates is not None else 10_000 if gear == "fast" else 1_000
    if gear == "full":
        _expect_planned(looks, visits)
        _full(trial, Run(seed, count, error, workers), _Asked(calibrate, analysis, patients), as_json)
        return
    if len(visits) > 2:
        raise click.UsageError("Give --visits once, or once for each of the two arms.")
    every = (visits[0], visits[-1]) if visits else None
    opened = open_trial(trial, as_json=as_json)
    with replicate_bar(f"{opened.id}: simulating", count) as progress:
        run = Run(seed, count, error, workers, progress=progress)
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
    summarise(problems, held="with --json")
    plan = made.plan
    truth = f"true hazard ratio {plan.truth:.3f}"
    _show(made.findings, plan.analysis, plan.endpoint, plan.compare, truth, made.replicates)


class _Asked(NamedTuple):
    """What the full gear is asked for."""

    calibrate: str
    analysis: str | None
    patients: int | None


def _expect_planned(looks: tuple[PlannedLook, ...], visits: tuple[int, ...]) -> None:
    """The full gear takes looks and scans from the protocol alone."""
    if looks or visits:
        word, part = ("--look", "conduct: looks:") if looks else ("--visits", "conduct: scan_interval:")
        raise click.UsageError(f"{word} is of the fast gear; state 'simulation: {part}' for the full gear.")


def _full(trial: str, run: Run, asked: _Asked, as_json: bool) -> None:
    """Raw records of every replicate through the rules of the endpoint, and the planned analysis of each."""
    from trialist.design.full_findings import full_findings, true_ratio
    from trialist.design.full_gear import BATCH, full_gear
    from trialist.design.operating import impossible, run_notes
    from trialist.design.replicates import run_batches
    from trialist.engines.duckdb import connect
    from trialist.problems import errors

    opened = open_trial(trial, as_json=as_json)
    if wrong := impossible(run):
        refuse(wrong, as_json=as_json)
    made, problems = full_gear(
        opened.protocol,
        connect,
        analysis=asked.analysis,
        subjects=asked.patients,
        calibrate=asked.calibrate,  # type: ignore[arg-type]  # click checked the word
    )
    if made is None or errors(problems):
        refuse(problems, as_json=as_json)
    with replicate_bar(f"{opened.id}: simulating", run.replicates) as progress:
        found = run_batches(
            made,
            seed=run.seed,
            replicates=run.replicates,
            batch=BATCH,
            workers=run.workers,
            stop_error=run.error,
            checks=BATCH,
            progress=progress,
        )
    problems = (*problems, *run_notes(opened.protocol, found, run))
    findings = full_findings(made, found.arrays, seed=run.seed)
    if as_json:
        told = [finding.as_json() for finding in findings]
        print_json({"findings": told, "problems": [p.as_json() for p in problems]})
        return
    summarise(problems, held="with --json")
    ratio = true_ratio(made)
    truth = "no single true ratio" if ratio is None else f"latent hazard ratio {ratio:.3f}"
    item = made.one.item
    _show(findings, item.id, item.endpoint, made.arms, truth, found)


def _show(
    findings: Sequence[Finding],
    analysis: str,
    endpoint: str,
    arms: Sequence[str],
    truth: str,
    replicates: Replicates,
) -> None:
    first, second = arms
    gear = dict(findings[0].method.options)["gear"]
    click.echo(
        f"{analysis}: {endpoint}, {first} against {second}; {truth}; "
        f"{replicates.count:,} simulated trials, seed {replicates.seed}, {gear} gear\n"
    )
    rows = [_row(finding, first) for finding in findings]
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
