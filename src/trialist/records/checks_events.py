"""Adverse events: starts of serious ones, words that are known, and what tells the same of death."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import answer
from trialist.records.columns import column
from trialist.records.domains import DOMAINS
from trialist.records.domains.ae import CRITERIA, STUDY_DRUGS
from trialist.records.model import Records
from trialist.records.telling import found, words_of
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import Table

_DEATH = 5  # the grade of CTCAE


def serious_events_dated(records: Records, _: Protocol) -> Iterator[Problem]:
    """W393: a serious event, by AESER or where that is empty by a criterion, without even a year."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    said = answer(ae, "serious")
    criterion = ibis.or_(*(answer(ae, name).fill_null(False) for name in CRITERIA))
    serious = said.fill_null(False) | (said.isnull() & criterion)
    nothing = column(ae, "start", "date").isnull() & column(ae, "start_text").strip().nullif("").isnull()
    yield from found(
        records,
        "ae",
        ae.filter(serious & nothing),
        "W393",
        "{n} serious adverse events have no start (AESTDTC), not even a year",
        "fill AESTDTC: until then they count as treatment-emergent, from the first dose on",
    )


def fatal_events_agree(records: Records, _: Protocol) -> Iterator[Problem]:
    """W394: AESDTH, AEOUT and grade 5 against each other, as far as each is known."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    yield from found(
        records,
        "ae",
        _disagreeing(ae),
        "W394",
        "{n} adverse events are fatal by one of AESDTH, AEOUT and AETOXGR (5), and not by another",
        "correct one of them: until then such an event counts as fatal",
    )


_RELATIONS = (("related", "unrelated", "relation_not_told"), "it counts as related")
_ACTIONS = (("actions", "action_not_told"), "it counts as nothing said of treatment")
_LISTS = {
    "relation": _RELATIONS,
    "action": _ACTIONS,
    **{f"relation_{n}": _RELATIONS for n in STUDY_DRUGS},
    **{f"action_{n}": _ACTIONS for n in STUDY_DRUGS},
    "outcome": (("fatal_outcomes", "other_outcomes", "outcome_not_told"), "it counts as no outcome"),
}


def event_words_known(records: Records, _: Protocol) -> Iterator[Problem]:
    """W397: words of causality, action and outcome that are in no list of `words.yaml`."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    for name, (lists, fate) in _LISTS.items():
        said = compared(column(ae, name))
        known = sorted({word for each in lists for word in words(each)})
        strange = ae.mutate(**{name: said}).filter((said.notnull() & ~said.isin(known)).fill_null(False))
        shown = words_of(strange, name)
        if shown:
            yield from found(
                records,
                "ae",
                strange,
                "W397",
                f"{{n}} adverse events hold a word in {DOMAINS['ae'].column(name).cdisc} that is not known: "
                f"{shown}",
                f"write a CDISC term, or translate it in a map.yaml ({', '.join(words(lists[0])[:3])} ...): "
                f"until then {fate}",
            )


def criteria_agree(records: Records, _: Protocol) -> Iterator[Problem]:
    """W398: not serious by AESER, and yet a criterion of seriousness."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    criterion = ibis.or_(*(answer(ae, name).fill_null(False) for name in CRITERIA))
    denied = (answer(ae, "serious") == ibis.literal(False)).fill_null(False)
    yield from found(
        records,
        "ae",
        ae.filter(denied & criterion),
        "W398",
        "{n} adverse events meet a criterion of seriousness (AESDTH, AESLIFE, AESHOSP, AESDISAB, AESCONG, "
        "AESMIE), and AESER says no",
        "correct one of them: until then AESER counts, and such an event is not serious",
    )


def _disagreeing(ae: Table) -> Table:
    said = compared(column(ae, "fatal"))
    outcome, grade = compared(column(ae, "outcome")), column(ae, "grade", "int64")
    fatal_outcomes = words("fatal_outcomes")
    yes = [said.isin(["Y", "TRUE"]), outcome.isin(fatal_outcomes), grade == _DEATH]
    no = [said.isin(["N", "FALSE"]), outcome.isin(words("other_outcomes")), grade < _DEATH]
    some = ibis.or_(*(each.fill_null(False) for each in yes))
    return ae.filter(some & ibis.or_(*(each.fill_null(False) for each in no)))
