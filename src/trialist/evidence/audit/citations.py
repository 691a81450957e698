"""Cited sources that can't support a sentence: another trial's, older than the result, of a design."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.citation_places import wrong_in
from trialist.evidence.audit.cited_beside import beside_of, is_alone
from trialist.evidence.audit.cited_in_tables import of_tables
from trialist.evidence.audit.cited_numbers import told_by_numbers
from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.known.results import is_result
from trialist.evidence.audit.known.scenes import Scene, scene, scenes
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.sources import Cited, citations, entries, held_as, one_author, trials_of
from trialist.evidence.audit.known.trials import could
from trialist.evidence.audit.known.words import Known, known
from trialist.evidence.audit.model import Severity, Verdict
from trialist.evidence.claims.model import Reading, Span
from trialist.evidence.claims.plain import plain
from trialist.evidence.claims.references import Described
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry

_NCT = re.compile(r"\bNCT\d{8}\b")
_REPORTED = re.compile(
    r"\b(?:published|reported|presented|report|paper|publication|shown|unveiled|appeared|released)\b[^.;\d]{0,40}?\b(?P<year>(?:19|20)\d\d)\b"
    r"|(?P<name>[A-Z][\w-]+)\s*\(\s*(?P<bracket>(?:19|20)\d\d)\s*\)"
)
_BEGINS = re.compile(
    r"\b(?:enrol\w*|began|start\w*|open\w*|recruit\w*|since|from|design|protocol|rationale)\b", re.I
)
_DESIGN = re.compile(
    r"trial[\s-]in[\s-]progress|\bdesign\b|\brationale\b|\bprotocol\b|registry|register\b|record\b", re.I
)
_RESULTS = re.compile(r"results", re.I)
_NEAR = ("paragraph", "heading", "document", "numbers")
_WRITTEN = frozenset({"paper", "abstract"})


@entry("citations", needs="store", gives="citation can't support it", source="sources of the findings")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    results = {
        one.claim.sentence.start
        for one in placed(reading, store)
        if is_result(plain(reading.document.text), one)
    }
    numbers = [claim.span.start for claim in reading.of("ratio", "share", "time")]
    held = scenes(reading, store)
    for last, one in zip((None, *held), held, strict=False):
        yield from _numbers(one, store)
        named = {m.id for m in one.of("trial")}
        begin = one.span.start
        cites = list(
            citations(one.sight.text, one.span.start, one.span.end, one.sight.names, reading.references)
        )
        for cited in cites:
            beside = beside_of(one, cited, cites, begin)
            if not beside and one.trial and one.how in _NEAR and not cited.sources:
                beside = {one.trial}
            if not beside and last is not None and is_alone(one, last, cited.start):
                beside = {m.id for m in last.of("trial")}
            if not beside and not named:
                beside = told_by_numbers(one, cited, store)
            made = [*_misprinted(one, cited, store), *_judged(one, cited, beside, store)]
            yield from made[:1]
            if not named and _ITS_REPORT.search(one.text):
                yield from _of_the_document(one, cited, reading, store)
            if one.span.start in results:
                yield from _design(one, cited, store)
            if not named and any(begin <= at < cited.start for at in numbers):
                yield from _of_other_drugs(one, cited, reading.document.span(begin, cited.start), store)
            begin = cited.end
        for trial in named if len(named) == 1 else ():
            yield from _years(one, store.trials[trial])
    yield from _of_list(reading, store)
    yield from of_tables(reading, store, _judged)


def _of_list(reading: Reading, store: Store) -> Iterator[Verdict]:
    """Entries of the list of references that name a trial beside what is not its source."""
    names, text = known(store), plain(reading.document.text)
    sight = Sight(reading, text, names)
    for cited in entries(text, reading.references, names):
        span = reading.document.span(cited.start, cited.end)
        one = scene(sight, span)
        here = {m.id for m in one.of("trial")}
        made = list(_misprinted(one, cited, store))
        if len(here) == 1 and cited.said.author is not None:
            made += _judged(one, cited, here, store)
        yield from made[:1]


def _judged(one: Scene, cited: Cited, here: set[str], store: Store) -> Iterator[Verdict]:
    own = trials_of(cited.sources, one.sight.names.trial_of_source)
    if here and own and not own & here:
        yield _another(one, cited, here, own, store)
    elif len(here) == 1:
        card = store.trials[next(iter(here))]
        made = _older(one, cited, card) or _misdescribed(one, cited, card, store)
        if made is not None:
            yield made


def _another(one: Scene, cited: Cited, here: set[str], own: set[str], store: Store) -> Verdict:
    source = store.sources[cited.sources[0]]
    lines = (
        f"{cited.sources[0]} (by {cited.by}): {source.citation}",
        *(f"{t}: {', '.join(store.trials[t].sources[:3])}" for t in sorted(here)),
    )
    message = f"the source cited is of {', '.join(sorted(own))}, not of {', '.join(sorted(here))}"
    return _told(
        one,
        cited,
        "citation can't support it",
        "A",
        message,
        lines,
        "cite the source that the number was read in",
    )


def _told(
    one: Scene, cited: Cited, kind: str, severity: Severity, message: str, lines: tuple[str, ...], remedy: str
) -> Verdict:
    return Verdict("citations", kind, severity, one.claim(cited.start, cited.end), message, lines, remedy)


def _older(one: Scene, cited: Cited, card: TrialCard) -> Verdict | None:
    """A source that was out before the trial had its patients."""
    last, year = _last_year(card), cited.said.year
    if last is None or year is None or year >= last or _BEGINS.search(one.text):
        return None
    return _told(
        one, cited, "older than the result", "A",
        f"{card.trial} took patients until {card.enrolled_to or last}; a source of {year} can't report it",
        (f"{card.trial}: enrolled {card.enrolled_from} to {card.enrolled_to}",), "look up the source",
    )  # fmt: skip


def _misdescribed(one: Scene, cited: Cited, card: TrialCard, store: Store) -> Verdict | None:
    """An author, a journal or a year beside a trial that none of its sources has together."""
    said = cited.said
    names = one.sight.names
    mine = {
        name: names.cited_as[name]
        for name in _sources_of(card, names)
        if name in store.sources and store.sources[name].kind in _WRITTEN and names.cited_as[name].year
    }
    if said.year is None or not mine:
        return None
    wrong = _what_is_wrong(said, list(mine.values()), names.authors)
    if wrong is None:
        return None
    lines = tuple(f"{name}: {store.sources[name].citation}" for name in list(mine)[:4])
    return _told(
        one, cited, f"another {wrong}", "B",
        f"no source of {card.trial} that is held has this {wrong}", lines,
        f"look up the {wrong} of the source",
    )  # fmt: skip


_ITS_REPORT = re.compile(
    r"\b(?:the|its|these|this)\s+(?:\w+\s+)?(?:results|findings|trial|study|report|data|paper)\b[^.;]{0,80}"
    r"\b(?:published|reported|appeared|described)\b",
    re.I,
)


def _of_the_document(one: Scene, cited: Cited, reading: Reading, store: Store) -> Iterator[Verdict]:
    """`The results were published by ...`, in a document on one trial, of another trial's source."""
    parts = reading.document.parts
    written = {m.id for p in parts for m in one.sight.mentions(p.start, p.end) if m.kind == "trial"}
    own = trials_of(cited.sources, one.sight.names.trial_of_source)
    if len(written) == 1 and own and not own & written:
        yield _another(one, cited, written, own, store)


def _misprinted(one: Scene, cited: Cited, store: Store) -> Iterator[Verdict]:
    """A citation that is wrong by itself: nearly a source that is held, no volume of that year."""
    for wrong in wrong_in(cited, one.sight.names.cited_as):
        lines = (f"{wrong.source}: {store.sources[wrong.source].citation}",) if wrong.source else ()
        yield _told(
            one,
            cited,
            f"another {wrong.what}",
            "B",
            wrong.why,
            lines,
            f"look up the {wrong.what} of the source",
        )
        return
    early = _too_early(one, cited, store)
    if early is not None:
        yield early
        return
    own = [store.sources[name] for name in held_as(cited.said, one.sight.names) or cited.sources]
    for source in own if len(own) == 1 else ():
        for code in cited.codes:
            name, held = ("DOI", source.doi) if code.startswith("10.") else ("PMID", source.pmid)
            if held is not None and str(held).casefold() != code.casefold():
                yield _told(
                    one, cited, f"another {name}", "B", f"the {name} of this source is {held}, not {code}",
                    (source.citation,), f"look up the {name} of the source",
                )  # fmt: skip
                return


EARLY = 3  # years


def _too_early(one: Scene, cited: Cited, store: Store) -> Verdict | None:
    """Author and journal of one source that is held, on its drug, some years before it was out."""
    said, names = cited.said, one.sight.names
    if said.author is None or said.journal is None or said.year is None or cited.sources:
        return None
    theirs = [
        (name, d.year)
        for name, d in names.cited_as.items()
        if d.author and d.year and one_author(d.author, said.author) and d.journal == said.journal
    ]
    drugs = {m.id for m in one.sight.mentions(one.span.start, one.span.end) if m.kind == "drug"}
    for name, year in theirs if len(theirs) == 1 else ():
        trials = trials_of([name], names.trial_of_source)
        given = {g.drug for t in trials for a in store.trials[t].arms.values() for g in a.give}
        if drugs and drugs <= given and 0 < year - said.year <= EARLY:
            return _told(
                one, cited, "another year", "B", f"the source of this author in this journal is of {year}",
                (f"{name}: {store.sources[name].citation}",), "look up the year of the source",
            )  # fmt: skip
    return None


def _what_is_wrong(said: Described, mine: list[Described], elsewhere: frozenset[str]) -> str | None:
    """`author`, `journal` or `year`: what differs, where the rest is that of a source; else None."""
    year = said.year or 0
    theirs = [d for d in mine if said.author is not None and d.author and one_author(said.author, d.author)]
    if theirs:
        near = [d for d in theirs if abs((d.year or 0) - year) <= 1]
        if not near:
            return "year"
        journals = {d.journal for d in near}
        if said.journal is not None and None not in journals and said.journal not in journals:
            return "journal"
        exact = [d for d in near if said.volume and (d.volume, d.page) == (said.volume, said.page)]
        return "year" if exact and all(d.year != year for d in exact) else None
    if said.author is not None and said.author in elsewhere and any(d.year == year for d in mine):
        return "author"
    if said.journal is None:
        return None
    if said.author is not None:
        return "author" if any((d.journal, d.year) == (said.journal, year) for d in mine) else None
    first = min(d.year or 9999 for d in mine)
    others = all(d.journal is not None and d.journal != said.journal for d in mine if d.year == first)
    return "journal" if year == first and others else None


_RIVAL = re.compile(r"\b(?:against|than|versus|vs\.?|v|over|compared\s+(?:with|to))\s+(?:the\s+)?$", re.I)


def _rivals(one: Scene, stretch: Span) -> set[str]:
    """Drugs that something is compared with in a stretch of a sentence."""
    text = one.sight.text
    return {
        m.id
        for m in one.of("drug")
        if stretch.start <= m.start < stretch.end and _RIVAL.search(text[stretch.start : m.start])
    }


def _given(card: TrialCard) -> set[str]:
    return {g.drug for arm in card.arms.values() for g in arm.give}


def _of_other_drugs(one: Scene, cited: Cited, stretch: Span, store: Store) -> Iterator[Verdict]:
    """A result of drugs that the trial of the source cited did not give."""
    own = trials_of(cited.sources, one.sight.names.trial_of_source)
    others = _rivals(one, stretch)
    if own and not any(could(one.sight, stretch, t) and others <= _given(store.trials[t]) for t in own):
        source = store.sources[cited.sources[0]]
        yield _told(
            one, cited, "citation can't support it", "A",
            f"the source cited is of {', '.join(sorted(own))}, which did not give these drugs",
            (
                f"{cited.sources[0]} (by {cited.by}): {source.citation}",
                *(f"{t}: {store.trials[t].title}" for t in sorted(own)),
            ),
            "cite the source that the number was read in",
        )  # fmt: skip


def _design(one: Scene, cited: Cited, store: Store) -> Iterator[Verdict]:
    """Results with a source that reports none: a design, a registry's record without results."""
    found = [store.sources[name] for name in cited.sources]
    holding = {f.origin.source for f in store.findings}
    if not found or any(name in holding for name in cited.sources):
        return
    if all(_DESIGN.search(s.citation) and not _RESULTS.search(s.citation) for s in found):
        yield _told(
            one, cited, "citation can't support it", "B",
            "the source cited describes the design and reports no result",
            (f"{cited.sources[0]} ({found[0].kind}): {found[0].citation}",), "cite the report of the result",
        )  # fmt: skip


def _numbers(one: Scene, store: Store) -> Iterator[Verdict]:
    """A registry number beside the name of another trial."""
    for found in _NCT.finditer(one.text):
        owner = next((c for c in store.trials.values() if found[0] in c.registered), None)
        start = one.span.start + found.start()
        named = [m for m in one.of("trial") if one.sight.text[m.start : m.end] != found[0]]
        before = [m for m in named if m.end <= start and start - m.end < 40]
        after = [m for m in named if m.start >= start and m.start - start < 40]
        near = before[-1] if before else after[0] if after else None
        if len({m.id for m in named}) == 1 and len(_NCT.findall(one.text)) == 1:
            near = named[0]
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


def _years(one: Scene, card: TrialCard) -> Iterator[Verdict]:
    """A trial that is said to be published in a year before its patients were in."""
    last = _last_year(card)
    for found in _REPORTED.finditer(one.text) if last is not None else ():
        year = int(found["year"] or found["bracket"])
        named = found["name"] is None or found["name"].casefold() == card.trial.casefold()
        if last is None or year >= last or not named or _BEGINS.search(one.text):
            continue
        at = one.span.start + found.start("year" if found["year"] else "bracket")
        yield Verdict(
            "citations", "older than the result", "B", one.claim(at, at + 4),
            f"{card.trial} took patients until {card.enrolled_to or last}; a report of {year} can't be of it",
            (f"{card.trial}: enrolled {card.enrolled_from} to {card.enrolled_to}",),
            "look up the year of the source",
        )  # fmt: skip


def _sources_of(card: TrialCard, names: Known) -> list[str]:
    return [name for name, trials in names.trial_of_source.items() if card.trial in trials]


def _last_year(card: TrialCard) -> int | None:
    for text in (card.enrolled_to, card.enrolled_from):
        if text and text[:4].isdigit():
            return int(text[:4])
    return None
