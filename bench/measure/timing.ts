import benny from 'benny'
import type { Program } from '../engines/engine'

/** The measurements of one engine. */
export interface Timing {
  /** The median. */
  readonly seconds: number
  /** The smallest sample. It is far below the median if other processes interfered. */
  readonly fastest: number
  readonly samples: number
}

/** A program with the name of its engine. */
export interface Candidate {
  readonly name: string
  readonly program: Program
}

// Clock speed and system load change within a run. Alternating between engines exposes all of them to each change,
// so ratios hold.
const rounds = 3

/** Runs steps until optimizing compilers have seen enough of them, or one takes long enough for that. */
export async function warmUp(program: Program): Promise<void> {
  const end = performance.now() + 300
  do await program.step()
  while (performance.now() < end)
}

/** Median times of a step: each round runs every candidate, and all samples of a candidate count. */
export async function timeSteps(id: string, candidates: readonly Candidate[]): Promise<Record<string, Timing>> {
  const taken = new Map<string, number[]>()
  for (let round = 1; round <= rounds; round++) {
    const { results } = await benny.suite(
      `${id}, round ${round} of ${rounds}`,
      ...candidates.map(({ name, program }) => benny.add(name, () => program.step())),
      benny.configure({ cases: { minSamples: 1, maxTime: 0.5 } }),
    )
    for (const { name, details } of results) taken.set(name, [...(taken.get(name) ?? []), ...details.sampleResults])
  }
  return Object.fromEntries([...taken].map(([name, own]) => [name, timingOf(own)]))
}

/**
 * The extra time of the first step of fresh programs, for tracing and compiling, over their next ones. The median of
 * all.
 */
export async function timeCompilation(programs: readonly (() => Program)[]): Promise<Timing> {
  const times: number[] = []
  for (const make of programs) {
    const program = make()
    const first = await timed(program)
    const next = Math.min(await timed(program), await timed(program))
    times.push(Math.max(0, first - next))
    program.dispose?.()
  }
  return timingOf(times)
}

async function timed(program: Program): Promise<number> {
  const start = performance.now()
  await program.step()
  return (performance.now() - start) / 1000
}

function timingOf(times: readonly number[]): Timing {
  return { seconds: median(times), fastest: Math.min(...times), samples: times.length }
}

/** The median; of two middle numbers, the smaller. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
