// One run: a game, and what it was like at some of its steps, so that the reader can go back in time.
(function (P) {
  "use strict";

  const MOST_RECORDS = 400;

  class Run {
    constructor(settings) {
      this.settings = settings;
      this.game = new P.Game(settings);
      this.distance = new P.EnergyDistance(this.game.data, new P.Random(settings.seed, "distance"));
      this.shownReal = this.game.data.sample(new P.Random(settings.seed, "real"), new Float64Array(600));
      this.tick = 0; // rounds, and single steps
      this.every = this.game.dirac ? 2 : 20;
      this.sums = { d: 0, g: 0, dCount: 0, gCount: 0 };
      this.records = [];
      this.record();
    }

    // Do a round, or one step of "d" or of "g".
    advance(what = "round") {
      if (what === "d") this.game.stepD();
      else if (what === "g") this.game.stepG();
      else this.game.round();
      this.tick += 1;
      this.addLosses(what);
      if (what !== "round" || this.tick % this.every === 0) this.record();
    }

    addLosses(what) {
      const { losses } = this.game;
      if (what !== "g") (this.sums.d += losses.d), (this.sums.dCount += 1);
      if (what !== "d" && Number.isFinite(losses.g)) (this.sums.g += losses.g), (this.sums.gCount += 1);
    }

    // Keep what can be seen now. If there is too much, every second record is dropped, and fewer are made.
    record() {
      const { game, sums } = this;
      const samples = game.samples();
      this.records.push({
        tick: this.tick,
        dSteps: game.dOptimizer.steps,
        gSteps: game.gOptimizer.steps,
        dLoss: sums.dCount ? sums.d / sums.dCount : NaN,
        gLoss: sums.gCount ? sums.g / sums.gCount : NaN,
        ...P.modeCoverage(samples, game.data.centers, game.data.std),
        distance: this.distance.to(samples.subarray(0, 512)),
        samples: Float32Array.from(samples),
        dWeights: game.d.weights.slice(),
        deviations: game.d.deviation ? game.traces.real.deviations.slice() : null,
      });
      this.sums = { d: 0, g: 0, dCount: 0, gCount: 0 };
      if (this.records.length > MOST_RECORDS) {
        this.records = this.records.filter((_, i) => i % 2 === 0);
        this.every *= 2;
      }
    }

    // What can be seen now, even between two records
    now() {
      const last = this.records.at(-1);
      if (last.tick === this.tick) return last;
      const { game } = this;
      const steps = { dSteps: game.dOptimizer.steps, gSteps: game.gOptimizer.steps };
      const deviations = game.d.deviation ? game.traces.real.deviations : null;
      return { ...last, tick: this.tick, ...steps, samples: game.samples(), dWeights: game.d.weights, deviations };
    }

    get broken() {
      return this.game.broken;
    }
  }

  P.Run = Run;
})((globalThis.Playground = globalThis.Playground || {}));
