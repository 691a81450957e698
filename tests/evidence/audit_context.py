"""What surroundings do to a verdict: `python tests/evidence/audit_context.py [FOLDER ...] [-v]`.

A planted fault that is told where it stands alone must be told in its document and in any other; true
documents must be silent together as they are apart. FOLDER holds documents and a key.json with
[{file, fault: {sentence} or null}]; without one the documents of the repository are taken.
"""

from __future__ import annotations

import html
import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from trialist.evidence.audit import audit
from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import shipped
from trialist.evidence.claims.model import Document, Part, Reading
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents import read_documents
from trialist.formats.documents.html import read_html
from trialist.formats.documents.markdown import document_of

HERE = Path(__file__).parent
BEFORE = (
    "In the CARVE programme, visits take place every 3 weeks and blood is drawn before each of them. "
    "Men keep a diary, and the nurse calls on day 8."
)
AFTER = (
    "In HECOG-CABA-MBC, 84 women with breast cancer were treated; 19 of 84 (22.6%) had a response. "
    "The trial had one arm."
)
REFERENCES = """## References

1. Altman DG, Bland JM. How to obtain the P value from a confidence interval. BMJ 2011;343:d2304.
2. Schoenfeld DA. Sample-size formula for the proportional-hazards model. Biometrics 1983;39:499-503.
"""


@dataclass(frozen=True)
class Case:
    """A document, and the sentence of it that is wrong."""

    name: str
    document: Document
    fault: str | None


@dataclass
class Score:
    """How often a verdict told alone was asked for in each surrounding, and kept there."""

    asked: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    pairs: int = 0

    @property
    def share(self) -> float:
        return sum(self.kept.values()) / max(sum(self.asked.values()), 1)


def told(document: Document) -> tuple[Reading, tuple[Verdict, ...]]:
    reading = read_claims(document, shipped())
    return reading, tuple(v for v in audit(reading, load_store()) if v.severity != "C")


def _words(text: str) -> set[str]:
    plain = re.sub(r"<[^>]+>", "", html.unescape(text)).lower().replace("\u00b7", ".")
    return set(re.findall(r"[a-z0-9.]*[a-z0-9]", plain))


def near(first: str, second: str) -> bool:
    a, b = _words(first), _words(second)
    return len(a & b) > 0.75 * max(1, min(len(a), len(b)))


def rules_on(document: Document, sentence: str) -> frozenset[str]:
    """The rules that speak of a sentence."""
    reading, found = told(document)
    return frozenset(
        v.rule
        for v in found
        if any(near(reading.text(s), sentence) for c in (v.claim, *v.others) for s in (c.sentence,))
    )


def _text(document: Document, part: Part) -> str:
    return document.text[part.start : part.end].strip()


def _markdown(document: Document, part: Part) -> str:
    """A part as it is written in Markdown."""
    text = _text(document, part)
    if part.kind == "table":
        rows = [f"| {' | '.join(document.text[c.start : c.end] for c in row)} |" for row in part.rows]
        return "\n".join([rows[0], "|" + "---|" * len(part.rows[0]), *rows[1:]])
    if part.kind == "heading" and not text.startswith("#"):
        return f"## {text}"
    return f"- {text}" if part.kind == "item" and not re.match(r"[-*+]|\d", text) else text


def whole(document: Document) -> str:
    return "\n\n".join(_markdown(document, part) for part in document.parts)


def _place(document: Document, sentence: str) -> Part | None:
    """The part that a sentence stands in: the one that holds most of its words."""
    wanted = _words(sentence)
    best = max(document.parts, key=lambda p: len(wanted & _words(_text(document, p))), default=None)
    return (
        best if best is not None and len(wanted & _words(_text(document, best))) > 0.7 * len(wanted) else None
    )


def units(case: Case) -> Iterator[tuple[str, str]]:
    """(name, text): the sentence under its trial, its paragraph, its paragraph under title and heading."""
    assert case.fault is not None
    part = _place(case.document, case.fault)
    if part is None:
        return
    reading = read_claims(case.document, shipped())
    trials = Counter(
        one.trial
        for one in placed(reading, load_store())
        if one.trial and part.start <= one.claim.span.start < part.end
    )
    if part.kind != "table":
        named = next(iter(trials)) if len(trials) == 1 else None
        yield "sentence", (f"# {named}\n\n" if named else "") + case.fault.strip().lstrip("-*# ")
    own = _markdown(case.document, part)
    yield "paragraph", own
    place = case.document.parts.index(part)
    over = [p for p in case.document.parts[:place] if p.kind == "heading"][-1:]
    first = [p for p in case.document.parts[:1] if p is not part and p.end - p.start < 200]
    head = "\n\n".join(_markdown(case.document, p) for p in dict.fromkeys((*first, *over)))
    if head:
        yield "section", f"{head}\n\n{own}"


def _html(text: str) -> Document:
    blocks = []
    for block in re.split(r"\n\s*\n", text):
        said = html.escape(" ".join(block.split()).lstrip("#- "), quote=False)
        tag = "h2" if block.startswith("#") else "li" if block.startswith("- ") else "p"
        blocks.append(f"<{tag}>{said}</{tag}>")
    return read_html("\n".join(blocks).encode(), "text.html")[0][0]


def _wrapped(text: str) -> str:
    """Every paragraph with hard line breaks; no line begins as an item of a list or a heading would."""
    made = []
    for block in re.split(r"\n\s*\n", text):
        lines = textwrap.wrap(" ".join(block.split()), 72, break_long_words=False, break_on_hyphens=False)
        bad = any(re.match(r"\s*(?:[-*+•#|]|\d{1,2}[.)])", line) for line in lines[1:])
        made.append(
            block if bad or block.startswith(("#", "|", "-")) or "\n- " in block else "\n".join(lines)
        )
    return "\n\n".join(made)


SURROUNDINGS: Mapping[str, Callable[[str], Document | None]] = {
    "after": lambda t: document_of(f"{BEFORE}\n\n{t}", "text.md"),
    "before": lambda t: document_of(f"{t}\n\n{AFTER}", "text.md"),
    "between": lambda t: document_of(f"{BEFORE}\n\n{t}\n\n{AFTER}", "text.md"),
    "headings": lambda t: document_of(
        f"# A digest of trials\n\n## Visits\n\n{BEFORE}\n\n## Results\n\n{t}\n\n## Breast cancer\n\n{AFTER}",
        "text.md",
    ),
    "bullet": lambda t: (
        None if "\n" in t else document_of(f"{BEFORE}\n\n- {t.lstrip('-*# ')}\n- {AFTER}", "text.md")
    ),
    "html": lambda t: None if "|" in t or "\n- " in t else _html(f"{BEFORE}\n\n{t}\n\n{AFTER}"),
    "wrapped": lambda t: document_of(_wrapped(t), "text.md"),
    "references": lambda t: document_of(f"{t}\n\n{REFERENCES}", "text.md"),
}


def of_faults(cases: Sequence[Case], only: Sequence[str] = tuple(SURROUNDINGS)) -> Score:
    score = Score()
    for case in cases:
        if case.fault is None:
            continue
        around = rules_on(case.document, case.fault)
        alone = {
            name: (text, rules_on(document_of(text, "text.md"), case.fault)) for name, text in units(case)
        }
        for name, (text, rules) in alone.items():
            if not rules:
                continue
            _count(score, f"{name} -> document", case, rules, around)
            for kind in only if name != "sentence" else ():
                made = SURROUNDINGS[kind](text)
                if made is not None:
                    _count(score, f"{name} -> {kind}", case, rules, rules_on(made, case.fault))
        if around and alone and not any(rules for _, rules in alone.values()):
            score.lost.append(f"{case.name}: only in its document: {sorted(around)}: {case.fault}")
    return score


def _count(score: Score, kind: str, case: Case, alone: frozenset[str], there: frozenset[str]) -> None:
    score.asked[kind] += 1
    score.kept[kind] += bool(there)
    if not there:
        score.lost.append(f"{case.name}: {kind}: {sorted(alone)}: {case.fault}")


def of_truth(documents: Sequence[Case], step: int = 1) -> Score:
    """True documents one after the other, wrapped, and with references: verdicts that neither has alone."""
    score = Score()
    known: dict[str, set[str]] = {}

    def alone(case: Case) -> set[str]:
        if case.name not in known:
            known[case.name] = {_message(v, r) for r, vs in (told(case.document),) for v in vs}
        return known[case.name]

    for place, case in enumerate(documents):
        other = documents[(place + step) % len(documents)]
        both = f"{whole(case.document)}\n\n{whole(other.document)}"
        made = {
            f"with {other.name}": (document_of(both, "text.md"), alone(case) | alone(other)),
            "wrapped": (document_of(_wrapped(whole(case.document)), "text.md"), alone(case)),
        }
        if not re.search(r"\[\d", case.document.text):
            cited = document_of(f"{whole(case.document)}\n\n{REFERENCES}", "text.md")
            made["references"] = (cited, alone(case))
        for kind, (document, expected) in made.items():
            score.pairs += 1
            reading, found = told(document)
            for verdict in found:
                if _message(verdict, reading) not in expected:
                    said = f"{verdict.rule}: {verdict.message}: {reading.text(verdict.claim.sentence)}"
                    score.alarms.append(f"{case.name} {kind}: {said}")
    return score


def _message(verdict: Verdict, reading: Reading) -> str:
    return f"{verdict.rule} {' '.join(sorted(_words(reading.text(verdict.claim.sentence))))}"


def ours() -> Iterator[Case]:
    """The documents of the repository: planted, guides with faults, coherent ones."""
    folder = HERE / "audit_documents"
    for name, fault in yaml.safe_load((folder / "faults.yaml").read_text(encoding="utf-8")).items():
        for document in read_documents(folder / "planted" / name)[0]:
            lines = document.text.splitlines()
            offset = next((at for at, line in document.lines if line == fault["line"]), None)
            part = document.part_of(offset) if offset is not None else None
            sentence = lines[fault["line"] - 1] if part is None else _text(document, part)
            yield Case(name, document, sentence)
    folder = HERE / "store_documents"
    for file in sorted(folder.glob("faults*.yaml")):
        for name, faults in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            [document] = read_documents(folder / name)[0]
            reading = read_claims(document, shipped())
            for fault in faults:
                said = next(
                    (reading.text(s) for s in reading.sentences if fault["said"] in reading.text(s)), None
                )
                if said is not None:
                    yield Case(name, document, said)
    for path in sorted((HERE / "audit_documents" / "coherent").iterdir()):
        for document in read_documents(path)[0]:
            yield Case(path.name, document, None)


def of_folder(folder: Path) -> Iterator[Case]:
    for entry in json.loads((folder / "key.json").read_text(encoding="utf-8")):
        for document in read_documents(folder / entry["file"])[0]:
            fault = entry.get("fault")
            yield Case(f"{folder.name}/{entry['file']}", document, fault["sentence"] if fault else None)


def main() -> None:
    folders = [Path(a) for a in sys.argv[1:] if not a.startswith("-")]
    cases = [c for f in folders for c in of_folder(f)] if folders else list(ours())
    score = of_faults(cases)
    for kind in score.asked:
        print(f"{kind:28} {score.kept[kind]:4} of {score.asked[kind]:4}")
    print(f"kept {sum(score.kept.values())} of {sum(score.asked.values())}: {score.share:.3f}")
    truth = of_truth([c for c in cases if c.fault is None])
    print(f"true documents in {truth.pairs} surroundings: {len(truth.alarms)} new verdicts")
    if "-v" in sys.argv:
        for line in [*score.lost, *truth.alarms]:
            print("-", line)


if __name__ == "__main__":
    main()
