"""Adds tasks by the Python client's own way to add many; prints the seconds that it took, by the clock and the processor."""

import json
import sys
import time

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import EnvironmentSetting, TaskAddParameter, TaskConstraints

url, key, job, count, threads, command = sys.argv[1:]
client = BatchServiceClient(SharedKeyCredentials("account", key), batch_url=url)
tasks = [
    TaskAddParameter(
        id=f"task-{index:08d}",
        command_line=command,
        environment_settings=[EnvironmentSetting(name="INDEX", value=str(index))],
        constraints=TaskConstraints(max_task_retry_count=2),
    )
    for index in range(int(count))
]
before = time.process_time()
began = time.monotonic()
results = client.task.add_collection(job, tasks, threads=int(threads)).value
taken = {"seconds": time.monotonic() - began, "processor": time.process_time() - before}
assert len(results) == int(count) and all(result.status == "success" for result in results)
print(json.dumps(taken))
