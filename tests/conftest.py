"""How the suite is spread over its workers, and what is measured.

Clauses that need Spark run on one worker, first, so that one session serves them all while the other worker
does the rest. Whole trials, generated cases and the second run of a clause on Spark go through code that the
other clauses measure: they run without the tracer, which would double their time.
"""

from __future__ import annotations

import gc

import pytest

_UNMEASURED = ("tests/trials/", "tests/generative/", "tests/independent/", "tests/faces/test_tutorial.py")

_ORDER = {"spark": 0, "browser": 1}


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(100_000, 50, 50)  # expressions are many small objects that live long


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        on_spark = item.get_closest_marker("spark") is not None
        if on_spark or "spec" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("spark"))
        elif item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
        if on_spark or item.nodeid.startswith(_UNMEASURED):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: _ORDER.get(_group(item), len(_ORDER)))


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""
