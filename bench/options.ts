import { parseArgs } from 'node:util'
import { benchmarks } from './workloads/benchmarks'
import { engineNames } from './engines/names'

export interface Options {
  readonly benchmarks: typeof benchmarks
  readonly engines: readonly (typeof engineNames)[number][]
  /** Whether the result is written to files. */
  readonly save: boolean
  readonly help: boolean
}

export const help = `Times Cotangent beside its peers.

  pnpm bench                               everything; writes bench/results.json and bench/results.svg
  pnpm bench --only W1,M-256               some rows: ${[...new Set(benchmarks.map(({ id }) => group(id)))].join(', ')}
  pnpm bench --engines cotangent,jax-js    some engines: ${engineNames.join(', ')}
  pnpm bench --only W1 --save              writes the files although it is not everything

A name stands for everything that begins with it and a dash: M for M-256 and M-256-bt, tfjs for tfjs-cpu and tfjs-wasm.
`

function group(id: string): string {
  return id.split('-')[0]
}

/** The entries that the comma-separated names select, in their own order; all entries if no names are given. */
export function select<T>(
  what: string,
  names: string | undefined,
  all: readonly T[],
  nameOf: (entry: T) => string,
): T[] {
  if (names === undefined) return [...all]
  const wanted = names.split(',').map((name) => name.trim())
  const means = (name: string, entry: T) => nameOf(entry) === name || nameOf(entry).startsWith(`${name}-`)
  const unknown = wanted.find((name) => !all.some((entry) => means(name, entry)))
  if (unknown !== undefined) throw new Error(`${what} '${unknown}' is none of ${all.map(nameOf).join(', ')}`)
  return all.filter((entry) => wanted.some((name) => means(name, entry)))
}

/** Reads the command line. @throws Error for unknown names and options. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    // npm removes the `--`, but pnpm passes it on.
    args: args.filter((arg) => arg !== '--'),
    options: {
      only: { type: 'string' },
      engines: { type: 'string' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const everything = values.only === undefined && values.engines === undefined
  return {
    benchmarks: select('--only', values.only, benchmarks, ({ id }) => id),
    engines: select('--engines', values.engines, engineNames, (name) => name),
    save: values.save || everything,
    help: values.help,
  }
}
