// Addresses as people have them: from the address bar, or from the terminal.

/** The hosts of this machine. */
export const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/** The hosts of the local network. */
export const NEARBY =
  /^(10|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\.|^\[f[cde]|\.local$|^[^.]+$/;

/** What follows the address of a server in those of its pages. */
const PAGES = new Set(
  (
    "lab tree notebooks edit view doc consoles terminals nbclassic retro voila login logout escherpad " +
    "files nbconvert static proxy api"
  ).split(" "),
);

/** What follows the path, also if it is percent-encoded, or a token was put behind an "&". */
export const QUERY = /(?:[?#]|%3f|%23|[&;]token=).*/is;
const TOKEN = /(?:[?&#;]|%3f|%26|%23)token(?:=|%3d)[^&#]/i;

/** A scheme with one slash, or without the colon: what follows is no host. */
const HOSTLESS = /^[a-z][a-z0-9+.-]*:[/\\]|^https?[/\\]/i;

/** What to tell people whose address had a token. */
export const TOKEN_DROPPED =
  "The token in the address was not used and not kept: it gives full control and cannot be taken back. " +
  "This page gets a token of its own.";

/**
 * `server` is where the server should be, `others` where else it may be. `hadToken` tells that the
 * text contained a token, which is in none of them.
 * @typedef {{server: string, others: string[], hadToken: boolean}} Address
 */

/**
 * Read `localhost:8888`, `…/lab?token=…`, `…/tree/a.ipynb` or a Hub's `…/user/ana/lab`. Null if it
 * is no address of a server.
 * @param {string} text
 * @returns {Address | null}
 */
export function readAddress(text) {
  const plain = copied(text.trim()).replace(QUERY, "").trim();
  const url = plain && urlOf(plain);
  if (!url) return null;
  const typed = url.origin + url.pathname.replace(/\/+$/, "");
  const server = url.origin + basePath(url.pathname);
  return { server, others: typed === server ? [] : [typed], hadToken: TOKEN.test(text) };
}

/** Without what is copied with it: quotes, and what stands before and behind it in a terminal. @param {string} text */
const copied = (text) =>
  text
    .replace(/^(?!https?:\/\/).*?[\s<"'`(](?=https?:\/\/)/is, "")
    .replace(/\s+::\s.*/s, "")
    .replace(/^[<"'`(]+|[>"'`)]+$/g, "");

/** @param {string} text @returns {URL | null} */
function urlOf(text) {
  if (/^:?\d+(\/|$)/.test(text)) return urlOf(`localhost:${text.replace(":", "")}`); // a port
  const [scheme, rest = ""] = text.split("://", 2);
  if (text.includes("://")) return /^https?$/i.test(scheme) && rest ? parse(text) : null;
  if (HOSTLESS.test(text)) return null;
  const url = parse(`http://${text}`);
  const isNear = url && (LOOPBACK.test(url.hostname) || NEARBY.test(url.hostname));
  return isNear ? url : parse(`https://${text}`);
}

/** @param {string} text */
function parse(text) {
  // Servers listen there, and no browser finds them there.
  const plain = text.replace(/^(\w+:\/\/)(?:0\.0\.0\.0|\[::\])(?=[:/]|$)/, "$1localhost");
  return URL.canParse(plain) ? new URL(plain) : null;
}

/** The path without what names a page. @param {string} path */
function basePath(path) {
  const steps = path.split("/").filter(Boolean);
  // JupyterHub: a person may be called as a page is.
  const user = steps.indexOf("user");
  const from = user >= 0 ? user + 2 : 0;
  const page = steps.findIndex((step, index) => index >= from && PAGES.has(step));
  return ["", ...(page < 0 ? steps : steps.slice(0, page))].join("/");
}
