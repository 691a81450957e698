"""How the weights of patients are spread: a histogram, 1 being a patient who counts as one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from trialist.report import numbers, svg
from trialist.report.plot_frame import WIDE, Layout, origin_label

_BINS = 30


def weights_svg(weights: Sequence[float], *, origin: str, layout: Layout = WIDE) -> str:
    """Bars of patients by weight, in steps of a round number."""
    size, width, height, left = layout.size, layout.width, 200.0, 44.0
    top = max(weights)
    step = next(
        s for s in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, math.inf) if top / s <= _BINS
    )
    step = top / _BINS if math.isinf(step) else step
    bins = Counter(min(int(w / step), int(top / step)) for w in weights)
    last, most = max(bins) + 1, max(bins.values())
    base, right = height - 40, width - 14

    def x(value: float) -> float:
        return left + (right - left) * value / (last * step)

    def y(count: float) -> float:
        return base - (base - 30) * count / most

    parts = [origin_label(origin, layout)]
    for at, count in sorted(bins.items()):
        said = f"{numbers.fixed(at * step, 2)} to {numbers.fixed((at + 1) * step, 2)}: {count} patients"
        bar = svg.rect(
            x(at * step) + 0.5,
            y(count),
            max(1.0, x((at + 1) * step) - x(at * step) - 1),
            base - y(count),
            fill=svg.COLOURS[0],
        )
        parts.append(svg.tag("g", svg.tooltip(said) + bar))
    parts.append(svg.line(left, base, right, base))
    if last * step > 1:
        parts.append(svg.line(x(1), 24, x(1), base, stroke=svg.MUTED, dash="4 3"))
    most_ticks = 5 if layout.narrow else 10
    every = next((e for e in (1, 2, 4, 5, 10, 20) if last / e <= most_ticks), last)
    for at in range(0, last + 1, every):
        parts.append(
            svg.text(
                x(at * step),
                base + size + 3,
                numbers.axis(round(at * step, 10)),
                size=size - 1,
                anchor="middle",
            )
        )
    for count in (0, most):
        parts.append(
            svg.text(left - 6, y(count) + 4, str(count), size=size - 1, anchor="end", fill=svg.MUTED)
        )
    parts.append(
        svg.text(
            (left + right) / 2,
            height - 4,
            "weight of a patient (1: as one)",
            size=size - 1,
            anchor="middle",
            fill=svg.MUTED,
        )
    )
    described = f"{len(weights)} weights from {min(weights):.3g} to {top:.3g}"
    return svg.document(
        width, height, "".join(parts), title=f"Weights of patients. {origin}.", description=described
    )
