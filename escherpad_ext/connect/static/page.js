// The owner's pages. Without this script Deny and Disconnect work; Allow and Open do not.

/** How long the page must be in front of a person before they can press Allow. Firefox's own dialogs wait as long. */
const WAIT_MILLISECONDS = 1000;

/** Minutes in the units that times are shown in. @type {[number, Intl.RelativeTimeFormatUnit][]} */
const UNITS = [
  [1440, "day"],
  [60, "hour"],
  [1, "minute"],
];

const consent = /** @type {HTMLFormElement | null} */ (document.getElementById("consent"));
const connections = /** @type {HTMLFormElement | null} */ (document.getElementById("connections"));
const opening = /** @type {HTMLFormElement | null} */ (document.getElementById("open"));
if (consent) askForConsent(consent);
if (opening) askBeforeOpening(opening);
if (connections) sendOnce(connections);
for (const time of document.querySelectorAll("time"))
  time.textContent = inWords(new Date(time.dateTime));
// A page from the back/forward cache has a nonce that was used. Ask the server for a new page.
addEventListener("pageshow", (event) => event.persisted && location.reload());

/**
 * Let only a person press Allow, and only while something is ticked.
 * @param {HTMLFormElement} form
 */
function askForConsent(form) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[name=scope]")]);
  const allow = /** @type {HTMLButtonElement} */ (document.getElementById("allow"));
  const client = /** @type {HTMLElement} */ (document.getElementById("client"));
  // The short page has no boxes.
  const isNothingTicked = () => boxes.length > 0 && !boxes.some((box) => box.checked);
  const disable = enableLater(form, [allow], client, () => (isNothingTicked() ? "nothing" : ""));

  form.addEventListener("change", ({ target }) => {
    const box = boxes.find((each) => each === target);
    if (box) nest(boxes, box);
    if (allow.disabled || isNothingTicked()) disable();
  });
}

/**
 * Let only a person open the address.
 * @param {HTMLFormElement} form
 */
function askBeforeOpening(form) {
  const buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll("button")]);
  enableLater(form, buttons, /** @type {HTMLElement} */ (document.getElementById("address")));
}

/**
 * Keep buttons disabled until the page was in view and had the focus for a while, without any press.
 *
 * A site can put this page under a press that was meant for something else: the second click of a double-click
 * (https://www.paulosyibelo.com/2024/12/doubleclickjacking-what.html), or a key held down
 * (https://www.paulosyibelo.com/2024/02/cross-window-forgery-web-attack-vector.html). This needs no frame, so no header
 * prevents it (https://www.squarefree.com/2004/07/01/race-conditions-in-security-dialogs/).
 * @param {HTMLFormElement} form @param {HTMLButtonElement[]} buttons
 * @param {HTMLElement} element what must have been in view
 * @param {() => string} objection the name of the hint that says why the buttons stay disabled
 * @returns {() => void} what disables them again
 */
function enableLater(form, buttons, element, objection = () => "") {
  const hint = /** @type {HTMLElement} */ (document.getElementById("hint"));
  let wasInView = false;
  let sent = false;
  let timer = 0;

  const isDisabled = () => buttons.some((button) => button.disabled);
  const isInFront = () =>
    wasInView && document.visibilityState === "visible" && document.hasFocus();

  /** @param {string} name of one of the hint's texts */
  function show(name) {
    const text = hint.dataset[name] ?? "";
    // A screen reader would read the same text again.
    if (hint.textContent !== text) hint.textContent = text;
  }

  /** @param {boolean} disabled */
  function setDisabled(disabled) {
    for (const button of buttons) button.disabled = disabled;
  }

  function disable() {
    clearTimeout(timer);
    if (sent) return;
    setDisabled(true);
    show(objection() || (wasInView ? "waiting" : "unseen"));
    if (isInFront() && !objection()) timer = setTimeout(enable, WAIT_MILLISECONDS);
  }

  function enable() {
    if (!isInFront()) return disable();
    setDisabled(false);
    show("ready");
  }

  /**
   * Start again: somebody who still clicks or types as on the page before has not read this one.
   * @param {Event} event
   */
  function restart(event) {
    if (isDisabled() && (event.type !== "keydown" || isPress(event))) disable();
  }

  for (const type of ["focus", "blur", "pagehide"]) addEventListener(type, disable);
  document.addEventListener("visibilitychange", disable);
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, restart, true);
  // The buttons stand at the lower edge: they move when the window becomes higher, too.
  addEventListener("resize", disable);
  whenInView(element, () => {
    wasInView = true;
    disable();
  });
  form.addEventListener("keydown", (event) => {
    // A key held down presses nothing. Enter presses a button only if that has the focus.
    if (isPress(event) && event.repeat) event.preventDefault();
    const field = event.target instanceof Element && event.target.matches("input, select");
    if (event.key === "Enter" && field) event.preventDefault();
  });
  // A click by a script is not a person's.
  for (const button of buttons)
    button.addEventListener("click", (event) => event.isTrusted || event.preventDefault());
  sendOnce(form, () => {
    sent = true;
    show("sent");
  });
  disable();
  return disable;
}

/**
 * Keep the ticks consistent: permission to run code includes permission to edit files.
 * @param {HTMLInputElement[]} boxes @param {HTMLInputElement} changed
 */
function nest(boxes, changed) {
  /** @param {HTMLInputElement} outer @param {HTMLInputElement} inner */
  const includes = (outer, inner) => outer.dataset.includes?.split(" ").includes(inner.value);
  for (const box of boxes) {
    if (changed.checked && includes(changed, box)) box.checked = true;
    if (!changed.checked && includes(box, changed)) box.checked = false;
  }
}

/**
 * Send a form once only, as the server accepts it once.
 * @param {HTMLFormElement} form @param {() => void} [onSent]
 */
function sendOnce(form, onSent = () => {}) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    onSent();
    // Later: the form does not include a button that is disabled now
    // (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set).
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}

/** @param {Event} event */
function isPress(event) {
  return event instanceof KeyboardEvent && (event.key === "Enter" || event.key === " ");
}

/**
 * Call `act` once the whole element was in view, which never happens in a window that is too small.
 * @param {HTMLElement} element @param {() => void} act
 */
function whenInView(element, act) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.intersectionRatio > 0.99)) return;
      observer.disconnect();
      act();
    },
    { threshold: 1 },
  );
  observer.observe(element);
}

/**
 * Return a time such as "Nov 23, 2025, 5:19 PM (2 minutes ago)", in the person's time zone and the page's language.
 * @param {Date} date
 */
export function inWords(date) {
  const language = document.documentElement.lang;
  const moment = new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(date);
  const minutes = (date.getTime() - Date.now()) / 60_000;
  const [size, unit] = UNITS.find(([size]) => Math.abs(minutes) >= size) ?? UNITS[2];
  const distance = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(
    Math.round(minutes / size),
    unit,
  );
  return `${moment} (${distance})`;
}
