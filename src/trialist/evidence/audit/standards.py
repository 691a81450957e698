"""A version of a standard that is named exists, and existed when the study used it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from trialist.evidence.audit.known.scenes import scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.timeline import with_role
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.standards import exists, known, released
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry


@entry(
    "standards",
    needs="standard, version, dates",
    gives="version that did not exist",
    source="claims/standards.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    today = date.today().year
    for claim in reading.of("standard"):
        if _DENIED.search(reading.text(claim.sentence)):
            continue
        name = str(claim.said["standard"])
        version = claim.numbers["version"].text if "version" in claim.numbers else None
        if version is not None and not exists(name, version, today):
            yield _unknown(claim, name, version)
            continue
        if version is not None:
            yield from _not_current(reading, claim, name, version)
        year = released(name, version)
        printed = int(claim.said.get("year", 0))
        alone = version is None and set(known()[name]["versions"].values()) - {year}
        if year is not None and printed and abs(printed - year) > 1 and not alone:
            yield _misdated(claim, name, printed, year)
        found = _too_early(reading, claim, store, released(name, version))
        if found is not None:
            yield found


_DENIED = re.compile(
    r"never (?:been|existed|was)|no such|(?:\bnot|n't|\bneither|\bno)\b(?:[^.]"
    r"|\.\d){0,60}\bexist|there is no\b|there was no\b",
    re.I,
)


def _misdated(claim: Claim, name: str, printed: int, year: int) -> Verdict:
    listed = known()[name]
    return Verdict(
        "standards", "standard of another year", "B", claim,
        f"{listed['label']} is of {year}, not {printed}",
        (f"released: {listed['shown']} [{listed['read']}]",), "correct the year or the version",
    )  # fmt: skip


def _unknown(claim: Claim, name: str, version: str) -> Verdict:
    listed = known()[name]
    near = listed.get("near", {}).get(version)
    return Verdict(
        "standards", "version that does not exist", "B", claim,
        f"there is no {listed['label']} version {version}",
        (f"released: {listed['shown']} [{listed['read']}]",),
        f"did you mean {near}? Name what was used" if near else "name the version that was used",
    )  # fmt: skip


_CURRENT = re.compile(
    r"\b(?:current|currently|latest|newest|most recent|today|now in use|up[ -]to[ -]date)\b", re.I
)


_ONCE = re.compile(r"\b(?:was|were|had been|then)\s+(?:the\s+|then\s+)*$", re.I)


def _not_current(reading: Reading, claim: Claim, name: str, version: str) -> Iterator[Verdict]:
    """A version that is called the current one after a later one came out."""
    listed = known()[name]
    current = listed.get("current")
    said = reading.text(claim.sentence)
    found = _CURRENT.search(said)
    if current and version not in current and found and not _ONCE.search(said[: found.start()]):
        yield Verdict(
            "standards", "outdated", "B", claim,
            f"{listed['label']} version {version} is not the current one",
            (f"released: {listed['shown']} [{listed['read']}]",),
            f"name version {current[-1]}, or say when it was current",
        )  # fmt: skip


LATE = 1  # years after the last patient in which a version may still have been taken up
_AFTERWARDS = re.compile(
    r"retrospectiv|re-?(?:graded?|assess|analy|read|cod|classif|evaluat|view)|converted|mapped|post hoc"
    r"|\bnow\b|today|current|since then|later|updated?\b|would|recommend|replac|supersed|successor"
    r"|introduc|publish|\bagain\b|extension|long-term",
    re.I,
)
_USED = re.compile(
    r"enrol|recruit|accru|randomi|includ|treated|patients|participants|conducted|study|trial|graded"
    r"|assessed|measured|recorded",
    re.I,
)
_CLOSED = re.compile(
    r"\b(?:last (?:patient|participant|enrol\w+|inclusion|recruit\w+)|closed|ended|completed|recruit\w*"
    r"|enrol\w*"
    r"|treated)\b[^.;\d]{0,40}?(?:\b(?:in|by|until)\s+|(?<=[a-z])[\s:]+)(?:[A-Z][a-z]+\s+)?(?P<y>(?:19|20)\d\d)\b",
    re.I,
)
_DEFINES = re.compile(
    r"\b(?:is|are) (?:the|a|an) (?:share|time|rate|number|percentage|fall|rise)\b|\bmeans?\b", re.I
)
_VOLUME = re.compile(r"(?P<y>(?:19|20)\d\d)\s?;")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def _too_early(reading: Reading, claim: Claim, store: Store | None, year: int | None) -> Verdict | None:
    said = reading.text(claim.sentence)
    if year is None or _AFTERWARDS.search(said) or _DEFINES.search(said):
        return None
    if any(int(one) >= year for one in _YEAR.findall(said)):
        return None
    last, event, how = _last_year(reading, claim, store)
    if last is None or year <= last + LATE:
        return None
    listed = known()[str(claim.said["standard"])]
    said = reading.text(claim.span).rstrip(" ,;(")
    return Verdict(
        "standards", "standard that did not exist yet", "B", claim,
        f"{said} was released in {year}, after {event} ({last})",
        (f"{listed['label']}: {listed['shown']} [{listed['read']}]", how),
        "name the version that was used, or say that it was applied afterwards",
    )  # fmt: skip


def _last_year(reading: Reading, claim: Claim, store: Store | None) -> tuple[int | None, str, str]:
    """The year in which a study took its last patient, by the document, else by the card of its trial; where
    the card does not know it, that of the first paper."""
    if len({one.bound.trial for one in reading.claims if one.bound.trial}) <= 1:
        ends = [
            date.fromordinal(one.said["to"].last).year
            for one in reading.of("period")
            if _USED.search(reading.text(one.sentence))
        ]
        ends += [date.fromordinal(day.last).year for _, day in with_role(reading, "last")]
        ends += [int(m["y"]) for m in _CLOSED.finditer(reading.document.text)]
        if ends:
            return max(ends), "the last patient", f"the document: patients until {max(ends)}"
    card = _card(reading, claim, store) if store is not None else None
    if card is not None and card.enrolled_to:
        return (
            int(card.enrolled_to[:4]),
            "the last patient",
            f"{card.trial}: enrolled until {card.enrolled_to}",
        )
    if card is not None and store is not None and (first := _first_paper(card, store)) is not None:
        return first, "the first report", f"{card.trial}: first paper of {first}"
    return None, "", ""


def _first_paper(card: TrialCard, store: Store) -> int | None:
    """The year of the earliest paper that reports a trial."""
    papers = [store.sources[one] for one in card.sources if one in store.sources]
    years = [
        int(m["y"])
        for one in papers
        if one.kind == "paper" and (m := _VOLUME.search(one.citation)) is not None
    ]
    return min(years, default=None)


_OURS = re.compile(
    r"\b(?:we|us|our|ours|own|present (?:study|trial|series)|to come|propos\w+|future|next|unlike|audit"
    r"|regist\w+|cohort|clinic)\b",
    re.I,
)
_NOW = re.compile(r"\b(?:is|are|will|shall|grades?|uses?|follows?)\b", re.I)


def _card(reading: Reading, claim: Claim, store: Store) -> TrialCard | None:
    """The trial that a sentence is of: named in it, before it, over it, or alone in the document."""
    said = reading.text(claim.sentence)
    if _OURS.search(said):
        return None
    one = next((one for one in scenes(reading, store) if one.span == claim.sentence), None)
    if one is None:
        return store.trials.get(claim.bound.trial or "")
    if one.how == "document" and _NOW.search(said):
        return None
    return store.trials.get(one.trial or "")
