"""Golden vectors for the motion magnification, from an implementation of the published algorithm (Wu et al. 2012) of its
own, in NumPy and SciPy.

    python3 test/golden/scripts/evm.py                      writes test/golden/evm.json
    python3 test/golden/scripts/evm.py CLIP.yuv W H FPS LOW HIGH LEVELS ALPHA OUT.rgb    magnifies a raw yuv420p clip

The second form is what test/eval/evmReference.ts compares the product with on a real clip: RGB float32 frames."""
import base64
import json
import pathlib
import sys

import numpy as np
from scipy import ndimage, signal

KERNEL = np.array([1, 4, 6, 4, 1]) / 16


def blur(picture):
    for axis in (0, 1):
        picture = ndimage.convolve1d(picture, KERNEL, axis=axis, mode="mirror")
    return picture


def down(picture):
    return blur(picture)[::2, ::2]


def up(picture, height, width):
    for axis, size in ((0, height), (1, width)):
        p = np.moveaxis(picture, axis, 0)
        before = np.concatenate([p[:1], p[:-1]])
        after = np.concatenate([p[1:], p[-1:]])
        wide = np.empty((2 * p.shape[0],) + p.shape[1:])
        wide[0::2] = (before + 6 * p + after) / 8
        wide[1::2] = (p + after) / 2
        picture = np.moveaxis(wide[:size], 0, axis)
    return picture


def to_rgb(y, u, v):
    """BT.601, limited range; chroma repeated."""
    h, w = y.shape
    u, v = (np.repeat(np.repeat(c, 2, 0), 2, 1)[:h, :w] - 128.0 for c in (u, v))
    y = 1.164383 * (y - 16.0)
    return np.stack([y + 1.596027 * v, y - 0.391762 * u - 0.812968 * v, y + 2.017232 * u], -1)


def magnify(frames, fps, low, high, levels, alpha):
    """frames [t, h, w, c] float, IIR band-pass started at its steady state; yields magnified frames, not clipped."""
    sos = signal.butter(2, [low, high], "bandpass", fs=fps, output="sos")
    state = None
    for frame in frames:
        pooled = [frame]
        for _ in range(levels):
            pooled.append(down(pooled[-1]))
        if state is None:
            zi = signal.sosfilt_zi(sos)
            state = zi.reshape(zi.shape + (1,) * pooled[-1].ndim) * pooled[-1]
        x = pooled[-1]
        for k, (b0, b1, b2, _, a1, a2) in enumerate(sos):
            y = b0 * x + state[k, 0]
            state[k, 0] = b1 * x - a1 * y + state[k, 1]
            state[k, 1] = b2 * x - a2 * y
            x = y
        for p in reversed(pooled[:-1]):
            x = up(x, p.shape[0], p.shape[1])
        yield frame + alpha * x


def read_yuv(path, width, height):
    cw, ch = (width + 1) // 2, (height + 1) // 2
    size = width * height + 2 * cw * ch
    with open(path, "rb") as file:
        while len(data := file.read(size)) == size:
            a = np.frombuffer(data, np.uint8)
            yield (a[:width * height].reshape(height, width), a[width * height:width * height + cw * ch].reshape(ch, cw),
                   a[width * height + cw * ch:].reshape(ch, cw))


def b64(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def golden():
    rng = np.random.default_rng(7)
    filters = []
    for low, high, fps in [(0.5, 1.5, 30), (0.8, 2, 25), (1, 12, 30), (1, 12.5, 60), (0.5, 1.5, 29.97)]:
        sos = signal.butter(2, [low, high], "bandpass", fs=fps, output="sos")
        hz = [low / 4, low / 2, low, (low * high) ** 0.5, high, min(2 * high, 0.48 * fps)]
        gain = np.abs(signal.sosfreqz(sos, worN=hz, fs=fps)[1])
        series = np.cumsum(rng.normal(size=90)) + 100
        zi = signal.sosfilt_zi(sos) * series[0]
        out, _ = signal.sosfilt(sos, series, zi=zi)
        filters.append({"lowHz": low, "highHz": high, "frameRate": fps, "hz": hz, "gain": gain.tolist(),
                        "series": series.tolist(), "filtered": out.tolist()})
    picture = rng.uniform(0, 255, size=(13, 18))
    small = down(picture)
    pyramid = {"width": 18, "height": 13, "picture": picture.ravel().tolist(), "down": small.ravel().tolist(),
               "up": up(small, 13, 18).ravel().tolist()}
    # A textured picture that moves by a tenth of a pixel, 32 x 24, grey.
    base = ndimage.gaussian_filter(rng.uniform(0, 255, size=(40, 48)), 2)
    base = 30 + 190 * (base - base.min()) / np.ptp(base)
    grey = np.stack([np.clip(np.round(ndimage.shift(base, (0, 0.1 * np.sin(2 * np.pi * t / 30)), order=3)[8:32, 8:40]), 0, 255)
                     for t in range(45)]).astype(np.uint8)
    out = list(magnify((g[..., None].astype(float) for g in grey), 30, 0.5, 1.5, 2, 5))
    clip = {"width": 32, "height": 24, "frames": len(grey), "frameRate": 30, "bandHz": [0.5, 1.5], "levels": 2, "alpha": 5,
            "luma": b64(grey), "at": [1, 20, 44],
            "magnified": [b64(np.clip(out[t][..., 0], 0, 255).astype("<f4")) for t in (1, 20, 44)]}
    ideal = []
    for low, high, fps, n in [(0.5, 1.5, 30, 256), (0.8, 2, 25, 128)]:
        tone = (low + high) / 2
        # Whole periods of the mirrored series, so that the ideal filter's answer is known.
        k = round(tone * 2 * n / fps)
        inside = np.cos(np.pi * k * (np.arange(n) + 0.5) / n)
        outside = np.cos(np.pi * (4 * k) * (np.arange(n) + 0.5) / n)
        series = 50 + 3 * inside + 2 * outside
        both = np.concatenate([series, series[::-1]])
        spectrum = np.fft.rfft(both)
        hz = np.fft.rfftfreq(2 * n, 1 / fps)
        spectrum[(hz < low) | (hz > high)] = 0
        ideal.append({"lowHz": low, "highHz": high, "frameRate": fps, "series": series.tolist(),
                      "filtered": np.fft.irfft(spectrum)[:n].tolist()})
    path = pathlib.Path(__file__).parents[1] / "evm.json"
    path.write_text(json.dumps({"filters": filters, "pyramid": pyramid, "clip": clip, "ideal": ideal}))


def main():
    if len(sys.argv) == 1:
        golden()
        return
    path, width, height, fps, low, high, levels, alpha, out = sys.argv[1:]
    frames = (to_rgb(*planes) for planes in read_yuv(path, int(width), int(height)))
    with open(out, "wb") as file:
        for frame in magnify(frames, float(fps), float(low), float(high), int(levels), float(alpha)):
            file.write(np.clip(frame, 0, 255).astype("<f4").tobytes())


if __name__ == "__main__":
    main()
