"""Blocks of a document: what stands under one heading, or behind a part that names a trial."""

from __future__ import annotations

from bisect import bisect_right

from trialist.evidence.audit.known.sight import Sight


def block_of(sight: Sight, at: int) -> int:
    """Where the block of an offset begins: its heading, or the last part before it that names a trial."""
    starts = sight.blocks()
    return starts[max(bisect_right(starts, at) - 1, 0)] if starts else 0


def headed(sight: Sight, block: int) -> bool:
    """Whether the part that a block begins with names a trial."""
    part = sight.reading.document.part_of(block)
    return part is not None and bool(sight.trials(part.start, part.end))
