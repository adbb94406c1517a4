/*
 * Starts programs for the supervisor. Node.js needs most of a millisecond to start one, as the system copies what there is of
 * its large process; Python needs a fraction of that, as it starts them by posix_spawn, and most Linux images have it.
 *
 * It reads frames from its standard input and writes frames to its standard output: a length of four bytes, then fields, each
 * with a length of its own. No shell, and no quoting, is between a field and the program that gets it.
 *
 *   in:  B most, (name, value)…                                    once: the bytes taken of a stream, the environment
 *        R id, folder, "" or "<" and the input, count, (name, value)…, file, argument…       run a program
 *        K id, signal                                              to the program's process group
 *        C id                                                      wait no longer for its streams to end
 *   out: S                                                         once: it has begun
 *        X id                                                      it has ended, and what it started holds its streams
 *        E id, exit code or minus the signal, errno if not started, stream that had too much, stdout, stderr
 *
 * At the end of its input, however that came about, it kills every program that still runs.
 */
export const SPAWNER_PROGRAM = `
import errno, os, select, signal, struct

runs, by_process, streams = {}, {}, {}
most, environment = 0, {}
nothing = os.open(os.devnull, os.O_RDONLY)
poll = select.poll()
woken, wake = os.pipe()
for end in woken, wake:
    os.set_blocking(end, False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

class Run:
    pass

def tell(*fields):
    body = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    frame = memoryview(struct.pack(">I", len(body)) + body)
    while frame:
        frame = frame[os.write(1, frame):]

# Where programs were found, by their names and the PATH: looking through it takes a call of the system for each entry.
found = {}

def launch(args, variables, *ends):
    path = variables.get(b"PATH", os.fsencode(os.defpath))
    known = found.get((args[0], path))
    if known is not None:
        try:
            return launch_at(known, args, variables, *ends)
        except FileNotFoundError:
            pass  # It has gone since: what is left of the PATH may have another one.
    fault = FileNotFoundError(errno.ENOENT, "")
    for place in places_of(args[0], path):
        try:
            process = launch_at(place, args, variables, *ends)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError as denied:
            fault = denied
            continue
        if not os.path.dirname(args[0]) and os.path.isabs(place):
            found[args[0], path] = place
        return process
    raise fault

def places_of(file, path):
    return [file] if b"/" in file else [os.path.join(entry or b".", file) for entry in path.split(b":")]

def launch_at(place, args, variables, input, out, err):
    ends = [(os.POSIX_SPAWN_DUP2, input, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
    # Python ignores these two signals, and what is ignored stays so.
    ignored = signal.SIGPIPE, signal.SIGXFSZ
    try:
        return os.posix_spawn(place, args, variables, file_actions=ends, setpgroup=0, setsigdef=ignored)
    except OSError as fault:
        if fault.errno != errno.ENOEXEC:
            raise
        # A file without a first line that names its interpreter is a script of the shell, as execvp has it.
        return launch_at(b"/bin/sh", [b"/bin/sh", place] + args[1:], variables, input, out, err)

def start(id, folder, content, count, *rest):
    rest = list(rest)
    own = 2 * int(count)
    variables = dict(environment)
    variables.update(zip(rest[0:own:2], rest[1:own:2]))
    args = rest[own:]
    ends = []
    try:
        ends += os.pipe()
        ends += os.pipe()
        if content:
            ends += os.pipe()
        given = (ends[4] if content else nothing, ends[1], ends[3])
        os.chdir(folder)
        process = launch(args, variables, *given)
    except OSError as fault:
        for end in ends:
            os.close(end)
        return tell(b"E", id, b"", b"%d" % fault.errno, b"", b"", b"")
    run = Run()
    run.id, run.process, run.code, run.much, run.kept, run.open = id, process, None, b"", {"out": [], "err": []}, 0
    run.size = {"out": 0, "err": 0}
    runs[id] = by_process[process] = run
    for name, read, write in ("out", ends[0], ends[1]), ("err", ends[2], ends[3]):
        os.close(write)
        streams[read] = run, name
        run.open += 1
        poll.register(read, select.POLLIN)
    if content:
        os.close(ends[4])
        os.set_blocking(ends[5], False)
        run.rest = memoryview(content)[1:]
        streams[ends[5]] = run, "in"
        poll.register(ends[5], select.POLLOUT)

def close(end):
    run, name = streams.pop(end)
    poll.unregister(end)
    os.close(end)
    if name != "in":
        run.open -= 1
    return run

def kill(run, number):
    if run.code is None:
        try:
            os.killpg(run.process, number)
        except OSError:
            pass

def take(end):
    run, name = streams[end]
    piece = os.read(end, 65536)
    if not piece:
        return finish(close(end))
    run.size[name] += len(piece)
    if run.size[name] <= most:
        run.kept[name].append(piece)
    elif not run.much:
        run.much = b"std" + name.encode()
        kill(run, signal.SIGKILL)

def feed(end):
    run, _ = streams[end]
    try:
        run.rest = run.rest[os.write(end, run.rest):]
    except BlockingIOError:
        return
    except OSError:
        run.rest = b""  # A program need not read what it is given.
    if not run.rest:
        close(end)

def reap():
    try:
        os.read(woken, 4096)
    except BlockingIOError:
        pass
    for process, run in list(by_process.items()):
        ended, status = os.waitpid(process, os.WNOHANG)
        if not ended:
            continue
        # What it left running.
        kill(run, signal.SIGKILL)
        run.code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        del by_process[process]
        if not finish(run):
            tell(b"X", run.id)

def finish(run):
    if run.open or run.code is None:
        return False
    del runs[run.id]
    release(run)
    tell(b"E", run.id, b"%d" % run.code, b"", run.much, b"".join(run.kept["out"]), b"".join(run.kept["err"]))
    return True

def release(run):
    for end in [end for end, (owner, _) in streams.items() if owner is run]:
        close(end)

def obey(order, *fields):
    global most
    if order == b"R":
        start(*fields)
    elif order == b"B":
        most = int(fields[0])
        environment.update(zip(fields[1::2], fields[2::2]))
        tell(b"S")
    elif fields[0] in runs:
        run = runs[fields[0]]
        if order == b"K":
            kill(run, int(fields[1]))
        elif order == b"C":
            release(run)
            finish(run)

def fields_of(frame):
    at = 0
    while at < len(frame):
        end = at + 4 + int.from_bytes(frame[at:at + 4], "big")
        yield bytes(frame[at + 4:end])
        at = end

def listen():
    received = bytearray()
    poll.register(0, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        for end, _ in poll.poll():
            if end == woken:
                reap()
            elif end in streams:
                (feed if streams[end][1] == "in" else take)(end)
            elif end == 0:
                piece = os.read(0, 1048576)
                if not piece:
                    return
                received += piece
                while len(received) >= 4:
                    length = 4 + int.from_bytes(received[:4], "big")
                    if len(received) < length:
                        break
                    frame = received[4:length]
                    del received[:length]
                    obey(*fields_of(frame))

try:
    listen()
finally:
    for run in by_process.values():
        kill(run, signal.SIGKILL)
`;
