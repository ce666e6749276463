import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { danglingIn } from '../scripts/dangling.mjs'

const files = {
  'README.md': '[here](CHANGELOG.md#one) [up](../../docs/data.md) [out](https://example.com/a.md) [top](#top) [no](docs/no.md)',
  'CHANGELOG.md': '# one',
  'dist/index.js': "import { a } from './a.js'\nimport './gone.js'\nexport * from './lost.js'\n//# sourceMappingURL=index.js.map",
  'dist/a.js': "const b = require('./b.cjs'); import('node:fs'); from 'elsewhere'\n//# sourceMappingURL=a.js.map",
  'dist/index.js.map': JSON.stringify({ sources: ['../src/index.ts', '../src/a.ts'], sourcesContent: ['x', null] }),
  'dist/index.d.ts': "export * from './a.js'\nexport declare const b: import('./b.js').B",
  'dist/a.d.ts': '',
} // prettier-ignore

it('names what a packed file points to and what is not packed', () => {
  const root = mkdtempSync(join(tmpdir(), 'cotangent-dangling-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    expect(danglingIn(root).sort()).toEqual([
      'README.md points to ../../docs/data.md, which is not packed',
      'README.md points to docs/no.md, which is not packed',
      'dist/a.js points to ./b.cjs, which is not packed',
      'dist/a.js points to a.js.map, which is not packed',
      'dist/index.d.ts points to ./b.js, which is not packed',
      'dist/index.js points to ./gone.js, which is not packed',
      'dist/index.js points to ./lost.js, which is not packed',
      'dist/index.js.map points to ../src/a.ts, which is not packed',
    ])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
