"""The trials that ship with the package: one folder each, with `protocol.yaml` and what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

DEMONSTRATION = ("card", "tropic", "prevail")
"""Run by `trialist demo`: one simulated, one reconstructed from curves, one from reconstructed times."""


class Shipped(Mapping[str, Path]):
    """Trial id -> its folder. `-` and `_` mean the same in an id, and so do capitals and small letters."""

    def __init__(self, folder: Path) -> None:
        found = sorted(path.parent for path in folder.glob("*/protocol.yaml"))
        self._folders = {path.name.replace("_", "-"): path for path in found}

    def __getitem__(self, trial: str) -> Path:
        return self._folders[trial.lower().replace("_", "-")]

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)


def shipped() -> Mapping[str, Path]:
    """The shipped trials, by id in alphabetical order."""
    return Shipped(Path(__file__).parent)
