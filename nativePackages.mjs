/** Packages with native code or files of their own: they stay outside the bundles and come along in the package. */
export const nativePackages = [
  "onnxruntime-node",
  "sharp",
  "@electric-sql/pglite",
  "@ffmpeg-installer/ffmpeg",
  "@ffprobe-installer/ffprobe",
];
