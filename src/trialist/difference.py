"""What two versions of a protocol change: the rule behind each planned result, and the results themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialist.endpoints import definition
from trialist.endpoints.intercurrent import governing, governing_name, with_strategies
from trialist.study import planned

if TYPE_CHECKING:
    from trialist.findings.model import Finding
    from trialist.protocol.endpoints import Endpoint
    from trialist.protocol.model import Protocol, TrialProtocol
    from trialist.study import Planned

Rules = Mapping[str, Any]
_TOLD = frozenset({"note", "estimand", "endpoint", "population", "compare"})


@dataclass(frozen=True, slots=True)
class Change:
    """One option that differs; None where a version has no such option."""

    option: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {"option": self.option, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two protocols.

    everywhere  what every result rests on: how the records are read, the cut-off, day 0, the factors
    analyses    analysis -> the options of its rule that differ
    added, removed  analyses that only one version plans
    """

    everywhere: tuple[Change, ...]
    analyses: Mapping[str, tuple[Change, ...]]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not (self.everywhere or self.analyses or self.added or self.removed)

    def as_json(self) -> dict[str, Any]:
        return {
            "everywhere": [change.as_json() for change in self.everywhere],
            "analyses": {name: [c.as_json() for c in found] for name, found in self.analyses.items()},
            "added": list(self.added),
            "removed": list(self.removed),
        }


@dataclass(frozen=True, slots=True)
class Moved:
    """A result of both versions whose number differs, or of one version only (the other is None)."""

    before: Finding | None
    after: Finding | None

    @property
    def known(self) -> Finding:
        """The later of the two that there is."""
        found = self.before if self.after is None else self.after
        if found is None:
            raise ValueError("a result of no version")
        return found


def difference(before: Protocol, after: Protocol) -> Difference:
    """The options that differ between two protocols, for everything and for each planned analysis.

    Labels, notes and sources are no options, and assumptions of the design or of a simulation move no result
    of given records. An endpoint's rule is compared with every threshold filled in,
    as the estimand's strategies set it, so that a word which repeats a default is no difference.
    """
    first, second = rules_of(before), rules_of(after)
    changed = {name: _changes(first[name], second[name]) for name in first if name in second}
    return Difference(
        _changes(_everywhere(before.plan), _everywhere(after.plan)),
        {name: found for name, found in changed.items() if found},
        tuple(name for name in second if name not in first),
        tuple(name for name in first if name not in second),
    )


def rules_of(protocol: Protocol) -> dict[str, Rules]:
    """Analysis -> every option that decides its numbers, under plain names."""
    return {item.id: _rule(item, protocol.plan) for item in planned(protocol)}


def moved(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[tuple[Moved, ...], int]:
    """(the results that differ, in the order of the later version; how many are the same).

    Two results are the same when estimate, interval, p value, n and events are.
    """
    first = _by_key(before)
    second = _by_key(after)
    found = [
        Moved(first.get(key), finding)
        for key, finding in second.items()
        if key not in first or _numbers(first[key]) != _numbers(finding)
    ]
    gone = [Moved(finding, None) for key, finding in first.items() if key not in second]
    same = sum(key in first and _numbers(first[key]) == _numbers(finding) for key, finding in second.items())
    return (*found, *gone), same


def _rule(item: Planned, plan: TrialProtocol) -> Rules:
    population = plan.populations[item.population]
    asked = item.analysis.model_dump()
    told = {
        "endpoint": item.endpoint,
        "population": population.where,
        "arms of the population": population.by,
        "compare": list(item.compare),
        **{name: value for name, value in asked.items() if name not in _TOLD},
    }
    return _plain(told | {f"rule: {name}": value for name, value in _definition(item, plan)})


def _definition(item: Planned, plan: TrialProtocol) -> Iterable[tuple[str, Any]]:
    """The endpoint's rule as the analysis reads it: strategies of its estimand act on the governing one."""
    name = item.endpoint
    if item.analysis.estimand is not None:
        estimand = plan.estimands[item.analysis.estimand]
        asked = with_strategies(governing(plan, name), estimand, plan.endpoints[name])
        read: dict[str, Endpoint] = {**plan.endpoints, governing_name(plan, name): asked}
        plan = plan.model_copy(update={"endpoints": read})
    return definition(plan.endpoints[name], plan)


def _everywhere(plan: TrialProtocol) -> Rules:
    records = plan.records
    read = ("evaluator", "accepted_only", "response_category", "partial_dates")
    return _plain(
        {
            "reference": plan.reference,
            "cut-off": plan.dates.get("cut_off"),
            **{f"records: {name}": getattr(records, name) if records else None for name in read},
            **{f"arm {name}: code": arm.code for name, arm in plan.arms.items()},
            **{f"factor {name}: levels": list(f.levels) for name, f in plan.factors.items()},
            **{f"factor {name}: test": f.test for name, f in plan.factors.items()},
        }
    )


def _changes(before: Rules, after: Rules) -> tuple[Change, ...]:
    names = dict.fromkeys((*before, *after))
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _plain(rules: Rules) -> Rules:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in rules.items()}


def _by_key(findings: Iterable[Finding]) -> dict[tuple[Any, ...], Finding]:
    """Findings by what they are results of; a category of a count is part of that."""
    return {
        (
            f.analysis,
            f.endpoint,
            f.measure,
            f.groups,
            f.subgroup,
            f.timepoint,
            dict(f.method.options).get("category"),
        ): f
        for f in findings
    }


def _numbers(finding: Finding) -> tuple[Any, ...]:
    return finding.estimate, finding.interval, finding.p_value, finding.n, finding.events
