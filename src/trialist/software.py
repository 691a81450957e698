"""Which software made a number: its version, and the fingerprint of the code and rules that ran."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path


@cache
def software() -> str:
    """`trialist 0.1.0, code 1f0a5c2e9b34`: the code is a SHA-256 over the modules and criteria files.

    Trials, templates and problem pages are left out: they decide no number, or have a fingerprint themselves.
    """
    home = Path(str(files("trialist")))
    every = {path.relative_to(home) for kind in ("*.py", "*.yaml") for path in home.rglob(kind)}
    whole = hashlib.sha256()
    for path in sorted(path for path in every if path.parts[0] != "trials"):
        whole.update(f"\n{path.as_posix()}\n".encode())
        whole.update((home / path).read_bytes())
    return f"trialist {version('trialist')}, code {whole.hexdigest()[:12]}"
