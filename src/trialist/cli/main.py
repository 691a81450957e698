"""`trialist`: the commands, found by name and imported only when they are called."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from trialist.cli import EXIT_DONE, EXIT_FAILED, EXIT_PROBLEMS
from trialist.problems import Problem

EPILOG = """Every command takes --json. TRIAL is a shipped trial (trialist run --list) or a folder with
protocol.yaml. Exit: 0 done, 1 problems found in what was checked, 2 bad input or usage, 3 a step failed."""


class Listed(NamedTuple):
    section: str
    module: str
    summary: str


COMMANDS = {
    "check": Listed("plan", "check", "what is wrong in a protocol, line by line, with the remedy"),
    "power": Listed("plan", "power", "what a design's numbers imply about each other, stated or on the spot"),
    "draw": Listed("plan", "draw", "schedule of activities, allocation and arms as pictures"),
    "simulate": Listed("plan", "simulate", "records that follow the protocol, from a seed"),
    "operate": Listed("plan", "operating", "how the planned analysis performs over many simulated trials"),
    "diff": Listed("plan", "diff", "which results move between two versions of a protocol"),
    "schema": Listed("plan", "schema", "JSON Schema of the protocol file, for editors"),
    "run": Listed("run", "run", "check, take or simulate records, derive, analyse, report"),
    "import": Listed("run", "import_", "CSV, XPT, Parquet, Dataset-JSON or any spreadsheet into records"),
    "derive": Listed("run", "derive", "endpoints of every subject, in ADaM shape"),
    "analyse": Listed("run", "analyse", "every planned result as findings, or the columns of any file"),
    "report": Listed("run", "report", "one self-contained HTML page"),
    "demo": Listed("run", "demo", "the main job on three shipped trials"),
    "pool": Listed("weigh", "pool", "meta-analysis of the store's trials or of a table's"),
    "match": Listed("weigh", "match", "own patients against another trial's result (MAIC, STC)"),
    "evidence": Listed("weigh", "evidence", "what is published: trials, findings, statements"),
    "guide": Listed("weigh", "guide", "a treatment in a condition: a guide made by rule from the store"),
    "audit": Listed("weigh", "audit", "a document's claims against arithmetic and the store"),
    "ask": Listed("weigh", "ask", "a question answered from the store, for patient, clinician or researcher"),
    "explain": Listed("weigh", "explain", "what a problem code means, or where a finding comes from"),
}


class Commands(click.Group):
    """A group whose commands live in `trialist.cli.<module>` and are imported when used.

    Where --json is asked for, a mistake in the command line itself is answered in JSON as well.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        as_json = standalone_mode and "--json" in words
        try:
            done = super().main(words, prog_name, complete_var, standalone_mode and not as_json, **extra)
        except click.UsageError as error:
            if not as_json:
                raise
            from trialist.cli.output import refuse

            refuse([usage_problem(error)], as_json=True)
        except click.Abort:
            if not as_json:
                raise
            sys.exit(EXIT_PROBLEMS)
        if as_json:
            sys.exit(done if isinstance(done, int) else EXIT_DONE)
        return done

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"trialist.cli.{COMMANDS[name].module}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in ("plan", "run", "weigh"):
            with formatter.section(section.capitalize()):
                formatter.write_dl(
                    [(name, listed.summary) for name, listed in COMMANDS.items() if listed.section == section]
                )


def usage_problem(error: click.UsageError) -> Problem:
    """What is wrong in the command line, and where its help is."""
    command = error.ctx.command_path if error.ctx else "trialist"
    return Problem("E075", error.format_message(), f"see {command} --help")


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="trialist", prog_name="trialist")
def app() -> None:
    """Plan, run and weigh oncology trials from one protocol file."""


def main() -> None:
    """The console entry. A failure that is our bug ends with exit code 3 and a file that describes it."""
    gc.set_threshold(100_000, 50, 50)  # expressions are many small objects that live long
    try:
        app.main(prog_name="trialist", standalone_mode=True)
    except (KeyboardInterrupt, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:  # noqa: BLE001  the last line of defence: nothing below may swallow a bug
        import tempfile
        import traceback

        with tempfile.NamedTemporaryFile("w", prefix="trialist-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
        click.echo(
            f"trialist could not finish: {type(error).__name__}: {error}\n"
            f"This is a fault of trialist, not of your input. Details: {file.name}",
            err=True,
        )
        sys.exit(EXIT_FAILED)
