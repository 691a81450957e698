"""The rows behind a finding, opened again in the ADaM files beside it, and counted.

The count is a second reading: it uses only what the files hold, never the study that wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.formats.adam import ABOUT
from trialist.formats.adam.recount_events import EventCell
from trialist.formats.adam.recount_risk import DeathCell
from trialist.formats.adam.recount_shift import ShiftCell, one_row_per_subject
from trialist.problems import Place, Problem
from trialist.protocol.predicate import parse_condition
from trialist.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from trialist.findings.model import Finding

Row = Mapping[str, Any]

_DECIMALS = 5  # of person-years in a finding
_VALUES = MappingProxyType({"value": "AVAL", "baseline": "BASE", "change": "CHG", "percent_change": "PCHG"})
_CODES = MappingProxyType({"yes": "Y", "no": "N", "not evaluable": "NE"})


@dataclass(frozen=True, slots=True)
class ArmRows:
    """The rows of one arm: subjects counted, those with the event (None: no events in this data set).

    days  at risk of all of them, where the finding is a rate
    """

    arm: str
    label: str
    subjects: tuple[str, ...]
    events: int | None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a finding's rows are, and what counting them gives.

    file        the data set, its PARAMCD and PARAM
    population  label of the analysis set and its flag in ADSL; `by` is planned or actual
    conditions  the filter, one condition each
    counted     what an event is here, in one word
    """

    file: Path
    paramcd: str
    param: str
    population: str
    by: str
    conditions: tuple[str, ...]
    counted: str
    arms: tuple[ArmRows, ...]

    @property
    def n(self) -> int:
        return sum(len(arm.subjects) for arm in self.arms)

    @property
    def events(self) -> int | None:
        found = [arm.events for arm in self.arms if arm.events is not None]
        return sum(found) if len(found) == len(self.arms) else None

    @property
    def person_years(self) -> float | None:
        """All time at risk, as a rate states it; None for anything else."""
        found = [arm.days for arm in self.arms if arm.days is not None]
        return round(sum(found) / DAYS_PER_YEAR, _DECIMALS) if found else None

    def disagreement(self, finding: Finding) -> Problem | None:
        """W078 when the n, events or person-years that the finding states are not those of its rows."""
        said = [
            f"{here} {word} in the rows, {told} in the finding"
            for word, here, told in (
                ("subjects", self.n, finding.n),
                ("events", self.events, finding.events),
                ("person-years", self.person_years, dict(finding.method.options).get("person_years")),
            )
            if told is not None and here is not None and here != told
        ]
        if not said:
            return None
        return Problem(
            "W078",
            f"the recount of {finding.id} disagrees: {'; '.join(said)}",
            "run the trial again into an empty folder; report it if they still disagree",
            Place(str(self.file)),
        )


def open_rows(finding: Finding, folder: Path) -> Opened | Problem:
    """The rows behind a finding of `folder`/findings.json, in `folder`/adam.

    Problems  W079 a file is missing or unreadable, or does not say which rows are the finding's
    """
    try:
        return _opened(finding, folder / "adam")
    except (_RowsMissingError, KeyError, TypeError, AttributeError) as found:  # a file of other columns
        missing = found if isinstance(found, _RowsMissingError) else f"the files lack {found}"
        return Problem(
            "W079",
            f"the rows behind {finding.id} can't be opened: {missing}",
            "make the results with trialist run, and keep findings.json and the folder adam together",
            Place(str(folder / "adam")),
        )


class _RowsMissingError(Exception):
    """Why the rows of a finding can't be opened."""


def _opened(finding: Finding, folder: Path) -> Opened:
    adsl, about = _read(folder / "adsl.parquet")
    file, parameter = _parameter(finding, folder)
    population = _known(about, "populations").get(finding.population)
    numbers = _known(about, "arms")
    arms = finding.groups or tuple(numbers)
    unknown = [arm for arm in arms if arm not in numbers]
    if population is None or unknown:
        raise _RowsMissingError(
            f"adsl.parquet knows no {'population' if population is None else 'arm'} of its name"
        )
    column = "TRT01AN" if population["by"] == "actual" else "TRT01PN"
    flag = str(population["flag"])
    columns = _known(about, "columns")
    subgroup = _Subgroup(finding, columns, {place: arm for arm, place in numbers.items()})
    subjects = {row["USUBJID"]: row for row in adsl if row[flag] == "Y" and subgroup.holds(row)}
    table, _ = _read(file)
    reading: _Reading | ShiftCell | EventCell | DeathCell
    if "selection" in parameter:
        options = dict(finding.method.options)
        reading = (
            DeathCell(options)
            if finding.method.name == "deaths"
            else EventCell(finding.method.name, options, parameter["selection"])
        )
        table = reading.one_row_per_subject(table, subjects)
    elif "direction" in parameter:
        reading = _cell(finding, parameter)
        table = one_row_per_subject(table, parameter, subjects)
    else:
        reading = _reading(file.stem, finding)
    strata = [str(columns.get(name, "")) for name in dict(finding.method.options).get("strata") or ()]
    if "" in strata:
        raise _RowsMissingError("adsl.parquet has no column of a stratum")
    rows = [
        row
        for row in table
        if row["PARAMCD"] == parameter["paramcd"]
        and row["USUBJID"] in subjects
        and all(subjects[row["USUBJID"]][name] is not None for name in strata)
    ]
    counted = tuple(_arm(arm, numbers[arm], rows, subjects, column, reading) for arm in arms)
    labels = ", ".join(f"{numbers[arm]} ({found.label})" for arm, found in zip(arms, counted, strict=True))
    treatment = f"{'TRTAN' if column == 'TRT01AN' else 'TRTPN'} {'=' if len(arms) == 1 else 'in'} {labels}"
    conditions = [f'PARAMCD = "{parameter["paramcd"]}"'] if parameter["paramcd"] else []
    conditions += [f'ADSL.{flag} = "Y"', treatment, *subgroup.told]
    conditions += [f"ADSL.{name} not missing (stratum)" for name in strata]
    return Opened(
        file,
        parameter["paramcd"],
        parameter["param"],
        str(population["label"]),
        str(population["by"]),
        (*conditions, *reading.told),
        reading.word,
        counted,
    )


def _arm(
    arm: str,
    number: int,
    rows: list[Row],
    subjects: Mapping[str, Row],
    column: str,
    reading: _Reading | ShiftCell | EventCell | DeathCell,
) -> ArmRows:
    mine = [row for row in rows if subjects[row["USUBJID"]][column] == number]
    kept = [row for row in mine if reading.counts(row)]
    named = "TRT01A" if column == "TRT01AN" else "TRT01P"
    label = next((subjects[row["USUBJID"]][named] for row in mine), arm)
    events = sum(reading.happened(row) for row in kept) if reading.word else None
    timed = isinstance(reading, EventCell) and reading.has_time
    days = sum(int(row["DAYS"]) for row in kept) if timed else None
    return ArmRows(arm, str(label), tuple(sorted(row["USUBJID"] for row in kept)), events, days)


def _read(file: Path) -> tuple[list[Row], dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    if not file.is_file():
        raise _RowsMissingError(f"there is no {file.name}")
    try:
        table = parquet.read_table(file)
        about = json.loads((table.schema.metadata or {}).get(ABOUT, b"{}"))
    except (OSError, ValueError, pa.ArrowException):
        raise _RowsMissingError(f"{file.name} can't be read") from None
    if not isinstance(about, dict) or not about:
        raise _RowsMissingError(f"{file.name} does not say what its codes mean")
    return table.to_pylist(), about


def _known(about: Mapping[str, Any], word: str) -> dict[str, Any]:
    found = about.get(word)
    if not isinstance(found, dict):
        raise _RowsMissingError(f"adsl.parquet does not say its {word}")
    return found


def _parameter(finding: Finding, folder: Path) -> tuple[Path, dict[str, Any]]:
    """The file and parameter that the finding's analysis reads."""
    import pyarrow.parquet as parquet

    for file in sorted(folder.glob("*.parquet")):
        try:
            text = (parquet.read_schema(file).metadata or {}).get(ABOUT, b"{}")
            about = json.loads(text)
        except (OSError, ValueError):
            continue
        lists = [{**each, "paramcd": ""} for each in about.get("lists", [])]  # of events: no PARAMCD
        for parameter in (*about.get("parameters", []), *lists):
            if parameter["endpoint"] == finding.endpoint and finding.analysis in parameter["analyses"]:
                if "of" in parameter:  # a parameter for each quantity
                    of = str(dict(finding.method.options).get("of"))
                    parameter = {**parameter, "paramcd": parameter["of"][of]}
                return file, parameter
    raise _RowsMissingError(
        f"no data set holds endpoint '{finding.endpoint}' as analysis '{finding.analysis}' reads it"
    )


class _Subgroup:
    """The condition of a subgroup (`where`, and one level of a factor), read from a row of ADSL."""

    def __init__(self, finding: Finding, columns: Mapping[str, str], arms: Mapping[int, str]) -> None:
        self.told: list[str] = []
        self._columns, self._arms, self._condition = columns, arms, None
        where = dict(finding.definition).get("where")
        level = finding.subgroup or ""
        if where:
            level = level.removeprefix(str(where)).removeprefix("; ")
            self._condition, message = parse_condition(str(where))
            asked = self._condition.columns if self._condition else frozenset()
            missing = sorted(set(asked) - set(columns) - {"arm", "actual_arm"})
            if self._condition is None or missing:
                raise _RowsMissingError(f"ADSL has no column for '{where}' ({message or ', '.join(missing)})")
            named = ", ".join(f"{name}: {columns[name]}" for name in sorted(asked) if name in columns)
            self.told.append(f"{where} (in ADSL {named})" if named else str(where))
        factor, _, value = level.partition(": ")
        self._level = (columns.get(factor), value) if level else None
        if self._level is not None:
            if self._level[0] is None:
                raise _RowsMissingError(f"ADSL has no column for the subgroup '{level}'")
            self.told.append(f'ADSL.{self._level[0]} = "{value}"')

    def holds(self, row: Row) -> bool:
        if self._level is not None and row[str(self._level[0])] != self._level[1]:
            return False
        if self._condition is None:
            return True
        plain = {name: row[column] for name, column in self._columns.items()}
        plain |= {"arm": self._arms.get(row["TRT01PN"]), "actual_arm": self._arms.get(row["TRT01AN"])}
        return self._condition.evaluate(plain) is True


class _Reading:
    """Which rows of a data set count for a method, and which of them have the event (`word`, none: '')."""

    word = ""
    told: tuple[str, ...] = ()

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> bool:
        return False


class _Times(_Reading):
    word = "events"
    told = ("events: CNSR = 0",)

    def counts(self, row: Row) -> bool:
        return row["AVAL"] is not None and row["CNSR"] is not None

    def happened(self, row: Row) -> bool:
        return bool(row["CNSR"] == 0)


class _Answers(_Reading):
    """Yes or no; `denominator` leaves out who is not evaluable, or who was never assessed."""

    def __init__(self, denominator: str, word: str) -> None:
        self.word = word
        left_out = {
            "with_baseline": ('AVALC not "NE"',),
            "evaluable": ('AVALC not "NE"', "assessed after baseline"),
        }
        self.told = (*left_out.get(denominator, ()), f'{word}: AVALC = "Y"')
        self._denominator = denominator

    def counts(self, row: Row) -> bool:
        if self._denominator == "all":
            return True
        unassessed = row["AVALC"] == "N" and row["AREASON"] == NO_POSTBASELINE
        return row["AVALC"] != "NE" and not (self._denominator == "evaluable" and unassessed)

    def happened(self, row: Row) -> bool:
        return bool(row["AVALC"] == "Y")


class _Category(_Reading):
    """One category of a response; of a yes or no, in the words of the counts."""

    def __init__(self, category: str, yes_or_no: bool) -> None:
        self.word = category
        spoken = _CODES if yes_or_no else {"missing": None}
        self._value = spoken.get(category, category)
        self.told = (
            f'{category}: AVALC = "{self._value}"' if self._value else f"{category}: AVALC is empty",
        )

    def happened(self, row: Row) -> bool:
        return bool(row["AVALC"] == self._value)


class _Changes(_Reading):
    told = ('ANL01FL = "Y"',)

    def __init__(self, column: str) -> None:
        self._column = column

    def counts(self, row: Row) -> bool:
        return row["ANL01FL"] == "Y" and row[self._column] is not None


class _Exposures(_Reading):
    """Subjects whose quantity is known, and those of one category of it."""

    def __init__(self, category: str | None) -> None:
        self.word = category or ""
        self._category = category
        self.told = ("AVAL not missing",)
        if category:
            self.told += (f'{category}: AVALCAT1 = "{category}"',)

    def counts(self, row: Row) -> bool:
        return row["AVAL"] is not None

    def happened(self, row: Row) -> bool:
        return bool(row["AVALCAT1"] == self._category)


def _cell(finding: Finding, parameter: Mapping[str, Any]) -> ShiftCell:
    options = dict(finding.method.options)
    return ShiftCell(options.get("baseline"), options.get("worst"), str(parameter["direction"]))


def _reading(data_set: str, finding: Finding) -> _Reading:
    options = dict(finding.method.options)
    if data_set == "adex":
        return _Exposures(options.get("category"))
    if data_set == "adtte":
        return _Times()
    if data_set == "adchg":
        return _Changes(_VALUES.get(str(options.get("of")), "CHG"))
    derived = dict(finding.definition).get("derive")
    if "category" in options:
        return _Category(str(options["category"]), yes_or_no=derived != "best_overall_response")
    word = "with event" if data_set == "adaesum" else "responders"
    return _Answers(str(options.get("denominator") or "all"), word)
