import type { Graph, Tensor } from '@cotangent/core'
import { toSafetensors, type URLLike } from '@cotangent/io'
import { toStableHLO } from '../stablehlo/to-stablehlo'
import { writeFolder } from './folder'
import { type Manifest, manifestText } from './manifest'

/** A folder of files for the Python package `cotangent_xla`. */
export interface Bundle {
  /** The files by name: `bundle.json`, the modules, and the tensors of model, state and constants. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /**
   * Writes the files to a folder: all of them or none. A folder that is there is replaced if it is a bundle or empty.
   *
   * @throws ExportError if the folder holds anything else, if it cannot be written, or where there are no files.
   */
  write(folder: string | URLLike): Promise<void>
}

/** What a bundle is made from. `tensors` are those of the inputs, in order; those of a batch are not written. */
export interface Parts {
  readonly manifest: Manifest
  readonly modules: Readonly<Record<string, Graph>>
  readonly tensors: readonly Tensor[]
}

const tensorFiles = {
  model: 'model.safetensors',
  state: 'state.safetensors',
  constant: 'constants.safetensors',
} as const

/** A bundle of modules and of the tensors that they begin with. */
export function bundleOf({ manifest, modules, tensors }: Parts): Bundle {
  const text = new TextEncoder()
  const files = new Map<string, Uint8Array>()
  for (const [name, graph] of Object.entries(modules))
    files.set(name, text.encode(toStableHLO(graph, { name: name.replace('.mlir', '') })))
  for (const [role, file] of Object.entries(tensorFiles)) {
    const own = manifest.inputs.flatMap((input, i) => (input.role === role ? [[input.name, tensors[i]] as const] : []))
    if (own.length > 0) files.set(file, toSafetensors(Object.fromEntries(own)))
  }
  const all = new Map([['bundle.json', text.encode(manifestText(manifest, files))], ...files])
  return { files: all, write: (...args) => writeFolder(all, args) }
}
