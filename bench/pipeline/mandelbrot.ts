/** The Mandelbrot set, a row of the picture at a time: rows through the set take longest. */

const SIZE = 512;
const MOST_STEPS = 200;

/** The rows of a picture. */
export const MANDELBROT_ROWS = SIZE;

/** Steps until each point of the row escapes, one byte each. */
export function mandelbrotRow(row: number): Uint8Array {
  const steps = new Uint8Array(SIZE);
  const y0 = (row / SIZE) * 2.5 - 1.25;
  for (let column = 0; column < SIZE; column++) {
    steps[column] = stepsFrom((column / SIZE) * 3 - 2.25, y0);
  }
  return steps;
}

function stepsFrom(x0: number, y0: number): number {
  let x = 0;
  let y = 0;
  let step = 0;
  while (step < MOST_STEPS && x * x + y * y <= 4) {
    [x, y] = [x * x - y * y + x0, 2 * x * y + y0];
    step++;
  }
  return step;
}
