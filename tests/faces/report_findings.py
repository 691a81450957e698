"""Findings of the two-arm report: those simulated here, and those published.

Published figures are those of the trial named; everything marked simulated here means nothing clinically.
"""

from __future__ import annotations

from trialist.findings.model import Finding, Interval, Method, Origin, PValue

SIMULATED = Origin(
    "simulated", source="trialist", seed=20101002, records="9f1c2ab47de05511", protocol="41d0c77ab2f3"
)
TABLE_2 = Origin("published", source="de_bono_2010", place="Table 2", reliability="read")
KM = Method("kaplan_meier", (("interval", "log_log"), ("level", 0.95), ("variance", "greenwood")))
COX = Method("cox_ph", (("ties", "efron"), ("strata", ("ecog",)), ("test", "log_rank"), ("level", 0.95)))
AS_REPORTED = Method("as reported")
EXACT = Method("proportion", (("interval", "clopper_pearson"), ("denominator", "all"), ("level", 0.95)))


def found(
    endpoint: str,
    measure: str,
    estimate: float | None,
    ends: tuple[float | None, float | None] | None = None,
    *,
    groups: tuple[str, ...] = ("cabazitaxel", "mitoxantrone"),
    p: PValue | None = None,
    n: int | None = None,
    events: int | None = None,
    method: Method = COX,
    origin: Origin = SIMULATED,
    population: str = "itt",
    **more: object,
) -> Finding:
    return Finding(
        trial="TROPIC",
        endpoint=endpoint,
        measure=measure,
        estimate=estimate,
        origin=origin,
        method=AS_REPORTED if origin.kind == "published" else method,
        population=population,
        groups=groups,
        interval=Interval(*ends) if ends else None,
        p_value=p,
        n=n,
        events=events,
        **more,
    )


def simulated_here() -> tuple[Finding, ...]:
    """What the simulated records of the two-arm trial give."""
    cab, mit = ("cabazitaxel",), ("mitoxantrone",)
    return (
        found(
            "os",
            "hazard_ratio",
            0.718,
            (0.606, 0.851),
            p=PValue(0.00013),
            n=755,
            events=539,
            analysis="os_cox",
        ),
        found(
            "os",
            "median_time",
            15.4,
            (14.0, 16.9),
            groups=cab,
            n=378,
            events=252,
            method=KM,
            analysis="os_km",
        ),
        found(
            "os",
            "median_time",
            12.3,
            (11.2, 13.3),
            groups=mit,
            n=377,
            events=287,
            method=KM,
            analysis="os_km",
        ),
        found(
            "os", "survival_probability", 0.606, (0.553, 0.655), groups=cab, n=378, method=KM, timepoint="12"
        ),
        found(
            "os", "survival_probability", 0.512, (0.459, 0.562), groups=mit, n=377, method=KM, timepoint="12"
        ),
        found(
            "os",
            "hazard_ratio",
            0.70,
            (0.58, 0.84),
            n=694,
            events=489,
            subgroup="ecog: 0-1",
            analysis="os_by_ecog",
        ),
        found(
            "os",
            "hazard_ratio",
            0.85,
            (0.50, 1.44),
            n=61,
            events=50,
            subgroup="ecog: 2",
            analysis="os_by_ecog",
        ),
        found(
            "pfs",
            "hazard_ratio",
            0.761,
            (0.655, 0.884),
            p=PValue(0.0004),
            n=755,
            events=721,
            analysis="pfs_cox",
        ),
        found(
            "pfs", "median_time", 2.9, (2.5, 3.2), groups=cab, n=378, events=360, method=KM, analysis="pfs_km"
        ),
        found(
            "pfs", "median_time", 1.5, (1.4, 1.7), groups=mit, n=377, events=361, method=KM, analysis="pfs_km"
        ),
        found(
            "psa50",
            "proportion",
            131 / 329,
            (0.345, 0.453),
            groups=cab,
            n=329,
            events=131,
            method=EXACT,
            population="psa_evaluable",
            analysis="psa50",
        ),
        found(
            "psa50",
            "proportion",
            57 / 325,
            (0.136, 0.221),
            groups=mit,
            n=325,
            events=57,
            method=EXACT,
            population="psa_evaluable",
            analysis="psa50",
        ),
        *(
            found(
                "bor",
                "count",
                float(value),
                groups=arm,
                n=n,
                events=value,
                method=Method("counts", (("category", category), ("denominator", "all"))),
                analysis="bor",
            )
            for arm, n, values in ((cab, 378, (0, 29, 174, 110, 65)), (mit, 377, (0, 9, 142, 148, 78)))
            for category, value in zip(("CR", "PR", "SD", "PD", "NE"), values, strict=True)
        ),
        *(
            found(
                "neutropenia",
                "proportion",
                events / 371,
                ends,
                groups=arm,
                n=371,
                events=events,
                method=EXACT,
                population="treated",
                analysis="neutropenia",
            )
            for arm, events, ends in ((cab, 298, (0.759, 0.843)), (mit, 219, (0.538, 0.641)))
        ),
    )


def published() -> tuple[Finding, ...]:
    """What the publication of the two-arm trial says."""
    cab, mit = ("cabazitaxel",), ("mitoxantrone",)
    small = PValue(0.0001, "<")
    return (
        found("os", "hazard_ratio", 0.70, (0.59, 0.83), p=small, n=755, events=513, origin=TABLE_2),
        found("os", "median_time", 15.1, (14.1, 16.3), groups=cab, n=378, events=234, origin=TABLE_2),
        found("os", "median_time", 12.7, (11.6, 13.7), groups=mit, n=377, events=279, origin=TABLE_2),
        found("os", "hazard_ratio", 0.68, (0.57, 0.82), subgroup="ecog: 0-1", n=694, origin=TABLE_2),
        found("os", "hazard_ratio", 0.81, (0.48, 1.38), subgroup="ecog: 2", n=61, origin=TABLE_2),
        found("pfs", "hazard_ratio", 0.74, (0.64, 0.86), p=small, n=755, origin=TABLE_2),
        found("pfs", "median_time", 2.8, (2.4, 3.0), groups=cab, n=378, origin=TABLE_2),
        found("pfs", "median_time", 1.4, (1.4, 1.7), groups=mit, n=377, origin=TABLE_2),
        found(
            "psa50",
            "proportion",
            0.392,
            (0.339, 0.445),
            groups=cab,
            n=329,
            events=129,
            population="psa_evaluable",
            origin=TABLE_2,
        ),
        found(
            "psa50", "proportion", 0.178, (0.137, 0.22), groups=mit, n=325, population="itt", origin=TABLE_2
        ),
        found("orr", "proportion", 0.144, (0.096, 0.193), groups=cab, n=201, origin=TABLE_2),
        found(
            "ae:neutropenia:3+",
            "proportion",
            303 / 371,
            groups=cab,
            n=371,
            events=303,
            population="treated",
            origin=TABLE_2,
        ),
    )
