"""`trialist demo`: the main job on three shipped trials."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from trialist.cli.options import FOLDER, json_option
from trialist.cli.output import print_json
from trialist.findings.model import Finding

SHOWN = ("hazard_ratio", "median_time")


@click.command("demo")
@click.option("--out", type=FOLDER, default=Path("out"), show_default=True, help="Folder.")
@json_option
def command(out: Path, as_json: bool) -> None:
    """Run three shipped trials: one simulated, two from reconstructed records; says where the reports are."""
    from trialist.cli.pipeline import Settings
    from trialist.cli.run import run_trial
    from trialist.report.text import side_by_side_text
    from trialist.trials import DEMONSTRATION

    reports = []
    for trial in DEMONSTRATION:
        job, result = run_trial(Settings(trial, None, None, None, out / trial, as_json))
        reports.append(job.out / "report.html")
        if as_json:
            continue
        plan = job.trial.protocol.plan
        origin = job.records.origin + (f": {job.records.note}" if job.records.note else "")
        click.echo(f"\n{plan.trial}: {plan.title}\nRecords are {origin}\n")
        here = _survival(result.findings)
        known = {finding.endpoint for finding in here}
        published = [f for f in _survival(job.published) if f.endpoint in known]
        width = min(shutil.get_terminal_size((110, 24)).columns, 140)
        click.echo(side_by_side_text(job.trial.protocol, published, here, width=width))
    if as_json:
        print_json({"reports": [str(path) for path in reports]})
        return
    click.echo("\nThe reports, with every endpoint, figure and method:")
    for path in reports:
        click.echo(f"  {path}")


def _survival(findings: tuple[Finding, ...]) -> list[Finding]:
    """Hazard ratios and medians in whole populations: what fits a terminal."""
    return [f for f in findings if f.measure in SHOWN and f.subgroup is None]
