"""The tools of the benchmarks give one result, so that their times can be held against each other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("what", ["psa", "best", "incidence"])
def test_the_peer_gives_what_trialist_gives(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    import derivations
    import patients

    patients.write_patients(tmp_path, 300)
    patients.write_events(tmp_path, 3000)
    mine, peers = (
        derivations.canonical(tool(tmp_path, what)(), tmp_path, what).replace_schema_metadata(None)
        for tool in (derivations.by_trialist, derivations.by_pandas)
    )
    assert mine.num_rows > 100
    assert peers.cast(mine.schema).equals(mine)
