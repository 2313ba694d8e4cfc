"""Why a network says what it says: twelve methods, each (model, images, class_index, ...) -> `Explanation`.

Images are as stored, (num_samples, height, width, channels). What is explained is a logit, never a softmax probability
(LIME excepted, which is defined on probabilities). The model runs in inference mode and is never changed. Maps are raw,
(num_samples, height, width) float32, signed where the method is.
"""

from core.saliency.backprop import deconvnet, guided_backprop
from core.saliency.cam import feature_layers, grad_cam
from core.saliency.deeplift import deep_lift
from core.saliency.dropout import Spread, spread
from core.saliency.explanation import Explanation
from core.saliency.gradients import gradient_x_input, saliency, vanilla_gradient
from core.saliency.integrated import integrated_gradients
from core.saliency.lime import grid, lime
from core.saliency.lrp import lrp
from core.saliency.occlusion import occlusion
from core.saliency.smooth import smooth_grad
from core.saliency.targets import ClassIndex, Contrast, entropy, top_two_margin
from core.saliency.trust import (
    PixelCurve,
    deletion_curve,
    insertion_curve,
    randomized,
    rank_correlation,
    weighted_layers,
)

__all__ = [
    "ClassIndex",
    "Contrast",
    "Explanation",
    "PixelCurve",
    "Spread",
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
    "randomized",
    "rank_correlation",
    "saliency",
    "smooth_grad",
    "spread",
    "top_two_margin",
    "vanilla_gradient",
    "weighted_layers",
]
