import type { Workload } from '../workloads/workload'

/** A workload in an engine's own tensors. */
export interface Program {
  /** One whole step; the next goes on from where it ended. Work that an engine puts off is done when it returns. */
  step(): void | Promise<void>
  /** Numbers of the last step in which all engines must agree, such as its loss. */
  outcome(): readonly number[]
  /** Gives back memory that no garbage collector sees. */
  dispose?(): void
}

/** How an engine prepares each kind of workload. */
export type Preparations = {
  readonly [Kind in Workload['kind']]: (workload: Extract<Workload, { kind: Kind }>) => Program
}

/** A library, in one way of using it. */
export interface Engine {
  readonly name: string
  readonly version: string
  /** Whether the first step of a program compiles it. */
  readonly compiles: boolean
  readonly prepare: Preparations
}

/** Prepares a workload of any kind. */
export function prepare<W extends Workload>(engine: Engine, workload: W): Program {
  const preparation = engine.prepare[workload.kind] as (workload: W) => Program
  return preparation(workload)
}

/** A few entries spread over an array, to compare large results by. */
export function samples(values: ArrayLike<number>, count = 4): number[] {
  return Array.from({ length: count }, (_, i) => values[Math.floor(((i + 0.5) * values.length) / count)])
}
