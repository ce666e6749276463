// A plugin for typedoc: groups the API reference by the folders and files of the sources, such as "Ops: arithmetic".
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc'

/**
 * The group of a source file: its folder, or itself beside the entry; each file of the ops is a group of its own.
 *
 * @param {string} file
 */
function groupOf(file) {
  const [, below] = /\/src\/(.*)\.ts$/.exec(file.replaceAll('\\', '/')) ?? []
  if (below === undefined) return undefined
  const [folder, family] = below.split('/')
  const title = `${folder[0].toUpperCase()}${folder.slice(1).replaceAll('-', ' ')}`
  return folder === 'ops' ? `${title}: ${family.replaceAll('-', ' ')}` : title
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.parent?.kind !== ReflectionKind.Module && reflection.parent?.kind !== ReflectionKind.Project) return
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0].getSourceFile().fileName
    const group = file && groupOf(file)
    if (group === undefined) return
    reflection.comment ??= new Comment()
    reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: group }]))
  })
}
