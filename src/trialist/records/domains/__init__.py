"""The domains this version knows, by name."""

from __future__ import annotations

from types import MappingProxyType

from trialist.records.domains.ae import AE
from trialist.records.domains.be import BE
from trialist.records.domains.ce import CE
from trialist.records.domains.cm import CM
from trialist.records.domains.dm import DM
from trialist.records.domains.domain import Column, Domain
from trialist.records.domains.ds import DS
from trialist.records.domains.ex import EX
from trialist.records.domains.lb import LB
from trialist.records.domains.pc import PC
from trialist.records.domains.pr import PR
from trialist.records.domains.qs import QS
from trialist.records.domains.rs import RS
from trialist.records.domains.sc import SC
from trialist.records.domains.tr import TR
from trialist.records.domains.tu import TU
from trialist.records.domains.vs import VS
from trialist.records.domains.xt import XT

DOMAINS = MappingProxyType(
    {d.name: d for d in (AE, BE, CE, CM, DM, DS, EX, LB, PC, PR, QS, RS, SC, TR, TU, VS, XT)}
)

__all__ = ["DOMAINS", "Column", "Domain"]
