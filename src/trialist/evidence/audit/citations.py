"""Cited sources that can't support a sentence: another trial's, older than the result, of a design."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.known.results import is_result
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.known.sources import Cited, author_of, citations, year_of
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry

_NCT = re.compile(r"\bNCT\d{8}\b")
_NAMED_YEAR = re.compile(
    r"(?P<lead>\(\s*|,\s*|\b(?:in|published in"
    r"|of)\s+)?(?P<name>[A-Z][A-Za-z-]+(?:\s+[A-Z]{1,3})?)(?:\s+et\s+al\.?)?[,;]?\s*\(?(?P<year>(?:19"
    r"|20)\d\d)\)?"
)
_DESIGN = re.compile(
    r"trial[\s-]in[\s-]progress|\bdesign\b|\brationale\b|\bprotocol\b|registry|register\b|record\b", re.I
)
_RESULTS = re.compile(r"results", re.I)


@entry("citations", needs="store", gives="citation can't support it", source="sources of the findings")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    results = {
        one.claim.sentence.start for one in placed(reading, store) if is_result(reading.document.text, one)
    }
    for one in scenes(reading, store):
        yield from _numbers(one, store)
        trials = [m.id for m in one.of("trial")]
        named = set(trials)
        for cited in citations(one.sight.text, one.span.start, one.span.end, one.sight.names):
            if not cited.sources or any(m.start <= cited.start < m.end for m in one.of("trial")):
                continue  # nothing, or a trial that is called by an author and a year
            own = {t for s in cited.sources for t in one.sight.names.trial_of_source.get(s, ())}
            here = _beside(one, cited, named)
            if here and own and not own & here:
                yield _another(one, cited, here, own, store)
            elif one.span.start in results:
                yield from _design(one, cited, store)
        for trial in named if len(named) == 1 else ():
            yield from _years(one, store.trials[trial], store)


def _beside(one: Scene, cited: Cited, named: set[str]) -> set[str]:
    """The trials that a citation stands for: the last that is named before it, else all of the sentence."""
    before = [m for m in one.of("trial") if m.end <= cited.start]
    return {before[-1].id} if before else named


def _another(one: Scene, cited: Cited, here: set[str], own: set[str], store: Store) -> Verdict:
    source = store.sources[cited.sources[0]]
    return Verdict(
        "citations",
        "citation can't support it",
        "A",
        one.claim(cited.start, cited.end),
        f"the source cited is of {', '.join(sorted(own))}, not of {', '.join(sorted(here))}",
        (
            f"{cited.sources[0]} (by {cited.by}): {source.citation}",
            *(f"{t}: {', '.join(store.trials[t].sources[:3])}" for t in sorted(here)),
        ),
        "cite the source that the number was read in",
    )


def _design(one: Scene, cited: Cited, store: Store) -> Iterator[Verdict]:
    """Results with a source that reports none: a design, a registry's record without results."""
    found = [store.sources[name] for name in cited.sources]
    holding = {f.origin.source for f in store.findings}
    if any(name in holding for name in cited.sources):
        return
    if all(_DESIGN.search(s.citation) and not _RESULTS.search(s.citation) for s in found):
        yield Verdict(
            "citations",
            "citation can't support it",
            "B",
            one.claim(cited.start, cited.end),
            "the source cited describes the design and reports no result",
            (f"{cited.sources[0]} ({found[0].kind}): {found[0].citation}",),
            "cite the report of the result",
        )


def _numbers(one: Scene, store: Store) -> Iterator[Verdict]:
    """A registry number beside the name of another trial."""
    for found in _NCT.finditer(one.text):
        owner = next((c for c in store.trials.values() if found[0] in c.registered), None)
        start = one.span.start + found.start()
        named = [m for m in one.of("trial") if one.sight.text[m.start : m.end] != found[0]]
        before = [m for m in named if m.end <= start and start - m.end < 40]
        after = [m for m in named if m.start >= start and m.start - start < 40]
        near = before[-1] if before else after[0] if after else None
        if near is None:
            continue
        card = store.trials[near.id]
        numbers = [n for n in card.registered if n.startswith("NCT")]
        if owner is not None and owner.trial != near.id:
            message = f"{found[0]} is the number of {owner.trial}, not of {near.id}"
        elif owner is None and numbers:
            message = f"{near.id} is registered as {', '.join(numbers)}, not as {found[0]}"
        else:
            continue
        yield Verdict(
            "citations",
            "another registry number",
            "A",
            one.claim(start, start + len(found[0])),
            message,
            (f"{near.id}: {', '.join(card.registered)}",),
            f"look up the number of {near.id}",
        )


def _years(one: Scene, card: TrialCard, store: Store) -> Iterator[Verdict]:
    """An author with a year that none of that author's sources has; a year before patients were in."""
    sources = {name: store.sources[name] for name in _sources_of(card, store) if name in store.sources}
    authors: dict[str, dict[int, str]] = {}
    for name, source in sources.items():
        author, year = author_of(source), year_of(source)
        if author is not None and year is not None and source.kind in ("paper", "abstract"):
            authors.setdefault(author.rsplit(" ", 1)[-1], {})[year] = name
    first = _first_year(card)
    for found in _NAMED_YEAR.finditer(one.text):
        year = int(found["year"])
        word = found["name"].split()[0].casefold()
        start = one.span.start + found.start("year")
        claim = one.claim(start, start + 4)
        known_years = authors.get(word)
        if (
            known_years
            and year not in known_years
            and year - 1 not in known_years
            and year + 1 not in known_years
        ):
            listed = ", ".join(f"{y} ({n})" for y, n in sorted(known_years.items()))
            yield Verdict(
                "citations",
                "another year",
                "B",
                claim,
                f"no source of {card.trial} by this author is of {year}",
                (f"of that author: {listed}",),
                "look up the year of the source",
            )
        elif found["name"].casefold() == card.trial.casefold() and first is not None and year < first:
            around = one.text[max(0, found.start() - 20) : found.end() + 20]
            if "(" in around and not re.search(r"enrol|began|start|open|recruit|since|from", one.text, re.I):
                yield Verdict(
                    "citations",
                    "older than the result",
                    "B",
                    claim,
                    f"{card.trial} took patients until {card.enrolled_to or first}; a source of {year} "
                    f"can't report it",
                    (f"{card.trial}: enrolled {card.enrolled_from} to {card.enrolled_to}",),
                    "look up the year of the source",
                )


def _sources_of(card: TrialCard, store: Store) -> list[str]:
    of_findings = [f.origin.source for f in store.of(card.trial) if f.origin.source]
    return list(dict.fromkeys([*card.sources, *of_findings]))


def _first_year(card: TrialCard) -> int | None:
    for text in (card.enrolled_to, card.enrolled_from):
        if text and text[:4].isdigit():
            return int(text[:4])
    return None
