"""Draw: what does the network make of my digit, and would it dare to answer?"""

import streamlit as st

import ui
from core.data import sources
from core.data.digits import NoInk
from core.metrics.selective import accuracy_coverage_curve
from core.views import drawing
from ui import judge, network
from ui.picture import DIGIT, picture, prepared
from ui.scores import SCORES
from ui.threshold import threshold_slider

run = ui.page(
    "Draw", "Draw a digit and see at once what the network believes, how sure it is, and whether it would answer."
)
input_shape = sources.source(run.config.dataset).image_shape
can_draw = input_shape == DIGIT
# A digit is drawn at once. A colour network, for which nobody can draw, takes minutes for its training images and
# begins with the first photograph.
network.warm(run, neighbors=can_draw)
validation, test = ui.predictions(run, "validation"), ui.predictions(run, "test")


@st.fragment
def draw() -> None:
    way_in, belief, place = st.columns([1, 1.15, 1.25], gap="medium")
    with way_in:
        given = picture(input_shape)
        name = ui.choice("Score", SCORES, key="score", help="What the verdict goes by. Larger is less certain.")
        curve = accuracy_coverage_curve(SCORES[name].of(validation), validation.correct)
        threshold = threshold_slider(curve, f"{run.name} {name}")
    if given is None:
        if can_draw:
            belief.info("Draw one digit, as large as the canvas, or choose an example.", icon=":material/draw:")
        else:
            belief.info("Upload a picture, or take one with the camera.", icon=":material/photo_camera:")
        return
    try:
        image, steps = prepared(given, input_shape)
    except NoInk as error:
        belief.warning(str(error), icon=":material/ink_pen:")
        return
    answers = judge.answers_of(run, image[None])
    uncertainty = float(SCORES[name].of(answers)[0])
    accepted = uncertainty <= threshold
    with belief:
        why = judge.show_verdict(image, steps, answers, accepted)
        chart = drawing.probability_bars(answers.probs[0], test.class_names, accepted)
        st.vega_lite_chart(spec=chart, alt="Probability of each class")
        # Under the bars, but computed last: the verdict does not wait for a hundred passes.
        strip = st.container()
    with place:
        judge.show_scores(answers, test)
        values = SCORES[name].of(test)
        chart = drawing.place_on_histogram(values, test.correct, threshold, uncertainty, SCORES[name].axis)
        st.vega_lite_chart(spec=chart, alt="This drawing among the test images")
        chart = drawing.place_on_curve(accuracy_coverage_curve(values, test.correct), threshold, uncertainty)
        st.vega_lite_chart(spec=chart, alt="This drawing on the accuracy-coverage curve")
    with why:
        judge.show_why(run, image, answers)
    mc_probs = judge.passes_of(run, image)
    with strip:
        if mc_probs is None:
            st.info("No Dropout, so no Monte Carlo passes: train small_cnn to see them.", icon=":material/casino:")
        else:
            chart = drawing.passes_strip(mc_probs, test.class_names)
            st.vega_lite_chart(spec=chart, alt="Probability of each class in every pass")
    with way_in:
        if mc_probs is not None:
            judge.show_doubt(mc_probs)
        judge.show_neighbors(run, image)
    judge.remember(run, image, answers, accepted, threshold, name)
    judge.show_history()
    judge.show_ladder(run)


draw()
