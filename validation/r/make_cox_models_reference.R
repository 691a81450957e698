# Writes tests/reference/cox_models.json (and the data sets heart.csv and cgd.csv): everything that follows from
# a Cox model by R's survival. Run from the project's root: Rscript validation/r/make_cox_models_reference.R

suppressPackageStartupMessages({library(survival); library(jsonlite)})
folder <- "tests/reference"
read <- function(name) read.csv(file.path(folder, "data", paste0(name, ".csv")))
keep <- function(d, name) write.csv(d, file.path(folder, "data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
keep(with(heart, data.frame(id, entry = start, time = stop, event, age, year, surgery, transplant)), "heart")
keep(with(cgd, data.frame(id, center = gsub(",", "", center), treat, sex, age, inherit, steroids, entry = tstart, time = tstop,
                          event = status)), "cgd")
vec <- function(x) I(unname(as.vector(x)))
precise <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)

lung <- read("lung"); lung$event <- lung$status - 1; lung$wt <- 1 + (seq_len(nrow(lung)) %% 3) / 2
veteran <- read("veteran"); veteran$event <- veteran$status; veteran$wt <- 0.5 + (seq_len(nrow(veteran)) %% 4) / 4
veteran$group <- seq_len(nrow(veteran)) %% 40; veteran$ahead <- veteran$karno / 100
colon <- subset(read("colon"), etype == 2); colon$event <- colon$status
prevail <- read("PREVAIL_1B"); heart2 <- read("heart"); cgd2 <- read("cgd")
heart2$wt <- 1 + (heart2$id %% 3) / 2
sets <- list(lung = lung, veteran = veteran, colon = colon, PREVAIL_1B = prevail, heart = heart2, cgd = cgd2)

cases <- list()
some <- function(x, k = 15) { i <- unique(round(seq(1, NROW(x), length.out = k))); list(at = vec(i - 1), value = if (is.matrix(x)) vec(t(x[i, ])) else vec(x[i]), square = vec(if (is.matrix(x)) colSums(x^2) else sum(x^2))) }
chi <- function(s, df) list(statistic = unname(as.vector(s)), df = df, p_value = pchisq(as.vector(s), df, lower.tail = FALSE))

model <- function(name, covariates, strata = character(), ties = "efron", entry = FALSE, weight = NULL, cluster = NULL,
                  offset = NULL, profile = 1, at = NULL, layer_at = NULL) {
  d <- sets[[name]]
  used <- c("time", "event", gsub("factor\\(|\\)", "", covariates), strata, weight, cluster, offset, if (entry) "entry")
  d <- d[complete.cases(d[, used]), ]
  d$w_ <- if (is.null(weight)) 1 else d[[weight]]
  d$o_ <- if (is.null(offset)) 0 else d[[offset]]
  left <- if (entry) "Surv(entry, time, event)" else "Surv(time, event)"
  right <- c(covariates, if (length(strata)) sprintf("strata(%s)", paste(strata, collapse = ", ")), if (!is.null(offset)) "offset(o_)")
  formula <- as.formula(paste(left, "~", paste(right, collapse = " + ")))
  fit <- coxph(formula, data = d, weights = w_, ties = ties, control = precise, x = TRUE, model = TRUE, robust = FALSE)
  class(fit) <- "coxph"  # which this version forgets for (start, stop] with exact ties
  k <- length(coef(fit))
  wald <- sum(coef(fit) * solve(vcov(fit), coef(fit)))
  found <- list(n = fit$n, events = fit$nevent, coefficient = vec(coef(fit)), std_err = vec(sqrt(diag(vcov(fit)))),
    log_likelihood = vec(fit$loglik), wald = chi(wald, k), score = chi(fit$score, k),
    likelihood_ratio = chi(2 * diff(fit$loglik), k))
  # profile likelihood interval of one coefficient: the matrix of the model, one column as an offset
  x <- fit$x; j <- profile
  layer <- if (length(strata)) interaction(d[, strata], drop = TRUE) else rep(1, nrow(d))
  top <- fit$loglik[2]
  y <- if (entry) with(d, Surv(entry, time, event)) else with(d, Surv(time, event))
  below <- function(b) {
    rest <- if (k > 1) coxph(y ~ x[, -j, drop = FALSE] + strata(layer) + offset(o_ + b * x[, j]), data = d, weights = w_, ties = ties, control = precise)
            else coxph(y ~ strata(layer) + offset(o_ + b * x[, j]), data = d, weights = w_, ties = ties, control = precise)
    2 * (top - rest$loglik[length(rest$loglik)]) - qchisq(0.95, 1)
  }
  b <- coef(fit)[j]; s <- sqrt(vcov(fit)[j, j])
  found$profile <- list(index = j - 1, low = uniroot(below, b - c(8, 0.2) * s, tol = 1e-13)$root, high = uniroot(below, b + c(0.2, 8) * s, tol = 1e-13)$root)
  found$without <- chi(below(0) + qchisq(0.95, 1), 1)
  if (ties != "exact") {
    robust <- if (is.null(cluster)) coxph(formula, data = d, weights = w_, ties = ties, control = precise, robust = TRUE)
              else coxph(formula, data = d, weights = w_, ties = ties, control = precise, cluster = d[[cluster]])
    w <- sum(coef(robust) * solve(vcov(robust), coef(robust)))
    found$robust <- list(std_err = vec(sqrt(diag(vcov(robust)))), wald = chi(w, k))
    found$martingale <- some(residuals(fit, "martingale")); found$deviance <- some(residuals(fit, "deviance"))
    found$score_residual <- some(residuals(fit, "score")); found$dfbeta <- some(residuals(fit, "dfbeta", weighted = FALSE))
    found$schoenfeld <- some(residuals(fit, "schoenfeld")); found$scaled_schoenfeld <- some(residuals(fit, "scaledsch"))
    found$proportional <- lapply(c(km = "km", rank = "rank", identity = "identity", log = "log"), function(g) {
      z <- cox.zph(fit, transform = g)$table
      list(statistic = vec(z[, 1]), df = vec(z[, 2]), p_value = vec(z[, 3]))
    })
    found$assign <- lapply(unname(fit$assign), function(i) I(i - 1))
    cc <- concordance(fit)
    found$concordance <- list(estimate = unname(cc$concordance), std_err = sqrt(as.vector(cc$var)),
      count = vec(if (is.matrix(cc$count)) colSums(cc$count)[1:3] else cc$count[1:3]))
    if (!is.null(at)) {
      newdata <- as.data.frame(as.list(at))
      newdata$o_ <- 0
      if (!is.null(layer_at)) { newdata[[strata]] <- layer_at; found$stratum <- match(layer_at, sort(unique(d[[strata]]))) - 1 }
      for (kind in c("log", "log-log", "plain")) {
        s <- survfit(fit, newdata = newdata, conf.type = kind)
        i <- which(s$n.event > 0); i <- i[unique(round(seq(1, length(i), length.out = 10)))]
        found$survival[[gsub("-", "_", kind)]] <- list(time = vec(s$time[i]), cumulative_hazard = vec(s$cumhaz[i]), std_err = vec(s$std.err[i]),
          survival = vec(s$surv[i]), low = vec(s$lower[i]), high = vec(s$upper[i]))
      }
      found$at <- vec(unlist(at))
    }
  }
  cases[[length(cases) + 1]] <<- list(method = "cox_model", data = name,
    options = list(covariates = I(covariates), strata = I(strata), ties = ties, entry = entry, weight = weight, cluster = cluster, offset = offset),
    expect = found)
}
for (ties in c("efron", "breslow", "exact")) {
  model("lung", c("age", "sex"), ties = ties, at = c(age = 60, sex = 2))
  model("lung", c("age", "sex", "ph.karno"), "inst", ties = ties, profile = 2)
  model("veteran", c("trt", "karno", "factor(celltype)"), ties = ties, profile = 1)
  model("heart", c("age", "surgery", "transplant"), ties = ties, entry = TRUE, cluster = "id", profile = 3, at = c(age = 0, surgery = 1, transplant = 1))
  model("cgd", c("treat", "age", "steroids"), ties = ties, entry = TRUE, cluster = "id")
}
for (ties in c("efron", "breslow")) {
  model("veteran", c("trt", "karno"), ties = ties, weight = "wt", at = c(trt = 2, karno = 70))
  model("veteran", c("trt", "age"), "celltype", ties = ties, weight = "wt", cluster = "group", offset = "ahead")
  model("heart", c("age", "transplant"), "surgery", ties = ties, entry = TRUE, weight = "wt", cluster = "id")
  model("colon", c("factor(rx)", "sex", "nodes"), "extent", ties = ties)
  model("PREVAIL_1B", "arm", ties = ties)
  model("veteran", c("trt", "karno"), "celltype", ties = ties, at = c(trt = 2, karno = 60), layer_at = "smallcell")
}
text <- toJSON(list(made_with = list(r = R.version.string, survival = as.character(packageVersion("survival"))), cases = cases),
               digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, file.path(folder, "cox_models.json"))

# the interaction of a factor with the arm
plain <- coxph(Surv(time, event) ~ trt + factor(celltype), data = veteran, control = precise)
crossed <- coxph(Surv(time, event) ~ trt * factor(celltype), data = veteran, control = precise)
last <- 5:7
wald <- sum(coef(crossed)[last] * solve(vcov(crossed)[last, last], coef(crossed)[last]))
text <- toJSON(list(made_with = list(r = R.version.string, survival = as.character(packageVersion("survival"))),
  cases = list(list(method = "interaction", data = "veteran", options = list(factor = "celltype"), expect = list(
    likelihood_ratio = chi(2 * (crossed$loglik[2] - plain$loglik[2]), 3), wald = chi(wald, 3))))),
  digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, file.path(folder, "cox_interaction.json"))
