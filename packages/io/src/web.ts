import { type Bytes, inMemoryBytes } from './bytes'
import { FileError } from './errors'
import { hasFiles } from './node-files'

/** What the first request for a part of a file asks for: the header of most files fits. */
const firstBytes = 65_536

/** Whether an address is for `fetch`. Without a file system, every address is. */
export function isWebAddress(address: string): boolean {
  return /^(?:https?|blob|data):/i.test(address) || !hasFiles()
}

/**
 * Opens a file by its web address. If not all of it is needed and the server answers range requests (RFC 9110,
 * section 14), each read is a request of its own. Otherwise the first request brings all of it.
 */
export async function openWeb(address: string, whole: boolean): Promise<Bytes> {
  if (whole) return inMemoryBytes(await bodyOf(await request(address)), address)
  const first = await request(address, [0, firstBytes])
  const size = sizeOf(first)
  if (first.status !== 206) return inMemoryBytes(await bodyOf(first), address)
  if (size === null) return openWeb(address, true)
  const start = await bodyOf(first)
  if (start.length !== Math.min(firstBytes, size)) throw changed()
  const tag = first.headers.get('etag')
  return {
    size,
    label: address,
    read: async (offset, length) => {
      if (offset + length <= start.length) return start.subarray(offset, offset + length)
      const part = await request(address, [offset, length])
      const isSame = part.status === 206 && sizeOf(part) === size && part.headers.get('etag') === tag
      if (!isSame) throw changed()
      const bytes = await bodyOf(part)
      if (bytes.length !== length) throw changed()
      return bytes
    },
    close: () => Promise.resolve(),
  }
}

function changed(): FileError {
  return new FileError('changed-file', 'the server sent another file, or another part, than before; open it again')
}

async function request(address: string, range?: readonly [offset: number, length: number]): Promise<Response> {
  const headers = range && { range: `bytes=${range[0]}-${range[0] + range[1] - 1}` }
  const response = await fetch(address, headers && { headers })
  // 416: the file is empty, so that no range is inside it.
  if (response.status === 416) return new Response()
  if (!response.ok)
    throw new FileError(
      'unreadable-file',
      `cannot be read: the server answered ${`${response.status} ${response.statusText}`.trim()}; check the address`,
    )
  return response
}

/** The size of the file that a response holds a part of, if it says so. */
function sizeOf(response: Response): number | null {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
  return total === null ? null : Number(total[1])
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer())
}
