import type { AvatarHead, AvatarState, Part, Texture } from "../../shared/avatar/head.ts";
import { PosedPart } from "../../shared/avatar/posedPart.ts";
import { defaultBackground, partLabels, toonShine } from "../../shared/avatar/shading.ts";
import { partColours, partVertices, pictureColours, pictureVertices } from "./headShaders.ts";

/** A part on the graphics card; what moves is uploaded for each picture. */
interface GlPart {
  readonly posed: PosedPart;
  readonly vertices: WebGLVertexArrayObject;
  readonly points: WebGLBuffer;
  readonly lambert: WebGLBuffer;
  readonly shade: WebGLBuffer;
  readonly sheet?: { readonly colours: WebGLTexture; readonly holes: WebGLTexture };
}

const attributes = { point: 0, lambert: 1, shade: 2, uv: 3 } as const;

/**
 * Draws heads as the daemon's rasteriser does (daemon/avatar/draw.ts, toon style), by WebGL 2. Vertices are moved by the code of
 * both; here is what the rasteriser does with triangles. One renderer draws any number of heads, one after another.
 */
export class HeadRenderer {
  /** Shows the head that was drawn last, until the task ends. */
  readonly canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #parts: Program;
  readonly #picture: Program;
  readonly #target: WebGLFramebuffer;
  readonly #colours: WebGLTexture;
  readonly #places: WebGLTexture;
  readonly #heads = new WeakMap<AvatarHead, readonly GlPart[]>();

  /** Undefined where the browser has no WebGL 2. @param size width and height of the pictures, pixels */
  static create(size: number): HeadRenderer | undefined {
    const canvas = document.createElement("canvas");
    canvas.width = size;
    canvas.height = size;
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false });
    return gl ? new HeadRenderer(canvas, gl) : undefined;
  }

  private constructor(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext) {
    this.canvas = canvas;
    this.#gl = gl;
    this.#parts = new Program(gl, partVertices, partColours);
    this.#picture = new Program(gl, pictureVertices, pictureColours);
    const side = 2 * canvas.width;
    this.#colours = targetTexture(gl, side);
    this.#places = targetTexture(gl, side);
    this.#target = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    for (const [k, texture] of [this.#colours, this.#places].entries())
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + k, gl.TEXTURE_2D, texture, 0);
    const depth = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, side, side);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
    gl.drawBuffers([gl.COLOR_ATTACHMENT0, gl.COLOR_ATTACHMENT1]);
  }

  /**
   * Draws a head into {@link canvas}; false where it cannot: the context is lost.
   * @param away its face is away: without colour, and darker
   */
  draw(head: AvatarHead, state: AvatarState, away: boolean): boolean {
    const gl = this.#gl;
    if (gl.isContextLost()) return false;
    const { width: size } = this.canvas;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    gl.viewport(0, 0, 2 * size, 2 * size);
    gl.enable(gl.DEPTH_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    this.#parts.use();
    gl.uniform1f(this.#parts.place("side"), 2 * size);
    gl.uniform1i(this.#parts.place("sheet"), 0);
    gl.uniform1i(this.#parts.place("holes"), 1);
    for (const part of this.#onCard(head)) {
      part.posed.pose(state, head, size);
      this.#drawPart(part);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, size, size);
    gl.disable(gl.DEPTH_TEST);
    this.#picture.use();
    for (const [unit, name] of ["colours", "places"].entries()) gl.uniform1i(this.#picture.place(name), unit);
    bindTextures(gl, this.#colours, this.#places);
    gl.uniform3f(this.#picture.place("background"), ...defaultBackground);
    gl.uniform1i(this.#picture.place("away"), away ? 1 : 0);
    gl.bindVertexArray(null);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return true;
  }

  #drawPart({ posed, vertices, points, lambert, shade, sheet }: GlPart): void {
    const gl = this.#gl;
    const { kind, triangles } = posed.part;
    for (const [buffer, values] of [
      [points, posed.points],
      [lambert, posed.lambert],
      [shade, posed.shade],
    ] as const) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    }
    gl.uniform1f(this.#parts.place("shine"), toonShine[kind] ?? -1);
    gl.uniform1f(this.#parts.place("label"), partLabels[kind]);
    gl.uniform1i(this.#parts.place("textured"), sheet ? 1 : 0);
    bindTextures(gl, sheet?.colours ?? null, sheet?.holes ?? null);
    gl.bindVertexArray(vertices);
    gl.drawElements(gl.TRIANGLES, triangles.length, gl.UNSIGNED_INT, 0);
  }

  #onCard(head: AvatarHead): readonly GlPart[] {
    const known = this.#heads.get(head);
    if (known) return known;
    const parts = head.parts.map((part) => this.#upload(part));
    this.#heads.set(head, parts);
    return parts;
  }

  #upload(part: Part): GlPart {
    const gl = this.#gl;
    const vertices = gl.createVertexArray();
    gl.bindVertexArray(vertices);
    const buffer = (at: number, numbers: number, values?: Float32Array): WebGLBuffer => {
      const made = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, made);
      if (values) gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, numbers, gl.FLOAT, false, 0, 0);
      return made;
    };
    if (part.uv && part.texture) buffer(attributes.uv, 2, part.uv);
    const made = {
      posed: new PosedPart(part),
      vertices,
      points: buffer(attributes.point, 3),
      lambert: buffer(attributes.lambert, 1),
      shade: buffer(attributes.shade, 3),
    };
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, part.triangles, gl.STATIC_DRAW);
    return { ...made, ...(part.uv && part.texture && { sheet: uploadSheet(gl, part.texture) }) };
  }

  /** Gives the graphics card back what was on it. */
  dispose(): void {
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

class Program {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  constructor(gl: WebGL2RenderingContext, vertices: string, colours: string) {
    this.#gl = gl;
    this.#program = gl.createProgram();
    for (const [type, text] of [
      [gl.VERTEX_SHADER, vertices],
      [gl.FRAGMENT_SHADER, colours],
    ] as const) {
      const shader = gl.createShader(type)!;
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
    }
    for (const [name, at] of Object.entries(attributes)) gl.bindAttribLocation(this.#program, at, name);
    gl.linkProgram(this.#program);
    if (!gl.getProgramParameter(this.#program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(`A shader is not taken: ${gl.getProgramInfoLog(this.#program) ?? "no reason given"}`);
  }

  use(): void {
    this.#gl.useProgram(this.#program);
  }

  place(uniform: string): WebGLUniformLocation | null {
    if (!this.#places.has(uniform))
      this.#places.set(uniform, this.#gl.getUniformLocation(this.#program, uniform));
    return this.#places.get(uniform)!;
  }
}

function bindTextures(gl: WebGL2RenderingContext, ...textures: (WebGLTexture | null)[]): void {
  for (const [unit, texture] of textures.entries()) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
  }
}

/** A texture whose texels are fetched as they are. */
function plainTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  return texture;
}

function targetTexture(gl: WebGL2RenderingContext, side: number): WebGLTexture {
  const texture = plainTexture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, side, side);
  return texture;
}

function uploadSheet(gl: WebGL2RenderingContext, { width, height, linear, holes }: Texture) {
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const colours = plainTexture(gl);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB16F, width, height, 0, gl.RGB, gl.FLOAT, linear);
  const cut = plainTexture(gl);
  const [w, h] = holes ? [width, height] : [1, 1];
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, w, h, 0, gl.RED, gl.UNSIGNED_BYTE, holes ?? new Uint8Array(1));
  return { colours, holes: cut };
}
