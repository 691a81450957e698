# Writes the reference numbers of survival curves: tests/reference/curves.json, 15 digits.
# Run from the project's root: Rscript validation/r/make_curves_reference.R   (R packages survival and jsonlite)

suppressPackageStartupMessages({library(survival); library(jsonlite)})
folder <- "tests/reference"
read <- function(name) read.csv(file.path(folder, "data", paste0(name, ".csv")))
vec <- function(x) I(unname(as.vector(x)))
cases <- list()
case <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)

lung <- read("lung"); lung$event <- lung$status - 1
veteran <- read("veteran"); veteran$event <- veteran$status
colon <- subset(read("colon"), etype == 2); colon$event <- colon$status
prevail <- read("PREVAIL_1B")
cosmesis <- read("cosmesis"); cosmesis$right[is.na(cosmesis$right)] <- Inf
sets <- list(lung = lung, veteran = veteran, colon = colon, PREVAIL_1B = prevail)
groups <- c(lung = "sex", veteran = "trt", colon = "rx", PREVAIL_1B = "arm")
times <- list(lung = c(100, 365.25, 700), veteran = c(50, 100, 365.25), colon = c(365.25, 1000, 2500), PREVAIL_1B = c(6, 12, 24))
of <- function(name, g) sets[[name]][sets[[name]][[groups[[name]]]] == g, ]
shares <- c(0.1, 0.25, 0.5, 0.75, 0.9)
word <- c("log-log" = "log_log", log = "log", plain = "plain", logit = "logit", arcsin = "arcsine")

# A curve at some steps, its quantiles one by one, and the rest at times.
shown <- function(fit, at) {
  keep <- unique(round(seq(1, length(fit$time), length.out = 8)))
  q <- sapply(shares, function(p) { x <- quantile(fit, p); c(x$quantile, x$lower, x$upper) })
  s <- summary(fit, times = at); se <- s$std.err; se[!is.finite(se)] <- NA
  list(curve = list(time = vec(fit$time[keep]), survival = vec(fit$surv[keep]), low = vec(fit$lower[keep]), high = vec(fit$upper[keep])),
       quantile = list(p = shares, value = vec(q[1, ]), low = vec(q[2, ]), high = vec(q[3, ])),
       at = list(time = vec(s$time), survival = vec(s$surv), std_err = vec(se), low = vec(s$lower), high = vec(s$upper)))
}

# --- intervals and estimates ------------------------------------------------------------------------
for (name in names(sets)) for (g in unique(sets[[name]][[groups[[name]]]])) {
  d <- of(name, g); at <- times[[name]]
  for (type in c("logit", "arcsin")) for (level in c(0.95, 0.8))
    case("curve", name, list(group = groups[[name]], of = as.character(g), interval = word[[type]], level = level, estimate = "kaplan_meier"),
         shown(survfit(Surv(time, event) ~ 1, d, conf.type = type, conf.int = level), at))
  for (ctype in 1:2) for (type in if (name == "lung") names(word) else "log-log")
    case("curve", name, list(group = groups[[name]], of = as.character(g), interval = word[[type]], level = 0.95,
                             estimate = c("nelson_aalen", "fleming_harrington")[ctype]),
         shown(survfit(Surv(time, event) ~ 1, d, stype = 2, ctype = ctype, conf.type = type), at))
  case("reverse_curve", name, list(group = groups[[name]], of = as.character(g), interval = "log_log", level = 0.95),
       shown(survfit(Surv(time, 1 - event) ~ 1, d, conf.type = "log-log"), at))
}

# --- weights ----------------------------------------------------------------------------------------
for (name in c("lung", "colon")) for (g in unique(sets[[name]][[groups[[name]]]])) for (type in names(word)) for (robust in c(TRUE, FALSE)) {
  d <- of(name, g); d$w <- round(1 / (0.25 + 0.5 * plogis((d$age - 60) / 10)), 4)
  case("weighted_curve", name, list(group = groups[[name]], of = as.character(g), interval = word[[type]], robust = robust),
       shown(survfit(Surv(time, event) ~ 1, d, weights = w, robust = robust, conf.type = type), times[[name]]))
}

# --- flat parts and near ties -----------------------------------------------------------------------
for (made in list(list(1:8, rep(1, 8)), list(1:8, c(1, 1, 0, 0, 0, 0, 0, 0)), list(c(1, 2, 3, 4, 6, 9), c(1, 1, 1, 0, 0, 0)),
                  list(c(2, 2, 5, 5, 7, 7, 8, 8), c(1, 1, 1, 1, 0, 0, 1, 1))))
  for (p in c(0.25, 0.5, 0.75)) {
    q <- quantile(survfit(Surv(made[[1]], made[[2]]) ~ 1, conf.type = "log-log"), p)
    case("flat_quantile", "made", list(time = vec(made[[1]]), event = vec(made[[2]]), p = p),
         list(value = unname(q$quantile), low = unname(q$lower), high = unname(q$upper)))
  }
near <- list(c(1, 1 + 1.4e-8, 2, 3), c(1, 1 + 2e-8, 2, 3), c(1, 1 + 1e-7, 20, 30), c(1000, 1000 + 1e-5, 2000, 3000), c(1000, 1000 + 4e-5, 2000, 3000),
             c(1e-9, 2e-9, 3e-9, 4e-9), c(5, 5 + 1e-8, 5 + 2e-8, 5 + 3e-8), c(0.1 + 0.2, 0.3, 0.6, 0.7))
for (x in near) {
  fit <- survfit(Surv(x, c(1, 1, 0, 1)) ~ 1)
  case("near_ties", "made", list(time = vec(x)), list(time = vec(fit$time), survival = vec(fit$surv), at_risk = vec(fit$n.risk)))
}

# --- restricted means and milestones ----------------------------------------------------------------
contrast <- function(x, se) list(value = x, low = x - qnorm(0.975) * se, high = x + qnorm(0.975) * se, p_value = 2 * pnorm(-abs(x / se)))
logs <- function(x, se) { y <- contrast(log(x), se); list(value = x, low = exp(y$low), high = exp(y$high), p_value = y$p_value) }
for (name in names(sets)) {
  d <- sets[[name]]; g <- unique(d[[groups[[name]]]])[1:2]
  last <- sapply(g, function(x) max(of(name, x)$time))
  for (tau in c(min(last), times[[name]][2:3])) {
    two <- sapply(g, function(x) summary(survfit(Surv(time, event) ~ 1, of(name, x)), rmean = tau)$table[c("rmean", "se(rmean)")])
    m <- two[1, ]; se <- two[2, ]
    case("restricted_mean", name, list(group = groups[[name]], of = vec(as.character(g)), tau = tau),
         list(mean = vec(m), std_err = vec(se), difference = contrast(m[[1]] - m[[2]], sqrt(sum(se^2))),
              ratio = logs(m[[1]] / m[[2]], sqrt(sum((se / m)^2))),
              lost_ratio = logs((tau - m[[1]]) / (tau - m[[2]]), sqrt(sum((se / (tau - m))^2)))))
  }
  for (at in times[[name]]) {
    two <- sapply(g, function(x) { s <- summary(survfit(Surv(time, event) ~ 1, of(name, x)), times = at); c(s$surv, s$std.err) })
    s <- two[1, ]; se <- two[2, ]
    scales <- list(plain = list(s, se), log = list(log(s), se / s), log_log = list(log(-log(s)), se / abs(s * log(s))),
                   logit = list(qlogis(s), se / (s * (1 - s))), arcsine = list(asin(sqrt(s)), se / (2 * sqrt(s * (1 - s)))))
    case("milestone", name, list(group = groups[[name]], of = vec(as.character(g)), at = at),
         list(difference = contrast(s[[1]] - s[[2]], sqrt(sum(se^2))), ratio = logs(s[[1]] / s[[2]], sqrt(sum((se / s)^2))),
              p_values = lapply(scales, function(x) 2 * pnorm(-abs(diff(x[[1]])) / sqrt(sum(x[[2]]^2))))))
  }
}

# --- from a landmark --------------------------------------------------------------------------------
for (x in list(list("lung", 180, c("1", "2")), list("veteran", 60, c("1", "2")), list("PREVAIL_1B", 12, c("enzalutamide", "placebo")))) {
  name <- x[[1]]; d <- sets[[name]]; d <- d[d$time > x[[2]], ]; d$time <- d$time - x[[2]]; d$g <- as.character(d[[groups[[name]]]])
  fit <- coxph(Surv(time, event) ~ I(g == x[[3]][1]), d, control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60))
  test <- survdiff(Surv(time, event) ~ g, d)
  q <- quantile(survfit(Surv(time, event) ~ 1, d[d$g == x[[3]][1], ], conf.type = "log-log"), 0.5)
  case("landmark", name, list(group = groups[[name]], of = vec(x[[3]]), landmark = x[[2]]),
       list(n = nrow(d), ratio = exp(unname(coef(fit))), low = exp(confint(fit)[1]), high = exp(confint(fit)[2]),
            chi_square = test$chisq, p_value = pchisq(test$chisq, 1, lower.tail = FALSE),
            median = unname(q$quantile), median_low = unname(q$lower), median_high = unname(q$upper)))
}

# --- interval-censored times ------------------------------------------------------------------------
# Turnbull's estimate by self-consistency alone, on every pair of an end and the next, until nothing moves.
em <- function(left, right) {
  ends <- sort(unique(c(left, right)))
  from <- c(ends[-length(ends)], ends[ends %in% left[left == right]]); to <- c(ends[-1], ends[ends %in% left[left == right]])
  covers <- outer(seq_along(left), seq_along(from), Vectorize(function(i, j) if (left[i] == right[i]) from[j] == left[i] && to[j] == left[i]
    else if (from[j] == to[j]) from[j] > left[i] && from[j] <= right[i] else from[j] >= left[i] && to[j] <= right[i])) * 1
  keep <- colSums(covers) > 0; covers <- covers[, keep, drop = FALSE]; from <- from[keep]; to <- to[keep]
  p <- rep(1 / length(from), length(from))
  for (step in 1:400000) { new <- p * colMeans(covers / as.vector(covers %*% p)); moved <- max(abs(new - p)); p <- new; if (moved < 1e-17) break }
  list(from = from, to = to, p = p, loglik = sum(log(covers %*% p)))
}
visits <- function(d, every) {  # times known up to visits; every third event exact, early ones left-censored
  exact <- d$event == 1 & seq_len(nrow(d)) %% 3 == 0
  left <- ifelse(d$event == 0 | exact, d$time, floor((d$time - 1) / every) * every)
  right <- ifelse(d$event == 0, Inf, ifelse(exact, d$time, left + every))
  data.frame(left = left, right = right)
}
interval_sets <- list(cosmesis_rt = subset(cosmesis, treatment == "Rad"), cosmesis_rt_ct = subset(cosmesis, treatment == "RadChem"),
                      lung_visits = visits(of("lung", 2), 60), veteran_visits = visits(of("veteran", 1), 30))
for (name in names(interval_sets)) {
  d <- interval_sets[[name]]; fit <- em(d$left, d$right)
  at <- sort(unique(c(d$left, d$right[is.finite(d$right)])))
  cdf <- sapply(at, function(t) sum(fit$p[fit$to <= t]))
  loose <- suppressWarnings(survfit(Surv(ifelse(d$left == 0, NA, d$left), ifelse(is.finite(d$right), d$right, NA), type = "interval2") ~ 1))
  known <- at[sapply(at, function(t) !any(fit$p[fit$from < t & fit$to > t] > 1e-9))]
  case("turnbull", name, list(left = vec(d$left), right = vec(ifelse(is.finite(d$right), d$right, NA))),
       list(at = vec(at), survival = vec(1 - cdf), log_likelihood = fit$loglik,
            survfit = list(at = vec(known), survival = vec(summary(loose, times = known, extend = TRUE)$surv))))
}
# Where left is 0 survreg wants NA; the first of two groups against the second.
models <- list(
  cosmesis = list(left = cosmesis$left, right = cosmesis$right, first = as.numeric(cosmesis$treatment == "RadChem")),
  lung = list(left = lung$time, right = ifelse(lung$event == 1, lung$time, Inf), first = as.numeric(lung$sex == 1)),
  lung_visits = c(as.list(visits(lung, 60)), list(first = as.numeric(lung$sex == 1))),
  veteran_visits = c(as.list(visits(veteran, 30)), list(first = as.numeric(veteran$trt == 2))),
  PREVAIL_1B = list(left = prevail$time, right = ifelse(prevail$event == 1, prevail$time, Inf), first = as.numeric(prevail$arm == "enzalutamide")))
for (name in names(models)) {
  d <- models[[name]]
  fit <- survreg(Surv(ifelse(d$left == 0, NA, d$left), ifelse(is.finite(d$right), d$right, NA), type = "interval2") ~ d$first, dist = "weibull",
                 control = survreg.control(rel.tolerance = 1e-14, maxiter = 300, toler.chol = 1e-12))
  b <- unname(coef(fit)); v <- unname(fit$var); g <- c(0, -1 / fit$scale, b[2] / fit$scale)
  q <- predict(fit, type = "quantile", p = 0.5, se.fit = TRUE)
  i <- match(c(1, 0), d$first)
  case("weibull", name, list(left = vec(d$left), right = vec(ifelse(is.finite(d$right), d$right, NA)), first = vec(d$first)),
       list(coefficient = vec(b), log_scale = log(fit$scale), covariance = vec(v), log_likelihood = fit$loglik[2],
            hazard_ratio = list(log = -b[2] / fit$scale, std_err = sqrt(sum(g * (v %*% g)))),
            median = vec(q$fit[i]), median_std_err = vec(q$se.fit[i])))
}

about <- list(r = R.version.string, survival = as.character(packageVersion("survival")))
text <- toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, file.path(folder, "curves.json"))
