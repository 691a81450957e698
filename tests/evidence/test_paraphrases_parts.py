"""Passages on counts, shares, wholes and parts, true and with one slip, as different authors write them.

`written`: the round that a passage belongs to. Of each round a third was held back until the readers were
mended on the others; at first sight the three rounds had 0.09, 0.45 and 0.33 of their slips told.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from audited import verdicts

ENTRIES = yaml.safe_load((Path(__file__).parent / "paraphrases" / "parts.yaml").read_text(encoding="utf-8"))
PAIRS = [entry for entry in ENTRIES if "false" in entry]
DECOYS = [entry["decoy"] for entry in ENTRIES if "decoy" in entry]
RECALL = 0.95


@cache
def told(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((verdict.rule, verdict.message) for verdict in verdicts(text))


def test_a_slip_in_a_count_a_share_or_a_part_is_told() -> None:
    missed = [pair["false"] for pair in PAIRS if told(pair["false"]) == told(pair["true"])]
    assert 1 - len(missed) / len(PAIRS) >= RECALL, "\n".join(missed)


def test_the_same_passage_without_the_slip_is_not() -> None:
    assert [pair["true"] for pair in PAIRS if told(pair["true"])] == []


def test_what_looks_wrong_and_is_not_stays_silent() -> None:
    assert [decoy for decoy in DECOYS if told(decoy)] == []
