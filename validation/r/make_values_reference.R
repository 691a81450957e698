# Writes tests/reference/values.json and repeated_measures.json: values, ranks, linear and mixed models, 15 digits.
# Run from the project's root: Rscript validation/r/make_values_reference.R
# R packages: jsonlite, coin, nlme, lme4, lmerTest, pbkrtest, emmeans

suppressPackageStartupMessages({library(jsonlite); library(coin); library(nlme); library(lme4); library(lmerTest)
                                library(pbkrtest); library(emmeans)})
folder <- "tests/reference"
read <- function(name) read.csv(file.path(folder, "data", paste0(name, ".csv")), stringsAsFactors = TRUE)
write <- function(name, cases) {
  packages <- c("coin", "nlme", "lme4", "lmerTest", "pbkrtest", "emmeans")
  about <- c(list(r = R.version.string), sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE))
  text <- toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null",
                 null = "null", pretty = FALSE)
  writeLines(text, file.path(folder, paste0(name, ".json")))
}
vec <- function(x) I(unname(as.vector(x)))
cases <- list()
case <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)

lung <- read("lung"); anorexia <- read("anorexia"); fev <- read("fev"); orthodont <- read("orthodont")
set.seed(44021)
two <- list(
  sleep = list(sleep$extra[1:10], sleep$extra[11:20]),
  weight_loss = list(lung$wt.loss[lung$sex == 1 & !is.na(lung$wt.loss)], lung$wt.loss[lung$sex == 2 & !is.na(lung$wt.loss)]),
  meal = list(lung$meal.cal[lung$sex == 2 & !is.na(lung$meal.cal)], lung$meal.cal[lung$sex == 1 & !is.na(lung$meal.cal)]),
  gain = list(with(anorexia, round(Postwt - Prewt, 9)[Treat == "FT"]), with(anorexia, round(Postwt - Prewt, 9)[Treat == "Cont"])),
  untied = list(round(rnorm(23, 1), 8), round(rnorm(31, 0.4, 2), 8)),
  tiny = list(c(1.1, 2.7, 3.2), c(0.4, 0.9, 1.9, 2.1)),
  many = list(round(rnorm(80, 0.2), 8), round(rexp(60), 8)))

# --- two samples ---------------------------------------------------------------------------------------
for (name in names(two)) {
  x <- two[[name]][[1]]; y <- two[[name]][[2]]
  given <- list(first = vec(x), second = vec(y))
  for (equal in c(TRUE, FALSE)) for (null in c(0, -0.7)) {
    t <- t.test(x, y, var.equal = equal, mu = null, conf.level = 0.9)
    g <- t.test(x, y, var.equal = equal, mu = null, alternative = "greater")$p.value
    l <- t.test(x, y, var.equal = equal, mu = null, alternative = "less")$p.value
    case("two_sample_t", name, c(given, list(equal_variances = equal, null = null, level = 0.9)),
         list(difference = unname(t$estimate[1] - t$estimate[2]), std_err = t$stderr, statistic = unname(t$statistic),
              df = unname(t$parameter), low = t$conf.int[1], high = t$conf.int[2], p_value = t$p.value,
              p_value_greater = g, p_value_less = l))
  }
  # effect size: ends by the noncentral t distribution of R
  n <- length(x); m <- length(y); df <- n + m - 2
  t <- unname(t.test(x, y, var.equal = TRUE)$statistic); scale <- sqrt(1 / n + 1 / m)
  end <- function(p) uniroot(function(d) suppressWarnings(pt(t, df, d)) - p, t + c(-6, 6), tol = 1e-14)$root * scale
  factor <- gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
  if (is.nan(factor)) factor <- exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
  case("standardised_difference", name, given,
       list(d = t * scale, g = t * scale * factor, d_low = end(0.975), d_high = end(0.025),
            g_low = end(0.975) * factor, g_high = end(0.025) * factor))
  for (exact in list(NULL, FALSE)) for (correct in c(TRUE, FALSE)) {
    w <- suppressWarnings(wilcox.test(x, y, exact = exact, correct = correct, conf.int = TRUE, tol.root = 1e-13))
    g <- suppressWarnings(wilcox.test(x, y, exact = exact, correct = correct, alternative = "greater"))$p.value
    l <- suppressWarnings(wilcox.test(x, y, exact = exact, correct = correct, alternative = "less"))$p.value
    how <- grepl("exact", w$method)
    case("rank_sum", name, c(given, list(exact = if (is.null(exact)) "auto" else "no", correct = correct)),
         list(w = unname(w$statistic), p_value = w$p.value, p_value_greater = g, p_value_less = l, is_exact = how,
              shift = if (how) unname(w$estimate) else median(outer(x, y, "-")), low = w$conf.int[1], high = w$conf.int[2]))
  }
  if (name != "many" && name != "weight_loss" && name != "meal") {
    frame <- data.frame(v = c(x, y), g = factor(rep(c("a", "b"), c(n, m)), levels = c("a", "b")))
    p <- sapply(c("two.sided", "greater", "less"), function(a)
      as.numeric(pvalue(coin::wilcox_test(v ~ g, frame, distribution = exact("shift"), alternative = a))))
    case("rank_sum_exact", name, given, list(p_value = p[[1]], p_value_greater = p[[2]], p_value_less = p[[3]]))
  }
  # Brunner and Munzel by placements, one by one; Newcombe's ends by a root search
  index <- mean(outer(x, y, ">") + 0.5 * outer(x, y, "=="))
  place_x <- rowMeans(outer(x, y, ">") + 0.5 * outer(x, y, "==")); place_y <- colMeans(outer(x, y, "<") + 0.5 * outer(x, y, "=="))
  v <- c(var(place_x) / n, var(place_y) / m); df <- sum(v)^2 / (v[1]^2 / (n - 1) + v[2]^2 / (m - 1))
  t <- (index - 0.5) / sqrt(sum(v)); half <- qt(0.975, df) * sqrt(sum(v))
  size <- (n + m) / 2 - 1
  apart <- function(u) (index - u)^2 - qnorm(0.975)^2 * u * (1 - u) * (1 + size * (1 - u) / (2 - u) + size * u / (1 + u)) / (n * m)
  ends <- c(uniroot(apart, c(0, index), tol = 1e-15)$root, uniroot(apart, c(index, 1), tol = 1e-15)$root)
  case("probabilistic_index", name, given,
       list(estimate = index, statistic = t, df = df, p_value = 2 * pt(-abs(t), df),
            brunner_munzel = vec(pmin(1, pmax(0, index + c(-half, half)))), newcombe = vec(ends)))
}

# --- pairs -------------------------------------------------------------------------------------------
karnofsky <- lung[complete.cases(lung[, c("ph.karno", "pat.karno")]), ]
changes <- list(sleep = sleep$extra[11:20] - sleep$extra[1:10], karnofsky = karnofsky$pat.karno - karnofsky$ph.karno,
                gain = anorexia$Postwt - anorexia$Prewt, few = c(0, 1, 1, -1, 2, 0, 3, -2, 4, 4, 1),
                family = with(anorexia, (Postwt - Prewt)[Treat == "FT"]))
for (name in names(changes)) {
  d <- round(changes[[name]], 9)
  frame <- data.frame(y = d, x = 0)
  for (zeros in c("dropped", "pratt")) for (exact in c(TRUE, FALSE)) {
    test <- function(a) coin::wilcoxsign_test(y ~ x, frame, zero.method = if (zeros == "pratt") "Pratt" else "Wilcoxon",
                                              distribution = if (exact) exact() else "asymptotic", alternative = a)
    case("signed_rank_test", name, list(change = vec(d), zeros = zeros, exact = exact),
         list(z = unname(as.numeric(statistic(test("two.sided"), "standardized"))), p_value = as.numeric(pvalue(test("two.sided"))),
              p_value_greater = as.numeric(pvalue(test("greater"))), p_value_less = as.numeric(pvalue(test("less")))))
  }
  for (correct in c(TRUE, FALSE)) {
    w <- function(a) suppressWarnings(wilcox.test(d, alternative = a, exact = FALSE, correct = correct)$p.value)
    case("signed_rank_sided", name, list(change = vec(d), correct = correct),
         list(p_value = w("two.sided"), p_value_greater = w("greater"), p_value_less = w("less")))
  }
  s <- function(a) binom.test(sum(d > 0), sum(d != 0), alternative = a)$p.value
  n <- length(d); k <- qbinom(0.025, n, 0.5); if (pbinom(k, n, 0.5) > 0.025) k <- k - 1
  o <- sort(d)
  case("sign_test", name, list(change = vec(d)),
       list(p_value = s("two.sided"), p_value_greater = s("greater"), p_value_less = s("less"), median = median(d),
            low = if (k >= 0) o[k + 1] else NULL, high = if (k >= 0) o[n - k] else NULL,
            level = if (k >= 0) 1 - 2 * pbinom(k, n, 0.5) else NULL))
}

# --- several samples -----------------------------------------------------------------------------------
anorexia$gain <- round(anorexia$Postwt - anorexia$Prewt, 9)
samples <- list(anorexia = list(anorexia$gain, as.integer(anorexia$Treat)),
                ecog = with(subset(lung, !is.na(ph.ecog) & ph.ecog < 3 & !is.na(wt.loss)), list(wt.loss, ph.ecog + 1)),
                two = list(c(two$untied[[1]], two$untied[[2]]), rep(1:2, c(23, 31))))
for (name in names(samples)) {
  v <- samples[[name]][[1]]; g <- factor(samples[[name]][[2]])
  given <- list(value = vec(v), group = vec(as.integer(g) - 1))
  for (equal in c(TRUE, FALSE)) {
    o <- oneway.test(v ~ g, var.equal = equal)
    case("one_way", name, c(given, list(equal_variances = equal)),
         list(f = unname(o$statistic), df = vec(o$parameter), p_value = o$p.value))
  }
  k <- kruskal.test(v, g)
  case("kruskal_wallis", name, given, list(h = unname(k$statistic), df = unname(k$parameter), p_value = k$p.value))
}

# --- correlation -----------------------------------------------------------------------------------------
meals <- lung[complete.cases(lung[, c("meal.cal", "wt.loss")]), ]
linked <- list(sleep = list(sleep$extra[1:10], sleep$extra[11:20]), karnofsky = list(karnofsky$ph.karno, karnofsky$pat.karno),
               meals = list(meals$meal.cal, meals$wt.loss), weights = list(anorexia$Prewt, anorexia$Postwt),
               untied = list(two$untied[[1]], two$untied[[2]][1:23]), many = list(two$many[[1]][1:60], two$many[[2]]))
for (name in names(linked)) {
  x <- linked[[name]][[1]]; y <- linked[[name]][[2]]; n <- length(x)
  given <- list(first = vec(x), second = vec(y))
  p <- cor.test(x, y, conf.level = 0.9)
  case("pearson", name, given, list(r = unname(p$estimate), statistic = unname(p$statistic), p_value = p$p.value,
                                    low = p$conf.int[1], high = p$conf.int[2]))
  for (exact in list(NULL, FALSE)) {
    k <- suppressWarnings(cor.test(x, y, method = "kendall", exact = exact))
    case("kendall", name, c(given, list(exact = if (is.null(exact)) "auto" else "no")),
         list(tau = unname(k$estimate), statistic = unname(k$statistic), p_value = k$p.value))
  }
  # Bonett and Wright's and Fieller's intervals, written out
  fisher <- function(r, v) tanh(atanh(r) + c(-1, 1) * qnorm(0.975) * sqrt(v))
  rho <- cor(x, y, method = "spearman"); tau <- cor(x, y, method = "kendall")
  case("rank_intervals", name, given, list(spearman = vec(fisher(rho, (1 + rho^2 / 2) / (n - 3))),
                                           kendall = vec(fisher(tau, 0.437 / (n - 4)))))
  # Deming's line, leaving out one pair after another
  for (ratio in c(1, 0.5, 4)) {
    line <- function(x, y) {
      v <- ratio * var(y) - var(x); b <- (v + sqrt(v^2 + 4 * ratio * cov(x, y)^2)) / (2 * ratio * cov(x, y))
      c(b, mean(y) - b * mean(x))
    }
    whole <- line(x, y); left <- sapply(seq_len(n), function(i) line(x[-i], y[-i]))
    pseudo <- n * whole - (n - 1) * left
    error <- apply(pseudo, 1, sd) / sqrt(n); half <- qt(0.975, n - 2) * error
    case("deming", name, c(given, list(ratio = ratio)),
         list(slope = whole[1], intercept = whole[2], errors = vec(error), low = vec(whole - half), high = vec(whole + half)))
  }
  # Passing and Bablok's line, one slope after another
  if (name %in% c("karnofsky", "weights", "sleep")) {
    slopes <- c()
    for (i in seq_len(n - 1)) for (j in (i + 1):n) {
      a <- x[i] - x[j]; b <- y[i] - y[j]
      if (a == 0 && b == 0) next
      s <- if (a == 0) Inf else b / a
      if (s != -1) slopes <- c(slopes, s)
    }
    slopes <- sort(slopes); size <- length(slopes); k <- sum(slopes < -1)
    b <- if (size %% 2) slopes[(size + 1) / 2 + k] else mean(slopes[size / 2 + 0:1 + k])
    reach <- qnorm(0.975) * sqrt(n * (n - 1) * (2 * n + 5) / 18); cut <- floor((size - reach) / 2 + 0.5)
    ends <- slopes[c(cut, size - cut + 1) + k]
    stopifnot(all(is.finite(c(b, ends))))
    case("passing_bablok", name, given, list(slope = b, intercept = median(y - b * x), slope_low = ends[1],
         slope_high = ends[2], intercept_low = median(y - ends[2] * x), intercept_high = median(y - ends[1] * x)))
  }
  d <- y - x; z <- qnorm(0.975); t <- qt(0.975, n - 1)
  wide <- t * sd(d) * sqrt(1 / n + z^2 / (2 * (n - 1)))
  case("bland_altman", name, given,
       list(bias = vec(t.test(d)$estimate), bias_ends = vec(t.test(d)$conf.int), lower = mean(d) - z * sd(d),
            upper = mean(d) + z * sd(d), lower_ends = vec(mean(d) - z * sd(d) + c(-wide, wide)),
            upper_ends = vec(mean(d) + z * sd(d) + c(-wide, wide))))
}
# Intraclass correlation from the mean squares of lm, formulas of Shrout and Fleiss written out
wide <- reshape(orthodont, idvar = "Subject", timevar = "age", direction = "wide", v.names = "distance")
rated <- list(orthodont = as.matrix(wide[, grepl("distance", names(wide))]), karnofsky = cbind(karnofsky$ph.karno, karnofsky$pat.karno))
for (name in names(rated)) {
  x <- rated[[name]]; n <- nrow(x); k <- ncol(x)
  long <- data.frame(v = as.vector(x), s = factor(rep(1:n, k)), r = factor(rep(1:k, each = n)))
  ms <- anova(lm(v ~ s + r, long))[["Mean Sq"]]; b <- ms[1]; j <- ms[2]; e <- ms[3]
  f <- b / e; icc3 <- (b - e) / (b + (k - 1) * e); icc2 <- (b - e) / (b + (k - 1) * e + k * (j - e) / n)
  fl <- f / qf(0.975, n - 1, (n - 1) * (k - 1)); fu <- f * qf(0.975, (n - 1) * (k - 1), n - 1)
  fj <- j / e
  v <- (k - 1) * (n - 1) * (k * icc2 * fj + n * (1 + (k - 1) * icc2) - k * icc2)^2 /
    ((n - 1) * k^2 * icc2^2 * fj^2 + (n * (1 + (k - 1) * icc2) - k * icc2)^2)
  up <- qf(0.975, n - 1, v); lo <- qf(0.975, v, n - 1)
  case("intraclass", name, list(ratings = lapply(seq_len(n), function(i) vec(x[i, ]))),
       list(consistency = vec(c(icc3, (fl - 1) / (fl + k - 1), (fu - 1) / (fu + k - 1))),
            agreement = vec(c(icc2, n * (b - up * e) / (up * (k * j + (k * n - k - n) * e) + n * b),
                              n * (lo * b - e) / (k * j + (k * n - k - n) * e + n * lo * b))),
            f = f, p_value = pf(f, n - 1, (n - 1) * (k - 1), lower.tail = FALSE)))
}

# --- description ---------------------------------------------------------------------------------------------
for (name in c("sleep", "gain", "tiny")) {
  x <- abs(two[[name]][[1]]) + 0.5
  case("describe", name, list(value = vec(x)),
       list(type2 = vec(quantile(x, c(0.25, 0.5, 0.75), type = 2)), type7 = vec(quantile(x, c(0.25, 0.5, 0.75), type = 7)),
            geometric_mean = exp(mean(log(x))), geometric_cv = 100 * sqrt(exp(var(log(x))) - 1),
            trimmed = mean(x, trim = 0.1)))
}

# --- covariance analysis --------------------------------------------------------------------------------------
hc <- function(fit, type) {
  x <- model.matrix(fit); e <- residuals(fit); h <- hatvalues(fit); n <- nrow(x); p <- ncol(x)
  w <- switch(type, hc0 = e^2, hc1 = e^2 * n / (n - p), hc2 = e^2 / (1 - h), hc3 = e^2 / (1 - h)^2)
  b <- solve(crossprod(x)); b %*% crossprod(x * sqrt(w)) %*% b
}
ancova <- function(name, fit, arm, given) for (variance in c("classical", "hc0", "hc1", "hc2", "hc3"))
  for (margins in c("balanced", "observed")) {
    v <- if (variance == "classical") vcov(fit) else hc(fit, variance)
    m <- emmeans(fit, arm, vcov. = v, weights = if (margins == "observed") "proportional" else "equal")
    s <- summary(m); ci <- confint(m)
    d <- summary(pairs(m), infer = TRUE, adjust = "none")
    case("ancova", name, c(given, list(arm = arm, variance = variance, margins = margins)),
         list(mean = vec(s$emmean), std_err = vec(s$SE), df = vec(s$df), low = vec(ci$lower.CL), high = vec(ci$upper.CL),
              difference = vec(d$estimate), difference_std_err = vec(d$SE), difference_low = vec(d$lower.CL),
              difference_high = vec(d$upper.CL), p_value = vec(d$p.value)))
  }
ancova("anorexia", lm(Postwt ~ Treat + Prewt, anorexia), "Treat",
       list(value = "Postwt", numbers = I("Prewt"), factors = I(character()), interaction = FALSE))
ancova("anorexia", lm(Postwt ~ Treat * Prewt, anorexia), "Treat",
       list(value = "Postwt", numbers = I(character()), factors = I(character()), interaction = "Prewt"))
k <- lung[complete.cases(lung[, c("pat.karno", "ph.karno", "age", "ph.ecog", "sex")]) & !lung$ph.ecog %in% 3, ]
k$ph.ecog <- factor(k$ph.ecog); k$sex <- factor(k$sex)
ancova("lung", lm(pat.karno ~ sex + ph.karno + age + ph.ecog, k), "sex",
       list(value = "pat.karno", numbers = I(c("ph.karno", "age")), factors = I("ph.ecog"), interaction = FALSE))
write("values", cases)

# --- repeated measures -------------------------------------------------------------------------------------------
cases <- list()
fev$visit_number <- as.integer(fev$visit); seen <- fev[!is.na(fev$value), ]
seen$arm <- factor(seen$arm); seen$cell <- interaction(seen$arm, seen$visit)
tight <- glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-13, msTol = 1e-14, opt = "nlminb")
structures <- list(
  unstructured = list(corSymm(form = ~ visit_number | subject), varIdent(form = ~ 1 | visit)),
  compound_symmetry = list(corCompSymm(form = ~ visit_number | subject), NULL),
  heterogeneous_compound_symmetry = list(corCompSymm(form = ~ visit_number | subject), varIdent(form = ~ 1 | visit)),
  ar1 = list(corAR1(form = ~ visit_number | subject), NULL),
  heterogeneous_ar1 = list(corAR1(form = ~ visit_number | subject), varIdent(form = ~ 1 | visit)))
for (name in names(structures)) {
  s <- structures[[name]]
  fit <- gls(value ~ 0 + cell + visit:baseline + race, data = seen, correlation = s[[1]], weights = s[[2]],
             method = "REML", control = tight)
  case("mmrm_gls", "fev", list(structure = name), list(log_likelihood = as.numeric(logLik(fit))))
}
# gls stops some 1e-6 from the last digit. So the definition written out with matrices of all rows, by Newton's
# method; derivatives of the covariance of visits by numDeriv; Kenward and Roger's and Satterthwaite's methods with
# the observed information
x <- model.matrix(value ~ 0 + cell + visit:baseline + race, seen); y <- seen$value
at <- outer(seen$visit_number, 1:4, "==") * 1
same <- outer(as.character(seen$subject), as.character(seen$subject), "==")
lag <- abs(outer(1:4, 1:4, "-")); pairs_of <- rbind(cbind(1:4, 1:4), t(combn(4, 2))[c(1, 2, 4, 3, 5, 6), ])
square <- function(theta) { m <- matrix(0, 4, 4); m[pairs_of] <- theta; m[pairs_of[, 2:1]] <- theta; m }
scaled <- function(v, r) outer(sqrt(v), sqrt(v)) * r
band <- function(r) matrix(c(1, r)[lag + 1], 4)
by_hand <- list(
  unstructured = list(square, c(90, 40, 25, 150, rep(0, 6))),
  toeplitz = list(function(t) t[1] * band(t[2:4] / t[1]), c(75, 10, 1, 1)),
  heterogeneous_toeplitz = list(function(t) scaled(t[1:4], band(t[5:7])), c(90, 40, 25, 150, 0.2, 0, 0)),
  ar1 = list(function(t) t[1] * t[2]^lag, c(75, 0.3)),
  heterogeneous_ar1 = list(function(t) scaled(t[1:4], t[5]^lag), c(90, 40, 25, 150, 0.3)),
  compound_symmetry = list(function(t) t[1] * diag(4) + t[2] * (1 - diag(4)), c(75, 5)),
  heterogeneous_compound_symmetry = list(function(t) scaled(t[1:4], diag(4) + t[5] * (1 - diag(4))), c(90, 40, 25, 150, 0.1)))
for (name in names(by_hand)) {
  sigma_of <- by_hand[[name]][[1]]; theta <- by_hand[[name]][[2]]; k <- length(theta); linear <- name %in%
    c("unstructured", "toeplitz", "compound_symmetry")
  whole <- function(m) same * (at %*% m %*% t(at))
  for (step in 1:25) {
    first <- numDeriv::jacobian(function(t) as.vector(sigma_of(t)), theta)
    d <- lapply(1:k, function(h) whole(matrix(first[, h], 4)))
    s <- whole(sigma_of(theta)); si <- solve(s)
    phi <- solve(t(x) %*% si %*% x); p <- si - si %*% x %*% phi %*% t(x) %*% si; py <- p %*% y
    pd <- lapply(d, function(m) p %*% m)
    gradient <- mapply(function(a, m) sum(diag(a)) - c(t(py) %*% m %*% py), pd, d)
    trace <- outer(1:k, 1:k, Vectorize(function(h, j) sum(pd[[h]] * t(pd[[j]]))))
    hessian <- -trace + 2 * outer(1:k, 1:k, Vectorize(function(h, j) c(t(py) %*% d[[h]] %*% pd[[j]] %*% py)))
    second <- NULL
    if (!linear) {
      bends <- lapply(1:16, function(c) numDeriv::hessian(function(t) as.vector(sigma_of(t))[c], theta))
      second <- function(h, j) whole(matrix(sapply(bends, function(b) b[h, j]), 4))
      hessian <- hessian + outer(1:k, 1:k, Vectorize(function(h, j) {
        m <- second(h, j); sum(p * m) - c(t(py) %*% m %*% py) }))
    }
    rising <- inherits(try(chol(hessian), silent = TRUE), "try-error") || max(abs(gradient)) > 1
    move <- solve(if (rising) trace else hessian, gradient)
    share <- 1
    while (inherits(try(chol(sigma_of(theta - share * move)), silent = TRUE), "try-error")) share <- share / 2
    theta <- theta - share * move
    if (max(abs(move / theta)) < 1e-11) break
  }
  stopifnot(max(abs(move / theta)) < 1e-8)
  b <- c(phi %*% t(x) %*% si %*% y); r <- y - x %*% b
  likelihood <- -0.5 * c(determinant(s)$modulus + determinant(solve(phi))$modulus + t(r) %*% si %*% r +
                           (length(y) - ncol(x)) * log(2 * pi))
  w <- 2 * solve(hessian)
  ph <- lapply(d, function(m) -t(x) %*% si %*% m %*% si %*% x)
  adjusted <- function(bent) {
    inner <- 0
    for (h in 1:k) for (j in 1:k) {
      inner <- inner + w[h, j] * (t(x) %*% si %*% d[[h]] %*% si %*% d[[j]] %*% si %*% x - ph[[h]] %*% phi %*% ph[[j]])
      if (bent) inner <- inner - w[h, j] * t(x) %*% si %*% second(h, j) %*% si %*% x / 4
    }
    phi + 2 * phi %*% inner %*% phi
  }
  l <- c(0, 0, 0, 0, 0, 0, -1, 1, rep(0, ncol(x) - 8))
  slope <- sapply(ph, function(m) c(t(l) %*% phi %*% m %*% phi %*% l))
  error <- function(m) sqrt(c(t(l) %*% m %*% l))
  case("mmrm_by_hand", "fev", list(structure = name, contrast = vec(l)),
       list(log_likelihood = likelihood, coefficient = vec(b), std_err = vec(sqrt(diag(phi))), sigma = vec(sigma_of(theta)),
            estimate = sum(l * b), contrast_std_err = error(phi), linear_std_err = error(adjusted(FALSE)),
            kr_std_err = error(adjusted(!linear)), df = 2 * error(phi)^4 / c(t(slope) %*% w %*% slope)))
}
# Random intercepts are compound symmetry: Kenward and Roger's method with the expected information (pbkrtest),
# Satterthwaite's with the observed one by numerical derivatives (lmerTest)
orthodont$Sex <- factor(orthodont$Sex); orthodont$occasion <- factor(orthodont$age)
rows <- list(balanced = orthodont, gaps = orthodont[-c(3, 8, 17, 18, 40, 61, 62, 63, 99), ])
# lmer to the last digit: its one parameter is where the derivative of the deviance is 0
to_the_end <- function(formula, d) {
  parts <- lFormula(formula, d); deviance <- do.call(mkLmerDevfun, parts)
  theta <- uniroot(function(t) numDeriv::grad(deviance, t), c(0.3, 5), tol = 1e-15)$root
  value <- deviance(theta)
  fit <- mkMerMod(environment(deviance), list(par = theta, fval = value, conv = 0, feval = 1, message = ""),
                  parts$reTrms, fr = parts$fr, mc = call("lmer", formula, data = d))
  as_lmerModLmerTest(fit)
}
for (name in names(rows)) {
  d <- rows[[name]]
  fit <- to_the_end(distance ~ Sex * occasion + (1 | Subject), d)
  adjusted <- as.matrix(vcovAdj(fit)); l <- c(0, 1, 0, 0, 0, 0, 0, 1)
  kr <- KRmodcomp(fit, matrix(l, 1)); st <- contest1D(fit, l)
  case("mmrm_pbkrtest", name, list(contrast = vec(l), rows = vec(as.integer(rownames(d)))),
       list(estimate = sum(l * fixef(fit)), std_err = sqrt(c(l %*% as.matrix(vcov(fit)) %*% l)),
            kr_std_err = sqrt(c(l %*% adjusted %*% l)), kr_df = kr$stats$ddf, kr_p_value = kr$stats$p.value,
            satterthwaite_df = st$df, log_likelihood = as.numeric(logLik(fit))))
}
write("repeated_measures", cases)
