"""The tables of scores and of conventions in HTML, and the curves beside them."""

import re

import numpy as np
import pytest

from core.metrics.conventions import Convention, conventions
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.selective_table import MEASURES, selective_table
from core.views.convention_table import against, convention_table
from core.views.risk_curves import risk_coverage
from core.views.score_table import Named, by_aurc, name, paired_difference, score_table
from tests.core.views.tables import tables

NAMES = {"good": Named("A <good> score", "Says <good>."), "bad": Named("bad", "")}


def cells(html: str) -> list[list[str]]:
    """The rows of the body, each cell as it stands in the HTML."""
    body = html.partition("<tbody>")[2]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body.split("</tr>")[:-1]]


def bold(html: str) -> list[list[bool]]:
    return [["<b>" in cell for cell in row[1:]] for row in cells(html)]


def test_the_best_score_comes_first_and_is_bold():
    table = selective_table({"bad": [0.9, 0.2, 0.1], "good": [0.1, 0.2, 0.9]}, [True, True, False])
    html = score_table(table, NAMES)
    shown = cells(html)
    # Of three images the least certain is wrong: risks 0, 0, 1/3, so AURC is 1/9; in the other order 1, 1/2, 1/3.
    assert shown[0][:2] == ["A &lt;good&gt; score", "<b>111.111</b>"]
    assert shown[1][:2] == ["bad", "611.111"]
    assert bold(html)[0] == [True] * len(MEASURES)
    assert not any(bold(html)[1][:3])
    assert 'title="Says &lt;good&gt;."' in html
    assert html.count("<th scope=") == 1 + len(MEASURES) + 2


def test_each_column_says_what_it_means_and_which_way_is_better():
    html = score_table(selective_table({"good": [0.1, 0.9]}, [True, False]), NAMES)
    head = re.findall(r'<th scope="col" title="([^"]*)">([^<]*)<small>([^<]*)</small>', html)
    assert [label for _, label, _ in head] == [name(measure) for measure in MEASURES.values()]
    for (meaning, _, better), measure in zip(head, MEASURES.values(), strict=True):
        assert better == ("higher is better" if measure.higher_is_better else "lower is better")
        assert better.capitalize() in meaning
        assert measure.source.split("&")[0] in meaning


def test_with_intervals_what_cannot_be_told_from_the_best_is_bold_too(rng):
    correct = rng.random(500) > 0.1
    good = rng.random(500) + 0.8 * ~correct
    scores = {"good": good, "nearly": good + 0.02 * rng.random(500), "bad": rng.random(500)}
    table = selective_table(scores, correct, num_resamples=300)
    html = score_table(table, {score: Named(score, "") for score in scores})
    order = [row[0] for row in cells(html)]
    assert bold(html) == [[table[score][key].among_best for key in MEASURES] for score in order]
    assert bold(html)[order.index("nearly")][0] and not bold(html)[order.index("bad")][0]
    lower, upper = table["bad"]["aurc"].interval
    assert (
        cells(html)[order.index("bad")][1]
        == f"{1000 * table['bad']['aurc'].value:.3f}<small>{1000 * lower:.3f} – {1000 * upper:.3f}</small>"
    )
    best = next(score for score in scores if table[score]["aurc"].is_best)
    said = f"Minus {best}, the best: 95 % interval of the paired difference {paired_difference(MEASURES['aurc'], table['bad']['aurc'])}."
    assert said in html and " to +" in said


def test_where_a_measure_is_not_defined_there_is_a_dash_and_nothing_is_bold():
    html = score_table(selective_table({"good": [0.1, 0.2]}, [True, True], num_resamples=5), NAMES)
    place = list(MEASURES).index("error_auroc")
    assert cells(html)[0][1 + place] == "–" and not bold(html)[0][place]


def test_equal_orders_keep_their_place():
    assert by_aurc(selective_table({"b": [1, 2, 3], "a": [10, 20, 30]}, [True, False, True])) == ["b", "a"]


def test_the_curves_are_error_rates_and_the_best_order_refuses_all_errors_first():
    correct = np.array([True, False, True, True])
    found = tables(risk_coverage({"a": accuracy_coverage_curve([0.1, 0.2, 0.3, 0.4], correct)}))
    assert found["curves"].coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert found["curves"].risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4], abs=1e-6)
    best = found["best"]
    assert best.risk[best.coverage <= 0.75].abs().max() < 1e-6
    assert best.risk.iloc[-1] == pytest.approx(1 / 4)


@pytest.mark.parametrize("correct", [[True], [False], [True, True], [False, False]])
def test_curves_without_errors_or_without_right_answers_can_be_drawn(correct):
    found = tables(risk_coverage({"a": accuracy_coverage_curve(np.arange(len(correct)), correct)}))
    assert found["curves"].risk.tolist() == [float(not right) for right in correct]
    assert found["best"].risk.iloc[-1] == float(not correct[0])
    assert not found["best"].isna().any().any()


def test_each_convention_stands_below_ours_with_its_ratio():
    rows = (
        Convention("AURC", "ours", 0.00123456, "this app", True),
        Convention("AURC", "times 1,000", 1.23456, "tables"),
        Convention("ECE", "ours", 0.0, "this app", True),
        Convention("ECE", "bins of < 1", 0.5, "a <library>"),
        Convention("ECE", "not defined", float("nan"), "nobody"),
    )
    shown = cells(convention_table(rows))
    assert shown[0] == ["AURC", "<b>0.0012346</b>", "", "this app", "ours"]
    assert shown[1] == ["1.2346", "× 1,000", "tables", "times 1,000"]
    assert shown[2][0] == "ECE"
    assert shown[3] == ["0.5", "–", "a &lt;library&gt;", "bins of &lt; 1"]
    assert shown[4][:2] == ["–", "–"]
    assert 'rowspan="3"' in convention_table(rows)


def test_equal_numbers_are_called_the_same():
    predictions = Predictions(np.log([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]]), np.array([0, 1, 0]), ("a", "b"))
    rows = conventions(predictions, [0.1, 0.4, 0.3])
    in_row_order = next(row for row in rows if row.convention == "ties in the order of the rows")
    assert against(in_row_order.value, rows[0].value) == "the same"  # no two scores are equal
