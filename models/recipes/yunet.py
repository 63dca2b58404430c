"""YuNet (OpenCV Zoo, Apache-2.0), brought to the contract of the `face` task.

The weights stay as they are: the file's bytes are verified. Changed: raw RGB 0..255 goes in, pictures of any width and
height that are multiples of 32, the anchors of the three grids are decoded inside the graph. What is measured, and how,
stands in yunet_report.py.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

SHA256 = "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12"
STRIDES = (8, 16, 32)
KEYPOINTS = ["right eye", "left eye", "nose", "right mouth corner", "left mouth corner"]
PARTS = ("cls", "obj", "bbox", "kps")


class Decode(nn.Module):
    """The twelve outputs of YuNet -> boxes [n, A, 4], scores [n, A], keypoints [n, A, 10] in input pixels.

    As cv2.FaceDetectorYN decodes them: a cell's offset is its left upper corner, sides are exponentials, the score is
    the geometric mean of class and objectness."""

    def forward(self, image: Tensor, *heads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        boxes, scores, points = [], [], []
        for at, stride in enumerate(STRIDES):
            cls, obj, box, kps = heads[4 * at : 4 * at + 4]
            rows, columns = image.shape[2] // stride, image.shape[3] // stride
            y = torch.arange(rows).view(-1, 1).expand(rows, columns).reshape(1, -1, 1)
            x = torch.arange(columns).view(1, -1).expand(rows, columns).reshape(1, -1, 1)
            cell = torch.cat([x, y], 2).float()
            centre = (cell + box[:, :, :2]) * stride
            half = torch.exp(box[:, :, 2:]) * (stride / 2)
            boxes.append(torch.cat([centre - half, centre + half], 2))
            scores.append((cls * obj).clamp(0, 1).sqrt()[:, :, 0])
            points.append((kps + cell.repeat(1, 1, 5)) * stride)
        return torch.cat(boxes, 1), torch.cat(scores, 1), torch.cat(points, 1)


def decoder() -> onnx.ModelProto:
    """`Decode` as a graph whose sizes follow the picture's."""
    side, cells = 64, {8: 64, 16: 16, 32: 4}
    heads, names, axes = [], [], {"image": {0: "n", 2: "height", 3: "width"}}
    for stride in STRIDES:
        for part, width in zip(PARTS, (1, 1, 4, 10)):
            heads.append(torch.rand(1, cells[stride], width))
            names.append(f"{part}_{stride}")
            axes[names[-1]] = {0: "n", 1: f"cells_{stride}"}
    outputs = ["boxes", "scores", "keypoints"]
    axes |= {name: {0: "n", 1: "anchors"} for name in outputs}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/decode.onnx"
        torch.onnx.export(
            Decode(), (torch.zeros(1, 3, side, side), *heads), path, opset_version=13, dynamo=False,
            input_names=["image", *names], output_names=outputs, dynamic_axes=axes,
        )  # fmt: skip
        return onnx.load(path)


def convert(source: Path) -> onnx.ModelProto:
    """YuNet with `image` (RGB) in, `boxes`, `scores` and `keypoints` out, at any size."""
    plain = onnx.version_converter.convert_version(onnx.load(str(source)), 13)
    graph, tail = plain.graph, decoder().graph
    # The network was trained on BGR: its first convolution gets its input planes in the other order.
    first = next(node for node in graph.node if node.op_type == "Conv")
    kernel = next(t for t in graph.initializer if t.name == first.input[1])
    kernel.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(numpy_helper.to_array(kernel)[:, ::-1]), kernel.name))
    old = graph.input[0].name
    for node in [*graph.node]:
        node.input[:] = ["image" if name == old else name for name in node.input]
    heads = {f"{part}_{stride}" for part in PARTS for stride in STRIDES}

    def renamed(name: str) -> str:
        return name if name in heads | {"", "image", "boxes", "scores", "keypoints"} else f"decode/{name}"

    for node in tail.node:
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
        node.name = f"decode/{node.name}"
        graph.node.append(node)
    for tensor in tail.initializer:
        tensor.name = renamed(tensor.name)
        graph.initializer.append(tensor)

    def info(name: str, shape: list) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(info("image", ["n", 3, "height", "width"]))
    graph.output.extend([info("boxes", ["n", "anchors", 4]), info("scores", ["n", "anchors"]), info("keypoints", ["n", "anchors", 10])])
    onnx.checker.check_model(plain, full_check=True)
    return plain


def check_against(source: Path, converted: bytes, pictures: list[np.ndarray]) -> float:
    """Greatest difference (pixels, or score) between the graph and OpenCV's own decoder; raises over 0.05."""
    import cv2

    session = onnxruntime.InferenceSession(converted, providers=["CPUExecutionProvider"])
    worst = 0.0
    for picture in pictures:
        height, width = (side // 32 * 32 for side in picture.shape[:2])
        picture = np.ascontiguousarray(picture[:height, :width])
        peer = cv2.FaceDetectorYN.create(str(source), "", (width, height), 0.6, 0.3, 5000)
        wanted = peer.detect(picture[:, :, ::-1])[1]
        boxes, scores, points = session.run(None, {"image": picture.transpose(2, 0, 1)[None].astype(np.float32)})
        for row in wanted if wanted is not None else []:
            corner = np.array([*row[:2], *(row[:2] + row[2:4])])
            best = np.abs(boxes[0] - corner).sum(1).argmin()
            worst = max(worst, np.abs(boxes[0, best] - corner).max(), np.abs(points[0, best] - row[4:14]).max(), abs(scores[0, best] - row[14]))
    if worst > 0.05:
        raise ValueError(f"the graph differs from OpenCV's decoder by {worst}")
    return float(worst)


def verified(source: Path) -> Path:
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{source} has the sha256 {found}, expected {SHA256}")
    return source
