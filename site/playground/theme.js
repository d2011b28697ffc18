// Light or dark: as the reader chose on the other pages of the site, or as the system has it.
(function () {
  "use strict";

  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  function stored() {
    try {
      return localStorage.getItem("mode");
    } catch {
      return null; // where the browser keeps nothing
    }
  }

  function apply() {
    const mode = stored();
    root.dataset.theme = mode === "light" || mode === "dark" ? mode : system.matches ? "dark" : "light";
    dispatchEvent(new Event("themechange"));
  }

  function toggle() {
    const mode = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("mode", mode);
      localStorage.setItem("theme", mode);
    } catch {
      // it then lasts as long as the page
    }
    root.dataset.theme = mode;
    dispatchEvent(new Event("themechange"));
  }

  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  apply();
  globalThis.Playground = { toggleTheme: toggle };
})();
