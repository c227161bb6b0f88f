// The consent page and the connections page. Without it Deny and Disconnect work, and Allow does not.

/** How long a person has the page before them until Allow can be pressed; Firefox's own dialogs wait as long. */
const WAIT_MILLISECONDS = 1000;

const consent = document.getElementById("consent");
const connections = document.getElementById("connections");
if (consent) askForConsent(consent, document.getElementById("allow"), document.getElementById("hint"));
if (connections) sendOnce(connections);
for (const time of document.querySelectorAll("time")) time.textContent = localWords(new Date(time.dateTime));
// A page from the back/forward cache asks with a nonce that is used up. The server knows what to say to that.
addEventListener("pageshow", (event) => event.persisted && location.reload());

/**
 * Lets a person press Allow, and nobody else.
 *
 * A site can bring this page under a press that was meant for something else: the second click of a double-click
 * (https://www.paulosyibelo.com/2024/12/doubleclickjacking-what.html), or a key held down
 * (https://www.paulosyibelo.com/2024/02/cross-window-forgery-web-attack-vector.html). Frames are not needed for it, so
 * that no header stops it. Hence Allow sleeps until the page was in view, with the focus, for a while in which nothing
 * was pressed (https://www.squarefree.com/2004/07/01/race-conditions-in-security-dialogs/).
 */
function askForConsent(form, allow, hint) {
  const boxes = [...form.querySelectorAll("[name=scope]")];
  let siteWasInView = false;
  let sent = false;
  let timer = 0;

  const isBeforeSomebody = () => siteWasInView && document.visibilityState === "visible" && document.hasFocus();
  const nothingTicked = () => !boxes.some((box) => box.checked);

  function say(what) {
    // Unchanged words are not written again: a screen reader would read them again.
    if (hint.textContent !== hint.dataset[what]) hint.textContent = hint.dataset[what];
  }

  function sleep() {
    clearTimeout(timer);
    if (sent) return;
    allow.disabled = true;
    say(nothingTicked() ? "nothing" : "waiting");
    if (isBeforeSomebody() && !nothingTicked()) timer = setTimeout(wake, WAIT_MILLISECONDS);
  }

  function wake() {
    if (!isBeforeSomebody()) return sleep();
    allow.disabled = false;
    say("ready");
  }

  /** Whoever still clicks or types as they did on the page before has not read this one. */
  function sleepOn(event) {
    if (allow.disabled && (event.type !== "keydown" || isPress(event))) sleep();
  }

  for (const type of ["focus", "blur", "pagehide"]) addEventListener(type, sleep);
  document.addEventListener("visibilitychange", sleep);
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, sleepOn, true);
  whenWidthChanges(sleep);
  whenInView(document.getElementById("client"), () => {
    siteWasInView = true;
    sleep();
  });

  form.addEventListener("change", (event) => {
    if (boxes.includes(event.target)) nest(boxes, event.target);
    if (allow.disabled || nothingTicked()) sleep();
  });
  form.addEventListener("keydown", (event) => {
    // A key held down presses nothing, and Enter decides only on a button: elsewhere it would press the first one.
    if (isPress(event) && event.repeat) event.preventDefault();
    if (event.key === "Enter" && event.target.matches("input, select")) event.preventDefault();
  });
  // A script's click is no consent.
  allow.addEventListener("click", (event) => event.isTrusted || event.preventDefault());
  sendOnce(form, () => {
    sent = true;
    say("sent");
  });
  sleep();
}

/** Keeps the ticks true: who may run code may change files, and who may not see files may not change them. */
function nest(boxes, changed) {
  const includes = (outer, inner) => outer.dataset.includes.split(" ").includes(inner.value);
  for (const box of boxes) {
    if (changed.checked && includes(changed, box)) box.checked = true;
    if (!changed.checked && includes(box, changed)) box.checked = false;
  }
}

/** Sends a form once; what its buttons stand for can be done once only. */
function sendOnce(form, tell = () => {}) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    tell();
    // Later: a button that is disabled by now would not be sent along
    // (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set).
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}

function isPress(event) {
  return event.key === "Enter" || event.key === " ";
}

/** A window too small, or scrolled, for the site's address to be seen in it never calls `act`. */
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

/** Other lines put the buttons elsewhere. Not so the height, which phones change with every scroll. */
function whenWidthChanges(act) {
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    act();
  });
}

/** Returns a moment as "Nov 23, 2025, 5:19 PM (2 minutes ago)", in the person's time zone and the page's language. */
function localWords(date) {
  const language = document.documentElement.lang;
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(date);
  const minutes = (date - Date.now()) / 60_000;
  const [size, unit] = [[1440, "day"], [60, "hour"], [1, "minute"]].find(([size]) => Math.abs(minutes) >= size) ?? [1, "minute"];
  const distance = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(minutes / size), unit);
  return `${moment} (${distance})`;
}
