"""What follows once looks were taken: go on or stop, conditional and predictive power, inference at the
stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trialist.design.model import Number, Sheet
from trialist.kernels.sequential_bounds import Boundaries
from trialist.kernels.sequential_inference import at_stop, repeated_interval
from trialist.kernels.sequential_power import conditional_power, predictive_power

LEVEL = 0.95
Decision = str


class Effect(NamedTuple):
    """How a drift is told: the word of `findings.measures`, its name, and the effect that a drift means."""

    measure: str
    name: str
    of: Callable[[float], float]


DRIFT = Effect("drift", "drift", float)


@dataclass(frozen=True, slots=True)
class Seen:
    """The looks taken so far, by boundaries: z of each, and where the trial stands after the last."""

    bounds: Boundaries
    z: tuple[float, ...]

    @property
    def look(self) -> int:
        return len(self.z)

    def decision(self, look: int) -> Decision:
        """What the boundaries say at a look (1 is the first)."""
        z, up, low = self.z[look - 1], self.bounds.upper[look - 1], self.bounds.lower[look - 1]
        if z >= up or (self.bounds.sides == 2 and z <= -up):
            return "rejects: stop for success" if z >= up else "rejects in the other direction: stop"
        if look == len(self.bounds.upper):
            return "ends without rejection"
        futile = self.bounds.sides == 1 and np.isfinite(low) and z <= low
        return "below the futility bound: stop" if futile else "goes on"

    @property
    def ended(self) -> bool:
        return self.decision(self.look) != "goes on"

    @property
    def late(self) -> int | None:
        """The first look, before the last taken, at which the trial had ended already."""
        return next((k for k in range(1, self.look) if self.decision(k) != "goes on"), None)


def after_looks(
    bounds: Boundaries, z: tuple[float, ...], drift: float | None, effect: Effect = DRIFT
) -> tuple[tuple[Number, ...], tuple[Sheet, ...]]:
    """Numbers and a table of what follows from the looks so far.

    While the trial goes on: conditional power under the planned effect, the one observed and none, predictive
    power without a prior (for rejection upwards). Always the repeated interval; once it has ended the p
    value,
    the median unbiased effect and its interval, results ordered by stage.
    Sources: those of `kernels.sequential_power` and `kernels.sequential_inference`.
    """
    seen = Seen(bounds, z)
    look, last = seen.look, seen.z[-1]
    at = f"look {look}"
    numbers: list[Number] = []
    rows = [("z", f"{last:.4f}"), ("decision", seen.decision(look))]
    if seen.late is not None:
        rows.append(("but", f"look {seen.late} had ended the trial"))
    if not seen.ended:
        observed = last / float(np.sqrt(bounds.information[look - 1]))
        for name, there in (("planned effect", drift), ("observed effect", observed), ("no effect", 0.0)):
            if there is not None:
                found = conditional_power(bounds, look, last, there)
                numbers.append(Number("conditional_power", found, at, note=name))
                rows.append((f"conditional power, {name}", f"{found:.4f}"))
        predicted = predictive_power(bounds, look, last)
        numbers.append(Number("predictive_power", predicted, at, note="no prior"))
        rows.append(("predictive power, no prior", f"{predicted:.4f}"))
    low, high = (effect.of(end) for end in repeated_interval(bounds, look, last))
    kept = f"repeated interval, level {1 - bounds.alpha * (1 if bounds.sides == 2 else 2):g}"
    for end in sorted((low, high)):
        numbers.append(Number(effect.measure, end, at, note=f"end of the {kept}"))
    rows.append((f"{kept}, {effect.name}", f"{min(low, high):.4f} to {max(low, high):.4f}"))
    if seen.ended:
        more, told = _at_the_end(seen, effect)
        numbers += more
        rows += told
    return tuple(numbers), (Sheet(f"after look {look}", ("", "value"), tuple(rows)),)


def _at_the_end(seen: Seen, effect: Effect) -> tuple[list[Number], list[tuple[str, str]]]:
    found = at_stop(seen.bounds, seen.look, seen.z[-1], LEVEL)
    at = f"look {seen.look}"
    sides = seen.bounds.sides
    p = min(1.0, 2 * min(found.p_value, 1 - found.p_value)) if sides == 2 else found.p_value
    numbers = [Number("p_value", p, at, note=f"{'two' if sides == 2 else 'one'}-sided, ordered by stage")]
    rows = [("p, ordered by stage", f"{p:.4f}")]
    middle, ends = found.drift, (found.low, found.high)
    if middle is not None:
        numbers.append(Number(effect.measure, effect.of(middle), at, note="median unbiased"))
        rows.append((f"median unbiased {effect.name}", f"{effect.of(middle):.4f}"))
    if ends[0] is not None and ends[1] is not None:
        low, high = sorted(effect.of(end) for end in ends if end is not None)
        numbers += [
            Number(effect.measure, low, at, note=f"lower end of the {LEVEL:g} interval"),
            Number(effect.measure, high, at, note=f"upper end of the {LEVEL:g} interval"),
        ]
        rows.append((f"{100 * LEVEL:g}% interval, ordered by stage", f"{low:.4f} to {high:.4f}"))
    return numbers, rows
