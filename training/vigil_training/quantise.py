"""int8 weights for the encoder and the word embeddings, with activations scaled token by token.

A token's scale is its own largest value, so that nothing of a text's answer depends on what stands
beside it in the batch. That of the runtime's own dynamic quantisation is the batch's, which changes
probabilities with the company, and is coarser: one outlying token sets the step of all.

What makes 8 bits enough: activations are evened out by channel against the weights that read them
(SmoothQuant, Xiao 2023), and what comes out of GELU, never under -.17, gets most codes above zero.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import NodeProto, helper, numpy_helper
from tokenizers import Tokenizer

from vigil_training.batches import encode, pad

MIDDLE = 128
# The code of 0 for what comes out of GELU, and GELU's least value.
GELU_ZERO, GELU_LEAST = 32, 0.17
SMOOTH = 0.6
MAX_TOKENS = 128
BATCH = 32


def quantise(source: Path, target: Path, tokenizer: Tokenizer, texts: list[str]) -> None:
    """Writes the int8 form of an fp32 network; heads, norms and biases stay exact.

    `texts` show how large each channel gets; their answers are not looked at.
    """
    model = onnx.load(str(source))
    weights = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    dense = [
        node
        for node in model.graph.node
        if node.op_type == "MatMul" and "/encoder/" in node.name and node.input[1] in weights
    ]
    words = [node for node in model.graph.node if "/word_embeddings/Gather" in node.name]
    if not dense or len(words) != 1:
        raise ValueError("the exported network has other names than quantising expects")
    largest = _largest(model, sorted({node.input[0] for node in dense}), tokenizer, texts)
    made = {output: node for node in model.graph.node for output in node.output}
    graph = _Graph()
    parts = {words[0].name: _embedding(graph, words[0], weights[words[0].input[0]])}
    for name in dict.fromkeys(node.input[0] for node in dense):
        readers = [node for node in dense if node.input[0] == name]
        read = [weights[node.input[1]] for node in readers]
        is_gelu = "act_fn" in made[name].name
        even = None
        if made[name].op_type == "LayerNormalization":
            widest = np.max([np.abs(weight).max(axis=1) for weight in read], axis=0)
            even = _evened(largest[name], widest)
        before = _codes(graph, name, even, is_gelu)
        for node, weight in zip(readers, read, strict=True):
            scaled = weight if even is None else weight * even[:, None]
            parts[node.name] = [*before, *_product(graph, node, scaled, is_gelu)]
            before = []
    nodes = [part for node in model.graph.node for part in parts.get(node.name, [node])]
    used = {name for node in nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend([*kept, *graph.constants.values()])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(target))


class _Graph:
    """The constants that the new nodes read."""

    def __init__(self) -> None:
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name


def _largest(
    model: onnx.ModelProto, names: list[str], tokenizer: Tokenizer, texts: list[str]
) -> dict[str, np.ndarray]:
    """The largest size of each channel [hidden] of the named tensors over the texts' tokens."""
    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    open_model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(
        open_model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = {name: np.float32(0) for name in names}
    encodings = sorted(encode(tokenizer, texts, MAX_TOKENS), key=lambda one: len(one.ids))
    for at in range(0, len(encodings), BATCH):
        ids, mask = pad(encodings[at : at + BATCH])
        inputs = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        real = mask.bool().numpy()
        for name, values in zip(names, session.run(names, inputs), strict=True):
            found[name] = np.maximum(found[name], np.abs(values[real]).max(axis=0))
    return found


def _evened(largest: np.ndarray, widest: np.ndarray) -> np.ndarray:
    """Divisors [hidden] that move the range of wide channels into their weights."""
    factors = np.maximum(largest, 1e-3) ** SMOOTH / np.maximum(widest, 1e-6) ** (1 - SMOOTH)
    return (factors / factors.mean()).astype(np.float32)


def _integers(weight: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 values and the scale of each row or column, found along an axis."""
    scale = np.abs(weight).max(axis=axis, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def _embedding(graph: _Graph, node: NodeProto, weight: np.ndarray) -> list[NodeProto]:
    """A look-up in an int8 table with a scale per word."""
    values, scale = _integers(weight, 1)
    base, ids = node.output[0], node.input[1]
    table, scales = graph.constant("int8.words", values), graph.constant("int8.words.scale", scale)
    return [
        helper.make_node("Gather", [table, ids], [f"{base}.codes"]),
        helper.make_node("Gather", [scales, ids], [f"{base}.scale"]),
        helper.make_node("Cast", [f"{base}.codes"], [f"{base}.wide"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{base}.wide", f"{base}.scale"], [base]),
    ]


def _codes(graph: _Graph, name: str, even: np.ndarray | None, is_gelu: bool) -> list[NodeProto]:
    """uint8 codes `<name>.codes` of a tensor [rows, tokens, hidden] and `<name>.top` per token."""
    nodes, values = [], name
    if even is not None:
        factors = graph.constant(f"{name}.even", 1 / even)
        nodes.append(helper.make_node("Mul", [name, factors], [f"{name}.evened"]))
        values = f"{name}.evened"
    zero, most = _range(is_gelu)
    least, size = 1e-12, values
    if is_gelu:
        # Under this the least value of GELU would have no code.
        least = GELU_LEAST * most / zero
    else:
        size = f"{name}.size"
        nodes.append(helper.make_node("Abs", [values], [size]))
    kind = "gelu" if is_gelu else "signed"
    floor = graph.constant(f"int8.{kind}.least", np.float32(least))
    step = graph.constant(f"int8.{kind}.step", np.float32(1 / most))
    code = graph.constant(f"int8.{kind}.zero", np.uint8(zero))
    return [
        *nodes,
        helper.make_node("ReduceMax", [size], [f"{name}.most"], axes=[-1], keepdims=1),
        helper.make_node("Max", [f"{name}.most", floor], [f"{name}.top"]),
        helper.make_node("Div", [values, f"{name}.top"], [f"{name}.unit"]),
        helper.make_node("QuantizeLinear", [f"{name}.unit", step, code], [f"{name}.codes"]),
    ]


def _product(graph: _Graph, node: NodeProto, weight: np.ndarray, is_gelu: bool) -> list[NodeProto]:
    """The product of codes and int8 weights, put back on the scales of token and column."""
    values, scale = _integers(weight, 0)
    name, base = node.input[0], node.output[0]
    one = graph.constant("int8.one", np.float32(1))
    column = graph.constant(f"{base}.scale", scale[0] / np.float32(_range(is_gelu)[1]))
    inputs = [
        f"{name}.codes", graph.constant(f"{base}.weight", values), one, column,
        f"int8.{'gelu' if is_gelu else 'signed'}.zero", graph.constant("int8.none", np.int8(0)),
    ]  # fmt: skip
    return [
        helper.make_node(
            "MatMulIntegerToFloat", inputs, [f"{base}.unit"],
            name=f"{node.name}_int8", domain="com.microsoft",
        ),
        helper.make_node("Mul", [f"{base}.unit", f"{name}.top"], [base]),
    ]  # fmt: skip


def _range(is_gelu: bool) -> tuple[int, int]:
    """The code of 0, and how many codes lie above it."""
    zero = GELU_ZERO if is_gelu else MIDDLE
    return zero, 255 - zero
