"""What must be told of lesions: records that were not used, and targets ill chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.lesions import soft_tissue_records
from trialist.problems import Problem
from trialist.protocol.model import Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table


def unlinked(domains: Mapping[str, Table], protocol: Protocol) -> tuple[Problem, ...]:
    """W386: sizes of targets that no link tells apart; they are not used."""
    rows, _ = soft_tissue_records(domains, protocol)
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
    rows, identified = soft_tissue_records(domains, protocol)
    known = identified.select("subject", "lesion").distinct()
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


def without_method(domains: Mapping[str, Table], protocol: Protocol) -> tuple[Problem, ...]:
    """N334: records that no lesion was seen, of which nobody knows what was scanned; they are not used."""
    rows, _ = soft_tissue_records(domains, protocol)
    return _told_of(
        rows.filter(rows.shows_none & rows.method.isnull()),
        "N334",
        "{n} records of TR say that no lesion was seen but name no method and were not used ({example})",
        "fill TRMETHOD, so that it is known whether soft tissue or bone was scanned",
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
