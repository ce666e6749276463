import { compile, sum, tensor, type Tensor, trace } from '@cotangent/core'
import fc from 'fast-check'
import { isFloat } from './graph-choices'
import { drawnInputs, filled, generator } from './graph-inputs'
import { type DrawnStep, kinds, take } from './graph-steps'
import { interpreted } from '../backends/interpreted'
import { needSameBits } from '../backends/same-bits'

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

export const sameType = (a: Tensor, b: Tensor) => a.dtype === b.dtype && a.shape.join() === b.shape.join()

/** The results of a call in place of arguments of the same types. */
export function fedBack(args: readonly Tensor[], results: readonly Tensor[]): Tensor[] {
  const left = [...results]
  return args.map((arg) => {
    const at = left.findIndex((result) => sameType(result, arg))
    return at < 0 ? arg : left.splice(at, 1)[0]
  })
}

/** Runs `body`; where it throws, the message shows the graph. */
export function showing(f: Run, args: readonly Tensor[], body: () => void): void {
  try {
    body()
  } catch (error) {
    throw new Error(`${String(error)}\n${String(trace(f, ...args))}`, { cause: error })
  }
}

/** Throws unless a function gives the same bits when it is interpreted, run, traced, and compiled. */
export function needOneMeaning(f: Run, args: Tensor[]): void {
  const expected = interpreted(() => f(...args))
  const expectedNext = interpreted(() => f(...fedBack(args, expected)))
  needSameBits('run', f(...args), expected)
  needSameBits('traced', trace(f, ...args).run(...args), expected)
  const compiled = compile(f)
  const first = compiled(...args)
  const second = compiled(...args)
  const third = compiled(...fedBack(args, second))
  needSameBits('compiled, fed back', third, expectedNext)
  needSameBits('compiled, called again', second, expected)
  needSameBits('compiled', first, expected)
}
