"""The log-rank test: events, power and detected hazard ratio."""

from __future__ import annotations

from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, known
from trialist.kernels import power as kernel
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.checks.design_row import DesignRow
from trialist.registry import entry


@entry(
    "log_rank",
    needs=("hazard_ratio", "events", "power", "alpha"),
    gives=("power", "events", "hazard_ratio"),
    source="Schoenfeld 1981, Freedman 1982",
)
def run(stated: LogRankEvents, row: DesignRow) -> Design:
    """Events, power and detected hazard ratio of a log-rank test, each from the others.

    Parameters
        stated  hazard_ratio, events, power, alpha, sides, allocation
        row     the verdict on it
    Returns   events by Schoenfeld and by Freedman, power, detected hazard ratio, and a curve of power
    Problems  W121, W123 of the row
    Source    Schoenfeld 1981, Biometrika 68:316; Freedman 1982, Statistics in Medicine 1:121
    """
    a = stated
    if a.alpha is None or a.hazard_ratio == 1:
        return Design(row)
    alpha, ratio, options = a.alpha, a.hazard_ratio, (a.sides, a.allocation)
    needed = kernel.log_rank_events(ratio, a.power, alpha, *options) if ratio and a.power else None
    freedman = kernel.log_rank_events_freedman(ratio, a.power, alpha, *options) if ratio and a.power else None
    reached = kernel.log_rank_power(a.events, ratio, alpha, *options) if a.events and ratio else None
    found = kernel.log_rank_hazard_ratio(a.events, a.power, alpha, *options) if a.events and a.power else None
    numbers = (
        Number("power", reached),
        Number("events", needed, note="Schoenfeld"),
        Number("events", freedman, note="Freedman"),
        Number("hazard_ratio", found, note="detected with the stated power"),
    )
    size = a.events or needed
    sheets = (
        power_curve(
            "events",
            size,
            lambda n: kernel.log_rank_power(n, ratio, alpha, *options),
            f"hazard ratio {ratio:g}",
        )
        if size and ratio
        else ()
    )
    return Design(row, tuple(known(numbers)), sheets)
