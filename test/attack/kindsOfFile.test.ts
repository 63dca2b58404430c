import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { readInside } from "../../daemon/inference/modelFile.ts";
import { loadConfig } from "../../daemon/config.ts";
import { readManifest } from "../../daemon/inference/manifest.ts";
import { openStudyArchive } from "../../daemon/beq/studyArchive.ts";
import { openLabels, schemeFor } from "../../daemon/labels/labelFiles.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { readUserFile } from "../../daemon/text/readTextFile.ts";
import { isAppError, type ErrorCode } from "../../shared/errors.ts";
import { startAnalysis } from "../../shared/protocol/analyses.ts";
import { startLive } from "../../shared/protocol/live.ts";
import { openLabels as openLabelsRoute } from "../../shared/protocol/labelRoutes.ts";
import { listFolder, probeMedia as probeRoute } from "../../shared/protocol/media.ts";
import type { Endpoint } from "../../shared/protocol/endpoint.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../integration/testDaemon.ts";
import type * as z from "zod";

/** What is no file, by what it is; opening most of them waits for ever. */
const kinds = ["a pipe", "a socket", "a device", "a folder"] as const;
type Kind = (typeof kinds)[number];

describe("a pipe, a socket, a device and a folder in the place of a file", function () {
  this.timeout(180_000);
  let folder: string;
  let server: net.Server;
  let test: TestDaemon;
  const at = (...names: string[]) => path.join(folder, ...names);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-kinds-"));
    execFileSync("mkfifo", [at("a pipe")]);
    server = net.createServer();
    await new Promise<void>((resolve) => server.listen(at("a socket"), resolve));
    await symlink("/dev/zero", at("a device"));
    await mkdir(at("a folder"));
    test = await startTestDaemon({ config: { roots: [folder, "/dev"] } });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  /** A place of this name that is of that kind. */
  const place = async (kind: Kind, name: string): Promise<string> => {
    await rm(at(name), { force: true });
    await symlink(at(kind), at(name));
    return at(name);
  };
  const refuses = async (work: Promise<unknown>, ...codes: ErrorCode[]) => {
    await assert.rejects(work, (error) => {
      assert.ok(isAppError(error), String(error));
      assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
      return true;
    });
  };
  const refusedBy = async <Q extends z.ZodObject, R extends z.ZodType>(
    endpoint: Endpoint<Q, R>,
    request: z.input<Q>,
  ): Promise<unknown> => {
    const response = await test.ask(...withToken(endpoint, request, test.daemon.token.reveal()));
    return ((await response.json()) as { code?: string }).code;
  };

  for (const kind of kinds) {
    it(`${kind} is refused where it is named`, async () => {
      await refuses(readInside(folder, kind), "model_refused");
      await refuses(openStudyArchive(await place(kind, "study.zip")), "invalid_request");
      await refuses(probeMedia(await place(kind, "clip.mp4")), "media_unsupported");
      await refuses(readUserFile(await place(kind, "table.csv")), "invalid_path");
      await refuses(openLabels(await place(kind, "one.labels.json")), "invalid_path");
      await place(kind, "scheme.yaml");
      assert.ok("schemeProblem" in (await schemeFor(at("other.labels.json"), "scheme.yaml")));
      await place(kind, "manifest.json");
      await refuses(readManifest({ modelsDir: folder }), "model_missing");
      await rm(at("manifest.json"));
      await place(kind, "config.json");
      assert.throws(
        () => loadConfig({ dataDir: folder }, {}),
        (error) => isAppError(error, "invalid_config"),
      );
      await rm(at("config.json"));
    });

    it(`${kind} is refused at once as a clip of an analysis and of a live session, and as labels`, async () => {
      const clip = await place(kind, "asked.mp4");
      assert.equal(await refusedBy(startAnalysis, { mediaPath: clip }), "media_unsupported");
      assert.equal(await refusedBy(probeRoute, { path: clip }), "media_unsupported");
      assert.equal(await refusedBy(startLive, { source: { kind: "file", path: clip } }), "media_unsupported");
      const labels = await place(kind, "asked.labels.json");
      assert.equal(await refusedBy(openLabelsRoute, { path: labels }), "invalid_path");
    });
  }

  it("a folder of pictures is a clip, without a pipe that is called like one", async () => {
    await mkdir(at("pictures"));
    execFileSync("mkfifo", [at("pictures", "b.png")]);
    assert.equal(await refusedBy(startAnalysis, { mediaPath: at("pictures") }), "media_unsupported");
    await copyFile(path.join(import.meta.dirname, "../../extension/media/icon.png"), at("pictures", "a.png"));
    const { analysis } = await test.call(startAnalysis, { mediaPath: at("pictures") });
    assert.equal(analysis.state, "queued");
    await symlink(at("a pipe"), at("pictures", "c.png"));
    await refuses(probeMedia(at("pictures")), "media_unsupported");
  });

  it("a data set of links lists what it holds, and says how to get what is not here", async () => {
    await mkdir(at("set", ".git/annex/objects"), { recursive: true });
    await writeFile(at("set", ".git/annex/objects/a.mp4"), "clip");
    await symlink(".git/annex/objects/a.mp4", at("set", "a.mp4"));
    await symlink(".git/annex/objects/b.mp4", at("set", "b.mp4"));
    const { entries } = await test.call(listFolder, { path: at("set") });
    assert.deepEqual(
      entries.map(({ name, sizeBytes }) => [name, sizeBytes]),
      [
        ["a.mp4", 4],
        ["b.mp4", undefined],
      ],
    );
    await assert.rejects(test.call(probeRoute, { path: at("set", "b.mp4") }), /git annex get/);
  });

  it("the command line ends with a sentence", async () => {
    await writeFile(at("answers.csv"), "");
    const command = ["--import", "tsx", "daemon/main.ts"];
    const run = (...args: string[]) =>
      new Promise<string>((resolve) => {
        execFile(process.execPath, [...command, ...args], { timeout: 60_000 }, (_, __, stderr) =>
          resolve(stderr),
        );
      });
    const pipe = at("a pipe");
    assert.match(
      await run("labels", "convert", await place("a pipe", "in.eaf"), at("out.csv")),
      /^invalid_path/,
    );
    assert.match(await run("beq", "score", await place("a pipe", "in.csv")), /^invalid_path/);
    assert.match(await run("experiment", await place("a pipe", "in.experiment.yaml")), /^media_not_found/);
    assert.match(await run("analyze", pipe), /^media_unsupported/);
  });
});
