"""How much the audit finds, and how often it cries wolf: `python tests/evidence/audit_benchmark.py`.

The documents of audit_documents/coherent/ hold true statements; each of planted/ holds one fault that
faults.yaml names. Besides, single digits of the true statements are edited; whether an edit can't be true is
decided here, by arithmetic of its own with wide margins, and only such edits are asked for.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from trialist.evidence.audit import audit
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import Lexicon, lexicon
from trialist.evidence.claims.model import Claim, Document, Printed, Reading
from trialist.evidence.claims.read import read_claims
from trialist.formats.documents import read_documents

FOLDER = Path(__file__).parent / "audit_documents"
COUNTED = ("ratio", "share", "time", "total", "difference", "reduction", "volume",
           "dose",
           "period", "standard", "acronym", "pair", "count", "p_value")  # fmt: skip


def names() -> Lexicon:
    """The drugs of the documents; the vocabulary of the store knows many more."""
    drugs = yaml.safe_load((FOLDER / "drugs.yaml").read_text(encoding="utf-8"))
    return lexicon({"drug": drugs})


@dataclass
class Score:
    """Counts by kind: what was asked for, what was found, and what was told of true statements."""

    asked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    statements: int = 0
    alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        return self.found[kind] / self.asked[kind]

    @property
    def whole(self) -> float:
        return sum(self.found.values()) / max(sum(self.asked.values()), 1)


def coherent(known: Lexicon) -> Iterator[Reading]:
    for path in sorted((FOLDER / "coherent").iterdir()):
        documents, _ = read_documents(path)
        for document in documents:
            yield read_claims(document, known)


def false_alarms(known: Lexicon) -> Score:
    score = Score()
    for reading in coherent(known):
        score.statements += len(reading.of(*COUNTED))
        score.alarms += [f"{v.claim.span}: {v.rule}: {v.message}" for v in audit(reading)]
    return score


def planted(known: Lexicon) -> Score:
    """Faults of planted/: found when the named rule speaks of the named line; another verdict is an alarm."""
    score = Score()
    faults = yaml.safe_load((FOLDER / "faults.yaml").read_text(encoding="utf-8"))
    for name, fault in faults.items():
        documents, _ = read_documents(FOLDER / "planted" / name)
        told: list[Verdict] = []
        for document in documents:
            reading = read_claims(document, known)
            score.statements += len(reading.of(*COUNTED)) - 1
            told += audit(reading)
        score.asked[fault["rule"]] += 1
        right = [v for v in told if v.rule == fault["rule"] and v.claim.span.line == fault["line"]]
        if right:
            score.found[fault["rule"]] += 1
        else:
            score.missed.append(name)
        score.alarms += [f"{name}: {v.rule}: {v.message}" for v in told if v not in right]
    return score


def edited(known: Lexicon, *, every: int = 1) -> Score:
    """Single digits of true statements edited; `every` takes only each so-manieth edit."""
    score = Score()
    turn = 0
    for reading in coherent(known):
        for claim in reading.claims:
            for word, number in claim.numbers.items():
                for at in range(number.start, number.end):
                    if not reading.document.text[at].isdigit():
                        continue
                    for digit in "0123456789":
                        wrong = _edit(reading, claim, word, number, at, digit)
                        if wrong is None:
                            continue
                        turn += 1
                        if turn % every:
                            continue
                        kind = f"{claim.kind}: {wrong}"
                        score.asked[kind] += 1
                        if _told(reading.document, claim, at, digit, known):
                            score.found[kind] += 1
                        else:
                            text = reading.document.text[claim.span.start : claim.span.end]
                            score.missed.append(
                                f"{kind}: {word} {number.text}, digit {digit} at {at - number.start}: {text}"
                            )
    return score


def _edit(reading: Reading, claim: Claim, word: str, number: Printed, at: int, digit: str) -> str | None:
    """What can't be true after the edit; None where it still may be, or where nothing changes."""
    text = reading.document.text
    if text[at] == digit or (digit == "0" and at == number.start and number.end - number.start > 1):
        return None
    shown = text[number.start : at] + digit + text[at + 1 : number.end]
    shown = shown.replace("·", ".")
    shown = shown.replace(",", ".") if "." in number.text and "." not in shown else shown.replace(",", "")
    try:
        value = float(shown)
    except ValueError:
        return None
    scale = number.value / float(number.text.rstrip("%")) if float(number.text.rstrip("%")) else 1.0
    return impossible(claim, {w: n.value for w, n in claim.numbers.items()} | {word: value * scale}, word)


def impossible(claim: Claim, v: dict[str, float], word: str) -> str | None:
    """Arithmetic of its own: what the numbers contradict, by a wide margin."""
    unit = {w: 10.0**-n.decimals for w, n in claim.numbers.items()}
    if claim.kind == "share":
        return _share(claim, v, unit, word)
    if claim.kind in ("ratio", "time"):
        return _interval(claim, v, unit)
    if claim.kind == "total" and claim.said["form"] in ("allocated", "events"):
        parts = [v[w] for w in v if w.startswith("part")]
        gap = v["total"] - sum(parts)
        return "sum" if gap <= -1 or 1 <= gap <= 0.4 * min(parts) else None
    if claim.kind == "difference":
        gap = abs(abs(v["first"] - v["second"]) - v["difference"])
        return "subtraction" if gap > 1.6 * max(unit.values()) else None
    if claim.kind == "reduction" and v["ratio"] < 1:
        return "change" if abs(100 * (1 - v["ratio"]) - v["percent"]) > 1.5 else None
    return None


def _share(claim: Claim, v: dict[str, float], unit: dict[str, float], word: str) -> str | None:
    if "percent" not in v or "n" not in v or claim.said.get("form") == "cell of column" or v["n"] < 1:
        return None
    if claim.numbers["n"].start == claim.numbers["n"].end:
        return None
    if "count" in v:
        if v["count"] > v["n"]:
            return "more than all"
        return "percent" if abs(100 * v["count"] / v["n"] - v["percent"]) > 1.01 * unit["percent"] else None
    near = min(abs(100 * k / v["n"] - v["percent"]) for k in range(int(v["n"]) + 1))
    return "percent" if near > 1.01 * unit["percent"] else None


def _interval(claim: Claim, v: dict[str, float], unit: dict[str, float]) -> str | None:
    if not {"estimate", "low", "high"} <= set(v) or claim.said.get("listed"):
        return None
    step = max(unit["estimate"], unit["low"])
    step *= 1.01
    if v["low"] > v["high"] + step:
        return "interval"
    if v["estimate"] < v["low"] - step or v["estimate"] > v["high"] + step:
        return "interval"
    if claim.kind == "time" or v["low"] <= 0.05 or v["high"] <= v["low"]:
        return None
    level = v.get("level", 95.0) / 100
    if not 0.8 <= level < 1:
        return None
    error = math.log(v["high"] / v["low"]) / (2 * _z((1 - level) / 2))
    gap = abs(math.log(v["estimate"]) - (math.log(v["low"]) + math.log(v["high"])) / 2)
    blur = step / v["estimate"] + step / v["low"] + step / v["high"]
    if gap > 0.35 * error + blur and claim.said["measure"] == "hazard_ratio":
        return "interval"
    if "p" not in v or claim.said.get("bound") != "=" or not 0.0005 < v["p"] < 1:
        return None
    z, printed = abs(math.log(v["estimate"])) / error, _z(v["p"] / 2)
    blur = 3 * blur / error + 0.1
    return "p value" if abs(z - printed) > 0.3 * max(z, printed) + blur + 0.4 else None


def _z(tail: float) -> float:
    from statistics import NormalDist

    return -NormalDist().inv_cdf(min(max(tail, 1e-12), 1 - 1e-12))


def _told(document: Document, claim: Claim, at: int, digit: str, known: Lexicon) -> bool:
    """Whether the audit says something of the edited statement, read again in its paragraph."""
    part = document.part_of(at)
    assert part is not None
    text = document.text[:at] + digit + document.text[at + 1 :]
    changed = replace(document, text=text, parts=(part,))
    sentence = claim.sentence
    return any(
        any(
            c.sentence.start <= sentence.end and sentence.start <= c.sentence.end
            for c in (v.claim, *v.others)
        )
        for v in audit(read_claims(changed, known))
    )


def main() -> None:
    known = names()
    alarms = false_alarms(known)
    print(f"coherent: {alarms.statements} statements, {len(alarms.alarms)} false alarms")
    for line in alarms.alarms:
        print(f"  {line}")
    for title, score in (
        ("planted", planted(known)),
        ("edited", edited(known, every=1 if "--all" in sys.argv else 7)),
    ):
        print(
            f"{title}: recall {score.whole:.3f} of {sum(score.asked.values())}, {len(score.alarms)} "
            f"other verdicts"
        )
        for kind in sorted(score.asked):
            print(f"  {kind:32} {score.found[kind]:4} of {score.asked[kind]:4}  {score.recall(kind):.3f}")
        for line in [*score.missed[:40], *score.alarms]:
            print(f"  - {line}")


if __name__ == "__main__":
    main()
