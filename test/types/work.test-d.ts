/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import type { Run } from "../../src/run/run.js";
import { runParallel } from "../../src/run/run-parallel.js";
import { command } from "../../src/work/command.js";
import type { CommandOptions, CommandResult, CommandSpec } from "../../src/work/command-spec.js";
import { python } from "../../src/work/python.js";
import type { Work } from "../../src/work/work.js";
import { type Equal, expectTrue } from "./expect.js";

interface Photo {
  path: string;
  width: number;
}

declare const photos: Photo[];
declare const stream: AsyncIterable<Photo>;

// Functions: the item's type goes in, the result's comes out, promises unwrapped.
const widths = runParallel(photos, (photo) => photo.width);
expectTrue<Equal<typeof widths, Run<number>>>();
const paths = runParallel(stream, async (photo) => photo.path);
expectTrue<Equal<typeof paths, Run<string>>>();
const either = runParallel(new Set([1, 2]), async (n) => (n > 1 ? n : undefined));
expectTrue<Equal<typeof either, Run<number | undefined>>>();
const literal = runParallel([1, 2] as const, (n) => [n, String(n)] as const);
expectTrue<Equal<typeof literal, Run<readonly [1 | 2, string]>>>();

// The context: its index, and the type of `shared`.
const shared = runParallel(photos, (photo, ctx) => photo.width * ctx.shared.factor + ctx.index, {
  shared: { factor: 2 },
});
expectTrue<Equal<typeof shared, Run<number>>>();
runParallel(photos, (_photo, ctx) => {
  expectTrue<Equal<typeof ctx.shared, undefined>>();
  expectTrue<Equal<typeof ctx.signal, AbortSignal>>();
  ctx.saveFile("out.png");
});
// @ts-expect-error: `shared` has no such property
runParallel(photos, (_photo, ctx) => ctx.shared.nothing, { shared: { factor: 2 } });
// @ts-expect-error: the context is not to be changed
runParallel(photos, (_photo, ctx) => (ctx.index = 2));
// @ts-expect-error: a photo has no height
runParallel(photos, (photo) => photo.height);
// @ts-expect-error: an item is a photo
runParallel(photos, (text: string) => text);
// @ts-expect-error: a number is no work
runParallel(photos, 5);

// command() with a function: the item's type flows in without an annotation.
const converted = runParallel(
  photos,
  command((photo, index) => {
    expectTrue<Equal<typeof photo, Photo>>();
    expectTrue<Equal<typeof index, number>>();
    return { file: "convert", args: [photo.path, "-resize", photo.width, "out.png"], outputs: ["out.png"] };
  }),
);
expectTrue<Equal<typeof converted, Run<CommandResult>>>();
runParallel(
  stream,
  command((photo) => ({ file: "convert", inputs: [photo.path, { path: photo.path, as: "in.jpg" }] })),
);
runParallel(
  photos,
  // @ts-expect-error: a photo has no height
  command((photo) => ({ file: "convert", args: [photo.height] })),
);
runParallel(
  photos,
  // @ts-expect-error: a command needs a program
  command((photo) => ({ args: [photo.path] })),
);
// @ts-expect-error: a command is not made asynchronously
command(async () => ({ file: "true" }));
// @ts-expect-error: an argument is text or a number
command(() => ({ file: "true", args: [true] }));
// @ts-expect-error: content needs a name
command(() => ({ file: "true", inputs: [{ content: "a" }] }));
// @ts-expect-error: exit codes are numbers
command(() => ({ file: "true", successExitCodes: ["0"] }));
const spec: CommandSpec = { file: "true" };
// @ts-expect-error: a specification is not to be changed
spec.file = "false";

// Work that was made elsewhere.
const annotated = command((photo: Photo) => ({ file: "convert", args: [photo.path] }));
expectTrue<Equal<typeof annotated, Work<Photo, CommandResult>>>();
runParallel(photos, annotated);
const general: Work<unknown, CommandResult> = command(() => ({ file: "true" }));
runParallel(photos, general); // what takes anything takes photos
const narrow: Work<Photo & { tags: string[] }, CommandResult> = annotated;
runParallel([{ path: "a", width: 1, tags: ["x"] }], narrow);
// @ts-expect-error: this work wants photos
runParallel(["a", "b"], annotated);
// @ts-expect-error: what wants a photo does not take anything
const _tooGeneral: Work<unknown, CommandResult> = annotated;
// @ts-expect-error: a Work is made by the library alone
const _notWork: Work<Photo, number> = {};

// Templates: holes get the item.
const conversions = runParallel(photos, command`ffmpeg -i ${(photo) => photo.path} -q ${5} ${"out.mp4"}`);
expectTrue<Equal<typeof conversions, Run<CommandResult>>>();
// @ts-expect-error: a photo has no height
runParallel(photos, command`convert ${(photo) => photo.height}`);
// @ts-expect-error: a hole is one argument
runParallel(photos, command`convert ${(photo) => [photo.path]}`);
// @ts-expect-error: a hole is text or a number
command`convert ${{ path: "a" }}`;
// Followed by with(), a template has to say what its item is.
const withFiles = command<Photo>`ffmpeg -i in.mov ${(photo, index) => `${photo.width}-${index}`}`.with({
  inputs: (photo) => [{ path: photo.path, as: "in.mov" }],
  env: (_photo, index) => ({ SEED: String(index) }),
  outputs: ["out.mp4"],
  successExitCodes: [0, 2],
});
expectTrue<Equal<typeof withFiles, Work<Photo, CommandResult>>>();
runParallel(photos, withFiles);
const inferred = command`convert ${(photo: Photo) => photo.path}`.with({ stdin: (photo) => photo.path });
expectTrue<Equal<typeof inferred, Work<Photo, CommandResult>>>();
// @ts-expect-error: there is no such option
command`true`.with({ output: ["a"] });
// @ts-expect-error: the program is in the text
command`true`.with({ file: "false" });
// @ts-expect-error: numbers are no photos
runParallel([1], withFiles);

// python(): the item's type flows into its options.
const rows = runParallel(
  photos,
  python("rows.py", {
    args: (photo, index) => [photo.path, index],
    inputs: (photo) => [photo.path],
    stdin: (photo) => photo.path,
    outputs: ["*.csv"],
    interpreter: "python3.12",
  }),
);
expectTrue<Equal<typeof rows, Run<CommandResult>>>();
runParallel(photos, python(new URL("rows.py", import.meta.url)));
runParallel(photos, python("rows.py", { args: ["--all"] }));
// @ts-expect-error: a photo has no height
runParallel(photos, python("rows.py", { args: (photo) => [photo.height] }));
python("rows.py", { requirements: "requirements.txt" });
python("rows.py", { requirements: ["numpy==2.1.0"] });
// @ts-expect-error: requirements are the same for all items
python("rows.py", { requirements: (photo: Photo) => photo.path });
// @ts-expect-error: a script is a path or a URL
python(5);

// A result's files.
declare const result: CommandResult;
expectTrue<Equal<Awaited<ReturnType<(typeof result.files)[number]["save"]>>, string>>();
// @ts-expect-error: results are not to be changed
result.files.push(result.files[0]);
expectTrue<Equal<CommandOptions<Photo>["successExitCodes"], readonly number[] | undefined>>();
