/** Where somebody looks, or where a thing lies, as the camera sees it. Degrees; up and the person's left are positive. */
export interface Angles {
  readonly yawDeg: number;
  readonly pitchDeg: number;
}

const radians = Math.PI / 180;

/** Angle between two directions, degrees. */
export function angleBetweenDeg(a: Angles, b: Angles): number {
  const [u, v] = [direction(a), direction(b)];
  const cos = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  return Math.acos(Math.max(-1, Math.min(1, cos))) / radians;
}

/** Unit vector: to the person's left, up, towards the camera. */
function direction({ yawDeg, pitchDeg }: Angles): [number, number, number] {
  const [yaw, pitch] = [yawDeg * radians, pitchDeg * radians];
  return [Math.cos(pitch) * Math.sin(yaw), Math.sin(pitch), Math.cos(pitch) * Math.cos(yaw)];
}
