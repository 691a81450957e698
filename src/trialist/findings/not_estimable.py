"""Why a number could not be estimated, or from whom it was: one function per reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialist.findings.context import Context
from trialist.problems import Problem


def no_subjects(context: Context, arms: Iterable[str]) -> Problem:
    names = ", ".join(f"'{arm}'" for arm in arms)
    return context.problem(
        "N401",
        f"nobody to analyse in {names}",
        "Check the population and its condition, and whether the records hold subjects of that arm.",
    )


def not_known(context: Context, arm: str, what: str) -> Problem:
    return context.problem(
        "N309",
        f"the {what} of '{arm}' is not known of anybody: it was not planned, or its doses can't be read",
        "State dose and interval in the arm; the notes on doses say which of them could not be read.",
    )


def not_reached(context: Context, arm: str) -> Problem:
    return context.problem(
        "N402",
        f"the median of '{arm}' is not reached: the curve stays above one half",
        "Report it as not reached, with the lower end of its interval; ask for probabilities at times.",
    )


def no_events(context: Context) -> Problem:
    return context.problem(
        "N403",
        "no event was seen, so there is nothing to compare",
        "Wait for events, or check how the endpoint is derived.",
    )


def infinite(context: Context) -> Problem:
    return context.problem(
        "N404",
        "the hazard ratio has no finite estimate: the events of one arm all come where the other has none",
        "Report the log-rank test and the curves; a ratio and its interval do not exist here.",
    )


def not_converged(context: Context, steps: int) -> Problem:
    return context.problem(
        "E405",
        f"the Cox model did not converge in {steps} steps",
        "This should not happen with arms as the covariate; please report it with the counts.",
    )


def not_identified(context: Context) -> Problem:
    return context.problem(
        "N406",
        "no event came while both arms were at risk and somebody was left behind: nothing to compare",
        "Use fewer strata, or check that both arms have subjects in the same strata.",
    )


def beyond_follow_up(context: Context, arm: str, months: float, last: float) -> Problem:
    return context.problem(
        "N407",
        f"nobody of '{arm}' was followed to {months:g} months (longest {last:.1f})",
        "Ask for an earlier time in `at_months`.",
    )


def too_few(context: Context, arm: str, n: int, needed: int, what: str) -> Problem:
    return context.problem(
        "N408",
        f"'{arm}' has {n} {what}, at least {needed} are needed",
        "Describe the values one by one instead of testing them.",
    )


def no_variation(context: Context, arm: str, what: str) -> Problem:
    return context.problem(
        "N409",
        f"{what} of '{arm}' are all equal, so there is no test and no interval",
        "Check that the values were measured, not filled in.",
    )


def empty_cell(context: Context) -> Problem:
    return context.problem(
        "N410",
        "an arm has responders only or none, so the odds ratio and its interval do not exist",
        "Report the difference in proportions, or the exact test.",
    )


def nothing_to_test(context: Context) -> Problem:
    return context.problem(
        "N411",
        "both arms have responders only, or none, so the test has nothing to work on",
        "Report the two proportions with their intervals.",
    )


def left_out(context: Context, n: int, why: str) -> Problem:
    noun = "subject is" if n == 1 else "subjects are"
    return context.problem(
        "N412",
        f"{n} {noun} left out: {why}",
        "Complete the records, or say in the report how many were left out and why.",
    )


def not_two_arms(context: Context, method: str, given: int) -> Problem:
    return context.problem(
        "E413",
        f"{method} compares two arms, but {given} are named",
        "Write `compare: [first, second]` in the analysis or in its estimand.",
    )


def no_such_factor(context: Context, names: Iterable[str]) -> Problem:
    shown = ", ".join(f"'{name}'" for name in names)
    return context.problem(
        "E414",
        f"the subjects have no factor {shown} to stratify by",
        "Name factors of the protocol's `factors:`, and check that the records carry them.",
    )


def level_not_reached(context: Context, arm: str, level: float) -> Problem:
    return context.problem(
        "N415",
        f"the changes of '{arm}' are too few or too tied for an interval at level {level:g}",
        "Report the estimate without it, or at the level that the finding states.",
    )


def separated(context: Context) -> Problem:
    return context.problem(
        "N404",
        "a hazard ratio of the model has no finite estimate: some combination of its arms and covariates "
        "tells who has the event next at every event",
        "Take out the covariate that separates, or say `firth: when_separated`.",
    )


def penalised_instead(context: Context) -> Problem:
    return context.problem(
        "N471",
        "the likelihood has no maximum, so the ratio is that of Firth's penalised likelihood",
        "Read it with its profile interval (`interval: profile`) and likelihood ratio test.",
    )


def no_such_column(context: Context, names: Iterable[str]) -> Problem:
    shown = ", ".join(f"'{name}'" for name in names)
    return context.problem(
        "E470",
        f"the model names {shown}, which the subjects do not have",
        "Name factors of the protocol's `factors:` or columns of the table that is analysed.",
    )


def does_not_go_with(context: Context, one: str, other: str) -> Problem:
    return context.problem(
        "E471",
        f"{one} does not go with {other}",
        "Change one of them; the page of this problem says which go together.",
    )


def no_such_reference(context: Context, level: str, of: str, known: Iterable[str]) -> Problem:
    return context.problem(
        "E472",
        f"the reference '{level}' is not among those of {of}: {', '.join(known)}",
        "Name one of these as `reference:`.",
    )


def constant(context: Context, names: Iterable[str]) -> Problem:
    shown = ", ".join(f"'{name}'" for name in names)
    return context.problem(
        "N470",
        f"everybody analysed has the same value of {shown}",
        "Take it out of the covariates, or look in the records why it does not vary.",
    )


def end_not_reached(context: Context, side: str) -> Problem:
    return context.problem(
        "N472",
        f"the profile likelihood interval has no {side} end: the likelihood does not fall off on that side",
        "Report the end that is there, or use `firth: when_separated`.",
    )


def no_test_of_time(context: Context, what: str) -> Problem:
    return context.problem(
        "N473",
        f"whether the hazard ratio of {what} changes with time can't be tested: too few times of events",
        "Look at the curves instead.",
    )


def no_interaction(context: Context, factor: str, why: str) -> Problem:
    return context.problem(
        "N474",
        f"the interaction with '{factor}' can't be tested: {why}",
        "Join levels that have too few events, or report the levels without the test.",
    )


def follows_from_others(context: Context) -> Problem:
    return context.problem(
        "N475",
        "a hazard ratio of the model is not determined: a covariate follows from the others (and the strata) "
        "wherever an event came, or does not vary there",
        "Take out a covariate, or a stratification factor that holds it.",
    )


def share_not_reached(context: Context, arm: str, share: float) -> Problem:
    return context.problem(
        "N402",
        f"a cumulative incidence of {share:g} is not reached in '{arm}'",
        "Report it as not reached; ask for incidences at times.",
    )


def no_event_of_interest(context: Context, words: Iterable[str], seen: Mapping[str, int]) -> Problem:
    wanted = ", ".join(f"'{word}'" for word in words)
    there = ", ".join(f"{word} {n}" for word, n in seen.items()) or "none at all"
    return context.problem(
        "N480",
        f"no event of interest ({wanted}) was seen; events seen: {there}",
        "Name the reasons as the endpoint writes them, or wait for events.",
    )


def no_reasons(context: Context) -> Problem:
    return context.problem(
        "N480",
        "the times do not tell the reason of their events, so that no event is known to be of interest",
        "Give each event its reason: a column `reason` of the endpoint's table.",
    )


def neither_cause(context: Context, seen: Mapping[str, int]) -> Problem:
    there = ", ".join(f"{word} {n}" for word, n in seen.items())
    return context.problem(
        "N481",
        f"events that are neither of interest nor competing were taken as censorings: {there}",
        "Add them to `competing`, or leave `competing` out: then every other event competes.",
    )


def both_causes(context: Context, words: Iterable[str]) -> Problem:
    shown = ", ".join(f"'{word}'" for word in words)
    return context.problem(
        "E482",
        f"{shown} can't be both of interest and competing",
        "Write each reason in one of `event_of_interest` and `competing`.",
    )


def no_weighted_information(context: Context) -> Problem:
    return context.problem(
        "N483",
        "a weight leaves no information: every event with weight came when one arm alone was at risk",
        "Drop that weight, or wait for later events: gamma above 0 gives the first event no weight.",
    )


def too_many_statistics(context: Context, axes: int) -> Problem:
    return context.problem(
        "N484",
        f"{axes} independent statistics can't be integrated: three of any list can, or four",
        "Name at most four weights.",
    )


def no_scores(context: Context, scores: int, arms: int) -> Problem:
    return context.problem(
        "N485",
        f"{scores} scores are given for {arms} arms, or they are all equal",
        "Write one score per arm in `scores`, in the order of the arms, not all alike.",
    )


def no_permutation(context: Context, why: str) -> Problem:
    return context.problem(
        "N486",
        f"there is no p value by permutation: {why}",
        "Use `distribution: monte_carlo`, or `asymptotic`.",
    )


def no_numbers(context: Context, names: Iterable[str]) -> Problem:
    shown = ", ".join(f"'{name}'" for name in names)
    return context.problem(
        "E473",
        f"{shown} holds no numbers, which an offset and weights are",
        "Name a column of numbers.",
    )


def too_many_ties(context: Context) -> Problem:
    return context.problem(
        "N476",
        "so many deaths are tied among so many at risk that the discrete likelihood would take hours",
        "Write `ties: marginal`, which is exact too, or `ties: efron`.",
    )
