"""`trialist import`: records from files of any of the known formats, or from a spreadsheet through a map."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import expect_room, print_json, print_problems, put, refuse
from trialist.cli.trial import copy_plan, expect_same, open_trial
from trialist.problems import Place, Problem, errors
from trialist.records.domains import DOMAINS
from trialist.records.model import RecordsKind


@click.command("import")
@click.argument("sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--trial", type=NAME, required=True, help="The trial they belong to: its protocol is copied beside them."
)
@click.option(
    "--origin",
    type=click.Choice(["observed", "reconstructed", "simulated"]),
    help="What they are. [default: as the protocol says, else observed]",
)
@click.option("--note", help="What a reader must know of them.")
@click.option("--out", type=FOLDER, required=True, help="Folder for protocol and records.")
@json_option
def command(
    sources: tuple[Path, ...],
    trial: str,
    origin: RecordsKind | None,
    note: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Import records: one FILE per domain, named by it (dm.xpt, lb.csv, rs.parquet ...), or a map.yaml.

    A FILE may be written DOMAIN=path. CSV, SAS transport (XPT), Parquet and Dataset-JSON are read; any other
    table comes in through a map.yaml that says which of its columns is what. Checks everything and writes
    the records and the protocol to --out, which can then be given as TRIAL to every other command.
    """
    from trialist.engines.duckdb import connect
    from trialist.formats.folder import files_of_records, read_records, stated_beside, write_records
    from trialist.records.check import check_records

    opened = open_trial(trial, as_json=as_json)
    expect_room(out, as_json=as_json)
    files, maps, unknown = _by_domain(sources)
    if unknown:
        refuse(unknown, as_json=as_json)
    plan = opened.protocol.plan.records
    about, manifest = stated_beside((*files.values(), *maps))
    if origin is not None and about and origin != about["origin"]:
        refuse([_contradicted(origin, about["origin"], manifest)], as_json=as_json)
    chosen: RecordsKind = origin or about.get("origin") or (plan.origin if plan else "observed")
    expect_same(out, opened, chosen, as_json=as_json)
    records, problems = read_records(
        files,
        maps=maps,
        origin=chosen,
        source=about.get("source") or (plan.source if plan else None),
        seed=about.get("seed"),
        note=note or about.get("note") or (plan.note if plan else None),
        partial_dates=plan.partial_dates if plan else "leave",
        connection=connect(),
    )
    if records is None or errors(problems):
        refuse(problems, as_json=as_json)
    checked = check_records(records, opened.protocol)
    if errors(checked):
        refuse((*problems, *checked), as_json=as_json)

    def fill(folder: Path) -> tuple[Problem, ...]:
        copy_plan(opened, folder)
        return write_records(records, folder / "records", "parquet")

    put(out, fill, as_json=as_json, replaces=files_of_records())
    found = (*problems, *checked)
    if as_json:
        print_json(
            {
                "out": str(out),
                "domains": sorted(records.tables),
                "origin": records.origin,
                "fingerprint": records.fingerprint,
                "problems": [p.as_json() for p in found],
            }
        )
        return
    print_problems(found)
    click.echo(f"{', '.join(sorted(records.tables))} in {out}; next: trialist run {shlex.quote(str(out))}")


def _by_domain(sources: tuple[Path, ...]) -> tuple[dict[str, Path], list[Path], tuple[Problem, ...]]:
    """Files by the domain that they hold, map files, and the problems of those that name none."""
    files: dict[str, Path] = {}
    maps: list[Path] = []
    problems: list[Problem] = []
    for source in sources:
        named, _, path = str(source).partition("=")
        domain, file = (named.lower(), Path(path)) if path else (source.name.lower().split(".")[0], source)
        if file.suffix.lower() in {".yaml", ".yml"}:
            maps.append(file)
        elif domain not in DOMAINS:
            problems.append(
                Problem(
                    "E073",
                    f"the name of {file.name} says no domain",
                    f"write DOMAIN={file}, with a domain of {', '.join(DOMAINS)}, or use a map.yaml",
                    Place(str(file)),
                )
            )
        elif domain in files:
            problems.append(
                Problem(
                    "E074",
                    f"domain {domain} is given twice: {files[domain]} and {file}",
                    "give one file per domain; put parts of a domain together first",
                    Place(str(file)),
                )
            )
        else:
            files[domain] = file
    return files, maps, tuple(problems)


def _contradicted(asked: str, stated: str, manifest: Path | None) -> Problem:
    return Problem(
        "E089",
        f"--origin says {asked}, but the records.json beside these files says {stated}",
        "leave --origin out; if that file is wrong, correct it first",
        Place(str(manifest)),
    )
