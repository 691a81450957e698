"""A progression-free time that is read off lesions says how its bone scans are read."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.problems import Problem
from trialist.protocol.analyses import NEEDS, Agreement
from trialist.protocol.endpoints import (
    BONE_PRESETS,
    SHAPES,
    BestResponse,
    OfResponse,
    ProgressionFreeSurvival,
)
from trialist.protocol.model import Protocol

_OF_BONE = ("radiographic_progression", "bone_progression")
_OF_SOFT_TISSUE = ("radiographic_progression", "soft_tissue_progression")


def bone_scans_have_one_rule(protocol: Protocol) -> Iterator[Problem]:
    """W335: `read: lesions` with criteria that leave the rule for bone scans open."""
    for name, endpoint in protocol.plan.endpoints.items():
        if not isinstance(endpoint, ProgressionFreeSurvival) or endpoint.read != "lesions":
            continue
        if endpoint.bone is not None and endpoint.bone not in BONE_PRESETS:
            yield Problem(
                "W335",
                f"endpoint '{name}' is read off lesions, but bone: {endpoint.bone} has no one rule for bone "
                "scans, so bone progression is taken as reported (BONERESP)",
                f"name one of {', '.join(sorted(BONE_PRESETS))}",
                protocol.place("endpoints", name, "bone"),
            )


def options_of_lesions_are_read(protocol: Protocol) -> Iterator[Problem]:
    """W336: options that act on bone scans or lesions, of an endpoint that reads neither."""
    for name, endpoint in protocol.plan.endpoints.items():
        if isinstance(endpoint, BestResponse) and endpoint.unresolved and endpoint.read != "combined":
            yield Problem(
                "W336",
                f"endpoint '{name}' states unresolved, which has no effect with read: {endpoint.read}",
                "write 'read: combined', or remove 'unresolved:'",
                protocol.place("endpoints", name, "unresolved"),
            )
        if not isinstance(endpoint, ProgressionFreeSurvival):
            continue
        by_lesions = endpoint.read == "lesions"
        of_bone = endpoint.bone in BONE_PRESETS and any(part in endpoint.first_of for part in _OF_BONE)
        idle = {
            "visit_date": endpoint.visit_date is not None and not by_lesions,
            "unresolved": endpoint.unresolved is not None and not (by_lesions and of_bone),
        }
        for word in (word for word, said in idle.items() if said):
            needed = "'read: lesions'" + (" and 'bone:' with its criteria" if word == "unresolved" else "")
            yield Problem(
                "W336",
                f"endpoint '{name}' states {word}, which has no effect on progression as reported",
                f"add {needed}, or remove '{word}:'",
                protocol.place("endpoints", name, word),
            )


def options_of_parts_have_their_part(protocol: Protocol) -> Iterator[Problem]:
    """W336: options that act on a part that is no component, or is not read apart from the other."""
    for name, endpoint in protocol.plan.endpoints.items():
        if not isinstance(endpoint, ProgressionFreeSurvival):
            continue
        soft_tissue = any(part in endpoint.first_of for part in _OF_SOFT_TISSUE)
        apart = endpoint.read == "lesions" or "radiographic_progression" not in endpoint.first_of
        asked = endpoint.censoring
        lacking = {
            "confirm_first_soft_tissue": endpoint.confirm_first_soft_tissue and not (soft_tissue and apart),
            "soft_tissue_interval": asked.soft_tissue_interval is not None and not soft_tissue,
            "bone_interval": asked.bone_interval is not None
            and not any(part in endpoint.first_of for part in _OF_BONE),
        }
        for word in (word for word, idle in lacking.items() if idle):
            part = "bone" if word == "bone_interval" else "soft tissue"
            path = ("censoring", word) if word.endswith("interval") else (word,)
            yield Problem(
                "W336",
                f"endpoint '{name}' states {word}, but {part} is not read apart in it, so it has no effect",
                f"write {part.replace(' ', '_')}_progression in 'first_of' in place of "
                f"radiographic_progression, or remove '{word}:'",
                protocol.place("endpoints", name, *path),
            )


def lesions_are_read_by_one_version(protocol: Protocol) -> Iterator[Problem]:
    """W340: RECIST 1.0 named where visits are derived from lesions, which is done by RECIST 1.1."""
    for name, endpoint in protocol.plan.endpoints.items():
        if isinstance(endpoint, ProgressionFreeSurvival):
            word, version = "soft_tissue", endpoint.soft_tissue
        elif isinstance(endpoint, BestResponse):
            word, version = "criteria", endpoint.criteria
        else:
            continue
        if version == "recist_1_0" and endpoint.read != "reported":
            yield Problem(
                "W340",
                f"endpoint '{name}' names recist_1_0, but with read: {endpoint.read} the visits are derived "
                "from lesions by RECIST 1.1",
                f"write '{word}: recist_1_1', or 'read: reported' where RECIST 1.0 gave the responses",
                protocol.place("endpoints", name, word),
            )


def sensitivity_is_of_a_progression_free_time(protocol: Protocol) -> Iterator[Problem]:
    """W337: other readings asked for of an endpoint that has none."""
    plan = protocol.plan
    for name, analysis in plan.analyses.items():
        estimand = plan.estimands.get(analysis.estimand or "")
        endpoint = plan.endpoints.get(analysis.endpoint or (estimand.endpoint if estimand else ""))
        asked = getattr(analysis, "sensitivity", ())
        if asked and endpoint is not None and not isinstance(endpoint, ProgressionFreeSurvival):
            yield Problem(
                "W337",
                f"analysis '{name}' asks for sensitivity analyses, but {endpoint.derive} has no other "
                "readings",
                "remove 'sensitivity:', or analyse a progression_free_survival endpoint",
                protocol.place("analyses", name, "sensitivity"),
            )


def evaluators_are_compared_on_what_they_assess(protocol: Protocol) -> Iterator[Problem]:
    """W338: agreement of evaluators on an endpoint that is not read off their assessments."""
    plan = protocol.plan
    for name, analysis in plan.analyses.items():
        estimand = plan.estimands.get(analysis.estimand or "")
        asked = analysis.endpoint or (estimand.endpoint if estimand else "")
        endpoint = plan.endpoints.get(asked)
        assessed = isinstance(endpoint, ProgressionFreeSurvival | BestResponse | OfResponse)
        shaped = endpoint is not None and SHAPES[endpoint.derive] in NEEDS["agreement"]
        if isinstance(analysis, Agreement) and shaped and not assessed:
            yield Problem(
                "W338",
                f"analysis '{name}' compares evaluators on '{asked}', which they do not assess",
                "name a best_overall_response, what is read off one, or a progression_free_survival endpoint",
                protocol.place("analyses", name),
            )
