// Forms with boxes: how many are ticked stands beside the button, buttons say how many they are about, and ticking all
// or none needs no new page.
(() => {
  const boxesOf = (form) => [...form.querySelectorAll('.tick input[type="checkbox"]')];
  const writeForm = (form) => {
    const boxes = boxesOf(form);
    const whole = form.querySelector('input[name="whole"]');
    const ticked = boxes.filter((box) => box.checked).length;
    const count = whole?.checked ? Number(whole.dataset.count) : ticked;
    for (const said of form.querySelectorAll("[data-ticked]")) {
      said.textContent = whole?.checked
        ? `All ${count.toLocaleString("en")}, on every page`
        : `${ticked.toLocaleString("en")} of ${boxes.length.toLocaleString("en")} ticked`;
    }
    for (const button of form.querySelectorAll("[data-counts]")) {
      const noun = (button.dataset.noun ?? "change") + (count === 1 ? "" : "s");
      const what = count ? `${count.toLocaleString("en")} ${noun}` : "what is ticked";
      button.textContent = button.dataset.counts.replace("{n}", what);
      button.disabled = count === 0;
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
    // What somebody refused is ticked by hand.
    for (const box of boxesOf(form)) box.checked = link.dataset.ticks === "all" && !("apart" in box.dataset);
    writeForm(form);
  });
  document.body.addEventListener("htmx:afterSwap", write);
  window.addEventListener("pageshow", write);
  write();
})();
