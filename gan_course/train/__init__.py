"""The long run: `python -m gan_course train` trains a GAN on a data set or on a folder of images, and can be resumed.

Everything that happens in a training is `GAN.fit` with the callbacks of `train.observers`. `train.runs.start` starts a
run from Python. A run has a folder of its own:

* `config.json`: the settings, for `--config` and for `--resume`; what was used, and the checksum of the data.
* `checkpoint.weights.h5`: everything that training goes on from.
* `gan.keras`: at the end, the trained GAN, for `keras.saving.load_model`.
* `history.jsonl`: losses and measurements, one JSON object per line.
* `samples/step_000000.png`, …: sample grids, always of the same noise; `samples/film.png` is a film of them.
* `tensorboard/`: the same losses and measurements, where TensorBoard is installed.
"""
