"""The words of `design:` entries of phase I: 3 + 3, BOIN, continual reassessment."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.design_part import Statement

Toxicity = Annotated[float, Field(gt=0, lt=1)]
COHORTS = 10_000_000  # that are simulated at most: minutes
SMALLEST = 1e-9  # a skeleton that is made keeps this far from 0 and 1


class _DoseFinding(Statement):
    """Dose-limiting toxicities (DLT) over rising doses."""

    truth: tuple[Toxicity, ...] = Field(
        default=(), max_length=15, description="DLT probabilities by rising dose, to see how it behaves"
    )


class ThreePlusThree(_DoseFinding):
    """The 3 + 3 design with six subjects at the chosen dose."""

    test: Literal["three_plus_three"]


class _Targeted(_DoseFinding):
    target: Toxicity = Field(description="DLT probability that is wanted")
    n: int = Field(default=30, ge=3, le=300, description="subjects at most")
    cohort: int = Field(default=3, ge=1, le=12)
    start: int = Field(default=1, ge=1, le=15, description="the dose of the first cohort; 1 is the lowest")
    cutoff: float = Field(default=0.95, ge=0.5, lt=1, description="probability at which a dose is too toxic")
    trials: int = Field(
        default=10_000, ge=100, le=1_000_000, description="simulated, where a truth is stated"
    )
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def starts_on_a_dose(self) -> Self:
        if self.n < self.cohort:
            raise ValueError(f"{self.n} subjects do not fill a cohort of {self.cohort}")
        if self.truth and self.trials * (self.n // self.cohort) > COHORTS:
            raise ValueError(f"trials times cohorts are more than {COHORTS:,}: ask for fewer trials")
        if self.truth and self.start > len(self.truth):
            raise ValueError(f"the first cohort starts on dose {self.start} of {len(self.truth)}")
        return self


class Boin(_Targeted):
    """Bayesian optimal interval design: a decision table from the target alone."""

    test: Literal["boin"]
    low: Toxicity | None = Field(default=None, description="too little; 0.6 x target when omitted")
    high: Toxicity | None = Field(default=None, description="too much; 1.4 x target when omitted")

    @model_validator(mode="after")
    def target_lies_between(self) -> Self:
        low, high = self.low or 0.6 * self.target, self.high or 1.4 * self.target
        if not low < self.target < high < 1:
            raise ValueError("it must hold that low < target < high < 1")
        return self


class Crm(_Targeted):
    """Continual reassessment with one parameter; the skeleton is stated, or made of indifference
    intervals."""

    test: Literal["crm"]
    skeleton: tuple[Toxicity, ...] = Field(default=(), max_length=15, description="prior DLT probabilities")
    doses: int | None = Field(default=None, ge=2, le=15, description="to make a skeleton")
    prior_dose: int | None = Field(default=None, ge=1, description="the dose believed to have the target")
    half_width: float = Field(default=0.05, gt=0, lt=0.5, description="of the indifference interval")
    model: Literal["power", "logistic"] = "power"
    prior_variance: float = Field(default=1.34, gt=0, le=100)
    toxicities: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(), description="so far, by dose: what is the next dose?"
    )
    treated: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), description="so far, by dose")

    @model_validator(mode="after")
    def skeleton_fits(self) -> Self:
        if bool(self.skeleton) == (self.doses is not None):
            raise ValueError("state the skeleton, or doses and prior_dose to make one")
        if self.doses is not None:
            if self.prior_dose is None or self.prior_dose > self.doses:
                raise ValueError("prior_dose is one of the doses, 1 the lowest")
            if not self.half_width < self.target < 1 - self.half_width:
                raise ValueError("the half width must be smaller than the target and leave room below 1")
        self._model_fits()
        if list(self.skeleton) != sorted(set(self.skeleton)):
            raise ValueError("the skeleton must rise")
        doses = self.doses or len(self.skeleton)
        for name, given in (
            ("truth", self.truth),
            ("toxicities", self.toxicities),
            ("treated", self.treated),
        ):
            if given and len(given) != doses:
                raise ValueError(f"{name} must have one number for each of the {doses} doses")
        if bool(self.toxicities) != bool(self.treated) or any(
            y > n for y, n in zip(self.toxicities, self.treated, strict=False)
        ):
            raise ValueError("toxicities and treated go together, and nobody counts twice")
        return self

    def _model_fits(self) -> None:
        """The skeleton, stated or made, lies where a larger parameter means less toxicity at every dose."""
        from trialist.kernels.continual_reassessment import highest_skeleton, skeleton

        highest = highest_skeleton(self.model)
        if max((*self.skeleton, self.target + self.half_width if self.doses else 0.0)) >= highest:
            raise ValueError(f"the {self.model} model with its intercept of 3 fits below {highest:.3f} only")
        if self.doses is not None and self.prior_dose is not None:
            made = skeleton(self.target, self.half_width, self.prior_dose - 1, self.doses, self.model)
            if made[0] < SMALLEST or list(made) != sorted(set(made)) or made[-1] >= 1 - SMALLEST:
                raise ValueError("the half width is too wide for so many doses: the skeleton reaches 0 or 1")


DoseFindingDesign = ThreePlusThree | Boin | Crm
