import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from core.metrics.conventions import (
    conventions,
    dropping_error,
    limit_of_optimum,
    rescaled_area,
    shifted_area,
    single_precision,
)
from core.metrics.detection import fpr_at_tpr
from core.metrics.predictions import Predictions
from core.metrics.selective import augrc, aurc, excess_aurc
from core.metrics.uncertainty import least_confidence, normalized_entropy


@pytest.fixture
def predictions(rng):
    logits = 3 * rng.normal(size=(500, 4))
    labels = np.where(rng.random(500) < 0.6, logits.argmax(axis=1), rng.integers(4, size=500))
    return Predictions(logits, labels, tuple("abcd"))


def rows(predictions, uncertainty):
    return {(row.measure, row.convention): row for row in conventions(predictions, uncertainty)}


def test_ours_come_first_and_are_those_of_the_app(predictions):
    scores, right = least_confidence(predictions.probs), predictions.correct
    table = conventions(predictions, scores)
    first, last = {}, None
    for row in table:
        assert row.is_ours == (row.measure != last)
        first.setdefault(row.measure, row.value)
        last = row.measure
    assert first["AURC"] == aurc(scores, right)
    assert first["E-AURC"] == excess_aurc(scores, right)
    assert first["AUGRC"] == augrc(scores, right)
    assert first["FPR95 of telling errors apart"] == fpr_at_tpr(scores[right], scores[~right])
    assert first["Mean entropy"] == normalized_entropy(predictions.probs).mean()
    assert all(row.used_by for row in table)


def shifted_twin(uncertainty, correct):
    """One sample after the other, in the words of the docstring."""
    left = sorted(zip(uncertainty, correct, strict=True), key=lambda pair: -pair[0])
    whole, points, since, last = len(left), [], 0, None
    risks = [1 - np.mean(correct)]
    while len(left) > 1:
        score, _ = left.pop(0)
        since += 1
        if score != last:
            risks.append(np.mean([not right for _, right in left]))
            points.append(since / whole)
            since = 0
        last = score
    if since:
        risks.append(risks[-1])
        points.append(since / whole)
    return 1000 * sum((risks[i] + risks[i + 1]) / 2 * width for i, width in enumerate(points))


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_the_area_of_fd_shifts_is_its_brute_force_twin(rng, decimals):
    for num_samples in (1, 2, 3, 40):
        uncertainty, correct = np.round(rng.random(num_samples), decimals), rng.random(num_samples) > 0.3
        assert shifted_area(uncertainty, correct) == pytest.approx(shifted_twin(uncertainty, correct), abs=1e-9)


def test_without_ties_all_aurcs_are_nearly_equal(predictions):
    table = rows(predictions, least_confidence(predictions.probs))
    values = [
        row.value / (1000 if "times 1,000" in row.convention else 1) for row in table.values() if row.measure == "AURC"
    ]
    assert values == pytest.approx([values[0]] * 5, rel=0.02)
    assert table["AURC", "ties in the order of the rows"].value == pytest.approx(values[0])


def test_with_ties_the_order_of_the_rows_changes_the_others_and_not_ours(predictions):
    constant = np.zeros(500)
    best = np.argsort(~predictions.correct, kind="stable")
    sorted_ = Predictions(predictions.logits[best], predictions.labels[best], predictions.class_names)
    one, other = rows(predictions, constant), rows(sorted_, constant)
    for key, row in one.items():
        changes = "order of the rows" in key[1] or row.used_by == "fd-shifts"
        assert (abs(row.value - other[key].value) > 1e-6) == changes


def test_the_other_rows_are_ours_in_another_unit(predictions):
    table = rows(predictions, least_confidence(predictions.probs))
    entropy = table["Mean entropy", "divided by ln(number of classes)"].value
    assert table["Mean entropy", "in nats, not divided"].value == pytest.approx(entropy * np.log(4))
    assert table["Mean entropy", "divided by ln(number of rows)"].value == pytest.approx(
        entropy * np.log(4) / np.log(500)
    )
    halved = brier_score_loss(predictions.labels, predictions.probs, scale_by_half=True)
    assert table["Brier score", "half of it, 0 to 1"].value == pytest.approx(halved)
    scores, right = least_confidence(predictions.probs), predictions.correct
    passed = next(row for key, row in table.items() if key[1].startswith("right answers are positive"))
    threshold = np.sort(scores[right])[int(np.ceil(0.95 * right.sum())) - 1]
    assert passed.value == pytest.approx((scores[~right] <= threshold).mean())


def test_a_confidence_of_one_in_float32_is_dropped():
    logits = np.float32([[40, 0], [40, 0], [0.5, 0]])
    probs = single_precision(logits)
    assert probs[:, 0].tolist()[:2] == [1.0, 1.0]
    # The two sure answers, one of them wrong, do not count: only the third, which is wrong at 62 %.
    assert dropping_error(probs, np.array([0, 1, 1])) == pytest.approx(0.6225 / 3, abs=1e-4)
    predictions = Predictions(logits, np.array([0, 1, 1]), ("a", "b"))
    ece = [row.value for row in conventions(predictions, [0, 0, 1]) if row.measure == "ECE"]
    assert ece[0] == pytest.approx(ece[1] + (2 * 0.5) / 3, abs=1e-4)


def test_the_optimum_of_infinitely_many_samples_is_near_that_of_many():
    correct = np.arange(20_000) < 18_000
    best = aurc(np.arange(20_000), correct)
    assert limit_of_optimum(0.1) == pytest.approx(best, abs=1e-5)
    assert limit_of_optimum(0) == 0


@pytest.mark.parametrize("right", [True, False])
def test_all_right_all_wrong_and_one_sample_have_a_table(right):
    for num_samples in (1, 3):
        labels = np.zeros(num_samples, int) if right else np.ones(num_samples, int)
        table = rows(Predictions(np.float32([[2, 0]] * num_samples), labels, ("a", "b")), np.zeros(num_samples))
        missing = {key[0] for key, row in table.items() if np.isnan(row.value)}
        of_one = {"AURC", "AUGRC", "Mean entropy"} if num_samples == 1 else set()
        assert missing == {"FPR95 of telling errors apart"} | of_one
        assert table["E-AURC", "AURC minus the exact optimum for n samples"].value == 0


def test_rescaling_makes_a_constant_risk_its_own_area():
    assert rescaled_area(np.full(10, 0.3)) == pytest.approx(0.3)
    assert np.isnan(rescaled_area(np.array([0.3])))
