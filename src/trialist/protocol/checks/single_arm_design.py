"""The verdicts on single-arm, exact and precision-based design statements: W140 to W143."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from trialist.kernels import one_sample_log_rank, power_values, single_stage, two_stage
from trialist.kernels.power import Allocation
from trialist.problems import Place, Problem
from trialist.protocol.checks.design_row import (
    POWER_SLACK,
    SIZE_SLACK,
    DesignRow,
    missing_words,
    power_words,
    sentence,
    stated_power,
    stated_words,
    test_words,
)
from trialist.protocol.checks.digits import in_full
from trialist.protocol.checks.precision_design import precision_row
from trialist.protocol.design_part import Assumed
from trialist.protocol.single_arm_designs import (
    Correlation,
    Fleming,
    McNemar,
    OneSampleLogRank,
    Precision,
    RankSum,
    Simon,
    SingleArmDesign,
    SingleStage,
    TwoSampleT,
)

ALPHA_SLACK = 0.0005  # an alpha printed as 0.05 may be 0.0505


def single_arm_row(a: SingleArmDesign, place: Place) -> DesignRow:
    """The verdict on one entry."""
    match a:
        case Simon():
            return _simon(a, place)
        case SingleStage():
            return _single_stage(a, place)
        case Fleming():
            return _fleming(a, place)
        case Precision():
            return precision_row(a, place)
    return _sized(a, sizing(a), place)


# --- proportions in stages -----------------------------------------------------------------------------


def _simon(a: Simon, place: Place) -> DesignRow:
    design = stated_two_stage(a)
    facts = (
        f"{a.alternative:g} against {a.null:g}" if a.null and a.alternative else None,
        f"{a.r1}/{a.n1} then {a.r}/{a.n}" if design else None,
    )
    label, stated = f"{a.for_ or 'design'}: Simon's two stages", stated_words(a, *facts)
    if a.null is None or a.alternative is None:
        return DesignRow(
            label, stated, "nothing can be checked without null, alternative", "not stated", a.source
        )
    best = searched(a)
    offered = _offered(best, a) if best is not None else None
    if design is None:
        if a.alpha is None or a.power is None:
            return DesignRow(label, stated, missing_words(a), "not stated", a.source)
        if offered is None:
            return _out_of_reach(a, label, stated, f"no two stages of up to {a.largest} subjects", place)
        return DesignRow(label, stated, offered, "not stated", a.source)
    null, other = (two_stage.characteristics(design, p) for p in (a.null, a.alternative))
    follows = (
        f"type I error {null.positive:.4f}, power {power_words(other.positive, a.power)}; stops early with "
        f"probability {null.stopped:.2f} and takes {null.expected:.1f} subjects on average under the null"
    )
    return _kept(a, label, stated, follows, null.positive, other.positive, offered, place)


def stated_two_stage(a: Simon) -> two_stage.TwoStage | None:
    if a.r1 is None or a.n1 is None or a.r is None or a.n is None:
        return None
    return two_stage.TwoStage(a.r1, a.n1, a.r, a.n)


def searched(a: Simon) -> two_stage.Found | None:
    """Every best design for the stated error rates; None where they are not stated or none exists."""
    if a.null is None or a.alternative is None or a.alpha is None or a.power is None:
        return None
    found = _search(a.null, a.alternative, a.alpha / a.sides, a.power, a.largest)
    return found if found.designs else None


@lru_cache(maxsize=32)
def _search(null: float, alternative: float, alpha: float, power: float, largest: int) -> two_stage.Found:
    """The search, once for the verdict and for the table: seconds for totals of hundreds."""
    return two_stage.search(null, alternative, alpha, power, largest)


def _offered(found: two_stage.Found, a: Simon) -> str:
    told = []
    for name, index in (("optimal", found.optimal), ("minimax", found.minimax)):
        d = found.designs[index]
        told.append(f"{name} {d.r1}/{d.n1} then {d.r}/{d.n} ({found.expected[index]:.1f} expected)")
    return "; ".join(told)


def _single_stage(a: SingleStage, place: Place) -> DesignRow:
    facts = (
        f"{a.alternative:g} against {a.null:g}" if a.null and a.alternative else None,
        f"{a.least}/{a.n}" if a.n and a.least else (f"n {a.n}" if a.n else None),
    )
    label, stated = f"{a.for_ or 'design'}: single stage, exact", stated_words(a, *facts)
    nothing = a.alpha is None if a.n is not None else (a.alpha is None or a.power is None)
    if a.null is None or a.alternative is None or (nothing and a.least is None):
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
    best = None
    if a.alpha is not None and a.power is not None:
        best = single_stage.single_stage(a.null, a.alternative, a.alpha / a.sides, a.power)
    offered = None if best is None else f"{best.least}/{best.n} is the smallest"
    if a.n is None:
        if offered is None:
            return _out_of_reach(a, label, stated, "no single stage of up to 10,000 subjects", place)
        return DesignRow(label, stated, offered, "not stated", a.source)
    least = a.least or single_stage.fewest(a.n, a.null, (a.alpha or 0.05) / a.sides)
    alpha, power = (single_stage.chance(a.n, least, p) for p in (a.null, a.alternative))
    follows = f"{least}/{a.n}: type I error {alpha:.4f}, power {power_words(power, a.power)}"
    return _kept(a, label, stated, follows, alpha, power, offered, place)


def _fleming(a: Fleming, place: Place) -> DesignRow:
    sizes = ", ".join(str(n) for n in a.sizes)
    facts = (f"{a.alternative:g} against {a.null:g}" if a.null and a.alternative else None, f"stages {sizes}")
    label, stated = f"{a.for_ or 'design'}: Fleming's stages", stated_words(a, *facts)
    if a.null is None or a.alpha is None:
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
    design = single_stage.fleming(a.null, a.alpha / a.sides, a.sizes)
    alpha = math.fsum(single_stage.stage_chances(design, a.null).promising)
    bounds = ", ".join(
        f"{low} or {high} of {n}"
        for n, low, high in zip(design.sizes, design.accept, design.reject, strict=True)
    )
    follows = f"ends at {bounds}; type I error {alpha:.4f}"
    if a.alternative is None:
        return DesignRow(label, stated, follows, "not stated", a.source)
    power = math.fsum(single_stage.stage_chances(design, a.alternative).promising)
    follows += f", power {power_words(power, a.power)}"
    if a.power is None or power >= a.power - POWER_SLACK:
        return DesignRow(label, stated, follows, "not stated" if a.power is None else "agrees", a.source)
    problem = Problem(
        "W140",
        f"stated power {stated_power(a)}, but these stages have {power_words(power, a.power)}",
        "enlarge the stages, or correct power or alternative",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _kept(
    a: Simon | SingleStage,
    label: str,
    stated: str,
    follows: str,
    alpha: float,
    power: float,
    offered: str | None,
    place: Place,
) -> DesignRow:
    """Whether a stated exact design keeps the stated error rates."""
    broken = []
    allowed = None if a.alpha is None else a.alpha / a.sides
    if allowed is not None and alpha > allowed + ALPHA_SLACK:
        broken.append(f"a type I error of {alpha:.4f}, above {allowed:g}")
    if a.power is not None and power < a.power - POWER_SLACK / 2:
        broken.append(f"a power of {power_words(power, a.power)}, below {stated_power(a)}")
    if not broken:
        known = a.alpha is not None and a.power is not None
        return DesignRow(label, stated, follows, "agrees" if known else "not stated", a.source)
    problem = Problem(
        "W140",
        f"the stated design has {' and '.join(broken)}",
        f"{offered}. Correct the design, alpha or power" if offered else "correct the design, alpha or power",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _out_of_reach(a: Assumed, label: str, stated: str, what: str, place: Place) -> DesignRow:
    problem = Problem(
        "W143",
        f"{what} keep these error rates",
        "let the alternative differ more from the null, relax alpha or power, or search further",
        place,
    )
    return DesignRow(label, stated, "no design", "differs", a.source, (problem,))


# --- tests with a size -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sizing:
    """A test as a function of its size: what is stated, and how power rises with size and effect.

    power    of a size; None while the effect is not stated
    effects  of an effect at the stated size: (power, largest effect, its words); None where nothing follows
    group    sizes are rounded up to whole groups of this many
    """

    name: str
    noun: str
    size: int | None
    effect: str | None
    power: Callable[[float], float] | None
    effects: tuple[Callable[[float], float], float, str] | None = None
    smallest: float = 2
    extra: str | None = None

    def needed(self, power: float) -> float | None:
        return None if self.power is None else power_values.size_of(self.power, power, self.smallest)


def sizing(a: OneSampleLogRank | TwoSampleT | RankSum | Correlation | McNemar) -> Sizing:
    """The entry as a test whose power rises with its size."""
    alpha, sides = a.alpha or 0.05, a.sides
    match a:
        case OneSampleLogRank():
            return _of_one_sample(a, alpha)
        case TwoSampleT():
            share = _share(a.allocation)

            def of_means(n: float, effect: float) -> float:
                return power_values.two_sample_t_power(share * n, (1 - share) * n, effect, alpha, sides)

            return Sizing(
                "two-sample t", "subjects", a.n, f"effect size {a.effect_size:g}" if a.effect_size else None,
                (lambda n: of_means(n, a.effect_size or 0.0)) if a.effect_size else None,
                (lambda e: of_means(a.n or 3, e), 50.0, "effect size") if a.n else None, 3,
            )  # fmt: skip
        case RankSum():
            return _of_ranks(a, alpha)
        case Correlation():
            return Sizing(
                "Fisher's z", "subjects", a.n, f"correlation {a.rho:g}" if a.rho else None,
                (lambda n: power_values.correlation_power(n, a.rho or 0.0, alpha, sides)) if a.rho else None,
                (lambda r: power_values.correlation_power(a.n or 4, r, alpha, sides), 0.999999, "correlation")
                if a.n else None, 4,
            )  # fmt: skip
    differ = a.first != a.second
    return Sizing(
        "McNemar", "pairs", a.pairs, f"{a.first:g} against {a.second:g} of pairs",
        (lambda n: power_values.mcnemar_power(n, a.first, a.second, alpha, sides)) if differ else None,
    )  # fmt: skip


def _share(allocation: Allocation) -> float:
    return allocation[0] / sum(allocation)


def _of_one_sample(a: OneSampleLogRank, alpha: float) -> Sizing:
    past = one_sample_log_rank.Historical(a.historical_median_months, a.shape)
    dropout = -math.log1p(-a.dropout_per_year) / 12
    times = (a.accrual_months, a.follow_up_months, dropout, a.variance)

    def of_ratio(n: float, ratio: float) -> float:
        return one_sample_log_rank.one_sample_power(n, past, ratio, alpha / a.sides, *times)

    ratio = a.hazard_ratio
    effect = f"historical median {a.historical_median_months:g} months" + (
        f", hazard ratio {ratio:g}" if ratio else ""
    )
    return Sizing(
        "one-sample log-rank", "subjects", a.n, effect, (lambda n: of_ratio(n, ratio)) if ratio else None,
        extra=f"{a.accrual_months:g} months of accrual, {a.follow_up_months:g} of follow-up",
    )  # fmt: skip


def _of_ranks(a: RankSum, alpha: float) -> Sizing:
    probability, share = probability_of(a), _share(a.allocation)
    words = f"P(larger) {probability:.3g}" if probability is not None else None
    known = probability is not None and probability != 0.5

    def at(n: float, p: float) -> float:
        return power_values.rank_sum_power(n, p, alpha, a.sides, share)

    return Sizing(
        "rank-sum", "subjects", a.n, words, (lambda n: at(n, probability or 0.5)) if known else None,
        (lambda d: at(a.n or 2, 0.5 + d), 0.499999, "probability of 0.5 +") if a.n else None,
    )  # fmt: skip


def probability_of(a: RankSum) -> float | None:
    """P(X > Y) as stated, or of two normals whose means differ by the effect size in SDs."""
    if a.effect_size is None:
        return a.probability
    return 0.5 * math.erfc(-a.effect_size / 2)


def _sized(a: SizedEntry, s: Sizing, place: Place) -> DesignRow:
    """The verdict on size, effect and power, whichever two give the third."""
    stated = stated_words(a, s.effect, s.extra, f"{s.size} {s.noun}" if s.size else None)
    label = f"{a.for_ or 'design'}: {s.name} test"
    if a.alpha is None:
        return DesignRow(label, stated, "nothing can be checked without alpha", "not stated", a.source)
    if a.power is not None and s.power is None and s.effect is not None and s.effects is None:
        return _out_of_reach(a, label, stated, "no number of subjects can", place)
    needed = s.needed(a.power) if a.power is not None else None
    ways = [
        f"{math.ceil(needed - 1e-9)} {s.noun} reach {in_full(a.power)}" if needed and a.power else None,
        _detected(a, s),
    ]
    if s.size is None or s.power is None:
        return DesignRow(label, stated, sentence(ways) or "too little is stated", "not stated", a.source)
    reached = s.power(s.size)
    follows = sentence([f"power {power_words(reached, a.power)}", *ways])
    if a.power is None:
        return DesignRow(label, stated, follows, "not stated", a.source)
    rounded = needed is not None and s.size <= needed + max(2, math.ceil(SIZE_SLACK * needed))
    near = reached <= a.power + POWER_SLACK
    if reached >= a.power - POWER_SLACK and (near or rounded or a.power_above):
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        "W141",
        f"stated power {stated_power(a)}, but {s.size} {s.noun} give {power_words(reached, a.power)} "
        f"({test_words(a, s.name)})",
        f"{sentence(ways)}. Correct size, effect or power",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _detected(a: SizedEntry, s: Sizing) -> str | None:
    if s.effects is None or a.power is None or s.size is None:
        return None
    rising, most, words = s.effects
    found = power_values.effect_of(rising, a.power, most)
    return None if found is None else f"{s.size} {s.noun} reach it at {words} {found:.3f}"


SizedEntry = OneSampleLogRank | TwoSampleT | RankSum | Correlation | McNemar
