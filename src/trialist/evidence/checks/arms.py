"""Arms add up to the trial, and the numbers of arms to that of their comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis, place
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry


@entry("arms", needs="store", gives=("W616", "W617"), source="arithmetic")
def arms(store: Store) -> Iterator[Found]:
    """Sums over arms: W616 they do not make the trial, W617 n or events do not make those of a comparison."""
    for card in store.trials.values():
        sizes = [arm.n for arm in card.arms.values()]
        known = [size for size in sizes if size is not None]
        if card.n is not None and known and len(known) == len(sizes) and sum(known) != card.n:
            yield Found(
                "W616",
                card.trial,
                ("arms",),
                f"the arms have {' + '.join(map(str, known))} = {sum(known)} patients, the trial {card.n}",
                "say who is in no arm, or in two",
            )
    yield from _compared(store)


def _compared(store: Store) -> Iterator[Found]:
    alone: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in store.findings:
        if len(finding.groups) == 1 and finding.measure == "median_time":
            alone[(*place(finding), analysis(finding), finding.groups[0])].append(finding)
    for finding in store.findings:
        if len(finding.groups) != 2 or finding.measure != "hazard_ratio":
            continue
        sides = [alone.get((*place(finding), analysis(finding), name), []) for name in finding.groups]
        for word in ("n", "events"):
            whole = getattr(finding, word)
            parts = [next((f for f in side if getattr(f, word) is not None), None) for side in sides]
            if whole is None or parts[0] is None or parts[1] is None:
                continue
            total = sum(getattr(part, word) for part in parts if part is not None)
            if total != whole:
                found = (finding, parts[0], parts[1])
                yield Found(
                    "W617",
                    finding.trial,
                    tuple(f.origin.entry or f.id for f in found),
                    f"{finding.endpoint}: the arms have {total} ({word}), their comparison {whole}",
                    "look up which analysis each is of",
                )
