import numpy as np
import pytest

from core.metrics.cost import cheapest_threshold
from core.metrics.team import cheapest_division, division, team_curve
from core.metrics.votes import drawn_vote_accuracy, majority_accuracy

UNCERTAINTY = np.array([0.1, 0.2, 0.2, 0.3, 0.9])
CORRECT = np.array([True, True, False, True, False])


@pytest.fixture
def team(rng):
    """Network and people, both with errors that depend on the image; 21 distinct scores."""
    uncertainty = rng.integers(0, 21, 400) / 20
    return uncertainty, rng.random(400) > 0.6 * uncertainty, np.round(rng.random(400), 2)


def test_five_images_by_hand():
    curve = team_curve(UNCERTAINTY, CORRECT, [0.5, 0.5, 1.0, 0.0, 1.0])
    assert curve.threshold.tolist() == [-np.inf, 0.1, 0.2, 0.3, 0.9]
    assert curve.people_share == pytest.approx([1, 0.8, 0.4, 0.2, 0])
    assert curve.accuracy == pytest.approx([3 / 5, 3.5 / 5, 3 / 5, 4 / 5, 3 / 5])
    assert (curve.people_alone, curve.network_alone) == pytest.approx((0.6, 0.6))
    assert curve.beats_both.tolist() == [False, True, False, True, False]


def test_the_curve_is_its_brute_force_twin(team):
    uncertainty, correct, people = team
    curve = team_curve(uncertainty, correct, people)
    assert curve.threshold.tolist() == [-np.inf, *np.unique(uncertainty)]
    for threshold, share, accuracy in zip(curve.threshold, curve.people_share, curve.accuracy, strict=True):
        answers = [
            right if score <= threshold else person
            for score, right, person in zip(uncertainty, correct, people, strict=True)
        ]
        assert accuracy == pytest.approx(np.mean(answers))
        assert share == pytest.approx((uncertainty > threshold).mean())
        assert division(uncertainty, correct, people, threshold, 1, 0).accuracy == pytest.approx(accuracy)


def test_one_probability_for_all_is_the_same_as_that_for_each(team):
    uncertainty, correct, _ = team
    np.testing.assert_allclose(
        team_curve(uncertainty, correct, 0.9).accuracy, team_curve(uncertainty, correct, np.full(400, 0.9)).accuracy
    )


def test_the_order_of_the_rows_does_not_matter(team, rng):
    shuffled = rng.permutation(400)
    curve, other = team_curve(*team), team_curve(*(values[shuffled] for values in team))
    np.testing.assert_allclose(curve.accuracy, other.accuracy, atol=1e-14)


def test_people_who_are_always_right_make_the_team_better_with_all_that_they_answer():
    curve = team_curve(UNCERTAINTY, CORRECT, 1)
    assert curve.people_alone == 1
    assert not curve.beats_both.any()
    assert (np.diff(curve.accuracy) <= 0).all()


def test_a_vote_drawn_and_the_majority_by_hand():
    votes, labels = np.array([[3, 1, 0], [1, 2, 2], [0, 0, 5], [2, 2, 2]]), np.array([0, 1, 0, 2])
    assert drawn_vote_accuracy(votes, labels) == pytest.approx([0.75, 0.4, 0, 1 / 3])
    assert majority_accuracy(votes, labels) == pytest.approx([1, 0.5, 0, 1 / 3])


def test_a_drawn_vote_is_right_as_often_as_expected(rng):
    votes, labels = rng.integers(0, 9, (50, 4)) + 1, rng.integers(4, size=50)
    people = [np.repeat(np.arange(4), row) for row in votes]
    drawn = np.array([[rng.choice(voters) for voters in people] for _ in range(400)])
    deviation = np.sqrt(0.25 / (400 * 50))
    assert (drawn == labels).mean() == pytest.approx(drawn_vote_accuracy(votes, labels).mean(), abs=4 * deviation)


def test_the_cheapest_division_is_the_best_of_all(team):
    uncertainty, correct, people = team
    found = cheapest_division(uncertainty, correct, people, error_price=10, person_price=1)
    costs = [
        division(uncertainty, correct, people, threshold, 10, 1).cost
        for threshold in [-np.inf, *np.unique(uncertainty)]
    ]
    assert found.cost == pytest.approx(min(costs))
    assert found.cost == pytest.approx(10 * (1 - found.accuracy) + found.people_share)


def test_if_people_never_err_it_is_the_cheapest_refusal(team):
    uncertainty, correct, _ = team
    found = cheapest_division(uncertainty, correct, 1, error_price=4, person_price=1)
    assert found.threshold == cheapest_threshold(uncertainty, correct, error_cost=4, reject_cost=1)


def test_equally_cheap_divisions_leave_the_least_work_to_people():
    assert cheapest_division(UNCERTAINTY, CORRECT, 0.5, error_price=0, person_price=0).people_share == 0
    free = cheapest_division([0.1, 0.2], [True, False], 1.0, error_price=1, person_price=0)
    assert (free.people_share, free.accuracy) == (0.5, 1.0)


@pytest.mark.parametrize(("right", "share"), [(True, 0), (False, 1)])
def test_all_right_needs_nobody_and_all_wrong_everybody(right, share):
    found = cheapest_division([0.1, 0.2], [right, right], 0.8, error_price=10, person_price=1)
    assert found.people_share == share
    assert np.isnan(found.people_accuracy if right else found.network_accuracy)
    one = cheapest_division([0.1], [right], 0.8, error_price=10, person_price=1)
    assert one.people_share == share


def test_impossible_arguments_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="one number or have shape"):
        team_curve(UNCERTAINTY, CORRECT, [0.5, 0.5])
    with pytest.raises(ValueError, match="probabilities in"):
        team_curve(UNCERTAINTY, CORRECT, 95)
    with pytest.raises(ValueError, match="probabilities in"):
        team_curve(UNCERTAINTY, CORRECT, np.nan)
    with pytest.raises(ValueError, match="at least one vote"):
        drawn_vote_accuracy(np.zeros((1, 2), int), np.array([0]))
    with pytest.raises(ValueError, match="one row per label"):
        majority_accuracy(np.ones((1, 2), int), np.array([0, 1]))
    with pytest.raises(ValueError, match="Prices must be"):
        cheapest_division(UNCERTAINTY, CORRECT, 0.5, -1, 1)
    with pytest.raises(ValueError, match="threshold must be a number"):
        division(UNCERTAINTY, CORRECT, 0.5, np.nan, 1, 1)
