import { checkArguments, type DType, type Kind, kinds, runAs, type Tensor } from '@cotangent/core'
import { FileError, named, within } from './errors'
import { aStoredFloat, aTarget, aTree, isStream, someBytes, someMetadata } from './kinds'
import { asStored } from './match'
import { namesOf, type Naming } from './names'
import { beside, type FileToWrite, pathOf, writeNodeFiles } from './node-files'
import { writeNpy } from './npy'
import { writeNpz } from './npz'
import { type ToWrite, writeSafetensors } from './safetensors'
import { indexOf, isIndex, shardNames, split } from './shards'
import type { URLLike } from './source'
import { type StoredType, storedTypeOf } from './stored-types'
import { joined } from './zip'

/** A WritableStream of bytes. */
export interface StreamLike {
  getWriter(): {
    write(chunk: Uint8Array): Promise<void>
    close(): Promise<void>
    abort(reason?: unknown): Promise<void>
  }
}

/** Options of `toNpy`, and of every function that writes floats. */
export interface FloatOptions {
  /**
   * The dtype in which the file stores floats, rounded to the nearest, ties to even. Default: their own. bfloat16 is
   * for safetensors only.
   */
  readonly dtype?: 'float16' | 'bfloat16' | 'float32'
}

/** Options of `toNpz`. */
export interface NpzOptions extends FloatOptions {
  /** The name of each tensor in the file. Default: its path with dots, `layers.0.weight`. */
  readonly names?: Naming
  /** Whether arrays are compressed. Default: false. */
  readonly compress?: boolean
}

/** Options of `toSafetensors`. */
export interface SafetensorsOptions extends FloatOptions {
  /** The name of each tensor in the file. Default: its path with dots, `layers.0.weight`. */
  readonly names?: Naming
  /** Notes in the file: text by name. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Options of `save`. */
export interface SaveOptions extends SafetensorsOptions, NpzOptions {
  /** Default: as the name of the file says; safetensors for a stream. */
  readonly format?: 'safetensors' | 'npz' | 'npy'
  /** The most bytes of elements in each file of an index. A larger tensor has a file of its own. Default: 5e9. */
  readonly maxShardBytes?: number
}

const floats = { dtype: aStoredFloat }
const forSafetensors = { ...floats, names: kinds.aFunction, metadata: someMetadata } satisfies Record<
  keyof SafetensorsOptions,
  Kind
>
const forNpz = { ...floats, names: kinds.aFunction, compress: kinds.flag } satisfies Record<keyof NpzOptions, Kind>
const saveParameters = [
  aTree,
  aTarget,
  /* @__PURE__ */ kinds.options({
    ...forSafetensors,
    ...forNpz,
    format: /* @__PURE__ */ kinds.oneOf('safetensors', 'npz', 'npy'),
    maxShardBytes: someBytes,
  } satisfies Record<keyof SaveOptions, Kind>),
]
const safetensorsParameters = [aTree, /* @__PURE__ */ kinds.options(forSafetensors)]
const npzParameters = [aTree, /* @__PURE__ */ kinds.options(forNpz)]
const npyParameters = [kinds.aTensor, /* @__PURE__ */ kinds.options(floats)]

/**
 * Writes a tree to a file. The name tells the format: `.safetensors`, `.npz`, or `.npy` for one tensor. A name that
 * ends in `.safetensors.index.json` writes an index and the files that it names. A tensor that stands at several
 * places is written once, under the name of the first.
 *
 * A file is written whole or not at all: to a temporary file in the same folder, which is flushed to the disk and
 * renamed. The files of an index are renamed one after the other, the index last.
 *
 * @throws FileError if a file cannot be written, if two tensors get one name, or if a value is too large for `dtype`;
 * TraceError for a symbolic tensor.
 */
export async function save(
  tree: unknown,
  target: string | URLLike | StreamLike,
  options: SaveOptions = {},
): Promise<void> {
  checkArguments('save', saveParameters, arguments)
  const address = typeof target === 'string' ? target : (target as Partial<URLLike>).href
  await named('save', () => within(address ?? '', () => write(tree, target, options)))
}

async function write(tree: unknown, target: string | URLLike | StreamLike, options: SaveOptions): Promise<void> {
  const { format } = options
  if (isStream(target)) return toStream(target as StreamLike, partsOf(tree, format ?? 'safetensors', options))
  const path = pathOf(typeof target === 'string' ? target : (target as URLLike).href)
  if (format === undefined && isIndex(path)) return writeNodeFiles(shardsOf(tree, path, options))
  return writeNodeFiles([{ path, parts: partsOf(tree, format ?? formatOf(path), options) }])
}

/**
 * The bytes of a file, in a buffer of their own: what `new Blob([bytes])` takes. It is `Uint8Array<ArrayBuffer>` for
 * compilers that know such a type, TypeScript 5.7 and newer, and `Uint8Array` for the others.
 */
export type FileBytes = ReturnType<Uint8Array['slice']>

/** The bytes of a safetensors file that holds a tree. @throws FileError as `save` does. */
export function toSafetensors(tree: unknown, options: SafetensorsOptions = {}): FileBytes {
  checkArguments('toSafetensors', safetensorsParameters, arguments)
  return named('toSafetensors', () => joined(partsOf(tree, 'safetensors', options)))
}

/** The bytes of an `.npz` file that holds a tree. @throws FileError as `save` does. */
export function toNpz(tree: unknown, options: NpzOptions = {}): FileBytes {
  checkArguments('toNpz', npzParameters, arguments)
  return named('toNpz', () => joined(partsOf(tree, 'npz', options)))
}

/** The bytes of an `.npy` file that holds a tensor. @throws FileError as `save` does. */
export function toNpy(x: Tensor, options: FloatOptions = {}): FileBytes {
  checkArguments('toNpy', npyParameters, arguments)
  return named('toNpy', () => joined(partsOf(x, 'npy', options)))
}

type Format = NonNullable<SaveOptions['format']>

function formatOf(path: string): Format {
  const [, extension] = /\.(safetensors|npz|npy)$/.exec(path) ?? []
  if (extension === undefined)
    throw new FileError(
      'unknown-format',
      "expected a name that ends in .safetensors, .npz or .npy, got another; pass { format: 'safetensors' }",
    )
  return extension as Format
}

/** The parts of a file in turn, so that one tensor at a time is encoded. */
function partsOf(tree: unknown, format: Format, options: SaveOptions): Iterable<Uint8Array> {
  const tensors = tensorsOf(tree, options)
  if (format === 'safetensors') return writeSafetensors(tensors, options.metadata ?? {})
  if (options.metadata !== undefined)
    throw new FileError('no-metadata', `expected no metadata for ${format}, which has no place for it; use safetensors`)
  if (format === 'npz') return writeNpz(tensors, options.compress ?? false)
  if (tensors.length !== 1)
    throw new FileError('one-tensor', `expected one tensor for .npy, got ${tensors.length}; use .npz or .safetensors`)
  return [writeNpy(tensors[0].value, tensors[0].stored)]
}

function tensorsOf(tree: unknown, { names, dtype }: SaveOptions): ToWrite[] {
  return namesOf('save', tree, names).places.map(({ leaf, stored: [first] }) => ({
    name: first.name,
    stored: storedAs(leaf.dtype, dtype),
    value: runAs('save', asStored, [leaf, first]),
  }))
}

function storedAs(dtype: DType, asked: SaveOptions['dtype']): StoredType {
  const floats = { float16: 'F16', bfloat16: 'BF16', float32: 'F32' } as const
  return asked === undefined || !dtype.startsWith('float') ? storedTypeOf[dtype] : floats[asked]
}

function shardsOf(tree: unknown, path: string, options: SaveOptions): FileToWrite[] {
  const shards = split(tensorsOf(tree, options), options.maxShardBytes ?? 5e9)
  const base = path.replace(/(?:\.safetensors)?\.index\.json$/, '').replace(/^.*[/\\]/, '')
  const names = shardNames(base, shards.length)
  return [
    ...shards.map((shard, i) => ({
      path: beside(path, names[i]),
      parts: writeSafetensors(shard, options.metadata ?? {}),
    })),
    { path, parts: [new TextEncoder().encode(indexOf(shards, names))] },
  ]
}

async function toStream(stream: StreamLike, parts: Iterable<Uint8Array>): Promise<void> {
  const writer = stream.getWriter()
  try {
    for (const part of parts) await writer.write(part)
    await writer.close()
  } catch (error) {
    // The stream tells its own errors; what its end makes of this one does not matter.
    await writer.abort(error).catch(() => undefined)
    throw error
  }
}
