"""Ensemble: the mean answer of several seeds of one recipe, beside the single runs."""

from collections.abc import Callable, Mapping
from math import isnan, nan

import numpy as np
import pyarrow as pa
import streamlit as st

from core.metrics.ensemble_gain import EnsembleGain, Figures
from core.training.grouping import Group
from core.training.runs import Damaged
from core.views import ensembles
from core.views.ensembles import Marks
from ui.compare.choice import Compared
from ui.compare.named import one_of
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.loaded.ensembles import gain_of

SOURCE = (
    "A deep ensemble ([Lakshminarayanan et al. 2017](https://arxiv.org/abs/1612.01474)) is one of the strongest baselines of this field: several "
    "networks of one recipe answer with the mean of their probabilities. Their mutual information says how much they disagree. It "
    "takes as much computing as all its members together."
)
NO_OOD = (
    "OOD AUROC is missing for {}, because not every run has kept its logits for images of another data set. An experiment computes them "
    "at the end of each run, if that data set is here."
)
HELP = {
    "Test accuracy": "Share of right answers; higher is better.",
    "ECE": "Expected calibration error: the mean gap between confidence and accuracy; lower is better.",
    "AURC": "Mean error rate of the answered images over all coverages; lower is better.",
    "OOD AUROC": "The probability that an out-of-distribution image is more uncertain than a test image; higher is better, 0.5 is chance.",
}
# Title -> which way is better, whether it is shown in percent, and its value.
MEASURES: Mapping[str, tuple[str, bool, Callable[[Figures], float]]] = {
    "Test accuracy": ("higher is better", True, lambda figures: figures.accuracy),
    "ECE": ("lower is better", False, lambda figures: figures.ece),
    "AURC": ("lower is better", False, lambda figures: figures.aurc),
    "OOD AUROC": ("higher is better", False, lambda figures: figures.ood_auroc),
}
OF_UNCERTAINTY = ("AURC", "OOD AUROC")  # which another score changes


def show(compared: Compared) -> None:
    groups = {group.short: group for group in compared.runs.groups if len(group.by_seed) > 1}
    if not groups:
        st.info(
            "An ensemble needs at least two runs of the same recipe with different seeds. Train or choose more seeds.",
            icon=":material/groups:",
        )
        return
    found = {name: gain for name, group in groups.items() if (gain := _gain(name, group)) is not None}
    if not found:
        return
    story = st.container()
    name = one_of("Recipe", list(found), key="recipe", help="Whose ensemble is told about and drawn as curves.")
    gain = found[name]
    story.markdown(_story(name, gain, compared.num_test))
    left, right = st.columns([1, 1.4])
    chart = ensembles.curves(gain.member_curves, gain.curve, gain.curve_by_mutual_information)
    left.vega_lite_chart(spec=chart, alt="Accuracy against coverage of the ensemble and the single runs")
    with right:
        _show_dots(groups, found)
    _show_table(found)
    if without := [plain(name) for name, gain in found.items() if isnan(gain.ensemble.ood_auroc)]:
        st.caption(NO_OOD.format(" and ".join(without)))
    if alone := [plain(group.short) for group in compared.runs.groups if len(group.by_seed) == 1]:
        st.caption(f"Without an ensemble, because they have one seed: {', '.join(alone)}.")
    st.caption(SOURCE)


def _gain(name: str, group: Group) -> EnsembleGain | None:
    try:
        return gain_of(tuple(group.by_seed.values()))
    except (Damaged, ValueError) as error:
        st.error(f"There is no ensemble of {plain(name)}: {plain(str(error))}", icon=":material/error:")
        return None


def _story(name: str, gain: EnsembleGain, num_test: int) -> str:
    """What the ensemble gains against the mean and the best single run, and what to try."""
    accuracies = [member.accuracy for member in gain.members]
    aurcs = [member.aurc for member in gain.members]
    mean, best = float(np.mean(accuracies)), max(accuracies)
    whole = gain.ensemble
    return (
        f"The ensemble of {len(gain.members)} networks of **{plain(name)}** is right on **{percent(whole.accuracy)}** of {num_test:,} test "
        f"images: {_points(whole.accuracy - mean)} against the mean single run ({percent(mean)}) and "
        f"{_points(whole.accuracy - best)} against the best one ({percent(best)}). Its AURC (lower is better) is "
        f"**{whole.aurc:.4f}**; the single runs have {np.mean(aurcs):.4f} on average, {min(aurcs):.4f} at best. "
        "Look at the diamonds: where one lies on the better side of all its dots, the ensemble beats every single run."
    )


def _points(difference: float) -> str:
    return f"**{100 * difference:+.2f}** points".replace("-", "\N{MINUS SIGN}")


def _show_dots(groups: Mapping[str, Group], found: Mapping[str, EnsembleGain]) -> None:
    columns = st.columns(2)
    for place, (title, (better, in_percent, value)) in enumerate(MEASURES.items()):
        recipes = {
            name: Marks(
                dict(zip(groups[name].by_seed, map(value, gain.members), strict=True)),
                value(gain.ensemble),
                value(gain.by_mutual_information) if title in OF_UNCERTAINTY else nan,
            )
            for name, gain in found.items()
        }
        if all(isnan(marks.ensemble) for marks in recipes.values()):
            continue
        chart = ensembles.dots(recipes, title, better, in_percent=in_percent)
        columns[place % 2].vega_lite_chart(spec=chart, alt=f"{title} of the single runs and of their ensemble")


def _show_table(found: Mapping[str, EnsembleGain]) -> None:
    rows: list[tuple[str, str, list[float]]] = []
    for name, gain in found.items():
        members = np.array([[value(member) for _, _, value in MEASURES.values()] for member in gain.members])
        signs = np.array([1 if better.startswith("higher") else -1 for better, _, _ in MEASURES.values()])
        best = signs * (signs * members).max(axis=0)
        ensemble, information = (
            [value(figures) for _, _, value in MEASURES.values()]
            for figures in (gain.ensemble, gain.by_mutual_information)
        )
        rows += [
            (name, f"mean of {len(members)} single runs", members.mean(axis=0).tolist()),
            (name, "best single run", best.tolist()),
            (name, "ensemble", ensemble),
            (name, "ensemble, by mutual information", information),
        ]
    columns = {
        title: [_number(values[place], in_percent=in_percent) for _, _, values in rows]
        for place, (title, (_, in_percent, _)) in enumerate(MEASURES.items())
    }
    st.dataframe(
        pa.table({"Recipe": [row[0] for row in rows], "Answers of": [row[1] for row in rows], **columns}),
        hide_index=True,
        column_config={
            **{title: st.column_config.TextColumn(help=help) for title, help in HELP.items()},
            "Answers of": st.column_config.TextColumn(
                help="The best single run is that of each measure on the test images, which favours it."
            ),
        },
    )  # fmt: skip


def _number(value: float, *, in_percent: bool) -> str:
    return percent(value) if in_percent or isnan(value) else f"{value:.4f}"
