"""`about:` of a file of published results -> a `TrialCard`.

about:
  title: ...                        # the only words that must be there: title, condition
  condition: mcrpc                  # ids of the vocabulary: condition, prior, treatment, drug
  line: second                      # first, second, later, any, none, not stated
  prior: [docetaxel]                # drugs or classes that patients had had
  registered: [...]  phase: '3'  setting: ...  randomised: true  ratio: '1:1'  blinding: ...  strata: [...]
  eligibility: ...  growth_factor: ...  primary: [os]  sites: 10  countries: 3  note: ...
  enrolled: {from: 2007-01, to: 2008-10, n: 755}
  arms: {a: {treatment: ..., label: ..., role: control, n: 378, treated: 371, give: [{drug: ...}]}}
  stated: {planned_n: {SOURCE: '324', OTHER: '274'}}       # facts of the design as each source states them
  names: {endpoints: {own: common}, populations: {own: common}}
  sources: [SOURCE]                 # where this was read
  recalled: [...]                   # what was filled from memory
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_args

from trialist.evidence.model import Arm, Given, Line, TrialCard

_TEXTS = (
    "title",
    "condition",
    "setting",
    "phase",
    "ratio",
    "blinding",
    "eligibility",
    "growth_factor",
    "note",
)
_LISTS = ("registered", "prior", "strata", "primary", "sources", "recalled")
_COUNTS = ("sites", "countries")
_WORDS = frozenset({*_TEXTS, *_LISTS, *_COUNTS, "line", "randomised", "enrolled", "arms", "stated", "names"})
_LINES = get_args(Line)
_ROLES = ("experimental", "control", "cohort")
_ARM = frozenset({"treatment", "label", "role", "give", "n", "treated"})
_GIVEN = frozenset(each.name for each in fields(Given))

Add = Callable[[str, str, str, int | None], None]


def read_card(trial: str, about: Any, lines: Mapping[str, int], add: Add) -> TrialCard | None:
    """The card of a trial, or None where the parts that it needs are not there.

    `lines` has the line of each word and of each arm (`arms.name`); `add(code, message, remedy, line)` takes
    what is wrong: E602 a word that is unknown or missing, E603 a value that can't be what it should be.
    """
    top = lines.get("about")
    if not isinstance(about, dict):
        add("E603", "'about' is not a list of words", "write 'title: ...' below it", top)
        return None
    asked = _Asked(about, lines, add)
    for word in about:
        if word not in _WORDS:
            use = f"use {', '.join(sorted(_WORDS))}"
            add("E602", f"'{word}' is no word of 'about'", use, lines.get(str(word), top))
    texts = {word: asked.text(word) for word in _TEXTS}
    missing = [word for word in ("title", "condition") if word not in about]
    for word in missing:
        add("E602", f"'about' has no '{word}'", f"add '{word}'", top)
    line = about.get("line", "not stated")
    if line not in _LINES:
        asked.wrong("line", f"'line' is {line!r}", f"use one of {', '.join(_LINES)}")
        line = "not stated"
    randomised = about.get("randomised", False)
    if not isinstance(randomised, bool):
        asked.wrong("randomised", "'randomised' is neither true nor false", "write true or false")
    enrolled = asked.part("enrolled", {"from", "to", "n"})
    arms = {str(name): asked.arm(str(name), item) for name, item in asked.part("arms").items()}
    if missing or texts["title"] is None or texts["condition"] is None:
        return None
    return TrialCard(
        trial=trial,
        title=texts["title"],
        condition=texts["condition"],
        setting=texts["setting"],
        registered=asked.list_of_texts("registered"),
        phase=texts["phase"],
        line=line,
        prior=asked.list_of_texts("prior"),
        randomised=randomised is True,
        ratio=texts["ratio"],
        blinding=texts["blinding"],
        strata=asked.list_of_texts("strata"),
        eligibility=texts["eligibility"],
        enrolled_from=asked.day("enrolled", enrolled.get("from")),
        enrolled_to=asked.day("enrolled", enrolled.get("to")),
        n=asked.count("enrolled", enrolled.get("n")),
        sites=asked.count("sites", about.get("sites")),
        countries=asked.count("countries", about.get("countries")),
        primary=asked.list_of_texts("primary"),
        growth_factor=texts["growth_factor"],
        arms={name: arm for name, arm in arms.items() if arm is not None},
        sources=asked.list_of_texts("sources"),
        recalled=asked.list_of_texts("recalled"),
        note=texts["note"],
        stated=asked.nested("stated"),
        names=asked.nested("names"),
    )


class _Asked:
    """Takes values of the kind that is wanted out of `about`, and says where they are of another."""

    def __init__(self, about: Mapping[str, Any], lines: Mapping[str, int], add: Add) -> None:
        self.about, self.lines, self.add = about, lines, add

    def wrong(self, word: str, message: str, remedy: str) -> None:
        self.add("E603", message, remedy, self.lines.get(word, self.lines.get("about")))

    def text(self, word: str) -> str | None:
        value = self.about.get(word)
        if value is None or isinstance(value, str):
            return value
        self.wrong(word, f"'{word}' is {value!r}, not text", "put it in quotation marks")
        return None

    def list_of_texts(self, word: str) -> tuple[str, ...]:
        value = self.about.get(word, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.wrong(word, f"'{word}' is no list of texts", f"write '{word}: [..., ...]'")
        return ()

    def count(self, word: str, value: Any) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.wrong(word, f"'{word}' is {value!r}, not a count", "give a whole number")
        return None

    def day(self, word: str, value: Any) -> str | None:
        """A date as far as it is known: 2007, 2007-01 or 2007-01-02."""
        if value is None or isinstance(value, (str, date)):
            return None if value is None else str(value)
        if isinstance(value, int) and 1900 <= value <= 2100:
            return str(value)
        self.wrong(word, f"'{word}' holds {value!r}, not a date", "write 2007, 2007-01 or 2007-01-02")
        return None

    def part(self, word: str, allowed: set[str] | None = None) -> Mapping[str, Any]:
        value = self.about.get(word, {})
        if isinstance(value, dict) and (allowed is None or set(value) <= allowed):
            return value
        told = f"made of {', '.join(sorted(allowed))}" if allowed else "a list of names with what they are"
        self.wrong(word, f"'{word}' is not {told}", f"write '{word}: {{name: ...}}'")
        return {}

    def nested(self, word: str) -> Mapping[str, Mapping[str, str]]:
        value = self.part(word)
        found = {}
        for name, item in value.items():
            if isinstance(item, dict) and all(isinstance(v, str) for v in item.values()):
                found[str(name)] = {str(k): v for k, v in item.items()}
            else:
                self.wrong(word, f"'{name}' in '{word}' is no list of texts by name", "write {NAME: '...'}")
        return found

    def arm(self, name: str, item: Any) -> Arm | None:
        place = f"arms.{name}" if f"arms.{name}" in self.lines else "arms"
        if not isinstance(item, dict) or not set(item) <= _ARM:
            use = f"use {', '.join(sorted(_ARM))}"
            self.wrong(place, f"arm '{name}' has words that are none of an arm", use)
            return None
        treatment, label, role = item.get("treatment"), item.get("label", name), item.get("role", "cohort")
        for word, value in (("treatment", treatment), ("label", label)):
            if value is not None and not isinstance(value, str):
                self.wrong(place, f"'{word}' of arm '{name}' is no text", "put it in quotation marks")
                return None
        if role not in _ROLES:
            self.wrong(place, f"'role' of arm '{name}' is {role!r}", f"use one of {', '.join(_ROLES)}")
            return None
        give = item.get("give", [])
        if not isinstance(give, list) or not all(_given(each) for each in give):
            self.wrong(
                place, f"'give' of arm '{name}' is no list of drugs", "write 'give: [{drug: ..., dose: ...}]'"
            )
            return None
        return Arm(
            name=name,
            label=str(label),
            treatment=treatment,
            role=role,
            give=tuple(Given(**each) for each in give),
            n=self.count(place, item.get("n")),
            treated=self.count(place, item.get("treated")),
        )


def _given(item: Any) -> bool:
    if not isinstance(item, dict) or not set(item) <= _GIVEN or not isinstance(item.get("drug"), str):
        return False
    cycles = item.get("cycles")
    texts = all(isinstance(value, str) for word, value in item.items() if word != "cycles")
    return texts and (cycles is None or (isinstance(cycles, int) and not isinstance(cycles, bool)))
