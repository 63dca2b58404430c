import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { itemColumns } from "../../shared/beq/responseTable.ts";
import { createFormLink } from "../../shared/protocol/beqForm.ts";
import { isAppError } from "../../shared/errors.ts";
import { importStudy } from "../../shared/protocol/studyArchives.ts";
import { getStudy, type StudyView } from "../../shared/protocol/studyRoutes.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { addAnalysis, makeStudy, packFolder } from "../integration/studies/study.ts";
import { seriousProblems } from "./axe.ts";
import { checkFigures } from "./checkFigures.ts";
import { launchChromium } from "./chromium.ts";

describe("the questionnaire and its studies in Chromium", function () {
  this.timeout(120_000);
  let test: TestDaemon;
  let browser: Browser;
  let made: Awaited<ReturnType<typeof makeStudy>>;
  const problems: string[] = [];

  before(async function () {
    this.timeout(420_000);
    test = await startTestDaemon();
    made = await makeStudy(test);
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await test[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  const open = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext({ colorScheme: "light" })).newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) problems.push(message.text());
    });
    page.on("dialog", (dialog) => {
      if (dialog.type() !== "beforeunload") problems.push(`dialog: ${dialog.message()}`);
      void dialog.accept();
    });
    await page.goto(url);
    return page;
  };
  /** Nothing serious in light and dark; at 320 px nothing is wider than the window. */
  const look = async (page: Page): Promise<void> => {
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await seriousProblems(page), []);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    assert.deepEqual(await seriousProblems(page), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px wider than the window`);
    await page.setViewportSize({ width: 1200, height: 900 });
  };
  const study = async (): Promise<StudyView> => (await test.call(getStudy, { study: made.study })).study;
  const link = async (session: string): Promise<string> => (await test.call(createFormLink, { session })).url;
  const saved = (page: Page) => page.locator('.form-saving[data-state="saved"]').waitFor();

  it("asks for consent first, and writes nothing down where it is not given", async () => {
    const page = await open(await link(made.second));
    await page.getByText("I agree to <this>.").waitFor();
    assert.equal(new URL(page.url()).hash, "");
    await look(page);
    await page.getByRole("button", { name: "I do not agree" }).click();
    await page.getByText("nothing was written down").waitFor();
    assert.equal((await study()).participants[1]?.consent, undefined);
    await page.context().close();
  });

  it("is filled in by keyboard, and is there again after a reload in the middle and after a crash of the browser", async () => {
    const url = await link(made.first);
    let page = await open(url);
    await page.getByRole("button", { name: "I agree" }).press("Enter");
    await page.getByText("Statement 1 of 16").waitFor();
    for (const key of ["7", "1", "Backspace", "Backspace", "6", "Enter"]) await page.keyboard.press(key);
    // Arrows move inside the scale and do not leave it.
    await page.getByText("Statement 3 of 16").waitFor();
    for (const key of ["Space", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    await page.getByRole("radio", { name: "3", exact: true, checked: true }).waitFor();
    await saved(page);
    await look(page);
    await page.reload();
    await page.getByText("Statement 4 of 16").waitFor();
    await page.getByText("3 of 16 answered").waitFor();
    await page.keyboard.press("Backspace");
    await page.getByRole("radio", { name: "3", exact: true, checked: true }).waitFor();
    for (const key of ["Enter", "4", "5"]) await page.keyboard.press(key);
    await saved(page);

    // A browser that crashed has its cookies, and nothing else.
    const cookies = await page.context().cookies();
    assert.ok(cookies.every(({ expires, httpOnly }) => expires > 0 && httpOnly));
    await page.context().close();
    const revived = await browser.newContext();
    await revived.addCookies(cookies);
    page = await revived.newPage();
    await page.goto(`${test.daemon.url}/form`);
    await page.getByText("Statement 6 of 16").waitFor();

    await page.getByRole("button", { name: "Show all statements on one page" }).click();
    assert.equal(await page.getByRole("radiogroup").count(), 16);
    await look(page);
    await page
      .getByRole("radiogroup", { name: "I am an emotionally expressive person." })
      .getByLabel("2")
      .check();
    await page.getByRole("button", { name: "Show one statement at a time" }).click();
    for (const key of ["4", "4", "4", "4"]) await page.keyboard.press(key);
    for (let item = 10; item <= 16; item += 1) await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "6 not answered" }).waitFor();
    await look(page);
    await page.getByRole("button", { name: "Finish" }).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    const [person] = (await study()).participants;
    assert.deepEqual(person?.sessions[0]?.response?.items, [
      6,
      1,
      3,
      4,
      5,
      4,
      4,
      4,
      4,
      2,
      ...Array<null>(6).fill(null),
    ]);
    assert.ok(person.sessions[0].response.completedAt !== undefined);
    await page.reload();
    await page.getByText("No questionnaire is open here.").waitFor();
    await page.context().close();

    const again = await open(url);
    await again.getByText("This link was used already").waitFor();
    await again.context().close();
  });

  it("says that an answer is not saved while the daemon does not answer, and saves it later", async () => {
    const page = await open(await link(made.second));
    await page.getByRole("button", { name: "I agree" }).click();
    await page.getByText("Statement 1 of 16").waitFor();
    await page.route("**/api/form/answers/*", (route) => route.abort());
    await page.keyboard.press("5");
    await page.getByText("Not saved yet, trying again").waitFor();
    await page.unroute("**/api/form/answers/*");
    await saved(page);
    assert.equal((await study()).participants[1]?.sessions[0]?.response?.items[0], 5);
    await page.context().close();
  });

  it("shows an archive that is being taken over, which can be cancelled from here", async () => {
    const folder = path.join(test.place.dataDir, "..", `import-${path.basename(test.place.dataDir)}`);
    await mkdir(folder);
    const createdAt = "2026-01-01T00:00:00.000Z";
    const people = Array.from({ length: 100_000 }, (_, n) => ({
      ...{ id: `p${n}`, createdAt, covariates: {}, sessions: [] },
    }));
    const about = { schemaVersion: 1, id: "large", name: "Large", createdAt, consentVersions: [] };
    await writeFile(path.join(folder, "study.json"), JSON.stringify({ ...about, participants: people }));
    const archive = await packFolder(folder, `${folder}.zip`);
    try {
      const page = await open(test.daemon.createPageUrl("beq"));
      await page.getByRole("button", { name: "New study" }).waitFor();
      const refused = test.call(importStudy, { path: archive }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const running = page.getByRole("group", { name: `Importing ${path.basename(archive)}` });
      await running.getByRole("button", { name: "Cancel" }).click();
      assert.ok(isAppError(await refused, "cancelled"), String(await refused));
      await running.waitFor({ state: "detached" });
      assert.equal(await page.getByRole("link", { name: "Large" }).count(), 0);
      await page.context().close();
    } finally {
      await rm(folder, { recursive: true });
      await rm(archive);
    }
  });

  it("shows the researcher who is how far, takes a table over with its faults named, and shows the scores", async () => {
    await addAnalysis(test, made.second);
    const page = await open(test.daemon.createPageUrl(`beq/${made.study}`));
    await page.getByRole("heading", { name: "Pilot <1>" }).waitFor();
    await page.getByRole("button", { name: "Close this notice" }).click();
    await page.getByRole("textbox", { name: "Pseudonyms of new participants" }).fill("x1, x2");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("rowheader", { name: "x2" }).waitFor();
    await page.getByRole("button", { name: "New session of x1" }).click();
    await page.getByRole("button", { name: "Copy a link for x1" }).click();
    const address = await page.locator(".form-url input").inputValue();
    assert.ok(address.startsWith(`${test.daemon.url}/form#code=`));
    await look(page);

    await page.getByRole("button", { name: "0 self-reports of clip.mp4" }).click();
    await page.getByRole("textbox", { name: "From, seconds" }).fill("0.5");
    await page.getByRole("textbox", { name: "To, seconds" }).fill("1.5");
    await page.getByRole("button", { name: "Add self-report" }).click();
    await page.getByText("0:00.5 to 0:01.5: neutral").waitFor();
    await look(page);
    await page.getByRole("button", { name: "Take back the self-report from 0:00.5 to 0:01.5" }).click();
    await page.getByRole("button", { name: "0 self-reports of clip.mp4" }).waitFor();

    await page.getByRole("tab", { name: "Import" }).click();
    const file = (rows: string) => ({
      name: "r.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(`participant,${itemColumns.join(",")}\n${rows}`),
    });
    await page
      .getByLabel("File with responses")
      .setInputFiles(file(`x1,9${",4".repeat(15)}\n<b>${",4".repeat(16)}\n`));
    await page.getByText("Nothing was imported").waitFor();
    const faults = page.getByRole("region", { name: "Errors in the table" });
    assert.match(await faults.innerText(), /2\s+beq1\s+"9" is no answer/);
    assert.match(await faults.innerText(), /3\s+participant\s+The study has no participant "<b>"/);
    await look(page);
    await page
      .getByLabel("File with responses")
      .setInputFiles(file(`x1${",4".repeat(16)}\nx2${",5".repeat(16)}\n`));
    await page.getByText("2 forms imported").waitFor();

    await page.getByRole("tab", { name: "Scores" }).click();
    await page.getByText("2 participants have a form and no consent, and are not counted").waitFor();
    await page.getByRole("tab", { name: "Participants" }).click();
    for (const id of ["x1", "x2"]) {
      const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: id }) });
      await row.getByText("Linked once consent is given").waitFor();
      await row.getByRole("button", { name: "Given on paper" }).click();
      await row.getByRole("textbox", { name: `Who took the consent of ${id}` }).fill("A. Researcher");
      await row.getByRole("button", { name: "Record consent" }).click();
      await row.getByRole("button", { name: "Link an analysis" }).waitFor();
    }
    await page.getByRole("tab", { name: "Scores" }).click();
    await page.getByText("2 forms have the same answer everywhere").waitFor();
    await page.getByRole("region", { name: "Scores of each form" }).getByText("x2").waitFor();
    await checkFigures(page, { "Scores of": ["forms", "score, from"] });
    await look(page);

    await page.getByRole("tab", { name: "Participants" }).click();
    await page.getByRole("button", { name: "Delete x1" }).click();
    await page.getByRole("button", { name: /Delete x1 with all answers/ }).click();
    await page.getByRole("rowheader", { name: "x1" }).waitFor({ state: "detached" });
    assert.deepEqual(
      (await study()).participants.map(({ id }) => id),
      ["p1", "p2", "x2"],
    );
    await page.getByRole("link", { name: "Fill in here" }).click();
    await page.getByText("Statement 2 of 16").waitFor();
    await page.context().close();
  });
});
