import type { DType } from '@cotangent/core'
import type { Sharding } from './shardings'
import { sha256 } from './sha256'

/** What an input of a module is. */
export type InputRole = 'model' | 'state' | 'batch' | 'argument' | 'constant'

/** What an output of a module is. */
export type OutputRole = 'loss' | 'model' | 'state' | 'metric' | 'result'

/** An input of a module, in `bundle.json`. */
export interface InputEntry {
  readonly role: InputRole
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Of a batch input: whether its first axis is the batch. */
  readonly batched?: boolean
}

/** An output of a module, in `bundle.json`. */
export interface OutputEntry {
  readonly role: OutputRole
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Of a model or state output: the position of the input that it is in the next step. */
  readonly input?: number
}

/** What `bundle.json` says besides the files. */
export interface Manifest {
  readonly kind: 'training' | 'function'
  readonly module: string
  readonly vjp?: string
  readonly inputs: readonly InputEntry[]
  readonly outputs: readonly OutputEntry[]
  readonly batchSize?: number
  readonly shardings?: readonly Sharding[]
}

const producer = '@cotangent/export 0.1.0'

/** The text of `bundle.json`. Equal contents give equal text: no dates, no paths, one order of fields. */
export function manifestText(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): string {
  const facts = [...files].map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }] as const)
  const { kind, module, vjp, inputs, outputs, batchSize, shardings } = manifest
  const fields = {
    ...{ format: 'cotangent-bundle', version: 1, kind, producer, module, vjp },
    ...{ files: Object.fromEntries(facts), inputs, outputs, batchSize, shardings },
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${JSON.stringify(name)}: ${valueText(value)}`],
  )
  return `{\n${lines.join(',\n')}\n}\n`
}

/** JSON with a line for each element of a list and each field of an object. */
function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const name = (key: string) => (Array.isArray(value) ? '' : `${JSON.stringify(key)}: `)
  const lines = Object.entries(value).map(([key, each]) => `    ${name(key)}${JSON.stringify(each)}`)
  return lines.length === 0 ? open + close : `${open}\n${lines.join(',\n')}\n  ${close}`
}
