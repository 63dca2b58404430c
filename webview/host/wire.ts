import { AppError } from "../../shared/errors.ts";
import { failureSchema } from "../../shared/protocol/failure.ts";
import { serverEvents, socketRequests } from "../../shared/protocol/socket.ts";
import type { AnswerOf, DaemonEvent, RequestName } from "../host.ts";

/** Throws the daemon's refusal as an AppError with its code. */
export function throwFailure(answer: unknown): never {
  const failure = failureSchema.safeParse(answer);
  if (!failure.success)
    throw new AppError("internal", "The daemon gave no answer that EDIN understands. See its log.");
  throw new AppError(failure.data.code, failure.data.message);
}

/** An event of a newer daemon that this page does not know is left out. */
export function parseEvent(name: string, payload: unknown): DaemonEvent | undefined {
  if (!(name in serverEvents)) return undefined;
  const known = name as keyof typeof serverEvents;
  return { name: known, payload: serverEvents[known].parse(payload) } as DaemonEvent;
}

/** The daemon's answer to a request over the socket. @throws AppError with the daemon's code */
export function parseAnswer<Name extends RequestName>(name: Name, answer: unknown): AnswerOf<Name> {
  if (typeof answer !== "object" || answer === null || !("ok" in answer) || answer.ok !== true)
    return throwFailure(answer);
  return socketRequests[name].response.parse(answer) as AnswerOf<Name>;
}
