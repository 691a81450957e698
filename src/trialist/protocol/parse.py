"""YAML text to a protocol: every problem at once, each with its line, in plain words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trialist.problems import Place, Problem, in_order
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.protocol.remainder import remainder
from trialist.protocol.term_lists import Read, nothing_read, with_term_lists
from trialist.protocol.words import Path, did_you_mean, expected, listed, path_in_file
from trialist.protocol.yaml_text import Tree, read_tree

MAX_BYTES = 5_000_000
_CUT_SHORT = frozenset({"E006", "E010", "E016"})  # the tree is not the whole text


def read_protocol(path: FilePath | str) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """The protocol in a file.

    Returns   the protocol, or None with the problems that say why not
    Problems  E002 no such file, E003 not readable, E004 not UTF-8, E006 larger than 5 MB, and those of
              `parse_protocol`
    """
    file = str(path)
    try:
        where = FilePath(path)
        if not where.exists():
            return None, (Problem("E002", "there is no such file", "check the path", Place(file)),)
        if not where.is_file():
            what = "a folder" if where.is_dir() else "no ordinary file"
            return None, (Problem("E003", f"it is {what}", "name the protocol file itself", Place(file)),)
        with where.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, (
            Problem("E003", f"it can't be read: {reason}", "check the path and its rights", Place(file)),
        )
    if len(content) > MAX_BYTES:
        return None, (_too_large(file),)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        found = Problem(
            "E004",
            f"byte {column} of this line is not UTF-8",
            "save the file as UTF-8 (in a spreadsheet or editor: 'Unicode (UTF-8)')",
            Place(file, line, column),
        )
        return None, (found,)
    return parse_protocol(text, file, _beside(where))


def _beside(protocol: FilePath) -> Read:
    """Reads the files that a protocol names, from its folder."""

    def read(name: str) -> tuple[str | None, str]:
        try:
            content = (protocol.parent / name).read_bytes()
            return (None, "it is larger than 5 MB") if len(content) > MAX_BYTES else (content.decode(), "")
        except UnicodeDecodeError:
            return None, "it is not UTF-8"
        except (OSError, ValueError) as error:
            return None, getattr(error, "strerror", None) or str(error)

    return read


def parse_protocol(
    text: str, file: str, read: Read = nothing_read
) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """The protocol that a YAML text states.

    Parameters
        text  YAML 1.2, one document
        file  the name shown in places
        read  the text of a file that the protocol names: of its lists of terms
    Returns   the protocol, or None when any problem was found; problems in order of line
    Problems  E004-E019 of the text (`yaml_text.read_tree`); E101 unknown word, E102 missing word,
              E103 unknown kind, E104 kind not named, E105 wrong sort of value, E106 not an allowed word,
              E107 number out of range, E108 unusable quantity, E109 wrong length, E247 a list of terms that
              can't be used; beside them those that
              `check_protocol` finds in the blocks that can be read
    """
    if len(text) > MAX_BYTES:
        return None, (_too_large(file),)
    tree, problems = read_tree(text, file)
    if tree is None:
        return None, problems
    try:
        plan = TrialProtocol.model_validate(tree.value, strict=True)
    except ValidationError as error:
        return None, _all_problems(tree, file, problems, error.errors(include_url=False))
    if problems:
        return None, _all_problems(tree, file, problems, [])
    places = {(): Place(file, 1, 1), **tree.keys}
    if not plan.term_lists:
        return Protocol(plan, file, fingerprint(tree.value), places), ()
    unfilled = Protocol(plan, file, "", places)
    plan, lists, problems = with_term_lists(plan, read, unfilled.place)
    if problems:
        return None, in_order((*problems, *check_protocol(unfilled)))
    return Protocol(plan, file, fingerprint([tree.value, lists]), places), ()


def _all_problems(
    tree: Tree, file: str, in_text: tuple[Problem, ...], faults: list[ErrorDetails]
) -> tuple[Problem, ...]:
    """Problems of the text and of its words, and what the rules find in the blocks without such a problem."""
    reported = {p.place.line for p in in_text if p.place}
    more = [p for e in faults if "" not in e["loc"] for p in _problems(e, tree, file)]
    if not any(p.code in _CUT_SHORT for p in in_text):
        rest = remainder(tree, file, faults, in_text)
        more += check_protocol(rest) if rest is not None else ()
    told = (*in_text, *(p for p in more if p.place is None or p.place.line not in reported))
    return in_order(told)


def fingerprint(value: Any) -> str:
    """SHA-256 of parsed content: comments and the order of words don't matter.

    The order of lists does, and that of arms and factors: allocation lists and simulations follow it.
    """
    named = value if isinstance(value, Mapping) else {}
    order = [list(part) for word in ("arms", "factors") if isinstance(part := named.get(word), Mapping)]
    canonical = json.dumps([value, order], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _too_large(file: str) -> Problem:
    return Problem(
        "E006",
        "the file is larger than 5 MB",
        "a protocol is some hundred lines; check the path",
        Place(file),
    )


def _problems(error: ErrorDetails, tree: Tree, file: str) -> Iterator[Problem]:
    """One error of the model as a Problem at the deepest place that the file has."""
    path, of_key = path_in_file(error["loc"], tree.value)
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    name = _name(path)
    here = tree.values.get(path) or _deepest(tree, path, file)
    if kind == "extra_forbidden" or of_key:
        inside = expected(path[:-1], tree.value)
        known = inside.words or _allowed(context)
        place = tree.keys.get(path, here)
        where = f" in '{_name(path[:-1])}'" if len(path) > 1 else ""
        yield Problem("E101", f"unknown word '{path[-1]}'{where}", did_you_mean(str(path[-1]), known), place)
    elif kind == "missing":
        place = _deepest(tree, path[:-1], file)
        if path and isinstance(path[-1], int):
            yield Problem("E109", f"'{_name(path[:-1])}' has too few values", "write all of them", place)
        else:
            where = f"'{_name(path[:-1])}'" if len(path) > 1 else "the protocol"
            yield Problem("E102", f"{where} has no '{path[-1]}'", f"add '{path[-1]}:'", place)
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        choice = expected(path, tree.value)
        tag = choice.tag or "kind"
        if kind == "union_tag_not_found":
            yield Problem(
                "E104",
                f"'{name}' has no '{tag}'",
                f"add '{tag}:' with one of {listed(choice.choices, 20)}",
                here,
            )
        else:
            written = given.get(tag) if isinstance(given, Mapping) else None
            remedy = (
                did_you_mean(written, choice.choices)
                if isinstance(written, str)
                else f"use one of {listed(choice.choices, 20)}"
            )
            place = tree.values.get((*path, tag), here)
            yield Problem("E103", f"'{name}': unknown {tag} {_shown(written)}", remedy, place)
    else:
        code, message, remedy = _plain_words(kind, context, given)
        yield Problem(code, f"'{name}' {message}", remedy, here)


def _plain_words(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str, str]:
    """Code, message and remedy of an error about one value."""
    shown = _shown(given)
    if kind == "literal_error":
        allowed = _allowed(context)
        if isinstance(given, str):
            return "E106", f"can't be {shown}", did_you_mean(given, allowed)
        return "E106", f"can't be {shown}", f"write one of {listed(allowed, 20)}"
    if kind in _RANGES:
        word, key = _RANGES[kind]
        return "E107", f"is {shown}", f"it must be {word} {context[key]:g}"
    if kind in ("too_short", "too_long", "string_too_long", "string_too_short"):
        least, most = context.get("min_length"), context.get("max_length")
        unit = "characters" if kind.startswith("string") else "items"
        bound = f"at most {most}" if kind.endswith("long") else f"at least {least}"
        actual = "many" if kind.endswith("long") else "few"
        return "E109", f"has too {actual} {unit}", f"it takes {bound}"
    if kind == "value_error":
        reason = str(context.get("error", "it has no usable unit"))
        what, _, hint = reason.partition(" (")
        return "E108", f"can't be used: {what}", _unit_remedy(hint.rstrip(")"), given)
    if given is None:
        return "E105", "is empty", f"write {_SORTS.get(kind, 'a value')}, or remove the word"
    is_what = _sort(given) if isinstance(given, (Mapping, tuple)) else f"{_sort(given)} ({shown})"
    return "E105", f"is {is_what}", f"write {_SORTS.get(kind, 'another sort of value')}"


def _unit_remedy(hint: str, given: Any) -> str:
    """`write '80 %'` for 0.8 where a percentage belongs; the known units where a unit is unknown."""
    example = re.fullmatch(r"write '[\d.]+ (\S+)'.*", hint)
    if example and isinstance(given, (int, float)):
        amount = given * 100 if example[1] == "%" and given <= 1 else given
        return f"write '{amount:g} {example[1]}'"
    if not hint:
        return "write a number with its unit"
    return hint if hint.startswith("write") else f"write a number with one of the units {hint}"


_RANGES = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_BLOCK = "words with values below it"
_SORTS = {
    "string_type": "text (in quotes when it looks like a number)",
    "int_type": "a whole number without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number without quotes",
    "bool_type": "true or false",
    "tuple_type": "a list: [a, b]",
    "dict_type": _BLOCK,
    "mapping_type": _BLOCK,
    "model_type": _BLOCK,
    "model_attributes_type": _BLOCK,
    "dataclass_type": "text: a dose with its unit, such as 25 mg/m2",
    "dataclass_exact_type": "text: a dose with its unit, such as 25 mg/m2",
}


def _deepest(tree: Tree, path: Path, file: str) -> Place:
    for end in range(len(path), 0, -1):
        found = tree.keys.get(path[:end])
        if found is not None:
            return found
    return Place(file, 1, 1)


def _name(path: Path) -> str:
    return ".".join(str(step) for step in path) or "the protocol"


def _allowed(context: Mapping[str, Any]) -> tuple[str, ...]:
    """The words of a literal error, whose text is `'a', 'b' or 'c'`."""
    text = str(context.get("expected", "")).replace(" or ", ", ")
    return tuple(word.strip().strip("'") for word in text.split(", ") if word.strip())


def _sort(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, (tuple, list)) else "a block of words"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:36]}...'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "a list" if isinstance(value, (tuple, list)) else "a block"
