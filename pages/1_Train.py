"""Train: choose data, network and patience, and watch it learn."""

import streamlit as st

import ui
from core.data import sources
from core.models.sizes import NUM_PARAMETERS
from core.training import config as choices
from core.training import runs
from ui.training import about_data, about_network, delete_dialog, download_offer, more_options, recipe_offer, watch

ui.page(
    "Train",
    "Train a classifier of your own beside the page: close the browser, it goes on. When it is done, every page can show it.",
    needs_run=False,
)
new, watched = st.columns([1, 1.6], gap="large")
with new:
    st.subheader("New run", anchor=False)
    dataset = st.selectbox(
        "Data set",
        sources.SOURCES,
        format_func=lambda name: sources.source(name).title,
        key="dataset",
        bind="query-params",
    )
    architecture = st.selectbox(
        "Network",
        NUM_PARAMETERS,
        index=2,
        key="architecture",
        bind="query-params",
        help="softmax_regression has no hidden layer, dense one of 1,024 units, small_cnn a convolution, a hidden layer and "
        "Dropout, deep_mnist two larger convolutions. conv10 has nine convolutions and wants colour images and an hour, "
        "vgg19 sixteen and wants a GPU; pets_transfer begins with what ImageNet taught it.",
    )
    about_data(dataset)
    about_network(architecture, dataset)
    recipe_offer(architecture)
    # A pair a row, so that a phone shows pairs and not one column after the other.
    left, right = st.columns(2)
    unit = left.selectbox(
        "Length in",
        ("epochs", "steps"),
        key="unit",
        bind="query-params",
        help="An epoch is one pass over all training images, a step one batch.",
    )
    length = right.number_input(
        unit.capitalize(), 1, 100_000, 5 if unit == "epochs" else 1000, key=f"num_{unit}", bind="query-params"
    )
    left, right = st.columns(2)
    optimizer = left.selectbox(
        "Optimizer", choices.OPTIMIZERS, key="optimizer", bind="query-params", help="sgd has Nesterov momentum 0.9."
    )
    learning_rate = right.number_input("Learning rate", 1e-6, 10.0, 1e-3, 1e-3, "%g", key="rate", bind="query-params")
    left, right = st.columns(2)
    schedule = left.selectbox(
        "Schedule",
        choices.SCHEDULES,
        key="schedule",
        bind="query-params",
        help="cosine lets the rate fall to 0 at the end; one-cycle lets it rise in the first quarter and fall in the rest.",
    )
    batch_size = right.number_input(
        "Batch size", 1, 10_000, 128, key="batch", bind="query-params", help="Images a step."
    )
    left, right = st.columns(2)
    seed = left.number_input(
        "Seed",
        0,
        2**31 - 1,
        0,
        key="seed",
        bind="query-params",
        help="Of the weights, the order of the images and Dropout.",
    )
    shift = right.number_input(
        "Shift (pixels)",
        0,
        27,
        0,
        key="shift",
        bind="query-params",
        help="Move each training image by up to so many pixels, anew every epoch.",
    )
    with st.expander("Precision, device, fewer images"):
        precision = st.selectbox(
            "Precision",
            choices.PRECISIONS,
            key="precision",
            bind="query-params",
            help="Mixed precision is faster on GPUs, and on CPUs that reckon in bfloat16.",
        )
        devices = ui.devices()
        device = st.selectbox("Device", devices, format_func=devices.get, key="device", bind="query-params")
        most = sources.num_samples(dataset)["train"]
        num_train = st.number_input(
            "Training images",
            1,
            most,
            most,
            key="images",
            bind="query-params",
            help="The first so many of the training split.",
        )
    options = more_options(architecture)
    try:
        config = choices.RunConfig(
            dataset, architecture, optimizer, learning_rate, schedule, batch_size, shift=shift, seed=seed, precision=precision, device=device,
            num_train=None if num_train == most else num_train, **{unit: length}, **options,
        )  # fmt: skip
    except ValueError as error:
        st.warning(str(error), icon=":material/block:")
        config = None
    if config:
        st.caption(
            f"**{config.num_parameters:,}** parameters · **{config.total_steps:,}** steps, {config.steps_per_epoch:,} an epoch"
        )
    if missing := sources.missing_files(dataset):
        download_offer(dataset, missing)
    elif st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=config is None):
        st.session_state.watched = runs.start(config).name

with watched:
    st.subheader("Runs", anchor=False)
    own = [run for run in runs.all_runs() if not run.is_starter]
    if not own:
        st.info("No run of your own yet. Start one: softmax_regression on MNIST takes seconds.", icon=":material/info:")
        st.stop()
    names = [run.name for run in own]
    at_work = next((run.name for status in ("running", "waiting") for run in own if run.status == status), names[0])
    wanted = st.session_state.get("watched")
    run = st.selectbox(
        "Run to watch",
        own,
        index=names.index(wanted if wanted in names else at_work),
        format_func=lambda run: run.title,
    )
    st.session_state.watched = run.name
    watch(run)

if deleting := st.session_state.pop("deleting", None):
    delete_dialog(deleting)
