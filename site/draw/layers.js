// The layers of both networks, for one picture at a time. A picture of h × h pixels with c channels is one
// Float32Array, in Keras' order: index = (row * h + column) * c + channel.
"use strict";

const DrawingLayers = (() => {
  /** In place: negative numbers times a slope, which is 0 for ReLU and 0.2 for LeakyReLU. */
  function rectify(values, slope = 0) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] *= slope;
    return values;
  }

  /** A dense layer; the kernel is (inputs, outputs). */
  function dense(input, kernel, bias) {
    const output = Float32Array.from(bias);
    const outputs = output.length;
    for (let i = 0; i < input.length; i++) {
      const value = input[i];
      if (value === 0) continue; // half of the inputs, after ReLU
      for (let o = 0, k = i * outputs; o < outputs; o++, k++) output[o] += value * kernel[k];
    }
    return output;
  }

  /** A picture that is its bias at every pixel. */
  function filled(size, bias) {
    const output = new Float32Array(size * size * bias.length);
    for (let i = 0; i < output.length; i += bias.length) output.set(bias, i);
    return output;
  }

  /** A convolution of 4 × 4 with stride 2, which halves the size; the kernel is (4, 4, inputs, outputs). */
  function conv(input, size, kernel, bias) {
    const half = size / 2;
    const outputs = bias.length;
    const inputs = input.length / (size * size);
    const output = filled(half, bias);
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++)
        for (let tap = 0; tap < 16; tap++) {
          const row = 2 * y + (tap >> 2) - 1;
          const column = 2 * x + (tap & 3) - 1;
          if (row < 0 || row >= size || column < 0 || column >= size) continue;
          const from = (row * size + column) * inputs;
          const to = (y * half + x) * outputs;
          for (let c = 0; c < inputs; c++) {
            const value = input[from + c];
            const k = (tap * inputs + c) * outputs;
            for (let o = 0; o < outputs; o++) output[to + o] += value * kernel[k + o];
          }
        }
    return output;
  }

  /** The kernel (4, 4, outputs, inputs) of a transposed convolution as (4, 4, inputs, outputs), which is read in order. */
  function swapped(kernel, outputs) {
    const inputs = kernel.length / 16 / outputs;
    const result = new Float32Array(kernel.length);
    for (let tap = 0; tap < 16; tap++)
      for (let o = 0; o < outputs; o++)
        for (let c = 0; c < inputs; c++)
          result[(tap * inputs + c) * outputs + o] = kernel[(tap * outputs + o) * inputs + c];
    return result;
  }

  /** A transposed convolution of 4 × 4 with stride 2, which doubles the size; the kernel is that of `swapped`. */
  function convTranspose(input, size, kernel, bias) {
    const twice = 2 * size;
    const outputs = bias.length;
    const inputs = input.length / (size * size);
    const output = filled(twice, bias);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < inputs; c++) {
          const value = input[(y * size + x) * inputs + c];
          if (value === 0) continue;
          for (let tap = 0; tap < 16; tap++) {
            const row = 2 * y + (tap >> 2) - 1;
            const column = 2 * x + (tap & 3) - 1;
            if (row < 0 || row >= twice || column < 0 || column >= twice) continue;
            const to = (row * twice + column) * outputs;
            const k = (tap * inputs + c) * outputs;
            for (let o = 0; o < outputs; o++) output[to + o] += value * kernel[k + o];
          }
        }
    return output;
  }

  return { rectify, dense, conv, convTranspose, swapped };
})();
