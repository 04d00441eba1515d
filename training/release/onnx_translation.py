"""A model of OpenVINO's operations as an ONNX model: the operations that the networks here are made of, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import openvino as ov
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 10
"""Of the file: what onnxruntime reads since 1.18, and onnxruntime-web's builds with it."""

_SAME = {
    "Add": "Add",
    "Subtract": "Sub",
    "Multiply": "Mul",
    "Divide": "Div",
    "Relu": "Relu",
    "Sigmoid": "Sigmoid",
    "ShapeOf": "Shape",
    "Reshape": "Reshape",
    "Broadcast": "Expand",
    "Tile": "Tile",
    "Round": "Round",
}
"""Operations whose inputs and meaning are ONNX's."""


def to_onnx(model: ov.Model) -> onnx.ModelProto:
    """The same computation; inputs and results keep their friendly names. NotImplementedError for an operation that no
    network here has."""
    translation = _Translation()
    for node in model.get_ordered_ops():
        translation.add(node)
    order = [result.get_friendly_name() for result in model.get_results()]
    used = {name for node in translation.nodes for name in node.input}
    graph = helper.make_graph(
        translation.nodes,
        model.get_friendly_name(),
        translation.inputs,
        sorted(translation.outputs, key=lambda one: order.index(one.name)),
        [constant for constant in translation.constants if constant.name in used],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(made, full_check=True)
    return made


class _Translation:
    """The ONNX graph as it grows, in an order in which every node follows its inputs."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._names: dict[str, str] = {}
        """From OpenVINO's node to what ONNX calls its output."""
        self._arrays: dict[str, np.ndarray] = {}

    def add(self, node: ov.Node) -> None:
        kind = node.get_type_name()
        if kind in _SAME:
            self._put(node, _SAME[kind], self._inputs(node))
        elif kind in _OTHERS:
            _OTHERS[kind](self, node)
        else:
            raise NotImplementedError(f"The operation {kind} has no translation to ONNX here.")

    def parameter(self, node: ov.Node) -> None:
        name = self._names[node.get_name()] = node.get_friendly_name()
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, "height", "width"]))

    def result(self, node: ov.Node) -> None:
        name = node.get_friendly_name()
        self.nodes.append(helper.make_node("Identity", self._inputs(node), [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, "rows", "columns"]))

    def constant(self, node: ov.Node) -> None:
        self._arrays[node.get_name()] = node.get_data()  # type: ignore[attr-defined]

    def convolution(self, node: ov.Node) -> None:
        x, weight = self._inputs(node)
        self._put(node, "Conv", [x, weight], **_window(node))

    def group_convolution(self, node: ov.Node) -> None:
        weight = self._array(node, 1)
        grouped = self._constant(weight.reshape(-1, *weight.shape[2:]))
        self._put(node, "Conv", [self._inputs(node)[0], grouped], group=weight.shape[0], **_window(node))

    def prelu(self, node: ov.Node) -> None:
        slopes = self._constant(self._array(node, 1).reshape(-1, 1, 1))
        self._put(node, "PRelu", [self._inputs(node)[0], slopes])

    def mean(self, node: ov.Node) -> None:
        self._put(node, "ReduceMean", self._inputs(node), keepdims=int(node.get_attributes()["keep_dims"]))

    def normalise(self, node: ov.Node) -> None:
        width = node.get_output_partial_shape(0)[-1].get_length()
        scale = self._constant(np.ones(width, np.float32))
        epsilon = float(node.get_attributes()["eps"])
        self._put(node, "LayerNormalization", [self._inputs(node)[0], scale], axis=-1, epsilon=epsilon)

    def matmul(self, node: ov.Node) -> None:
        first, second = self._inputs(node)
        if node.get_attributes()["transpose_b"]:
            source = node.input_value(1)
            order = list(range(len(source.get_partial_shape())))
            order[-2:] = order[:-3:-1]
            turned = f"{node.get_name()}-turned"
            self.nodes.append(helper.make_node("Transpose", [second], [turned], perm=order))
            second = turned
        self._put(node, "MatMul", [first, second])

    def softmax(self, node: ov.Node) -> None:
        self._put(node, "Softmax", self._inputs(node), axis=int(node.get_attributes()["axis"]))

    def pool(self, node: ov.Node) -> None:
        kind = "MaxPool" if node.get_type_name() == "MaxPool" else "AveragePool"
        given = node.get_attributes()
        self._put(node, kind, self._inputs(node), kernel_shape=list(given["kernel"]), strides=list(given["strides"]))

    def interpolate(self, node: ov.Node) -> None:
        given = node.get_attributes()
        x, sides, _ = self._inputs(node)
        axes = self._array(node, 2).tolist()
        by_size = given["shape_calculation_mode"] == "sizes"
        inputs = [x, "", "", sides] if by_size else [x, "", sides]
        self._put(
            node,
            "Resize",
            inputs,
            axes=axes,
            mode="linear" if given["mode"] == "linear_onnx" else "nearest",
            coordinate_transformation_mode=given["coordinate_transformation_mode"],
            nearest_mode="floor",
        )

    def cut(self, node: ov.Node) -> None:
        x, start, stop, step, axes = self._inputs(node)
        self._put(node, "Slice", [x, start, stop, axes, step])

    def concat(self, node: ov.Node) -> None:
        self._put(node, "Concat", self._inputs(node), axis=int(node.get_attributes()["axis"]))

    def gather(self, node: ov.Node) -> None:
        self._put(node, "Gather", self._inputs(node)[:2], axis=self._array(node, 2).item())

    def transpose(self, node: ov.Node) -> None:
        self._put(node, "Transpose", self._inputs(node)[:1], perm=self._array(node, 1).tolist())

    def clamp(self, node: ov.Node) -> None:
        given = node.get_attributes()
        ends = [self._constant(np.array(given[end], np.float32)) for end in ("min", "max")]
        self._put(node, "Clip", [self._inputs(node)[0], *ends])

    def shuffle(self, node: ov.Node) -> None:
        given = node.get_attributes()
        mode = "CRD" if given["mode"] == "depth_first" else "DCR"
        self._put(node, "DepthToSpace", self._inputs(node), blocksize=int(given["block_size"]), mode=mode)

    def pad(self, node: ov.Node) -> None:
        around = self._constant(np.concatenate([self._array(node, 1), self._array(node, 2)]).astype(np.int64))
        self._put(node, "Pad", [self._inputs(node)[0], around], mode="edge")

    def _put(self, node: ov.Node, kind: str, inputs: list[str], **attributes: Any) -> None:
        name = self._names[node.get_name()] = node.get_name()
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))

    def _inputs(self, node: ov.Node) -> list[str]:
        return [self._name(node.input_value(index).get_node().get_name()) for index in range(node.get_input_size())]

    def _name(self, source: str) -> str:
        """What ONNX calls a node's output; a constant is written down where it is used for the first time."""
        if source not in self._names:
            self._names[source] = self._constant(self._arrays[source])
        return self._names[source]

    def _array(self, node: ov.Node, index: int) -> np.ndarray:
        return self._arrays[node.input_value(index).get_node().get_name()]

    def _constant(self, array: np.ndarray) -> str:
        name = f"constant-{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def _window(node: ov.Node) -> dict[str, list[int]]:
    given = node.get_attributes()
    return {"pads": [*given["pads_begin"], *given["pads_end"]], "strides": list(given["strides"])}


_OTHERS: dict[str, Callable[[_Translation, ov.Node], None]] = {
    "Parameter": _Translation.parameter,
    "Result": _Translation.result,
    "Constant": _Translation.constant,
    "Convolution": _Translation.convolution,
    "GroupConvolution": _Translation.group_convolution,
    "PRelu": _Translation.prelu,
    "ReduceMean": _Translation.mean,
    "MVN": _Translation.normalise,
    "MatMul": _Translation.matmul,
    "Softmax": _Translation.softmax,
    "MaxPool": _Translation.pool,
    "AvgPool": _Translation.pool,
    "Interpolate": _Translation.interpolate,
    "Slice": _Translation.cut,
    "Concat": _Translation.concat,
    "Gather": _Translation.gather,
    "Transpose": _Translation.transpose,
    "Clamp": _Translation.clamp,
    "DepthToSpace": _Translation.shuffle,
    "Pad": _Translation.pad,
}
