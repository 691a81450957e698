"""Whatever is done to a protocol's text, it is a protocol or a list of problems with places that exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

import trialist
from trialist.problems import Problem, errors
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.protocol.schedule import occurrences

ROOT = Path(trialist.__file__).parent
FIXTURES = Path(__file__).parents[1] / "spec" / "protocols"
ODD = [
    "null", "true", "no", "-1", "0", "1e309", "[]", "{}", "''", "- x", "é≥µ", "\u2028", "\t", "&a", "*a",
    "!!x y", "12 d", "0 d", "9999999999 wk", "101 %", "1e-300", "a and", "{a: {b: [c]}}", "|", ">", "'", '"',
    "#", ": ", "\x00", "\ud800", "2024-02-30", "012", "0x1F", "primary", "x" * 300,
]  # fmt: skip


@cache
def texts() -> tuple[str, ...]:
    paths = sorted([*ROOT.glob("trials/*/protocol.yaml"), *FIXTURES.glob("*.yaml")])
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def told(text: str) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """Parse and, where that goes well, check and lay out; every problem must point into the text."""
    protocol, problems = parse_protocol(text, "p.yaml")
    assert (protocol is None) == bool(problems)
    if protocol is not None:
        problems = check_protocol(protocol)
        for arm in protocol.plan.arms:
            occurrences(protocol, arm, 3)
    count = max(1, len(re.findall(r"\r\n|\n|\r", text.removesuffix("\n"))) + 1)
    for problem in problems:
        assert problem.place is not None
        assert problem.place.line is not None
        assert 1 <= problem.place.line <= count, str(problem)
        assert problem.message
        assert problem.remedy
        assert "Input should" not in str(problem)
    return protocol, problems


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from(texts())).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.integers(0, 7)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, line)
            case 2:
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], line
            case 3:
                key, colon, _ = line.partition(":")
                lines[at] = f"{key}{colon} {draw(st.sampled_from(ODD))}"
            case 4:
                spot = draw(st.integers(0, len(line)))
                lines[at] = line[:spot] + draw(st.sampled_from(ODD)) + line[spot:]
            case 5:
                values = re.findall(r"[\w.%-]+(?=[,}\]])", line)
                if values:
                    others = re.findall(r"[\w.%-]+(?=[,}\]])", lines[draw(st.integers(0, len(lines) - 1))])
                    new = draw(st.sampled_from([*ODD, *others, *others, "99999999999"]))
                    lines[at] = line.replace(draw(st.sampled_from(values)), new, 1)
            case 6:
                lines = lines[: at + 1]
                lines[at] = line[: draw(st.integers(0, len(line)))]
            case _:
                lines[at] = " " * draw(st.integers(0, 3)) + line
        if not lines:
            return ""
    return "\n".join(lines)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(mutated())
def test_a_changed_protocol_is_read_or_refused_but_never_breaks(text: str) -> None:
    told(text)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=200))
@example("[" * 100_000)
@example("{" * 100_000)
@example("- " * 100_000)
@example("? " * 5_000)
@example("".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9 if i else ['x'])}]\n" for i in range(9)))
@example("trial: " + "9" * 100_000)
@example("'" + "x\n" * 50_000)
def test_any_text_is_read_or_refused(text: str) -> None:
    protocol, _ = told(text)
    assert protocol is None


def test_every_shipped_protocol_can_be_read_and_has_no_error() -> None:
    for text in texts():
        protocol, problems = parse_protocol(text, "p.yaml")
        assert protocol is not None, problems
        assert errors(check_protocol(protocol)) == ()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(texts()), st.randoms(use_true_random=False))
def test_comments_and_the_order_of_blocks_do_not_change_the_fingerprint(text: str, chance: object) -> None:
    blocks = re.split(r"\n(?=[A-Za-z_]+:)", "\n" + text)[1:]
    chance.shuffle(blocks)  # type: ignore[attr-defined]
    moved = "# moved\n" + "\n# next block\n".join(blocks)
    first, second = parse_protocol(text, "p.yaml")[0], parse_protocol(moved, "q.yaml")[0]
    assert first is not None
    assert second is not None
    assert first.fingerprint == second.fingerprint
