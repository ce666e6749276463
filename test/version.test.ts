import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Manifest {
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

it('a minor change of core gives all packages the next minor version, and a changelog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-version-'))
  try {
    const manifestOf = (name: string, at: string) =>
      JSON.parse(readFileSync(join(at, 'packages', name, 'package.json'), 'utf8')) as Manifest
    const copied = ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json']
    for (const file of [...copied, ...['core', 'nn'].map((name) => `packages/${name}/package.json`)]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(join(root, file), join(folder, file))
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    execFileSync('git', ['init', '--quiet', folder])
    writeFileSync(join(folder, '.changeset/change.md'), "---\n'@cotangent/core': minor\n---\n\nA new op.\n")
    execFileSync(process.execPath, [join(root, 'scripts/version.mjs'), folder], { stdio: 'pipe' })

    const [major, minor] = manifestOf('core', root).version.split('.').map(Number)
    for (const name of ['core', 'nn']) {
      const { version, ...others } = manifestOf(name, folder)
      const { version: _, ...expected } = manifestOf(name, root)
      expect(version).toBe(`${major}.${minor + 1}.0`)
      expect(others).toEqual(expected)
    }
    expect(readFileSync(join(folder, 'packages/core/CHANGELOG.md'), 'utf8')).toContain('A new op.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
