"""Specimen volumes add up to the total that is stated."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.problems import Problem
from trialist.protocol.model import Draw, Protocol, Specimen
from trialist.protocol.remainder import lacks, touched
from trialist.protocol.schedule import SpecimenTotal, planned_cycles, specimen_totals

_SAME = 1e-6


def volumes_add_up(protocol: Protocol) -> Iterator[Problem]:
    """W124: tubes x volume x draws differ from the stated total; the readings that would make it true."""
    for name, specimen in protocol.plan.schedule.specimens.items():
        if specimen.tube is None or specimen.stated_total is None:
            continue
        for arm in specimen.arms or tuple(protocol.plan.arms):
            if touched(protocol, "arms", arm) or lacks(protocol, "schedule", "cycle"):
                continue
            problem = _of_arm(protocol, name, specimen, arm)
            if problem is not None:
                yield problem
                break


def _of_arm(protocol: Protocol, name: str, specimen: Specimen, arm: str) -> Problem | None:
    tube, stated = specimen.tube or 0.0, specimen.stated_total or 0.0
    if arm not in protocol.plan.arms or any(
        d.at not in protocol.plan.schedule.visits for d in specimen.draws
    ):
        return None
    place = protocol.place("schedule", "specimens", name, "stated_total")
    cycles = planned_cycles(protocol, arm)
    open_ended = [draw for draw in specimen.draws if _open_ended(protocol, draw)]
    if open_ended and cycles is None:
        return _whole_draws(protocol, name, specimen, arm, open_ended)
    total = _total(protocol, name, arm, cycles or _times(specimen))
    if total is None or total.volume_ml is None or abs(total.volume_ml - stated) < _SAME:
        return None
    arithmetic = " + ".join(_product(protocol, specimen, draw, arm, cycles) for draw in specimen.draws)
    return Problem(
        "W124",
        f"specimen '{name}', arm '{arm}': stated total {stated:g} mL, but {arithmetic} = "
        f"{total.volume_ml:g} mL",
        "; ".join(_readings(protocol, specimen, total, tube, stated))
        or "correct the total, the tubes or the draws",
        place,
    )


def _whole_draws(
    protocol: Protocol, name: str, specimen: Specimen, arm: str, open_ended: list[Draw]
) -> Problem | None:
    """Where the number of cycles is open, the total must still be one that some number of cycles gives."""
    tube, stated = specimen.tube or 0.0, specimen.stated_total or 0.0
    one, two = (_total(protocol, name, arm, cycles) for cycles in (1, 2))
    if one is None or two is None or one.volume_ml is None or two.volume_ml is None:
        return None
    each = two.volume_ml - one.volume_ml
    if each <= 0:
        return None
    cycles = 1 + (stated - one.volume_ml) / each
    if abs(cycles - round(cycles)) < _SAME and cycles >= 1:
        return None
    visits = ", ".join(f"'{draw.at}'" for draw in open_ended)
    return Problem(
        "W124",
        f"specimen '{name}', arm '{arm}': stated total {stated:g} mL, but one cycle takes "
        f"{one.volume_ml:g} mL and each further one {each:g} mL ({tube:g} mL tubes at {visits}); "
        "no number of cycles gives the total",
        "correct the total, the tubes or the draws",
        protocol.place("schedule", "specimens", name, "stated_total"),
    )


def _open_ended(protocol: Protocol, draw: Draw) -> bool:
    visit = protocol.plan.schedule.visits[draw.at]
    return bool(visit.every) and draw.times is None and visit.times is None


def _times(specimen: Specimen) -> int:
    """Cycles enough for every draw that says how often it is taken."""
    return max((draw.times or 1 for draw in specimen.draws), default=1) + 1


def _total(protocol: Protocol, name: str, arm: str, cycles: int) -> SpecimenTotal | None:
    return next((t for t in specimen_totals(protocol, arm, cycles) if t.specimen == name), None)


def _count(protocol: Protocol, specimen: Specimen, draw: Draw, arm: str, cycles: int | None) -> int:
    from trialist.protocol.schedule import occurrences

    due = occurrences(protocol, arm, cycles or _times(specimen))
    visits = [row for row in due if row.kind == "visit" and row.id == draw.at]
    return len(visits[: draw.times]) * max(len(draw.hours), 1)


def _product(protocol: Protocol, specimen: Specimen, draw: Draw, arm: str, cycles: int | None) -> str:
    count = _count(protocol, specimen, draw, arm, cycles)
    tubes = f"{draw.tubes} tubes" if draw.tubes > 1 else "1 tube"
    draws = f"{count} draws" if count != 1 else "1 draw"
    return f"{tubes} x {specimen.tube:g} mL x {draws} ({draw.at})"


def _readings(
    protocol: Protocol, specimen: Specimen, total: SpecimenTotal, tube: float, stated: float
) -> Iterator[str]:
    """Ways to read the plan under which the stated total is true, then the total that follows as written."""
    tubes = stated / tube if tube else 0.0
    if abs(tubes - round(tubes)) < _SAME:
        difference = round(tubes) - total.tubes
        word = "more" if difference > 0 else "fewer"
        unit = "tube" if abs(difference) == 1 else "tubes"
        yield f"{stated:g} mL are {round(tubes)} tubes, {abs(difference)} {unit} {word} than planned"
        yield from _shared(protocol, specimen, -difference)
    per_tube = stated / total.tubes
    if abs(per_tube * 2 - round(per_tube * 2)) < _SAME:
        yield f"{total.tubes} tubes of {per_tube:g} mL would give it"
    yield f"as written the total is {total.volume_ml:g} mL"


def _shared(protocol: Protocol, specimen: Specimen, surplus: int) -> Iterator[str]:
    """A single draw that is also the first of a repeated one would be counted twice."""
    visits = protocol.plan.schedule.visits
    repeated = [d for d in specimen.draws if visits[d.at].every]
    for draw in specimen.draws:
        if not visits[draw.at].every and draw.tubes * max(len(draw.hours), 1) == surplus:
            for other in repeated:
                yield f"true if the draw at '{draw.at}' is also the first one at '{other.at}'"
