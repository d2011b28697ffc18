// Penalties on the gradient g of the discriminator's score with respect to its input, and their gradients with respect
// to the weights, which need second derivatives.
//
// LeakyReLU is piecewise linear, so its second derivative is 0. On the way back, the signal e of a layer (the gradient of
// the score with respect to the layer's output before LeakyReLU) becomes g. Let u be the gradient of the penalty with
// respect to g. Pushed forward through the same slopes, without biases, u becomes a tangent t at the input of each layer,
// and the gradient of the penalty with respect to a kernel is the sum of e ⊗ t over the batch. That of a bias is 0.
(function (P) {
  "use strict";

  // Gradient of the sum of all scores with respect to the batch in trace.values[0], into trace.input
  function inputGradient(network, trace) {
    P.forward(network, trace);
    trace.signals.at(-1).fill(1);
    P.backward(network, trace, null);
    return trace.input;
  }

  // Add the gradient of a penalty whose gradient with respect to trace.input is in trace.tangents[0].
  function addPenaltyGradient(network, trace, gradient) {
    const { layers, deviation } = network;
    const { tangents, signals, values, count } = trace;
    const last = layers.length - 1;
    for (let l = 0; l < last; l++) {
      const { kernel, inputs, outputs } = layers[l];
      P.addOuter(gradient.layers[l].kernel, signals[l], tangents[l], inputs, outputs, count);
      P.dense({ kernel, inputs, outputs, bias: null }, tangents[l], tangents[l + 1], count);
      P.throughLeaky(tangents[l + 1], values[l + 1]);
    }
    const head = gradient.layers[last].kernel;
    if (deviation) addThroughDeviation(network, trace, gradient, head);
    else P.addOuter(head, signals[last], tangents[last], layers[last].inputs, 1, count);
  }

  // With a head that sees a feature f and its deviation σ, weighted by v and w, the gradient of the sum of all scores with
  // respect to f is v + w · z, where z = (f − mean) / σ. So the penalty also depends on z, and through z on the features.
  function addThroughDeviation(network, trace, gradient, head) {
    const { sizes, layers } = network;
    const { standard, deviations, count } = trace;
    const last = layers.length - 1;
    const width = sizes[last];
    const tangent = trace.tangents[last];
    const features = last ? trace.signals[last - 1] : trace.input;
    for (let j = 0; j < width; j++) {
      const w = layers[last].kernel[width + j];
      let sum = 0;
      let product = 0;
      for (let b = 0, i = j; b < count; b++, i += width) {
        sum += tangent[i];
        product += tangent[i] * standard[i];
      }
      head[j] += sum;
      head[width + j] += product;
      for (let b = 0, i = j; b < count; b++, i += width) {
        features[i] = (w / deviations[j]) * (tangent[i] - sum / count - (standard[i] * product) / count);
      }
    }
    if (last) P.descend(network, trace, gradient);
  }

  // ½ E ‖g‖² at real samples (Mescheder et al. 2018), times the weight
  function r1(network, trace, weight, gradient) {
    const g = inputGradient(network, trace);
    let sum = 0;
    for (let i = 0; i < g.length; i++) {
      sum += g[i] * g[i];
      trace.tangents[0][i] = (weight * g[i]) / trace.count;
    }
    addPenaltyGradient(network, trace, gradient);
    return (0.5 * weight * sum) / trace.count;
  }

  // E (‖g‖ − 1)² between real and generated samples (Gulrajani et al. 2017), times the weight
  function gradientPenalty(network, trace, weight, gradient) {
    const g = inputGradient(network, trace);
    let sum = 0;
    for (let b = 0; b < trace.count; b++) {
      const norm = Math.sqrt(g[2 * b] * g[2 * b] + g[2 * b + 1] * g[2 * b + 1] + 1e-12);
      const factor = (2 * weight * (norm - 1)) / norm / trace.count;
      sum += (norm - 1) * (norm - 1);
      trace.tangents[0][2 * b] = factor * g[2 * b];
      trace.tangents[0][2 * b + 1] = factor * g[2 * b + 1];
    }
    addPenaltyGradient(network, trace, gradient);
    return (weight * sum) / trace.count;
  }

  Object.assign(P, { inputGradient, r1, gradientPenalty });
})((globalThis.Playground = globalThis.Playground || {}));
