import { type Engine, prepare, type Program } from '../engines/engine'
import type { Row } from '../report/results'
import type { Benchmark } from '../workloads/benchmarks'
import type { Workload } from '../workloads/workload'
import { checkAgreement, type Trial } from './agreement'
import { type Candidate, timeCompilation, timeSteps, type Timing, warmUp } from './timing'

// Training continues from the last step, so a wrong gradient shows in the next loss. The other workloads repeat
// themselves.
const continues: readonly Workload['kind'][] = ['training', 'convolutional', 'transformer']
const trialSteps = (kind: Workload['kind']) => (continues.includes(kind) ? 3 : 1)
const compilations = 3

/** Measures one row: all engines that can run it, one after another. @throws Error if they do not compute the same. */
export async function runBenchmark(benchmark: Benchmark, engines: readonly Engine[]): Promise<Row> {
  const { id, title, measure, flops } = benchmark
  const failures: Record<string, string> = {}
  const attempt = async <T>(engine: Engine, action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await action()
    } catch (error) {
      failures[engine.name] = (error instanceof Error ? error.message : String(error)).split('\n')[0]
      return undefined
    }
  }

  if (measure === 'compile') {
    const timings: Record<string, Timing> = {}
    for (const engine of engines.filter(({ compiles }) => compiles)) {
      const programs = Array.from({ length: compilations }, (_, i) => {
        const workload = benchmark.workload(i + 1)
        return () => prepare(engine, workload)
      })
      const timing = await attempt(engine, () => timeCompilation(programs))
      if (timing) timings[engine.name] = timing
    }
    return { id, title, timings, failures }
  }

  const workload = benchmark.workload(0)
  const programs = new Map<Engine, Program>()
  const trials: Trial[] = []
  for (const engine of engines) {
    await attempt(engine, async () => {
      const program = prepare(engine, workload)
      const outcomes: (readonly number[])[] = []
      for (let step = 0; step < trialSteps(workload.kind); step++) {
        await program.step()
        outcomes.push(program.outcome())
      }
      programs.set(engine, program)
      trials.push({ engine: engine.name, outcomes })
    })
  }
  if (trials.length > 1) checkAgreement(id, trials)
  const candidates: Candidate[] = []
  for (const [engine, program] of programs) {
    await attempt(engine, async () => {
      await warmUp(program)
      candidates.push({ name: engine.name, program })
    })
  }
  const timings = await timeSteps(id, candidates)
  for (const program of programs.values()) program.dispose?.()
  return { id, title, ...(flops === undefined ? {} : { flops }), timings, failures }
}
