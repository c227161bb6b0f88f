// What is worth reading and worth changing on a Jupyter server.

export const READS = [
  "api/contents",
  "api/contents/secret.txt",
  "files/secret.txt",
  "api/me",
  "api/status",
  "api/kernels",
  "api/config/notebook",
  "metrics",
  "nbconvert/html/sample.ipynb",
  "lab",
  "no/such/route",
];

const file = { type: "file", format: "text", content: "hacked" };

// [method, path, body]; `mark` names the files after the attempt that made them.
export function writes({ kernel, terminal, starts, shutdown }, mark) {
  return [
    ["POST", "api/contents", { type: "file", ext: `.${mark}` }],
    ["PUT", `api/contents/hacked.${mark}`, file],
    ["PUT", "api/contents/victim.txt", file],
    ["PATCH", "api/contents/victim.txt", { path: `renamed.${mark}` }],
    ["DELETE", "api/contents/victim.txt"],
    ["POST", `api/kernels/${kernel}/restart`],
    ["POST", `api/kernels/${kernel}/interrupt`],
    ["DELETE", `api/terminals/${terminal}`],
    ...(starts ? starting : []),
    ...(shutdown
      ? [
          ["DELETE", `api/kernels/${kernel}`],
          ["POST", "api/shutdown"],
        ]
      : []),
  ];
}

const starting = [
  ["POST", "api/kernels"],
  ["POST", "api/sessions", { path: "x", type: "console", name: "x", kernel: { name: "python3" } }],
  ["POST", "api/terminals"],
];

// An address with the token, and the XSRF value where a form would carry it.
export function withToken(url, { token, xsrf }) {
  return `${url}?${new URLSearchParams({ token, _xsrf: xsrf })}`;
}
