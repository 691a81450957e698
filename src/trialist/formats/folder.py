"""Records as files: read from the files that a protocol names, written as a folder, read back from it.

A written folder holds one file per domain with CDISC names, and `records.json`, which says what the
records are. Their origin lives there: a simulated folder stays simulated wherever it is copied.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from trialist.formats import SUFFIXES, Format, read_table, write_table
from trialist.formats.csv import not_encoded
from trialist.formats.labels import with_labels
from trialist.formats.source import file_bytes, look
from trialist.formats.staged import write_results
from trialist.problems import Place, Problem, errors
from trialist.records.domains import DOMAINS
from trialist.records.imported import import_domain
from trialist.records.map_file import parse_map
from trialist.records.mapped import mapped_tables
from trialist.records.model import Records, RecordsKind
from trialist.records.registered import records_from_tables
from trialist.records.shape import conform, in_key_order

if TYPE_CHECKING:
    import pyarrow as pa

    from trialist.dates import Fill

ABOUT = "records.json"
_KEYS = ("origin", "source", "seed", "note", "fingerprint", "partial_dates", "domains")


def read_records(
    files: Mapping[str, Path | str],
    *,
    origin: RecordsKind,
    connection: Any,
    source: str | None = None,
    seed: int | None = None,
    note: str | None = None,
    partial_dates: Fill = "leave",
    folder: Path | str | None = None,
    maps: Sequence[Path | str] = (),
) -> tuple[Records | None, tuple[Problem, ...]]:
    """Read, check and type the files of a trial.

    Parameters
        files          domain -> file (any format of `formats.read_table`)
        origin         what the records are: observed, reconstructed, simulated
        connection     an Ibis connection that will hold the tables
        partial_dates  `records: partial_dates` of the protocol
        folder         that relative names are relative to (the protocol's)
        maps           `map.yaml` files (`records.map_file`) that bring in further domains
    Returns   records and notes, or None and every problem of every file
    Problems  those of `read_table`, `import_domain`, `parse_map` and `mapped_tables`; E335 no DM (or XT), so
              nobody to count; E336 a domain from two places
    """
    found: dict[str, tuple[pa.Table | None, str]] = {}
    problems: list[Problem] = []
    for domain, name in files.items():
        path = Path(folder or "", name)
        table, said = read_table(path)
        problems.extend(said)
        problems.extend(_add(found, domain.lower(), table, path))
    for name in maps:
        path = Path(folder or "", name)
        made, said = read_map(path)
        problems.extend(said)
        for domain, table in made.items():
            problems.extend(_add(found, domain, table, path))
    tables: dict[str, pa.Table] = {}
    for domain, (table, file) in found.items():
        if table is not None:
            typed, said = import_domain(domain, table, Place(file), partial_dates=partial_dates)
            problems.extend(said)
            if typed is not None:
                tables[domain] = typed
    if not errors(problems) and not found.keys() & {"dm", "xt"}:
        problems.append(_nobody(found, folder))
    if errors(problems):
        return None, tuple(problems)
    named = {domain: file for domain, (_, file) in found.items()}
    records = records_from_tables(
        tables, origin=origin, connection=connection, source=source, seed=seed, note=note, files=named
    )
    return records, tuple(problems)


def read_map(path: Path) -> tuple[dict[str, pa.Table], tuple[Problem, ...]]:
    """The domains that a `map.yaml` makes of its files, with CDISC names; none when a problem is an error."""
    content, said = file_bytes(path) if path.is_file() else (None, look(path)[1])
    if content is None:
        return {}, said
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return {}, (not_encoded(path, content[: error.start], "UTF-8"),)
    mapping, problems = parse_map(text, str(path))
    if mapping is None:
        return {}, problems
    tables, said = mapped_tables(mapping, read_table)
    return tables or {}, (*problems, *said)


def _add(
    found: dict[str, tuple[pa.Table | None, str]], domain: str, table: pa.Table | None, path: Path
) -> tuple[Problem, ...]:
    if domain in found:
        return (
            Problem(
                "E336",
                f"domain {domain} comes from two places: {Path(found[domain][1]).name} and {path.name}",
                "name one of them; parts of a domain are joined by listing both files in one map.yaml",
                Place(str(path)),
            ),
        )
    found[domain] = (table, str(path))
    return ()


def stated_beside(files: Iterable[Path]) -> tuple[Mapping[str, Any], Path | None]:
    """What a `records.json` beside any of the files says of them, and where; nothing where there is none."""
    for folder in dict.fromkeys(path.parent for path in files):
        about, _ = _about(folder / ABOUT, None)
        if about is not None:
            return about, folder / ABOUT
    return {}, None


def files_of_records(folder: str = "records") -> tuple[str, ...]:
    """Every file that `write_records` may have put into a folder of that name, whatever the format."""
    names = (f"{domain}{suffix}" for domain in DOMAINS for suffix in SUFFIXES.values())
    return tuple(str(Path(folder, name)) for name in names)


def write_records(records: Records, folder: Path | str, format: Format = "parquet") -> tuple[Problem, ...]:
    """Write every domain under its CDISC names, and `records.json`; all of it or nothing.

    Rows are in the order of the domain's key; optional columns without any value are left out. Files of
    domains that were there before go, files of other names stay. The same records give the same bytes.
    Problems  E071 the place can't be written, E072 the format can't hold a table
    """
    return write_results(
        Path(folder), lambda stage: _fill(records, stage, format), replaces=files_of_records("")
    )


def read_folder(
    folder: Path | str,
    connection: Any,
    *,
    origin: RecordsKind | None = None,
    partial_dates: Fill | None = None,
) -> tuple[Records | None, tuple[Problem, ...]]:
    """Read a folder of records: what `write_records` wrote, or files named by their domain (`dm.xpt`).

    Parameters
        origin         what the records are, for a folder without `records.json`; with it, that file decides
        partial_dates  as in `read_records`; when omitted, what `records.json` says was done, else leave
    Problems  E030 no such folder, E032 a file where the folder should be, E085 nothing says what the records
              are, or `records.json` can't be understood, W086 the content is no longer the one that was
              written, and those of `read_records`
    """
    folder = Path(folder)
    none = _no_folder(folder)
    if none is not None:
        return None, (none,)
    place = Place(str(folder / ABOUT))
    about, problems = _about(folder / ABOUT, origin)
    if about is None:
        return None, problems
    files = about.get("domains") or _files_by_domain(folder)
    records, said = read_records(
        files,
        origin=about["origin"],
        connection=connection,
        source=about.get("source"),
        seed=about.get("seed"),
        note=about.get("note"),
        partial_dates=partial_dates or about.get("partial_dates") or "leave",
        folder=folder,
    )
    if records is not None and about.get("fingerprint") not in (None, records.fingerprint):
        changed = Problem(
            "W086",
            f"the records in {folder.name} are not those that {ABOUT} was written for",
            "if the change was meant, write the records again so that the file states it",
            place,
        )
        said = (changed, *said)
    elif records is not None and about.get("fingerprint"):
        said = tuple(p for p in said if p.code != "W040")  # a domain that was written empty is as it was
    return records, said


def _about(path: Path, origin: RecordsKind | None) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """What `records.json` says, or what the caller says where there is none."""
    place = Place(str(path))
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if origin is not None:
            return {"origin": origin}, ()
        problem = Problem(
            "E085",
            f"nothing says if the records in {path.parent.name} are observed, reconstructed or simulated",
            f'write {ABOUT} beside them with {{"origin": "observed"}}, or name the files in the protocol',
            place,
        )
        return None, (problem,)
    except (OSError, ValueError, RecursionError):
        return None, (_not_understood(place, "it is not JSON that can be read"),)
    if not _encodable(read):
        return None, (_not_understood(place, "a text in it holds half a character (a lone surrogate)"),)
    kinds = get_args(RecordsKind)
    if not isinstance(read, dict) or read.get("origin") not in kinds:
        return None, (_not_understood(place, f"'origin' is none of {', '.join(kinds)}"),)
    domains = read.get("domains", {})
    good = isinstance(domains, dict) and all(isinstance(v, str) and _inside(v) for v in domains.values())
    if not good or domains == {} == read.get("domains"):
        return None, (_not_understood(place, "'domains' must name one file of the folder per domain"),)
    if read.get("partial_dates") not in (None, "leave", "first", "last"):
        return None, (_not_understood(place, "'partial_dates' is leave, first or last"),)
    texts = all(read.get(k) is None or isinstance(read[k], str) for k in ("source", "note", "fingerprint"))
    seed = read.get("seed")
    if not texts or not (seed is None or (isinstance(seed, int) and not isinstance(seed, bool))):
        return None, (_not_understood(place, "source, note and fingerprint are texts, seed is a number"),)
    if seed is not None and read["origin"] != "simulated":
        return None, (_not_understood(place, f"{read['origin']} records have no seed"),)
    return {key: read.get(key) for key in _KEYS}, ()


def _inside(name: str) -> bool:
    return bool(name) and "\0" not in name and Path(name).name == name


def _encodable(read: object) -> bool:
    """Every text can be written: JSON's escapes can spell half of a character, UTF-8 can't."""
    try:
        json.dumps(read, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _files_by_domain(folder: Path) -> dict[str, str]:
    """Files named by a domain: `dm.csv`, `LB.xpt`; where there are two of one domain, none is preferred."""
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        stem, _, suffix = path.name.partition(".")
        if stem.lower() in DOMAINS and f".{suffix.lower()}" in (*SUFFIXES.values(), ".csv.gz", ".ndjson"):
            found.setdefault(stem.lower(), path.name)
    return found


def _fill(records: Records, stage: Path, format: Format) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    files = {}
    rule: Fill = "leave"
    for domain in sorted(records.tables):
        plain = records.tables[domain].to_pyarrow()
        rule = _rule_of_partial_dates(plain) or rule
        table = as_cdisc(domain, plain)
        files[domain] = domain + SUFFIXES[format]
        problems.extend(write_table(table, stage / files[domain], name=domain.upper()))
    about = {
        "origin": records.origin,
        "source": records.source,
        "seed": records.seed,
        "note": records.note,
        "fingerprint": records.fingerprint,
        "partial_dates": rule,
        "domains": files,
    }
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    (stage / ABOUT).write_text(text, encoding="utf-8")
    return tuple(problems)


def _rule_of_partial_dates(table: pa.Table) -> Fill | None:
    """How partial dates were filled: a date that stands beside a text without day shows it."""
    import pyarrow.compute as pc

    for text in (n for n in table.column_names if n.endswith("_text")):
        filled = pc.and_(pc.equal(pc.utf8_length(table[text]), len("YYYY-MM")), pc.is_valid(table[text[:-5]]))
        days = table[text[:-5]].filter(filled.fill_null(False))
        if len(days):
            return "first" if days[0].as_py().day == 1 else "last"
    return None


def as_cdisc(domain: str, table: pa.Table) -> pa.Table:
    """A domain table as the data set it is on disk: CDISC names, labels, dates as captured."""
    import pyarrow as pa

    table = in_key_order(domain, conform(domain, table))
    made: dict[str, Any] = {}
    labels: dict[str, str | None] = {}
    for column in DOMAINS[domain].columns:
        values = table[f"{column.name}_text" if column.kind == "date" else column.name]
        if column.required or values.null_count < len(values):
            made[column.cdisc] = values
            labels[column.cdisc] = column.label
        if column.cdisc == "STUDYID":
            made["DOMAIN"] = pa.array([domain.upper()] * table.num_rows, pa.string())
            labels["DOMAIN"] = "Domain abbreviation"
    return with_labels(pa.table(made), domain.upper(), DOMAINS[domain].label, labels)


def _nobody(found: Iterable[str], folder: Path | str | None) -> Problem:
    return Problem(
        "E335",
        "there is no DM (demographics), so nothing says who is in the trial"
        if list(found)
        else "there are no record files",
        "name the DM file among the records; reconstructed times (XT) do without it",
        Place(str(folder)) if folder is not None else None,
    )


def _no_folder(folder: Path) -> Problem | None:
    """Why there is no folder of that name; None where there is one."""
    place = Place(str(folder))
    remedy = "give a folder of records: one file per domain, with records.json beside them"
    try:
        if folder.is_dir():
            return None
        there = folder.exists()
    except OSError as error:
        why = error.strerror or "the system refused it"
        return Problem("E085", f"the folder of records can't be looked into: {why}", remedy, place)
    if there:
        return Problem("E032", f"{folder.name[:100]} is a file, not a folder of records", remedy, place)
    return Problem("E030", f"there is no folder {folder.name[:100]}", remedy, place)


def _not_understood(place: Place, why: str) -> Problem:
    return Problem("E085", f"{ABOUT} can't be understood: {why}", "write the records again", place)
