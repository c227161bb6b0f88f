// What `diagnose` can find, with the codes and texts of `jupyter escherpad check`, and the fixes.

import { REACH } from "./findings/reach.js";
import { SERVER } from "./findings/server.js";

/** @typedef {import("./findings/fixes.js").About} About */

/** By code: what is wrong, and the fix. @type {Record<string, [string, (about: About) => string]>} */
export const FINDINGS = { ...REACH, ...SERVER };
