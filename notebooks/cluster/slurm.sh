#!/usr/bin/env bash
# A training on several machines of a cluster that Slurm manages: sbatch slurm.sh
#
# Change what stands between the lines. The folder of the run must lie on a disk that all machines share. If a machine
# fails, or the time is up, the job goes back into the queue, and continues from its last checkpoint.

#SBATCH --job-name=gan
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1 # one process per machine; it takes all GPUs that it is given
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@120 # 120 s before the time is up the training ends, with a checkpoint
#SBATCH --requeue
#SBATCH --open-mode=append # one log for all attempts

# ----------------------------------------------------------------------------------------------------------------
RUN=runs/photos
TRAIN=(photos/ --size 64 --networks residual --batch 128 --steps 100000)
export KERAS_BACKEND=tensorflow # or jax
ATTEMPTS=20
# source my-environment/bin/activate
# ----------------------------------------------------------------------------------------------------------------

if [ -e "$RUN/config.json" ]; then
    TRAIN=(--resume "$RUN")
else
    TRAIN+=(--out "$RUN")
fi

# The first machine is the chief: it alone writes files. Each job has a port of its own.
PORT=$((20000 + SLURM_JOB_ID % 20000))
HOSTS=$(scontrol show hostnames "$SLURM_JOB_NODELIST")
WORKERS=$(for host in $HOSTS; do printf '"%s:%s", ' "$host" "$PORT"; done)
export WORKERS=${WORKERS%, }
export JAX_COORDINATOR_ADDRESS=$(head -n 1 <<< "$HOSTS"):$PORT
export JAX_NUM_PROCESSES=$SLURM_NTASKS
# Under Slurm, JAX takes one GPU per process, unless it is told which ones.
export JAX_LOCAL_DEVICE_IDS=$(seq -s , 0 $((${SLURM_GPUS_ON_NODE:-1} - 1)))

# Each process learns its own number from Slurm: for TensorFlow in TF_CONFIG, for JAX in JAX_PROCESS_ID.
srun --kill-on-bad-exit=1 bash -c '
    export TF_CONFIG="{\"cluster\": {\"worker\": [$WORKERS]}, \"task\": {\"type\": \"worker\", \"index\": $SLURM_PROCID}}"
    export JAX_PROCESS_ID=$SLURM_PROCID
    exec python -m gan_course train "$@"' train "${TRAIN[@]}"
status=$?

# 0: the training is complete. 2: the command is wrong. Anything else: it ended too early, so try again.
if [ $status -ne 0 ] && [ $status -ne 2 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt $ATTEMPTS ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit $status
