"""JSON Schema of the protocol file, for completion and checks in an editor.

Quantities are strings there (`21 d`, `50 %`), as they are in the file.
"""

from __future__ import annotations

import json
from typing import Any

from trialist.protocol.model import TrialProtocol


def json_schema() -> dict[str, Any]:
    """The schema by draft 2020-12; a block of the file is one definition in `$defs`."""
    schema = TrialProtocol.model_json_schema(by_alias=True)
    schema.pop("description", None)
    _defaults_as_written(schema)
    schema = _short_names(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trialist protocol",
        "description": "What was planned in one trial, as `trialist check` reads it.",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _short_names(schema: dict[str, Any]) -> dict[str, Any]:
    """Two parts of one name in two modules: `PairedT_analyses` and not the modules' full path."""
    text = json.dumps(schema)
    for name in schema["$defs"]:
        if "__" in name:
            *_, module, part = name.split("__")
            text = text.replace(f'"{name}"', f'"{part}_{module}"').replace(f'/{name}"', f'/{part}_{module}"')
    short: dict[str, Any] = json.loads(text)
    return short


def _defaults_as_written(part: Any) -> None:
    """A quantity's default with its unit: `14 d` and not 14."""
    if isinstance(part, list):
        for item in part:
            _defaults_as_written(item)
    if not isinstance(part, dict):
        return
    default, examples = part.get("default"), part.get("examples")
    if part.get("type") == "string" and isinstance(default, (int, float)) and examples:
        unit = str(examples[0]).split()[-1]
        part["default"] = f"{default * 100 if unit == '%' else default:g} {unit}"
    for value in part.values():
        _defaults_as_written(value)
