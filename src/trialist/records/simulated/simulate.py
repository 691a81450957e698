"""From protocol and seed to SDTM records, domain by domain, each from its own random stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trialist.kernels.replicate_draws import Seed, streams
from trialist.problems import Problem
from trialist.protocol.endpoints import LaboratoryGrade
from trialist.protocol.laboratory_terms import TERMS
from trialist.protocol.model import Protocol
from trialist.records.simulated.blood_counts import blood_counts
from trialist.records.simulated.cell_counts import cell_counts, later_status
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.course import follow
from trialist.records.simulated.laboratory import (
    Rows,
    able_to_fall,
    biomarkers,
    laboratory,
    psa,
    psa_calendar,
)
from trialist.records.simulated.laws import Calibration, Laws, laws
from trialist.records.simulated.markers import markers, not_repeated, unlinked_markers, unplanned_markers
from trialist.records.simulated.pain import able_to_be_relieved, pain_calendar, pain_scores
from trialist.records.simulated.pain_course import with_pain
from trialist.records.simulated.people import characteristics, demographics, disposition
from trialist.records.simulated.performance import performance, performance_calendar
from trialist.records.simulated.questionnaires import questionnaires
from trialist.records.simulated.responders import Rates, rates
from trialist.records.simulated.safety import adverse_events, drawn_events
from trialist.records.simulated.skeletal import skeletal_events
from trialist.records.simulated.specimens import specimens
from trialist.records.simulated.treatment import (
    body_surfaces,
    by_body_surface,
    exposure,
    other_treatment,
    vital_signs,
)
from trialist.records.simulated.tumours import Plan, able_to_respond, tumour_plan, tumours
from trialist.records.simulated.visits import Calendar

_ON_SCANS = ("progression_free_survival", "best_overall_response")
_ON_PSA = ("psa_response", "psa_progression", "psa_change")
_FIRST_YEAR, _LAST_YEAR = 1950, 2100
EVERYTHING = frozenset({"therapies", "scans", "sizes", "psa", "pain", "others"})
"""Groups of tables: new therapies, scans, sizes of lesions, PSA, pain and what is done for it, the rest."""
CHUNK = 50_000
"""Subjects whose rows are made at a time: bounds the memory, and is part of what a seed means."""


def simulate(
    protocol: Protocol, *, subjects: int, seed: int, calibrate: Calibration = "published"
) -> tuple[dict[str, pa.Table] | None, tuple[Problem, ...]]:
    """Records that follow the protocol.

    Parameters
        protocol   with a `simulation:` block
        subjects   how many enter (1 to 10,000,000); numbers of events at the cut-off scale with it
        seed       not negative; the same seed and protocol give the same records, bit for bit
        calibrate  `published`: medians and ratios of `simulation: times:`; `design`: those of `design:`;
                   `null`: every arm under the published law of the arm in the denominator
    Returns   domain -> table with plain column names (dm, sc, ds, ex, cm, and where planned vs, lb, tu,
              tr, rs, qs, ce, pr, ae, be), or None when an error says why there are none
    Problems  E504 medians and ratio that contradict each other, E505 a plan that lacks something,
              E506 a design that does, E507 impossible numbers, E230 dates no visit can have; N502
              what is not simulated, N503 what is assumed, N504 laws that cross, N505 the cut-off, N506 a
              proportion out of reach
    Source    progression and death: `kernels.multistate`; streams: `kernels.draws`
    """
    wrong = impossible(protocol, subjects, seed)
    if wrong:
        return None, wrong
    chosen, problems = laws(protocol, calibrate)
    if chosen is None:
        return None, problems
    cohort, trouble = follow(protocol, chosen, subjects, seed)
    problems += trouble
    if cohort is None:
        return None, problems
    cohort = with_pain(protocol, chosen, cohort, streams(seed, "pain progression"))
    horizon = max(int(cohort.cutoff.max(initial=0)), 366)
    settings, notes = settings_of(protocol, chosen, cohort, horizon)
    parts: dict[str, list[pa.Table]] = {}
    for number, begin in enumerate(range(0, subjects, CHUNK)):
        some = cohort.part(begin, min(begin + CHUNK, subjects))
        for name, table in domains_of(protocol, chosen, settings, some, seed, number).items():
            parts.setdefault(name, []).append(table)
    problems += notes + assumed(protocol)
    return {name: pa.concat_tables(found) for name, found in parts.items()}, problems


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole trial: calendars up to its horizon, and the rates of response of each arm."""

    scans: Plan | None
    respond: Rates
    psa: Calendar | None
    fall: Rates
    pain: Calendar | None
    relief: Rates
    performance: Calendar | None
    horizon: int


def settings_of(
    protocol: Protocol, chosen: Laws, cohort: Cohort, horizon: int
) -> tuple[Settings, tuple[Problem, ...]]:
    """Calendars up to the horizon; rates of response that give the plan's proportions in this cohort."""
    plan = protocol.plan.simulation
    assert plan is not None
    problems: list[Problem] = []
    nobody = np.zeros(cohort.size, dtype=bool)
    scans = tumour_plan(protocol, chosen.progression, horizon) if chosen.progression else None
    if scans is None and _derived(protocol, *_ON_SCANS):
        why = "the plan has no law of an endpoint with imaging"
        problems.append(_left_out(protocol, "tumour records are", why, "times"))
    if scans is not None and scans.assumed_calendar:
        problems.append(_presumed(protocol, f"scans are every {int(scans.calendar.day[0])} days"))
    respond = rates(
        protocol, plan.objective_response, cohort, able_to_respond(scans, cohort) if scans else nobody
    )
    if scans is not None:
        problems += _out_of_reach(protocol, "objective response", respond)
    calendar = None
    if plan.psa_baseline_median is None or not plan.psa_response:
        if _derived(protocol, *_ON_PSA):
            why = "the plan has no psa_baseline_median and psa_response"
            problems.append(_left_out(protocol, "PSA is", why, "psa_response"))
    else:
        calendar, presumed = psa_calendar(protocol, horizon)
        if presumed:
            problems.append(_presumed(protocol, "PSA is taken every 21 days"))
    fall = rates(protocol, plan.psa_response, cohort, able_to_fall(calendar, cohort) if calendar else nobody)
    if calendar is not None:
        problems += _out_of_reach(protocol, "PSA response", fall)
    asked = assessed = None
    if plan.pain is not None:
        asked, presumed = pain_calendar(protocol, horizon)
        if presumed:
            problems.append(_presumed(protocol, "pain is asked for every 21 days"))
    relief = rates(
        protocol,
        plan.pain.response if plan.pain else {},
        cohort,
        able_to_be_relieved(asked, cohort) if asked else nobody,
    )
    if asked is not None:
        problems += _out_of_reach(protocol, "pain response", relief)
    if plan.performance is not None:
        assessed, presumed = performance_calendar(protocol, horizon)
        if presumed:
            problems.append(_presumed(protocol, "performance status is assessed every 21 days"))
    problems += _palliation_left_out(protocol, chosen)
    if not plan.adverse_events and _derived(protocol, "adverse_event", "adverse_events"):
        problems.append(
            _left_out(protocol, "adverse events are", "the plan has no proportions", "adverse_events")
        )
    if getattr(protocol.plan.allocation, "rescreening", None) is not None:
        problems.append(_no_rescreening(protocol))
    problems += unplanned_markers(protocol) + unlinked_markers(protocol) + not_repeated(protocol)
    if chosen.progression is None:
        what = "treatment goes on to its last cycle or the cut-off because the plan has no law of progression"
        remedy = "add the endpoint of progression to 'simulation: times:' if a source states its median"
        problems.append(Problem("N503", what, remedy, protocol.place("simulation")))
    made = Settings(scans, respond, calendar, fall, asked, relief, assessed, horizon)
    return made, tuple(problems)


def impossible(protocol: Protocol, subjects: int, seed: int) -> tuple[Problem, ...]:
    problems = []
    if protocol.plan.simulation is None:
        problems.append(
            Problem(
                "E505",
                f"{protocol.plan.trial} has no 'simulation:' block, so nothing says what to simulate",
                "add one with accrual_months, follow_up_months and times",
                protocol.place(),
            )
        )
    if not 1 <= subjects <= 10_000_000:
        problems.append(
            Problem("E507", f"{subjects} subjects can't be simulated", "choose 1 to 10,000,000 subjects")
        )
    if seed < 0:
        problems.append(Problem("E507", f"the seed {seed} is negative", "choose a seed of 0 or more"))
    return (*problems, *_no_calendar(protocol))


def _no_calendar(protocol: Protocol) -> Iterator[Problem]:
    """A date of the protocol that would put simulated visits into a year that no such trial saw."""
    for name in ("first_enrolled", "cut_off"):
        stated = protocol.plan.dates.get(name, "")[:4]
        if stated.isdigit() and not _FIRST_YEAR <= int(stated) <= _LAST_YEAR:
            yield Problem(
                "E230",
                f"'{name}' is {protocol.plan.dates[name]}, which is no date to simulate visits from",
                f"give a year from {_FIRST_YEAR} to {_LAST_YEAR}, or leave the date out",
                protocol.place("dates", name),
            )


def domains_of(
    protocol: Protocol,
    chosen: Laws,
    settings: Settings,
    cohort: Cohort,
    seed: Seed,
    chunk: int,
    asked: frozenset[str] = EVERYTHING,
) -> dict[str, pa.Table]:
    """The tables of a cohort, of the groups that are `asked`; DM, SC and DS always.

    Every group draws from its own streams: what is left out moves nothing else.
    """
    made = {
        "dm": demographics(protocol, cohort, streams(seed, "dm", chunk)),
        "sc": characteristics(protocol, cohort),
        "ds": disposition(protocol, cohort),
    }
    if "therapies" in asked:
        made["cm"] = other_treatment(protocol, cohort, streams(seed, "cm", chunk))
    if settings.scans is not None and "scans" in asked:
        rng = streams(seed, "tumours", chunk)
        sizes = "sizes" in asked
        made |= tumours(protocol, settings.scans, cohort, settings.respond, rng, sizes=sizes)
    rows = biomarkers(protocol, cohort)
    if settings.psa is not None and "psa" in asked:
        rng = streams(seed, "psa", chunk)
        quiet = chosen.composite is not None
        rows.append(psa(protocol, chosen.progression, settings.psa, cohort, settings.fall, rng, quiet=quiet))
    scores = []
    if settings.pain is not None and "pain" in asked:
        rng = streams(seed, "pain", chunk)
        scores += pain_scores(protocol, settings.pain, cohort, settings.relief, rng)
    if "others" in asked:
        more, graded = _others(protocol, settings, cohort, seed, chunk)
        made |= more
        rows += graded
        if settings.performance is not None:
            rng = streams(seed, "performance", chunk)
            scores += performance(protocol, settings.performance, cohort, rng)
    made["lb"] = laboratory(protocol, cohort, rows)
    if scores:
        made["qs"] = questionnaires(protocol, cohort, scores)
    if "pain" in asked and (settings.pain is not None or any(chosen.skeletal)):
        found = skeletal_events(protocol, cohort, streams(seed, "skeletal events", chunk))
        made |= found if any(chosen.skeletal) else {"pr": found["pr"]}
    return made


def _others(
    protocol: Protocol, settings: Settings, cohort: Cohort, seed: Seed, chunk: int
) -> tuple[dict[str, pa.Table], list[Rows]]:
    """Treatment, specimens and adverse events, and the laboratory rows beside PSA."""
    plan = protocol.plan.simulation
    assert plan is not None
    surface = body_surfaces(cohort, streams(seed, "ex", chunk))
    made = {"ex": exposure(protocol, cohort, surface), "be": specimens(protocol, cohort)}
    if by_body_surface(protocol):
        made["vs"] = vital_signs(protocol, cohort, surface, streams(seed, "vs", chunk))
    rows = markers(protocol, cohort, seed, chunk) + cell_counts(protocol, cohort, seed, chunk)
    rows += later_status(protocol, cohort, seed, chunk)
    if plan.adverse_events:
        events = drawn_events(protocol, cohort, seed, chunk)
        made["ae"] = adverse_events(protocol, cohort, events)
        rows += blood_counts(protocol, cohort, events, settings.horizon, seed, chunk)
    return made, rows


def _palliation_left_out(protocol: Protocol, chosen: Laws) -> Iterator[Problem]:
    """What pain, skeletal events, performance status and blood counts lack of a plan."""
    plan = protocol.plan.simulation
    assert plan is not None
    if plan.pain is None:
        if _derived(protocol, "pain_response", "pain_progression"):
            yield _left_out(protocol, "pain scores are", "the plan has no part on pain", "pain")
    elif not any(chosen.pain) and _derived(protocol, "pain_progression"):
        why = "the plan has no law of an endpoint on it"
        yield _left_out(protocol, "pain progression is", why, "times")
    if not any(chosen.skeletal) and _derived(protocol, "skeletal_event"):
        why = "the plan has no law of their endpoint"
        yield _left_out(protocol, "symptomatic skeletal events are", why, "times")
    if plan.performance is None and _derived(protocol, "category_shift"):
        why = "the plan has no part on performance status"
        yield _left_out(protocol, "performance status is", why, "performance")
    asked = {
        TERMS[entry.term].test
        for entry in protocol.plan.endpoints.values()
        if isinstance(entry, LaboratoryGrade) and entry.term in TERMS
    }
    for test in sorted(asked - {test.upper() for test in plan.blood_counts}):
        yield _left_out(protocol, f"{test} is", "the plan has no values of this test", "blood_counts")


def _derived(protocol: Protocol, *rules: str) -> bool:
    """Whether an endpoint of the protocol is derived by one of these rules."""
    return any(entry.derive in rules for entry in protocol.plan.endpoints.values())


def _left_out(protocol: Protocol, what: str, why: str, word: str) -> Problem:
    return Problem(
        "N502",
        f"{what} not simulated because {why}",
        f"add them under 'simulation: {word}:' if a source states them",
        protocol.place("simulation"),
    )


def _no_rescreening(protocol: Protocol) -> Problem:
    return Problem(
        "N502",
        "re-screening is not simulated: every subject is screened and allocated once, and stays in that arm",
        "read nothing about those who change arms from these records; 'trialist draw' shows the whole path",
        protocol.place("allocation", "rescreening"),
    )


def _presumed(protocol: Protocol, what: str) -> Problem:
    return Problem(
        "N503",
        f"{what} because the schedule names no visit for it",
        "name the visits under 'schedule: assessments:'",
        protocol.place("schedule"),
    )


def _out_of_reach(protocol: Protocol, what: str, found: Rates) -> list[Problem]:
    return [
        Problem(
            "N506",
            f"the planned {what} of arm '{arm}' is out of reach: only {share:.3f} of its subjects are "
            "assessed long enough to show one",
            "lower the proportion, or lengthen the times to progression",
            protocol.place("simulation"),
        )
        for arm, share in found.short.items()
    ]


def assumed(protocol: Protocol) -> tuple[Problem, ...]:
    """What every simulation takes for granted beyond the plan, and what the plan itself marks as assumed."""
    plan = protocol.plan.simulation
    assert plan is not None
    own = f"; the plan itself assumes {', '.join(plan.assumed)}" if plan.assumed else ""
    kept = "no assessment is missed or unreadable and no new therapy starts before progression, so rules of "
    kept += "censoring that part only there give one result"
    if plan.conduct is not None:
        kept = "scans, dropout and crossover follow the plan's conduct, no scan is unreadable, and no new "
        kept += "therapy starts before documented progression"
    return (
        Problem(
            "N503",
            "simulated beyond any source: age, height, body surface, days of first dose and consent, lesion "
            "sizes, the way progression shows, the course of PSA between its stated features, grades within "
            "low and high, onset, duration and seriousness of adverse events, totals over their terms (each "
            "term is calibrated, no total is), blood counts but for their worst grade, pain scores but for "
            "relief and the time to progression, kinds of skeletal events, whose time depends on no other, "
            f"and later therapy; every dose is given in full and in time; {kept}{own}",
            "do not read these from simulated records; the page of this code gives each rule",
            protocol.place("simulation"),
        ),
    )
