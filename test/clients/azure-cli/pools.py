import json
import os

from cli import az, refused, wait_for

image = ["--image", "canonical:0001-com-ubuntu-server-jammy:22_04-lts"]
agent = ["--node-agent-sku-id", "batch.node.ubuntu 22.04"]


def pool(pool_id="pool"):
    return az("pool show", "--pool-id", pool_id)


def steady_nodes(pool_id="pool"):
    wait_for("the pool to be steady", lambda: pool(pool_id)["allocationState"] == "steady")

    def idle():
        nodes = az("node list", "--pool-id", pool_id)
        return (nodes,) if all(node["state"] == "idle" for node in nodes) else None

    return wait_for("nodes to be idle", idle)[0]


def a_pool_by_options():
    az(
        "pool create",
        *["--id", "pool", "--vm-size", "Standard_D2_v3", *image, *agent],
        *["--target-dedicated-nodes", 2, "--task-slots-per-node", 2, "--metadata", "a=b"],
        *["--start-task-command-line", "/bin/sh -c 'echo hello > hello.txt'", "--start-task-wait-for-success"],
    )
    refused("The specified pool already exists.", "pool create", "--id", "pool", "--vm-size", "Standard_A1", *image, *agent)
    shown = pool()
    assert (shown["vmSize"], shown["targetDedicatedNodes"]) == ("standard_d2_v3", 2)
    assert shown["startTask"]["waitForSuccess"] is True
    assert len(steady_nodes()) == 2


def a_pool_by_a_file():
    path = os.path.join(os.environ["TEST_FOLDER"], "pool.json")
    machine = {
        "imageReference": {"publisher": "debian", "offer": "debian-11", "sku": "11"},
        "nodeAgentSKUId": "batch.node.debian 11",
    }
    with open(path, "w") as file:
        json.dump({"id": "from-file", "vmSize": "Standard_A1", "virtualMachineConfiguration": machine}, file)
    az("pool create", "--json-file", path)
    assert [found["id"] for found in az("pool list", "--query", "[].{id:id}")] == ["from-file", "pool"]
    assert len(az("pool list", "--filter", "startswith(id,'from')", "--select", "id,state")) == 1
    az("pool delete", "--pool-id", "from-file", "--yes")
    wait_for("the pool to go", lambda: len(az("pool list")) == 1)


def pools_are_changed():
    az("pool set", "--pool-id", "pool", "--metadata", "c=d")
    assert pool()["metadata"] == [{"name": "c", "value": "d"}]
    refused("condition", "pool set", "--pool-id", "pool", "--metadata", "e=f", "--if-match", "0x8D0000000000000")
    az("pool reset", "--pool-id", "pool", "--metadata", "g=h")
    assert pool()["startTask"] is None


def nodes_are_worked_on():
    node = steady_nodes()[0]["id"]
    here = ["--pool-id", "pool", "--node-id", node]
    az("node user create", *here, "--name", "me", "--password", "a-Secret-1", "--is-admin")
    az("node user reset", *here, "--user-name", "me", "--password", "a-Secret-2")
    az("node user delete", *here, "--user-name", "me", "--yes")
    assert az("node remote-login-settings show", *here)["remoteLoginPort"]
    az("node scheduling disable", *here, "--node-disable-scheduling-option", "requeue")
    wait_for("the node to go offline", lambda: az("node show", *here)["state"] == "offline")
    az("node scheduling enable", *here)
    wait_for("the node to be idle", lambda: az("node show", *here)["state"] == "idle")
    az("node reboot", *here)
    steady_nodes()

    assert "startup" in [file["name"] for file in az("node file list", *here)]
    there = [*here, "--file-path", "startup/wd/hello.txt"]
    az("node file show", *there)
    assert download("node file download", *there) == "hello\n"
    az("node file delete", *there, "--yes")
    refused("The specified file does not exist.", "node file delete", *there, "--yes")
    uploaded = az("node service-logs upload", *here, "--container-url", os.environ["TEST_CONTAINER_URL"], "--start-time", "2020-01-01T00:00:00Z")
    assert uploaded["numberOfFilesUploaded"] >= 1


def download(command, *arguments):
    path = os.path.join(os.environ["TEST_FOLDER"], "downloaded")
    az(command, *arguments, "--destination", path)
    with open(path, encoding="utf-8") as file:
        content = file.read()
    os.remove(path)
    return content


def pools_are_resized():
    node = steady_nodes()[0]["id"]
    az("node delete", "--pool-id", "pool", "--node-list", node)
    assert len(steady_nodes()) == 1
    az("pool resize", "--pool-id", "pool", "--target-dedicated-nodes", 2, "--target-low-priority-nodes", 1)
    assert len(steady_nodes()) == 3
    refused("not valid for the current state", "pool resize", "--pool-id", "pool", "--abort")
    (counts,) = az("pool node-counts list")
    assert (counts["dedicated"]["idle"], counts["lowPriority"]["total"]) == (2, 1)


def pools_scale_by_a_formula():
    here = ["--pool-id", "pool"]
    az("pool autoscale enable", *here, "--auto-scale-formula", "$TargetDedicatedNodes=1", "--auto-scale-evaluation-interval", "PT6M")
    assert pool()["autoScaleRun"]["results"].startswith("$TargetDedicatedNodes=1;")
    assert len(steady_nodes()) == 2
    run = az("pool autoscale evaluate", *here, "--auto-scale-formula", "$TargetDedicatedNodes=min(5,4)")
    assert run["results"].startswith("$TargetDedicatedNodes=4;"), run
    az("pool autoscale disable", *here)
    assert pool()["enableAutoScale"] is False


def the_account_tells_of_itself():
    assert len(az("pool supported-images list", "--filter", "verificationType eq 'verified'")) > 5
    assert az("pool usage-metrics list") == []
    assert az("pool all-statistics show")["url"].endswith("/lifetimepoolstats")
    assert az("job all-statistics show")["url"].endswith("/lifetimejobstats")
    assert [found["id"] for found in az("application summary list")] == ["tool"]
    assert az("application summary show", "--application-id", "tool")["versions"] == ["1.0", "2.0"]


def certificates_come_and_go():
    thumbprint = os.environ["TEST_CERTIFICATE_THUMBPRINT"]
    here = ["--thumbprint", thumbprint]
    az("certificate create", *here, "--certificate-file", os.environ["TEST_CERTIFICATE_FILE"])
    assert [found["thumbprint"] for found in az("certificate list")] == [thumbprint]
    assert az("certificate show", *here)["state"] == "active"
    refused("active state", "certificate delete", *here, "--abort", "--yes")
    az("certificate delete", *here, "--yes")
    wait_for("the certificate to go", lambda: az("certificate list") == [])


steps = [
    a_pool_by_options,
    a_pool_by_a_file,
    nodes_are_worked_on,
    pools_are_changed,
    pools_are_resized,
    pools_scale_by_a_formula,
    the_account_tells_of_itself,
    certificates_come_and_go,
]
