# Writes the reference numbers of designs: tests/reference/design.json (closed forms) and
# tests/reference/sequential.json (boundaries, inference after looks, combination tests).
# Run from the project's root: Rscript validation/r/make_design_reference.R   (rpact 3.3.4 and jsonlite)

suppressPackageStartupMessages({library(rpact); library(jsonlite)})
setLogLevel("DISABLED")
folder <- "tests/reference"
vec <- function(x) I(unname(as.vector(x)))
cases <- list()
add <- function(method, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = "design", options = options, expect = expect)
about <- list(r = R.version.string, rpact = as.character(packageVersion("rpact")))
write <- function(file) {
  writeLines(toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null",
                    null = "null"), file.path(folder, file))
  cases <<- list()
}

# --- survival: events and subjects at a follow-up -----------------------------------------------------
courses <- list(
  list(starts = 0, hazards = log(2) / 12), list(starts = c(0, 6, 9), hazards = c(0.025, 0.04, 0.015)),
  list(starts = c(0, 3), hazards = c(0.2, 0.05)), list(starts = c(0, 12, 24), hazards = c(0.01, 0.02, 0.001)))
entries <- list(
  list(starts = 0, rates = 1, end = 12), list(starts = c(0, 6), rates = c(1, 2), end = 18),
  list(starts = c(0, 3, 8), rates = c(1, 4, 2), end = 30))
course <- function(x) list(starts = vec(x$starts), hazards = vec(x$hazards))
intake <- function(x) list(starts = vec(x$starts), rates = vec(x$rates), end = x$end)
survival <- function(fun, cr, en, hr, k, drop, ...)
  fun(piecewiseSurvivalTime = if (length(cr$starts) > 1) cr$starts else NA_real_, lambda2 = cr$hazards,
      hazardRatio = hr, allocationRatioPlanned = k, accrualTime = c(en$starts, en$end),
      accrualIntensity = en$rates / 1000, accrualIntensityType = "relative",
      dropoutRate1 = drop[1], dropoutRate2 = drop[2], ...)
formulas <- c(schoenfeld = "Schoenfeld", freedman = "Freedman", hsieh_freedman = "HsiehFreedman")
grid <- expand.grid(c = seq_along(courses), e = seq_along(entries), k = c(1, 2), f = names(formulas),
                    stringsAsFactors = FALSE)
for (i in seq_len(nrow(grid))) {
  g <- grid[i, ]; cr <- courses[[g$c]]; en <- entries[[g$e]]
  hr <- c(0.7, 0.55, 0.8, 1.5)[g$c]; drop <- list(c(0, 0), c(0.05, 0.1), c(0.2, 0.05))[[g$e]]
  alpha <- c(0.025, 0.0111)[g$k]; power <- c(0.8, 0.9)[g$k]
  x <- survival(getSampleSizeSurvival, cr, en, hr, g$k, drop, alpha = alpha, beta = 1 - power, followUpTime = 10,
                typeOfComputation = formulas[[g$f]])
  add("survival_size",
      list(course = course(cr), accrual = intake(en), hazard_ratio = hr, allocation = g$k, dropout = drop,
           alpha = alpha, power = power, follow_up = 10, formula = g$f),
      list(events = x$eventsFixed, subjects = x$nFixed))
}
for (margin in c(1.1, 1.214, 1.3, 0.9)) for (hr in c(1, 0.95, 0.8)) for (power in c(0.8, 0.9)) if (hr < margin) {
  x <- getSampleSizeSurvival(alpha = 0.0111, beta = 1 - power, hazardRatio = hr, thetaH0 = margin, median2 = 12,
                             accrualTime = c(0, 24), followUpTime = 12)
  add("survival_size",
      list(course = list(starts = vec(0), hazards = vec(log(2) / 12)),
           accrual = list(starts = vec(0), rates = vec(1), end = 24), hazard_ratio = hr, allocation = 1,
           dropout = c(0, 0), alpha = 0.0111, power = power, follow_up = 12, formula = "schoenfeld",
           margin = margin),
      list(events = x$eventsFixed, subjects = x$nFixed))
}

# --- power of so many events ---------------------------------------------------------------------------
for (events in c(100, 196, 511)) for (hr in c(0.6, 0.75, 1.3)) for (k in c(1, 2)) for (margin in c(1, 1.2)) {
  x <- getPowerSurvival(alpha = 0.025, hazardRatio = hr, thetaH0 = margin, median2 = 12, maxNumberOfEvents = events,
                        maxNumberOfSubjects = 2000, allocationRatioPlanned = k, directionUpper = hr > margin,
                        accrualTime = c(0, 24))
  add("survival_power", list(events = events, hazard_ratio = hr, allocation = k, margin = margin, alpha = 0.025),
      list(power = x$overallReject))
}
write("design.json")

# --- event probabilities ------------------------------------------------------------------------------
for (c in seq_along(courses)) for (e in seq_along(entries)) for (k in c(1, 3)) {
  cr <- courses[[c]]; en <- entries[[e]]; hr <- c(0.7, 0.55, 0.8, 1.5)[c]
  drop <- list(c(0, 0), c(0.05, 0.1), c(0.2, 0.05))[[e]]; times <- c(2, 7, 15, 30, 60)
  x <- survival(getEventProbabilities, cr, en, hr, k, drop, time = times, maxNumberOfSubjects = 900)
  add("event_share", list(course = course(cr), accrual = intake(en), hazard_ratio = hr, allocation = k,
                          dropout = drop, times = vec(times)),
      list(experimental = vec(x$eventProbabilities1), control = vec(x$eventProbabilities2),
           both = vec(x$cumulativeEventProbabilities)))
}

# --- survival: durations that rpact finds by a root ---------------------------------------------------
for (c in 1:3) for (e in 1:3) for (n in c(600, 900)) {
  cr <- courses[[c]]; en <- entries[[e]]; hr <- c(0.7, 0.55, 0.8)[c]; drop <- c(0.05, 0.02)
  x <- tryCatch(survival(getSampleSizeSurvival, cr, en, hr, 1, drop, alpha = 0.025, beta = 0.2,
                         maxNumberOfSubjects = n), error = function(e) NULL)
  if (!is.null(x) && x$followUpTime > 0)
    add("follow_up", list(course = course(cr), accrual = intake(en), hazard_ratio = hr, dropout = drop,
                          subjects = n, alpha = 0.025, power = 0.8), list(study = x$analysisTime[1]))
}
for (rates in list(c(10, 20), c(5, 15), c(20, 40))) for (follow in c(6, 12, 24)) {
  x <- getSampleSizeSurvival(alpha = 0.025, beta = 0.2, hazardRatio = 0.7, lambda2 = 0.04, accrualTime = c(0, 6),
                             accrualIntensity = rates, followUpTime = follow, dropoutRate1 = 0.05,
                             dropoutRate2 = 0.05)
  add("accrual", list(rates = rates, follow_up = follow),
      list(accrual = x$totalAccrualTime, subjects = x$maxNumberOfSubjects))
}

# --- group-sequential boundaries ----------------------------------------------------------------------
types <- list(
  list(boundary = "obrien_fleming", r = "OF"), list(boundary = "pocock", r = "P"),
  list(boundary = "wang_tsiatis", r = "WT", parameter = 0.1, name = "deltaWT"),
  list(boundary = "wang_tsiatis", r = "WT", parameter = 0.3, name = "deltaWT"),
  list(boundary = "haybittle_peto", r = "HP", parameter = 3, name = "constantBoundsHP"),
  list(boundary = "haybittle_peto", r = "HP", parameter = 2.7, name = "constantBoundsHP"),
  list(boundary = "none", r = "noEarlyEfficacy"),
  list(spending = "obrien_fleming", r = "asOF"), list(spending = "pocock", r = "asP"),
  list(spending = "kim_demets", r = "asKD", parameter = 1, name = "gammaA"),
  list(spending = "kim_demets", r = "asKD", parameter = 2.5, name = "gammaA"),
  list(spending = "hwang_shih_decani", r = "asHSD", parameter = -4, name = "gammaA"),
  list(spending = "hwang_shih_decani", r = "asHSD", parameter = 1.5, name = "gammaA"))
informations <- list(c(0.5, 1), c(1, 2, 3) / 3, c(0.2, 0.5, 0.9, 1), c(0.6008, 1), (1:5) / 5)
design <- function(type, ...) {
  arguments <- list(typeOfDesign = type$r, ...)
  if (!is.null(type$parameter)) arguments[[type$name]] <- type$parameter
  do.call(getDesignGroupSequential, arguments)
}
said <- function(type) type[intersect(names(type), c("boundary", "spending", "parameter"))]
known <- function(d, x) list(
  upper = vec(d$criticalValues), spent = vec(d$alphaSpent), shift = x$shift, inflation = x$inflationFactor,
  power = vec(x$power), futility_probabilities = vec(x$futilityProbabilities),
  average_alternative = x$averageSampleNumber1, average_halfway = x$averageSampleNumber01,
  average_null = x$averageSampleNumber0)
for (type in types) for (t in informations) for (sides in 1:2) {
  d <- design(type, informationRates = t, alpha = 0.025 * sides, beta = 0.1, sided = sides)
  add("boundaries", c(said(type), list(looks = t, alpha = 0.025 * sides, sides = sides, power = 0.9)),
      known(d, getDesignCharacteristics(d)))
}
for (type in types[c(1, 2, 3, 8, 9, 12)]) for (binding in c(FALSE, TRUE)) for (z in c(-0.5, 0.4)) {
  d <- design(type, informationRates = c(0.3, 0.7, 1), alpha = 0.025, beta = 0.2, futilityBounds = c(z, z + 0.5),
              bindingFutility = binding)
  add("boundaries", c(said(type), list(looks = c(0.3, 0.7, 1), alpha = 0.025, sides = 1, power = 0.8,
                                       futility = c(z, z + 0.5), binding = binding)),
      known(d, getDesignCharacteristics(d)))
}
user <- c(0.004, 0.012, 0.025)
d <- getDesignGroupSequential(informationRates = c(0.4, 0.8, 1), alpha = 0.025, beta = 0.2, typeOfDesign = "asUser",
                              userAlphaSpending = user)
add("boundaries", list(alpha_spent = user, looks = c(0.4, 0.8, 1), alpha = 0.025, sides = 1, power = 0.8),
    known(d, getDesignCharacteristics(d)))
beta_types <- list(list(futility_spending = "obrien_fleming", r = "bsOF"), list(futility_spending = "pocock", r = "bsP"),
                   list(futility_spending = "kim_demets", r = "bsKD", futility_parameter = 2),
                   list(futility_spending = "hwang_shih_decani", r = "bsHSD", futility_parameter = -2))
for (b in beta_types) for (type in types[c(8, 9, 11, 12)]) for (binding in c(FALSE, TRUE)) {
  arguments <- list(typeOfDesign = type$r, informationRates = c(0.4, 0.7, 1), alpha = 0.025, beta = 0.15,
                    typeBetaSpending = b$r, bindingFutility = binding)
  if (!is.null(type$parameter)) arguments[[type$name]] <- type$parameter
  if (!is.null(b$futility_parameter)) arguments$gammaB <- b$futility_parameter
  d <- tryCatch(do.call(getDesignGroupSequential, arguments), error = function(e) NULL)
  if (is.null(d)) next
  add("boundaries", c(said(type), b[intersect(names(b), c("futility_spending", "futility_parameter"))],
                      list(looks = c(0.4, 0.7, 1), alpha = 0.025, sides = 1, power = 0.85, binding = binding)),
      c(known(d, getDesignCharacteristics(d)), list(lower = vec(d$futilityBounds))))
}

# --- survival with looks ------------------------------------------------------------------------------
for (type in types[c(1, 2, 8, 12)]) for (sides in 1:2) for (k in c(1, 2)) {
  d <- design(type, informationRates = c(0.5, 0.75, 1), alpha = 0.025 * sides, beta = 0.2, sided = sides)
  x <- getSampleSizeSurvival(d, hazardRatio = 0.7, median2 = 12, accrualTime = c(0, 18), followUpTime = 12,
                             allocationRatioPlanned = k, dropoutRate1 = 0.05, dropoutRate2 = 0.05)
  p <- getPowerSurvival(d, hazardRatio = 0.75, median2 = 12, accrualTime = c(0, 18), maxNumberOfEvents = 300,
                        maxNumberOfSubjects = 600, allocationRatioPlanned = k, directionUpper = FALSE)
  add("survival_looks", c(said(type), list(looks = c(0.5, 0.75, 1), alpha = 0.025 * sides, sides = sides,
                                           allocation = k)),
      list(events = x$maxNumberOfEvents, at_looks = vec(x$eventsPerStage), times = vec(x$analysisTime),
           subjects = x$maxNumberOfSubjects, expected_alternative = x$expectedEventsH1,
           expected_null = x$expectedEventsH0, bounds = vec(x$criticalValuesEffectScale),
           power = p$overallReject, reject = vec(p$rejectPerStage), times_of_power = vec(p$analysisTime)))
}
for (alternative in c(0.3, 0.5)) for (type in types[c(1, 8)]) {
  d <- design(type, informationRates = c(0.5, 1), alpha = 0.025, beta = 0.2)
  x <- getPowerMeans(d, groups = 2, alternative = alternative, stDev = 1.3, maxNumberOfSubjects = 200,
                     normalApproximation = TRUE)
  add("means_looks", c(said(type), list(looks = c(0.5, 1), alpha = 0.025, sides = 1, alternative = alternative)),
      list(power = x$overallReject, reject = vec(x$rejectPerStage)))
}

for (k in c(1, 2)) for (type in types[c(1, 9)]) {
  d <- design(type, informationRates = c(0.5, 1), alpha = 0.025, beta = 0.2)
  x <- getPowerRates(d, groups = 2, pi1 = 0.4, pi2 = 0.2, maxNumberOfSubjects = 150, allocationRatioPlanned = k)
  add("rates_looks", c(said(type), list(looks = c(0.5, 1), alpha = 0.025, sides = 1, allocation = k)),
      list(power = x$overallReject, reject = vec(x$rejectPerStage)))
}

# --- inference after looks ----------------------------------------------------------------------------
quiet <- function(x) suppressMessages(suppressWarnings(x))
for (type in types[c(1, 2, 8, 9, 12)]) for (z in list(c(1.2, 2.2), c(0.3, 2.9), c(2.1, 2.3))) {
  d <- design(type, informationRates = c(1, 2, 3) / 3, alpha = 0.025, beta = 0.2)
  data <- getDataset(cumEvents = c(60, 120), cumLogRanks = z)
  r <- quiet(getAnalysisResults(d, data, nPlanned = 60, thetaH1 = 1.5, directionUpper = TRUE))
  stopped <- z[2] >= d$criticalValues[2] && z[1] < d$criticalValues[1]
  add("after_looks", c(said(type), list(looks = c(1, 2, 3) / 3, alpha = 0.025, sides = 1, z = z, events = 180,
                                        hazard_ratio = 1.5)),
      list(conditional_power = r$conditionalPower[3], rejection_chance = vec(r$conditionalRejectionProbabilities[1:2]),
           low = vec(r$repeatedConfidenceIntervalLowerBounds[1:2]),
           high = vec(r$repeatedConfidenceIntervalUpperBounds[1:2]), repeated = vec(r$repeatedPValues[1:2]),
           p = if (stopped) r$finalPValues[2] else NA, final_low = if (stopped) r$finalConfidenceIntervalLowerBounds[2] else NA,
           final_high = if (stopped) r$finalConfidenceIntervalUpperBounds[2] else NA,
           median_unbiased = if (stopped) r$medianUnbiasedEstimates[2] else NA))
}

# --- combination tests --------------------------------------------------------------------------------
for (t in list(c(0.5, 1), c(1, 2, 3) / 3, c(0.2, 0.7, 1))) for (method in c("equalAlpha", "fullAlpha"))
for (stop in list(NULL, c(0.5, 0.6))) {
  k <- length(t); early <- if (is.null(stop)) NA_real_ else stop[seq_len(k - 1)]
  d <- tryCatch(suppressWarnings(if (is.null(stop)) getDesignFisher(informationRates = t, alpha = 0.025, method = method) else
    getDesignFisher(informationRates = t, alpha = 0.025, method = method, alpha0Vec = early, bindingFutility = TRUE)),
    error = function(e) NULL)
  if (is.null(d)) next
  add("fisher", list(looks = t, method = c(equalAlpha = "equal", fullAlpha = "full")[[method]],
                     stop_above = if (is.null(stop)) NULL else vec(early)),
      list(critical = vec(d$criticalValues), level = vec(d$stageLevels), spent = vec(d$alphaSpent)))
}
d <- getDesignInverseNormal(informationRates = c(0.4, 1), alpha = 0.025, typeOfDesign = "asOF")
data <- getDataset(n1 = c(40, 50), n2 = c(40, 50), means1 = c(1.1, 1.4), means2 = c(0.8, 0.9), stDevs1 = c(1.2, 1.1),
                   stDevs2 = c(1.3, 1))
s <- quiet(getStageResults(d, data, stage = 2))
add("inverse_normal", list(looks = c(0.4, 1), p = vec(s$pValues[1:2])),
    list(combined = vec(s$combInverseNormal[1:2])))
write("sequential.json")
