// Numbers: arrays out of the file of weights, and random numbers from a seed.
"use strict";

const DrawingNumbers = (() => {
  /** The Float32Array of a packed array: integers of 16 bits, the lowest byte first, times a scale. */
  function unpack({ int16, scale }) {
    const bytes = atob(int16);
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
      const bits = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
      return ((bits << 16) >> 16) * scale; // the highest bit is the sign
    });
  }

  /** All arrays of a dictionary of packed ones. */
  function unpackAll(packed) {
    return Object.fromEntries(Object.entries(packed).map(([name, array]) => [name, unpack(array)]));
  }

  /** Uniform numbers in (0, 1) from a seed: the generator mulberry32. */
  function uniform(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
    };
  }

  /** Standard normal numbers from a seed, after Box and Muller. */
  function normal(seed, count) {
    const next = uniform(Math.imul(seed, 2654435761));
    return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
  }

  return { unpack, unpackAll, normal };
})();
