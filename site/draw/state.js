// What the reader has chosen: the state of the room, in the address, so that a link shows the same picture.
"use strict";

const DrawingState = (() => {
  const RANGES = {
    digit: [0, 9, 1, 7],
    to: [0, 9, 1, 2],
    blend: [-0.5, 1.5, 0, 0],
    noise: [1, 9999, 1, 3],
    next: [1, 9999, 1, 17],
    walk: [0, 1, 0, 0],
    psi: [0, 1.5, 0, 1],
    lean: [-2.5, 2.5, 0, 0],
    bold: [-2.5, 2.5, 0, 0],
  }; // the least and the largest value, 1 for integers, and the value at first

  /** A value as near as possible to what was asked for. */
  function allowed(name, value) {
    const [least, most, whole] = RANGES[name];
    const inside = Math.min(most, Math.max(least, value));
    return whole ? Math.round(inside) : Math.round(inside * 100) / 100;
  }

  /** The state with another digit to morph into, if it were the same. */
  const apart = (state) => (state.to === state.digit ? { ...state, to: (state.digit + 1) % 10 } : state);

  /** The state at first, with what the part of an address after # says. */
  function read(hash) {
    const said = new URLSearchParams(hash.replace(/^#/, ""));
    return apart(Object.fromEntries(
      Object.entries(RANGES).map(([name, [, , , first]]) => {
        const value = Number.parseFloat(said.get(name));
        return [name, Number.isFinite(value) ? allowed(name, value) : first];
      }),
    ));
  }

  /** The part of an address that says what differs from the state at first. */
  function write(state) {
    const said = Object.entries(RANGES).filter(([name, [, , , first]]) => state[name] !== first);
    return `#${new URLSearchParams(said.map(([name]) => [name, state[name]]))}`;
  }

  return { RANGES, allowed, apart, read, write };
})();
