import "./styles/theme.css";
import "./styles/base.css";
import "./styles/form.css";
import { render } from "preact";
import { answerOwnForm, completeOwnForm, consentOwnForm, getOwnForm } from "../shared/protocol/beqForm.ts";
import { BeqForm } from "./form/BeqForm.tsx";
import type { FormBackend } from "./form/formState.ts";
import { daemonOfPage } from "./host/daemonOfPage.ts";

/** The form that the cookie of this page opens. */
const backend: FormBackend = {
  get: async () => (await daemonOfPage.call(getOwnForm, {})).form,
  consent: async (version) => (await daemonOfPage.call(consentOwnForm, { version })).form,
  answer: async (item, answer) => (await daemonOfPage.call(answerOwnForm, { item, answer })).form,
  complete: async () => (await daemonOfPage.call(completeOwnForm, {})).form,
};

document.documentElement.dataset["standalone"] = "";
const app = document.getElementById("app")!;
app.removeAttribute("role");
app.textContent = "";
render(<BeqForm backend={backend} />, app);
