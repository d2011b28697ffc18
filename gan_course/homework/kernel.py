"""Starts the kernel that runs a student's notebook, after setting limits that its own code cannot lift again.

    python -m gan_course.homework.kernel BYTES SECONDS PROCESSES [arguments of ipykernel]

The limits are those of Linux for a process; on other systems some of them do nothing.
"""

import resource
import sys


def limit(memory, seconds, processes):
    """Limit this process and its children: each to `memory` bytes of private memory and `seconds` of processor time.

    So many `processes`, threads included, may run at once, of all that the user has in this namespace; 0: no limit.
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
