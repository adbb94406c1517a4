from datetime import datetime, timedelta, timezone

from account import batch, completed, refused, steady, ubuntu, wait_for
from azure.batch.models import (
    AutoPoolSpecification,
    EnvironmentSetting,
    JobAddParameter,
    JobConstraints,
    JobListFromJobScheduleOptions,
    JobListOptions,
    JobManagerTask,
    JobPatchParameter,
    JobPreparationTask,
    JobReleaseTask,
    JobScheduleAddParameter,
    JobSchedulePatchParameter,
    JobScheduleUpdateParameter,
    JobSpecification,
    JobUpdateParameter,
    MetadataItem,
    PoolAddParameter,
    PoolInformation,
    PoolSpecification,
    Schedule,
    TaskAddParameter,
)

on_pool = PoolInformation(pool_id="work")


def a_pool_for_jobs():
    batch.pool.add(
        PoolAddParameter(
            id="work",
            vm_size="Standard_D2_v3",
            virtual_machine_configuration=ubuntu,
            target_dedicated_nodes=1,
            task_slots_per_node=4,
        )
    )
    steady("work")


def jobs_are_added_and_changed():
    batch.job.add(
        JobAddParameter(
            id="job",
            pool_info=on_pool,
            priority=100,
            constraints=JobConstraints(max_wall_clock_time=timedelta(hours=2)),
            common_environment_settings=[EnvironmentSetting(name="COMMON", value="everywhere")],
            metadata=[MetadataItem(name="a", value="b")],
        )
    )
    refused("JobExists", batch.job.add, JobAddParameter(id="job", pool_info=on_pool))
    job = batch.job.get("job")
    assert (job.state, job.priority, job.execution_info.pool_id) == ("active", 100, "work")
    assert job.constraints.max_wall_clock_time == timedelta(hours=2)
    assert job.on_all_tasks_complete == "noaction"

    batch.job.patch("job", JobPatchParameter(priority=-5))
    assert batch.job.get("job").metadata[0].value == "b"
    batch.job.update("job", JobUpdateParameter(pool_info=on_pool, priority=7))
    job = batch.job.get("job")
    assert (job.priority, job.metadata) == (7, None)

    batch.job.disable("job", "requeue")
    wait_for("job to be disabled", lambda: batch.job.get("job").state == "disabled")
    batch.job.enable("job")
    wait_for("job to be active", lambda: batch.job.get("job").state == "active")

    found = batch.job.list(JobListOptions(filter="state eq 'active' and executionInfo/poolId eq 'work'"))
    assert [job.id for job in found] == ["job"]


def jobs_prepare_and_release_nodes():
    batch.job.add(
        JobAddParameter(
            id="prepared",
            pool_info=on_pool,
            job_preparation_task=JobPreparationTask(
                command_line="/bin/sh -c 'echo ready > $AZ_BATCH_NODE_SHARED_DIR/x'"
            ),
            job_release_task=JobReleaseTask(command_line="/bin/sh -c 'rm $AZ_BATCH_NODE_SHARED_DIR/x'"),
        )
    )
    refused("JobPreparationTaskOrReleaseTaskNotSpecified", list_preparation, "job")
    batch.task.add(
        "prepared", TaskAddParameter(id="t", command_line="/bin/sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/x'")
    )
    assert completed("prepared", "t").execution_info.exit_code == 0
    batch.job.terminate("prepared", terminate_reason="enough")
    wait_for("job to be completed", lambda: batch.job.get("prepared").state == "completed")
    assert batch.job.get("prepared").execution_info.terminate_reason == "enough"
    (status,) = list_preparation("prepared")
    assert status.job_preparation_task_execution_info.result == "success"
    assert status.job_release_task_execution_info.exit_code == 0
    batch.job.delete("prepared")


def list_preparation(job_id):
    return list(batch.job.list_preparation_and_release_task_status(job_id))


def job_managers_end_their_job():
    manager = JobManagerTask(id="manager", command_line="/bin/sh -c 'exit 0'", kill_job_on_completion=True)
    batch.job.add(JobAddParameter(id="managed", pool_info=on_pool, job_manager_task=manager))
    wait_for("managed job to be completed", lambda: batch.job.get("managed").state == "completed")
    assert batch.job.get("managed").execution_info.terminate_reason == "JMComplete"
    batch.job.delete("managed")


def jobs_bring_their_own_pool():
    auto = AutoPoolSpecification(
        auto_pool_id_prefix="mine",
        pool_lifetime_option="job",
        pool=PoolSpecification(
            vm_size="Standard_D2_v3", virtual_machine_configuration=ubuntu, target_dedicated_nodes=1
        ),
    )
    batch.job.add(JobAddParameter(id="auto", pool_info=PoolInformation(auto_pool_specification=auto)))
    pool_id = batch.job.get("auto").execution_info.pool_id
    assert pool_id.startswith("mine_"), pool_id
    batch.task.add("auto", TaskAddParameter(id="t", command_line="true"))
    assert completed("auto", "t").execution_info.result == "success"
    batch.job.patch("auto", JobPatchParameter(on_all_tasks_complete="terminatejob"))
    wait_for("auto job to be completed", lambda: batch.job.get("auto").state == "completed")
    wait_for("auto pool to go", lambda: not batch.pool.exists(pool_id))
    batch.job.delete("auto")


def schedules_make_jobs():
    later = datetime.now(timezone.utc) + timedelta(days=1)
    specification = JobSpecification(
        pool_info=on_pool,
        job_manager_task=JobManagerTask(id="manager", command_line="true"),
    )
    batch.job_schedule.add(
        JobScheduleAddParameter(
            id="schedule", schedule=Schedule(do_not_run_until=later), job_specification=specification
        )
    )
    assert batch.job_schedule.exists("schedule") is True
    refused("JobScheduleWithSameIdExists", batch.job.add, JobAddParameter(id="schedule", pool_info=on_pool))
    schedule = batch.job_schedule.get("schedule")
    assert abs(schedule.execution_info.next_run_time - later) < timedelta(seconds=1)

    batch.job_schedule.disable("schedule")
    assert batch.job_schedule.get("schedule").state == "disabled"
    batch.job_schedule.enable("schedule")
    batch.job_schedule.patch(
        "schedule",
        JobSchedulePatchParameter(schedule=Schedule(recurrence_interval=timedelta(hours=3))),
    )
    wait_for("the schedule's first job", lambda: scheduled_jobs() == ["schedule:job-1"])
    wait_for("it to end", lambda: batch.job.get("schedule:job-1").state == "completed")
    assert batch.job_schedule.get("schedule").execution_info.recent_job.id == "schedule:job-1"
    batch.job_schedule.update(
        "schedule",
        JobScheduleUpdateParameter(
            schedule=Schedule(recurrence_interval=timedelta(hours=6)), job_specification=specification
        ),
    )
    batch.job_schedule.terminate("schedule")
    wait_for("schedule to be completed", lambda: batch.job_schedule.get("schedule").state == "completed")
    assert [one.id for one in batch.job_schedule.list()] == ["schedule"]
    batch.job_schedule.delete("schedule")
    wait_for("the schedule to go", lambda: not batch.job_schedule.exists("schedule"))
    refused("JobNotFound", batch.job.get, "schedule:job-1")


def scheduled_jobs():
    return [
        job.id
        for job in batch.job.list_from_job_schedule("schedule", JobListFromJobScheduleOptions(select="id"))
    ]


def jobs_go():
    assert batch.job.get_all_lifetime_statistics().num_succeeded_tasks >= 2
    batch.job.delete("job")
    wait_for("the job to go", lambda: list(batch.job.list()) == [])
    refused("JobNotFound", batch.job.delete, "job")


steps = [
    a_pool_for_jobs,
    jobs_are_added_and_changed,
    jobs_prepare_and_release_nodes,
    job_managers_end_their_job,
    jobs_bring_their_own_pool,
    schedules_make_jobs,
    jobs_go,
]
