"""Adjusted p values beside R."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import reference_cases as shared

from trialist.kernels.multiplicity import adjusted

FILES = ("multiplicity",)
TITLES = {"adjusted_p_values": "Bonferroni, Holm, Hochberg, Hommel, Benjamini-Hochberg and -Yekutieli"}
FUNCTIONS = {"adjusted_p_values": "p.adjust"}


def _adjusted(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    r = expect["adjusted_p_value"]
    ours = adjusted(options["p"], options["procedure"]).tolist()
    for one, other in zip(r if isinstance(r, list) else [r], ours, strict=True):
        yield "adjusted p_value", one, other


COMPARE = {"adjusted_p_values": _adjusted}
