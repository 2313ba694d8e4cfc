"""Saliency, which pixels a network's answer depends on: twelve methods, each (model, images, class_index, ...) -> `Explanation`.

Images are as stored, (num_samples, height, width, channels). A class index asks for a logit, never for a softmax probability
(LIME excepted, which is defined on probabilities). The model runs in inference mode and is never changed. Maps are raw,
(num_samples, height, width) float32, signed where the method is.
"""

from core.metrics.explanation import Cascade, Contrast, Explanation, PixelCurve, Spread
from core.saliency.backprop import deconvnet, guided_backprop
from core.saliency.cam import feature_layers, grad_cam
from core.saliency.cascade import cascade
from core.saliency.deeplift import deep_lift
from core.saliency.dropout import spread
from core.saliency.gradients import gradient_x_input, saliency, vanilla_gradient
from core.saliency.integrated import integrated_gradients
from core.saliency.lime import grid, lime
from core.saliency.lrp import lrp
from core.saliency.occlusion import occlusion
from core.saliency.smooth import smooth_grad
from core.saliency.targets import ClassIndex, entropy, top_two_margin
from core.saliency.ties import pooling_ties
from core.saliency.trust import (
    deletion_curve,
    insertion_curve,
    randomized,
    rank_correlation,
    weighted_layers,
)

__all__ = [
    "Cascade",
    "ClassIndex",
    "Contrast",
    "Explanation",
    "PixelCurve",
    "Spread",
    "cascade",
    "deconvnet",
    "deep_lift",
    "deletion_curve",
    "entropy",
    "feature_layers",
    "grad_cam",
    "gradient_x_input",
    "grid",
    "guided_backprop",
    "insertion_curve",
    "integrated_gradients",
    "lime",
    "lrp",
    "occlusion",
    "pooling_ties",
    "randomized",
    "rank_correlation",
    "saliency",
    "smooth_grad",
    "spread",
    "top_two_margin",
    "vanilla_gradient",
    "weighted_layers",
]
