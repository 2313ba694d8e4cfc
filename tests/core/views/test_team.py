"""The chart of a network and people together."""

import numpy as np

from core.metrics.team import Division, team_curve
from core.views.team import team_accuracy
from tests.core.views.tables import tables


def test_the_shade_is_where_the_team_beats_both():
    uncertainty, correct = [0.1, 0.2, 0.3, 0.9], [True, True, True, False]
    curve = team_curve(uncertainty, correct, 0.8)
    drawn = tables(team_accuracy(curve, Division(0.3, 0.25, 0.95, 1.0, 0.8, 0.75)))
    better = drawn["better"].dropna()
    np.testing.assert_allclose(better["share"], [0.75, 0.5, 0.25])
    np.testing.assert_allclose(better["accuracy"], [0.85, 0.9, 0.95], rtol=1e-6)
    assert drawn["chosen"].iloc[0].tolist() == [0.25, 0.95, 0.3]
    ends = drawn["lines"].groupby("who")["accuracy"].agg(["min", "max"])
    np.testing.assert_allclose(ends.loc["people alone"], [0.8, 0.8], rtol=1e-6)
    np.testing.assert_allclose(ends.loc["network alone"], [0.75, 0.75])


def test_a_team_that_leaves_everything_to_people_has_a_point_without_a_threshold():
    curve = team_curve([0.1, 0.2], [False, False], 1.0)
    drawn = tables(team_accuracy(curve, Division(-np.inf, 1.0, 1.0, float("nan"), 1.0, 1.0)))
    assert drawn["chosen"]["share"].tolist() == [1.0]
    assert drawn["chosen"]["threshold"].isna().all()
