"""Save and share the verdict on one image."""

from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import streamlit as st

from core.metrics.decision import Decision
from core.training.runs import Run
from core.views.cards import verdict_card
from ui.components.history import Kept
from ui.components.score_names import score_name
from ui.components.share import share_button


def about(run: Run, decision: Decision, uncertainty: float) -> tuple[str, ...]:
    """The lines of a card: network, score and threshold, date, and address."""
    return (
        run.title,
        f"{score_name(decision.score)} {uncertainty:.4f}, threshold {decision.threshold:.4f}",
        f"{_now():%Y-%m-%d}",
        _address(),
    )


def show_save_and_share(run: Run, decision: Decision, kept: Kept) -> None:
    """The verdict as a card to download, and a button that shares the card and a link to this page."""
    card = verdict_card(kept.image, kept.answers, kept.verdict, kept.accepted, kept.about)
    said = {"run": run.name, "score": decision.score, "threshold": repr(decision.threshold)}
    if st.session_state.get("way") == "Example":  # what was drawn or given stays with the visitor
        said |= {"way": "Example", "example": st.session_state["example"]}
    query = urlencode(said)
    with st.container(horizontal=True, gap="small"):
        st.download_button("Save card", card, "wakaranai.png", key="save_card", on_click="ignore")
        share_button(card, f"{run.title}: {kept.verdict}", f"{_address()}?{query}", key="share")


def _address() -> str:
    return (st.context.url or "").partition("?")[0]


def _now() -> datetime:
    """The viewer's time."""
    minutes = st.context.timezone_offset or 0  # to be added to the viewer's time to get UTC
    return datetime.now(timezone(timedelta(minutes=-minutes)))
