"""What the landmark networks are trained and measured by."""

import numpy as np
import torch
from torch.nn import functional as F

from training import answers

# jaw, brows, nose, eyes, outer lips, inner lips
WEIGHTS = np.concatenate([np.full(17, 0.8), np.full(10, 0.9), np.full(9, 1.0), np.full(12, 2.2), np.full(12, 1.2), np.full(8, 1.2)])
# Mirror: entry i of the mirrored face is point FLIP68[i] of the face.
FLIP68 = np.array(
    list(range(16, -1, -1)) + list(range(26, 16, -1)) + [27, 28, 29, 30] + [35, 34, 33, 32, 31] + [45, 44, 43, 42, 47, 46] + [39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)  # fmt: skip
LIDS = ([37, 38, 43, 44, 61, 62, 63], [41, 40, 47, 46, 67, 66, 65])


def loss_of(points, presence, wanted, kind):
    """Points weigh by WEIGHTS; the openings of lids and lips count once more, because blinks hang on them."""
    face = ~torch.isnan(wanted[:, 30, 0])
    seen = 0.3 * F.binary_cross_entropy_with_logits(presence[:, 0], face.float())
    got, want = points.view(-1, 68, 2)[face], wanted[face]
    if kind == "mse":
        return {"points": 2000 * ((got - want) ** 2).mean(), "presence": seen}
    weights = torch.tensor(WEIGHTS, dtype=torch.float32, device=points.device)
    distance = torch.sqrt(((got - want) ** 2).sum(-1) + 1e-6)
    opening = lambda p: p[:, LIDS[0]] - p[:, LIDS[1]]
    lids = (opening(got) - opening(want)).abs().mean()
    return {"points": 100 * (distance @ weights).mean() / weights.sum(), "lids": 60 * lids, "presence": seen}


def nme(got, wanted):
    """Mean distance over the distance of the outer eye corners, for each face."""
    return np.linalg.norm(got - wanted, axis=-1).mean(1) / np.linalg.norm(wanted[:, 36] - wanted[:, 45], axis=-1)


def points_of(net, images):
    """Points [n, 68, 2] in fractions of the crops, and presence [n]."""
    points, presence = answers(net, images, 128)
    return points.reshape(-1, 68, 2), presence[:, 0]
