"""`trialist match`: one's own patients against another trial's published result."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trialist.cli.analyse_file import Finite, Names
from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import errors

if TYPE_CHECKING:
    from trialist.individual.comparison import Comparison

EPILOG = """Examples: trialist match own.csv --time months --event died --arm arm --compare A,C --against B,C
--target baseline.csv --effect 0.8 0.6 1.07, or trialist match FOLDER --to TRIAL --endpoint os --compare A,C
--against B,C --match 'age>=75' 'age >= 75'. With one arm on each side there is no common comparator: that
needs --unanchored. Exit code 0 when something was compared, 2 when nothing could be."""


@click.command("match", epilog=EPILOG)
@click.argument("own", metavar="OWN", type=NAME)
@click.option("--compare", type=Names(), required=True, help="Own arm, and the common comparator: A,C.")
@click.option("--against", type=Names(), required=True, help="The other trial's arms: B,C.")
@click.option("--unanchored", is_flag=True, help="There is no common comparator, and I know what that means.")
@click.option("--to", "trial", type=NAME, help="The other trial: one of the store, or its name.")
@click.option(
    "--match",
    "matched",
    type=NAME,
    nargs=2,
    multiple=True,
    metavar="PUBLISHED OWN",
    help="A characteristic of the store, and the own column or condition that it is.",
)
@click.option("--target", type=FOLDER, help="Table instead: covariate, mean or share, sd.")
@click.option(
    "--effect",
    type=float,
    nargs=3,
    metavar="E LOW HIGH",
    help="The other result instead, with its 95% interval.",
)
@click.option(
    "--count",
    type=click.IntRange(min=0),
    nargs=2,
    metavar="X N",
    help="Of one other arm: responders, patients.",
)
@click.option(
    "--curve",
    type=NAME,
    help="Of one other arm: its times, a table (columns as --time, --event) or a trial.",
)
@click.option("--endpoint", type=NAME, help="Of a trial folder, and of the store.")
@click.option(
    "--population", type=NAME, default="itt", show_default=True, help="Of the other trial's finding."
)
@click.option("--time", type=NAME, help="Own column of times.")
@click.option("--event", type=NAME, help="Own column: 1 for an event.")
@click.option("--event-is", type=NAME, help="The value of --event that means one.")
@click.option("--response", type=NAME, help="Own column: 1 for a response.")
@click.option("--response-is", type=NAME, help="The value of --response that means one.")
@click.option("--value", type=NAME, help="Own column of values.")
@click.option("--arm", type=NAME, help="Own column of arms.")
@click.option("--where", type=NAME, help="Condition on own rows.")
@click.option("--measure", type=NAME, help="Of responses: odds_ratio, risk_ratio or risk_difference.")
@click.option("--level", type=Finite(0.5, 0.9999), default=0.95, show_default=True, help="Of intervals.")
@click.option(
    "--draws", type=click.IntRange(0, 100_000), default=1000, show_default=True, help="Of the bootstrap."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the bootstrap.")
@click.option("--means-only", is_flag=True, help="Match no standard deviations.")
@click.option("--records", type=FOLDER, help="Folder of records of OWN, where it is a trial.")
@click.option("--subjects", type=int, help="Where OWN is simulated.")
@click.option(
    "--store", "folders", type=FOLDER, multiple=True, help="Folder of curated files beside those shipped."
)
@click.option("--html", type=FOLDER, help="Write the page to this file.")
@json_option
def command(own: str, as_json: bool, **words: Any) -> None:
    """Own patients weighted to look like another trial's (MAIC), and a model of them at its means (STC).

    OWN is a file with one patient per row, or a trial with records.
    """
    from trialist.cli.match_sides import own_side, published, result
    from trialist.individual.comparison import MEASURES, Options
    from trialist.individual.matched import compare

    _expect(words)
    known = published(own, words, as_json=as_json)
    covariates = [each.own for each in known.target.characteristics]
    patients, problems = own_side(own, covariates, words, as_json=as_json)
    if patients is None or errors(problems):
        refuse(problems, as_json=as_json)
    allowed = {str(name): name for name in MEASURES[patients.kind]}
    measure = allowed.get(words["measure"] or next(iter(allowed)))
    if measure is None:
        raise click.UsageError(f"--measure of {patients.kind} is one of {', '.join(allowed)}")
    other = result(known, words, measure, as_json=as_json)
    options = Options(
        level=words["level"], draws=words["draws"], seed=words["seed"], spread=not words["means_only"]
    )
    endpoint = words["endpoint"] or words["time"] or words["response"] or words["value"]
    made = compare(patients, known.target, other, measure, options, endpoint=endpoint)
    told = (*problems, *made.problems)
    if errors(told):
        refuse(told, as_json=as_json)
    if words["html"] is not None:
        _write(made, told, words["html"], as_json)
    if as_json:
        print_json(_document(made, told))
        return
    from trialist.report.matched_text import matched_text

    width = max(60, min(shutil.get_terminal_size((110, 24)).columns, 150))
    click.echo(matched_text(made, width))
    click.echo()
    print_problems(told, err=False)


def _expect(words: dict[str, Any]) -> None:
    """Refuse words that act on nothing or rule each other out."""
    sides = len(words["compare"]), len(words["against"])
    if sides not in ((1, 1), (2, 2)):
        raise click.UsageError("name two arms on each side (A,C and B,C), or one on each with --unanchored")
    anchored = sides == (2, 2)
    if anchored == words["unanchored"]:
        said = "takes one arm on each side" if anchored else "is needed where no common comparator is named"
        raise click.UsageError(f"--unanchored {said}")
    given = [word for word in ("effect", "count", "curve") if words[word]]
    if len(given) > 1:
        raise click.UsageError(f"--{given[0]} and --{given[1]} are two results; give one")
    if given and anchored != (given == ["effect"]):
        raise click.UsageError(
            f"--{given[0]} does not go with {'two arms' if anchored else 'one arm'} on each side"
        )
    if bool(words["target"]) == bool(words["matched"]):
        raise click.UsageError("say what is matched: --match PUBLISHED OWN with --to TRIAL, or --target FILE")
    if not words["trial"] and (words["matched"] or not given):
        raise click.UsageError("name the other trial: --to TRIAL")
    if not given and not words["endpoint"]:
        raise click.UsageError("give --endpoint, or the result with --effect, --count or --curve")


def _write(made: Comparison, told: Any, file: Path, as_json: bool) -> None:
    from trialist.formats.atomic import write_text
    from trialist.report.matched_page import render_matched

    wrong = write_text(file, render_matched(made, told))
    if wrong:
        refuse(wrong, as_json=as_json)


def _document(made: Comparison, told: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "own": {"name": made.own.name, "n": made.own.n, "origin": made.own.origin.label},
        "anchored": made.anchored,
        "effective_n": made.effective_n,
        "balance": [asdict(each) for each in made.balance],
        "lines": [
            {"label": line.label, "kind": line.kind, "finding": line.finding.as_json()} for line in made.lines
        ],
        "problems": [problem.as_json() for problem in told],
    }
