"""The words of methods of survival curves and of their options."""

from __future__ import annotations

from types import MappingProxyType

METHODS = MappingProxyType(
    {
        "follow_up": "reverse Kaplan-Meier",
        "rmst": "restricted mean survival time",
        "milestone": "survival at a milestone",
        "turnbull": "Turnbull's estimate of interval-censored times",
        "weibull": "Weibull model",
    }
)
OPTIONS = MappingProxyType(
    {
        ("interval", "log_log"): "interval on the log(−log) scale",
        ("interval", "log"): "interval on the log scale",
        ("interval", "plain"): "interval on the plain scale",
        ("variance", "greenwood"): "Greenwood's variance",
        ("median_interval", "brookmeyer_crowley"): "interval of the median by Brookmeyer and Crowley",
        ("quantile_interval", "brookmeyer_crowley"): "interval by Brookmeyer and Crowley",
        ("interval", "logit"): "interval on the logit scale",
        ("interval", "arcsine"): "interval on the arcsine square root scale",
        ("interval", "normal"): "normal interval",
        ("interval", "none"): "no interval",
        ("variance", "aalen"): "Aalen's variance",
        ("variance", "jackknife"): "infinitesimal jackknife variance",
        ("band", "hall_wellner"): "Hall-Wellner band",
        ("band", "equal_precision"): "equal-precision band",
        ("convention", "r"): "quantiles by R's rule",
        ("convention", "sas"): "quantiles by SAS's rule",
        ("estimate", "kaplan_meier"): "product-limit estimate",
        ("estimate", "nelson_aalen"): "exp(−Nelson-Aalen) estimate",
        ("estimate", "fleming_harrington"): "Fleming-Harrington estimate",
        ("estimate", "npmle"): "nonparametric maximum likelihood",
        ("test", "log_log"): "p value on the log(−log) scale",
        ("test", "log"): "p value on the log scale",
        ("test", "plain"): "p value on the plain scale",
        ("test", "logit"): "p value on the logit scale",
        ("test", "arcsine"): "p value on the arcsine square root scale",
    }
)
