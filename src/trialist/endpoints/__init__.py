"""What records mean: derivations by name, and `derive`, which runs those a protocol asks for."""

from __future__ import annotations

from trialist.endpoints.derivation import ENDPOINTS, definition, derive, derive_estimands

__all__ = ["ENDPOINTS", "definition", "derive", "derive_estimands"]
