// What a page can embed without asking anybody: images, scripts, style sheets, frames.
import { withToken } from "./attack_targets.js";

const SECONDS = 3;

// Adds an element; resolves with whether it loaded.
function loads(tag, attributes) {
  const element = Object.assign(document.createElement(tag), attributes);
  return new Promise((resolve) => {
    element.onload = () => resolve(true);
    element.onerror = () => resolve(false);
    setTimeout(() => resolve(false), SECONDS * 1000);
    document.body.append(element);
  });
}

async function image(src, attributes = {}) {
  return (await loads("img", { ...attributes, src })) ? "an image" : "";
}

async function script(src, attributes = {}) {
  delete window.leaked;
  await loads("script", { ...attributes, src });
  return window.leaked ?? "";
}

async function styleSheet(href) {
  await loads("link", { rel: "stylesheet", href });
  return getComputedStyle(document.body).outlineWidth === "7px" ? "a style sheet" : "";
}

// The page in the frame would send its secret to its parent, if it ran.
async function frame(src) {
  let heard = "";
  const listen = ({ data }) => (heard = data);
  addEventListener("message", listen);
  const element = document.createElement("iframe");
  await new Promise((resolve) => {
    element.onload = resolve;
    element.src = src;
    document.body.append(element);
    setTimeout(resolve, SECONDS * 1000);
  });
  removeEventListener("message", listen);
  return heard || element.contentDocument?.body?.textContent || "";
}

const EMBEDS = {
  "<img>": (url) => image(url("files/pixel.svg")),
  "<img crossorigin>": (url) => image(url("files/pixel.svg"), { crossOrigin: "use-credentials" }),
  "<script>": (url) => script(url("files/data.js")),
  "<script crossorigin>": (url) => script(url("files/data.js"), { crossOrigin: "use-credentials" }),
  "<script type=module>": (url) => script(url("files/data.js"), { type: "module" }),
  "<link rel=stylesheet>": (url) => styleSheet(url("files/style.css")),
  "<iframe>": (url) => frame(url("files/page.html")),
};

export function embedAttempts(given) {
  const plain = (path) => given.server + path;
  const tokened = (path) => withToken(given.server + path, given);
  return Object.entries(EMBEDS).flatMap(([name, embed]) => [
    [`${name} with the cookie`, () => embed(plain)],
    [`${name} with the token in its URL`, () => embed(tokened)],
  ]);
}
