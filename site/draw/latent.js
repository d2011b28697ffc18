// Where in the latent space a picture comes from: two dials, and the rest of the noise.
"use strict";

const DrawingLatent = (() => {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  /** Noise without its parts along the two dials, which are perpendicular and of length 1. */
  function rest(seed, dials, size) {
    const z = DrawingNumbers.normal(seed, size);
    for (const dial of dials) {
      const part = dot(z, dial);
      dial.forEach((value, i) => (z[i] -= part * value));
    }
    return z;
  }

  /** A place on the way from a to b that bends, so that halfway the noise is as long as usual (White 2016). */
  function spherical(a, b, s) {
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
    if (angle < 1e-3) return a;
    const [p, q] = [Math.sin((1 - s) * angle) / Math.sin(angle), Math.sin(s * angle) / Math.sin(angle)];
    return a.map((value, i) => p * value + q * b[i]);
  }

  /** The latent space of a generator: `z(state)` is the noise of a state. */
  class Latent {
    constructor(size, packed) {
      this.size = size;
      const both = DrawingNumbers.unpack(packed);
      this.dials = [both.slice(0, size), both.slice(size)];
      this.known = new Map();
    }

    rest(seed) {
      if (!this.known.has(seed)) this.known.set(seed, rest(seed, this.dials, this.size));
      return this.known.get(seed);
    }

    z({ noise, next, walk, psi, lean, bold }) {
      const way = walk === 0 ? this.rest(noise) : spherical(this.rest(noise), this.rest(next), walk);
      return way.map((value, i) => psi * value + lean * this.dials[0][i] + bold * this.dials[1][i]);
    }
  }

  return { Latent };
})();
