import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** Sets the options and the page of `webview`; it can load the bundle, and nothing from anywhere else. */
export function fillWebview(webview: vscode.Webview, extensionUri: vscode.Uri, view: string): void {
  const bundle = vscode.Uri.joinPath(extensionUri, "dist", "webview");
  webview.options = { enableScripts: true, localResourceRoots: [bundle] };
  const at = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(bundle, name)).toString();
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    "img-src data:",
    "media-src blob:",
  ].join("; ");
  webview.html = `<!doctype html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>EDIN</title>
<link rel="stylesheet" href="${at("main.css")}">
</head>
<body data-view="${view}">
<div id="app"></div>
<script type="module" nonce="${nonce}" src="${at("main.js")}"></script>
</body>
</html>`;
}
