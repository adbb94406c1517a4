"""The Batch account under test, as the environment names it, and what every part of the life needs."""

import os
import time

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import BatchErrorException, ImageReference, VirtualMachineConfiguration

credentials = SharedKeyCredentials(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
batch = BatchServiceClient(credentials, batch_url=os.environ["AZURE_BATCH_ENDPOINT"])
batch.config.retry_policy.retries = 0

ubuntu = VirtualMachineConfiguration(
    image_reference=ImageReference(
        publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"
    ),
    node_agent_sku_id="batch.node.ubuntu 22.04",
)


def wait_for(what, look, seconds=30):
    """Looks until `look` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(f"waited in vain for {what}")


def refused(code, call, *arguments, **options):
    """Calls, and wants the service to refuse with this code; gives the error."""
    try:
        call(*arguments, **options)
    except BatchErrorException as exception:
        assert exception.error.code == code, f"{exception.error.code} instead of {code}"
        return exception.error
    raise AssertionError(f"{call.__name__} was not refused with {code}")


def steady(pool_id):
    """Waits until a pool is steady and its nodes are idle; gives the nodes."""
    wait_for(f"pool {pool_id} to be steady", lambda: batch.pool.get(pool_id).allocation_state == "steady")

    def idle_nodes():
        nodes = list(batch.compute_node.list(pool_id))
        return (nodes, True) if all(node.state == "idle" for node in nodes) else None

    return wait_for(f"nodes of pool {pool_id} to be idle", idle_nodes)[0]


def completed(job_id, task_id):
    """Waits until a task is completed; gives it."""

    def completed_task():
        task = batch.task.get(job_id, task_id)
        return task if task.state == "completed" else None

    return wait_for(f"task {task_id}", completed_task)


def text_of(chunks):
    return b"".join(chunks).decode("utf-8")
