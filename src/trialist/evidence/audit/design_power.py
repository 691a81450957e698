"""Power, size, effect and alpha of a plan agree, whatever the order and the sentences they stand in.

Every reading that the words allow is tried; the rule speaks where none of them has the stated power.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from trialist.evidence.audit import design_needs as needed
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.plan_effects import (
    effect_sizes,
    pairs_of_rates,
    points_of,
    ratios_of,
    shares_of,
    two_times,
)
from trialist.evidence.audit.plan_frame import Frame, both_ways, frame_of, of_each, sizes_of
from trialist.evidence.audit.plan_scope import Scope, scopes, taken_up
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plan_limits import Limit
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.model import Store
from trialist.kernels import normal
from trialist.kernels import power as kernels
from trialist.registry import entry

BACK = 4  # passages before in which an effect may stand that a statement takes up
_ASIDE = re.compile(
    r"\b(?:claim\w*|wrote|writes?|think|thinks|thought|believe\w*) that\b|\bnobody\b|\bno one\b|\bdoubt"
    r"|\bunderpowered\b|\bwould (?:only )?have had\b|\bflyer\b|\bmistaken\w*|\bwrong\w*|\bconditional power"
    r"|\binterim\b[^.;]{0,40}\bpower|\bmyth\b|\bI get\b|\bwe (?:get|find)\b|\bover-?(?:promis|stat)\w+"
    r"|\bnot enough\b|\binsufficient\b",
    re.I,
)
_GROUPS = re.compile(
    r"\b(?:arms?|groups?|each|either|versus|vs?|compared|controls?|placebo|randomi[sz]\w+|allocat\w+|under"
    r"|combination|split|divided|evenly|equally|both|two-sample|chi-?square\w*|standard)\b",
    re.I,
)
_SINGLE = re.compile(
    r"\bsingle[- ](?:arm|stage)|\bone[- ](?:arm|stage|sample)|A'?Hern|\bexact binomial|\buninteresting"
    r"|\bFleming"
    r"|\bno (?:further )?interest|\bgive up\b",
    re.I,
)
_STAGES = re.compile(r"\btwo[- ]stage|\bSimon|\bstage (?:1|one|I)\b|\bfirst stage|\bminimax", re.I)
_OTHER = re.compile(
    r"\bcluster|\bpractices?\b|\bschools?\b|\bvillages?\b|\bclinics\b|\bintra-?class|\bcrossover"
    r"|\bcross-over|\bfactorial|\bMantel|\bANOVA|\bcorrelation|\bregression"
    r"|\bnon-?proportional|\bwithin[\s-]+(?:the\s+|an?\s+|each\s+)?(?:persons?|patients?|subjects?|pairs?|women|men"
    r"|group|arm|cluster|family|eye)\b|\binteract|\bWilcoxon|\bMann|\bone-sample t|\bBayes",
    re.I,
)
_INFERIOR = re.compile(
    r"non-?inferior|\bequivalence\b|\bmargin\b|\brul\w+ out that\b|\baccept a loss\b", re.I
)
_LATER = re.compile(
    r"drop-?out|attrition|withdraw|\blost\b|inflat|non-?compli|at least|(?<!no )more than|≥|>", re.I
)
_PAIRED = re.compile(r"\bpaired\b|\bpairs?\b|\bwithin-(?:person|subject)", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """A reading of a plan: its power, what it is a test of, and the numbers that it rests on."""

    power: float
    how: str
    numbers: tuple[Number, ...]
    needs: Callable[[float], tuple[str, ...]] = lambda power: ()


@entry(
    "design_power",
    needs="power, size, effect",
    gives="power, size and effect",
    source="Schoenfeld 1981; noncentral t; Fleiss 2003; exact binomial; Connor 1987; Blackwelder 1982",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    plans = list(reading.of("plan"))
    for at, claim in enumerate(plans):
        for scope in scopes(claim):
            yield from _medians(reading, scope)
            for power in scope.own.of("power", "beta"):
                found = _verdict(reading, scope, power, plans[max(0, at - BACK) : at])
                if found is not None:
                    yield found


def _verdict(reading: Reading, scope: Scope, power: Number, before: Sequence[Claim]) -> Verdict | None:
    frame = frame_of(scope, power)
    own = scope.words(0, 0).strip()
    if frame is None or _ASIDE.search(own) or own.endswith("?"):
        return None
    near, readings = _readings(frame)
    if not readings and (wider := taken_up(scope, before)) is not None:
        scope = wider
        frame = frame_of(scope, power) or frame
        near, readings = _readings(frame)
    if not readings:
        return None
    slack = near + (0.005 if frame.power.printed.decimals < 3 else 0.0)
    if any(abs(one.power - frame.stated) <= slack for one in readings):
        return None
    if near > 0.035 and _LATER.search(frame.words) and any(one.power >= frame.stated for one in readings):
        return None
    if _another(scope, readings):
        return None
    best = min(readings, key=lambda one: abs(one.power - frame.stated))
    on = [power, *frame.named, *best.numbers]
    return Verdict(
        "design_power", "power, size and effect", "B", scope.claimed(reading, on),
        f"{best.how} has power {best.power:.2f}, not {frame.stated:.2f}",
        (*best.needs(frame.stated), f"stated power {frame.stated:.2f}; computed {best.power:.3f}"),
        "correct power, size or effect; each of them follows from the other two",
    )  # fmt: skip


def _readings(frame: Frame) -> tuple[float, list[Found]]:
    """Every reading by the first test that has any, and how far its power may be off."""
    return next(((near, held) for test, near in _TESTS if (held := list(test(frame)))), (0.0, []))


def _another(scope: Scope, readings: Sequence[Found]) -> bool:
    """Whether a statement has a bare number where the effect stands elsewhere: `had it been 0.60`."""
    own = set(scope.own.numbers)
    bare = any(not one.unit and not one.role and 0.1 < one.value < 3 and one.value != 1 for one in own)
    return (
        bare
        and not any(one.role == "ratio" for one in own)
        and any(set(one.numbers) - own for one in readings)
    )


def _of(lines: Callable[..., tuple[str, ...]], alpha: float, sides: int) -> Callable[..., tuple[str, ...]]:
    return lambda *said: lines(*said, alpha, sides)


def _of_superiority(scope: Scope) -> bool:
    """Whether a statement has a ratio of its own and none of the words of non-inferiority."""
    return (
        bool(scope.own.of("ratio")) and not scope.own.of("margin") and not _INFERIOR.search(scope.words(0, 0))
    )


def _log_rank(frame: Frame) -> Iterator[Found]:
    if _INFERIOR.search(frame.words) and not _of_superiority(frame.scope):
        return
    events = sizes_of(frame, "events")
    if not events:
        yield from _of_patients(frame)
    for (ratio, on), size in product(ratios_of(frame), events):
        for (alpha, sides), way in product(frame.alphas, both_ways(frame.allocations)):
            how = f"a log-rank test with {size.value:.0f} events for a hazard ratio of {ratio:.3g}"
            power = kernels.log_rank_power(size.value, ratio, alpha, sides, way)
            needs = partial(_of(needed.log_rank, alpha, sides), ratio, size.value)
            yield Found(power, how, (*on, size), needs)
            freedman = kernels.log_rank_events_freedman(ratio, frame.stated, alpha, sides, way)
            if abs(freedman / size.value - 1) < 0.05:
                yield Found(frame.stated, how, (*on, size))


def _of_patients(frame: Frame) -> Iterator[Found]:
    """Patients without a number of events: too few even if each of them has one."""
    people = frame.scope.own.of("people")
    for (ratio, on), size in product(ratios_of(frame), people[:1] if len(people) == 1 else ()):
        n = size.value * (1 if size.each is False else 2 if size.each else 1)
        powers = [kernels.log_rank_power(n, ratio, alpha, sides) for alpha, sides in frame.alphas]
        if powers and max(powers) < frame.stated - 0.03:
            how = (
                f"a log-rank test with {n:.0f} patients, all with an event, for a hazard ratio of {ratio:.3g}"
            )
            yield Found(max(powers), how, (*on, size))


_ASSUMED = re.compile(
    r"\bassum|\bexpect|\bhypothes|\btarget|\bpostulat|\bcorrespond|\bi\.e\.|\bplan|\bdesign|\bpower", re.I
)


def _medians(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """Two medians that are assumed have the ratio that is told with them, if curves are exponential."""
    ratios, own = scope.own.of("ratio"), scope.words(0, 0)
    if len(ratios) != 1 or not re.search(r"\bmedian", own, re.I) or not _ASSUMED.search(own):
        return
    if re.search(r"\bobserved\b|\bwas seen\b|\b95\s?%", own) or not scope.find("power", "beta"):
        return
    times = two_times(scope, scope.own)
    if len(times) != 2 or min(one.value for one in times) <= 0:
        return
    made = times[0].value / times[1].value
    if min(abs(math.log(made / ratios[0].value)), abs(math.log(made * ratios[0].value))) <= 0.12:
        return
    made = min(made, 1 / made)
    yield Verdict(
        "design_power", "hazard ratio of two medians", "B", scope.claimed(reading, [*times, *ratios]),
        f"medians of {times[0].printed.text} and {times[1].printed.text} make a hazard ratio of {made:.2f}, "
        f"not {ratios[0].printed.text}",
        ("exponential: the ratio of the medians",), "correct the medians or the hazard ratio",
    )  # fmt: skip


def _inferior(frame: Frame) -> Iterator[Found]:
    """No worse by the margin, if there is no difference (or the ratio or share that is written)."""
    scope = frame.scope
    if not _INFERIOR.search(frame.words) or _of_superiority(scope):
        return
    margins = [
        one for one in (*scope.find("margin"), *scope.find("ratio")) if 1 < one.value <= 3 and not one.unit
    ]
    events = sizes_of(frame, "events")
    if margins and events:
        for margin, size, (alpha, sides) in product(margins, events, frame.alphas):
            for way in both_ways(frame.allocations):
                how = f"a log-rank test with {size.value:.0f} events that leaves out {margin.value:g}"
                yield Found(
                    kernels.log_rank_power(size.value, margin.value, alpha, sides, way), how, (margin, size)
                )
        return
    apart = [one for one in scope.find("margin") if one.unit in ("points", "share")] or points_of(frame)
    for margin, level, size in product(apart, shares_of(frame), sizes_of(frame, "people")):
        for n, (alpha, sides) in product(of_each(size), frame.alphas):
            p = level.value
            z = margin.value / math.sqrt(2 * p * (1 - p) / n) - kernels.log_rank_critical(alpha, sides)
            how = f"{n:.0f} in each group with a margin of {100 * margin.value:g} points at {100 * p:g}%"
            yield Found(normal.cdf(z), how, (margin, level, size))


def _means(frame: Frame) -> Iterator[Found]:
    from trialist.kernels.power_values import two_sample_t_power

    own = frame.scope.words(0, 0)
    if _OTHER.search(frame.words):
        return
    for (effect, on), size in product(effect_sizes(frame), sizes_of(frame, "people", "pairs")):
        paired = size.role == "pairs" or (_PAIRED.search(own) and not re.search(r"two-sample|unpaired", own))
        for alpha, sides in frame.alphas:
            if paired:
                power = kernels.paired_t_power(int(size.value), effect, alpha, sides)
                needs = partial(_of(needed.paired_t, alpha, sides), effect, size.value)
                how = f"a paired t test of {size.value:.0f} pairs at effect size {effect:.3g}"
                yield Found(power, how, (*on, size), needs)
                continue
            for n in of_each(size):
                how = f"a t test of two groups of {n:.0f} at effect size {effect:.3g}"
                needs = partial(_of(needed.two_sample_t, alpha, sides), effect)
                yield Found(two_sample_t_power(n, n, effect, alpha, sides), how, (*on, size), needs)


def _mcnemar(frame: Frame) -> Iterator[Found]:
    from trialist.kernels.power_values import mcnemar_power

    scope = frame.scope
    gaps = [one for one in (*scope.find("difference"), *points_of(frame)) if one.unit in ("points", "share")]
    for apart, gap, size in product(scope.find("discordant"), gaps, sizes_of(frame, "pairs", "people")):
        if not gap.value < apart.value:
            continue
        first, second = (apart.value + gap.value) / 2, (apart.value - gap.value) / 2
        for alpha, sides in frame.alphas:
            how = f"McNemar's test of {size.value:.0f} pairs, {100 * apart.value:g}% of them discordant"
            yield Found(mcnemar_power(size.value, first, second, alpha, sides), how, (apart, gap, size))


def _one_proportion(frame: Frame) -> Iterator[Found]:
    if _STAGES.search(frame.words) or not _SINGLE.search(frame.words):
        return
    for a, b, first, second in pairs_of_rates(frame):
        null, alternative = sorted((first, second))
        bounds = [one for one in frame.scope.limits() if one.r >= 1]
        sizes = [n for n in sizes_of(frame, "people") if n.start not in {one.printed.start for one in bounds}]
        if bounds and sizes:
            yield from _with_limit(frame, (a, b), (null, alternative), sizes, bounds)
            continue
        for size, (alpha, sides) in product(sizes, frame.alphas):
            how = (
                f"an exact test of {100 * null:g}% against {100 * alternative:g}% with {size.value:.0f} "
                f"patients"
            )
            power = kernels.one_proportion_power(int(size.value), null, alternative, alpha, sides)
            needs = partial(_of(needed.one_proportion, alpha, sides), null, alternative)
            yield Found(power, how, (a, b, size), needs)


def _with_limit(
    frame: Frame,
    held: tuple[Number, ...],
    rates: tuple[float, float],
    sizes: Sequence[Number],
    bounds: Sequence[Limit],
) -> Iterator[Found]:
    """So many responses of so many patients: a power of nought where they do not keep alpha."""
    for size, bound in product(sizes, bounds):
        if bound.r >= size.value:
            continue
        error, power = (kernels.binomial_tail(int(size.value), bound.r + 1, p) for p in rates)
        kept = any(error <= 1.1 * alpha + 0.006 for alpha, _ in frame.alphas)
        how = f"at least {bound.r + 1} of {size.value:.0f} (type I error {error:.3f})"
        on = (*held, size, Number(bound.printed, bound.printed.value, "count"))
        yield Found(power if kept else 0.0, how, on)


def _two_proportions(frame: Frame) -> Iterator[Found]:
    words = frame.words
    if _INFERIOR.search(words) and not _of_superiority(frame.scope):
        return
    if _STAGES.search(words) or _SINGLE.search(words) or _OTHER.search(words) or not _GROUPS.search(words):
        return
    sizes = sizes_of(frame, "people")
    for (a, b, first, second), size in product(pairs_of_rates(frame), sizes):
        for (alpha, sides), way in product(frame.alphas, frame.allocations):
            for n0, n1 in _groups_of(size, way, [one.value for one in sizes]):
                how = (
                    f"a test of {100 * first:.3g}% against {100 * second:.3g}% with {n0:g} and {n1:g} "
                    f"patients"
                )
                for power in _powers_of_two(n0, n1, first, second, alpha, sides):
                    needs = partial(_of(needed.two_proportions, alpha, sides), first, second)
                    yield Found(power, how, (a, b, size), needs)


def _groups_of(size: Number, way: tuple[int, int], sizes: list[float]) -> set[tuple[float, float]]:
    a, b = way
    n = size.value
    beside = {(n, other) for other in sizes if other < n}
    if a != b:
        return {(n * a / (a + b), n * b / (a + b)), (n * b / (a + b), n * a / (a + b))} | beside
    return {(one, one) for one in of_each(size)} | beside


def _powers_of_two(
    n0: float, n1: float, first: float, second: float, alpha: float, sides: int
) -> Iterator[float]:
    taken = (1 / n0 + 1 / n1) / 2 / abs(first - second)
    factor = (
        max(1 - taken, 0.05) ** 2
    )  # of the continuity correction, by the size that it takes away (Fleiss)
    yield kernels.two_proportions_power(n0, n1, first, second, alpha, sides, variance="pooled")
    yield kernels.two_proportions_power(n0, n1, first, second, alpha, sides, variance="unpooled")
    yield kernels.two_proportions_power(n0 * factor, n1 * factor, first, second, alpha, sides)


_TESTS: tuple[tuple[Callable[[Frame], Iterator[Found]], float], ...] = (
    (_inferior, 0.045),
    (_log_rank, 0.03),
    (_mcnemar, 0.06),
    (_means, 0.045),
    (_one_proportion, 0.07),
    (_two_proportions, 0.05),
)
