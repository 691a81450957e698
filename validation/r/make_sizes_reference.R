# Writes tests/reference/sizes.json: power and sizes by R's pwr, for the kernels of design.
# Run from the project's root: Rscript validation/r/make_sizes_reference.R   (R packages pwr and jsonlite)

suppressPackageStartupMessages({library(pwr); library(jsonlite)})
cases <- list()
case <- function(method, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = "design", options = options, expect = expect)
side <- function(sides, one = "greater") if (sides == 2) "two.sided" else one

for (d in c(0.2, 0.5, 1.1)) for (sides in 1:2) for (alpha in c(0.05, 0.01)) for (n in list(c(20, 20), c(64, 64), c(15, 45))) {
  p <- pwr.t2n.test(n1 = n[1], n2 = n[2], d = d, sig.level = alpha, alternative = side(sides))$power
  case("two_sample_t_power", list(first = n[1], second = n[2], effect_size = d, alpha = alpha, sides = sides), list(power = p))
}
for (r in c(0.1, 0.3, 0.6)) for (sides in 1:2) for (n in c(10, 84, 300)) {
  p <- pwr.r.test(n = n, r = r, sig.level = 0.05, alternative = side(sides))$power
  case("correlation_power", list(n = n, rho = r, alpha = 0.05, sides = sides), list(power = p))
}
for (f in c(0.1, 0.25, 0.4)) for (k in c(3, 5)) for (n in c(10, 40)) {
  # pwr.anova.test, but the noncentral tail as its Poisson sum: pf(ncp = ) is only good to 1e-9
  q <- qf(0.05, k - 1, k * (n - 1), lower.tail = FALSE); j <- 0:500
  p <- sum(dpois(j, k * n * f^2 / 2) * pbeta((k - 1) * q / ((k - 1) * q + k * (n - 1)), (k - 1) / 2 + j,
                                             k * (n - 1) / 2, lower.tail = FALSE))
  stopifnot(abs(p - pwr.anova.test(k = k, n = n, f = f, sig.level = 0.05)$power) < 2e-9)
  case("anova_power", list(groups = k, per_group = n, effect_size = f, alpha = 0.05), list(power = p))
}
for (w in c(0.1, 0.3)) for (df in c(1, 4)) for (n in c(50, 200)) {
  p <- pwr.chisq.test(w = w, N = n, df = df, sig.level = 0.05)$power
  case("chi_square_power", list(n = n, effect_size = w, df = df, alpha = 0.05), list(power = p))
}
for (h in c(0.2, 0.5)) for (sides in 1:2) for (n in list(c(40, 40), c(60, 120))) {
  p <- pwr.2p2n.test(h = h, n1 = n[1], n2 = n[2], sig.level = 0.05, alternative = side(sides))$power
  case("arcsine_power", list(first = n[1], second = n[2], effect = h, alpha = 0.05, sides = sides), list(power = p))
}
for (d in c(0.2, 0.5)) for (sides in 1:2) {
  p <- pwr.norm.test(d = d, n = 30, sig.level = 0.05, alternative = side(sides))$power
  case("normal_power", list(n = 30, effect_size = d, alpha = 0.05, sides = sides), list(power = p))
}
case("effect_h", list(first = 0.5, second = 0.3), list(h = ES.h(0.5, 0.3)))
for (d in c(0.3, 0.5, 0.8)) {
  n <- uniroot(function(n) pwr.t.test(n = n, d = d)$power - 0.9, c(3, 1000), tol = 1e-12)$root
  case("two_sample_t_size", list(effect_size = d, power = 0.9), list(n = 2 * n))
}
text <- toJSON(list(made_with = list(r = R.version.string, pwr = as.character(packageVersion("pwr"))), cases = cases),
               digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, "tests/reference/sizes.json")
