// Shows the errors whose kind and type are chosen; where none is chosen, all are.
const chosen = { kind: new Set(), type: new Set() };
const fits = (set, values) => set.size === 0 || values.some((value) => set.has(value));
document.querySelectorAll("button[data-filter]").forEach((button) =>
  button.addEventListener("click", () => {
    const set = chosen[button.dataset.filter];
    const value = button.dataset.value;
    set.has(value) ? set.delete(value) : set.add(value);
    button.setAttribute("aria-pressed", set.has(value));
    document.querySelectorAll("section").forEach((section) => {
      let shown = 0;
      section.querySelectorAll("li").forEach((item) => {
        const show = fits(chosen.kind, [item.dataset.kind]) && fits(chosen.type, item.dataset.types.split("\t"));
        item.hidden = !show;
        shown += show ? 1 : 0;
      });
      section.hidden = shown === 0;
    });
  }),
);
