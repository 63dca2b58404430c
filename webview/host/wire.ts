import { failureOf } from "../../shared/protocol/caller.ts";
import { serverEvents, socketRequests } from "../../shared/protocol/socket.ts";
import type { AnswerOf, DaemonEvent, RequestName } from "../host.ts";

/** An event of a newer daemon that this page does not know is left out. */
export function parseEvent(name: string, payload: unknown): DaemonEvent | undefined {
  if (!(name in serverEvents)) return undefined;
  const known = name as keyof typeof serverEvents;
  return { name: known, payload: serverEvents[known].parse(payload) } as DaemonEvent;
}

/** The daemon's answer to a request over the socket. @throws AppError with the daemon's code */
export function parseAnswer<Name extends RequestName>(name: Name, answer: unknown): AnswerOf<Name> {
  if (typeof answer !== "object" || answer === null || !("ok" in answer) || answer.ok !== true)
    throw failureOf(answer);
  return socketRequests[name].response.parse(answer) as AnswerOf<Name>;
}
