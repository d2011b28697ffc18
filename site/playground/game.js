// The game: both players, and one step of each, as GAN.discriminator_step and GAN.generator_step of gan_course take it.
(function (P) {
  "use strict";

  const SHOWN = 512; // samples that are drawn and measured, always from the same noise

  // How both players learn at first, if the reader asked for a calm start
  const CALM = { dKind: "adam", gKind: "adam", dRate: 0.001, gRate: 0.001, dMomentum: 0, gMomentum: 0, fade: 0 };

  const units = (layers, width) => Array(layers).fill(width);

  class Game {
    constructor(settings) {
      const s = (this.settings = settings);
      this.data = P.makeData(s.data, s.drawn);
      this.dirac = s.data === "point";
      this.ahead = this.dirac ? 0 : s.ahead; // rounds in which D learns alone; with them, rates do not fade
      const latent = this.dirac ? 1 : s.latent;
      const hidden = (layers, width) => (this.dirac ? [] : units(layers, width));
      this.g = P.makeNetwork([latent, ...hidden(s.gLayers, s.gUnits), 2]);
      this.d = P.makeNetwork([2, ...hidden(s.dLayers, s.dUnits), 1], s.deviation && !this.dirac);
      this.dGradient = P.makeNetwork(this.d.sizes, this.d.deviation);
      this.gGradient = P.makeNetwork(this.g.sizes);
      this.random = Object.fromEntries(["data", "noise", "between"].map((use) => [use, new P.Random(s.seed, use)]));
      this.start();
      this.makeTraces(s.batch);
      this.calm = this.dirac ? 0 : s.calm; // rounds that are still to come with CALM rates
      this.makeOptimizers(this.calm ? { ...s, ...CALM } : s);
      this.average = this.g.weights.slice();
      this.shownNoise = this.noise(new P.Random(s.seed, "shown"), new Float64Array(SHOWN * latent));
      this.averaged = P.makeNetwork(this.g.sizes, false, this.average);
      this.losses = { d: NaN, g: NaN };
    }

    // The Dirac-GAN is in the plane here: D's score is ψ · x, G makes the point θ, and ψ begins at a right angle to θ.
    start() {
      if (this.dirac) {
        this.g.layers[0].bias.set([1, 0]);
        this.d.layers[0].kernel.set([0, 1]);
      } else {
        P.initialize(this.g, new P.Random(this.settings.seed, "generator"));
        P.initialize(this.d, new P.Random(this.settings.seed, "discriminator"));
      }
    }

    makeTraces(batch) {
      this.traces = {
        made: P.makeTrace(this.g, batch),
        real: P.makeTrace(this.d, batch),
        fake: P.makeTrace(this.d, batch),
        between: P.makeTrace(this.d, batch),
        shown: P.makeTrace(this.g, SHOWN),
        judged: P.makeTrace(this.d, SHOWN),
      };
      this.mixing = new Float64Array(batch);
    }

    makeOptimizers(s) {
      this.fade = this.ahead ? 0 : s.fade;
      const d = { kind: s.dKind, rate: s.dRate, momentum: s.dMomentum, fade: this.fade * s.k };
      const g = { kind: s.gKind, rate: s.gRate, momentum: s.gMomentum, fade: this.fade };
      this.dOptimizer = new P.Optimizer(d, this.d.weights);
      this.gOptimizer = new P.Optimizer(g, this.g.weights);
    }

    noise(random, out) {
      return this.dirac ? out.fill(0) : random.normals(out);
    }

    // D's loss on the real samples in traces.real and on those that G makes of the noise in traces.made, and its
    // gradient, into dGradient.
    discriminatorLoss() {
      const { made, real, fake, between } = this.traces;
      const { objective, r1, gp } = this.settings;
      const parts = P.OBJECTIVES[objective];
      this.dGradient.weights.fill(0);
      fake.values[0].set(P.forward(this.g, made));
      let loss = 0;
      for (const [part, trace] of [[parts.real, real], [parts.fake, fake]]) {
        loss += P.meanLoss(part, P.forward(this.d, trace), trace.signals.at(-1));
        P.backward(this.d, trace, this.dGradient);
      }
      if (gp) {
        mix(between.values[0], real.values[0], fake.values[0], this.mixing);
        loss += P.gradientPenalty(this.d, between, gp, this.dGradient);
      }
      if (r1) loss += P.r1(this.d, real, r1, this.dGradient);
      if (this.dirac) this.dGradient.layers[0].bias.fill(0);
      return loss;
    }

    // G's loss on what it makes of the noise in traces.made, and its gradient, into gGradient.
    generatorLoss() {
      const { made, fake } = this.traces;
      this.gGradient.weights.fill(0);
      fake.values[0].set(P.forward(this.g, made));
      const part = P.OBJECTIVES[this.settings.objective].generator;
      const loss = P.meanLoss(part, P.forward(this.d, fake), fake.signals.at(-1));
      P.backward(this.d, fake, null);
      made.signals.at(-1).set(fake.input);
      P.backward(this.g, made, this.gGradient);
      return loss;
    }

    stepD() {
      const { real, made } = this.traces;
      this.data.sample(this.random.data, real.values[0]);
      this.noise(this.random.noise, made.values[0]);
      for (let i = 0; i < this.mixing.length; i++) this.mixing[i] = this.random.between.uniform();
      this.losses.d = this.discriminatorLoss();
      this.dOptimizer.step(this.dGradient.weights);
      if (this.settings.clip) P.clip(this.d.weights, this.settings.clip);
    }

    stepG() {
      this.noise(this.random.noise, this.traces.made.values[0]);
      this.losses.g = this.generatorLoss();
      const before = this.gOptimizer.steps;
      this.gOptimizer.step(this.gGradient.weights);
      P.moveAverage(this.average, this.g.weights, before);
    }

    // One round: k steps of D, then one of G. At first D may learn alone.
    round() {
      for (let i = 0; i < this.settings.k; i++) this.stepD();
      if (this.ahead > 0 && this.calm === 0) this.ahead -= 1;
      else this.stepG();
      if (this.calm > 0 && --this.calm === 0) this.makeOptimizers(this.settings);
    }

    // Whether the rates have faded to 0
    get over() {
      return this.fade > 0 && this.gOptimizer.steps >= this.fade;
    }

    get broken() {
      return !(Math.abs(this.d.weights[0]) < 1e9 && Math.abs(this.g.weights[0]) < 1e9);
    }

    // What G makes, with the average of its weights if the reader asked for that: x, y, x, y, …
    samples() {
      const { shown } = this.traces;
      shown.values[0].set(this.shownNoise);
      return P.forward(this.settings.average ? this.averaged : this.g, shown);
    }

    // Where each of these samples wants to go, with D as it is or was: minus the gradient of its own loss with respect to
    // its place
    arrows(samples, dWeights) {
      const { judged } = this.traces;
      const d = P.makeNetwork(this.d.sizes, this.d.deviation, dWeights);
      const slope = P.OBJECTIVES[this.settings.objective].generator[1];
      judged.values[0].set(samples);
      P.forward(d, judged);
      const signal = judged.signals.at(-1);
      for (let i = 0; i < signal.length; i++) signal[i] = -slope(judged.output[i]);
      P.backward(d, judged, null);
      return judged.input;
    }
  }

  function mix(out, real, fake, weights) {
    for (let b = 0; b < weights.length; b++) {
      const u = weights[b];
      out[2 * b] = u * real[2 * b] + (1 - u) * fake[2 * b];
      out[2 * b + 1] = u * real[2 * b + 1] + (1 - u) * fake[2 * b + 1];
    }
  }

  Object.assign(P, { Game, SHOWN, CALM });
})((globalThis.Playground = globalThis.Playground || {}));
