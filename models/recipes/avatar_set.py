"""A set like FERG: characters that show emotions, for the networks that read emotions on avatars.

Arrays: pictures [n, 64, 64, 3] as the product's judge sees them (drawn at 128 and averaged), emotion, character (0..7 the cast, then
random ones) and whether the display is at full strength.
"""

import numpy as np

import avatar_draw
import avatar_mesh
import avatar_rig as rig
from head import Head


def shoot(rng, character, emotion):
    state = rig.state(rng, emotion)
    around = rng.normal(0.38, 0.35)
    light = np.array([around, -0.55 + rng.normal(0, 0.2), -0.74])
    background = rng.uniform(0.1, 0.9, 3) if rng.uniform() < 0.6 else (0.55, 0.68, 0.75)
    picture = avatar_draw.draw(character, state["weights"], state["pose"], state["gaze"], 128, background=background, light=light / np.linalg.norm(light))
    return picture.reshape(64, 2, 64, 2, 3).mean((1, 3)).round().astype(np.uint8)


def pictures(run, count, each, cast, seed):
    """`count` random characters with `each` pictures of each emotion, and the cast with `cast`; from the run's cache or made there."""
    return run.derived(f"avatar-set-{count}-{each}-{cast}-{seed}", lambda: make(run, count, each, cast, seed))


def make(run, count, each, cast, seed):
    rng = np.random.default_rng(seed)
    template = avatar_mesh.Template(Head(str(run.needs("ict_facekit.npz"))))
    rows = {"image": [], "emotion": [], "character": []}
    specs = list(avatar_mesh.CAST.values()) + [avatar_mesh.random_spec(rng) for _ in range(count)]
    for number, spec in enumerate(specs):
        character = template.character(spec)
        for emotion in rig.EMOTIONS:
            for _ in range(cast if number < len(avatar_mesh.CAST) else each):
                for key, value in zip(rows, (shoot(rng, character, emotion), rig.EMOTIONS.index(emotion), number)):
                    rows[key].append(value)
        if number % 50 == 49:
            run.note(f"{number + 1} of {len(specs)} characters are drawn.")
    return {key: np.array(values) for key, values in rows.items()}
