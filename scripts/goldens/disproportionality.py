"""Values of PRR, ROR, IC and EBGM by vigipy, and of the special functions by SciPy.

    python disproportionality.py OUT [--pairs vaers_2020_pairs.tsv]

Writes OUT/disproportionality.json (200 invented pairs, seeded), OUT/special.json and, where the file of counts is
given, OUT/vaers-2020.tsv.gz: counts and scores of every pair, no names of products or events.
"""

import argparse
import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from scipy import optimize, special, stats
from vigipy import bcpnn, gps, prr, ror
from vigipy.GPS.GPS import truncated_likelihood
from vigipy.utils.Container import DataContainer
from importlib.metadata import version


def container(n11, n1x, nx1, n):
    """A vigipy container of pairs whose margins are given and not summed from the pairs."""
    data = pd.DataFrame(
        {
            "events": n11.astype(float),
            "product_aes": n1x.astype(float),
            "count_across_brands": nx1.astype(float),
            "product_name": [str(i) for i in range(len(n11))],
            "ae_name": ["event"] * len(n11),
        }
    )
    return DataContainer(contingency=None, data=data, N=int(n))


def in_order(result, columns):
    """Columns of a vigipy result in the order of the input."""
    frame = result.all_signals
    frame = frame.assign(_at=frame["Product"].astype(int)).sort_values("_at")
    return [frame[name].to_numpy(float) for name in columns]


def fit(box, n11, expected):
    """vigipy's fit, started again from its own answer until the likelihood no longer moves."""
    prior, last = None, None
    for _ in range(60):
        result = gps(box, min_events=1, truncate=True, truncate_thres=1, prior_init=prior)
        prior = np.asarray(result.params["prior_param"], float)
        value = truncated_likelihood(prior, n11, expected, 0) / len(n11)
        if last is not None and abs(last - value) < 1e-13:
            break
        last = value
    return prior, -value


def exact_quantiles(p, prior, n11, expected):
    """Roots of vigipy's mixture to full precision: its own search stops at 1e-5 of probability."""
    a1, b1, a2, b2, w = prior
    first = stats.nbinom.logpmf(n11, a1, b1 / (b1 + expected))
    second = stats.nbinom.logpmf(n11, a2, b2 / (b2 + expected))
    share = 1 / (1 + (1 - w) / w * np.exp(second - first))
    out = []
    for q, n, e in zip(share, n11, expected):
        low = min(stats.gamma.ppf(p, a1 + n, scale=1 / (b1 + e)), stats.gamma.ppf(p, a2 + n, scale=1 / (b2 + e)))
        high = max(stats.gamma.ppf(p, a1 + n, scale=1 / (b1 + e)), stats.gamma.ppf(p, a2 + n, scale=1 / (b2 + e)))

        def miss(x):
            return (
                q * special.gammainc(a1 + n, (b1 + e) * x) + (1 - q) * special.gammainc(a2 + n, (b2 + e) * x) - p
            )

        out.append(
            low
            if high - low < 1e-14 * high or miss(low) >= 0
            else high
            if miss(high) <= 0
            else optimize.brentq(miss, low, high, xtol=1e-15, rtol=1e-14)
        )
    return np.array(out)


def scores(n11, n1x, nx1, n):
    """All values of the pairs, as named columns, and the two priors."""
    box = container(n11, n1x, nx1, n)
    expected = n1x * nx1 / n
    columns = {}
    for name, method in (("prr", prr), ("ror", ror)):
        values = in_order(method(box, min_events=1), [name.upper(), "CI Lower", "CI Upper"])
        columns.update(zip((name, f"{name}_lo", f"{name}_hi"), values))
    (columns["bcpnn025"], columns["bcpnn_p0"]) = in_order(
        bcpnn(box, min_events=1, ranking_statistic="quantile"), ["quantile", "posterior_probability"]
    )
    first = gps(box, min_events=1, truncate=True, truncate_thres=1)
    columns["ebgm"], columns["eb05"], columns["eb95"] = in_order(first, ["EBGM", "LowerBound", "UpperBound"])
    prior = np.asarray(first.params["prior_param"], float)
    columns["eb05_exact"] = exact_quantiles(0.05, prior, n11, expected)
    columns["eb95_exact"] = exact_quantiles(0.95, prior, n11, expected)
    best, likelihood = fit(box, n11, expected)
    converged = gps(box, min_events=1, prior_param=list(best))
    columns["fit_ebgm"], columns["fit_eb05"], columns["fit_eb95"] = in_order(
        converged, ["EBGM", "LowerBound", "UpperBound"]
    )
    # Closed forms that vigipy does not report, by SciPy: shrunk observed to expected and chi-square.
    columns["ic025"] = np.log2(stats.gamma.ppf(0.025, n11 + 0.5, scale=1 / (expected + 0.5)))
    columns["ic975"] = np.log2(stats.gamma.ppf(0.975, n11 + 0.5, scale=1 / (expected + 0.5)))
    tables = [[[a, p - a], [e - a, n - p - e + a]] for a, p, e in zip(n11, n1x, nx1)]
    columns["chi2"] = np.array([stats.chi2_contingency(t, correction=False).statistic for t in tables])
    columns["chi2_yates"] = np.array([stats.chi2_contingency(t, correction=True).statistic for t in tables])
    return columns, {
        "prior": list(prior),
        "priorLogLikelihood": -truncated_likelihood(prior, n11, expected, 0) / len(n11),
        "fit": list(best),
        "fitLogLikelihood": likelihood,
    }


def invented():
    """200 pairs from a seed, with margins of all sizes and tables whose second or third cell is empty."""
    rng = np.random.default_rng(20210)
    n = 250_000
    rows = []
    while len(rows) < 200:
        n1x = int(np.exp(rng.uniform(np.log(5), np.log(20_000))))
        nx1 = int(np.exp(rng.uniform(np.log(5), np.log(9_000))))
        ratio = rng.gamma(0.8, 5) if rng.random() < 0.35 else rng.gamma(4, 0.25)
        n11 = min(int(rng.poisson(ratio * n1x * nx1 / n)), n1x, nx1)
        if n11 > 0:
            rows.append((n11, n1x, nx1))
    rows[7] = (9, 9, 42_000)
    rows[8] = (6, 31_000, 6)
    return np.array(rows, float).T, n


def special_values():
    """Points over the range of arguments where SciPy itself has ten digits (at shapes of a million it has eight)."""
    shapes = [1e-3, 0.05, 0.3, 0.5, 1, 1.5, 3.7, 12, 40.5, 300, 1234.5, 2e4]
    ratios = [0.05, 0.5, 0.9, 0.99, 1, 1.02, 1.2, 2, 6]
    chances = [1e-6, 0.025, 0.05, 0.5, 0.95, 0.975, 0.999999]
    rows = {name: [] for name in ("logGamma", "digamma", "trigamma", "gammaP", "gammaQ", "gammaQuantile")}
    for a in shapes:
        rows["logGamma"].append([a, special.gammaln(a)])
        rows["digamma"].append([a, special.digamma(a)])
        rows["trigamma"].append([a, special.polygamma(1, a)])
        for ratio in ratios:
            rows["gammaP"].append([a, a * ratio, special.gammainc(a, a * ratio)])
            rows["gammaQ"].append([a, a * ratio, special.gammaincc(a, a * ratio)])
        for p in chances:
            rows["gammaQuantile"].append([p, a, 2.5, special.gammaincinv(a, p) / 2.5])
    rows["betaI"] = [
        [a, b, x, special.betainc(a, b, x)]
        for a in (0.3, 1, 7, 250.5, 1e5)
        for b in (0.5, 2, 40, 3000)
        for x in (1e-6, 0.02, 0.4, 0.9, 0.9999)
    ]
    rows["normalQuantile"] = [[p, stats.norm.ppf(p)] for p in (1e-300, 1e-20, 1e-9, 0.001, 0.07, 0.3, 0.9, 0.975)]
    rows["normalUpper"] = [[z, stats.norm.sf(z)] for z in (-7, -1.5, -0.1, 0, 0.3, 1.96, 4, 9, 30)]
    rows["chiSquareUpper"] = [[x, stats.chi2.sf(x, 1)] for x in (0.01, 1, 3.84, 20, 200)]
    rows["studentQuantile"] = [[p, df, stats.t.ppf(p, df)] for p in (0.01, 0.3, 0.95, 0.975) for df in (1, 5, 6, 80)]
    rows["poissonUpper"] = [[k, m, stats.poisson.sf(k - 1, m)] for k in (1, 3, 20, 500) for m in (0.01, 0.7, 5, 420)]
    rows["negativeBinomialUpper"] = [
        [k, m, size, stats.nbinom.sf(k - 1, size, size / (size + m))]
        for k in (1, 4, 60)
        for m in (0.05, 2, 33)
        for size in (0.2, 1.7, 50)
    ]
    p = [0.001, 0.8, 0.04, 0.012, 0.2, 0.2, 0.9, 0.03, 1, 0.0004]
    rows["benjaminiHochberg"] = [p, list(stats.false_discovery_control(p, method="bh"))]
    return {name: [[float(v) for v in row] for row in table] for name, table in rows.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pairs", type=Path)
    options = parser.parse_args()
    made_by = {"vigipy": version("vigipy"), "scipy": scipy.__version__, "numpy": np.__version__}
    (n11, n1x, nx1), n = invented()
    columns, priors = scores(n11, n1x, nx1, n)
    columns = {"n11": n11, "n1x": n1x, "nx1": nx1, **columns}
    out = {"madeBy": made_by, "n": n, **priors, "columns": {k: [float(v) for v in c] for k, c in columns.items()}}
    (options.out / "disproportionality.json").write_text(json.dumps(out) + "\n")
    (options.out / "special.json").write_text(json.dumps({"madeBy": made_by, **special_values()}) + "\n")
    if options.pairs is None:
        return
    with options.pairs.open(encoding="utf-8") as lines:
        total = int(next(lines).rstrip().split("\t")[1])
        counts = np.array(
            [[float(r[k]) for k in ("n_pair", "n_product", "n_event")] for r in csv.DictReader(lines, delimiter="\t")]
        ).T
    columns, priors = scores(*counts, total)
    # The first fit is already converged here: the two sets of columns are the same.
    columns = {name: column for name, column in columns.items() if not name.startswith("fit_")}
    columns = {"n11": counts[0], "n1x": counts[1], "nx1": counts[2], **columns}
    text = io.StringIO()
    text.write("# " + json.dumps({"madeBy": made_by, "n": total, **priors}) + "\n")
    text.write("\t".join([*columns, "pairs"]) + "\n")
    # Pairs of equal counts have equal scores: one line each, with the number of such pairs.
    lines = Counter("\t".join(f"{value:.9g}" for value in row) for row in zip(*columns.values()))
    for line, pairs in lines.items():
        text.write(f"{line}\t{pairs}\n")
    data = gzip.compress(text.getvalue().encode(), 9, mtime=0)
    (options.out / "vaers-2020.tsv.gz").write_bytes(data)


main()
