"""The arms on a time line: each drug with its dose, its days and its cycles."""

from __future__ import annotations

from trialist.protocol.model import Arm, Give, TrialProtocol
from trialist.report import numbers, svg, words

_WIDTH = 860.0
_LABEL = 330.0
_SIZE = 12.5
_CYCLES = 3


def arms_svg(plan: TrialProtocol) -> str:
    """Draw the first cycles of every arm; what goes on beyond them is said at the right edge."""
    longest = max((g.every for arm in plan.arms.values() for g in _given(arm) if g.every), default=1)
    cycle = plan.schedule.cycle or (longest if longest > 1 else 28)
    span = cycle * _CYCLES
    left, right = _LABEL + 10, _WIDTH - 64
    step = (right - left) / span
    parts: list[str] = []
    y = 16.0
    for index in range(_CYCLES + 1):
        x = left + index * cycle * step
        name = f"cycle {index + 1}" if plan.schedule.cycle and index < _CYCLES else ""
        if name:
            parts.append(
                svg.text(x + cycle * step / 2, y, name, size=_SIZE - 1, anchor="middle", fill=svg.MUTED)
            )
        parts.append(
            svg.text(x, y + 18, f"day {numbers.axis(index * cycle)}", size=_SIZE - 2, anchor="middle")
        )
    top = y + 24
    y = top + 8
    body: list[str] = []
    for index, (name, arm) in enumerate(plan.arms.items()):
        colour = svg.COLOURS[index % len(svg.COLOURS)]
        heading = words.arm(plan, name)
        if arm.role in ("experimental", "control", "single"):
            heading += f" ({'single arm' if arm.role == 'single' else arm.role})"
        rows = svg.wrap(heading, _SIZE, _LABEL - 10)
        body.append(svg.rect(0, y + 3, 4, len(rows) * _SIZE * 1.3, fill=colour))
        body.append(svg.lines_of_text(12, y + _SIZE, rows, size=_SIZE, bold=True, leading=1.3))
        y += len(rows) * _SIZE * 1.3 + 8
        if not _given(arm):
            body.append(svg.text(12, y + _SIZE, "no study treatment", size=_SIZE - 1, fill=svg.MUTED))
            y += _SIZE * 1.6
        if arm.choose_one:
            body.append(svg.text(12, y + _SIZE, "one of:", size=_SIZE - 1, fill=svg.MUTED))
            y += _SIZE * 1.5
        for give in _given(arm):
            lines = svg.wrap(dose_line(give), _SIZE - 1, _LABEL - 34)
            height = max(24.0, len(lines) * (_SIZE - 1) * 1.25 + 8)
            body.append(svg.lines_of_text(24, y + _SIZE, lines, size=_SIZE - 1))
            body.append(_lane(give, y + 12, left, right, step, span, cycle, colour))
            y += height
        y += 12
    for index in range(_CYCLES + 1):
        x = left + index * cycle * step
        parts.append(svg.line(x, top, x, y - 6, stroke=svg.RULE, dash="1 3"))
    y += 8
    key = "Upright mark: a dose. Bar: given every day. Arrow: continues beyond the days drawn."
    body.append(svg.text(0, y, key, size=_SIZE - 2, fill=svg.MUTED))
    described = "; ".join(
        f"{words.arm(plan, name)}: {', '.join(dose_line(g) for g in _given(arm)) or 'no study treatment'}"
        for name, arm in plan.arms.items()
    )
    return svg.document(
        _WIDTH,
        y + 8,
        "".join(parts + body),
        title=f"Arms of {plan.trial} with doses and cycles",
        description=described,
        name="arms",
    )


def dose_line(give: Give) -> str:
    """`cabazitaxel 25 mg/m2 intravenous over 1 h, every 21 d, at most 10 cycles; then 20 mg/m2`."""
    parts = [give.drug]
    if give.dose is not None:
        parts.append(_kept(str(give.dose)))
    if give.times_a_day is not None and give.times_a_day > 1:
        parts.append(f"{give.times_a_day} times a day")
    if give.route:
        parts.append(give.route)
    if give.over is not None:
        parts.append(f"over {give.over:g}\u00a0h" if give.over >= 1 else f"over {give.over * 60:g}\u00a0min")
    text = " ".join(parts)
    if give.every is not None:
        text += ", every day" if give.every == 1 else f", every {give.every}\u00a0d"
    if give.day is not None and give.day != 1:
        text += f" on day {give.day} of the cycle"
    if give.max_cycles is not None:
        text += f", at most {give.max_cycles} cycles"
    lower = [_kept(str(level)) for level in give.levels if give.dose is None or level.value < give.dose.value]
    if lower:
        text += f"; reduced to {' then '.join(lower)}"
    if give.purpose != "treatment":
        text += f" ({give.purpose})"
    return text


def _kept(quantity: str) -> str:
    """A number and its unit stay on one line."""
    return quantity.replace(" ", "\u00a0")


def _given(arm: Arm) -> tuple[Give, ...]:
    return (*arm.give, *arm.choose_one)


def _lane(
    give: Give, y: float, left: float, right: float, step: float, span: int, cycle: int, colour: str
) -> str:
    if give.every is None:
        return svg.text(
            left + 6, y + 4, "as needed or not stated", size=_SIZE - 2, fill=svg.MUTED, italic=True
        )
    last = span if give.max_cycles is None else min(span, give.every * give.max_cycles)
    end = left + last * step
    parts = []
    faded = None if give.purpose == "treatment" else 0.55
    if give.every <= 1:
        parts.append(svg.rect(left, y - 3.5, end - left, 7, fill=colour, fill_opacity=faded))
    else:
        parts.append(svg.line(left, y, end, y, stroke=svg.RULE))
        day = (give.day or 1) - 1
        while day < last:
            x = left + day * step
            tall = 8 if give.route == "intravenous" else 6
            parts.append(
                svg.rect(x - 2.5, y - tall, 5, 2 * tall, fill=colour, fill_opacity=faded, data_role="dose")
            )
            day += give.every
    if last >= span:
        parts.append(svg.arrow([(right + 4, y), (right + 22, y)]))
        if give.max_cycles:
            parts.append(svg.text(right + 26, y + 4, f"to {give.max_cycles}", size=_SIZE - 2, fill=svg.MUTED))
    return "".join(parts)
