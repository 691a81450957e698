"""Names are told apart: ids, the words by which records name an arm, the test that holds a factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialist.problems import Problem
from trialist.protocol.model import Path, Protocol
from trialist.protocol.remainder import lacks


def every_id_is_used_once(protocol: Protocol) -> Iterator[Problem]:
    """E202: two epochs, criteria, levels of a factor or arm codes of one name."""
    plan = protocol.plan
    lists: list[tuple[Path, str, Sequence[str], tuple[str, ...]]] = [
        (("schedule", "epochs"), "epoch", [e.id for e in plan.schedule.epochs], ("id",)),
        (("eligibility",), "eligibility criterion", [c.id for c in plan.eligibility], ("id",)),
        *(
            (("factors", f, "levels"), f"level of '{f}'", factor.levels, ())
            for f, factor in plan.factors.items()
        ),
    ]
    for path, what, ids, below in lists:
        for number, name in enumerate(ids):
            if name in ids[:number]:
                yield Problem(
                    "E202",
                    f"the {what} '{name}' is there twice",
                    "rename or remove one of them",
                    protocol.place(*path, number, *below),
                )


def every_arm_has_words_of_its_own(protocol: Protocol) -> Iterator[Problem]:
    """E202: an id, code or label that names two arms, whatever its case: records could mean either."""
    owner: dict[str, tuple[str, str]] = {}
    for arm_id, arm in protocol.plan.arms.items():
        if lacks(protocol, "arms", arm_id, "code"):
            continue
        stated = {"id": arm_id, "code": arm.code, "label": arm.label}
        words = {what: word.strip().upper() for what, word in stated.items() if word}
        for what, word in words.items():
            other, others = owner.get(word, (arm_id, what))
            if other != arm_id:
                yield Problem(
                    "E202",
                    f"the {what} of arm '{arm_id}' is the {others} of arm '{other}': '{stated[what]}'",
                    "give each arm a code of its own, and an id and a label that no other arm has: records "
                    "name an arm by any of them",
                    protocol.place("arms", arm_id, *(() if what == "id" else (what,))),
                )
        for what, word in words.items():
            owner.setdefault(word, (arm_id, what))


def every_factor_has_a_test_of_its_own(protocol: Protocol) -> Iterator[Problem]:
    """E202: two factors that would be read from the same SCTESTCD."""
    owner: dict[str, str] = {}
    for name, factor in protocol.plan.factors.items():
        if lacks(protocol, "factors", name, "test"):
            continue
        code = factor.code(name).upper()
        if code in owner:
            yield Problem(
                "E202",
                f"factors '{owner[code]}' and '{name}' are both read from SCTESTCD {code}",
                f"give '{name}' a code of its own: 'test: ...', at most 8 characters",
                protocol.place("factors", name),
            )
        owner.setdefault(code, name)
