# Kaplan-Meier by arm, stratified log-rank test and stratified Cox model (Efron) with R's survival, on data in memory.
# Rscript survival_peer.R FOLDER N RUNS: reads the binary columns of FOLDER, prints seconds (best of RUNS) for
# survfit, survdiff, coxph and coxph with five covariates more, the results (medians, chi-square, log ratio, error), and peak memory (bytes).
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; n <- as.integer(given[2]); runs <- as.integer(given[3])
column <- function(name, what, size) readBin(file.path(folder, name), what, n, size = size)
days <- column("days", "integer", 4L); event <- column("event", "integer", 1L)
arm <- factor(column("arm", "integer", 1L)); stratum <- factor(column("stratum", "integer", 1L))
x <- sapply(seq_len(5), function(i) if (file.exists(file.path(folder, paste0("x", i)))) column(paste0("x", i), "double", 8L))
seconds <- function(what) { gc(FALSE); min(replicate(runs, system.time(what(), gcFirst = FALSE)[["elapsed"]])) }
again <- function(what) { k <- if (n < 20000) 50L else 1L; seconds(function() for (i in seq_len(k)) what()) / k }
km <- function() summary(survfit(Surv(days, event) ~ arm, conf.type = "log-log"))$table
test <- function() survdiff(Surv(days, event) ~ arm + strata(stratum))
model <- function() coxph(Surv(days, event) ~ arm + strata(stratum), ties = "efron")
times <- c(again(function() survfit(Surv(days, event) ~ arm, conf.type = "log-log")), again(test), again(model))
five <- if (is.matrix(x)) again(function() coxph(Surv(days, event) ~ arm + x + strata(stratum), ties = "efron")) else NA
fit <- model()
status <- readLines("/proc/self/status")
peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) * 1024
cat(sprintf("%.17g", c(times, five, km()[, "median"], test()$chisq, coef(fit), sqrt(vcov(fit)), peak)), "\n")
