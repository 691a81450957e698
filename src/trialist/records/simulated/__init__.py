"""Records of a trial that has not run: from the protocol's simulation plan and a seed."""

from __future__ import annotations

from trialist.records.simulated.simulate import simulate

__all__ = ["simulate"]
