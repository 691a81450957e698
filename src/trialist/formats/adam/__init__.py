"""Results of a study as ADaM data sets: one row per subject (ADSL), or per subject and parameter.

| data set | holds | structure |
| --- | --- | --- |
| ADSL | subjects: treatment, dates, stratification factors, population flags | subject level |
| ADTTE | times to an event | BDS for time-to-event analyses |
| ADRS | responses: by category, or yes and no | BDS |
| ADAE | adverse events, where an endpoint lists them | occurrence data |
| ADTR | diameters of target lesions and their sum, by visit | BDS |
| ADAESUM | subjects with at least one such adverse event, yes or no | BDS |
| ADCHG | changes of a measurement from baseline | BDS |
| ADEX | exposure to a treatment, by dose and over the course | BDS |
| ADLB | laboratory values that an endpoint grades | BDS, one row per value |

CDISC fixes no name but ADSL: ADTTE and ADRS are those of the oncology literature, ADAESUM is the common
one of a summary by subject of what ADAE lists by event. Linked pairs of measurements have no ADaM shape.

Each table says in its metadata, under `trialist`, which endpoint, estimand and analyses a PARAMCD answers;
ADSL says which population a flag is and which columns of the protocol's conditions it holds.

Source  ADaMIG 1.3; ADaM Basic Data Structure for Time-to-Event Analyses 1.0
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trialist.formats.adam import exposure, responses, times, tumours
from trialist.formats.adam.adverse_events import adae
from trialist.formats.adam.laboratory import adlb
from trialist.formats.adam.parameters import ABOUT, Parameter, Source, parameters
from trialist.formats.adam.subject_level import subject_level
from trialist.formats.adam.variables import DATASETS, labelled
from trialist.protocol.endpoints import SHAPES

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from trialist.protocol.endpoints import Endpoint
    from trialist.study import Result

__all__ = ["ABOUT", "adam_tables", "data_set_of", "labelled"]

_BUILDERS: dict[str, tuple[str, Callable[[Source, Parameter], Table]]] = {
    "TimeToEvent": ("adtte", times.adtte),
    "Category": ("adrs", responses.by_category),
    "Response": ("adrs", responses.yes_or_no),
    "Measurement": ("adchg", responses.changes),
    "Exposure": ("adex", exposure.adex),
}


def adam_tables(result: Result) -> dict[str, pa.Table]:
    """ADaM data sets as labelled Arrow tables, by name in lower case; those without a row are left out."""
    import pyarrow as pa

    parts: dict[str, list[pa.Table]] = {}
    told: dict[str, list[dict[str, Any]]] = {}
    for parameter in parameters(result):
        name = data_set_of(parameter.endpoint)
        if name is None or name == "adlb":
            continue
        _, build = _BUILDERS[SHAPES[parameter.endpoint.derive]]
        rows = build(Source(result), parameter).to_pyarrow().sort_by("USUBJID")
        parts.setdefault(name, []).append(rows)
        said = parameter.as_json()
        if name == "adex":
            said["of"] = exposure.codes(result.protocol.plan, parameter.name)
        told.setdefault(name, []).append(said)
    subjects, labels, about = subject_level(result)
    laboratory = adlb(result)
    if laboratory is not None:
        parts["adlb"], told["adlb"] = [laboratory[0]], laboratory[1]
    tables = {"adsl": _described(labelled(subjects, "adsl", labels), about)}
    sizes = tumours.adtr(Source(result))
    if sizes is not None:
        measured = sizes.to_pyarrow()
        if measured.num_rows:
            parts["adtr"], told["adtr"] = [measured], []
    for name in DATASETS:
        if name == "adae" and (listed := adae(result)) is not None:
            tables[name] = _described(labelled(listed[0], name), listed[1])
        if name in parts:
            rows = pa.concat_tables(parts[name], promote_options="permissive")
            tables[name] = _described(labelled(rows, name), {"parameters": told[name]})
    return tables


def data_set_of(endpoint: Endpoint) -> str | None:
    """The data set that holds an endpoint, in lower case; None where its shape has none."""
    if endpoint.derive == "adverse_event":
        return "adaesum"
    if endpoint.derive == "laboratory_grade":
        return "adlb"
    known = _BUILDERS.get(SHAPES[endpoint.derive])
    return known[0] if known else None


def _described(table: pa.Table, about: dict[str, Any]) -> pa.Table:
    kept = dict(table.schema.metadata or {})
    return table.replace_schema_metadata({**kept, ABOUT: json.dumps(about, ensure_ascii=False).encode()})
