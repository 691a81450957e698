"""An acronym stands for what it stands for, and for one thing in one document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.acronyms import even, has_initials, is_of, known, meanings, wrong
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry


def _differ(first: str, second: str) -> bool:
    """Whether two expansions share less than half of their words; word beginnings count."""
    a, b = ({word[:5] for word in re.findall(r"[a-z0-9]+", words)} for words in (first, second))
    return bool(a) and bool(b) and 2 * len(a & b) < min(len(a), len(b))


@entry("acronyms", needs="acronym, words", gives="acronym with other words", source="claims/acronyms.yaml")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    seen: dict[str, Claim] = {}
    belongs = {words: short for short, said in meanings().items() for words in said}
    for claim in reading.of("acronym"):
        if claim.said["how"] != "bracket" and str(claim.said["acronym"]) not in known():
            continue
        short, words = str(claim.said["acronym"]), even(str(claim.said["words"]))
        name = short if short in known() else short.rstrip("s")
        if name in known():
            if is_of(name, words) or any(said in words for said in meanings()[name]):
                continue
            most = wrong(name, str(claim.said["words"]), str(claim.said["how"]))
            other = None if most else belongs.get(words)
            if other is None and not most:
                continue
            if other is not None and (
                has_initials(words, name) or name.endswith("AE") or other.endswith("AE")
            ):
                continue
            means = known()[name]["means"][0]
            lines = (f"{name}: {means}",) + ((f"{claim.said['words']}: {other}",) if other else ())
            yield Verdict(
                "acronyms", "acronym with other words", "B", claim,
                f"{name} stands for {means}, not {claim.said['words']}", lines,
                f"write {name} or {other}" if other else "write the name as its makers do",
            )  # fmt: skip
            continue
        before = seen.setdefault(short, claim)
        if _differ(even(str(before.said["words"])), words):
            yield Verdict(
                "acronyms", "acronym with two meanings", "C", claim,
                f"{short} stands for {before.said['words']} and for {claim.said['words']}",
                (f"{reading.document.said(before.span)}; {reading.document.said(claim.span)}",),
                "use another acronym for one of them", others=(before,),
            )  # fmt: skip
