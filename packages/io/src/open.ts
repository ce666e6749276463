import { checkArguments, type Kind, kinds } from '@cotangent/core'
import type { Bytes } from './bytes'
import { FileError, named, within } from './errors'
import { aSource, someBytes } from './kinds'
import { beside } from './node-files'
import { isNpy, readNpy } from './npy'
import { readNpz } from './npz'
import { readSafetensors } from './safetensors'
import { isIndex, readIndex } from './shards'
import { openBytes, type Source } from './source'
import { type Contents, TensorFile } from './tensor-file'
import { isWebAddress } from './web'
import { isZip } from './zip'

/** Options of `open`. */
export interface OpenOptions {
  /** The most bytes that an .npz archive may unpack to. Default: 4 GiB. */
  readonly maxBytes?: number
}

const parameters = [
  aSource,
  /* @__PURE__ */ kinds.options({ maxBytes: someBytes } satisfies Record<keyof OpenOptions, Kind>),
]

/**
 * Opens a file of tensors: safetensors, an index of several (`model.safetensors.index.json`), `.npy` or `.npz`. The
 * contents tell which. Only the header is read. The tensor of an `.npy` file is called `tensor`.
 *
 * From a web address, tensors are read by range requests if the server answers them. An `.npz` file is read whole.
 *
 * @throws FileError if the file cannot be read or is damaged.
 */
export async function open(source: Source, options: OpenOptions = {}): Promise<TensorFile> {
  checkArguments('open', parameters, arguments)
  return named('open', () => openTensors(source, options, false))
}

/** `open` on behalf of another function. `whole` says that all tensors will be read. */
export async function openTensors(
  source: Source,
  { maxBytes = 2 ** 32 }: OpenOptions,
  whole: boolean,
): Promise<TensorFile> {
  const opened: Bytes[] = []
  const use = async (from: Source) => {
    const bytes = await openBytes(from, whole)
    opened.push(bytes)
    return bytes
  }
  const close = async () => void (await Promise.all(opened.map((bytes) => bytes.close())))
  const label = labelOf(source)
  try {
    const contents = await within(label, async () => {
      const file = await use(source)
      if (isIndex(label)) return readIndex(file, (name) => use(addressBeside(source, name)))
      return readAny(file, maxBytes)
    })
    return new TensorFile(label, contents, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function readAny(file: Bytes, maxBytes: number): Promise<Contents> {
  const start = await file.read(0, Math.min(8, file.size))
  if (isZip(start)) return readNpz(file, maxBytes)
  if (isNpy(start)) return { entries: new Map([['tensor', await readNpy(file)]]), metadata: {} }
  return readSafetensors(file)
}

/** What messages call a source. */
function labelOf(source: Source): string {
  if (typeof source === 'string') return source
  const { href, name } = source as { href?: unknown; name?: unknown }
  return typeof href === 'string' ? href : typeof name === 'string' ? name : ''
}

/** The address of a file in the folder of another. */
function addressBeside(source: Source, name: string): string {
  const address = typeof source === 'string' ? source : (source as { href?: unknown }).href
  if (typeof address !== 'string')
    throw new FileError(
      'no-folder',
      `expected the address of an index, which names the file '${name}' beside it, got its bytes; pass its path or URL`,
    )
  return isWebAddress(address)
    ? new URL(encodeURIComponent(name), new URL(address, pageAddress())).href
    : beside(address, name)
}

/** The address of the page, to which a browser relates addresses without a scheme. */
function pageAddress(): string | undefined {
  return (globalThis as { location?: { href?: string } }).location?.href
}
