"""What a question asks of how a trial was planned and run, of which of its analyses, and at which time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialist.evidence.answers.language import words
from trialist.evidence.claims.lexicon import Mention

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Conduct:
    """Matters, analyses and times of a question, and where its matters stand in the text."""

    matters: tuple[str, ...]
    analyses: tuple[str, ...]
    times: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    def tells(self, text: str, mention: Mention) -> bool:
        """Whether a name is no endpoint: it stands in the words of a matter, or names a pathway."""
        if mention.kind != "endpoint":
            return False
        if mention.id.partition(":")[0] in words()["conduct"]:
            return False
        pathway = re.match(r"\W+(?:pathways?|signal)", text[mention.end :], re.I)
        return bool(pathway) or any(a <= mention.start and mention.end <= b for a, b in self.places)

    def rest(self, text: str) -> str:
        """A text without the words that ask of a matter."""
        for start, end in self.places:
            text = text[:start] + " " * (end - start) + text[end:]
        return text


def conduct_asked(text: str) -> Conduct:
    held = words()
    found = {name: _all(cues, text) for name, cues in held["matters"].items()}
    analyses = tuple(name for name, cues in held["analyses_asked"].items() if _all(cues, text))
    return Conduct(
        matters=tuple(name for name, matches in found.items() if matches),
        analyses=(*analyses, *_years(text)) if analyses else (),
        times=_times(text),
        places=tuple(m.span() for matches in found.values() for m in matches),
    )


def endpoints_cued(text: str) -> dict[str, int]:
    """Endpoints that are asked for in words that stand apart from each other, and where."""
    found = {name: _all(cues, text) for name, cues in words()["endpoint_cues"].items()}
    return {name: matches[0].start() for name, matches in found.items() if matches}


def _all(cues: list[str], text: str) -> list[re.Match[str]]:
    matches = (re.search(cue, text, re.I) for cue in cues)
    return [m for m in matches if m is not None]


def _years(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_YEAR.findall(text)))


def _times(text: str) -> tuple[str, ...]:
    """`24 months` of `alive at two years`; `18 weeks` of `18-week rate`."""
    numbers = words()["numbers"]
    spelt = re.compile(rf"\b(?:{'|'.join(numbers)})(?=[- ](?:years?|months?|yrs?|weeks?)\b)", re.I)
    plain = spelt.sub(lambda m: str(numbers[m[0].lower()]), text)
    found: list[str] = []
    for unit, cues in words()["times"].items():
        for cue in cues:
            for match in re.finditer(cue, plain, re.I):
                number = int(next((g for g in match.groups() if g), "1"))
                found.append(f"{number * 12} months" if unit == "years" else f"{number} {unit}")
    return tuple(dict.fromkeys(found))
