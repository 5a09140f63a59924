// A text with light marks, read as psqm_portal/core/text.py reads it: paragraphs, lists, bold, italics.
const SPACE = '\\s\\ufeff\\x1c-\\x1f\\x85'
const WORD = new RegExp(`[^${SPACE}]+`, 'g')
const MARKER = /^([ \t]*)([-*•]|\d{1,3}[.)])[ \t]+(?=\S)(.*)$/
const TOKEN = /\\([\\*\-.)•])|\*\*|\*|[^\\*]+|\\/g
const DEEPEST = 3

export function countWords (text) {
  let words = 0
  for (const line of text.split('\n')) {
    const found = MARKER.exec(line)
    words += ((found ? found[3] : line).match(WORD) || []).length
  }
  return words
}

// [string | { start: number | null, items: [{ text, lists }] }]
export function blocksOf (text) {
  const blocks = []
  const open = []
  let paragraph = []
  const endParagraph = () => {
    if (paragraph.length) blocks.push(paragraph.join('\n'))
    paragraph = []
  }
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const found = MARKER.exec(line)
    if (!line.trim()) endParagraph()
    else if (found) {
      endParagraph()
      addItem(blocks, open, found[1], found[2], found[3].trim())
    } else if (open.length && line.startsWith('  ') && !paragraph.length) {
      const list = open[open.length - 1]
      list.items[list.items.length - 1].text += `\n${line.trim()}`
    } else {
      open.length = 0
      paragraph.push(line.trim())
    }
  }
  endParagraph()
  return blocks
}

function addItem (blocks, open, indent, sign, text) {
  const depth = Math.min(Math.floor(indent.replaceAll('\t', '  ').length / 2), open.length, DEEPEST)
  open.length = Math.min(open.length, depth + 1)
  const numbered = /\d/.test(sign[0])
  let here = open[depth]
  if (!here || (here.start !== null) !== numbered) {
    open.length = depth
    here = { start: numbered ? parseInt(sign, 10) : null, items: [] }
    if (open.length) {
      const above = open[open.length - 1].items
      above[above.length - 1].lists.push(here)
    } else blocks.push(here)
    open.push(here)
  }
  here.items.push({ text, lists: [] })
}

// [{ text, strong, em }]
export function runsOf (text) {
  const tokens = [...text.matchAll(TOKEN)]
  const before = (token) => token.index > 0 && !/\s/.test(text[token.index - 1])
  const after = (token) => {
    const next = text[token.index + token[0].length]
    return next !== undefined && !/\s/.test(next)
  }
  const last = {}
  tokens.forEach((token, number) => { if (before(token)) last[token[0]] = number })
  const on = { '**': false, '*': false }
  const runs = []
  tokens.forEach((token, number) => {
    const sign = token[0]
    if (sign in on && (on[sign] ? before(token) : after(token) && (last[sign] || 0) > number + 1)) {
      on[sign] = !on[sign]
      return
    }
    const said = token[1] || sign
    const end = runs[runs.length - 1]
    if (end && end.strong === on['**'] && end.em === on['*']) end.text += said
    else runs.push({ text: said, strong: on['**'], em: on['*'] })
  })
  return runs
}

// Back to a text ----------------------------------------------------------------------------------

export function writeRuns (runs) {
  let text = ''
  const on = { strong: false, em: false }
  const sign = { strong: '**', em: '*' }
  for (const run of [...hugging(runs), { text: '', strong: false, em: false }]) {
    for (const mark of ['em', 'strong']) if (on[mark] && !run[mark]) { text += sign[mark]; on[mark] = false }
    for (const mark of ['strong', 'em']) if (!on[mark] && run[mark]) { text += sign[mark]; on[mark] = true }
    text += run.text.replace(/\\(?=[\\*\-.)•])/g, '\\\\').replace(/\*/g, (star, at, whole) => {
      const alone = /^\s?$/.test(whole[at - 1] || ' ') && /^\s?$/.test(whole[at + 1] || ' ')
      return alone && !run.strong && !run.em ? star : '\\*'
    })
  }
  return text
}

// Marks hug words: white space at their edges belongs to what both neighbours share.
function hugging (runs) {
  const pieces = []
  for (const run of runs) {
    for (const part of run.text.split(/(^\s+|\s+$)/)) if (part) pieces.push({ ...run, text: part })
  }
  pieces.forEach((piece, at) => {
    if (piece.text.trim()) return
    const words = (some) => some.find((one) => one.text.trim()) || { strong: false, em: false }
    const left = words(pieces.slice(0, at).reverse())
    const right = words(pieces.slice(at + 1))
    piece.strong = left.strong && right.strong && piece.strong
    piece.em = left.em && right.em && piece.em
  })
  return pieces
}

// A line that would read as the beginning of a list, and isn't one.
export function asPlainLines (text) {
  return text.split('\n').map((line) => line.replace(/^([ \t]*)(?:([-•*])|(\d{1,3})([.)]))(?=[ \t]+\S)/, (_, indent, bullet, number, dot) =>
    bullet ? `${indent}\\${bullet}` : `${indent}${number}\\${dot}`)).join('\n')
}
