"""A curated file that is being made: words of `about`, sources and findings as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trialist.evidence.vocabulary import vocabulary
from trialist.problems import Place, Problem

_BETWEEN = re.compile(r"[^\w%/+-]+")


@dataclass
class Draft:
    """One trial. `about` is None where the trial is in the store already and nothing is known beside it.

    lines   the line of the file that a finding is from, by its id, where the file has lines
    """

    trial: str
    about: dict[str, Any] | None
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    made_from: str = ""
    lines: dict[str, int] = field(default_factory=dict)


def read_drafts(path: Path) -> tuple[list[Draft], tuple[Problem, ...]]:
    """What a file holds: findings.json of a run, a registry record (ClinicalTrials.gov), or the table.

    Problems: E624 a file that is none of these or can't be read, E625 a row of a table that is no finding,
    N612 what was left out, N613 a ratio whose direction the registry does not code, N614 an endpoint that
    the vocabulary does not know.
    """
    from trialist.formats.evidence.findings_json import own_findings
    from trialist.formats.evidence.registry import registry_record
    from trialist.formats.evidence.table import table_rows

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        return [], (_refused(path, getattr(error, "strerror", None) or "it is not UTF-8 text"),)
    if path.suffix.lower() == ".csv":
        return table_rows(text, path)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return [], (_refused(path, "it is neither JSON nor a .csv table"),)
    if isinstance(data, dict) and isinstance(data.get("protocolSection"), dict):
        return registry_record(data, path)
    if isinstance(data, dict) and isinstance(data.get("findings"), list):
        return own_findings(data, path)
    return [], (_refused(path, "it holds neither 'findings' nor a registry's 'protocolSection'"),)


def slug(text: str) -> str:
    """An id out of a title: `Cabozantinib 60 mg` -> `cabozantinib_60_mg`."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "unnamed"


def known_endpoint(title: str) -> str | None:
    """The endpoint that a title names: the whole title, else the longest phrase of the vocabulary in it."""
    words = vocabulary()
    whole = words.find("endpoint", title)
    if whole is not None:
        return whole.id
    said = f" {words.folded(_BETWEEN.sub(' ', title))} "
    inside = [phrase for phrase in words.phrases("endpoint") if len(phrase) > 3 and f" {phrase} " in said]
    return words.phrases("endpoint")[max(inside, key=len)].id if inside else None


def left_out(path: Path, why: Mapping[str, int]) -> list[Problem]:
    """One note a reason, with how many."""
    return [
        Problem(
            "N612",
            f"{count} left out: {reason}",
            "add them by hand where they are wanted",
            Place(str(path)),
        )
        for reason, count in why.items()
    ]


def _refused(path: Path, why: str) -> Problem:
    return Problem(
        "E624",
        f"the file can't be imported: {why}",
        "give findings.json, a registry record as JSON, or a table (trialist evidence template)",
        Place(str(path)),
    )
