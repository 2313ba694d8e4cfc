"""What Monte Carlo dropout says about one image."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics import uncertainty


def show_doubt(mc_probs: NDArray[np.float64]) -> None:
    """The uncertainty in two parts, in nats, from (num_passes, num_classes): within the passes and between them."""
    aleatoric = float(uncertainty.expected_entropy(mc_probs[None])[0])
    epistemic = float(uncertainty.mutual_information(mc_probs[None])[0])
    left, right = st.columns(2)
    left.metric(
        "Aleatoric", f"{aleatoric:.3f}",
        help="Expected entropy in nats: high when each dropout pass is unsure by itself, as for an ambiguous image.",
    )  # fmt: skip
    right.metric(
        "Epistemic", f"{epistemic:.3f}",
        help="Mutual information in nats: high when the dropout passes contradict each other, as for an unfamiliar image.",
    )  # fmt: skip
