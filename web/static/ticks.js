// Forms with boxes: how many are ticked stands beside the button, buttons say how many they are about, and ticking all
// or none needs no new page.
(() => {
  const boxesOf = (form) => [...form.querySelectorAll('.tick input[type="checkbox"]')];
  const count = (boxes) => {
    const ticked = boxes.filter((box) => box.checked).length;
    return `${ticked.toLocaleString("en")} of ${boxes.length.toLocaleString("en")}`;
  };
  // What is ticked by hand, as what somebody refused, is counted by itself, with the word that its boxes have for it.
  const countTicked = (boxes) => {
    const usual = boxes.filter((box) => !("apart" in box.dataset));
    const apart = boxes.filter((box) => "apart" in box.dataset);
    if (!usual.length) return `${count(apart)} ticked`;
    const others = apart.filter((box) => box.checked);
    const more = others.length ? `, and ${others.length.toLocaleString("en")} ${others[0].dataset.apart}` : "";
    return `${count(usual)} ticked${more}`;
  };
  const writeForm = (form) => {
    const boxes = boxesOf(form);
    const whole = form.querySelector('input[name="whole"]');
    const ticked = boxes.filter((box) => box.checked).length;
    const chosen = whole?.checked ? Number(whole.dataset.count) : ticked;
    for (const said of form.querySelectorAll("[data-ticked]")) {
      said.textContent = whole?.checked
        ? `All ${chosen.toLocaleString("en")}, on every page`
        : countTicked(boxes);
    }
    for (const button of form.querySelectorAll("[data-counts]")) {
      const noun = (button.dataset.noun ?? "change") + (chosen === 1 ? "" : "s");
      const what = chosen ? `${chosen.toLocaleString("en")} ${noun}` : "what is ticked";
      button.textContent = button.dataset.counts.replace("{n}", what);
      button.disabled = chosen === 0;
    }
  };
  const write = () => document.querySelectorAll("form[data-ticking]").forEach(writeForm);
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-ticking]");
    if (form) writeForm(form);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-ticks]");
    const form = link?.closest("form[data-ticking]");
    if (!form) return;
    event.preventDefault();
    // What somebody refused, or what would be refused, is ticked by hand.
    for (const box of boxesOf(form)) box.checked = link.dataset.ticks === "all" && !("apart" in box.dataset);
    writeForm(form);
  });
  document.body.addEventListener("htmx:afterSwap", write);
  window.addEventListener("pageshow", write);
  write();
})();
