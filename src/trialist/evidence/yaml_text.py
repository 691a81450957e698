"""YAML files that are read with the line of each word: parsed once, by libyaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from trialist.problems import Place, Problem


def read_yaml(path: Path, code: str, what: str) -> tuple[Any, Any] | Problem:
    """(nodes, which know their lines; values), or the problem of that code that says why there are none.

    `what` is what can't be read, as the message names it.
    """
    try:
        return _composed(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "strerror", None)
        if why is None:
            why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        return Problem(
            code,
            f"{what} can't be read: {why}",
            "give a UTF-8 YAML file",
            Place(str(path), mark.line + 1 if mark else None, mark.column + 1 if mark else None),
        )


def lines_under(node: Any, prefix: str = "") -> Iterator[tuple[str, int]]:
    """(key, line) of each key of a mapping; nothing for a node of another kind."""
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            yield f"{prefix}{key.value}", key.start_mark.line + 1


def value_under(node: Any, word: str) -> Any:
    """The node under a key of a mapping, or None."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == word:
                return value
    return None


def _faults(node: Any) -> Iterator[tuple[str, Any]]:
    """What YAML takes without a word: a key twice (the last counts), an alias (which may hold itself)."""
    waiting, been = [node], set[int]()
    while waiting:
        at = waiting.pop()
        if id(at) in been:
            yield "a part with an anchor (&name) is used again; write it out", at.start_mark
            continue
        if isinstance(at, yaml.MappingNode):
            been.add(id(at))
            seen: set[str] = set()
            for key, value in at.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        yield f"'{key.value}' is given twice in one place", key.start_mark
                    seen.add(key.value)
                waiting.append(value)
        elif isinstance(at, yaml.SequenceNode):
            been.add(id(at))
            waiting += at.value


def _composed(text: str) -> tuple[Any, Any]:
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, None
        for told, mark in _faults(root):
            raise yaml.constructor.ConstructorError(None, None, told, mark)
        return root, loader.construct_document(root)
    finally:
        loader.dispose()
