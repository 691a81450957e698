"""The cell of an adverse event table, counted again from the rows of ADAE: who had such an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from trialist.endpoints.recorded_events import UNCODED

Row = Mapping[str, Any]

_SEVERE = 3
_GRADES: Mapping[str, frozenset[int | None]] = MappingProxyType(
    {
        "3_or_more": frozenset({3, 4, 5}),
        "3_to_4": frozenset({3, 4}),
        "not_graded": frozenset({None}),
    }
)
_KINDS: Mapping[str, tuple[Callable[[Row], bool], str]] = MappingProxyType(
    {
        "any event": (lambda row: True, "any row"),
        "related": (lambda row: _related(row), 'RELGR1 = "RELATED"'),
        "grade 3 or more": (lambda row: _severe(row), "ATOXGRN >= 3"),
        "related, grade 3 or more": (
            lambda row: _related(row) and _severe(row),
            'RELGR1 = "RELATED" and ATOXGRN >= 3',
        ),
        "serious": (lambda row: row["AESER"] == "Y", 'AESER = "Y"'),
        "related, serious": (
            lambda row: _related(row) and row["AESER"] == "Y",
            'RELGR1 = "RELATED" and AESER = "Y"',
        ),
        "fatal": (lambda row: row["AESDTH"] == "Y", 'AESDTH = "Y"'),
    }
)


class EventCell:
    """Who had an event of one cell; `word` is '' where the rows alone can't say.

    They hold what was recorded of treatment and no time at risk, so rates, probabilities by a time, deaths
    and changes of dose are opened to their subjects only.
    """

    def __init__(self, method: str, options: Mapping[str, Any], selection: Mapping[str, Any]) -> None:
        self._options, self._selection = options, selection
        self._kind = _KINDS.get(str(options.get("category"))) if method == "overview" else None
        by_grade = method in ("incidence", "risk_difference") and "row" in options
        known = not selection.get("action") and (by_grade or self._kind is not None)
        self.word = "with event" if known else ""
        self.at_risk_alone = method in ("exposure_adjusted_rate", "cumulative_incidence")
        told = [*self._selected(), *(self._of_kind() if self._kind else self._of_row())] if known else []
        self.told = (f"with event: {'; '.join(told)}",) if told else ()

    def one_row_per_subject(self, rows: Iterable[Row], subjects: Mapping[str, Row]) -> list[Row]:
        """USUBJID and HAPPENED of every subject of ADSL who counts, with an event or without."""
        worst: dict[str, int | None] = {}
        for row in rows:
            if self.word and row["USUBJID"] in subjects and self._counts(row):
                grade = self._grade(row)
                known = worst.get(row["USUBJID"])
                worst[row["USUBJID"]] = grade if known is None else max(known, grade or 0)
        reached = {subject for subject, grade in worst.items() if self._reached(grade)}
        return [
            {"USUBJID": subject, "PARAMCD": "", "HAPPENED": subject in reached}
            for subject, row in subjects.items()
            if row["TRTSDT"] is not None or not self.at_risk_alone
        ]

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> bool:
        return bool(row["HAPPENED"])

    def _counts(self, row: Row) -> bool:
        asked = self._selection
        terms = {str(term).strip().upper() for term in asked["terms"]}
        return (
            (row["TRTEMFL"] == "Y" or not asked["treatment_emergent"])
            and (not terms or _found_by(row).strip().upper() in terms)
            and (asked["minimum_grade"] <= 1 or (row["ATOXGRN"] or 0) >= asked["minimum_grade"])
            and (row["AESER"] == "Y" or not asked["serious"])
            and (_related(row) or not asked["related"])
            and (row["AESDTH"] == "Y" or not asked["fatal"])
            and (self._kind[0](row) if self._kind else self._in_row(row))
        )

    def _in_row(self, row: Row) -> bool:
        within, term = self._options.get("system_organ_class"), self._options.get("term")
        return (within is None or row["AEBODSYS"] == within) and (term is None or row["AEDECOD"] == term)

    def _grade(self, row: Row) -> int | None:
        if row["ATOXGRN"] is None:
            return _SEVERE if self._options.get("not_graded") == "as_3" else None
        return int(row["ATOXGRN"])

    def _reached(self, worst: int | None) -> bool:
        grade = str(self._options.get("grade", "any"))
        return self._kind is not None or grade == "any" or worst in _GRADES.get(grade, {_number(grade)})

    def _selected(self) -> list[str]:
        asked = self._selection
        said = {
            'TRTEMFL = "Y"': asked["treatment_emergent"],
            f"AEDECOD (AETERM where it is {UNCODED}) in {', '.join(asked['terms'])}": asked["terms"],
            f"ATOXGRN >= {asked['minimum_grade']}": asked["minimum_grade"] > 1,
            'AESER = "Y"': asked["serious"],
            'RELGR1 = "RELATED"': asked["related"],
            'AESDTH = "Y"': asked["fatal"],
        }
        return [condition for condition, holds in said.items() if holds]

    def _of_kind(self) -> list[str]:
        return [self._kind[1]] if self._kind else []

    def _of_row(self) -> list[str]:
        said = []
        for option, column in (("system_organ_class", "AEBODSYS"), ("term", "AEDECOD")):
            if self._options.get(option) is not None:
                said.append(f'{column} = "{self._options[option]}"')
        grade = str(self._options.get("grade", "any"))
        if grade != "any":
            wanted = sorted(each for each in _GRADES.get(grade, {_number(grade)}) if each is not None)
            shown = ", ".join(map(str, wanted)) or "empty"
            said.append(f"highest ATOXGRN of the subject: {shown}")
        return said


def _found_by(row: Row) -> str:
    """The term by which an endpoint finds an event: the reported one where none was coded."""
    return str(row["AETERM"] if row["AEDECOD"] == UNCODED else row["AEDECOD"])


def _related(row: Row) -> bool:
    return bool(row["RELGR1"] == "RELATED")


def _severe(row: Row) -> bool:
    return (row["ATOXGRN"] or 0) >= _SEVERE


def _number(grade: str) -> int | None:
    return int(grade) if grade.isdigit() else None
