// The text of a part with paragraphs, lists, bold and italics. Loaded only where a page has one: the textarea
// under it stays what is sent and what works without scripts.
import { baseKeymap, toggleMark } from 'prosemirror-commands'
import { history, redo, undo } from 'prosemirror-history'
import { inputRules, wrappingInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import { Fragment, Schema, Slice } from 'prosemirror-model'
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list'
import { EditorState, Plugin, Selection } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { asPlainLines, blocksOf, countWords, runsOf, writeRuns } from './text.js'
import { cleanPaste } from './word.js'

const schema = new Schema({
  nodes: {
    doc: { content: '(paragraph | bullet_list | ordered_list)+' },
    paragraph: { content: 'inline*', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', { class: 'govuk-body' }, 0] },
    bullet_list: {
      content: 'list_item+',
      parseDOM: [{ tag: 'ul' }],
      toDOM: () => ['ul', { class: 'govuk-list govuk-list--bullet' }, 0]
    },
    ordered_list: {
      content: 'list_item+',
      attrs: { order: { default: 1 } },
      parseDOM: [{ tag: 'ol', getAttrs: (list) => ({ order: list.start || 1 }) }],
      toDOM: (node) => ['ol', { class: 'govuk-list govuk-list--number', ...(node.attrs.order !== 1 && { start: node.attrs.order }) }, 0]
    },
    list_item: { content: 'paragraph (bullet_list | ordered_list)*', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
    text: { group: 'inline' },
    hard_break: { inline: true, group: 'inline', selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] }
  },
  marks: {
    em: { parseDOM: [{ tag: 'i' }, { tag: 'em' }, { style: 'font-style=italic' }], toDOM: () => ['em', 0] },
    strong: {
      parseDOM: [
        { tag: 'strong' },
        { tag: 'b', getAttrs: (node) => node.style.fontWeight !== 'normal' && null },
        { style: 'font-weight=400', clearMark: (mark) => mark.type.name === 'strong' },
        { style: 'font-weight', getAttrs: (value) => /^(bold(er)?|[6-9]\d{2,})$/.test(value) && null }
      ],
      toDOM: () => ['strong', 0]
    }
  }
})
const { paragraph, bullet_list: bullets, ordered_list: numbers, list_item: item, hard_break: lineBreak } = schema.nodes
const { strong, em } = schema.marks

// Text to document and back -------------------------------------------------------------------------

function inlineOf (text) {
  const nodes = []
  for (const run of runsOf(text)) {
    const marks = [...(run.em ? [em.create()] : []), ...(run.strong ? [strong.create()] : [])]
    run.text.split('\n').forEach((line, number) => {
      if (number) nodes.push(lineBreak.create())
      if (line) nodes.push(schema.text(line, marks))
    })
  }
  return nodes
}

function listOf (list) {
  const items = list.items.map((one) => item.create(null, [paragraph.create(null, inlineOf(one.text)), ...one.lists.map(listOf)]))
  return list.start === null ? bullets.create(null, items) : numbers.create({ order: list.start }, items)
}

function nodesOf (text) {
  return blocksOf(text).map((block) => typeof block === 'string' ? paragraph.create(null, inlineOf(block)) : listOf(block))
}

function docOf (text) {
  const nodes = nodesOf(text)
  return schema.node('doc', null, nodes.length ? nodes : [paragraph.create()])
}

function lineOf (node) {
  const runs = []
  node.forEach((child) => {
    const marked = (mark) => Boolean(mark.isInSet(child.marks))
    runs.push({ text: child.type === lineBreak ? '\n' : child.text, strong: marked(strong), em: marked(em) })
  })
  return asPlainLines(writeRuns(runs).split('\n').map((line) => line.trim()).join('\n').replace(/\n{2,}/g, '\n').trim())
}

function linesOf (list, indent) {
  const lines = []
  list.forEach((one, _, number) => {
    const sign = list.type === numbers ? `${list.attrs.order + number}. ` : '- '
    one.forEach((child) => {
      if (child.type !== paragraph) lines.push(...linesOf(child, `${indent}  `))
      else lineOf(child).split('\n').forEach((line, at) => { if (line) lines.push(`${indent}${at ? '  ' : sign}${line}`) })
    })
  })
  return lines
}

export function textOf (doc) {
  const blocks = []
  doc.forEach((node) => {
    const block = node.type === paragraph ? lineOf(node) : linesOf(node, '').join('\n')
    if (block) blocks.push(block)
  })
  return blocks.join('\n\n')
}

// Tools ---------------------------------------------------------------------------------------------

function listAround (state) {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth)
    if (node.type === bullets || node.type === numbers) return { node, at: $from.before(depth) }
  }
  return null
}

// In such a list: out of it. In the other kind: it becomes this kind. Else: a new list.
function toggleList (type) {
  return (state, dispatch, view) => {
    const list = listAround(state)
    if (list && list.node.type === type) return liftListItem(item)(state, dispatch, view)
    if (!list) return wrapInList(type)(state, dispatch, view)
    if (dispatch) dispatch(state.tr.setNodeMarkup(list.at, type))
    return true
  }
}

const TOOLS = [
  { label: 'Bold', sign: 'B', key: 'Ctrl+B', run: toggleMark(strong), on: (state) => hasMark(state, strong) },
  { label: 'Bulleted list', sign: '•', run: toggleList(bullets), on: (state) => listAround(state)?.node.type === bullets },
  { label: 'Numbered list', sign: '1.', run: toggleList(numbers), on: (state) => listAround(state)?.node.type === numbers }
]

function hasMark (state, mark) {
  const { from, $from, to, empty } = state.selection
  return empty ? Boolean(mark.isInSet(state.storedMarks || $from.marks())) : state.doc.rangeHasMark(from, to, mark)
}

function toolbar (view) {
  const bar = document.createElement('div')
  bar.className = 'app-editor__tools'
  bar.setAttribute('role', 'toolbar')
  bar.setAttribute('aria-label', 'Format the text')
  bar.setAttribute('aria-controls', view.dom.id)
  const buttons = TOOLS.map((tool, number) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'app-editor__tool'
    button.tabIndex = number ? -1 : 0
    if (tool.key) button.title = tool.key
    const sign = document.createElement('span')
    sign.setAttribute('aria-hidden', 'true')
    sign.className = 'app-editor__sign'
    sign.textContent = tool.sign
    button.append(sign, tool.label)
    button.addEventListener('mousedown', (event) => event.preventDefault())
    button.addEventListener('click', () => { tool.run(view.state, view.dispatch, view); view.focus() })
    bar.append(button)
    return button
  })
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length]
    buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1 })
    next.focus()
    event.preventDefault()
  })
  const show = () => buttons.forEach((button, number) => button.setAttribute('aria-pressed', String(TOOLS[number].on(view.state))))
  return { bar, show }
}

// One box -------------------------------------------------------------------------------------------

const keys = {
  'Mod-b': toggleMark(strong),
  'Mod-i': toggleMark(em),
  'Mod-z': undo,
  'Mod-y': redo,
  'Shift-Mod-z': redo,
  Enter: splitListItem(item),
  'Shift-Enter': (state, dispatch) => {
    if (dispatch) dispatch(state.tr.replaceSelectionWith(lineBreak.create()).scrollIntoView())
    return true
  },
  'Mod-]': sinkListItem(item),
  'Mod-[': liftListItem(item)
}

function stateOf (text, changed) {
  return EditorState.create({
    doc: docOf(text),
    plugins: [
      inputRules({
        rules: [
          wrappingInputRule(/^\s*[-*•]\s$/, bullets),
          wrappingInputRule(/^(\d{1,3})[.)]\s$/, numbers, (found) => ({ order: Number(found[1]) }))
        ]
      }),
      keymap(keys),
      keymap(baseKeymap),
      history(),
      new Plugin({ view: () => ({ update: changed }) })
    ]
  })
}

// The count beside the box, in GOV.UK's words, and told only when typing pauses.
function counter (box) {
  const words = parseInt(box.dataset.words || '', 10)
  const shown = box.querySelector('[data-count]')
  if (!words || !shown) return () => {}
  const told = document.createElement('p')
  told.className = 'govuk-visually-hidden'
  told.setAttribute('aria-live', 'polite')
  shown.after(told)
  let waiting
  return (text) => {
    const left = words - countWords(text)
    const many = Math.abs(left).toLocaleString('en-GB')
    const say = `You have ${many} word${Math.abs(left) === 1 ? '' : 's'} ${left < 0 ? 'too many' : 'remaining'}`
    shown.textContent = say
    shown.classList.toggle('govuk-error-message', left < 0)
    shown.classList.toggle('govuk-hint', left >= 0)
    clearTimeout(waiting)
    waiting = setTimeout(() => { told.textContent = say }, 1500)
  }
}

export function startEditor (box) {
  const area = box.querySelector('textarea')
  const label = box.querySelector(`label[for="${area.id}"]`)
  label.id = label.id || `${area.id}-label`
  const count = counter(box)
  const described = [...new Set([...(area.getAttribute('aria-describedby') || '').split(' '), ...(box.querySelector('[data-count]') ? [`${area.id}-info`] : [])])]
  let view
  let tools
  const changed = (_, before) => {
    if (tools) tools.show()
    if (!view || before.doc.eq(view.state.doc)) return
    area.value = textOf(view.state.doc)
    count(area.value)
    area.dispatchEvent(new Event('input', { bubbles: true }))
  }
  const frame = document.createElement('div')
  frame.className = 'app-editor'
  area.before(frame)
  view = new EditorView(frame, {
    state: stateOf(area.value, changed),
    attributes: {
      id: `${area.id}-editor`,
      class: `app-editor__text${area.classList.contains('govuk-textarea--error') ? ' app-editor__text--error' : ''}`,
      role: 'textbox',
      'aria-multiline': 'true',
      spellcheck: 'true',
      'aria-labelledby': label.id,
      'aria-describedby': described.filter(Boolean).join(' '),
      ...(area.classList.contains('govuk-textarea--error') && { 'aria-invalid': 'true' })
    },
    transformPastedHTML: cleanPaste,
    clipboardTextParser: (text) => {
      const nodes = nodesOf(text)
      return new Slice(Fragment.from(nodes), nodes[0]?.type === paragraph ? 1 : 0, nodes[nodes.length - 1]?.type === paragraph ? 1 : 0)
    },
    clipboardTextSerializer: (slice) => slice.content.textBetween(0, slice.content.size, '\n', '\n')
  })
  tools = toolbar(view)
  frame.prepend(tools.bar)
  tools.show()
  view.dom.style.minHeight = `${Math.min(parseInt(area.rows, 10) || 8, 16) * 1.5}em`
  const wasTyping = document.activeElement === area
  area.hidden = true
  label.removeAttribute('for')
  label.addEventListener('click', () => view.focus())
  // Links of the error summary lead to the textarea's id.
  document.addEventListener('click', (event) => {
    if (event.target.closest(`a[href="#${area.id}"]`)) { event.preventDefault(); view.focus() }
  })
  area.addEventListener('app:put-back', () => {
    view.updateState(stateOf(area.value, changed))
    count(area.value)
  })
  count(area.value)
  if (wasTyping) {
    view.dispatch(view.state.tr.setSelection(Selection.atEnd(view.state.doc)))
    view.focus()
  }
  box.dataset.editor = 'started'
  return view
}

for (const box of document.querySelectorAll('[data-editor]')) startEditor(box)
export { blocksOf, countWords, docOf }
