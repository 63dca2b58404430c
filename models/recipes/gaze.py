"""Gaze of one eye from a 60 x 36 picture: the network of the thesis and a compact one, trained on renders.

The real patches (MPIIGaze) are read once, after training, for the figures; no choice of epoch or setting looks at them. With
--real the eyes of LFW are seen too, without labels. --views reads each eye twice; --epochs 0 --start WEIGHTS gives a network that is
there already as such. --calibrated says for the card what `edin evaluate gaze` found after nine points.
"""

import io
import zipfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import landmark_data as D
import made_up
from common import check_disjoint, crop, eye_crop, resize_whole
from eye_renders import GAZE_SCALE, GAZE_SIZE, eyes
from eye_sets import aspect_ratio
from gaze_publish import TITLES, publish
from gaze_teacher import taught_eyes
from measures import angular_error
from runner import Failure, Recipe
from teachers import labels_of
from training import answers, start_from

SIZE, CROP_SCALE = (60, 36), 1.25
LEAST_OPENNESS = 0.08  # narrower eyes say nothing about gaze and are not trained on
VALID_SEED = 12


class Equalise(nn.Module):
    """RGB 0..255 -> grey with a flat histogram in -1..1, as the MPIIGaze patches have it.

    The cumulative histogram is piecewise linear between `knots` quantiles of the picture.
    """

    def __init__(self, knots=16):
        super().__init__()
        self.knots = knots

    def forward(self, image):
        grey = 0.299 * image[:, 0:1] + 0.587 * image[:, 1:2] + 0.114 * image[:, 2:3]
        pixels = SIZE[0] * SIZE[1]
        ordered = torch.topk(grey.flatten(1), pixels, dim=1, largest=False, sorted=True)[0]
        at = torch.linspace(0, pixels - 1, self.knots + 1).round().long()
        quantiles = ordered[:, at]
        low = quantiles[:, :-1, None, None]
        step = (quantiles[:, 1:, None, None] - low).clamp(min=0.25)
        return ((grey - low) / step).clamp(0, 1).mean(1, keepdim=True) * 2 - 1


def block(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


ZOOMS = (1.1, 0.9)  # of an eye that is read twice, then mirrored: what its picture covers, over what it covers


def resampling(length, zoom):
    """[length, length]: pixels of a line zoomed about its middle, each a mean of two; beyond the ends the last one."""
    at = ((torch.arange(length) + 0.5 - length / 2) * zoom + length / 2 - 0.5).clamp(0, length - 1)
    left = at.floor().long().clamp(max=length - 2)
    share = (at - left)[:, None]
    return F.one_hot(left, length) * (1 - share) + F.one_hot(left + 1, length) * share


class Network(nn.Module):
    """Pitch and yaw in radians and, for training only, the logarithm of the error that the network expects in each.

    With `views` an eye is read as it is, from a little further away, and mirrored, from a little nearer; the mean is the answer.
    """

    views = False

    def read(self, flat):
        return self.head(self.features(flat))

    def forward(self, image):
        flat = self.equalise(image)
        if not self.views:
            return self.read(flat)[:, :2]
        rows, columns = (torch.stack([resampling(length, zoom) for zoom in ZOOMS])[None].to(flat) for length in SIZE[::-1])
        far, near = (rows @ flat @ columns.transpose(2, 3)).split(1, dim=1)
        straight, mirrored = self.read(torch.cat([far, near.flip(3)]))[:, :2].view(2, -1, 2)
        return (straight + mirrored * torch.tensor([1.0, -1.0], device=straight.device)) / 2


class CompactGaze(Network):
    """Six convolutions and a narrow head."""

    def __init__(self):
        super().__init__()
        self.equalise = Equalise()
        self.features = nn.Sequential(block(1, 16, 2), block(16, 32), block(32, 48, 2), block(48, 64), block(64, 80, 2), block(80, 48))
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(48 * 5 * 8, 40), nn.ReLU(), nn.Linear(40, 4))


class ThesisGaze(Network):
    """The thesis's table: 64 x 64 eye; conv 32; 64, 64; 128 x 3; 256 x 3 with batch norm and 2 x 2 pooling; FC 1024, 512, 2.

    `width` scales every layer but the last; 1.0 is the thesis's own. The 60 x 36 picture is stretched to 64 x 64 inside.
    """

    def __init__(self, width=0.375):
        super().__init__()
        c1, c2, c3, c4, f1, f2 = (max(8, int(round(n * width))) for n in (32, 64, 128, 256, 1024, 512))
        self.equalise = Equalise()
        pool = nn.MaxPool2d(2)
        self.features = nn.Sequential(
            block(1, c1), pool, block(c1, c2), block(c2, c2), pool, block(c2, c3), block(c3, c3), block(c3, c3), pool,
            block(c3, c4), block(c4, c4), block(c4, c4), pool)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(c4 * 16, f1), nn.ReLU(), nn.Dropout(0.3), nn.Linear(f1, f2), nn.ReLU(),
                                  nn.Linear(f2, 4))

    def read(self, flat):
        return self.head(self.features(F.interpolate(flat, (64, 64), mode="bilinear", align_corners=False)))


def jitter(images, gaze, generator, strength=1.0):
    """Random framing, light, blur and noise: uint8 [n, 48, 80] -> float [n, 3, 36, 60] and the turned gaze."""
    n, device = len(images), generator.device

    def normal(*shape):
        return torch.randn(*shape, generator=generator, device=device)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator, device=device)

    picture = images[:, None].float()
    scale = torch.exp(0.06 * strength * normal(n))
    stretch = torch.exp(0.03 * strength * normal(n))
    roll = 0.05 * strength * normal(n)
    cos, sin = torch.cos(roll), torch.sin(roll)
    kx, ky = SIZE[0] / GAZE_SIZE[0], SIZE[1] / GAZE_SIZE[1]
    ratio = GAZE_SIZE[1] / GAZE_SIZE[0]
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 1] = cos * scale * stretch * kx, -sin * scale * ky * ratio
    theta[:, 1, 0], theta[:, 1, 1] = sin * scale * stretch * kx / ratio, cos * scale * ky
    theta[:, 0, 2] = 0.035 * strength * normal(n)
    theta[:, 1, 2] = 0.06 * strength * normal(n)
    grid = F.affine_grid(theta, (n, 1, SIZE[1], SIZE[0]), align_corners=False)
    picture = F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=False)
    soft = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
    picture = picture + (soft - picture) * uniform(-0.6, 1.0, n, 1, 1, 1).clamp(min=-0.3)
    # A light gradient across the patch: brow shadow, lamp at one side.
    y, x = torch.meshgrid(torch.linspace(-1, 1, SIZE[1], device=device), torch.linspace(-1, 1, SIZE[0], device=device), indexing="ij")
    slope = 0.35 * strength * normal(n, 2, 1, 1)
    bend = 0.25 * strength * normal(n, 1, 1)
    field = slope[:, 0] * x + slope[:, 1] * y + bend * (x * x + y * y - 0.7)
    picture = picture * torch.exp(field.clamp(-1.2, 1.2))[:, None]
    picture = picture * uniform(0.6, 1.2, n, 1, 1, 1) + normal(n, 1, SIZE[1], SIZE[0]) * (5 * normal(n, 1, 1, 1)).abs()
    picture = picture.clamp(0, 255)
    # Turning the crop by roll turns the gaze back by roll.
    pitch, yaw = gaze[:, 0], gaze[:, 1]
    gx, gy, gz = -torch.cos(pitch) * torch.sin(yaw), -torch.sin(pitch), -torch.cos(pitch) * torch.cos(yaw)
    rx, ry = cos * gx + sin * gy, -sin * gx + cos * gy
    turned = torch.stack([torch.asin((-ry).clamp(-1, 1)), torch.atan2(-rx, -gz)], 1)
    return picture.expand(-1, 3, -1, -1), turned


def flip(images, gaze, generator):
    """Mirrors half of the pictures; yaw changes sign. So both eyes look the same to the network."""
    chosen = torch.rand(len(images), generator=generator, device=generator.device) < 0.5
    images = torch.where(chosen[:, None, None], images.flip(2), images)
    return images, torch.stack([gaze[:, 0], torch.where(chosen, -gaze[:, 1], gaze[:, 1])], 1)


def centre(images):
    """The middle 60 x 36 as float [n, 3, 36, 60]."""
    x, y = (GAZE_SIZE[0] - SIZE[0]) // 2, (GAZE_SIZE[1] - SIZE[1]) // 2
    return images[:, None, y : y + SIZE[1], x : x + SIZE[0]].float().expand(-1, 3, -1, -1)


def real_eyes(run):
    """Right and left eye of LFW people (training part), uint8 [n, 2, 48, 80], grey; nobody says where they look."""
    labels, pictures = labels_of(run)
    index, shapes, _ = D.load_lfw(labels, pictures)["train"]
    seen = aspect_ratio(shapes).min(1) > 0.2
    out = np.empty((int(seen.sum()), 2, GAZE_SIZE[1], GAZE_SIZE[0]), np.uint8)
    for row, i, shape in zip(out, index[seen], shapes[seen]):
        for eye, which in zip(row, ("right", "left")):
            r, g, b = crop(pictures[i], *eye_crop(shape, which, GAZE_SCALE), GAZE_SIZE)
            eye[:] = (0.299 * r + 0.587 * g + 0.114 * b).round()
    return torch.from_numpy(out)


def agreed(average, pairs):
    """What the averaged network says of real eyes, [n, 2] for each eye: the mean over both eyes of a face and their
    mirror images, which look at one place."""
    average.eval()
    with torch.no_grad():
        eyes = centre(pairs.flatten(0, 1))
        said = average(torch.cat([eyes, eyes.flip(3)]))
    straight, mirrored = said.chunk(2)
    said = (straight + mirrored * torch.tensor([1.0, -1.0], device=said.device)) / 2
    return said.view(-1, 2, 2).mean(1, keepdim=True).expand(-1, 2, -1).flatten(0, 1)


def taught(run):
    """Real eyes [n, 48, 80] and where the teacher says that they look [n, 2], on the run's device."""
    given = taught_eyes(run)
    eyes = torch.from_numpy(given["image"]).flatten(0, 1)
    return {"image": eyes.to(run.device), "gaze": torch.from_numpy(given["gaze"]).float().repeat_interleave(2, 0).to(run.device)}


def laplace_loss(said, wanted):
    """Negative log-likelihood of Laplace errors: pictures that hide the gaze count less than those that show it."""
    spread = said[:, 2:].clamp(-4.0, 1.0)
    return ((said[:, :2] - wanted).abs() * torch.exp(-spread) + spread).mean()


def smooth_loss(said, wanted):
    return F.smooth_l1_loss(said[:, :2], wanted, beta=0.1)


LOSSES = {"laplace": laplace_loss, "smooth": smooth_loss}


REAL_PAIRS, REAL_WEIGHT = 24, 0.5
TAUGHT_EYES, TAUGHT_WEIGHT = 64, 10.0


def fit(run, network, training, valid, real=None, taught=None):
    """With `real` eyes, each step also sees some of them, framed and lit at random, and learns what the averaged network says
    of both eyes of that face (mean teacher, Tarvainen & Valpola 2017): the statistics of the layers and the features fit
    real eyes, without their labels. Of `taught` eyes it learns where gaze_teacher.py says that they look."""
    options = run.options
    loss_of, batch = LOSSES[options.loss], min(options.batch, len(training["image"]))
    images, gaze = torch.from_numpy(training["image"]).to(run.device), torch.from_numpy(training["gaze"]).float().to(run.device)
    real = None if real is None else real.to(run.device)
    valid_pictures = centre(torch.from_numpy(valid["image"])).numpy()
    steps = options.steps or len(images) // batch

    def batches(epoch):
        generator = run.generator(epoch)
        rounds = -(-steps * batch // len(images))
        order = torch.cat([torch.randperm(len(images), generator=generator, device=run.device) for _ in range(rounds)])
        for chosen in order[: steps * batch].split(batch):
            pictures, wanted = flip(images[chosen], gaze[chosen], generator)
            pictures, wanted = jitter(pictures, wanted, generator)
            believed = None
            if taught is not None:
                picked = torch.randint(len(taught["image"]), (TAUGHT_EYES,), generator=generator, device=run.device)
                eyes, believed = flip(taught["image"][picked], taught["gaze"][picked], generator)
                eyes, believed = jitter(eyes, believed, generator)
                pictures = torch.cat([pictures, eyes])
            elif real is not None:
                pairs = real[torch.randint(len(real), (REAL_PAIRS,), generator=generator, device=run.device)]
                eyes, believed = flip(pairs.flatten(0, 1), agreed(run.average, pairs), generator)
                eyes, believed = jitter(eyes, believed, generator)
                pictures = torch.cat([pictures, eyes])
            yield pictures, wanted, believed

    def loss(net, given):
        pictures, wanted, believed = given
        with torch.no_grad():
            pictures = net.equalise(pictures).contiguous(memory_format=torch.channels_last)
        with run.autocast():
            said = net.read(pictures)
        said = said.float()
        parts = {"rendered": loss_of(said[:batch], wanted)}
        if believed is not None:
            parts["real"] = (REAL_WEIGHT if taught is None else TAUGHT_WEIGHT) * smooth_loss(said[batch:], believed)
        return parts

    measure = lambda average: {"degrees": float(angular_error(answers(average, valid_pictures)[0], valid["gaze"]).mean())}
    return run.fit(network, batches=batches, steps=steps, loss=loss, measure=measure, ramp=50, warmup=0.15, clip=1.0, channels_last=True)


def real_patches(data):
    """The MPIIGaze patches as the product would feed them, with (pitch, yaw)."""
    archive = zipfile.ZipFile(data)
    rows = [line.split(",") for line in archive.read("labels.csv").decode().split()[1:]]
    pictures = [resize_whole(np.array(Image.open(io.BytesIO(archive.read("images/" + row[0])))), SIZE) for row in rows]
    return np.stack(pictures), np.array([[float(row[1]), float(row[2])] for row in rows])


def run(run):
    options = run.options
    if options.loss not in LOSSES:
        raise Failure(f"There is no loss {options.loss}: {', '.join(LOSSES)}.")
    valid = eyes(run, options.valid, VALID_SEED)
    seeds = [int(seed) for seed in str(options.train_seed).split(",")]
    sets = [eyes(run, options.train, seed) for seed in seeds]
    training = {key: np.concatenate([each[key] for each in sets]) for key in sets[0]}
    visible = training["openness"] > LEAST_OPENNESS
    training = {key: values[visible] for key, values in training.items()}
    check_disjoint(train=training["identity"].tolist(), valid=valid["identity"].tolist())
    network = CompactGaze() if options.network == "compact" else ThesisGaze(options.width)
    network.views = options.views
    start_from(network, options.start, torch.zeros(1, 3, SIZE[1], SIZE[0]))
    real = real_eyes(run) if options.real and not options.taught else None
    seen = taught(run) if options.taught else None
    network = fit(run, network, training, valid, real, seen)
    pictures, truth = real_patches(run.needs("mpiigaze_p00.zip"))
    facts = {
        "rendered": len(training["image"]), "drawn": options.train, "rate": options.rate, "people": len(np.unique(training["identity"])), "epochs": options.epochs,
        "seed": options.seed, "renderSeed": " ".join(map(str, seeds)), "realNote": options.how,
    }  # fmt: skip
    if real is not None:
        facts["unlabelledFaces"] = len(real)
    if seen is not None:
        facts["taughtFaces"] = len(seen["image"]) // 2
    if options.views:
        facts["zooms"] = ZOOMS
    if options.calibrated:
        facts["afterNinePoints"] = options.calibrated
    if options.network == "thesis":
        facts["width"] = options.width
    publish(run, network, facts, training, valid, centre(torch.from_numpy(valid["image"])), pictures, truth)


def smoke(folder):
    made_up.lfw(folder)
    made_up.head(folder)
    rng, names = np.random.default_rng(0), [f"p00_{k:04d}.jpg" for k in range(60)]
    made_up.write_zip(folder / "mpiigaze_p00.zip", {f"images/{name}": rng.integers(0, 256, (36, 60, 3), dtype=np.uint8) for name in names})
    table = "file,pitch,yaw\n" + "\n".join(f"{name},{rng.normal(0, 0.1):.4f},{rng.normal(0, 0.2):.4f}" for name in names)
    with zipfile.ZipFile(folder / "mpiigaze_p00.zip", "a") as archive:
        archive.writestr("labels.csv", table)
    return {"epochs": 1, "steps": 2, "batch": 8, "train": 12, "valid": 6, "width": 0.1, "real": True, "views": True}


def recipe(network, options):
    return Recipe(
        title=TITLES[f"gaze-{network}"], task="gaze", run=run, smoke=smoke,
        data="The folder holds ict_facekit.npz, lfw_A-H.zip (backgrounds; with --real also eyes) and mpiigaze_p00.zip.",
        options={
            "network": network, "epochs": 30, "batch": 64, "seed": 20220, "rate": 2e-3, "decay": 0.03, "bf16": True, "train": 16000, "train_seed": "11", "valid": 2000,
            "width": 0.375, "loss": "laplace", "real": False, "taught": False, "views": False, "calibrated": "", "how": "", **options,
        },
    )  # fmt: skip


RECIPES = {f"gaze-{network}": recipe(network, options) for network, options in (("compact", {"real": True}), ("thesis", {}))}
