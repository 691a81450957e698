# The same derivations with data.table. Rscript peers.R FOLDER WHAT RESULT RUNS: reads the CSV files of the folder,
# writes the result as CSV, prints seconds and CPU seconds (best of RUNS, reading left out) and peak memory (bytes,
# less what loading the package and a run on a few patients, in FOLDER/few, took).
suppressPackageStartupMessages(library(data.table))
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; what <- given[2]; runs <- as.integer(given[4])
FAR <- 2^40; SPAN <- 2^20
load_csv <- function(name, from = folder) fread(file.path(from, paste0(name, ".csv")))
peak_memory <- function() {
  status <- readLines("/proc/self/status")
  as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) * 1024
}

countable <- function(subjects, therapies, rows) {
  cutoff <- fifelse(is.na(subjects$cutoff_day), FAR, as.numeric(subjects$cutoff_day))
  who <- chmatch(therapies$subject, subjects$subject)
  started <- data.table(who, day = as.numeric(therapies$day))[day <= cutoff[who], .(day = min(day)), by = who]
  first <- rep(FAR, nrow(subjects)); first[started$who] <- started$day
  code <- chmatch(rows$subject, subjects$subject)
  list(first = first, code = code, kept = rows$day <= cutoff[code])
}
# of each row the first of sorted `keys` at or after `wanted`
following <- function(keys, wanted) {
  at <- findInterval(wanted - 0.5, keys) + 1L
  same <- at <= length(keys) & (keys[pmin(at, length(keys))] %/% SPAN == wanted %/% SPAN)
  same[is.na(same)] <- FALSE
  list(key = fifelse(same, keys[pmin(at, length(keys))], FAR * SPAN), at = fifelse(same, at, NA_integer_))
}
first_of <- function(n, code, day, which) {
  found <- rep(FAR, n)
  rows <- data.table(code = code[which], day = day[which])[, .(day = min(day)), by = code]
  found[rows$code] <- rows$day
  found
}
psa <- function(t) {
  n <- nrow(t$subjects); c <- countable(t$subjects, t$therapies, t$psa)
  d <- data.table(code = c$code, day = as.numeric(t$psa$day), value = t$psa$value)[c$kept]
  d <- d[, .(value = max(value)), keyby = .(code, day)]
  baseline <- rep(NA_real_, n)
  early <- d[day <= 0]; baseline[early$code] <- early$value
  d <- d[day > 0 & day <= c$first[code] & !is.na(baseline[code])]
  d[, before := shift(cummin(value), fill = Inf), by = code]
  d[, nadir := pmin(before, baseline[code])]
  d[, meets := value >= 1.25 * nadir * (1 - 1e-9) & value - nadir >= 2 * (1 - 1e-9)]
  d[, key := code * SPAN + day]
  late <- following(d$key, d$key + 21)$key
  fails <- following(d$key[!d$meets], d$key + 1)$key
  event <- first_of(n, d$code, d$day, d$meets & (d$day >= 84 | d$nadir < baseline[d$code]) & late < fails)
  ends <- d[, .(day = max(day)), by = code]
  last <- numeric(n); last[ends$code] <- ends$day
  data.table(event = event < FAR, day = fifelse(event < FAR, event, last))
}
best <- function(t) {
  n <- nrow(t$subjects); c <- countable(t$subjects, t$therapies, t$responses)
  ranks <- c("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
  d <- data.table(code = c$code, day = as.numeric(t$responses$day), word = chmatch(t$responses$response, ranks))
  d <- d[c$kept & day > 0 & day <= c$first[code], .(word = max(word)), keyby = .(code, day)]
  d <- d[day <= first_of(n, d$code, d$day, d$word == 6L)[code]]
  word <- d$word; code <- d$code; day <- d$day; key <- code * SPAN + day
  unread <- cumsum(word == 1L); complete <- word == 2L; responded <- word %in% 2:3
  place <- cumsum(responded); previous <- place - responded
  words <- word[responded]; owners <- code[responded]
  after <- previous > 0; at <- pmax(previous, 1)
  after <- after & owners[at] == code & words[at] == 2L
  breaks <- !(responded | word == 1L) | (word == 3L & after)
  less <- first_of(n, code, day, complete)[code] < day & word %in% 3:5
  confirmed <- function(starts, confirms, stops) {
    again <- following(key[confirms], key + 28); broken <- following(key[stops], key + 1)$key
    soon <- unread[confirms][again$at] - unread <= 1
    yes <- starts & again$key < broken & soon
    yes[is.na(yes)] <- FALSE
    first_of(n, code, day, yes)
  }
  late <- day >= 42 & !less
  found <- list(
    confirmed(complete, complete, !(complete | word == 1L)), confirmed(word == 3L, responded, breaks),
    first_of(n, code, day, word %in% 2:4 & late), first_of(n, code, day, word == 5L & late),
    first_of(n, code, day, word == 6L | less), first_of(n, code, day, rep(TRUE, nrow(d)))
  )
  value <- rep("MISSING", n); at <- rep(-1, n)
  for (i in 6:1) {
    yes <- found[[i]] < FAR
    value[yes] <- c("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")[i]; at[yes] <- found[[i]][yes]
  }
  data.table(value = value, day = at)
}
incidence <- function(t) {
  e <- t$events; code <- chmatch(e$subject, t$safety$subject)
  last <- t$safety$last_dose_day[code] + 30
  emergent <- !(e$end_day < 0) & (is.na(e$start_day) | (e$start_day >= 0 & e$start_day <= last) |
    (e$start_day < 0 & e$grade > e$initial_grade))
  emergent <- which(emergent)
  seen <- data.table(code = code[emergent], class = e$system_organ_class[emergent], term = e$term[emergent],
                     grade = e$grade[emergent])
  worst <- seen[, .(grade = max(grade)), by = .(code, class, term)]
  worst[, arm := t$safety$arm[code]]
  by_class <- worst[, .(grade = max(grade)), by = .(code, arm, class)]
  any <- by_class[, .(grade = max(grade)), by = .(code, arm)]
  rbind(
    any[, .(level = "any", class = "", term = "", n = .N), by = .(arm, grade)],
    by_class[, .(level = "class", term = "", n = .N), by = .(arm, class, grade)],
    worst[, .(level = "term", n = .N), by = .(arm, class, term, grade)], use.names = TRUE
  )
}
need <- list(psa = c("subjects", "therapies", "psa"), best = c("subjects", "therapies", "responses"),
             incidence = c("safety", "events"))[[what]]
run <- list(psa = psa, best = best, incidence = incidence)[[what]]
invisible(run(setNames(lapply(need, load_csv, from = file.path(folder, "few")), need)))
empty <- peak_memory()
tables <- setNames(lapply(need, load_csv), need)
taken <- sapply(seq_len(runs), function(i) {
  spent <- system.time(found <<- run(tables))
  c(spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]])
})
fwrite(found, given[3])
peak <- peak_memory() - empty
cat(min(taken[1, ]), min(taken[2, ]), peak, as.character(packageVersion("data.table")), "\n")
