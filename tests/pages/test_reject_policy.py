"""The policy that is downloaded, applied in a terminal, gives the numbers that the page shows."""

import re

import numpy as np
import pytest
import streamlit as st

from core.metrics.policy import PNORM, main
from core.metrics.policy_file import from_json
from core.metrics.uncertainty import least_confidence
from core.training import runs
from tests.pages.test_pages import metrics
from tests.pages.test_reject_guarantee import numbers

REJECT = "pages/4_Reject.py"


@pytest.fixture
def files(monkeypatch) -> dict[str, str]:
    """The text of every file that a page offers, by the key of its button; file name and type are checked."""
    offered = {}

    def offer(label, data, file_name, mime, *, key, help, **settings):
        assert (label, mime) == ("Policy (JSON)", "application/json")
        assert "table" in help
        assert file_name.endswith("-policy.json")
        offered[key] = data()

    monkeypatch.setattr(st, "download_button", offer)
    return offered


@pytest.fixture
def apply(tmp_path, capsys):
    """Applies a policy to the test predictions of a run: (text, name of the run) -> what is printed, lines of the table."""

    def applied(text: str, name: str) -> tuple[str, list[str]]:
        policy, table = tmp_path / "policy.json", tmp_path / "answers.csv"
        policy.write_text(text, encoding="utf-8")
        predictions = runs.find(name).folder / "predictions/test.npz"
        assert main([str(policy), str(predictions), "--table", str(table)]) == 0
        return capsys.readouterr().out, table.read_text(encoding="utf-8").splitlines()

    return applied


def answered(printed: str) -> tuple[str, str]:
    """Coverage, and accuracy of the answered, as they are printed."""
    found = re.search(r"samples \(([\d.]+ %)\)\.\nRight: .* answered \(([\d.]+ %)\)", printed)
    return found.group(1), found.group(2)


@pytest.mark.parametrize("score", ["Least confidence", "Entropy", "Max logit", "Energy", "MaxLogit-pNorm"])
def test_the_policy_of_threshold_gives_coverage_and_accuracy_of_the_page(open_page, files, apply, score):
    app = open_page(REJECT, run="cifar10-conv10", score=score)
    printed, table = apply(files["policy"], "cifar10-conv10")
    assert answered(printed) == (metrics(app)["Coverage"], metrics(app)["Selective accuracy"])
    assert len(table) == 10_001
    assert f"{sum('know' in line for line in table):,}" == metrics(app)["Images refused"]
    policy = from_json(files["policy"])
    assert (policy.score, policy.promise) == (score, None)
    assert (policy.max_logit_p is not None) == (score == PNORM)
    assert any("`python -m core.metrics.policy POLICY PREDICTIONS`" in caption.value for caption in app.caption)
    assert re.search(r"by hand: coverage 97\.\d\d % and selective accuracy \d\d\.\d\d % on validation", printed)


def test_the_policies_of_guarantee_give_coverage_and_risk_of_the_page_with_their_promise(open_page, files, apply):
    app = open_page(REJECT, run="cifar10-conv10", view="Guarantee", risk="3.0", confidence="99 %")
    for place, (key, procedure) in enumerate((("policy_sequence", "fixed-sequence testing"), ("policy_sgr", "SGR"))):
        printed, _ = apply(files[key], "cifar10-conv10")
        coverage, accuracy = answered(printed)
        shown = numbers(app, place)
        assert coverage == shown["Test coverage"]
        assert 100 - float(accuracy.removesuffix(" %")) == pytest.approx(float(shown["Test risk"].removesuffix(" %")))
        promise = from_json(files[key]).promise
        assert (promise.risk, promise.delta, promise.procedure) == (0.03, 0.01, procedure)
        assert promise.num_samples == (4500, 5000)[place]
        assert f"{100 * promise.bound:.2f} %" == shown["Bound"]
        assert "Promise: at most 3 % of the answers are wrong, with probability 0.99" in printed


def test_the_policy_of_cost_answers_what_the_cheapest_threshold_answers(open_page, files, apply):
    test = runs.find("mnist-dense").predictions("test")
    open_page(REJECT, run="mnist-dense", view="Cost", price="30")
    policy = from_json(files["policy_cost"])
    accepted = least_confidence(test.probs) <= policy.threshold
    printed, _ = apply(files["policy_cost"], "mnist-dense")
    assert answered(printed) == (f"{100 * accepted.mean():.2f} %", f"{100 * test.correct[accepted].mean():.2f} %")
    assert "lowest cost on validation, a wrong answer costs as much as 30 refusals" in printed


def test_a_score_that_needs_more_than_logits_has_no_policy(open_page, files, monkeypatch):
    from ui.reject import policy

    monkeypatch.setattr(policy, "FROM_LOGITS", frozenset())
    app = open_page(REJECT, run="mnist-dense")
    assert not files
    assert any("works only in the app" in caption.value for caption in app.caption)


def test_a_threshold_that_answers_nothing_is_a_policy_too(open_page, files, apply):
    open_page(REJECT, run="mnist-dense", threshold="-1.0")
    printed, _ = apply(files["policy"], "mnist-dense")
    assert "Answered: 0 of 10,000 samples" in printed
    assert np.isfinite(from_json(files["policy"]).threshold)
