"""`trialist pool --network`: several treatments of the store compared in one network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from trialist.cli.output import print_json, refuse
from trialist.problems import Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.model import Store
    from trialist.evidence.pooling.network import PooledNetwork
    from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
    from trialist.evidence.vocabulary import Vocabulary

TAU2 = ("reml", "ml", "dersimonian_laird", "common")
INTERVALS = ("normal", "t")
TABLES = ("inverse_variance", "mantel_haenszel")
OF_PAIRS = (
    "file", "patients", "tau", "reconstructed", "compare", "medians", "columns", "regress", "subgroup",
    "leave_one_out", "cumulative", "influence", "small_studies", "forest", "funnel", "prediction", "to",
    "proportions",
)  # fmt: skip
"""Words that ask for what a network of treatments does not give."""


def of_network(words: Mapping[str, Any], given: frozenset[str], *, as_json: bool) -> None:
    """Answer for a network; `given` are the words that the caller wrote himself."""
    from trialist.cli.evidence import opened
    from trialist.evidence.pooling.network import pool_network

    wrong = [word for word in OF_PAIRS if word in given]
    if wrong:
        raise click.UsageError(f"--network takes no --{wrong[0].replace('_', '-').replace('file', 'csv')}")
    if not words["endpoint"]:
        raise click.UsageError("give --endpoint with --network")
    options = _options(words, given)
    store = opened(words["folders"], as_json=as_json)
    asked, problems = _question(store, words)
    if problems:
        refuse(problems, as_json=as_json)
    pooled = pool_network(store, asked, options)
    if errors(pooled.problems):
        refuse(pooled.problems, as_json=as_json)
    _write(pooled, words, as_json)
    if as_json:
        print_json(_document(pooled))
        return
    from trialist.report.network_text import network_text

    click.echo(network_text(pooled, max(60, min(shutil.get_terminal_size((110, 24)).columns, 150))))


def _options(words: Mapping[str, Any], given: frozenset[str]) -> NetworkOptions:
    from trialist.evidence.pooling.network_question import NetworkOptions

    interval: Any = words["interval"] if "interval" in given else "normal"
    for word, value, known in (
        ("tau2", words["tau2"], TAU2), ("interval", interval, INTERVALS), ("tables", words["tables"], TABLES)
    ):  # fmt: skip
        if value not in known:
            listed = ", ".join(known).replace("_", "-")
            raise click.UsageError(f"--network takes --{word} {listed}")
    tau2: Any = "reml" if words["tau2"] == "common" else words["tau2"]
    return NetworkOptions(
        model="common" if words["tau2"] == "common" else "random",
        tau2=tau2,
        interval=interval,
        level=words["level"],
        shared_arm=words["shared_arm"],
        tables=words["tables"],
        add=0.5 if words["add"] is None else words["add"],
        seed=words["seed"],
    )


def _question(store: Store, words: Mapping[str, Any]) -> tuple[NetworkQuestion, tuple[Problem, ...]]:
    """What is asked, in ids of the store. Problems: E622 a word that stands for nothing."""
    from trialist.evidence.filter import read_filter
    from trialist.evidence.pooling.network_question import NetworkQuestion

    texts = {word: words[word] for word in ("endpoint", "condition", "line", "measure")}
    if words["population"] != "any":
        texts["population"] = words["population"]
    wanted, problems = read_filter(store, texts)
    named = {word: treatment(store, words[word]) for word in ("seed_treatment", "reference") if words[word]}
    among = [treatment(store, text) for text in words["among"] or ()]
    wrong = [*problems, *(each for each in (*named.values(), *among) if isinstance(each, Problem))]

    def chosen(word: str) -> str | None:
        value = named.get(word)
        return value if isinstance(value, str) else None

    everybody = words["population"] == "any" or (wanted.endpoint or "").startswith("ae:")
    return NetworkQuestion(
        wanted.endpoint or words["endpoint"],
        wanted.measure or "hazard_ratio",
        treatments=frozenset(each for each in among if isinstance(each, str)),
        seed=chosen("seed_treatment"),
        conditions=frozenset({wanted.condition} if wanted.condition else ()),
        lines=frozenset({wanted.line} if wanted.line else ()),
        population=wanted.population or (None if everybody else "itt"),
        timepoint=words["timepoint"],
        reference=chosen("reference"),
        recalled=words["recalled"],
    ), tuple(wrong)


def treatment(store: Store, text: str) -> str | Problem:
    """The id of a treatment that a word stands for; of a drug the only treatment there is with it. E622."""
    known = store.words
    found = known.find("treatment", text)
    arms = {arm.treatment for card in store.trials.values() for arm in card.arms.values() if arm.treatment}
    if found is not None:
        return found.id
    if text in arms:
        return text
    drug = known.find("drug", text)
    doses = sorted(name for name in arms if drug is not None and _holds(known, name, drug.id))
    if len(doses) == 1:
        return doses[0]
    if doses:
        message, remedy = f"'{text}' is given in several treatments", f"name one of {', '.join(doses)}"
    else:
        message, remedy = f"no treatment is called '{text}'", f"name one of {', '.join(sorted(arms))}"
    return Problem("E622", message, remedy)


def _holds(known: Vocabulary, name: str, drug: str) -> bool:
    term = known.find("treatment", name)
    return term is not None and any(given.drug == drug for given in term.drugs)


def _write(pooled: PooledNetwork, words: Mapping[str, Any], as_json: bool) -> None:
    from trialist.formats.atomic import write_text

    if words["html"] is not None:
        from trialist.report.network_page import network_page

        make: Callable[[PooledNetwork], str] = network_page
        wrong = write_text(words["html"], make(pooled))
        if wrong:
            refuse(wrong, as_json=as_json)


def _document(pooled: PooledNetwork) -> dict[str, Any]:
    said: Sequence[Problem] = (*pooled.problems, *(p for part in pooled.parts for p in part.problems))
    return {
        "parts": [
            {
                "treatments": list(part.treatments),
                "trials": [each.trial for each in part.trials],
                "findings": [finding.as_json() for finding in part.findings],
            }
            for part in pooled.parts
        ],
        "left_out": [
            {"trial": each.trial, "finding": each.finding and each.finding.as_json(), "why": each.why}
            for each in pooled.left_out
        ],
        "problems": [problem.as_json() for problem in dict.fromkeys(said)],
    }
