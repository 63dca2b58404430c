"""Where faces of strangers look, as a larger network says: real eyes with labels for gaze.py.

The teacher is gaze-estimation-adas-0002 of Intel's Open Model Zoo (Apache-2.0): both eyes and the pose of the head, which
head-pose-estimation-adas-0001 of the same zoo reads. Both are OpenVINO files, DATA/teachers/NAME.xml and .bin, read by the package
`openvino`. What they say is a guess with an error of its own (6.95 degrees on its makers' pictures), so each face is asked
straight and mirrored, with the eyes cut in two sizes, and a face whose answers differ much is left out.
"""

import numpy as np
import onnxruntime

import marked_faces
from boxes import person_of, split_of
from common import MODELS, crop, eye_crop, face_square, task_crop
from eye_renders import GAZE_SCALE, GAZE_SIZE
from eye_sets import aspect_ratio
from landmark_loss import FLIP68
from runner import Failure
from teachers import YUNET_SIDE, Yunet, box_from_points, read_lfw

GAZE, HEAD = "gaze-estimation-adas-0002", "head-pose-estimation-adas-0001"
EYE_SCALES, HEAD_SCALE = (1.5, 1.8), 1.25  # side of the teacher's square pictures, over the eye's width and the face square
LEAST_OPEN = 0.17
MOST_APART = np.radians(10.0)  # between the answers for a face and for its mirror image
LEAST_EYE_PX = 14.0
MIRROR = np.array([1.0, -1.0])


class Teacher:
    """Pitch and yaw in radians, MPIIGaze's signs, of a face with its roll taken out."""

    def __init__(self, folder):
        try:
            import openvino
        except ImportError as error:
            raise Failure("The gaze teacher needs OpenVINO: pip install openvino.") from error
        core = openvino.Core()
        self.gaze, self.head = (core.compile_model(str(folder / f"{name}.xml"), "CPU", {"INFERENCE_NUM_THREADS": 1}) for name in (GAZE, HEAD))

    def __call__(self, picture, points):
        """Mean answer [2] and how far the straight and the mirrored one are apart."""
        straight = self._ask(picture, points)
        turned = np.stack([picture.shape[1] - points[:, 0], points[:, 1]], 1)[FLIP68]
        mirrored = self._ask(np.ascontiguousarray(picture[:, ::-1]), turned) * MIRROR
        return (straight + mirrored) / 2, float(np.linalg.norm(straight - mirrored))

    def _ask(self, picture, points):
        square = lambda where, side=60: crop(picture, *where, (side, side))[None, ::-1]  # BGR
        found = self.head({"data": square(task_crop(face_square(points), HEAD_SCALE))})
        angles = {output.any_name: float(value[0, 0]) for output, value in found.items()}
        pose = np.array([[angles["angle_y_fc"], angles["angle_p_fc"], 0.0]], np.float32)
        answers = []
        for scale in EYE_SCALES:
            right, left = (square(eye_crop(points, which, scale)) for which in ("right", "left"))
            # Its "left" eye is the one at the left of the picture: so its answers for mirror images agree best.
            x, y, z = self.gaze({"left_eye_image": right, "right_eye_image": left, "138": pose})["gaze_vector"][0]
            answers.append([np.arcsin(np.clip(y / np.linalg.norm([x, y, z]), -1, 1)), np.arctan2(-x, abs(z))])
        return np.mean(answers, 0)


class Landmarker:
    """The product's own landmarks, so that eyes are cut as it cuts them."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(MODELS / "landmarks-compact/model.onnx", options)

    def __call__(self, picture, five):
        """Points [68, 2] and presence, from the five points of a detector."""
        (cx, cy), side = box_from_points(five)
        across = five[1] - five[0]
        square = cx, cy, side, float(np.arctan2(across[1], across[0]))
        for _ in range(2):
            x, y, width, roll = task_crop(square, 1.4)
            grey = crop(picture, x, y, width, roll, (96, 96)).transpose(1, 2, 0) @ [0.299, 0.587, 0.114]
            flat, presence = self.session.run(None, {"image": np.repeat(grey[None, None], 3, 1).astype(np.float32)})
            turned = (flat.reshape(68, 2) - 0.5) * width
            cos, sin = np.cos(roll), np.sin(roll)
            points = turned @ np.array([[cos, sin], [-sin, cos]]) + [x, y]
            square = face_square(points)
        return points, float(presence[0, 0])


def _faces(run):
    """(picture, points) of LFW people of the training part and of the faces that 300-W's people marked."""
    for face in marked_faces.read(run.unpacked("landmarks300w_train.zip")):
        if marked_faces.part_of(face) == "train":
            yield face.picture(), face.points
    yunet, landmarker = Yunet(run.needs("teachers/yunet_n.onnx")), Landmarker()
    for name, picture in read_lfw(run.needs("lfw_A-H.zip")):
        if split_of(person_of(name)) != "train":
            continue
        boxes, five, _ = yunet(picture, YUNET_SIDE / picture.shape[1])
        if len(boxes) == 0:
            continue
        main = int(np.argmin(np.linalg.norm(boxes[:, :2] + boxes[:, 2:] / 2 - np.array(picture.shape[1::-1]) / 2, axis=1)))
        points, presence = landmarker(picture, five[main])
        if presence > 0.5:
            yield picture, points

def taught_eyes(run):
    """Arrays: image uint8 [n, 2, 48, 80], grey, right and left eye; gaze [n, 2] radians. From the run's cache or made there."""
    return run.derived("eyes-gaze-taught", lambda: _teach(run))


def _teach(run):
    teacher = Teacher(run.needs(f"teachers/{GAZE}.xml").parent)
    images, gaze, seen = [], [], 0
    for picture, points in _faces(run):
        seen += 1
        widths = [np.linalg.norm(points[36] - points[39]), np.linalg.norm(points[42] - points[45])]
        if aspect_ratio(points[None]).min() < LEAST_OPEN or min(widths) < LEAST_EYE_PX:
            continue
        said, apart = teacher(picture, points)
        if apart > MOST_APART:
            continue
        pair = np.empty((2, GAZE_SIZE[1], GAZE_SIZE[0]), np.uint8)
        for eye, which in zip(pair, ("right", "left")):
            r, g, b = crop(picture, *eye_crop(points, which, GAZE_SCALE), GAZE_SIZE)
            eye[:] = (0.299 * r + 0.587 * g + 0.114 * b).round()
        images.append(pair)
        gaze.append(said)
    run.note(f"The gaze teacher was sure of {len(images)} of {seen} faces.")
    return {"image": np.stack(images), "gaze": np.array(gaze)}
