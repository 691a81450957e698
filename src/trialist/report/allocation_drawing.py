"""How subjects come to their arms: ratio and strata, minimisation, or a list of biomarker decisions."""

from __future__ import annotations

from collections.abc import Sequence

from trialist.protocol.model import (
    BiomarkerRules,
    Fixed,
    Minimisation,
    PermutedBlocks,
    Rescreening,
    Rule,
    TrialProtocol,
)
from trialist.report import svg, words

_WIDTH = 860.0
_SIZE = 12.5
_BOX = 330.0


def allocation_svg(plan: TrialProtocol) -> str:
    """Draw the allocation of the protocol, with re-screening where it has one."""
    allocation = plan.allocation
    if isinstance(allocation, BiomarkerRules):
        body, height, described = _decisions(plan, allocation)
    else:
        body, height, described = _ratio(plan, allocation)
    return svg.document(
        _WIDTH,
        height,
        body,
        title=f"Allocation in {plan.trial}",
        description=described,
        name="allocation",
    )


def allocation_lines(plan: TrialProtocol, allocation: Fixed | PermutedBlocks | Minimisation) -> list[str]:
    """The rule in words: ratio, blocks, strata with their levels, minimisation's options."""
    names = {
        "single_arm": "Every subject enters the one arm",
        "simple_random": "Simple randomisation",
        "dynamic": "Dynamic allocation",
        "not_public": "How subjects were allocated is not public",
        "permuted_blocks": "Randomised in permuted blocks",
        "minimisation": "Minimisation (Pocock and Simon)",
    }
    lines = [names[allocation.method]]
    if allocation.ratio:
        ratio = ":".join(str(n) for n in allocation.ratio.values())
        lines.append(f"ratio {ratio} ({', '.join(words.arm(plan, a) for a in allocation.ratio)})")
    if isinstance(allocation, PermutedBlocks):
        sizes = " or ".join(str(n) for n in allocation.block_sizes)
        lines.append(f"blocks of {sizes}" if sizes else "block sizes not stated")
    if isinstance(allocation, Minimisation):
        lines.append(f"by the {allocation.measure} of the counts, followed with probability {allocation.p:g}")
        if allocation.weights:
            lines.append("weights " + ", ".join(f"{k} {v:g}" for k, v in allocation.weights.items()))
    for name in allocation.strata:
        factor = plan.factors.get(name)
        levels = f": {', '.join(factor.levels)}" if factor else ""
        label = (factor.label if factor else None) or words.plain(name)
        lines.append(
            f"{'balanced' if allocation.method == 'minimisation' else 'stratified'} by {label}{levels}"
        )
    if allocation.note:
        lines.append(allocation.note)
    return lines


def _ratio(plan: TrialProtocol, allocation: Fixed | PermutedBlocks | Minimisation) -> tuple[str, float, str]:
    centre = _WIDTH / 2
    parts = []
    y = 4.0
    count = len(plan.eligibility)
    eligible = ["Eligible and consenting"] + (
        [f"{count} {'criterion' if count == 1 else 'criteria'}"] if count else []
    )
    box, height = _box(centre - _BOX / 2, y, _BOX, eligible)
    parts += [box, svg.arrow([(centre, y + height), (centre, y + height + 26)])]
    y += height + 26
    lines = allocation_lines(plan, allocation)
    box, height = _box(centre - 240, y, 480, lines)
    parts.append(box)
    y += height
    arms = list(plan.arms)
    gap = 20.0
    column = min(300.0, (_WIDTH - gap * (len(arms) - 1)) / len(arms))
    left = (_WIDTH - column * len(arms) - gap * (len(arms) - 1)) / 2
    centres = [left + i * (column + gap) + column / 2 for i in range(len(arms))]
    if len(arms) > 1:
        parts.append(svg.line(centre, y, centre, y + 14, stroke=svg.MUTED, width=1.2))
        parts.append(svg.line(centres[0], y + 14, centres[-1], y + 14, stroke=svg.MUTED, width=1.2))
    tallest = 0.0
    for i, name in enumerate(arms):
        parts.append(svg.arrow([(centres[i], y + (14 if len(arms) > 1 else 0)), (centres[i], y + 32)]))
        arm = plan.arms[name]
        said = [words.arm(plan, name)]
        if name in allocation.ratio and len(arms) > 1:
            total = sum(allocation.ratio.values())
            said.append(f"{allocation.ratio[name]} of every {total}")
        if arm.planned_n is not None:
            said.append(f"planned n {arm.planned_n}")
        box, height = _box(
            centres[i] - column / 2, y + 32, column, said, colour=svg.COLOURS[i % len(svg.COLOURS)]
        )
        parts.append(box)
        tallest = max(tallest, height)
    return "".join(parts), y + 32 + tallest + 8, "; ".join(lines)


def _decisions(plan: TrialProtocol, allocation: BiomarkerRules) -> tuple[str, float, str]:
    left, y = 60.0, 4.0
    inputs = ", ".join(f"{words.plain(name)} ({kind})" for name, kind in allocation.inputs.items())
    box, height = _box(left, y, _BOX, ["Screening, first episode", f"known: {inputs}"])
    parts = [box]
    top = y + height / 2
    y += height
    rules, y, ends = _rules(plan, allocation.rules, left, y, loop=(left, top))
    parts.append(rules)
    described = "; ".join(f"if {rule.when}: {_outcome(plan, rule)}" for rule in allocation.rules)
    again = allocation.rescreening
    if again is not None:
        rules, y = _second(plan, again, left, y + 26, ends.get(again.from_arm, []))
        parts.append(rules)
        described += f". Second episode on {again.on}: " + "; ".join(
            f"if {rule.when}: {_outcome(plan, rule)}" for rule in again.rules
        )
    if allocation.note:
        wrapped = svg.wrap(allocation.note, _SIZE - 1.5, _WIDTH - 10)
        parts.append(svg.lines_of_text(0, y + 18, wrapped, size=_SIZE - 1.5, fill=svg.MUTED))
        y += 18 + len(wrapped) * _SIZE * 1.2
    return "".join(parts), y + 12, described


def _rules(
    plan: TrialProtocol,
    rules: Sequence[Rule],
    left: float,
    y: float,
    *,
    loop: tuple[float, float],
    dash: str = "",
) -> tuple[str, float, dict[str, list[tuple[float, float]]]]:
    """The list from top to bottom: yes goes right to an outcome, no goes down. Pending goes back up."""
    parts: list[str] = []
    right = left + _BOX + 90
    middle = left + _BOX / 2
    ends: dict[str, list[tuple[float, float]]] = {}
    waiting: list[float] = []
    for i, rule in enumerate(rules):
        parts.append(svg.arrow([(middle, y), (middle, y + 26)], dash=dash))
        if i:
            parts.append(svg.text(middle + 8, y + 17, "no", size=_SIZE - 2, fill=svg.MUTED))
        y += 26
        always = rule.when.strip().lower() == "true"
        question = "otherwise" if always else rule.when
        box, height = _box(left, y, _BOX, [question, rule.reason], quiet=True)
        said = [_outcome(plan, rule)]
        colour = _arm_colour(plan, rule.arm)
        out, tall = _box(right, y + 2, _WIDTH - right - 70, said, colour=colour, dashed=rule.arm is None)
        middle_y = y + min(height, tall) / 2
        parts += [box, out, svg.arrow([(left + _BOX, middle_y), (right, middle_y)], dash=dash)]
        if not always:
            parts.append(svg.text(left + _BOX + 10, middle_y - 5, "yes", size=_SIZE - 2, fill=svg.MUTED))
        if rule.arm is not None:
            ends.setdefault(rule.arm, []).append((_WIDTH - 70, middle_y))
        if rule.outcome == "pending":
            waiting.append(y + height - 10)
        y += max(height, tall + 2)
    parts.append(_loop(waiting, left, loop))
    return "".join(parts), y, ends


def _loop(waiting: Sequence[float], left: float, back: tuple[float, float]) -> str:
    """From every rule that waits for a result back up to where screening starts."""
    if not waiting:
        return ""
    away = left - 36
    lowest = max(waiting)
    route = [(left, lowest), (away, lowest), (away, back[1]), back]
    parts = [svg.arrow(route, dash="4 3")]
    parts += [
        svg.line(left, y, away, y, stroke=svg.MUTED, width=1.2, dash="4 3") for y in waiting if y < lowest
    ]
    along = (lowest + back[1]) / 2
    turned = f"rotate(-90 {svg.number(away - 5)} {svg.number(along)})"
    words_of_it = "wait for the result, then again"
    parts.append(
        svg.text(
            away - 5, along, words_of_it, size=_SIZE - 2, fill=svg.MUTED, anchor="middle", transform=turned
        )
    )
    return "".join(parts)


def _second(
    plan: TrialProtocol, again: Rescreening, left: float, y: float, starts: Sequence[tuple[float, float]]
) -> tuple[str, float]:
    said = [
        "Screening, second episode",
        f"subjects of {words.arm(plan, again.from_arm)}, on {words.plain(again.on)}",
    ]
    if again.require:
        said.append(f"required: {again.require}")
    said.append(f"at most {again.max_episodes} episodes" + ("; enrolled once" if again.enrolled_once else ""))
    box, height = _box(left, y, _BOX, said)
    parts = [box]
    if starts:
        edge = _WIDTH - 30
        into = y + height / 2
        first = min(starts, key=lambda point: point[1])
        route = [first, (edge, first[1]), (edge, into), (left + _BOX, into)]
        parts.append(svg.arrow(route, dash="6 3", stroke=svg.INK))
        parts += [
            svg.line(*start, edge, start[1], width=1.2, dash="6 3") for start in starts if start != first
        ]
        label = f"on {words.plain(again.on)}"
        parts.append(svg.text(edge - 6, into - 6, label, size=_SIZE - 2, fill=svg.MUTED, anchor="end"))
    rules, y, _ = _rules(plan, again.rules, left, y + height, loop=(left, y + height / 2))
    return "".join(parts) + rules, y


def _outcome(plan: TrialProtocol, rule: Rule) -> str:
    if rule.arm is not None:
        return words.arm(plan, rule.arm)
    return "pending" if rule.outcome == "pending" else "not allocated"


def _arm_colour(plan: TrialProtocol, arm: str | None) -> str | None:
    if arm is None or arm not in plan.arms:
        return None
    return svg.COLOURS[list(plan.arms).index(arm) % len(svg.COLOURS)]


def _box(
    x: float,
    y: float,
    width: float,
    lines: Sequence[str],
    *,
    colour: str | None = None,
    quiet: bool = False,
    dashed: bool = False,
) -> tuple[str, float]:
    """A box whose first line is bold (or, `quiet`, a condition in plain type)."""
    rows = [(row, i == 0) for i, text in enumerate(lines) for row in svg.wrap(text, _SIZE, width - 24)]
    height = len(rows) * _SIZE * 1.35 + 14
    parts = [
        svg.rect(
            x + 0.5,
            y,
            width - 1,
            height,
            fill="#fff",
            stroke=svg.MUTED if dashed else svg.INK,
            stroke_dasharray="4 3" if dashed else None,
            rx=10 if quiet else 0,
        )
    ]
    if colour:
        parts.append(svg.rect(x + 0.5, y, 5, height, fill=colour))
    for i, (row, first) in enumerate(rows):
        parts.append(
            svg.text(
                x + 12,
                y + 8 + _SIZE + i * _SIZE * 1.35,
                row,
                size=_SIZE,
                bold=first,
                fill=svg.INK if first else svg.MUTED,
            )
        )
    return "".join(parts), height
