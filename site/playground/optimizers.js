// Adam and plain gradient descent as in Keras, rates that fade, clipped weights, and the average of weights.
(function (P) {
  "use strict";

  const BETA_2 = 0.999;
  const EPSILON = 1e-7;

  // Change `weights` by one step. fade: after so many steps the rate is 0 (CosineDecay); 0: it stays.
  class Optimizer {
    constructor({ kind, rate, momentum, fade }, weights) {
      Object.assign(this, { kind, rate, momentum, fade, weights, steps: 0, first: 1, second: 1 });
      this.mean = new Float64Array(weights.length);
      this.square = new Float64Array(weights.length);
    }

    currentRate() {
      if (!this.fade) return this.rate;
      return 0.5 * this.rate * (1 + P.cos((Math.PI * Math.min(this.steps, this.fade)) / this.fade));
    }

    step(gradient) {
      const rate = this.currentRate();
      if (this.kind === "adam") this.adam(gradient, rate);
      else this.descend(gradient, rate);
      this.steps += 1;
    }

    // Kingma and Ba 2015, algorithm 1, in the order of their section 2's last sentence
    adam(gradient, rate) {
      const { mean, square, weights, momentum } = this;
      this.first *= momentum;
      this.second *= BETA_2;
      const scaled = (rate * Math.sqrt(1 - this.second)) / (1 - this.first);
      for (let i = 0; i < weights.length; i++) {
        mean[i] += (1 - momentum) * (gradient[i] - mean[i]);
        square[i] += (1 - BETA_2) * (gradient[i] * gradient[i] - square[i]);
        weights[i] -= (scaled * mean[i]) / (Math.sqrt(square[i]) + EPSILON);
      }
    }

    // Keras' SGD
    descend(gradient, rate) {
      const { mean, weights, momentum } = this;
      for (let i = 0; i < weights.length; i++) {
        mean[i] = momentum * mean[i] - rate * gradient[i];
        weights[i] += mean[i];
      }
    }
  }

  // WeightClipping
  function clip(weights, limit) {
    for (let i = 0; i < weights.length; i++) weights[i] = Math.max(-limit, Math.min(limit, weights[i]));
  }

  // The average of AveragingAdam, whose memory is short at first. `steps`: those before the one that was just taken.
  function moveAverage(average, weights, steps) {
    const keep = steps ? Math.min((1 + steps) / (10 + steps), 0.998) : 0;
    for (let i = 0; i < weights.length; i++) average[i] = keep * average[i] + (1 - keep) * weights[i];
  }

  Object.assign(P, { Optimizer, clip, moveAverage });
})((globalThis.Playground = globalThis.Playground || {}));
