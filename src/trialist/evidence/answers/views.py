"""The results of an endpoint that a question asks for: of which analysis, at which time, by which measure.

A trial may have counted one endpoint several times (an interim, a final, a longer look) and in several ways
(a median, the share alive at a year, the mean within three years).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.language import cued, words
from trialist.evidence.answers.results import Result, result_of
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding

Key = tuple[str, str]  # the analysis and its cut-off, as the source names them
_AT_A_TIME = ("survival_probability", "proportion", "cumulative_incidence", "odds_ratio", "risk_ratio")
_ORDER = ("interim", "updated interim", "", "updated", "final", "extended", "5 years")
_ASKS = {  # what each word that is asked for may be called by a source, the nearest first
    "first": ("interim",),
    "interim": ("interim", "updated interim"),
    "updated": ("updated", "updated interim", "extended", "5 years"),
    "final": ("final",),
    "extended": ("extended", "updated"),
    "5 years": ("5 years",),
}


def results_asked(store: Store, card: TrialCard, endpoint: str, question: Question) -> list[Result]:
    """The preferred result of an endpoint, or each of the analyses and times that the question asks for.

    A mean within a time is told beside the median wherever it is held: curves that cross mislead the median.
    """
    found: list[Result | None] = []
    for key in _asked(keys_of(store, card, endpoint), question):
        found.append(result_of(store, card, endpoint, only=_of(key), when=_named(key)))
        found += [_at(store, card, endpoint, time, key) for time in question.times]
    if not any(found):
        whole = result_of(store, card, endpoint)
        found = [whole, *(_at(store, card, endpoint, time, None) for time in question.times)]
        if whole is not None and not any(f.measure == "restricted_mean" for f in whole.findings):
            found.append(_mean(store, card, endpoint))
    return [each for each in found if each is not None]


def told_in_full(results: Iterable[Result], question: Question) -> list[Result]:
    """Results that the short answer gives with all their numbers: an analysis or a time was asked for."""
    return [
        each
        for each in results
        if not each.weak
        and (
            each.when
            or (
                cued("mean_within", question.text)
                and any(f.measure == "restricted_mean" for f in each.findings)
            )
            or any(_is_at(f, time) for f in each.findings for time in question.times)
        )
    ]


def only_recalled(store: Store, card: TrialCard, question: Question) -> list[Result]:
    """The analyses that are asked for and of which nothing was read: they carry no answer."""
    found = (
        result
        for endpoint in question.endpoints
        for result in results_asked(store, card, endpoint, question)
        if question.analyses
    )
    return [each for each in found if each.weak and each.when]


def keys_of(store: Store, card: TrialCard, endpoint: str) -> tuple[Key, ...]:
    """The analyses of an endpoint in all patients, in the order of time."""
    held = {
        _key(f)
        for f in store.of(card.trial)
        if f.endpoint == endpoint and f.subgroup is None and f.population not in words()["reworked"]
    }
    return tuple(sorted(held, key=lambda key: (key[1], _ORDER.index(key[0]) if key[0] in _ORDER else 2)))


def _asked(keys: tuple[Key, ...], question: Question) -> Iterator[Key]:
    """Which of several analyses a question asks for; none where there is one, or none is asked for."""
    if not question.analyses or not keys:
        return
    if "several" in question.analyses:
        yield from keys if len(keys) > 1 else ()
        return
    wanted = [key for name in question.analyses for key in _called(name, keys)]
    yield from (key for key in keys if key in wanted)


def _called(name: str, keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The analyses that a word or a year stands for; of several without a name, the first or the last."""
    if name.isdigit():
        return tuple(key for key in keys if key[1].startswith(name))
    found = tuple(key for said in _ASKS[name] for key in keys if key[0] == said)
    if found or len(keys) < 2 or name not in ("first", "updated", "final"):
        return found[:1]
    return keys[:1] if name == "first" else keys[-1:]


def _key(finding: Finding) -> Key:
    options = dict(finding.method.options)
    return str(options.get("analysis") or ""), str(options.get("cut_off") or "")


def _of(key: Key) -> Callable[[Finding], bool]:
    return lambda finding: _key(finding) == key


def _named(key: Key) -> str:
    """`final analysis`, `data to 2007-03`."""
    name, cut_off = key
    said = (f"{name} analysis" if name else "", f"data to {cut_off}" if cut_off else "")
    return ", ".join(part for part in said if part) or "another analysis"


def _at(store: Store, card: TrialCard, endpoint: str, time: str, key: Key | None) -> Result | None:
    """The share at a time, of those measured at it."""

    def fits(finding: Finding) -> bool:
        return _is_at(finding, time) and (key is None or _key(finding) == key)

    return result_of(store, card, endpoint, only=fits, when="" if key is None else _named(key))


def _is_at(finding: Finding, time: str) -> bool:
    return finding.measure in _AT_A_TIME and finding.timepoint == time


def _mean(store: Store, card: TrialCard, endpoint: str) -> Result | None:
    return result_of(store, card, endpoint, only=lambda finding: finding.measure == "restricted_mean")
