"""The options and arguments that commands share; an empty text is no name of anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Folder(click.Path):
    """A path that is handed on as a `Path`; `''` is refused, for `Path('')` is the working directory."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value):
            self.fail("an empty text names no folder.", param, ctx)
        return super().convert(value, param, ctx)


class Name(click.ParamType[str]):
    """A text with something in it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text.strip():
            self.fail("an empty text names nothing.", param, ctx)
        return text


FOLDER = Folder()
NAME = Name()

trial_argument = click.argument("trial", metavar="TRIAL", type=NAME)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Findings or problems as JSON on standard output."
)
adam_format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["parquet", "xpt", "dataset-json"]),
    default="parquet",
    show_default=True,
    help="File format of the ADaM data sets; Parquet is written in any case.",
)
