// A dense network with LeakyReLU, slope 0.2: its outputs for a batch, and the gradients of a loss.
//
// All weights of a network lie in one array, so that an optimizer needs no more than one loop. A kernel is stored output
// by output: kernel[o * inputs + i]. Batches are stored row by row.
(function (P) {
  "use strict";

  const SLOPE = 0.2;
  const TINY = 1e-8; // as in MinibatchStandardDeviation

  // Views of one array of weights as kernels and biases. With `deviation`, the last layer has twice as many inputs.
  function arrange(sizes, deviation, weights) {
    const layers = [];
    let at = 0;
    for (let l = 0; l + 1 < sizes.length; l++) {
      const outputs = sizes[l + 1];
      const inputs = deviation && l + 2 === sizes.length ? 2 * sizes[l] : sizes[l];
      const kernel = weights.subarray(at, at + inputs * outputs);
      at += inputs * outputs;
      layers.push({ inputs, outputs, kernel, bias: weights.subarray(at, at + outputs) });
      at += outputs;
    }
    return layers;
  }

  function countWeights(sizes, deviation) {
    let count = 0;
    for (let l = 0; l + 1 < sizes.length; l++) {
      count += (deviation && l + 2 === sizes.length ? 2 * sizes[l] + 1 : sizes[l] + 1) * sizes[l + 1];
    }
    return count;
  }

  // sizes: numbers of values from the input to the output. deviation: whether the last layer also sees the standard
  // deviation of each feature over the batch.
  function makeNetwork(sizes, deviation = false, weights = new Float64Array(countWeights(sizes, deviation))) {
    return { sizes, deviation, weights, layers: arrange(sizes, deviation, weights) };
  }

  // Kernels uniform in ±√(6 / (inputs + outputs)), biases 0: Keras' default (Glorot and Bengio 2010).
  function initialize(network, random) {
    for (const { kernel, inputs, outputs } of network.layers) {
      const limit = Math.sqrt(6 / (inputs + outputs));
      for (let i = 0; i < kernel.length; i++) kernel[i] = limit * (2 * random.uniform() - 1);
    }
    return network;
  }

  // What a pass through a network leaves behind for the way back. Made once for each size of a batch.
  function makeTrace(network, count) {
    const { sizes, deviation } = network;
    const last = sizes.length - 2;
    const rows = (width) => new Float64Array(count * width);
    const trace = {
      count,
      values: sizes.slice(0, -1).map(rows), // what goes into each layer
      output: rows(sizes[last + 1]),
      signals: sizes.slice(1).map(rows), // gradient with respect to each layer's output before LeakyReLU
      input: rows(sizes[0]), // gradient with respect to the network's input
      tangents: sizes.slice(0, -1).map(rows), // for penalties
    };
    if (deviation) {
      trace.joined = rows(2 * sizes[last]);
      trace.joinedSignal = rows(2 * sizes[last]);
      trace.standard = rows(sizes[last]);
      trace.deviations = new Float64Array(sizes[last]);
    }
    return trace;
  }

  // The three loops below take most of the time. Each does four sums, or four terms of a sum, at once, since a processor
  // waits for an addition before it begins the next one of the same sum. The order of the terms stays, and so every bit.

  // y = x · kernel + bias for a batch
  function dense({ inputs, outputs, kernel, bias }, x, y, count) {
    const start = bias || new Float64Array(outputs);
    const fours = outputs - (outputs % 4);
    for (let b = 0; b < count; b++) {
      const row = b * inputs;
      for (let o = 0; o < fours; o += 4) {
        let w0 = o * inputs, w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
        let sum0 = start[o], sum1 = start[o + 1], sum2 = start[o + 2], sum3 = start[o + 3];
        for (let i = row; i < row + inputs; i++) {
          sum0 += kernel[w0++] * x[i];
          sum1 += kernel[w1++] * x[i];
          sum2 += kernel[w2++] * x[i];
          sum3 += kernel[w3++] * x[i];
        }
        y[b * outputs + o] = sum0;
        y[b * outputs + o + 1] = sum1;
        y[b * outputs + o + 2] = sum2;
        y[b * outputs + o + 3] = sum3;
      }
      for (let o = fours; o < outputs; o++) {
        let sum = start[o];
        for (let i = 0; i < inputs; i++) sum += kernel[o * inputs + i] * x[row + i];
        y[b * outputs + o] = sum;
      }
    }
  }

  function leaky(values) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] *= SLOPE;
  }

  // Multiply by the slope of LeakyReLU, which is known by the sign of its output.
  function throughLeaky(signal, output) {
    for (let i = 0; i < signal.length; i++) if (!(output[i] > 0)) signal[i] *= SLOPE;
  }

  // Gradient with respect to a layer's input
  function back({ inputs, outputs, kernel }, signal, below, count) {
    below.fill(0);
    const fours = outputs - (outputs % 4);
    for (let b = 0; b < count; b++) {
      const row = b * inputs, at = b * outputs;
      for (let o = 0; o < fours; o += 4) {
        const s0 = signal[at + o], s1 = signal[at + o + 1], s2 = signal[at + o + 2], s3 = signal[at + o + 3];
        let w0 = o * inputs, w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
        for (let i = row; i < row + inputs; i++) {
          below[i] = below[i] + kernel[w0++] * s0 + kernel[w1++] * s1 + kernel[w2++] * s2 + kernel[w3++] * s3;
        }
      }
      for (let o = fours; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) below[row + i] += kernel[o * inputs + i] * signal[at + o];
      }
    }
  }

  // Add a batch's gradient with respect to a kernel: the sum of signal ⊗ input
  function addOuter(kernel, signal, x, inputs, outputs, count) {
    const fours = count - (count % 4);
    for (let b = 0; b < fours; b += 4) {
      for (let o = 0, w = 0; o < outputs; o++) {
        const at = b * outputs + o;
        const s0 = signal[at], s1 = signal[at + outputs], s2 = signal[at + 2 * outputs], s3 = signal[at + 3 * outputs];
        let x0 = b * inputs, x1 = x0 + inputs, x2 = x1 + inputs, x3 = x2 + inputs;
        for (let i = 0; i < inputs; i++, w++) {
          kernel[w] = kernel[w] + s0 * x[x0++] + s1 * x[x1++] + s2 * x[x2++] + s3 * x[x3++];
        }
      }
    }
    for (let b = fours; b < count; b++) {
      for (let o = 0, w = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) kernel[w++] += signal[b * outputs + o] * x[b * inputs + i];
      }
    }
  }

  function addSum(bias, signal, count) {
    for (let b = 0, i = 0; b < count; b++) for (let o = 0; o < bias.length; o++) bias[o] += signal[i++];
  }

  // Standard deviations of the features over the batch, and the standardized features
  function standardize({ count, values, standard, deviations }, width) {
    const features = values.at(-1);
    for (let j = 0; j < width; j++) {
      let mean = 0;
      let square = 0;
      for (let i = j; i < features.length; i += width) mean += features[i] / count;
      for (let i = j; i < features.length; i += width) square += ((features[i] - mean) * (features[i] - mean)) / count;
      deviations[j] = Math.sqrt(square + TINY);
      for (let i = j; i < features.length; i += width) standard[i] = (features[i] - mean) / deviations[j];
    }
  }

  // Append to the features their standard deviations over the batch, or those of another batch in trace.held.
  function join(trace, width) {
    const { count, joined, held } = trace;
    const features = trace.values.at(-1);
    if (!held) standardize(trace, width);
    const deviations = held || trace.deviations;
    for (let b = 0; b < count; b++) {
      for (let j = 0; j < width; j++) {
        joined[b * 2 * width + j] = features[b * width + j];
        joined[b * 2 * width + width + j] = deviations[j];
      }
    }
  }

  // The way back through `join`. A feature moves the deviation by its standardized value, divided by the batch's size.
  function unjoin({ count, joinedSignal, standard }, width, features) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let b = 0; b < count; b++) sum += joinedSignal[b * 2 * width + width + j];
      for (let b = 0; b < count; b++) {
        features[b * width + j] = joinedSignal[b * 2 * width + j] + (sum / count) * standard[b * width + j];
      }
    }
  }

  // Outputs for the batch in trace.values[0], into trace.output
  function forward(network, trace) {
    const { layers, deviation, sizes } = network;
    const last = layers.length - 1;
    for (let l = 0; l < last; l++) {
      dense(layers[l], trace.values[l], trace.values[l + 1], trace.count);
      leaky(trace.values[l + 1]);
    }
    if (deviation) join(trace, sizes[last]);
    dense(layers[last], deviation ? trace.joined : trace.values[last], trace.output, trace.count);
    return trace.output;
  }

  // Gradients of a loss whose gradient with respect to the outputs is in trace.signals.at(-1). Those of the weights are
  // added to `gradient`, a network of the same form, unless it is null; that of the input is left in trace.input.
  function backward(network, trace, gradient) {
    const { layers, deviation, sizes } = network;
    const last = layers.length - 1;
    const signal = trace.signals[last];
    const x = deviation ? trace.joined : trace.values[last];
    if (gradient) addGradient(gradient.layers[last], signal, x, trace.count);
    const below = last ? trace.signals[last - 1] : trace.input;
    back(layers[last], signal, deviation ? trace.joinedSignal : below, trace.count);
    if (deviation) unjoin(trace, sizes[last], below);
    if (last) descend(network, trace, gradient);
  }

  // The way back through all layers but the last, from the gradient with respect to the features.
  function descend({ layers }, trace, gradient) {
    for (let l = layers.length - 2; l >= 0; l--) {
      const signal = trace.signals[l];
      throughLeaky(signal, trace.values[l + 1]);
      if (gradient) addGradient(gradient.layers[l], signal, trace.values[l], trace.count);
      back(layers[l], signal, l ? trace.signals[l - 1] : trace.input, trace.count);
    }
  }

  function addGradient({ kernel, bias, inputs, outputs }, signal, x, count) {
    addOuter(kernel, signal, x, inputs, outputs, count);
    addSum(bias, signal, count);
  }

  Object.assign(P, {
    makeNetwork, initialize, makeTrace, forward, backward, descend, dense, throughLeaky, addOuter,
  });
})((globalThis.Playground = globalThis.Playground || {}));
