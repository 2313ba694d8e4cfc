"""A run while it trains and afterwards: progress, curves, and what can be done with it."""

from pathlib import Path

import streamlit as st

from core.training import control, queue, runs
from core.training.reporting import comparable_loss
from core.training.runs import Run
from core.training.writing import obstacle
from core.views import learning
from ui import rights
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.train.attempts import attempt

STATUS = {
    "waiting": ":orange-badge[:material/hourglass: waiting]",
    "running": ":blue-badge[:material/sprint: training]",
    "stopped": ":gray-badge[:material/pause: stopped]",
    "interrupted": ":orange-badge[:material/power_off: interrupted]",
    "failed": ":red-badge[:material/error: failed]",
    "done": ":green-badge[:material/check: done]",
}


def watch(run: Run) -> None:
    """The run, looked at again every second while it is at work, and now and then when it is not."""
    at_work = run.status in runs.AT_WORK
    st.fragment(_watched, run_every=1 if at_work else 5)(run, at_work)


def _watched(run: Run, was_at_work: bool) -> None:
    if not isinstance(runs.read_run(run.folder), Run):
        st.rerun()  # deleted in another tab, or damaged: then the page lists it as such
    run = Run(run.folder)  # what was read of it before may have been replaced
    status = run.status
    if (status in runs.AT_WORK) != was_at_work:
        # The menu, the list of runs and the pace change when a run begins or ends. Before anything can be clicked:
        # Streamlit forgets the page that a click has just asked for when the script asks to run again.
        st.rerun()
    st.markdown(f"{STATUS[status]} **{plain(run.title)}**")
    _say(run, status)
    _actions(run, status)
    if history := run.history():
        config = run.config
        last_epoch = config.total_steps / config.steps_per_epoch
        for quantity in ("accuracy", "loss"):
            chart = learning.learning_curve(history, quantity, last_epoch, config.loss_terms)
            st.vega_lite_chart(spec=chart, key=f"curve_{quantity}", alt=f"{quantity} against epochs")
    with st.expander("Log"):
        st.code(run.log() or "Nothing printed yet.", language=None, height=240)


def _say(run: Run, status: str) -> None:
    progress, done = run.progress(), run.done()
    if status == "running" and progress.get("phase") == "training":
        text = (
            f"Step {progress['step']:,} of {progress['total_steps']:,} · {progress['images_per_second']:,.0f} images/s · "
            f"{progress['seconds_left']:,.0f} s left · loss {comparable_loss(progress):.4f}"
        )
        st.progress(min(progress["step"] / progress["total_steps"], 1.0), text)
    elif status == "running":
        saving = progress.get("phase") == "evaluating"
        text = "Saving the answers for both splits…" if saving else "Loading Keras and the data (about 4 s)…"
        st.progress(0.0, text)
    elif status == "waiting":
        queue.serve()  # the process that starts the runs may have been killed
        st.info(
            f"Waiting in line behind {plain(', '.join(queue.ahead_of(run))) or 'another run'}: one run trains at a time.",
            icon=":material/hourglass:",
        )
    elif status == "failed":
        st.error(plain(run.error), icon=":material/error:")
    elif status in ("stopped", "interrupted"):
        ended = "was stopped" if status == "stopped" else "stopped unexpectedly"
        epoch = run.history()[-1]["epoch"] if run.history() else 0
        st.warning(f"It {ended} after epoch {epoch:g}. Resume goes on from there.", icon=":material/pause:")
        if problem := obstacle(run.folder):
            st.error(problem, icon=":material/hard_drive:")
    elif status == "done":
        kept = (
            f" · weights of epoch {done['kept_epoch']:g} kept" if run.config.patience and "kept_epoch" in done else ""
        )
        st.success(
            f"**{percent(done['test_accuracy'])}** of the test images correct, **{percent(done['validation_accuracy'])}** of "
            f"the validation images · {done['seconds']:,.0f}\N{NO-BREAK SPACE}s on {plain(done['machine']['device'])}{kept}",
            icon=":material/check:",
        )


def _actions(run: Run, status: str) -> None:
    if said := rights.whose(run):
        st.caption(said)
    with st.container(horizontal=True, vertical_alignment="center"):
        mine = rights.may_change(run)
        if status in runs.AT_WORK:
            if mine:
                st.button("Stop", icon=":material/stop:", on_click=attempt, args=(control.stop, run))
            return
        if status == "done":
            query = {"run": run.name}
            st.page_link("pages/2_Inspect.py", label="Inspect it", icon=":material/grid_view:", query_params=query)
            st.page_link("pages/4_Reject.py", label="Let it refuse", icon=":material/rule:", query_params=query)
        elif mine:
            st.button(
                "Resume", type="primary", icon=":material/play_arrow:", on_click=attempt, args=(control.resume, run)
            )
        if mine and st.button("Delete…", icon=":material/delete:"):
            st.session_state.deleting = run.folder
            st.rerun()


@st.dialog("Delete this run?")
def delete_dialog(folder: Path) -> None:
    """Ask before a run's folder is removed permanently."""
    # Gone as soon as the button is clicked, while the dialog is still closing.
    run = runs.read_run(folder)
    if run is None:
        st.rerun()
    title, contents = (
        (f"**{plain(run.title)}**", "its model, its history and its answers")
        if isinstance(run, Run)
        else (f"**{plain(run.name)}**", "everything in its folder")
    )
    if folder.is_symlink():
        st.markdown(f"{title} is a link. Only the link is deleted, not the folder that it leads to.")
    else:
        st.markdown(f"{title} with {contents}. This cannot be undone.")
    with st.container(horizontal=True):
        st.button("Delete permanently", type="primary", on_click=attempt, args=(control.delete, run))
        if st.button("Keep it"):
            st.rerun()
