# Reference numbers for pooling: meta-analysis, meta-regression, tables, small-study effects, effects of studies.
# Run from the project's root: Rscript validation/r/make_pooling_reference.R   (metafor 3.8-1, metadat, jsonlite)
#
# Data: sets of R package metadat, written to tests/reference/data/. metafor stops its iterations at 1e-5 by
# default; here they run to the last digit (Fisher scoring with halved steps where it would swing), and roots
# are found with tol 1e-15.

suppressPackageStartupMessages({library(metafor); library(jsonlite)})
folder <- "tests/reference"
cases <- list()
vec <- function(x) I(unname(as.vector(x)))
num <- function(x) { x <- unname(as.vector(x)); if (length(x) == 0 || is.na(x)) NA else x }
add <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)
quiet <- suppressWarnings
strict <- function(y) list(threshold = 1e-13 * max(1, var(y)), tol = 1e-15, maxiter = 5000, stepadj = 0.7,
                           tau2.max = 1e6)
tight <- list(tol = 1e-15, maxiter = 100000, tau2.max = 1e6)

# --- data -------------------------------------------------------------------------------------------
keep <- list(
  bcg = dat.bcg[c("trial", "author", "year", "tpos", "tneg", "cpos", "cneg", "ablat", "alloc")],
  yusuf = subset(dat.yusuf1985, select = c(table, id, trial, ai, n1i, ci, n2i)),
  normand = dat.normand1999[c("study", "n1i", "m1i", "sd1i", "n2i", "m2i", "sd2i")],
  pritz = dat.pritz1997[c("study", "xi", "ni")],
  hackshaw = dat.hackshaw1998[c("study", "author", "year", "or", "or.lb", "or.ub", "yi", "vi")],
  nielweise = dat.nielweise2008[c("study", "x1i", "t1i", "x2i", "t2i")],
  pignon = dat.pignon2000[c("id", "trial", "OmE", "V", "grp")])
for (name in names(keep)) write.csv(keep[[name]], file.path(folder, "data", paste0("pool_", name, ".csv")),
                                    row.names = FALSE, quote = FALSE, na = "")

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
normand <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
                  data = dat.normand1999)
pritz <- escalc(measure = "PLO", xi = xi, ni = ni, data = dat.pritz1997)
pignon <- data.frame(yi = dat.pignon2000$OmE / dat.pignon2000$V, vi = 1 / dat.pignon2000$V)
effects <- list(bcg = bcg, normand = normand, pritz = pritz, pignon = pignon, hackshaw = dat.hackshaw1998)
models <- c(common = "EE", dersimonian_laird = "DL", paule_mandel = "PM", reml = "REML", ml = "ML", hedges = "HE",
            sidik_jonkman = "SJ", empirical_bayes = "EB")
kinds <- c(normal = "z", t = "t", hartung_knapp = "knha", hartung_knapp_adhoc = "adhoc")
fitted <- function(y, v, model, kind = "normal", level = 0.95, mods = NULL) {
  given <- list(yi = as.numeric(y), vi = as.numeric(v), method = models[[model]], test = kinds[[kind]], level = 100 * level,
                control = strict(as.numeric(y)))
  if (!is.null(mods)) given$mods <- mods
  quiet(do.call(rma, given))
}

# --- pooled effects -----------------------------------------------------------------------------------
for (name in names(effects)) for (model in names(models)) {
  e <- effects[[name]]
  for (kind in if (name == "bcg" || model %in% c("reml", "common")) names(kinds) else c("normal", "hartung_knapp")) {
    level <- if (model == "reml" && kind == "normal") 0.9 else 0.95
    r <- fitted(e$yi, e$vi, model, kind, level)
    expect <- list(estimate = num(r$beta), std_err = num(r$se), low = num(r$ci.lb), high = num(r$ci.ub),
      statistic = num(r$zval), p_value = num(r$pval), q = num(r$QE), q_p_value = num(r$QEp), i2 = num(r$I2),
      h2 = num(r$H2), weight = vec(weights(r)))
    if (model != "common") {
      p <- predict(r)
      riley <- if (kind == "normal") NULL else predict(r, pi.type = "riley")
      ends <- confint(r, control = tight)$random
      expect <- c(expect, list(tau2 = num(r$tau2), tau2_std_err = num(r$se.tau2), prediction_low = num(p$pi.lb),
        prediction_high = num(p$pi.ub), tau2_low = ends[1, 2], tau2_high = ends[1, 3], i2_low = ends[3, 2],
        i2_high = ends[3, 3], h2_low = ends[4, 2], h2_high = ends[4, 3]))
      if (!is.null(riley)) expect$k_minus_2 <- vec(c(riley$pi.lb, riley$pi.ub))
      if (model %in% c("ml", "reml")) expect$log_likelihood <- num(logLik(r))
    }
    add("meta_analysis", name, list(model = model, kind = kind, level = level), expect)
  }
}

# --- meta-regression ----------------------------------------------------------------------------------
moderated <- list(list("bcg", c("ablat")), list("bcg", c("ablat", "year")), list("hackshaw", c("year")))
for (m in moderated) for (model in names(models)) for (kind in c("normal", "hartung_knapp")) {
  if (m[[1]] == "hackshaw" && !model %in% c("reml", "common", "dersimonian_laird")) next
  e <- effects[[m[[1]]]]; x <- as.matrix(as.data.frame(e)[m[[2]]])
  r <- fitted(e$yi, e$vi, model, kind, 0.95, x)
  expect <- list(coefficient = vec(r$beta), std_err = vec(r$se), low = vec(r$ci.lb), high = vec(r$ci.ub),
    coefficient_p_value = vec(r$pval), q = num(r$QE), q_p_value = num(r$QEp), moderators = num(r$QM),
    moderators_p_value = num(r$QMp), i2 = num(r$I2), h2 = num(r$H2))
  if (model != "common") {
    ends <- confint(r, control = tight)$random
    # R2 with both tau2 to the last digit: rma refits the model without moderators under its own control
    without <- fitted(e$yi, e$vi, model)
    expect <- c(expect, list(tau2 = num(r$tau2), tau2_std_err = num(r$se.tau2), tau2_low = ends[1, 2],
      tau2_high = ends[1, 3], r2 = max(0, 100 * (without$tau2 - r$tau2) / without$tau2)))
  }
  add("meta_regression", m[[1]], list(model = model, kind = kind, moderators = I(m[[2]])), expect)
}

# --- influence, leave one out, cumulative -------------------------------------------------------------------
for (s in list(list("bcg", NULL, "reml", "normal"), list("bcg", NULL, "dersimonian_laird", "hartung_knapp"),
               list("bcg", c("ablat", "year"), "reml", "hartung_knapp"), list("normand", NULL, "common", "normal"))) {
  e <- effects[[s[[1]]]]; x <- if (is.null(s[[2]])) NULL else as.matrix(as.data.frame(e)[s[[2]]])
  if ("year" %in% s[[2]]) x[, "year"] <- x[, "year"] - 1970  # rma's iterations lose digits to a large mean
  r <- fitted(e$yi, e$vi, s[[3]], s[[4]], 0.95, x)
  i <- influence(r)
  add("meta_influence", s[[1]], list(model = s[[3]], kind = s[[4]], moderators = I(as.character(s[[2]])), years_from = 1970),
      list(studentised = vec(i$inf$rstudent), dffits = vec(i$inf$dffits), cook = vec(i$inf$cook.d),
        covariance_ratio = vec(i$inf$cov.r), tau2 = vec(i$inf$tau2.del), q = vec(i$inf$QE.del), hat = vec(i$inf$hat),
        weight = vec(i$inf$weight), dfbetas = vec(do.call(cbind, unclass(i$dfbs)[seq_len(r$p)])),
        influential = vec(as.numeric(i$is.infl))))
}
for (name in c("bcg", "pignon")) for (model in c("reml", "dersimonian_laird", "common")) {
  e <- effects[[name]]; r <- fitted(e$yi, e$vi, model, "normal")
  one <- leave1out(r); cum <- quiet(cumul(r))
  add("leave_one_out", name, list(model = model), list(estimate = vec(one$estimate), std_err = vec(one$se),
      low = vec(one$ci.lb), p_value = vec(one$pval), q = vec(one$Q), i2 = vec(one$I2)))
  add("cumulative", name, list(model = model), list(estimate = vec(cum$estimate), std_err = vec(cum$se),
      high = vec(cum$ci.ub), p_value = vec(cum$pval)))
}

# --- small-study effects ---------------------------------------------------------------------------------
# Peters: JAMA 2006;295:676, by lm with the weights of the paper. Harbord: Stat Med 2006;25:3443, score and
# information of each table written out, by lm. Sizes: metafor's regtest(model = "lm", predictor = "sqrtninv").
line <- function(fit) { s <- summary(fit)$coefficients; ends <- confint(fit)
  list(statistic = s[2, 3], df = fit$df.residual, p_value = s[2, 4], slope = s[2, 1], std_err = s[2, 2],
       limit = s[1, 1], limit_low = ends[1, 1], limit_high = ends[1, 2]) }
for (name in c("bcg", "yusuf")) {
  d <- if (name == "bcg") with(dat.bcg, data.frame(a = tpos, n1 = tpos + tneg, c = cpos, n2 = cpos + cneg)) else
    with(subset(dat.yusuf1985, table == 6 & !is.na(ai) & !is.na(ci)), data.frame(a = ai, n1 = n1i, c = ci, n2 = n2i))
  d[] <- lapply(d, as.numeric); n <- d$n1 + d$n2; events <- d$a + d$c
  odds <- escalc(measure = "OR", ai = d$a, n1i = d$n1, ci = d$c, n2i = d$n2)
  score <- d$a - events * d$n1 / n
  information <- d$n1 * d$n2 * events * (n - events) / (n^2 * (n - 1))
  size <- regtest(odds$yi, odds$vi, ni = n, model = "lm", predictor = "sqrtninv")
  lm_size <- lm(odds$yi ~ I(1 / sqrt(n)), weights = 1 / odds$vi)
  stopifnot(abs(size$zval - summary(lm_size)$coefficients[2, 3]) < 1e-9)
  add("small_study_sizes", name, list(a = vec(d$a), n1 = vec(d$n1), c = vec(d$c), n2 = vec(d$n2)),
      list(y = vec(as.numeric(odds$yi)), v = vec(as.numeric(odds$vi)),
           peters = line(lm(as.numeric(odds$yi) ~ I(1 / n), weights = events * (n - events) / n)),
           harbord = line(lm(score / information ~ I(1 / sqrt(information)), weights = information)),
           by_size = line(lm_size)))
}
for (name in c("bcg", "hackshaw", "pignon", "pritz")) {
  e <- effects[[name]]
  classic <- regtest(e$yi, e$vi, model = "lm")
  rank <- quiet(ranktest(e$yi, e$vi))
  expect <- list(statistic = num(classic$zval), df = num(classic$dfs), p_value = num(classic$pval),
    limit = num(classic$est), limit_low = num(classic$ci.lb), limit_high = num(classic$ci.ub),
    tau = num(rank$tau), rank_p_value = num(rank$pval))
  for (kind in c("normal", "hartung_knapp")) {
    mixed <- regtest(fitted(e$yi, e$vi, "reml", kind), ret.fit = TRUE)
    # regtest refits by its own control: the same regression, to the last digit
    fit <- fitted(e$yi, e$vi, "reml", kind, 0.95, cbind(sei = sqrt(e$vi)))
    stopifnot(abs(mixed$zval - fit$zval[2]) < 1e-4 * abs(fit$zval[2]))
    expect[[kind]] <- list(statistic = fit$zval[2], p_value = fit$pval[2], limit = num(fit$beta[1]),
                           limit_low = fit$ci.lb[1], limit_high = fit$ci.ub[1])
  }
  add("small_study_effects", name, list(model = "reml"), expect)
  for (estimator in c("L0", "R0", "Q0")) for (model in c("reml", "common")) for (side in c("left", "right")) {
    filled <- tryCatch(quiet(trimfill(fitted(e$yi, e$vi, model), estimator = estimator, side = side,
                                      control = strict(e$yi))), error = function(x) NULL)
    if (is.null(filled)) next
    add("trim_and_fill", name, list(estimator = tolower(estimator), model = model, side = side),
        list(missing = filled$k0, std_err = num(filled$se.k0), p_value = num(filled$p.k0),
             estimate = num(filled$beta), pooled_std_err = num(filled$se), tau2 = num(filled$tau2)))
  }
}

# --- tables ------------------------------------------------------------------------------------------------
tables <- split(dat.yusuf1985, dat.yusuf1985$table)
tables <- c(list(bcg = with(dat.bcg, data.frame(ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg))),
            lapply(tables, function(d) d[c("ai", "n1i", "ci", "n2i")]))
for (name in names(tables)) {
  d <- na.omit(tables[[name]])
  if (nrow(d) < 2 || sum(d$ai) == 0 || sum(d$ci) == 0) next
  data <- if (name == "bcg") "bcg" else "yusuf"
  option <- if (name == "bcg") list() else list(table = name)
  for (measure in c(odds_ratio = "OR", risk_ratio = "RR", risk_difference = "RD")) {
    r <- quiet(rma.mh(ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, measure = measure))
    add("mantel_haenszel", data, c(option, list(measure = names(which(c(odds_ratio = "OR", risk_ratio = "RR",
        risk_difference = "RD") == measure)))), list(estimate = num(r$beta), std_err = num(r$se), low = num(r$ci.lb),
        high = num(r$ci.ub), p_value = num(r$pval), q = num(r$QE), q_p_value = num(r$QEp), i2 = num(r$I2)))
  }
  r <- quiet(rma.peto(ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i))
  add("peto", data, c(option, list(measure = "peto")), list(estimate = num(r$beta), std_err = num(r$se),
      low = num(r$ci.lb), high = num(r$ci.ub), p_value = num(r$pval), q = num(r$QE), q_p_value = num(r$QEp),
      i2 = num(r$I2)))
  if (sum(d$ai + d$ci) < 2000) {
    s <- subset(d, ai + ci > 0)
    a <- array(rbind(s$ai, s$ci, s$n1i - s$ai, s$n2i - s$ci), c(2, 2, nrow(s)))
    if (nrow(s) > 1) {
      m <- mantelhaen.test(a, exact = TRUE)
      # the conditional maximum likelihood estimate and its ends, to the last digit (mantelhaen.test stops at 1e-4)
      dist <- function(o) { w <- 1; first <- 0
        for (i in seq_len(nrow(s))) { t <- s$ai[i] + s$ci[i]; k <- max(0, t - s$n2i[i]):min(s$n1i[i], t)
          e <- dhyper(k, s$n1i[i], s$n2i[i], t, log = TRUE) + k * o; e <- exp(e - max(e))
          longer <- numeric(length(w) + length(e) - 1)
          for (j in seq_along(e)) { at <- j - 1 + seq_along(w); longer[at] <- longer[at] + w * e[j] }
          w <- longer / max(longer); first <- first + k[1] }
        list(k = first + seq_along(w) - 1, p = w / sum(w)) }
      seen <- sum(s$ai); top <- function(f) uniroot(f, log(m$estimate) + c(-5, 5), tol = 1e-300, maxiter = 10000)$root
      estimate <- top(function(o) { z <- dist(o); sum(z$k * z$p) - seen })
      low <- top(function(o) { z <- dist(o); sum(z$p[z$k >= seen]) - 0.025 })
      high <- top(function(o) { z <- dist(o); sum(z$p[z$k <= seen]) - 0.025 })
      stopifnot(abs(estimate - log(m$estimate)) < 1e-3, abs(low - log(m$conf.int[1])) < 1e-3)
      add("exact_conditional", data, option, list(estimate = estimate, p_value = m$p.value, low = low, high = high))
    }
  }
}

# --- binomial-normal models -----------------------------------------------------------------------------------
# rma.glmm stops where lme4's optimiser does (about 1e-6); here the same likelihood is integrated by integrate()
# and climbed by Newton's steps with numDeriv's derivatives, and rma.glmm must be near.
glmm <- function(x, m, offset) {
  ll <- function(par) { mu <- par[1]; tau <- exp(par[2]); sum(sapply(seq_along(x), function(i) {
    h <- function(z) dbinom(x[i], m[i], plogis(mu + offset[i] + tau * z), log = TRUE) + dnorm(z, log = TRUE)
    top <- optimize(h, c(-12, 12), maximum = TRUE, tol = 1e-9); z <- top$maximum
    e <- function(z) exp(h(z) - top$objective)
    top$objective + log(integrate(e, z - 12, z, rel.tol = 1e-13)$value + integrate(e, z, z + 12, rel.tol = 1e-13)$value) })) }
  par <- c(qlogis(sum(x) / sum(m)) - weighted.mean(offset, m), log(0.5))
  for (i in 1:30) { step <- solve(numDeriv::hessian(ll, par), -numDeriv::grad(ll, par)); par <- par + pmax(pmin(step, 1), -1)
    if (max(abs(step)) < 1e-10) break }
  v <- solve(-numDeriv::hessian(ll, par))
  list(estimate = par[1], std_err = sqrt(v[1, 1]), tau2 = exp(2 * par[2]), log_likelihood = ll(par)) }
near <- function(a, b) stopifnot(abs(a - b) < 1e-4 * abs(b))
r <- quiet(rma.glmm(measure = "PLO", xi = xi, ni = ni, data = dat.pritz1997))
g <- glmm(dat.pritz1997$xi, dat.pritz1997$ni, rep(0, nrow(dat.pritz1997)))
near(g$estimate, c(r$beta)); near(g$std_err, r$se); near(g$tau2, r$tau2)
add("binomial_normal", "pritz", list(measure = "logit"), c(g, list(g = r$QE.LRT)))
full <- list(x = c(14, 26, 3, 34, 26), n = c(14, 28, 3, 34, 35))
g <- glmm(full$x, full$n, rep(0, 5))
add("binomial_normal", "made", lapply(full, vec), g)
d <- tables$bcg
r <- quiet(rma.glmm(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, model = "CM.AL"))
g <- glmm(d$ai, d$ai + d$ci, log(d$n1i / d$n2i))
near(g$estimate, c(r$beta)); near(g$std_err, r$se); near(g$tau2, r$tau2)
add("binomial_normal", "bcg", list(measure = "odds_ratio"), c(g, list(g = r$QE.LRT)))

# --- effects of studies -------------------------------------------------------------------------------------
d <- rbind(tables$bcg, data.frame(ai = c(0, 3, 0, 10), n1i = c(20, 20, 15, 10), ci = c(4, 0, 0, 7), n2i = c(18, 25, 15, 10)))
counts <- list(x1 = vec(d$ai), n1 = vec(d$n1i), x2 = vec(d$ci), n2 = vec(d$n2i))
short <- c(odds_ratio = "OR", risk_ratio = "RR", risk_difference = "RD", arcsine_difference = "AS", peto = "PETO")
for (measure in names(short)) for (to in c("only0", "all", "if0all", "none")) for (drop in c(FALSE, TRUE)) {
  e <- quiet(escalc(measure = short[[measure]], ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, to = to, drop00 = drop))
  gone <- !is.finite(e$yi) | !is.finite(e$vi); e$yi[gone] <- NA; e$vi[gone] <- NA
  add("effects_of_counts", "made", c(list(measure = measure, to = to, drop = drop), counts), list(y = vec(e$yi), v = vec(e$vi)))
}
n <- dat.normand1999
for (measure in c(mean_difference = "MD", standardised_difference = "SMD", ratio_of_means = "ROM")) {
  e <- escalc(measure = measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = n)
  add("effects_of_means", "normand", list(measure = c(MD = "mean_difference", SMD = "standardised_difference",
      ROM = "ratio_of_means")[[measure]]), list(y = vec(e$yi), v = vec(e$vi)))
}
for (measure in c("IRR", "IRD")) {
  e <- escalc(measure = measure, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.nielweise2008)
  add("effects_of_rates", "nielweise", list(measure = c(IRR = "rate_ratio", IRD = "rate_difference")[[measure]]),
      list(y = vec(e$yi), v = vec(e$vi)))
}
x <- c(dat.pritz1997$xi, 0, 12); size <- c(dat.pritz1997$ni, 9, 12)
words <- c(PR = "proportion", PLN = "log", PLO = "logit", PAS = "arcsine", PFT = "freeman_tukey")
for (measure in names(words)) {
  e <- escalc(measure = measure, xi = x, ni = size)
  r <- quiet(rma(yi, vi, data = e, method = "DL"))
  back <- switch(measure, PR = r$beta, PLN = exp(r$beta), PLO = plogis(r$beta), PAS = transf.iarcsin(r$beta),
                 PFT = transf.ipft.hm(r$beta, targs = list(ni = size)))
  add("effects_of_proportions", "pritz", list(measure = words[[measure]], x = vec(x), n = vec(size)),
      list(y = vec(e$yi), v = vec(e$vi), back = num(back)))
}

# --- restricted means: their differences by survival, pooled by metafor ---------------------------------------
suppressPackageStartupMessages(library(survival))
veterans <- read.csv(file.path(folder, "data", "veteran.csv"))
differences <- sapply(split(veterans, veterans$celltype), function(d) {
  s <- summary(survfit(Surv(time, status) ~ trt, data = d), rmean = 100)$table
  means <- s[, grep("rmean$", colnames(s))]; errors <- s[, grep("se\\(rmean\\)", colnames(s))]
  c(unname(means[2] - means[1]), sqrt(sum(errors^2))) })
r <- fitted(differences[1, ], differences[2, ]^2, "reml", "hartung_knapp")
write_json(list(made_by = R.version.string, trials = as.list(as.data.frame(differences)), estimate = num(r$beta),
                low = num(r$ci.lb), high = num(r$ci.ub), p_value = num(r$pval), tau2 = num(r$tau2)),
           "tests/evidence/restricted_means.json", digits = NA, auto_unbox = TRUE)

write_json(list(made_by = R.version.string, metafor = as.character(packageVersion("metafor")), cases = cases),
           file.path(folder, "pooling.json"), digits = NA, auto_unbox = TRUE, null = "null", na = "null", pretty = FALSE)
cat(length(cases), "cases\n")
