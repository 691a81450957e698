# Writes the reference numbers of the kernels for adverse events: tests/reference/adverse_events.json.
# Run from the project's root: Rscript validation/r/make_adverse_event_reference.R   (survival and jsonlite)

suppressPackageStartupMessages({library(survival); library(jsonlite)})
folder <- "tests/reference"
vec <- function(x) I(unname(as.vector(x)))
cases <- list()
add <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)

# --- Aalen-Johansen: recurrence of colon cancer with death without it, and a small set with ties ------
colon <- read.csv(file.path(folder, "data", "colon.csv"))
first <- colon[colon$etype == 1, ]; last <- colon[colon$etype == 2, ]
last <- last[match(first$id, last$id), ]
colon <- data.frame(group = first$rx, time = ifelse(first$status == 1, first$time, last$time),
                    status = ifelse(first$status == 1, 1, ifelse(last$status == 1, 2, 0)))
made <- data.frame(group = "all", time = c(2, 2, 3, 3, 3, 5, 8, 8, 9, 12, 12, 15),
                   status = c(1, 0, 2, 1, 1, 0, 2, 1, 0, 1, 0, 2))
sets <- list(colon = colon, made = made)
times <- list(colon = c(50, 365.25, 1000, 2000), made = c(1, 2, 3, 8, 12, 15))
for (name in names(sets)) for (group in unique(sets[[name]]$group)) for (type in c("log-log", "plain"))
for (level in c(0.95, 0.8)) {
  d <- sets[[name]][sets[[name]]$group == group, ]
  fit <- survfit(Surv(time, factor(status, 0:2, c("none", "event", "death"))) ~ 1, data = d, conf.type = type,
                 conf.int = level)
  at <- summary(fit, times = times[[name]], extend = TRUE)
  p <- at$pstate[, 2]; se <- at$std.err[, 2]; low <- at$lower[, 2]; high <- at$upper[, 2]
  add("aalen_johansen", name,
      list(group = group, interval = gsub("-", "_", type), level = level, time = vec(d$time), status = vec(d$status)),
      list(time = vec(at$time), probability = vec(p), std_err = vec(se), low = vec(low), high = vec(high)))
}

# --- exact Poisson interval ---------------------------------------------------------------------------
for (events in c(0, 1, 2, 7, 40, 250)) for (level in c(0.95, 0.8)) {
  found <- poisson.test(events, conf.level = level)$conf.int
  add("poisson_interval", "made", list(events = events, level = level), list(low = found[1], high = found[2]))
}

# --- Miettinen-Nurminen by its definition: the likelihood is maximised numerically --------------------
score <- function(x, n, delta) {
  loglik <- function(p) {
    q <- p + delta
    sum(ifelse(x == 0, 0, x * log(c(q, p))), ifelse(n - x == 0, 0, (n - x) * log(1 - c(q, p))))
  }
  p <- optimize(loglik, c(max(0, -delta), min(1, 1 - delta)), maximum = TRUE, tol = 1e-14)$maximum
  q <- p + delta
  (x[1] / n[1] - x[2] / n[2] - delta)^2 / ((q * (1 - q) / n[1] + p * (1 - p) / n[2]) * sum(n) / (sum(n) - 1))
}
for (x in list(c(56, 48, 70, 80), c(9, 3, 10, 10), c(6, 2, 7, 7), c(5, 0, 56, 29), c(0, 4, 31, 28),
               c(10, 10, 84, 86), c(1, 2, 371, 371))) for (level in c(0.95, 0.9)) {
  k <- x[1:2]; n <- x[3:4]; apart <- k[1] / n[1] - k[2] / n[2]; limit <- qchisq(level, 1)
  root <- function(a, b) uniroot(function(d) score(k, n, d) - limit, c(a, b), tol = 1e-13)$root
  add("miettinen_nurminen", "made", list(responders = k, n = n, level = level),
      list(difference = apart, low = root(-1 + 1e-9, apart - 1e-9), high = root(apart + 1e-9, 1 - 1e-9)))
}

about <- list(r = R.version.string, survival = as.character(packageVersion("survival")))
writeLines(toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null",
                  null = "null"), file.path(folder, "adverse_events.json"))
