"""Write docs/reference/protocol.md from the schema of the protocol file.

Run it after a change of the protocol's words: python docs/make_protocol_reference.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trialist.protocol.schema import json_schema

PAGE = Path(__file__).parent / "reference" / "protocol.md"
INTRODUCTION = """# The protocol file

One YAML file says what was planned; the design, the schedule, the endpoints, the analyses and their checks
all follow from it. `trialist check` lists what is wrong in it, line by line. `trialist schema` prints the
JSON Schema from which this page is made; with it an editor completes words and underlines mistakes.

- Quantities carry their unit, as text: `21 d`, `3 wk`, `1 h`, `30 min`, `50 %`, `25 mg/m2`, `10 mL`.
- `true` and `false` are the two truth values; `yes`, `no` and `on` are text.
- Conditions (`where`, `when`, `require`, `exclude`) are SQL: `age >= 18 and prior = 'short'`. Allowed are
  and, or, not, comparisons, in, between, is null, + - * /, abs, coalesce, greatest, least, lower, round,
  upper. A missing value is unknown, not false.
- Day 0 is the reference date.
- Each word stands once in a block; anchors, aliases, tags and tabs are refused.

**bold** words are required.
"""


def page() -> str:
    """The whole page."""
    schema = json_schema()
    parts = [INTRODUCTION, *_block("The whole file", schema, None)]
    for name, definition in schema["$defs"].items():
        if "properties" in definition:
            parts += _block(name, definition, definition.get("description"))
    return "\n".join(parts).rstrip() + "\n"


def _block(name: str, definition: dict[str, Any], description: str | None) -> Iterator[str]:
    yield f"## {name}\n"
    if description:
        yield " ".join(description.split()) + "\n"
    yield "| word | takes | when left out | meaning |\n| --- | --- | --- | --- |"
    required = set(definition.get("required", ()))
    for word, entry in definition["properties"].items():
        shown = f"**`{word}`**" if word in required else f"`{word}`"
        default = "" if word in required else _default(entry)
        yield f"| {shown} | {_takes(entry)} | {default} | {_plain(_meaning(entry))} |"
    yield ""


def _takes(entry: dict[str, Any]) -> str:
    if "$ref" in entry:
        name = entry["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return ", ".join(f"`{word}`" for word in entry["enum"])
    for several in ("anyOf", "oneOf"):
        if several in entry:
            return " or ".join(_takes(one) for one in entry[several] if one.get("type") != "null")
    return _simple(entry)


def _simple(entry: dict[str, Any]) -> str:
    match entry.get("type"):
        case "string" if "examples" in entry:
            return f"{entry.get('description', 'a quantity')}, such as `{entry['examples'][0]}`"
        case "string":
            return "text"
        case "integer":
            return "a whole number" + _bounds(entry)
        case "number":
            return "a number" + _bounds(entry)
        case "boolean":
            return "`true` or `false`"
        case "array" if "prefixItems" in entry:
            return "[" + ", ".join(_takes(one) for one in entry["prefixItems"]) + "]"
        case "array":
            return f"a list of: {_takes(entry['items'])}"
        case "object":
            return f"name: {_takes(entry['additionalProperties'])}"
    return "any value"


def _bounds(entry: dict[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    said = [f"{word} {entry[key]:g}" for key, word in words.items() if key in entry]
    return " " + ", ".join(said) if said else ""


def _default(entry: dict[str, Any]) -> str:
    default = entry.get("default")
    if default is None:
        return ""
    return (
        "empty"
        if default in ([], {})
        else f"`{str(default).lower() if default in (True, False) else default}`"
    )


def _meaning(entry: dict[str, Any]) -> str:
    return "" if "examples" in entry else str(entry.get("description", ""))


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
