"""What can be chosen for a run beside its data and its network. Each function returns fields of RunConfig."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from core.data import sources
from core.training import config as choices
from ui import loaded

LOSSES = {
    "cross_entropy": "cross-entropy",
    "superclass": "+ superclass, summed softmax",
    "superclass_hardmax": "+ superclass, hardmax",
    "index_ranges": "+ all ranges of classes",
}

# Field of RunConfig -> key of the widget that asks for it.
KEYS = {
    "optimizer": "optimizer", "learning_rate": "rate", "schedule": "schedule", "batch_size": "batch", "epochs": "num_epochs",
    "shift": "shift", "precision": "precision", "flip": "flip", "cutout": "cutout", "label_smoothing": "smoothing",
    "weight_decay": "decay", "averaging": "averaging", "patience": "patience", "frozen_epochs": "frozen",
}  # fmt: skip


def recipe_offer(architecture: str) -> None:
    """A button that fills in the architecture's recommended settings."""
    if recipe := choices.RECIPES.get(architecture):
        st.button(
            "Use recommended settings", icon=":material/menu_book:", on_click=_fill_in, args=(recipe,),
            help="Recommended settings for this network. Every field below can still be changed.",
        )  # fmt: skip


def _fill_in(recipe: Mapping[str, Any]) -> None:
    defaults = {entry.name: entry.default for entry in fields(choices.RunConfig)}
    for name, key in KEYS.items():
        st.session_state[key] = recipe.get(name, defaults[name])
    st.session_state["unit"] = "epochs"


def learning() -> dict[str, Any]:
    """How long it learns, and how."""
    # Two per row, so that a phone shows pairs and not one column after the other.
    left, right = st.columns(2)
    unit = left.selectbox(
        "Train for",
        ("epochs", "steps"),
        key="unit",
        bind="query-params",
        help="An epoch is one pass over all training images, a step one batch.",
    )
    options: dict[str, Any] = {}
    options[unit] = right.number_input(
        unit.capitalize(), 1, 100_000, 5 if unit == "epochs" else 1000, key=f"num_{unit}", bind="query-params"
    )
    left, right = st.columns(2)
    options["optimizer"] = left.selectbox(
        "Optimizer", choices.OPTIMIZERS, key="optimizer", bind="query-params", help="sgd has Nesterov momentum 0.9."
    )
    options["learning_rate"] = right.number_input(
        "Learning rate", 1e-6, 10.0, 1e-3, 1e-3, "%g", key="rate", bind="query-params"
    )
    left, right = st.columns(2)
    options["schedule"] = left.selectbox(
        "Schedule",
        choices.SCHEDULES,
        key="schedule",
        bind="query-params",
        help="cosine lets the rate fall to 0 at the end; one-cycle lets it rise in the first quarter and fall in the rest.",
    )
    options["batch_size"] = right.number_input(
        "Batch size", 1, 10_000, 128, key="batch", bind="query-params", help="Images per step."
    )
    left, right = st.columns(2)
    options["seed"] = left.number_input(
        "Seed",
        0,
        2**31 - 1,
        0,
        key="seed",
        bind="query-params",
        help="Of the first weights, the order of the images, random changes of images and Dropout.",
    )
    options["shift"] = right.number_input(
        "Random translation (pixels)",
        0,
        27,
        0,
        key="shift",
        bind="query-params",
        help="Each training image is moved by up to this many pixels, differently in every epoch.",
    )
    return options


def use_all_images() -> None:
    """Begin with all training images of the data set that was just chosen; for callbacks."""
    st.session_state["images"] = sources.num_samples(st.session_state["dataset"])["train"]


def machine(dataset: str) -> dict[str, Any]:
    """In which precision, on what and with how many images it learns."""
    options: dict[str, Any] = {}
    with st.expander("Precision, device, fewer images"):
        options["precision"] = st.selectbox(
            "Precision",
            choices.PRECISIONS,
            key="precision",
            bind="query-params",
            help="Mixed precision is faster on most GPUs; mixed_bfloat16 also on CPUs that support bfloat16.",
        )
        devices = loaded.devices()
        options["device"] = st.selectbox(
            "Device", list(devices), format_func=lambda name: devices[name], key="device", bind="query-params"
        )
        most = sources.num_samples(dataset)["train"]
        num_train = st.number_input(
            "Training images",
            1,
            most,
            most,
            key="images",
            bind="query-params",
            help="This many images from the start of the training split.",
        )
    options["num_train"] = None if num_train == most else num_train
    return options


def further(architecture: str) -> dict[str, Any]:
    """What most runs leave alone."""
    options: dict[str, Any] = {}
    with st.expander("Augmentation, regularization, loss"):
        # Two per row, so that a phone shows pairs and not one column after the other.
        left, right = st.columns(2)
        options["label_smoothing"] = left.number_input(
            "Label smoothing", 0.0, 0.5, 0.0, 0.05, key="smoothing", bind="query-params",
            help="Share of the target that is spread evenly over all classes.",
        )  # fmt: skip
        options["weight_decay"] = right.number_input(
            "Weight decay", 0.0, 1.0, 0.0, 1e-4, "%g", key="decay", bind="query-params",
            help="Each step subtracts this times the learning rate times the weight from every weight.",
        )  # fmt: skip
        left, right = st.columns(2)
        options["averaging"] = left.number_input(
            "Weight averaging", 0.0, 0.9999, 0.0, 0.001, "%g", key="averaging", bind="query-params",
            help="Keeps an average of the weights over the steps, of which each step keeps this part; 0.99 spans 100 steps.",
        )  # fmt: skip
        options["patience"] = right.number_input(
            "Patience (epochs)", 0, 1000, 0, key="patience", bind="query-params",
            help="End when the validation loss has not fallen for so long, and keep the best weights. 0 goes to the end. A "
            "run given in steps counts points of the curves, each at most a tenth of the run.",
        )  # fmt: skip
        left, right = st.columns(2, vertical_alignment="bottom")
        options["cutout"] = left.number_input(
            "Cutout (pixels)", 0, 27, 0, key="cutout", bind="query-params", help="Side of a black square, put anywhere."
        )
        options["flip"] = right.checkbox(
            "Horizontal flip",
            key="flip",
            bind="query-params",
            help="Flip each training image left to right with probability 0.5. Not for digits.",
        )
        options["loss"] = st.selectbox(
            "Loss", choices.LOSSES, format_func=lambda name: LOSSES[name], key="loss", bind="query-params",
            help="A superclass is a group of classes, such as animal and vehicle. The hardmax term has no gradient, "
            "so it does not change the training. The CIFAR-10 article compares such losses with cross-entropy alone, also at ten "
            "times the learning rate.",
        )  # fmt: skip
        options["keep_logits"] = st.checkbox(
            "Keep the logits of every epoch", key="keep_logits", bind="query-params",
            help="Of the validation images, to follow on Compare how the network learns. For 10,000 images of 10 classes 200 kB per epoch.",
        )  # fmt: skip
        if options["loss"] != "cross_entropy":
            options["loss_weight"] = st.number_input(
                "Weight of the additional term", 0.0, 100.0, 1.0, 0.1, key="loss_weight", bind="query-params"
            )
        if architecture in choices.PRETRAINED:
            options["frozen_epochs"] = st.number_input(
                "Epochs with frozen backbone", 0, 1000, 4, key="frozen", bind="query-params",
                help="In these epochs only the last layer learns. After them the rest learns too, except BatchNormalization, at a hundredth of the learning rate.",
            )  # fmt: skip
    return options
