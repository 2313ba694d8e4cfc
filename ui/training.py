"""A run before it trains and while it does: options, progress, curves, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from core.data import download, sources
from core.models.sizes import vgg19_layers
from core.training import config as choices
from core.training import runs
from core.training.runs import Run
from core.views import learning

STATUS = {
    "waiting": ":orange-badge[:material/hourglass: waiting]",
    "running": ":blue-badge[:material/sprint: training]",
    "stopped": ":gray-badge[:material/pause: stopped]",
    "interrupted": ":orange-badge[:material/power_off: interrupted]",
    "failed": ":red-badge[:material/error: failed]",
    "done": ":green-badge[:material/check: done]",
}


LOSSES = {
    "cross_entropy": "cross-entropy",
    "superclass": "+ superclass, summed softmax",
    "superclass_hardmax": "+ superclass, hardmax",
    "index_ranges": "+ all ranges of classes",
}


def about_data(dataset: str) -> None:
    """How many images there are, in which groups, and whether they are but a sample."""
    source, count = sources.source(dataset), sources.num_samples(dataset)
    groups = " · ".join(f"{group}: {', '.join(names)}" for group, names in source.groups.items())
    st.caption(
        f"{count['train']:,} images train, {count['validation']:,} validate, {count['test']:,} test.",
        help=f"Groups of classes: {groups}. Cite: {source.citation}",
    )
    if note := sources.note(dataset):
        st.info(note, icon=":material/filter_list:")


def about_network(architecture: str, dataset: str) -> None:
    """VGG19's weights layer by layer, as the article has them."""
    source = sources.source(dataset)
    if architecture != "vgg19":
        return
    layers = vgg19_layers(source.image_shape, len(source.class_names))
    with st.expander("VGG19 layer by layer"):
        st.dataframe(
            {
                "Layer": [layer.name for layer in layers],
                "Weights": [layer.weights for layer in layers],
                "Kernel": [" x ".join(map(str, layer.kernel)) for layer in layers],
                "Output": [" x ".join(map(str, layer.output)) for layer in layers],
            },
            hide_index=True,
            column_config={"Weights": st.column_config.NumberColumn(format="localized")},
        )
        st.caption(
            f"Without biases {sum(layer.weights for layer in layers[:-1]):,} weights, and {layers[-1].weights:,} in the last "
            "layer."
        )


# Field of RunConfig -> key of the widget that asks for it.
KEYS = {
    "optimizer": "optimizer", "learning_rate": "rate", "schedule": "schedule", "batch_size": "batch", "epochs": "num_epochs",
    "shift": "shift", "precision": "precision", "flip": "flip", "cutout": "cutout", "label_smoothing": "smoothing",
    "weight_decay": "decay", "averaging": "averaging", "patience": "patience", "frozen_epochs": "frozen",
}  # fmt: skip


def recipe_offer(architecture: str) -> None:
    """A button that fills in what the architecture is known to learn well with."""
    if recipe := choices.RECIPES.get(architecture):
        st.button(
            "Fill in its recipe", icon=":material/menu_book:", on_click=_fill_in, args=(recipe,),
            help="What this network is known to learn well with. Every field below can still be changed.",
        )  # fmt: skip


def _fill_in(recipe: Mapping[str, Any]) -> None:
    defaults = {entry.name: entry.default for entry in fields(choices.RunConfig)}
    for name, key in KEYS.items():
        st.session_state[key] = recipe.get(name, defaults[name])
    st.session_state["unit"] = "epochs"


def more_options(architecture: str) -> dict[str, Any]:
    """What most runs leave alone: field of RunConfig -> value."""
    options: dict[str, Any] = {}
    with st.expander("Augmentation, regularization, loss"):
        # A pair a row, so that a phone shows pairs and not one column after the other.
        left, right = st.columns(2)
        options["label_smoothing"] = left.number_input(
            "Label smoothing", 0.0, 0.5, 0.0, 0.05, key="smoothing", bind="query-params",
            help="The part of the truth that is spread evenly over all classes.",
        )  # fmt: skip
        options["weight_decay"] = right.number_input(
            "Weight decay", 0.0, 1.0, 0.0, 1e-4, "%g", key="decay", bind="query-params",
            help="Each step takes this times the learning rate of every weight away.",
        )  # fmt: skip
        left, right = st.columns(2)
        options["averaging"] = left.number_input(
            "Weight averaging", 0.0, 0.9999, 0.0, 0.001, "%g", key="averaging", bind="query-params",
            help="Keeps an average of the weights over the steps, of which each step keeps this part; 0.99 spans 100 steps.",
        )  # fmt: skip
        options["patience"] = right.number_input(
            "Patience (epochs)", 0, 1000, 0, key="patience", bind="query-params",
            help="End when the validation loss has not fallen for so long, and keep the best weights. 0 goes to the end. In "
            "a run given in steps it counts tenths of the run.",
        )  # fmt: skip
        left, right = st.columns(2, vertical_alignment="bottom")
        options["cutout"] = left.number_input(
            "Cutout (pixels)", 0, 27, 0, key="cutout", bind="query-params", help="Side of a black square, put anywhere."
        )
        options["flip"] = right.checkbox(
            "Mirror images", key="flip", bind="query-params", help="Every other one, left for right. Not for digits."
        )
        options["loss"] = st.selectbox(
            "Loss", choices.LOSSES, format_func=LOSSES.get, key="loss", bind="query-params",
            help="A superclass is a group of classes, such as animal and vehicle. The hardmax term has no gradient: it "
            "changes the number that is shown, not the training.",
        )  # fmt: skip
        if options["loss"] != "cross_entropy":
            options["loss_weight"] = st.number_input(
                "Weight of the further term", 0.0, 100.0, 1.0, 0.1, key="loss_weight", bind="query-params"
            )
        if architecture in choices.PRETRAINED:
            options["frozen_epochs"] = st.number_input(
                "Epochs for the logits alone", 0, 1000, 4, key="frozen", bind="query-params",
                help="After them the whole network learns, with a hundredth of the rate.",
            )  # fmt: skip
    return options


def watch(run: Run) -> None:
    """The run, looked at again every second while it is at work, and now and then when it is not."""
    at_work = run.status in ("running", "waiting")
    st.fragment(_watched, run_every=1 if at_work else 5)(run, at_work)


def _watched(run: Run, was_at_work: bool) -> None:
    if not run.folder.exists():
        st.rerun()  # deleted in another tab
    status = run.status
    st.markdown(f"{STATUS[status]} **{run.title}**")
    _say(run, status)
    _actions(run, status)
    if history := run.history():
        config = run.config
        last_epoch = config.total_steps / config.steps_per_epoch
        for quantity in ("accuracy", "loss"):
            chart = learning.learning_curve(history, quantity, last_epoch)
            st.vega_lite_chart(spec=chart, key=f"curve_{quantity}", alt=f"{quantity} against epochs")
    with st.expander("Log"):
        st.code(run.log() or "Nothing printed yet.", language=None, height=240)
    if (status in ("running", "waiting")) != was_at_work:
        st.rerun()  # the menu, the list of runs and the pace change when a run begins or ends


def _say(run: Run, status: str) -> None:
    progress, done = run.progress(), run.done()
    if status == "running" and progress.get("phase") == "training":
        text = (
            f"Step {progress['step']:,} of {progress['total_steps']:,} · {progress['images_per_second']:,.0f} images/s · "
            f"{progress['seconds_left']:,.0f} s left · loss {progress['loss']:.4f}"
        )
        st.progress(min(progress["step"] / progress["total_steps"], 1.0), text)
    elif status == "running":
        saving = progress.get("phase") == "evaluating"
        text = "Saving the answers for both splits…" if saving else "Loading Keras and the data (about 4 s)…"
        st.progress(0.0, text)
    elif status == "waiting":
        st.info(
            f"Waiting in line behind {', '.join(progress['ahead']) or 'another run'}: one run trains at a time.",
            icon=":material/hourglass:",
        )
    elif status == "failed":
        st.error(run.error, icon=":material/error:")
    elif status in ("stopped", "interrupted"):
        ended = "was stopped" if status == "stopped" else "ended without a word"
        epoch = run.history()[-1]["epoch"] if run.history() else 0
        st.warning(f"It {ended} after epoch {epoch:g}. Resume goes on from there.", icon=":material/pause:")
    elif status == "done":
        kept = f" · weights of epoch {done['kept_epoch']:g} kept" if run.config.patience else ""
        st.success(
            f"**{done['test_accuracy']:.2%}** of the test images right, **{done['validation_accuracy']:.2%}** of the "
            f"validation images · {done['seconds']:,.0f} s on {done['machine']['device']}{kept}",
            icon=":material/check:",
        )


def _actions(run: Run, status: str) -> None:
    with st.container(horizontal=True):
        if status in ("running", "waiting"):
            st.button("Stop", icon=":material/stop:", on_click=runs.stop, args=(run,))
            return
        if status == "done":
            query = {"run": run.name}
            st.page_link("pages/2_Inspect.py", label="Inspect it", icon=":material/grid_view:", query_params=query)
            st.page_link("pages/4_Reject.py", label="Let it refuse", icon=":material/rule:", query_params=query)
        else:
            st.button("Resume", type="primary", icon=":material/play_arrow:", on_click=runs.resume, args=(run,))
        if st.button("Delete…", icon=":material/delete:"):
            st.session_state.deleting = run.name
            st.rerun()


@st.dialog("Delete this run?")
def delete_dialog(name: str) -> None:
    """Ask before a run's folder is removed for good."""
    # Gone as soon as the button is clicked, while the dialog is still closing.
    run = next((run for run in runs.all_runs() if run.name == name), None)
    if run is None:
        st.rerun()
    st.markdown(f"**{run.title}** with its model, its history and its answers. This cannot be undone.")
    with st.container(horizontal=True):
        st.button("Delete for good", type="primary", on_click=runs.delete, args=(run,))
        if st.button("Keep it"):
            st.rerun()


def download_offer(dataset: str, missing: list[str]) -> None:
    """Say which files are missing and fetch them on request, with a progress bar."""
    st.warning(
        f"{sources.source(dataset).title} is not here in full: {', '.join(missing)} missing.",
        icon=":material/download:",
    )
    if not st.button("Download from the publisher", icon=":material/download:"):
        return
    bar = st.progress(0.0, "Connecting…")
    try:
        download.download(
            dataset,
            lambda file, done, total: bar.progress(
                min(done / total, 1.0) if total else 0.0, f"{file}: {done / 1e6:.1f} MB"
            ),
        )
    except download.DownloadFailed as error:
        st.error(str(error), icon=":material/cloud_off:")
        return
    st.rerun()
