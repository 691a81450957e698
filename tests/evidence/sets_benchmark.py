"""The audit on documents that others wrote: `python tests/evidence/sets_benchmark.py [SET ...] [-v]`.

Each set under `audit_sets/` was written from published facts by somebody who had not seen the audit: about
half of the documents true, the others with one planted fault each (`key.json`). At first sight, before
anything was mended for a set, the audit did worse than it does now: docs/explanation/claims-and-audit.md.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trialist.evidence.audit import audit_together
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents import read_documents

SETS = Path(__file__).parent / "audit_sets"
STORE = load_store()
KNOWN = lexicon_of(STORE)
NEAR = 0.75
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n[-*|]")


@dataclass
class Score:
    """Planted faults by kind, those that were told, and what was told of true sentences."""

    planted: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return sum(self.told.values()) / max(sum(self.planted.values()), 1)

    @property
    def false_alarms(self) -> float:
        """Verdicts on true sentences, for each sentence."""
        return len(self.alarms) / max(self.sentences, 1)


def names() -> list[str]:
    """The sets, in the order of their writing."""
    order = [
        *("one", "two", "three", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("thirteen", "fourteen", "fifteen", "sixteen"),
    ]
    return [name for name in order if (SETS / name).is_dir()]


def measure(sets: Iterable[str], *, every: int = 1) -> Score:
    """`every`: takes each so-manieth document of a set."""
    score = Score()
    for name in sets:
        for entry in _key(name)[::every]:
            path = SETS / name / entry["file"]
            score.sentences += len(_SENTENCE_END.findall(path.read_text(encoding="utf-8")))
            _count(score, f"{name}/{path.name}", entry["fault"], list(_verdicts(path)))
    return score


def _key(name: str) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads((SETS / name / "key.json").read_text(encoding="utf-8"))
    return entries


def _verdicts(path: Path) -> Iterator[tuple[Reading, Verdict]]:
    documents, _ = read_documents(path)
    readings = [read_claims(document, KNOWN) for document in documents]
    for reading, verdicts in zip(readings, audit_together(readings, STORE), strict=True):
        for verdict in verdicts:
            yield reading, verdict


def _count(
    score: Score, where: str, fault: Mapping[str, str] | None, verdicts: Iterable[tuple[Reading, Verdict]]
) -> None:
    hit = False
    for reading, verdict in verdicts:
        told = verdict.as_json(reading)
        if fault is not None and _tells(told, fault):
            hit = True
        else:
            score.alarms.append(f"{where}: {verdict.rule} {verdict.severity}: {told['message']}")
    if fault is None:
        return
    score.planted[fault["kind"]] += 1
    score.told[fault["kind"]] += hit
    if not hit:
        score.missed.append(f"{where}: {fault['kind']}: {fault['sentence']}")


def _tells(told: Mapping[str, object], fault: Mapping[str, str]) -> bool:
    """Whether a verdict stands on the planted sentence or names it as its other side."""
    others = told["others"]
    said = [str(told["sentence"]), *(map(str, others) if isinstance(others, list) else ())]
    two_ways = fault["kind"] == "said two ways" and told["rule"] == "two_ways"
    return two_ways or any(_alike(one, fault["sentence"]) for one in said)


def _alike(first: str, second: str) -> bool:
    a, b = _words(first), _words(second)
    return len(a & b) > NEAR * max(1, min(len(a), len(b)))


def _words(text: str) -> set[str]:
    bare = re.sub(r"<[^>]+>", "", html.unescape(text)).lower()
    return set(re.findall(r"[a-z0-9.]+", bare.replace("\N{MIDDLE DOT}", ".")))


def main() -> None:
    asked = [name for name in sys.argv[1:] if not name.startswith("-")] or names()
    whole = Counter[str](), Counter[str]()
    for name in asked:
        score = measure([name])
        whole[0].update(score.planted)
        whole[1].update(score.told)
        print(
            f"{name:8}{sum(score.told.values()):4} of{sum(score.planted.values()):4} faults"
            f"{len(score.alarms):6} verdicts on true sentences, of about {score.sentences}"
        )
        if "-v" in sys.argv:
            print(*(f"   missed {line}" for line in score.missed), sep="\n")
            print(*(f"   alarm  {line}" for line in score.alarms), sep="\n")
    for kind in sorted(whole[0]):
        print(f"  {kind:28}{whole[1][kind]:4} of{whole[0][kind]:4}")


if __name__ == "__main__":
    main()
