"""Values that the tests of src/stats are checked against. Made with SciPy 1.17.1 by `python3 make.py > scipy.json`."""
import itertools
import json
import random
import sys

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import cdist, pdist

rng = random.Random(20260101)


def sample(n, digits=2, shift=0.0):
    return [round(rng.gauss(10 + shift, 2), digits) for _ in range(n)]


EXACT = stats.PermutationMethod(n_resamples=np.inf)


def mann_whitney():
    cases = []
    for n, m, digits, shift in [(2, 2, 2, 0), (3, 5, 2, 1), (5, 5, 2, 3), (8, 7, 2, 2), (20, 20, 4, 1), (25, 25, 4, 0)]:
        a, b = sample(n, digits), sample(m, digits, shift)
        r = stats.mannwhitneyu(a, b, method="exact")
        cases.append({"a": a, "b": b, "statistic": r.statistic, "p": r.pvalue, "exact": True})
    for n, m, shift in [(3, 4, 1), (5, 5, 2), (6, 4, 3)]:  # ties
        a, b = sample(n, 0), sample(m, 0, shift)
        r = stats.mannwhitneyu(a, b, method=EXACT)
        cases.append({"a": a, "b": b, "statistic": r.statistic, "p": r.pvalue, "exact": True})
    for n, m, digits, shift in [(40, 30, 4, 1), (60, 60, 0, 1), (30, 200, 1, 0.2)]:
        a, b = sample(n, digits), sample(m, digits, shift)
        r = stats.mannwhitneyu(a, b, method="asymptotic")
        cases.append({"a": a, "b": b, "statistic": r.statistic, "p": r.pvalue, "exact": False})
    return cases


def signed(n, digits=2, shift=0.0):
    return [round(rng.gauss(shift, 2), digits) for _ in range(n)]


def wilcoxon():
    cases = []
    for n, digits, shift, method in [
        (5, 4, 9, "exact"), (8, 4, 1, "exact"), (12, 4, 1, "exact"), (20, 4, 0.3, "exact"), (50, 6, 0.5, "exact"),
        (7, 0, 1, EXACT), (10, 0, 1, EXACT), (12, 0, 2, EXACT),
        (60, 6, 0.3, "asymptotic"), (80, 1, 0.2, "asymptotic"), (70, 0, 0.5, "asymptotic"),
    ]:
        d = [x for x in signed(n, digits, shift) if x != 0]
        asymptotic = method == "asymptotic"
        r = stats.wilcoxon(d, method=method, correction=asymptotic)
        plus = float(sum(rank for rank, x in zip(stats.rankdata(np.abs(d)), d) if x > 0))
        cases.append({"differences": d, "statistic": plus, "p": r.pvalue, "exact": not asymptotic})
    return cases


def kth(counts, total, confidence):
    """Largest k with P(statistic <= k - 1) <= (1 - confidence) / 2."""
    below, k = 0, 0
    while below + counts.get(k, 0) <= (1 - confidence) / 2 * total:
        below += counts.get(k, 0)
        k += 1
    return k


def ends(values, k):
    values = sorted(values)
    return None if k < 1 else [values[k - 1], values[-k]]


def hodges_lehmann():
    cases = []
    for n, confidence in [(4, 0.95), (6, 0.95), (8, 0.95), (10, 0.982), (14, 0.9)]:
        d = signed(n, 3, 1)
        walsh = [(d[i] + d[j]) / 2 for i in range(n) for j in range(i, n)]
        counts = {}
        for signs in itertools.product([0, 1], repeat=n):
            w = sum(rank for rank, s in zip(range(1, n + 1), signs) if s)
            counts[w] = counts.get(w, 0) + 1
        cases.append({"differences": d, "confidence": confidence, "estimate": float(np.median(walsh)),
                      "interval": ends(walsh, kth(counts, 2**n, confidence))})
    for n, m, confidence in [(3, 3, 0.95), (4, 4, 0.95), (5, 7, 0.95), (8, 6, 0.982)]:
        a, b = sample(n, 3), sample(m, 3, 2)
        differences = [y - x for x in a for y in b]
        counts, total = {}, 0
        for chosen in itertools.combinations(range(1, n + m + 1), m):
            u = sum(chosen) - m * (m + 1) // 2
            counts[u] = counts.get(u, 0) + 1
            total += 1
        cases.append({"a": a, "b": b, "confidence": confidence, "estimate": float(np.median(differences)),
                      "interval": ends(differences, kth(counts, total, confidence))})
    return cases


def student():
    quantiles = [[p, df, stats.t.ppf(p, df)] for p in [0.001, 0.025, 0.3, 0.9, 0.975, 0.991, 0.9995] for df in [1, 2, 4, 7.3, 19, 200]]
    tails = [[t, df, stats.t.sf(t, df)] for t in [-3, -0.2, 0, 0.7, 2.5, 12] for df in [1, 3.5, 11, 100]]
    intervals, pooled, welch = [], [], []
    for n, confidence in [(2, 0.95), (5, 0.982), (12, 0.982), (30, 0.99)]:
        x = sample(n)
        r = stats.ttest_1samp(x, 9.5, alternative="greater")
        ci = stats.ttest_1samp(x, 0).confidence_interval(confidence)
        intervals.append({"values": x, "confidence": confidence, "interval": [ci.low, ci.high], "bound": 9.5, "p": r.pvalue})
    for n, m in [(2, 2), (1, 4), (5, 9), (25, 25)]:
        a, b = sample(n), sample(m, 2, 1)
        pooled.append({"a": a, "b": b, "p": stats.ttest_ind(a, b).pvalue})
    for n, m in [(2, 2), (3, 6), (10, 9)]:
        a, b = sample(n), sample(m, 2, 1)
        r = stats.ttest_ind(b, a, equal_var=False)
        ci = r.confidence_interval(0.95)
        above = stats.ttest_ind([y - 0.5 for y in b], a, equal_var=False, alternative="greater").pvalue
        welch.append({"a": a, "b": b, "degrees": r.df, "interval": [ci.low, ci.high], "above": 0.5, "p": above})
    return {"quantiles": quantiles, "tails": tails, "means": intervals, "pooled": pooled, "welch": welch}


def bca():
    cases = []
    skewed = [[1.0, 1.1, 1.3, 1.4, 1.2, 1.5, 2.0, 9.0, 14.0]]
    drawn_samples = [[sample(n, 2, i) for i, n in enumerate(sizes)] for sizes in [[8], [5, 6], [12, 10]]]
    for samples in [*drawn_samples, skewed]:
        if len(samples) == 1:
            statistic = lambda x, axis=-1: np.mean(x, axis=axis)
        else:
            statistic = lambda x, y, axis=-1: np.mean(y, axis=axis) - np.mean(x, axis=axis)
        distribution = []
        for _ in range(200):
            drawn = [[s[rng.randrange(len(s))] for _ in s] for s in samples]
            distribution.append(float(statistic(*[np.array(d) for d in drawn])))
        given = stats._resampling.BootstrapResult(confidence_interval=None, bootstrap_distribution=np.array(distribution), standard_error=None)
        r = stats.bootstrap(tuple(samples), statistic, n_resamples=0, bootstrap_result=given, confidence_level=0.95, method="BCa", vectorized=True)
        whole = stats.bootstrap(tuple(samples), statistic, n_resamples=20000, confidence_level=0.95, method="BCa", vectorized=True, rng=1)
        cases.append({"samples": samples, "distribution": distribution, "interval": [float(x) for x in r.confidence_interval],
                      "manyResamples": [float(x) for x in whole.confidence_interval]})
    return cases


def pooled_differences():
    cases = []
    for n, m in [(1, 3), (4, 1), (3, 5), (9, 7)]:
        a, b = sample(n), sample(m, 2, 1)
        r = stats.ttest_ind(b, a)
        ci = r.confidence_interval(0.95)
        above = stats.ttest_ind([y - 0.5 for y in b], a, alternative="greater").pvalue
        cases.append({"a": a, "b": b, "degrees": r.df, "interval": [ci.low, ci.high], "above": 0.5, "p": above})
    return cases


def best_split(x, start, end):
    """Matteson and James (2014), equations 5 to 7 with alpha = 1: (q, at), the right side ending anywhere up to `end`."""
    best = (-np.inf, None)
    for at in range(start + 2, end - 1):
        for stop in range(at + 2, end + 1):
            left, right = x[start:at, None], x[at:stop, None]
            m, n = len(left), len(right)
            q = m * n / (m + n) * (2 * cdist(left, right).mean() - pdist(left).mean() - pdist(right).mean())
            if q > best[0]:
                best = (q, at)
    return best


def e_divisive(series, first_p, p, minimum):
    x = np.array(series)
    bounds = [0, len(x)]
    while True:
        splits = [(*best_split(x, a, b), a, b) for a, b in zip(bounds, bounds[1:])]
        q, at, a, b = max((s for s in splits if s[1] is not None), key=lambda s: s[0], default=(0, None, 0, 0))
        if at is None or stats.ttest_ind(x[a:at], x[at:b]).pvalue >= first_p:
            break
        bounds = sorted([*bounds, at])
    while True:
        points = [(stats.ttest_ind(x[a:at], x[at:b]).pvalue, abs(x[at:b].mean() / x[a:at].mean() - 1), at, x[a:at].mean(), x[at:b].mean())
                  for a, at, b in zip(bounds, bounds[1:], bounds[2:])]
        doubtful = [point for point in points if point[0] >= p]
        small = [point for point in points if point[1] < minimum]
        if doubtful:
            bounds.remove(max(doubtful)[2])
        elif small:
            bounds.remove(min(small, key=lambda point: point[1])[2])
        else:
            return [{"index": at, "before": before, "after": after, "p": value} for value, _, at, before, after in points]


def change_points():
    cases = []
    for stretches, minimum in [
        ([(12, 100), (12, 106)], 0), ([(10, 100), (12, 110), (11, 100)], 0), ([(30, 100)], 0), ([(24, 100), (4, 108)], 0),
        ([(15, 1000), (14, 1012), (15, 1100)], 0.05), ([(8, 100), (8, 104), (8, 98), (8, 103)], 0),
    ]:
        series = [round(rng.gauss(level, 1), 3) for n, level in stretches for _ in range(n)]
        cases.append({"series": series, "minimumShare": minimum, "changes": e_divisive(series, 0.01, 0.001, minimum)})
    return cases


def main():
    ps = [sorted(round(rng.random() ** 3, 4) for _ in range(n)) for n in [1, 4, 10]]
    for p in ps:
        rng.shuffle(p)
    ps.append([0.01, 0.02, 0.02, 0.5, 0.9, 0.9])
    json.dump({
        "scipy": scipy.__version__,
        "normal": {"tails": [[z, stats.norm.sf(z)] for z in [-6, -1, 0, 0.1, 1.96, 2.999, 3, 5, 10, 30]],
                   "quantiles": [[p, stats.norm.ppf(p)] for p in [1e-12, 0.001, 0.2, 0.5, 0.91, 0.999999]]},
        "student": student(),
        "mannWhitney": mann_whitney(),
        "wilcoxon": wilcoxon(),
        "hodgesLehmann": hodges_lehmann(),
        "benjaminiHochberg": [{"ps": p, "adjusted": stats.false_discovery_control(p).tolist()} for p in ps],
        "bca": bca(),
        "pooledDifferences": pooled_differences(),
        "changePoints": change_points(),
    }, sys.stdout, indent=None, separators=(",", ":"), default=float)
    print()


main()
