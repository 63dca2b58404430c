import { awayBrightness, backgroundLight, gammaPower, outline, toon } from "../../shared/avatar/shading.ts";

/** cm from the camera between which heads lie; depths are kept in 16 bits. */
const near = 30;
const far = 130;

const number = (value: number): string => value.toFixed(6);
const stepAt = ({ edge, soft }: { readonly edge: number; readonly soft: number }): string =>
  `1.0 / (1.0 + exp(-(cosine - ${number(edge)}) / ${number(soft)}))`;

/** A part as the camera sees it: pixels of the doubled picture, y down. */
export const partVertices = `#version 300 es
in vec3 point;
in float lambert;
in vec3 shade;
in vec2 uv;
uniform float side;
out float cosine;
out vec3 colour;
out vec2 at;
void main() {
  float depth = (point.z - ${number(near)}) / ${number(far - near)};
  gl_Position = vec4(2.0 * point.x / side - 1.0, 1.0 - 2.0 * point.y / side, 2.0 * depth - 1.0, 1.0);
  cosine = lambert;
  colour = shade;
  at = uv;
}`;

/** Its colour (sRGB), and which kind of part lies there and how deep; `shine` below 0: flat. */
export const partColours = `#version 300 es
precision highp float;
in float cosine;
in vec3 colour;
in vec2 at;
uniform bool textured;
uniform sampler2D sheet;
uniform sampler2D holes;
uniform float shine;
uniform float label;
layout(location = 0) out vec4 seen;
layout(location = 1) out vec4 place;
void main() {
  vec3 c = colour;
  if (textured) {
    ivec2 size = textureSize(sheet, 0);
    ivec2 texel = clamp(ivec2(at * vec2(size)), ivec2(0), size - 1);
    if (texelFetch(holes, min(texel, textureSize(holes, 0) - 1), 0).r > 0.0) discard;
    c *= texelFetch(sheet, texel, 0).rgb;
  }
  if (shine >= 0.0)
    c *= ${number(toon.shadow)} + ${number(1 - toon.shadow)} * ${stepAt(toon.light)} + shine * ${stepAt(toon.shine)};
  seen = vec4(pow(max(c, 0.0), vec3(${number(1 / gammaPower)})), 1.0);
  float depth = floor(gl_FragCoord.z * 65535.0);
  float high = floor(depth / 256.0);
  place = vec4(label / 255.0, high / 255.0, (depth - 256.0 * high) / 255.0, 1.0);
}`;

/** A triangle that covers everything. */
export const pictureVertices = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/** Lines, background, and the mean of four: daemon/avatar/raster.ts and draw.ts say the same of arrays. */
export const pictureColours = `#version 300 es
precision highp float;
uniform sampler2D colours;
uniform sampler2D places;
uniform vec3 background;
uniform bool away;
out vec4 result;
ivec2 flipped(ivec2 p, int side) { return ivec2(p.x, side - 1 - p.y); }
vec2 placeAt(ivec2 p, int side) {
  vec3 bytes = floor(texelFetch(places, flipped(p, side), 0).rgb * 255.0 + 0.5);
  return vec2(bytes.r, (bytes.g * 256.0 + bytes.b) * ${number((far - near) / 65535)});
}
bool breaks(vec2 a, vec2 b) {
  if (a.x == ${number(outline.without)} && b.x == a.x) return false;
  return a.x != b.x || (a.x != 0.0 && abs(a.y - b.y) > ${number(outline.depthCm)});
}
vec3 lit(ivec2 p, int side) {
  vec2 here = placeAt(p, side);
  vec3 c = here.x == 0.0
    ? background * mix(${number(backgroundLight.top)}, ${number(backgroundLight.bottom)}, float(p.y) / float(side - 1))
    : pow(texelFetch(colours, flipped(p, side), 0).rgb, vec3(${number(gammaPower)}));
  bool line =
    (p.x > 0 && breaks(here, placeAt(p - ivec2(1, 0), side))) ||
    (p.y > 0 && breaks(here, placeAt(p - ivec2(0, 1), side))) ||
    (p.x + 1 < side && breaks(here, placeAt(p + ivec2(1, 0), side))) ||
    (p.y + 1 < side && breaks(here, placeAt(p + ivec2(0, 1), side)));
  return line ? c * ${number(1 - outline.dark)} : c;
}
void main() {
  int side = textureSize(colours, 0).x;
  ivec2 p = 2 * flipped(ivec2(gl_FragCoord.xy), side / 2);
  vec3 mean = 0.25 * (lit(p, side) + lit(p + ivec2(1, 0), side) + lit(p + ivec2(0, 1), side) + lit(p + ivec2(1, 1), side));
  vec3 c = pow(clamp(mean, 0.0, 1.0), vec3(${number(1 / gammaPower)}));
  if (away) c = vec3(${number(awayBrightness)} * dot(c, vec3(0.299, 0.587, 0.114)));
  result = vec4(c, 1.0);
}`;
