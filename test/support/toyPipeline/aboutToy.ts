import * as z from "zod";
import type { PipelineAbout } from "../../../shared/protocol/pipelines.ts";
import { flag } from "../../../shared/protocol/settingFlags.ts";

/** A pipeline that no user has: the entry that `shared/protocol/pipelines.ts` gets in the tree of its test. */
export const aboutToy = {
  title: "Toy",
  summary: "Shows each face upside down in black and white.",
  needs: ["face", "landmarks"],
  uses: [],
  hears: [],
  hearsWhole: [],
  live: true,
  faceView: { name: "toy", title: "Toy face", caption: "as a toy" },
  settings: {
    toyContrast: flag(
      "--toy-contrast <factor>",
      z.number().min(1).max(10).default(2).describe("How much contrast is added."),
    ),
  },
} as const satisfies PipelineAbout;
