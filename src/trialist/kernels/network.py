"""Network meta-analysis: every treatment against every other from all trials that connect them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.network_heterogeneity import Heterogeneity, Tau2, heterogeneity
from trialist.kernels.network_trials import NetworkTrials
from trialist.kernels.network_weights import Fitted, components, fitted

Model = Literal["common", "random"]
IntervalKind = Literal["normal", "t"]
Status = Literal["ok", "no_trials", "disconnected"]


@dataclass(frozen=True, slots=True)
class Network:
    """Effects of n treatments against each other; (n, n) arrays hold row against column.

    status        ok; no_trials; disconnected: more than one part, see `component`, and nothing is estimated
    component     (n,) part of the network that each treatment belongs to
    tau2          None in the common effect model; `tau2_low`, `tau2_high` where an interval was asked
    effect, std_err, low, high, z, p_value        z is t where the interval is by t
    predict_low, predict_high                     where a further trial's true effect lies; None in the
    common model
    covariance    (n, n) of the treatments' effects about their mean
    q, df, q_p_value      all that does not fit under common effects: between trials and between designs
    i2, i2_low, i2_high   share of q above its degrees of freedom; the interval is by H
    trials, contrasts     how many went in
    """

    status: Status
    component: Integers
    model: Model
    trials: int
    contrasts: int = 0
    level: float = 0.95
    tau2: float | None = None
    tau2_low: float | None = None
    tau2_high: float | None = None
    effect: Floats | None = None
    std_err: Floats | None = None
    z: Floats | None = None
    p_value: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    predict_low: Floats | None = None
    predict_high: Floats | None = None
    covariance: Floats | None = None
    q: float | None = None
    df: int | None = None
    q_p_value: float | None = None
    i2: float | None = None
    i2_low: float | None = None
    i2_high: float | None = None


def network(
    trials: NetworkTrials,
    treatments: int,
    *,
    model: Model = "random",
    tau2: Tau2 | float = "dersimonian_laird",
    tau2_interval: Literal["q_profile", "profile_likelihood"] | None = None,
    interval: IntervalKind = "normal",
    level: float = 0.95,
    predict_df: Literal["q", "q_less_one", "normal"] = "q",
) -> Network:
    """Fit a network. Treatments are numbered from 0 to `treatments` - 1; one without trials makes it
    disconnected.

    Parameters
        tau2        how it is estimated, or its value
        interval    t: on contrasts less treatments but one, as rma.mv with test = "t"
        predict_df  degrees of freedom of the prediction interval: those of Q (netmeta), one less, or none
    Source: Ruecker 2012, Res Synth Methods 3:312; Jackson 2012, Stat Med 31:3805; Higgins and Thompson 2002,
    Stat Med 21:1539 (I2 and its interval); Higgins 2009, JRSS A 172:137 (prediction)
    """
    part = components(trials, treatments)
    m = len(trials.trial)
    if m == 0:
        return Network("no_trials", part, model, 0, level=level)
    if int(part.max()) > 0:
        return Network("disconnected", part, model, m, level=level)
    common = fitted(trials, treatments, 0.0)
    df = common.rows - (treatments - 1)
    between: Heterogeneity | None = None
    value = 0.0
    if model == "random":
        if isinstance(tau2, str):
            between = heterogeneity(trials, treatments, tau2, interval=tau2_interval, level=level)
            value = between.value or 0.0
        else:
            value = max(float(tau2), 0.0)
            between = Heterogeneity("ok", value)
    fit = fitted(trials, treatments, value) if value > 0 else common
    effect, error = contrasts_of(fit)
    z, p, low, high = _tests(effect, error, level, df if interval == "t" else None)
    predict_low = predict_high = None
    if between is not None and between.status == "ok":
        spread = np.sqrt(error**2 + value)
        freedom = {"q": df, "q_less_one": df - 1, "normal": None}[predict_df]
        if freedom is None or freedom > 0:
            half = _quantile(level, freedom) * spread
            predict_low, predict_high = _without_diagonal(effect - half), _without_diagonal(effect + half)
    i2, i2_low, i2_high = _i2(common.q, df, level)
    return Network(
        "ok",
        part,
        model,
        m,
        common.rows,
        level,
        None if between is None else between.value,
        None if between is None else between.low,
        None if between is None else between.high,
        effect,
        error,
        z,
        p,
        low,
        high,
        predict_low,
        predict_high,
        fit.covariance,
        common.q,
        df,
        _upper(df, common.q),
        i2,
        i2_low,
        i2_high,
    )


def contrasts_of(fit: Fitted) -> tuple[Floats, Floats]:
    """(n, n) effects of row against column and their standard errors."""
    effect = fit.effect[:, None] - fit.effect[None, :]
    own = np.diag(fit.covariance)
    variance = own[:, None] + own[None, :] - 2 * fit.covariance
    np.fill_diagonal(variance, 0)
    return effect, np.sqrt(np.maximum(variance, 0))


def _tests(
    effect: Floats, error: Floats, level: float, df: int | None
) -> tuple[Floats, Floats, Floats, Floats]:
    from scipy.special import ndtr, stdtr

    z = np.divide(effect, error, out=np.full_like(effect, np.nan), where=error > 0)
    if df is not None and df < 1:
        nothing = np.full_like(effect, np.nan)
        return z, nothing, nothing, nothing
    p = 2 * (ndtr(-np.abs(z)) if df is None else stdtr(df, -np.abs(z)))
    half = _quantile(level, df) * error
    return z, p, _without_diagonal(effect - half), _without_diagonal(effect + half)


def _without_diagonal(values: Floats) -> Floats:
    out = values.copy()
    np.fill_diagonal(out, np.nan)
    return out


def _quantile(level: float, df: int | None) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(0.5 + level / 2) if df is None else stdtrit(df, 0.5 + level / 2))


def _upper(df: int, statistic: float) -> float | None:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic)) if df > 0 else None


def _i2(q: float, df: int, level: float) -> tuple[float | None, float | None, float | None]:
    """I2 with the interval of ln H by its approximate normal error (Higgins and Thompson, their test-based
    one).
    """
    if df < 1:
        return None, None, None
    if q > df + 1:
        spread = 0.5 * (math.log(q) - math.log(df)) / (math.sqrt(2 * q) - math.sqrt(2 * df - 1))
    elif df > 1:
        spread = math.sqrt(1 / (2 * (df - 1)) * (1 - 1 / (3 * (df - 1) ** 2)))
    else:
        return max(0.0, (q - df) / q) if q > 0 else 0.0, None, None
    centre = 0.5 * math.log(max(q / df, 1.0))
    half = _quantile(level, None) * spread
    low, high = (max(0.0, 1 - math.exp(-2 * max(end, 0.0))) for end in (centre - half, centre + half))
    return max(0.0, (q - df) / q) if q > 0 else 0.0, low, high
