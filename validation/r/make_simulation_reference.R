# Simulated operating characteristics by rpact, to which the fast gear's are compared within Monte Carlo error.
# Run from the root of the repository: Rscript validation/r/make_simulation_reference.R
suppressMessages(library(rpact))
library(jsonlite)

replicates <- 40000
one <- getDesignGroupSequential(kMax = 1, alpha = 0.025, sided = 1)
three <- getDesignGroupSequential(kMax = 3, alpha = 0.025, sided = 1, typeOfDesign = "OF")

# 256 patients over 24 months, 1:1 in turn, 20 % dropout in 12 months, 196 events; months
simulated <- function(design, events, ...) {
  found <- getSimulationSurvival(design, directionUpper = FALSE, accrualTime = c(0, 24),
    maxNumberOfSubjects = 256, plannedEvents = events, dropoutRate1 = 0.2, dropoutRate2 = 0.2,
    dropoutTime = 12, maxNumberOfIterations = replicates, seed = 20261128, ...)
  list(
    replicates = replicates,
    power = as.numeric(found$overallReject),
    reject = as.numeric(found$rejectPerStage),
    duration = as.numeric(found$studyDuration),
    analysis_time = as.numeric(found$analysisTime),
    expected_events = as.numeric(found$expectedNumberOfEvents)
  )
}

made <- list(
  version = as.character(packageVersion("rpact")),
  critical = three$criticalValues,
  exponential = simulated(one, 196, lambda2 = log(2) / 3.7, hazardRatio = 0.67),
  null = simulated(one, 196, lambda2 = log(2) / 3.7, hazardRatio = 1),
  three_looks = simulated(three, c(66, 131, 196), lambda2 = log(2) / 3.7, hazardRatio = 0.67),
  piecewise = simulated(one, 196, piecewiseSurvivalTime = c(0, 3, 6), lambda2 = c(0.25, 0.15, 0.08),
    hazardRatio = 0.67),
  weibull = simulated(one, 196, lambda2 = 0.18, hazardRatio = 0.67, kappa = 1.5),
  delayed = simulated(one, 196, piecewiseSurvivalTime = c(0, 3), lambda2 = c(0.19, 0.19),
    lambda1 = c(0.19, 0.09))
)

# The same trial in closed form: Schoenfeld's power of 196 events, and the time at which they are expected
planned <- getPowerSurvival(one, directionUpper = FALSE, lambda2 = log(2) / 3.7, hazardRatio = 0.67,
  accrualTime = c(0, 24), maxNumberOfSubjects = 256, maxNumberOfEvents = 196, dropoutRate1 = 0.2,
  dropoutRate2 = 0.2, dropoutTime = 12, typeOfComputation = "Schoenfeld")
made$analytic <- list(power = as.numeric(planned$overallReject), duration = as.numeric(planned$studyDuration))

write_json(made, "tests/reference/simulation.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
