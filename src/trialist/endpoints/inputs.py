"""The tables that derivations read, made from the records of one trial.

`day` is the offset from the subject's reference date: 0 is that date. A domain that the records lack
gives an empty table of the right columns, and is named in `Inputs.missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.recorded import recorded_tables
from trialist.endpoints.subjects import reconstructed_subjects, recorded_subjects
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.computed import computed_once
from trialist.records.domains.ae import STUDY_DRUGS
from trialist.records.model import Records
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

_WHEN = {"subject": "string", "day": "int64", "sequence": "int64"}

# input -> column -> type; `subjects` has one more column per factor of the protocol
INPUT_COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "subjects": {
            "subject": "string",
            "arm": "string",
            "actual_arm": "string",
            "reference_date": "date",
            "first_dose_day": "int64",
            "first_dose_earliest_day": "int64",
            "last_dose_day": "int64",
            "cutoff_day": "int64",
            "death_day": "int64",
            "last_alive_day": "int64",
            "baseline_scan": "boolean",
            "age": "float64",
            "sex": "string",
            "randomised": "boolean",
            "treated": "boolean",
            "death_recorded": "boolean",
        },
        "psa": {**_WHEN, "value": "float64", "below": "boolean"},
        "responses": {**_WHEN, "response": "string"},
        "soft_tissue": {**_WHEN, "response": "string"},
        "bone": {**_WHEN, "response": "string"},
        "lesions": {
            **_WHEN,
            "lesion": "string",
            "role": "string",
            "node": "boolean",
            "organ": "string",
            "diameter": "float64",
            "state": "string",
            "read_day": "int64",
            "visit_end": "int64",
        },
        "bone_scans": {**_WHEN, "lesion": "string", "readable": "boolean"},
        "pain": {**_WHEN, "visit": "string", "test": "string", "value": "float64"},
        "radiotherapies": {**_WHEN, "purpose": "string"},
        "skeletal_events": {**_WHEN, "kind": "string"},
        "performance": {**_WHEN, "test": "string", "ecog": "int64"},
        "progressions": {**_WHEN, "kind": "string"},
        "deaths": {"subject": "string", "day": "int64"},
        "therapies": {"subject": "string", "day": "int64"},
        "measurements": {
            **_WHEN,
            "visit": "string",
            "test": "string",
            "value": "float64",
            "comparator": "string",
            "unit": "string",
            "result": "string",
            "failed": "boolean",
        },
        "specimens": {**_WHEN, "visit": "string", "specimen": "string", "failed": "boolean"},
        "laboratory": {
            **_WHEN,
            "test": "string",
            "value": "float64",
            "comparator": "string",
            "unit": "string",
            "lower": "float64",
            "upper": "float64",
            "reported_value": "float64",
            "reported_comparator": "string",
            "reported_unit": "string",
            "reported_lower": "float64",
            "reported_upper": "float64",
            "made": "string",
        },
        "doses": {
            **_WHEN,
            "treatment": "string",
            "visit": "string",
            "dose": "float64",
            "unit": "string",
            "number": "float64",
            "last_day": "int64",
            "planned_dose": "float64",
            "planned_unit": "string",
            "planned_interval": "int64",
            "planned_times": "int64",
            "planned_cycles": "int64",
            "height": "float64",
            "weight": "float64",
            "first_weight": "float64",
        },
        "adverse_events": {
            "subject": "string",
            "sequence": "int64",
            "term": "string",
            "preferred_term": "string",
            "system_organ_class": "string",
            "grade": "int64",
            "initial_grade": "int64",
            "serious": "boolean",
            "related": "boolean",
            "action": "string",
            "fatal": "boolean",
            **{f"related_{n}": "boolean" for n in STUDY_DRUGS},
            **{f"action_{n}": "string" for n in STUDY_DRUGS},
            "start_day": "int64",
            "start_earliest_day": "int64",
            "start_latest_day": "int64",
            "end_day": "int64",
            "end_latest_day": "int64",
        },
        "times": {
            "subject": "string",
            "arm": "string",
            "endpoint": "string",
            "time_days": "float64",
            "event": "boolean",
        },
    }
)

# the domain that an input can't do without, or those of which it needs one
DOMAIN_OF = MappingProxyType(
    {
        "subjects": "dm",
        "psa": "lb",
        "responses": "rs",
        "soft_tissue": "rs",
        "bone": "rs",
        "lesions": "tr",
        "bone_scans": "tr",
        "progressions": "rs",
        "pain": "qs",
        "radiotherapies": "pr",
        "skeletal_events": "ce",
        "performance": "qs or rs",
        "measurements": "lb or qs",
        "laboratory": "lb",
        "adverse_events": "ae",
        "doses": "ex",
        "therapies": "cm",
        "times": "xt",
    }
)


class _WhenRead(Mapping[str, "Table"]):
    """Tables computed when they are first read, and kept: a trial reads few of all inputs."""

    def __init__(self, makers: Mapping[str, Callable[[], Table]]) -> None:
        self._makers = makers
        self._made: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True)
class Inputs:
    """What derivations read.

    tables         input -> table, columns as in `INPUT_COLUMNS`
    missing        inputs whose domain the records lack
    reconstructed  the records hold only times from published curves
    screened       subjects of the records, screen failures included
    problems       what had to be left out or read in a way the reader must know
    """

    tables: Mapping[str, Table]
    missing: frozenset[str] = frozenset()
    reconstructed: bool = False
    screened: int = 0
    problems: tuple[Problem, ...] = field(default=())


def prepare(records: Records, protocol: Protocol) -> Inputs:
    """The inputs of the derivations, from the records and what the protocol says of them.

    Parameters
        records   domain -> table with plain column names
        protocol  arms, factors, reference date, cut-off, evaluator and category of responses
    Returns   Inputs; subjects who were not allocated are dropped from `subjects` and counted in `screened`
    Problems  W301 to W305, W332, N305 to N308, N323 to N325 (doses), W306 to W308, N301 to N304 (treatment),
              W312, N313 (PSA units), N317 (PSA above a limit), W314 (arm codes), W378 (allocated after the
              cut-off), W381 (therapies), W382 (baseline assessments), W384 to W387 (targets), N333 (lesions
              without a role), N334 (no method), N335, W388, W389 (bone scans), N315 (partial dates of death),
              N316 (cut-off)
    """
    domains = records.tables
    if "dm" not in domains:
        return _reconstructed(records, protocol) if "xt" in domains else _without_subjects(records)
    found, counts, problems = recorded_subjects(records, protocol)
    subjects = computed_once(found)
    tables, noticed = recorded_tables(records, protocol, subjects)
    made = {"subjects": subjects.drop("first_dose_date"), **tables}
    filled = _WhenRead({name: partial(_typed, made.get(name), name, subjects) for name in INPUT_COLUMNS})
    missing = frozenset(
        name for name, domain in DOMAIN_OF.items() if not set(domain.split(" or ")) & set(domains)
    )
    return Inputs(filled, missing, False, counts, (*problems, *noticed))


def _reconstructed(records: Records, protocol: Protocol) -> Inputs:
    """Subjects are the pseudo-patients of the curves; nothing else is known of them."""
    subjects, times = reconstructed_subjects(records.tables["xt"], protocol, DAYS_PER_MONTH)
    filled = {name: _typed(None, name, subjects) for name in INPUT_COLUMNS}
    filled["subjects"] = _typed(subjects, "subjects", subjects)
    filled["times"] = _typed(times, "times", subjects)
    missing = frozenset(INPUT_COLUMNS) - {"subjects", "times", "deaths", "therapies"}
    return Inputs(filled, missing, True, 0, ())


def _without_subjects(records: Records) -> Inputs:
    """Records without a subject: every input is missing, so no endpoint can be derived."""
    some = next(iter(records.tables.values()), None)
    if some is None:
        some = ibis.memtable({"subject": [""]})
    return Inputs({name: _typed(None, name, some) for name in INPUT_COLUMNS}, frozenset(INPUT_COLUMNS))


def _typed(table: Table | None, name: str, subjects: Table) -> Table:
    """The promised columns in their types, kept by the engine; no rows where there is no table.

    The factors follow in `subjects`. Every derivation starts from these, so they are computed once.
    """
    columns = INPUT_COLUMNS[name]
    if table is None:
        nothing = subjects.filter(ibis.literal(False))
        return nothing.select(**{column: ibis.null(kind) for column, kind in columns.items()})
    kept = {column: table[column].cast(kind) for column, kind in columns.items()}
    if name == "subjects":
        kept |= {column: table[column] for column in table.columns if column not in columns}
    return computed_once(table.select(**kept))
