import type { Bytes } from './bytes'
import { damaged, within } from './errors'
import { bytesOf, readSafetensors, type ToWrite } from './safetensors'
import { largestHeader, parseStrict } from './safetensors-header'
import type { Contents, Entry } from './tensor-file'

// A model in several files, as transformers writes it: an index names the file of each tensor.

/** Whether an address is that of an index. */
export function isIndex(address: string): boolean {
  return /\.index\.json(?:[?#].*)?$/.test(address)
}

/**
 * Reads an index, and the headers of the files that it names. `openBeside` opens a file in the folder of the index.
 *
 * @throws FileError if the index and the files disagree.
 */
export async function readIndex(file: Bytes, openBeside: (name: string) => Promise<Bytes>): Promise<Contents> {
  if (file.size > largestHeader) throw damaged(`an index of at most ${largestHeader} bytes`, String(file.size))
  const index = parseStrict(await file.read(0, file.size), 'the index', false)
  const map = Object.entries((index.weight_map ?? {}) as Record<string, unknown>)
  const entries = new Map<string, Entry>()
  const metadata: Record<string, string> = {}
  for (const name of new Set(map.map(([, shard]) => shard))) {
    // A name with a folder in it could reach any file of this machine.
    if (typeof name !== 'string' || !/^[^/\\:]+$/.test(name) || name === '..')
      throw damaged('names of files in the folder of the index', JSON.stringify(name))
    const shard = await within(name, async () => readSafetensors(await openBeside(name)))
    Object.assign(metadata, shard.metadata)
    const listed = new Set(map.flatMap(([tensor, at]) => (at === name ? [tensor] : [])))
    for (const [tensor, entry] of shard.entries) {
      if (!listed.delete(tensor)) throw damaged(`the index to list '${tensor}' of ${name}`, 'no such line')
      entries.set(tensor, entry)
    }
    for (const tensor of listed) throw damaged(`'${tensor}' in ${name}`, 'no such tensor')
  }
  return { entries, metadata }
}

/**
 * Tensors in the order of their tree, split into files of at most `most` bytes of elements. A larger tensor has a
 * file of its own.
 */
export function split(tensors: readonly ToWrite[], most: number): ToWrite[][] {
  const shards: ToWrite[][] = []
  let room = 0
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor)
    if (shards.length === 0 || bytes > room) {
      shards.push([])
      room = most
    }
    shards.at(-1)!.push(tensor)
    room -= bytes
  }
  return shards
}

/** The names of the files of an index: `model-00001-of-00003.safetensors`. */
export function shardNames(base: string, count: number): string[] {
  const digits = (n: number) => String(n).padStart(5, '0')
  return Array.from({ length: count }, (_, i) => `${base}-${digits(i + 1)}-of-${digits(count)}.safetensors`)
}

/** The text of an index. */
export function indexOf(shards: readonly (readonly ToWrite[])[], names: readonly string[]): string {
  const total = shards.flat().reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  const map = shards.flatMap((shard, i) => shard.map(({ name }): [string, string] => [name, names[i]]))
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) }
  return `${JSON.stringify(index, null, 2)}\n`
}
