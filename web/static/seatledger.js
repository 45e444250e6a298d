// Theme switch, help, single keys, and a word when a running night can no longer be asked.
(() => {
  const root = document.documentElement;
  const themeSwitch = document.getElementById("theme-switch");
  const help = document.getElementById("help");
  const helpOpen = document.getElementById("help-open");
  const keysOn = document.getElementById("keys-on");

  const nameTheme = () => {
    const other = root.dataset.bsTheme === "dark" ? "light" : "dark";
    themeSwitch.querySelector("[data-theme-label]").textContent = `Switch to ${other}`;
  };
  const switchTheme = () => {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.bsTheme);
    nameTheme();
  };
  const goTo = (id) => {
    const heading = document.getElementById(id);
    heading?.scrollIntoView({ block: "start" });
    heading?.focus({ preventScroll: true });
  };
  const keys = {
    "?": () => help.showModal(),
    n: () => goTo("needs-title"),
    c: () => goTo("changes-title"),
    t: switchTheme,
  };

  themeSwitch.hidden = false;
  helpOpen.hidden = false;
  nameTheme();
  themeSwitch.addEventListener("click", switchTheme);
  helpOpen.addEventListener("click", () => help.showModal());
  keysOn.checked = localStorage.getItem("keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, dialog");
    if (!keysOn.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    keys[event.key]?.();
  });

  const say = (sentence) => {
    const stale = document.getElementById("stale");
    if (stale && stale.textContent !== sentence) stale.textContent = sentence;
  };
  const sayStale = () => say("The progress below is not up to date: Seatledger does not answer. It is asked again.");
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, sayStale);
  }
  document.body.addEventListener("htmx:afterSwap", () => say(""));
})();
