// The page: holds the state, makes the runs, and connects buttons, pictures, charts and address.
(function (P) {
  "use strict";

  const $ = (selector) => document.querySelector(selector);
  const FIRST = "hills";
  const SPOKEN = 10000; // milliseconds between two spoken summaries while the game runs

  class App {
    constructor() {
      this.figures = [...document.querySelectorAll(".run")];
      this.pictures = this.figures.map((figure) => new P.Picture(figure.querySelector("canvas")));
      this.charts = new P.Charts(["#quality", "#losses", "#distance"].map($));
      this.player = new P.Player({
        runs: () => this.runs,
        due: () => this.tick === this.pauseStep,
        drawn: () => this.draw(),
        stopped: () => this.pauseByItself(),
      });
      this.pencil = new P.Pencil(this.pictures[0], { changed: (points) => this.useDrawn(points), moved: () => this.draw() });
      this.panel = new P.Panel($("#settings"), (...change) => this.changeSetting(...change));
      this.story = new P.Story($("#experiments"), $("#question"), {
        choose: (name) => {
          this.choose(name);
          this.setDrawing(name === "drawing");
        },
        remedy: (name, number) => {
          this.setDrawing(false);
          this.showRemedy(name, number);
        },
        guessed: () => this.noteGuess(),
      });
      new P.CodeDialog($("#code"), { settings: () => this.runs.map((run) => run.settings), steps: () => this.wantedSteps() });
      this.spoken = 0;
      this.connect();
      this.open(location.hash);
    }

    connect() {
      $("#run").onclick = $(".begin").onclick = () => (this.player.running ? this.pause() : this.play());
      $("#step-d").onclick = () => this.step("d");
      $("#step-g").onclick = () => this.step("g");
      $("#step-both").onclick = () => this.step("round");
      $("#again").onclick = () => this.restart();
      $("#speed").onchange = ({ target }) => this.setSpeed(target.value);
      $("#time").oninput = ({ target }) => this.goTo(Number(target.value));
      $("#now").onclick = () => this.goTo(Infinity);
      $("#share").onclick = () => this.share();
      $("#theme").onclick = P.toggleTheme;
      $("#compare").onchange = ({ target }) => this.compare(target.checked);
      $("#draw").onclick = () => this.setDrawing(!this.pencil.active);
      $("#undo").onclick = () => this.pencil.undo();
      $("#clear").onclick = () => this.clearDrawing();
      addEventListener("hashchange", () => this.open(location.hash));
      addEventListener("resize", () => this.draw());
      addEventListener("themechange", () => this.recolor());
    }

    // Show what an address says. Without one, the first experiment.
    open(hash) {
      this.state = P.fromAddress(hash.length > 1 ? hash : "");
      if (hash.length <= 1) this.choose(FIRST);
      else {
        this.panel.inB = this.state.change !== null;
        this.restart();
      }
    }

    choose(name) {
      const { settings, speed = "fast", drawn = [] } = P.EXPERIMENTS[name];
      const { embed, hide } = this.state;
      this.state = { settings: { ...P.DEFAULTS, ...settings }, change: null, drawn, experiment: name, embed, hide, speed };
      this.restart();
    }

    showRemedy(name, number) {
      const { settings, remedies, drawn = [], speed = "fast" } = P.EXPERIMENTS[name];
      const { seed } = this.state.settings; // that of a teacher's link stays
      Object.assign(this.state, { settings: { ...P.DEFAULTS, ...settings, seed }, drawn, change: { ...remedies[number].change }, experiment: name, speed });
      this.panel.inB = true;
      this.restart();
      this.say(`Run B beside run A: ${P.differences(this.state.settings, this.state.change)}. Press Run. ${this.equalAtFirst()}`.trim());
      $("#run").focus();
    }

    // Begin again with the settings of the state.
    restart(keepRunning = false) {
      const running = keepRunning && this.player.running;
      this.player.stop();
      const { settings, change, drawn } = this.state;
      const all = change ? [settings, { ...settings, ...change }] : [settings];
      this.runs = all.map((each) => new P.Run({ ...each, drawn }));
      this.view = Infinity;
      this.began = false;
      if (!this.pencil.active) this.pencil.use(drawn.slice());
      P.setAddress(P.toAddress(this.state));
      this.say(this.equalAtFirst());
      this.showState();
      if (running) this.play();
      else this.showRunning();
    }

    // All parts of the page that depend on the state but not on time
    showState() {
      const { state } = this;
      document.documentElement.classList.toggle("embed", state.embed);
      for (const part of ["story", "side", "charts", "settings", "steps", "timeline"]) {
        document.documentElement.classList.toggle(`without-${part}`, state.hide.includes(part));
      }
      $("#open").href = P.toAddress({ ...state, embed: false, hide: [] });
      this.figures[1].hidden = $("#lines").hidden = this.runs.length === 1;
      $("#stage").classList.toggle("two", this.runs.length === 2);
      const changes = state.change ? ["the original", P.differences(state.settings, state.change)] : ["", ""];
      this.figures.forEach((figure, i) => (figure.querySelector(".change").textContent = changes[i]));
      this.player.speed = $("#speed").value = state.speed;
      this.panel.show(state, (inB) => {
        this.panel.inB = inB;
        this.showState();
      });
      this.story.show(state.experiment);
      const critic = state.settings.objective === "wasserstein";
      $("#meaning").textContent = critic ? "high score of D" : "D says “real”";
      $("#border").textContent = critic ? "halfway between D’s lowest and highest score" : "D is undecided (50 %)";
      document.documentElement.classList.toggle("empty", this.empty);
      this.draw();
    }

    changeSetting(name, value, inB) {
      const { state } = this;
      if (!inB) state.settings[name] = value;
      else if (state.settings[name] === value) delete state.change[name];
      else state.change[name] = value;
      this.restart(true);
      this.say(`New game: ${inB ? "run B, " : ""}${P.LABELS[name]} ${P.shown(name, value)}. It begins at step 0. ${this.equalAtFirst()}`.trim());
    }

    // Rounds of the runs: those of the one that has come further
    get tick() {
      return Math.max(...this.runs.map((run) => run.tick));
    }

    // The step at which the answer to the question shows, as long as run A is the experiment, with any seed. The reader's own
    // data may have any settings.
    get pauseStep() {
      const { experiment, settings } = this.state;
      if (!experiment) return Infinity;
      const { settings: own, pause } = P.EXPERIMENTS[experiment];
      const asked = experiment === "drawing" ? {} : { ...P.DEFAULTS, ...own, seed: settings.seed };
      return Object.keys(asked).every((name) => asked[name] === settings[name]) ? pause : Infinity;
    }

    // Whether the reader's own data has no points yet
    get empty() {
      return this.state.settings.data === "drawn" && this.state.drawn.length === 0;
    }

    // In a calm start both runs are equal if only the rates differ, or what comes with them.
    equalAtFirst() {
      const { settings, change } = this.state;
      const equal = change && settings.calm && Object.keys(change).every((name) => name in P.CALM);
      return equal ? `The first ${settings.calm.toLocaleString("en")} steps are equal.` : "";
    }

    compare(on) {
      this.state.change = on ? {} : null;
      this.panel.inB = on;
      this.restart();
      if (on) this.say("Two runs with the same seed. Now change one setting of run B.");
    }

    setSpeed(speed) {
      this.state.speed = this.player.speed = speed;
      P.setAddress(P.toAddress(this.state));
    }

    play() {
      this.view = Infinity;
      this.began = true;
      if (this.runs.every((run) => run.game.over || run.broken)) this.restart();
      this.began = true;
      this.player.start();
      this.showRunning();
      if (this.pencil.active) this.setDrawing(false);
    }

    pause() {
      this.player.stop();
      this.draw();
      this.showRunning();
      this.summarize();
      this.judge();
    }

    judge() {
      if (this.tick >= this.pauseStep) this.story.judge(this.runs.length === 2);
    }

    pauseByItself() {
      this.pause();
      if (this.tick !== this.pauseStep) return;
      const both = this.state.embed || this.runs.length === 2;
      const others = both ? "compare both runs" : `compare with your prediction${this.narrow ? ", below" : ""}`;
      const on = this.runs.every((run) => run.game.over) ? " The rates have faded to 0, so the training is over." : " “Go on” continues.";
      this.say(`Paused at step ${this.tick.toLocaleString("en")}: now ${others}.${on}`);
    }

    // Judge a prediction at once if the run has shown the answer already.
    noteGuess() {
      const { pauseStep } = this;
      if (this.tick >= pauseStep) this.judge();
      else if (pauseStep === Infinity) this.story.answer("Noted. You have changed the settings: choose the experiment again, then press Run.");
      else this.story.answer(`Noted. Press Run. It pauses by itself at step ${pauseStep.toLocaleString("en")}.`);
      this.showStage();
    }

    // On a narrow screen, the picture may be above what is read.
    showStage() {
      if (this.narrow) $("#stage").scrollIntoView();
    }

    get narrow() {
      return matchMedia("(max-width: 44rem)").matches;
    }

    step(what) {
      this.player.stop();
      this.view = Infinity;
      this.began = true;
      for (const run of this.runs) run.advance(what);
      this.draw();
      this.showRunning();
      this.summarize();
      this.judge();
    }

    // Look at an earlier time. The game itself stays where it is.
    goTo(index) {
      this.player.stop();
      this.view = index >= this.runs[0].records.length - 1 ? Infinity : index;
      this.draw();
      this.showRunning();
      if (this.view !== Infinity) $("#time").value = index;
    }

    showRunning() {
      const { running } = this.player;
      $("#run .icon").textContent = running ? "❚❚" : "▶";
      $("#run .word").textContent = running ? "Pause" : this.began ? "Go on" : "Run";
      document.documentElement.classList.toggle("running", running);
      for (const id of ["#run", "#again"]) $(id).disabled = this.empty;
      for (const id of ["#step-d", "#step-g", "#step-both"]) {
        $(id).disabled = this.empty || this.view !== Infinity;
        $(id).title = this.view === Infinity ? "" : "First go back to now.";
      }
      document.documentElement.classList.toggle("began", this.began);
    }

    seen(run) {
      return this.view === Infinity ? run.now() : run.records[Math.min(this.view, run.records.length - 1)];
    }

    draw() {
      this.runs.forEach((run, i) => {
        const { active, points, cursor } = this.pencil;
        const pencil = active && i === 0 ? { points, cursor } : this.empty ? { points: [] } : {};
        this.pictures[i].draw(run, this.seen(run), pencil);
        this.figures[i].querySelector(".score").replaceChildren(...this.score(run, this.seen(run)));
      });
      const record = this.seen(this.runs[0]);
      this.charts.draw(this.runs, record.tick);
      this.showTime(record);
      if (this.player.running && performance.now() - this.spoken > SPOKEN) this.summarize();
    }

    showTime({ tick }) {
      const slider = $("#time");
      const last = this.runs[0].records.length - 1;
      slider.max = last;
      if (this.view === Infinity) slider.value = last;
      slider.disabled = last === 0;
      slider.setAttribute("aria-valuetext", `step ${tick}`);
      $("#step").textContent = tick.toLocaleString("en");
      $("#phase").textContent = this.phase();
      $("#now").disabled = this.view === Infinity;
    }

    // What goes on before the game proper
    phase() {
      const { calm, ahead } = this.runs[0].game;
      if (calm > 0) return "calm start: both learn evenly";
      return ahead > 0 ? "D learns alone" : "";
    }

    score(run, record) {
      const { parts, centers } = run.game.data;
      const bold = (textContent) => P.element("b", { textContent });
      if (this.empty) return ["Nothing drawn yet"];
      if (run.broken) return ["The numbers have overflowed: this game has exploded."];
      if (run.game.dirac) return ["Distance from the data ", bold(P.fromOrigin(record.samples).toFixed(2))];
      const distance = ["distance ", bold(record.distance.toFixed(3)), `; floor ${run.distance.floor.toFixed(3)}${outside(record.samples)}`];
      const found = [bold(`${record.modes}`), ` of ${centers.length} ${parts} · `];
      return [...found, bold(`${Math.round(100 * record.highQuality)} %`), " high quality ", P.element("span", { className: "far" }, ...distance)];
    }

    summarize() {
      this.spoken = performance.now();
      const texts = this.figures.slice(0, this.runs.length).map((figure, i) => {
        const score = figure.querySelector(".score").textContent;
        return this.runs.length === 1 ? score : `Run ${"AB"[i]}: ${score}`;
      });
      const over = this.runs.every((run) => run.game.over) ? " The rates have faded to 0, so the training is over." : "";
      $("#summary").textContent = `Step ${this.seen(this.runs[0]).tick}. ${texts.join(". ")}.${over}`;
      this.say(over.trim() || (this.runs[0].game.calm > 0 ? this.equalAtFirst() : ""));
    }

    say(text) {
      $("#notice").textContent = text;
    }

    recolor() {
      for (const picture of this.pictures) picture.readColors();
      this.draw();
    }

    async share() {
      const link = location.href.replace(/#.*/, "") + P.toAddress(this.state);
      this.say(`${(await P.copyText(link)) ? "The link is copied." : "Copy the address of this page."} It opens this game at step 0, with the same settings and seed.`);
    }

    wantedSteps() {
      return Math.max(2000, Math.min(20000, this.runs[0].tick));
    }

    // Drawing

    setDrawing(active) {
      if (this.pencil.active && !active) this.say("");
      this.pencil.activate(active);
      $("#draw").setAttribute("aria-pressed", String(active));
      $("#draw .word").textContent = active ? "Done drawing" : "Draw points";
      $("#undo").hidden = $("#clear").hidden = !active;
      document.documentElement.classList.toggle("drawing", active);
      if (!active) return this.draw();
      this.pencil.use(this.state.drawn.slice());
      if (this.state.settings.data !== "drawn") this.useDrawn(this.pencil.points);
      this.pictures[0].canvas.focus({ preventScroll: true });
      const keys = matchMedia("(pointer: fine)").matches ? " With the keyboard: the arrow keys move a cross, the space bar sets a point." : "";
      this.say(`Draw in the picture, then press Run.${keys}`);
      this.showStage();
    }

    useDrawn(points) {
      const { settings } = this.state;
      Object.assign(this.state, { drawn: points.slice(), experiment: "drawing" in P.EXPERIMENTS ? "drawing" : "" });
      settings.data = "drawn";
      this.restart();
    }

    clearDrawing() {
      this.pencil.use([]);
      this.useDrawn([]);
    }
  }

  // The share of the samples that the picture cannot show
  function outside(samples) {
    let count = 0;
    for (let i = 0; i < samples.length; i += 2) count += Math.max(Math.abs(samples[i]), Math.abs(samples[i + 1])) > P.VIEW;
    const share = Math.round((200 * count) / samples.length);
    return share > 1 ? `; ${share} % outside the picture` : "";
  }

  P.app = new App();
})((globalThis.Playground = globalThis.Playground || {}));
