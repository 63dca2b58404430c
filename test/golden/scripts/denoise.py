"""Golden values of non-local means: OpenCV's fastNlMeansDenoisingColored on a made-up noisy picture.

python test/golden/scripts/denoise.py > test/golden/denoise.json
"""

import base64
import json

import cv2
import numpy as np

WIDTH, HEIGHT = 56, 48


def picture() -> np.ndarray:
    """RGB, uint8: smooth colours, edges and noise."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    red = 120 + 60 * np.sin(x / 7) + 30 * (y > 20)
    green = 110 + 50 * np.cos(y / 9) - 40 * ((x - 28) ** 2 + (y - 24) ** 2 < 150)
    blue = 90 + 2 * x
    clean = np.stack([red, green, blue], axis=-1)
    return (
        np.clip(clean + random.normal(0, 9, clean.shape), 0, 255)
        .round()
        .astype(np.uint8)
    )


def encoded(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def main() -> None:
    rgb = picture()
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    cases = []
    for template, search, h, h_color in [
        (3, 21, 10, 10),
        (7, 21, 10, 10),
        (13, 21, 10, 10),
        (5, 11, 6, 15),
    ]:
        out = cv2.fastNlMeansDenoisingColored(bgr, None, h, h_color, template, search)
        cases.append(
            {
                "template": template,
                "search": search,
                "h": h,
                "hColor": h_color,
                "rgb": encoded(out[..., ::-1]),
            }
        )
    print(
        json.dumps(
            {
                "opencv": cv2.__version__,
                "width": WIDTH,
                "height": HEIGHT,
                "rgb": encoded(rgb),
                "cases": cases,
            }
        )
    )


main()
