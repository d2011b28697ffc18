"""The files to copy for Slurm and Kubernetes: run with stand-ins for a cluster's own commands, and read as YAML."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from gan_course.cluster import Worker, _worker_of

pytest.importorskip("resource", reason="Windows has no bash")
FILES = Path(__file__).resolve().parents[1] / "notebooks" / "cluster"


def in_bash(script, folder, **variables):
    """Run a script in bash, where `python` prints what it is called with. Returns the process."""
    (folder / "python").write_text('#!/bin/bash\necho "$TF_CONFIG|$JAX_PROCESS_ID|$*"; exit ${STATUS:-0}\n')
    (folder / "python").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(["bash", "-c", script], env=environment, cwd=folder, capture_output=True, text=True)


def slurm(folder, **variables):
    """Run slurm.sh on two machines, with stand-ins for Slurm's own commands."""
    (folder / "srun").write_text(
        '#!/bin/bash\nshift\nfor SLURM_PROCID in 0 1; do SLURM_PROCID=$SLURM_PROCID "$@"; done\n'
    )
    (folder / "scontrol").write_text(
        '#!/bin/bash\nif [ $1 = show ]; then printf "a1\\na2\\n"; else echo "$@" >> requeued; fi\n'
    )
    for name in ("srun", "scontrol"):
        (folder / name).chmod(0o755)
    job = {"SLURM_JOB_ID": "40007", "SLURM_JOB_NODELIST": "a[1-2]", "SLURM_NTASKS": "2"}
    return in_bash((FILES / "slurm.sh").read_text("utf-8"), folder, **{**job, **variables})


def test_slurm_numbers_the_machines(tmp_path):
    process = slurm(tmp_path)
    assert process.returncode == 0, process.stderr
    for index, line in enumerate(process.stdout.splitlines()):
        config, number, command = line.split("|")
        assert _worker_of(config) == Worker(index, 2)
        assert json.loads(config)["cluster"]["worker"] == ["a1:20007", "a2:20007"]
        assert number == str(index)
        assert command.startswith("-m gan_course train photos/ --size 64")
        assert command.endswith("--out runs/photos")
    assert index == 1
    assert not (tmp_path / "requeued").exists()


@pytest.mark.parametrize(("status", "attempts", "again"), [(1, 0, True), (2, 0, False), (1, 20, False)])
def test_slurm_tries_again_and_resumes(tmp_path, status, attempts, again):
    (tmp_path / "runs" / "photos").mkdir(parents=True)
    (tmp_path / "runs" / "photos" / "config.json").touch()
    process = slurm(tmp_path, STATUS=str(status), SLURM_RESTART_COUNT=str(attempts))
    assert process.returncode == status
    assert all(line.endswith("-m gan_course train --resume runs/photos") for line in process.stdout.splitlines())
    assert (tmp_path / "requeued").exists() == again


def documents(name):
    """The one document of a YAML file, and the description of its pods."""
    (document,) = yaml.safe_load_all((FILES / name).read_text("utf-8"))
    if name == "tfjob.yaml":
        return document, document["spec"]["tfReplicaSpecs"]["Worker"]["template"]["spec"]
    return document, document["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]


def test_the_tfjob_has_what_its_operator_asks_for():
    """Its reference: group kubeflow.org/v1; a container with the name "tensorflow"; Always, OnFailure, Never, …."""
    document, pod = documents("tfjob.yaml")
    assert (document["apiVersion"], document["kind"]) == ("kubeflow.org/v1", "TFJob")
    workers = document["spec"]["tfReplicaSpecs"]["Worker"]
    assert workers["replicas"] == 2
    assert workers["restartPolicy"] in ("Always", "OnFailure", "Never", "ExitCode")
    assert "restartPolicy" not in pod  # the operator overwrites it
    assert [container["name"] for container in pod["containers"]] == ["tensorflow"]
    assert document["spec"]["runPolicy"]["cleanPodPolicy"] in ("All", "Running", "None")


def test_the_jobset_numbers_its_pods_and_names_the_first():
    document, pod = documents("jobset.yaml")
    assert (document["apiVersion"], document["kind"]) == ("jobset.x-k8s.io/v1alpha2", "JobSet")
    (workers,) = document["spec"]["replicatedJobs"]
    job, name = workers["template"]["spec"], document["metadata"]["name"]
    environment = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
    assert job["completionMode"] == "Indexed"
    assert environment["JAX_NUM_PROCESSES"] == str(job["parallelism"]) == str(job["completions"])
    host, port = environment["JAX_COORDINATOR_ADDRESS"].split(":")
    assert host == f"{name}-{workers['name']}-0-0.{name}"
    assert int(port) == pod["containers"][0]["ports"][0]["containerPort"]
    assert (job["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert document["spec"]["network"]["enableDNSHostnames"]


@pytest.mark.parametrize("name", ["tfjob.yaml", "jobset.yaml"])
@pytest.mark.parametrize("is_begun", [False, True])
def test_a_pod_begins_a_run_and_resumes_it(name, is_begun, tmp_path):
    _, pod = documents(name)
    (container,) = pod["containers"]
    (tmp_path / "run").mkdir()
    if is_begun:
        (tmp_path / "run" / "config.json").touch()
    (script,) = container["args"]
    process = in_bash(script.replace("/data", str(tmp_path)), tmp_path, TF_CONFIG="", JOB_COMPLETION_INDEX="1")
    assert process.returncode == 0, process.stderr
    _, number, command = process.stdout.split("|")
    assert number == ("1" if name == "jobset.yaml" else "")
    expected = f"--resume {tmp_path}/run" if is_begun else f"--out {tmp_path}/run"
    assert command.strip().endswith(expected)
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
