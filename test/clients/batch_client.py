"""Drives a Batch account with Microsoft's Python client through the common life of everything in it.

Usage: batch_client.py URL ACCOUNT KEY
"""

import datetime
import sys
import time

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

UNLIMITED_DAYS = 10675199


def until(look, what):
    end = time.time() + 60
    while time.time() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"gave up waiting: {what}")


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(call, code):
    try:
        call()
    except models.BatchErrorException as error:
        expect(error.error.code == code, f"expected {code}, got {error.error.code}")
        expect(error.error.message.value, "an error has a message")
        return
    raise AssertionError(f"expected {code}, but it was accepted")


def machine():
    return models.VirtualMachineConfiguration(
        image_reference=models.ImageReference(
            publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts"
        ),
        node_agent_sku_id="batch.node.ubuntu 22.04",
    )


def text_of(stream):
    return b"".join(stream).decode()


def pools(client):
    client.pool.add(
        models.PoolAddParameter(
            id="pypool",
            vm_size="STANDARD_D2_V3",
            virtual_machine_configuration=machine(),
            target_dedicated_nodes=2,
            task_slots_per_node=2,
            start_task=models.StartTask(command_line="/bin/sh -c 'echo started'", wait_for_success=True),
            metadata=[models.MetadataItem(name="a", value="b")],
        )
    )
    refused(
        lambda: client.pool.add(
            models.PoolAddParameter(id="pypool", vm_size="a1", virtual_machine_configuration=machine())
        ),
        "PoolExists",
    )
    expect(client.pool.exists("pypool"), "the pool exists")
    expect(not client.pool.exists("nopool"), "another one does not")
    until(lambda: client.pool.get("pypool").allocation_state == models.AllocationState.steady, "a steady pool")
    idle = models.ComputeNodeState.idle
    nodes = until(
        lambda: [
            found
            for found in [list(client.compute_node.list("pypool"))]
            if len(found) == 2 and all(node.state == idle for node in found)
        ],
        "two idle nodes",
    )[0]
    expect(nodes[0].start_task_info.exit_code == 0, "the start task succeeded")
    pool = client.pool.get("pypool")
    expect(pool.vm_size == "standard_d2_v3" and pool.resize_timeout == datetime.timedelta(minutes=15), "defaults")
    client.pool.patch("pypool", models.PoolPatchParameter(metadata=[models.MetadataItem(name="c", value="d")]))
    expect(client.pool.get("pypool").metadata[0].name == "c", "patched metadata")
    stale = models.PoolPatchOptions(if_match=pool.e_tag)
    refused(lambda: client.pool.patch("pypool", models.PoolPatchParameter(), stale), "ConditionNotMet")
    counts = list(client.account.list_pool_node_counts())
    expect(counts[0].dedicated.total == 2, "node counts")
    expect(any(True for _ in client.account.list_supported_images()), "supported images")
    client.compute_node.disable_scheduling("pypool", nodes[0].id)
    client.compute_node.enable_scheduling("pypool", nodes[0].id)
    client.compute_node.reboot("pypool", nodes[0].id)
    until(lambda: client.compute_node.get("pypool", nodes[0].id).state == idle, "a rebooted node")
    login = client.compute_node.get_remote_login_settings("pypool", nodes[0].id)
    expect(login.remote_login_port, "remote login settings")
    client.pool.resize("pypool", models.PoolResizeParameter(target_dedicated_nodes=1))
    until(lambda: client.pool.get("pypool").current_dedicated_nodes == 1, "a smaller pool")


def jobs_and_tasks(client):
    client.job.add(
        models.JobAddParameter(
            id="pyjob",
            pool_info=models.PoolInformation(pool_id="pypool"),
            uses_task_dependencies=True,
            common_environment_settings=[models.EnvironmentSetting(name="WHO", value="world")],
        )
    )
    tasks = [
        models.TaskAddParameter(id=f"task{index}", command_line=f"/bin/sh -c 'echo hello $WHO {index}'")
        for index in range(250)
    ]
    tasks.append(
        models.TaskAddParameter(
            id="last",
            command_line="/bin/sh -c 'exit 3'",
            depends_on=models.TaskDependencies(task_ids=["task0", "task249"]),
        )
    )
    # The client splits them into collections of 100.
    results = client.task.add_collection("pyjob", tasks)
    expect(len(results.value) == len(tasks), "a result for each task")
    until(lambda: client.job.get_task_counts("pyjob").task_counts.completed == len(tasks), "completed tasks")

    failed = models.TaskListOptions(filter="executionInfo/result eq 'failure'", select="id,state,executionInfo")
    found = list(client.task.list("pyjob", failed))
    expect([task.id for task in found] == ["last"], "the failed task")
    expect(found[0].execution_info.failure_info.code == "FailureExitCode", "why it failed")
    paged = list(client.task.list("pyjob", models.TaskListOptions(max_results=100)))
    expect(len(paged) == len(tasks), "all pages")

    task = client.task.get("pyjob", "task7")
    expect(task.constraints.max_wall_clock_time.days == UNLIMITED_DAYS, "unlimited wall clock time")
    expect(text_of(client.file.get_from_task("pyjob", "task7", "stdout.txt")) == "hello world 7\n", "its output")
    part = models.FileGetFromTaskOptions(ocp_range="bytes=0-4")
    expect(text_of(client.file.get_from_task("pyjob", "task7", "stdout.txt", part)) == "hello", "a range of it")
    names = sorted(file.name for file in client.file.list_from_task("pyjob", "task7", recursive=True))
    expect(names == ["stderr.txt", "stdout.txt", "wd"], f"files {names}")
    properties = client.file.get_properties_from_task("pyjob", "task7", "stdout.txt", raw=True)
    expect(properties.headers["Content-Length"] == 14, "file properties")
    node_id = task.node_info.node_id
    path = f"{task.node_info.task_root_directory}/stdout.txt"
    expect("hello" in text_of(client.file.get_from_compute_node("pypool", node_id, path)), "the node's file")

    client.task.reactivate("pyjob", "last")
    until(lambda: client.task.get("pyjob", "last").state == models.TaskState.completed, "a second run")
    refused(lambda: client.task.reactivate("pyjob", "task1"), "TaskSucceeded")
    client.task.add("pyjob", models.TaskAddParameter(id="long", command_line="sleep 60"))
    client.task.terminate("pyjob", "long")
    expect(client.task.get("pyjob", "long").state == models.TaskState.completed, "a terminated task")
    client.task.delete("pyjob", "long")
    refused(lambda: client.task.get("pyjob", "long"), "TaskNotFound")
    refused(lambda: client.task.add("pyjob", models.TaskAddParameter(id="a b", command_line="x")), "InvalidPropertyValue")

    client.job.disable("pyjob", "requeue")
    until(lambda: client.job.get("pyjob").state == models.JobState.disabled, "a disabled job")
    client.job.enable("pyjob")
    client.job.patch("pyjob", models.JobPatchParameter(priority=100))
    expect(client.job.get("pyjob").priority == 100, "a patched priority")
    client.job.terminate("pyjob", terminate_reason="done")
    until(lambda: client.job.get("pyjob").state == models.JobState.completed, "a completed job")
    expect(client.job.get("pyjob").execution_info.terminate_reason == "done", "its reason")
    expanded = client.job.get("pyjob", models.JobGetOptions(expand="stats"))
    # `long` is deleted, but was counted when it was terminated.
    expect(expanded.stats.num_succeeded_tasks == 250, "statistics")
    client.job.delete("pyjob")
    until(lambda: "pyjob" not in [job.id for job in client.job.list()], "a deleted job")


def autoscale(client):
    formula = "$TargetDedicatedNodes = 1; $own = 2 > 1"
    client.pool.enable_auto_scale("pypool", formula, datetime.timedelta(minutes=5))
    pool = client.pool.get("pypool")
    expect(pool.enable_auto_scale and pool.auto_scale_run.error is None, "automatic scaling")
    run = client.pool.evaluate_auto_scale("pypool", "$TargetDedicatedNodes = 3;")
    expect(
        run.results == "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
        f"results {run.results}",
    )
    failing = client.pool.evaluate_auto_scale("pypool", "$x = $nonsense;")
    expect(failing.error.code == "AutoScalingFormulaEvaluationError", "a failing formula")
    client.pool.disable_auto_scale("pypool")
    expect(client.pool.get("pypool").auto_scale_formula is None, "no formula")


def schedules(client):
    client.job_schedule.add(
        models.JobScheduleAddParameter(
            id="pyschedule",
            schedule=models.Schedule(recurrence_interval=datetime.timedelta(days=1)),
            job_specification=models.JobSpecification(
                pool_info=models.PoolInformation(pool_id="pypool"),
                job_manager_task=models.JobManagerTask(id="manager", command_line="/bin/sh -c 'echo managed'"),
            ),
        )
    )
    expect(client.job_schedule.exists("pyschedule"), "the schedule exists")
    until(
        lambda: [
            job
            for job in client.job.list_from_job_schedule("pyschedule")
            if job.state == models.JobState.completed
        ],
        "a completed job of the schedule",
    )
    schedule = client.job_schedule.get("pyschedule")
    expect(schedule.execution_info.recent_job.id == "pyschedule:job-1", "its recent job")
    expect(schedule.execution_info.next_run_time is not None, "its next run")
    output = text_of(client.file.get_from_task("pyschedule:job-1", "manager", "stdout.txt"))
    expect(output == "managed\n", "the manager's output")
    client.job_schedule.disable("pyschedule")
    client.job_schedule.enable("pyschedule")
    client.job_schedule.terminate("pyschedule")
    client.job_schedule.delete("pyschedule")
    until(lambda: not client.job_schedule.exists("pyschedule"), "a deleted schedule")


def clean_up(client):
    client.pool.delete("pypool")
    until(lambda: not client.pool.exists("pypool"), "a deleted pool")
    refused(lambda: client.pool.list(models.PoolListOptions(filter="nonsense eq 1")).next(), "InvalidQueryParameterValue")
    expect(list(client.application.list()) == [], "no applications")


def main(url, account, key):
    client = BatchServiceClient(SharedKeyCredentials(account, key), batch_url=url)
    for part in (pools, jobs_and_tasks, autoscale, schedules, clean_up):
        part(client)
        print(f"{part.__name__}: ok")
    stranger = BatchServiceClient(SharedKeyCredentials(account, "d3Jvbmc="), batch_url=url)
    refused(lambda: stranger.pool.get("pypool"), "AuthenticationFailed")
    print("refusal: ok")


if __name__ == "__main__":
    main(*sys.argv[1:])
