# Writes the reference numbers of tests of times, competing risks and multiplicity:
# tests/reference/{tests_of_times,competing_risks,multiplicity}.json, and the data sets Melanoma and mgus2.
# Run from the project's root: Rscript validation/r/make_tests_of_times_reference.R
# (R packages survival, coin, mvtnorm, cmprsk, MASS and jsonlite)

suppressPackageStartupMessages({library(survival); library(coin); library(mvtnorm); library(cmprsk); library(jsonlite)})
folder <- "tests/reference"
data_file <- function(name) file.path(folder, "data", paste0(name, ".csv"))
write <- function(name, cases) {
  versions <- sapply(c("survival", "coin", "mvtnorm", "cmprsk"), function(p) as.character(packageVersion(p)))
  text <- toJSON(list(made_with = c(list(r = R.version.string), as.list(versions)), cases = cases), digits = NA,
                 auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
  writeLines(text, file.path(folder, paste0(name, ".json")))
}
vec <- function(x) I(unname(as.vector(x)))
case <- function(method, data, options, expect)
  list(method = method, data = data, options = options, expect = expect)

write.csv(MASS::Melanoma, data_file("Melanoma"), row.names = FALSE, quote = FALSE)
write.csv(survival::mgus2, data_file("mgus2"), row.names = FALSE, quote = FALSE)
lung <- read.csv(data_file("lung")); lung$event <- lung$status - 1
veteran <- read.csv(data_file("veteran")); veteran$event <- veteran$status
colon <- subset(read.csv(data_file("colon")), etype == 2); colon$event <- colon$status
sets <- list(lung = lung, veteran = veteran, colon = colon, PREVAIL_1A = read.csv(data_file("PREVAIL_1A")),
             PREVAIL_1B = read.csv(data_file("PREVAIL_1B")))
complete <- function(name, group, strata) {
  d <- sets[[name]]
  d <- d[complete.cases(d[, c("time", "event", group, strata)]), ]
  d$g <- factor(d[[group]])
  d$s <- if (length(strata)) interaction(d[strata], drop = TRUE) else factor(rep(1, nrow(d)))
  d
}

# --- weighted log-rank by its definition, time by time; survdiff and coin must agree where they can ----
weigh <- function(w, time, n, d) {
  after <- cumprod(1 - d / n); before <- c(1, after[-length(after)]); near <- cumprod(1 - d / (n + 1))
  switch(w$kind, log_rank = rep(1, length(d)), gehan_breslow = n, tarone_ware = sqrt(n), peto_peto = near,
         modified_peto_peto = near * n / (n + 1), fleming_harrington = before^w$rho * (1 - before)^w$gamma,
         modestly_weighted = 1 / pmax(before, if (is.null(w$until)) w$floor else min(c(1, after[time <= w$until]))))
}
table_of <- function(d) {
  time <- sort(unique(d$time[d$event == 1]))
  list(time = time, n = sapply(time, function(t) 1.0 * sum(d$time >= t)),
       d = sapply(time, function(t) 1.0 * sum(d$time == t & d$event == 1)),
       ng = sapply(levels(d$g), function(g) sapply(time, function(t) sum(d$time >= t & d$g == g))),
       dg = sapply(levels(d$g), function(g) sapply(time, function(t) sum(d$time == t & d$event == 1 & d$g == g))))
}
by_hand <- function(d, weights, pooled = FALSE) {
  groups <- nlevels(d$g); k <- length(weights)
  O <- E <- matrix(0, k, groups); V <- array(0, c(k, k, groups, groups))
  whole <- table_of(d)
  for (s in levels(d$s)) {
    part <- d[d$s == s, ]; if (!any(part$event == 1)) next
    t <- table_of(part); t$ng <- matrix(t$ng, ncol = groups); t$dg <- matrix(t$dg, ncol = groups)
    w <- lapply(weights, function(w) if (pooled) weigh(w, whole$time, whole$n, whole$d)[match(t$time, whole$time)]
                                     else weigh(w, t$time, t$n, t$d))
    for (a in 1:k) {
      O[a, ] <- O[a, ] + colSums(w[[a]] * t$dg); E[a, ] <- E[a, ] + colSums(w[[a]] * t$d * t$ng / t$n)
      for (b in 1:k) for (j in seq_along(t$time)) if (t$n[j] > 1) {
        p <- t$ng[j, ] / t$n[j]
        V[a, b, , ] <- V[a, b, , ] + w[[a]][j] * w[[b]][j] * t$d[j] * (t$n[j] - t$d[j]) / (t$n[j] - 1) * (diag(p, groups) - outer(p, p))
      }
    }
  }
  list(O = O, E = E, V = V)
}
u_of_coin <- function(d, w) {   # minus the linear statistic of coin, summed over strata
  total <- 0
  for (s in levels(d$s)) {
    part <- d[d$s == s, ]; if (!any(part$event == 1)) next
    scores <- logrank_trafo(Surv(part$time, part$event), ties.method = "mid-ranks",
                            weight = function(time, n.risk, n.event) weigh(w, time, n.risk, n.event))
    total <- total - tapply(scores, part$g, function(x) sum(x), default = 0)
  }
  unname(as.vector(total))
}
cases <- list()
weights <- list(list(kind = "log_rank"), list(kind = "gehan_breslow"), list(kind = "tarone_ware"), list(kind = "peto_peto"),
                list(kind = "modified_peto_peto"), list(kind = "fleming_harrington", rho = 1, gamma = 0),
                list(kind = "fleming_harrington", rho = 0, gamma = 1), list(kind = "fleming_harrington", rho = 0.5, gamma = 2),
                list(kind = "modestly_weighted", until = NULL), list(kind = "modestly_weighted", floor = 0.5))
half <- c(lung = 200, veteran = 60, colon = 700, PREVAIL_1A = 4, PREVAIL_1B = 12)
weighted <- function(name, group, strata = character(), pooled = FALSE) {
  d <- complete(name, group, strata)
  for (w in weights) {
    if (w$kind == "modestly_weighted" && is.null(w$floor)) w$until <- half[[name]]
    x <- by_hand(d, list(w), pooled); U <- x$O[1, ] - x$E[1, ]; V <- x$V[1, 1, , ]
    keep <- head(which(x$E[1, ] > 0), -1)
    chi <- drop(U[keep] %*% solve(V[keep, keep, drop = FALSE], U[keep]))
    if (!pooled) stopifnot(all.equal(U, u_of_coin(d, w), tolerance = 1e-10))
    if (!pooled && w$kind %in% c("log_rank", "fleming_harrington") && (is.null(w$gamma) || w$gamma == 0)) {
      r <- survdiff(Surv(time, event) ~ g + strata(s), data = d, rho = if (is.null(w$rho)) 0 else w$rho)
      if (nlevels(d$s) == 1) r <- survdiff(Surv(time, event) ~ g, data = d, rho = if (is.null(w$rho)) 0 else w$rho)
      stopifnot(all.equal(r$chisq, chi, tolerance = 1e-10), all.equal(unname(r$var), unname(V), tolerance = 1e-10))
    }
    cases[[length(cases) + 1]] <<- case("weighted_log_rank", name,
      list(group = group, strata = I(strata), weight = w, curve = if (pooled) "pooled" else "stratum"),
      list(observed = vec(x$O), expected = vec(x$E), variance = vec(V), chi_square = chi, df = length(keep),
           p_value = pchisq(chi, length(keep), lower.tail = FALSE)))
  }
}
weighted("lung", "sex"); weighted("veteran", "trt"); weighted("veteran", "celltype"); weighted("colon", "rx")
weighted("PREVAIL_1A", "arm"); weighted("PREVAIL_1B", "arm")
weighted("lung", "sex", "inst"); weighted("veteran", "trt", "celltype"); weighted("colon", "rx", c("node4", "extent"))
weighted("lung", "sex", "ph.ecog", TRUE); weighted("veteran", "celltype", "trt", TRUE)

# --- MaxCombo: the joint normal law by mvtnorm's TVPACK, and by nested integrals where it is singular --
fh <- function(rho, gamma) list(kind = "fleming_harrington", rho = rho, gamma = gamma)
outside <- function(R, q, sides) {
  k <- nrow(R); if (k > 3) return(nested(R, q, sides))
  below <- function(upper) as.numeric(pmvnorm(rep(-Inf, k), upper, sigma = R, algorithm = TVPACK(1e-14)))
  if (sides == 1) return(1 - below(rep(q, k)))
  signs <- as.matrix(expand.grid(rep(list(c(1, -1)), k)))   # a rectangle as a sum of orthants
  1 - sum(apply(signs, 1, prod) * apply(signs, 1, function(s) below(s * q)))
}
# four statistics (0,0), (0,1), (1,0), (1,1): the second follows from the first and third
nested <- function(R, q, sides) {
  order <- c(1, 3, 4); L <- t(chol(R[order, order]))
  combination <- solve(R[order, order], R[order, 2]); stopifnot(abs(combination[3]) < 1e-6)
  inner <- function(x, y) {
    m <- L[3, 1] * x + L[3, 2] * y
    pnorm((q - m) / L[3, 3]) - if (sides == 2) pnorm((-q - m) / L[3, 3]) else 0
  }
  slice <- function(x) {
    z3 <- function(y) L[2, 1] * x + L[2, 2] * y
    # |z3| <= q and |c1 x + c2 z3| <= q
    ends <- c((q - L[2, 1] * x) / L[2, 2], ((q - combination[1] * x) / combination[2] - L[2, 1] * x) / L[2, 2])
    lows <- c((-q - L[2, 1] * x) / L[2, 2], ((-q - combination[1] * x) / combination[2] - L[2, 1] * x) / L[2, 2])
    stopifnot(combination[2] != 0)
    if (combination[2] < 0) { swap <- ends[2]; ends[2] <- lows[2]; lows[2] <- swap }
    low <- if (sides == 2) max(lows, -9) else if (combination[2] < 0) max(lows[2], -9) else -9
    high <- if (sides == 2) min(ends, 9) else if (combination[2] < 0) min(ends[1], 9) else min(ends, 9)
    if (low >= high) return(0)
    integrate(function(y) dnorm(y) * inner(x, y), low, high, rel.tol = 1e-11, abs.tol = 0, subdivisions = 500)$value
  }
  # corners along x: where two of the bounds of z3 meet
  b <- combination
  corners <- c(outer(c(q, -q), c(q, -q), function(u, v) (u - b[2] * v) / b[1]))
  edges <- sort(unique(pmin(pmax(c(if (sides == 2) -q else -9, q, corners), if (sides == 2) -q else -9), q)))
  total <- 0
  for (i in seq_len(length(edges) - 1)) if (edges[i + 1] - edges[i] > 1e-12)
    total <- total + integrate(Vectorize(function(x) dnorm(x) * slice(x)), edges[i], edges[i + 1], rel.tol = 1e-10,
                               abs.tol = 0, subdivisions = 500)$value
  1 - total
}
combined <- function(name, group, strata, list_of, sides) {
  d <- complete(name, group, strata); x <- by_hand(d, list_of)
  k <- length(list_of); V <- x$V[, , 1, 1]; z <- (x$O - x$E)[, 1] / sqrt(diag(V)); R <- cov2cor(V)
  alternative <- if (sides == 2) "two_sided" else if (sum(z) < 0) "less" else "greater"
  signed <- switch(alternative, two_sided = abs(z), less = -z, greater = z)
  cases[[length(cases) + 1]] <<- case("max_combo", name,
    list(group = group, strata = I(strata), weights = list_of, alternative = alternative),
    list(z = vec(z), correlation = vec(R), statistic = max(signed), p_value = outside(R, max(signed), sides)))
}
four <- list(fh(0, 0), fh(0, 1), fh(1, 0), fh(1, 1))
for (sides in 1:2) for (list_of in list(list(fh(0, 0), fh(0, 1)), list(fh(0, 0), fh(0, 0.5), fh(1, 0)), list(fh(0, 0), fh(0, 1), fh(1, 1)), four)) {
  combined("lung", "sex", character(), list_of, sides); combined("veteran", "trt", character(), list_of, sides)
  combined("veteran", "trt", "celltype", list_of, sides); combined("PREVAIL_1B", "arm", character(), list_of, sides)
}

# --- trend, and ratios without iteration, from survdiff's sums ----------------------------------------
trend <- function(name, group, strata, scores, w) {
  d <- complete(name, group, strata); x <- by_hand(d, list(w)); U <- x$O[1, ] - x$E[1, ]; V <- x$V[1, 1, , ]
  cases[[length(cases) + 1]] <<- case("log_rank_trend", name,
    list(group = group, strata = I(strata), scores = vec(scores), weight = w),
    list(score = sum(scores * U), variance = drop(scores %*% V %*% scores), z = sum(scores * U) / sqrt(drop(scores %*% V %*% scores)),
         p_value = 2 * pnorm(-abs(sum(scores * U) / sqrt(drop(scores %*% V %*% scores))))))
}
trend("veteran", "celltype", character(), 0:3, weights[[1]]); trend("veteran", "celltype", "trt", c(1, 3, 4, 10), weights[[1]])
trend("colon", "rx", character(), 0:2, weights[[1]]); trend("colon", "rx", "node4", 0:2, weights[[2]])
trend("lung", "ph.ecog", "sex", 0:3, weights[[6]])
ratios <- function(name, group, strata = character()) {
  d <- complete(name, group, strata); d <- d[d$g %in% levels(d$g)[1:2], ]; d$g <- droplevels(d$g)
  r <- if (length(strata)) survdiff(Surv(time, event) ~ g + strata(s), data = d) else survdiff(Surv(time, event) ~ g, data = d)
  O <- rowSums(as.matrix(r$obs)); E <- rowSums(as.matrix(r$exp)); z <- qnorm(0.975)
  peto <- (O[1] - E[1]) / r$var[1, 1]; pike <- log(O[1] / E[1]) - log(O[2] / E[2])
  cases[[length(cases) + 1]] <<- case("one_step_ratio", name, list(group = group, strata = I(strata)),
    list(peto = vec(exp(peto + c(0, -1, 1) * z / sqrt(r$var[1, 1]))), pike = vec(exp(pike + c(0, -1, 1) * z * sqrt(sum(1 / E))))))
}
ratios("lung", "sex"); ratios("veteran", "trt", "celltype"); ratios("colon", "rx"); ratios("PREVAIL_1A", "arm")

# --- all permutations of a small sample: coin, exact -------------------------------------------------
for (size in c(20, 30, 36)) for (type in list(c("log_rank", "logrank"), c("gehan_breslow", "Gehan-Breslow"), c("peto_peto", "Prentice-Marek"))) {
  rows <- round(seq(1, 137, length.out = size)); d <- veteran[rows, ]; d$g <- factor(d$trt)
  p <- sapply(c("two.sided", "less", "greater"), function(a) pvalue(logrank_test(Surv(time, event) ~ g, data = d, type = type[2],
    ties.method = "mid-ranks", distribution = "exact", alternative = a)))
  cases[[length(cases) + 1]] <- case("permuted_log_rank", "veteran", list(rows = vec(rows), weight = type[1]),
    list(p_value = vec(p)))   # coin's less: the first group lives shorter, so its hazard is greater
}
write("tests_of_times", cases)

# --- competing risks ----------------------------------------------------------------------------------
cases <- list()
melanoma <- MASS::Melanoma; melanoma$kind <- c(1, 0, 2)[melanoma$status]; melanoma$thick <- as.integer(melanoma$thickness > 2)
mgus <- mgus2; mgus$time <- ifelse(mgus$pstat == 1, mgus$ptime, mgus$futime); mgus$kind <- ifelse(mgus$pstat == 1, 1, 2 * mgus$death)
mgus$sex <- as.integer(mgus$sex == "M"); mgus$decade <- 10 * (mgus$dxyr %/% 10)
first <- read.csv(data_file("colon")); last <- first[first$etype == 2, ]; first <- first[first$etype == 1, ]
last <- last[match(first$id, last$id), ]
first$time <- ifelse(first$status == 1, first$time, last$time); first$kind <- ifelse(first$status == 1, 1, 2 * last$status)
risks <- list(Melanoma = melanoma, mgus2 = mgus, colon = first)
for (name in names(risks)) for (kind in 1:2) {
  d <- risks[[name]]; status <- ifelse(d$kind == kind, 1, ifelse(d$kind > 0, 2, 0))
  at <- quantile(d$time, c(0.1, 0.3, 0.5, 0.8), type = 1, names = FALSE)
  one <- timepoints(cuminc(d$time, status), at)
  expect <- list(time = vec(at), probability = vec(one$est[1, ]), aalen_variance = vec(one$var[1, ]))
  for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(time, factor(status, 0:2)) ~ 1, data = data.frame(time = d$time, status = status), conf.type = type)
    s <- summary(fit, times = at)
    expect$std_err <- vec(s$std.err[, 2]); expect[[gsub("-", "_", type)]] <- list(low = vec(s$lower[, 2]), high = vec(s$upper[, 2]))
  }
  cases[[length(cases) + 1]] <- case("cumulative_incidence", name, list(kind = kind), expect)
}
test <- function(name, group, strata = NULL) for (kind in 1:2) for (rho in c(0, 1, 0.5)) {
  d <- risks[[name]]; status <- ifelse(d$kind == kind, 1, ifelse(d$kind > 0, 2, 0))
  d$s <- if (is.null(strata)) 1 else d[[strata]]
  t <- cuminc(d$time, status, d[[group]], d$s, rho = rho)$Tests["1", ]
  cases[[length(cases) + 1]] <<- case("gray", name, list(group = group, strata = I(as.character(strata)), kind = kind, rho = rho),
    list(chi_square = t[["stat"]], df = t[["df"]], p_value = pchisq(t[["stat"]], t[["df"]], lower.tail = FALSE)))
}
test("Melanoma", "sex"); test("Melanoma", "ulcer", "sex"); test("mgus2", "sex"); test("mgus2", "decade", "sex")
test("colon", "rx"); test("colon", "rx", "node4")
# crr has no strata: Newton's steps on the sums over strata of its scores, informations and squared influences
stratified <- function(d, covariates, strata) {
  b <- rep(0, length(covariates)); parts <- split(d, d[[strata]])
  for (step in 1:50) {
    fits <- lapply(parts, function(p) crr(p$time, p$status, as.matrix(p[, covariates]), init = b, maxiter = 0))
    information <- Reduce(`+`, lapply(fits, function(f) f$inf))
    move <- solve(information, Reduce(`+`, lapply(fits, function(f) f$score)))
    if (max(abs(move)) < 1e-13) break
    b <- b + move
  }
  middle <- Reduce(`+`, lapply(fits, function(f) f$inf %*% f$var %*% f$inf))
  var <- solve(information) %*% middle %*% solve(information)
  list(coefficient = vec(b), std_err = vec(sqrt(diag(var))), covariance = vec(var), p_value = vec(2 * pnorm(-abs(b / sqrt(diag(var))))))
}
model <- function(name, covariates, kind = 1, strata = NULL, groups = NULL) {
  d <- risks[[name]]; d <- d[complete.cases(d[, c("time", "kind", covariates, strata, groups)]), ]
  d$status <- ifelse(d$kind == kind, 1, ifelse(d$kind > 0, 2, 0)); x <- as.matrix(d[, covariates])
  options <- list(covariates = I(covariates), kind = kind, strata = I(as.character(strata)), groups = I(as.character(groups)))
  if (is.null(strata)) {
    fit <- if (is.null(groups)) crr(d$time, d$status, x, gtol = 1e-15, maxiter = 200)
           else crr(d$time, d$status, x, cengroup = d[[groups]], gtol = 1e-15, maxiter = 200)
    expect <- list(coefficient = vec(fit$coef), log_likelihood = vec(c(fit$loglik.null, fit$loglik)))
    # crr takes q(u) over all censoring groups, so that its variance is not that of the estimate: see the docs
    if (is.null(groups)) expect <- c(expect, list(std_err = vec(sqrt(diag(fit$var))), covariance = vec(fit$var),
                                     p_value = vec(2 * pnorm(-abs(fit$coef / sqrt(diag(fit$var)))))))
  }
  if (is.null(strata) && is.null(groups) && name != "mgus2") {
    # survival's weighting, which takes those with an event out before the censorings of that time: the same without ties
    d$unique <- d$time + order(order(d$time)) * 1e-3; d$etype <- factor(d$status, 0:2)
    long <- finegray(Surv(unique, etype) ~ ., data = d[, c("unique", "etype", covariates)], etype = "1")
    cox <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(covariates, collapse = " + "))), data = long,
                 weights = fgwt, ties = "breslow", control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60))
    stopifnot(all.equal(unname(coef(cox)), unname(crr(d$unique, d$status, x, gtol = 1e-15, maxiter = 200)$coef), tolerance = 1e-7))
  }
  if (!is.null(strata)) expect <- stratified(d, covariates, strata)
  cases[[length(cases) + 1]] <<- case("fine_gray", name, options, expect)
}
for (kind in 1:2) {
  model("Melanoma", "sex", kind); model("Melanoma", c("sex", "age", "thickness", "ulcer"), kind); model("mgus2", "sex", kind)
  model("mgus2", c("sex", "age", "mspike"), kind); model("colon", c("sex", "nodes", "age"), kind)
  model("Melanoma", c("age", "ulcer"), kind, strata = "sex"); model("colon", c("age", "sex"), kind, strata = "node4")
  model("Melanoma", c("sex", "ulcer"), kind, groups = "sex"); model("mgus2", c("sex", "age"), kind, groups = "sex")
}
write("competing_risks", cases)

# --- adjusted p values ----------------------------------------------------------------------------------
cases <- list()
names_of <- c(bonferroni = "bonferroni", holm = "holm", hochberg = "hochberg", hommel = "hommel",
              benjamini_hochberg = "BH", benjamini_yekutieli = "BY")
for (p in list(c(0.01, 0.02, 0.03, 0.04), c(0.011, 0.8, 0.0003, 0.04, 0.04, 0.51, 0.022), c(0.9, 0.95), 0.03,
               c(0, 1e-12, 0.2, 0.2, 0.2, 1, 0.049, 0.0501, 0.07, 0.0001)))
  for (procedure in names(names_of))
    cases[[length(cases) + 1]] <- case("adjusted_p_values", "made", list(p = vec(p), procedure = procedure),
                                       list(adjusted_p_value = vec(p.adjust(p, names_of[[procedure]]))))
write("multiplicity", cases)
