import { FileError, messageOf } from './errors'
import type { Bytes } from './bytes'

// Modules of Node come from process.getBuiltinModule, not from an import. A bundler for browsers sees no module that
// browsers lack.

/** A module of Node; null where there is none. */
function builtin<Id extends 'node:fs/promises' | 'node:path' | 'node:url'>(id: Id) {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function'
    ? process.getBuiltinModule(id)
    : null
}

/** Whether this platform has files. */
export function hasFiles(): boolean {
  return builtin('node:fs/promises') !== null
}

function files() {
  const module = builtin('node:fs/promises')
  if (module === null)
    throw new FileError(
      'no-file-system',
      'this platform has no files; pass a web address, a Blob or bytes, or write to a stream',
    )
  return module
}

/** The path of a file URL; any other text stands for itself. */
export function pathOf(address: string): string {
  if (!/^file:/i.test(address)) return address
  files()
  return builtin('node:url')!.fileURLToPath(address)
}

/** Opens a file of Node. */
export async function openNodeFile(path: string): Promise<Bytes> {
  const handle = await files().open(path, 'r')
  try {
    const { size } = await handle.stat()
    return {
      size,
      label: path,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length)
        let done = 0
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0)
            throw new FileError('changed-file', 'the file became shorter while it was read; read it again')
          done += bytesRead
        }
        return bytes
      },
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A file to write, in parts. */
export interface FileToWrite {
  readonly path: string
  readonly parts: Iterable<Uint8Array>
}

/**
 * Writes files whole or not at all. Each is written to a temporary file in the same folder, and flushed to the disk.
 * When all are there, they are renamed, in order. A failure before that leaves old files unchanged.
 *
 * @throws FileError if a file cannot be written.
 */
export async function writeNodeFiles(all: readonly FileToWrite[]): Promise<void> {
  const { open, rename, rm } = files()
  const written: { readonly temporary: string; readonly path: string }[] = []
  try {
    for (const { path, parts } of all) {
      const temporary = `${path}.${Math.random().toString(36).slice(2)}.tmp`
      const handle = await open(temporary, 'wx')
      written.push({ temporary, path })
      try {
        for (const part of parts) await writeAll(handle, part)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    for (const { temporary, path } of written) await rename(temporary, path)
    await syncFolders(written.map(({ path }) => path))
  } catch (error) {
    await Promise.all(written.map(({ temporary }) => rm(temporary, { force: true })))
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new FileError(
      'unwritable-file',
      `cannot be written: ${messageOf(error).replace(/\.\w+\.tmp\b/g, '')}; check the folder and its rights`,
      {
        cause: error,
      },
    )
  }
}

type Handle = Awaited<ReturnType<ReturnType<typeof files>['open']>>

async function writeAll(handle: Handle, part: Uint8Array): Promise<void> {
  let done = 0
  while (done < part.length) done += (await handle.write(part, done, part.length - done)).bytesWritten
}

/** Flushes the renaming. Some systems cannot open a folder; there the rename is left to the system. */
async function syncFolders(paths: readonly string[]): Promise<void> {
  const { dirname } = builtin('node:path')!
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const handle = await files()
      .open(folder, 'r')
      .catch(() => null)
    await handle?.sync().catch(() => undefined)
    await handle?.close()
  }
}

/** The path of a file in the folder of another. */
export function beside(address: string, name: string): string {
  const path = pathOf(address)
  const { dirname, join } = builtin('node:path')!
  return join(dirname(path), name)
}
