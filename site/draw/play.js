// Buttons that play: they move a value on and on, until they are pressed again. A reader who wants less motion gets one
// step of an eighth with each press.
"use strict";

const DrawingPlay = (() => {
  const SECONDS = 4; // from one end to the other
  const HUNDREDTH = 10 * SECONDS; // milliseconds. A value has two decimals, so less than a hundredth would be lost.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let stop = () => {};

  /** `advance(part)` moves the value by a part of its way. Only one button plays at a time. */
  function button(element, advance) {
    element.addEventListener("click", () => {
      if (calm.matches) return advance(1 / 8);
      const playing = element.getAttribute("aria-pressed") === "true";
      stop();
      if (!playing) start(element, advance);
    });
    const name = () => (element.textContent = calm.matches ? "One step" : "Play");
    calm.addEventListener("change", name);
    name();
  }

  function start(element, advance) {
    let last = performance.now();
    let running = true;
    stop = () => {
      running = false;
      stop = () => {};
      element.setAttribute("aria-pressed", "false");
      element.textContent = "Play";
    };
    element.setAttribute("aria-pressed", "true");
    element.textContent = "Pause";
    const tick = (now) => {
      if (!running) return;
      const waited = Math.min(250, now - last);
      const steps = Math.max(0, Math.floor(waited / HUNDREDTH));
      if (steps) {
        advance(steps / 100);
        last = now - (waited - steps * HUNDREDTH);
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  return { button, stop: () => stop() };
})();
