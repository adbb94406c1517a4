import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

type Stream = "stdout" | "stderr";

/** Takes over what the user's code writes by `console` and `process.stdout`, in the order in which it is written. */
export function captureOutput(write: (stream: Stream, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    let stream: Writable | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      // Made at its first use: most functions write nothing.
      get() {
        stream ??= capturingStream(name, (text) => write(name, text));
        return stream;
      },
    });
  }
}

function capturingStream(name: Stream, write: (text: string) => void): Writable {
  const decoder = new StringDecoder("utf8");
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      write(typeof chunk === "string" ? chunk : decoder.write(chunk));
      done();
    },
  });
  return Object.assign(stream, { fd: name === "stdout" ? 1 : 2 });
}
