// Runs in the frame of output.html: shows what the page sends, and says how high it is.

addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  document.body.innerHTML = data; // scripts that come this way do not run
});
new ResizeObserver(() => {
  parent.postMessage(Math.ceil(document.documentElement.getBoundingClientRect().height), "*");
}).observe(document.documentElement);
parent.postMessage("ready", "*");
