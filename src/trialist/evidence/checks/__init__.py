"""What of the store contradicts itself: one rule a module, both sides of every contradiction named.

Nothing is averaged and nothing is taken out. A contradiction whose reason is known (`explained.yaml`) is the
note N610 with that reason; every other one is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from trialist.evidence.checks.arms import arms
from trialist.evidence.checks.curves import curves
from trialist.evidence.checks.deaths import deaths
from trialist.evidence.checks.design_facts import design_facts
from trialist.evidence.checks.found import Found, told
from trialist.evidence.checks.grades import grades
from trialist.evidence.checks.intervals import intervals
from trialist.evidence.checks.known_words import known_words
from trialist.evidence.checks.limits import limits
from trialist.evidence.checks.medians import medians
from trialist.evidence.checks.p_values import p_values
from trialist.evidence.checks.percents import percents
from trialist.evidence.checks.populations import populations
from trialist.evidence.checks.sources import sources
from trialist.evidence.checks.subgroups import subgroups
from trialist.evidence.model import Store
from trialist.problems import Problem
from trialist.registry import Entry, catalogue

_RULES: tuple[Callable[[Store], Iterator[Found]], ...] = (
    *(known_words, intervals, p_values, percents, limits, arms, subgroups),
    *(populations, sources, curves, grades, design_facts, deaths, medians),
)
RULES: Mapping[str, Entry] = catalogue("rule of evidence", _RULES)

__all__ = ["RULES", "check_store", "check_trial"]


def check_store(store: Store) -> tuple[Problem, ...]:
    """Every contradiction of the store, rule by rule; one that is explained is a note."""
    return tuple(problem for rule in RULES.values() for problem in told(rule.run(store)))


def check_trial(store: Store, trial: str) -> tuple[Problem, ...]:
    """The contradictions of one trial."""
    return check_store(replace(store, trials={trial: store.trials[trial]}, findings=store.of(trial)))
