"""Labels for the LFW pictures, which come without any: YuNet boxes with five points, dlib's 68 landmarks.

Recipes ask for them by `labels_of(run)`: they lie in DATA as lfw_labels.npz, or are made in the cache, once (an hour; needs the
Debian packages libdlib-dev, libdlib-data, liblapack-dev and g++).

The 68 points are the mean over jittered face boxes and over the mirrored picture: one call of dlib's regression trees
gives whole pixels and depends on the box that it starts from, the mean of 18 calls has about a third of that noise. A
picture is kept when those calls agree with each other and with YuNet's five points.

lfw_labels.npz
  names [n]              picture in the zip, without folder
  landmarks [n, 68, 2]   continuous pixels (centre of pixel i is i + 0.5)
  boxes [n, 4]           YuNet box of the same face: x, y, width, height
  scores [n]             YuNet's score
  spread [n]             mean distance of the 18 calls from their mean, over the inter-ocular distance
  mismatch [n]           mean distance from YuNet's five points, over the inter-ocular distance
  good [n]               spread and mismatch under their limits
  all_picture [m], all_boxes [m, 4], all_points [m, 5, 2], all_scores [m]   every face of every picture, for detection;
                         all_picture is the index into all_names
  all_names [k]
Beside it lfw_labels.pictures.npy, the decoded pictures [k, 250, 250, 3], for the recipes that draw from them at random.
"""

import io
import subprocess
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import boxes
from common import save_arrays
from landmark_loss import FLIP68
from runner import Failure

DLIB_WEIGHTS = Path("/usr/share/dlib/shape_predictor_68_face_landmarks.dat")
YUNET_SIDE = 512
SPREAD_LIMIT = 0.03
MISMATCH_LIMIT = 0.12


def read_lfw(zip_path, wanted=None):
    """(name, RGB uint8 picture) of every picture of the zip, or of those in `wanted`, in the order of the names."""
    with zipfile.ZipFile(zip_path) as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".jpg")):
            if wanted is None or Path(name).name in wanted:
                yield Path(name).name, np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))


def names_of_lfw(zip_path):
    with zipfile.ZipFile(zip_path) as archive:
        return sorted(Path(name).name for name in archive.namelist() if name.endswith(".jpg"))


class Yunet:
    """YuNet through OpenCV. Boxes and points are in pixels of the given picture."""

    def __init__(self, model_path, threshold=0.6):
        self.detector = cv2.FaceDetectorYN.create(str(model_path), "", (320, 320), threshold, 0.3, 5000)

    def __call__(self, rgb, scale=1.0):
        """boxes [k, 4] (x, y, width, height), points [k, 5, 2] (eyes, nose, mouth corners), scores [k]."""
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        if scale != 1.0:
            bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        self.detector.setInputSize((bgr.shape[1], bgr.shape[0]))
        found = self.detector.detect(bgr)[1]
        if found is None:
            found = np.zeros((0, 15), np.float32)
        return found[:, :4] / scale, (found[:, 4:14] / scale).reshape(-1, 5, 2), found[:, 14]


class Dlib68:
    """dlib's shape predictor behind a pipe (dlib68.cpp)."""

    def __init__(self, binary, weights):
        self.process = subprocess.Popen([str(binary), str(weights)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, grey, rectangles):
        """grey [h, w] uint8, rectangles [k, 4] int (left, top, right, bottom) -> points [k, 68, 2], whole pixels."""
        rectangles = np.ascontiguousarray(rectangles, np.int32)
        head = np.array([grey.shape[1], grey.shape[0], len(rectangles)], np.int32)
        self.process.stdin.write(head.tobytes() + np.ascontiguousarray(grey).tobytes() + rectangles.tobytes())
        self.process.stdin.flush()
        count = len(rectangles) * 136
        return np.frombuffer(self.process.stdout.read(count * 4), np.float32).reshape(-1, 68, 2)

    def detect(self, grey):
        """Rectangles of dlib's own detector."""
        head = np.array([grey.shape[1], grey.shape[0], -1], np.int32)
        self.process.stdin.write(head.tobytes() + np.ascontiguousarray(grey).tobytes())
        self.process.stdin.flush()
        count = int(np.frombuffer(self.process.stdout.read(4), np.int32)[0])
        return np.frombuffer(self.process.stdout.read(count * 16), np.int32).reshape(-1, 4)


def box_from_points(points):
    """A box as dlib's detector would give it, from YuNet's five points: side and centre follow from eyes and mouth.

    The numbers are medians over 257 LFW pictures on which both detectors fired (DLIB_BOX_* below)."""
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    down = mouth - eyes
    unit = max(np.linalg.norm(down), np.linalg.norm(points[1] - points[0]))
    centre = eyes + DLIB_BOX_DOWN * down
    return centre, DLIB_BOX_SIDE * unit


DLIB_BOX_DOWN = 0.54
DLIB_BOX_SIDE = 2.34


def landmarks68(dlib68, rgb, points, calls=9, side=320, seed=0):
    """Mean landmarks [68, 2] of calls boxes on the picture and its mirror, and their spread (over inter-ocular)."""
    rng = np.random.default_rng(seed)
    centre, box_side = box_from_points(points)
    # The face is scaled to `side` pixels, because dlib's points are whole pixels, and padded so that boxes fit.
    scale = side / box_side
    pad = 0.5 * box_side
    x0, y0 = centre - box_side / 2 - pad
    size = int(round(2 * side))
    matrix = np.array([[scale, 0, -x0 * scale - 0.5 + 0.5 * scale], [0, scale, -y0 * scale - 0.5 + 0.5 * scale]])
    flags = (cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    grey = cv2.warpAffine(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    jitter = rng.uniform(-0.05, 0.05, (calls, 2)) * side
    sides = side * rng.uniform(0.9, 1.1, calls)
    jitter[0], sides[0] = 0, side
    mid = size / 2 + jitter
    boxes = np.concatenate([mid - sides[:, None] / 2, mid + sides[:, None] / 2], 1).round().astype(np.int32)
    plain = dlib68(grey, boxes) + 0.5
    turned = dlib68(np.ascontiguousarray(grey[:, ::-1]), boxes) + 0.5
    turned = np.stack([size - turned[..., 0], turned[..., 1]], -1)[:, FLIP68]
    every = np.concatenate([plain, turned]) / scale + np.array([x0, y0])
    mean = np.median(every, 0)
    spread = np.linalg.norm(every - mean, axis=-1).mean() / interocular(mean)
    return mean.astype(np.float32), float(spread)


def interocular(points):
    """Distance of the outer eye corners, as 300-W takes it."""
    return float(np.linalg.norm(points[36] - points[45]))


def five_of_68(points):
    """The five YuNet points from 68: eye centres, nose tip, mouth corners."""
    return np.stack([points[36:42].mean(0), points[42:48].mean(0), points[30], points[48], points[54]])


def label_lfw(data, dlib68_binary, dlib_weights):
    yunet = Yunet(Path(data) / "teachers/yunet_n.onnx")
    dlib68 = Dlib68(dlib68_binary, dlib_weights)
    out = {k: [] for k in ["names", "landmarks", "boxes", "scores", "spread", "mismatch", "all_picture", "all_boxes", "all_points", "all_scores", "all_names"]}
    for index, (name, rgb) in enumerate(read_lfw(Path(data) / "lfw_A-H.zip")):
        boxes, points, scores = yunet(rgb, YUNET_SIDE / rgb.shape[1])
        out["all_names"].append(name)
        out["all_picture"] += [index] * len(boxes)
        out["all_boxes"] += list(boxes)
        out["all_points"] += list(points)
        out["all_scores"] += list(scores)
        if len(boxes) == 0:
            continue
        # LFW is centred on the person that the file names.
        middle = np.array(rgb.shape[1::-1]) / 2
        main = int(np.argmin(np.linalg.norm(boxes[:, :2] + boxes[:, 2:] / 2 - middle, axis=1)))
        shape, spread = landmarks68(dlib68, rgb, points[main])
        out["names"].append(name)
        out["landmarks"].append(shape)
        out["boxes"].append(boxes[main])
        out["scores"].append(scores[main])
        out["spread"].append(spread)
        out["mismatch"].append(np.linalg.norm(five_of_68(shape) - points[main], axis=1).mean() / interocular(shape))
    text = {"names", "all_names"}
    arrays = {k: np.array(v) if k in text else np.array(v, np.int32 if k == "all_picture" else np.float32) for k, v in out.items()}
    arrays["good"] = (arrays["spread"] < SPREAD_LIMIT) & (arrays["mismatch"] < MISMATCH_LIMIT)
    return arrays


def boxes_of_lfw(run, names):
    """Pictures [k, 250, 250, 3] and, of each, (boxes [n, 4] as x1 y1 x2 y2, scores [n]): of DATA's lfw_labels.npz, else by YuNet, which
    takes seconds where dlib's points take an hour."""
    read = dict(read_lfw(run.needs("lfw_A-H.zip"), set(names)))
    if (run.data / "lfw_labels.npz").exists():
        labels, _ = labels_of(run)
        known = dict(zip(map(str, labels["all_names"]), boxes.faces_of_pictures(labels)))
        return np.stack([read[name] for name in names]), [known[name] for name in names]
    yunet = Yunet(run.needs("teachers/yunet_n.onnx"))
    found = [yunet(read[name], YUNET_SIDE / read[name].shape[1]) for name in names]
    corners = [(np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], 1).astype(np.float32), scores.astype(np.float32)) for box, _, scores in found]
    return np.stack([read[name] for name in names]), corners


def write_pictures(data, path, count):
    pictures = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, 250, 250, 3))
    for index, (_, rgb) in zip(range(count), read_lfw(Path(data) / "lfw_A-H.zip")):
        pictures[index] = rgb
    pictures.flush()


def build_dlib68(folder):
    """The compiled dlib68.cpp in `folder`."""
    binary, source = Path(folder) / "dlib68", Path(__file__).with_name("dlib68.cpp")
    if not DLIB_WEIGHTS.exists():
        raise Failure("The labels of LFW need dlib: apt-get install libdlib-dev libdlib-data liblapack-dev g++. Or put lfw_labels.npz into the data folder.")
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["g++", "-O2", str(source), "-ldlib", "-llapack", "-lblas", "-o", str(binary)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"dlib68.cpp does not compile: apt-get install libdlib-dev liblapack-dev. {done.stderr[-300:]}")
    return binary


def labels_of(run):
    """(labels by name as above, pictures uint8 [k, 250, 250, 3] in the order of all_names)."""
    given = run.data / "lfw_labels.npz"
    path = given if given.exists() else run.cache / "lfw_labels.npz"
    if not path.exists():
        run.needs("lfw_A-H.zip")
        run.note("Labels LFW: about an hour.")
        arrays = label_lfw(run.data, build_dlib68(run.cache), DLIB_WEIGHTS)
        write_pictures(run.data, path.with_suffix(".pictures.npy"), len(arrays["all_names"]))
        save_arrays(path, arrays)
    with np.load(path) as stored:
        labels = {name: stored[name] for name in stored.files}
    return labels, np.load(path.with_suffix(".pictures.npy"), mmap_mode="r")
