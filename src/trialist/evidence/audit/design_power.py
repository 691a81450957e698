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
from trialist.evidence.audit.plan_scope import Scope, scopes
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.plan_limits import Limit
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.model import Store
from trialist.kernels import normal
from trialist.kernels import power as kernels
from trialist.registry import entry

LARGEST = 100_000
_ASIDE = re.compile(
    r"\b(?:claim\w*|wrote|writes?|think|thinks|thought|believe\w*) that\b|\bnobody\b|\bno one\b|\bdoubt"
    r"|\bunderpowered\b|\bwould (?:only )?have had\b|\bflyer\b|\bmistaken\w*|\bwrong\w*|\bconditional power"
    r"|\binterim\b[^.;]{0,40}\bpower|\bmyth\b|\bI get\b|\bwe (?:get|find)\b|\bover-?(?:promis|stat)\w+|\bnot enough\b|\binsufficient\b",
    re.I,
)
_ONE = re.compile(r"\b(?:one|1|single)[- ](?:sided|tailed)\b", re.I)
_BOTH = re.compile(r"\b(?:two|2|double)[- ](?:sided|tailed)\b|\bboth sides\b", re.I)
_SHARED = re.compile(r"\b(\d)\s?(?::|to)\s?(\d)\b(?!\d)")
_GROUPS = re.compile(
    r"\b(?:arms?|groups?|each|either|versus|vs?|compared|controls?|placebo|randomi[sz]\w+|allocat\w+|under"
    r"|combination|two-sample|chi-?square\w*|standard)\b",
    re.I,
)
_SINGLE = re.compile(
    r"\bsingle[- ](?:arm|stage)|\bone[- ](?:arm|stage|sample)|A'?Hern|\bexact binomial|\buninteresting|\bFleming"
    r"|\bno (?:further )?interest|\bgive up\b",
    re.I,
)
_STAGES = re.compile(r"\btwo[- ]stage|\bSimon|\bstage (?:1|one|I)\b|\bfirst stage|\bminimax", re.I)
_OTHER = re.compile(
    r"\bcluster|\bpractices?\b|\bschools?\b|\bvillages?\b|\bclinics\b|\bintra-?class|\bcrossover|\bcross-over|\bfactorial|\bMantel|\bANOVA|\bcorrelation|\bregression"
    r"|\bnon-?proportional|\bwithin\b|\binteract|\bWilcoxon|\bMann|\bone-sample t|\bBayes",
    re.I,
)
_INFERIOR = re.compile(r"non-?inferior|equivalen|\bmargin\b|\brul\w+ out that\b|\baccept a loss\b", re.I)
_LATER = re.compile(
    r"drop-?out|attrition|withdraw|\blost\b|inflat|non-?compli|at least|(?<!no )more than|≥|>", re.I
)
_PAIRED = re.compile(r"\bpaired\b|\bpairs?\b|\bwithin-(?:person|subject)", re.I)
_FALL = re.compile(r"\b(?:risk|hazard|death|dying|mortality|progress\w*|relapse|recurrence|event)s?\b", re.I)
_UP = re.compile(r"\b(?:improve\w*|increase\w*|gain|rise|higher|raise\w*|better)\b", re.I)
_CHANGE_DOWN = re.compile(
    r"\b(?:reduc\w+|cut\w*|lower\w*|decreas\w+|fall\w*|mortality|deaths?|relapse\w*|infection\w*|recurrence\w*"
    r"|failure\w*|complication\w*|toxicity|events?)\b",
    re.I,
)
_CHANGE = re.compile(r"\b(?:down|fewer|reduc\w+|cut\w*|lower\w*|decreas\w+|fall\w*|halv\w+|improvement|drop)\b", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """A reading of a plan: its power, what it is a test of, and the numbers that it rests on."""

    power: float
    how: str
    numbers: tuple[Number, ...]
    needs: Callable[[float], tuple[str, ...]] = lambda power: ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What all tests share: alpha with sides, allocation, the stated power."""

    scope: Scope
    power: Number
    stated: float
    alphas: tuple[tuple[float, int], ...]
    allocations: tuple[tuple[int, int], ...]
    words: str
    named: tuple[Number, ...]


@entry(
    "design_power",
    needs="power, size, effect",
    gives="power, size and effect",
    source="Schoenfeld 1981; noncentral t; Fleiss 2003; exact binomial; Connor 1987; Blackwelder 1982",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("plan"):
        for scope in scopes(claim):
            for power in scope.own.of("power", "beta"):
                found = _verdict(reading, scope, power)
                if found is not None:
                    yield found


def _verdict(reading: Reading, scope: Scope, power: Number) -> Verdict | None:
    frame = _frame(scope, power)
    own = scope.words(0, 0).strip()
    if frame is None or _ASIDE.search(own) or own.endswith("?"):
        return None
    for test, near in _TESTS:
        readings = list(test(frame))
        if readings:
            break
    else:
        return None
    slack = near + (0.005 if frame.power.printed.decimals < 3 else 0.0)
    if any(abs(one.power - frame.stated) <= slack for one in readings):
        return None
    if near > 0.035 and _LATER.search(frame.words) and any(one.power >= frame.stated for one in readings):
        return None
    if _another(scope, readings):
        return None
    best = min(readings, key=lambda one: abs(one.power - frame.stated))
    held = [power, *frame.named, *best.numbers]
    return Verdict(
        "design_power", "power, size and effect", "B", scope.claimed(reading, held),
        f"{best.how} has power {best.power:.2f}, not {frame.stated:.2f}",
        (*best.needs(frame.stated), f"stated power {frame.stated:.2f}; computed {best.power:.3f}"),
        "correct power, size or effect; each of them follows from the other two",
    )  # fmt: skip


def _another(scope: Scope, readings: Sequence[Found]) -> bool:
    """Whether a statement has a bare number of its own where the effect stands elsewhere: `had it been 0.60`."""
    own = set(scope.own.numbers)
    bare = any(not one.unit and not one.role and 0.1 < one.value < 3 and one.value != 1 for one in own)
    return bare and not any(one.role == "ratio" for one in own) and any(set(one.numbers) - own for one in readings)


def _of(lines: Callable[..., tuple[str, ...]], alpha: float, sides: int) -> Callable[..., tuple[str, ...]]:
    return lambda *said: lines(*said, alpha, sides)


def _frame(scope: Scope, power: Number) -> Frame | None:
    stated = power.value if power.role == "power" else 1 - power.value
    words = scope.words()
    alphas = scope.find("alpha")
    own = scope.words(0, 0) if _ONE.search(scope.words(0, 0)) or _BOTH.search(scope.words(0, 0)) else words
    one, both = bool(_ONE.search(own)), bool(_BOTH.search(own))
    sides = (1, 2) if one == both else (1,) if one else (2,)
    levels = tuple(a.value for a in alphas) or ((0.05, 0.025) if one else (0.05,))
    if not alphas and not one:
        sides = (2,)
    shared = _SHARED.search(words)
    ways = ((int(shared[1]), int(shared[2])),) if shared and "0" not in shared[0] else ((1, 1),)
    if not shared and re.search(r"\b(?:two|three)[- ]to[- ]one\b", words):
        ways = ((2, 1), (3, 1))
    if not 0.4 <= stated < 1:
        return None
    return Frame(scope, power, stated, tuple(product(levels, sides)), ways, words, alphas[:1])


def _sizes(frame: Frame, *roles: str) -> list[Number]:
    held = frame.scope.own.of(*roles)
    found = held or frame.scope.find(*roles)
    if any(one.each for one in found):
        found = tuple(one for one in found if one.each is not None)  # `60 (30 per group)`
    return [one for one in found if 3 <= one.value <= LARGEST]


def _ratio(frame: Frame) -> list[tuple[float, tuple[Number, ...]]]:
    """Hazard ratios that the plan may mean: written, of a fall of the risk, of two medians."""
    scope = frame.scope
    for statement in scope.near():
        written = [(one.value, (one,)) for one in statement.of("ratio") if one.value != 1]
        if written:
            return written
        text = str(scope.claim.said["text"])[statement.start : statement.end]
        falls = [
            one for one in statement.numbers
            if one.unit == "share" and one.role in ("reduction", "incidence", "") and 0.05 <= one.value < 0.9
        ]  # fmt: skip
        near = [one for one in falls if _is_fall(scope, one)]
        if len(near) == 1:
            return [(1 - near[0].value, (near[0],))]
        if not re.search(r"\bmedian", text, re.I):
            continue
        times = [one for one in _times(scope, statement) if one.value > 0]
        if len(times) == 2 and times[0].value != times[1].value and 0.2 < times[0].value / times[1].value < 5:
            return [(times[0].value / times[1].value, (times[0], times[1]))]
    return []


def _is_fall(scope: Scope, one: Number) -> bool:
    text = str(scope.claim.said["text"])
    around = text[max(scope.statements[0].start, one.start - 40) : one.end + 45]
    return bool(_FALL.search(around) and _CHANGE.search(around)) and "absolute" not in around


def _times(scope: Scope, statement: object) -> list[Number]:
    """The two times of a statement, the unit of the last of them being that of a bare number before."""
    numbers = list(statement.numbers)  # type: ignore[attr-defined]
    text = str(scope.claim.said["text"])
    times = [one for one in numbers if one.unit == "days"]
    if len(times) == 1:
        before = [
            one for one in numbers if one.end <= times[0].start and one.unit in ("", "count") and not one.role
        ]
        if before and re.fullmatch(
            r"\s*(?:to|v\.?|vs\.?|versus|against|and|compared (?:with|to)|-)\s*",
            text[before[-1].end : times[0].start],
        ):
            scale = times[0].value / times[0].printed.value
            first = Number(before[-1].printed, before[-1].value * scale, "days")
            return [first, times[0]]
    follow = re.compile(r"follow|accru|recruit|enrol|interim|within|over\b", re.I)
    return [one for one in times if not follow.search(text[max(0, one.start - 30) : one.end + 14])]


def _of_superiority(scope: Scope) -> bool:
    """Whether a statement has a ratio of its own and none of the words of non-inferiority."""
    return bool(scope.own.of("ratio")) and not scope.own.of("margin") and not _INFERIOR.search(scope.words(0, 0))


def _log_rank(frame: Frame) -> Iterator[Found]:
    if _INFERIOR.search(frame.words) and not _of_superiority(frame.scope):
        return
    events = _sizes(frame, "events")
    if not events:
        yield from _of_patients(frame)
    for (ratio, on), size in product(_ratio(frame), events):
        for (alpha, sides), way in product(frame.alphas, _both_ways(frame.allocations)):
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
    for (ratio, on), size in product(_ratio(frame), people[:1] if len(people) == 1 else ()):
        n = size.value * (1 if size.each is False else 2 if size.each else 1)
        powers = [kernels.log_rank_power(n, ratio, alpha, sides) for alpha, sides in frame.alphas]
        if powers and max(powers) < frame.stated - 0.03:
            how = (
                f"a log-rank test with {n:.0f} patients, all with an event, for a hazard ratio of {ratio:.3g}"
            )
            yield Found(max(powers), how, (*on, size))


def _both_ways(ways: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple({way for a, b in ways for way in ((a, b), (b, a))})


def _inferior(frame: Frame) -> Iterator[Found]:
    """No worse by the margin, if there is no difference (or the ratio or share that is written)."""
    scope = frame.scope
    if not _INFERIOR.search(frame.words) or _of_superiority(scope):
        return
    margins = [
        one for one in (*scope.find("margin"), *scope.find("ratio")) if 1 < one.value <= 3 and not one.unit
    ]
    events = _sizes(frame, "events")
    if margins and events:
        for margin, size, (alpha, sides) in product(margins, events, frame.alphas):
            for way in _both_ways(frame.allocations):
                how = f"a log-rank test with {size.value:.0f} events that leaves out {margin.value:g}"
                yield Found(
                    kernels.log_rank_power(size.value, margin.value, alpha, sides, way), how, (margin, size)
                )
        return
    apart = [one for one in scope.find("margin") if one.unit in ("points", "share")]
    for margin, level, size in product(apart, _rates(frame), _sizes(frame, "people")):
        for n, (alpha, sides) in product(_of_each(size), frame.alphas):
            p = level.value
            z = margin.value / math.sqrt(2 * p * (1 - p) / n) - kernels.log_rank_critical(alpha, sides)
            how = f"{n:.0f} in each group with a margin of {100 * margin.value:g} points at {100 * p:g}%"
            yield Found(normal.cdf(z), how, (margin, level, size))


def _of_each(size: Number) -> tuple[float, ...]:
    if size.each is None:
        return (size.value, size.value / 2)
    return (size.value,) if size.each else (size.value / 2,)


def _rates(frame: Frame) -> list[Number]:
    """Shares without another role of the nearest statement that has them; of two where each has one."""
    held: list[Number] = []
    for statement in frame.scope.near():
        found = [
            one for one in statement.numbers
            if (one.unit == "share" and one.role in ("", "null", "alternative", "incidence", "kept"))
            or (not one.unit and one.role in ("null", "alternative"))
        ]  # fmt: skip
        held += [one for one in found if 0 < one.value < 1 and one.printed.text not in ("0.50",)]
        if len(held) >= 2 or (held and _points(frame)):
            break
    return held


def _difference_of_means(frame: Frame) -> list[tuple[float, tuple[Number, ...]]]:
    scope = frame.scope
    effects = scope.find("effect")
    if effects:
        return [(one.value, (one,)) for one in effects]
    spread = scope.find("sd")
    gaps = [one for one in scope.find("difference") if one.unit in ("", "count", "points", "measured")]
    return [(a.printed.value / b.printed.value, (a, b)) for a, b in product(gaps, spread) if b.value > 0]


def _means(frame: Frame) -> Iterator[Found]:
    from trialist.kernels.power_values import two_sample_t_power

    own = frame.scope.words(0, 0)
    if _OTHER.search(frame.words):
        return
    for (effect, on), size in product(_difference_of_means(frame), _sizes(frame, "people", "pairs")):
        paired = size.role == "pairs" or (_PAIRED.search(own) and not re.search(r"two-sample|unpaired", own))
        for alpha, sides in frame.alphas:
            if paired:
                power = kernels.paired_t_power(int(size.value), effect, alpha, sides)
                needs = partial(_of(needed.paired_t, alpha, sides), effect, size.value)
                how = f"a paired t test of {size.value:.0f} pairs at effect size {effect:.3g}"
                yield Found(power, how, (*on, size), needs)
                continue
            for n in _of_each(size):
                how = f"a t test of two groups of {n:.0f} at effect size {effect:.3g}"
                needs = partial(_of(needed.two_sample_t, alpha, sides), effect)
                yield Found(two_sample_t_power(n, n, effect, alpha, sides), how, (*on, size), needs)


def _mcnemar(frame: Frame) -> Iterator[Found]:
    from trialist.kernels.power_values import mcnemar_power

    scope = frame.scope
    gaps = [one for one in (*scope.find("difference"), *_points(frame)) if one.unit in ("points", "share")]
    for apart, gap, size in product(scope.find("discordant"), gaps, _sizes(frame, "pairs", "people")):
        if not gap.value < apart.value:
            continue
        first, second = (apart.value + gap.value) / 2, (apart.value - gap.value) / 2
        for alpha, sides in frame.alphas:
            how = f"McNemar's test of {size.value:.0f} pairs, {100 * apart.value:g}% of them discordant"
            yield Found(mcnemar_power(size.value, first, second, alpha, sides), how, (apart, gap, size))


def _points(frame: Frame) -> list[Number]:
    return next(
        (held for s in frame.scope.near() if (held := [n for n in s.numbers if n.unit == "points"])), []
    )


def _pairs_of_rates(frame: Frame) -> list[tuple[Number, Number, float, float]]:
    """Two shares of one plan: both written, or one and the points between them."""
    rates = _rates(frame)
    if len(rates) >= 2:
        return [
            (a, b, a.value, b.value)
            for k, a in enumerate(rates)
            for b in rates[k + 1 :]
            if a.value != b.value
        ]
    points = [one for one in _points(frame) if one.role in ("", "difference", "reduction")]
    signs = (1, -1)
    if bool(_UP.search(frame.words)) != bool(_CHANGE_DOWN.search(frame.words)):
        signs = (1,) if _UP.search(frame.words) else (-1,)
    return [
        (rate, gap, rate.value, rate.value + sign * gap.value)
        for rate, gap, sign in product(rates, points, signs)
        if 0 < rate.value + sign * gap.value < 1
    ]


def _one_proportion(frame: Frame) -> Iterator[Found]:
    if _STAGES.search(frame.words) or not _SINGLE.search(frame.words):
        return
    for a, b, first, second in _pairs_of_rates(frame):
        null, alternative = sorted((first, second))
        bounds = [one for one in frame.scope.limits() if one.r >= 1]
        sizes = [n for n in _sizes(frame, "people") if n.start not in {one.printed.start for one in bounds}]
        if bounds and sizes:
            yield from _with_limit(frame, (a, b), (null, alternative), sizes, bounds)
            continue
        for size, (alpha, sides) in product(sizes, frame.alphas):
            how = f"an exact test of {100 * null:g}% against {100 * alternative:g}% with {size.value:.0f} patients"
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
    if _STAGES.search(words) or _SINGLE.search(words) or _OTHER.search(words) or not _GROUPS.search(words):
        return
    sizes = _sizes(frame, "people")
    for (a, b, first, second), size in product(_pairs_of_rates(frame), sizes):
        for (alpha, sides), way in product(frame.alphas, frame.allocations):
            for n0, n1 in _groups_of(size, way, [one.value for one in sizes]):
                how = f"a test of {100 * first:.3g}% against {100 * second:.3g}% with {n0:g} and {n1:g} patients"
                for power in _powers_of_two(n0, n1, first, second, alpha, sides):
                    needs = partial(_of(needed.two_proportions, alpha, sides), first, second)
                    yield Found(power, how, (a, b, size), needs)


def _groups_of(size: Number, way: tuple[int, int], sizes: list[float]) -> set[tuple[float, float]]:
    a, b = way
    n = size.value
    beside = {(n, other) for other in sizes if other < n}
    if a != b:
        return {(n * a / (a + b), n * b / (a + b)), (n * b / (a + b), n * a / (a + b))} | beside
    return {(one, one) for one in _of_each(size)} | beside


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
