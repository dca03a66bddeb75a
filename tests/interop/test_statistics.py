"""Every statistic, compared with NumPy and SciPy on many random data sets, ties included."""

import itertools
import os
import subprocess
import unittest

import numpy
from scipy import special, stats

TOOL = os.environ["STATISTICS_TOOL"]
SEED = 20240229


def run_tool(requests):
    """One list of numbers per request; a request is (method, left) or (method, left, right)."""
    lines = []
    for method, left, *right in requests:
        numbers = " ".join(repr(float(value)) for value in left)
        if right:
            numbers += " | " + " ".join(repr(float(value)) for value in right[0])
        lines.append(f"{method} {numbers}\n")
    result = subprocess.run([TOOL], input="".join(lines), capture_output=True, text=True, check=True)
    answers = [[float(word) for word in line.split()] for line in result.stdout.splitlines()]
    assert len(answers) == len(requests) > 0
    return answers


def data_sets(generator, repetitions, least=1, most=60):
    """Continuous, tied, skewed, constant and widely scaled data."""
    for _ in range(repetitions):
        count = int(generator.integers(least, most + 1))
        yield generator.normal(size=count)
        yield generator.integers(0, 6, size=count).astype(float)
        yield generator.lognormal(10, 2, size=count)
        yield numpy.full(count, generator.normal())
        yield generator.normal(1e9, 1e-3, size=count)


def capped_signed_rank(differences):
    """Ranks of at most a quarter of the count, and p by the distribution of their sum over all signs."""
    scores = numpy.minimum(stats.rankdata(numpy.abs(differences)), (len(differences) + 3) // 4)
    statistic = min(scores[differences < 0].sum(), scores[differences > 0].sum())
    ways = numpy.array([1.0])
    for doubled in (2 * scores).astype(int):
        ways = numpy.convolve(ways, [1] + [0] * (doubled - 1) + [1])
    return statistic, min(1, 2 * ways[:int(2 * statistic) + 1].sum() / 2.0 ** len(differences))


class StatisticsTest(unittest.TestCase):
    def setUp(self):
        self.generator = numpy.random.default_rng(SEED)

    def close(self, ours, theirs, relative=1e-12, absolute=0.0, context=None):
        numpy.testing.assert_allclose(ours, theirs, rtol=relative, atol=absolute, err_msg=str(context))

    def test_moments(self):
        sets = [data for data in data_sets(self.generator, 40) if len(data) > 1]
        for data, answer in zip(sets, run_tool([("moments", data) for data in sets])):
            scale = numpy.abs(data).max()
            self.close(answer[:2], [data.mean(), data.std(ddof=1)], absolute=1e-14 * scale)
            self.assertEqual(answer[2:], [data.min(), data.max()])

    def test_quantiles_are_type_7(self):
        requests, expected = [], []
        for data in data_sets(self.generator, 40, most=300):
            probability = self.generator.choice([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1, self.generator.random()])
            requests.append(("quantile", [probability, *data]))
            expected.append(numpy.quantile(data, probability, method="linear"))
        self.close([answer[0] for answer in run_tool(requests)], expected, relative=1e-14)

    def test_sorting_of_long_arrays(self):
        data = self.generator.integers(0, 1000, size=20001).astype(float)
        answers = run_tool([("quantile", [p, *data]) for p in (0, 0.1, 0.5, 0.9, 1)])
        self.assertEqual([a[0] for a in answers], list(numpy.quantile(data, [0, 0.1, 0.5, 0.9, 1])))

    def test_median_interval_has_the_ranks_that_brute_force_finds(self):
        requests, expected = [], []
        for count, confidence in itertools.product([*range(2, 60), 100, 999, 5000], (0.5, 0.9, 0.95, 0.99, 0.999)):
            data = self.generator.permutation(count).astype(float) + 1  # a value is its rank
            coverage = 1 - 2 * stats.binom.cdf(numpy.arange(0, count // 2), count, 0.5)
            ranks = numpy.flatnonzero(coverage >= confidence - 1e-12) + 1
            requests.append(("median_interval", [confidence, *data]))
            if len(ranks):
                best = int(ranks[-1])
                expected.append([numpy.median(data), best, count + 1 - best, coverage[best - 1]])
            else:
                expected.append([numpy.median(data), numpy.nan, numpy.nan, numpy.nan])
        self.assertTrue(any(numpy.isnan(row[1]) for row in expected))
        self.close(run_tool(requests), expected)

    def test_beta_distribution(self):
        # SciPy's own error grows with a and b: at a + b = 10^6 it is 10^-11 where ours, by 40-digit arithmetic, is 10^-13
        for largest_exponent, tolerance in ((2.5, 1e-12), (6, 1e-10)):
            requests, inverse = [], []
            for _ in range(1500):
                a, b = 10 ** self.generator.uniform(-0.5, largest_exponent, size=2)
                requests.append(("beta", [stats.beta.ppf(self.generator.random(), a, b), a, b]))
                inverse.append(("beta_quantile", [10 ** self.generator.uniform(-8, 0), a, b]))
            self.close([ours for ours, in run_tool(requests)], [special.betainc(a, b, x) for _, (x, a, b) in requests],
                       tolerance)
            self.close([ours for ours, in run_tool(inverse)], [special.betaincinv(a, b, p) for _, (p, a, b) in inverse],
                       1e-12, 1e-300)

    def test_clopper_pearson(self):
        requests, expected = [], []
        for _ in range(2000):
            trials = int(10 ** self.generator.uniform(0, 6))
            share = self.generator.choice([0, 1, 0.003, self.generator.random()])
            successes = int(round(trials * share))
            confidence = self.generator.choice([0.9, 0.95, 0.99])
            requests.append(("proportion", [successes, trials, confidence]))
            interval = stats.binomtest(successes, trials).proportion_ci(confidence, method="exact")
            tail = (1 - confidence) / 2
            low = special.betaincinv(successes, trials - successes + 1, tail) if successes else 0.0
            high = special.betaincinv(successes + 1, trials - successes, 1 - tail) if successes < trials else 1.0
            self.close([interval.low, interval.high], [low, high], relative=1e-7)  # SciPy solves for it by brentq
            expected.append([low, high, confidence])
        self.close(run_tool(requests), expected, relative=1e-12)

    def test_binomial_distribution(self):
        requests, expected = [], []
        for _ in range(1000):
            trials = int(10 ** self.generator.uniform(0, 5))
            successes = int(self.generator.integers(0, trials + 1))
            probability = self.generator.random()
            requests.append(("binomial", [successes, trials, probability]))
            expected.append([stats.binom.cdf(successes, trials, probability)])
        self.close(run_tool(requests), expected, relative=1e-11, absolute=1e-300)

    def test_normal_distribution(self):
        points = self.generator.uniform(-37, 8, size=500)
        self.close([a[0] for a in run_tool([("normal", [z]) for z in points])], special.ndtr(points), relative=1e-12)
        probabilities = numpy.concatenate([10.0 ** -numpy.arange(1, 300), self.generator.random(500)])
        self.close([a[0] for a in run_tool([("normal_quantile", [p]) for p in probabilities])],
                   special.ndtri(probabilities), relative=1e-12, absolute=1e-15)

    def test_mann_whitney(self):
        exact = tied = large = 0
        pairs = []
        for largest in [51] * 400 + [200] * 50:
            first_count, second_count = self.generator.integers(1, largest, size=2)
            shift = self.generator.choice([0, 0.5, 2, 10])
            pairs.append((self.generator.normal(size=first_count), self.generator.normal(shift, 1, size=second_count)))
            pairs.append((self.generator.integers(0, 5, size=first_count).astype(float),
                          self.generator.integers(0, 6, size=second_count).astype(float)))
        answers = run_tool([("mann_whitney", first, second) for first, second in pairs])
        for (first, second), (u, p, is_exact) in zip(pairs, answers):
            both = numpy.concatenate([first, second])
            if len(numpy.unique(both)) == 1:
                self.assertEqual(p, 1)
                continue
            untied = len(numpy.unique(both)) == len(both)
            small = max(len(first), len(second)) <= 50
            self.assertEqual(is_exact, untied and small)
            theirs = stats.mannwhitneyu(first, second, method="exact" if untied and small else "asymptotic")
            self.close([u, p], theirs, relative=1e-11)
            exact += untied and small
            tied += not untied
            large += not small
        self.assertGreater(exact, 300)
        self.assertGreater(tied, 300)
        self.assertGreater(large, 50)

    def test_capped_signed_rank(self):
        exact = large = 0
        sets = [self.generator.normal(self.generator.choice([0, 0.3, 1]), 1, size=int(self.generator.integers(6, 90)))
                for _ in range(300)]
        sets += [self.generator.integers(-4, 6, size=int(self.generator.integers(2, 90))).astype(float)
                 for _ in range(300)]
        for data, (statistic, p, is_exact) in zip(sets, run_tool([("signed_rank", data) for data in sets])):
            kept = data[data != 0]
            if len(kept) == 0:
                self.assertEqual(p, 1)
                continue
            self.assertEqual(is_exact, len(kept) <= 50)
            theirs, exact_p = capped_signed_rank(kept)
            self.close(statistic, theirs)
            if is_exact:
                self.close(p, exact_p, relative=1e-11)
                exact += 1
            else:
                scores = numpy.minimum(stats.rankdata(numpy.abs(kept)), (len(kept) + 3) // 4)
                deviation = numpy.sqrt((scores ** 2).sum()) / 2
                normal_p = 2 * stats.norm.cdf(theirs + 0.5, scores.sum() / 2, deviation)
                self.close(p, min(1, normal_p), relative=1e-10)
                large += 1
        self.assertGreater(exact, 200)
        self.assertGreater(large, 100)

    def test_sign_flips(self):
        sets = [self.generator.normal(0.4, 1, size=count) for count in range(1, 13)]
        sets += [self.generator.integers(-2, 4, size=count).astype(float) for count in range(1, 13)]
        for data, (mean, p, exact) in zip(sets, run_tool([("sign_flip", data) for data in sets])):
            patterns = numpy.array(list(itertools.product([-1, 1], repeat=len(data))))
            sums = numpy.abs(patterns @ data)
            self.close([mean, p], [data.mean(), numpy.mean(sums >= abs(data.sum()) - 1e-9)], absolute=1e-15)
            self.assertEqual(exact, 1)
        data = self.generator.normal(0.25, 1, size=60)
        (_, p, exact), = run_tool([("sign_flip", data)])
        theirs = stats.permutation_test((data,), numpy.mean, permutation_type="samples", n_resamples=100000,
                                        rng=numpy.random.default_rng(1)).pvalue
        self.assertEqual(exact, 0)
        self.close(p, theirs, relative=0, absolute=5 * numpy.sqrt(2 * theirs / 100000))

    def test_holm(self):
        sets = [10 ** self.generator.uniform(-6, 0, size=int(self.generator.integers(1, 300))) for _ in range(100)]
        sets += [numpy.round(self.generator.random(size=40), 1) for _ in range(20)]
        for data, ours in zip(sets, run_tool([("holm", data) for data in sets])):
            order = numpy.argsort(data, kind="stable")
            steps = numpy.minimum(1, numpy.maximum.accumulate((len(data) - numpy.arange(len(data))) * data[order]))
            expected = numpy.empty(len(data))
            expected[order] = steps
            self.close(ours, expected)

    def test_paired_ratio(self):
        for count in (3, 6, 20, 41):
            first, second = self.generator.lognormal(size=(2, count))
            (value, low, high, _), = run_tool([("paired_ratio", first, second)])
            ratios = numpy.sort(first / second)
            self.close(value, numpy.median(ratios))
            if count < 6:
                self.assertTrue(numpy.isnan(low))
            else:
                rank = int(stats.binom.ppf(0.025, count, 0.5))
                self.assertIn(low, ratios)
                self.close([low, high], [ratios[rank - 1], ratios[count - rank]])

    def test_unpaired_ratio_is_that_of_hodges_and_lehmann_with_the_exact_interval(self):
        for counts in ((6, 6), (6, 20), (13, 20), (20, 20), (50, 50), (60, 70)):
            for confidence in (0.9, 0.95):
                first, second = (self.generator.lognormal(0, 0.1, size=count) for count in counts)
                (value, low, high, coverage), = run_tool([("unpaired_ratio", [confidence, *first], second)])
                ratios = numpy.sort(numpy.divide.outer(first, second).ravel())
                self.close(value, numpy.exp(numpy.median(numpy.log(ratios))))
                below = int(numpy.searchsorted(ratios, low))
                self.assertEqual([low, high], [ratios[below], ratios[-1 - below]])
                # What lies inside the interval is what a Mann-Whitney test would not reject: u below is rejected, one more not.
                if max(counts) > 50:
                    deviation = numpy.sqrt(len(ratios) * (sum(counts) + 1) / 12)
                    p = [min(1, 2 * stats.norm.cdf((u - len(ratios) / 2 + 0.5) / deviation)) for u in (below, below + 1)]
                else:
                    p = [self.exact_p_of_u(u, *counts) for u in (below, below + 1)]
                self.assertLessEqual(p[0], 1 - confidence)
                self.assertGreater(p[1], 1 - confidence)
                self.close(coverage, 1 - p[0], relative=1e-11)
                # The other way round it is the same interval.
                (inverse, inverse_low, inverse_high, _), = run_tool([("unpaired_ratio", [confidence, *second], first)])
                self.close([1 / inverse, 1 / inverse_high, 1 / inverse_low], [value, low, high])

    @staticmethod
    def exact_p_of_u(u, first_count, second_count):
        """Two-sided p of samples without ties whose U is u: SciPy's own, of samples made to have it."""
        first, rest = [], u
        for _ in range(first_count):  # each stands above as many of the second as are still wanted
            above = min(rest, second_count)
            first.append(above + 0.5 - 1e-3 * (len(first) + 1))
            rest -= above
        found = stats.mannwhitneyu(first, numpy.arange(1, second_count + 1), method="exact")
        assert rest == 0 and found.statistic == u
        return found.pvalue

    def test_unpaired_ratio_of_few_or_of_what_is_no_time(self):
        (value, low, high, _), = run_tool([("unpaired_ratio", [0.95, 1, 2, 3, 4, 5], [1] * 20)])
        self.close(value, 3)
        self.assertTrue(numpy.isnan([low, high]).all())
        for bad in (0, -1, numpy.nan, numpy.inf):
            answer, = run_tool([("unpaired_ratio", [0.95, bad, 2, 3, 4, 5, 6], [1] * 20)])
            self.assertTrue(numpy.isnan(answer[:3]).all(), bad)

    def test_t_test(self):
        sets = [data for data in data_sets(self.generator, 40) if len(data) > 1 and data.std() > 1e-9 * abs(data.mean())]
        for data, (statistic, p, exact) in zip(sets, run_tool([("t_test", data) for data in sets])):
            theirs = stats.ttest_1samp(data, 0)
            self.close([statistic, p], [theirs.statistic, theirs.pvalue], relative=1e-9, absolute=1e-300)
            self.assertEqual(exact, 0)
        same, zeros, single = run_tool([("t_test", [0.5] * 4), ("t_test", [0] * 4), ("t_test", [0.5])])
        self.assertEqual((same[1], zeros[1]), (0, 1))
        self.assertTrue(numpy.isnan(single[1]))

    def test_paired_test_is_of_ranks_where_ranks_can_be_significant(self):
        by_ranks = by_t = 0
        for count, family, significance in itertools.product((3, 6, 8, 12, 20, 40), (1, 10, 228, 3000), (0.05, 0.01)):
            logs = self.generator.normal(0.3, 1, size=count)
            (_, p, _), = run_tool([("paired_test", [family, significance, *logs])])
            if 2 / 2**count * family <= significance:
                self.close(p, capped_signed_rank(logs)[1], relative=1e-11)
                by_ranks += 1
            else:
                self.close(p, stats.ttest_1samp(logs, 0).pvalue, relative=1e-9)
                by_t += 1
        self.assertGreater(by_ranks, 10)
        self.assertGreater(by_t, 10)

    def test_unpaired_test_is_of_ranks_where_ranks_can_be_significant(self):
        by_ranks = by_t = 0
        sizes = (3, 6, 8, 12, 20)
        for first_count, second_count, family in itertools.product(sizes, sizes, (1, 10, 228, 3000)):
            first = self.generator.lognormal(0.2, 0.3, size=first_count)
            second = self.generator.lognormal(0, 0.5, size=second_count)
            (_, p, _), = run_tool([("unpaired_test", [family, 0.01, *first], second)])
            if 2 / special.comb(first_count + second_count, first_count) * family <= 0.01:
                self.close(p, stats.mannwhitneyu(first, second, method="exact").pvalue, relative=1e-11)
                by_ranks += 1
            else:
                theirs = stats.ttest_ind(numpy.log(first), numpy.log(second), equal_var=False)
                self.close(p, theirs.pvalue, relative=1e-9)
                by_t += 1
        self.assertGreater(by_ranks, 10)
        self.assertGreater(by_t, 10)

    def test_a_null_cell_has_the_median_its_reach_and_the_p_of_ranks(self):
        for count in (6, 9, 20, 40):
            logs = self.generator.normal(0.01, 0.02, size=count)
            (ratio, reach, p), = run_tool([("null_cell", logs)])
            ordered, rank = numpy.sort(logs), int(stats.binom.ppf(0.025, count, 0.5))
            self.close(ratio, numpy.exp(numpy.median(logs)))
            self.close(reach, numpy.expm1(max(abs(ordered[rank - 1]), abs(ordered[count - rank]))))
            self.close(p, capped_signed_rank(logs)[1], relative=1e-11)

    def test_the_null_threshold_is_an_upper_bound_of_the_95th_percentile(self):
        for count in (1, 20, 58, 59, 76, 92, 93, 228, 1000):
            ratios = numpy.exp(self.generator.normal(0, 0.02, size=count))
            reaches = self.generator.uniform(0.05, 0.2, size=count)
            (threshold,), = run_tool([("null_threshold", ratios, reaches)])
            distances = numpy.sort(numpy.maximum(ratios, 1 / ratios) - 1)
            ranks = numpy.flatnonzero(stats.binom.cdf(numpy.arange(count), count, 0.95) >= 0.95)
            self.close(threshold, distances[ranks[0]] if len(ranks) else reaches.max())
            self.assertEqual(len(ranks) > 0, count >= 59)

    def test_coverage_in_simulation_is_what_the_binomial_distribution_says(self):
        requests = [("coverage", [0, shape, processes, 4000, 100, 1]) for shape in range(4) for processes in (8, 20)]
        for (_, (_, _, processes, repetitions, *_)), (covered, low, high, _) in zip(requests, run_tool(requests)):
            rank = int(stats.binom.ppf(0.025, processes, 0.5))
            exact = 1 - 2 * stats.binom.cdf(rank - 1, processes, 0.5)
            self.assertTrue(low < covered / repetitions < high)
            self.assertLess(abs(covered / repetitions - exact), 4 * numpy.sqrt(exact * (1 - exact) / repetitions))


if __name__ == "__main__":
    unittest.main()
