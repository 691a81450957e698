"""Outcome measures of a registry record and their analyses -> findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import known_endpoint, slug
from trialist.problems import Place, Problem

_RATIOS = {
    "hazard ratio": "hazard_ratio",
    "odds ratio": "odds_ratio",
    "risk ratio": "risk_ratio",
    "risk difference": "risk_difference",
    "mean difference": "mean_difference",
}
_MONTHS = {"month": 1.0, "week": 7 / 30.4375, "day": 1 / 30.4375, "year": 12.0}
_LEVEL = re.compile(r"(\d+(?:\.\d+)?)\s*% confidence interval", re.IGNORECASE)
_TIME = re.compile(
    r"(?:at )?(?:(month|week|year)s? (\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) (month|week|year)s?)", re.IGNORECASE
)
_P = re.compile(r"\s*(<|>|=|≤|<=)?\s*(0?\.\d+|[01](?:\.\d+)?)\s*")


class Outcomes:
    """Reads the outcomes of one record; what can't be read as a finding is counted by its reason."""

    def __init__(self, number: str, arm: Callable[[str], str], controls: set[str], path: Path) -> None:
        self.number, self.arm, self.controls, self.path = number, arm, controls, path
        self.problems: list[Problem] = []

    def read(self, module: Mapping[str, Any], skipped: Counter[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for outcome in module.get("outcomeMeasures") or ():
            if outcome.get("reportingStatus") == "NOT_POSTED" or not outcome.get("classes"):
                skipped["outcomes without posted results"] += 1
                continue
            endpoint = self._endpoint(str(outcome.get("title")))
            found += self._values(outcome, endpoint, skipped)
            found += self._analyses(outcome, endpoint, skipped)
        return found

    def _endpoint(self, title: str) -> str:
        known = known_endpoint(title)
        if known is None:
            known = slug(title)[:60]
            self.problems.append(
                Problem(
                    "N614",
                    f"the vocabulary knows no endpoint in '{title}'; it is called '{known}'",
                    "give it the id of an endpoint in the file, or add a term to a vocabulary",
                    Place(str(self.path)),
                )
            )
        return known

    def _values(
        self, outcome: Mapping[str, Any], endpoint: str, skipped: Counter[str]
    ) -> Iterator[dict[str, Any]]:
        titles = {group["id"]: str(group.get("title")) for group in outcome.get("groups") or ()}
        whole = _counts(outcome.get("denoms"))
        classes = outcome.get("classes") or ()
        for each in classes:
            n_of = _counts(each.get("denoms")) or whole
            for category in each.get("categories") or ():
                part = [each.get("title"), category.get("title")]
                where = ": ".join(str(p) for p in part if p) or None
                for measured in category.get("measurements") or ():
                    group = str(measured.get("groupId"))
                    item = _measured(outcome, measured, endpoint, n_of.get(group))
                    if isinstance(item, str):
                        skipped[item] += 1
                        continue
                    item["groups"] = [self.arm(titles.get(group, "arm"))]
                    item |= _where(where)
                    term = vocabulary().terms("endpoint").get(endpoint)
                    if (
                        "timepoint" in item
                        and item["measure"] == "proportion"
                        and term
                        and term.shape == "time"
                    ):
                        item["measure"] = "survival_probability"  # of a curve, no count of patients
                    yield self._whole(item, outcome)

    def _analyses(
        self, outcome: Mapping[str, Any], endpoint: str, skipped: Counter[str]
    ) -> Iterator[dict[str, Any]]:
        titles = {group["id"]: str(group.get("title")) for group in outcome.get("groups") or ()}
        for each in outcome.get("analyses") or ():
            said = str(each.get("paramType") or "").casefold()
            measure = next((name for words, name in _RATIOS.items() if words in said), None)
            estimate = _number(each.get("paramValue"))
            groups = [self.arm(titles.get(name, "arm")) for name in each.get("groupIds") or ()]
            if measure is None or estimate is None or len(groups) != 2:
                skipped["analyses that give no ratio or difference of two arms"] += 1
                continue
            groups.sort(key=lambda name: name in self.controls)
            item: dict[str, Any] = {
                "endpoint": endpoint,
                "measure": measure,
                "estimate": estimate,
                "groups": groups,
                "method": {"name": str(each.get("statisticalMethod") or "as reported")},
                "note": "compared with the control as is usual; the registry does not code the direction",
            }
            self.problems.append(
                Problem(
                    "N613",
                    f"{endpoint}, {measure} {estimate:g}: the registry does not code which arm it is against",
                    "look up the direction in the record's text",
                    Place(str(self.path)),
                )
            )
            level = _number(each.get("ciPctValue"))
            ends = _number(each.get("ciLowerLimit")), _number(each.get("ciUpperLimit"))
            if level is not None and ends != (None, None):
                item["interval"] = {"low": ends[0], "high": ends[1], "level": level / 100}
            p = _P.fullmatch(str(each.get("pValue") or ""))
            if p is not None:
                bound = {"≤": "<", "<=": "<"}.get(p[1] or "=", p[1] or "=")
                item["p_value"] = {"value": float(p[2]), "bound": bound}
            yield self._whole(item, outcome)

    def _whole(self, item: dict[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(outcome.get("type") or "outcome").lower()
        known = {
            "population": "itt",
            **item,
            "origin": {"source": self.number, "place": f"{kind} outcome", "reliability": "read"},
        }
        return {word: value for word, value in known.items() if value is not None or word == "estimate"}


def _measured(
    outcome: Mapping[str, Any], measured: Mapping[str, Any], endpoint: str, n: int | None
) -> dict[str, Any] | str:
    """One number of one group, or why it is no finding."""
    kind, unit = str(outcome.get("paramType")), str(outcome.get("unitOfMeasure") or "")
    printed, value = str(measured.get("value") or ""), _number(measured.get("value"))
    item: dict[str, Any] = {"endpoint": endpoint, "n": n, "reported": printed}
    factor = next((f for word, f in _MONTHS.items() if unit.casefold().startswith(word)), None)
    term = vocabulary().terms("endpoint").get(endpoint)
    if kind == "MEDIAN" and factor is not None and (term is None or term.shape == "time"):
        item |= {"measure": "median_time", "unit": "months"}
        item |= _ends(outcome, measured, factor)
        if value is None:
            return item | {"estimate": None, "note": "median not reached or not estimable"}
        if factor == 1.0:
            return item | {"estimate": value}
        return item | {
            "estimate": round(value * factor, 4),
            "reported": None,
            "note": f"printed as {printed} {unit}",
        }
    if value is None:
        return "values that are no numbers"
    if kind == "COUNT_OF_PARTICIPANTS" and n:
        share = {"measure": "proportion", "estimate": round(value / n, 6), "events": int(value)}
        return item | share | {"reported": f"{int(value)}/{n}"} | _ends(outcome, measured, 0.01)
    if kind == "NUMBER" and unit.casefold().startswith(("percent", "%")):
        return (
            item
            | {"measure": "proportion", "estimate": round(value / 100, 10), "reported": f"{printed}%"}
            | _ends(outcome, measured, 0.01)
        )
    if kind == "NUMBER" and unit.casefold().startswith(("participant", "patient", "subject")):
        return item | {"measure": "count", "estimate": value}
    measure = {"MEAN": "mean", "MEDIAN": "median", "GEOMETRIC_MEAN": "geometric_mean"}.get(kind)
    if measure is None:
        return f"values of kind {kind.lower().replace('_', ' ')} in {unit or 'no unit'}"
    spread = f"{outcome.get('dispersionType')} {measured.get('spread')}" if measured.get("spread") else None
    return (
        item
        | {"measure": measure, "estimate": value, "unit": unit or None, "note": spread}
        | _ends(outcome, measured, 1.0)
    )


def _ends(outcome: Mapping[str, Any], measured: Mapping[str, Any], factor: float) -> dict[str, Any]:
    level = _LEVEL.search(str(outcome.get("dispersionType") or ""))
    if level is None:
        return {}
    ends = [_number(measured.get(word)) for word in ("lowerLimit", "upperLimit")]
    low, high = (None if end is None else round(end * factor, 6) for end in ends)
    return (
        {}
        if low is None and high is None
        else {"interval": {"low": low, "high": high, "level": float(level[1]) / 100}}
    )


def _where(text: str | None) -> dict[str, str]:
    """A class of an outcome is a time where it names one, else a part of the patients or of the answer."""
    if text is None:
        return {}
    time = re.fullmatch(
        r"(?:at )?(?:(month|week|year)s? (\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) (month|week|year)s?)", text, re.I
    )
    if time is None:
        return {"subgroup": text}
    number, unit = (time[2], time[1]) if time[1] else (time[3], time[4])
    return {"timepoint": f"{number} {unit.lower()}s"}


def _counts(denoms: Any) -> dict[str, int]:
    for each in denoms or ():
        if str(each.get("units", "")).casefold().startswith("participant"):
            counts = {str(c.get("groupId")): _number(c.get("value")) for c in each.get("counts") or ()}
            return {group: int(count) for group, count in counts.items() if count is not None}
    return {}


def _number(value: Any) -> float | None:
    try:
        number = float(str(value).replace(",", "").strip())
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None
