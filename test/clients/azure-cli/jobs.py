import os

from cli import az, download, json_file, refused, wait_for


def job(job_id="job"):
    return az(f"job show --job-id {job_id}")


def task(task_id):
    return az(f"task show --job-id job --task-id {task_id}")


def completed(task_id):
    """Waits until a task is completed; gives it."""
    wait_for(f"task {task_id}", lambda: task(task_id)["state"] == "completed")
    return task(task_id)


def jobs_are_added_and_changed():
    az("job create --id job --pool-id pool --priority 5 --job-max-wall-clock-time PT2H --metadata a=b")
    refused("The specified job already exists.", "job create --id job --pool-id pool")
    shown = job()
    assert (shown["state"], shown["priority"]) == ("active", 5)
    assert shown["constraints"]["maxWallClockTime"] == "2:00:00"
    az("job set --job-id job --priority 6")
    assert (job()["priority"], job()["metadata"]) == (6, [{"name": "a", "value": "b"}])
    az("job reset --job-id job --pool-id pool")
    assert (job()["priority"], job()["metadata"]) == (0, None)
    # Debian's version takes no value of --disable-tasks, so that it cannot disable a job.
    az("job enable --job-id job")
    wait_for("the job to be active", lambda: job()["state"] == "active")
    assert len(az("""job list --select id,state --filter "state eq 'active'" """)) == 1
    refused("does not have either", "job prep-release-status list --job-id job")


def tasks_run():
    az(
        "task create --job-id job --task-id hello --environment-settings WHO=world --retention-time P1D"
        """ --max-task-retry-count 1 --command-line "/bin/sh -c 'echo hello $WHO'" """
    )
    shown = completed("hello")
    assert (shown["executionInfo"]["exitCode"], shown["executionInfo"]["result"]) == (0, "success")
    assert shown["constraints"]["retentionTime"] == "1 day, 0:00:00"
    here = "--job-id job --task-id hello"
    assert az(f"task subtask list {here}")["value"] == []

    stdout = f"{here} --file-path stdout.txt"
    assert "stdout.txt" in [file["name"] for file in az(f"task file list {here} --recursive true")]
    az(f"task file show {stdout}")
    assert download(f"task file download {stdout}") == "hello world\n"
    assert download(f"task file download {stdout} --start-range 0 --end-range 4") == "hello"
    az(f"task file delete {stdout} --yes")
    refused("The specified file does not exist.", f"task file delete {stdout} --yes")


def tasks_come_from_a_file():
    container = {"containerUrl": os.environ["TEST_CONTAINER_URL"], "path": "from-az.txt"}
    output = {
        "filePattern": "../stdout.txt",
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": "taskSuccess"},
    }
    stored = {"id": "output", "commandLine": "echo stored", "outputFiles": [output]}
    many = [{"id": f"many-{n}", "commandLine": f"echo {n}"} for n in range(150)]
    added = az(f"task create --job-id job --json-file {json_file('tasks.json', [stored, *many])}")
    assert len(added) == 151
    assert completed("output")["executionInfo"]["failureInfo"] is None

    def counts():
        return az("job task-counts show --job-id job")["taskCounts"]

    wait_for("all tasks", lambda: counts()["completed"] == 152)
    assert counts()["failed"] == 0
    assert len(az("task list --job-id job --select id")) == 152
    assert len(az("""task list --job-id job --select id --filter "startswith(id,'many-1')" """)) == 61


def tasks_are_changed_and_ended():
    here = "--job-id job --task-id long"
    az(f"task create {here} --command-line 'sleep 300'")
    wait_for("the task to run", lambda: task("long")["state"] == "running")
    az(f"task reset {here} --max-wall-clock-time PT1H")
    assert task("long")["constraints"]["maxWallClockTime"] == "1:00:00"
    az(f"task stop {here}")
    assert task("long")["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
    az(f"task reactivate {here}")
    wait_for("the task to run again", lambda: task("long")["state"] == "running")
    az(f"task delete {here} --yes")
    refused("The specified task does not exist.", f"task show {here}")


def schedules_make_jobs():
    here = "--job-schedule-id schedule"

    def schedule():
        return az(f"job-schedule show {here}")

    az(
        "job-schedule create --id schedule --pool-id pool --do-not-run-until 2100-01-01T00:00:00Z"
        " --recurrence-interval PT1H --job-manager-task-id m --job-manager-task-command-line true"
    )
    assert schedule()["executionInfo"]["nextRunTime"].startswith("2100-01-01T00:00:00")
    az(f"job-schedule disable {here}")
    assert schedule()["state"] == "disabled"
    az(f"job-schedule enable {here}")
    az(f"job-schedule set {here} --recurrence-interval PT2H")

    def jobs():
        return [found["id"] for found in az("job list --job-schedule-id schedule")]

    wait_for("the schedule's job", lambda: jobs() == ["schedule:job-1"])
    wait_for("its end", lambda: job("schedule:job-1")["state"] == "completed")
    az(f"job-schedule reset {here} --pool-id pool --recurrence-interval PT3H")
    az(f"job-schedule stop {here}")
    wait_for("the schedule to be completed", lambda: schedule()["state"] == "completed")
    assert len(az("job-schedule list")) == 1
    az(f"job-schedule delete {here} --yes")
    wait_for("the schedule to go", lambda: az("job-schedule list") == [])


def all_goes():
    az("job stop --job-id job --terminate-reason enough")
    wait_for("the job to be completed", lambda: job()["state"] == "completed")
    assert job()["executionInfo"]["terminateReason"] == "enough"
    az("job delete --job-id job --yes")
    wait_for("the job to go", lambda: az("job list") == [])
    az("pool delete --pool-id pool --yes")
    wait_for("the pool to go", lambda: az("pool list") == [])


steps = [
    jobs_are_added_and_changed,
    tasks_run,
    tasks_come_from_a_file,
    tasks_are_changed_and_ended,
    schedules_make_jobs,
    all_goes,
]
