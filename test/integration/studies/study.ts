import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { getAnalysis, startAnalysis } from "../../../shared/protocol/analyses.ts";
import { consentForm, getForm } from "../../../shared/protocol/beqForm.ts";
import {
  addParticipants,
  addSession,
  createStudy,
  linkAnalysis,
} from "../../../shared/protocol/studyRoutes.ts";
import { syntheticAnalysis, syntheticFrames } from "../../support/syntheticResult.ts";
import { type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

/** A run whose result files have the right shape and hold synthetic numbers. */
export const syntheticRun: Runner = async ({ id, outDir }) => {
  const options = { id, durationMs: 400 };
  const lines = syntheticFrames(options).map((line) => JSON.stringify(line));
  await writeFile(path.join(outDir, "frames.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(path.join(outDir, "analysis.json"), JSON.stringify(syntheticAnalysis(options)));
};

/** A study with two participants, `p1` and `p2`, each with one session; both agreed, if wanted. */
export async function makeStudy(test: TestDaemon, { agreed = false } = {}) {
  const { study } = await test.call(createStudy, { name: "Pilot <1>", consentText: "I agree to <this>." });
  await test.call(addParticipants, { study: study.id, ids: ["p1", "p2"] });
  const session = async (participant: string) =>
    (await test.call(addSession, { study: study.id, participant })).session.id;
  const made = { study: study.id, first: await session("p1"), second: await session("p2") };
  if (agreed) for (const one of [made.first, made.second]) await agree(test, one);
  return made;
}

/** The participant of a session agrees to the newest text. */
export async function agree(test: TestDaemon, session: string): Promise<void> {
  const { version } = (await test.call(getForm, { session })).form.consent;
  await test.call(consentForm, { session, version });
}

/** Analyses the test's clip and links the result to a session, whose participant agrees. */
export async function addAnalysis(
  test: TestDaemon,
  session: string,
  role: "baseline" | "stimulus" = "stimulus",
  mediaPath = path.join(test.clips, "clip.mp4"),
): Promise<string> {
  const { id } = (await test.call(startAnalysis, { mediaPath })).analysis;
  await until(async () => (await test.call(getAnalysis, { id })).analysis.state === "done");
  await agree(test, session);
  await test.call(linkAnalysis, { session, analysis: id, role });
  return id;
}

/** Puts a recording into the data folder, as the recorder does; returns its folder. */
export async function addRecording(test: TestDaemon, id: string): Promise<string> {
  const folder = path.join(test.place.dataDir, "recordings", id);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "camera.webm"), `recording ${id}`);
  await test.daemon.service.roots.grant(path.dirname(folder));
  return folder;
}

/** Saves the archive of a study; returns its path. */
export async function saveArchive(test: TestDaemon, study: string, file: string): Promise<string> {
  const response = await test.ask(`/api/studies/${study}/archive`, {
    headers: { authorization: `Bearer ${test.daemon.token.reveal()}` },
  });
  if (!response.ok) throw new Error(await response.text());
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

/** Packs a study folder as `edin study export` would. */
export async function packFolder(folder: string, target: string): Promise<string> {
  const zip = new ZipFile();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file);
    const name = path.relative(folder, file).split(path.sep).join("/");
    files.push({ name, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });
    zip.addBuffer(content, name);
  }
  zip.addBuffer(Buffer.from(JSON.stringify({ format: "edin-study", version: 1, files })), "files.json");
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
  return target;
}

export const readText = (file: string): Promise<string> => readFile(file, "utf8");
