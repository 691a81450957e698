"""`trialist pool`: several trials as one number, of the store or of a caller's table."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from trialist.cli.options import json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.cli.pool_options import (
    model_options,
    network_options,
    output_options,
    patients_options,
    source_options,
    store_options,
    variation_options,
)
from trialist.cli.pool_table import rows_of
from trialist.problems import Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.pooling.pairwise import Pool
    from trialist.evidence.pooling.question import Options
    from trialist.evidence.pooling.variations import Variation

OF_STORE = ("condition", "line", "population", "timepoint", "recalled", "medians", "folders")
OF_NETWORK = ("seed_treatment", "among", "reference", "shared_arm", "seed")
OF_PATIENTS = ("tau", "reconstructed")
OF_COUNTS = ("tables", "add", "to", "proportions")
NAMED = {"seed_treatment": "from", "folders": "store", "columns": "column", "proportions": "scale"}
RMST = ("rmst", "restricted_mean_difference")
EPILOG = """Examples: trialist pool --endpoint os --condition mCRPC --compare A B, or
trialist pool --csv trials.csv --subgroup dose, or trialist pool --patients curves.csv --compare A B --tau 24,
or trialist pool --endpoint os --network --from B. A side of --compare is a treatment, a drug (any dose), a
class of drugs, or 'control'. Exit code 0 when something was pooled, 2 when nothing could be."""


@click.command("pool", epilog=EPILOG)
@source_options
@patients_options
@network_options
@store_options
@model_options
@variation_options
@output_options
@json_option
def command(file: Path | None, as_json: bool, **words: Any) -> None:
    """Several trials as one number: meta-analysis with what the trials differ in and what was left out."""
    given = _given()
    if words["network"]:
        from trialist.cli.pool_network import of_network

        of_network(words, given, as_json=as_json)
        return
    _expect(file, words, given)
    options = _options(words)
    if words["patients"] is not None:
        pool = _of_patients(options, words, as_json)
    elif file is not None:
        pool = _of_table(file, options, words, as_json)
    else:
        pool = _of_store(options, words, as_json)
    _answer(pool, words, as_json)


def _given() -> frozenset[str]:
    """The words that the caller wrote himself."""
    context = click.get_current_context()
    written = ParameterSource.COMMANDLINE
    return frozenset(word for word in context.params if context.get_parameter_source(word) is written)


def _expect(file: Path | None, words: Mapping[str, Any], given: frozenset[str]) -> None:
    """Refuse words that act on nothing beside the others."""
    patients = words["patients"] is not None
    if file is not None and patients:
        raise click.UsageError("--csv has one trial per row and --patients one patient; give one of them")
    if not patients and file is None and not (words["endpoint"] and words["compare"]):
        raise click.UsageError(
            "give --csv FILE, --patients FILE with --compare, or --endpoint with --compare A B or --network"
        )
    if patients and not words["compare"]:
        raise click.UsageError(
            "--patients needs --compare A B: the two sides as the column of arms names them"
        )
    if patients and words["measure"] not in (None, *RMST):
        raise click.UsageError("--patients gives differences in restricted mean time: --measure rmst")
    own = file is not None or patients
    idle = {
        "--network": OF_NETWORK,
        "--patients": () if patients else OF_PATIENTS,
        "a question of the store, no table": OF_STORE if own else (),
        "--csv": () if own else ("columns",),
        "a table of counts": OF_COUNTS if patients else (),
    }
    for needed, unfit in idle.items():
        strange = [word for word in unfit if word in given]
        if strange:
            raise click.UsageError(f"--{NAMED.get(strange[0], strange[0].replace('_', '-'))} needs {needed}")


def _answer(pool: Pool, words: Mapping[str, Any], as_json: bool) -> None:
    """Print, write, or refuse what was pooled."""
    wrong = errors(pool.problems)
    if pool.result is None and wrong:
        if not as_json and pool.left_out:
            click.echo(_text(pool, ()))
        refuse(pool.problems, as_json=as_json)
    variations = _variations(pool, words)
    absent = [p for v in variations for p in v.problems if p.code == "E647"]
    if absent:
        refuse(absent, as_json=as_json)
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

    rows = rows_of(file, as_json=as_json)
    read = read_table(
        list(rows.values()),
        str(file),
        measure=RMST[1] if words["measure"] in RMST else words["measure"],
        columns=dict(words["columns"]),
        options=options,
        lines=tuple(rows),
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


def _of_patients(options: Options, words: Mapping[str, Any], as_json: bool) -> Pool:
    from trialist.formats.any_table import open_table
    from trialist.individual.restricted_means import pool_restricted_means, times_of_trials

    opened, problems = open_table(str(words["patients"]))
    if opened is None:
        refuse(problems, as_json=as_json)
    try:
        trials, told = times_of_trials(opened.data, words["compare"], dict(words["columns"]), opened.place)
    finally:
        opened.close()
    if errors(told):
        refuse(told, as_json=as_json)
    made = pool_restricted_means(
        trials,
        words["compare"],
        options,
        tau=words["tau"],
        endpoint=words["endpoint"] or "time",
        kind="reconstructed" if words["reconstructed"] else "observed",
    )
    return replace(made, problems=(*told, *made.problems))


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
    from trialist.evidence.pooling.small_studies import small_studies

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
        found.append(small_studies(pool))
    return tuple(found)


def _write(pool: Pool, variations: Sequence[Variation], words: Mapping[str, Any], as_json: bool) -> None:
    """The page and the pictures that were asked for."""
    from trialist.formats.atomic import unwritable, write_text
    from trialist.report import pooled_page

    small = next((v for v in variations if v.kind == "small studies"), None)
    makers: dict[str, Callable[[], str]] = {
        "html": lambda: pooled_page.render_pool(pool, variations, _judged(pool)),
        "forest": lambda: pooled_page.forest(pool).wide,
        "funnel": lambda: pooled_page.funnel(pool, small).wide,
    }
    made = {words[word]: make() for word, make in makers.items() if words[word] is not None}
    for path in made:
        wrong = unwritable(path)
        if wrong:
            refuse(wrong, as_json=as_json)
    for path, text in made.items():
        wrong = write_text(path, text)
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
