"""The engines that derivations and counts run on."""

from __future__ import annotations

from typing import Any


def compile_briefly() -> None:
    """Let Ibis turn an expression into SQL without work that the engine does faster, or that nobody needs.

    It writes each step as a query of its own: fusing neighbouring steps was a sixth of a run on one trial's
    records, and the engines fuse them as well. It names the sides of a join in place: it would do so in a
    copy of the whole query beneath, at every level again. The rows are the same. Both hold for all of Ibis in
    this process.
    """
    import ibis
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

    ibis.options.sql.fuse_selects = False
    SQLGlotCompiler.visit_JoinReference = _named_in_place


def _named_in_place(compiler: Any, op: Any, *, parent: Any, identifier: Any) -> Any:
    """The query beneath a side of a join, without the name that it had there."""
    from sqlglot.expressions import Subquery

    return parent.this if isinstance(parent, Subquery) else parent
