"""Whether a finding answers a question, which way round, and which of several is preferred."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.evidence.model import Arm
from trialist.evidence.pooling.effects import Effect
from trialist.evidence.pooling.network_question import NetworkQuestion
from trialist.evidence.pooling.question import Question
from trialist.findings.model import Finding

NEVER_ALONE = frozenset({"memory", "unreliable"})
_TRUST = ("read", "transcribed", "computed by source", "digitised", "computed")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A finding of the endpoint that does not count, in words.

    elsewhere  it answers another question: other treatments, another condition or line
    """

    finding: Finding
    why: str
    elsewhere: bool = False


def direction(one: Arm, other: Arm, question: Question) -> bool | str:
    """Whether groups are reversed; a treatment added to the other one is no comparison of the two."""
    first = question.first.holds(one), question.first.holds(other)
    second = question.second.holds(one), question.second.holds(other)
    open_ended = question.second.controls or not (question.second.treatments or question.second.drugs)
    as_asked, reversed_ = first[0] and second[1], first[1] and second[0]
    if not as_asked and not reversed_:
        return f"it compares {one.label} with {other.label}"
    if all(first) or (all(second) and not open_ended) or (as_asked and reversed_):
        return f"both arms are of one side ({one.label}, {other.label})"
    return reversed_


def unfit(finding: Finding, question: Question | NetworkQuestion) -> str | None:
    """Why a finding of the right treatments does not answer; None where it does."""
    if finding.subgroup is not None:
        return f"subgroup {finding.subgroup}"
    if question.population is not None and finding.population != question.population:
        return f"population {finding.population}, not {question.population}"
    if question.timepoint is not None and finding.timepoint != question.timepoint:
        return f"timepoint {finding.timepoint or 'not stated'}, not {question.timepoint}"
    if not question.recalled and finding.origin.reliability in NEVER_ALONE:
        return f"reliability {finding.origin.reliability}: it never answers alone"
    if finding.origin.kind not in ("published", "observed", "reconstructed"):
        return f"it is {finding.origin.kind}"
    return None


def rank(effect: Effect) -> tuple[int, int, int, str]:
    """What is preferred comes first: an error that was printed, most events, the better read."""
    return (0 if effect.how == "interval" else 1, *rank_finding(effect.findings[0]))


def rank_finding(finding: Finding) -> tuple[int, int, str]:
    """Most events first, then the better read."""
    return -(finding.events or 0), trust(finding), entry_of(finding)


def trust(finding: Finding) -> int:
    """How well a finding was read: 0 is best."""
    word = finding.origin.reliability
    return _TRUST.index(word) if word in _TRUST else len(_TRUST)


def entry_of(finding: Finding) -> str:
    """The id of a finding that a reader can look up."""
    return finding.origin.entry or finding.id
