"""The `lesions` input: what TU and TR say of each lesion at each visit, and how the targets were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.subjects import days_between
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import accepted
from trialist.records.asked import LESION_TESTS
from trialist.records.columns import column
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import StringValue, Table

_NODES = "NODES"  # all nodes are one organ
_STATES = ("ABSENT", "MERGED", "EQUIVOCAL", "TOO SMALL", "PRESENT", "WORSE")  # of one visit the rightmost
_SPLIT, _MERGED = "TUSPLIT", "TUMERGE"
_VISIT = ["subject", "visit", "date"]


def recorded_lesions(domains: Mapping[str, Table], subjects: Table, protocol: Protocol) -> Table:
    """The `lesions` input from TU and TR, without what a bone scan found.

    Returns   one row per subject, visit and lesion, or part of a lesion that split: subject, day, sequence,
              lesion, role, node, organ (all nodes: NODES), diameter (mm), state, read_day. The day of a visit
              is the first on which a lesion was read at it, read_day the first on which this one was;
              records that name no visit have their own day

    A lesion has the role of its first identification in TU, dated or not, else its group in TR. A node is
    measured by its short axis, any other lesion by its longest diameter; of several readings at one visit
    the largest counts. What TU identifies at a visit at which TR tells nothing of that lesion was PRESENT.
    Parts `T1.1` and `T1.2`, identified by TUSPLIT, are rows of T1; of a mass `T1/T2`, identified by TUMERGE,
    T1 has the diameter and T2 is MERGED.
    """
    results = _results(domains["tr"], protocol)
    identified = _identified(domains.get("tu"), results, protocol)
    results = results.filter(results.lesion.notnull())
    days = _days(results, identified, subjects)
    read = _of_visit(results.inner_join(days, _VISIT))
    seen = identified.inner_join(days, _VISIT)
    seen = seen.group_by("subject", "lesion", "day").aggregate(
        group=seen.role.max(), sequence=seen.sequence.min(), read_day=seen.own.min()
    )
    unread = seen.anti_join(read, ["subject", "lesion", "day"])
    nothing = ibis.null("float64")
    unread = unread.mutate(longest=nothing, short=nothing, state=ibis.literal("PRESENT"))
    columns = ["subject", "lesion", "day", "sequence", "group", "longest", "short", "state", "read_day"]
    rows = ibis.union(read.select(columns), unread.select(columns), distinct=False)
    known = _identity(identified)
    how = known.select("subject", "lesion", "how", "by_bone_scan")
    rows = rows.left_join(how, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    rows = _parts(rows.filter(~rows.by_bone_scan.fill_null(False)))
    known = known.drop("how", "by_bone_scan")
    rows = rows.left_join(known, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    by_short = (rows.short.count() > 0) & (rows.longest.count() == 0)
    short_only = by_short.over(ibis.window(group_by=["subject", "lesion"]))
    rows = rows.mutate(role=ibis.coalesce(rows.role, rows.group), node=rows.node.fill_null(short_only))
    rows = rows.filter(rows.role.notnull())
    return rows.select(
        "subject",
        "day",
        "sequence",
        "lesion",
        "role",
        "node",
        organ=ibis.ifelse(rows.node, ibis.literal(_NODES), rows.location),
        diameter=ibis.ifelse(rows.node, rows.short, rows.longest),
        state=rows.state,
        read_day=rows.read_day,
    )


def _results(tr: Table, protocol: Protocol) -> Table:
    """subject, sequence, visit, date, lesion, group, test, size (mm), state: accepted results of lesions."""
    rows = tr.filter(accepted(tr, protocol.plan.records, by=("evaluator",)))
    rows = rows.mutate(test=compared(rows.test_code))
    rows = rows.filter(rows.test.isin(LESION_TESTS) & rows.date.notnull())
    group = _told(compared(column(rows, "group")), "tumour_roles")
    unit = column(rows, "unit").strip().lower().nullif("").fill_null("mm")
    factor = unit.cases(
        *((name, float(value)) for name, value in pairs("lengths").items()), else_=ibis.null("float64")
    )
    value = column(rows, "value", "float64")
    word = compared(column(rows, "result"))
    return rows.select(
        "subject",
        "date",
        "test",
        sequence=rows.sequence.cast("int64"),
        visit=compared(column(rows, "visit")).fill_null(""),
        lesion=_named(rows, group),
        group=group,
        size=ibis.ifelse(value.isnan().fill_null(True), ibis.null("float64"), value * factor),
        state=_told(word, "tumour_states"),
    )


def _identified(tu: Table | None, results: Table, protocol: Protocol) -> Table:
    """Rows of TU: subject, sequence, visit, date, lesion, role, how, location, node, by_bone_scan."""
    if tu is None:
        nothing = results.filter(ibis.literal(False))
        return nothing.select(
            "subject",
            "sequence",
            "date",
            "visit",
            "lesion",
            role=ibis.null("string"),
            how=ibis.null("string"),
            location=ibis.null("string"),
            node=ibis.null("boolean"),
            by_bone_scan=ibis.null("boolean"),
        )
    rows = tu.filter(accepted(tu, protocol.plan.records, by=("evaluator",)))
    location = compared(column(rows, "location"))
    node = ibis.literal(False)
    for word in words("node_locations"):
        node = node | location.contains(word)
    role = _told(compared(column(rows, "result")), "tumour_roles")
    rows = rows.select(
        "subject",
        "date",
        sequence=rows.sequence.cast("int64"),
        visit=compared(column(rows, "visit")).fill_null(""),
        lesion=_named(rows, role),
        role=role,
        how=compared(column(rows, "test_code")),
        location=location,
        node=ibis.ifelse(location.isnull(), ibis.null("boolean"), node),
        by_bone_scan=compared(column(rows, "imaging")).isin(words("bone_scan_methods")).fill_null(False),
    )
    return rows.filter(rows.role.notnull() & rows.lesion.notnull())


def _named(rows: Table, role: StringValue) -> StringValue:
    """The link of a lesion; without one, non-targets and new lesions are a group, and targets are null."""
    group: StringValue = role.nullif("TARGET")
    return ibis.coalesce(compared(column(rows, "lesion")), group)


def _days(results: Table, identified: Table, subjects: Table) -> Table:
    """subject, visit, date, own (its day), day: the first day of the visit that a record belongs to.

    Records that name one visit belong to one, unless more than `visit_span` days lie between two of them.
    """
    rows = ibis.union(results.select(_VISIT), identified.select(_VISIT), distinct=True)
    rows = rows.filter(rows.date.notnull()).inner_join(
        subjects.select("subject", "reference_date"), "subject"
    )
    rows = rows.mutate(own=days_between(rows.date, rows.reference_date))
    of_visit = ibis.window(group_by=["subject", "visit"], order_by="own")
    gap = rows.own - rows.own.lag().over(of_visit)
    apart = gap.isnull() | (gap > stated("recist_1_1", "lesion_records", "visit_span")) | (rows.visit == "")
    rows = rows.mutate(apart=apart.cast("int64"))
    so_far = ibis.window(group_by=["subject", "visit"], order_by="own", rows=(None, 0))
    rows = rows.mutate(run=rows.apart.sum().over(so_far))
    one = ibis.window(group_by=["subject", "visit", "run"])
    return rows.select("subject", "visit", "date", "own", day=rows.own.min().over(one))


def _of_visit(rows: Table) -> Table:
    """One row per subject, lesion and day; of several readings the largest size and the worst state."""
    rank = rows.state.cases(*((word, i) for i, word in enumerate(_STATES)), else_=ibis.null("int64"))
    rows = rows.mutate(rank=rank)
    one = rows.group_by("subject", "lesion", "day").aggregate(
        sequence=rows.sequence.min(),
        group=rows.group.max(),
        longest=rows["size"].max(where=rows.test == "LDIAM"),
        short=rows["size"].max(where=rows.test.isin(["SAXIS", "LPERP"])),
        rank=rows["rank"].max(),
        read_day=rows.own.min(),
    )
    worst = one["rank"].cases(*enumerate(_STATES), else_=ibis.null("string"))
    return one.mutate(state=worst)


def _identity(identified: Table) -> Table:
    """subject, lesion, role, how, location, node, by_bone_scan: the first identification of each lesion."""
    first = ibis.window(group_by=["subject", "lesion"], order_by="sequence")
    rows = identified.mutate(place=ibis.row_number().over(first))
    rows = rows.filter(rows.place == 0)
    return rows.select("subject", "lesion", "role", "how", "location", "node", "by_bone_scan")


def _parts(rows: Table) -> Table:
    """Rows of parts and of merged masses under the lesions they came from, instead of those left unread."""
    split = (rows.how == _SPLIT).fill_null(False) & rows.lesion.contains(".")
    merged = (rows.how == _MERGED).fill_null(False) & rows.lesion.contains("/")
    rows = rows.mutate(part=split, mass=merged)
    whole = rows.filter(~rows.mass)
    parent = whole.lesion.re_replace(r"\.[^.]*$", "")
    whole = whole.mutate(lesion=ibis.ifelse(whole.part, parent, whole.lesion))
    masses = rows.filter(rows.mass)
    masses = masses.mutate(carrier=masses.lesion.re_extract(r"^([^/]+)", 1), each=masses.lesion.split("/"))
    masses = masses.mutate(piece=masses.each.unnest())
    carries = masses.piece == masses.carrier
    nothing = ibis.null("float64")
    masses = masses.mutate(
        lesion=masses.piece.strip(),
        part=ibis.literal(True),
        longest=ibis.ifelse(carries, masses.longest, nothing),
        short=ibis.ifelse(carries, masses.short, nothing),
        state=ibis.ifelse(carries, masses.state, ibis.literal("MERGED")),
    ).drop("carrier", "each", "piece")
    every = ibis.union(whole, masses.select(whole.columns), distinct=False)
    unread = every.longest.isnull() & every.short.isnull() & every.state.isnull()
    in_parts = every.part.cast("int64").max().over(ibis.window(group_by=["subject", "lesion", "day"])) == 1
    every = every.mutate(idle=unread & ~every.part & in_parts)
    return every.filter(~every.idle).drop("part", "mass", "how", "by_bone_scan", "idle")


def _told(said: StringValue, name: str) -> StringValue:
    """What a recorded word stands for; null for a word that is not known."""
    return said.cases(*pairs(name).items(), else_=ibis.null("string"))


def unlinked(tr: Table, protocol: Protocol) -> tuple[Problem, ...]:
    """W386: sizes of targets that no link tells apart; they are not used."""
    rows = _results(tr, protocol)
    rows = rows.filter(rows.lesion.isnull() & rows["size"].notnull())
    return _told_of(
        rows,
        "W386",
        "{n} sizes of target lesions have no TRLNKID and were not used ({example})",
        "fill TRLNKID, and TULNKID alike, so that each lesion can be followed",
        protocol,
    )


def without_role(domains: Mapping[str, Table], protocol: Protocol) -> tuple[Problem, ...]:
    """N333: records of lesions that neither TU nor TR calls TARGET, NON-TARGET or NEW; they are not used."""
    rows = _results(domains["tr"], protocol)
    known = _identified(domains.get("tu"), rows, protocol).select("subject", "lesion").distinct()
    told = rows["size"].notnull() | rows.state.notnull()
    rows = rows.filter(rows.lesion.notnull() & rows.group.isnull() & told)
    return _told_of(
        rows.anti_join(known, ["subject", "lesion"]),
        "N333",
        "{n} records of lesions were not used: neither TU nor TR says whether the lesion is a target, a "
        "non-target or new ({example})",
        "fill TUSTRESC, or TRGRPID, with TARGET, NON-TARGET or NEW",
        protocol,
    )


def selection_problems(lesions: Table, subjects: Table, protocol: Protocol) -> tuple[Problem, ...]:
    """Targets at baseline that RECIST 1.1 would not have chosen.

    Problems  W387 more targets than allowed, W384 more in one organ, W385 targets too small at baseline
    """
    limits = {name: stated("recist_1_1", "target_selection", name) for name in _LIMITS}
    rows = lesions.inner_join(subjects.select("subject", "first_dose_day"), "subject")
    end = ibis.greatest(rows.first_dose_day.fill_null(0), 0)
    rows = rows.filter((rows.role == "TARGET") & (rows.day <= end))
    each = rows.group_by("subject", "lesion").aggregate(
        organ=rows.organ.max(),
        node=rows.node.fill_null(False).cast("int64").max(),
        largest=rows.diameter.max(),
    )
    least = ibis.ifelse(each.node == 1, limits["smallest_node"], limits["smallest"])
    small = (each.largest < least * (1 - stated("recist_1_1", "tumour_response", "tolerance"))).fill_null(
        False
    )
    by_organ = each.filter(each.organ.notnull()).group_by("subject", "organ").aggregate(n=lambda t: t.count())
    by_subject = each.group_by("subject").aggregate(n=each.count())
    return (
        *_told_of(
            by_subject.filter(by_subject.n > limits["most"]),
            "W387",
            f"{{n}} subjects have more than {limits['most']} target lesions at baseline ({{example}})",
            "call the smallest of them non-target, as the criteria have it; all were added to the sum",
            protocol,
        ),
        *_told_of(
            by_organ.filter(by_organ.n > limits["most_per_organ"]),
            "W384",
            f"{{n}} times a subject has more than {limits['most_per_organ']} target lesions in one organ "
            "({example}); all nodes count as one organ",
            "call the smallest of them non-target, or correct TULOC; all were added to the sum",
            protocol,
        ),
        *_told_of(
            each.filter(small),
            "W385",
            f"{{n}} target lesions are below {limits['smallest']} mm at baseline, or are nodes below "
            f"{limits['smallest_node']} mm by short axis ({{example}})",
            "correct the sizes, or call such lesions non-target; they were added to the sum",
            protocol,
        ),
    )


_LIMITS = ("most", "most_per_organ", "smallest", "smallest_node")


def _told_of(rows: Table, code: str, text: str, remedy: str, protocol: Protocol) -> tuple[Problem, ...]:
    found: dict[str, Any] = (
        rows.aggregate(n=rows.count(), example=rows.subject.min()).to_pyarrow().to_pylist()[0]
    )
    if not found["n"]:
        return ()
    said = text.format(n=found["n"], example=f"for example subject {found['example']}")
    return (Problem(code, said, remedy, protocol.place("endpoints")),)
