// What Word and Google Docs put on the clipboard, as plain paragraphs, lists and bold. The document is inert:
// nothing in it runs or loads (S22); the editor's schema then takes only what it knows.
export function cleanPaste (html) {
  const doc = new DOMParser().parseFromString(html, 'text/html')
  for (const junk of doc.querySelectorAll('script, style, meta, link, title, xml, iframe, object, img, svg')) junk.remove()
  for (const heading of doc.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const paragraph = doc.createElement('p')
    const strong = doc.createElement('strong')
    strong.append(...heading.childNodes)
    paragraph.append(strong)
    heading.replaceWith(paragraph)
  }
  makeLists(doc)
  for (const odd of [...doc.body.querySelectorAll('*')].filter((one) => one.tagName.includes(':'))) {
    odd.replaceWith(...odd.childNodes)
  }
  return doc.body.innerHTML
}

// Word's lists are paragraphs with their sign typed in: <p style="mso-list:l0 level1 lfo1"><span>·</span>text</p>
function makeLists (doc) {
  let open = []
  let before = null
  for (const paragraph of [...doc.querySelectorAll('p, div')]) {
    const level = /mso-list:[^;]*level(\d)/i.exec(paragraph.getAttribute('style') || '')
    if (!level) continue
    const depth = Math.min(parseInt(level[1], 10), 4)
    const tag = takeSign(paragraph)
    if (previousOf(paragraph) !== before) open = []
    open.length = Math.min(open.length, depth)
    while (open.length < depth || open[depth - 1].tagName !== tag) {
      if (open.length === depth) open.pop()
      const list = doc.createElement(tag)
      const above = open[open.length - 1]
      if (above) (above.lastElementChild || above.appendChild(doc.createElement('li'))).append(list)
      else paragraph.before(list)
      open.push(list)
    }
    const item = doc.createElement('li')
    item.append(...paragraph.childNodes)
    open[open.length - 1].append(item)
    paragraph.remove()
    before = open[0]
  }
}

function previousOf (node) {
  let one = node.previousSibling
  while (one && one.nodeType !== 1 && !(one.textContent || '').trim()) one = one.previousSibling
  return one
}

function takeSign (paragraph) {
  const sign = [...paragraph.querySelectorAll('span')].find((one) => /mso-list:\s*ignore/i.test(one.getAttribute('style') || ''))
  const said = sign ? sign.textContent.trim() : ''
  if (sign) sign.remove()
  return /^[\divxa-z]{1,4}[.)]/i.test(said) ? 'OL' : 'UL'
}
