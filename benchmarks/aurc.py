"""How well each score of logits ranks the errors of the trained models that come along: `python -m benchmarks.aurc`.

Prints the area under the risk-coverage curve on the test images, times 10,000; lower is better. p of MaxLogit-pNorm is chosen on
the validation images.
"""

from core.metrics.evidence import Evidence, Reference
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.metrics.selective import aurc
from core.training import runs
from core.training.starter import STARTERS


def main() -> None:
    labels = labels_from(FROM_LOGITS)
    print(f"| run | images | p | {' | '.join(labels)} |")
    print("|---" * (len(labels) + 3) + "|")
    for name in STARTERS:
        run = runs.find(name)
        test, reference = run.predictions("test"), Reference(run.predictions("validation"))
        seen = Evidence(test.logits)
        values = [f"{10_000 * aurc(SCORES[label].values(seen, reference), test.correct):.1f}" for label in labels]
        p = "–" if reference.max_logit_p is None else str(reference.max_logit_p)
        print(f"| {name} | {test.num_samples:,} | {p} | {' | '.join(values)} |")


if __name__ == "__main__":
    main()
