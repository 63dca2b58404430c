// Speed and memory on real clips: npm run bench -- CLIPS [--only NAMES] [--rounds N] [--peer-frames N] [--minutes N]
import path from "node:path";
import { parseArgs } from "node:util";
import { findFfmpeg } from "../../daemon/media/ffmpeg.ts";
import { benchAvatar } from "./avatar.ts";
import { benchFolder, chooseClip, findClips, loopClip } from "./clips.ts";
import { benchDenoise } from "./denoise.ts";
import { benchLive } from "./live.ts";
import { benchLongClip } from "./longClip.ts";
import { benchEvm, evmCrop, evmFrame } from "./evm.ts";
import { benchAgreement, benchLabels } from "./labels.ts";
import { benchMultimodal } from "./multimodal.ts";
import { openPeers, type Peer } from "./peers.ts";
import { printLine, printReport, type Figure } from "./report.ts";
import { benchStart } from "./start.ts";
import { benchQueue } from "./queue.ts";
import { benchThroughput } from "./throughput.ts";
import { benchTraining } from "./training.ts";
import { benchVisualPath, showsOneFace } from "./visualPath.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: {
      type: "string",
      default:
        "visual-path,multimodal,throughput,queue,training,denoise,live-latency,evm-crop,evm-frame,avatar,start,memory-30min,agreement,labels",
    },
    rounds: { type: "string", default: "3" },
    "peer-frames": { type: "string", default: "40" },
    minutes: { type: "string", default: "30" },
  },
});
const clips = positionals[0] === undefined ? [] : await findClips(positionals[0]);
const wanted = new Set(values.only.split(","));
/** These make what they need. */
const withoutClips = ["queue", "training", "denoise", "agreement", "labels"];
if (clips.length === 0 && ![...wanted].every((name) => withoutClips.includes(name))) {
  console.error("Name a clip of one talking head, or a folder of such clips: npm run bench -- CLIPS");
  process.exit(1);
}
const ffmpeg = await findFfmpeg({}, { PATH: process.env["PATH"] ?? "" });
await using folder = await benchFolder();
const outDir = path.join(folder.path, "out");
const figures: Figure[] = [];
const report = (found: readonly Figure[]): void => {
  for (const one of found) printLine(one);
  figures.push(...found);
};

const rounds = Number(values.rounds);
for (const size of [evmCrop, evmFrame]) if (wanted.has(size.name)) report(await benchEvm(size, rounds));
if (wanted.has("avatar")) report(await benchAvatar(rounds));
if (wanted.has("queue")) report(await benchQueue());
if (wanted.has("training")) report(await benchTraining(ffmpeg, rounds));
if (wanted.has("denoise")) report(await benchDenoise(rounds));
if (wanted.has("agreement")) report(await benchAgreement(path.join(folder.path, "team"), rounds));
if (wanted.has("labels")) report(await benchLabels(ffmpeg, rounds));
if (wanted.has("start")) report(await benchStart(path.join(folder.path, "data"), rounds));
console.error(`ffmpeg ${ffmpeg.version}; node ${process.version}`);
const choose = (peers: readonly Peer[]): Promise<string> =>
  chooseClip(ffmpeg, clips, folder.path, (file) => showsOneFace(ffmpeg, file, outDir, peers));
// Before the peers, whose memory is not ours.
if (wanted.has("memory-30min")) {
  const clip = await choose([]);
  const seconds = 60 * Number(values.minutes);
  const long = await loopClip(ffmpeg, clip, seconds, path.join(folder.path, "long.mp4"));
  report(await benchLongClip(ffmpeg, long, outDir));
}
if (wanted.has("visual-path") || wanted.has("multimodal")) {
  const peers = await openPeers();
  const clip = await choose(peers);
  const options = { rounds, peerFrames: Number(values["peer-frames"]) };
  if (wanted.has("visual-path")) report(await benchVisualPath(ffmpeg, clip, outDir, peers, options));
  const human = peers.filter(({ name }) => name === "human");
  if (wanted.has("multimodal")) report(await benchMultimodal(ffmpeg, clip, outDir, human, options));
}
if (wanted.has("throughput")) report(await benchThroughput(await choose([]), folder.path, rounds));
if (wanted.has("live-latency")) {
  const watched = await loopClip(ffmpeg, await choose([]), 20, path.join(folder.path, "watched.mp4"));
  for (const pipeline of ["multimodal", "avatar"] as const)
    report(await benchLive(ffmpeg, watched, outDir, rounds, pipeline));
}
printReport(figures);
// Human keeps its server and timers open.
process.exit(0);
