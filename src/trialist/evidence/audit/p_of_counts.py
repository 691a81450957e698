"""A p value of two counts: one of the usual tests of a two by two table gives it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import p_text, p_values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range
from trialist.registry import entry

TIMES = 6.0  # of p beyond rounding and beyond the tests: strata change a p value too
APART = 0.2  # of z
LARGEST = 200_000  # patients for Fisher's test; beyond it equals the chi-square test


@entry(
    "p_of_counts",
    needs="two counts, p",
    gives="p value of other counts",
    source="chi-square with and without correction, Fisher's exact test",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("pair"):
        found = _verdict(claim)
        if found is not None and not (store and _published(claim, store)):
            yield found


def _verdict(claim: Claim) -> Verdict | None:
    numbers = claim.numbers
    x1, n1, x2, n2 = (int(numbers[word].value) for word in ("count 1", "n 1", "count 2", "n 2"))
    printed = p_values(numbers["p"], claim.said.get("bound", "="))
    if printed is None or claim.said.get("about") or x1 > n1 or x2 > n2 or x1 + x2 == 0 or x1 + x2 == n1 + n2:
        return None
    found = {
        "chi-square": _chi_square(x1, n1, x2, n2, 0.0),
        "with correction": _chi_square(x1, n1, x2, n2, 0.5),
    }
    if n1 + n2 <= LARGEST:
        found["Fisher"] = _fisher(x1, n1, x2, n2)
    low, high = min(found.values()), max(found.values())
    allowed = Range(low / 2 if claim.said.get("sided") == "one" else low, high)
    if printed.meets(allowed) or not _far(printed, allowed):
        return None
    bound = {"=": "P = ", "<": "P < ", ">": "P > "}[claim.said.get("bound", "=")]
    return Verdict(
        "p_of_counts", "p value of other counts", "B", claim,
        f"{x1} of {n1} against {x2} of {n2} does not give {bound}{numbers['p'].text}",
        tuple(f"{name}: P = {p_text(p)}" for name, p in found.items()),
        "look up the counts and the p value; say which test gave it",
    )  # fmt: skip


def _published(claim: Claim, store: Store) -> bool:
    """Whether counts and P stand so in a source, whose test was another one (stratified)."""
    pairs = {(int(claim.numbers[f"count {k}"].value), int(claim.numbers[f"n {k}"].value)) for k in (1, 2)}
    p = claim.numbers["p"].value
    return any(
        f.p_value is not None and f.p_value.value == p and (f.events, f.n) in pairs for f in store.findings
    )


def _far(printed: Range, allowed: Range) -> bool:
    from scipy.special import ndtri

    near = (printed.low, allowed.high) if printed.low > allowed.high else (printed.high, allowed.low)
    if min(near) <= 1e-12:
        return max(near) > 1e-6
    z = [-float(ndtri(min(one, 1.0) / 2)) for one in near]
    return max(near) / min(near) > TIMES and abs(z[0] - z[1]) > APART * max(*map(abs, z), 1.0)


def _chi_square(x1: int, n1: int, x2: int, n2: int, correction: float) -> float:
    from scipy.special import ndtr

    pooled = (x1 + x2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    gap = max(abs(x1 / n1 - x2 / n2) - correction * (1 / n1 + 1 / n2), 0.0)
    return 2 * float(ndtr(-gap / error))


def _fisher(x1: int, n1: int, x2: int, n2: int) -> float:
    import numpy as np

    from trialist.kernels.binomial import hypergeometric_probabilities

    total = x1 + x2
    seen = np.arange(max(0, total - n2), min(n1, total) + 1)
    table = hypergeometric_probabilities(seen, n1, n2, total)
    here = table[int(np.flatnonzero(seen == x1)[0])]
    return float(min(table[table <= here * (1 + 1e-7)].sum(), 1.0))
