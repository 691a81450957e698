# Writes tests/reference/matching.json: matching-adjusted and simulated comparisons (R 4.2.2, survival 3.5-3), on
# tests/reference/data/veteran.csv. Weights by Newton's steps and robust errors are written out; models by lm, glm, coxph.
# From the project's root: Rscript validation/r/make_matching_reference.R

suppressPackageStartupMessages({library(survival); library(jsonlite)})
vec <- function(x) I(unname(as.vector(x)))
d <- read.csv("tests/reference/data/veteran.csv"); d$arm <- d$trt - 1; d$before <- as.numeric(d$prior > 0)
d$early <- as.numeric(d$time < 100); cases <- list()
add <- function(method, options, expect) cases[[length(cases) + 1]] <<- list(method = method, data = "veteran", options = options, expect = expect)

weights_of <- function(M) { a <- rep(0, ncol(M)); S <- apply(M, 2, function(x) sqrt(mean(x^2))); U <- sweep(M, 2, S, "/")
  for (i in 1:100) { w <- c(exp(U %*% a)); g <- colSums(w * U); H <- t(U) %*% (w * U); a <- a - solve(H, g) }
  w <- c(exp(U %*% a)); stopifnot(max(abs(colSums(w * U))) < 1e-9 * sum(w)); w / sum(w) * nrow(M) }
robust <- function(y, arm, w, M, scale, stacked) {
  H <- t(M) %*% (w * M); p <- c(); L <- list()
  for (k in 0:1) { i <- arm == k; W <- sum(w[i]); p[k + 1] <- sum(w[i] * y[i]) / W; psi <- ifelse(i, w * (y - p[k + 1]) / W, 0)
    if (stacked) psi <- psi - c((w * M) %*% solve(H, colSums(psi * M))); L[[k + 1]] <- psi }
  if (scale == "odds_ratio") { e <- qlogis(p[2]) - qlogis(p[1]); s <- 1 / (p * (1 - p)) }
  if (scale == "risk_ratio") { e <- log(p[2] / p[1]); s <- 1 / p }
  if (grepl("difference", scale)) { e <- p[2] - p[1]; s <- c(1, 1) }
  c(e, sqrt(sum((s[2] * L[[2]] - s[1] * L[[1]])^2))) }

for (case in list(list(columns = c("karno", "age", "before"), means = c(62, 60, 0.25), sds = NULL),
                  list(columns = c("karno", "age"), means = c(55, 57), sds = c(18, 9)))) {
  X <- as.matrix(d[case$columns]); M <- sweep(X, 2, case$means)
  if (!is.null(case$sds)) M <- cbind(M, sweep(X^2, 2, case$means^2 + case$sds^2))
  w <- weights_of(M); options <- list(columns = I(case$columns), means = I(case$means), sds = if (!is.null(case$sds)) I(case$sds))
  cox <- coxph(Surv(time, status) ~ arm, data = d, weights = w, robust = TRUE, ties = "efron", control = coxph.control(eps = 1e-13, iter.max = 50))
  expect <- list(weight = vec(w), effective_n = sum(w)^2 / sum(w^2), hazard = c(unname(coef(cox)), sqrt(cox$var[1, 1])))
  for (scale in c("odds_ratio", "risk_ratio", "risk_difference", "mean_difference")) for (kind in c("fixed", "stacked")) {
    y <- if (scale == "mean_difference") log(d$time) else d$early
    expect[[paste(scale, kind)]] <- robust(y, d$arm, w, M, scale, kind == "stacked") }
  fixed <- glm(early ~ arm, family = quasibinomial, data = d, weights = w, control = glm.control(epsilon = 1e-14))
  stopifnot(abs(coef(fixed)[2] - expect[["odds_ratio fixed"]][1]) < 1e-9)
  add("matching", options, expect)
}
means <- c(62, 60, 0.25); C <- sweep(as.matrix(d[c("karno", "age", "before")]), 2, means); d$k <- C[, 1]; d$a <- C[, 2]; d$b <- C[, 3]
tight <- glm.control(epsilon = 1e-15, maxit = 100)
linear <- summary(lm(log(time) ~ arm * (k + a + b), data = d))$coefficients
odds <- summary(glm(early ~ arm + k + a + b + arm:k, family = binomial, data = d, control = tight))$coefficients
cox <- coxph(Surv(time, status) ~ arm + k + a + b + arm:k, data = d, control = coxph.control(eps = 1e-13, iter.max = 50))
add("simulated_at_means", list(columns = I(c("karno", "age", "before")), means = I(means)), list(mean = linear["arm", 1:2],
  response = unname(odds["arm", 1:2]), hazard = c(unname(coef(cox)[1]), sqrt(cox$var[1, 1]))))
people <- as.matrix(d[c("karno", "age", "before")])[seq(1, 137, 3), ]; centre <- colMeans(people)
own <- as.data.frame(sweep(as.matrix(d[c("karno", "age", "before")]), 2, centre)); own$arm <- d$arm; own$early <- d$early
fit <- glm(early ~ arm * (karno + age + before), family = binomial, data = own, control = tight)
marginal <- function(beta) { f <- function(k) { n <- as.data.frame(sweep(people, 2, centre)); n$arm <- k
  mean(plogis(model.matrix(~ arm * (karno + age + before), n) %*% beta)) }; qlogis(f(1)) - qlogis(f(0)) }
gradient <- sapply(seq_along(coef(fit)), function(i) { h <- 1e-5 * sqrt(vcov(fit)[i, i]) * 10; e <- replace(rep(0, length(coef(fit))), i, h)
  (8 * (marginal(coef(fit) + e) - marginal(coef(fit) - e)) - (marginal(coef(fit) + 2 * e) - marginal(coef(fit) - 2 * e))) / (12 * h) })
add("simulated_standardised", list(columns = I(c("karno", "age", "before")), every = 3),
    list(estimate = marginal(coef(fit)), std_err = sqrt(c(t(gradient) %*% vcov(fit) %*% gradient))))
text <- toJSON(list(made_with = list(r = R.version.string, survival = as.character(packageVersion("survival"))), cases = cases), digits = NA,
               auto_unbox = TRUE, na = "null", null = "null", pretty = FALSE)
writeLines(gsub('},\\{"method"', '},\n{"method"', text), "tests/reference/matching.json")
