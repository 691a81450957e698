"""One record for every result, whatever its origin: published, observed, simulated, claimed...

A curve is many findings, one per time. What can't be estimated is still a finding: `estimate=None`
and the `Problem` that says why. Proportions are fractions, times are months unless `unit` says
otherwise, and ratios compare `groups[0]` against `groups[1]`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from trialist.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval; an end of None is not reached or not estimable."""

    low: float | None
    high: float | None
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class PValue:
    """A p value as computed (`bound` '=') or as printed ('<' for p<0.001); `sides` 1 or 2."""

    value: float
    bound: Literal["=", "<", ">"] = "="
    sides: int = 2


@dataclass(frozen=True, slots=True)
class Method:
    """A method by name with every option it ran under; nothing is a hidden default."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(f"{key} {value}" for key, value in self.options if value is not None)
        return f"{self.name} ({shown})" if shown else self.name


OriginKind = Literal["published", "observed", "reconstructed", "simulated", "designed", "pooled", "claimed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from. It is shown wherever the number is shown.

    kind         one of `OriginKind`
    source       published: source id. reconstructed: the curve's source. simulated: who simulated.
    place        published: table, figure or page. claimed: the span.
    reliability  published: read, transcribed, digitised, computed, computed by source, memory, unreliable
    seed         simulated: the seed
    records      fingerprint of the records analysed
    protocol     fingerprint of the protocol that defined the number
    software     version and fingerprint of the code that computed the number
    entry        published: its id in the file of published results
    """

    kind: OriginKind
    source: str | None = None
    place: str | None = None
    reliability: str | None = None
    seed: int | None = None
    records: str | None = None
    protocol: str | None = None
    software: str | None = None
    entry: str | None = None

    @property
    def label(self) -> str:
        """The short label printed beside the number."""
        if self.kind == "published":
            return f"published, {self.source}" + (f", {self.place}" if self.place else "")
        if self.kind == "simulated" and self.seed is not None:
            return f"simulated, seed {self.seed}"
        if self.source:
            return f"{self.kind}, {self.source}"
        return self.kind


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `measure` is a word of `findings.measures`; `timepoint` is months or a visit.

    `definition` is the endpoint's rule with every option: thresholds, confirmation, baseline, censoring.
    """

    trial: str
    endpoint: str
    measure: str
    estimate: float | None
    origin: Origin
    method: Method
    unit: str | None = None
    population: str = "itt"
    subgroup: str | None = None
    timepoint: str | None = None
    groups: tuple[str, ...] = ()
    interval: Interval | None = None
    p_value: PValue | None = None
    n: int | None = None
    events: int | None = None
    analysis: str | None = None
    definition: tuple[tuple[str, Any], ...] = ()
    reported: str | None = None
    note: str | None = None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def id(self) -> str:
        """Stable identity: the same result of the same data and protocol has the same id, wherever it ran.

        What the software was does not enter: the content says whether a new version finds the same.
        """
        plain = _plain(self) | {"problems": [problem.code for problem in self.problems]}
        plain["origin"] = {key: value for key, value in plain["origin"].items() if key != "software"}
        content = json.dumps(plain, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` reads them back to an equal finding."""
        return {"id": self.id, **_plain(self)}

    def with_problem(self, problem: Problem) -> Finding:
        return replace(self, problems=(*self.problems, problem))


def from_json(data: dict[str, Any]) -> Finding:
    """The finding that `as_json` wrote."""
    values = {key: value for key, value in data.items() if key != "id"}
    values["origin"] = Origin(**values["origin"])
    method = values["method"]
    values["method"] = Method(method["name"], tuple((k, _frozen(v)) for k, v in method["options"].items()))
    values["definition"] = tuple((k, _frozen(v)) for k, v in (values.get("definition") or {}).items())
    values["groups"] = tuple(values.get("groups") or ())
    for key, kind in (("interval", Interval), ("p_value", PValue)):
        if values.get(key) is not None:
            values[key] = kind(**values[key])
    values["problems"] = tuple(
        Problem(p["code"], p["message"], p["remedy"], Place(**p["place"]) if p["place"] else None)
        for p in values.get("problems") or ()
    )
    return Finding(**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _plain(finding: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for item in fields(finding):
        value = getattr(finding, item.name)
        if isinstance(value, Method):
            value = {"name": value.name, "options": dict(value.options)}
        elif isinstance(value, (Interval, PValue, Origin)):
            value = {f.name: getattr(value, f.name) for f in fields(value)}
        elif item.name == "definition":
            value = dict(value)
        elif item.name == "problems":
            value = [p.as_json() for p in value]
        elif isinstance(value, tuple):
            value = list(value)
        plain[item.name] = value
    return plain
