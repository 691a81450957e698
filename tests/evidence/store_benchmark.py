"""How the audit against the store does on every finding: `python tests/evidence/store_benchmark.py`.

True sentences made from the store must pass in silence (a conflict of sources, severity C, is no alarm); the
same with one digit edited must be told of, unless some finding of the trial still says so.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field

from store_sentences import Sentence, read, sentences

from trialist.evidence.audit import audit
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import Lexicon, lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.model import Store
from trialist.evidence.store import load_store
from trialist.findings.model import Finding
from trialist.formats.documents.markdown import document_of


@dataclass
class Table:
    """Counts by measure."""

    true: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return sum(self.caught.values()) / max(sum(self.asked.values()), 1)

    @property
    def false_alarms(self) -> float:
        return sum(self.alarms.values()) / max(sum(self.true.values()), 1)


def told(text: str, store: Store, known: Lexicon) -> list[Verdict]:
    reading = read_claims(document_of(text, "sentence.txt"), known)
    return [verdict for verdict in audit(reading, store) if verdict.severity != "C"]


def measure(store: Store, *, every: int = 1, edits: int = 1) -> Table:
    """`every`: takes each so-manieth sentence; `edits`: in each so-manieth a digit is edited, 0 for none."""
    table, known = Table(), lexicon_of(store)
    for turn, sentence in enumerate(sentences(store)):
        if turn % every:
            continue
        kind = kind_of(sentence.finding)
        table.true[kind] += 1
        found = told(read(sentence), store, known)
        if found:
            table.alarms[kind] += 1
            table.told.append(
                f"{sentence.finding.origin.entry}: {read(sentence)}\n     "
                f" {found[0].rule}: {found[0].message}"
            )
        if edits and turn % edits == 0:
            changed = edit(sentence, turn)
            if changed is None or still_true(store, sentence, changed):
                continue
            if sentence.finding.origin.reliability in ("memory", "unreliable"):
                continue
            table.asked[kind] += 1
            text = sentence.text.replace("@", changed)
            if told(text, store, known):
                table.caught[kind] += 1
            else:
                table.missed.append(f"{sentence.finding.origin.entry}: {text}   (true: {sentence.number})")
    return table


def kind_of(finding: Finding) -> str:
    return "adverse event" if finding.endpoint.startswith("ae:") else finding.measure.replace("_", " ")


def edit(sentence: Sentence, turn: int) -> str | None:
    """One digit of the number made another; which one goes round with the turn."""
    places = [k for k, c in enumerate(sentence.number) if c.isdigit()]
    at = places[turn % len(places)]
    digit = int(sentence.number[at])
    new = (digit + 1 + turn % 8) % 10
    if at == 0 and new == 0 and len(sentence.number) > 1:
        new = 5 if digit != 5 else 6
    if new == digit:
        new = (digit + 1) % 10
    return sentence.number[:at] + str(new) + sentence.number[at + 1 :]


def still_true(store: Store, sentence: Sentence, changed: str) -> bool:
    """Whether some finding of the trial on that endpoint family prints so, or is traced from a picture."""
    value, decimals = float(changed), len(changed.partition(".")[2])
    half = 0.5 * 10.0**-decimals + 1e-9
    mine = sentence.finding
    for other in store.of(mine.trial):
        if other.estimate is None or other.measure != mine.measure or not _alike(mine, other):
            continue
        share = mine.measure in ("proportion", "survival_probability")
        estimate = other.estimate * (100 if share else 1)
        wide = (
            0.5 * 10.0 ** -len((other.reported or "").rstrip("%").partition(".")[2])
            if other.reported
            else 0.0
        )
        traced = 1.5 if share else 0.25
        wide = (
            traced
            if other.origin.reliability in ("digitised",) or other.origin.kind == "reconstructed"
            else wide
        )
        if abs(estimate - value) <= half + wide:
            return True
    return False


def _alike(a: Finding, b: Finding) -> bool:
    first, second = a.endpoint.split(":"), b.endpoint.split(":")
    same = first[:2] == second[:2]
    return same and (a.groups == b.groups or not b.groups) and a.timepoint == b.timepoint


def main() -> None:
    store = load_store()
    table = measure(store, edits=1)
    print(f"{'measure':26}{'true':>6}{'alarms':>8}{'edited':>8}{'caught':>8}{'recall':>8}")
    for kind in sorted(table.true):
        asked, caught = table.asked[kind], table.caught[kind]
        share = f"{caught / asked:.3f}" if asked else ""
        print(f"{kind:26}{table.true[kind]:6}{table.alarms[kind]:8}{asked:8}{caught:8}{share:>8}")
    print(
        f"{'all':26}{sum(table.true.values()):6}{sum(table.alarms.values()):8}{sum(table.asked.values()):8}"
        f"{sum(table.caught.values()):8}{table.recall:8.3f}   false alarms {table.false_alarms:.4f}"
    )
    shown = 40 if "--all" not in sys.argv else 10_000
    for line in [*table.told[:shown], "missed:", *table.missed[:shown]]:
        print(f"  - {line}")


if __name__ == "__main__":
    main()
