import { sum, tensor, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { isFloat } from './graph-choices'
import { drawnInputs, filled, generator } from './graph-inputs'
import { type DrawnStep, kinds, take } from './graph-steps'

/** Graphs of up to `most` nodes. */
export const drawnGraphs = (most: number) =>
  fc.record({
    drawn: drawnInputs,
    steps: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        picks: fc.array(fc.nat(10_000), { minLength: 10, maxLength: 10 }),
      }),
      { minLength: 1, maxLength: most, size: 'max' },
    ),
    outputs: fc.array(fc.nat(100), { maxLength: 4 }),
  })

export type DrawnGraph = ReturnType<typeof drawnGraphs> extends fc.Arbitrary<infer T> ? T : never
export type Run = (...args: Tensor[]) => Tensor[]

/** The graph as a function: the last node and a few others. */
export function functionOf({ steps, outputs, drawn: { seed } }: DrawnGraph): Run {
  const constants = [filled([3], 'float32', generator(seed + 1), 0), filled([], 'float64', generator(seed + 2), 0)]
  return function drawn(...args) {
    const pool = [...constants, ...args]
    for (const step of steps as DrawnStep[]) take(step, pool)
    return [pool[pool.length - 1], ...outputs.map((pick) => pool[pick % pool.length])]
  }
}

/** The sum of all floating-point outputs. */
export function lossOf(f: Run): (...args: Tensor[]) => Tensor {
  return (...args) =>
    f(...args)
      .filter(isFloat)
      .reduce<Tensor>(
        (total, output) => total.add(sum(output.astype('float64'))) as Tensor,
        tensor(0, { dtype: 'float64' }),
      )
}
