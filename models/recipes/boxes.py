"""Face detection: the LFW split, mosaics of many, small and cut faces, overlap removal, average precision.

The same protocol measures every detector. Truth is the teacher's (teachers.py: YuNet on the picture at twice its
size). Boxes are x1 y1 x2 y2 in pixels here.
"""

import hashlib
import zlib

import cv2
import numpy as np

import common
from measures import cluster_bootstrap

TEACHER_SURE = 0.8  # faces that the teacher gives less are neither right nor wrong
SMALLEST = 0.04  # of the picture's longer side: smaller faces are neither right nor wrong
VISIBLE = 0.5  # a cut face counts if half of its box is inside; between a quarter and a half it does not matter


def person_of(name):
    """LFW: Aaron_Eckhart_0001.jpg is a picture of Aaron_Eckhart."""
    return name.rsplit("_", 1)[0]


def split_of(person):
    """train (70 %), valid (10 %) or test (20 %), from the person's name alone."""
    part = hashlib.md5(person.encode()).digest()[0] % 10
    return "test" if part < 2 else "valid" if part == 2 else "train"


def faces_of_pictures(labels):
    """For each picture of all_names: (boxes [k, 4], scores [k])."""
    count = len(labels["all_names"])
    boxes = np.array(labels["all_boxes"], np.float32)
    boxes[:, 2:] += boxes[:, :2]
    order = np.argsort(labels["all_picture"], kind="stable")
    cuts = np.searchsorted(labels["all_picture"][order], np.arange(count + 1))
    return [(boxes[order[a:b]], labels["all_scores"][order[a:b]]) for a, b in zip(cuts[:-1], cuts[1:])]


def overlap(a, b):
    """Intersection over union [len(a), len(b)]."""
    a, b = np.asarray(a, np.float64).reshape(-1, 4), np.asarray(b, np.float64).reshape(-1, 4)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inside = np.prod(np.maximum(high - low, 0), -1)
    area = lambda x: np.prod(x[:, 2:] - x[:, :2], 1)
    return inside / np.maximum(area(a)[:, None] + area(b)[None] - inside, 1e-9)


def remove_overlaps(boxes, scores, limit):
    """Greedy: indices of the kept boxes, best first."""
    order, kept = list(np.argsort(-scores, kind="stable")), []
    while order:
        best, order = order[0], order[1:]
        kept.append(best)
        if order:
            free = overlap(boxes[best : best + 1], boxes[order])[0] <= limit
            order = [o for o, f in zip(order, free) if f]
    return kept


# Mosaics -------------------------------------------------------------------------------------


def split_canvas(rng, width, height, smallest):
    """Rectangles (x, y, w, h) that fill the canvas: split at random until small or lucky."""
    done, open_ = [], [(0, 0, width, height)]
    while open_:
        x, y, w, h = open_.pop()
        if max(w, h) < 2 * smallest or rng.random() < (0.12 if done or open_ else 0.0):
            done.append((x, y, w, h))
            continue
        cut = rng.uniform(0.3, 0.7)
        if w >= h:
            a = int(w * cut)
            open_ += [(x, y, a, h), (x + a, y, w - a, h)]
        else:
            a = int(h * cut)
            open_ += [(x, y, w, a), (x, y + a, w, h - a)]
    return done


def paste(canvas, cell, picture, boxes, sure, zoom, centre, mirror):
    """Fills `cell` of the canvas with a window of the picture. Returns its faces: (boxes in canvas pixels, count).

    `zoom`: canvas pixels per source pixel; `centre`: the source point in the middle of the cell. `count` is False for a
    face that is neither right nor wrong."""
    x, y, w, h = cell
    flip = -1 if mirror else 1
    matrix = np.array([[flip * zoom, 0, w / 2 - flip * zoom * centre[0]], [0, zoom, h / 2 - zoom * centre[1]]])
    pixel = matrix.copy()  # the same map for pixel indices, whose centres lie half a pixel further on
    pixel[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    source = picture
    while zoom < 0.5:  # warpAffine does not average: halve first
        source = cv2.resize(source, (max(1, source.shape[1] // 2), max(1, source.shape[0] // 2)), interpolation=cv2.INTER_AREA)
        pixel = np.hstack([matrix[:, :2] * picture.shape[1] / source.shape[1], matrix[:, 2:]])
        pixel[:, 2] += pixel[:, :2] @ [0.5, 0.5] - 0.5
        zoom *= 2
    canvas[y : y + h, x : x + w] = cv2.warpAffine(source, pixel, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    corners = boxes.reshape(-1, 2, 2) @ matrix[:, :2].T + matrix[:, 2]
    placed = np.concatenate([corners.min(1), corners.max(1)], 1)
    clipped = np.clip(placed, 0, [w, h, w, h])
    seen = np.prod(np.maximum(clipped[:, 2:] - clipped[:, :2], 0), 1) / np.prod(placed[:, 2:] - placed[:, :2], 1)
    keep = seen > VISIBLE / 2
    return clipped[keep] + [x, y, x, y], (sure & (seen > VISIBLE))[keep]


def window(rng, cell, picture, boxes, fit):
    """Zoom and centre of a window: most show a face of 0.35 to 1.1 of the cell, some show anything."""
    x, y, w, h = cell
    if len(boxes) and rng.random() < 0.85:
        box = boxes[rng.integers(len(boxes))]
        zoom = fit * min(w, h) * np.exp(rng.uniform(np.log(0.3), np.log(1.1))) / max(box[2] - box[0], box[3] - box[1])
        centre = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.25, 2) * [w, h] / zoom
    else:
        zoom = max(w, h) / max(picture.shape[:2]) * np.exp(rng.uniform(0, 1.2))
        centre = rng.uniform(0, 1, 2) * [picture.shape[1], picture.shape[0]]
    # The window stays inside the picture as far as it can: a reflected edge would show a second, unlabelled face.
    size = np.array([picture.shape[1], picture.shape[0]])
    zoom = max(zoom, w / size[0], h / size[1])
    half = np.array([w, h]) / zoom / 2
    return zoom, np.clip(centre, half, size - half)


def mosaic(rng, pictures, faces, indices, width, height, smallest):
    """A canvas [height, width, 3] filled from the pictures `indices`, its boxes [k, 4] and count [k]."""
    canvas = np.zeros((height, width, 3), np.uint8)
    boxes, count = [np.zeros((0, 4))], [np.zeros(0, bool)]
    for cell in split_canvas(rng, width, height, smallest):
        index = indices[rng.integers(len(indices))]
        found, scores = faces[index]
        zoom, centre = window(rng, cell, pictures[index], found, 1.0)
        b, c = paste(canvas, cell, pictures[index], found, scores >= TEACHER_SURE, zoom, centre, rng.random() < 0.5)
        boxes.append(b)
        count.append(c)
    return canvas, np.concatenate(boxes), np.concatenate(count)


# Evaluation ----------------------------------------------------------------------------------


def single_set(names, pictures, faces, split):
    """The split's pictures as they are: a list of (picture, boxes, count, cluster)."""
    out = []
    for name, picture, (boxes, scores) in zip(names, pictures, faces):
        person = person_of(str(name))
        if split_of(person) == split:
            big = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= SMALLEST * max(picture.shape[:2])
            out.append((picture, boxes, (scores >= TEACHER_SURE) & big, person))
    return out


def mosaic_set(names, pictures, faces, split, count=300, seed=11):
    """Mosaics of the split's pictures, 480 to 640 pixels wide, cells from 64 pixels: several faces, small and cut."""
    indices = [i for i, n in enumerate(names) if split_of(person_of(str(n))) == split]
    out = []
    for m in range(count):
        rng = np.random.default_rng((seed, m, zlib.crc32(split.encode())))
        width, height = [(640, 480), (640, 360), (480, 640)][rng.integers(3)]
        picture, boxes, sure = mosaic(rng, pictures, faces, indices, width, height, int(rng.integers(64, 200)))
        big = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= SMALLEST * max(width, height)
        out.append((picture, boxes, sure & big, f"mosaic {m}"))
    return out


def fast_letterbox(picture, size):
    """common.letterbox through OpenCV: the same geometry and samples, within half a grey level on average."""
    height, width = picture.shape[:2]
    scale = size / max(width, height)
    left, top = (size - scale * width) / 2, (size - scale * height) / 2
    n = common.samples_per_pixel(1 / scale)
    step = 1 / (scale * n)
    matrix = np.array([[step, 0, 0.5 * step - left / scale - 0.5], [0, step, 0.5 * step - top / scale - 0.5]])
    image = cv2.warpAffine(np.ascontiguousarray(picture), matrix, (size * n, size * n), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    if n > 1:
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    centre = np.arange(size) + 0.5
    inside_x, inside_y = (centre >= left) & (centre < size - left), (centre >= top) & (centre < size - top)
    image = image * (inside_y[:, None] & inside_x[None])[..., None]
    return np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32), scale, left, top


def detect(session, picture, size, threshold=0.05, limit=0.3):
    """Boxes in source pixels, scores and the kept anchors of a detector with the outputs boxes and scores."""
    image, scale, left, top = fast_letterbox(picture, size)
    outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"image": image[None]})))
    scores = outputs["scores"][0]
    sure = np.flatnonzero(scores >= threshold)
    kept = sure[remove_overlaps(outputs["boxes"][0][sure], scores[sure], limit)] if len(sure) else sure
    boxes = (outputs["boxes"][0][kept] - [left, top, left, top]) / scale
    points = outputs["keypoints"][0][kept].reshape(len(kept), outputs["keypoints"].shape[2] // 2, 2) if "keypoints" in outputs else None
    return boxes, scores[kept], None if points is None else (points - [left, top]) / scale


def match(boxes, scores, truth, counts, limit=0.5):
    """[k, 2]: score and 1 (right) or 0 (wrong) of each detection that matters."""
    shared = overlap(boxes, truth) if len(truth) and len(boxes) else np.zeros((len(boxes), len(truth)))
    taken, rows = np.zeros(len(truth), bool), []
    for i in np.argsort(-scores, kind="stable"):
        free = np.where(taken | ~counts, 0, shared[i])
        if len(truth) and free.max() >= limit:
            taken[free.argmax()] = True
            rows.append((scores[i], 1))
        elif not (len(truth) and np.where(counts, 0, shared[i]).max() >= 0.3):
            rows.append((scores[i], 0))
    return np.array(rows, np.float64).reshape(-1, 2)


def average_precision(rows, truths):
    """Area under the precision-recall curve (precision made monotone)."""
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    right = np.cumsum(rows[:, 1])
    precision = right / np.arange(1, len(rows) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * rows[:, 1]).sum() / truths)


def evaluate(detections, pictures):
    """Figures of detections, (boxes, scores, ...) of each picture, on a set of (picture, boxes, count, cluster)."""
    rows, truths, clusters = [], [], []
    for (found, scores, *_), (_, boxes, counts, cluster) in zip(detections, pictures):
        rows.append(match(found, scores, boxes, counts))
        truths.append(int(counts.sum()))
        clusters.append(cluster)
    truths = np.array(truths)

    def ap(indices):
        return average_precision(np.concatenate([rows[i] for i in indices]), max(1, truths[indices].sum()))

    every = np.concatenate(rows)
    every = every[np.argsort(-every[:, 0], kind="stable")]
    wrong = np.cumsum(1 - every[:, 1])
    low, high = cluster_bootstrap(ap, clusters, draws=200)
    precise = np.cumsum(every[:, 1]) / np.arange(1, len(every) + 1) >= 0.98
    return {
        "pictures": len(pictures),
        "faces": int(truths.sum()),
        "ap50": ap(np.arange(len(pictures))),
        "ap50Interval": [low, high],
        "recallAtOneFalsePerPicture": float(every[wrong <= len(pictures), 1].sum() / truths.sum()),
        "scoreAtPrecision98": float(every[precise, 0].min()) if precise.any() else None,
        "recallAtPrecision98": float(every[: precise.nonzero()[0].max() + 1, 1].sum() / truths.sum()) if precise.any() else 0.0,
    }


def by_size(detections, pictures, edges=(0.04, 0.08, 0.16, 0.32, 1.01)):
    """Recall for faces of each range of size (longer side over the picture's longer side); others do not matter."""
    out = []
    for low, high in zip(edges[:-1], edges[1:]):
        part = []
        for picture, boxes, counts, cluster in pictures:
            size = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) / max(picture.shape[:2])
            part.append((picture, boxes, counts & (size >= low) & (size < high), cluster))
        faces = sum(int(p[2].sum()) for p in part)
        if faces >= 20:
            result = evaluate(detections, part)
            out.append({"from": low, "to": min(high, 1.0), "faces": faces, "recallAtOneFalsePerPicture": result["recallAtOneFalsePerPicture"]})
    return out
