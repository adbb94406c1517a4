import os

from cli import az, download, json_file, refused, wait_for

machine = (
    "--image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id 'batch.node.ubuntu 22.04'"
)


def pool():
    return az("pool show --pool-id pool")


def steady_nodes():
    """Waits until the pool is steady and its nodes are idle; gives the nodes."""
    wait_for("the pool to be steady", lambda: pool()["allocationState"] == "steady")

    def idle_nodes():
        nodes = az("node list --pool-id pool")
        return (nodes, True) if all(node["state"] == "idle" for node in nodes) else None

    return wait_for("nodes to be idle", idle_nodes)[0]


def a_pool_by_options():
    az(
        f"pool create --id pool --vm-size Standard_D2_v3 {machine} --target-dedicated-nodes 2"
        " --task-slots-per-node 2 --metadata a=b --start-task-wait-for-success"
        """ --start-task-command-line "/bin/sh -c 'echo hello > hello.txt'" """
    )
    refused(
        "The specified pool already exists.",
        f"pool create --id pool --vm-size Standard_A1 {machine}",
    )
    shown = pool()
    assert (shown["vmSize"], shown["targetDedicatedNodes"]) == ("standard_d2_v3", 2)
    assert shown["startTask"]["waitForSuccess"] is True
    assert len(steady_nodes()) == 2


def a_pool_by_a_file():
    debian = {
        "imageReference": {"publisher": "debian", "offer": "debian-11", "sku": "11"},
        "nodeAgentSKUId": "batch.node.debian 11",
    }
    request = {"id": "from-file", "vmSize": "Standard_A1", "virtualMachineConfiguration": debian}
    az(f"pool create --json-file {json_file('pool.json', request)}")
    assert [found["id"] for found in az("pool list")] == ["from-file", "pool"]
    assert len(az("""pool list --select id,state --filter "startswith(id,'from')" """)) == 1
    az("pool delete --pool-id from-file --yes")
    wait_for("the pool to go", lambda: len(az("pool list")) == 1)


def pools_are_changed():
    az("pool set --pool-id pool --metadata c=d")
    assert pool()["metadata"] == [{"name": "c", "value": "d"}]
    refused("condition", "pool set --pool-id pool --metadata e=f --if-match 0x8D0000000000000")
    az("pool reset --pool-id pool --metadata g=h")
    assert pool()["startTask"] is None


def nodes_are_worked_on():
    here = f"--pool-id pool --node-id {steady_nodes()[0]['id']}"
    az(f"node user create {here} --name me --password a-Secret-1 --is-admin")
    az(f"node user reset {here} --user-name me --password a-Secret-2")
    az(f"node user delete {here} --user-name me --yes")
    assert az(f"node remote-login-settings show {here}")["remoteLoginPort"]
    az(f"node scheduling disable {here} --node-disable-scheduling-option requeue")
    wait_for("the node to go offline", lambda: az(f"node show {here}")["state"] == "offline")
    az(f"node scheduling enable {here}")
    wait_for("the node to be idle", lambda: az(f"node show {here}")["state"] == "idle")
    az(f"node reboot {here}")
    steady_nodes()


def nodes_have_files():
    here = f"--pool-id pool --node-id {steady_nodes()[0]['id']}"
    hello = f"{here} --file-path startup/wd/hello.txt"
    assert "startup" in [file["name"] for file in az(f"node file list {here}")]
    az(f"node file show {hello}")
    assert download(f"node file download {hello}") == "hello\n"
    az(f"node file delete {hello} --yes")
    refused("The specified file does not exist.", f"node file delete {hello} --yes")
    logs = f"--container-url '{os.environ['TEST_CONTAINER_URL']}' --start-time 2020-01-01T00:00:00Z"
    assert az(f"node service-logs upload {here} {logs}")["numberOfFilesUploaded"] >= 1


def pools_are_resized():
    az(f"node delete --pool-id pool --node-list {steady_nodes()[0]['id']}")
    assert len(steady_nodes()) == 1
    az("pool resize --pool-id pool --target-dedicated-nodes 2 --target-low-priority-nodes 1")
    assert len(steady_nodes()) == 3
    refused("not valid for the current state", "pool resize --pool-id pool --abort")
    (counts,) = az("pool node-counts list")
    assert (counts["dedicated"]["idle"], counts["lowPriority"]["total"]) == (2, 1)


def pools_scale_by_a_formula():
    one = "--auto-scale-formula '$TargetDedicatedNodes=1' --auto-scale-evaluation-interval PT6M"
    az(f"pool autoscale enable --pool-id pool {one}")
    assert pool()["autoScaleRun"]["results"].startswith("$TargetDedicatedNodes=1;")
    assert len(steady_nodes()) == 2
    formula = "--auto-scale-formula '$TargetDedicatedNodes=min(5,4)'"
    run = az(f"pool autoscale evaluate --pool-id pool {formula}")
    assert run["results"].startswith("$TargetDedicatedNodes=4;"), run
    az("pool autoscale disable --pool-id pool")
    assert pool()["enableAutoScale"] is False


def the_account_tells_of_itself():
    images = az("""pool supported-images list --filter "verificationType eq 'verified'" """)
    assert {image["verificationType"] for image in images} == {"verified"}
    assert az("pool usage-metrics list") == []
    assert az("pool all-statistics show")["url"].endswith("/lifetimepoolstats")
    assert az("job all-statistics show")["url"].endswith("/lifetimejobstats")
    assert [found["id"] for found in az("application summary list")] == ["tool"]
    assert az("application summary show --application-id tool")["versions"] == ["1.0", "2.0"]


def certificates_come_and_go():
    here = f"--thumbprint {os.environ['TEST_CERTIFICATE_THUMBPRINT']}"
    az(f"certificate create {here} --certificate-file {os.environ['TEST_CERTIFICATE_FILE']}")
    assert len(az("certificate list")) == 1
    assert az(f"certificate show {here}")["state"] == "active"
    refused("active state", f"certificate delete {here} --abort --yes")
    az(f"certificate delete {here} --yes")
    wait_for("the certificate to go", lambda: az("certificate list") == [])


steps = [
    a_pool_by_options,
    a_pool_by_a_file,
    nodes_are_worked_on,
    nodes_have_files,
    pools_are_changed,
    pools_are_resized,
    pools_scale_by_a_formula,
    the_account_tells_of_itself,
    certificates_come_and_go,
]
