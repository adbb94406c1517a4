"""Makes the virtual environment of a run on a compute node: once for its requirements and this Python, whoever asks first.

It runs in job preparation, with the Python of the node that the run names, and needs nothing of it but the standard library:
neither venv nor ensurepip nor pip. A lock that ends with its holder keeps two jobs apart; what a killed attempt left is made
anew, as the last step alone says that the environment is complete.
"""

import os
import sys


def fail(message):
    sys.stderr.write("azure-batch-parallel: %s\n" % message)
    sys.exit(1)


if sys.version_info < (3, 8):
    fail(
        "requirements need Python 3.8 or newer, and %s is %d.%d: name another one with `interpreter`"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

import fcntl
import hashlib
import shutil
import subprocess

# What of pip's last words goes into the run's error, in characters.
TAIL = 3000


def run(what, command, lock, environment=None, cwd=None):
    # The lock goes along: a program that outlives this one still holds it.
    done = subprocess.run(
        command,
        cwd=cwd,
        env=dict(os.environ, **(environment or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[lock],
    )
    if done.returncode != 0:
        tail = done.stderr.decode("utf-8", "replace").strip()[-TAIL:]
        fail("%s (exit code %d):\n%s" % (what, done.returncode, tail))


def make(environment, here, lock):
    shutil.rmtree(environment, ignore_errors=True)
    app_data = environment + ".app-data"
    virtualenv = [sys.executable, os.path.join(here, "virtualenv.pyz"), "--quiet", "--no-setuptools", "--no-wheel"]
    run(
        "the virtual environment could not be made with %s" % sys.executable,
        virtualenv + ["--no-periodic-update", "--app-data", app_data, environment],
        lock,
    )
    shutil.rmtree(app_data, ignore_errors=True)
    pip = [os.path.join(environment, "bin", "python"), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    run(
        "the requirements could not be installed on the node",
        pip + ["--disable-pip-version-check", "--no-cache-dir", "-r", "requirements.txt"],
        lock,
        # Whatever the node's configuration says; and nothing may ask for a password.
        {"PIP_USER": "0", "PIP_TARGET": "", "GIT_TERMINAL_PROMPT": "0"},
        os.path.join(here, "requirements"),
    )


def main():
    here = os.environ["AZ_BATCH_TASK_WORKING_DIR"]
    shared = os.path.join(os.environ["AZ_BATCH_NODE_SHARED_DIR"], "azure-batch-parallel")
    os.makedirs(shared, exist_ok=True)
    python = "\0".join([sys.version, os.path.realpath(sys.executable)])
    version = "%d.%d-%s" % (sys.version_info[0], sys.version_info[1], hashlib.sha256(python.encode()).hexdigest()[:12])
    environment = os.path.join(shared, "python-%s-%s" % (version, os.environ["AZURE_BATCH_PARALLEL_REQUIREMENTS"]))
    complete = os.path.join(environment, "azure-batch-parallel.complete")
    # For reading: another user, such as the administrator, may have made it. It is held until this process has ended.
    lock = os.open(environment + ".lock", os.O_RDONLY | os.O_CREAT, 0o644)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not os.path.exists(complete):
        make(environment, here, lock)
        open(complete, "w").close()
    link = os.path.join(here, "venv")
    if os.path.lexists(link):
        os.remove(link)
    os.symlink(environment, link)


main()
