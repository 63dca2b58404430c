/** A kind of file that users write for EDIN. */
export type FileKind = "experiment" | "training" | "interview" | "scheme";

/** The kind of a file by its name, such as `x.experiment.yaml`. */
export function kindOf(fileName: string): FileKind | undefined {
  const [, name] = /\.(experiment|training|interview|scheme)\.(?:ya?ml|json)$/i.exec(fileName) ?? [];
  return name?.toLowerCase() as FileKind | undefined;
}
