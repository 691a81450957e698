"""What remains of a protocol whose blocks have faults: those left out, so that the rest can be checked.

A block is the smallest part that can be missing by itself: one endpoint, one visit, one drug of an arm, the
allocation. Rules over the remainder ask `lacks` and `touched` before they call something missing or wrong
that may stand in a block left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trialist.problems import Place, Problem
from trialist.protocol.model import Path, Protocol, TrialProtocol
from trialist.protocol.words import expected, nearest, path_in_file
from trialist.protocol.yaml_text import Tree

MOST_ROUNDS = 10

# stands in for a required word that is left out; no rule reads any of these as a statement of the file
_STAND_INS: Mapping[Path, Any] = MappingProxyType(
    {
        ("trial",): "-",
        ("title",): "-",
        ("condition",): "-",
        ("randomised",): False,
        ("arms",): {},
        ("allocation",): {"method": "not_public"},
        ("endpoints",): {},
        ("populations",): {},
        ("simulation", "accrual_months"): 1.0,
        ("simulation", "follow_up_months"): 1.0,
    }
)


def remainder(
    tree: Tree, file: str, faults: Iterable[ErrorDetails], in_text: Iterable[Problem]
) -> Protocol | None:
    """The protocol without its faulty blocks; None when too little remains to be read as one.

    Parameters
        faults   errors of the model on the whole tree
        in_text  problems of the text: the blocks on their lines are left out too
    """
    left_out = {*_on_lines(tree, in_text)}
    for error in faults:
        left_out |= _blocks(error, tree.value)
    for _ in range(MOST_ROUNDS):
        origin: dict[Path, Path] = {}
        value = _without(tree.value, (), (), left_out, origin)
        for path, stand_in in _STAND_INS.items():
            holder = value if len(path) == 1 else value.get(path[0])
            if path in left_out and isinstance(holder, dict):
                holder.setdefault(path[-1], stand_in)
        try:
            plan = TrialProtocol.model_validate(value, strict=True)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = _before(path_in_file(detail["loc"], value)[0], origin)
                block = block_of(path)
                while block in left_out:
                    block = block[:-1]
                if not block:
                    return None
                left_out.add(block)
            continue
        places = {new: tree.keys[old] for new, old in origin.items() if old in tree.keys}
        return Protocol(plan, file, "", {(): Place(file, 1, 1), **places}, frozenset(left_out))
    return None


def block_of(path: Path) -> Path:
    """The block that a place of the file belongs to."""
    match path:
        case ("allocation", *_):
            return path[:1]
        case ("arms", _, "give" | "choose_one", int(), *_):
            return path[:4]
        case (("arms" | "schedule" | "simulation" | "records"), *_):
            return path[:3]
    return path[:2]


def lacks(protocol: Protocol, *path: str | int) -> bool:
    """Whether a part was left out, by itself or with what it stands in."""
    return any(path[:end] in protocol.left_out for end in range(1, len(path) + 1))


def touched(protocol: Protocol, *path: str | int) -> bool:
    """Whether a part, what it stands in, or something in it was left out."""
    return lacks(protocol, *path) or any(out[: len(path)] == path for out in protocol.left_out)


def left_out_ids(protocol: Protocol, *path: str) -> tuple[str, ...]:
    """The ids of the blocks left out of a part."""
    inside = (out for out in protocol.left_out if len(out) == len(path) + 1 and out[:-1] == path)
    return tuple(sorted(str(out[-1]) for out in inside))


def _blocks(error: ErrorDetails, data: Any) -> set[Path]:
    """The block of an error; with a mistyped word of its own, also the block that was probably meant."""
    path, _ = path_in_file(error["loc"], data)
    block = block_of(path)
    found = {block}
    if error["type"] == "extra_forbidden" and block == path:
        meant = nearest(str(path[-1]), expected(path[:-1], data).words)
        if meant is not None and meant not in _inside(data, path[:-1]):
            found.add((*path[:-1], meant))
    return found


def _inside(data: Any, path: Path) -> Mapping[str, Any]:
    for step in path:
        data = data[step]
    return data if isinstance(data, Mapping) else {}


def _on_lines(tree: Tree, problems: Iterable[Problem]) -> set[Path]:
    lines = {p.place.line for p in problems if p.place is not None and p.place.line is not None}
    found: set[Path] = set()
    for line in lines:
        here = [path for path, place in tree.keys.items() if path and place.line == line]
        if not here:
            earlier = [(place.line or 0, path) for path, place in tree.keys.items() if path]
            here = [path for start, path in earlier if start < line][-1:]
        found |= {block_of(path) for path in here}
    return found


def _without(value: Any, old: Path, new: Path, left_out: set[Path], origin: dict[Path, Path]) -> Any:
    """A value without what is left out; `origin` learns where each remaining part stood."""
    origin[new] = old
    if isinstance(value, Mapping):
        return {
            key: _without(part, (*old, key), (*new, key), left_out, origin)
            for key, part in value.items()
            if (*old, key) not in left_out
        }
    if isinstance(value, tuple):
        kept = [(n, part) for n, part in enumerate(value) if (*old, n) not in left_out]
        return tuple(
            _without(part, (*old, was), (*new, now), left_out, origin) for now, (was, part) in enumerate(kept)
        )
    return value


def _before(path: Path, origin: Mapping[Path, Path]) -> Path:
    """Where a part of the remainder, or one missing in it, stood in the file."""
    for end in range(len(path), -1, -1):
        if path[:end] in origin:
            return (*origin[path[:end]], *path[end:])
    return path
