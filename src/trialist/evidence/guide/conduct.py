"""Patients at the start, treatment given, follow-up: whatever is neither benefit nor harm."""

from __future__ import annotations

from collections.abc import Mapping

from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.efficacy import endpoints
from trialist.evidence.guide.model import Fold, Group, Row, Section, Table
from trialist.evidence.guide.results import lines, row
from trialist.evidence.guide.wording import endpoint_label
from trialist.evidence.model import Store
from trialist.findings.model import Finding

_FIRST = ("followup", "exposure", "disposition", "subsequent", "received", "concomitant", "baseline")


def conduct(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> Section | None:
    """One table, folded; the rows of a trial are a group."""
    elsewhere = {term.id for term in endpoints(store)} | {"ae"}
    groups = []
    for card in asked.trials:
        by_endpoint: dict[str, list[Finding]] = {}
        for f in store.of(card.trial):
            family = f.endpoint.partition(":")[0]
            if family not in elsewhere and not family.startswith("deaths"):
                by_endpoint.setdefault(f.endpoint, []).append(f)
        rows = []
        for name in sorted(by_endpoint, key=_place):
            for line in lines(asked, card, by_endpoint[name], ours=False):
                made = row(store, line, disputes, head=endpoint_label(store.words, name))
                rows.append(Row((made.cells[0], (*made.cells[1], *made.cells[2])), made.disputed))
        if rows:
            groups.append(Group(None, tuple(rows)))
    if not groups:
        return None
    title = "Exposure, discontinuation, follow-up and patients at the start, by trial"
    table = Table(title, ("Trial", "By arm"), tuple(groups))
    return Section("conduct", "Patients and treatment given", (Fold(title, (table,)),))


def _place(name: str) -> int:
    family = name.partition(":")[0]
    return _FIRST.index(family) if family in _FIRST else len(_FIRST)
