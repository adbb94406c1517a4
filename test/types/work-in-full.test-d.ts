/* Checked by the compiler alone: what the kinds of work that need files and packages on the nodes take and give. */
import type { Run } from "../../src/run/run.js";
import { runParallel } from "../../src/run/run-parallel.js";
import { command } from "../../src/work/command.js";
import { type FunctionName, fromModule, type ModuleWork } from "../../src/work/from-module.js";
import type { ItemContext } from "../../src/work/item-context.js";
import { python } from "../../src/work/python.js";
import type { Work } from "../../src/work/work.js";
import { type Equal, expectTrue } from "./expect.js";

interface Photo {
  path: string;
}

interface PhotoModule {
  resize(photo: Photo, ctx: ItemContext<{ width: number }>): Promise<{ bytes: number }>;
  count(): number;
  double: (n: number) => number;
  version: string;
  default: (text: string) => string[];
}

declare const photos: Photo[];

// The functions of a module by their names, their items and results by their own types.
expectTrue<Equal<FunctionName<PhotoModule>, "resize" | "count" | "double" | "default">>();
const work = fromModule<PhotoModule>(new URL("./photos.js", import.meta.url));
expectTrue<Equal<ModuleWork<PhotoModule["double"]>, Work<number, number>>>();
const resize = work("resize");
expectTrue<Equal<typeof resize, Work<Photo, { bytes: number }>>>();
const resized = runParallel(photos, resize);
expectTrue<Equal<typeof resized, Run<{ bytes: number }>>>();
const counted = runParallel(photos, work("count"));
expectTrue<Equal<typeof counted, Run<number>>>();
const texts = runParallel(["a"], work("default"));
expectTrue<Equal<typeof texts, Run<string[]>>>();
const real = fromModule<typeof import("../../src/builders/duration.js")>("duration.ts")("toIsoDuration");
expectTrue<Equal<typeof real, Work<number, string>>>();
fromModule<PhotoModule>("photos.ts", { external: ["sharp"] });
// @ts-expect-error: the module has no such function
work("tripel");
// @ts-expect-error: what it exports by this name is no function
work("version");
// @ts-expect-error: numbers are no photos
runParallel([1], work("resize"));
// @ts-expect-error: a module is a path or a URL
fromModule<PhotoModule>(5);
// @ts-expect-error: there is no such option
fromModule<PhotoModule>("photos.ts", { externals: ["sharp"] });

// python(): requirements are a path or lines.
runParallel(photos, python("rows.py", { args: (photo) => [photo.path], requirements: "requirements.txt" }));
runParallel(photos, python("rows.py", { requirements: ["numpy==2.1.0"] as const }));
// @ts-expect-error: a line is text
python("rows.py", { requirements: [1] });

// Inputs by path, glob, URL and content; outputs to a folder.
runParallel(
  photos,
  command((photo) => ({
    file: "convert",
    inputs: [
      photo.path,
      "data/*.csv",
      new URL("https://example.com/a.csv"),
      { url: "https://example.com/a.csv", as: "b.csv" },
      { path: "data", as: "in" },
      { content: new Uint8Array(1), as: "c" },
    ],
  })),
);
// @ts-expect-error: a URL is text or a URL
command(() => ({ file: "a", inputs: [{ url: 5 }] }));
expectTrue<Equal<ReturnType<typeof resized.download>, Promise<string[]>>>();
// @ts-expect-error: a folder is a path
resized.download(5);

// Packages: npm's alone, or both kinds.
runParallel(photos, resize, { packages: ["lodash@4.17.21"] });
runParallel(photos, resize, { packages: { npm: ["lodash"], apt: ["ffmpeg"] } });
// @ts-expect-error: there is no such kind
runParallel(photos, resize, { packages: { pip: ["numpy"] } });
