# Writes tests/reference/network.json and data/networks.json: networks of treatments by metafor's rma.mv (R 4.2.2, metafor 3.8-1, metadat).
# Contrasts of each trial with its first arm, with their whole covariance; random effects as contrasts of a trial with
# rho = 1/2. tau2 is first taken from the root of the score (written out below, checked against rma.mv's optimiser),
# so that all digits stand. From the project's root: Rscript validation/r/make_network_reference.R

suppressPackageStartupMessages({library(metafor); library(jsonlite)})
vec <- function(x) I(unname(as.vector(x)))
cases <- list(); networks <- list()

# arms of one trial after another: value and variance per arm -> contrasts with the first arm
from_arms <- function(trial, treatment, value, variance) {
  found <- list(y = c(), trial = c(), one = c(), two = c()); blocks <- list()
  for (s in unique(trial)) {
    i <- which(trial == s); k <- length(i)
    found$y <- c(found$y, value[i[-1]] - value[i[1]]); found$trial <- c(found$trial, rep(s, k - 1))
    found$one <- c(found$one, treatment[i[-1]]); found$two <- c(found$two, rep(treatment[i[1]], k - 1))
    blocks[[length(blocks) + 1]] <- diag(variance[i[-1]], k - 1) + variance[i[1]]
  }
  c(found, list(V = as.matrix(Matrix::bdiag(blocks))))
}
# all contrasts of each trial, as (trial, one, two, effect, error)
from_contrasts <- function(d) {
  found <- list(y = c(), trial = c(), one = c(), two = c()); blocks <- list()
  for (s in unique(d$trial)) {
    e <- d[d$trial == s, ]; arms <- sort(unique(c(e$one, e$two))); base <- arms[1]; rest <- arms[-1]
    pick <- function(a, b) { i <- which(e$one == a & e$two == b); j <- which(e$one == b & e$two == a)
      if (length(i)) c(e$effect[i], e$error[i]^2) else c(-e$effect[j], e$error[j]^2) }
    V <- outer(rest, rest, Vectorize(function(a, b) if (a == b) pick(a, base)[2] else
      (pick(a, base)[2] + pick(b, base)[2] - pick(a, b)[2]) / 2))
    found$y <- c(found$y, sapply(rest, function(a) pick(a, base)[1])); found$trial <- c(found$trial, rep(s, length(rest)))
    found$one <- c(found$one, rest); found$two <- c(found$two, rep(base, length(rest)))
    blocks[[length(blocks) + 1]] <- matrix(V, length(rest))
  }
  c(found, list(V = as.matrix(Matrix::bdiag(blocks))))
}
design_matrix <- function(b, n) { X <- matrix(0, length(b$y), n)
  X[cbind(seq_along(b$y), b$one + 1)] <- 1; X[cbind(seq_along(b$y), b$two + 1)] <- -1; X[, -1, drop = FALSE] }
shared <- function(b) ifelse(outer(b$trial, b$trial, "=="), 0.5, 0) + diag(0.5, length(b$y))

score <- function(t, b, X, P, reml) {
  W <- solve(b$V + t * P); C <- solve(t(X) %*% W %*% X); M <- W - W %*% X %*% C %*% t(X) %*% W
  0.5 * (c(t(b$y) %*% M %*% P %*% M %*% b$y) - sum(diag((if (reml) M else W) %*% P)))
}
likelihood <- function(t, b, X, P, reml) {
  S <- b$V + t * P; W <- solve(S); XWX <- t(X) %*% W %*% X; M <- W - W %*% X %*% solve(XWX) %*% t(X) %*% W
  ld <- function(A) as.numeric(determinant(A)$modulus)
  -0.5 * (ld(S) + c(t(b$y) %*% M %*% b$y) + (if (reml) ld(XWX) else 0) + (length(b$y) - (if (reml) ncol(X) else 0)) * log(2 * pi))
}
tight <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-16, maxiter = 5000)$root

network <- function(name, data, b, n, methods = c("FE", "REML", "ML"), profile = FALSE) {
  X <- design_matrix(b, n); P <- shared(b); k <- length(b$y)
  part <- factor(seq_len(k)); study <- factor(b$trial); networks[[name]] <<- c(data, list(treatments = n))
  for (method in methods) for (test in c("z", "t")) {
    reml <- method == "REML"
    if (method == "FE") {
      tau2 <- 0
      fit <- rma.mv(b$y, b$V, mods = X, intercept = FALSE, test = test, method = "ML")
    } else {
      free <- rma.mv(b$y, b$V, mods = X, intercept = FALSE, random = ~ part | study, rho = 0.5, method = method,
                     control = list(rel.tol = 1e-10))
      s <- function(t) score(t, b, X, P, reml)
      tau2 <- if (s(0) <= 0) 0 else tight(s, 0, 10 * max(free$tau2, 1e-3))
      stopifnot(abs(tau2 - free$tau2) < 1e-4 * max(free$tau2, 1e-2))
      fit <- rma.mv(b$y, b$V, mods = X, intercept = FALSE, random = ~ part | study, rho = 0.5, tau2 = tau2,
                    method = method, test = test)
    }
    expect <- list(effect = vec(fit$b), std_err = vec(fit$se), z = vec(fit$zval), p_value = vec(fit$pval), low = vec(fit$ci.lb),
                   high = vec(fit$ci.ub), q = fit$QE, df = k - ncol(X), q_p_value = fit$QEp,
                   covariance = vec(fit$vb))
    if (method != "FE") {
      expect$tau2 <- tau2; expect$log_likelihood <- likelihood(tau2, b, X, P, reml)
      mine <- as.numeric(logLik(fit)) - (if (reml) 0.5 * as.numeric(determinant(crossprod(X))$modulus) else 0)
      stopifnot(abs(mine - expect$log_likelihood) < 1e-8)
      if (test == "z") {
        wide <- predict(fit, newmods = diag(n - 1), tau2.levels = 1)
        half <- qnorm(0.975) * sqrt(fit$se^2 + tau2)
        stopifnot(is.null(wide$pi.lb) || max(abs(wide$pi.lb - (fit$b - half))) < 1e-8)
        expect$predict_low <- vec(fit$b - half); expect$predict_high <- vec(fit$b + half)
      }
      if (profile && test == "z") {
        below <- function(t) likelihood(t, b, X, P, reml) - expect$log_likelihood + qchisq(0.95, 1) / 2
        ends <- c(if (below(0) >= 0) 0 else tight(below, 0, tau2), tight(below, tau2, 100 * max(tau2, 0.1)))
        theirs <- confint(free, tau2 = 1)$random[1, 2:3]
        stopifnot(max(abs(theirs - ends)) < 2e-3)
        expect$tau2_low <- ends[1]; expect$tau2_high <- ends[2]
      }
    }
    cases[[length(cases) + 1]] <<- list(method = "network_mv", data = name, options = list(model = method, test = test), expect = expect)
  }
  # designs: one parameter per contrast of a design, against consistency, under common effects
  arms <- tapply(seq_len(k), b$trial, function(i) paste(sort(unique(c(b$one[i], b$two[i]))), collapse = "-"))
  own <- paste(arms[as.character(b$trial)], b$one, b$two)
  D <- outer(own, unique(own), "==") * 1
  apart <- rma.mv(b$y, b$V, mods = D, intercept = FALSE, method = "ML")
  joined <- rma.mv(b$y, b$V, mods = X, intercept = FALSE, method = "ML")
  cases[[length(cases) + 1]] <<- list(method = "network_designs", data = name, options = list(part = "designs"),
    expect = list(within = apart$QE, within_df = k - ncol(D), between = joined$QE - apart$QE, between_df = ncol(D) - ncol(X),
                  between_p_value = pchisq(joined$QE - apart$QE, ncol(D) - ncol(X), lower.tail = FALSE)))
}
counted <- function(name, trial, treatment, x, n, profile = FALSE) {
  trial <- as.integer(factor(trial, unique(trial))) - 1; arm <- as.integer(factor(treatment)) - 1
  o <- order(trial, arm); trial <- trial[o]; arm <- arm[o]; x <- x[o]; n <- n[o]
  data <- list(kind = "odds_ratio", trial = vec(trial), treatment = vec(arm), events = vec(x), n = vec(n))
  told <- tapply(x, trial, sum) > 0 & tapply(n - x, trial, sum) > 0; keep <- told[as.character(trial)]
  trial <- trial[keep]; arm <- arm[keep]; x <- x[keep]; n <- n[keep]
  zero <- trial %in% trial[x == 0 | x == n]; x <- x + 0.5 * zero; n <- n + zero
  network(name, data, from_arms(trial, arm, qlogis(x / n), 1 / x + 1 / (n - x)), max(arm) + 1, profile = profile)
}

with(dat.hasselblad1998, counted("hasselblad1998", study, trt, xi, ni, TRUE))
with(dat.dogliotti2014, counted("dogliotti2014", study, treatment, stroke, total))
s <- dat.senn2013; s$trial <- as.integer(factor(s$study, unique(s$study))) - 1; s$arm <- as.integer(factor(s$treatment)) - 1
s <- s[order(s$trial, s$arm), ]
network("senn2013", list(kind = "means", trial = vec(s$trial), treatment = vec(s$arm), mean = vec(s$mi), sd = vec(s$sdi),
  n = vec(s$ni)), from_arms(s$trial, s$arm, s$mi, s$sdi^2 / s$ni), max(s$arm) + 1, profile = TRUE)
w <- dat.stowe2010; arms <- do.call(rbind, lapply(1:3, function(i) setNames(w[, c("id", paste0(c("t", "y", "sd", "n"), i))],
  c("trial", "treatment", "mean", "sd", "n"))))
arms <- arms[!is.na(arms$n), ]; arms$arm <- as.integer(factor(arms$treatment)) - 1; arms$trial <- arms$trial - 1
arms <- arms[order(arms$trial, arms$arm), ]
with(arms, network("stowe2010", list(kind = "means", trial = vec(trial), treatment = vec(arm), mean = vec(mean), sd = vec(sd),
  n = vec(n)), from_arms(trial, arm, mean, sd^2 / n), max(arm) + 1, profile = TRUE))
with(dat.baker2009, counted("baker2009", id, treatment, exac, total))
l <- dat.linde2016; names <- sort(unique(c(l$treat1, l$treat2)))
l <- data.frame(trial = as.integer(factor(l$id, unique(l$id))) - 1, one = match(l$treat1, names) - 1,
                two = match(l$treat2, names) - 1, effect = l$lnOR, error = l$selnOR)
# two digits of rounding apart: the contrasts that do not meet a trial's first arm follow from those that do
consistent <- function(d) { for (s in unique(d$trial)) { i <- which(d$trial == s); base <- min(d$one[i], d$two[i])
  of <- function(a) if (a == base) 0 else { j <- i[(d$one[i] == a & d$two[i] == base) | (d$two[i] == a & d$one[i] == base)]
    if (d$one[j] == a) d$effect[j] else -d$effect[j] }
  d$effect[i] <- sapply(d$one[i], of) - sapply(d$two[i], of) }; d }
l <- consistent(l)
network("linde2016", list(kind = "contrasts", trial = vec(l$trial), one = vec(l$one), two = vec(l$two), effect = vec(l$effect),
  error = vec(l$error)), from_contrasts(l), length(names))

text <- toJSON(list(made_with = list(r = R.version.string, metafor = as.character(packageVersion("metafor")),
  metadat = as.character(packageVersion("metadat"))), cases = cases), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = FALSE)
writeLines(gsub('},\\{"method"', '},\n{"method"', text), "tests/reference/network.json")
writeLines(gsub('\\},"', '},\n"', toJSON(networks, digits = NA, auto_unbox = TRUE, pretty = FALSE)), "tests/reference/data/networks.json")
