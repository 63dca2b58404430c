import { AppError } from "../../shared/errors.ts";

/** What is said of a pipe, a socket or a device, which may never be opened: that would wait for whoever writes into it. */
export function noFile(name: string): AppError {
  return new AppError("media_unsupported", `${name} is not a file. Choose a clip or a folder of pictures.`);
}
