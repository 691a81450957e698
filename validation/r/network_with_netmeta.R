# Writes tests/reference/network_netmeta.json: networks by netmeta 3.6-2 (with meta 8.4-0), which has to be installed.
# Only the numbers are kept here. From the project's root: Rscript validation/r/network_with_netmeta.R (not part of
# `make reference`). Data sets: Senn2013, Linde2016, Dong2013, Woods2010 of netmeta; data are in the cases where
# data/networks.json does not have them.

suppressPackageStartupMessages({library(netmeta); library(jsonlite)})
vec <- function(x) I(unname(as.vector(x)))
cases <- list(); networks <- list()
add <- function(method, data, options, expect)
  cases[[length(cases) + 1]] <<- list(method = method, data = data, options = options, expect = expect)
listed <- function(names, comparison) { at <- do.call(rbind, strsplit(comparison, ":", fixed = TRUE))
  list(one = vec(match(at[, 1], names) - 1), two = vec(match(at[, 2], names) - 1)) }

fitted <- function(name, d, sm) {
  names <- sort(unique(c(as.character(d$treat1), as.character(d$treat2))))
  d <- data.frame(study = as.integer(factor(d$studlab, unique(d$studlab))), one = match(d$treat1, names), two = match(d$treat2, names),
                  effect = d$TE, error = d$seTE)
  code <- sprintf("t%02d", seq_along(names)); d$one <- code[d$one]; d$two <- code[d$two]
  networks[[name]] <<- list(kind = "contrasts", trial = vec(d$study - 1), one = vec(match(d$one, code) - 1), two = vec(match(d$two, code) - 1),
                            effect = vec(d$effect), error = vec(d$error), treatments = length(names))
  {  # tau2 by moments: its REML takes contrasts of one trial as independent where arms are not given
    n <- netmeta(d$effect, d$error, d$one, d$two, d$study, sm = sm, method.tau = "DL", prediction = TRUE)
    stopifnot(identical(n$trts, code))
    ref <- function(x) vec(x[-1, 1])
    small <- length(names) <= 12  # netmeta takes hours where it fits every remainder and lists every path
    split <- list(back_calculation = netsplit(n, method = "Back-calculation"))
    if (small) { split$exclusion <- netsplit(n, method = "SIDDE"); shared <- netcontrib(n, method = "randomwalk") }
    for (model in c("common", "random")) {
      e <- list(effect = ref(n[[paste0("TE.", model)]]), std_err = ref(n[[paste0("seTE.", model)]]),
        p_value = ref(n[[paste0("pval.", model)]]), low = ref(n[[paste0("lower.", model)]]), high = ref(n[[paste0("upper.", model)]]),
        q = n$Q, df = n$df.Q, q_p_value = n$pval.Q, i2 = n$I2, i2_low = n$lower.I2, i2_high = n$upper.I2)
      if (model == "random") e <- c(e, list(tau2 = n$tau2, predict_low = ref(n$lower.predict), predict_high = ref(n$upper.predict)))
      add("netmeta", name, list(model = model), e)
      for (method in base::names(split)) {
        if (method == "exclusion" && model == "random") next  # it estimates tau2 again without those trials
        s <- split[[method]]
        keep <- s$k > 0; got <- function(part) s[[paste0(part, ".", model)]][keep, ]
        add("netsplit", name, list(model = model, method = method), c(listed(code, s$comparison[keep]), list(trials = vec(s$k[keep]),
          proportion = vec(s[[paste0("prop.", model)]][keep]), direct = vec(got("direct")$TE), direct_error = vec(got("direct")$seTE),
          indirect = vec(got("indirect")$TE), indirect_error = vec(got("indirect")$seTE), difference = vec(got("compare")$TE),
          difference_error = vec(got("compare")$seTE), p_value = vec(got("compare")$p))))
      }
      r <- netrank(n, small.values = "desirable")
      add("p_scores", name, list(model = model), list(score = vec(r[[paste0("ranking.", model)]][code])))
      if (!small) next
      shares <- shared[[model]]
      add("contribution", name, list(model = model), list(rows = listed(code, rownames(shares)), columns = listed(code, colnames(shares)),
                                                         share = vec(t(shares))))
    }
  }
  dc <- decomp.design(n <- netmeta(d$effect, d$error, d$one, d$two, d$study, sm = sm))
  of <- function(x, i) vec(x[[i]])
  add("decomposition", name, list(part = "designs"), list(q = vec(dc$Q.decomp$Q), df = vec(dc$Q.decomp$df), p_value = vec(dc$Q.decomp$pval),
    within = list(design = of(dc$Q.het.design, 1), q = of(dc$Q.het.design, 2), df = of(dc$Q.het.design, 3)),
    detached = list(design = of(dc$Q.inc.detach, 1), q = of(dc$Q.inc.detach, 2), df = of(dc$Q.inc.detach, 3), p_value = of(dc$Q.inc.detach, 4)),
    random = dc$Q.inc.random$Q, random_p_value = dc$Q.inc.random$pval, tau2_within = dc$Q.inc.random$tau.within^2))
}
data(Senn2013); fitted("Senn2013", Senn2013, "MD")
l <- fromJSON("tests/reference/data/networks.json")$linde2016  # Linde2016, its effects freed of rounding
fitted("Linde2016", data.frame(studlab = l$trial, treat1 = sprintf("t%02d", l$one), treat2 = sprintf("t%02d", l$two), TE = l$effect,
                               seTE = l$error), "OR")
data(Woods2010); w <- pairwise(treatment, event = r, n = N, studlab = author, data = Woods2010, sm = "OR")
fitted("Woods2010", as.data.frame(w)[, c("studlab", "treat1", "treat2", "TE", "seTE")], "OR")

data(Dong2013); arms <- sort(unique(as.character(Dong2013$treatment)))
with(Dong2013, networks[["Dong2013"]] <<- list(kind = "counts", trial = vec(as.integer(factor(id, unique(id))) - 1),
  treatment = vec(match(treatment, arms) - 1), events = vec(death), n = vec(randomized), treatments = length(arms)))
for (sm in c("OR", "RR", "RD", "ASD")) {
  p <- as.data.frame(pairwise(treatment, event = death, n = randomized, studlab = id, data = Dong2013, sm = sm))
  p <- p[!is.na(p$TE), ]
  add("contrasts", "Dong2013", list(measure = sm), list(trial = vec(match(p$studlab, unique(Dong2013$id)) - 1), one = vec(match(p$treat1, arms) - 1),
    two = vec(match(p$treat2, arms) - 1), effect = vec(p$TE), error = vec(p$seTE)))
}
Dong2013$code <- sprintf("t%02d", match(Dong2013$treatment, arms))
p <- pairwise(code, event = death, n = randomized, studlab = id, data = Dong2013, sm = "OR")
for (method in "MH") {
  m <- tryCatch(suppressWarnings(netmetabin(p, method = method)), error = function(e) NULL)
  if (is.null(m)) next
  add("netmetabin", "Dong2013", list(method = method), list(effect = vec(m$TE.common[-1, 1]), std_err = vec(m$seTE.common[-1, 1]),
    p_value = vec(m$pval.common[-1, 1]), q_inconsistency = m$Q.inconsistency, df = m$df.Q.inconsistency, trials = m$k))
}
text <- toJSON(list(made_with = list(r = R.version.string, netmeta = as.character(packageVersion("netmeta")),
  meta = as.character(packageVersion("meta"))), networks = networks, cases = cases), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = FALSE)
writeLines(gsub('},\\{"method"', '},\n{"method"', text), "tests/reference/network_netmeta.json")
