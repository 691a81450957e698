"""Patients and lines of treatment that trials did not study."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import yaml

from trialist.evidence.audit.known.scenes import Scene
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim
from trialist.evidence.model import Store, TrialCard

_LINES = (
    (
        "first",
        re.compile(
            r"\bfirst[\s-]line\b|\bfront-?line\b|\b(?:first|initial|upfront) (?:chemotherapy|treatment"
            r"|therapy)\b(?! (?:to (?:be|show|prove|extend|prolong|improve)"
            r"|that|which|approved|ever|shown|with an?)\b)"
            r"|\buntreated\b|\bchemo(?:therapy)?-na[iï]ve\b|\bbefore chemotherapy\b",
            re.I,
        ),
    ),
    ("second", re.compile(r"\bsecond[\s-]line\b", re.I)),
)


def not_studied(one: Scene, found: re.Match[str], cards: list[TrialCard], store: Store) -> Iterator[Verdict]:
    """A condition or a line of treatment that none of the trials is of."""
    words = store.words
    start = one.span.start
    claim = one.claim(start + found.start(), start + found.end())
    listed = ", ".join(c.trial for c in cards)
    conditions = [
        m.id for m in one.of("condition") if m.id not in ("bone_metastases", "brain_metastases", "cancer")
    ]
    for condition in conditions:
        under = words.under("condition", condition)
        if all(
            c.condition not in under
            and condition not in words.under("condition", c.condition)
            and condition not in _over(store, c.condition)
            for c in cards
        ):
            yield Verdict(
                "superiority",
                "stronger than the evidence",
                "B",
                claim,
                f"{listed} did not study {words.label('condition', condition)}",
                tuple(f"{c.trial}: {words.label('condition', c.condition)}: {c.title}" for c in cards),
                "name the patients who were studied",
            )
            return
    yield from _opposite(one, claim, cards, store)
    yield from _left_out(one, claim, cards)
    yield from _prior(one, claim, cards, store)
    yield from _pretreated(one, claim, cards, store)
    for line, pattern in _LINES:
        if pattern.search(one.text) and all(c.line not in (line, "any", "not stated") for c in cards):
            yield Verdict(
                "superiority",
                "stronger than the evidence",
                "B",
                claim,
                f"{listed} did not study {line}-line treatment",
                tuple(
                    f"{c.trial}: line {c.line}, after {', '.join(c.prior) or 'nothing stated'}" for c in cards
                ),
                "name the line of treatment that was studied",
            )
            return


@cache
def _opposites() -> Mapping[str, re.Pattern[str]]:
    text = files("trialist.evidence.claims").joinpath("opposites.yaml").read_text(encoding="utf-8")
    data: Mapping[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {condition: re.compile("|".join(said), re.I) for condition, said in data.items()}


def _opposite(one: Scene, claim: Claim, cards: list[TrialCard], store: Store) -> Iterator[Verdict]:
    """Patients who lack what all of those who were studied had: `PSMA-negative`."""
    told = [(card, _opposites().get(card.condition)) for card in cards]
    if told and all(said is not None and said.search(one.text) for _, said in told):
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "B",
            claim,
            f"{', '.join(c.trial for c in cards)} studied "
            f"{store.words.label('condition', cards[0].condition)} alone",
            tuple(f"{c.trial}: {c.title}" for c in cards),
            "name the patients who were studied",
        )


def _left_out(one: Scene, claim: Claim, cards: list[TrialCard]) -> Iterator[Verdict]:
    """Patients whom the setting of every trial leaves out: `no visceral disease`."""
    told = [
        {said for said in _opposites() if said.startswith("no ") and said in (card.setting or "")}
        for card in cards
    ]
    for said in sorted(set.intersection(*told) if told else ()):
        if _opposites()[said].search(one.text):
            yield Verdict(
                "superiority",
                "stronger than the evidence",
                "B",
                claim,
                f"{', '.join(c.trial for c in cards)} took patients with {said} alone",
                tuple(f"{c.trial}: {c.setting}: {c.title}" for c in cards),
                "name the patients who were studied",
            )


_NOT_HAD = re.compile(
    r"\b(?:(?:not|never)\s+(?:yet\s+)?(?:previously\s+)?(?:had|received|been\s+(?:given|treated\s+with"
    r"|exposed\s+to)|taken|tried)"
    r"|(?:had|received|taken|been\s+given)\s+neither|yet\s+to\s+(?:have|receive|take|be\s+given)"
    r"|(?:without|no)\s+(?:prior|previous|earlier)|na[iï]ve\s+to|untreated\s+with)\s+(?:an?\s+|any\s+)?$",
    re.I,
)
_THEM = re.compile(
    r"\b(?:(?:not|never)\s+(?:yet\s+)?(?:previously\s+)?(?:had|received|been\s+(?:given|treated\s+with|exposed\s+to)|taken"
    r"|tried|used)\s+(?:any\s+of\s+|one\s+of\s+)?(?:either|them|these|it|one|such|those)"
    r"|(?:had|received|been\s+given|taken|tried|used)\s+neither|(?:have|has)\s+yet\s+to\s+(?:have|receive|take|try)"
    r"|na[iï]ve\s+(?:to|of|for)\s+(?:both|either|them|these))\b",
    re.I,
)  # of the drugs named before
_NAIVE = re.compile(r"[\s-](?:na[iï]ve|untreated)\b", re.I)


_LEFT_OUT = re.compile(
    r"[^.;]{0,60}?\b(?:(?:not|never)\s+(?:enrolled|included|studied|eligible|allowed|tested|known)|excluded|ineligible"
    r"|left\s+out|untested|unknown)\b",
    re.I,
)


def _prior(one: Scene, claim: Claim, cards: list[TrialCard], store: Store) -> Iterator[Verdict]:
    """Patients without a treatment that all of those studied had had, named or taken up (`neither`)."""
    text, begin = one.text, one.span.start
    at = claim.span.start - begin
    first, last = text.rfind(";", 0, at) + 1, (text + ";").index(";", at)
    them = _THEM.search(text, first, last)
    for m in one.of("drug", "class", "treatment"):
        start, end = m.start - begin, m.end - begin
        taken_up = them is not None and end <= them.start()
        said = them.end() if taken_up and them is not None else end
        if not first <= start < last or _LEFT_OUT.match(text, said):
            continue
        if not (taken_up or _NOT_HAD.search(text[first:start]) or _NAIVE.match(text, end)):
            continue
        if cards and all(_kinds(m, store) & set(card.prior) for card in cards):
            yield _all_had_had(claim, cards, text[start:end])
            return


def _kinds(mention: Mention, store: Store) -> set[str]:
    """What a mention may be of: its drugs, their classes, and what is of these."""
    drugs = store.words.terms("drug")
    if mention.kind == "treatment":
        given = [g.drug for g in store.words.terms("treatment")[mention.id].drugs]
    else:
        given = [mention.id]
    within = store.words.under("class", mention.id) if mention.kind == "class" else frozenset()
    if "chemotherapy" in within:
        within |= store.words.under("class", "taxane")
    of = {name for name, drug in drugs.items() if drug.drug_class in within} | within
    return of | set(given) | {kind for name in given if name in drugs and (kind := drugs[name].drug_class)}


def _all_had_had(claim: Claim, cards: list[TrialCard], treatment: str) -> Verdict:
    return Verdict(
        "superiority",
        "stronger than the evidence",
        "B",
        claim,
        f"all patients of {', '.join(c.trial for c in cards)} had had {treatment}",
        tuple(f"{c.trial}: after {', '.join(c.prior)}: {c.title}" for c in cards),
        "name the patients who were studied",
    )


_AFTER = re.compile(
    r"\b(?:after|following|progress\w*\s+(?:on|during|after)|pre-?treated\s+with|(?:previously"
    r"|already)\s+(?:treated\s+with|given|received)"
    r"|who\s+(?:had|have|has)\s+(?:already\s+)?(?:had|received|been\s+given))\s+(?:or\s+after\s+)?(?:prior\s+|earlier\s+)?$",
    re.I,
)


def _pretreated(one: Scene, claim: Claim, cards: list[TrialCard], store: Store) -> Iterator[Verdict]:
    """Patients after a chemotherapy, where those who were studied had had none."""
    drugs = store.words.terms("drug")
    chemo = store.words.under("class", "chemotherapy") | store.words.under("class", "taxane")
    for m in one.of("drug", "class"):
        before = one.sight.text[one.span.start : m.start]
        kind = drugs[m.id].drug_class if m.id in drugs else m.id
        given = {g.drug for card in cards for arm in card.arms.values() for g in arm.give}
        if kind not in chemo or m.id in given or not _AFTER.search(before):
            continue
        if cards and all(card.line == "first" and not card.prior for card in cards):
            listed = ", ".join(c.trial for c in cards)
            yield Verdict(
                "superiority",
                "stronger than the evidence",
                "B",
                claim,
                f"{listed} studied patients before {one.sight.text[m.start : m.end]}",
                tuple(f"{c.trial}: line {c.line}: {c.title}" for c in cards),
                "name the patients who were studied",
            )
            return


def _over(store: Store, condition: str) -> set[str]:
    terms = store.words.terms("condition")
    held: set[str] = set()
    wave = {condition}
    while wave:
        wave = {p for name in wave if name in terms for p in terms[name].parents} - held
        held |= wave
    return held
