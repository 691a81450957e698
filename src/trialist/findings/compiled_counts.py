"""Distinct subjects by worst grade in one pass over many events: the counts that the queries give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trialist.records.streamed import batches, plain_text, text_buffers

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table
    from numpy.typing import NDArray


def worst_grades(
    rows: Table, arms: Sequence[str], groupings: Sequence[Sequence[str]]
) -> Iterator[list[dict[str, Any]]]:
    """Of each grouping the rows arm, its columns, worst (grade, null: not graded) and n (subjects).

    Parameters
        rows       events: subject (never null), arm (one of `arms`), grade from 0, and the columns grouped by
        groupings  columns by which subjects are counted; none: all events together
    """
    from trialist.kernels.distinct_worst import distinct_worst

    texts = list(dict.fromkeys(column for keys in groupings for column in keys))
    subject, arm, grade, coded = _columns(rows, arms, texts)
    for keys in groupings:
        group, labels = _groups(len(subject), [(key, *coded[key]) for key in keys])
        counts = distinct_worst(subject, arm, group, grade, len(arms), len(labels))
        yield [
            {**labels[g], "arm": arms[a], "worst": None if w == 0 else int(w) - 1, "n": int(counts[g, a, w])}
            for g, a, w in zip(*np.nonzero(counts), strict=True)
        ]


def _columns(
    rows: Table, arms: Sequence[str], texts: Sequence[str]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], dict[str, tuple[NDArray[Any], list[str | None]]]]:
    """Subjects, arms and grades as numbers, and of each text column its codes and what they stand for."""
    from trialist.kernels.names import Names

    read = rows.select(
        "subject",
        *texts,
        arm=rows.arm.cases(*((arm, place) for place, arm in enumerate(arms))).cast("int32"),
        grade=rows.grade.fill_null(-1).cast("int64"),
    )
    names = Names()
    known: dict[str, dict[str | None, int]] = {name: {} for name in texts}
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in read.columns}
    for batch in batches(read):
        parts["subject"].append(names.add(*text_buffers(batch["subject"])))
        for name in ("arm", "grade"):
            parts[name].append(batch[name].to_numpy())
        for name in texts:
            parts[name].append(_coded(batch[name], known[name]))
    made = {name: np.concatenate(part) if part else np.zeros(0, np.int64) for name, part in parts.items()}
    owner = made["subject"].astype(np.int64) * len(arms) + made["arm"]
    if (owner[1:] < owner[:-1]).any():
        order = np.argsort(owner, kind="stable")
        owner, made = owner[order], {name: column[order] for name, column in made.items()}
    return owner, made["arm"], made["grade"], {name: (made[name], list(known[name])) for name in texts}


def _coded(column: pa.Array, known: dict[str | None, int]) -> NDArray[np.int32]:
    """The number of each text of a column; texts not met before are added to `known`."""
    encoded = plain_text(column).dictionary_encode(null_encoding="encode")
    numbers = [known.setdefault(text, len(known)) for text in encoded.dictionary.to_pylist()]
    codes: NDArray[np.int32] = np.array(numbers, np.int32)[encoded.indices.to_numpy()]
    return codes


def _groups(
    n: int, columns: Sequence[tuple[str, NDArray[Any], list[Any]]]
) -> tuple[NDArray[Any], list[dict[str, Any]]]:
    """The group of each row, and what the columns hold in each group that occurs."""
    group = np.zeros(n, np.int64)
    size = 1
    for _, codes, texts in columns:
        group, size = group * len(texts) + codes, size * len(texts)
    occurs = np.zeros(size, bool)
    occurs[group] = True
    place = np.cumsum(occurs) - 1
    labels = []
    for number in np.flatnonzero(occurs).tolist():
        label: dict[str, Any] = {}
        for name, _, texts in reversed(columns):
            number, at = divmod(number, len(texts))
            label[name] = texts[at]
        labels.append(label)
    return place[group], labels
