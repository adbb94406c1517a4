"""Runs commands of the Azure CLI in one process: each would take seconds to start on its own."""

import io
import json
import os
import shlex
import time

from azure.cli.core import get_default_cli

cli = get_default_cli()


def az(command):
    """Runs `az batch <command>`; gives what it prints as JSON."""
    code, printed = invoke(command)
    if code != 0:
        raise RuntimeError(f"az batch {command}: {cli.result.error}")
    return json.loads(printed) if printed.strip() else None


def refused(text, command):
    """Runs a command that has to fail, with a message that holds this text."""
    code, _ = invoke(command)
    assert code != 0, f"az batch {command} was not refused"
    assert text in str(cli.result.error), str(cli.result.error)


def download(command):
    """Runs a command that downloads a file; gives the file's text."""
    path = in_folder("downloaded")
    az(f"{command} --destination {path}")
    with open(path, encoding="utf-8") as file:
        content = file.read()
    os.remove(path)
    return content


def json_file(name, content):
    """Writes a file for `--json-file`; gives its path."""
    path = in_folder(name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)
    return path


def wait_for(what, look, seconds=30):
    """Looks until `look` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited in vain for {what}")


def in_folder(name):
    return os.path.join(os.environ["TEST_FOLDER"], name)


def invoke(command):
    output = io.StringIO()
    try:
        code = cli.invoke(["batch", *shlex.split(command), "-o", "json"], out_file=output)
    except SystemExit as end:
        code = end.code
    return code, output.getvalue()
