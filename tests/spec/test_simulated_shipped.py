"""Every shipped trial with a simulation plan can be simulated, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.problems import errors
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.shape import domain_schema
from trialist.records.simulated import simulate
from trialist.trials import shipped


def protocols() -> list[Protocol]:
    found = []
    for folder in shipped().values():
        path = Path(folder) / "protocol.yaml" if Path(folder).is_dir() else Path(folder)
        protocol, _ = parse_protocol(path.read_text(encoding="utf-8"), str(path))
        assert protocol is not None, path
        if protocol.plan.simulation is not None:
            found.append(protocol)
    return found


@pytest.mark.parametrize("protocol", protocols(), ids=lambda p: p.plan.trial)
def test_a_shipped_trial_gives_records_in_the_shape_of_their_domains(protocol: Protocol) -> None:
    tables, problems = simulate(protocol, subjects=200, seed=1)
    assert tables is not None
    assert errors(problems) == ()
    for name, table in tables.items():
        assert table.schema.equals(domain_schema(name)), name
    codes = {arm.code or name for name, arm in protocol.plan.arms.items()} | {"NOTASSGN"}
    assert set(tables["dm"]["arm_code"].to_pylist()) <= codes
    factors = {factor.test or name.upper()[:8] for name, factor in protocol.plan.factors.items()}
    assert set(tables["sc"]["test_code"].to_pylist()) == factors


@pytest.mark.parametrize("protocol", protocols(), ids=lambda p: p.plan.trial)
def test_every_note_points_into_the_protocol(protocol: Protocol) -> None:
    for problem in simulate(protocol, subjects=50, seed=2)[1]:
        assert problem.place is not None
        assert problem.place.line is not None


@pytest.mark.parametrize("protocol", protocols(), ids=lambda p: p.plan.trial)
def test_a_trial_that_screens_again_says_that_its_simulation_does_not(protocol: Protocol) -> None:
    again = getattr(protocol.plan.allocation, "rescreening", None) is not None
    told = [p.message for p in simulate(protocol, subjects=50, seed=2)[1] if p.code == "N502"]
    assert any("re-screening is not simulated" in message for message in told) == again
