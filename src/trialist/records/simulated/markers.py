"""LB of paired markers: the two samples of each paired-change endpoint whose change has a planned law."""

from __future__ import annotations

import numpy as np

from trialist.kernels.replicate_draws import Seed, streams
from trialist.problems import Problem
from trialist.protocol.endpoints import LinkedMeasurements, PairedChange
from trialist.protocol.marker_endpoints import RepeatedMeasurement
from trialist.protocol.model import Protocol
from trialist.records.simulated.cell_counts import counted_tests
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.laboratory import Rows


def _planned(protocol: Protocol) -> dict[str, tuple[PairedChange, tuple[float, float] | None]]:
    """Paired-change endpoints with (mean, SD) of change, looked up by endpoint id, then by measurement."""
    plan = protocol.plan.simulation
    assert plan is not None
    return {
        name: (entry, plan.markers.get(name) or plan.markers.get(entry.measurement))
        for name, entry in protocol.plan.endpoints.items()
        if isinstance(entry, PairedChange) and entry.measurement.upper() not in counted_tests(protocol)
    }


def unplanned_markers(protocol: Protocol) -> list[Problem]:
    """One N502 per paired-change endpoint without a law."""
    return [
        Problem(
            "N502",
            f"'{name}' is not simulated because the plan gives no mean and SD of its change",
            f"add '{name}' under 'simulation: markers:'",
            protocol.place("endpoints", name),
        )
        for name, (_, law) in _planned(protocol).items()
        if law is None
    ]


def unlinked_markers(protocol: Protocol) -> list[Problem]:
    """One N502 per pair of measurements to be correlated: each marker is drawn by itself."""
    return [
        Problem(
            "N502",
            f"'{name}' shows no correlation because '{entry.first}' and '{entry.second}' are drawn "
            "independently",
            "read no correlation from simulated records",
            protocol.place("endpoints", name),
        )
        for name, entry in protocol.plan.endpoints.items()
        if isinstance(entry, LinkedMeasurements)
    ]


def not_repeated(protocol: Protocol) -> list[Problem]:
    """One N502 per measurement at several visits: only changes between two visits have a law."""
    return [
        Problem(
            "N502",
            f"'{name}' is not simulated: a measurement at several visits has no law",
            "analyse it in observed records, or plan a paired_change for a simulation",
            protocol.place("endpoints", name),
        )
        for name, entry in protocol.plan.endpoints.items()
        if isinstance(entry, RepeatedMeasurement)
    ]


def markers(protocol: Protocol, cohort: Cohort, seed: Seed, chunk: int) -> list[Rows]:
    """Rows of each marker, from a stream of its own.

    The change is normal with the plan's mean and SD, in the marker's unit, or of logarithms for an
    endpoint analysed on the log scale. The level it starts from is arbitrary: about ten SDs, or
    log-normal about 100. A subject is evaluable for all markers or for none, with the plan's share;
    the others, and who is not followed that long, lack the later sample.
    """
    plan = protocol.plan.simulation
    assert plan is not None
    share = 1.0 if plan.evaluable is None else plan.evaluable
    evaluable = streams(seed, "evaluable", chunk).random(cohort.size) < share
    entered = cohort.arm >= 0
    rows: list[Rows] = []
    done: set[tuple[str, str]] = set()
    for entry, law in _planned(protocol).values():
        if law is None or (entry.measurement, entry.at) in done:
            continue
        done.add((entry.measurement, entry.at))
        rng = streams(seed, "marker", entry.measurement, entry.at, chunk)
        mean, deviation = law
        change = mean + deviation * rng.standard_normal(cohort.size)
        start = rng.standard_normal(cohort.size)
        if entry.scale == "log":
            start = 100 * np.exp(0.5 * start)
            later = start * np.exp(change)
        else:
            start = 10 * deviation + abs(mean) + deviation * start.clip(-3, 3)
            later = start + change
        first, last = (_day(protocol, visit) for visit in (entry.baseline, entry.at))
        who = np.flatnonzero(entered)
        back = np.flatnonzero(entered & evaluable & (cohort.end >= last))
        rows.append(
            Rows(
                np.concatenate([who, back]),
                np.concatenate([np.full(len(who), min(first, 0)), np.full(len(back), last)]),
                entry.measurement,
                entry.unit,
                np.concatenate([start[who], later[back]]),
                np.repeat([0, 1], [len(who), len(back)]),
                (entry.baseline, entry.at),
            )
        )
    return rows


def _day(protocol: Protocol, name: str) -> int:
    visit = protocol.plan.schedule.visits.get(name)
    return visit.day if visit is not None else 0
