"""A bar that says how far a simulation is, what it finds and how exactly; on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trialist.design.replicates import Running


@contextmanager
def replicate_bar(what: str, replicates: int) -> Iterator[Callable[[Running], None] | None]:
    """What to hand to `run_batches` as `progress`; None where nobody watches standard error."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[found]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=replicates, found="")

        def told(running: Running) -> None:
            found = ""
            if running.estimate is not None and running.error is not None:
                found = f"power {running.estimate:.4f}, Monte Carlo error {running.error:.4f}"
            progress.update(task, completed=running.done, found=found)

        yield told
