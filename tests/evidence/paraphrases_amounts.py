"""Amounts, dates, standards and acronyms as others would put them.

`python tests/evidence/paraphrases_amounts.py [-v] [PART ...]`.

Each pair is one passage once true and once with a fault; decoys look wrong and are true. `part` tells when
a passage was written: `seen` and `held` before the readers were looked at, `round N` before they were mended
for the N-th time.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from trialist.evidence.audit import audit_together
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.html import read_html
from trialist.formats.documents.markdown import document_of

PASSAGES = Path(__file__).parent / "paraphrases" / "amounts.yaml"
STORE = load_store()
KNOWN = lexicon_of(STORE)


@dataclass
class Score:
    """Faults by kind, those that were told, and what was told of true passages."""

    planted: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    true: int = 0

    @property
    def recall(self) -> float:
        return sum(self.told.values()) / max(sum(self.planted.values()), 1)


def passages(parts: Iterable[str] = ()) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = yaml.safe_load(PASSAGES.read_text(encoding="utf-8"))
    wanted = set(parts)
    return [entry for entry in entries if not wanted or entry["part"] in wanted]


def measure(entries: Iterable[dict[str, str]]) -> Score:
    score = Score()
    for entry in entries:
        kind = entry["kind"]
        for field_ in ("true", "decoy"):
            if field_ in entry:
                score.true += 1
                score.alarms += [f"{kind}: {told} <- {entry[field_]}" for told in _told(entry[field_])]
        if "false" in entry:
            told = _told(entry["false"])
            score.planted[kind] += 1
            score.told[kind] += bool(told)
            if not told:
                score.missed.append(f"{kind}: {entry['false']}")
    return score


def _told(text: str) -> list[str]:
    """What is told of a passage; a document of HTML is read as one."""
    document = document_of(text, "text.md")
    if text.startswith("<"):
        document = read_html(text.encode(), "text.html")[0][0]
    reading = read_claims(document, KNOWN)
    return [
        f"{verdict.rule}: {verdict.as_json(reading)['message']}"
        for verdict in audit_together([reading], STORE)[0]
    ]


def main() -> None:
    parts = [word for word in sys.argv[1:] if not word.startswith("-")]
    for part in parts or sorted({entry["part"] for entry in passages()}):
        score = measure(passages([part]))
        kinds = ", ".join(f"{kind} {score.told[kind]}/{of}" for kind, of in sorted(score.planted.items()))
        told = sum(score.told.values())
        print(f"{part}: {told} of {sum(score.planted.values())} ({score.recall:.2f}); {kinds}")
        print(f"   {len(score.alarms)} verdicts on {score.true} true passages")
        if "-v" in sys.argv:
            print(*(f"  missed {line}" for line in score.missed), sep="\n")
            print(*(f"  alarm  {line}" for line in score.alarms), sep="\n")


if __name__ == "__main__":
    main()
