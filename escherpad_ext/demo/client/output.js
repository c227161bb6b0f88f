// Runs in the frame of output.html: shows what the page sends, and says how high it is.

addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  document.body.innerHTML = data; // scripts that come this way do not run
});
new ResizeObserver(() => {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  parent.postMessage(height, "*");
  // The page gives no more room than this. Its end is reached by scrolling.
  document.documentElement.style.overflowY = height > 2000 ? "auto" : "hidden";
}).observe(document.documentElement);
parent.postMessage("ready", "*");
