"""ADaM data sets as files: Parquet always, a second format on request, define.xml and define.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trialist.formats import SUFFIXES, write_table
from trialist.formats.adam import adam_tables, labelled
from trialist.formats.adam.define import described
from trialist.formats.adam.define_xml import define_xml
from trialist.formats.dataset_json import write_dataset_json
from trialist.problems import Problem
from trialist.software import software

if TYPE_CHECKING:
    from trialist.formats.adam.define import Described
    from trialist.study import Result

AdamFormat = Literal["parquet", "xpt", "dataset-json"]


def write_adam(
    result: Result, folder: Path, *, created: str, format: AdamFormat = "parquet"
) -> tuple[Problem, ...]:
    """Write the ADaM data sets of a study, and what describes them, under `folder`/adam.

    Parameters
        created  date and time of creation, ISO 8601, as the description states it
        format   a second format beside Parquet; the description then points to those files
    Problems  E072 the format can't hold a data set
    """
    home = folder / "adam"
    home.mkdir(parents=True, exist_ok=True)
    tables = {name: labelled(table) for name, table in adam_tables(result).items()}
    made = described(result, tables, SUFFIXES[format])
    problems: list[Problem] = []
    for data_set in made["data_sets"]:
        name = data_set["name"].lower()
        problems += write_table(tables[name], home / f"{name}.parquet")
        if format == "xpt":
            problems += write_table(tables[name], home / f"{name}.xpt")
        elif format == "dataset-json":
            file = home / f"{name}.json"
            problems += write_dataset_json(tables[name], file, created=created, columns=_columns(data_set))
    (home / "define.xml").write_bytes(define_xml(made, created=created, software=software()))
    text = json.dumps({"created": created, "software": software(), **made}, indent=1, ensure_ascii=False)
    (home / "define.json").write_text(text + "\n", encoding="utf-8")
    return tuple(problems)


def _columns(data_set: Described) -> dict[str, dict[str, Any]]:
    """What Dataset-JSON says of the columns beside their types; numeric dates are integers in the target."""
    found: dict[str, dict[str, Any]] = {}
    for variable in data_set["variables"]:
        dated = "format" in variable
        more = {
            "targetDataType": "integer" if dated else None,
            "length": None if dated or variable["type"] != "text" else variable["length"],
            "displayFormat": variable.get("format"),
            "keySequence": data_set["keys"].index(variable["name"]) + 1
            if variable["name"] in data_set["keys"]
            else None,
        }
        found[variable["name"]] = {key: value for key, value in more.items() if value is not None}
    return found
