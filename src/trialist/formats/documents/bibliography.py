"""BibTeX: the title and abstract of every entry, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.model import Document
from trialist.formats.documents import Read, damaged, decoded
from trialist.formats.documents.builder import Builder
from trialist.problems import Place, Problem

_ENTRY = re.compile(r"@(?P<kind>[A-Za-z]+)\s*[{(]")
_FIELD = re.compile(r"\s*,?\s*(?P<name>[A-Za-z][\w-]*)\s*=\s*")
_TEX = {
    r"\%": "%",
    r"\&": "&",
    r"\_": "_",
    r"\#": "#",
    r"\$": "$",
    "--": "–",
    "~": " ",
    r"\geq": "≥",
    r"\leq": "≤",
}


def read_bibtex(content: bytes, name: str) -> Read:
    text, problems = decoded(content, name)
    if text is None:
        return (), problems
    found: list[Document] = []
    without: list[str] = []
    for key, fields in _entries(text):
        if "abstract" not in fields:
            without.append(key)
            continue
        builder = Builder(f"{name}#{key}")
        for word in ("title", "abstract"):
            if word in fields:
                value, at = fields[word]
                line = text.count("\n", 0, at) + 1
                builder.add([(_untexed(value), line)], "heading" if word == "title" else "text")
        found.append(builder.done())
    if not found and not without:
        return (), (damaged(name, "it holds no entry of a bibliography"),)
    return tuple(found), without_abstract(name, without)


def without_abstract(name: str, keys: list[str]) -> tuple[Problem, ...]:
    if not keys:
        return ()
    told = f"{len(keys)} entr{'ies have' if len(keys) > 1 else 'y has'} no abstract: {', '.join(keys[:8])}"
    return (
        Problem("N681", told, "nothing is read of them; export the bibliography with abstracts", Place(name)),
    )


def _entries(text: str) -> Iterator[tuple[str, dict[str, tuple[str, int]]]]:
    at = 0
    while found := _ENTRY.search(text, at):
        at = found.end()
        if found["kind"].lower() in ("comment", "string", "preamble"):
            continue
        comma = text.find(",", at)
        if comma < 0:
            return
        key, at = text[at:comma].strip(), comma
        fields: dict[str, tuple[str, int]] = {}
        while field := _FIELD.match(text, at):
            value, begin, at = _value(text, field.end())
            fields[field["name"].lower()] = (value, begin)
        yield key, fields


def _value(text: str, at: int) -> tuple[str, int, int]:
    """A value in braces, in quotation marks or bare: (value, where it begins, where it ends)."""
    if at < len(text) and text[at] in '{"':
        quote = text[at] == '"'
        depth, place = (0, at + 1) if quote else (1, at + 1)
        while place < len(text):
            sign = text[place]
            if sign == "\\":
                place += 2
                continue
            depth += (sign == "{") - (sign == "}")
            if (quote and sign == '"' and depth == 0) or (not quote and depth == 0):
                break
            place += 1
        return text[at + 1 : place], at + 1, place + 1
    found = re.compile(r"[^,}\s]*").match(text, at)
    return (found[0], at, found.end()) if found else ("", at, at)


def _untexed(value: str) -> str:
    for tex, plain in _TEX.items():
        value = value.replace(tex, plain)
    return re.sub(r"[{}$]", "", value)
