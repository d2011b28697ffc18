// A seeded generator of random numbers, the same bit for bit in every browser (sfc32 of PractRand).
(function (P) {
  "use strict";

  // A 32-bit number made of a seed and a word, so that each use has a stream of its own.
  function hash(seed, word) {
    let h = seed | 0;
    for (const letter of word) h = Math.imul(h ^ letter.charCodeAt(0), 0x9e3779b1) + 0x7f4a7c15;
    return h >>> 0;
  }

  class Random {
    // The stream says what the numbers are for. Two runs with the same seed then see the same data and the same noise,
    // even if one of them draws more numbers for something else.
    constructor(seed, stream) {
      this.state = new Uint32Array([hash(seed, stream), seed, 0x2545f491, 1]);
      this.spare = null;
      for (let i = 0; i < 15; i++) this.bits();
    }

    bits() {
      const s = this.state;
      const result = s[0] + s[1] + s[3];
      s[3] += 1;
      s[0] = s[1] ^ (s[1] >>> 9);
      s[1] = s[2] + (s[2] << 3);
      s[2] = ((s[2] << 21) | (s[2] >>> 11)) + result;
      return result >>> 0;
    }

    uniform() {
      return this.bits() / 4294967296;
    }

    integer(below) {
      return Math.floor(this.uniform() * below);
    }

    // Standard normal numbers by the polar method (Marsaglia and Bray 1964).
    normal() {
      if (this.spare !== null) {
        const spare = this.spare;
        this.spare = null;
        return spare;
      }
      let u, v, square;
      do {
        u = 2 * this.uniform() - 1;
        v = 2 * this.uniform() - 1;
        square = u * u + v * v;
      } while (square >= 1 || square < 1e-20);
      const factor = Math.sqrt((-2 * P.log(square)) / square);
      this.spare = v * factor;
      return u * factor;
    }

    normals(out) {
      for (let i = 0; i < out.length; i++) out[i] = this.normal();
      return out;
    }
  }

  P.Random = Random;
})((globalThis.Playground = globalThis.Playground || {}));
