"""How a protocol's text is read: values, places, fingerprint, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.protocol.schema import json_schema
from trialist.protocol.yaml_text import read_tree

HERE = Path(__file__).parent / "protocols"
TEXT = (HERE / "two_arms.yaml").read_text(encoding="utf-8")


def parsed(text: str) -> Protocol:
    found, problems = parse_protocol(text, "p.yaml")
    assert found is not None, problems
    return found


def test_values_follow_the_core_schema_of_yaml_1_2() -> None:
    text = "a: no\nb: 2024-02-30\nc: 12:30:00\nd: 0o17\ne: 1e3\nf: ~\ng: True\nh: '1'\ni: +7\n"
    text += "j: 0x1F\nk: 1_000\nl: .5\nm: on\n"
    tree, problems = read_tree(text, "p.yaml")
    assert problems == ()
    assert tree is not None
    assert tree.value == {
        "a": "no", "b": "2024-02-30", "c": "12:30:00", "d": 15, "e": 1000.0, "f": None, "g": True, "h": "1",
        "i": 7, "j": 31, "k": "1_000", "l": 0.5, "m": "on",
    }  # fmt: skip


def test_every_part_remembers_its_line() -> None:
    protocol = parsed(TEXT)
    lines = TEXT.splitlines()
    for path, word in [
        (("arms", "new", "give", 0, "dose"), "dose: 25 mg/m2"),
        (("arms", "new", "give", 1), "drug: steroid"),
        (("estimands", "primary", "intercurrent", "death"), "death: composite"),
        (("design", 3), "test: paired_t"),
        (("endpoints", "rpfs", "censoring", "grace"), "censoring: {rule"),
    ]:
        line = protocol.place(*path).line
        assert line is not None
        assert word in lines[line - 1]


def test_lines_are_counted_as_editors_do() -> None:
    crlf = TEXT.replace("\n", "\r\n").replace("rule: fda", "rule: fdb")
    line = TEXT.splitlines().index("    censoring: {rule: fda, missed_assessments: 2, interval: 56 d}") + 1
    for text in (crlf, "\ufeff" + crlf, crlf.replace("cancer\r\n", "cancer \u2028\r\n", 1)):
        _, problems = parse_protocol(text, "p.yaml")
        assert [(p.code, p.place.line) for p in problems if p.place] == [("E106", line)]


def test_the_fingerprint_is_of_the_content() -> None:
    first = parsed(TEXT).fingerprint
    assert len(first) == 64
    assert parsed("# a remark\n" + TEXT.replace("alpha: 0.05", "alpha:   0.050")).fingerprint == first
    assert (
        parsed(TEXT.replace("{for: primary, test: log_rank,", "{test: log_rank, for: primary,")).fingerprint
        == first
    )
    assert parsed(TEXT.replace("strata: [ecog, prior]", "strata: [prior, ecog]", 1)).fingerprint != first
    assert parsed(TEXT.replace("alpha: 0.05", "alpha: 0.049", 1)).fingerprint != first


def test_the_schema_for_editors_is_valid_and_accepts_good_files() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "trialist protocol"
    validator = jsonschema.Draft202012Validator(schema)
    for path in HERE.glob("*.yaml"):
        tree, _ = read_tree(path.read_text(encoding="utf-8"), path.name)
        assert tree is not None
        validator.validate(json.loads(json.dumps(tree.value)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cycle: 21 d", "cycle: 21"),
        ("power: 80 %", "power: 0.8"),
        ("rule: fda", "rule: x"),
        ("  os: {derive", "  os: {drive"),
    ],
)
def test_the_schema_for_editors_refuses_what_the_parser_refuses(old: str, new: str) -> None:
    tree, _ = read_tree(TEXT.replace(old, new, 1), "p.yaml")
    assert tree is not None
    assert list(
        jsonschema.Draft202012Validator(json_schema()).iter_errors(json.loads(json.dumps(tree.value)))
    )
    assert parse_protocol(TEXT.replace(old, new, 1), "p.yaml")[0] is None


def test_quantities_in_the_schema_are_text_with_their_unit() -> None:
    window = json_schema()["$defs"]["Censoring"]["properties"]["grace"]
    assert {kind.get("type") for kind in window["anyOf"]} == {"string", "null"}
