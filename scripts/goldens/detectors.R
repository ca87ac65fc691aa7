# Judgements of seeded series by the package surveillance (EARS, CUSUM, Farrington flexible), by ears_t_reweighted of
# epitweetr, and by base R (poisson.test, mantelhaen.test) and metafor (ratios over strata).
#
#   Rscript detectors.R OUT [EPITWEETR_ALERT_R]
#
# EPITWEETR_ALERT_R is epitweetr's own R/alert.R; only the one function is taken from it, and without it that part is
# left out. Writes OUT/detectors.json.
suppressPackageStartupMessages({
  library(surveillance)
  library(metafor)
})
arguments <- commandArgs(trailingOnly = TRUE)
with_epitweetr <- length(arguments) > 1
for (expression in if (with_epitweetr) parse(arguments[2]) else list()) {
  if (is.call(expression) && identical(as.character(expression[[2]]), "ears_t_reweighted")) eval(expression)
}
set.seed(20210)

daily <- list(
  plain = rpois(160, 12),
  weekly = rpois(160, 20 * (1 + 0.4 * ((1:160) %% 7 < 2))),
  sparse = rpois(160, 0.6),
  outbreak = rpois(160, ifelse(1:160 > 90 & 1:160 < 104, 30, 6)),
  overdispersed = rnbinom(160, mu = 9, size = 1.5)
)
year <- 52
weeks <- 6 * year
season <- function(k) exp(0.5 * sin(2 * pi * k / year))
weekly <- list(
  seasonal = rpois(weeks, 15 * season(1:weeks)),
  trend = rpois(weeks, 10 * season(1:weeks) * exp(0.004 * (1:weeks))),
  overdispersed = rnbinom(weeks, mu = 25 * season(1:weeks), size = 3),
  rare = rpois(weeks, 0.8)
)
weekly$seasonal[weeks - 70] <- 95
weekly$seasonal[weeks - 8] <- 60
weekly$overdispersed[weeks - 20:18] <- weekly$overdispersed[weeks - 20:18] + 90

number <- function(values) {
  values <- as.numeric(values)
  ifelse(is.na(values) | !is.finite(values), "null", sprintf("%.15g", values))
}
array_of <- function(values) paste0("[", paste(number(values), collapse = ","), "]")
object_of <- function(parts) paste0("{", paste(sprintf("\"%s\":%s", names(parts), unlist(parts)), collapse = ","), "}")
padded <- function(values, first, size) c(rep(NA, first - 1), values)[1:size]

ears <- function(series, method) {
  observed <- sts(series, frequency = 365)
  first <- switch(method, C1 = 8, C2 = 10, C3 = 12)
  result <- earsC(observed, control = list(method = method, baseline = 7, minSigma = 0))
  object_of(list(
    upper = array_of(padded(upperbound(result)[, 1], first, length(series))),
    alarm = array_of(padded(alarms(result)[, 1] + 0, first, length(series)))
  ))
}
cusum_of <- function(series, trans) {
  data <- suppressWarnings(create.disProg(week = seq_along(series), observed = series, state = rep(0, length(series)), freq = 365))
  result <- algo.cusum(data, control = list(range = 29:length(series), k = 1.04, h = 2.26, trans = trans))
  object_of(list(
    mean = number(mean(series[1:28])),
    upper = array_of(padded(result$upperbound, 29, length(series))),
    alarm = array_of(padded(result$alarm + 0, 29, length(series)))
  ))
}
reweighted <- function(series, same) {
  if (!with_epitweetr) return("null")
  result <- ears_t_reweighted(series, same_weekday_baseline = same)
  object_of(list(upper = array_of(result$U0_dw), alarm = array_of(result$alarm0_dw)))
}

controls <- list(
  delta = list(b = 4, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "delta"),
  plugin = list(b = 4, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin"),
  muan = list(b = 3, w = 3, noPeriods = 6, pastWeeksNotIncluded = 13, thresholdMethod = "muan", alpha = 0.01),
  windows = list(b = 5, w = 4, noPeriods = 1, pastWeeksNotIncluded = 4, thresholdMethod = "delta", trend = TRUE)
)
farrington_of <- function(series, control) {
  range <- (weeks - 39):weeks
  result <- suppressWarnings(farringtonFlexible(sts(series, frequency = year),
    c(control, list(range = range, limit54 = c(5, 4), glmWarnings = FALSE))))
  object_of(list(
    first = weeks - 40,
    expected = array_of(result@control$expected[, 1]),
    upper = array_of(upperbound(result)[, 1]),
    p = array_of(result@control$pvalue[, 1]),
    alarm = array_of(alarms(result)[, 1] + 0)
  ))
}
all_farrington <- function() {
  object_of(lapply(weekly, function(series) object_of(lapply(controls, function(k) farrington_of(series, k)))))
}

# The same package with the variance of the papers: model weights kept, and the dispersion of at least 1 handed on.
corrected <- function() {
  space <- asNamespace("surveillance")
  rewrite <- function(name, from, to) {
    text <- deparse(get(name, space), width.cutoff = 500L)
    changed <- gsub(from, to, paste(text, collapse = "\n"))
    stopifnot(changed != paste(text, collapse = "\n"))
    replacement <- eval(parse(text = changed), space)
    unlockBinding(name, space)
    assign(name, replacement, space)
  }
  rewrite("algo.farrington.fitGLM.flexible", "model\\$weights <- omega", "invisible()")
  rewrite("algo.farrington.glm", "dispersion = model\\$phi\\), *\\s*se.fit", "unused = 0), dispersion = model$phi, se.fit")
}

surveillance_as_is <- all_farrington()
corrected()
surveillance_corrected <- all_farrington()

poisson_cases <- list(c(0, 3), c(1, 0), c(4, 0), c(5, 12), c(12, 60), c(40, 300), c(3, 1))
poisson_p <- sapply(poisson_cases, function(k) poisson.test(k, c(1, 12), alternative = "greater")$p.value)
strata <- array(c(12, 5, 80, 303, 4, 9, 60, 500, 21, 40, 33, 190), dim = c(2, 2, 3))
haenszel <- mantelhaen.test(strata, correct = FALSE)
continuous <- mantelhaen.test(strata, correct = TRUE)
ratio <- rma.mh(measure = "RR", ai = strata[1, 1, ], bi = strata[1, 2, ], ci = strata[2, 1, ], di = strata[2, 2, ])

cat(object_of(list(
  madeBy = object_of(list(
    R = sprintf("\"%s.%s\"", R.version$major, R.version$minor),
    surveillance = sprintf("\"%s\"", packageVersion("surveillance")),
    metafor = sprintf("\"%s\"", packageVersion("metafor"))
  )),
  daily = object_of(lapply(daily, array_of)),
  weekly = object_of(lapply(weekly, array_of)),
  ears = object_of(lapply(daily, function(s) object_of(sapply(c("C1", "C2", "C3"), function(m) ears(s, m), simplify = FALSE)))),
  cusum = object_of(lapply(daily, function(s) object_of(sapply(c("rossi", "standard"), function(t) cusum_of(s, t), simplify = FALSE)))),
  reweighted = object_of(lapply(daily, function(s) object_of(list(days = reweighted(s, FALSE), weekdays = reweighted(s, TRUE))))),
  farrington = surveillance_as_is,
  farringtonPapers = surveillance_corrected,
  poisson = object_of(list(
    recent = array_of(sapply(poisson_cases, `[`, 1)), before = array_of(sapply(poisson_cases, `[`, 2)), p = array_of(poisson_p)
  )),
  haenszel = object_of(list(
    cells = array_of(strata), ror = number(haenszel$estimate), lo = number(haenszel$conf.int[1]), hi = number(haenszel$conf.int[2]),
    chi2 = number(haenszel$statistic), chi2Yates = number(continuous$statistic),
    prr = number(exp(ratio$beta)), prrLo = number(exp(ratio$ci.lb)), prrHi = number(exp(ratio$ci.ub))
  ))
)), "\n", file = file.path(arguments[1], "detectors.json"), sep = "")
