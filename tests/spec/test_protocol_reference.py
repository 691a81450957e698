"""The reference page of the protocol says what the parser reads."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).resolve().parents[2] / "docs"


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("protocol_reference", DOCS / "make_protocol_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_made_from_the_schema() -> None:
    """After a change of words: python docs/make_protocol_reference.py"""
    made = maker()
    assert made.PAGE.read_text(encoding="utf-8") == made.page()


def test_the_page_names_every_kind_of_endpoint_and_analysis() -> None:
    from trialist.protocol.analyses import NEEDS
    from trialist.protocol.endpoints import SHAPES

    text = maker().page()
    assert [word for word in (*SHAPES, *NEEDS) if f"`{word}`" not in text] == []
