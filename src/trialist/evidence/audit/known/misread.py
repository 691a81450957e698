"""Numbers bound to something they are not of: what the words beside them, or the trial, say they are.

A sentence that was read wrongly is no fault of the text, so nothing is told of such a number.
"""

from __future__ import annotations

import re

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.endpoints import OF_SHARES
from trialist.evidence.audit.known.places import Dimension, at_place
from trialist.evidence.audit.known.said import GRADE, cued, grade_of, subgroup_said
from trialist.evidence.audit.known.values import Fit
from trialist.evidence.audit.known.weighing import weighed
from trialist.evidence.audit.known.words import Known


def true_as_named(one: Placed, names: Known, text: str) -> bool:
    """Whether a number is right for another endpoint that its sentence names, or by all its counts for any.

    Then the sentence was read wrongly, unless the endpoint stands directly before the number.
    """
    if _adjoins(one, text):
        return False
    asked = {m.id for m in one.mentions if m.kind == "endpoint"}
    asked |= {name for m in one.mentions if m.kind == "endpoint" for name in OF_SHARES.get(m.id, ())}
    asked |= {names.store.words.timed(name) for name in asked}
    terms = {m.id for m in one.mentions if m.kind == "toxicity"}
    own = {endpoint.partition(":")[0] for endpoint in one.endpoints}
    detailed = any(":" in endpoint for endpoint in one.endpoints)
    free: list[Dimension] = ["endpoint", "arm"]
    if one.population is None:
        free.append("population")
    if len({grade_of(g) for g in GRADE.finditer(one.around)}) > 1:
        free.append("grade")
    for finding in at_place(names, one, free=free):
        family, _, detail = finding.endpoint.partition(":")
        told = (
            finding.endpoint in asked
            or (family == "ae" and detail.partition(":")[0] in terms)
            or (family not in own and cued(family, one.around))
        )
        mine = finding.endpoint in one.endpoints or (family == "ae" and detail.partition(":")[0] == one.term)
        if mine and one.arms and finding.groups and tuple(finding.groups) != one.arms:
            continue  # of the same endpoint, with the arms turned
        fit = weighed(one, finding, text)
        words = {part.word for part in fit.parts}
        told = told and not detailed
        if fit.agrees and fit.main and (told or {"value", "count"} <= words):
            return True
    return False


_GROUPS = re.compile(r"\b(?:both|each|either|all)\s+(?:\w+\s+)?(?:sub)?groups?\b", re.I)
_AFTER = re.compile(r"\b(?:after|and)\s+(?:a|the)?\s*median\s+(?:of\s+)?$", re.I)
_GIVEN = re.compile(
    r"[\s,)%]*(?:of\s+)?(?:the\s+|those\s+)?(?:\d+\s+)?(?:men|women|patients|people|participants|those)?"
    r"\s*(?:who\s+(?:were|had|received)\s+)?(?:treated|given|assigned|allocated|randomi[sz]ed|on|with|to"
    r"|receiving|in\s+the)\b\s*(?:with|to)?\s*",
    re.I,
)


def says_so(one: Placed, dimension: Dimension, fit: Fit, names: Known, text: str) -> bool:
    """Whether the words beside a number say what it is right for."""
    finding, span = fit.finding, one.claim.span
    if dimension == "subgroup" and finding.subgroup is not None:
        return subgroup_said(finding.subgroup, one.around) or _GROUPS.search(one.around) is not None
    if dimension == "endpoint":
        return finding.endpoint == "followup" and _AFTER.search(text[: span.start]) is not None
    if dimension != "arm" or len(finding.groups) != 1:
        return False
    behind = _GIVEN.match(text, span.end)
    if behind is None:
        return False
    arms = names.arms[str(one.trial)].find(text, behind.end(), behind.end() + _NAME)
    return bool(arms) and arms[0].start == behind.end() and arms[0].id == finding.groups[0]


_NAME = 80  # characters of an arm's name


_ANYWHERE: tuple[Dimension, ...] = ("endpoint", "arm", "population", "subgroup", "grade", "timepoint")


def of_something_else(one: Placed, names: Known, text: str) -> bool:
    """Whether a number that its endpoint does not adjoin is printed so for something else of the trial."""
    if _adjoins(one, text):
        return False
    return any(
        (fit := weighed(one, finding, text)).agrees and fit.main
        for finding in at_place(names, one, free=_ANYWHERE)
        if finding.endpoint not in one.endpoints and cued(finding.endpoint.partition(":")[0], one.around)
    )


def _adjoins(one: Placed, text: str) -> bool:
    """Whether the endpoint that a number was bound to stands directly before it."""
    number = one.claim.numbers.get("estimate") or one.claim.numbers.get("count")
    if number is None:
        return False
    before = [m for m in one.mentions if m.kind in ("endpoint", "toxicity") and m.end <= number.start]
    return bool(before) and _BESIDE.fullmatch(text[before[-1].end : number.start]) is not None


_BESIDE = re.compile(
    r"[\s:=(,)-]*(?:(?:rates?|was|were|is|of|at|in|had|reached|a|the|median|for|occurred|seen|reported"
    r"|observed|recorded|found|with|patients|men)"
    r"[\s:=(,]*){0,7}",
    re.I,
)


def of_another(one: Placed, names: Known, text: str, named: frozenset[str]) -> bool:
    """Whether a number whose trial no word beside it names is that of another trial of the document."""
    return any(
        finding.trial in named
        and finding.trial != one.trial
        and (fit := weighed(one, finding, text)).agrees
        and fit.main
        for finding in at_place(names, one, free=("trial", "arm", "population", "grade"))
    )
