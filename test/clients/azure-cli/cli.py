"""Runs commands of the Azure CLI in one process: each would take seconds to start on its own."""

import io
import json
import time

from azure.cli.core import get_default_cli

cli = get_default_cli()


def az(command, *arguments):
    """Runs `az batch <command>`; gives what it prints as JSON."""
    code, printed = invoke(command, arguments)
    if code != 0:
        raise RuntimeError(f"az batch {command} {arguments}: {cli.result.error}")
    return json.loads(printed) if printed.strip() else None


def refused(text, command, *arguments):
    """Runs a command that has to fail, with a message that holds this text."""
    code, _ = invoke(command, arguments)
    assert code != 0, f"az batch {command} {arguments} was not refused"
    assert text in str(cli.result.error), str(cli.result.error)


def wait_for(what, look, seconds=30):
    """Looks until `look` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited in vain for {what}")


def invoke(command, arguments):
    output = io.StringIO()
    arguments = [str(argument) for argument in arguments]
    try:
        code = cli.invoke(["batch", *command.split(), *arguments, "-o", "json"], out_file=output)
    except SystemExit as end:
        code = end.code
    return code, output.getvalue()
