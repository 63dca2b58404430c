"""What the recipes of expression networks share: where a face lies in the crop, titles, what is said of the data."""

from __future__ import annotations

# Where FER2013's own frame lies relative to the face square of 68 landmarks: medians over 444 training faces, enlarged
# and labelled with the landmark teacher (quartiles of the scale 1.04 to 1.26, of the shift down -0.23 to -0.15).
CROP_SCALE = 1.15
OFFSET = [0.0, -0.19]

TITLES = {
    "expression-compact": "Expression, compact residual CNN",
    "expression-mobile": "Expression, MobileNet that knew faces: better, slower",
    "expression-thesis": "Expression, VGG16 without top at 64x64, no batch norm (thesis), reduced width",
    "expression-resnet50": "Expression, ResNet50 at 64x64",
}
LIMITS = (
    "FER2013 has no subject ids, so the same person may be in training and test pictures; copies (exact, mirrored, "
    "re-cropped) were removed by correlation. Contempt, disgust and fear are rare in the data and weak in the network: "
    "see their rows. Posed and acted web pictures; ages, skin tones and cultures are not balanced and not annotated, so "
    "differences between groups of people were not measured. Faces turned by more than about 45 degrees were not tested."
)


def card_limits(*further_sets: str) -> str:
    """The limits of FER+, and that further sets share them."""
    also = f" The same holds of {', '.join(further_sets)}: no names, no ages, no skin tones; infants and the very old are few." if further_sets else ""
    return LIMITS + also


def id_of(network: str) -> str:
    return {"compact": "expression-compact", "mobile": "expression-mobile", "vgg16": "expression-thesis", "resnet50": "expression-resnet50"}[network]
