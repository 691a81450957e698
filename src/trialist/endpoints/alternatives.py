"""Other readings of one progression-free time, for sensitivity analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialist.endpoints.criteria import criteria
from trialist.endpoints.filled import rule_for
from trialist.protocol.endpoints import ProgressionFreeSurvival

if TYPE_CHECKING:
    from trialist.protocol.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Alternative:
    """A reading by name, what it means, and the endpoint whose words state it."""

    name: str
    means: str
    endpoint: Endpoint


def alternatives(endpoint: Endpoint, asked: Sequence[str]) -> tuple[Alternative, ...]:
    """The readings asked for that differ from the endpoint's own rule, each once.

    Parameters
        endpoint  of a progression-free time; any other has no alternatives
        asked     names of `criteria/pfs_sensitivity.yaml`; `standard` stands for its standard set
    Returns   in the order asked; none twice with the same rule
    Problems  none
    Source    FDA 2018, Tables A to C; EMA/CHMP/27994/2008 Rev 1
    """
    if not isinstance(endpoint, ProgressionFreeSurvival):
        return ()
    known = criteria("pfs_sensitivity")
    names = [name for word in asked for name in (known["standard"] if word == "standard" else [word])]
    rules = [rule_for(endpoint)]
    found = []
    for name in dict.fromkeys(names):
        said = known["alternatives"][name]
        changed = _changed(endpoint, said["set"])
        if rule_for(changed) in rules:
            continue
        rules.append(rule_for(changed))
        found.append(Alternative(name, said["means"], changed))
    return tuple(found)


def _changed(endpoint: ProgressionFreeSurvival, options: Mapping[str, Any]) -> ProgressionFreeSurvival:
    prefix = "censoring."
    own = {name: value for name, value in options.items() if not name.startswith(prefix)}
    inner = {name.removeprefix(prefix): v for name, v in options.items() if name.startswith(prefix)}
    censoring = endpoint.censoring.model_copy(update=inner)
    return endpoint.model_copy(update={**own, "censoring": censoring})
