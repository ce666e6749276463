import { type Bytes, inMemoryBytes } from './bytes'
import { pickled, within } from './errors'
import { readNpy, writeNpy } from './npy'
import type { ToWrite } from './safetensors'
import type { Contents, Entry } from './tensor-file'
import { isTorchArchive, readZip, writeZip } from './zip'

/** Reads an .npz file, an archive of .npy files. An array is unpacked again when it is asked for. */
export async function readNpz(file: Bytes, maxBytes: number): Promise<Contents> {
  const entries = new Map<string, Entry>()
  const bytes = await file.read(0, file.size)
  if (isTorchArchive(bytes)) throw pickled()
  for (const { name, unpack } of readZip(bytes, maxBytes)) {
    const array = name.replace(/\.npy$/, '')
    const open = () => within(`'${name}'`, () => readNpy(inMemoryBytes(unpack())))
    const { stored, shape } = await open()
    entries.set(array, { stored, shape, read: async () => (await open()).read() })
  }
  return { entries, metadata: {} }
}

/** The parts of an .npz file, as `numpy.savez` writes it; with `compress`, as `numpy.savez_compressed` does. */
export function* writeNpz(tensors: readonly ToWrite[], compress: boolean): Generator<Uint8Array> {
  function* files(): Generator<[string, Uint8Array]> {
    for (const { name, value, stored } of tensors)
      yield [`${name}.npy`, within(`tensor '${name}'`, () => writeNpy(value, stored))]
  }
  yield* writeZip(files(), compress)
}
