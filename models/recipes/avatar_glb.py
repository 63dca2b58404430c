"""A `Character` as a glTF 2.0 binary: metres, y up, the face looks along +z; ARKit's names for the morph targets.

Targets are sparse accessors; wrinkles are targets of COLOR_0. Eyes are nodes of their own that turn about their origin. What
the renderer needs beyond glTF stands in `asset.extras.edin`: the face square and the eyeballs.
"""

import io
import json
import struct

import numpy as np
from PIL import Image

CM = 0.01
FLOAT, SHORT, SIGNED = 5126, 5123, 5122
LEAST_CM = 0.015  # what a vertex must move to be named in a target


class Writer:
    def __init__(self):
        self.blob = bytearray()
        self.views, self.accessors = [], []

    def view(self, data, target=None):
        self.blob += b"\0" * (-len(self.blob) % 4)
        entry = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)}
        if target:
            entry["target"] = target
        self.blob += data
        self.views.append(entry)
        return len(self.views) - 1

    def accessor(self, array, kind, component, target=None, bounds=False):
        entry = {"bufferView": self.view(array.tobytes(), target), "componentType": component, "count": len(array), "type": kind}
        if bounds:
            entry |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def sparse(self, delta, least):
        """Deltas within -1..1 as normalised shorts (KHR_mesh_quantization): 0.03 mm a step for positions."""
        steps = np.round(np.where(np.abs(delta).max(1, keepdims=True) > least, delta, 0) * 32767).astype(np.int16)
        moved = np.flatnonzero(steps.any(1))
        entry = {"componentType": SIGNED, "normalized": True, "count": len(delta), "type": "VEC3"}
        entry |= {"min": steps.min(0).tolist(), "max": steps.max(0).tolist()}
        if len(moved):
            entry["sparse"] = {
                "count": len(moved),
                "indices": {"bufferView": self.view(moved.astype(np.uint16).tobytes()), "componentType": SHORT},
                "values": {"bufferView": self.view(steps[moved].tobytes())},
            }
        self.accessors.append(entry)
        return len(self.accessors) - 1


def write(character, path):
    out = Writer()
    meshes, nodes, materials, images, textures = [], [], [], [], []
    for part in character.parts:
        origin = part.pivot if part.eye else np.zeros(3)
        positions = ((part.positions - origin) * CM).astype(np.float32)
        attributes = {"POSITION": out.accessor(positions, "VEC3", FLOAT, 34962, bounds=True)}
        material = {"name": part.kind, "pbrMetallicRoughness": {"baseColorFactor": [*map(float, part.colour), 1.0], "metallicFactor": 0.0}}
        if part.uv is not None:
            attributes["TEXCOORD_0"] = out.accessor(part.uv.astype(np.float32), "VEC2", FLOAT, 34962)
            picture = io.BytesIO()
            Image.fromarray(part.texture).save(picture, "PNG", optimize=True)
            images.append({"bufferView": out.view(picture.getvalue()), "mimeType": "image/png"})
            textures.append({"source": len(images) - 1})
            material["pbrMetallicRoughness"]["baseColorTexture"] = {"index": len(textures) - 1}
        if part.tints:
            attributes["COLOR_0"] = out.accessor(np.ones((len(positions), 3), np.float32), "VEC3", FLOAT, 34962)
        names = [n for n in part.shapes if np.abs(part.shapes[n]).max() > LEAST_CM]
        targets = []
        for name in names:
            target = {"POSITION": out.sparse(part.shapes[name] * CM, LEAST_CM * CM)}
            if part.tints:
                tint = part.tints.get(name)
                target["COLOR_0"] = out.sparse(tint if tint is not None else np.zeros((len(positions), 3)), 0.01)
            targets.append(target)
        materials.append(material)
        indices = out.accessor(part.triangles.astype(np.uint16).reshape(-1), "SCALAR", SHORT, 34963)
        primitive = {"attributes": attributes, "indices": indices, "material": len(materials) - 1}
        mesh = {"name": part.kind, "primitives": [primitive]}
        if targets:
            primitive["targets"] = targets
            mesh |= {"extras": {"targetNames": names}, "weights": [0.0] * len(names)}
        meshes.append(mesh)
        node = {"name": f"eye{part.eye}" if part.eye else part.kind, "mesh": len(meshes) - 1}
        if part.eye:
            node["translation"] = (origin * CM).tolist()
        nodes.append(node)
    centre, side = character.frame
    edin = {
        "face": {"centre": (centre * CM).tolist(), "side": side * CM},
        "eyes": {k: {"centre": (c * CM).tolist(), "radius": r * CM} for k, (c, r) in character.eyes.items()},
    }
    head = {
        "asset": {"version": "2.0", "generator": "EDIN", "copyright": character.source, "extras": {"edin": edin}},
        "extensionsUsed": ["KHR_mesh_quantization"], "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0, "scenes": [{"name": character.name, "nodes": list(range(len(nodes)))}], "nodes": nodes, "meshes": meshes,
        "materials": materials, "textures": textures, "images": images, "accessors": out.accessors, "bufferViews": out.views,
        "buffers": [{"byteLength": len(out.blob)}],
    }  # fmt: skip
    if not images:
        del head["images"], head["textures"]
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    out.blob += b"\0" * (-len(out.blob) % 4)
    total = 12 + 8 + len(text) + 8 + len(out.blob)
    path.write_bytes(struct.pack("<III", 0x46546C67, 2, total) + struct.pack("<II", len(text), 0x4E4F534A) + text
                     + struct.pack("<II", len(out.blob), 0x004E4942) + bytes(out.blob))  # fmt: skip
    return total


def read(path):
    """The `Character` of a file that `write` made."""
    from avatar_mesh import Character, Part

    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    head = json.loads(data[20 : 20 + length])
    blob = data[28 + length :]

    def view(i):
        entry = head["bufferViews"][i]
        return blob[entry["byteOffset"] : entry["byteOffset"] + entry["byteLength"]]

    def values(i):
        entry = head["accessors"][i]
        types = {FLOAT: np.float32, SHORT: np.uint16, SIGNED: np.int16}
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[entry["type"]]
        kind = types[entry["componentType"]]
        if "bufferView" in entry:
            out = np.frombuffer(view(entry["bufferView"]), kind).reshape(-1, width)
        else:
            out = np.zeros((entry["count"], width), kind)
            if "sparse" in entry:
                at = np.frombuffer(view(entry["sparse"]["indices"]["bufferView"]), np.uint16)
                out[at] = np.frombuffer(view(entry["sparse"]["values"]["bufferView"]), kind).reshape(-1, width)
        return out / 32767 if entry.get("normalized") else out

    parts = []
    for node in head["nodes"]:
        mesh = head["meshes"][node["mesh"]]
        primitive = mesh["primitives"][0]
        material = head["materials"][primitive["material"]]
        origin = np.array(node.get("translation", (0, 0, 0))) / CM
        pbr = material["pbrMetallicRoughness"]
        part = Part(material["name"], (values(primitive["attributes"]["POSITION"]) / CM + origin).astype(np.float32),
                    values(primitive["indices"]).reshape(-1, 3).astype(np.int32), tuple(pbr["baseColorFactor"][:3]))  # fmt: skip
        if "baseColorTexture" in pbr:
            image = head["images"][head["textures"][pbr["baseColorTexture"]["index"]]["source"]]
            part.texture = np.asarray(Image.open(io.BytesIO(view(image["bufferView"]))).convert("RGB"))
            part.uv = values(primitive["attributes"]["TEXCOORD_0"])
        for name, target in zip(mesh.get("extras", {}).get("targetNames", []), primitive.get("targets", [])):
            part.shapes[name] = values(target["POSITION"]) / CM
            if "COLOR_0" in target and values(target["COLOR_0"]).any():
                part.tints[name] = values(target["COLOR_0"])
        if node["name"].startswith("eye"):
            part.eye, part.pivot = node["name"][3:], origin
        parts.append(part)
    own = head["asset"]["extras"]["edin"]
    eyes = {k: (np.array(e["centre"]) / CM, e["radius"] / CM) for k, e in own["eyes"].items()}
    return Character(head["scenes"][0]["name"], parts, eyes, (np.array(own["face"]["centre"]) / CM, own["face"]["side"] / CM))
