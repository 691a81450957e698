"""A size computed again at a look: promising zone, or from a variance or rate of both groups together."""

from __future__ import annotations

from trialist.design.model import Design, Number
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.reestimation_design import again_of, least_of, zone_of
from trialist.protocol.reestimation_designs import Reestimation
from trialist.registry import entry


@entry(
    "reestimation",
    needs=("of", "power", "alpha"),
    gives=("subjects", "conditional_power"),
    source="Mehta and Pocock 2011, Statistics in Medicine 30:3267; Kieser and Friede 2003, Statistics in "
    "Medicine 22:3571; Gould 1992, Statistics in Medicine 11:55",
)
def run(stated: Reestimation, row: DesignRow) -> Design:
    """The size after a look, by the conditional power seen or by a nuisance parameter of all together.

    Parameters
        stated  promising_zone: seen_z, seen, planned, most, critical, least; else difference with
                pooled_variance or pooled_rate; power, alpha, sides
        row     what follows in a sentence
    Returns   the new size; of the promising zone conditional power before and after, where the zone begins,
              and whether the usual final test still keeps the level
    Problems  W143 no size does what is asked
    Source    Mehta and Pocock 2011; Gao, Ware and Mehta 2008; Kieser and Friede 2003; Gould 1992
    """
    if stated.of != "promising_zone":
        found = again_of(stated)
        size = None if found.subjects is None else float(found.subjects)
        return Design(row, (Number("subjects", size),) if size is not None else ())
    zone, least = zone_of(stated), least_of(stated)
    if zone is None:
        return Design(row)
    usual = "usual final test" if zone.conventional else "stages combined with the planned weights"
    numbers = [
        Number("conditional_power", zone.conditional, at="planned size", note=f"{zone.zone} zone"),
        Number("subjects", zone.total, note=f"subjects or events in all; {usual} keeps the level"),
        Number("conditional_power", zone.reached, at="new size"),
    ]
    if least is not None:
        numbers.append(Number("conditional_power", least, note="where the promising zone begins"))
    return Design(row, tuple(numbers))
