import { checkArguments, type Kind } from '@cotangent/core'
import type { URLLike } from '@cotangent/io'
import { ExportError } from '../errors'

// Modules of Node come from process.getBuiltinModule, not from an import. A bundler for browsers sees no module that
// browsers lack.

function builtin<Id extends 'node:fs/promises' | 'node:path' | 'node:url'>(id: Id) {
  const found =
    typeof process === 'object' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule(id) : null
  if (found === null)
    throw new ExportError(
      'no-file-system',
      '[write] expected a platform with files, got none; take the bytes from bundle.files',
    )
  return found
}

const aFolder: Kind = {
  expected: 'a folder (a path or a file URL)',
  accepts: (value) =>
    (typeof value === 'string' && value !== '') || typeof (value as Partial<URLLike> | null)?.href === 'string',
}

const parameters = [aFolder]

/**
 * Writes files to a folder: all or none. They are written to a new folder beside it and flushed to the disk; then the
 * folder is renamed. An older bundle is moved aside first, moved back if that fails, and removed at the end.
 */
export async function writeFolder(
  files: ReadonlyMap<string, Uint8Array>,
  args: readonly [folder: string | URLLike],
): Promise<void> {
  checkArguments('write', parameters, args)
  const [given] = args
  const address = typeof given === 'string' ? given : given.href
  const path = /^file:/i.test(address) ? builtin('node:url').fileURLToPath(address) : address
  try {
    await replaceFolder(builtin('node:path').resolve(path), files)
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    const text = error.message.replace(/\.\w+\.(?:tmp|old)\b/g, '')
    throw new ExportError(
      'unwritable-folder',
      `[write] expected a folder that can be written, got ${text}; check the folder around it and its rights`,
      { cause: error },
    )
  }
}

async function replaceFolder(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { mkdir, rename, rm } = builtin('node:fs/promises')
  const { dirname, join } = builtin('node:path')
  const isThere = await checkReplaceable(path)
  const suffix = Math.random().toString(36).slice(2)
  const [fresh, old] = [`${path}.${suffix}.tmp`, `${path}.${suffix}.old`]
  try {
    await mkdir(fresh)
    for (const [name, bytes] of files) await writeFlushed(join(fresh, name), bytes)
    await flushFolder(fresh)
    if (isThere) await rename(path, old)
    await rename(fresh, path).catch(async (error: unknown) => {
      if (isThere) await rename(old, path)
      throw error
    })
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    throw error
  }
  await flushFolder(dirname(path))
  await rm(old, { recursive: true, force: true })
}

/**
 * Whether there is a folder, which a bundle may replace.
 *
 * @throws ExportError if it holds anything that is not of a bundle.
 */
async function checkReplaceable(path: string): Promise<boolean> {
  const { lstat, readdir, readFile } = builtin('node:fs/promises')
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return null
    throw error
  })
  if (found === null) return false
  if (!found.isDirectory()) throw foreign(path, found.isSymbolicLink() ? 'a link' : 'a file')
  const entries = await readdir(path)
  if (entries.length === 0) return true
  const manifest = entries.includes('bundle.json')
    ? await readFile(builtin('node:path').join(path, 'bundle.json'), 'utf8')
    : ''
  const known = bundleFiles(manifest)
  if (known === null) throw foreign(path, 'a folder without bundle.json of a bundle')
  const others = entries.filter((name) => name !== 'bundle.json' && !known.includes(name))
  if (others.length > 0) throw foreign(path, `a bundle with other files beside it: ${others.sort().join(', ')}`)
  return true
}

/** The names of files that the text of `bundle.json` lists; null if it is none. */
function bundleFiles(text: string): string[] | null {
  try {
    const { format, files } = JSON.parse(text) as { readonly format?: unknown; readonly files?: object }
    return format === 'cotangent-bundle' ? Object.keys(files ?? {}) : null
  } catch {
    return null
  }
}

function foreign(path: string, got: string): ExportError {
  return new ExportError(
    'foreign-folder',
    `[write] expected no folder, an empty one or a bundle at ${path}, got ${got}; write to another folder, or remove it`,
  )
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await builtin('node:fs/promises').open(path, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Flushes the entries of a folder. Some systems cannot open a folder; there that is left to the system. */
async function flushFolder(path: string): Promise<void> {
  const handle = await builtin('node:fs/promises')
    .open(path, 'r')
    .catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
