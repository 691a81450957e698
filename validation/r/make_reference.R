# Writes the reference numbers that the kernels are tested against: tests/reference/*.json, 15 digits.
# Run from the project's root: Rscript validation/r/make_reference.R   (R packages survival and jsonlite)

suppressPackageStartupMessages({library(survival); library(jsonlite)})
folder <- "tests/reference"
read <- function(name) read.csv(file.path(folder, "data", paste0(name, ".csv")))
write <- function(name, cases) {
  about <- list(r = R.version.string, survival = as.character(packageVersion("survival")))
  text <- toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null",
                 null = "null", pretty = 1)
  writeLines(text, file.path(folder, paste0(name, ".json")))
}
vec <- function(x) I(unname(as.vector(x)))
case <- function(method, data, options, expect)
  list(method = method, data = data, options = options, expect = expect)

lung <- read("lung"); lung$event <- lung$status - 1
veteran <- read("veteran"); veteran$event <- veteran$status
colon <- subset(read("colon"), etype == 2); colon$event <- colon$status
prevail_a <- read("PREVAIL_1A"); prevail_b <- read("PREVAIL_1B")
sets <- list(lung = lung, veteran = veteran, colon = colon, PREVAIL_1A = prevail_a, PREVAIL_1B = prevail_b)
groups <- c(lung = "sex", veteran = "trt", colon = "rx", PREVAIL_1A = "arm", PREVAIL_1B = "arm")
times <- list(lung = c(100, 365.25, 700), veteran = c(50, 100, 365.25), colon = c(365.25, 1000, 2500),
              PREVAIL_1A = c(3, 6, 12), PREVAIL_1B = c(6, 12, 24))

# --- Kaplan-Meier, per group ------------------------------------------------------------------------
cases <- list()
for (name in names(sets)) for (type in c("log-log", "log", "plain")) for (level in c(0.95, 0.8)) {
  d <- sets[[name]]
  for (g in unique(d[[groups[[name]]]])) {
    one <- d[d[[groups[[name]]]] == g, ]
    fit <- survfit(Surv(time, event) ~ 1, data = one, conf.type = type, conf.int = level)
    at <- summary(fit, times = times[[name]])
    keep <- unique(round(seq(1, length(fit$time), length.out = 12)))
    q <- quantile(fit, c(0.25, 0.5, 0.75))
    curve <- list(time = vec(fit$time[keep]), at_risk = vec(fit$n.risk[keep]), survival = vec(fit$surv[keep]),
                  low = vec(fit$lower[keep]), high = vec(fit$upper[keep]))
    se <- at$std.err; se[!is.finite(se)] <- NA
    cases[[length(cases) + 1]] <- case("kaplan_meier", name,
      list(group = groups[[name]], of = as.character(g), interval = gsub("-", "_", type), level = level),
      list(curve = curve, steps = length(fit$time),
           quantile = list(p = c(0.25, 0.5, 0.75), value = vec(q$quantile), low = vec(q$lower), high = vec(q$upper)),
           at = list(time = vec(at$time), survival = vec(at$surv), std_err = vec(se), low = vec(at$lower),
                     high = vec(at$upper), at_risk = vec(at$n.risk))))
  }
}
# A curve that is flat at exactly one half, and one that ends there.
for (made in list(c(1, 2, 3, 4), c(1, 2, 5, 9))) for (last in 0:1) {
  event <- c(1, 1, last, last)
  fit <- survfit(Surv(made, event) ~ 1, conf.type = "log-log")
  q <- quantile(fit, 0.5)
  cases[[length(cases) + 1]] <- case("median", "made", list(time = made, event = event),
    list(value = unname(q$quantile), low = unname(q$lower), high = unname(q$upper)))
}
write("kaplan_meier", cases)

# --- log-rank ---------------------------------------------------------------------------------------
cases <- list()
log_rank <- function(name, group, strata = character()) {
  right <- c(group, if (length(strata)) sprintf("strata(%s)", paste(strata, collapse = ", ")))
  d <- sets[[name]]; d <- d[complete.cases(d[, c("time", "event", group, strata)]), ]
  fit <- survdiff(as.formula(paste("Surv(time, event) ~", paste(right, collapse = " + "))), data = d)
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  df <- sum(total(fit$exp) > 0) - 1
  cases[[length(cases) + 1]] <<- case("log_rank", name,
    list(group = group, strata = I(strata)),
    list(observed = vec(total(fit$obs)), expected = vec(total(fit$exp)), chi_square = fit$chisq, df = df,
         p_value = pchisq(fit$chisq, df, lower.tail = FALSE)))
}
for (name in names(sets)) log_rank(name, groups[[name]])
log_rank("lung", "sex", "inst"); log_rank("lung", "ph.ecog"); log_rank("lung", "ph.ecog", "sex")
log_rank("veteran", "trt", "celltype"); log_rank("veteran", "celltype", c("trt", "prior"))
log_rank("colon", "rx", c("node4", "extent")); log_rank("colon", "sex", "rx")
write("log_rank", cases)

# --- Cox --------------------------------------------------------------------------------------------
cases <- list()
precise <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
cox <- function(name, covariates, strata = character()) for (ties in c("efron", "breslow")) {
  d <- sets[[name]]
  d <- d[complete.cases(d[, c("time", "event", gsub("factor\\(|\\)", "", c(covariates, strata)))]), ]
  right <- c(covariates, if (length(strata)) sprintf("strata(%s)", paste(strata, collapse = ", ")))
  fit <- coxph(as.formula(paste("Surv(time, event) ~", paste(right, collapse = " + "))), data = d,
               ties = ties, control = precise)
  s <- summary(fit)
  ends <- confint(fit)
  test <- function(x) list(statistic = unname(x[["test"]]), df = unname(x[["df"]]), p_value = unname(x[["pvalue"]]))
  wald <- sum(coef(fit) * solve(vcov(fit), coef(fit)))
  cases[[length(cases) + 1]] <<- case("cox", name, list(covariates = I(covariates), strata = I(strata), ties = ties),
    list(n = fit$n, events = fit$nevent, coefficient = vec(coef(fit)), std_err = vec(sqrt(diag(vcov(fit)))),
         low = vec(ends[, 1]), high = vec(ends[, 2]), p_value = vec(s$coefficients[, "Pr(>|z|)"]),
         log_likelihood = vec(fit$loglik),
         wald = list(statistic = wald, df = length(coef(fit)),
                     p_value = pchisq(wald, length(coef(fit)), lower.tail = FALSE)),
         score = list(statistic = fit$score, df = length(coef(fit)),
                      p_value = pchisq(fit$score, length(coef(fit)), lower.tail = FALSE)),
         likelihood_ratio = list(statistic = 2 * diff(fit$loglik), df = length(coef(fit)),
                                 p_value = pchisq(2 * diff(fit$loglik), length(coef(fit)), lower.tail = FALSE))))
}
cox("lung", "sex"); cox("lung", "age"); cox("lung", c("age", "sex", "ph.karno")); cox("lung", "sex", "inst")
cox("lung", c("age", "sex"), "ph.ecog")
cox("veteran", "trt"); cox("veteran", c("trt", "karno", "age")); cox("veteran", c("trt", "karno"), "celltype")
cox("colon", "factor(rx)"); cox("colon", c("factor(rx)", "sex", "age")); cox("colon", "factor(rx)", c("node4", "extent"))
cox("colon", c("sex", "nodes"), "rx")
cox("PREVAIL_1A", "arm"); cox("PREVAIL_1B", "arm")
write("cox", cases)

# --- proportions ------------------------------------------------------------------------------------
cases <- list()
for (x in list(c(0, 12), c(1, 30), c(7, 20), c(15, 30), c(29, 30), c(20, 20), c(123, 377))) for (level in c(0.95, 0.9)) {
  exact <- binom.test(x[1], x[2], conf.level = level)
  score <- suppressWarnings(prop.test(x[1], x[2], conf.level = level, correct = FALSE))
  cases[[length(cases) + 1]] <- case("proportion", "made", list(responders = x[1], n = x[2], level = level),
    list(clopper_pearson = vec(exact$conf.int), wilson = vec(score$conf.int)))
}
for (x in list(c(46, 129, 13, 126), c(7, 20, 1, 19), c(3, 5, 0, 6), c(30, 60, 30, 60), c(12, 15, 5, 40), c(0, 10, 4, 9))) {
  table <- matrix(c(x[1], x[2] - x[1], x[3], x[4] - x[3]), nrow = 2)
  plain <- suppressWarnings(chisq.test(table, correct = FALSE)); yates <- suppressWarnings(chisq.test(table))
  wald <- suppressWarnings(prop.test(x[c(1, 3)], x[c(2, 4)], correct = FALSE))
  # to the last digit: where the deviance is 0 but for rounding, glm says that it still moves
  logit <- if (min(table) > 0) suppressWarnings(
    glm(t(table) ~ c(1, 0), family = binomial, control = glm.control(1e-15, 100)))
  odds <- function(level) if (is.null(logit)) NULL else vec(exp(c(coef(logit)[2], confint.default(logit, 2, level))))
  cases[[length(cases) + 1]] <- case("two_proportions", "made", list(responders = x[c(1, 3)], n = x[c(2, 4)]),
    list(chi_square = list(statistic = unname(plain$statistic), p_value = plain$p.value),
         chi_square_corrected = list(statistic = unname(yates$statistic), p_value = yates$p.value),
         fisher_p = fisher.test(table)$p.value, risk_difference = vec(wald$conf.int),
         odds_ratio = odds(0.95), odds_ratio_90 = odds(0.9)))
}
write("proportions", cases)

# --- paired t, Wilcoxon, Spearman -------------------------------------------------------------------
cases <- list()
set.seed(20100)
hollander <- list(first = c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30),
                  second = c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29))
karnofsky <- lung[complete.cases(lung[, c("ph.karno", "pat.karno")]), ]
meals <- lung[complete.cases(lung[, c("meal.cal", "wt.loss")]), ]
many <- list(first = round(rnorm(80, 10, 2), 6)); many$second <- round(many$first + rnorm(80, 0.4, 1), 6)
some <- list(first = round(rexp(30), 6)); some$second <- round(some$first * 0.6 + rexp(30), 6)
few <- list(first = c(4.1, 2.7, 3.3, 5.2), second = c(3.0, 2.9, 2.1, 3.6))
pairs <- list(hollander = hollander, some = some, many = many, few = few,
              karnofsky = list(first = karnofsky$ph.karno, second = karnofsky$pat.karno),
              weight = list(first = meals$meal.cal, second = meals$wt.loss),
              sleep = list(first = sleep$extra[1:10], second = sleep$extra[11:20]))
for (name in names(pairs)) {
  p <- pairs[[name]]; change <- p$second - p$first
  given <- list(first = vec(p$first), second = vec(p$second))
  if (name != "weight") {
    t <- t.test(p$second, p$first, paired = TRUE)
    cases[[length(cases) + 1]] <- case("paired_t", name, given,
      list(mean = unname(t$estimate), statistic = unname(t$statistic), df = unname(t$parameter), p_value = t$p.value,
           low = t$conf.int[1], high = t$conf.int[2]))
    for (exact in list(NULL, TRUE, FALSE)) for (correct in c(TRUE, FALSE)) {
      change <- round(change, 9)
      w <- suppressWarnings(wilcox.test(change, exact = exact, correct = correct, conf.int = TRUE, tol.root = 1e-13))
      how <- grepl("exact", w$method)
      cases[[length(cases) + 1]] <- case("signed_rank", name,
        list(change = vec(change), exact = if (is.null(exact)) "auto" else if (exact) "yes" else "no", correct = correct),
        list(statistic = unname(w$statistic), p_value = w$p.value, is_exact = how, pseudo_median = unname(w$estimate),
             low = w$conf.int[1], high = w$conf.int[2], level = attr(w$conf.int, "conf.level")))
    }
  }
  for (exact in list(NULL, FALSE)) {
    s <- suppressWarnings(cor.test(p$first, p$second, method = "spearman", exact = exact))
    cases[[length(cases) + 1]] <- case("spearman", name,
      c(given, list(exact = if (is.null(exact)) "auto" else "no")),
      list(rho = unname(s$estimate), p_value = s$p.value))
  }
}
for (n in c(3, 5, 8, 10, 15)) {
  first <- seq_len(n); second <- order(sin(first * 3))
  s <- cor.test(first, second, method = "spearman")
  cases[[length(cases) + 1]] <- case("spearman", "made",
    list(first = vec(first), second = vec(second), exact = "auto"), list(rho = unname(s$estimate), p_value = s$p.value))
}
write("pairs", cases)

# --- power ------------------------------------------------------------------------------------------
cases <- list()
for (n in c(5, 14, 30, 100)) for (effect in c(0.1, 0.53, 0.82)) for (sides in 1:2) {
  p <- power.t.test(n = n, delta = effect, type = "paired", strict = TRUE,
                    alternative = if (sides == 2) "two.sided" else "one.sided")$power
  cases[[length(cases) + 1]] <- case("paired_t_power", "design",
    list(pairs = n, effect_size = effect, alpha = 0.05, sides = sides), list(power = p))
}
for (n in c(20, 50, 200)) for (p1 in c(0.1, 0.3)) for (p2 in c(0.35, 0.5)) for (sides in 1:2) for (strict in c(TRUE, FALSE)) {
  power <- power.prop.test(n = n, p1 = p1, p2 = p2, strict = strict, sig.level = 0.05,
                           alternative = if (sides == 2) "two.sided" else "one.sided")$power
  cases[[length(cases) + 1]] <- case("two_proportions_power", "design",
    list(n = n, control = p1, experimental = p2, alpha = 0.05, sides = sides, strict = strict), list(power = power))
}
for (truth in list(c(0.3, 0.5, 43), c(0.2, 0.4, 35), c(0.5, 0.3, 50))) for (sides in 1:2) {
  n <- truth[3]; k <- 0:n
  alternative <- if (sides == 2) NULL else if (truth[2] > truth[1]) "greater" else "less"
  reject <- if (sides == 1) sapply(k, function(x) binom.test(x, n, truth[1], alternative)$p.value <= 0.05)
            else sapply(k, function(x) 2 * min(binom.test(x, n, truth[1], "greater")$p.value,
                                               binom.test(x, n, truth[1], "less")$p.value) <= 0.05)
  cases[[length(cases) + 1]] <- case("one_proportion_power", "design",
    list(n = n, null = truth[1], alternative = truth[2], alpha = 0.05, sides = sides),
    list(power = sum(dbinom(k, n, truth[2])[reject])))
}
for (x in list(c(20, 20, 0.2, 0.6), c(25, 15, 0.5, 0.2), c(30, 30, 0.1, 0.3), c(12, 24, 0.5, 0.5)))
for (sides in 1:2) for (alpha in c(0.05, 0.01)) {
  tables <- expand.grid(a = 0:x[2], b = 0:x[1])
  towards <- if (sides == 2) "two.sided" else if (x[4] >= x[3]) "greater" else "less"
  p <- mapply(function(a, b) fisher.test(matrix(c(a, x[2] - a, b, x[1] - b), 2), alternative = towards,
                                         conf.int = FALSE)$p.value, tables$a, tables$b)
  cases[[length(cases) + 1]] <- case("two_proportions_power_exact", "design",
    list(n_control = x[1], n_experimental = x[2], control = x[3], experimental = x[4], alpha = alpha, sides = sides),
    list(power = sum((dbinom(tables$a, x[2], x[4]) * dbinom(tables$b, x[1], x[3]))[p <= alpha])))
}
write("power", cases)
