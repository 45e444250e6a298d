// The buttons say how many changes they are about; ticking all or none needs no new page.
(() => {
  const boxes = () => [...document.querySelectorAll('#decide .tick input[type="checkbox"]')];
  const write = () => {
    const whole = document.querySelector('#decide input[name="whole"]');
    const count = whole?.checked ? Number(whole.dataset.count) : boxes().filter((box) => box.checked).length;
    for (const button of document.querySelectorAll("#decide [data-counts]")) {
      const noun = (button.dataset.noun ?? "change") + (count === 1 ? "" : "s");
      const what = count ? `${count.toLocaleString("en")} ${noun}` : "what is ticked";
      button.textContent = button.dataset.counts.replace("{n}", what);
      button.disabled = count === 0;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("#decide")) write();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-ticks]");
    if (!link) return;
    event.preventDefault();
    for (const box of boxes()) box.checked = link.dataset.ticks === "all";
    write();
  });
  document.body.addEventListener("htmx:afterSwap", write);
  write();
})();
