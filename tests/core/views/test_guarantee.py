"""The chart of the bound above the risk."""

import numpy as np
import pytest

from core.metrics.guarantee import none_holds, risk_curve, sgr
from core.metrics.selective import accuracy_coverage_curve
from core.views.guarantee import bound_above_risk
from tests.core.views.tables import tables

UNCERTAINTY, CORRECT = np.arange(2000.0), np.arange(2000) % 20 != 19  # 5 % are wrong, wherever
CORRECT[:1000] = True


def drawn(wanted: float, found):
    curve, test = risk_curve(UNCERTAINTY, CORRECT, 0.05), accuracy_coverage_curve(UNCERTAINTY, CORRECT)
    return tables(bound_above_risk(curve, test, wanted, found))


def test_a_point_lies_at_the_coverage_and_the_bound_of_what_was_found():
    found = sgr(UNCERTAINTY, CORRECT, 0.02, 0.05)
    data = drawn(0.02, {"SGR": found, "other": none_holds(3)})
    (point,) = data["points"].to_dict("records")
    assert point["procedure"] == "SGR"
    assert point["threshold"] == found.threshold
    assert (point["coverage"], point["bound"]) == pytest.approx((found.coverage, found.bound), rel=1e-6)
    assert data["wanted"]["coverage"].iloc[0] == pytest.approx(max(1 - 4 * (1 - found.coverage), 0), rel=1e-6)
    assert data["wanted"]["text"].iloc[0] == "wanted: 2.0 %"


def test_the_bound_lies_above_the_risk_and_what_is_above_the_chart_is_left_out():
    lines = drawn(0.02, {"SGR": sgr(UNCERTAINTY, CORRECT, 0.02, 0.05)})["lines"].dropna()
    assert lines["risk"].max() <= 0.05 + 1e-6  # 2.5 times what is wanted
    bound, risk = (
        lines[lines["line"] == name].set_index("coverage")["risk"] for name in ("bound", "risk (validation)")
    )
    assert len(bound)
    assert (bound > risk[bound.index]).all()


def test_without_a_threshold_the_whole_risk_is_shown():
    data = drawn(0.001, {"SGR": none_holds(9)})
    assert data["points"].empty
    assert data["wanted"]["coverage"].tolist() == [0, 1]
    risk = data["lines"].query("line == 'risk (validation)'")["risk"]
    assert risk.iloc[-1] == pytest.approx(0.025)
    assert not risk.isna().any()


def test_a_network_that_is_always_right_and_one_sample_are_drawn():
    curve, test = risk_curve([0.0], [True], 0.05), accuracy_coverage_curve([0.0], [True])
    data = tables(bound_above_risk(curve, test, 0.02, {"SGR": none_holds(1)}))
    assert data["lines"].query("line == 'risk (test)'")["risk"].tolist() == [0]
