import type { Workload } from '../workloads/workload'

/** A workload in an engine's own tensors. */
export interface Program {
  /**
   * Runs one whole step; the next step continues from its result. Work that the engine defers must finish before
   * this returns.
   */
  step(): void | Promise<void>
  /** Numbers of the last step on which all engines must agree, such as its loss. */
  outcome(): readonly number[]
  /** Frees memory that no garbage collector sees. */
  dispose?(): void
}

/** How an engine prepares each kind of workload. */
export type Preparations = {
  readonly [Kind in Workload['kind']]: (workload: Extract<Workload, { kind: Kind }>) => Program
}

/** A library in one mode of use. */
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

/** A few entries spread over an array, for comparing large results. */
export function samples(values: ArrayLike<number>, count = 4): number[] {
  return Array.from({ length: count }, (_, i) => values[Math.floor(((i + 0.5) * values.length) / count)])
}

/** Entries on which engines must agree, of a solution, of singular values, or of the last row of a factor. */
export function linearAlgebraOutcome(values: ArrayLike<number>, size: number): number[] {
  return Array.from({ length: 4 }, (_, i) => values[values.length - 1 - i * Math.floor(size / 4)])
}
