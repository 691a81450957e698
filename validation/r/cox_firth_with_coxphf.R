# Writes tests/reference/cox_firth.json (and breast.csv): Firth's penalised Cox model by coxphf 1.13.1.
# coxphf is not taken from an archive but run from its source (github.com/georgheinze/coxphf, commit 94d9ac6, GPL):
# put coxphf.R, decomposeSurv.r, coxphf.f90 and breast.rda in a folder, `R CMD SHLIB coxphf.f90` there, and from the
# project's root: COXPHF=that_folder Rscript validation/r/cox_firth_with_coxphf.R   (not part of `make reference`)

suppressPackageStartupMessages({library(survival); library(jsonlite)})
source_folder <- Sys.getenv("COXPHF"); stopifnot(source_folder != "")
dyn.load(file.path(source_folder, "coxphf.so"))
source(file.path(source_folder, "decomposeSurv.r")); source(file.path(source_folder, "coxphf.R"))
load(file.path(source_folder, "breast.rda"))
folder <- "tests/reference"
write.csv(with(breast, data.frame(time = TIME, event = CENS, T, N, G, CD)), file.path(folder, "data", "breast.csv"),
          row.names = FALSE, quote = FALSE)
breast <- read.csv(file.path(folder, "data", "breast.csv"))
vec <- function(x) I(unname(as.vector(x)))
cases <- list()
firth <- function(name, d, formula, counting = FALSE) {
  fit <- coxphf(formula, data = d, maxit = 5000, maxhs = 20, epsilon = 1e-10, gconv = 1e-8, maxstep = 0.5)
  cases[[length(cases) + 1]] <<- list(method = "cox_firth", data = name,
    options = list(columns = lapply(d, vec), covariates = I(all.vars(formula[[3]])), entry = counting, ties = "breslow"),
    expect = list(coefficient = vec(coef(fit)), std_err = vec(sqrt(diag(fit$var))), log_likelihood = vec(fit$loglik),
                  low = vec(log(fit$ci.lower)), high = vec(log(fit$ci.upper)), p_value = vec(fit$prob)))
}
firth("breast", breast, Surv(time, event) ~ T + N + G + CD)
firth("three", data.frame(time = c(1, 2, 3), event = c(1, 1, 1), x = c(1, 1, 0)), Surv(time, event) ~ x)
firth("counting", data.frame(entry = c(1, 2, 5, 2, 1, 7, 3, 4, 8, 8), time = c(2, 3, 6, 7, 8, 9, 9, 9, 14, 17),
                             event = c(1, 1, 1, 1, 1, 1, 1, 0, 0, 0), x = c(1, 0, 0, 1, 0, 1, 1, 1, 0, 0)),
      Surv(entry, time, event) ~ x, TRUE)
veteran <- read.csv(file.path(folder, "data", "veteran.csv"))
firth("veteran", with(veteran, data.frame(time, event = status, trt, karno, age)), Surv(time, event) ~ trt + karno + age)
text <- toJSON(list(made_with = list(r = R.version.string, coxphf = "1.13.1, commit 94d9ac6"), cases = cases),
               digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
writeLines(text, file.path(folder, "cox_firth.json"))
