import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tensor, type Tensor, zeros } from '@cotangent/core'
import { type Bundle, exportTraining } from '@cotangent/export'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const bundleOf = (w: number): Bundle =>
  exportTraining((m: { w: Tensor }, s: object) => [m.w.square(), m, s] as const, {
    model: { w: tensor(w) as Tensor },
    state: {},
    batch: [zeros([2])],
  })
const [bundle, other] = [bundleOf(1), bundleOf(2)]

let around = ''
let folder = ''
beforeEach(() => {
  around = mkdtempSync(join(tmpdir(), 'cotangent-bundle-'))
  folder = join(around, 'bundle')
})
afterEach(() => rmSync(around, { recursive: true, force: true }))

const contents = () =>
  new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]))
const sorted = (files: ReadonlyMap<string, Uint8Array>) => [...files].sort(([a], [b]) => (a < b ? -1 : 1))
const errorOf = async (call: () => Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await call()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('no error')
}

/** Lets a call of the file system fail, the one of this number. */
function failing(name: 'open' | 'rename' | 'mkdir' | 'writeFile' | 'sync', at: number): void {
  const real = process.getBuiltinModule.bind(process)
  let calls = 0
  const fail = () => {
    if (++calls === at) throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { syscall: name })
  }
  const wrapped = (holder: any): any =>
    new Proxy(holder, {
      get: (target, key) => {
        const found = target[key]
        if (typeof found !== 'function') return found
        return async (...args: unknown[]) => {
          if (key === name) fail()
          const result = await found.apply(target, args)
          return key === 'open' ? wrapped(result) : result
        }
      },
    })
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((id: string) =>
    id === 'node:fs/promises' ? wrapped(real(id)) : real(id)) as never)
}

describe('a bundle is written', () => {
  it.each([
    ['a path', (path: string) => path],
    ['a file URL', (path: string) => pathToFileURL(path)],
    ['the text of a file URL', (path: string) => pathToFileURL(path).href],
  ])('to %s', async (_, given) => {
    await bundle.write(given(folder))
    expect(sorted(contents())).toEqual(sorted(bundle.files))
    expect(readdirSync(around)).toEqual(['bundle'])
  })

  it('in place of an older one, and into an empty folder', async () => {
    mkdirSync(folder)
    await other.write(folder)
    await bundle.write(folder)
    expect(sorted(contents())).toEqual(sorted(bundle.files))
    expect(readdirSync(around)).toEqual(['bundle'])
  })
})

describe('a folder is refused', () => {
  const refused = async (got: string) => {
    const before = readdirSync(around)
    const { code, message } = await errorOf(() => bundle.write(folder))
    expect(code).toBe('foreign-folder')
    expect(message).toContain(`[write] expected no folder, an empty one or a bundle at ${folder}, got ${got}`)
    expect(readdirSync(around)).toEqual(before)
  }

  it('that holds other files', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'thesis.txt'), '')
    await refused('a folder without bundle.json of a bundle')
    writeFileSync(join(folder, 'bundle.json'), '{"format": "another"}')
    await refused('a folder without bundle.json of a bundle')
    writeFileSync(join(folder, 'bundle.json'), '{')
    await refused('a folder without bundle.json of a bundle')
  })

  it('where a bundle has checkpoints beside it', async () => {
    await bundle.write(folder)
    mkdirSync(join(folder, 'step-00000100'))
    await refused('a bundle with other files beside it: step-00000100')
  })

  it('that is a file or a link', async () => {
    writeFileSync(folder, '')
    await refused('a file')
    rmSync(folder)
    symlinkSync(around, folder)
    await refused('a link')
  })
})

describe('a failure', () => {
  it.each(['mkdir', 'open', 'writeFile', 'sync', 'rename'] as const)(
    'of %s leaves the old bundle, and nothing else',
    async (name) => {
      await other.write(folder)
      for (const at of name === 'mkdir' ? [1] : [1, 2]) {
        failing(name, at)
        const { code, message } = await errorOf(() => bundle.write(folder))
        vi.restoreAllMocks()
        expect(code).toBe('unwritable-folder')
        expect(message).toContain(`ENOSPC: no space left on device, ${name}`)
        expect(sorted(contents())).toEqual(sorted(other.files))
        expect(readdirSync(around)).toEqual(['bundle'])
      }
    },
  )

  it('leaves nothing where nothing was', async () => {
    failing('writeFile', 3)
    expect((await errorOf(() => bundle.write(folder))).code).toBe('unwritable-folder')
    expect(readdirSync(around)).toEqual([])
  })

  it('names a folder around it that is not there', async () => {
    const { code, message } = await errorOf(() => bundle.write(join(around, 'no', 'bundle')))
    expect([code, message]).toEqual(['unwritable-folder', expect.stringContaining(join(around, 'no'))])
  })
})

describe('without files', () => {
  it('write is an error, and files are there', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(null as never)
    const { code, message } = await errorOf(() => bundle.write('bundle'))
    expect([code, message]).toEqual([
      'no-file-system',
      '[write] expected a platform with files, got none; take the bytes from bundle.files',
    ])
  })

  it('write checks its argument first', async () => {
    for (const odd of ['', 3, {}, null]) {
      const { code, message } = await errorOf(() => bundle.write(odd as never))
      expect([code, message]).toEqual(['argument', expect.stringContaining('[write] expected a folder')])
    }
  })
})
