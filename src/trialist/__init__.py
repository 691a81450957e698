"""Plan, run and weigh oncology trials from one protocol file.

The public names. They are imported when first used, so that `import trialist` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "Finding": "trialist.findings.model",
    "Interval": "trialist.findings.model",
    "NetworkOptions": "trialist.evidence.pooling.network_question",
    "NetworkQuestion": "trialist.evidence.pooling.network_question",
    "Origin": "trialist.findings.model",
    "PValue": "trialist.findings.model",
    "Place": "trialist.problems",
    "Problem": "trialist.problems",
    "Protocol": "trialist.protocol.model",
    "Records": "trialist.records.model",
    "Simulation": "trialist.formats.trial_records",
    "Store": "trialist.evidence.model",
    "analyse_pairs": "trialist.quick",
    "analyse_responses": "trialist.quick",
    "analyse_times": "trialist.quick",
    "analyse_values": "trialist.quick",
    "ask": "trialist.evidence.answers.ask",
    "assemble": "trialist.report.assemble",
    "check_protocol": "trialist.protocol.check",
    "check_records": "trialist.records.check",
    "connect": "trialist.engines.duckdb",
    "json_schema": "trialist.protocol.schema",
    "load_store": "trialist.evidence.store",
    "open_table": "trialist.formats.any_table",
    "parse_protocol": "trialist.protocol.parse",
    "pool": "trialist.evidence.pooling.pairwise",
    "pool_network": "trialist.evidence.pooling.network",
    "read_folder": "trialist.formats.folder",
    "read_protocol": "trialist.protocol.parse",
    "read_records": "trialist.formats.folder",
    "render_report": "trialist.report.page",
    "run_study": "trialist.study",
    "shipped": "trialist.trials",
    "simulated_records": "trialist.formats.trial_records",
    "trial_records": "trialist.formats.trial_records",
    "write_records": "trialist.formats.folder",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'trialist' has no attribute '{name}'")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
