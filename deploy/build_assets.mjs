// Builds what browsers load into static/dist (ignored by git): `npm ci --ignore-scripts && npm run build`.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { compile, Logger } from 'sass'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'static', 'dist')
const modules = join(root, 'node_modules')

rmSync(dist, { recursive: true, force: true })
mkdirSync(join(dist, 'fonts'), { recursive: true })

const { css } = compile(join(root, 'static', 'src', 'portal.scss'), {
  loadPaths: [root, modules],
  style: 'compressed',
  quietDeps: true,
  silenceDeprecations: ['import'],
  logger: Logger.silent
})
// Packages mention their source maps; a mention of a file that isn't there stops the manifest storage.
writeFileSync(join(dist, 'portal.css'), css.replace(/\/\*#\s*sourceMappingURL=.*?\*\//g, ''))

await build({
  // These stand alone: only pages with a text of a part load the editor, and the one that adds files uploads.
  entryPoints: ['portal', 'editor', 'uploads'].map((name) => join(root, 'static', 'src', `${name}.js`)),
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2020',
  legalComments: 'none',
  logLevel: 'warning'
})
cpSync(join(modules, 'htmx.org', 'dist', 'htmx.min.js'), join(dist, 'htmx.js'))

const font = join(modules, '@fontsource-variable', 'atkinson-hyperlegible-next')
for (const name of readdirSync(join(font, 'files')).filter((name) => name.endsWith('-normal.woff2'))) {
  cpSync(join(font, 'files', name), join(dist, 'fonts', name))
}
cpSync(join(font, 'LICENSE'), join(dist, 'fonts', 'LICENSE'))
// What PDFs are set in: a weight to a file, as taking a weight out of a variable font costs more than the page.
// Noto Sans has the letters of Europe that our own typeface hasn't.
for (const name of ['atkinson-hyperlegible-next', 'noto-sans']) {
  const family = join(modules, '@fontsource', name)
  mkdirSync(join(dist, 'fonts', 'print'), { recursive: true })
  for (const file of readdirSync(join(family, 'files')).filter((file) => /-(latin|latin-ext|greek|greek-ext|cyrillic|cyrillic-ext)-(400|700)-normal\.woff2$/.test(file))) {
    cpSync(join(family, 'files', file), join(dist, 'fonts', 'print', file))
  }
  cpSync(join(family, 'LICENSE'), join(dist, 'fonts', 'print', `LICENSE-${name}`))
}

for (const name of readdirSync(dist)) {
  const kilobytes = (statSync(join(dist, name)).size / 1024).toFixed(0)
  if (/\.(css|js)$/.test(name)) {
    if (readFileSync(join(dist, name), 'utf8').includes('sourceMappingURL')) throw new Error(`${name} names a source map`)
    console.log(`${name}: ${kilobytes} KB`)
  }
}
