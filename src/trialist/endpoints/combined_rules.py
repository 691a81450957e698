"""The rule for the overall response at a visit from soft tissue and bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trialist.endpoints.rules import BoneRule, TumourResponseRule


@dataclass(frozen=True, slots=True)
class CombinedResponseRule:
    """The rules of both parts; `span`: how many days a bone scan may lie from its visit; `visit_date`."""

    soft_tissue: TumourResponseRule
    bone: BoneRule
    overall: tuple[tuple[str, str, str, str], ...]
    span: int
    visit_date: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "lesions", "bone_scans"})
