"""How events were read where the records leave something open: one problem per reason, with its count."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.endpoints.event_gaps import WORDS, Gap, note, noticed, unknown
from trialist.findings.context import Context
from trialist.findings.event_counts import Noted
from trialist.findings.model import Finding, Method
from trialist.problems import Problem

NOT_BY_GRADE = frozenset({"any", "not_graded"})


def of_terms(context: Context, found: Noted, levels: Iterable[str]) -> tuple[Problem, ...]:
    """N416 uncoded events, W390 no class known: where rows are classes or terms."""
    asked = set(levels)
    problems = []
    if found.uncoded and "term" in asked:
        problems.append(
            context.problem(
                "N416",
                f"{_events(found.uncoded)} of {found.events} have no preferred term and count as Uncoded",
                "Code them (AEDECOD); no term is guessed from the reported one.",
            )
        )
    if "system_organ_class" in asked and found.events and found.unclassed == found.events:
        problems.append(
            context.problem(
                "W390",
                "no event has a system organ class, so there is one class, Uncoded",
                "Add AESOC (or AEBODSYS) to the records, or ask for `levels: [any, term]`.",
            )
        )
    return tuple(problems)


def of_grades(context: Context, found: Noted, grades: Iterable[str], missing: str) -> tuple[Problem, ...]:
    """N417 events without a grade: where a grade decides."""
    if not found.ungraded or (found.no_grades and missing == "own") or set(grades) <= NOT_BY_GRADE:
        return ()
    fate = "counted as grade 3" if missing == "as_3" else "counted as any grade alone"
    return (
        context.problem(
            "N417",
            f"{_events(found.ungraded)} of {found.events} have no grade; they are {fate}",
            "Complete AETOXGR, or say in the report how many have none.",
        ),
    )


def no_grade(context: Context) -> Problem:
    """W391: grades are asked for, and no event has one."""
    return context.problem(
        "W391",
        "no event has a grade, so nobody can be counted by grade",
        "Fill AETOXGR in the records, or ask for `grades: [any]`.",
    )


def nobody_tells(context: Context, detail: str) -> Problem:
    """W391, W392, W395, W396: no event tells its grade, what was done, if it is serious, if it was fatal."""
    word = WORDS[detail]
    return context.problem(
        str(word.warning),
        f"no event {word.nobody}, so nobody can be counted by it",
        f"Fill {word.variable} in the records.",
    )


def of_selection(context: Context, found: Noted) -> tuple[Problem, ...]:
    """N417, N418, N421 to N423: events that do not tell what the endpoint selects by."""
    return tuple(context.problem(*said) for said in noticed(found.gaps))


def nothing_selected(context: Context, found: Noted, measure: str, method: str) -> tuple[Finding, ...]:
    """The finding without an estimate where no event tells what the endpoint selects by; else nothing."""
    none = [nobody_tells(context, detail) for detail in unknown(found.gaps)]
    if not none:
        return ()
    return (context.finding(measure, None, Method(method), context.arms, problems=none),)


def of_details(context: Context, found: Noted) -> tuple[Problem, ...]:
    """N421 to N423: events without a word on treatment, seriousness or death, where rows ask for them."""
    missing = {
        "action": found.without_action,
        "serious": found.without_serious,
        "fatal": found.without_fatal,
    }
    some = {name: Gap(n, found.events) for name, n in missing.items() if n < found.events}
    return tuple(context.problem(*said) for said in noticed(some))


def of_relation(context: Context, found: Noted) -> tuple[Problem, ...]:
    """N418 events without a relation: where relation decides."""
    if not found.without_relation or "relation" in found.gaps:
        return ()
    return (context.problem(*note("relation", Gap(found.without_relation, found.events))),)


def of_starts(context: Context, found: Noted) -> tuple[Problem, ...]:
    """N419 events without a full start: where time decides."""
    if not found.undated:
        return ()
    return (
        context.problem(
            "N419",
            f"{_events(found.undated)} of {found.events} have no full start date; the first day on treatment "
            "that it can mean was taken",
            "Complete AESTDTC: early starts shorten the time at risk.",
        ),
    )


def endless(context: Context, without: int, events: int) -> Problem:
    """N453: events without an end, where events are merged."""
    return context.problem(
        "N453",
        f"{_events(without)} of {events} have no end; later ones of the same term count as the same event",
        "Complete AEENDTC, or count every record: leave out `merge_gap`.",
    )


def _events(n: int) -> str:
    return "1 event" if n == 1 else f"{n} events"
