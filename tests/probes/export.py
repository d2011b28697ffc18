"""Calls an exported generator in a process that can import neither gan_course nor Keras.

probes/export.py FORMAT FILE INPUTS OUTPUT    calls FILE with the arrays of INPUTS (.npz), and stores images as OUTPUT
                                              (.npy)
"""

import sys

sys.modules["gan_course"] = sys.modules["keras"] = None

import numpy as np  # noqa: E402


def with_tensorflow(path, inputs):
    import tensorflow as tf

    generator = tf.saved_model.load(path)
    return generator.serve(inputs if len(inputs) > 1 else inputs[0]).numpy()


def with_onnx_runtime(path, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    names = [each.name for each in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))[0]


def with_litert(path, inputs):
    from ai_edge_litert.interpreter import Interpreter

    call = Interpreter(path).get_signature_runner()
    names = {len(each["shape"]): name for name, each in call.get_input_details().items()}
    (images,) = call(**{names[array.ndim]: array for array in inputs}).values()
    return images


CALLERS = {"tf_saved_model": with_tensorflow, "onnx": with_onnx_runtime, "litert": with_litert}

if __name__ == "__main__":
    form, path, given, output = sys.argv[1:]
    with np.load(given) as arrays:
        np.save(output, CALLERS[form](path, [arrays[name] for name in arrays.files]))
