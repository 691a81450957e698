"""The language of questions and answers (words.yaml, conduct.yaml), and the names that a question may use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from trialist.evidence.claims.lexicon import Lexicon
from trialist.evidence.model import Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary

# Names that are ordinary words as well: they are no name in a question.
_ORDINARY = frozenset(
    {"all", "any", "none", "dummy", "pain", "number", "rate", "treated", "second line", "first", "second"}
    | {"later", "chemotherapy", "chemo", "standard", "or", "rr", "rd", "md", "pp", "doc", "p", "cancer"}
    | {"randomised", "randomized"}
)
_KINDS = ("treatment", "drug", "class", "condition", "endpoint", "toxicity", "line", "population")
WORD = re.compile(r"[A-Za-z][\w'’-]*\w|[A-Za-z]")
_ARTICLE = re.compile(r"\b(?:the|my|your|his) ")
_PARTS = re.compile(r"[A-Za-z]+|\d+")
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_LONG = 5  # a shorter word that is not known may be slip or slang
_SHORT = 4  # a shorter name is found only as it is written


@cache
def words() -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name in ("words.yaml", "conduct.yaml"):
        text = files("trialist.evidence.answers").joinpath(name).read_text(encoding="utf-8")
        found |= yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def cued(kind: str, text: str) -> bool:
    """Whether one of the cues of a kind stands in the text."""
    return any(re.search(cue, text, re.I) for cue in words()["cues"][kind])


def beyond(text: str) -> tuple[str, ...]:
    """What a text asks that no trial tells: prices, hospitals."""
    return tuple(
        name for name, cues in words()["beyond"].items() if any(re.search(cue, text, re.I) for cue in cues)
    )


def groups_asked(text: str) -> dict[str, tuple[int, int]]:
    """The ways of parting patients that a text speaks of (ids of `groups` in words.yaml), and where."""
    held = words()["groups"]
    found = {name: [re.search(cue, text, re.I) for cue in each["cues"]] for name, each in held.items()}
    first = {name: next((m for m in matches if m), None) for name, matches in found.items()}
    return {name: match.span() for name, match in first.items() if match is not None}


def lexicon_of(store: Store) -> Lexicon:
    """Every name of the store's words and trials, with what people say in their place."""
    trials = {card.trial: trial_names(card) for card in store.trials.values()}
    key = id(store.words), tuple(trials)
    if key not in _LEXICONS:
        _LEXICONS[key] = store.words, _lexicon(store.words, trials)
    return _LEXICONS[key][1]


# With the words that each is made of, so that their id is no other's.
_LEXICONS: dict[tuple[int, tuple[str, ...]], tuple[Vocabulary, Lexicon]] = {}


def _lexicon(known: Vocabulary, trials: Mapping[str, Iterable[str]]) -> Lexicon:
    names: dict[str, dict[str, Iterable[str]]] = {
        kind: dict(said) for kind, said in words()["phrases"].items()
    }
    for phrases in names.values():
        for name, each in phrases.items():
            phrases[name] = _with_articles(each)
    names["marker"] = {name: [*each, *(f"{one}s" for one in each)] for name, each in names["marker"].items()}
    names["outcome"] = {name: each["cues"] for name, each in words()["outcomes"].items()}
    names["trial"] = dict(trials)
    for kind in _KINDS:
        held = names.setdefault(kind, {})
        for name, term in known.terms(kind).items():
            if kind == "endpoint" and term.shape == "family":
                continue
            said = (
                term.names
                if kind != "line"
                else [each for each in term.names if not _names_a_drug(known, each)]
            )
            if kind in ("endpoint", "toxicity"):
                said = [*said, *(f"{each}s" for each in said if not each.endswith("s"))]
            held[name] = [*held.get(name, ()), *_written(known, said)]
    for kind, others in words()["elsewhere"].items():
        names[f"elsewhere_{kind}"] = {name: [name] for name in others}
    return Lexicon(names)


def strange(text: str, store: Store) -> tuple[str, ...]:
    """The words of a text that are ordinary in no question, name nothing and stand nowhere in the store."""
    known = ordinary() | store_words(store) | set(words()["asking"].split())
    named = lexicon_of(store).find(text)
    return tuple(
        dict.fromkeys(
            m[0]
            for m in WORD.finditer(text)
            if len(m[0]) >= _LONG
            and not _forms(m[0].lower()) & known
            and not any(one.start < m.end() and m.start() < one.end for one in named)
        )
    )


def unheld(text: str, store: Store) -> tuple[str, ...]:
    """The words of kinetics in a text (`half-life`) that no statement speaks of."""
    said = " ".join(each.text for each in store.statements)
    found = ((cue, re.search(cue, text, re.I)) for cue in words()["cues"]["kinetics"])
    return tuple(m[0] for cue, m in found if m is not None and not re.search(cue, said, re.I))


def _forms(word: str) -> set[str]:
    """A word as it is, and without the endings of plurals and verbs."""
    bare = {word, *(word.removesuffix(end) for end in ("s", "es", "ed", "d", "ing", "ly", "'s"))}
    return bare | {f"{each}e" for each in bare}


def trial_names(card: TrialCard) -> list[str]:
    """How a trial may be called: its name with its parts apart or together, a register's number.

    A name with a figure in it, or one that is no word of the language, is found in small letters too; any
    other so only before `trial` or `study`.
    """
    parts = _PARTS.findall(card.trial)
    found = [card.trial, *card.registered]
    if len(parts) > 1:
        found += [mark.join(parts) for mark in ("", " ", "-")]
        found += [mark.join((parts[0], parts[-1])) for mark in ("", " ", "-") if len(parts[-1]) > 1]
        if parts[-1] in _ROMAN:
            found += [mark.join((*parts[:-1], _ROMAN[parts[-1]])) for mark in ("", " ", "-")]
    coined = words()["coined"]
    said: list[str] = []
    for name in found:
        small = name.lower()
        anyhow = any(letter.isdigit() for letter in name) or small in coined
        said += [small] if anyhow else [name, f"{small} trial", f"{small} study"]
    return said


def _with_articles(said: Iterable[str]) -> list[str]:
    """A phrase with `the`, `my`, `your` or nothing in the place of each: `lose my hair`, `lose hair`."""
    found: dict[str, None] = {}
    for phrase in said:
        found[phrase] = None
        if _ARTICLE.search(phrase):
            for other in ("the ", "my ", "your ", "his ", ""):
                found[_ARTICLE.sub(other, phrase)] = None
    return list(found)


def _written(known: Vocabulary, said: Iterable[str]) -> list[str]:
    """The ways in which names are typed: small letters and either spelling, unless they are short."""
    found: dict[str, None] = {}
    for name in said:
        if name.lower() in _ORDINARY:
            continue
        if len(name) < _SHORT:
            if any(letter.isupper() for letter in name):
                found[name] = None
            continue
        found[name.lower()] = None
        found[known.folded(name)] = None
    return list(found)


def _names_a_drug(known: Vocabulary, phrase: str) -> bool:
    """`after X` is a line in a document; in a question it is what was given before."""
    folded = f" {known.folded(phrase)} "
    return (
        any(f" {name} " in folded for name in known.phrases("drug") if len(name) >= _SHORT)
        or "targeted" in folded
    )


def ordinary() -> frozenset[str]:
    return frozenset(words()["ordinary"].split())


_HELD: dict[int, tuple[Store, frozenset[str]]] = {}  # with the store, so that its id is no other's


def store_words(store: Store) -> frozenset[str]:
    """Every word of the store's statements, cards and labels."""
    if id(store) not in _HELD:
        texts = [f"{each.text} {each.plain or ''}" for each in store.statements]
        for card in store.trials.values():
            texts += [
                card.title,
                card.setting or "",
                card.eligibility or "",
                *(arm.label for arm in card.arms.values()),
            ]
        for kind in ("endpoint", "toxicity", "population", "condition", "drug", "class"):
            texts += [
                f"{' '.join(term.names)} {term.plain or ''}" for term in store.words.terms(kind).values()
            ]
        found = {match[0].lower() for text in texts for match in WORD.finditer(text)}
        _HELD[id(store)] = store, frozenset(found | {word.rstrip("s") for word in found})
    return _HELD[id(store)][1]
