# Writes tests/reference/proportions_more.json: proportions, counts, rates and logistic models, 15 digits.
# Run from the project's root: Rscript validation/r/make_proportions_reference.R   (packages coin, jsonlite, survival)
#
# What base R has is called. What it lacks is written here from its definition, another way than in trialist: the
# proportions most likely under a margin are roots of the derivative of the likelihood (trialist: closed forms), ends
# are found by uniroot to the last digit, and Firth's estimate by iterating the modified score.

suppressPackageStartupMessages({library(coin); library(jsonlite); library(survival)})
folder <- "tests/reference"
cases <- list()
vec <- function(x) I(unname(as.vector(x)))
add <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)
root <- function(f, a, b) uniroot(f, c(a, b), tol = 1e-300, maxiter = 10000)$root
quiet <- suppressWarnings
finite <- function(x) ifelse(is.finite(x), x, NA)

# --- one proportion ---------------------------------------------------------------------------------
for (x in list(c(0, 12), c(1, 30), c(7, 20), c(29, 30), c(20, 20), c(123, 377))) for (level in c(0.95, 0.9)) {
  k <- x[1]; n <- x[2]; p <- k / n; a <- (1 - level) / 2; z <- qnorm(1 - a)
  middle <- (k + z^2 / 2) / (n + z^2)
  cut <- function(v) pmin(1, pmax(0, v))
  jeffreys <- qbeta(c(a, 1 - a), k + 0.5, n - k + 0.5)
  mid <- function(q) (pbinom(k - 1, n, q) + pbinom(k, n, q)) / 2
  expect <- list(
    wilson_corrected = vec(quiet(prop.test(k, n, conf.level = level))$conf.int),
    agresti_coull = vec(cut(middle + c(-z, z) * sqrt(middle * (1 - middle) / (n + z^2)))),
    jeffreys_equal_tailed = vec(jeffreys),
    jeffreys = vec(c(if (k == 0) 0 else jeffreys[1], if (k == n) 1 else jeffreys[2])),
    mid_p = vec(c(if (k == 0) 0 else root(function(q) 1 - mid(q) - a, 0, p),
                  if (k == n) 1 else root(function(q) mid(q) - a, p, 1))),
    wald_corrected = vec(cut(p + c(-1, 1) * (z * sqrt(p * (1 - p) / n) + 1 / (2 * n)))),
    arcsine = vec(sin(pmin(pi / 2, pmax(0, asin(sqrt((k + 3/8) / (n + 3/4))) + c(-z, z) / (2 * sqrt(n)))))^2))
  if (k > 0 && k < n) expect$logit <- vec(plogis(qlogis(p) + c(-z, z) * sqrt(n / (k * (n - k)))))
  add("one_proportion_intervals", "made", list(responders = k, n = n, level = level), expect)
}
for (x in list(c(0, 12, 0.2), c(7, 20, 0.2), c(7, 20, 0.35), c(29, 30, 0.8), c(123, 377, 0.3))) {
  for (side in c("two_sided", "greater", "less")) {
    k <- x[1]; n <- x[2]; null <- x[3]; r <- sub("_", ".", side)
    below <- pbinom(k, n, null) - dbinom(k, n, null) / 2; above <- 1 - below
    mid <- switch(side, two_sided = min(1, 2 * min(below, above)), greater = above, less = below)
    plain <- quiet(prop.test(k, n, null, alternative = r, correct = FALSE))
    yates <- quiet(prop.test(k, n, null, alternative = r))
    add("one_proportion_tests", "made", list(responders = k, n = n, null = null, alternative = side),
        list(exact = binom.test(k, n, null, alternative = r)$p.value, mid_p = mid, score = plain$p.value,
             score_square = unname(plain$statistic), score_corrected = yates$p.value,
             score_corrected_square = unname(yates$statistic)))
  }
}

# --- two proportions --------------------------------------------------------------------------------
# most likely second proportion when the first is f(second), as the root of the derivative of the log likelihood
likely <- function(x, n, f, slope, low, high) {
  g <- function(q) { p <- f(q)
    slope(q) * ((if (x[1] > 0) x[1] / p else 0) - (if (x[1] < n[1]) (n[1] - x[1]) / (1 - p) else 0)) +
      (if (x[2] > 0) x[2] / q else 0) - (if (x[2] < n[2]) (n[2] - x[2]) / (1 - q) else 0) }
  e <- 1e-14 * (high - low)
  if (g(low + e) <= 0) return(low)
  if (g(high - e) >= 0) return(high)
  root(g, low + e, high - e)
}
at_difference <- function(x, n, d) {
  q <- likely(x, n, function(q) q + d, function(q) 1, max(0, -d), min(1, 1 - d)); c(q + d, q) }
at_ratio <- function(x, n, r) {
  q <- likely(x, n, function(q) r * q, function(q) r, 0, min(1, 1 / r)); c(r * q, q) }
at_odds <- function(x, n, o) {
  f <- function(q) o * q / (1 - q + o * q)
  q <- likely(x, n, f, function(q) o / (1 - q + o * q)^2, 0, 1); c(f(q), q) }
difference_square <- function(x, n, d) { p <- at_difference(x, n, d)
  (x[1] / n[1] - x[2] / n[2] - d)^2 / sum(p * (1 - p) / n) }
ratio_square <- function(x, n, r) { p <- at_ratio(x, n, r)
  (x[1] / n[1] - r * x[2] / n[2])^2 / (p[1] * (1 - p[1]) / n[1] + r^2 * p[2] * (1 - p[2]) / n[2]) }
odds_square <- function(x, n, o) { p <- at_odds(x, n, o)
  (x[1] - n[1] * p[1])^2 * sum(1 / (n * p * (1 - p))) }
conditional <- function(x, n, level, mid) {
  total <- sum(x); k <- max(0, total - n[2]):min(n[1], total); a <- (1 - level) / 2
  d <- function(o) { w <- dhyper(k, n[1], n[2], total, log = TRUE) + k * o; w <- exp(w - max(w)); w / sum(w) }
  tail <- function(o, up) { p <- d(o); sum(p[if (up) k >= x[1] else k <= x[1]]) - (if (mid) p[k == x[1]] / 2 else 0) }
  c(if (x[1] == min(k)) 0 else if (x[1] == max(k)) Inf else exp(root(function(o) sum(k * d(o)) - x[1], -50, 50)),
    if (x[1] == min(k)) 0 else exp(root(function(o) tail(o, TRUE) - a, -50, 50)),
    if (x[1] == max(k)) Inf else exp(root(function(o) tail(o, FALSE) - a, -50, 50)))
}
for (x in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(7, 34, 1, 34), c(46, 129, 13, 126), c(5, 56, 0, 29))) for (level in c(0.95, 0.9)) {
  k <- x[c(1, 3)]; n <- x[c(2, 4)]; z <- qnorm((1 + level) / 2); N <- sum(n); p <- k / n; d <- p[1] - p[2]
  wilson <- function(i, correct) quiet(prop.test(k[i], n[i], conf.level = level, correct = correct))$conf.int
  hybrid <- function(correct) { a <- wilson(1, correct); b <- wilson(2, correct)
    c(d - sqrt((p[1] - a[1])^2 + (b[2] - p[2])^2), d + sqrt((a[2] - p[1])^2 + (p[2] - b[1])^2)) }
  more <- (k + 1) / (n + 2)
  score <- function(f, value, low, high, factor) {
    g <- function(v) f(k, n, v) - z^2 * factor
    c(if (value <= low) low else root(g, low + 1e-9, value), if (value >= high) high else root(g, value, high - 1e-9)) }
  on_log <- function(f, value, factor) {
    g <- function(v) f(k, n, exp(v)) - z^2 * factor; at <- if (is.finite(value)) log(value) else 3
    c(exp(root(g, at - 8, at)), if (is.finite(value)) exp(root(g, at, at + 9)) else Inf) }
  ratio <- p[1] / p[2]; odds <- p[1] / (1 - p[1]) / (p[2] / (1 - p[2]))
  MN <- N / (N - 1)
  expect <- list(
    wald_corrected = vec(quiet(prop.test(k, n, conf.level = level))$conf.int),
    newcombe = vec(hybrid(FALSE)), newcombe_corrected = vec(hybrid(TRUE)),
    agresti_caffo = vec(more[1] - more[2] + c(-z, z) * sqrt(sum(more * (1 - more) / (n + 2)))),
    mee = vec(score(difference_square, d, -1, 1, 1)), miettinen_nurminen = vec(score(difference_square, d, -1, 1, MN)),
    ratio_koopman = vec(finite(on_log(ratio_square, ratio, 1))),
    ratio_miettinen_nurminen = vec(finite(on_log(ratio_square, ratio, MN))),
    odds_score = vec(finite(on_log(odds_square, odds, 1))), odds_miettinen_nurminen = vec(finite(on_log(odds_square, odds, MN))),
    conditional = vec(finite(conditional(k, n, level, FALSE))), conditional_mid_p = vec(finite(conditional(k, n, level, TRUE))))
  if (k[2] > 0) expect$ratio_katz <- vec(ratio * exp(c(-z, z) * sqrt(sum(1 / k - 1 / n))))
  add("two_proportions_intervals", "made", list(responders = k, n = n, level = level), expect)
}
for (x in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(7, 34, 1, 34), c(5, 56, 0, 29))) {
  k <- x[c(1, 3)]; n <- x[c(2, 4)]; N <- sum(n); table <- rbind(k, n - k)
  z <- (k[1] / n[1] - k[2] / n[2]) / sqrt(sum(k) / N * (1 - sum(k) / N) * sum(1 / n)) * sqrt((N - 1) / N)
  zm <- function(d) (k[1] / n[1] - k[2] / n[2] - d) / sqrt({p <- at_difference(k, n, d); sum(p * (1 - p) / n)})
  two <- fisher.test(table)$p.value; mine <- dhyper(k[1], n[1], n[2], sum(k))
  add("two_proportions_tests", "made", list(responders = k, n = n),
      list(chi_square_n_1 = 2 * pnorm(-abs(z)), fisher_greater = fisher.test(table, alternative = "greater")$p.value,
           fisher_less = fisher.test(table, alternative = "less")$p.value, fisher_mid_p = two - mine / 2,
           farrington_manning = vec(c(zm(-0.1), zm(0.05), zm(0))),
           less_corrected = quiet(prop.test(k, n, alternative = "less"))$p.value,
           greater = quiet(prop.test(k, n, alternative = "greater", correct = FALSE))$p.value))
}

# --- exact unconditional tests: the largest probability on a grid of 4001 proportions, each high point of it narrowed down
largest <- function(extreme, n) {
  p <- function(q) sum(outer(dbinom(0:n[1], n[1], q), dbinom(0:n[2], n[2], q)) * extreme)
  at <- seq(0, 1, length.out = 4001); v <- sapply(at, p)
  peaks <- which(v >= c(-1, v[-4001]) & v >= c(v[-1], -1) & v >= 0.9 * max(v))
  max(v, sapply(peaks, function(i) optimize(p, c(at[max(1, i - 1)], at[min(4001, i + 1)]), maximum = TRUE, tol = 1e-12)$objective))
}
for (x in list(c(7, 12, 8, 15), c(7, 34, 1, 34), c(3, 15, 10, 13), c(0, 10, 4, 9))) for (side in c("two_sided", "greater", "less")) {
  k <- x[c(1, 3)]; n <- x[c(2, 4)]; a <- row(matrix(0, n[1] + 1, n[2] + 1)) - 1; b <- col(a) - 1
  q <- (a + b) / sum(n); z <- (a / n[1] - b / n[2]) / sqrt(q * (1 - q) * sum(1 / n)); z[!is.finite(z)] <- 0
  z <- switch(side, two_sided = abs(z), greater = z, less = -z)
  fisher <- matrix(mapply(function(a, b) fisher.test(rbind(c(a, b), n - c(a, b)), alternative = sub("_", ".", side))$p.value, a, b), n[1] + 1)
  for (test in c("barnard", "boschloo")) {
    order <- if (test == "barnard") z else -fisher
    add("unconditional", "made", list(responders = k, n = n, test = test, alternative = side),
        list(p_value = largest(order >= order[k[1] + 1, k[2] + 1] - 1e-9, n)))
  }
}

# --- strata -----------------------------------------------------------------------------------------
admissions <- list(x = t(UCBAdmissions["Admitted", c("Female", "Male"), ]), n = t(apply(UCBAdmissions, c(2, 3), sum)[c("Female", "Male"), ]))
colon <- subset(read.csv(file.path(folder, "data/colon.csv")), etype == 2 & rx != "Lev")
colon$arm <- as.numeric(colon$rx == "Lev+5FU")
by_stratum <- function(d, strata) { s <- interaction(d[strata], drop = TRUE)
  list(x = cbind(tapply(d$status * d$arm, s, sum), tapply(d$status * (1 - d$arm), s, sum)),
       n = cbind(tapply(d$arm, s, sum), tapply(1 - d$arm, s, sum))) }
sparse <- list(x = rbind(c(3, 0), c(1, 2), c(2, 1), c(0, 0), c(4, 1)), n = rbind(c(4, 6), c(3, 3), c(2, 4), c(3, 1), c(5, 4)))
for (name in c("UCBAdmissions", "colon", "sparse")) {
  s <- switch(name, UCBAdmissions = admissions, colon = by_stratum(colon, c("node4", "extent")), sparse = sparse)
  x <- unname(s$x); n <- unname(s$n); both <- x[n[, 1] > 0 & n[, 2] > 0, ]; size <- n[n[, 1] > 0 & n[, 2] > 0, ]
  tables <- array(0, c(2, 2, nrow(both)))
  for (i in seq_len(nrow(both))) tables[, , i] <- rbind(both[i, ], size[i, ] - both[i, ])
  tables <- aperm(tables, c(2, 1, 3))
  plain <- mantelhaen.test(tables, correct = FALSE); yates <- mantelhaen.test(tables)
  N <- rowSums(size); w <- size[, 1] * size[, 2] / N; p <- both / size; d <- sum(w * (p[, 1] - p[, 2])) / sum(w); z <- qnorm(0.975)
  P <- sum((size[, 1]^2 * both[, 2] - size[, 2]^2 * both[, 1] + size[, 1] * size[, 2] * (size[, 2] - size[, 1]) / 2) / N^2) / sum(w)^2
  Q <- sum((both[, 1] * (size[, 2] - both[, 2]) + both[, 2] * (size[, 1] - both[, 1])) / (2 * N)) / sum(w)^2
  klingenberg <- function(v) (d - v)^2 - z^2 * (v * P + Q)
  score <- function(v) { e <- 0
    for (i in seq_along(N)) { q <- at_difference(both[i, ], size[i, ], v)
      e <- e + w[i]^2 * sum(q * (1 - q) / size[i, ]) * N[i] / (N[i] - 1) }
    (d - v) * sum(w) / sqrt(e) }
  share <- w / sum(w)
  weighted_wilson <- function(j) { v <- p[, j] * (1 - p[, j]) / size[, j]
    less <- z * sqrt(sum(share^2 * v)) / sum(share * sqrt(v)); level <- 2 * pnorm(less) - 1
    ends <- sapply(seq_along(N), function(i) quiet(prop.test(both[i, j], size[i, j], conf.level = level, correct = FALSE))$conf.int)
    c(ends %*% share) }
  a <- weighted_wilson(1); b <- weighted_wilson(2); l <- colSums(share^2 / size)
  newcombe <- c(d - z * sqrt(l[1] * a[1] * (1 - a[1]) + l[2] * b[2] * (1 - b[2])),
                d + z * sqrt(l[1] * a[2] * (1 - a[2]) + l[2] * b[1] * (1 - b[1])))
  R <- sum(both[, 1] * size[, 2] / N); S <- sum(both[, 2] * size[, 1] / N)
  v <- sum((size[, 1] * size[, 2] * rowSums(both) - both[, 1] * both[, 2] * N) / N^2) / (R * S)
  odds <- unname(plain$estimate)
  tells <- rowSums(both) > 0 & rowSums(both) < N
  fitted <- sapply(which(tells), function(i) { m <- sum(both[i, ])
    root(function(e) e * (size[i, 2] - m + e) - odds * (m - e) * (size[i, 1] - e), max(0, m - size[i, 2]), min(m, size[i, 1])) })
  m <- rowSums(both)[tells]; s1 <- size[tells, 1]; s2 <- size[tells, 2]
  V <- 1 / (1 / fitted + 1 / (s1 - fitted) + 1 / (m - fitted) + 1 / (s2 - m + fitted))
  gap <- both[tells, 1] - fitted
  bd <- sum(gap^2 / V); tarone <- bd - sum(gap)^2 / sum(V)
  kept <- lapply(which(tells), function(i) list(k = max(0, sum(both[i, ]) - size[i, 2]):min(size[i, 1], sum(both[i, ])), i = i))
  joint <- 1
  for (one in kept) { joint <- convolve(joint, rev(dhyper(one$k, size[one$i, 1], size[one$i, 2], sum(both[one$i, ]))), type = "open") }
  expect <- list(cmh = unname(plain$statistic), cmh_p_value = plain$p.value, cmh_corrected = unname(yates$statistic),
    odds_ratio = vec(c(odds, plain$conf.int)), sato = vec(c(d, d + c(-z, z) * sqrt(d * P + Q))),
    klingenberg = vec(c(root(klingenberg, -1, d), root(klingenberg, d, 1))),
    miettinen_nurminen = vec(c(root(function(v) score(v) - z, -1 + 1e-9, d), root(function(v) score(v) + z, d, 1 - 1e-9))),
    score_z = vec(c(score(0), score(-0.1))), newcombe = vec(newcombe), risk_ratio = vec(R / S * exp(c(0, -z, z) * sqrt(v))),
    breslow_day = bd, tarone = tarone, df = sum(tells) - 1,
    breslow_day_p_value = pchisq(bd, sum(tells) - 1, lower.tail = FALSE),
    tarone_p_value = pchisq(tarone, sum(tells) - 1, lower.tail = FALSE))
  expect$exact_p_value <- mantelhaen.test(tables, exact = TRUE)$p.value
  add("strata", name, list(x = apply(x, 1, function(r) I(r), simplify = FALSE), n = apply(n, 1, function(r) I(r), simplify = FALSE)), expect)
}
for (name in c("jobsatisfaction", "rx_by_stage")) {
  t <- if (name == "jobsatisfaction") unclass(jobsatisfaction) else
    with(subset(read.csv(file.path(folder, "data/colon.csv")), etype == 2), table(rx, differ, node4))
  found <- mantelhaen.test(t)
  add("general_association", name, list(tables = lapply(seq_len(dim(t)[3]), function(k) matrix(as.numeric(t[, , k]), dim(t)[1]))),
      list(statistic = unname(found$statistic), df = unname(found$parameter), p_value = found$p.value))
}

# --- pairs ------------------------------------------------------------------------------------------
for (x in list(c(53, 16, 8, 9), c(1, 1, 7, 12), c(36, 12, 2, 0), c(212, 40, 41, 130))) {
  t <- matrix(x, 2, byrow = TRUE); n <- sum(x); z <- qnorm(0.975); b <- x[2]; c <- x[3]; d <- (b - c) / n
  least <- min(b, c); exact <- binom.test(b, b + c)$p.value
  tango <- function(v) { # most likely P(second only) given the difference, as the root of the derivative
    g <- function(q) b / (q + v) + c / q - 2 * (n - b - c) / (1 - 2 * q - v)
    e <- 1e-13; low <- max(0, -v) + e; high <- (1 - v) / 2 - e
    q <- if (n == b + c) high else root(g, low, high)
    (b - c - n * v) / sqrt(n * (2 * q + v - v^2)) }
  p <- (x[1] + b) / n; q <- (x[1] + c) / n
  u <- quiet(prop.test(x[1] + b, n, correct = FALSE))$conf.int; w <- quiet(prop.test(x[1] + c, n, correct = FALSE))$conf.int
  over <- x[1] * x[4] - b * c; phi <- (if (over > n / 2) over - n / 2 else if (over >= 0) 0 else over) / sqrt(prod(as.numeric(c(x[1] + b, x[3] + x[4], x[1] + c, x[2] + x[4]))))
  add("pairs", "made", list(pairs = x), list(
    mcnemar = unname(mcnemar.test(t, correct = FALSE)$statistic), mcnemar_p_value = mcnemar.test(t, correct = FALSE)$p.value,
    mcnemar_corrected = unname(mcnemar.test(t)$statistic), exact_p_value = exact,
    mid_p_p_value = min(1, 2 * pbinom(least, b + c, 0.5) - dbinom(least, b + c, 0.5)),
    tango = vec(c(root(function(v) tango(v) - z, -1 + 1e-9, d), root(function(v) tango(v) + z, d, 1 - 1e-9))),
    newcombe = vec(c(d - sqrt((p - u[1])^2 - 2 * phi * (p - u[1]) * (w[2] - q) + (w[2] - q)^2),
                     d + sqrt((q - w[1])^2 - 2 * phi * (q - w[1]) * (u[2] - p) + (u[2] - p)^2))),
    odds_ratio = vec({e <- binom.test(b, b + c)$conf.int; e / (1 - e)})))
}

# --- rates ------------------------------------------------------------------------------------------
for (x in list(c(41, 28010, 15, 19017), c(3, 12.5, 9, 14.25), c(0, 10, 4, 12))) {
  k <- x[c(1, 3)]; t <- x[c(2, 4)]; z <- qnorm(0.975); m <- sum(k)
  found <- poisson.test(k, t); greater <- poisson.test(k, t, alternative = "greater")
  mid <- function(q) (pbinom(k[1] - 1, m, q) + pbinom(k[1], m, q)) / 2
  share <- c(if (k[1] == 0) 0 else root(function(q) 1 - mid(q) - 0.025, 0, k[1] / m), root(function(q) mid(q) - 0.025, k[1] / m, 1))
  expect <- list(exact = vec(found$conf.int), p_value = found$p.value, greater_p_value = greater$p.value,
    mid_p = vec(t[2] / t[1] * share / (1 - share)),
    difference = vec(k[1] / t[1] - k[2] / t[2] + c(-z, z) * sqrt(sum(k / t^2))))
  if (min(k) > 0) expect$wald <- vec(k[1] * t[2] / (k[2] * t[1]) * exp(c(-z, z) * sqrt(sum(1 / k))))
  add("two_rates", "made", list(events = k, time = t), expect)
}
for (k in c(0, 1, 7, 120)) {
  z <- qnorm(0.975); m <- function(l) (ppois(k - 1, l) + ppois(k, l)) / 2; e <- poisson.test(k)$conf.int
  add("one_rate", "made", list(events = k), list(exact = vec(e),
    byar = vec(c(if (k == 0) 0 else k * (1 - 1 / (9 * k) - z / (3 * sqrt(k)))^3, (k + 1) * (1 - 1 / (9 * (k + 1)) + z / (3 * sqrt(k + 1)))^3)),
    mid_p = vec(c(if (k == 0) 0 else root(function(l) 1 - m(l) - 0.025, 1e-12, k), root(function(l) m(l) - 0.025, k + 1e-12, e[2])))))
}
events <- rbind(c(41, 15), c(9, 20), c(3, 0)); at_risk <- rbind(c(2801, 1901), c(1200, 1310.5), c(88, 90)); T <- rowSums(at_risk); z <- qnorm(0.975)
R <- sum(events[, 1] * at_risk[, 2] / T); S <- sum(events[, 2] * at_risk[, 1] / T)
v <- sum(rowSums(events) * at_risk[, 1] * at_risk[, 2] / T^2) / (R * S); w <- at_risk[, 1] * at_risk[, 2] / T
d <- sum(w * (events[, 1] / at_risk[, 1] - events[, 2] / at_risk[, 2])) / sum(w)
e <- sqrt(sum(w^2 * rowSums(events / at_risk^2))) / sum(w); E <- rowSums(events) * at_risk[, 1] / T
chi <- (sum(events[, 1]) - sum(E))^2 / sum(E * at_risk[, 2] / T)
add("rates_in_strata", "made", list(events = apply(events, 1, I, simplify = FALSE), time = apply(at_risk, 1, I, simplify = FALSE)),
    list(ratio = vec(R / S * exp(c(0, -z, z) * sqrt(v))), difference = vec(c(d, d - z * e, d + z * e)), statistic = chi,
         p_value = pchisq(chi, 1, lower.tail = FALSE)))

# --- logistic ---------------------------------------------------------------------------------------
tight <- glm.control(epsilon = 1e-15, maxit = 100)
profiled <- function(f, covariate, data, column, level = 0.95) {
  fit <- glm(f, binomial, data, control = tight); b <- coef(fit)[column]; s <- sqrt(vcov(fit)[column, column])
  x <- model.matrix(f, data); y <- model.response(model.frame(f, data))
  fallen <- function(v) { one <- quiet(glm.fit(x[, -column, drop = FALSE], y, offset = x[, column] * v, family = binomial(), control = tight))
    one$deviance - fit$deviance - qchisq(level, 1) }
  c(root(fallen, b - 5 * s, b), root(fallen, b, b + 5 * s)) }
firth <- function(x, y, fixed = NULL) {
  b <- rep(0, ncol(x)); free <- setdiff(seq_len(ncol(x)), fixed)
  for (step in 1:500) {
    p <- plogis(c(x %*% b)); W <- p * (1 - p); I <- crossprod(x, x * W)
    h <- W * rowSums((x %*% solve(I)) * x); U <- crossprod(x, y - p + h * (0.5 - p))
    move <- c(solve(I[free, free], U[free])); b[free] <- b[free] + move * min(1, 2 / max(abs(move)))
    if (max(abs(move)) < 1e-14) break }
  p <- plogis(c(x %*% b)); I <- crossprod(x, x * p * (1 - p))
  list(b = b, v = solve(I), l = sum(y * log(p) + (1 - y) * log(1 - p)) + as.numeric(determinant(I)$modulus) / 2) }
lung <- subset(read.csv(file.path(folder, "data/lung.csv")), !is.na(ph.ecog) & ph.ecog < 3 & !is.na(wt.loss))
lung$status <- lung$status - 1; lung$arm <- as.numeric(lung$sex == 2)
models <- list(colon = list(data = subset(colon, !is.na(differ)), f = status ~ arm + age + factor(differ) + node4),
               lung = list(data = lung, f = status ~ arm + factor(ph.ecog) + wt.loss), veteran = list(
  data = transform(read.csv(file.path(folder, "data/veteran.csv")), arm = as.numeric(trt == 2)), f = status ~ arm + karno))
for (name in names(models)) {
  m <- models[[name]]; fit <- glm(m$f, binomial, m$data, control = tight); x <- model.matrix(fit); y <- fit$y
  without <- glm(update(m$f, . ~ . - arm), binomial, m$data, control = tight); n <- length(y); V <- vcov(fit)
  p <- plogis(c(x %*% coef(fit))); bread <- solve(crossprod(x, x * p * (1 - p)))
  rao <- {q <- fitted(without); U <- crossprod(x, y - q); c(t(U) %*% solve(crossprod(x, x * q * (1 - q)), U))}
  set <- function(v) { w <- x; w[, 2] <- v; w }
  mu <- lapply(1:0, function(v) plogis(c(set(v) %*% coef(fit)))); mean_of <- sapply(mu, mean)
  slope <- sapply(1:2, function(i) colMeans(set(2 - i) * mu[[i]] * (1 - mu[[i]])))
  meat <- crossprod(x * (y - p)); HC0 <- bread %*% meat %*% bread
  psi <- sapply(1:2, function(i) mu[[i]] - mean_of[i] + c((x * (y - p)) %*% bread %*% slope[, i]) * n)
  of <- function(C) list(risk_difference = vec({e <- sqrt(C[1, 1] + C[2, 2] - 2 * C[1, 2]); d <- mean_of[1] - mean_of[2]; d + c(0, -1.95996398454005, 1.95996398454005) * e}),
    risk_ratio = vec({g <- c(1 / mean_of[1], -1 / mean_of[2]); mean_of[1] / mean_of[2] * exp(c(0, -1.95996398454005, 1.95996398454005) * sqrt(c(g %*% C %*% g)))}),
    odds_ratio = vec({o <- mean_of * (1 - mean_of); g <- c(1 / o[1], -1 / o[2]); exp(qlogis(mean_of[1]) - qlogis(mean_of[2]) + c(0, -1.95996398454005, 1.95996398454005) * sqrt(c(g %*% C %*% g)))}))
  f <- firth(x, y); f0 <- firth(x, y, fixed = 2); fs <- sqrt(f$v[2, 2])
  fell <- function(v) { z <- firth_at(x, y, 2, v); 2 * (f$l - z) - qchisq(0.95, 1) }
  firth_at <- function(x, y, column, value) {
    b <- rep(0, ncol(x)); b[column] <- value; free <- setdiff(seq_len(ncol(x)), column)
    for (step in 1:500) { p <- plogis(c(x %*% b)); W <- p * (1 - p); I <- crossprod(x, x * W)
      h <- W * rowSums((x %*% solve(I)) * x); U <- crossprod(x, y - p + h * (0.5 - p)); move <- c(solve(I[free, free], U[free]))
      b[free] <- b[free] + move * min(1, 2 / max(abs(move))); if (max(abs(move)) < 1e-13) break }
    p <- plogis(c(x %*% b)); I <- crossprod(x, x * p * (1 - p)); sum(y * log(p) + (1 - y) * log(1 - p)) + as.numeric(determinant(I)$modulus) / 2 }
  add("logistic", name, list(covariates = I(attr(terms(m$f), "term.labels"))),
    list(coefficient = vec(coef(fit)), std_err = vec(sqrt(diag(V))), log_likelihood = as.numeric(logLik(fit)),
      wald_p_value = vec(2 * pnorm(-abs(coef(fit) / sqrt(diag(V))))), profile = vec(profiled(m$f, "arm", m$data, 2)),
      likelihood_ratio = without$deviance - fit$deviance, score = rao,
      firth = vec(f$b), firth_std_err = vec(sqrt(diag(f$v))), firth_log_likelihood = f$l, firth_likelihood_ratio = 2 * (f$l - f0$l),
      firth_profile = vec(c(root(fell, f$b[2] - 5 * fs, f$b[2]), root(fell, f$b[2], f$b[2] + 5 * fs))),
      model = of(t(slope) %*% V %*% slope), huber_white = of(t(slope) %*% HC0 %*% slope), influence = of(crossprod(psi) / n^2)))
}

# --- ordered and several arms -----------------------------------------------------------------------
for (x in list(list(c(10, 20, 35), c(50, 55, 60), c(1, 2, 3)), list(c(3, 1, 8, 9), c(12, 10, 15, 11), c(0, 10, 25, 100)))) {
  found <- quiet(prop.trend.test(x[[1]], x[[2]], x[[3]]))
  add("trend", "made", list(responders = x[[1]], n = x[[2]], scores = x[[3]]), list(square = unname(found$statistic), p_value = found$p.value))
}
for (x in list(list(c(5, 10, 20, 8), c(12, 14, 15, 3)), list(c(1, 0, 4), c(3, 3, 0)))) {
  value <- c(rep(seq_along(x[[1]]), x[[1]]), rep(seq_along(x[[2]]), x[[2]])); g <- factor(rep(c("a", "b"), c(sum(x[[1]]), sum(x[[2]]))))
  found <- wilcox_test(value ~ g); u <- quiet(wilcox.test(value ~ g, exact = FALSE, correct = FALSE))$statistic / (sum(x[[1]]) * sum(x[[2]]))
  place_a <- sapply(value[g == "a"], function(v) mean((value[g == "b"] < v) + (value[g == "b"] == v) / 2))
  place_b <- sapply(value[g == "b"], function(v) mean((value[g == "a"] < v) + (value[g == "a"] == v) / 2))
  e <- sqrt(var(place_a) / length(place_a) + var(place_b) / length(place_b)) / (u * (1 - u))
  add("rank_sum_of_categories", "made", list(first = x[[1]], second = x[[2]]), list(value = unname(u), z = unname(statistic(found)),
    p_value = as.numeric(pvalue(found)), interval = vec(plogis(qlogis(u) + c(-1, 1) * qnorm(0.975) * e))))
}
job <- apply(unclass(jobsatisfaction), c(2, 1), sum)
for (t in list(rbind(c(30, 70), c(25, 75), c(45, 55), c(50, 50)), rbind(c(3, 5, 2), c(1, 9, 0)), rbind(c(2, 0, 3), c(1, 4, 0), c(0, 2, 5)),
               rbind(c(30, 12, 20, 18, 3), c(22, 13, 25, 29, 2)), matrix(as.numeric(job[1:3, ]), 3), rbind(c(1, 9), c(0, 10), c(3, 7)))) {
  plain <- quiet(chisq.test(t, correct = FALSE))
  add("several_arms", "made", list(table = t), list(statistic = unname(plain$statistic), df = unname(plain$parameter),
    p_value = plain$p.value, exact_p_value = fisher.test(t, workspace = 2e7)$p.value))
}

about <- list(r = R.version.string, coin = as.character(packageVersion("coin")))
text <- toJSON(list(made_with = about, cases = cases), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, file.path(folder, "proportions_more.json"))
