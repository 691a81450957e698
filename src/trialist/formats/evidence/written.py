"""A draft as the text of a curated file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from trialist.formats.evidence.draft import Draft, slug

_WIDTH = 110


def file_names(drafts: Iterable[Draft]) -> list[str]:
    """A name of its own for the file of each draft: trials whose names differ in signs alone are numbered."""
    names: dict[str, None] = {}
    for draft in drafts:
        stem, place = slug(draft.trial), 1
        while (name := f"{stem}_{place}.yaml" if place > 1 else f"{stem}.yaml") in names:
            place += 1
        names[name] = None
    return list(names)


def curated_text(draft: Draft) -> str:
    """The YAML of one trial: a finding in braces, on lines that break between its words."""
    lines = [
        f"# Made by trialist evidence import from {draft.made_from}; look it through before relying on it."
    ]
    lines.append(f"trial: {_plain(draft.trial)}")
    if draft.about is not None:
        lines.append("about:")
        for word, value in draft.about.items():
            if word == "arms":
                lines.append("  arms:")
                lines += [f"    {_plain(name)}: {_flow(arm, 6)}" for name, arm in value.items()]
            else:
                lines.append(f"  {word}: {_plain(value)}")
    lines.append("sources:")
    lines += [f"  {_plain(name)}: {_flow(source, 4)}" for name, source in draft.sources.items()]
    lines.append("findings:")
    lines += [f"  - {_flow(finding, 4)}" for finding in draft.findings]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    return text.strip().removesuffix("...").strip()


def _flow(item: dict[str, Any], indent: int) -> str:
    lines, line = [], "{"
    for key, value in item.items():
        part = _plain({key: value}).removeprefix("{").removesuffix("}") + ", "
        if len(line) + len(part) + indent > _WIDTH and len(line) > 1:
            lines.append(line.rstrip())
            line = " " * (indent + 1)
        line += part
    return "\n".join([*lines, line.removesuffix(", ") + "}"])
