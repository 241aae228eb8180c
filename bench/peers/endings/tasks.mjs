// What the workers of every pool can do.

export const add = ({ a, b }) => a + b;
export const exit = () => process.exit(1);
export const throwLater = () =>
  new Promise(() => {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 10);
  });
export const outOfMemory = () => {
  const all = [];
  for (;;) all.push(Array.from({ length: 1000 }, () => all.length));
};
export const spin = () => {
  for (;;);
};
