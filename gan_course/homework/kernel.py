"""Starts the kernel that runs a student's notebook, with limits that the student's code cannot remove.

    python -m gan_course.homework.kernel BYTES SECONDS PROCESSES [arguments of ipykernel]

The limits are those that Linux has for a process. On other systems some of them have no effect.
"""

import resource
import sys


def limit(memory: int, seconds: int, processes: int) -> None:
    """Limit this process and its children.

    Args:
        memory: largest private memory of each process, in bytes. A file may have a quarter of it.
        seconds: largest processor time of each process.
        processes: how many processes and threads the user may run at once in this namespace. 0 means no limit.
    """
    for kind, most in (
        (resource.RLIMIT_DATA, memory),  # not RLIMIT_AS: TensorFlow reserves far more address space than it uses
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, memory // 4),
        (resource.RLIMIT_CORE, 0),
        *([(resource.RLIMIT_NPROC, processes)] if processes else []),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    limit(*map(int, sys.argv[1:4]))
    del sys.argv[1:4]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
