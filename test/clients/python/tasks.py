import os
from datetime import timedelta

from account import batch, completed, refused, steady, text_of, ubuntu, wait_for
from azure.batch.models import (
    ComputeNodeListOptions,
    EnvironmentSetting,
    ExitCodeMapping,
    ExitConditions,
    ExitOptions,
    FileGetFromTaskOptions,
    FileListFromTaskOptions,
    JobAddParameter,
    JobConstraints,
    JobPatchParameter,
    MultiInstanceSettings,
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    PoolAddParameter,
    PoolInformation,
    ResourceFile,
    TaskAddParameter,
    TaskConstraints,
    TaskDependencies,
    TaskGetOptions,
    TaskIdRange,
    TaskListOptions,
    UploadBatchServiceLogsConfiguration,
)


def a_job_for_tasks():
    batch.job.add(
        JobAddParameter(
            id="tasks",
            pool_info=PoolInformation(pool_id="work"),
            uses_task_dependencies=True,
            constraints=JobConstraints(max_task_retry_count=1),
            on_task_failure="performexitoptionsjobaction",
        )
    )


def tasks_run():
    batch.task.add(
        "tasks",
        TaskAddParameter(
            id="hello",
            command_line="/bin/sh -c 'echo hello $WHO; echo oops >&2; mkdir sub; echo data > sub/file.bin'",
            environment_settings=[EnvironmentSetting(name="WHO", value="wörld")],
        ),
    )
    refused("TaskExists", batch.task.add, "tasks", TaskAddParameter(id="hello", command_line="true"))
    task = completed("tasks", "hello")
    assert (task.execution_info.exit_code, task.execution_info.result) == (0, "success")
    assert task.node_info.pool_id == "work"
    assert task.constraints.max_task_retry_count == 1
    assert task.constraints.retention_time == timedelta(days=7)
    assert task.user_identity.auto_user.elevation_level == "nonadmin"
    assert task.previous_state == "running"
    node = batch.compute_node.get("work", task.node_info.node_id)
    assert "hello" in [recent.task_id for recent in node.recent_tasks]


def tasks_have_files():
    files = batch.file.list_from_task("tasks", "hello", recursive=True)
    found = {file.name: file for file in files}
    assert {"stdout.txt", "stderr.txt", "wd", "wd/sub", "wd/sub/file.bin"} <= set(found), found.keys()
    assert found["wd"].is_directory and not found["stdout.txt"].is_directory
    assert found["stdout.txt"].properties.content_length == len("hello wörld\n".encode("utf-8"))
    filtered = FileListFromTaskOptions(filter="startswith(name,'std')")
    listed = batch.file.list_from_task("tasks", "hello", recursive=True, file_list_from_task_options=filtered)
    assert [file.name for file in listed] == ["stderr.txt", "stdout.txt"]

    assert text_of(batch.file.get_from_task("tasks", "hello", "stdout.txt")) == "hello wörld\n"
    part = FileGetFromTaskOptions(ocp_range="bytes=1-3")
    assert text_of(batch.file.get_from_task("tasks", "hello", "stdout.txt", part)) == "ell"
    shown = batch.file.get_properties_from_task("tasks", "hello", "wd/sub/file.bin", raw=True)
    assert shown.headers["ocp-batch-file-isdirectory"] is False
    batch.file.delete_from_task("tasks", "hello", "wd/sub", recursive=True)
    refused("FileNotFound", batch.file.get_from_task, "tasks", "hello", "wd/sub/file.bin")


def tasks_fail_as_they_do():
    batch.task.add(
        "tasks",
        TaskAddParameter(
            id="fails",
            command_line="/bin/sh -c 'exit 3'",
            exit_conditions=ExitConditions(
                exit_codes=[ExitCodeMapping(code=3, exit_options=ExitOptions(job_action="none"))]
            ),
        ),
    )
    task = completed("tasks", "fails")
    assert (task.execution_info.exit_code, task.execution_info.retry_count) == (3, 1)
    assert task.execution_info.failure_info.code == "FailureExitCode"
    batch.task.add(
        "tasks",
        TaskAddParameter(
            id="absent",
            command_line="no-such-program",
            exit_conditions=ExitConditions(pre_processing_error=ExitOptions(job_action="none")),
        ),
    )
    task = completed("tasks", "absent")
    assert task.execution_info.failure_info.code == "CommandProgramNotFound"
    assert task.execution_info.exit_code is None


def tasks_are_changed_and_ended():
    sleeper = TaskAddParameter(
        id="sleeper",
        command_line="sleep 300",
        exit_conditions=ExitConditions(default=ExitOptions(job_action="none")),
    )
    batch.task.add("tasks", sleeper)
    wait_for("task to run", lambda: batch.task.get("tasks", "sleeper").state == "running")
    before = batch.task.get("tasks", "sleeper")
    batch.task.update("tasks", "sleeper", TaskConstraints(max_task_retry_count=0))
    unchanged = TaskGetOptions(if_none_match=batch.task.get("tasks", "sleeper").e_tag)
    assert batch.task.get("tasks", "sleeper").e_tag != before.e_tag
    not_modified("tasks", "sleeper", unchanged)
    batch.task.terminate("tasks", "sleeper")
    task = batch.task.get("tasks", "sleeper")
    assert (task.state, task.execution_info.failure_info.code) == ("completed", "TaskEnded")
    refused("TaskCompleted", batch.task.terminate, "tasks", "sleeper")
    batch.task.reactivate("tasks", "sleeper")
    refused("TaskNotCompleted", batch.task.reactivate, "tasks", "sleeper")
    wait_for("task to run again", lambda: batch.task.get("tasks", "sleeper").state == "running")
    assert list(batch.task.list_subtasks("tasks", "sleeper").value) == []
    batch.task.delete("tasks", "sleeper")
    refused("TaskNotFound", batch.task.get, "tasks", "sleeper")


def not_modified(job_id, task_id, options):
    try:
        batch.task.get(job_id, task_id, options)
    except Exception as exception:
        assert exception.response.status_code == 304, exception
        return
    raise AssertionError("the task was given although it had not changed")


def many_tasks_are_added():
    tasks = [TaskAddParameter(id=str(n), command_line=f"echo {n}") for n in range(1, 251)]
    after = TaskAddParameter(
        id="after",
        command_line="true",
        depends_on=TaskDependencies(task_id_ranges=[TaskIdRange(start=1, end=250)], task_ids=["hello"]),
    )
    results = batch.task.add_collection("tasks", [after, *tasks], threads=2).value
    assert len(results) == 251
    assert {result.status for result in results} == {"success"}
    again = batch.task.add_collection("tasks", tasks[:2]).value
    assert [result.error.code for result in again] == ["TaskExists", "TaskExists"]

    completed("tasks", "after")
    pages = batch.task.list("tasks", TaskListOptions(max_results=100, select="id,state"))
    assert len(list(pages)) == 254
    wanted = TaskListOptions(filter="state eq 'completed' and executionInfo/exitCode eq 3", select="id")
    assert [task.id for task in batch.task.list("tasks", wanted)] == ["fails"]
    counted = batch.job.get_task_counts("tasks")
    assert (counted.task_counts.completed, counted.task_counts.failed) == (254, 2)
    assert counted.task_slot_counts.completed == 254


def a_big_collection_is_split():
    environment = [EnvironmentSetting(name="PADDING", value="x" * 20_000)]
    tasks = [
        TaskAddParameter(id=f"big-{n}", command_line="true", environment_settings=environment)
        for n in range(80)
    ]
    results = batch.task.add_collection("tasks", tasks).value
    assert {result.status for result in results} == {"success"} and len(results) == 80


def tasks_run_on_many_nodes():
    batch.pool.add(
        PoolAddParameter(
            id="wide",
            vm_size="Standard_D2_v3",
            virtual_machine_configuration=ubuntu,
            target_dedicated_nodes=3,
            enable_inter_node_communication=True,
        )
    )
    steady("wide")
    batch.job.add(JobAddParameter(id="wide", pool_info=PoolInformation(pool_id="wide")))
    everywhere = MultiInstanceSettings(
        number_of_instances=3, coordination_command_line="/bin/sh -c 'echo $AZ_BATCH_HOST_LIST'"
    )
    wide = TaskAddParameter(id="t", command_line="echo first", multi_instance_settings=everywhere)
    refused("InvalidPropertyValue", batch.task.add, "wide", with_slots(wide, 2))
    batch.task.add("wide", with_slots(wide, 1))
    assert completed("wide", "t").execution_info.exit_code == 0
    assert text_of(batch.file.get_from_task("wide", "t", "stdout.txt")).endswith("first\n")
    subtasks = batch.task.list_subtasks("wide", "t").value
    assert [(subtask.id, subtask.state, subtask.exit_code) for subtask in subtasks] == [
        (1, "completed", 0),
        (2, "completed", 0),
    ]
    batch.job.delete("wide")
    batch.pool.delete("wide")
    wait_for("the wide pool to go", lambda: not batch.pool.exists("wide"))


def with_slots(task, slots):
    task.required_slots = slots
    return task


def tasks_read_and_write_blobs():
    container = os.environ["TEST_CONTAINER_URL"]
    destination = OutputFileBlobContainerDestination(container_url=container, path="out")
    batch.task.add(
        "tasks",
        TaskAddParameter(
            id="blobs",
            command_line="/bin/sh -c 'tr a-z A-Z < in/input.txt > result.txt'",
            resource_files=[
                ResourceFile(storage_container_url=container, blob_prefix="input", file_path="in")
            ],
            output_files=[
                OutputFile(
                    file_pattern="*.txt",
                    destination=OutputFileDestination(container=destination),
                    upload_options=OutputFileUploadOptions(upload_condition="taskcompletion"),
                )
            ],
        ),
    )
    task = completed("tasks", "blobs")
    assert task.execution_info.failure_info is None, task.execution_info.failure_info.message
    assert task.output_files[0].upload_options.upload_condition == "taskcompletion"
    uploaded = batch.compute_node.upload_batch_service_logs(
        "work",
        task.node_info.node_id,
        UploadBatchServiceLogsConfiguration(container_url=container, start_time=task.creation_time),
    )
    assert uploaded.number_of_files_uploaded >= 1


def a_job_ends_with_its_tasks():
    states = ComputeNodeListOptions(filter="state eq 'idle' or state eq 'running'")
    assert len(list(batch.compute_node.list("work", states))) == 1
    batch.job.patch("tasks", JobPatchParameter(on_all_tasks_complete="terminatejob"))
    wait_for("job to be completed", lambda: batch.job.get("tasks").state == "completed")
    assert batch.job.get("tasks").execution_info.terminate_reason == "AllTasksComplete"
    refused("JobCompleted", batch.task.add, "tasks", TaskAddParameter(id="late", command_line="true"))
    batch.job.delete("tasks")


steps = [
    a_job_for_tasks,
    tasks_run,
    tasks_have_files,
    tasks_fail_as_they_do,
    tasks_are_changed_and_ended,
    many_tasks_are_added,
    a_big_collection_is_split,
    tasks_run_on_many_nodes,
    tasks_read_and_write_blobs,
    a_job_ends_with_its_tasks,
]
