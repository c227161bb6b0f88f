// Helpers for the DOM, instead of a framework.

/**
 * Make an element. Children are nodes or text, so no string ever becomes markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties] "on…" adds a listener, a name that the element has as
 *   a property sets that, anything else becomes an attribute
 * @param {...(Node|string|null)} children
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") Object.assign(element, { [name]: value });
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * The element of index.html that has this id.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element "${id}".`);
  return element;
}

/**
 * An icon from the sprite in index.html. It is decoration: its button has the name.
 * @param {string} name
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button that shows an icon and is called `label`.
 * @param {string} name the icon's
 * @param {string} label
 * @param {() => void} onclick
 * @param {Record<string, any>} [properties] as for `el`
 */
export function iconButton(name, label, onclick, properties = {}) {
  return el(
    "button",
    { type: "button", title: label, "aria-label": label, onclick, ...properties },
    icon(name),
  );
}

/**
 * Do something at most once per frame, however often it is called.
 * @param {() => void} action
 */
export function oncePerFrame(action) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      action();
    });
  };
}
