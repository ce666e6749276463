import benny from 'benny'
import type { Program } from '../engines/engine'

/** What was measured of one engine. */
export interface Timing {
  /** The median. */
  readonly seconds: number
  /** The smallest sample: far below the median where other processes were in the way. */
  readonly fastest: number
  readonly samples: number
}

/** A program with the name of its engine. */
export interface Candidate {
  readonly name: string
  readonly program: Program
}

// Clocks and neighbours change within a run. In turns, what changes hits all engines alike, and ratios hold.
const rounds = 3

/** Runs steps until optimizing compilers have seen enough of them, or one takes long enough for that. */
export async function warmUp(program: Program): Promise<void> {
  const end = performance.now() + 300
  do await program.step()
  while (performance.now() < end)
}

/** Median times of a step: in each round every candidate has its turn, and all samples of a candidate count. */
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

/** The middle one of some numbers; of two in the middle, the smaller. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
