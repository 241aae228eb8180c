// Draws a chart: Vega-Lite, kept by its authors at the University of Washington since 2015, is a
// description in JSON that it turns into SVG without a browser.

import { View, parse } from 'vega';
import { compile } from 'vega-lite';

export async function svgOf(spec) {
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}
