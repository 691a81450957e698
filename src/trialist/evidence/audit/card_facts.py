"""What a text says of the design of a trial against its card: masking, phase, allocation, endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.filter import is_endpoint
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry

_NEAR = ("sentence", "paragraph", "heading", "list", "table", "row")
_FIELDS = {"masking": "blinding", "phase": "phase", "allocation": "ratio", "primary endpoint": "primary"}


@entry("card_facts", needs="store", gives="another design than the trial had", source="cards of the trials")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    facts = [claim for claim in reading.of("fact") if claim.said["what"] in _FIELDS]
    if store is None or not facts:
        return
    of = {one.span: one for one in scenes(reading, store)}
    for claim in facts:
        one = of.get(claim.sentence)
        if one is None or one.trial is None or one.how not in _NEAR or one.asks:
            continue
        part = reading.document.part_of(claim.span.start)
        if one.how != "sentence" and part is not None and part.kind == "heading":
            continue  # the title of another study
        named = one.of("trial")
        behind = named and named[0].start >= claim.span.end
        if len({m.id for m in named}) > 1 or (
            behind and re.search(r"\d", one.sight.text[claim.span.end : named[0].start])
        ):
            continue
        found = _against(claim, one, store.trials[one.trial])
        if found is not None:
            yield found


def _against(claim: Claim, one: Scene, card: TrialCard) -> Verdict | None:
    what = str(claim.said["what"])
    field, said = _FIELDS[what], claim.said["value"]
    held = _held(what, card)
    if not held or field in {word.partition("(")[0] for word in card.recalled}:
        return None
    kin = what == "primary endpoint" and any(_kin(a, b) for a in held for b in said)
    if kin or held & said:
        return None
    shown, told = " or ".join(sorted(held)), " or ".join(sorted(said))
    return Verdict(
        "card_facts", "contradicted", "A", claim, f"the {what} of {card.trial} was {shown}, not {told}",
        (f"{card.trial}: {card.title}; {field}: {getattr(card, field)}",), "look up the design of the trial",
    )  # fmt: skip


def _kin(first: str, second: str) -> bool:
    """Whether two endpoints may be one, told more or less exactly."""
    return is_endpoint(first, second) or first.endswith(second) or second.endswith(first)


def _held(what: str, card: TrialCard) -> frozenset[str]:
    """What the card says in the words of a claim; empty where it does not say it in them."""
    if what == "masking":
        words = {"double blind": "masked", "open label": "open"}
        return frozenset({words[card.blinding]} if card.blinding in words else ())
    if what == "phase":
        return frozenset(re.findall(r"\d", card.phase or ""))
    if what == "allocation":
        whole = re.fullmatch(r"\d(?::\d)+", card.ratio or "")
        return frozenset({":".join(sorted(whole[0].split(":"), reverse=True))} if whole else ())
    return frozenset(card.primary)
