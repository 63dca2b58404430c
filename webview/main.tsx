import "./styles/theme.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/result.css";
import "./styles/form.css";
import "./styles/beq.css";
import "./styles/live.css";
import "./styles/labels.css";
import { render } from "preact";
import { connectHost } from "./connectHost.ts";
import { AnalysisList } from "./data/analysisList.ts";
import { followAddress } from "./host/route.ts";
import { followTheme } from "./draw/theme.ts";
import { App } from "./views/App.tsx";

const host = connectHost();
followTheme();
followAddress();
render(<App host={host} analyses={new AnalysisList(host)} />, document.getElementById("app")!);
