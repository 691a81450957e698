"""The dates of one study in their order: nobody is followed for longer than the study lasted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.moments import Days, role
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store
from trialist.registry import entry

MONTH = 30.4375
SLACK = 1.0  # months
_ENROL = re.compile(
    r"\b(?:enrol|recruit|accru|randomi|includ|regist|treated|opened|entered|joined|participants? (?:were|was)"
    r"|first (?:patient|participant|man|woman|subject))",
    re.I,
)
_PARTLY = re.compile(
    r"\b(?:interim|first|second|safety|futility|early|part|phase 1|run-in|dose-finding|futile)\b", re.I
)
_FOLLOW = re.compile(
    r"\b(?:median|mean)\b[^.;]{0,40}\bfollow|\bfollow-?\s?up\b[^.;]{0,40}\bmedian\b"
    r"|\b(?:median|mean)\b[^.;]{0,30}\b(?:observation|time on study)\b"
    r"|\bfollow-?\s?up\b[^.]{0,90}[;,]\s*(?:the|its|with a)\s+median\s+(?:was|of|being)\b"
    r"|\b(?:followed|observed|watched|monitored)(?: up)? for a (?:median|mean)\b",
    re.I,
)
_OTHER_TIME = re.compile(
    r"\b(?:project\w*|planned|expected|previous|earlier|updated?|extension|long-term)\b", re.I
)


@entry("timeline", needs="dates, follow-up", gives="dates of one study out of order", source="calendar")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if len({claim.bound.trial for claim in reading.claims if claim.bound.trial}) > 1:
        return
    yield from _results_too_early(reading)
    begins, cuts = _begins(reading), _cuts(reading)
    if not begins:
        yield from _before_the_last(reading, cuts)
    if len({day.first for _, day in begins}) != 1 or not cuts:
        return
    first, begin = begins[0]
    for claim, day in cuts:
        if day.last < begin.first:
            yield Verdict(
                "timeline", "cut-off before the first patient", "A", claim,
                f"the cut-off of {day.text} lies before the first patient, {begin.text}",
                (f"{day.text} < {begin.text}",), "look up both dates", others=(first,),
            )  # fmt: skip
            return
    yield from _before_the_last(reading, cuts)
    yield from _least(reading, cuts)
    latest = max((day for _, day in cuts), key=lambda day: day.last)
    longest = (latest.last - begin.first + 1) / MONTH
    for claim in reading.of("time"):
        value = _months(claim)
        if value is None or value <= longest + SLACK or not _is_follow_up(reading, claim):
            continue
        yield Verdict(
            "timeline", "follow-up longer than the study", "A", claim,
            f"a follow-up of {value:.3g} months is longer than from {begin.text} to {latest.text}",
            (f"{begin.text} to {latest.text}: at most {longest:.1f} months; printed {value:.3g}",),
            "look up the follow-up and the dates", others=(first,),
        )  # fmt: skip


_RESULTS = re.compile(r"\b(?:the|its|our|final|main|primary) (?:final |main |primary |full )?results\b", re.I)


def _results_too_early(reading: Reading) -> Iterator[Verdict]:
    """Results that were published before the last patient came in."""
    lasts = with_role(reading, "last") + [(c, c.said["to"]) for c, _ in _begins(reading) if "to" in c.said]
    told = [one for one in with_role(reading, "published") if _RESULTS.search(reading.text(one[0].sentence))]
    if len({day.first for _, day in lasts}) != 1 or len(told) != 1:
        return
    (last, came), (claim, day) = lasts[0], told[0]
    if day.last < came.first and not _PARTLY.search(reading.text(claim.sentence)):
        yield Verdict(
            "timeline", "results before the last patient", "A", claim,
            f"results of {day.text} lie before the last patient, {came.text}",
            (f"{day.text} < {came.text}",), "look up both dates", others=(last,),
        )  # fmt: skip


def _before_the_last(reading: Reading, cuts: list[tuple[Claim, Days]]) -> Iterator[Verdict]:
    """A cut-off that is not called an early one, before the last patient came in."""
    lasts = with_role(reading, "last")
    lasts += [(claim, claim.said["to"]) for claim, _ in _begins(reading) if "to" in claim.said]
    if len({day.first for _, day in lasts}) != 1:
        return
    last, came = lasts[0]
    if any(day.last >= came.first for _, day in cuts):
        return
    for claim, day in cuts:
        if not _PARTLY.search(_line(reading, claim)):
            yield Verdict(
                "timeline", "cut-off before the last patient", "A", claim,
                f"the cut-off of {day.text} lies before the last patient, {came.text}",
                (f"{day.text} < {came.text}",), "look up both dates", others=(last,),
            )  # fmt: skip
            return


_LEAST = re.compile(
    r"\b(?:all|every|each|minimum)\b[^.;]{0,50}\bfollow(?:ed|-?\s?up)\b[^.;]{0,30}$|\bminimum (?:of"
    r"|follow)[^.;]{0,24}$"
    r"|\bfollow(?:ed|-?\s?up)\b[^.;\d]{0,30}\b(?:at least|minimum of|not less than)\s*$",
    re.I,
)


def _least(reading: Reading, cuts: list[tuple[Claim, Days]]) -> Iterator[Verdict]:
    """All cannot be followed for longer than from the last patient to the cut-off."""
    lasts = with_role(reading, "last")
    lasts += [(claim, claim.said["to"]) for claim, _ in _begins(reading) if "to" in claim.said]
    if len({day.last for _, day in lasts}) != 1:
        return
    (last, came), latest = lasts[0], max((day for _, day in cuts), key=lambda day: day.last)
    longest = (latest.last - came.first + 1) / MONTH
    for claim in reading.of("time"):
        value = _months(claim)
        lead = reading.document.text[claim.sentence.start : claim.numbers["estimate"].start]
        if (
            value is None
            or value <= longest + SLACK
            or not _LEAST.search(lead.replace("\n", " "))
            or longest < 0
        ):
            continue
        if _OTHER_TIME.search(reading.text(claim.sentence)):
            continue
        yield Verdict(
            "timeline", "follow-up longer than the study", "A", claim,
            f"nobody who came in {came.text} is followed for {value:.3g} months by {latest.text}",
            (f"{came.text} to {latest.text}: at most {longest:.1f} months; printed {value:.3g}",),
            "look up the follow-up and the dates", others=(last,),
        )  # fmt: skip


def _line(reading: Reading, claim: Claim) -> str:
    """The words around a date, on its own line."""
    text, span = reading.document.text, claim.span
    return (
        text[max(span.start - 70, 0) : span.start].split("\n")[-1]
        + text[span.end : span.end + 30].split("\n")[0]
    )


def _begins(reading: Reading) -> list[tuple[Claim, Days]]:
    held = [
        (claim, claim.said["from"])
        for claim in reading.of("period")
        if _ENROL.search(reading.text(claim.sentence))
    ]
    return held + with_role(reading, "begin")


def _cuts(reading: Reading) -> list[tuple[Claim, Days]]:
    return with_role(reading, "cut")


def with_role(reading: Reading, wanted: str) -> list[tuple[Claim, Days]]:
    """The dates that are of the first patient, the last one, a cut-off, or the publication."""
    text = plain(reading.document.text)
    return [
        (claim, claim.said["date"])
        for claim in reading.of("date")
        if "date" in claim.said
        and role(text, claim.sentence.start, claim.sentence.end, claim.span.start, claim.span.end) == wanted
    ]


def _months(claim: Claim) -> float | None:
    number, unit = claim.numbers.get("estimate"), str(claim.said.get("unit", "")).lower()
    if number is None:
        return None
    scale = {"mo": 1.0, "ye": 12.0, "yr": 12.0, "we": 7 / MONTH, "wk": 7 / MONTH, "da": 1 / MONTH}.get(
        unit[:2]
    )
    return None if scale is None else number.value * scale


def _is_follow_up(reading: Reading, claim: Claim) -> bool:
    words = reading.text(claim.sentence)
    return (
        _FOLLOW.search(words) is not None
        and not _OTHER_TIME.search(words)
        and claim.bound.endpoint in (None, "followup")
    )
