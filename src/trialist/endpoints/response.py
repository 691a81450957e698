"""Best overall response, from the overall responses at visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints import compiled
from trialist.endpoints.combined import combined_response
from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.endpoints.tumours import tumour_response
from trialist.endpoints.verbs import beside, labelled, new_therapy_start, on_study, until_new_therapy
from trialist.records.streamed import compiling_pays
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

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
    follows a CR and is less than CR is no stable visit but counts as PD, as Table 3 prints it. Where a new
    therapy stops the reading, what was read of lesions after it is left out, of a visit that began before it
    too.
    """
    lesions = _read_before(lesions, therapies, subjects, rule.new_therapy)
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
    ranked = _ranked(responses, rule)
    if rule.lesions is None and rule.combined is None and compiling_pays(responses):
        return compiled.best_overall_response(subjects=subjects, read=ranked, therapies=therapies, rule=rule)
    visits = _visits(subjects, ranked, therapies, rule)
    late = visits.day >= rule.minimum_stable
    after_complete = visits.complete_before & visits.response.isin(["PR", "SD", "NON-CR/NON-PD"])
    less = after_complete if rule.confirmed else ibis.literal(False)
    stable = visits.response.isin(["CR", "PR", "SD"]) & late & ~less
    found = visits.group_by("subject").aggregate(
        cr_day=visits.day.min(where=visits.response == "CR"),
        pr_day=visits.day.min(where=visits.response == "PR"),
        sd_day=visits.day.min(where=stable),
        non_day=visits.day.min(where=(visits.response == "NON-CR/NON-PD") & late & ~less),
        pd_day=visits.day.min(where=(visits.response == "PD") | less),
        seen_day=visits.day.min(),
        query_day=visits.day.min(where=after_complete),
    )
    found = found.mutate(unconfirmed=found.cr_day.notnull() | found.pr_day.notnull())
    if rule.confirmed:
        found = beside(found.drop("cr_day", "pr_day"), _confirmed_responses(visits, rule))
    rows = beside(subjects.select("subject"), found)
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
            (rows.unconfirmed, "UNCONFIRMED"),
            (rows.value == "NE", "NO_LATE_STABLE_VISIT"),
            otherwise="BEST_VISIT",
        ),
    )


def _read_before(lesions: Table, therapies: Table, subjects: Table, reading: str) -> Table:
    """The lesions read up to the day of the new therapy."""
    if reading == "ignore":
        return lesions
    rows = beside(lesions, new_therapy_start(therapies, subjects))
    read_day = rows.read_day.fill_null(rows.day)
    rows = rows.filter((read_day <= rows.therapy_day).fill_null(True))
    over = (rows.visit_end > rows.therapy_day).fill_null(False)
    ended = ibis.ifelse(over, rows.read_day, rows.visit_end)
    return rows.mutate(visit_end=ended).drop("therapy_day")


def _ranked(responses: Table, rule: BestResponseRule) -> Table:
    """Responses after day 0 with `rank`, the place of what they are read as in `worst_of_day`."""
    rank = {word: place for place, word in enumerate(rule.worst_of_day)}
    rank |= {word: rank.get(meant, 0) for word, meant in rule.read_as.items()}
    read = responses.filter(responses.day > 0)
    spelt_otherwise = read.response.upper().cases(*rank.items(), else_=0)
    return read.mutate(rank=read.response.cases(*rank.items(), else_=spelt_otherwise))


def _visits(subjects: Table, ranked: Table, therapies: Table, rule: BestResponseRule) -> Table:
    """subject, day, response, complete_before: one per day (the worst), up to the first PD."""
    read = until_new_therapy(on_study(ranked, subjects), therapies, subjects, rule.new_therapy)
    daily = read.group_by("subject", "day").aggregate(rank=read["rank"].max())
    daily = daily.mutate(
        response=daily["rank"].cases(
            *((i, word) for i, word in enumerate(rule.worst_of_day)), else_=rule.worst_of_day[0]
        )
    )
    responded = daily.response.isin(RESPONSES)
    firsts = daily.group_by("subject").aggregate(
        first_pd=daily.day.min(where=daily.response == "PD"),
        first_complete=daily.day.min(where=daily.response == "CR"),
        first_response=daily.day.min(where=responded),
        last_response=daily.day.max(where=responded),
    )
    daily = daily.inner_join(firsts, "subject")
    daily = daily.filter(daily.first_pd.isnull() | (daily.day <= daily.first_pd))
    return daily.select(
        "subject",
        "day",
        "response",
        complete_before=(daily.first_complete < daily.day).fill_null(False),
        span=daily.last_response - daily.first_response,
    )


def _confirmed_responses(visits: Table, rule: BestResponseRule) -> Table:
    """subject, cr_day, pr_day: the first CR and the first PR that are confirmed, null where none is.

    What confirms a response is the first that is late enough: one behind it is preceded by as many NE and SD,
    or more. It must come before the first visit that breaks: for CR what is neither CR nor NE, for PR what is
    none of CR, PR, NE (and SD), or a PR after a CR. Subjects whose responses lie too close are left out.
    """
    after = max(rule.confirm_after, 1)
    subject = {"group_by": "subject", "order_by": "day"}
    earlier, so_far = ibis.window(**subject, rows=(None, -1)), ibis.window(**subject, rows=(None, 0))
    seen = visits.filter(visits.span >= after)
    word = seen.response
    seen = seen.mutate(
        unread=(word == "NE").cast("int64").sum().over(so_far),
        stable=(word == "SD").cast("int64").sum().over(so_far),
        last_complete=ibis.ifelse(word == "CR", seen.day, _NO_DAY).max().over(earlier),
        last_partial=ibis.ifelse(word == "PR", seen.day, _NO_DAY).max().over(earlier),
    )
    after_complete = (seen.last_complete > seen.last_partial.fill_null(-1)).fill_null(False)
    fell_back = (seen.response == "PR") & after_complete
    between = ["PR", "CR", *(["SD"] if rule.accept_stable_between else [])]
    seen = seen.mutate(breaks=fell_back | ~seen.response.isin(between)).filter(seen.response != "NE")
    complete, responded = seen.response == "CR", seen.response.isin(RESPONSES)
    onward, late = ibis.window(**subject, rows=(1, None)), ibis.window(**subject, range=(after, None))
    seen = seen.mutate(
        less=ibis.ifelse(complete, _NO_DAY, seen.day).min().over(onward),
        broken=ibis.ifelse(seen.breaks, seen.day, _NO_DAY).min().over(onward),
        complete_day=ibis.ifelse(complete, seen.day, _NO_DAY).min().over(late),
        complete_unread=ibis.ifelse(complete, seen.unread, _NO_DAY).min().over(late),
        response_day=ibis.ifelse(responded, seen.day, _NO_DAY).min().over(late),
        response_unread=ibis.ifelse(responded, seen.unread, _NO_DAY).min().over(late),
        response_stable=ibis.ifelse(responded, seen.stable, _NO_DAY).min().over(late),
    )
    most = rule.max_not_evaluable
    again = (seen.complete_unread - seen.unread <= most) & (
        seen.less.isnull() | (seen.complete_day < seen.less)
    )
    partly = (seen.response_unread - seen.unread <= most) & (
        seen.broken.isnull() | (seen.response_day < seen.broken)
    )
    if rule.accept_stable_between:
        partly = partly & (seen.response_stable - seen.stable <= rule.max_stable_between)
    return seen.group_by("subject").aggregate(
        cr_day=seen.day.min(where=((seen.response == "CR") & again).fill_null(False)),
        pr_day=seen.day.min(where=((seen.response == "PR") & partly).fill_null(False)),
    )


_NO_DAY = ibis.null("int64")
