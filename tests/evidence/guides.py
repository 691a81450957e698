"""Guides of the shipped store, and every number that may be printed of a finding: what the clauses share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from trialist.evidence.guide import Guide, make_guide
from trialist.evidence.model import Store
from trialist.evidence.store import load_store
from trialist.findings.model import Finding
from trialist.problems import Problem

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
ASKED = [
    ("cabazitaxel", "mCRPC"),
    ("docetaxel", "mCRPC"),
    ("enzalutamide", "mCRPC"),
    ("cabazitaxel", "breast cancer"),
    ("denosumab", "bone metastases"),
]
MINE = """
trial: MYTRIAL
about: {title: A trial of my own, condition: mcrpc, line: second, randomised: true, arms: {
  a: {treatment: cabazitaxel_20, label: low dose, role: experimental, n: 10, treated: 9,
      give: [{drug: cabazitaxel, dose: 20 mg/m2, every: 21 d}]},
  b: {treatment: cabazitaxel_25, label: high dose, role: control, n: 11, treated: 11,
      give: [{drug: cabazitaxel, dose: 25 mg/m2, every: 21 d}]}}}
sources: {MYPAPER: {citation: My paper, doi: 10.1000/mine, kind: paper},
  MYPAGE: {citation: A page, url: 'javascript:alert(1)'}}
findings:
  - {id: MY-1, endpoint: os, measure: median_time, estimate: 13.25, unit: months, groups: [a], n: 10,
     origin: {source: MYPAGE, place: reporting MYPAPER, reliability: read}, reported: '13.25'}
  - {id: MY-2, endpoint: os, measure: median_time, estimate: 11.5, unit: months, groups: [b], n: 11,
     origin: {source: MYPAPER, reliability: read}, reported: '11.5'}
  - {id: MY-3, endpoint: os, measure: hazard_ratio, estimate: 0.815, groups: [a, b],
     interval: {low: 0.4, high: 1.66}, origin: {source: MYPAPER, reliability: read}}
  - {id: MY-4, endpoint: os, measure: hazard_ratio, estimate: 0.9, groups: [a, b],
     interval: {low: 0.5, high: 1.7}, origin: {source: MYPAGE, reliability: read}}
  - {id: MY-5, endpoint: psa50, measure: proportion, estimate: 0.4, groups: [a], events: 4, n: 10,
     population: psa_evaluable, origin: {source: memory, reliability: memory}, reported: 40%}
  - {id: MY-6, endpoint: x, measure: proportion, estimate: 0.9, groups: [a], events: 9, n: 10,
     population: safety,
     definition: {term: neutropenia, grade: 3+, graded_by: laboratory, criteria: CTCAE 4.0},
     origin: {source: MYPAPER, reliability: read}, reported: 90%}
  - {id: MY-7, endpoint: y, measure: proportion, estimate: 0.2, groups: [a], events: 2, n: 10,
     population: safety, definition: {term: neutropenia, grade: 3+, graded_by: reported},
     origin: {source: MYPAPER, reliability: read}, reported: 20%}
"""


@cache
def guide_of(treatment: str, condition: str, *folders: Path) -> Guide:
    made = make_guide(load_store(*folders), treatment, condition)
    assert isinstance(made, Guide), made
    return made


def refused(treatment: str, condition: str | None) -> tuple[Problem, ...]:
    made = make_guide(load_store(), treatment, condition)
    assert not isinstance(made, Guide)
    return made


def by_id(store: Store) -> dict[str, Finding]:
    return {f.origin.entry or f.id: f for f in store.findings}


def numbers_in(text: str) -> set[float]:
    return {float(number) for number in _NUMBER.findall(text.replace(",", ""))}


def numbers_of(finding: Finding, store: Store) -> set[float]:
    """Every number that a page may print of a finding: written apart from what prints it."""
    ends = finding.interval
    plain: list[Any] = [finding.n, finding.events]
    scaled = [finding.estimate, *((ends.low, ends.high) if ends else ())]
    plain += scaled
    plain += [round(value * 100, digits) for value in scaled if value is not None for digits in range(4)]
    if finding.n and finding.events is not None:
        plain.append(round(100 * finding.events / finding.n, 1))
    if ends:
        plain.append(round(ends.level * 100, 4))
    if finding.p_value:
        plain.append(finding.p_value.value)
    card = store.trials[finding.trial]
    options = " ".join(str(value) for value in dict(finding.method.options).values())
    texts = (
        finding.reported or "",
        finding.timepoint or "",
        finding.note or "",
        finding.subgroup or "",
        options,
        finding.trial,
        *(arm.label for arm in card.arms.values()),
        store.words.label("endpoint", finding.endpoint),
        finding.endpoint,
        str(dict(finding.definition)),
    )
    return {abs(float(value)) for value in plain if value is not None} | {
        n for t in texts for n in numbers_in(t)
    }


def without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return text
