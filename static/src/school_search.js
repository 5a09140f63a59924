// <c-school-search>: what is found so far is asked for as it is typed. Without scripts its button shows the same.
const PAUSE = 200

function start (input) {
  const into = document.getElementById(input.getAttribute('aria-controls'))
  const status = input.form.querySelector('[data-school-status]')
  // What the page was opened with comes back when its words do.
  const words = input.value
  const before = [...into.childNodes]
  let waiting, asked

  async function ask () {
    asked?.abort()
    if (input.value.trim() === words.trim()) {
      into.replaceChildren(...before)
      status.textContent = ''
      return
    }
    asked = new AbortController()
    const query = new URLSearchParams({ q: input.value, as: input.dataset.as })
    try {
      const answer = await fetch(`${input.dataset.schoolSearch}?${query}`, { signal: asked.signal })
      if (!answer.ok && answer.status !== 429) return
      into.innerHTML = await answer.text()
      status.textContent = into.querySelector('[data-said]')?.dataset.said ?? ''
    } catch (error) {
      if (error.name !== 'AbortError') asked = undefined // the button still works
    }
  }

  input.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(ask, PAUSE)
  })
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown') return
    const first = into.querySelector('a, input')
    if (!first) return
    event.preventDefault()
    first.focus()
  })
}

export function startSchoolSearch () {
  document.querySelectorAll('[data-school-search]').forEach(start)
}
