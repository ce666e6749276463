import { cpus } from 'node:os'
import { baselines } from '../engines/names'
import type { Engine } from '../engines/engine'
import type { Timing } from '../measure/timing'

/** One row: the measurements of each engine, by its name. */
export interface Row {
  readonly id: string
  readonly title: string
  readonly flops?: number
  readonly timings: Readonly<Record<string, Timing>>
  readonly failures: Readonly<Record<string, string>>
}

export interface Results {
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly platform: string }
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

/** The rows, with the facts that a reader needs about them. */
export function resultsOf(rows: readonly Row[], engines: readonly Engine[]): Results {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    },
    versions: Object.fromEntries(engines.map(({ name, version }) => [name, version])),
    rows,
  }
}

/** The baseline of a row's ratios: Cotangent compiled, or eager if compiled did not run. */
export function baselineOf({ timings }: Row): string | undefined {
  return baselines.find((name) => name in timings)
}

/** The time of an engine as a multiple of the baseline's; undefined if one of them did not run. */
export function ratioOf(row: Row, engine: string): number | undefined {
  const baseline = baselineOf(row)
  const timing = row.timings[engine] as Timing | undefined
  return baseline === undefined || timing === undefined ? undefined : timing.seconds / row.timings[baseline].seconds
}
