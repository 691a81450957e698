"""How the analyses of measured values, and their options, are spoken of."""

from __future__ import annotations

from types import MappingProxyType

METHODS = MappingProxyType(
    {
        "paired_t": "paired t test",
        "wilcoxon_signed_rank": "Wilcoxon signed-rank test",
        "spearman": "Spearman rank correlation",
        "two_sample_t": "t test of two samples",
        "rank_sum": "Wilcoxon rank-sum (Mann-Whitney) test",
        "sign_test": "sign test",
        "one_way": "test of all arms together",
        "ancova": "covariance analysis",
        "mmrm": "mixed model for repeated measures",
        "correlation": "correlation",
        "deming": "Deming regression",
        "passing_bablok": "Passing and Bablok's line",
        "bland_altman": "limits of agreement (Bland and Altman)",
        "intraclass": "intraclass correlation",
    }
)
OPTIONS = MappingProxyType(
    {
        ("quartiles", "type 7"): "quartiles by linear interpolation (type 7)",
        ("sd_divisor", "n - 1"): "SD with divisor n − 1",
        ("divided_by", "sd"): "mean divided by the SD of the changes",
        ("interval", "t"): "interval by Student's t distribution",
        ("variances", "unequal"): "variances not taken as equal (Welch)",
        ("variances", "equal"): "variances taken as equal (Student)",
        ("alternative", "two_sided"): "two-sided p value",
        ("alternative", "greater"): "one-sided p value: greater",
        ("alternative", "less"): "one-sided p value: less",
        ("scale", "natural"): "on the scale as measured",
        ("scale", "log"): "on the scale of natural logarithms",
        ("interval", "noncentral_t"): "interval by the noncentral t distribution",
        ("interval", "newcombe"): "Newcombe's interval (method 5)",
        ("interval", "brunner_munzel"): "Brunner and Munzel's interval",
        ("interval", "order_statistics"): "interval between order statistics",
        ("interval", "ranks_of_slopes"): "interval by the ranks of the slopes",
        ("interval", "jackknife"): "interval by the jackknife",
        ("interval", "fisher"): "Fisher's interval",
        ("interval", "fieller"): "interval by Fieller, Hartley and Pearson",
        ("interval", "bonett_wright"): "interval by Bonett and Wright",
        ("test", "brunner_munzel"): "Brunner and Munzel's test",
        ("test", "anova"): "analysis of variance",
        ("test", "welch"): "Welch's analysis of variance",
        ("test", "kruskal_wallis"): "Kruskal-Wallis test",
        ("covariates", ()): "no further covariates",
        ("margins", "balanced"): "levels of factors in equal shares",
        ("margins", "observed"): "levels of factors in the shares observed",
        ("baseline", "main"): "one slope of the baseline",
        ("baseline", "by_arm"): "a slope of the baseline in each arm",
        ("baseline", "by_visit"): "a slope of the baseline at each visit",
        ("baseline", "none"): "baseline not in the model",
        ("estimation", "reml"): "restricted maximum likelihood",
        ("degrees_of_freedom", "kenward_roger"): "degrees of freedom by Kenward and Roger",
        ("degrees_of_freedom", "kenward_roger_linear"): "degrees of freedom by Kenward and Roger (linear)",
        ("degrees_of_freedom", "satterthwaite"): "degrees of freedom by Satterthwaite",
        ("degrees_of_freedom", "between_within"): "degrees of freedom between and within subjects",
        ("quartiles", "type 2"): "quartiles of type 2 (SAS PCTLDEF=5)",
        ("zeros", "pratt"): "changes of 0 ranked and then dropped (Pratt)",
    }
)
