"""A run while it trains and afterwards: progress, curves, and what can be done with it."""

import streamlit as st

from core.training import control, queue, runs
from core.training.reporting import comparable_loss
from core.training.runs import Run
from core.views import learning
from ui import rights
from ui.components.controls import percent
from ui.components.plain_text import plain

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
    if not run.folder.exists():
        st.rerun()  # deleted in another tab
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
    elif status == "done":
        kept = f" · weights of epoch {done['kept_epoch']:g} kept" if run.config.patience else ""
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
            if not mine:
                return
            st.button("Stop", icon=":material/stop:", on_click=control.stop, args=(run,))
            return
        if status == "done":
            query = {"run": run.name}
            st.page_link("pages/2_Inspect.py", label="Inspect it", icon=":material/grid_view:", query_params=query)
            st.page_link("pages/4_Reject.py", label="Let it refuse", icon=":material/rule:", query_params=query)
        elif mine:
            st.button("Resume", type="primary", icon=":material/play_arrow:", on_click=_resume, args=(run,))
        if mine and st.button("Delete…", icon=":material/delete:"):
            st.session_state.deleting = run.name
            st.rerun()


def _resume(run: Run) -> None:
    try:
        control.resume(run)
    except queue.QueueFull as full:
        st.toast(str(full), icon=":material/hourglass:")


@st.dialog("Delete this run?")
def delete_dialog(name: str) -> None:
    """Ask before a run's folder is removed permanently."""
    # Gone as soon as the button is clicked, while the dialog is still closing.
    run = next((run for run in runs.all_runs() if run.name == name), None)
    if run is None:
        st.rerun()
    st.markdown(f"**{plain(run.title)}** with its model, its history and its answers. This cannot be undone.")
    with st.container(horizontal=True):
        st.button("Delete permanently", type="primary", on_click=control.delete, args=(run,))
        if st.button("Keep it"):
            st.rerun()
