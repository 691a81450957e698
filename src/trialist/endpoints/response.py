"""Best overall response, from the overall responses at visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.combined import combined_response
from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.endpoints.tumours import tumour_response
from trialist.endpoints.verbs import beside, first_event, labelled, on_study, until_new_therapy
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.rules import BestResponseRule

SOURCE = "RECIST 1.1, Eisenhauer 2009, Eur J Cancer 45:228, section 4.4.3, Table 3"
RESPONSES = ("CR", "PR")


@entry(
    "best_overall_response",
    needs=("subjects", "responses", "lesions", "bone_scans", "therapies"),
    gives="Category",
    source=SOURCE,
)
def best_overall_response(
    *,
    subjects: Table,
    responses: Table,
    lesions: Table,
    bone_scans: Table,
    therapies: Table,
    rule: BestResponseRule,
) -> Table:
    """The best response up to the first PD, with or without confirmation of CR and PR.

    Parameters
        subjects   one row per subject: subject, cutoff_day
        responses  overall responses: subject, day, sequence, response
        lesions    lesions at visits, as `tumour_response` reads them; read instead of `responses` where the
                   rule has a rule for lesions
        bone_scans  lesions by bone scan; read with `lesions` where the rule has one for both together
        therapies  new anticancer therapies: subject, day
        rule       confirmed, confirm_after and minimum_stable (days), max_not_evaluable (visits),
                   accept_stable_between, missing_as_not_evaluable, new_therapy
    Returns   Category: CR, PR, SD, NON-CR/NON-PD, PD, NE or MISSING; day of the deciding visit, and
              response_day, that of the first CR or PR (confirmed, where the rule asks for it)
    Problems  none; reason CR_THEN_LESS asks for a query: a true CR makes the later disease progression
    Source    RECIST 1.1 section 4.4.3 and Table 3

    CR is confirmed when only CR or NE lie before a CR that is late enough; PR when only PR, CR or NE do
    before a CR or PR, with no PR after a CR. A CR or PR that is not confirmed is a stable visit. What
    follows a CR and is less than CR is no stable visit but counts as PD, as Table 3 prints it.
    """
    if rule.lesions is not None:
        responses = tumour_response(subjects=subjects, lesions=lesions, rule=rule.lesions)
    if rule.combined is not None:
        responses = combined_response(
            subjects=subjects,
            lesions=lesions,
            bone_scans=bone_scans,
            therapies=therapies,
            rule=rule.combined,
        )
    visits = _visits(subjects, responses, therapies, rule)
    late = visits.day >= rule.minimum_stable
    after_complete = visits.complete_before & visits.response.isin(["PR", "SD", "NON-CR/NON-PD"])
    if rule.confirmed:
        complete = _confirmed_complete(visits, rule)
        partial = _confirmed_partial(visits, rule)
        less = after_complete
    else:
        complete = first_event(visits, visits.response == "CR")
        partial = first_event(visits, visits.response == "PR")
        less = ibis.literal(False)
    stable = visits.response.isin(["CR", "PR", "SD"]) & late & ~less
    found = {
        "cr_day": complete,
        "pr_day": partial,
        "sd_day": first_event(visits, stable),
        "non_day": first_event(visits, (visits.response == "NON-CR/NON-PD") & late & ~less),
        "pd_day": first_event(visits, (visits.response == "PD") | less),
        "seen_day": first_event(visits, ibis.literal(True)),
        "unconfirmed_day": first_event(visits, visits.response.isin(RESPONSES)),
        "query_day": first_event(visits, after_complete),
    }
    rows = subjects.select("subject")
    for name, part in found.items():
        rows = beside(rows, part.rename({name: "event_day"}))
    nothing = "NE" if rule.missing_as_not_evaluable else "MISSING"
    ranked = [
        (rows.cr_day, "CR"),
        (rows.pr_day, "PR"),
        (rows.sd_day, "SD"),
        (rows.non_day, "NON-CR/NON-PD"),
        (rows.pd_day, "PD"),
        (rows.seen_day, "NE"),
    ]
    rows = rows.mutate(
        value=labelled(*((day.notnull(), word) for day, word in ranked), otherwise=nothing),
        day=ibis.coalesce(*(day for day, _ in ranked)),
        response_day=ibis.ifelse(
            (rows.cr_day < rows.pr_day).fill_null(rows.pr_day.isnull()), rows.cr_day, rows.pr_day
        ),
    )
    responded = rows.value.isin(RESPONSES)
    return rows.select(
        "subject",
        "value",
        "day",
        "response_day",
        reason=labelled(
            (rows.seen_day.isnull(), NO_POSTBASELINE),
            (responded & (rows.value == "CR"), "CONFIRMED" if rule.confirmed else "BEST_VISIT"),
            (rows.query_day.notnull(), "CR_THEN_LESS"),
            (responded, "CONFIRMED" if rule.confirmed else "BEST_VISIT"),
            (rows.unconfirmed_day.notnull(), "UNCONFIRMED"),
            (rows.value == "NE", "NO_LATE_STABLE_VISIT"),
            otherwise="BEST_VISIT",
        ),
    )


def _visits(subjects: Table, responses: Table, therapies: Table, rule: BestResponseRule) -> Table:
    """subject, day, response, complete_before: one per day (the worst), after day 0, up to the first PD."""
    read = on_study(responses.filter(responses.day > 0), subjects)
    read = until_new_therapy(read, therapies, subjects, rule.new_therapy)
    read = read.mutate(response=read.response.upper())
    said = read.response.substitute(dict(rule.read_as), else_=read.response)
    read = read.mutate(rank=said.cases(*((word, i) for i, word in enumerate(rule.worst_of_day)), else_=0))
    daily = read.group_by("subject", "day").aggregate(rank=read["rank"].max())
    daily = daily.mutate(
        response=daily["rank"].cases(
            *((i, word) for i, word in enumerate(rule.worst_of_day)), else_=rule.worst_of_day[0]
        )
    )
    progressed = ibis.ifelse(daily.response == "PD", daily.day, ibis.null("int64"))
    daily = daily.mutate(first_pd=progressed.min().over(ibis.window(group_by="subject")))
    daily = daily.filter(daily.first_pd.isnull() | (daily.day <= daily.first_pd))
    earlier = ibis.window(group_by="subject", order_by="day", rows=(None, -1))
    before = (daily.response == "CR").cast("int64").max().over(earlier)
    return daily.select("subject", "day", "response", complete_before=(ibis.coalesce(before, 0) == 1))


def _confirmed_complete(visits: Table, rule: BestResponseRule) -> Table:
    """subject, event_day: the first CR confirmed by a later CR with only CR and NE in between."""
    seen = _blocks(visits, ~visits.response.isin(["CR", "NE"]))
    complete = seen.response == "CR"
    return _first_confirmed(seen.mutate(pair=0), complete, complete, rule)


def _confirmed_partial(visits: Table, rule: BestResponseRule) -> Table:
    """subject, event_day: the first PR confirmed by a CR or PR, with only PR, CR, NE (and SD) in between.

    A PR after a CR opens a new block. Where stable visits may lie between, each block is laid out once
    for every number of them, so that a row is seen together with the rows behind the next stable visit.
    """
    earlier = ibis.window(group_by="subject", order_by="day", rows=(None, -1))
    seen = visits.mutate(
        last_complete=ibis.ifelse(visits.response == "CR", visits.day, _NO_DAY).max().over(earlier),
        last_partial=ibis.ifelse(visits.response == "PR", visits.day, _NO_DAY).max().over(earlier),
    )
    fell_back = seen.last_complete.notnull() & (
        seen.last_partial.isnull() | (seen.last_complete > seen.last_partial)
    )
    between = ["PR", "CR", "NE", *(["SD"] if rule.accept_stable_between else [])]
    breaks = ~seen.response.isin(between) | ((seen.response == "PR") & fell_back.fill_null(False))
    seen = _blocks(seen, breaks)
    allowed = rule.max_stable_between if rule.accept_stable_between else 0
    seen = ibis.union(
        seen.mutate(pair=seen.stable), *(seen.mutate(pair=seen.stable - k - 1) for k in range(allowed))
    )
    own = seen.pair == seen.stable
    return _first_confirmed(seen, (seen.response == "PR") & own, seen.response.isin(RESPONSES), rule)


def _blocks(visits: Table, breaks: BooleanValue) -> Table:
    """Adds block, unread and stable: rows that break, NE and SD visits so far, this row included."""
    marked = visits.mutate(breaks=breaks)
    so_far = ibis.window(group_by="subject", order_by="day", rows=(None, 0))
    return marked.mutate(
        block=marked.breaks.cast("int64").sum().over(so_far),
        unread=(marked.response == "NE").cast("int64").sum().over(so_far),
        stable=(marked.response == "SD").cast("int64").sum().over(so_far),
    )


def _first_confirmed(
    seen: Table, starts: BooleanValue, confirms: BooleanValue, rule: BestResponseRule
) -> Table:
    """The last confirming day within reach (same block and pair, few enough NE) is late enough or none is."""
    seen = seen.mutate(starts=starts, confirming=ibis.ifelse(confirms, seen.day, _NO_DAY))
    reach = ibis.window(
        group_by=["subject", "block", "pair"], order_by="unread", range=(0, rule.max_not_evaluable)
    )
    seen = seen.mutate(last=seen.confirming.max().over(reach))
    return first_event(seen, seen.starts & (seen.last - seen.day >= max(rule.confirm_after, 1)))


_NO_DAY = ibis.null("int64")
