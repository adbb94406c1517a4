// Draws the result of a benchmark: a bar for each contender, in a row for each case, each row with a scale of its own.
import { Error as ErrorsAlone, logger, parse, View } from "vega";
import { compile } from "vega-lite";

const OURS = "azure-batch-parallel";

/** The SVG of a result `{ unit, ours, peers, limit }`, whose figures are numbers or, where there are cases, numbers by case. */
export async function drawChart({ bench, unit, ours, peers = {}, limit }) {
  const contenders = { [OURS]: ours, ...peers, ...(limit == null ? {} : { limit }) };
  const values = Object.entries(contenders).flatMap(([who, figures]) =>
    casesOf(figures).map(([of, value]) => ({ who, of, value, label: labelOf(value), isOurs: who === OURS })),
  );
  const cases = [...new Set(values.map(({ of }) => of))];
  const axis = { title: null, grid: false, ticks: false, domain: false };
  const specification = {
    background: "white",
    config: { font: "system-ui, sans-serif", view: { stroke: null } },
    data: { values },
    facet: {
      row: {
        field: "of",
        sort: cases,
        title: null,
        header: { labelAngle: 0, labelAlign: "left", labelFontWeight: "bold" },
      },
    },
    resolve: { scale: { x: "independent", y: "independent" } },
    title: { text: `${bench} (${unit})`, anchor: "start" },
    spec: {
      width: 420,
      height: { step: 20 },
      encoding: {
        y: { field: "who", type: "nominal", sort: Object.keys(contenders), axis },
        x: { field: "value", type: "quantitative", axis: { ...axis, labels: false } },
      },
      layer: [
        {
          mark: { type: "bar", height: 14, cornerRadiusEnd: 2 },
          encoding: {
            color: { condition: { test: "datum.isOurs", value: "#0b62c4" }, value: "#b9bec6" },
          },
        },
        { mark: { type: "text", align: "left", dx: 4 }, encoding: { text: { field: "label" } } },
      ],
    },
  };
  return new View(parse(compile(specification, { logger: logger(ErrorsAlone) }).spec), {
    renderer: "none",
  }).toSVG();
}

function casesOf(figures) {
  if (typeof figures === "number") return [["", figures]];
  if (typeof figures !== "object" || figures === null) return [];
  return Object.entries(figures).filter(([, value]) => typeof value === "number");
}

function labelOf(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
