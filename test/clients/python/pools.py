from datetime import timedelta

from account import batch, refused, steady, ubuntu, wait_for
from azure.batch.models import (
    AutoUserSpecification,
    ComputeNodeUser,
    EnvironmentSetting,
    MetadataItem,
    NetworkConfiguration,
    NodeRemoveParameter,
    NodeUpdateUserParameter,
    PoolAddOptions,
    PoolAddParameter,
    PoolGetOptions,
    PoolListOptions,
    PoolPatchOptions,
    PoolPatchParameter,
    PoolResizeParameter,
    PoolUpdatePropertiesParameter,
    StartTask,
    UserAccount,
    UserIdentity,
)


def a_pool_with_a_start_task():
    batch.pool.add(
        PoolAddParameter(
            id="pool",
            display_name="A pool",
            vm_size="Standard_D2_v3",
            virtual_machine_configuration=ubuntu,
            target_dedicated_nodes=2,
            target_low_priority_nodes=1,
            task_slots_per_node=2,
            start_task=StartTask(
                command_line="/bin/sh -c 'echo $GREETING > hello.txt'",
                environment_settings=[EnvironmentSetting(name="GREETING", value="hello")],
                user_identity=UserIdentity(auto_user=AutoUserSpecification(elevation_level="admin")),
                max_task_retry_count=1,
            ),
            metadata=[MetadataItem(name="stage", value="test")],
            user_accounts=[UserAccount(name="worker", password="a-Secret-1")],
        ),
        PoolAddOptions(client_request_id="11111111-1111-1111-1111-111111111111"),
    )
    refused(
        "PoolExists",
        batch.pool.add,
        PoolAddParameter(id="pool", vm_size="small", virtual_machine_configuration=ubuntu),
    )
    pool = batch.pool.get("pool")
    assert pool.vm_size == "standard_d2_v3"
    assert pool.resize_timeout == timedelta(minutes=15)
    assert pool.start_task.user_identity.auto_user.scope == "pool"
    assert pool.start_task.wait_for_success is True
    assert pool.user_accounts[0].password is None
    assert pool.task_scheduling_policy.node_fill_type == "spread"

    nodes = steady("pool")
    assert [node.is_dedicated for node in nodes].count(True) == 2
    assert all(node.start_task_info.exit_code == 0 for node in nodes)
    assert all(node.endpoint_configuration.inbound_endpoints[0].backend_port == 22 for node in nodes)
    pool = batch.pool.get("pool")
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 1)


def pools_are_found():
    assert batch.pool.exists("pool") is True
    assert batch.pool.exists("nothing") is False
    refused("PoolNotFound", batch.pool.get, "nothing")
    for name in ("list-1", "list-2", "list-3"):
        batch.pool.add(PoolAddParameter(id=name, vm_size="small", virtual_machine_configuration=ubuntu))
    paged = batch.pool.list(PoolListOptions(max_results=1))
    assert [pool.id for pool in paged] == ["list-1", "list-2", "list-3", "pool"]
    selected = list(batch.pool.list(PoolListOptions(filter="startswith(id,'list')", select="id,state")))
    assert [(pool.id, pool.state, pool.vm_size) for pool in selected] == [
        (f"list-{n}", "active", None) for n in (1, 2, 3)
    ]
    assert batch.pool.get("pool", PoolGetOptions(expand="stats")).id == "pool"
    for name in ("list-1", "list-2", "list-3"):
        batch.pool.delete(name)
    wait_for("three pools to go", lambda: len(list(batch.pool.list())) == 1)


def pools_are_changed():
    before = batch.pool.get("pool")
    patch = PoolPatchParameter(metadata=[MetadataItem(name="stage", value="patched")])
    refused(
        "ConditionNotMet", batch.pool.patch, "pool", patch, PoolPatchOptions(if_match="0x8D0000000000000")
    )
    batch.pool.patch("pool", patch, PoolPatchOptions(if_match=before.e_tag))
    after = batch.pool.get("pool")
    assert after.e_tag != before.e_tag
    assert after.metadata[0].value == "patched"
    assert after.start_task is not None
    batch.pool.update_properties(
        "pool",
        PoolUpdatePropertiesParameter(
            certificate_references=[], application_package_references=[], metadata=[]
        ),
    )
    assert batch.pool.get("pool").start_task is None


def nodes_are_worked_on():
    node = steady("pool")[0].id
    batch.compute_node.add_user(
        "pool", node, ComputeNodeUser(name="me", password="a-Secret-1", is_admin=True)
    )
    refused("NodeUserExists", batch.compute_node.add_user, "pool", node, ComputeNodeUser(name="me"))
    batch.compute_node.update_user("pool", node, "me", NodeUpdateUserParameter(password="a-Secret-2"))
    batch.compute_node.delete_user("pool", node, "me")
    refused("NodeUserNotFound", batch.compute_node.delete_user, "pool", node, "me")

    settings = batch.compute_node.get_remote_login_settings("pool", node)
    assert settings.remote_login_ip_address and settings.remote_login_port

    batch.compute_node.disable_scheduling("pool", node, node_disable_scheduling_option="requeue")
    wait_for("node to go offline", lambda: batch.compute_node.get("pool", node).state == "offline")
    refused("NodeAlreadyInTargetSchedulingState", batch.compute_node.disable_scheduling, "pool", node)
    batch.compute_node.enable_scheduling("pool", node)
    wait_for("node to be idle", lambda: batch.compute_node.get("pool", node).state == "idle")

    booted = batch.compute_node.get("pool", node).last_boot_time
    batch.compute_node.reboot("pool", node, node_reboot_option="terminate")
    wait_for("node to have booted", lambda: batch.compute_node.get("pool", node).last_boot_time != booted)
    steady("pool")
    refused("OperationNotValidOnNode", batch.compute_node.reimage, "pool", node)
    assert list(batch.compute_node_extension.list("pool", node)) == []


def nodes_have_files():
    node = steady("pool")[-1].id
    names = [file.name for file in batch.file.list_from_compute_node("pool", node, recursive=True)]
    assert "startup/wd/hello.txt" in names, names
    shown = batch.file.get_properties_from_compute_node("pool", node, "startup/wd/hello.txt", raw=True)
    assert shown.headers["Content-Length"] == 6
    assert b"".join(batch.file.get_from_compute_node("pool", node, "startup/wd/hello.txt")) == b"hello\n"
    batch.file.delete_from_compute_node("pool", node, "startup/wd/hello.txt")
    refused("FileNotFound", batch.file.get_from_compute_node, "pool", node, "startup/wd/hello.txt")


def pools_are_resized():
    node = next(node.id for node in steady("pool") if node.is_dedicated)
    batch.pool.remove_nodes("pool", NodeRemoveParameter(node_list=[node], node_deallocation_option="requeue"))
    nodes = steady("pool")
    assert node not in [left.id for left in nodes]
    assert batch.pool.get("pool").target_dedicated_nodes == 1
    batch.pool.resize("pool", PoolResizeParameter(target_dedicated_nodes=2, target_low_priority_nodes=0))
    assert len(steady("pool")) == 2
    refused("OperationInvalidForCurrentState", batch.pool.stop_resize, "pool")


def nodes_are_counted():
    steady("pool")
    (counts,) = batch.account.list_pool_node_counts()
    assert counts.pool_id == "pool"
    assert (counts.dedicated.idle, counts.dedicated.total) == (2, 2)
    assert counts.low_priority.total == 0


def pools_scale_by_a_formula():
    refused(
        "PoolNotFound", batch.pool.enable_auto_scale, "nothing", auto_scale_formula="$TargetDedicatedNodes=1"
    )
    refused(
        "AutoScalingFormulaSyntaxError", batch.pool.enable_auto_scale, "pool", auto_scale_formula="$Target=("
    )
    batch.pool.enable_auto_scale(
        "pool",
        auto_scale_formula="$TargetDedicatedNodes=1;$NodeDeallocationOption=taskcompletion",
        auto_scale_evaluation_interval=timedelta(minutes=6),
    )
    pool = batch.pool.get("pool")
    assert pool.enable_auto_scale is True
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=6)
    assert "$TargetDedicatedNodes=1" in pool.auto_scale_run.results
    steady("pool")
    run = batch.pool.evaluate_auto_scale("pool", "$TargetDedicatedNodes=max(3,2);$mine=1")
    assert run.results.startswith("$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;"), run.results
    assert run.error is None
    failed = batch.pool.evaluate_auto_scale("pool", "$something_useless")
    assert failed.error.code == "AutoScalingFormulaEvaluationError"
    batch.pool.disable_auto_scale("pool")
    assert batch.pool.get("pool").enable_auto_scale is False


def pools_are_refused():
    network = NetworkConfiguration(
        subnet_id="/subscriptions/0/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    )
    refused(
        "Forbidden",
        batch.pool.add,
        PoolAddParameter(
            id="vnet", vm_size="small", virtual_machine_configuration=ubuntu, network_configuration=network
        ),
    )
    error = refused(
        "InvalidPropertyValue",
        batch.pool.add,
        PoolAddParameter(id="bad id!", vm_size="small", virtual_machine_configuration=ubuntu),
    )
    assert error.values[0].key == "PropertyName"
    refused("PoolNotFound", batch.pool.delete, "nothing")


def a_pool_goes():
    batch.pool.delete("pool")
    wait_for("the pool to go", lambda: not batch.pool.exists("pool"))


steps = [
    a_pool_with_a_start_task,
    pools_are_found,
    nodes_have_files,
    pools_are_changed,
    nodes_are_worked_on,
    pools_are_resized,
    nodes_are_counted,
    pools_scale_by_a_formula,
    pools_are_refused,
    a_pool_goes,
]
