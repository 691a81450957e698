"""Superiority beside what was compared: intervals, winners, populations, lines, comparisons across trials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.compared import clear_ratios, compared, excludes_one
from trialist.evidence.audit.known.labels import arm_words, endpoint_words, line_of
from trialist.evidence.audit.known.said import HEDGED, STRONG_SUBGROUP
from trialist.evidence.audit.known.scenes import Scene, scenes, trials_comparing
from trialist.evidence.audit.known.scope import not_studied
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding
from trialist.registry import entry

_BETTER = re.compile(
    r"\b(?P<not>not\s+(?:\w+\s+)?|no\s+|non-?|neither\s+|nor\s+|without\s+|hardly\s+)?"
    r"(?:(?P<up>superior(?:ity)?\s*(?:to|over|in)?|better(?:\s+\w+){0,3}\s+than|more effective|outperform\w*|beats?"
    r"|prolong(?:s|ed|ing)?|improv(?:es?|ed|ing)|extend(?:s|ed|ing)?|lengthen(?:s|ed)|delay(?:s|ed)"
    r"|longer|lived longer|surviv\w+ longer|works better"
    r"|reduc(?:es|ed)|prevent(?:s|ed)|lower(?:s|ed)|increas(?:es|ed)|reliev(?:es|ed)|protect(?:s|ed)|halv(?:es|ed)|doubl(?:es|ed)"
    r"|(?:caus(?:es|ed)|brings?|brought|gives?|gave|leads? to|led to|results? in|resulted in)\s+"
    r"(?:an?\s+)?(?:better|longer|improved|superior))"
    r"|(?P<for>favou?r(?:s|ed)|in favou?r of)|(?P<down>inferior to|worse than|less effective|shorter))\b",
    re.I,
)
_DENIED = re.compile(
    r"\b(?:numerically|slightly|tend\w*|trend|nominally|not|no|never|neither|nor|cannot|can't|may|might|could|if|would|did|does|do|fail\w*|non"
    r"|unclear|unknown)\b[^.;]{0,40}$|\bnon-?$"
    r"|\b(?:whether|designed|aim\w*|test(?:ed|s)? (?:for|whether)|assess\w*|evaluat\w*|to determine|to "
    r"claim)\b[^.;]*$",
    re.I,
)
_NO_RIVALS = ("corticosteroid", "growth_factor", "inactive", "supportive")
_SIGNIFICANT = re.compile(
    r"(?P<no>\b(?:not|no|non|neither|without|nor|failed to|did not|does not|lack of|borderline|nearly"
    r"|almost|missed)\b[^.;,]{0,40}?|\bnon-?"
    r"|\bin)?\bsignifican(?:t|tly|ce)\b",
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
        if one.text.rstrip().endswith("?") or HEDGED.search(one.text):
            continue
        if one.trial is not None:
            yield from _significance(one, store)
        yield from _better(one, store)


def _better(one: Scene, store: Store) -> Iterator[Verdict]:
    for found in _BETTER.finditer(one.text):
        if (
            found["not"]
            or re.match(
                r"\s*(?:than\s+)?(?:about\s+)?\d[\d.]*\s*(?:months|weeks|years|%)", one.text[found.end() :]
            )
            or _DENIED.search(one.text[: found.start()])
        ):
            continue
        if one.trial is not None:
            made = next(_in_trial(one, store, found), None)
        elif not any(m.kind == "trial" for m in one.mentions):
            made = next(_anywhere(one, store, found), None)
        else:
            made = None
        if made is not None:
            yield made
            return


def _in_trial(one: Scene, store: Store, found: re.Match[str]) -> Iterator[Verdict]:
    card = store.trials[one.trial or ""]
    if not card.randomised:
        return
    endpoint = _endpoint(one, found)
    if endpoint is None:
        if not STRONG_SUBGROUP.search(one.text):
            yield from not_studied(one, found, [card], store)
        return
    ratios = compared(store, one.clause(found.start()), endpoint)
    if not ratios and not STRONG_SUBGROUP.search(one.text):
        yield from _medians(one, found, endpoint, card, store)
    yield from _judge(one, found, endpoint, [f for f, _ in ratios], card, store)
    yield from not_studied(one, found, [card], store)


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
            f"the interval of {endpoint_words(store, endpoint)} in {card.trial} holds no difference: {shown(unsure[0])}",
            tuple(line_of(store, f) for f in unsure[:3]),
            "give the estimate and its interval, and do not call it better",
            findings=tuple(name_of(f) for f in unsure[:3]),
        )
        return
    winner = _winner(one, found)
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
            f"in {card.trial} {arm_words(store, card.trial, _won(against[0]) or '')} did better in {endpoint_words(store, endpoint)}, not {arm_words(store, card.trial, winner)}: {shown(against[0])}",
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
        if f.estimate is not None and (f.estimate > mine.estimate) == (term.better == "higher") and f.estimate != mine.estimate
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
    winner = _winner(one, found)
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
            f"the medians of {endpoint_words(store, endpoint)} in {card.trial} are {shown(mine)} and {shown(others[0])}",
            (line_of(store, mine), line_of(store, others[0])),
            "give both medians, and do not call the one better",
            findings=(name_of(mine), name_of(others[0])),
        )


def _won(finding: Finding) -> str | None:
    """The arm with the lower hazard, where the interval leaves out 1."""
    if finding.estimate is None or len(finding.groups) != 2:
        return None
    return finding.groups[0] if finding.estimate < 1 else finding.groups[1]


def _winner(one: Scene, found: re.Match[str]) -> str | None:
    """The arm that the sentence calls better."""
    start = one.span.start
    if found["for"]:
        stop = start + found.end()
        return next((m.id for m in one.arms if "|" not in m.id and 0 <= m.start - stop < 8), None)
    arms = [m for m in one.arms if "|" not in m.id]
    if len({m.id for m in arms}) != 2:
        return None
    first = arms[0]
    if re.search(
        r"\b(?:compared with|compared to|than|over|versus|unlike)\W*(?:the\s+)?$",
        one.text[: first.start - start],
        re.I,
    ):
        first = next(m for m in arms if m.id != first.id)
    if first.start - start > found.start() and found["up"] is not None:
        behind = one.text[found.end() : first.start - start]
        if not re.search(r"\b(?:with|for|on|in)\s+(?:the\s+)?$", behind):
            return None
    if found["down"]:
        return next(m.id for m in arms if m.id != first.id)
    return first.id


def _is_time(one: Scene, name: str) -> bool:
    """Whether an endpoint is a time to something, of which arms are compared by hazards."""
    words = one.sight.names.store.words
    term = words.terms("endpoint").get(words.timed(name))
    return term is not None and term.shape == "time" and term.id != "followup"


def _endpoint(one: Scene, found: re.Match[str]) -> str | None:
    start = one.span.start
    named: list[Mention] = [m for m in one.of("endpoint", "toxicity") if _may_be(one, m)]
    if re.search(
        r"\b(?:liv\w+|surviv\w+) longer\b|\b(?:prolong|extend|lengthen)\w*\s+(?:\w+\s+)?(?:life|lives)\b",
        one.text,
        re.I,
    ):
        return "os"
    if not named:
        return None
    after = [m for m in named if m.start >= start + found.end()]
    before = [m for m in named if m.end <= start + found.start()]
    chosen = (
        after[0]
        if after and after[0].start - start - found.end() < 40
        else before[-1]
        if before
        else (after or named)[0]
    )
    return f"ae:{chosen.id}" if chosen.kind == "toxicity" else one.sight.names.store.words.timed(chosen.id)


def _may_be(one: Scene, mention: Mention) -> bool:
    """Whether arms may be compared on what is named: times by hazards, responses and adverse events by shares."""
    if mention.kind == "toxicity":
        return mention.id != "pain"
    term = one.sight.names.store.words.terms("endpoint").get(mention.id)
    return _is_time(one, mention.id) or (term is not None and term.shape == "response")


def _anywhere(one: Scene, store: Store, found: re.Match[str]) -> Iterator[Verdict]:
    """No trial is named: two drugs, and what trials compared them."""
    plain = [m.id for m in one.of("drug") if m.id not in _beside(store)]
    drugs = list(dict.fromkeys(plain))
    if len(drugs) == 1 and not STRONG_SUBGROUP.search(one.text):
        yield from _alone(one, store, found, drugs[0])
    if len(drugs) != 2 or STRONG_SUBGROUP.search(one.text):
        return
    names = one.sight.names
    cards = trials_comparing(names, drugs[0], drugs[1])
    start = one.span.start
    claim = one.claim(start + found.start(), start + found.end())
    if not cards:
        if not _across(one, found, drugs, store):
            return
        if not all(
            any(d in {g.drug for a in c.arms.values() for g in a.give} for c in store.trials.values())
            for d in drugs
        ):
            return
        mine = [c.trial for c in store.trials.values() if any(drugs[0] in a.drugs for a in c.arms.values())]
        other = [c.trial for c in store.trials.values() if any(drugs[1] in a.drugs for a in c.arms.values())]
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "B",
            claim,
            f"no trial of the store compares {drugs[0]} with {drugs[1]}",
            (f"{drugs[0]}: {', '.join(mine)}", f"{drugs[1]}: {', '.join(other)}"),
            "say that it is a comparison across trials, or name the trial",
        )
        return
    yield from not_studied(one, found, cards, store)
    endpoint = _endpoint(one, found)
    if endpoint is None:
        return
    ratios = [
        f
        for c in cards
        for f in store.of(c.trial)
        if f.endpoint == endpoint
        and f.measure == "hazard_ratio"
        and f.subgroup is None
        and len(f.groups) == 2
        and f.origin.reliability not in ("memory", "unreliable", "digitised")
        and f.origin.kind == "published"
        and excludes_one(f) is not None
        and {drugs[0], drugs[1]} <= {d for a in store.arms(f) for d in a.drugs}
    ]
    if ratios and not any(excludes_one(f) for f in ratios):
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "A",
            claim,
            f"the interval of {endpoint_words(store, endpoint)} holds no difference: {shown(ratios[0])} ({ratios[0].trial})",
            tuple(line_of(store, f) for f in ratios[:3]),
            "give the estimate and its interval, and do not call it better",
            findings=tuple(name_of(f) for f in ratios[:3]),
        )


def _alone(one: Scene, store: Store, found: re.Match[str], drug: str) -> Iterator[Verdict]:
    """One drug and no comparison named: what every trial at random of it shows on the endpoint."""
    endpoint = _endpoint(one, found)
    cards = [
        c for c in store.trials.values() if c.randomised and any(drug in a.drugs for a in c.arms.values())
    ]
    ratios = [
        f
        for card in cards
        for f, _ in clear_ratios(store, one, endpoint or "", card.trial)
        if any(drug in a.drugs for a in store.arms(f))
    ]
    if not ratios or any(excludes_one(f) for f in ratios):
        return
    start = one.span.start
    yield Verdict(
        "superiority",
        "stronger than the evidence",
        "A",
        one.claim(start + found.start(), start + found.end()),
        f"every interval of {endpoint_words(store, endpoint or '')} that is held of {drug} holds no difference: {shown(ratios[0])}",
        tuple(line_of(store, f) for f in ratios[:3]),
        "give the estimate and its interval, and do not call it better",
        findings=tuple(name_of(f) for f in ratios[:3]),
    )


_CITED = re.compile(r"\[\d|\bet al\b|\b(?:19|20)\d\d\b|\b[A-Z]{4,}\b|[a-z)][.,]\d")
_THAN = re.compile(r"\b(?:than|to|over|versus|vs\.?|compared with|compared to|against)\b", re.I)


def _across(one: Scene, found: re.Match[str], drugs: list[str], store: Store) -> bool:
    """Whether a sentence that cites nothing sets one drug over another in a condition of the store."""
    start = one.span.start
    named = [next(m for m in one.of("drug") if m.id == d) for d in drugs]
    between = one.text[found.start() : max(named[1].start - start, found.start())]
    if named[0].end - start > found.start() or named[1].start - start < found.end():
        return False
    if not _THAN.search(between) or _CITED.search(one.text):
        return False
    asked = [store.words.under("condition", m.id) for m in one.of("condition")]
    for drug in drugs:
        given = {c.condition for c in store.trials.values() if any(drug in a.drugs for a in c.arms.values())}
        if not given or (asked and not any(given & under for under in asked)):
            return False
    return True


def _beside(store: Store) -> frozenset[str]:
    terms = store.words.terms("drug")
    return frozenset(d.id for d in terms.values() if d.drug_class in _NO_RIVALS)


def _significance(one: Scene, store: Store) -> Iterator[Verdict]:
    """`Significant` where interval or p value says not, and the reverse."""
    for found in _SIGNIFICANT.finditer(one.text):
        behind = one.text[found.end() : found.end() + 14].casefold()
        if behind.startswith((" level", " at the", " digit", "ce level", " clinic", " threshold")):
            continue
        endpoint = _endpoint(one, found)
        if endpoint is None:
            return
        timed = _is_time(one, endpoint)
        named = {
            store.words.timed(m.id)
            for m in one.clause(found.start()).of("endpoint", "toxicity")
            if _may_be(one, m) and _is_time(one, m.id) == timed
        }
        ratios = compared(store, one.clause(found.start()), endpoint)
        if not ratios or len(named) > 1:
            return
        denied = bool(found["no"])
        if any(sure != denied for _, sure in ratios):
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
