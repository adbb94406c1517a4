"""Adds tasks by the Python client's own way to add many; prints the seconds that it took, by the clock and the processor."""

import json
import sys
import time

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import (
    EnvironmentSetting,
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    ResourceFile,
    TaskAddParameter,
    TaskConstraints,
)

url, key, job, count, threads, command, kind, container = sys.argv[1:]


def files(index):
    if kind != "with files":
        return {}
    place = OutputFileBlobContainerDestination(container_url=container, path=f"logs/{index}")
    return {
        "resource_files": [ResourceFile(http_url=f"{container}&n={index}", file_path="in.csv")],
        "output_files": [
            OutputFile(
                file_pattern="../std*.txt",
                destination=OutputFileDestination(container=place),
                upload_options=OutputFileUploadOptions(upload_condition="taskcompletion"),
            )
        ],
    }


client = BatchServiceClient(SharedKeyCredentials("account", key), batch_url=url)
tasks = [
    TaskAddParameter(
        id=f"task-{index:08d}",
        command_line=command,
        environment_settings=[EnvironmentSetting(name="INDEX", value=str(index))],
        constraints=TaskConstraints(max_task_retry_count=2),
        **files(index),
    )
    for index in range(int(count))
]
before = time.process_time()
began = time.monotonic()
results = client.task.add_collection(job, tasks, threads=int(threads)).value
taken = {"seconds": time.monotonic() - began, "processor": time.process_time() - before}
assert len(results) == int(count) and all(result.status == "success" for result in results)
print(json.dumps(taken))
