/**
 * The process of one live run: a child of the daemon, so that inference has a thread of its own, http and sockets stay
 * quick, and a network that brings its process down ends one session. It ends with its parent.
 */
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import { openModels, type Models } from "../inference/models.ts";
import type { LiveEnd } from "./events.ts";
import type { FromRun, ToRun } from "./liveProcess.ts";
import { toSamples } from "./pageSource.ts";
import { LiveRun } from "./run.ts";

/** How long a run may take to complete what it has when the daemon is gone. */
const orphanMs = 5000;

let run: LiveRun | undefined;
/** What came before the run was there. */
const early: ToRun[] = [];

/** The daemon knows of the recording; also where there is no daemon any more. */
let takeKnown: (failure?: Failure) => void = () => undefined;
const known = new Promise<void>((resolve, reject) => {
  takeKnown = (failure) =>
    failure === undefined ? resolve() : reject(new AppError(failure.code, failure.message));
});
known.catch(() => undefined);

process.on("message", (message: ToRun) => {
  if (message.type === "start") void serve(message);
  else if (run === undefined) early.push(message);
  else take(run, message);
});
process.once("disconnect", () => {
  takeKnown();
  run?.stop();
  setTimeout(() => process.exit(1), orphanMs).unref();
});
// A terminal sends its Ctrl-C to the daemon's children as well; it is the daemon that says when to end.
process.on("SIGINT", () => undefined).on("SIGTERM", () => undefined);

async function serve({ request, setup }: ToRun & { type: "start" }): Promise<void> {
  let models: Models | undefined;
  let end: LiveEnd;
  try {
    models = await openModels(setup);
    run = new LiveRun(request, {
      models,
      ffmpeg: setup.ffmpeg,
      tell: (event) => tell({ type: "event", event }),
      known,
    });
    for (const message of early.splice(0)) take(run, message);
    if (!process.connected) run.stop();
    end = await run.ended;
  } catch (error) {
    end = { counts: { framesIn: 0, dropped: 0, framesRecorded: 0 }, failure: toFailure(error) };
  }
  await models?.[Symbol.asyncDispose]();
  tell({ type: "ended", end });
  if (process.connected) process.disconnect();
}

/** A message that cannot be handled ends the run, which tells why. */
function take(live: LiveRun, message: ToRun): void {
  handle(live, message).catch((error: unknown) => live.fail(error));
}

async function handle(live: LiveRun, message: ToRun): Promise<void> {
  switch (message.type) {
    case "stop":
      live.stop();
      break;
    case "record": {
      const failure = await live.record(message.on).then(() => undefined, toFailure);
      tell({ type: "answer", ask: message.ask, failure });
      break;
    }
    case "begin-recording":
      await live.beginRecording(message.startMs);
      break;
    case "recording-known":
      takeKnown(message.failure);
      break;
    case "segment":
      await live.segment(message.event);
      break;
    case "watched":
      live.views.watched = message.watched;
      break;
    case "video":
      live.page.pushVideo(message);
      break;
    case "audio":
      live.page.pushAudio({ ...message, samples: toSamples(message.pcm) });
      break;
    case "start":
      break;
  }
}

function toFailure(error: unknown): Failure {
  const { code, message } = toAppError(error);
  return { code, message };
}

function tell(message: FromRun): void {
  // The daemon may be gone: then this process ends as well.
  if (process.connected) process.send!(message, () => undefined);
}
