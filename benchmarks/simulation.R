# rpact's simulations of the trials of simulation.py: CPU seconds of 10,000, the best of some runs, as JSON.
suppressMessages(library(rpact))
replicates <- as.integer(commandArgs(TRUE)[1])
runs <- as.integer(commandArgs(TRUE)[2])
one <- getDesignGroupSequential(kMax = 1, alpha = 0.025, sided = 1)
three <- getDesignGroupSequential(kMax = 3, alpha = 0.025, sided = 1, typeOfDesign = "OF")
simulated <- function(design, events, ...) {
  best <- Inf
  for (run in seq_len(runs)) {
    before <- proc.time()
    found <- getSimulationSurvival(design, directionUpper = FALSE, accrualTime = c(0, 24),
      maxNumberOfSubjects = 256, plannedEvents = events, dropoutRate1 = 0.2, dropoutRate2 = 0.2,
      dropoutTime = 12, maxNumberOfIterations = replicates, seed = 1, ...)
    spent <- proc.time() - before
    best <- min(best, spent[1] + spent[2])
  }
  sprintf('{"seconds": %.4f, "power": %.4f}', best, as.numeric(found$overallReject))
}
cat(sprintf('{"version": "%s", "R": "%s.%s",\n', packageVersion("rpact"), R.version$major, R.version$minor))
cat('"exponential":', simulated(one, 196, lambda2 = log(2) / 3.7, hazardRatio = 0.67), ",\n")
cat('"three looks":', simulated(three, c(66, 131, 196), lambda2 = log(2) / 3.7, hazardRatio = 0.67), ",\n")
cat('"piecewise hazards":', simulated(one, 196, piecewiseSurvivalTime = c(0, 3, 6),
  lambda2 = c(0.25, 0.15, 0.08), hazardRatio = 0.67), ",\n")
cat('"Weibull":', simulated(one, 196, lambda2 = 0.18, hazardRatio = 0.67, kappa = 1.5), "}\n")
