"""Any text is read and audited without trouble, and every claim stands where it says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.evidence.audit import audit
from trialist.evidence.claims.lexicon import lexicon
from trialist.evidence.claims.read import read_claims
from trialist.formats.documents.html import read_html
from trialist.formats.documents.markdown import document_of

WORDS = lexicon({"drug": {"a": ["drug A"], "b": ["drug B"]}})
SAID = """HR;hazard ratio;OR;95% CI;confidence interval;P;P<;p =;median;overall survival (OS);OS;months
(;);[;];-;–;to;,;. ;:;=;n =;N=;of;/;v;vs.;and;respectively;patients;men;were randomised;assigned to;deaths
events;power;alpha;effect size;paired t-test;two-sided;per group;single-arm;null;alternative;from;evaluable;%
accrue;half;fail;2 x;mL;in total;mg;twice daily;mg/m2;cycles of;cumulative;total;2015;March 2018;31 June
2015-02-30;over;years;CTCAE v;RECIST;PCWG;drug A;drug B;significantly;risk of death;reduced by;% of
longer;weeks;months;positive;negative;grade 3;±;not reached;IQR;range;*;**;difference of"""
PIECES = st.sampled_from(
    [*SAID.replace("\n", ";").split(";"), ";", "\n", "\n\n", "\n- ", "\n# ", "\n| a | b |\n"]
)
NUMBERS = st.one_of(
    st.integers(0, 2000).map(str),
    st.floats(0, 200, allow_nan=False).map(lambda x: f"{x:.2f}"),
    st.sampled_from(
        [
            "0.05",
            "0",
            "1",
            "100",
            "0.001",
            ".05",
            "0,64",
            "1,195",
            "0·54",
            "1e5",
            "-3.2",
            "80",
            "0.0",
            "99999999",
        ]
    ),
)
TEXTS = st.lists(st.one_of(PIECES, NUMBERS), max_size=60).map(" ".join)


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_any_text_is_audited(text: str) -> None:
    reading = read_claims(document_of(text, "text.md"), WORDS)
    found = audit(reading)
    for claim in (*reading.claims, *(verdict.claim for verdict in found)):
        assert 0 <= claim.span.start <= claim.span.end <= len(text)
        assert claim.span.line is not None
        for number in claim.numbers.values():
            assert 0 <= number.start <= number.end <= len(text)
    for verdict in found:
        assert verdict.arithmetic
        assert all("nan" not in line and "inf" not in line for line in verdict.arithmetic)
        verdict.as_json(reading)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_characters_are_read(text: str) -> None:
    audit(read_claims(document_of(text, "text.txt"), WORDS))


TAGS = [
    "<p>",
    "</p>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "<th>",
    "</table>",
    "<b",
    "<!--",
    "&lt;",
    "<script>",
    "</script>",
    "HR",
    "0.5",
    "</p",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*TAGS, " ", "\n"]), max_size=30).map("".join))
def test_any_html_is_read(html: str) -> None:
    documents, _ = read_html(html.encode(), "page.html")
    for document in documents:
        audit(read_claims(document, WORDS))
