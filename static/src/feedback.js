// Feedback: words that are selected in a school's text become the quote of the box beside it, and a reply
// that is chosen goes into the box. Without scripts there is a field for the quote and a button for replies.
const LONGEST_QUOTE = 1000

export function startFeedback () {
  const places = document.querySelectorAll('[data-quotable]')
  if (places.length) startQuoting()
  // Where a page has many boxes, the replies stand in it once.
  const choice = document.getElementById('reply-choice')
  if (choice) for (const place of document.querySelectorAll('[data-reply-place]')) place.append(choice.content.cloneNode(true))
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-reply-choice]')) putIn(event.target)
  })
  window.addEventListener('hashchange', unfoldTarget)
  unfoldTarget()
}

function say (words) {
  const status = document.getElementById('app-status')
  if (status) status.textContent = words
}

// A thread or part that an address names may stand folded.
function unfoldTarget () {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target && unfold(target)) target.scrollIntoView()
}

function unfold (element) {
  let changed = false
  for (let at = element.closest('details'); at; at = at.parentElement.closest('details')) {
    changed = changed || !at.open
    at.open = true
  }
  return changed
}

function startQuoting () {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'govuk-button govuk-button--secondary app-comment'
  button.textContent = 'Comment on this'
  button.hidden = true
  let words = ''

  document.addEventListener('selectionchange', () => {
    const selection = document.getSelection()
    const place = placeOf(selection)
    if (!place) {
      // A tap on the button takes the selection away before it presses it.
      setTimeout(() => { if (document.activeElement !== button && !placeOf(document.getSelection())) button.hidden = true }, 400)
      return
    }
    words = wordsOf(selection.getRangeAt(0))
    if (!words) return
    const wasHidden = button.hidden
    if (button.parentElement !== place) place.append(button)
    const range = selection.getRangeAt(0).getBoundingClientRect()
    const around = place.getBoundingClientRect()
    button.hidden = false
    const most = Math.max(0, around.width - button.offsetWidth)
    button.style.top = `${range.bottom - around.top + 6}px`
    button.style.left = `${Math.min(Math.max(0, range.left - around.left), most)}px`
    if (wasHidden) say('Press Tab for “Comment on this”.')
  })
  // By keyboard: the next stop after words that were selected, wherever the browser would go.
  document.addEventListener('keydown', (event) => {
    const away = document.activeElement === document.body || !document.activeElement
    if (event.key !== 'Tab' || event.shiftKey || button.hidden || !away) return
    event.preventDefault()
    button.focus()
  })
  button.addEventListener('pointerdown', (event) => event.preventDefault())
  button.addEventListener('click', () => {
    const box = document.getElementById(button.parentElement.dataset.quotable)
    button.hidden = true
    if (!box) return
    box.elements.quote.value = words.slice(0, LONGEST_QUOTE)
    unfold(box.elements.quote)
    const text = box.elements.body || box.elements.reason
    text.focus()
    text.closest('.govuk-form-group').scrollIntoView({ block: 'center' })
    say('The words are quoted in the feedback box.')
  })
}

// Where all of a selection stands, or nothing.
function placeOf (selection) {
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null
  const common = selection.getRangeAt(0).commonAncestorContainer
  return (common.nodeType === Node.ELEMENT_NODE ? common : common.parentElement).closest('[data-quotable]')
}

// The words alone: without the numbers of other quotes and without our button.
function wordsOf (range) {
  const copy = range.cloneContents()
  for (const extra of copy.querySelectorAll('.app-quote__link, button, .govuk-visually-hidden')) extra.remove()
  for (const block of copy.querySelectorAll('p, li, br, h3, h4, dt, dd, div')) block.append(' '), block.after(' ')
  return copy.textContent.replace(/\s+/g, ' ').trim()
}

// Another choice takes the place of the one before, as long as nobody has written into it.
function putIn (select) {
  const chosen = select.selectedOptions[0]
  const text = select.form.elements.body || select.form.elements.reason
  const before = select.dataset.put || ''
  const kept = before && text.value.endsWith(before) ? text.value.slice(0, -before.length) : text.value
  const words = chosen.dataset.words || ''
  text.value = kept.trim() && words ? `${kept.trimEnd()}\n\n${words}` : kept + words
  select.dataset.put = words
  text.dispatchEvent(new Event('input', { bubbles: true }))
  if (words) say(`“${chosen.textContent}” is in the box.`)
}
