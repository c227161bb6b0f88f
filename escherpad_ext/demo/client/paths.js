// Paths of files on the server.

/** @param {string} path */
export function parent(path) {
  return path.split("/").slice(0, -1).join("/");
}

/** @param {string} path @param {string} place a file or a folder */
export function isWithin(path, place) {
  return path === place || path.startsWith(`${place}/`);
}
