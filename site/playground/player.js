// Runs the game: a few rounds in each frame of the screen, never longer than the page can wait.
(function (P) {
  "use strict";

  const SPEEDS = { slow: { pause: 350, rounds: 1 }, calm: { pause: 0, rounds: 1 }, fast: { pause: 0, rounds: 1000 } };
  const BUDGET = 11; // milliseconds of computing per frame, of 16.7
  const CALM_REDRAW = 1000; // milliseconds between two pictures for readers who asked for less motion

  class Player {
    // runs(): the runs that play. due(): whether to stop at this step. drawn(): called when there is something new to see.
    // stopped(): when it has stopped by itself.
    constructor({ runs, due, drawn, stopped }) {
      Object.assign(this, { runs, due, drawn, stopped, running: false, speed: "fast", still: matchMedia("(prefers-reduced-motion: reduce)") });
    }

    start() {
      if (this.running) return;
      this.running = true;
      this.lastRound = this.lastDrawn = -Infinity;
      this.ask();
    }

    stop() {
      this.running = false;
    }

    ask() {
      requestAnimationFrame((time) => this.frame(time));
    }

    frame(time) {
      if (!this.running) return;
      const { pause, rounds } = SPEEDS[this.speed];
      if (time - this.lastRound >= pause) {
        this.lastRound = time;
        this.play(rounds);
      }
      const ended = this.playing().length === 0 || this.due();
      if (ended || !this.still.matches || time - this.lastDrawn >= CALM_REDRAW) {
        this.lastDrawn = time;
        this.drawn();
      }
      if (ended) {
        this.stop();
        this.stopped();
      } else this.ask();
    }

    playing() {
      return this.runs().filter((run) => !run.broken && !run.game.over);
    }

    play(rounds) {
      const end = performance.now() + BUDGET;
      for (let i = 0; i < rounds && performance.now() < end; i++) {
        const playing = this.playing();
        if (!playing.length) return;
        for (const run of playing) run.advance();
        if (this.due()) return;
      }
    }
  }

  P.Player = Player;
  P.SPEEDS = SPEEDS;
})((globalThis.Playground = globalThis.Playground || {}));
