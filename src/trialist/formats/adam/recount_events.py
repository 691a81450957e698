"""The cell of an adverse event table, counted again from the rows of ADAE: who had such an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from trialist.endpoints.recorded_events import UNCODED
from trialist.formats.adam.recount_risk import Span, episodes, span_of

Row = Mapping[str, Any]

_SEVERE = 3
_GRADES: Mapping[str, frozenset[int | None]] = MappingProxyType(
    {
        "3_or_more": frozenset({3, 4, 5}),
        "3_to_4": frozenset({3, 4}),
        "not_graded": frozenset({None}),
    }
)
_OF_GRADE = ("incidence", "risk_difference", "incidence_by_period")
_BY_ROW = (*_OF_GRADE, "exposure_adjusted_rate")
_AT_RISK = ("exposure_adjusted_rate", "cumulative_incidence", "incidence_by_period")


class EventCell:
    """Who had an event of one cell, and how often; `word` is '' where the finding is of no cell.

    person_years  of those counted, or None where the method has none
    """

    def __init__(self, method: str, options: Mapping[str, Any], selection: Mapping[str, Any]) -> None:
        self._method, self._options, self._selection = method, options, selection
        number = selection.get("drug_column")
        group = 1 if number is None else int(number) + 1
        self._relation, self._action = f"RELGR{group}", f"ACNGR{group}"
        kinds = _kinds(self._relation, self._action)
        self._kind = kinds.get(str(options.get("category"))) if method == "overview" else None
        by_time = method == "cumulative_incidence"
        known = by_time or (method in _BY_ROW and "row" in options) or self._kind is not None
        self._all = options.get("counted") == "events"
        self.word = ("events" if self._all else "with event") if known else ""
        self.at_risk_alone = method in _AT_RISK
        self.has_time = method == "exposure_adjusted_rate" and known
        self.told = tuple(self._told()) if known else ()

    def one_row_per_subject(self, rows: Iterable[Row], subjects: Mapping[str, Row]) -> list[Row]:
        """USUBJID, HAPPENED (number of events, or 1 and 0) and DAYS of every subject of ADSL who counts."""
        mine: dict[str, list[Row]] = {subject: [] for subject in subjects}
        for row in rows:
            if self.word and row["USUBJID"] in mine and self._counts(row):
                mine[row["USUBJID"]].append(row)
        made: list[Row] = []
        for subject, told in subjects.items():
            span = self._span(told) if self.at_risk_alone else None
            if self.at_risk_alone and (span is None or not self._in_period(span)):
                continue
            events = (
                mine[subject] if span is None else [row for row in mine[subject] if self._fell(row, span)]
            )
            made.append(
                {
                    "USUBJID": subject,
                    "PARAMCD": "",
                    "HAPPENED": self._number(events),
                    "DAYS": self._days(events, span),
                }
            )
        return made

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> int:
        return int(row["HAPPENED"])

    def _span(self, subject: Row) -> Span | None:
        asked = self._selection
        return span_of(subject, int(asked["window"]), str(asked.get("new_therapy")))

    def _number(self, events: list[Row]) -> int:
        if self._all:
            gap = self._options.get("merge_gap")
            return len(events) if gap is None else episodes(events, int(gap))
        return int(bool(events) and self._reached([self._grade(row) for row in events]))

    def _days(self, events: list[Row], span: Span | None) -> int | None:
        if span is None or not self.has_time:
            return None
        first = min((row["AONDT"] for row in events), default=span.end)
        return (span.end - span.start).days + 1 if self._all else (first - span.start).days + 1

    def _in_period(self, span: Span) -> bool:
        return (span.end - span.start).days + 1 >= int(self._options.get("from_day") or 1)

    def _fell(self, row: Row, span: Span) -> bool:
        """Whether an event began in the time at risk, and in the period asked for."""
        onset = row["AONDT"]
        if row["TRTEMFL"] != "Y" or onset is None or onset > span.end:
            return False
        day = (onset - span.start).days + 1
        last = self._options.get("to_day")
        return day >= int(self._options.get("from_day") or 1) and (last is None or day <= int(last))

    def _counts(self, row: Row) -> bool:
        asked = self._selection
        terms = {str(term).strip().upper() for term in asked["terms"]}
        return (
            (row["TRTEMFL"] == "Y" or not asked["treatment_emergent"])
            and (not terms or _found_by(row).strip().upper() in terms)
            and (asked["minimum_grade"] <= 1 or (row["ATOXGRN"] or 0) >= asked["minimum_grade"])
            and (row["AESER"] == "Y" or not asked["serious"])
            and (row[self._relation] == "RELATED" or not asked["related"])
            and (not asked["action"] or row[self._action] == str(asked["action"]).upper())
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

    def _reached(self, grades: list[int | None]) -> bool:
        grade = str(self._options.get("grade", "any"))
        if self._method not in _OF_GRADE or grade == "any":
            return True
        worst = max((known for known in grades if known is not None), default=None)
        return worst in _GRADES.get(grade, {_number(grade)})

    def _told(self) -> list[str]:
        told = [*self._selected(), *((self._kind[1],) if self._kind else self._of_row())]
        said = [f"{self.word}: {'; '.join(told)}"] if told else []
        if self.at_risk_alone:
            window = self._selection["window"]
            said.append(
                f"at risk from TRTSDT to TRTEDT + {window} d (LSTALVDT where it is missing), DTHDT or DCUTDT"
                + (", NACTDT" if self._selection.get("new_therapy") == "end" else "")
            )
            said.append('an event at risk: TRTEMFL = "Y", AONDT in that time')
        if "from_day" in self._options:
            last = self._options.get("to_day")
            until = f"to {last}" if last is not None else "on"
            said.append(f"AONDT from day {self._options['from_day']} {until} (day 1: TRTSDT)")
        if self._all and self._options.get("merge_gap") is not None:
            said.append(
                f"rows of one AEDECOD at most {self._options['merge_gap']} d after AOENDT are one event"
            )
        return said

    def _selected(self) -> list[str]:
        asked = self._selection
        said = {
            'TRTEMFL = "Y"': asked["treatment_emergent"],
            f"AEDECOD (AETERM where it is {UNCODED}) in {', '.join(asked['terms'])}": asked["terms"],
            f"ATOXGRN >= {asked['minimum_grade']}": asked["minimum_grade"] > 1,
            'AESER = "Y"': asked["serious"],
            f'{self._relation} = "RELATED"': asked["related"],
            f'{self._action} = "{str(asked["action"]).upper()}"': asked["action"],
            'AESDTH = "Y"': asked["fatal"],
        }
        return [condition for condition, holds in said.items() if holds]

    def _of_row(self) -> list[str]:
        said = []
        for option, column in (("system_organ_class", "AEBODSYS"), ("term", "AEDECOD")):
            if self._options.get(option) is not None:
                said.append(f'{column} = "{self._options[option]}"')
        grade = str(self._options.get("grade", "any"))
        if grade != "any" and self._method in _OF_GRADE:
            wanted = sorted(each for each in _GRADES.get(grade, {_number(grade)}) if each is not None)
            shown = ", ".join(map(str, wanted)) or "empty"
            said.append(f"highest ATOXGRN of the subject: {shown}")
        return said


def _kinds(relation: str, action: str) -> Mapping[str, tuple[Callable[[Row], bool], str]]:
    """The kinds of event of an overview: which rows they are, and the condition in words."""
    related, severe, serious = f'{relation} = "RELATED"', f"ATOXGRN >= {_SEVERE}", 'AESER = "Y"'

    def is_related(row: Row) -> bool:
        return bool(row[relation] == "RELATED")

    def did(what: str) -> tuple[Callable[[Row], bool], str]:
        return (lambda row: row[action] == what), f'{action} = "{what}"'

    return {
        "any event": (lambda row: True, "any row"),
        "related": (is_related, related),
        "grade 3 or more": (_severe, severe),
        "related, grade 3 or more": (
            lambda row: is_related(row) and _severe(row),
            f"{related} and {severe}",
        ),
        "serious": (lambda row: row["AESER"] == "Y", serious),
        "related, serious": (
            lambda row: is_related(row) and row["AESER"] == "Y",
            f"{related} and {serious}",
        ),
        "leading to withdrawal of treatment": did("WITHDRAWN"),
        "leading to a lower dose": did("REDUCED"),
        "leading to interruption or delay": did("INTERRUPTED"),
        "fatal": (lambda row: row["AESDTH"] == "Y", 'AESDTH = "Y"'),
    }


def _found_by(row: Row) -> str:
    """The term by which an endpoint finds an event: the reported one where none was coded."""
    return str(row["AETERM"] if row["AEDECOD"] == UNCODED else row["AEDECOD"])


def _severe(row: Row) -> bool:
    return (row["ATOXGRN"] or 0) >= _SEVERE


def _number(grade: str) -> int | None:
    return int(grade) if grade.isdigit() else None
