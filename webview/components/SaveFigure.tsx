import { useComputed, useSignal, type Signal } from "@preact/signals";
import { useAttempt } from "../data/attempt.ts";
import type { FigureFormat, FigureSize } from "../draw/figure.ts";
import type { Host } from "../host.ts";
import { Button } from "./Button.tsx";
import { Failure } from "./Failure.tsx";
import { Icon } from "./Icon.tsx";
import { Menu } from "./Menu.tsx";
import { Select } from "./Select.tsx";
import { TextField } from "./TextField.tsx";

export interface SaveFigureProps {
  readonly host: Host;
  /** Without its ending. */
  readonly name: string;
  readonly disabled?: boolean;
  /** What is saved, where it does not stand beside it. */
  readonly title?: string;
  readonly make: (size: FigureSize, format: FigureFormat) => Promise<Blob>;
}

/** Widths of a column and of a page in most journals. */
const widths = [
  { value: "85", text: "85 mm, one column" },
  { value: "120", text: "120 mm" },
  { value: "174", text: "174 mm, two columns" },
  { value: "other", text: "another width" },
] as const;
type Width = (typeof widths)[number]["value"];

const within = (text: string, least: number, most: number): number | undefined => {
  const value = Number(text.replace(",", "."));
  return text.trim() !== "" && value >= least && value <= most ? value : undefined;
};

/** Saves a chart for print: its width, the size of its text, as drawing (SVG) or as picture (PNG, 300 dots an inch). */
export function SaveFigure({ host, name, title = "For print", disabled = false, make }: SaveFigureProps) {
  const attempt = useAttempt();
  const chosen = useSignal<Width>("174");
  const other = useSignal("100");
  const font = useSignal("8");
  const size = useComputed(() => sizeOf(chosen, other, font));
  const save = (format: FigureFormat) =>
    attempt.run(make(size.value!, format).then((blob) => host.save(`${name}.${format}`, blob)));
  return (
    <fieldset class="save-figure">
      <legend>{title}</legend>
      <div class="figure-fields">
        <span aria-hidden="true">Width</span>
        <Select
          label="Width"
          value={chosen.value}
          options={widths}
          onChange={(value) => (chosen.value = value)}
        />
        {chosen.value === "other" && (
          <>
            <span aria-hidden="true">mm</span>
            <TextField label="Width, mm" text={other} />
          </>
        )}
        <span aria-hidden="true">Text, pt</span>
        <TextField label="Text, points" text={font} />
      </div>
      {size.value === undefined && (
        <p role="alert">A figure is 30 to 400 mm wide, its text 4 to 24 points.</p>
      )}
      <div class="row">
        {(["svg", "png"] as const).map((format) => (
          <Button
            key={format}
            secondary
            disabled={disabled || size.value === undefined}
            onClick={() => save(format)}
          >
            {`Figure, ${format.toUpperCase()}`}
          </Button>
        ))}
      </div>
      <Failure of={attempt} />
    </fieldset>
  );
}

/** A small button beside a chart that opens {@link SaveFigure}. @param name what the chart is called */
export function FigureMenu({ name, ...props }: SaveFigureProps) {
  return (
    <Menu class="figure-menu" summary={<Icon name="export" />} label={`Save as a figure: ${name}`} lazy>
      <div class="menu">
        <SaveFigure {...props} name={name.replace(/[^\p{L}\p{N}]+/gu, "-")} />
      </div>
    </Menu>
  );
}

function sizeOf(chosen: Signal<Width>, other: Signal<string>, font: Signal<string>): FigureSize | undefined {
  const widthMm = within(chosen.value === "other" ? other.value : chosen.value, 30, 400);
  const fontPt = within(font.value, 4, 24);
  return widthMm === undefined || fontPt === undefined ? undefined : { widthMm, fontPt };
}
