"""What a reader of a pooled number must know of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

from trialist.evidence.pooling.differences import defined_otherwise, differing
from trialist.evidence.pooling.effects import Effect, printer
from trialist.evidence.pooling.question import Options
from trialist.kernels.meta_analysis import Pooled
from trialist.problems import Problem


def told(effects: Sequence[Effect], measure: str, options: Options, result: Pooled) -> tuple[Problem, ...]:
    """What a reader of the pooled number must know."""
    found: list[Problem] = []
    if result.k == 1:
        found.append(
            Problem(
                "N640",
                f"only one trial answers ({effects[0].trial}): its own effect is printed, nothing is pooled",
                "read the trial; a second one would be needed to see whether it holds elsewhere",
            )
        )
    elif result.k == 2 and result.tau2 is not None:
        found.append(
            Problem(
                "N641",
                "two trials: how much effects vary between trials is hardly known"
                + (", and an interval by t on 1 degree of freedom is very wide" if result.df == 1 else ""),
                "give both trials beside the pooled number, and the common effect as a sensitivity analysis",
            )
        )
    for key, values in differing(effects).items():
        found.append(
            Problem(
                "N643",
                f"the trials differ in {key}: {'; '.join(values)}",
                "ask whether one effect is meant; pool by subgroup, or narrow the question",
            )
        )
    for key, defined in defined_otherwise(effects).items():
        found.append(
            Problem(
                "N656",
                f"the trials define the endpoint differently ({key.replace('_', ' ')}): {'; '.join(defined)}",
                "ask whether one thing is counted; pool by themselves those that count another",
            )
        )
    times = _timepoints(effects, measure)
    if len(times) > 1:
        found.append(
            Problem(
                "N655",
                f"the effects are of different times: {'; '.join(times)}",
                "ask for one timepoint, or say why they may be pooled",
            )
        )
    if result.df is not None and result.std_err is not None and result.k > 1 and _narrower(result, options):
        found.append(
            Problem(
                "N644",
                "the interval by Hartung and Knapp is narrower than the normal one",
                "give the normal interval or 'hartung_knapp_adhoc' as well",
            )
        )
    found += _about_heterogeneity(effects, measure, options, result)
    return tuple(found)


def _timepoints(effects: Sequence[Effect], measure: str) -> list[str]:
    """The times of the trials' findings, each with its trials; that of a restricted mean is its horizon.

    A time that is not stated counts where the number can't be read without it.
    """
    found: dict[str, list[str]] = {}
    for effect in effects:
        for finding in effect.findings[:1]:
            horizon = dict(finding.method.options).get("tau_months")
            time = finding.timepoint or (None if horizon is None else f"up to {horizon} months")
            if time or measure.startswith("restricted_mean"):
                found.setdefault(time or "not stated", []).append(effect.trial)
    return [f"{time} ({', '.join(trials)})" for time, trials in found.items()]


def _narrower(result: Pooled, options: Options) -> bool:
    assert result.normal_std_err is not None
    assert result.low is not None
    assert result.high is not None
    normal = 2 * NormalDist().inv_cdf(0.5 + options.level / 2) * result.normal_std_err
    return result.high - result.low < normal


def _about_heterogeneity(
    effects: Sequence[Effect], measure: str, options: Options, result: Pooled
) -> list[Problem]:
    found = []
    if result.q_p_value is not None and result.q_p_value < 0.1 and result.i2 is not None:
        found.append(
            Problem(
                "N648",
                f"the effects differ more than by chance (I2 {result.i2:.0f}%, Q p={result.q_p_value:.2g})",
                "look for what makes the trials differ before one number is read for all of them"
                + ("; a common effect has no place for it" if options.tau2 == "common" else ""),
            )
        )
    ends = (result.low, result.high, result.prediction_low, result.prediction_high)
    if None not in ends:
        low, high, new_low, new_high = (end or 0.0 for end in ends)
        if measure != "proportion" and (low > 0 or high < 0) and new_low < 0 < new_high:
            back = printer(measure, effects, options.proportions)
            shown = [back(end) or 0.0 for end in (new_low, new_high)]
            found.append(
                Problem(
                    "N649",
                    f"in a new trial the effect may go either way ({shown[0]:.2f} to {shown[1]:.2f})",
                    "give the prediction interval with the pooled number",
                )
            )
    return found
