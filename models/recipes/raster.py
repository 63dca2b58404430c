"""Software rasteriser: visibility, eyeballs, shading. Numba kernels on plain arrays, one thread.

Camera frame: x right, y down, z away from the camera, in cm. Pixel i covers [i, i + 1).
Every kernel takes preallocated buffers so that a picture costs a few milliseconds.
"""

import math

import numba
import numpy as np

jit = numba.njit(cache=True, fastmath=True)

# What a pixel shows (the `owner` buffer).
NOTHING, EYE_LEFT, EYE_RIGHT = -1, -2, -3


@jit
def vertex_normals(points, triangles, normals):
    """Area-weighted vertex normals; they point out of the head (towards the camera is negative z)."""
    normals[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            normals[k, 0] += nx
            normals[k, 1] += ny
            normals[k, 2] += nz
    for k in range(normals.shape[0]):
        n = math.sqrt(normals[k, 0] ** 2 + normals[k, 1] ** 2 + normals[k, 2] ** 2) + 1e-12
        normals[k, 0] /= n
        normals[k, 1] /= n
        normals[k, 2] /= n


@jit
def draw_triangles(screen, triangles, depth, owner, weights):
    """Z-buffer pass. `screen` [n, 3] = pixel x, pixel y, depth; weights of vertices 1 and 2 are kept."""
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ax, ay = screen[a, 0], screen[a, 1]
        bx, by = screen[b, 0], screen[b, 1]
        cx, cy = screen[c, 0], screen[c, 1]
        x0, x1 = min(ax, bx, cx), max(ax, bx, cx)
        y0, y1 = min(ay, by, cy), max(ay, by, cy)
        if x1 < 0 or y1 < 0 or x0 > width or y0 > height:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        inverse = 1.0 / area
        for y in range(max(0, int(math.floor(y0 - 0.5))), min(height, int(math.floor(y1 + 0.5)) + 1)):
            py = y + 0.5 - ay
            for x in range(max(0, int(math.floor(x0 - 0.5))), min(width, int(math.floor(x1 + 0.5)) + 1)):
                px = x + 0.5 - ax
                w1 = (px * (cy - ay) - py * (cx - ax)) * inverse
                w2 = (py * (bx - ax) - px * (by - ay)) * inverse
                if w1 < -1e-5 or w2 < -1e-5 or w1 + w2 > 1.00001:
                    continue
                z = screen[a, 2] + w1 * (screen[b, 2] - screen[a, 2]) + w2 * (screen[c, 2] - screen[a, 2])
                if z < depth[y, x]:
                    depth[y, x] = z
                    owner[y, x] = t
                    weights[y, x, 0] = w1
                    weights[y, x, 1] = w2


@jit
def draw_eyeball(camera, centre, radius, which, depth, owner):
    """Z-buffer pass of a sphere; `camera` = (focal, cx, cy) in pixels."""
    focal, cx, cy = camera
    height, width = depth.shape
    u, v = focal * centre[0] / centre[2] + cx, focal * centre[1] / centre[2] + cy
    reach = focal * radius / (centre[2] - radius) + 1
    norm = centre[0] ** 2 + centre[1] ** 2 + centre[2] ** 2 - radius * radius
    for y in range(max(0, int(v - reach)), min(height, int(v + reach) + 1)):
        for x in range(max(0, int(u - reach)), min(width, int(u + reach) + 1)):
            dx, dy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
            a = dx * dx + dy * dy + 1.0
            b = dx * centre[0] + dy * centre[1] + centre[2]
            inside = b * b - a * norm
            if inside <= 0:
                continue
            z = (b - math.sqrt(inside)) / a
            if z < depth[y, x]:
                depth[y, x] = z
                owner[y, x] = which


@jit
def lid_distance(owner, which, step, distance):
    """For each pixel of an eye: distance (cm, `step` cm a pixel) to the skin above it, in `distance`."""
    height, width = owner.shape
    for x in range(width):
        run = 1e3
        for y in range(height):
            if owner[y, x] == which:
                run += step
                distance[y, x] = run
            elif owner[y, x] != NOTHING:
                run = 0.0
            else:
                run = 1e3


@jit
def _noise(x, y, seed):
    """Smooth value noise in -1..1."""
    xi, yi = math.floor(x), math.floor(y)
    fx, fy = x - xi, y - yi
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    total = 0.0
    for j in range(2):
        for i in range(2):
            h = math.sin((xi + i) * 127.1 + (yi + j) * 311.7 + seed * 74.7) * 43758.5453
            value = 2 * (h - math.floor(h)) - 1
            total += value * (fx if i else 1 - fx) * (fy if j else 1 - fy)
    return total


@jit
def _smooth(low, high, x):
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


@jit
def _ambient(nx, ny, nz, ambient):
    """Irradiance [3] from a linear environment: rows of `ambient` are constant, x, y, z."""
    r = ambient[0, 0] + nx * ambient[1, 0] + ny * ambient[2, 0] + nz * ambient[3, 0]
    g = ambient[0, 1] + nx * ambient[1, 1] + ny * ambient[2, 1] + nz * ambient[3, 1]
    b = ambient[0, 2] + nx * ambient[1, 2] + ny * ambient[2, 2] + nz * ambient[3, 2]
    return max(r, 0.02), max(g, 0.02), max(b, 0.02)


@jit
def _lit(point, shadow_axes, shadow_map, shadow_scale, bias):
    """0..1: how much of the directional light reaches a point (percentage-closer, 3 x 3 taps)."""
    size = shadow_map.shape[0]
    px, py, pz = point
    u = (px * shadow_axes[0, 0] + py * shadow_axes[0, 1] + pz * shadow_axes[0, 2] - shadow_axes[3, 0]) * shadow_scale
    v = (px * shadow_axes[1, 0] + py * shadow_axes[1, 1] + pz * shadow_axes[1, 2] - shadow_axes[3, 1]) * shadow_scale
    w = px * shadow_axes[2, 0] + py * shadow_axes[2, 1] + pz * shadow_axes[2, 2]
    u, v = u + size / 2 - 0.5, v + size / 2 - 0.5
    if u < 1 or v < 1 or u > size - 3 or v > size - 3:
        return 1.0
    ui, vi = int(u), int(v)
    fu, fv = u - ui, v - vi
    total = 0.0
    for j in range(3):
        wv = 1 - fv if j == 0 else (fv if j == 2 else 1.0)
        for i in range(3):
            wu = 1 - fu if i == 0 else (fu if i == 2 else 1.0)
            if shadow_map[vi + j, ui + i] > w - bias:
                total += wu * wv
    return total / 4.0


@jit
def shade_skin(image, owner, weights, triangles, points, normals, material, occlusion, texture_at, textures, hair,
               light, light_colour, ambient, shadow_axes, shadow_map, shadow_scale, look, mouth_z):
    """Colours the pixels that triangles own. Linear light, `image` [h, w, 3].

    textures [h, w, 5]: albedo r g b, gloss, hairiness. hair: r g b. look: gloss, shadow strength, wrap, mouth
    darkness, lash opacity. Materials: 0 skin, 1 back of the head, 2 gums and tongue, 3 teeth.
    """
    height, width = owner.shape
    rows, columns = textures.shape[:2]
    for y in range(height):
        for x in range(width):
            t = owner[y, x]
            if t < 0:
                continue
            a, b, c = triangles[t]
            w1, w2 = weights[y, x]
            w0 = 1 - w1 - w2
            nx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
            ny = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
            nz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
            px = w0 * points[a, 0] + w1 * points[b, 0] + w2 * points[c, 0]
            py = w0 * points[a, 1] + w1 * points[b, 1] + w2 * points[c, 1]
            pz = w0 * points[a, 2] + w1 * points[b, 2] + w2 * points[c, 2]
            n = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            view = math.sqrt(px * px + py * py + pz * pz)
            vx, vy, vz = -px / view, -py / view, -pz / view
            if nx * vx + ny * vy + nz * vz < 0:
                n = -n
            nx, ny, nz = nx / n, ny / n, nz / n
            ao = w0 * occlusion[a] + w1 * occlusion[b] + w2 * occlusion[c]
            kind = material[t]
            gloss = 0.0
            if kind <= 1:
                tu = w0 * texture_at[a, 0] + w1 * texture_at[b, 0] + w2 * texture_at[c, 0]
                tv = w0 * texture_at[a, 1] + w1 * texture_at[b, 1] + w2 * texture_at[c, 1]
                tu, tv = min(max(tu, 0.0), columns - 1.001), min(max(tv, 0.0), rows - 1.001)
                ui, vi = int(tu), int(tv)
                fu, fv = tu - ui, tv - vi
                k00, k01, k10, k11 = (1 - fu) * (1 - fv), fu * (1 - fv), (1 - fu) * fv, fu * fv
                s = textures[vi, ui] * k00 + textures[vi, ui + 1] * k01 + textures[vi + 1, ui] * k10 + textures[vi + 1, ui + 1] * k11
                h = w0 * texture_at[a, 2] + w1 * texture_at[b, 2] + w2 * texture_at[c, 2]
                h = max(h, s[4])
                strand = 1 + 0.35 * h * _noise(px * 7, py * 2.0, 3.0)
                r = (s[0] * (1 - h) + hair[0] * h) * strand
                g = (s[1] * (1 - h) + hair[1] * h) * strand
                bl = (s[2] * (1 - h) + hair[2] * h) * strand
                gloss = s[3] * (1 - 0.6 * h)
            else:
                dark = math.exp(-max(0.0, pz - mouth_z) * look[3])
                if kind == 3:
                    r, g, bl = 0.74 * dark, 0.69 * dark, 0.58 * dark
                else:
                    r, g, bl = 0.36 * dark, 0.12 * dark, 0.11 * dark
                ao = 0.9
                gloss = 0.5 * dark
            lambert = nx * light[0] + ny * light[1] + nz * light[2]
            lit = 0.0
            if lambert > -look[2]:
                point = (px, py, pz)
                lit = 1 - look[1] * (1 - _lit(point, shadow_axes, shadow_map, shadow_scale, 0.35))
            wrapped = max(0.0, (lambert + look[2]) / (1 + look[2])) * lit
            hx, hy, hz = light[0] + vx, light[1] + vy, light[2] + vz
            hn = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            half = max(0.0, (nx * hx + ny * hy + nz * hz) / hn)
            shine = look[0] * gloss * lit * (half ** 24 + 0.35 * half ** 6) if lambert > 0 else 0.0
            er, eg, eb = _ambient(nx, ny, nz, ambient)
            image[y, x, 0] = r * (er * ao + light_colour[0] * wrapped) + shine * light_colour[0]
            image[y, x, 1] = g * (eg * ao + light_colour[1] * wrapped) + shine * light_colour[1]
            image[y, x, 2] = bl * (eb * ao + light_colour[2] * wrapped) + shine * light_colour[2]


@jit
def shade_eye(image, owner, which, camera, depth, centre, radius, pivot, reach, gaze, iris, colours, corner_in,
              light, light_colour, ambient, distance, look):
    """Colours one eyeball. The iris is a disc `reach` cm from the pivot along `gaze`, drawn over the sclera.

    iris: radius, pupil radius (fraction), limbus width (fraction), seed. colours rows: iris outer, iris inner,
    sclera, vein. look: lid shadow, lid shadow length (cm), highlight, window highlight, wetness.
    """
    focal, cx, cy = camera
    height, width = owner.shape
    disc_x = pivot[0] + reach * gaze[0]
    disc_y = pivot[1] + reach * gaze[1]
    disc_z = pivot[2] + reach * gaze[2]
    ax, ay, az = gaze[2], 0.0, -gaze[0]
    an = math.sqrt(ax * ax + az * az) + 1e-9
    ax, az = ax / an, az / an
    bx, by, bz = gaze[1] * az, gaze[2] * ax - gaze[0] * az, -gaze[1] * ax
    for y in range(height):
        for x in range(width):
            if owner[y, x] != which:
                continue
            dx, dy = (x + 0.5 - cx) / focal, (y + 0.5 - cy) / focal
            z = depth[y, x]
            px, py, pz = dx * z, dy * z, z
            nx, ny, nz = (px - centre[0]) / radius, (py - centre[1]) / radius, (pz - centre[2]) / radius
            facing = dx * gaze[0] + dy * gaze[1] + gaze[2]
            rho = 9.0
            u = v = 0.0
            if facing < -0.05:
                k = (disc_x * gaze[0] + disc_y * gaze[1] + disc_z * gaze[2]) / facing
                qx, qy, qz = dx * k - disc_x, dy * k - disc_y, k - disc_z
                u = (qx * ax + qy * ay + qz * az) / iris[0]
                v = (qx * bx + qy * by + qz * bz) / iris[0]
                rho = math.sqrt(u * u + v * v)
            toward = math.sqrt((px - corner_in[0]) ** 2 + (py - corner_in[1]) ** 2 + (pz - corner_in[2]) ** 2)
            pink = math.exp(-(toward / 0.32) ** 2)
            vein = max(0.0, _noise(px * 9 + 3 * _noise(px * 4, py * 4, iris[3]), py * 16, iris[3] + 5)) ** 3
            vein = min(1.0, 0.8 * vein + 0.15 * (1 - nz * nz))
            r = colours[2, 0] * (1 - vein) + colours[3, 0] * vein
            g = colours[2, 1] * (1 - vein) + colours[3, 1] * vein
            bl = colours[2, 2] * (1 - vein) + colours[3, 2] * vein
            r, g, bl = r * (1 - pink) + 0.42 * pink, g * (1 - pink) + 0.17 * pink, bl * (1 - pink) + 0.15 * pink
            edge = 1 - _smooth(1 - iris[2], 1 + iris[2], rho)
            if edge > 0:
                angle = math.atan2(v, u)
                streak = 1 + 0.35 * _noise(angle * 9, rho * 2.5, iris[3])
                inner = 1 - _smooth(iris[1], iris[1] + 0.45, rho)
                limbus = 1 - 0.65 * _smooth(1 - 2.8 * iris[2], 1.0, rho)
                ir = (colours[0, 0] * (1 - inner) + colours[1, 0] * inner) * streak * limbus
                ig = (colours[0, 1] * (1 - inner) + colours[1, 1] * inner) * streak * limbus
                ib = (colours[0, 2] * (1 - inner) + colours[1, 2] * inner) * streak * limbus
                pupil = 1 - _smooth(iris[1] - 0.06, iris[1] + 0.06, rho)
                ir, ig, ib = ir * (1 - pupil) + 0.006 * pupil, ig * (1 - pupil) + 0.006 * pupil, ib * (1 - pupil) + 0.006 * pupil
                r, g, bl = r * (1 - edge) + ir * edge, g * (1 - edge) + ig * edge, bl * (1 - edge) + ib * edge
            lid = 1 - look[0] * math.exp(-distance[y, x] / look[1])
            lambert = max(0.0, (nx * light[0] + ny * light[1] + nz * light[2] + 0.25) / 1.25)
            er, eg, eb = _ambient(nx, ny, nz, ambient)
            er, eg, eb = (0.78 * er + 0.9 * light_colour[0] * lambert) * lid, (0.78 * eg + 0.9 * light_colour[1] * lambert) * lid, (0.78 * eb + 0.9 * light_colour[2] * lambert) * lid
            # The cornea bulges: its normal turns faster than the eyeball's.
            shine = 0.0
            if rho < 1.15:
                mx = gaze[0] + 0.72 * (u * ax + v * bx)
                my = gaze[1] + 0.72 * (u * ay + v * by)
                mz = gaze[2] + 0.72 * (u * az + v * bz)
            else:
                mx, my, mz = nx, ny, nz
            mn = math.sqrt(mx * mx + my * my + mz * mz) + 1e-9
            mx, my, mz = mx / mn, my / mn, mz / mn
            view = math.sqrt(px * px + py * py + pz * pz)
            hx, hy, hz = light[0] - px / view, light[1] - py / view, light[2] - pz / view
            hn = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            hx, hy, hz = hx / hn, hy / hn, hz / hn
            tilt = mx * hx + my * hy + mz * hz
            shine = look[2] * _smooth(0.985, 0.997, tilt)
            if look[3] > 0:
                sx, sy = mx - hx * mz / (hz - 1e-6), my - hy * mz / (hz - 1e-6)
                if abs(sx) < 0.16 and abs(sy) < 0.11 and mz < 0:
                    shine = max(shine, look[3])
            shine *= lid
            image[y, x, 0] = r * er + shine * light_colour[0] + look[4] * er
            image[y, x, 1] = g * eg + shine * light_colour[1] + look[4] * eg
            image[y, x, 2] = bl * eb + shine * light_colour[2] + look[4] * eb


def blank(height, width):
    """Empty depth, owner and weight buffers."""
    return (np.full((height, width), np.inf, np.float32), np.full((height, width), NOTHING, np.int32),
            np.zeros((height, width, 2), np.float32))
