"""A table of published results, one a row, as `trialist evidence template` lays it out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from trialist.evidence.names import adverse_event_name
from trialist.evidence.vocabulary import Term, vocabulary
from trialist.findings.measures import MEASURES
from trialist.formats.evidence.draft import Draft, slug
from trialist.problems import Place, Problem

EXAMPLE = "example"
ABOUT = ("title", "condition", "line", "registered")
COLUMNS = (
    *("trial", *ABOUT, "id", "source", "citation", "doi", "endpoint", "grade", "graded_by"),
    *("measure", "estimate", "unit", "low", "high", "level", "p_value", "p_bound", "n", "events"),
    *("arm", "treatment", "against", "against_treatment", "population", "subgroup", "timepoint"),
    *("reliability", "place", "reported", "note"),
)
_EXAMPLE = {
    "trial": "MYTRIAL",
    "title": "A trial of one drug against placebo",
    "condition": "mcrpc",
    "line": "second",
    "id": EXAMPLE,
    "source": "PAPER2024",
    "citation": "Author A, et al. Title. Journal 2024;1:1-9",
    "endpoint": "os",
    "measure": "hazard_ratio",
    "estimate": "0.70",
    "low": "0.59",
    "high": "0.83",
    "level": "0.95",
    "p_value": "0.001",
    "p_bound": "<",
    "n": "755",
    "events": "513",
    "arm": "drug",
    "against": "placebo",
    "against_treatment": "placebo",
    "population": "itt",
    "reliability": "read",
    "place": "abstract",
}
_NUMBERS = ("estimate", "low", "high", "level", "p_value")
_COUNTS = ("n", "events")


def template() -> str:
    """The header and one row as an example, which an import leaves out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerow(_EXAMPLE)
    return out.getvalue()


def table_rows(text: str, path: Path) -> tuple[list[Draft], tuple[Problem, ...]]:
    """One draft a trial. A row with an error is left out and told with its line (E625)."""
    reader = csv.DictReader(io.StringIO(text))
    problems: list[Problem] = []
    try:
        return _read(reader, problems, path), tuple(problems)
    except csv.Error as error:
        remedy = "take the header of trialist evidence template"
        told = Problem("E625", f"the table can't be read: {error}", remedy, Place(str(path), reader.line_num))
        return [], (*problems, told)


def _read(reader: csv.DictReader[str], problems: list[Problem], path: Path) -> list[Draft]:
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    missing = [
        name for name in ("trial", "endpoint", "measure", "estimate") if name not in (reader.fieldnames or ())
    ]
    if unknown or missing:
        told = [f"unknown columns: {', '.join(map(str, unknown))}"] if unknown else []
        told += [f"missing columns: {', '.join(missing)}"] if missing else []
        remedy = "take the header of trialist evidence template"
        problems.append(Problem("E625", f"the table has {'; '.join(told)}", remedy, Place(str(path), 1)))
        return []
    drafts: dict[str, Draft] = {}
    for row in reader:
        line = reader.line_num
        cells = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        if cells.get("id") == EXAMPLE or not any(cells.values()):
            continue
        item, why = _item(cells, line)
        if item is None:
            remedy = "correct the row, or leave the cell empty where nothing was seen"
            problems.append(Problem("E625", f"the row is no finding: {why}", remedy, Place(str(path), line)))
            continue
        draft = drafts.setdefault(cells["trial"], Draft(cells["trial"], None, {}, [], path.name))
        _describe(draft, cells)
        draft.findings.append(item)
        draft.lines[item["id"]] = line
    return list(drafts.values())


def _item(cells: dict[str, str], line: int) -> tuple[dict[str, Any] | None, str]:
    numbers: dict[str, float | int | None] = {}
    for word in (*_NUMBERS, *_COUNTS):
        text = cells.get(word, "")
        try:
            numbers[word] = None if not text else int(text) if word in _COUNTS else float(text)
        except ValueError:
            return None, f"{word} is '{text}', not a {'count' if word in _COUNTS else 'number'}"
    measure = vocabulary().find("measure", cells["measure"])
    name = measure.id if measure else cells["measure"]
    if not cells["trial"] or not cells["endpoint"]:
        return None, "it names no trial or no endpoint"
    if name not in MEASURES:
        return None, f"'{cells['measure']}' is no known measure"
    if numbers["estimate"] is None and not cells.get("note"):
        return None, "it has no estimate, and no note that says why"
    level = 0.95 if numbers["level"] is None else numbers["level"]
    arms = [slug(cells[word]) for word in ("arm", "against") if cells.get(word)]
    if len(set(arms)) < len(arms):
        return None, f"'{cells['arm']}' and '{cells['against']}' are one arm"
    ends = numbers["low"] is not None or numbers["high"] is not None
    definition = _definition(cells)
    if not definition and vocabulary().find("endpoint", cells["endpoint"]) is None and _toxicity(cells):
        return None, f"'{cells['endpoint']}' is an adverse event, and it has no grade (any, 3+, 3-4, ...)"
    known = {
        "id": cells.get("id") or f"{slug(cells['trial']).upper()}-{line - 1:04d}",
        "endpoint": (adverse_event_name(definition) if definition else None) or cells["endpoint"],
        "measure": name,
        "estimate": numbers["estimate"],
        **{word: cells.get(word, "") for word in ("unit", "population", "subgroup", "timepoint")},
        "groups": arms,
        "interval": {"low": numbers["low"], "high": numbers["high"], "level": level} if ends else None,
        "p_value": None
        if numbers["p_value"] is None
        else {"value": numbers["p_value"], "bound": cells.get("p_bound") or "="},
        "n": numbers["n"],
        "events": numbers["events"],
        "definition": definition,
        "origin": {
            "source": cells.get("source") or "TABLE",
            **({"place": cells["place"]} if cells.get("place") else {}),
            "reliability": cells.get("reliability") or "read",
        },
        "reported": cells.get("reported", ""),
        "note": cells.get("note", ""),
    }
    return {w: v for w, v in known.items() if w == "estimate" or v not in (None, "", [], {})}, ""


def _definition(cells: dict[str, str]) -> dict[str, str]:
    toxicity = _toxicity(cells)
    if toxicity is None or not cells.get("grade"):
        return {}
    return {
        "term": toxicity.id,
        "grade": cells["grade"].removeprefix("grade").strip(),
        "graded_by": cells.get("graded_by") or "not stated",
    }


def _toxicity(cells: dict[str, str]) -> Term | None:
    return vocabulary().find("toxicity", cells["endpoint"].removeprefix("ae:"))


def _describe(draft: Draft, cells: dict[str, str]) -> None:
    """What the row says of its trial, its source and its arms; the first that says it counts."""
    source = {"citation": cells.get("citation") or cells.get("source") or f"table {draft.made_from}"}
    draft.sources.setdefault(
        cells.get("source") or "TABLE", source | ({"doi": cells["doi"]} if cells.get("doi") else {})
    )
    about = draft.about = draft.about or {"title": draft.trial, "condition": "not stated", "arms": {}}
    for word in ABOUT:
        if cells.get(word) and about.get(word) in (None, draft.trial, "not stated"):
            term = vocabulary().find(word, cells[word])
            about[word] = [cells[word]] if word == "registered" else term.id if term else cells[word]
    for word, treatment in (("arm", "treatment"), ("against", "against_treatment")):
        if cells.get(word):
            arm = about["arms"].setdefault(slug(cells[word]), {"label": cells[word], "role": "cohort"})
            found = vocabulary().find("treatment", cells.get(treatment) or cells[word])
            if found is not None:
                arm.setdefault("treatment", found.id)
    about["arms"] = about.pop("arms")
