"""`trialist pool`: several trials as one number, of the store or of a caller's table."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from trialist.cli.analyse_file import Names
from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.cli.pool_options import Columns, Word, model_options
from trialist.problems import Place, Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.pooling.pairwise import Pool
    from trialist.evidence.pooling.question import Options
    from trialist.evidence.pooling.variations import Variation

OF_NETWORK = ("seed_treatment", "among", "reference", "shared_arm", "seed")
EPILOG = """Examples: trialist pool --endpoint os --condition mCRPC --compare A B, or
trialist pool --csv trials.csv --subgroup dose, or trialist pool --endpoint os --network --from B. A side of
--compare is a treatment, a drug (any dose), a class of drugs, or 'control'. Exit code 0 when something was
pooled, 2 when nothing could be."""


@click.command("pool", epilog=EPILOG)
@click.option(
    "--csv", "file", type=FOLDER, help="A table with one trial per row: effects, intervals or counts."
)
@click.option(
    "--column", "columns", type=Columns(), multiple=True, help="PART=NAME: a column called otherwise."
)
@click.option(
    "--endpoint", type=NAME, help="The endpoint (of the store), or what the table's effects are of."
)
@click.option("--compare", type=NAME, nargs=2, help="The two sides: first against second.")
@click.option("--network", is_flag=True, help="All treatments at once: a network meta-analysis.")
@click.option("--from", "seed_treatment", type=NAME, help="Network: the part that holds this treatment.")
@click.option("--among", type=Names(), help="Network: these treatments only, between commas.")
@click.option("--reference", type=NAME, help="Network: what the others are shown against.")
@click.option(
    "--shared-arm",
    type=Word({word: word for word in ("auto", "events", "patients", "halves")}),
    default="auto",
    show_default=True,
    help="Network: the variance of an arm that contrasts of one trial share.",
)
@click.option("--seed", type=int, help="Network: draw a rankogram from this seed.")
@click.option("--measure", type=NAME, help="hazard_ratio, risk_ratio, odds_ratio, mean_difference, ...")
@click.option("--condition", type=NAME, help="The disease, with all that are cases of it.")
@click.option("--line", type=NAME, help="Line of treatment: first, second, later.")
@click.option("--population", type=NAME, help="In whom (itt; of adverse events any); 'any' for any.")
@click.option("--timepoint", type=NAME, help="Findings of this timepoint only.")
@click.option("--recalled", is_flag=True, help="Findings from memory or unreliable pages may answer too.")
@click.option("--medians", is_flag=True, help="Hazard ratios out of medians, as if times were exponential.")
@click.option(
    "--store", "folders", type=FOLDER, multiple=True, help="Folder of curated files beside those shipped."
)
@model_options
@click.option("--regress", type=Names(), help="Moderators between commas: year,line.")
@click.option("--subgroup", type=NAME, help="Pool by the values of this column or field.")
@click.option("--leave-one-out", is_flag=True, help="Without each trial in turn.")
@click.option("--cumulative", is_flag=True, help="The first, the first two, ... by year.")
@click.option("--influence", is_flag=True, help="What each trial does to the pool: Cook's distance and more.")
@click.option("--small-studies", is_flag=True, help="Egger, Begg, trim and fill.")
@click.option("--html", type=FOLDER, help="Write the page to this file.")
@click.option("--forest", type=FOLDER, help="Write the forest plot (SVG) to this file.")
@click.option("--funnel", type=FOLDER, help="Write the funnel plot (SVG) to this file.")
@json_option
def command(file: Path | None, as_json: bool, **words: Any) -> None:
    """Several trials as one number: meta-analysis with what the trials differ in and what was left out."""
    context = click.get_current_context()
    given = frozenset(
        word for word in context.params if context.get_parameter_source(word) is ParameterSource.COMMANDLINE
    )
    if words["network"]:
        from trialist.cli.pool_network import of_network

        of_network(words, given, as_json=as_json)
        return
    strange = [word for word in OF_NETWORK if word in given]
    if strange:
        name = {"seed_treatment": "from"}.get(strange[0], strange[0].replace("_", "-"))
        raise click.UsageError(f"--{name} needs --network")
    options = _options(words)
    if file is not None:
        pool = _of_table(file, options, words, as_json)
    elif words["endpoint"] and words["compare"]:
        pool = _of_store(options, words, as_json)
    else:
        raise click.UsageError("give --csv FILE, or --endpoint with --compare A B or --network")
    wrong = errors(pool.problems)
    if pool.result is None and wrong:
        if not as_json and pool.left_out:
            click.echo(_text(pool, ()))
        refuse(pool.problems, as_json=as_json)
    variations = _variations(pool, words)
    _write(pool, variations, words, as_json)
    problems = tuple(dict.fromkeys((*pool.problems, *(p for v in variations for p in v.problems))))
    if as_json:
        print_json(_document(pool, variations, problems))
        return
    click.echo(_text(pool, variations))
    click.echo()
    print_problems(problems, err=False)


def _options(words: Mapping[str, Any]) -> Options:
    from trialist.evidence.pooling.question import Options

    taken = ("tau2", "interval", "level", "prediction", "tables", "add", "to", "proportions")
    return Options(**{word: words[word] for word in taken})


def _of_table(file: Path, options: Options, words: Mapping[str, Any], as_json: bool) -> Pool:
    from trialist.evidence.pooling.pairwise import pool_effects
    from trialist.evidence.pooling.table import read_table

    rows = _rows(file, as_json)
    read = read_table(
        rows, str(file), measure=words["measure"], columns=dict(words["columns"]), options=options
    )
    if errors(read.problems):
        refuse(read.problems, as_json=as_json)
    endpoint = words["endpoint"] or file.stem
    sides = tuple(words["compare"]) if words["compare"] else None
    title = f"{endpoint}: {sides[0]} against {sides[1]}" if sides else endpoint
    return pool_effects(
        read.effects,
        read.measure,
        options,
        endpoint=endpoint,
        sides=sides,
        title=title,
        population="as given",
    )


def _rows(file: Path, as_json: bool) -> list[dict[str, str]]:
    """The rows of a CSV; a byte order mark and blanks around names do not matter."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip() for name in next(reader, [])]
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        wrong = Problem("E641", f"the table can't be read: {why}", "give a UTF-8 CSV file", Place(str(file)))
        refuse([wrong], as_json=as_json)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(names):
            message = f"a row has {len(row)} fields, the first line {len(names)}"
            remedy = "put text with commas between quotation marks"
            refuse([Problem("E642", message, remedy, Place(str(file), line))], as_json=as_json)
    return [dict(zip(names, (cell.strip() for cell in row), strict=True)) for row in rows]


def _of_store(options: Options, words: Mapping[str, Any], as_json: bool) -> Pool:
    from trialist.cli.evidence import opened
    from trialist.cli.pool_question import question
    from trialist.evidence.pooling.pairwise import pool

    store = opened(words["folders"], as_json=as_json)
    asked, wrong = question(store, words)
    if wrong:
        refuse(wrong, as_json=as_json)
    return pool(store, asked, options)


def _variations(pool: Pool, words: Mapping[str, Any]) -> tuple[Variation, ...]:
    from trialist.evidence.pooling import variations as v

    if not pool.findings:
        return ()
    found = []
    if words["subgroup"]:
        found.append(v.by_subgroup(pool, words["subgroup"]))
    if words["regress"]:
        found.append(v.regressed(pool, words["regress"]))
    if words["leave_one_out"]:
        found.append(v.without_each(pool))
    if words["cumulative"]:
        found.append(v.cumulative(pool))
    if words["influence"]:
        found.append(v.influences(pool))
    if words["small_studies"] or words["funnel"]:
        found.append(v.small_studies(pool))
    return tuple(found)


def _write(pool: Pool, variations: Sequence[Variation], words: Mapping[str, Any], as_json: bool) -> None:
    """The page and the pictures that were asked for."""
    from trialist.formats.atomic import write_text
    from trialist.report import pooled_page

    small = next((v for v in variations if v.kind == "small studies"), None)
    makers: dict[str, Callable[[], str]] = {
        "html": lambda: pooled_page.render_pool(pool, variations, _judged(pool)),
        "forest": lambda: pooled_page.forest(pool).wide,
        "funnel": lambda: pooled_page.funnel(pool, small).wide,
    }
    for word, make in makers.items():
        if words[word] is not None:
            wrong = write_text(words[word], make())
            if wrong:
                refuse(wrong, as_json=as_json)


def _judged(pool: Pool) -> Sequence[Any]:
    from trialist.evidence.certainty import certainty

    return certainty(pool)


def _text(pool: Pool, variations: Sequence[Variation]) -> str:
    from trialist.report.pooled_text import pooled_text

    width = max(40, min(shutil.get_terminal_size((110, 24)).columns, 150))
    return pooled_text(pool, variations, _judged(pool) if pool.result else (), width=width)


def _document(pool: Pool, variations: Sequence[Variation], problems: Sequence[Problem]) -> dict[str, Any]:
    from dataclasses import asdict

    weights = None if pool.result is None else pool.result.weight
    return {
        "title": pool.title,
        "findings": [finding.as_json() for finding in pool.findings],
        "trials": [
            {
                "trial": e.trial,
                "effect": e.y if e.v < float("inf") else None,
                "variance": e.v if e.v < float("inf") else None,
                "how": e.how,
                "reversed": e.flipped,
                "findings": [f.id for f in e.findings],
                "weight": None if weights is None else float(weights[i]),
            }
            for i, e in enumerate(pool.effects)
        ],
        "left_out": [{"finding": each.finding.as_json(), "why": each.why} for each in pool.left_out],
        "variations": [
            {"kind": v.kind, "by": v.by, "findings": [finding.as_json() for finding in v.findings]}
            for v in variations
        ],
        "certainty": [asdict(each) for each in _judged(pool)],
        "problems": [problem.as_json() for problem in problems],
    }
