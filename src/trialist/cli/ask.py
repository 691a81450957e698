"""`trialist ask`: a question answered from the store, for a patient, clinician or researcher."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.evidence import opened, store_option, width
from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.evidence.answers.answer import Answer
    from trialist.evidence.answers.asked import Question
    from trialist.evidence.model import Store

KEY = "TRIALIST_MODEL_KEY"


@click.command("ask")
@click.argument("question", type=NAME)
@click.option(
    "--for",
    "audience",
    type=click.Choice(["patient", "clinician", "researcher"]),
    default="clinician",
    show_default=True,
    help="Who reads the answer.",
)
@click.option("--thread", type=FOLDER, help="JSON file of the questions before; this one is added to it.")
@click.option("--html", type=FOLDER, help="Write the answer as a page to this file.")
@click.option("--review", type=FOLDER, help="JSON file of reviews: the status of this answer is kept there.")
@click.option("--submit", type=NAME, metavar="WHO", help="Put the answer under review, with --review.")
@click.option("--approve", type=NAME, metavar="WHO", help="Approve the answer that is under review.")
@click.option(
    "--changed", type=NAME, default=None, help="What the reviewer had changed, kept with --approve."
)
@click.option("--model", type=NAME, help="A model that may say it otherwise, behind a gate; none by default.")
@click.option("--model-url", type=NAME, help="Its address, such as http://localhost:8000/v1.")
@store_option
@json_option
def command(
    question: str,
    audience: str,
    thread: Path | None,
    html: Path | None,
    review: Path | None,
    submit: str | None,
    approve: str | None,
    changed: str | None,
    model: str | None,
    model_url: str | None,
    folders: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Answer a QUESTION from findings and statements of the store, each sentence with the ids it is made of.

    What the store does not hold is not answered, and said so.
    """
    if (submit or approve or changed) and review is None:
        raise click.UsageError("--submit, --approve and --changed need --review FILE")
    if bool(model) != bool(model_url):
        raise click.UsageError("--model and --model-url belong together")
    store = opened(folders, as_json=as_json)
    from trialist.evidence.answers.ask import ask
    from trialist.evidence.answers.named import AUDIENCES

    reader = AUDIENCES[[str(each) for each in AUDIENCES].index(audience)]
    asked = [] if thread is None else _read_thread(thread, as_json=as_json)
    answer = ask(question, reader, store=store, before=asked[-1] if asked else None)
    if review is not None:
        answer = _reviewed(answer, store, review, submit, approve, changed, as_json=as_json)
    if model and model_url:
        answer, told = _phrased(answer, store, model, model_url)
        answer = replace(answer, problems=(*answer.problems, *told))
    if thread is not None:
        held = [each.as_json() for each in (*asked, answer.question)]
        _write(thread, json.dumps({"questions": held}, indent=2, ensure_ascii=False) + "\n", as_json=as_json)
    if html is not None:
        from trialist.report.answer_page import render_answer

        _write(html, render_answer(answer, store), as_json=as_json)
    if as_json:
        print_json(answer.as_json())
        return
    print_problems(answer.problems)
    from trialist.report.answer_text import answer_text

    click.echo(f"Written: {html}" if html is not None else answer_text(answer, width()))


def _read_thread(path: Path, *, as_json: bool) -> list[Question]:
    """The questions of a thread; none where the file is not there yet."""
    from trialist.evidence.answers.asked import from_json

    if not path.exists():
        return []
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return [from_json(each) for each in data["questions"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"the thread can't be read: {error}"
        problem = Problem(
            "E690", message, "name a file that --thread has written, or a new one", Place(str(path))
        )
        refuse([problem], as_json=as_json)


def _reviewed(
    answer: Answer,
    store: Store,
    path: Path,
    submit: str | None,
    approve: str | None,
    changed: str | None,
    *,
    as_json: bool,
) -> Answer:
    """The answer with its status; what has changed since is withdrawn, and written down."""
    from trialist.evidence.answers import review

    held, problems = review.read_reviews(path)
    if problems:
        refuse(problems, as_json=as_json)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    reviews = review.swept(held, store, when=when)
    if submit:
        reviews = review.submitted(answer, reviews, store, who=submit, when=when)
    if approve:
        reviews, problem = review.approved(
            answer, reviews, store, who=approve, when=when, changed=changed or ""
        )
        if problem is not None:
            refuse([problem], as_json=as_json)
    if reviews != held:
        try:
            review.write_reviews(path, reviews)
        except OSError as error:
            refuse([_unwritten(path, error)], as_json=as_json)
    return replace(answer, status=review.status_of(answer, reviews, store))


def _phrased(answer: Answer, store: Store, name: str, address: str) -> tuple[Answer, tuple[Problem, ...]]:
    from trialist.evidence.answers.phrasing import phrased
    from trialist.formats.chat_model import chat_model

    try:
        model = chat_model(address, name, os.environ.get(KEY))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return phrased(answer, store, model, name)


def _write(path: Path, text: str, *, as_json: bool) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse([_unwritten(path, error)], as_json=as_json)


def _unwritten(path: Path, error: OSError) -> Problem:
    message = f"the file can't be written: {error.strerror}"
    return Problem("E692", message, "name a file in a folder that is there", Place(str(path)))
