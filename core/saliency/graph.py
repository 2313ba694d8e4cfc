"""A model as a flat list: one step per operation, nested models opened, activations taken out of their layers.

A step computes with the layer's own weights as they are now, in the precision asked for whatever the model's, in
inference mode, and changes nothing: it runs on a copy of the layer to which the weights are lent. (A custom layer that cannot
be copied computes itself, in its own precision.) Roles say what a rule of backward propagation has to know about a step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import keras
import tensorflow as tf
from keras import layers

Key = tuple[str, int]  # where a tensor is: the path of the model that made it, and its number there


class Role(Enum):
    """What a step does to its input, as far as the rules need to know."""

    LINEAR = "weighs and adds, with or without a bias"
    ROUTING = "moves or repeats numbers, or passes them on"
    RELU = "max(0, x), perhaps cut off above"
    MAX = "the largest of several"
    OTHER = "anything else"


@dataclass(frozen=True, eq=False)
class Step:
    """One operation of the flat model.

    Attributes:
        name: of the layer, after the names of the models around it: "mobilenet/conv1".
        role: what the rules need to know.
        layer: the model's own layer or operation.
        apply: tensors, one for each of `reads` -> the result, or a list of results. That of a layer takes `weights`, too:
            a function that changes each of its weights for this call.
        reads: where its inputs are.
        writes: where its results go.
        rank: the number of axes of its result, that of the sample included.
    """

    name: str
    role: Role
    layer: Any
    apply: Callable[..., Any]
    reads: tuple[Key, ...]
    writes: tuple[Key, ...]
    rank: int


LINEAR = (
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
    layers.Dense,
    layers.BatchNormalization,
    layers.AveragePooling2D,
    layers.GlobalAveragePooling2D,
    layers.Rescaling,
    layers.Normalization,
    layers.Add,
    layers.Subtract,
    layers.Average,
)
ROUTING = (
    layers.Flatten,
    layers.Reshape,
    layers.Permute,
    layers.Identity,
    layers.ZeroPadding2D,
    layers.Cropping2D,
    layers.UpSampling2D,
    layers.Concatenate,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianNoise,
    layers.GaussianDropout,
)
MAX = (layers.MaxPooling2D, layers.GlobalMaxPooling2D)
# Operations that no layer holds, as `x + y` or `ops.relu(x)` between layers make them.
OPERATIONS = {
    "Add": Role.LINEAR,
    "Subtract": Role.LINEAR,
    "Mean": Role.LINEAR,
    "Reshape": Role.ROUTING,
    "Transpose": Role.ROUTING,
    "Pad": Role.ROUTING,
    "Concatenate": Role.ROUTING,
    "Cast": Role.ROUTING,
    "Identity": Role.ROUTING,
    "Relu": Role.RELU,
    "Relu6": Role.RELU,
}
LINEAR_ACTIVATIONS = (None, keras.activations.linear)
RELU_ACTIVATIONS = (
    keras.activations.relu,
    keras.activations.relu6,
    keras.ops.relu,
    keras.ops.relu6,
    tf.nn.relu,
    tf.nn.relu6,
)


def steps(model: keras.Model, dtype: str) -> tuple[list[Step], dict[str, Key], Key, Key]:
    """The steps of a model in the order in which they run.

    Args:
        model: has one input and one output; a subclassed model is one step of role OTHER.
        dtype: in which every step computes, "float32" or "float64".

    Returns:
        The steps, where each layer's output is by the layer's name, where the input and where the output is.
    """
    found: dict[str, Key] = {}
    graph = _graph(model)
    if graph is None:
        entry, exit_ = ("", 0), ("", 1)
        whole = Step(model.name, Role.OTHER, model, lambda x: model(x, training=False), (entry,), (exit_,), 2)
        return [whole], found, entry, exit_
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"model must have one input and one output, got {len(graph.inputs)} and {len(graph.outputs)} "
            f"in {model.name}."
        )
    entry = ("", id(graph.inputs[0]))
    places = {id(graph.inputs[0]): entry}
    walked = list(_walk(graph, "", places, dtype, found))
    return walked, found, entry, places[id(graph.outputs[0])]


def seeded(config: Any, seed: int) -> Any:
    """A layer's configuration with this seed wherever it, or an initialiser in it, takes one.

    Without a seed the layer made from it would draw from the random numbers of the whole program.
    """
    if not isinstance(config, dict):
        return config
    return {name: seed if name == "seed" else seeded(value, seed) for name, value in config.items()}


def _graph(operation: Any) -> Any:
    """The Functional model that an operation is or, as a Sequential, holds; None for any other."""
    graph = getattr(operation, "_functional", None) or operation
    return graph if hasattr(graph, "_nodes_by_depth") else None


def _walk(graph: Any, path: str, places: dict[int, Key], dtype: str, found: dict[str, Key]) -> Iterator[Step]:
    """The steps of one model; `places` says where each of its tensors is, and is filled on the way."""
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for number, node in enumerate(graph._nodes_by_depth[depth]):
            if node.is_input:
                continue
            operation, name = node.operation, path + node.operation.name
            inner = _graph(operation)
            if inner is not None:
                # A model may be used twice: its path tells the two apart.
                inside = name + "/" if name not in found else f"{name}.{depth}.{number}/"
                pairs = zip(inner.inputs, node.input_tensors, strict=True)
                within = {id(own): places[id(outer)] for own, outer in pairs}
                yield from _walk(inner, inside, within, dtype, found)
                pairs = zip(node.outputs, inner.outputs, strict=True)
                places.update({id(outer): within[id(own)] for outer, own in pairs})
            else:
                writes = tuple((path, id(tensor)) for tensor in node.outputs)
                places.update({id(tensor): key for tensor, key in zip(node.outputs, writes, strict=True)})
                yield from _opened(node, name, [places[id(tensor)] for tensor in node.input_tensors], writes, dtype)
            found[name] = places[id(node.outputs[0])]


def _opened(node: Any, name: str, reads: list[Key], writes: tuple[Key, ...], dtype: str) -> Iterator[Step]:
    """A node as one step, or as two: what it computes, and the activation it carries."""
    operation, rank = node.operation, len(node.outputs[0].shape)
    activation = getattr(operation, "activation", None) if isinstance(operation, LINEAR) else None
    if activation in LINEAR_ACTIVATIONS:
        yield Step(name, _role(node), operation, _lent(node, dtype), tuple(reads), writes, rank)
        return
    before = ((name, writes[0][1]),)
    yield Step(name, Role.LINEAR, operation, _lent(node, dtype, activation="linear"), tuple(reads), before, rank)
    role = Role.RELU if _is_relu(activation) else Role.OTHER
    # A layer as activation would first cast to the precision it was made with.
    apply = activation.call if isinstance(activation, keras.Layer) else activation
    yield Step(name, role, operation, apply, before, writes, rank)


def _role(node: Any) -> Role:
    operation = node.operation
    if isinstance(operation, layers.Activation):
        if operation.activation in LINEAR_ACTIVATIONS:
            return Role.ROUTING
        return Role.RELU if _is_relu(operation.activation) else Role.OTHER
    if _is_relu(operation):
        return Role.RELU
    for kinds, role in ((LINEAR, Role.LINEAR), (ROUTING, Role.ROUTING), (MAX, Role.MAX)):
        if isinstance(operation, kinds):
            return role
    if isinstance(operation, keras.Layer):
        # What augments in training passes images on as they are.
        return Role.ROUTING if type(operation).__name__.startswith("Random") else Role.OTHER
    kind = type(operation).__name__
    by_constant = len(node.input_tensors) == 1 and node.arguments.args[0] is node.input_tensors[0]
    if kind in ("Multiply", "Divide", "TrueDivide") and by_constant:
        return Role.LINEAR
    return OPERATIONS.get(kind, Role.OTHER)


def _is_relu(activation: Any) -> bool:
    if activation in RELU_ACTIVATIONS:
        return True
    # The layer ReLU, and the operation that keras.activations.relu leaves in a graph.
    plain = not getattr(activation, "negative_slope", 0) and not getattr(activation, "threshold", 0)
    return type(activation).__name__ in ("ReLU", "Relu", "Relu6") and plain


def _lent(node: Any, dtype: str, **changes: Any) -> Callable[..., Any]:
    """What a node computes, in inference mode and the given precision, with its layer's weights lent to a copy.

    Raises:
        ValueError: by the function returned, if weights are to be changed of a layer that cannot be copied.
    """
    operation, arguments = node.operation, node.arguments
    ids = [id(tensor) for tensor in node.input_tensors]
    copy = _copy(operation, dtype, changes) if isinstance(operation, keras.Layer) else operation
    inference = {"training": False} if getattr(operation, "_call_has_training_arg", False) else {}

    def apply(*tensors: tf.Tensor, weights: Callable[[tf.Tensor], tf.Tensor] | None = None) -> Any:
        if weights is not None and copy is operation:
            raise ValueError(
                f"Layer {operation.name!r} must be one that can be made from its configuration, "
                "because its weights are changed in a copy. Use a setting that needs none, such as gamma 0 of lrp."
            )
        cast = [tf.cast(x, dtype) if x.dtype.is_floating else x for x in tensors]
        args, kwargs = arguments.fill_in(dict(zip(ids, cast, strict=True)))
        if not isinstance(copy, keras.Layer):
            return copy.call(*args, **kwargs)
        if copy is operation:
            return copy(*args, **kwargs, **inference)
        pairs = zip(copy.variables, operation.variables, strict=True)
        lent = [(mine, tf.cast(theirs.value, mine.dtype)) for mine, theirs in pairs]
        if weights is not None:
            lent = [(mine, weights(changed)) for mine, changed in lent]
        with keras.StatelessScope(lent):
            return copy.call(*args, **{**kwargs, **inference})

    return apply


def _copy(layer: keras.Layer, dtype: str, changes: dict[str, Any]) -> keras.Layer:
    """An empty copy of a layer; the layer itself if it cannot be copied or its copy has other weights."""
    try:
        copy = type(layer).from_config(seeded(layer.get_config(), 0) | changes | {"dtype": dtype})
        if layer.get_build_config() is not None:
            copy.build_from_config(layer.get_build_config())
    except (NotImplementedError, TypeError, ValueError):  # a custom layer that cannot be made from its config
        return layer
    same = [tuple(v.shape) for v in copy.variables] == [tuple(v.shape) for v in layer.variables]
    return copy if same and (copy.built or not layer.built) else layer
