// A billing profile leaves only the agreements of its types; rows of one licence are swapped together.
(() => {
  const kindsOf = (option) => (option?.dataset.kinds || "").split(" ").filter(Boolean);
  const narrow = (profile, isAsked) => {
    const agreement = document.getElementById(profile.dataset.narrows);
    if (!agreement) return;
    const allowed = kindsOf(profile.selectedOptions[0]);
    const fitting = [...agreement.options].filter((option) => {
      const [kind] = kindsOf(option);
      const fits = !option.value || option.selected || !allowed.length || !kind || allowed.includes(kind);
      option.hidden = !fits;
      option.disabled = !fits;
      return fits && option.value && (!allowed.length || allowed.includes(kind));
    });
    if (isAsked && profile.value && !fitting.includes(agreement.selectedOptions[0]) && fitting.length === 1) {
      agreement.value = fitting[0].value;
      narrow(profile, false);
    }
  };
  const prepare = (root) => {
    for (const profile of root.querySelectorAll("[data-narrows]")) narrow(profile, false);
    for (const each of root.querySelectorAll("[data-without-script]")) each.hidden = true;
  };

  document.addEventListener("change", (event) => {
    if (event.target.dataset?.narrows) narrow(event.target, true);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const group = event.detail.target.className;
    if (event.detail.target.tagName !== "TBODY" || !group || !event.detail.shouldSwap) return;
    for (const each of document.getElementsByClassName(group)) if (each !== event.detail.target) each.remove();
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? document));
  prepare(document);
})();
