import type { StudyTable } from "../protocol/studyTable.ts";
import { codebook, tableCsv } from "./tidyTable.ts";

/**
 * The files of a notebook by their names: the table, its codebook, and a notebook for Python (pandas, statsmodels) and one for
 * R (nlme) that read the table, plot a measure and fit a mixed model to it. They run as they are written.
 */
export function notebookFiles(table: StudyTable, measure: string): Record<string, string> {
  return {
    "table.csv": [...tableCsv(table)].join(""),
    "table.codebook.md": codebook(table),
    "study.ipynb": pythonNotebook(table, measure),
    "study.Rmd": rMarkdown(table, measure),
  };
}

function pythonNotebook({ study }: StudyTable, measure: string): string {
  const cells = [
    markdown(
      `# ${study.name}\n\nMeasures of EDIN by person, condition and event; \`table.codebook.md\` says what each means.`,
    ),
    code(`import matplotlib.pyplot as plt
import pandas as pd
import statsmodels.formula.api as smf

table = pd.read_csv("table.csv", keep_default_na=False, na_values={"value": [""], "change": [""]})
table.head()`),
    markdown("## One measure\n\nChange the name to look at another one."),
    code(`MEASURE = ${JSON.stringify(measure)}
COLUMN = "value"  # or "change": minus the person's baseline
data = table[(table["measure"] == MEASURE) & (table["event"] == "clip")].dropna(subset=[COLUMN])
data = data.groupby(["participant", "condition"], as_index=False)[COLUMN].mean()
data.groupby("condition")[COLUMN].describe()`),
    code(`wide = data.pivot(index="participant", columns="condition", values=COLUMN)
figure, axes = plt.subplots()
axes.plot(wide.columns, wide.T, color="0.7", linewidth=1)
axes.errorbar(wide.columns, wide.mean(), yerr=1.96 * wide.sem(), fmt="o", capsize=4)
axes.set_ylabel(MEASURE)
figure.tight_layout()
figure.savefig("measure.png", dpi=200)`),
    markdown("## A mixed model\n\nConditions as fixed effects, an intercept for each person."),
    code(`if data["condition"].nunique() > 1:
    model = smf.mixedlm(f"{COLUMN} ~ C(condition)", data, groups=data["participant"]).fit()
    print(model.summary())
else:
    print("One condition: there is nothing to compare.")`),
  ];
  const numbered = cells.map((cell, i) => ({ id: `edin-${i}`, ...cell }));
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python" },
  };
  return `${JSON.stringify({ cells: numbered, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

const lines = (text: string): string[] => text.split(/(?<=\n)/);
const markdown = (text: string) => ({ cell_type: "markdown", metadata: {}, source: lines(text) });
const code = (text: string) => ({
  ...{ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source: lines(text) },
});

function rMarkdown({ study }: StudyTable, measure: string): string {
  return `---
title: ${JSON.stringify(study.name)}
output: html_document
---

Measures of EDIN by person, condition and event; \`table.codebook.md\` says what each means. Needs R with \`nlme\`, which comes with it.

\`\`\`{r}
table <- read.csv("table.csv", na.strings = "", colClasses = c(participant = "character"))
table$condition[is.na(table$condition)] <- "(none)"
wanted <- ${JSON.stringify(measure)}
data <- subset(table, measure == wanted & event == "clip" & !is.na(value))
data <- aggregate(value ~ participant + condition, data, mean)
aggregate(value ~ condition, data, function(x) c(n = length(x), mean = mean(x), sd = sd(x)))
\`\`\`

\`\`\`{r}
boxplot(value ~ condition, data, ylab = wanted, border = "grey50")
for (person in split(data, data$participant)) {
  lines(as.integer(factor(person$condition, levels = sort(unique(data$condition)))), person$value, col = "grey70")
}
\`\`\`

A mixed model: conditions as fixed effects, an intercept for each person.

\`\`\`{r}
library(nlme)
if (length(unique(data$condition)) > 1) {
  print(summary(lme(value ~ condition, random = ~ 1 | participant, data = data)))
}
\`\`\`
`;
}
