"""The two sides of `trialist match`: own patients, from a file or a trial, and the other trial as
published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trialist.cli.output import refuse
from trialist.cli.pool_table import rows_of
from trialist.findings.model import Origin
from trialist.problems import Place, Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.model import Store, TrialCard
    from trialist.individual.own import Columns, Own
    from trialist.individual.target import Other, Target

OF_FILE = ("time", "event", "event_is", "response", "response_is", "value", "arm")


@dataclass(frozen=True, slots=True)
class Published:
    """The other trial: its patients as they are matched, and where it stands in the store, if it was asked
    for."""

    target: Target
    store: Store | None = None
    card: TrialCard | None = None


def published(own: str, words: Mapping[str, Any], *, as_json: bool) -> Published:
    """The other trial's patients. Ends with exit code 2 where they are not known."""
    store = card = None
    if words["matched"] or not any(words[word] for word in ("effect", "count", "curve")):
        store, card = _card(words, as_json=as_json)
        apart = _comparators(store, own, words)
        if apart is not None:
            refuse([apart], as_json=as_json)
    target, problems = _target(store, card, words, as_json=as_json)
    if target is None:
        refuse(problems, as_json=as_json)
    return Published(target, store, card)


def result(found: Published, words: Mapping[str, Any], measure: str, *, as_json: bool) -> Other:
    """What the other trial found. Ends with exit code 2 where it found nothing of the kind."""
    other = _result(found, words, measure, as_json=as_json)
    if isinstance(other, Problem):
        refuse([other], as_json=as_json)
    return other


def _card(words: Mapping[str, Any], *, as_json: bool) -> tuple[Store, TrialCard]:
    from trialist.cli.evidence import opened
    from trialist.evidence.filter import trial_named

    store = opened(words["folders"], as_json=as_json)
    name = trial_named(store, words["trial"])
    if name is None:
        known = ", ".join(sorted(store.trials))
        refuse(
            [Problem("E654", f"the store has no trial '{words['trial']}'", f"it has {known}")],
            as_json=as_json,
        )
    card = store.trials[name]
    absent = [arm for arm in words["against"] if arm not in card.arms]
    if absent:
        remedy = f"its arms are {', '.join(card.arms)}"
        refuse([Problem("E654", f"{card.trial} has no arm '{absent[0]}'", remedy)], as_json=as_json)
    return store, card


def _target(
    store: Store | None, card: TrialCard | None, words: Mapping[str, Any], *, as_json: bool
) -> tuple[Target | None, tuple[Problem, ...]]:
    from trialist.individual.target import target_of_rows, target_of_store

    if words["target"] is None:
        assert store is not None
        assert card is not None
        return target_of_store(store, card, words["against"], words["matched"])
    name = card.trial if card else words["trial"] or words["target"].stem
    return target_of_rows(rows_of(words["target"], as_json=as_json), name, str(words["target"]))


def _result(found: Published, words: Mapping[str, Any], measure: str, *, as_json: bool) -> Other | Problem:
    from trialist.evidence.filter import read_filter
    from trialist.evidence.pooling.question import Options, Question, Side
    from trialist.individual.target import of_counts, of_effect, result_of_store

    trial, store, card = found.target.trial, found.store, found.card
    if words["effect"]:
        return of_effect(trial, words["against"], words["effect"], measure)
    if words["count"]:
        events, n = words["count"]
        if events > n or n < 1:
            return Problem(
                "E654", f"{events} of {n} patients can't have responded", "give responders, then patients"
            )
        return of_counts(trial, words["against"][0], events, n)
    if words["curve"]:
        return _of_curve(words, trial, as_json=as_json)
    assert store is not None
    assert card is not None
    wanted, problems = read_filter(store, {"endpoint": words["endpoint"], "population": words["population"]})
    if problems:
        refuse(problems, as_json=as_json)
    question = Question(
        wanted.endpoint or words["endpoint"], Side(""), Side(""), measure, population=wanted.population
    )
    return result_of_store(store, card, words["against"], question, Options())


def _of_curve(words: Mapping[str, Any], trial: str, *, as_json: bool) -> Other:
    """The times of one arm: of a table, or of a trial with records or curves (then in months)."""
    from trialist.formats.any_table import is_source, open_table
    from trialist.individual.own import times_of
    from trialist.individual.target import of_times

    arm = words["against"][0]
    if not is_source(words["curve"]):
        own, told = _patients(words["curve"], (arm,), (), words, as_json=as_json, records=None)
        if own is None or errors(told):
            refuse(told, as_json=as_json)
        if own.kind != "times":
            raise click.UsageError(f"--curve {words['curve']}: '{words['endpoint']}' is no time to an event")
        return of_times(trial, arm, own.outcome, own.event, own.origin)
    if not words["time"] or not words["event"]:
        raise click.UsageError("--curve FILE goes with --time and --event, the names of its columns too")
    opened, problems = open_table(words["curve"])
    if opened is None:
        refuse(problems, as_json=as_json)
    times, wrong = times_of(opened.data, words["time"], words["event"], words["event_is"], opened.place)
    opened.close()
    if times is None:
        refuse(wrong, as_json=as_json)
    return of_times(trial, arm, *times, Origin("reconstructed", source=opened.name))


def _comparators(store: Store, own: str, words: Mapping[str, Any]) -> Problem | None:
    """E654 where both trials are in the store and their comparators had different treatments."""
    if len(words["against"]) < 2:
        return None
    from trialist.evidence.filter import trial_named

    mine, other = trial_named(store, Path(own).name), trial_named(store, words["trial"])
    here = store.trials[mine].arms.get(words["compare"][1]) if mine else None
    there = store.trials[other].arms[words["against"][1]] if other else None
    if here is None or there is None or here.treatment == there.treatment:
        return None
    return Problem(
        "E654",
        f"{here.label} and {there.label} are different treatments ({here.treatment}, "
        f"{there.treatment}), so they "
        "join nothing",
        "name the arm that both trials have, or compare one arm of each with --unanchored",
    )


def own_side(
    own: str, covariates: Sequence[str], words: Mapping[str, Any], *, as_json: bool
) -> tuple[Own | None, tuple[Problem, ...]]:
    """Own patients of the arms that are compared."""
    from trialist.formats.any_table import is_source

    return (_of_file if is_source(own) else _of_trial)(own, covariates, words, as_json=as_json)


def _columns(words: Mapping[str, Any]) -> Columns:
    from trialist.individual.own import Columns

    asked = [word for word in ("time", "response", "value") if words[word]]
    if len(asked) != 1 or not words["arm"]:
        raise click.UsageError(
            "of a file name --arm, and one of --time (with --event), --response and --value"
        )
    if bool(words["time"]) != bool(words["event"]):
        raise click.UsageError("--time and --event go together")
    if asked == ["time"]:
        return Columns("times", words["time"], words["arm"], words["event"], "event", words["event_is"])
    if asked == ["response"]:
        return Columns("responses", words["response"], words["arm"], None, "response", words["response_is"])
    return Columns("values", words["value"], words["arm"])


def _of_file(
    own: str, covariates: Sequence[str], words: Mapping[str, Any], *, as_json: bool
) -> tuple[Own | None, tuple[Problem, ...]]:
    from trialist.formats.any_table import open_table
    from trialist.individual.own import own_patients

    columns = _columns(words)
    opened, problems = open_table(own)
    if opened is None:
        refuse(problems, as_json=as_json)
    try:
        found, told = own_patients(
            opened.data,
            columns,
            words["compare"],
            covariates,
            name=opened.name,
            place=opened.place,
            where=words["where"],
        )
    finally:
        opened.close()
    return found, (*problems, *told)


def _of_trial(
    own: str, covariates: Sequence[str], words: Mapping[str, Any], *, as_json: bool
) -> tuple[Own | None, tuple[Problem, ...]]:
    idle = [word for word in OF_FILE if words[word]]
    if idle:
        raise click.UsageError(f"--{idle[0].replace('_', '-')} names a column of a file, and OWN is a trial")
    return _patients(own, words["compare"], covariates, words, as_json=as_json, records=words["records"])


def _patients(
    trial: str,
    arms: Sequence[str],
    covariates: Sequence[str],
    words: Mapping[str, Any],
    *,
    as_json: bool,
    records: Path | None,
) -> tuple[Own | None, tuple[Problem, ...]]:
    """Of a trial's records: one endpoint is derived by its protocol, and no other. Times are in months."""
    from trialist.cli.pipeline import Settings, prepare_job
    from trialist.individual.own import Columns, own_patients
    from trialist.study import origin, patients_with
    from trialist.units import DAYS_PER_MONTH

    endpoint = words["endpoint"]
    if not endpoint:
        raise click.UsageError(f"give --endpoint of the trial {trial}")
    job = prepare_job(Settings(trial, records, words["subjects"], None, None, as_json), writes=False)
    protocol = job.trial.protocol
    if endpoint not in protocol.plan.endpoints:
        known = ", ".join(protocol.plan.endpoints)
        refuse([Problem("E655", f"{trial} has no endpoint '{endpoint}'", f"it has {known}")], as_json=as_json)
    table = patients_with(protocol, job.records, endpoint)
    names = () if table is None else tuple(table.columns)
    kinds = {
        "event": Columns("times", "time_months", event="event"),
        "responder": Columns("responses", "responder"),
        "change": Columns("values", "change"),
        "value": Columns("values", "value"),
    }
    columns = next((kind for column, kind in kinds.items() if column in names), None)
    if columns is None or table is None:
        text = f"the endpoint '{endpoint}' of {trial} gives no time, response or value of each patient"
        refuse([Problem("E655", text, "name another endpoint")], as_json=as_json)
    if columns.kind == "times":
        table = table.mutate(time_months=table.time_days / DAYS_PER_MONTH)
    return own_patients(
        table,
        columns,
        arms,
        covariates,
        name=protocol.plan.trial,
        place=Place(protocol.file),
        where=words["where"] if covariates else None,
        origin=origin(protocol, job.records),
    )
