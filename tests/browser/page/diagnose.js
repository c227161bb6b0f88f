// A page that finds out what keeps it from a server.
import { diagnose } from "../../../js/src/diagnose.js";

/** Under a policy of the page's own, or by the modules that a server has. */
window.diagnose = async ({ server, options, policy, served }) => {
  if (policy) {
    const meta = { httpEquiv: "Content-Security-Policy", content: policy };
    document.head.append(Object.assign(document.createElement("meta"), meta));
  }
  const client = served && (await import(`${served}escherpad/static/connect.js`));
  const start = performance.now();
  const found = await (client?.diagnose ?? diagnose)(server, options).catch(String);
  return { found, seconds: (performance.now() - start) / 1000 };
};

/** Like a notebook's output: without an origin. */
window.frame = () => {
  const frame = Object.assign(document.createElement("iframe"), { src: location.href });
  frame.setAttribute("sandbox", "allow-scripts");
  document.body.append(frame);
  return new Promise((resolve) => (frame.onload = resolve));
};
