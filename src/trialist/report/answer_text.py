"""An answer for the terminal: sections, sentences and what each stands on."""

from __future__ import annotations

import textwrap

from trialist.evidence.answers.answer import Answer, Sentence

_SHOWN = 4  # ids behind a sentence; the rest is with --json


def answer_text(answer: Answer, width: int = 100) -> str:
    """The answer as text, `width` characters wide."""
    level = "" if answer.grade is None else f"; reading level: grade {answer.grade:.1f}"
    words = "" if answer.phrased == "own" else f"; in the words of {answer.phrased}, checked"
    lines = [
        textwrap.fill(answer.question.text, width),
        f"For a {answer.audience}; {answer.status}{level}{words}",
        *(f"'{typed}' is read as '{read}'" for typed, read in answer.question.corrected),
        "",
    ]
    for section in answer.sections:
        lines += [section.title, "-" * len(section.title)]
        for sentence in section.sentences:
            ids = unsaid(sentence)
            behind = "" if section.name == "sources" or not ids else f" [{shown_ids(ids)}]"
            lines.append(
                textwrap.fill(
                    f"{sentence.text}{behind}",
                    width,
                    initial_indent="- ",
                    subsequent_indent="  ",
                    break_on_hyphens=False,
                )
            )
        lines.append("")
    return "\n".join(lines).rstrip()


def unsaid(sentence: Sentence) -> tuple[str, ...]:
    """The ids of a sentence, unless it names all of them itself."""
    return () if all(name in sentence.text for name in sentence.ids) else sentence.ids


def shown_ids(ids: tuple[str, ...], most: int = _SHOWN) -> str:
    """`CARD-0008, CARD-0009 and 3 more`."""
    rest = len(ids) - most
    return ", ".join(ids[:most]) + (f" and {rest} more" if rest > 0 else "")
