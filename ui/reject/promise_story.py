"""What view Guarantee says in sentences, with the numbers of the run."""

from core.metrics.fixed_sequence import SHARE
from core.metrics.guarantee import samples_needed
from core.metrics.intervals import share_interval
from core.metrics.policy import PNORM
from core.metrics.predictions import Predictions
from core.training.runs import Run
from ui import loaded
from ui.components.controls import percent
from ui.reject.promise import Asked, Promised

WHY = f"""
Both procedures look at the number of errors among the answered validation images. From it, Clopper and Pearson's exact bound (1934)
says how high the true risk can be. One bound is wrong with probability delta at most (delta = 1 − confidence). But the threshold is
chosen because its bound looks good, so something has to be said about the choice.

**Fixed-sequence testing** (Angelopoulos et al. 2021, [Learn then Test](https://arxiv.org/abs/2110.01052)). {100 * SHARE:.0f} % of the validation
images give a list of thresholds; their labels are not used. The other images test these thresholds, from the strictest on. The
first bound that is higher than the wanted risk ends the search, and the threshold before it is taken. *Why no correction for many
tests?* The list is fixed before the test. If some of its thresholds have a true risk that is too high, one of them comes first. A false
promise needs the test of exactly this threshold to pass, because no test is skipped. That happens with probability delta at most.

**SGR**, selection with guaranteed risk (Geifman & El-Yaniv 2017, [paper](https://arxiv.org/abs/1705.08500)). A bisection looks for the
largest coverage whose bound holds. It tries about log2(n) thresholds, and each may use only its share of delta, so its bounds are higher.

*May the thresholds be scores of the images that test them?* Yes, if the image that sets the threshold is not counted. Let
t be the i-th smallest score. Given t, the images with a score below t are independent draws from all images below t, so the bound is
exact for them. The code counts in this way.

*May the labels decide which threshold is tried next?* Only with an assumption. Other labels would lead the bisection to other
thresholds, up to n of them, and the shares of delta pay for one path only. The sum is a proof if **the true risk never falls while the
threshold rises**, as it should be with a score that is good for anything. Fixed-sequence testing needs no such assumption. So where the
two differ, trust fixed-sequence testing.

**What no procedure allows for**: score and wanted risk must be chosen before looking at these numbers. Whoever tries ten scores and takes
the best has used the validation images ten times.
"""


def story(asked: Asked, sequence: Promised, bisection: Promised) -> str:
    """What is promised and what became of it on test."""
    more = ""
    if sequence.outcome is not None and bisection.outcome is not None:
        points = 100 * (bisection.outcome.coverage - sequence.outcome.coverage)
        more = f" ({abs(points):.2f} percentage points {'more' if points > 0 else 'less'})"
    return (
        f"Asked: {asked.words}. Fixed-sequence testing {_became(asked, sequence)} "
        f"The bisection SGR {_became(asked, bisection, more)} Ask for less risk: how much coverage does it cost?"
    )


def _became(asked: Asked, promised: Promised, more: str = "") -> str:
    outcome = promised.outcome
    if outcome is None:
        return "finds no threshold for this."
    said = f"answers **{percent(outcome.coverage)}** of the {outcome.num_accepted + outcome.num_rejected:,} test images{more}"
    if promised.interval is None:
        return f"{said}."
    ending = {
        "kept": "the promise is kept",
        "within chance": "more than promised, but sampling of the test images alone can explain that",
        "missed": "the promise is not kept here",
    }[promised.verdict(asked)]
    return f"{said}, and **{percent(promised.risk)}** of these answers are wrong: {ending}."


def refusal(asked: Asked, run: Run, score: str) -> str:
    """Why no procedure can promise what is asked, in one sentence, and what to do."""
    curve = loaded.scored(run, "validation", score).curve
    number, needed = int(curve.num_accepted[-1]), samples_needed(asked.risk, asked.delta)
    asks = f"No threshold can be promised: {asked.words} takes at least {needed:,} answered validation images without an error"
    if needed > number:
        return (
            f"{asks}, but there are only {number:,}, so ask for a higher risk or less confidence, or train with more "
            "validation images."
        )
    most = min(int((curve.num_accepted < needed).sum()), len(curve.num_accepted) - 1)
    if not curve.num_errors[most]:
        return (
            f"{asks}, and the search begins only where one error would be survived, at {samples_needed(asked.risk, asked.delta, 1):,} "
            f"of {number:,}, so ask for a higher risk or less confidence, or train with more validation images."
        )
    return (
        f"{asks}, and among the {int(curve.num_accepted[most]):,} most certain of the {number:,} there are already "
        f"{int(curve.num_errors[most]):,} wrong, so ask for a higher risk or less confidence, or choose another score."
    )


def on_test(run: Run, asked: Asked, both: tuple[Promised, Promised]) -> str:
    """What the promise rests on, with the run's own numbers."""
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    (easy, easy_interval), (hard, hard_interval) = _wrong(validation), _wrong(test)
    said = (
        "**The promise holds for images drawn like the validation images.** Without refusing, this network is wrong on "
        f"{percent(easy)} of {validation.num_samples:,} validation images ({easy_interval}) and on {percent(hard)} of "
        f"{test.num_samples:,} test images ({hard_interval}). "
    )
    if hard <= easy:
        said += "So the test images are not harder for it."
    elif share_interval(*_errors(validation))[1] < share_interval(*_errors(test))[0]:
        said += "The test images are harder for it, so a promise made on the validation images may fail on them."
    else:
        said += (
            f"On test it is wrong {100 * (hard - easy):.2f} percentage points more often. The two intervals overlap, so chance may explain "
            "that; but a promise made on easier images fails more easily."
        )
    for verdict, meaning in (
        ("within chance", "the 95 % confidence interval of that contains what was promised, so the test sample alone can explain it."),
        ("missed", f"probably either the validation sample was unlucky, as at most {100 * asked.delta:g} of 100 are, or the test images are not drawn like the validation images."),
    ):  # fmt: skip
        if names := " and ".join(
            f"{percent(each.risk)} ({each.procedure})" for each in both if each.verdict(asked) == verdict
        ):
            said += f" Here {100 * asked.risk:.1f} % was promised, and on test it is {names}: {meaning}"
    return said


def _errors(answers: Predictions) -> tuple[int, int]:
    """The number of wrong answers, and of all."""
    return int((~answers.correct).sum()), answers.num_samples


def _wrong(answers: Predictions) -> tuple[float, str]:
    """The share of wrong answers, and its interval in words."""
    number, of = _errors(answers)
    lower, upper = share_interval(number, of)
    return number / of, f"95 % confidence interval {percent(lower)} to {percent(upper)}"


def used(run: Run, score: str) -> str:
    """For what else the validation images were used, which the promise does not allow for."""
    patience = run.config.patience
    said = (
        "In training, these validation images also chose the epoch whose weights are kept, the one with the lowest validation loss. So "
        "they look slightly easier than new images, and the promise is slightly too good."
        if patience
        else "In training, the weights of the last epoch were kept: the validation images did not choose the epoch."
    )
    if score == PNORM:
        said += " They did choose the p of this score, though, which the promise does not allow for."
    return said
