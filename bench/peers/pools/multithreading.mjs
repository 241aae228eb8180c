// Its workers get a function as text, which cannot see what stands around it; importing the tasks in
// there would cost each call a wait. So the tasks are written out.

import { initRuntime, move, spawn } from 'multithreading';

const tasks = {
  double: (n) => n * 2,
  revise: (order) => ({ ...order, id: order.id + 1 }),
  stamp: (values) => {
    values[0] += 1;
    return values;
  },
  firstAndLast: (values) => values[0] + values.at(-1),
};

export function openPool({ threads }) {
  initRuntime({ maxWorkers: threads });
  return {
    async call(name, argument) {
      const result = await spawn(move(argument), tasks[name]).join();
      if (!result.ok) throw result.error;
      return result.value;
    },
  };
}
