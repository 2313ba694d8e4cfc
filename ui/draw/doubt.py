"""What Monte Carlo dropout says of one picture."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics import uncertainty


def show_doubt(mc_probs: NDArray[np.float64]) -> None:
    """The doubt in two, from (num_passes, num_classes): what no training would remove, and what more training could."""
    aleatoric = float(uncertainty.expected_entropy(mc_probs[None])[0])
    epistemic = float(uncertainty.mutual_information(mc_probs[None])[0])
    left, right = st.columns(2)
    left.metric(
        "Aleatoric", f"{aleatoric:.3f}",
        help="Expected entropy in nats: each thinned network is unsure by itself, the picture is ambiguous.",
    )  # fmt: skip
    right.metric(
        "Epistemic", f"{epistemic:.3f}",
        help="Mutual information in nats: the thinned networks contradict each other, the picture is unfamiliar.",
    )  # fmt: skip
