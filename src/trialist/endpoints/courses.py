"""Rows of each subject in the order of their days, as arrays for the loops of `kernels`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from trialist.kernels.days import NEVER
from trialist.records.streamed import batches, columns, plain_text, text_buffers

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, StringValue, Table
    from numpy.typing import NDArray

    from trialist.kernels.days import Days
    from trialist.kernels.names import Names


@dataclass(frozen=True)
class People:
    """The subjects, and until when they are read.

    names    of the subjects, in the order of their numbers
    numbers  name -> number
    cutoff   last day on study, shape (n,), NEVER where there is none
    therapy  first day of a new therapy up to the cut-off, NEVER where there is none
    """

    names: pa.ChunkedArray
    numbers: Names
    cutoff: Days
    therapy: Days


def people(subjects: Table, therapies: Table) -> People:
    """Everybody of `subjects` (subject, cutoff_day), with the first of their `therapies` (subject, day).

    Each subject has one row and a name.
    """
    from trialist.kernels.names import Names

    numbers = Names()
    names, cutoff = [], []
    for batch in batches(
        subjects.select("subject", subjects.cutoff_day.fill_null(int(NEVER)).name("cutoff"))
    ):
        numbers.add_new(*text_buffers(batch["subject"]))
        names.append(plain_text(batch["subject"]))
        cutoff.append(batch["cutoff"].to_numpy())
    until = np.concatenate(cutoff) if cutoff else np.zeros(0, np.int64)
    therapy = np.full(len(until), NEVER)
    known = therapies.filter(therapies.subject.notnull() & therapies.day.notnull())
    started = columns(known.select("subject", "day"), numbers)
    on_study = started["day"] <= until[started["subject"]]
    np.minimum.at(therapy, started["subject"][on_study], started["day"][on_study])
    return People(pa.chunked_array(names, None if names else pa.string()), numbers, until, therapy)


def courses(rows: Table, of: People) -> tuple[Days, dict[str, NDArray[Any]]]:
    """Where the rows of each subject start, shape (n + 1,), and the columns of the rows, by subject and day.

    rows  subject, day and numbers, none of these null; rows that come in order are not sorted again
    """
    from trialist.kernels.order import in_order

    found = columns(rows.filter(rows.subject.notnull()), of.numbers)
    owner = found.pop("subject")
    if not in_order(owner, found["day"]):
        order = np.lexsort((found["day"], owner))
        owner, found = owner[order], {name: column[order] for name, column in found.items()}
    starts = np.zeros(len(of.cutoff) + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=len(of.cutoff)), out=starts[1:])
    return starts, found


def word(codes: IntegerValue, of: tuple[str, ...]) -> StringValue:
    """The word of each place in `of`."""
    return codes.cases(*enumerate(of))


def amounts(values: NDArray[np.float64]) -> pa.Array:
    """A column of amounts; NaN is null."""
    return pa.array(values, pa.float64(), from_pandas=True)


def days(values: Days) -> pa.Array:
    """A column of days; NEVER is null."""
    return pa.array(values, pa.int64(), mask=values == NEVER)
