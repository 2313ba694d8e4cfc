"""One image: the verdict first, then what takes longer."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.data import sources
from core.data.digits import NoInk
from core.data.pictures.prepared import DIGIT_SHAPE
from core.metrics.decision import Decision
from core.metrics.predictions import Answers
from core.metrics.scores import SCORES
from core.training.runs import Run
from core.views import drawing
from ui import loaded, serving
from ui.components.history import Kept, remember
from ui.components.picture import choose_input, picture, prepared
from ui.components.visit import PRIVACY
from ui.decision import choose_score, decide
from ui.draw import story
from ui.draw.doubt import show_doubt
from ui.draw.familiar import show_familiarity
from ui.draw.history import show_history, show_ladder
from ui.draw.neighbors import show_neighbors
from ui.draw.sets import show_sets
from ui.draw.share import about, show_save_and_share
from ui.draw.switch import offer_switch
from ui.draw.verdict import show_scores, show_verdict, show_why
from ui.loaded.evidence import answers_and_uncertainty
from ui.loaded.familiar import FamiliarityUnknown, familiarity_of
from ui.loaded.scores import score_bins

STYLE = Path(__file__).with_name("page.css")
AREAS = ("canvas", "verdict", "place", "more")


def show(run: Run) -> None:
    # A digit is drawn at once. A colour network, for which nobody can draw, takes minutes for its training images and
    # begins with the first photograph.
    serving.warm(run, neighbors=_can_draw(run))
    if _can_draw(run) and serving.networks().pids:
        with suppress(FamiliarityUnknown):  # asked only to begin preparing it while the digit is drawn
            familiarity_of(run, 0)
    st.fragment(_draw)(run)


def _can_draw(run: Run) -> bool:
    return sources.source(run.config.dataset).image_shape == DIGIT_SHAPE


def _draw(run: Run) -> None:
    st.html(STYLE)
    input_shape = sources.source(run.config.dataset).image_shape
    told = st.container(key="draw_told")
    way = choose_input(input_shape)
    # The style sheet arranges these four: side by side where there is room, else one below the other in this order.
    with st.container(key="draw_page"), st.container(key="draw_areas"):
        canvas, verdict, place, more = (st.container(key=f"draw_{area}") for area in AREAS)
    with canvas:
        given = picture(way)
    with place:
        decision = decide(run, choose_score(run, help="The score that decides. Higher = more uncertain."))
    more.caption(PRIVACY)
    if decision is None:
        return
    if given is None:
        told.markdown(story.before(run, decision))
        with verdict:
            if _can_draw(run):
                st.info("Draw one digit, as large as the canvas, or choose an example.", icon=":material/draw:")
            else:
                st.info("Upload a picture, or take one with the camera.", icon=":material/photo_camera:")
            offer_switch(run)
        return
    try:
        with canvas:
            image, steps = prepared(given.picture, input_shape)
    except NoInk as error:
        verdict.warning(str(error), icon=":material/ink_pen:")
        return
    answers, values = answers_and_uncertainty(run, image[None], decision.score)
    uncertainty, accepted = float(values[0]), bool(decision.accepts(values)[0])
    told.markdown(story.after(decision, uncertainty))
    with verdict:
        places = show_verdict(image, steps, answers, accepted)
        # Under the verdict, but computed last: the verdict does not wait for a hundred passes.
        strip = st.container()
    with places.sets:
        show_sets(run, answers)
    kept = Kept(image, answers, accepted, about(run, decision, uncertainty), given.drawing)
    remember(kept)
    with place:
        _show_place(run, decision, answers, uncertainty)
    with places.why:
        show_why(run, image, answers)
    with places.buttons:
        show_save_and_share(run, decision, kept)
    mc_probs = serving.passes_of(run, image)
    with strip:
        offer_switch(run)
        if mc_probs is not None:
            chart = drawing.passes_strip(mc_probs, answers.class_names)
            st.vega_lite_chart(spec=chart, alt="Probability of each class in every pass")
    with more:
        if mc_probs is not None:
            show_doubt(mc_probs)
        show_neighbors(run, image)
    show_history()
    show_ladder(run, decision)
    # Last, because it may take some seconds at the first picture.
    with places.second:
        show_familiarity(run, image)


def _show_place(run: Run, decision: Decision, answers: Answers, uncertainty: float) -> None:
    """Where the image stands among the test images."""
    show_scores(run, answers)
    bins, axis = score_bins(run, decision.score), SCORES[decision.score].axis
    chart = drawing.place_on_histogram(bins, decision.threshold, uncertainty, axis)
    st.vega_lite_chart(spec=chart, alt="This image's uncertainty among those of the test images")
    curve = loaded.scored(run, "test", decision.score).curve
    chart = drawing.place_on_curve(curve, decision.threshold, uncertainty)
    st.vega_lite_chart(spec=chart, alt="This image on the accuracy-coverage curve")
