import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.metrics.evidence import Evidence, Reference
from core.metrics.policy import (
    Policy,
    Promise,
    from_json,
    load_answers,
    main,
    outcome,
    to_json,
    uncertainty,
    write_table,
)
from core.metrics.predictions import Answers, Predictions
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from

NAMES = ("猫", "dog")
PROMISE = Promise("fixed-sequence testing", 0.01, 0.05, 0.0098, 0.68, 4500)
POLICY = Policy("my-run", NAMES, "Least confidence", 0.25, "guaranteed on validation", PROMISE)
LOGITS = np.float32([[3, 0], [0, 0.5], [0, 2], [4, 0]])
PREDICTIONS = Predictions(LOGITS, np.array([0, 0, 1, 1]), NAMES)
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        Policy("run", NAMES, "Energy", -1 / 3, "by hand"),
        Policy("run", NAMES, "MaxLogit-pNorm", -0.1, "by hand", None, 4),
        Policy("run", NAMES, "Entropy", None, "no threshold is cheap enough"),
        Policy("run", NAMES, "k-NN distance", 0.5, "by hand"),
    ],
)
def test_a_policy_survives_its_file(policy):
    assert from_json(to_json(policy)) == policy
    assert "猫" in to_json(policy)


@pytest.mark.parametrize("score", labels_from(FROM_LOGITS))
def test_every_score_of_logits_is_that_of_the_app(score, rng):
    predictions = Predictions(rng.normal(size=(60, 5)), rng.integers(5, size=60), tuple("abcde"))
    reference = Reference(predictions)
    policy = Policy("run", tuple("abcde"), score, 0.0, "by hand", None, reference.max_logit_p)
    expected = SCORES[score].values(Evidence(predictions.logits), reference)
    np.testing.assert_array_equal(uncertainty(policy, predictions), expected)


def test_the_table_has_one_line_per_sample(tmp_path):
    write_table(POLICY, PREDICTIONS, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["answer"] for line in lines] == ["猫", "don't know", "dog", "猫"]
    assert [line["most_likely"] for line in lines] == ["猫", "dog", "dog", "猫"]
    assert [line["label"] for line in lines] == ["猫", "猫", "dog", "dog"]
    assert [float(line["uncertainty"]) for line in lines] == (1 - PREDICTIONS.probs.max(axis=1)).tolist()
    write_table(POLICY, Answers(LOGITS, NAMES), tmp_path / "table.csv")
    assert (
        (tmp_path / "table.csv").read_text(encoding="utf-8").startswith("sample,answer,most_likely,uncertainty\n0,猫,")
    )


def test_the_outcome_is_told_in_sentences():
    assert outcome(POLICY, PREDICTIONS).splitlines() == [
        "Policy: answer if Least confidence is at most 0.25 (run my-run, guaranteed on validation).",
        "Answered: 3 of 4 samples (75.00 %).",
        "Right: 2 of the 3 answered (66.67 %), 1 wrong answer refused.",
        "Promise: at most 1 % of the answers are wrong, with probability 0.95 (fixed-sequence testing, 4,500 calibration "
        "samples).",
    ]
    assert "Right" not in outcome(POLICY, Answers(LOGITS, NAMES))


def test_a_policy_without_threshold_answers_nothing():
    nothing = Policy("run", NAMES, "Entropy", None, "nothing can be guaranteed")
    assert outcome(nothing, PREDICTIONS).splitlines() == [
        "Policy: answer nothing (run run, nothing can be guaranteed).",
        "Answered: 0 of 4 samples (0.00 %).",
        "Right: 0 of the 0 answered, 2 wrong answers refused.",
    ]


def test_it_runs_from_a_terminal(tmp_path):
    (tmp_path / "policy.json").write_text(to_json(POLICY), encoding="utf-8")
    PREDICTIONS.save(tmp_path / "test.npz")
    command = [sys.executable, "-m", "core.metrics.policy", str(tmp_path / "policy.json"), str(tmp_path / "test.npz")]
    table = tmp_path / "table.csv"
    done = subprocess.run(
        [*command, "--table", str(table)], capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=True
    )
    assert done.stdout == f"{outcome(POLICY, PREDICTIONS)}\nTable: {table}\n"
    assert len(table.read_text(encoding="utf-8").splitlines()) == 5


def test_predictions_without_labels_are_answered(tmp_path, capsys):
    (tmp_path / "policy.json").write_text(to_json(POLICY), encoding="utf-8")
    np.savez(tmp_path / "new.npz", logits=LOGITS, class_names=np.array(NAMES))
    assert main([str(tmp_path / "policy.json"), str(tmp_path / "new.npz"), "--table", str(tmp_path / "table.csv")]) == 0
    assert "Answered: 3 of 4" in capsys.readouterr().out


def changed(**changes):
    read = json.loads(to_json(POLICY))
    return json.dumps({key: value for key, value in {**read, **changes}.items() if value != "left out"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "must be JSON, but line 1"),
        ("3", "must be a JSON object"),
        (changed(score="left out"), "missing: score"),
        (changed(more=1), "no other keys than .*; got more"),
        (changed(score="Cleverness"), '"Cleverness" is unknown'),
        (changed(score=3), "score of a policy must be a text, got 3"),
        (changed(threshold="low"), 'threshold of a policy must be a number or null, got "low"'),
        (changed(threshold=True), "threshold of a policy must be a number or null, got true"),
        (changed(threshold=1).replace('"threshold": 1', '"threshold": NaN'), "must be a finite number, got nan"),
        (changed(class_names="cat"), "class_names of a policy must be a list of texts"),
        (changed(max_logit_p=1.5), "max_logit_p of a policy must be a whole number"),
        (changed(promise=[]), "promise of a policy must be an object or null"),
        (changed(promise={"risk": 0.1}), "A promise must have the keys .*; missing: procedure"),
        (
            changed(promise={**json.loads(to_json(POLICY))["promise"], "risk": "1 %"}),
            "risk of a policy must be a number",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(text, sentence, tmp_path, capsys):
    with pytest.raises(ValueError, match=sentence):
        from_json(text)
    (tmp_path / "policy.json").write_text(text, encoding="utf-8")
    PREDICTIONS.save(tmp_path / "test.npz")
    assert (
        main([str(tmp_path / "policy.json"), str(tmp_path / "test.npz"), "--table", str(tmp_path / "table.csv")]) == 2
    )
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "table.csv").exists()


def test_predictions_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="needs more than logits"):
        uncertainty(Policy("run", NAMES, "MC mutual information", 0.1, "by hand"), PREDICTIONS)
    with pytest.raises(ValueError, match="with the classes cat, dog"):
        uncertainty(Policy("run", ("cat", "dog"), "Entropy", 0.1, "by hand"), PREDICTIONS)
    with pytest.raises(ValueError, match="no sample"):
        outcome(POLICY, Answers(np.zeros((0, 2)), NAMES))
    with pytest.raises(ValueError, match="There is no file"):
        load_answers(tmp_path / "nowhere.npz")
    (tmp_path / "text.npz").write_text("no archive")
    np.save(tmp_path / "array.npy", LOGITS)
    np.savez(tmp_path / "probs.npz", probs=LOGITS)
    for name in ("text.npz", "array.npy", "probs.npz"):
        with pytest.raises(ValueError, match=r"must be an \.npz file"):
            load_answers(tmp_path / name)


def test_a_threshold_must_be_finite():
    with pytest.raises(ValueError, match="Give None to answer nothing"):
        Policy("run", NAMES, "Entropy", float("-inf"), "by hand")
