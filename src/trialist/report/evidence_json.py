"""Parts of the store as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from trialist.evidence.model import Statement, TrialCard


def trial_json(card: TrialCard) -> dict[str, Any]:
    """A card with its arms; words without a value are left out."""
    plain = asdict(card)
    plain["arms"] = {name: _known(arm) for name, arm in plain["arms"].items()}
    plain.pop("file")
    return _known(plain)


def statement_json(statement: Statement) -> dict[str, Any]:
    return _known(asdict(statement))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if value not in (None, (), {}, [])}
    if "give" in kept:
        kept["give"] = [_known(each) for each in kept["give"]]
    return kept
