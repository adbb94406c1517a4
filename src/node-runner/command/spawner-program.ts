/*
 * Starts programs for the supervisor. Node.js needs most of a millisecond to start one, as the system copies what there is of
 * its large process; Python needs a fraction of that, as it starts them by posix_spawn, and most Linux images have it.
 *
 * It reads frames from its standard input and writes frames to its standard output: a length of four bytes, then fields, each
 * with a length of its own. No shell, and no quoting, is between a field and the program that gets it.
 *
 *   in:  B at once, most, (name, value)…           once: how many run at once, the bytes taken of a stream, the environment
 *        R id, "S" or "", folder, "" or "<" and the input, count, (name, value)…, file, argument…
 *                                                  run a program, when those before it leave room; "S": say when it starts
 *        K id, signal                              to the process group of a program that runs
 *        C id                                      wait no longer for its streams to end
 *        W                                         give back what waits
 *   out: B                                         once: it has begun
 *        S id                                      the program has started
 *        X id                                      it has ended, and what it started holds its streams
 *        E id, exit code or minus the signal, errno if not started, stream that had too much, milliseconds, stdout, stderr
 *        W id                                      it was given back, and never started
 *
 * At the end of its input, however that came about, it kills every program that still runs.
 */
export const SPAWNER_PROGRAM = `
import errno, os, select, signal, struct, time

runs, by_process, streams, waiting = {}, {}, {}, []
at_once, most, environment = 1, 0, {}
nothing = os.open(os.devnull, os.O_RDONLY)
poll = select.poll()
# What a pipe holds, and so what one read can give.
PIECE = 65536
# A program that has run for so many seconds may write more than its pipes hold.
SOON = 0.01
woken, wake = os.pipe()
for end in woken, wake:
    os.set_blocking(end, False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

class Run:
    pass

said, ahead = bytearray(), 0

def tell(*fields):
    body = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    said.extend(struct.pack(">I", len(body)) + body)

# Who listens is woken for many ends at once, as long as there is enough to do without a word from there.
def must_say():
    return said and len(waiting) <= ahead // 2

def say():
    frames = memoryview(bytes(said))
    said.clear()
    while frames:
        frames = frames[os.write(1, frames):]

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

def start_waiting():
    while waiting and len(by_process) < at_once:
        start(*waiting.pop(0))

# Streams of a quick program are read once, at its end: each time that this process is woken costs as much as a part of it.
def watch(run):
    if not run.watched:
        run.watched = True
        for end in run.ends:
            poll.register(end, select.POLLIN)

def start(id, say_start, folder, content, count, *rest):
    rest = list(rest)
    own = 2 * int(count)
    variables = dict(environment)
    variables.update(zip(rest[0:own:2], rest[1:own:2]))
    args = rest[own:]
    ends = []
    began = time.monotonic()
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
        return tell(b"E", id, b"", b"%d" % fault.errno, b"", b"0", b"", b"")
    if say_start:
        tell(b"S", id)
    run = Run()
    run.began = began
    run.id, run.process, run.code, run.much, run.kept = id, process, None, b"", {"out": [], "err": []}
    run.size = {"out": 0, "err": 0}
    run.ends, run.watched = [ends[0], ends[2]], False
    runs[id] = by_process[process] = run
    for name, read, write in ("out", ends[0], ends[1]), ("err", ends[2], ends[3]):
        os.close(write)
        streams[read] = run, name
    if content:
        os.close(ends[4])
        os.set_blocking(ends[5], False)
        run.rest = memoryview(content)[1:]
        streams[ends[5]] = run, "in"
        poll.register(ends[5], select.POLLOUT)

def close(end):
    run, name = streams.pop(end)
    if name == "in":
        poll.unregister(end)
    else:
        run.ends.remove(end)
        if run.watched:
            poll.unregister(end)
    os.close(end)
    return run

def kill(run, number):
    if run.code is None:
        try:
            os.killpg(run.process, number)
        except OSError:
            pass

def take(end, event):
    run, name = streams[end]
    piece = os.read(end, PIECE) if event & select.POLLIN else b""
    run.size[name] += len(piece)
    if run.size[name] <= most:
        run.kept[name].append(piece)
    elif not run.much:
        run.much = b"std" + name.encode()
        kill(run, signal.SIGKILL)
    # Nobody writes any more, and this was all there is.
    if event & select.POLLHUP and len(piece) < PIECE:
        finish(close(end))

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
    ended = []
    for process, run in list(by_process.items()):
        found, status = os.waitpid(process, os.WNOHANG)
        if not found:
            continue
        run.ended = time.monotonic()
        # What it left running.
        kill(run, signal.SIGKILL)
        run.code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        del by_process[process]
        if not finish(run):
            watch(run)
            ended.append(run)
    return ended

def finish(run):
    if run.ends or run.code is None:
        return False
    del runs[run.id]
    release(run)
    taken = b"%.3f" % (1000 * (run.ended - run.began))
    tell(b"E", run.id, b"%d" % run.code, b"", run.much, taken, b"".join(run.kept["out"]), b"".join(run.kept["err"]))
    return True

def release(run):
    for end in [end for end, (owner, _) in streams.items() if owner is run]:
        close(end)

def obey(order, *fields):
    global at_once, most
    if order == b"R":
        waiting.append(fields)
    elif order == b"W":
        for id, *_ in waiting:
            tell(b"W", id)
        waiting.clear()
    elif order == b"B":
        at_once, most = int(fields[0]), int(fields[1])
        environment.update(zip(fields[2::2], fields[3::2]))
        tell(b"B")
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

def receive(received):
    global ahead
    piece = os.read(0, 1048576)
    received += piece
    while len(received) >= 4:
        length = 4 + int.from_bytes(received[:4], "big")
        if len(received) < length:
            break
        frame = received[4:length]
        del received[:length]
        obey(*fields_of(frame))
    ahead = len(waiting)
    return piece

def watch_slow():
    before = time.monotonic() - SOON
    quick = False
    for run in by_process.values():
        if run.began < before:
            watch(run)
        elif not run.watched:
            quick = True
    return quick

def listen():
    received = bytearray()
    poll.register(0, select.POLLIN)
    poll.register(woken, select.POLLIN)
    ended = []
    while True:
        quick = watch_slow()
        if must_say():
            say()
        events = poll.poll(0 if ended else 1000 * SOON if quick or said else None)
        if not events and not ended:
            say()
        before, ended = ended, []
        for end, event in events:
            if end == woken:
                ended = reap()
            elif end in streams:
                feed(end) if streams[end][1] == "in" else take(end, event)
            elif end == 0 and not receive(received):
                return
        for run in before:
            if run.ends:
                tell(b"X", run.id)
        # When all events were seen to: a new stream may get the number of one that was closed.
        start_waiting()

try:
    listen()
finally:
    for run in by_process.values():
        kill(run, signal.SIGKILL)
`;
