"""Whom the data of each network do not show: a section of its card. What a set does not name cannot be measured by group."""

WEB_FACES = (
    "The pictures are of the web: adults for the most part, many of them public figures. Infants are not in them or hardly, children and the very old are few. Nobody's "
    "age, skin, sex or origin is named in the sets, so the figures by group are not known; dark skin, head coverings, "
)
LABORATORY_EYES = (
    "Eyes of MRL are of adults in a laboratory; those of the web and of 300-W of adults for the most part. Infants are not in them, the very old hardly. "
    "Nobody's age, skin or origin is named, so the figures by group are not known. Glasses are in the infrared pictures, dark ones and strong make-up are not."
)
RENDERED_EYES = (
    "The eyes that have a direction are drawn: adult heads of one scanned set of shapes, with skins, lights and glasses drawn at random. Epicanthic folds, squints, artificial eyes, "
    "heavy lids of the very old, infants, lashes with make-up and reflections of real glasses are not among them. The one real person with labels is an adult without glasses."
)
ACTORS = (
    "Voices are of professional actors of 21 to 33 years who act in North American English. Children, the old, other languages and accents, spontaneous speech, illness and disorders of "
    "speech are not in the data."
)
DETECTED = WEB_FACES + "masks, glasses and faces in profile are there in unknown numbers. Detectors elsewhere were found to miss more faces of dark skin and of the very young and old."
EXPRESSIONS = WEB_FACES + "glasses, beards and masks are there in unknown numbers. Labels are what taggers of one time and culture saw, not what anybody felt."

ABSENT = {
    "face-yunet": DETECTED,
    "face-blazeface": DETECTED + " What its authors trained on is not published.",
    "face-ssdlite": DETECTED,
    "landmarks-compact": WEB_FACES + "masks, sunglasses and faces in profile are few or none.",
    "landmarks-thesis": WEB_FACES + "masks, sunglasses and faces in profile are few or none.",
    "eye-state-compact": LABORATORY_EYES,
    "eye-state-thesis": WEB_FACES + "dark glasses and strong make-up are there in unknown numbers, infrared pictures are not. The drawn eyes are of adult heads.",
    "gaze-compact": RENDERED_EYES,
    "gaze-thesis": RENDERED_EYES,
    "expression-compact": EXPRESSIONS,
    "expression-mobile": EXPRESSIONS,
    "expression-thesis": EXPRESSIONS,
    "eec": WEB_FACES + "glasses and beards are there in unknown numbers. Labels are what taggers saw, not what anybody felt.",
    "man": WEB_FACES + "glasses and beards are there in unknown numbers. " + ACTORS + " Nobody's face and voice are both in the data: pairs are made.",
    "speech-compact": ACTORS,
    "speech-thesis": ACTORS,
    "speech-whisper": "English, Polish, Amharic, Turkish and Urdu are in the data, most of it acted or read by adults. Children, the old, tonal and all other languages, whispering, illness and "
    "disorders of speech are not, and spontaneous speech only in one small set (Urdu, television).",
    "speaker-ge2e": "Children, the old, relatives, whispering, illness and most languages are not in what was measured.",
    "vad-silero": "What its authors trained on is not published. Measured on adult actors who speak English: children, the old, whispering, song, other languages and disorders of speech were not.",
    "micro-expression": "68 adults, most of them students from China, Finland and Britain. Children, the old, dark skin, beards and, but for a few, glasses are not in the data; nor is any face "
    "outside of a laboratory.",
    "face-likeness-dlib": "LFW, on which it was measured, shows adults, public figures, most of them men with light skin. Children, the old, twins and relatives are not in it.",
    "blend-shapes-compact": "The states that are known exactly are of drawn adult heads. " + WEB_FACES + "beards and covered faces are few.",
    "avatar-emotion-compact": "No person: drawn characters of one rig, none of them a child or old.",
    "avatar-emotion-resnet50": "No person: drawn characters of one rig, none of them a child or old.",
    "animation-compact": "No photograph of a face: drawn characters and rendered adults. Children, the old, beards, glasses and covered faces are not in the data.",
    "animation-source-compact": "No photograph of a face: drawn characters and rendered adults. Children, the old, beards, glasses and covered faces are not in the data.",
}  # fmt: skip
OWN = "Nobody has said as yet. Write here whom your files do not show: ages, skin, glasses, languages."
