"""Outcome measures of a registry record and their analyses -> findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from trialist.evidence.published_values import possible
from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import known_endpoint, slug
from trialist.formats.evidence.registry_parts import listed, number, text, texts, titles, whole
from trialist.problems import Place, Problem

_RATIOS = {
    "hazard ratio": "hazard_ratio",
    "odds ratio": "odds_ratio",
    "risk ratio": "risk_ratio",
    "risk difference": "risk_difference",
    "cox proportional hazard": "hazard_ratio",
    "mean difference": "mean_difference",
    "difference of least square": "mean_difference",
}
_MONTHS = {"month": 1.0, "week": 7 / 30.4375, "day": 1 / 30.4375, "year": 12.0}
_LEVEL = re.compile(r"(\d+(?:\.\d+)?)\s*% confidence interval", re.IGNORECASE)
_TIME = re.compile(
    r"(?:at )?(?:(month|week|year)s? (\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) (month|week|year)s?)", re.IGNORECASE
)
_P = re.compile(r"\s*(?:p\s*)?(<|>|=|≤|<=)?\s*(0?\.\d+|[01](?:\.\d+)?)\s*", re.IGNORECASE)


class Outcomes:
    """Reads the outcomes of one record; what can't be read as a finding is counted by its reason."""

    def __init__(self, record: str, arm: Callable[[str], str], controls: set[str], path: Path) -> None:
        self.record, self.arm, self.controls, self.path = record, arm, controls, path
        self.problems: list[Problem] = []

    def read(self, module: Mapping[str, Any], skipped: Counter[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for outcome in listed(module, "outcomeMeasures"):
            if outcome.get("reportingStatus") == "NOT_POSTED" or not listed(outcome, "classes"):
                skipped["outcomes without posted results"] += 1
                continue
            endpoint = self._endpoint(text(outcome, "title", "unnamed"))
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
        named, everybody = titles(outcome), _counts(outcome)
        term = vocabulary().terms("endpoint").get(endpoint)
        for each in listed(outcome, "classes"):
            n_of = _counts(each) or everybody
            for category in listed(each, "categories"):
                where = ": ".join(said for said in (text(each, "title"), text(category, "title")) if said)
                for measured in listed(category, "measurements"):
                    group = text(measured, "groupId")
                    item = _measured(outcome, measured, endpoint, n_of.get(group))
                    if isinstance(item, dict) and _impossible(item):
                        item = "numbers that their measure can't be"
                    if group not in named:
                        item = "numbers of groups that the outcome does not list"
                    if isinstance(item, str):
                        skipped[item] += 1
                        continue
                    item |= {"groups": [self.arm(named[group])], **_where(where)}
                    of_curve = "timepoint" in item and term is not None and term.shape == "time"
                    if of_curve and item["measure"] == "proportion":
                        item["measure"] = "survival_probability"  # no count of patients
                    yield self._whole(item, outcome)

    def _analyses(
        self, outcome: Mapping[str, Any], endpoint: str, skipped: Counter[str]
    ) -> Iterator[dict[str, Any]]:
        named = titles(outcome)
        for each in listed(outcome, "analyses"):
            said = text(each, "paramType").casefold().replace("_", " ")
            measure = next(
                (name for words, name in _RATIOS.items() if words in said and "log" not in said), None
            )
            factor = _factor(measure, outcome)
            estimate = _times(number(each.get("paramValue")), factor)
            asked = texts(each, "groupIds")
            two = len(asked) == 2 and set(asked) <= set(named)
            if measure is None or estimate is None or not _possible(estimate, measure) or not two:
                skipped["analyses that give no ratio or difference of two listed arms"] += 1
                continue
            groups = [self.arm(named[name]) for name in asked]
            groups.sort(key=lambda name: name in self.controls)
            item: dict[str, Any] = {
                "endpoint": endpoint,
                "measure": measure,
                "estimate": estimate,
                "groups": groups,
                "method": {"name": text(each, "statisticalMethod", "as reported")},
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
            level = number(each.get("ciPctValue"))
            ends = tuple(_times(number(each.get(f"ci{end}Limit")), factor) for end in ("Lower", "Upper"))
            if level is not None and 0 < level < 100 and ends != (None, None):
                item["interval"] = {"low": ends[0], "high": ends[1], "level": level / 100}
            p = _P.fullmatch(text(each, "pValue"))
            if p is not None:
                bound = {"≤": "<", "<=": "<"}.get(p[1] or "=", p[1] or "=")
                item["p_value"] = {"value": float(p[2]), "bound": bound}
            yield self._whole(item, outcome)

    def _whole(self, item: dict[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
        kind = text(outcome, "type", "reported").lower()
        known = {
            "population": "itt",
            **item,
            "origin": {"source": self.record, "place": f"{kind} outcome", "reliability": "read"},
        }
        return {word: value for word, value in known.items() if value is not None or word == "estimate"}


def _measured(
    outcome: Mapping[str, Any], measured: Mapping[str, Any], endpoint: str, n: int | None
) -> dict[str, Any] | str:
    """One number of one group, or why it is no finding."""
    kind, unit = text(outcome, "paramType"), text(outcome, "unitOfMeasure")
    printed, value = text(measured, "value"), number(measured.get("value"))
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
    spread = text(measured, "spread")
    return (
        item
        | {
            "measure": measure,
            "estimate": value,
            "unit": unit or None,
            "note": f"{text(outcome, 'dispersionType', 'spread')} {spread}" if spread else None,
        }
        | _ends(outcome, measured, 1.0)
    )


def _factor(measure: str | None, outcome: Mapping[str, Any]) -> float:
    """Differences of shares are printed in the unit of the outcome: in percent, where that is one."""
    percent = text(outcome, "unitOfMeasure").casefold().startswith(("percent", "%"))
    return 0.01 if percent and measure == "risk_difference" else 1.0


def _times(value: float | None, factor: float) -> float | None:
    return value if value is None or factor == 1.0 else round(value * factor, 10)


def _possible(estimate: float, measure: str) -> bool:
    return possible(estimate, measure) and (measure != "risk_difference" or abs(estimate) <= 1)


def _impossible(item: Mapping[str, Any]) -> bool:
    return item["estimate"] is not None and not possible(item["estimate"], item["measure"])


def _ends(outcome: Mapping[str, Any], measured: Mapping[str, Any], factor: float) -> dict[str, Any]:
    level = _LEVEL.search(text(outcome, "dispersionType"))
    if level is None or not 0 < float(level[1]) < 100:
        return {}
    ends = [number(measured.get(word)) for word in ("lowerLimit", "upperLimit")]
    if ends == [None, None]:
        return {}
    low, high = (None if end is None else round(end * factor, 6) for end in ends)
    return {"interval": {"low": low, "high": high, "level": float(level[1]) / 100}}


def _where(said: str) -> dict[str, str]:
    """A class of an outcome is a time where it names one, else a part of the patients or of the answer."""
    time = _TIME.fullmatch(said)
    if time is None:
        return {"subgroup": said} if said else {}
    count, unit = (time[2], time[1]) if time[1] else (time[3], time[4])
    return {"timepoint": f"{count} {unit.lower()}s"}


def _counts(module: Mapping[str, Any]) -> dict[str, int]:
    """Participants of each group, where they are what was counted."""
    for each in listed(module, "denoms"):
        if text(each, "units", "Participants").casefold().startswith("participant"):
            counts = {text(c, "groupId"): whole(c.get("value")) for c in listed(each, "counts")}
            return {group: count for group, count in counts.items() if count is not None}
    return {}
