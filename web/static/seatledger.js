// Theme switch, help, single keys, and a word when what is shown can no longer be asked for.
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
  // Rows are walked by moving the focus from link to link, so that Enter opens one as it opens any link.
  const walk = (step) => {
    const rows = [...document.querySelectorAll(".row-link")];
    const row = document.activeElement?.closest?.("tr, li");
    const here = rows.findIndex((link) => link === document.activeElement || (row && row.contains(link)));
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
    rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
  };
  const searchAll = () => document.querySelector('a.tool[href="/search"]')?.click();
  const keys = {
    "?": () => help.showModal(),
    n: () => goTo("needs-title"),
    c: () => goTo("changes-title"),
    t: switchTheme,
    "/": () => (document.getElementById("search") ? document.getElementById("search").focus() : searchAll()),
    s: searchAll,
    x: () => document.activeElement?.closest?.("tr")?.querySelector('input[type="checkbox"]')?.click(),
    j: () => walk(1),
    k: () => walk(-1),
  };

  // Tabs that do not fit are scrolled: where one is must be seen.
  for (const here of document.querySelectorAll("nav [aria-current]")) {
    for (let row = here.parentElement; row && row !== document.body; row = row.parentElement) {
      if (row.scrollWidth <= row.clientWidth) continue;
      const [inside, outside] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
      row.scrollLeft += inside.left - outside.left - (row.clientWidth - inside.width) / 2;
    }
  }

  themeSwitch.hidden = false;
  helpOpen.hidden = false;
  nameTheme();
  themeSwitch.addEventListener("click", switchTheme);
  helpOpen.addEventListener("click", () => help.showModal());
  keysOn.checked = localStorage.getItem("keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, dialog");
    if (event.key === "Escape" && event.target.id === "search") event.target.blur();
    if (!keysOn.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // A form that is on its way is not sent a second time; one that never arrives can be sent again after a while.
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || (event.submitter?.getAttribute("formmethod") ?? form.method) !== "post") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    setTimeout(() => sent.delete(form), 8000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) sent.delete(form);
  });

  // What a banner says is wrong leads into its field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".form-banner a[href^='#']");
    if (!link) return;
    const name = decodeURIComponent(link.hash.slice(1));
    const field = document.getElementById(name) ?? document.getElementsByName(name)[0];
    if (!field) return;
    event.preventDefault();
    for (let around = field.closest("details"); around; around = around.parentElement?.closest("details")) around.open = true;
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // What is only there to be copied gets a button for it; without a clipboard its text is marked.
  for (const field of document.querySelectorAll("input.token-text[readonly]")) {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "plain-button copy";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "Marked: press Ctrl and C";
      }
    });
    field.after(copy);
  }

  const say = (isStale) => {
    const stale = document.getElementById("stale");
    const sentence = isStale ? stale?.dataset.sentence : "";
    if (stale && stale.textContent !== sentence) stale.textContent = sentence;
  };
  const sayStale = () => say(true);
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, sayStale);
  }
  document.body.addEventListener("htmx:afterSwap", () => say(false));
})();
