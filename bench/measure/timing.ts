import benny from 'benny'
import type { Program } from '../engines/engine'

/** Seconds a step, and from how many samples the median was taken. */
export interface Timing {
  readonly seconds: number
  readonly samples: number
}

/** Seconds from which on a step is so long that a few of them tell enough. */
const long = 0.5

/** Median time of a step, after a warm-up in which optimizing compilers see enough of it. */
export async function timeSteps(name: string, program: Program): Promise<Timing> {
  const warm = performance.now() + 300
  let last: number
  do last = await timed(program)
  while (performance.now() < warm)
  const { results } = await benny.suite(
    name,
    benny.add('step', () => program.step()),
    benny.configure({ cases: { minSamples: last < long ? 5 : 3, maxTime: last < long ? 1.5 : 0 } }),
  )
  const [{ details, completed, samples }] = results
  if (!completed) throw new Error(`${name}: benny took no samples`)
  return { seconds: details.median, samples }
}

/** What the first step of fresh programs takes longer than their next ones: tracing and compiling. The median of all. */
export async function timeCompilation(programs: readonly (() => Program)[]): Promise<Timing> {
  const times: number[] = []
  for (const make of programs) {
    const program = make()
    const first = await timed(program)
    const next = Math.min(await timed(program), await timed(program))
    times.push(Math.max(0, first - next))
    program.dispose?.()
  }
  return { seconds: median(times), samples: times.length }
}

async function timed(program: Program): Promise<number> {
  const start = performance.now()
  await program.step()
  return (performance.now() - start) / 1000
}

/** The middle one of some numbers; of two in the middle, the smaller. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
