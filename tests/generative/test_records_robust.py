"""Whatever a file holds, reading it gives a table or problems; what is written reads back as it was."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialist.dates import parse_partial, read_dates
from trialist.formats import read_table, write_table
from trialist.problems import Place, errors
from trialist.records.domains import DOMAINS
from trialist.records.fingerprint import fingerprint
from trialist.records.imported import import_domain
from trialist.records.shape import domain_schema

PILOT = Path(__file__).resolve().parents[1] / "data" / "pilot"
SEEDS = {"dm.csv": PILOT / "dm.csv", "ae.csv": PILOT / "ae.csv", "dm.xpt": PILOT / "dm.xpt"}
quick = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

edits = st.lists(
    st.tuples(
        st.sampled_from(["cut", "delete", "insert", "replace", "repeat"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=4,
)


def edited(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for how, where, extra in changes:
        at = int(where * len(content))
        if how == "cut":
            content = content[:at]
        elif how == "delete":
            content = content[:at] + content[at + len(extra) :]
        elif how == "insert":
            content = content[:at] + extra + content[at:]
        elif how == "replace":
            content = content[:at] + extra + content[at + len(extra) :]
        else:
            content = content[:at] + content[at : at + 200] * 2 + content[at + 200 :]
    return content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of every format."""
    folder = tmp_path_factory.mktemp("whole")
    table, _ = read_table(PILOT / "dm.xpt")
    assert table is not None
    made = {name: path.read_bytes() for name, path in SEEDS.items()}
    for name in ("dm.csv.gz", "dm.parquet", "dm.json", "dm.ndjson"):
        assert write_table(table, folder / name, name="DM") == ()
        made[name] = (folder / name).read_bytes()
    return made


@pytest.mark.parametrize(
    "name", ["dm.csv", "ae.csv", "dm.csv.gz", "dm.xpt", "dm.parquet", "dm.json", "dm.ndjson"]
)
@quick
@given(changes=edits)
def test_a_damaged_file_gives_a_table_or_problems(
    tmp_path: Path, whole: dict[str, bytes], name: str, changes: list[tuple[str, float, bytes]]
) -> None:
    path = tmp_path / name
    path.write_bytes(edited(whole[name], changes))
    table, problems = read_table(path)
    assert (table is None) == bool(errors(problems))
    if table is not None:
        made, said = import_domain(name[:2], table, Place(str(path)))
        assert (made is None) == bool(errors(said))
        if made is not None:
            assert made.schema == domain_schema(name[:2])


cells = st.one_of(
    st.none(),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["Y", "1", "2014-02", "2014-02-30", "2014-01-02T10:00", "1e5", " 7 ", "-3.0", "NaN"]),
)


@quick
@given(
    domain=st.sampled_from(sorted(DOMAINS)),
    columns=st.data(),
    rows=st.integers(0, 6),
)
def test_any_table_becomes_its_domain_or_problems(domain: str, columns: Any, rows: int) -> None:
    names = columns.draw(
        st.lists(
            st.one_of(st.sampled_from([c.cdisc for c in DOMAINS[domain].columns]), st.text(max_size=6)),
            unique=True,
            max_size=12,
        )
    )
    arrays = []
    for _ in names:
        values = columns.draw(st.lists(cells, min_size=rows, max_size=rows))
        if columns.draw(st.booleans()):
            arrays.append(pa.array([None if v is None else str(v) for v in values], pa.string()))
        else:
            numbers = [float(v) if isinstance(v, (int, float)) else None for v in values]
            arrays.append(pa.array(numbers, pa.float64()))
    made, problems = import_domain(domain, pa.table(arrays, names=names), Place("x"))
    assert (made is None) == bool(errors(problems))
    assert len({(p.code, p.message) for p in problems}) == len(problems)
    if made is not None:
        assert made.schema == domain_schema(domain)
        assert len(fingerprint({domain: made})) == 64


@quick
@given(st.text(alphabet=string.digits + "-T:.Z+ /a", max_size=22))
def test_any_text_is_a_date_or_has_a_reason(text: str) -> None:
    read, reason = parse_partial(text)
    assert (read is None) == (reason is not None)
    if read is not None:
        earliest, latest = read.earliest(), read.latest()
        assert (earliest is None) == (read.year is None)
        if earliest is not None and latest is not None:
            assert earliest <= latest
            assert (earliest == latest) >= read.is_complete


@quick
@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_a_date_and_its_parts_agree(day: Any, length: int) -> None:
    read, _ = parse_partial(day.isoformat()[:length])
    assert read is not None
    assert read.earliest() <= day <= read.latest()
    whole = read_dates(pa.array([day.isoformat()[:length]]))
    assert whole.dates.to_pylist() == [day if length == 10 else None]


names = st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=30
)
numbers = st.floats(min_value=-1e60, max_value=1e60, allow_nan=False).map(
    lambda v: 0.0 if abs(v) < 1e-60 else v
)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """At least two columns, at least one row that holds a text, as no data set is without its subjects."""
    rows = draw(st.integers(1, 6))
    made: dict[str, pa.Array] = {
        "USUBJID": pa.array(draw(st.lists(texts, min_size=rows, max_size=rows)), pa.string())
    }
    for name in draw(st.lists(names, unique=True, min_size=1, max_size=5)):
        kind = draw(st.sampled_from([(texts, pa.string()), (numbers, pa.float64())]))
        values = draw(st.lists(st.none() | kind[0], min_size=rows, max_size=rows))
        made.setdefault(name, pa.array(values, kind[1]))
    return pa.table(made)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".xpt", ".parquet", ".json", ".ndjson"])
@quick
@given(table=tables())
def test_what_is_written_reads_back(tmp_path: Path, suffix: str, table: pa.Table) -> None:
    path = tmp_path / f"lb{suffix}"
    problems = write_table(table, path)
    assert problems == ()
    back, problems = read_table(path)
    assert back is not None, problems
    assert back.column_names == table.column_names
    for name in table.column_names:
        found = back[name].to_pylist()
        if "csv" in suffix and pa.types.is_floating(table[name].type):
            found = [None if v is None else float(v) for v in found]
        assert found == table[name].to_pylist()


@quick
@given(rows=st.lists(st.tuples(texts, st.integers(1, 99), numbers), min_size=1, max_size=8), data=st.data())
def test_the_order_of_rows_does_not_change_a_fingerprint(rows: list[Any], data: Any) -> None:
    def of(some: list[Any]) -> str:
        subjects, sequences, values = zip(*some, strict=True)
        table = pa.table(
            {
                "subject": pa.array(subjects, pa.string()),
                "sequence": pa.array(sequences, pa.int64()),
                "value": pa.array(values, pa.float64()),
            }
        )
        return fingerprint({"lb": table})

    assert of(rows) == of(data.draw(st.permutations(rows)))
    subject, sequence, value = rows[0]
    assert of(rows) != of([(subject, sequence, value + 1.0 + abs(value)), *rows[1:]])
