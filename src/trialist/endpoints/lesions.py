"""The `lesions` input: what TU and TR say of each lesion at each visit, and how the targets were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.imaging import first_imaging, without_bone_scans
from trialist.endpoints.subjects import days_between
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
              lesion, role, node, organ (all nodes: NODES), diameter (mm), state, read_day, visit_end. A visit
              without a lesion has one row whose lesion and role are null. The days are those of scans of
              soft tissue: day and visit_end the first and the last of the visit, read_day that of the
              reading that counts; of a new lesion, the first that shows it. Records that name no visit have
              their own day

    Left out, before visits are formed, is what a bone scan found and what was read after the cut-off. A bone
    scan found what its method says (TUMETHOD, TRMETHOD), and every record of a lesion whose first method, TU
    before TR, is a bone scan: such a lesion goes to the rule for bone. A visit has no lesion where TR says so
    (TUMSTATE a word such as NONE, no TRLNKID) and names a method that is no bone scan.

    A lesion has the role of its first identification in TU, dated or not, else its group in TR. A node is
    measured by its short axis, any other lesion by its longest diameter; of several readings at one visit
    the largest counts. What TU identifies at a visit at which TR tells nothing of that lesion was PRESENT.
    Parts `T1.1` and `T1.2`, identified by TUSPLIT, are rows of T1; of a mass `T1/T2`, identified by TUMERGE,
    T1 has the diameter and T2 is MERGED.
    """
    results, identified = soft_tissue_records(domains, protocol)
    empty = results.filter(results.shows_none & results.method.notnull())
    results = results.filter(results.lesion.notnull())
    days = _days((results, identified, empty), subjects)
    read = _of_visit(results.inner_join(days, _VISIT))
    seen = identified.inner_join(days, _VISIT)
    seen = seen.group_by("subject", "lesion", "day", "visit_end").aggregate(
        group=seen.role.max(), sequence=seen.sequence.min(), first_day=seen.own.min()
    )
    unread = seen.anti_join(read, ["subject", "lesion", "day"])
    nothing, no_day = ibis.null("float64"), ibis.null("int64")
    unread = unread.mutate(
        longest=nothing,
        short=nothing,
        state=ibis.literal("PRESENT"),
        longest_day=no_day,
        short_day=no_day,
        state_day=no_day,
    )
    columns = ["subject", "lesion", "day", "visit_end", "sequence", "group", "longest", "short", "state"]
    columns += ["first_day", "longest_day", "short_day", "state_day"]
    rows = ibis.union(read.select(columns), unread.select(columns), distinct=False)
    known = _identity(identified)
    how = known.select("subject", "lesion", "how")
    rows = rows.left_join(how, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    rows = _parts(rows)
    known = known.drop("how")
    rows = rows.left_join(known, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    by_short = (rows.short.count() > 0) & (rows.longest.count() == 0)
    short_only = by_short.over(ibis.window(group_by=["subject", "lesion"]))
    rows = rows.mutate(role=ibis.coalesce(rows.role, rows.group), node=rows.node.fill_null(short_only))
    rows = rows.filter(rows.role.notnull())
    size_day = ibis.ifelse(rows.node, rows.short_day, rows.longest_day).fill_null(rows.first_day)
    counted = ibis.greatest(size_day, rows.state_day.fill_null(rows.first_day))
    found = rows.select(
        "subject",
        "day",
        "sequence",
        "lesion",
        "role",
        "node",
        organ=ibis.ifelse(rows.node, ibis.literal(_NODES), rows.location),
        diameter=ibis.ifelse(rows.node, rows.short, rows.longest),
        state=rows.state,
        read_day=ibis.ifelse(rows.role == "NEW", rows.first_day, counted),
        visit_end=rows.visit_end,
    )
    return ibis.union(found, _empty(empty.inner_join(days, _VISIT)), distinct=False)


def _empty(rows: Table) -> Table:
    """Visits at which no lesion was seen, in the columns of `recorded_lesions`."""
    one = rows.group_by("subject", "day", "visit_end").aggregate(
        sequence=rows.sequence.min(), read_day=rows.own.max()
    )
    word = ibis.null("string")
    return one.select(
        "subject",
        "day",
        "sequence",
        lesion=word,
        role=word,
        node=ibis.literal(False),
        organ=word,
        diameter=ibis.null("float64"),
        state=ibis.literal("ABSENT"),
        read_day="read_day",
        visit_end="visit_end",
    )


def soft_tissue_records(domains: Mapping[str, Table], protocol: Protocol) -> tuple[Table, Table]:
    """The results of TR and the identifications of TU, without those that are of bone scans."""
    results = _results(domains["tr"], protocol)
    identified = _identified(domains.get("tu"), results, protocol)
    columns = ["subject", "sequence", "lesion", "method"]
    told = ibis.union(
        identified.select(*columns, place=ibis.literal(0, "int64")),
        results.select(*columns, place=ibis.literal(1, "int64")),
        distinct=False,
    )
    first = first_imaging(told)
    return without_bone_scans(results, first), without_bone_scans(identified, first)


def _results(tr: Table, protocol: Protocol) -> Table:
    """Accepted results of lesions: subject, sequence, visit, date, lesion, group, test, size (mm), state.

    method, linked: whether TRLNKID names the lesion; shows_none: no lesion at all was seen.
    """
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
    lesion = _named(rows, group)
    state = _told(word, "tumour_states")
    nameless = compared(column(rows, "lesion")).isnull() & compared(column(rows, "group")).isnull()
    none = word.isin(words("not_shown")) & (state != "EQUIVOCAL").fill_null(True)
    return rows.select(
        "subject",
        "date",
        "test",
        sequence=rows.sequence.cast("int64"),
        visit=compared(column(rows, "visit")).fill_null(""),
        lesion=lesion,
        linked=compared(column(rows, "lesion")).notnull(),
        method=compared(column(rows, "imaging")),
        shows_none=(nameless & (rows.test == "TUMSTATE") & none).fill_null(False),
        group=group,
        size=ibis.ifelse(value.isnan().fill_null(True), ibis.null("float64"), value * factor),
        state=state,
    )


def _identified(tu: Table | None, results: Table, protocol: Protocol) -> Table:
    """Rows of TU: subject, sequence, visit, date, lesion, linked, method, role, how, location, node."""
    if tu is None:
        nothing = results.filter(ibis.literal(False))
        return nothing.select(
            "subject",
            "sequence",
            "date",
            "visit",
            "lesion",
            "linked",
            "method",
            role=ibis.null("string"),
            how=ibis.null("string"),
            location=ibis.null("string"),
            node=ibis.null("boolean"),
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
        linked=compared(column(rows, "lesion")).notnull(),
        method=compared(column(rows, "imaging")),
        role=role,
        how=compared(column(rows, "test_code")),
        location=location,
        node=ibis.ifelse(location.isnull(), ibis.null("boolean"), node),
    )
    return rows.filter(rows.role.notnull() & rows.lesion.notnull())


def _named(rows: Table, role: StringValue) -> StringValue:
    """The link of a lesion; without one, non-targets and new lesions are a group, and targets are null."""
    group: StringValue = role.nullif("TARGET")
    return ibis.coalesce(compared(column(rows, "lesion")), group)


def _days(records: tuple[Table, ...], subjects: Table) -> Table:
    """subject, visit, date, own (its day), day and visit_end: of the visit that a record belongs to.

    Records that name one visit belong to one, unless more than `visit_span` days lie between two of them.
    Those after the cut-off belong to none.
    """
    rows = ibis.union(*(table.select(_VISIT) for table in records), distinct=True)
    rows = rows.filter(rows.date.notnull()).inner_join(
        subjects.select("subject", "reference_date", "cutoff_day"), "subject"
    )
    rows = rows.mutate(own=days_between(rows.date, rows.reference_date))
    rows = rows.filter((rows.own <= rows.cutoff_day).fill_null(True))
    of_visit = ibis.window(group_by=["subject", "visit"], order_by="own")
    gap = rows.own - rows.own.lag().over(of_visit)
    apart = gap.isnull() | (gap > stated("recist_1_1", "lesion_records", "visit_span")) | (rows.visit == "")
    rows = rows.mutate(apart=apart.cast("int64"))
    so_far = ibis.window(group_by=["subject", "visit"], order_by="own", rows=(None, 0))
    rows = rows.mutate(run=rows.apart.sum().over(so_far))
    one = ibis.window(group_by=["subject", "visit", "run"])
    return rows.select(
        "subject",
        "visit",
        "date",
        "own",
        day=rows.own.min().over(one),
        visit_end=rows.own.max().over(one),
    )


def _of_visit(rows: Table) -> Table:
    """One row per subject, lesion and day; of several readings the largest size and the worst state.

    first_day: the first reading; longest_day, short_day and state_day: the first that shows what counts.
    """
    rank = rows.state.cases(*((word, i) for i, word in enumerate(_STATES)), else_=ibis.null("int64"))
    nothing = ibis.null("float64")
    rows = rows.mutate(
        rank=rank,
        longest=ibis.ifelse(rows.test == "LDIAM", rows["size"], nothing),
        short=ibis.ifelse(rows.test.isin(["SAXIS", "LPERP"]), rows["size"], nothing),
    )
    visit = ibis.window(group_by=["subject", "lesion", "day"])
    rows = rows.mutate(
        most_longest=rows.longest.max().over(visit),
        most_short=rows.short.max().over(visit),
        worst=rows["rank"].max().over(visit),
    )
    one = rows.group_by("subject", "lesion", "day").aggregate(
        visit_end=rows.visit_end.max(),
        sequence=rows.sequence.min(),
        group=rows.group.max(),
        longest=rows.longest.max(),
        short=rows.short.max(),
        rank=rows["rank"].max(),
        first_day=rows.own.min(),
        longest_day=rows.own.min(where=rows.longest == rows.most_longest),
        short_day=rows.own.min(where=rows.short == rows.most_short),
        state_day=rows.own.min(where=rows["rank"] == rows.worst),
    )
    worst = one["rank"].cases(*enumerate(_STATES), else_=ibis.null("string"))
    return one.mutate(state=worst)


def _identity(identified: Table) -> Table:
    """subject, lesion, role, how, location, node: the first identification of each lesion."""
    first = ibis.window(group_by=["subject", "lesion"], order_by="sequence")
    rows = identified.mutate(place=ibis.row_number().over(first))
    rows = rows.filter(rows.place == 0)
    return rows.select("subject", "lesion", "role", "how", "location", "node")


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
    return every.filter(~every.idle).drop("part", "mass", "how", "idle")


def _told(said: StringValue, name: str) -> StringValue:
    """What a recorded word stands for; null for a word that is not known."""
    return said.cases(*pairs(name).items(), else_=ibis.null("string"))
