// A double click, or a key that is held down, presses a button once: what it does may put another
// button in its place, or open another window.

/** @param {HTMLElement} panel */
export function onlyOnce(panel) {
  /** @param {Event} event @param {boolean} isRepeated */
  const drop = (event, isRepeated) => {
    if (!isRepeated) return;
    event.preventDefault();
    event.stopPropagation();
  };
  panel.addEventListener(
    "click",
    (event) => {
      const isButton = event.target instanceof Element && event.target.closest("button");
      drop(event, event.detail > 1 && Boolean(isButton));
    },
    true,
  );
  panel.addEventListener(
    "keydown",
    (event) => drop(event, event.repeat && event.key === "Enter"),
    true,
  );
}
