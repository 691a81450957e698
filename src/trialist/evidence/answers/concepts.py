"""Words of trials that a question asks to have explained, and the statements that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from trialist.evidence.answers.language import WORD, cued, ordinary, words
from trialist.evidence.claims.lexicon import Lexicon, Mention
from trialist.evidence.model import Statement, Store

_EXPLAINED = ("endpoint", "population", "toxicity", "condition", "marker")
_GIVEN = ("drug", "class", "treatment")
_KINDS = ("definition", "caution")


def concepts_of(text: str, mentions: Sequence[Mention], store: Store) -> tuple[str, ...]:
    """What a question asks to have explained; nothing where it asks for a result or about a drug."""
    asked = cued("explain", text)
    if not (asked or cued("what_is", text)) or any(m.kind in _GIVEN for m in mentions):
        return ()
    held = {name for each in explaining(store) for name in each.about}
    own = _lexicon().find(text)
    named = [m for m in mentions if m.kind in _EXPLAINED and m.id in held and not _inside(m, own)]
    found = sorted((*own, *named), key=lambda m: m.start)
    if found and (asked or _alone(text, (*found, *mentions))):
        return tuple(dict.fromkeys(m.id for m in found))
    return _by_words(text, store)


def explaining(store: Store) -> tuple[Statement, ...]:
    """Statements that explain a word, and are about no drug."""
    drugs = {name for kind in _GIVEN for name in store.words.terms(kind)}
    return tuple(each for each in store.statements if each.kind in _KINDS and not drugs & set(each.about))


def _inside(mention: Mention, others: Iterable[Mention]) -> bool:
    return any(o.start <= mention.start and mention.end <= o.end for o in others)


def _alone(text: str, mentions: Iterable[Mention]) -> bool:
    """Whether a question says nothing else than what is to be explained."""
    rest = text
    for mention in mentions:
        rest = rest[: mention.start] + " " * (mention.end - mention.start) + rest[mention.end :]
    return not {word.lower() for word in WORD.findall(rest)} - set(words()["asking"].split())


def _by_words(text: str, store: Store) -> tuple[str, ...]:
    """The statement of a definition that has all the words of a question that names no concept."""
    asked = {word.lower() for word in WORD.findall(text)} - ordinary() - set(words()["asking"].split())
    if not asked:
        return ()
    for each in explaining(store):
        said = {word.lower() for word in WORD.findall(f"{each.text} {each.plain or ''}")}
        if asked <= said:
            return (each.id,)
    return ()


@cache
def _lexicon() -> Lexicon:
    return Lexicon({"concept": words()["concepts"]})


def explanations(concepts: Sequence[str], trials: Sequence[str], store: Store) -> list[Statement]:
    """What explains the concepts: what is about most of them first, then in the order of asking.

    Of a trial that is asked about, its own definition comes first.
    """
    asked = set(concepts)

    def rank(each: Statement) -> tuple[int, ...]:
        about = set(each.about)
        of_trial = bool(about & set(trials))
        place = min((concepts.index(name) for name in concepts if name in about), default=len(concepts))
        return -of_trial, -(len(about & asked) > 1 and len(asked) > 1), place, len(about - asked)

    every = store.statements if trials else explaining(store)
    found = [
        each
        for each in every
        if each.kind in _KINDS and (each.id in asked or asked & set(each.about)) and _of(each, trials, store)
    ]
    return sorted(found, key=rank)


def _of(statement: Statement, trials: Sequence[str], store: Store) -> bool:
    named = set(statement.about) & set(store.trials)
    return not named or bool(named & set(trials)) or not trials
