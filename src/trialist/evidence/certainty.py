"""How sure a pooled number is: the domains of GRADE, each computed or asked, each with its reason.

What arithmetic can say is said; what needs a reader (risk of bias, most of publication bias) is `asked`: no
domain is silent, and no overall grade is made up out of those that were computed.
Source: Guyatt and others 2011, J Clin Epidemiol 64:1283 (imprecision), 1294 (inconsistency), 1303
(indirectness), 1277 (publication bias)
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from trialist.evidence.pooling.differences import differing
from trialist.evidence.pooling.effects import scale_of
from trialist.evidence.pooling.pairwise import Pool
from trialist.evidence.pooling.small_studies import NAMES, fitting, regressions
from trialist.evidence.pooling.told import shown_p

Domain = Literal["risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias"]
Judgement = Literal["no concern", "serious", "very serious", "not judged: asked"]
ASKED: Judgement = "not judged: asked"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a domain is a concern; rules of thumb of the papers above.

    i2              percent, with a Q whose p is below `q_p_value`: serious; very serious from `i2_high` on
    events          optimal information size of ratios and proportions: at least so many events
    patients        of means: at least so many patients
    benefit         a ratio that would matter: 0.75 and 1 / 0.75 for an interval that holds no effect too
    trials          below which a test of the funnel is not read; `egger`: its p value
    """

    i2: float = 50.0
    i2_high: float = 75.0
    q_p_value: float = 0.1
    events: int = 300
    patients: int = 400
    benefit: float = 0.75
    trials: int = 10
    egger: float = 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """One domain: the judgement and the numbers it was made of."""

    domain: Domain
    judgement: Judgement
    why: str


def certainty(pool: Pool, limits: Limits | None = None) -> tuple[Judged, ...]:
    """The five domains in the order of GRADE; none is left out."""
    used = limits or Limits()
    return (
        _bias(pool),
        _inconsistency(pool, used),
        _indirectness(pool),
        _imprecision(pool, used),
        _publication(pool, used),
    )


def _bias(pool: Pool) -> Judged:
    known = Counter(str(e.moderators["blinding"]) for e in pool.effects if "blinding" in e.moderators)
    said = "; ".join(f"{count} {word}" for word, count in known.items())
    why = "it is read in the papers (randomisation, deviations, missing data, measurement, selection)"
    return Judged("risk of bias", ASKED, f"{why}; blinding of the trials: {said}" if said else why)


def _inconsistency(pool: Pool, limits: Limits) -> Judged:
    found = pool.result
    if found is None or found.k < 2:
        return Judged("inconsistency", ASKED, "one trial can't agree or disagree with another")
    if found.i2 is None or found.q_p_value is None:
        told = "" if found.q_p_value is None else f"; test that trials are alike {shown_p(found.q_p_value)}"
        return Judged("inconsistency", ASKED, f"this method for tables gives no I²{told}")
    shown = f"I² {found.i2:.0f}%, Q {shown_p(found.q_p_value)}"
    sides = {e.y > 0 for e in pool.effects if math.isfinite(e.v) and pool.measure != "proportion"}
    ends = (found.low, found.high, found.prediction_low, found.prediction_high)
    crossing = False
    if None not in ends and pool.measure != "proportion":
        low, high, new_low, new_high = (end or 0.0 for end in ends)
        crossing = (low > 0 or high < 0) and new_low < 0 < new_high
    differs = found.q_p_value < limits.q_p_value
    if differs and found.i2 >= limits.i2_high and len(sides) > 1:
        return Judged("inconsistency", "very serious", f"{shown}, and effects on both sides of no effect")
    if differs and found.i2 >= limits.i2:
        return Judged("inconsistency", "serious", shown)
    if crossing:
        return Judged("inconsistency", "serious", f"{shown}; in a new trial the effect may go either way")
    few = "; few trials: heterogeneity may be there and not be seen" if found.k < 5 else ""
    return Judged("inconsistency", "no concern", shown + few)


def _indirectness(pool: Pool) -> Judged:
    known = [e for e in pool.effects if "condition" in e.moderators]
    if not known or not pool.effects:
        return Judged("indirectness", ASKED, "nothing is known of the trials' patients and treatments")
    apart = differing(pool.effects)
    if apart:
        said = "; ".join(f"{key}: {', '.join(values)}" for key, values in apart.items())
        return Judged("indirectness", "serious", f"the trials are not of one kind ({said})")
    asked = pool.question
    if asked is None or (not asked.conditions and asked.line is None):
        return Judged("indirectness", ASKED, "no condition or line was asked for to compare the trials with")
    if not asked.conditions or asked.line is None:
        word, other = ("line", "condition") if asked.line else ("condition", "line")
        why = f"every trial has the {word} asked for; no {other} was asked for"
        return Judged("indirectness", ASKED, why)
    return Judged("indirectness", "no concern", "condition and line of every trial are those asked for")


def _imprecision(pool: Pool, limits: Limits) -> Judged:
    found = pool.result
    if found is None or found.low is None or found.high is None:
        return Judged("imprecision", ASKED, "there is no interval")
    counted, enough, what = _size(pool, limits)
    small = counted is not None and counted < enough
    size = f"{counted} {what}, {enough} wanted" if counted is not None else f"number of {what} not known"
    if pool.measure == "proportion":
        return Judged("imprecision", "serious" if small else "no concern", size)
    holds = found.low < 0 < found.high
    if scale_of(pool.measure) == "log":
        far = -math.log(limits.benefit)
        matters = holds and (found.low < -far or found.high > far)
        said = "the interval holds no effect and one that would matter" if matters else ""
    else:
        matters = holds
        said = "the interval holds no effect; what difference would matter is asked" if holds else ""
    why = "; ".join(part for part in (said, size) if part)
    if matters and small:
        return Judged("imprecision", "very serious", why)
    if matters or small:
        return Judged("imprecision", "serious", why)
    if counted is None:
        return Judged("imprecision", ASKED, why)
    return Judged("imprecision", "no concern", why)


def _size(pool: Pool, limits: Limits) -> tuple[int | None, int, str]:
    """What was counted, how much is wanted (the optimal information size), of what."""
    ratio = scale_of(pool.measure) == "log" or pool.measure in ("risk_difference", "proportion")
    counts = [e.events if ratio else e.n for e in pool.effects]
    known = [count for count in counts if count is not None]
    total = sum(known) if known and len(known) == len(counts) else None
    return (total, limits.events, "events") if ratio else (total, limits.patients, "patients")


def _publication(pool: Pool, limits: Limits) -> Judged:
    k = len(pool.effects)
    if k < limits.trials:
        why = (
            f"{k} trial{'' if k == 1 else 's'}: a test of the funnel is worth nothing; search the registries"
        )
        return Judged("publication bias", ASKED, why)
    found = regressions(pool)
    name = fitting(pool, found)
    test = found[name]
    if test.p_value is None:
        return Judged("publication bias", ASKED, "the funnel can't be tested; search the registries")
    shown = f"{NAMES[name]} {shown_p(test.p_value)} with {k} trials"
    if test.p_value < limits.egger:
        return Judged("publication bias", "serious", shown)
    return Judged(
        "publication bias", "no concern", f"{shown}; trials without results are asked of registries"
    )
