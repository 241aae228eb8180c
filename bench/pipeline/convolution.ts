/**
 * A picture is blurred, a band of rows at a time. Source and result are shared memory where there are
 * several threads: a piece is the number of a band, and nothing is copied.
 */

const WIDTH = 1024;
const HEIGHT = 1024;
const BAND = 16;

export const BANDS = HEIGHT / BAND;

/** A picture, and room for the blurred one. */
export interface Picture {
  readonly source: Uint8Array;
  readonly blurred: Uint8Array;
}

/** A picture with something in it. */
export function picture(): Picture {
  const shared = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(WIDTH * HEIGHT));
  const source = shared();
  for (let i = 0; i < source.length; i++) source[i] = (i * 31 + (i >> 10) * 17) & 255;
  return { source, blurred: shared() };
}

/** Weights of the neighbours, three by three; together 16. */
const KERNEL = [1, 2, 1, 2, 4, 2, 1, 2, 1] as const;

/** Blurs one band, and gives the sum of its points. The picture's edge stays as it is. */
export function blurBand({ source, blurred }: Picture, band: number): number {
  let sum = 0;
  for (let y = band * BAND; y < (band + 1) * BAND; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = y * WIDTH + x;
      const edge = y === 0 || y === HEIGHT - 1 || x === 0 || x === WIDTH - 1;
      const value = edge ? source[at]! : weighed(source, at);
      blurred[at] = value;
      sum += value;
    }
  }
  return sum;
}

function weighed(source: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < 9; i++) {
    sum += KERNEL[i]! * source[at + (Math.floor(i / 3) - 1) * WIDTH + (i % 3) - 1]!;
  }
  return sum >> 4;
}

/** A band of a picture, as one piece of work. */
export interface Band {
  readonly picture: Picture;
  readonly band: number;
}

export function convolve({ picture: it, band }: Band): number {
  return blurBand(it, band);
}
