"""YAML text to plain values with the place of every part, by the core schema of YAML 1.2.

Only `null`, `true`, `false` and numbers are read as such: `no`, `on` and dates stay text, and so does the
word `null` before a colon, which names the null hypothesis. Refused, each with its line: keys twice,
keys that are no text, anchors and aliases, tags, tabs, a second document.
The parser's events are read one by one, so depth and size are bounded and nothing is expanded.

Source: YAML 1.2.2, section 10.3 (core schema), https://yaml.org/spec/1.2.2/
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from trialist.problems import Place, Problem

Path = tuple[str | int, ...]

MAX_DEPTH = 40
MAX_PARTS = 200_000
MAX_DIGITS = 15
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {w: value for value in (True, False) for w in (f"{value}".lower(), f"{value}", f"{value}".upper())}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Tree:
    """What a text holds: plain values (lists are tuples), the place of each key or item and of each value."""

    value: Any
    keys: dict[Path, Place]
    values: dict[Path, Place]


@dataclass
class _Open:
    """A mapping or list that is being read."""

    path: Path
    items: Any
    key: str | int | None = None
    first: dict[str, Place] = field(default_factory=dict)


class Lines:
    """Offsets to lines and columns, with lines as editors count them."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        last = len(self.starts) > 1 and self.starts[-1] == len(text)
        self.count = len(self.starts) - (1 if last else 0)

    def at(self, offset: int) -> Place:
        line = min(bisect.bisect_right(self.starts, max(offset, 0)), self.count)
        return Place(self.file, line, max(offset - self.starts[line - 1], 0) + 1)


def read_tree(text: str, file: str) -> tuple[Tree | None, tuple[Problem, ...]]:
    """Parse a text of one YAML document whose top is a mapping.

    Returns   the tree, or None when it ends early or is no mapping; every problem found
    Problems  E004 not Unicode, E005 nothing in it, E006 too deep or too large, E010 no YAML, E011 tabs,
              E012 key twice, E013 anchor or alias, E014 key not text, E015 tag, E016 second document,
              E017 unprintable characters, E018 top is no mapping, E019 number out of range
    """
    text = text.removeprefix("\ufeff")
    lines = Lines(text, file)
    found = tuple(_characters(text, lines))
    if found:
        return None, found
    reader = _Reader(lines)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not reader.take(event):
                break
    except yaml.YAMLError as error:
        reader.problems.extend(_syntax(error, text, lines))
    tree, problems = reader.result()
    return tree, tuple(problems)


class _Reader:
    """Builds the tree from events with a stack of its own; problems are gathered, not raised."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.documents = 0
        self.parts = 0
        self.skipped = 0  # depth inside a part that is not read (a key that is no text, its value)
        self.root: Any = None
        self.broken = False

    def problem(self, code: str, message: str, remedy: str, place: Place) -> None:
        self.problems.append(Problem(code, message, remedy, place))

    def take(self, event: Any) -> bool:
        """Read one event; False when reading must end."""
        place = self.lines.at(event.start_mark.index)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.problem("E016", "a second document begins here", "keep one protocol per file", place)
                return False
            return True
        if not isinstance(event, (yaml.NodeEvent, yaml.CollectionEndEvent)):
            return True
        self.parts += 1
        if self.parts > MAX_PARTS or len(self.stack) + self.skipped >= MAX_DEPTH:
            what = (
                "has too many parts"
                if self.parts > MAX_PARTS
                else f"is nested deeper than {MAX_DEPTH} levels"
            )
            self.problem("E006", f"the file {what}", "a protocol needs neither; check what wrote it", place)
            self.broken = True
            return False
        if self.skipped:
            self._skip(event)
            return True
        if isinstance(event, yaml.CollectionEndEvent):
            self._close()
            return True
        self._refuse_extras(event, place)
        if self.stack and isinstance(self.stack[-1].items, dict) and self.stack[-1].key is None:
            self._key(event, place)
        else:
            self._value(event, place)
        return True

    def _refuse_extras(self, event: Any, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.problem("E013", f"'*{event.anchor}' repeats another part", "write the part out", place)
            return
        if event.anchor is not None:
            self.problem(
                "E013", f"'&{event.anchor}' marks a part for repetition", "write the part out", place
            )
        if event.tag not in (None, "!"):
            self.problem(
                "E015", f"the tag '{event.tag}' changes how a value is read", "remove the tag", place
            )

    def _skip(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            self.skipped += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            self.skipped -= 1
            if self.skipped == 0 and self.stack[-1].key is None:
                self.stack[-1].key = ""

    def _key(self, event: Any, place: Place) -> None:
        inside = self.stack[-1]
        if not isinstance(event, yaml.ScalarEvent):
            self.problem(
                "E014", "a list or a block can't be a name", "write a plain word before the colon", place
            )
            if isinstance(event, yaml.CollectionStartEvent):
                self.skipped = 1
            else:
                inside.key = ""
            return
        name = event.value
        if _is_plain(event) and name != "null" and not isinstance(_plain(name), str):
            shown = name or "nothing"
            self.problem(
                "E014", f"{shown} before the colon is not text", f'write it in quotes: "{name}":', place
            )
        elif name == "<<" and _is_plain(event):
            self.problem("E013", "'<<' merges another part into this one", "write the part out", place)
        elif name in inside.first:
            line = inside.first[name].line
            self.problem("E012", f"'{name}' is there twice; first in line {line}", "keep one of them", place)
        inside.first.setdefault(name, place)
        inside.key = name

    def _value(self, event: Any, place: Place) -> None:
        path: Path = ()
        if self.stack:
            inside = self.stack[-1]
            key: str | int = len(inside.items) if inside.key is None else inside.key
            path = (*inside.path, key)
            if isinstance(inside.items, dict):
                self.keys.setdefault(path, inside.first.get(str(key), place))
            else:
                self.keys.setdefault(path, place)
        self.values.setdefault(path, place)
        if isinstance(event, yaml.MappingStartEvent):
            self.stack.append(_Open(path, {}))
        elif isinstance(event, yaml.SequenceStartEvent):
            self.stack.append(_Open(path, []))
        else:
            self._put(self._scalar(event, place))

    def _scalar(self, event: Any, place: Place) -> Any:
        if not isinstance(event, yaml.ScalarEvent):
            return None
        if not _is_plain(event):
            return event.value
        value = _plain(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            self.problem("E019", f"{_cut(event.value)} is no usable number", "write a finite number", place)
            return 0
        if value is _TOO_LONG:
            self.problem(
                "E019",
                f"{_cut(event.value)} has more than {MAX_DIGITS} digits",
                "write the number shorter, or in quotes when it is text",
                place,
            )
            return 0
        return value

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.root = value
            return
        inside = self.stack[-1]
        if isinstance(inside.items, dict):
            inside.items.setdefault(inside.key, value)
            inside.key = None
        else:
            inside.items.append(value)

    def _close(self) -> None:
        done = self.stack.pop()
        self._put(done.items if isinstance(done.items, dict) else tuple(done.items))

    def result(self) -> tuple[Tree | None, list[Problem]]:
        if self.stack or self.broken or any(p.code in _FATAL for p in self.problems):
            return None, self.problems
        if self.documents == 0 or self.root is None:
            self.problem(
                "E005",
                "there is nothing in it",
                "write a protocol; it begins with 'trial:'",
                self.lines.at(0),
            )
            return None, self.problems
        if not isinstance(self.root, dict):
            what = "a list" if isinstance(self.root, tuple) else "a single value"
            self.problem(
                "E018",
                f"the file holds {what}, not a protocol",
                "begin with 'trial:' and its name",
                self.values[()],
            )
            return None, self.problems
        return Tree(self.root, self.keys, self.values), self.problems


_FATAL = frozenset({"E010", "E011", "E016"})
_TOO_LONG = object()


def _is_plain(event: Any) -> bool:
    return event.style in (None, "")  # the C parser says "", the Python one None


def _plain(text: str) -> Any:
    """A plain scalar by the core schema; `_TOO_LONG` for a whole number that no plan needs."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        if len(text) > MAX_DIGITS + 1:
            return _TOO_LONG
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        if len(text) > 100:
            return _TOO_LONG
        return (
            float(text.replace(".inf", "inf").replace(".nan", "nan")) if text[-1].isalpha() else float(text)
        )
    return text


def _cut(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "..."


def _characters(text: str, lines: Lines) -> Iterator[Problem]:
    """Lone surrogates and control characters; the first ten of them."""
    for count, found in enumerate(_UNPRINTABLE.finditer(text)):
        if count == 10:
            return
        number = ord(found.group())
        if 0xD800 <= number <= 0xDFFF:
            yield Problem(
                "E004", "the text is not valid Unicode", "save the file as UTF-8", lines.at(found.start())
            )
        else:
            yield Problem(
                "E017",
                f"an unprintable character (U+{number:04X}) is in the text",
                "delete it; it often comes with text pasted from another program",
                lines.at(found.start()),
            )


_PHRASES = (
    ("mapping values are not allowed", "a colon stands where no new word may begin",
     "put the text in quotes, or check the indentation of this line"),
    ("did not find expected key", "the indentation of this line fits no block above it",
     "line it up with the words it belongs to"),
    ("did not find expected '-'", "the indentation of this line does not fit the list above it",
     "line its dash up with the other dashes"),
    ("could not find expected ':'", "a word without a colon", "write 'word: value'"),
    ("found unexpected end of stream", "a quotation mark is never closed", "close it"),
    ("did not find expected ',' or ']'", "a list in [ ] is not closed, or a comma is missing",
     "write [a, b]"),
    ("did not find expected ',' or '}'", "a block in { } is not closed, or a comma is missing",
     "write {word: value, word: value}"),
    ("unknown escape character", "a backslash in double quotes has no meaning there", "use single quotes"),
    ("cannot start any token", "a value can't begin with this character", "put the value in quotes"),
    ("did not find expected alphabetic", "& or * begins a value", "put the value in quotes"),
    ("block sequence entries are not allowed", "a list item can't begin here",
     "begin the list on its own line"),
    ("block scalar", "the text block after | or > is not indented as it must be", "indent it by two spaces"),
)  # fmt: skip


def _syntax(error: yaml.YAMLError, text: str, lines: Lines) -> Iterator[Problem]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = lines.at(mark.index if mark is not None else 0)
    told = str(getattr(error, "problem", None) or "it can't be read")
    tabs = [
        Problem("E011", "a tab is used for indentation", "indent with spaces", Place(lines.file, number, 1))
        for number, line in enumerate(_BREAK.split(text), 1)
        if "\t" in line[: len(line) - len(line.lstrip())]
    ]
    if tabs:
        yield from tabs[:20]
        return
    for phrase, what, remedy in _PHRASES:
        if phrase in told:
            yield Problem("E010", what, remedy, place)
            return
    yield Problem(
        "E010", f"this is no YAML: {told}", "check quotation marks, brackets and indentation", place
    )
