"""`trialist demo`: the main job on three shipped trials."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.output import json_option, print_json


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder."
)
@json_option
def command(out: Path, as_json: bool) -> None:
    """Run three shipped trials: one simulated, two from reconstructed records; says where the reports are."""
    from trialist.cli.pipeline import Settings
    from trialist.cli.run import run_trial, show
    from trialist.trials import DEMONSTRATION

    reports = []
    for trial in DEMONSTRATION:
        if not as_json:
            click.echo(f"Running {trial} ...", err=True)
        job, result = run_trial(Settings(trial, None, None, 1, out / trial, as_json))
        reports.append(job.out / "report.html")
        if not as_json:
            show(job, result, notes=False, report=False)
    if as_json:
        print_json({"reports": [str(path) for path in reports]})
        return
    click.echo("\nOpen in a browser:")
    for path in reports:
        click.echo(f"  {path}")
