// Evidence is dragged onto a reflection, or chosen with "Use here"; either way its caption is asked for in place.
// Without scripts "Use here" is a link to the caption's own page.
function overTarget (event) {
  return event.target instanceof Element && event.target.closest('[data-tie-target]')
}

export function startTies () {
  for (const piece of document.querySelectorAll('[data-tie-source]')) piece.draggable = true
  let dragged = null

  document.addEventListener('dragstart', (event) => {
    dragged = event.target instanceof Element ? event.target.closest('[data-tie-source]') : null
    if (!dragged) return
    event.dataTransfer.effectAllowed = 'link'
    event.dataTransfer.setData('text/plain', dragged.querySelector('[data-tie-use]').href)
    document.querySelector('[data-tie-target]')?.classList.add('app-ties__here--waits')
  })
  document.addEventListener('dragend', () => {
    dragged = null
    document.querySelector('[data-tie-target]')?.classList.remove('app-ties__here--waits')
  })
  document.addEventListener('dragover', (event) => {
    if (!dragged || !overTarget(event)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'link'
  })
  document.addEventListener('drop', (event) => {
    if (!dragged || !overTarget(event)) return
    event.preventDefault()
    dragged.querySelector('[data-tie-use]').click()
  })

  document.addEventListener('click', (event) => {
    const cancel = event.target instanceof Element && event.target.closest('[data-tie-cancel]')
    if (!cancel) return
    event.preventDefault()
    document.getElementById('tie-form').replaceChildren()
    document.getElementById('evidence-title').focus()
  })

  document.addEventListener('htmx:afterSettle', (event) => {
    if (event.detail.target.id !== 'tie-form') return
    event.detail.target.querySelector('textarea').focus()
  })
}
