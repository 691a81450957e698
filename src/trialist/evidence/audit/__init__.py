"""Claims against arithmetic and the store: every rule of the catalogue over one reading -> verdicts.

A rule is `run(reading, store) -> verdicts`; a store of None leaves what is known out. A rule that can't be
sure says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialist.evidence.audit import (
    accrual,
    acronyms,
    against_findings,
    amounts,
    arm_doses,
    awaited,
    card_facts,
    causes,
    citations,
    derived_findings,
    design_power,
    differences,
    directions,
    enrolled,
    equality,
    estimate_in_interval,
    interval_words,
    label_doses,
    lengths,
    negatives,
    outdated,
    overstated,
    p_and_interval,
    p_of_counts,
    parts_and_total,
    percent_of_count,
    periods,
    standard_of_care,
    standards,
    superiority,
    timeline,
    told_again,
    two_stage_design,
    two_ways,
    uneven_interval,
    words_and_counts,
    words_and_design,
    words_and_patients,
    words_and_results,
)
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.once import once
from trialist.evidence.audit.together import between, of_one_result
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import Entry, catalogue

RULES: Mapping[str, Entry] = catalogue(
    "audit rule",
    (
        estimate_in_interval.run,
        uneven_interval.run,
        p_and_interval.run,
        percent_of_count.run,
        p_of_counts.run,
        parts_and_total.run,
        differences.run,
        words_and_results.run,
        words_and_counts.run,
        words_and_design.run,
        words_and_patients.run,
        interval_words.run,
        design_power.run,
        two_stage_design.run,
        accrual.run,
        amounts.run,
        periods.run,
        lengths.run,
        timeline.run,
        standards.run,
        acronyms.run,
        two_ways.run,
        directions.run,
        told_again.run,
        against_findings.run,
        derived_findings.run,
        enrolled.run,
        negatives.run,
        causes.run,
        superiority.run,
        overstated.run,
        equality.run,
        standard_of_care.run,
        citations.run,
        label_doses.run,
        arm_doses.run,
        card_facts.run,
        outdated.run,
        awaited.run,
    ),
)


def audit(reading: Reading, store: Store | None = None) -> tuple[Verdict, ...]:
    """Every verdict on a reading, in order of the text; of one claim the gravest first."""
    found = [verdict for rule in RULES.values() for verdict in rule.run(reading, store)]
    if store is not None:
        found = list(of_one_result(reading, store, found))
    return _ordered(once(found))


def audit_together(
    readings: Sequence[Reading], store: Store | None = None
) -> tuple[tuple[Verdict, ...], ...]:
    """The verdicts of each of several readings; with a store also where two say one result otherwise."""
    each = [list(audit(reading, store)) for reading in readings]
    if store is not None and len(readings) > 1:
        for place, verdicts in between(readings, store).items():
            each[place] += verdicts
    return tuple(_ordered(verdicts) for verdicts in each)


def _ordered(found: Sequence[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(found, key=lambda v: (v.claim.span.start, v.severity, v.rule)))
