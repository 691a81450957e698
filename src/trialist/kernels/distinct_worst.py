"""Distinct subjects by group and worst grade, from events in the order of their subjects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled

Integers = NDArray[np.int64]


def distinct_worst(
    subject: NDArray[Any],
    arm: NDArray[Any],
    group: NDArray[Any],
    grade: NDArray[Any],
    arms: int,
    groups: int,
) -> Integers:
    """Subjects by group, arm and worst grade in the group, shape (groups, arms, highest grade + 2).

    subject  number of each event's subject (in its arm), those of one together; arm, group: from 0
    grade    from 0; -1 where an event has none, which counts as worst only where no other event has one
             and is column 0; grade g is column g + 1
    """
    if grade.min(initial=0) < -1:
        raise ValueError(f"a grade of {grade.min()}")
    counts = np.zeros((groups, arms, int(grade.max(initial=-1)) + 2), np.int64)
    _count(subject, arm, group, grade, counts)
    return counts


@compiled
def _count(
    subject: NDArray[Any], arm: NDArray[Any], group: NDArray[Any], grade: NDArray[Any], counts: Integers
) -> None:
    worst = np.full(counts.shape[0], -2, np.int64)
    touched = np.empty(counts.shape[0], np.int64)
    n = 0
    for row in range(subject.size):
        if worst[group[row]] == -2:
            touched[n] = group[row]
            n += 1
        worst[group[row]] = max(worst[group[row]], grade[row])
        if row + 1 == subject.size or subject[row + 1] != subject[row]:
            for k in range(n):
                counts[touched[k], arm[row], worst[touched[k]] + 1] += 1
                worst[touched[k]] = -2
            n = 0
