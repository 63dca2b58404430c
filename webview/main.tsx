import "./styles/theme.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/result.css";
import { render } from "preact";
import { AnalysisList } from "./data/analysisList.ts";
import { followAddress } from "./data/route.ts";
import { followTheme } from "./data/theme.ts";
import { connectHost } from "./connectHost.ts";
import { App } from "./views/App.tsx";
import { Notice } from "./components/Notice.tsx";
import { errorText } from "./views/text.ts";

const root = document.getElementById("app")!;

connectHost().then(
  (host) => {
    followTheme();
    followAddress();
    render(<App host={host} analyses={new AnalysisList(host)} />, root);
  },
  (error: unknown) =>
    render(
      <main class="page">
        <h1>EDIN</h1>
        <Notice kind="error">{errorText(error)}</Notice>
      </main>,
      root,
    ),
);
