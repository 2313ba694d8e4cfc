import time

import numpy as np
import pytest

from core.metrics import selective
from core.metrics.calibration import expected_calibration_error
from core.metrics.measures import Trained, measured, measures
from core.metrics.predictions import Predictions

GROUPS = {"animal": ("cat", "dog"), "vehicle": ("car",)}
NAMES = ("cat", "dog", "car")
FIXED = ["accuracy", "validation", "aurc", "augrc", "coverage", "ece"]


@pytest.fixture
def split(rng):
    return Predictions(rng.normal(0, 2, (300, 3)), rng.integers(3, size=300), NAMES)


def test_the_table_has_a_row_per_superclass_and_texts_everywhere():
    table = measures(GROUPS)
    assert list(table) == [*FIXED, "accuracy_animal", "accuracy_vehicle", "ood"]
    assert list(measures({})) == [*FIXED, "ood"]
    assert [measure.key for measure in table.values()] == list(table)
    assert len({measure.label for measure in table.values()}) == len(table)
    for measure in table.values():
        assert measure.label and measure.meaning.endswith(".")
    assert {key for key, measure in table.items() if not measure.higher_is_better} == {"aurc", "augrc", "ece"}
    assert {key for key, measure in table.items() if not measure.in_percent} == {"aurc", "augrc", "ece", "ood"}


def test_the_values_are_those_of_the_functions_on_least_confidence(split):
    doubt = 1 - split.probs.max(axis=1)
    found = measured(Trained(split, [0.4, 0.6, 0.5], GROUPS, ood_auroc=0.87))
    assert found == {
        "accuracy": split.accuracy,
        "validation": 0.6,
        "aurc": selective.aurc(doubt, split.correct),
        "augrc": selective.augrc(doubt, split.correct),
        "coverage": selective.coverage_at_risk(doubt, split.correct, 0.01),
        "ece": expected_calibration_error(split.probs, split.labels),
        "accuracy_animal": split.correct[split.labels < 2].mean(),
        "accuracy_vehicle": split.correct[split.labels == 2].mean(),
        "ood": 0.87,
    }


def test_values_worked_out_by_hand():
    # Least confidence 0.1, 0.2, 0.3, 0.4; the third is wrong: a cat that is taken for a dog.
    probs = [[0.9, 0.05, 0.05], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1]]
    found = measured(Trained(Predictions(np.log(probs), np.array([0, 2, 0, 1]), NAMES), groups=GROUPS))
    assert found["accuracy"] == 0.75
    assert found["aurc"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert found["augrc"] == pytest.approx((1 / 8 + 1 / 4) / 4)  # errors answered: 0, 0, then up to 1/4, then 1/4
    assert found["coverage"] == 0.5
    assert found["ece"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.4) / 4)  # each in a bin of its own
    # A dog for a cat is still an error: the own class counts, not the superclass.
    assert (found["accuracy_animal"], found["accuracy_vehicle"]) == (pytest.approx(2 / 3), 1)


def test_what_is_not_known_is_not_a_number(split):
    found = measured(Trained(split))
    assert [key for key, value in found.items() if np.isnan(value)] == ["validation", "ood"]
    only_cats = Predictions(split.logits, np.zeros(300, int), NAMES)
    assert np.isnan(measured(Trained(only_cats, groups=GROUPS))["accuracy_vehicle"])


def test_what_cannot_be_measured_is_refused_in_a_sentence(split):
    with pytest.raises(ValueError, match="at least one sample"):
        measured(Trained(Predictions(np.empty((0, 3)), np.empty(0, int), NAMES)))
    with pytest.raises(ValueError, match="every class exactly once; not so for dog"):
        measured(Trained(split, groups={"animal": ("cat",), "vehicle": ("car",)}))


def test_ten_thousand_images_are_measured_in_less_than_fifteen_milliseconds(rng):
    names, labels = tuple("abcdefghij"), rng.integers(10, size=10_000)
    logits = rng.normal(0, 3, (10_000, 10)).astype(np.float32)
    groups, seconds = {"first": names[:6], "second": names[6:]}, []
    for _ in range(5):
        trained = Trained(Predictions(logits, labels, names), [0.5] * 30, groups, 0.9)
        start = time.process_time()  # of this process alone: others may keep the cores busy
        measured(trained)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.015
