"""Superiority beside what was compared: intervals, winners, populations, lines, comparisons across trials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.across import anywhere
from trialist.evidence.audit.known.better import (
    BETTER,
    endpoint_of,
    is_time,
    may_be,
    winner_of,
)
from trialist.evidence.audit.known.compared import compared, excludes_one
from trialist.evidence.audit.known.labels import arm_words, endpoint_words, line_of
from trialist.evidence.audit.known.said import STRONG_SUBGROUP
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.known.scope import not_studied
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.assertions import assertions
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.voice import voice
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding
from trialist.registry import entry

_PLANNED = re.compile(
    r"\b(?:assum\w+|expect\w+|targets?|planned|hypothe\w+|power(?:ed)?|would|predict\w+"
    r"|simulat\w+|detect|projected|anticipated"
    r"|pooled|meta-analy\w+|reconstruct\w+|real-world)\b",
    re.I,
)
_EACH = re.compile(r"\b(?:both|each|either|all)\b", re.I)
_SIGNIFICANT = re.compile(
    r"(?P<no>\b(?:not|no|non|none|neither|without|nor|failed to|did not|does not|lack of|borderline|border of"
    r"|edge of|limit of|brink of|short of|nearly"
    r"|almost|missed)\b[^.;,]{0,40}?|\bnon-?"
    r"|\bin)?\bsignifican(?:t|tly|ce)\b",
    re.I,
)


_OF_THESE = re.compile(
    r"\b(?:neither|none|both|each|either|these|those|all)\s+(?:of\s+)?(?:the\s+|these\s+|those\s+|two\s+)*"
    r"(?:[\w-]+\s+){0,2}(?:comparisons?|differences?|ratios?|results?|analys[ei]s|tests?|hazard ratios?)\b",
    re.I,
)


_EACH_APART = re.compile(
    r"\s+(?:alone|by (?:itself|themselves)|on (?:its|their) own|separately|individually"
    r"|singly)\b",
    re.I,
)


@entry(
    "superiority",
    needs="store",
    gives="stronger than the evidence, contradicted",
    source="intervals and designs",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.asks or _PLANNED.search(one.text):
            continue
        if one.trial is not None:
            yield from _significance(one, store)
        better = list(_better(one, store))
        yield from better or _elsewhere(one, store)


def _better(one: Scene, store: Store) -> Iterator[Verdict]:
    for found in BETTER.finditer(one.text):
        if (
            found["not"]
            or re.match(
                r"\s*(?:than\s+)?(?:about\s+)?\d[\d.]*\s*(?:months|weeks|years|%)", one.text[found.end() :]
            )
            or voice(one.text, found.start(), found.end(), one.behind) != "told"
            or _names_the_design(one.text, found)
        ):
            continue
        if one.trial is not None:
            made = next(_in_trial(one, store, found), None)
        elif not any(m.kind == "trial" for m in one.mentions):
            made = next(anywhere(one, store, found), None)
        else:
            made = None
        if made is not None:
            yield made
            return


_OF_DESIGN = re.compile(
    r"\W+(?:trial|stud(?:y|ies)|design|margin|test|hypothes[ei]s|question|boundary|objective|comparison|analys[ei]s"
    r"|framework|threshold|criteri\w+)\b",
    re.I,
)
_SHOWN = re.compile(
    r"\b(?:show\w*|demonstrat\w+|pro(?:ve[sdn]?|of)|establish\w*|confirm\w*|evidence|found|saw|seen|met|reached"
    r"|achiev\w+|clear\w*|is|are|was|were|had|has|have|claim\w*|attest\w*|conclu\w+|reject\w*|excee\w+)\b",
    re.I,
)


def _names_the_design(text: str, found: re.Match[str]) -> bool:
    """Whether `superiority` is what was to be tested: a design, or a word without a verb that shows it."""
    if not re.match(r"superiority\b", found[0], re.I):
        return False
    noun = text[found.start() + len("superiority") :]
    asked = re.search(r"(?<!evidence )(?<!proof )(?<!case )\b(?:for|about)\s+$", text[: found.start()], re.I)
    return asked is not None or _OF_DESIGN.match(noun) is not None or _SHOWN.search(text) is None


def _elsewhere(one: Scene, store: Store) -> Iterator[Verdict]:
    """A gain, or safety, carried over to patients whom the trial did not study."""
    if one.trial is None or STRONG_SUBGROUP.search(one.text) or not store.trials[one.trial].randomised:
        return
    for said in assertions(one.text, "same_for", "works", "safe", "proof", behind=one.behind):
        if said.voice == "told":
            found = re.compile(re.escape(one.text[said.start : said.end])).search(one.text, said.start)
            if found is not None:
                yield from not_studied(one, found, [store.trials[one.trial]], store)
                return


def _in_trial(one: Scene, store: Store, found: re.Match[str]) -> Iterator[Verdict]:
    card = store.trials[one.trial or ""]
    if not card.randomised:
        return
    stranger = _stranger(one, found, card)
    if stranger is not None:
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "A",
            one.claim(one.span.start + found.start(), one.span.start + found.end()),
            f"{card.trial} did not compare {stranger}: {card.title}",
            (f"{card.trial}: {'; '.join(a.label or a.name for a in card.arms.values())}",),
            "name the arms that were compared",
        )
        return
    endpoint = endpoint_of(one, found)
    if endpoint is None:
        if not STRONG_SUBGROUP.search(one.text):
            yield from not_studied(one, found, [card], store)
        return
    ratios = compared(store, one.clause(found.start()), endpoint)
    if not ratios and not STRONG_SUBGROUP.search(one.text):
        yield from _medians(one, found, endpoint, card, store)
    yield from _judge(one, found, endpoint, [f for f, _ in ratios], card, store)
    yield from not_studied(one, found, [card], store)


_RIVAL = re.compile(r"\b(?:to|than|over|versus|vs\.?|compared with|compared to|against)\s+(?:the\s+)?$", re.I)


def _stranger(one: Scene, found: re.Match[str], card: TrialCard) -> str | None:
    """A drug that something is said to be better than in a trial that did not give it."""
    given = {g.drug for arm in card.arms.values() for g in arm.give} | set(card.prior)
    terms = one.sight.names.store.words.terms("drug")
    for m in one.clause(found.start()).of("drug"):
        behind = m.start >= one.span.start + found.end()
        if (
            behind
            and m.id in terms
            and m.id not in given
            and _RIVAL.search(one.text[: m.start - one.span.start])
        ):
            return m.id
    return None


def _judge(
    one: Scene, found: re.Match[str], endpoint: str, ratios: list[Finding], card: TrialCard, store: Store
) -> Iterator[Verdict]:
    if not ratios:
        return
    unsure = [f for f in ratios if not excludes_one(f)]
    start = one.span.start
    claim = one.claim(start + found.start(), start + found.end())
    if len(unsure) == len(ratios) and not found["for"]:
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "A",
            claim,
            f"the interval of {endpoint_words(store, endpoint)} in {card.trial} holds no difference: "
            f"{shown(unsure[0])}",
            tuple(line_of(store, f) for f in unsure[:3]),
            "give the estimate and its interval, and do not call it better",
            findings=tuple(name_of(f) for f in unsure[:3]),
        )
        return
    winner = winner_of(one, found)
    if winner is None or unsure:
        return
    if ratios[0].measure == "proportion":
        yield from _of_shares(claim, winner, endpoint, card, store)
        return
    against = [f for f in ratios if winner in f.groups and _won(f) not in (None, winner)]
    if against and len(against) == len(ratios):
        yield Verdict(
            "superiority",
            "contradicted",
            "A",
            claim,
            f"in {card.trial} {arm_words(store, card.trial, _won(against[0]) or '')} did better in "
            f"{endpoint_words(store, endpoint)}, not {arm_words(store, card.trial, winner)}: "
            f"{shown(against[0])}",
            tuple(line_of(store, f) for f in against[:3]),
            "turn the sentence round",
            findings=tuple(name_of(f) for f in against[:3]),
        )


def _of_shares(claim: Claim, winner: str, endpoint: str, card: TrialCard, store: Store) -> Iterator[Verdict]:
    """The arm that is called better has the lower share of an endpoint of which more is better."""
    term = store.words.terms("endpoint").get(endpoint)
    if term is None or term.better not in ("higher", "lower"):
        return
    held = {
        f.groups[0]: f
        for f in store.of(card.trial)
        if f.endpoint == endpoint and f.measure == "proportion" and len(f.groups) == 1 and f.subgroup is None
    }
    mine = held.pop(winner, None)
    if mine is None or mine.estimate is None or not held:
        return
    worse = [
        f
        for f in held.values()
        if f.estimate is not None
        and (f.estimate > mine.estimate) == (term.better == "higher")
        and f.estimate != mine.estimate
    ]
    if len(worse) == len(held):
        yield Verdict(
            "superiority",
            "contradicted",
            "A",
            claim,
            f"{endpoint_words(store, endpoint)} in {card.trial} was {shown(mine)} against {shown(worse[0])}",
            (line_of(store, mine), line_of(store, worse[0])),
            "turn the sentence round",
            findings=(name_of(mine), name_of(worse[0])),
        )


def _medians(
    one: Scene, found: re.Match[str], endpoint: str, card: TrialCard, store: Store
) -> Iterator[Verdict]:
    """No ratio is held, and the median of the arm that is called better is not the longer one."""
    winner = winner_of(one, found)
    held = {
        f.groups[0]: f
        for f in store.of(card.trial)
        if f.endpoint == endpoint
        and f.measure == "median_time"
        and len(f.groups) == 1
        and f.subgroup is None
        and f.origin.reliability == "read"
    }
    others = [f for name, f in held.items() if name != winner and name in one.arm_ids]
    mine = held.get(winner or "")
    if mine is None or mine.estimate is None or not others or others[0].estimate is None:
        return
    if mine.estimate <= others[0].estimate:
        start = one.span.start
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "B",
            one.claim(start + found.start(), start + found.end()),
            f"the medians of {endpoint_words(store, endpoint)} in {card.trial} are {shown(mine)} and "
            f"{shown(others[0])}",
            (line_of(store, mine), line_of(store, others[0])),
            "give both medians, and do not call the one better",
            findings=(name_of(mine), name_of(others[0])),
        )


def _won(finding: Finding) -> str | None:
    """The arm with the lower hazard, where the interval leaves out 1."""
    if finding.estimate is None or len(finding.groups) != 2:
        return None
    return finding.groups[0] if finding.estimate < 1 else finding.groups[1]


def _significance(one: Scene, store: Store) -> Iterator[Verdict]:
    """`Significant` where interval or p value says not, and the reverse."""
    for found in _SIGNIFICANT.finditer(one.text):
        behind = one.text[found.end() : found.end() + 14].casefold()
        if behind.startswith((" level", " at the", " digit", "ce level", " clinic", " threshold")):
            continue
        endpoint = endpoint_of(one, found)
        if endpoint is None or _EACH_APART.match(one.text[found.end() :]):
            return
        timed = is_time(one, endpoint)
        named = {
            store.words.timed(m.id)
            for m in one.clause(found.start()).of("endpoint", "toxicity")
            if may_be(one, m) and is_time(one, m.id) == timed
        }
        ratios = compared(store, one.clause(found.start()), endpoint)
        if not ratios or len(named) > 1:
            return
        denied = bool(found["no"])
        if _OF_THESE.search(one.text[: found.end()]) and one.sight.parted(
            one.claim(one.span.start + found.start(), one.span.start + found.end())
        ):
            return  # of the comparisons that were just told, which are of parts of the patients
        both = not denied and _EACH.search(one.text[: found.start()]) is not None
        if both:
            ratios = [(f, sure) for f, sure in ratios if not sure]
        if not ratios or any(sure != denied for _, sure in ratios):
            return
        top = [f for f, _ in ratios][:3]
        start = one.span.start
        what = "the interval leaves out no difference" if denied else "the interval holds no difference"
        yield Verdict(
            "superiority",
            "contradicted",
            "A",
            one.claim(start + found.start(), start + found.end()),
            f"{what}: {endpoint_words(store, endpoint)} in {top[0].trial}, {shown(top[0])}",
            tuple(line_of(store, f) for f in top),
            "give the interval and the p value",
            findings=tuple(name_of(f) for f in top),
        )
        return
