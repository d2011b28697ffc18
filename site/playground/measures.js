// How good samples are: modes and high quality as gan_course.metrics.mode_coverage counts them, and the energy distance.
(function (P) {
  "use strict";

  const REACH = 3;

  // modes: how many centers are the nearest one of a sample of high quality. highQuality: the share of samples within
  // three standard deviations of the nearest center.
  function modeCoverage(samples, centers, std) {
    const found = new Set();
    let near = 0;
    for (let i = 0; i < samples.length; i += 2) {
      const [nearest, square] = nearestCenter(samples[i], samples[i + 1], centers);
      if (square <= REACH * std * REACH * std) {
        found.add(nearest);
        near += 1;
      }
    }
    return { modes: found.size, highQuality: near / (samples.length / 2) };
  }

  function nearestCenter(x, y, centers) {
    let nearest = -1;
    let least = Infinity;
    for (let c = 0; c < centers.length; c++) {
      const square = (x - centers[c][0]) ** 2 + (y - centers[c][1]) ** 2;
      if (square < least) [nearest, least] = [c, square];
    }
    return [nearest, least];
  }

  function meanDistance(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i += 2) {
      for (let j = 0; j < b.length; j += 2) {
        const x = a[i] - b[j];
        const y = a[i + 1] - b[j + 1];
        sum += Math.sqrt(x * x + y * y);
      }
    }
    return sum / ((a.length / 2) * (b.length / 2));
  }

  // 2 E|x − y| − E|x − x′| − E|y − y′| for real x and generated y (Székely and Rizzo 2013). It is 0 for equal
  // distributions, but above 0 for two finite sets of the same distribution: that is its floor.
  class EnergyDistance {
    constructor(data, random, count = 256, trials = 8) {
      const draw = () => data.sample(random, new Float64Array(2 * count));
      this.real = draw();
      this.within = meanDistance(this.real, this.real);
      let sum = 0;
      for (let i = 0; i < trials; i++) sum += this.to(draw());
      this.floor = sum / trials;
    }

    to(samples) {
      return 2 * meanDistance(this.real, samples) - this.within - meanDistance(samples, samples);
    }
  }

  // How far the one point of the Dirac-GAN is from the data, which lies at 0
  const fromOrigin = (samples) => Math.hypot(samples[0], samples[1]);

  Object.assign(P, { modeCoverage, fromOrigin, EnergyDistance });
})((globalThis.Playground = globalThis.Playground || {}));
